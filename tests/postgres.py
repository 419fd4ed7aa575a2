"""A throw-away PostgreSQL for a test session: a cluster in a temporary folder, on this machine only, gone at the end."""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
from debian import install


class NoPostgres(Exception):
    """There is no PostgreSQL here, and none can be had."""


def _programs() -> Path:
    """The folder of initdb and pg_ctl: on the path, where Debian puts it, or newly installed."""
    if found := _found():
        return found
    failed = install("postgresql")
    if not (found := _found()):
        raise NoPostgres(f"initdb is not found: {failed}")
    return found


def _found() -> Path | None:
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    return Path(on_path).parent if on_path else debian[-1].parent if debian else None


def _as_user() -> list[str]:
    """initdb refuses root: what to put before a command to run it as `postgres`."""
    if os.geteuid() != 0:
        return []
    for program, words in (
        ("setpriv", ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]),
        ("runuser", ["runuser", "-u", "postgres", "--"]),
    ):
        if shutil.which(program):
            return words
    raise NoPostgres("neither setpriv nor runuser is there to leave root")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[str], folder: Path) -> None:
    # Output goes to a file, not a pipe: the server would keep the pipe open.
    log = folder.parent / f"{folder.name}.log"
    with log.open("ab") as out:
        done = subprocess.run(
            [*_as_user(), *command], stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd="/", check=False
        )
    if done.returncode:
        raise NoPostgres(f"{Path(command[0]).name}: {log.read_text('utf-8', 'replace').strip()[-500:]}")


@contextmanager
def postgres_url() -> Iterator[str]:
    """The address of a running, empty database; fsync is on. Raises NoPostgres, with the reason."""
    programs = _programs()
    top = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    data, port = top / "data", _free_port()
    try:
        if os.geteuid() == 0:
            shutil.chown(top, "postgres", "postgres")
        init = ["-D", str(data), "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"]
        _run([str(programs / "initdb"), *init], data)
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={top} -c fsync=on"
        control = [str(programs / "pg_ctl"), "-D", str(data), "-w"]
        _run([*control, "-l", str(top / "server.log"), "-o", options, "start"], data)
        try:
            yield f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres"
        finally:
            _run([*control, "-m", "immediate", "stop"], data)
    finally:
        shutil.rmtree(top, ignore_errors=True)


KINDS = ("sqlite", "postgresql")


@cache
def _session() -> str | NoPostgres:
    """The address of this process's own cluster, started when first asked for; or why there is none."""
    stack = ExitStack()
    try:
        url = stack.enter_context(postgres_url())
    except NoPostgres as reason:
        return reason
    atexit.register(stack.close)
    return url


def fresh_address(kind: str, folder: Path) -> str:
    """The address of an empty database: a file in a folder, or a schema swept clean."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'ledger.db'}"
    url = _session()
    if isinstance(url, NoPostgres):
        pytest.skip(f"no PostgreSQL: {url}")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url
