"""Several writers at once, and writers that are killed: nothing acknowledged is lost, the chain goes on."""

import multiprocessing
import random
import time
from datetime import UTC, datetime
from itertools import count

import pytest
from test_ledger import LIMITS, ONE, a_return, by

from catchment.errors import InputError
from catchment.ledger import steps
from catchment.ledger.checking import verify
from catchment.ledger.lifecycle import Mark
from catchment.ledger.snapshots import record
from catchment.ledger.store import open_ledger

WRITERS, CHANGES = 4, 12
SIZES = {(2024, str(number)): 50 for number in range(1, 21)}
forks = multiprocessing.get_context("forkserver")
# What is slow to import; the server cannot see the test modules themselves.
forks.set_forkserver_preload(
    [
        "catchment.ledger.export",
        "catchment.ledger.snapshots",
        "alembic.autogenerate",
        "alembic.command",
        "psycopg",
        "hypothesis",
        "pytest",
    ]
)


def mark(name, version=None):
    return Mark(name, datetime.now(tz=UTC), version)


def write_some(address, name):
    with open_ledger(address) as ledger:
        for number in range(CHANGES):
            steps.remark(ledger, ONE, mark(name), text=f"{name} {number}")


def open_only(address):
    open_ledger(address).close()


def write_once(address, name, pipe):
    """Change version 1 of an entry, and tell whether it was still that."""
    with open_ledger(address) as ledger:
        try:
            steps.remark(ledger, ONE, mark(name, version=1), text=name)
            pipe.send("written")
        except InputError:
            pipe.send("stale")


def write_on(address, name, pipe):
    """Remarks and corrected returns without end; after each commit its head is acknowledged."""
    with open_ledger(address) as ledger:
        for number in count():
            if number % 3:
                steps.remark(ledger, ONE, mark(name), text=f"{name} {number}")
            else:
                sizes = {key: 46 + (number + ord(name[-1])) % 20 for key in SIZES}
                record(ledger, a_return("2024-09-01", sizes), LIMITS, mark(name), correction=True)
            with ledger.reading() as reader:
                pipe.send(reader.head())


def all_of(processes):
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0


def test_many_open_an_empty_ledger_at_once(address):
    all_of([forks.Process(target=open_only, args=(address,)) for _ in range(WRITERS)])
    with open_ledger(address) as ledger:
        assert verify(ledger)[0] == []


def test_many_writers_lose_nothing(address):
    with open_ledger(address) as ledger:
        record(ledger, a_return("2024-09-01", SIZES), LIMITS, by("2024-09-20"))
        names = [f"office {number}" for number in range(WRITERS)]
        all_of([forks.Process(target=write_some, args=(address, name)) for name in names])
        assert verify(ledger)[0] == []
        with ledger.reading() as reader:
            written = [(row.by, row.after) for row in reader.history(entry_id=ONE) if row.what == "remarked"]
            entry = reader.entry(ONE)
    assert entry.version == 1 + WRITERS * CHANGES
    for name in names:
        own = [after for who, after in written if who == name]
        assert own == [f'{{"remarks":"{name} {number}"}}' for number in range(CHANGES)]


def test_of_many_who_saw_the_same_version_one_writes(address):
    with open_ledger(address) as ledger:
        record(ledger, a_return("2024-09-01", SIZES), LIMITS, by("2024-09-20"))
    pipes = [forks.Pipe() for _ in range(WRITERS)]
    all_of([forks.Process(target=write_once, args=(address, str(n), pipe)) for n, (_, pipe) in enumerate(pipes)])
    assert sorted(ours.recv() for ours, _ in pipes) == ["stale"] * (WRITERS - 1) + ["written"]


@pytest.mark.parametrize("kills", [10, pytest.param(500, marks=pytest.mark.slow)])
def test_a_killed_writer_loses_nothing_acknowledged(address, kills):
    """SIGKILL at a random moment: every head acknowledged is in the chain, at most one change more, and the next goes on."""
    rng = random.Random(2019)
    with open_ledger(address) as ledger:
        record(ledger, a_return("2024-09-01", SIZES), LIMITS, by("2024-09-20"))
    acknowledged = 0
    for number in range(kills):
        heads = until_killed(address, f"writer {number}", rng.uniform(0, 0.05))
        with open_ledger(address) as ledger, ledger.reading() as reader:
            history = reader.history()
        hashes = {row.sequence: row.hash for row in history}
        assert all(hashes[head.sequence] == head.hash for head in heads)
        last_kept = history[-1].sequence
        assert last_kept - heads[-1].sequence <= 1 + len(SIZES)
        acknowledged += len(heads)
        if number % 50 == 49 or number == kills - 1:
            with open_ledger(address) as ledger:
                assert verify(ledger)[0] == []
    assert acknowledged >= kills


def until_killed(address, name, seconds):
    """The heads that a writer acknowledged before it was killed, some time after the first."""
    ours, theirs = forks.Pipe(duplex=False)
    process = forks.Process(target=write_on, args=(address, name, theirs))
    process.start()
    theirs.close()
    heads = [ours.recv()]
    time.sleep(seconds)
    process.kill()
    process.join()
    try:
        while True:
            heads.append(ours.recv())
    except EOFError:
        return heads


def test_a_ledger_whose_making_was_killed_is_made_by_the_next(tmp_path):
    """Killed at random moments of the first opening, migrations included: all or nothing."""
    rng = random.Random(7)
    for number in range(8):
        address = f"sqlite:///{tmp_path / str(number)}.db"
        process = forks.Process(target=open_only, args=(address,))
        process.start()
        time.sleep(rng.uniform(0.0, 0.12))
        process.kill()
        process.join()
        with open_ledger(address) as ledger:
            record(ledger, a_return("2024-09-01", SIZES), LIMITS, by("2024-09-20"))
            assert verify(ledger)[0] == []
