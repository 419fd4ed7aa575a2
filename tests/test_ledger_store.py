"""The ledger's database, SQLite and a real PostgreSQL: migrations, tampering, hostile texts, addresses."""

import sqlite3
from dataclasses import replace

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from postgres import KINDS, fresh_address
from test_ledger import LIMITS, ONE, REMEDY, a_return, by, entry_of, put

from catchment.errors import InputError, SettingsError
from catchment.ledger import steps
from catchment.ledger.checking import verify
from catchment.ledger.models import metadata
from catchment.ledger.snapshots import record
from catchment.ledger.store import ROLLBACK, WAL, journal_for, open_ledger


def test_the_migrations_make_the_models(address):
    open_ledger(address).close()
    engine = sa.create_engine(address)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_ledger_of_a_newer_program_is_not_touched(address):
    open_ledger(address).close()
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(InputError, match="newer version"):
        open_ledger(address)


FORBIDDEN = [
    "UPDATE history SET what = 'measured'", "DELETE FROM history", "UPDATE snapshots SET sha256 = ''",
    "DELETE FROM snapshot_classes", "UPDATE snapshot_classes SET pupils = 1", "DELETE FROM entries",
]  # fmt: skip


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_refuses_to_change_what_is_written(ledger, address, statement):
    put(ledger, "2024-09-01", 50)
    engine = sa.create_engine(address)
    with pytest.raises(sa.exc.DBAPIError, match=r"append-only|never deleted"), engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


TAMPERING = {
    "a size": "UPDATE entries SET pupils = 44",
    "an entry's state": "UPDATE entries SET state = 'written_off'",
    "a reason": "UPDATE history SET after = replace(after, '50', '51') WHERE sequence = 2",
    "a signature": "UPDATE history SET \"by\" = '别人' WHERE sequence = 2",
    "a time": "UPDATE history SET at = '2020-01-01T00:00:00+08:00' WHERE sequence = 1",
    "a row lost": "DELETE FROM history WHERE sequence = 3",
    "the last row lost": "DELETE FROM history WHERE sequence = 4",
    "the head": "UPDATE head SET hash = 'f'",
    "a class of a return": "UPDATE snapshot_classes SET pupils = 31 WHERE class_no = '9'",
    "a class lost": "DELETE FROM snapshot_classes WHERE class_no = '9'",
    "a return's limits": "UPDATE snapshots SET limits = '{}'",
}


@pytest.mark.parametrize("case", TAMPERING)
@pytest.mark.parametrize("kind", KINDS)
def test_tampering_by_the_master_of_the_database_is_found(kind, case, tmp_path):
    """Triggers switched off, as only the owner of the database can, and one thing changed."""
    address = fresh_address(kind, tmp_path)
    with open_ledger(address) as ledger:
        put(ledger, "2024-09-01", 50)
        steps.plan(ledger, ONE, by("2024-10-01"), REMEDY)
        steps.remark(ledger, ONE, by("2024-10-01"), text="x")
        assert verify(ledger)[0] == []
        without_triggers(kind, address, TAMPERING[case])
        assert verify(ledger)[0]


def without_triggers(kind, address, statement):
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        if kind == "postgresql":
            connection.execute(sa.text("SET session_replication_role = replica"))
        else:
            names = connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
            for name in list(names):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(sa.text(statement))
    engine.dispose()


def test_bytes_that_are_no_text_are_told_not_thrown(on_file, tmp_path):
    put(on_file, "2024-09-01", 50)
    without_triggers("sqlite", f"sqlite:///{tmp_path / 'ledger.db'}", "UPDATE history SET what = CAST(x'ff41' AS TEXT)")
    assert "the ledger cannot be used" in verify(on_file)[0][0].text("en")
    without_triggers(
        "sqlite",
        f"sqlite:///{tmp_path / 'ledger.db'}",
        "UPDATE history SET what = CASE WHEN entry_id IS NULL THEN 'snapshot' ELSE 'opened' END",
    )


