"""A ledger in a database: SQLite for one office, PostgreSQL for several. One writer at a time, every change one transaction.

SQLite runs with full durability, a busy timeout and foreign keys. Its write-ahead log is used from version 3.51.3 on: before,
two connections could corrupt it (RELIABILITY 0.3); older copies keep the rollback journal. No other copy of SQLite (GDAL has
one) may open the file while a ledger has it open.
"""

import importlib.util
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from catchment.errors import InputError, SettingsError, problem
from catchment.ledger.chain import Head, HistoryRow, chained, changed, history_row
from catchment.ledger.lifecycle import ClassRow, Entry, Mark
from catchment.ledger.models import entries, head, history, snapshot_classes, snapshots

WAL_SINCE = (3, 51, 3)
WAL = ("PRAGMA journal_mode = wal", "PRAGMA synchronous = full")
ROLLBACK = ("PRAGMA journal_mode = delete", "PRAGMA synchronous = extra")
"""The rollback journal needs `extra`: only then is the folder synced too, and a commit outlives a loss of power."""
BUSY_SECONDS = 60
MIGRATION_LOCK = 7_042_019
"""Key of the advisory lock under which PostgreSQL migrates: any number that is always the same."""
ENTRY_FIELDS = [field.name for field in fields(Entry)]


class Snapshot(NamedTuple):
    """A recorded return: date, revision (1, then one more for every correction), SHA-256, limits as JSON."""

    snapshot: str
    revision: int
    sha256: str
    limits: str


class Reader:
    """What a ledger holds, seen in one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def entries(self) -> dict[str, Entry]:
        """All entries by id."""
        rows = self.connection.execute(sa.select(*(entries.c[name] for name in ENTRY_FIELDS)))
        found = (Entry(*row) for row in rows)
        return {entry.entry_id: entry for entry in sorted(found, key=lambda entry: entry.entry_id)}

    def entry(self, entry_id: str) -> Entry | None:
        """An entry, if there is one of that id."""
        own = sa.select(*(entries.c[name] for name in ENTRY_FIELDS)).where(entries.c.entry_id == entry_id)
        row = self.connection.execute(own).one_or_none()
        return Entry(*row) if row else None

    def history(self, *, entry_id: str | None = None, snapshot: str | None = None) -> list[HistoryRow]:
        """The history in its order: all of it, or an entry's, or what a return caused."""
        query = sa.select(*(history.c[name] for name in HistoryRow._fields)).order_by(history.c.sequence)
        if entry_id is not None:
            query = query.where(history.c.entry_id == entry_id)
        if snapshot is not None:
            query = query.where(history.c.snapshot == snapshot)
        return [HistoryRow(*row) for row in self.connection.execute(query)]

    def head(self) -> Head:
        return Head(*self.connection.execute(sa.select(head.c.sequence, head.c.hash)).one())

    def snapshots(self) -> list[Snapshot]:
        """Every revision of every return, in the order of their dates."""
        rows = self.connection.execute(sa.select(*(snapshots.c[name] for name in Snapshot._fields)))
        return sorted(Snapshot(*row) for row in rows)

    def classes(self, snapshot: Snapshot) -> list[ClassRow]:
        """The classes of a return, sorted."""
        query = sa.select(*(snapshot_classes.c[name] for name in ClassRow._fields)).where(
            snapshot_classes.c.snapshot == snapshot.snapshot, snapshot_classes.c.revision == snapshot.revision
        )
        return sorted(ClassRow(*row) for row in self.connection.execute(query))


