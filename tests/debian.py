"""Debian's packages for tests that need a program beside Python."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

LOCK = Path("/tmp/catchment-tests-apt.lock")


def install(package: str) -> str:
    """Install a package; returns why that failed, or nothing. Test workers wait for each other."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return f"install Debian's package {package}"
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "capture_output": True, "text": True}
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["apt-get", "update"], check=False, **quiet)
        done = subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", package], check=False, **quiet)
    return f"apt-get could not install {package}: {done.stderr.strip()[-200:]}" if done.returncode else ""