def test_a_history_written_anew_does_not_pass_through_the_printed_head(tmp_path):
    """Somebody makes a whole new ledger, all of it consistent: only the head on paper tells."""
    heads = []
    for name, pupils in (("a", 50), ("b", 49)):
        with open_ledger(f"sqlite:///{tmp_path / name}.db") as ledger:
            put(ledger, "2024-09-01", pupils)
            heads.append(verify(ledger)[1].hash)
            put(ledger, "2025-03-01", pupils)
            assert verify(ledger, known=heads[-1])[0] == []
            if name == "b":
                assert "does not pass through" in verify(ledger, known=heads[0])[0][0].text("en")


def test_a_failure_half_way_leaves_nothing(ledger):
    put(ledger, "2024-09-01", 50)
    with ledger.reading() as reader:
        head = reader.head()
    entry = entry_of(ledger)
    with pytest.raises(ZeroDivisionError), ledger.writing() as writer:
        writer.keep([("remarked", entry, replace(entry, remarks="x"))], by("2024-10-01"))
        raise ZeroDivisionError
    with ledger.reading() as reader:
        assert reader.head() == head
    assert entry_of(ledger) == entry


HOSTILE = [
    "'; DROP TABLE entries; --",
    '"',
    "\\",
    "%s",
    ":name",
    "{x}",
    "?",
    "ʼ",
    "𠮷",
    "\u202eabc",
    "NULL",
    "a'b\"c`d",
]


def test_texts_are_data_never_sql(ledger):
    sizes = {(2024, text): 50 for text in HOSTILE}
    record(ledger, a_return("2024-09-01", sizes, school="';--"), LIMITS, by("2024-09-20", HOSTILE[0]))
    for text in HOSTILE:
        name = f"';--/primary/2024/{text}"
        steps.remark(ledger, name, by("2024-10-01", text), text=text)
        assert entry_of(ledger, name).remarks == text


def test_addresses_that_are_none_are_refused(tmp_path):
    for url in ("ledger.db", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "", "nonsense://a"):
        with pytest.raises(SettingsError) as told:
            open_ledger(url)
        assert "sqlite:///path/ledger.db" in told.value.text("en")
    (tmp_path / "text.db").write_text("no database, but long enough to be looked at " * 50, "utf-8")
    with pytest.raises(InputError, match="file is not a database"):
        open_ledger(f"sqlite:///{tmp_path / 'text.db'}")


def test_a_password_in_the_settings_is_refused_and_not_repeated():
    with pytest.raises(SettingsError, match="holds a password") as told:
        open_ledger("postgresql://bureau:geheim@127.0.0.1:1/ledger")
    assert "geheim" not in told.value.text("en")


def test_a_server_that_is_away_is_told_without_its_password(monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "geheim")
    with pytest.raises(InputError, match="the ledger cannot be used") as told:
        open_ledger("postgresql://bureau@127.0.0.1:1/ledger")
    assert "geheim" not in told.value.text("en")


def test_the_journal_follows_the_version_of_sqlite(tmp_path):
    """The write-ahead log only where its bug is mended; durable either way."""
    assert journal_for((3, 51, 2)) == ROLLBACK
    assert journal_for((3, 51, 3)) == WAL
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger, ledger.reading() as reader:
        asked = {
            name: reader.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "mmap_size")
        }
    journal, synchronous = ("wal", 2) if sqlite3.sqlite_version_info >= (3, 51, 3) else ("delete", 3)
    assert asked == {
        "journal_mode": journal,
        "synchronous": synchronous,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "mmap_size": 0,
    }


def test_a_file_in_another_journal_mode_in_use_is_not_opened(tmp_path, monkeypatch):
    open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}").close()
    other = sqlite3.connect(tmp_path / "ledger.db", timeout=0)
    mode = "delete" if sqlite3.sqlite_version_info >= (3, 51, 3) else "wal"
    other.execute(f"PRAGMA journal_mode = {mode}")
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("catchment.ledger.store.BUSY_SECONDS", 0.1)
    with pytest.raises(InputError, match=r"locked|journal mode is"):
        open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    other.close()


def test_postgres_is_really_postgres(tmp_path):
    address = fresh_address("postgresql", tmp_path)
    with psycopg.connect(address.replace("+psycopg", "")) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.info.server_version >= 130_000
