"""Environments of other people's programs, apart from the project's own: one for each list of versions beside this file.

`python benchmarks/rivals.py` makes that of rivals.txt, with the project in it, and prints its Python.
"""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def environment(listed: str, *more: str | Path) -> Path:
    """The Python that has the programs of a list; made at the first call, and again when the list changes.

    more: what else is installed, with the constraints on it.
    """
    versions = Path(__file__).with_name(listed)
    folder = ROOT / f".venv-{versions.stem}"
    python, stamp = folder / "bin" / "python", folder / listed
    if not (stamp.exists() and stamp.read_bytes() == versions.read_bytes()):
        uv = ROOT / ".venv" / "bin" / "uv"
        own = ROOT / ".venv" / "bin" / "python"
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", own, folder], check=True)
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
        subprocess.run([*install, "--requirement", versions, *more], check=True)
        shutil.copyfile(versions, stamp)
    return python


def rival_python() -> Path:
    """The Python that has the project and the programs of rivals.txt.

    With the same versions as the project's wherever both need a library.
    """
    return environment("rivals.txt", "--constraint", ROOT / "requirements" / "run.txt", "--editable", ROOT)


if __name__ == "__main__":
    print(rival_python())