class Writer(Reader):
    """The only one who writes at this moment: it holds the head of the chain."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection)
        locked = sa.select(head.c.sequence, head.c.hash).with_for_update()
        self.end = Head(*connection.execute(locked).one())

    def keep(self, changes: Iterable[tuple[str, Entry | None, Entry]], mark: Mark, snapshot: str | None = None) -> None:
        """Write what happened to entries: what, before (None = newly opened), after."""
        new, renewed, rows = [], [], []
        for what, before, after in changes:
            if before is None:
                new.append(after.fields | {"entry_id": after.entry_id, "version": 1})
                row = history_row(what, {}, after.fields)
            else:
                row = history_row(what, *changed(before, after))
                renewed.append(after.fields | {"key": before.entry_id, "version": before.version + 1})
            rows.append(row._replace(entry_id=after.entry_id, snapshot=snapshot))
        if new:
            self.connection.execute(sa.insert(entries), new)
        self._renew(renewed)
        self.append(rows, mark)

    def _renew(self, renewed: Sequence[dict[str, object]]) -> None:
        if not renewed:
            return
        values: dict[str, sa.BindParameter[object]] = {name: sa.bindparam(name) for name in ENTRY_FIELDS}
        own = entries.c.entry_id == sa.bindparam("key")
        self.connection.execute(sa.update(entries).where(own).values(values), renewed)

    def append(self, rows: Iterable[HistoryRow], mark: Mark) -> None:
        """Sign rows and link them to the chain."""
        at = mark.at.isoformat(timespec="seconds")
        links = chained((row._replace(at=at, by=mark.by) for row in rows), self.end)
        if links:
            self.connection.execute(sa.insert(history), [link._asdict() for link in links])
            self.end = Head(links[-1].sequence, links[-1].hash)
            self.connection.execute(sa.update(head).values(self.end._asdict()))

    def keep_return(self, snapshot: Snapshot, rows: Sequence[ClassRow], mark: Mark) -> None:
        """Write a class return and its row of the history."""
        told = snapshot._asdict()
        key = {name: told[name] for name in ("snapshot", "revision")}
        self.connection.execute(sa.insert(snapshots), told)
        self.connection.execute(sa.insert(snapshot_classes), [row._asdict() | key for row in rows])
        self.append([history_row("snapshot", {}, told)._replace(snapshot=snapshot.snapshot)], mark)


class Ledger:
    """An open ledger; use it in `with`, or close it."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(writing=True)
        steady = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
        self._reading = engine.execution_options(**steady)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """See the ledger as it is at one moment, whoever writes meanwhile."""
        with _telling(), self._reading.begin() as connection:
            yield Reader(connection)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Change the ledger: all that is written inside is kept together, or nothing is. Others wait."""
        with _telling(), self._writing.begin() as connection:
            yield Writer(connection)

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_ledger(url: str) -> Ledger:
    """The ledger at an address, sqlite:///path or postgresql://user@host/database; made, or brought up to date, if need be.

    A password comes from PGPASSWORD or ~/.pgpass: runs keep their settings, and would keep it too. Raises SettingsError if the
    address is none of the two or holds a password, InputError if the database cannot be used.
    """
    engine = _engine(_address(url))
    try:
        with _telling():
            _bring_up_to_date(engine)
    except BaseException:
        engine.dispose()
        raise
    return Ledger(engine)


@contextmanager
def _telling() -> Iterator[None]:
    """Tell what the database refuses."""
    try:
        yield
    except DatabaseError as error:
        if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
            raise
        what, remedy = "the ledger cannot be used: {error}", "see that its database runs, is free, and may be written"
        raise InputError(problem(what, remedy, where="ledger", error=error.orig)) from error


def _address(url: str) -> sa.URL:
    where, remedy = "study.toml: ledger.url", "write sqlite:///path/ledger.db or postgresql://user@host/database"
    try:
        address = sa.make_url(url)
        name = address.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise SettingsError(problem("this is no address of a database", remedy, where=where)) from None
    if address.password is not None:
        what, elsewhere = (
            "the address of the ledger holds a password",
            "leave it out: write it into ~/.pgpass or PGPASSWORD",
        )
        raise SettingsError(problem(what, elsewhere, where=where))
    if name == "postgresql":
        if importlib.util.find_spec("psycopg") is None:
            what, remedy = "PostgreSQL needs the package psycopg", "install catchment[postgres]"
            raise SettingsError(problem(what, remedy, where=where))
        return address.set(drivername="postgresql+psycopg")
    if name != "sqlite" or not address.database or address.database == ":memory:":
        raise SettingsError(problem("the ledger is kept in a SQLite file or in PostgreSQL", remedy, where=where))
    return address.set(drivername="sqlite+pysqlite")


def _engine(address: sa.URL) -> sa.Engine:
    if address.get_backend_name() == "postgresql":
        return sa.create_engine(address, connect_args={"connect_timeout": 10}, pool_pre_ping=True)
    Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(address, connect_args={"timeout": BUSY_SECONDS})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def journal_for(version: tuple[int, ...]) -> tuple[str, str]:
    """The settings of the journal for a version of SQLite."""
    return WAL if version >= WAL_SINCE else ROLLBACK


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    journal, synchronous = journal_for(sqlite3.sqlite_version_info)
    found = connection.execute(journal).fetchone()[0]
    if not journal.endswith(found):
        message = f"its journal mode is {found}, and another program has it open"
        raise sqlite3.OperationalError(message)
    connection.execute(synchronous)
    for pragma in ("PRAGMA foreign_keys = on", "PRAGMA trusted_schema = off", "PRAGMA mmap_size = 0"):
        connection.execute(pragma)


def _begin_sqlite(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _bring_up_to_date(engine: sa.Engine) -> None:
    """Run the migrations that the database lacks; raises InputError if a newer program has written it."""
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found == scripts.get_current_head():
        return
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        what, remedy = "the ledger was written by a newer version of this program", "install that version"
        raise InputError(problem(what, remedy, where="ledger"))
    with engine.execution_options(writing=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
