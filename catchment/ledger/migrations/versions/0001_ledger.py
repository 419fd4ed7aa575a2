"""Entries, their history as a chain, and the class returns behind it; what is written stays."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SQLITE = """
CREATE TRIGGER history_update BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER history_delete BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER snapshots_update BEFORE UPDATE ON snapshots BEGIN SELECT RAISE(ABORT, 'returns are append-only'); END;
CREATE TRIGGER snapshots_delete BEFORE DELETE ON snapshots BEGIN SELECT RAISE(ABORT, 'returns are append-only'); END;
CREATE TRIGGER snapshot_classes_update BEFORE UPDATE ON snapshot_classes
    BEGIN SELECT RAISE(ABORT, 'returns are append-only'); END;
CREATE TRIGGER snapshot_classes_delete BEFORE DELETE ON snapshot_classes
    BEGIN SELECT RAISE(ABORT, 'returns are append-only'); END;
CREATE TRIGGER entries_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;
"""
POSTGRESQL = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER history_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON history EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshots_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON snapshots EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshot_classes_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON snapshot_classes
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_kept BEFORE DELETE OR TRUNCATE ON entries EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    """Make the tables, the empty head and the triggers."""
    _entries()
    _history()
    _returns()
    op.execute(sa.text("INSERT INTO head (id, sequence, hash) VALUES (1, 0, :nothing)").bindparams(nothing="0" * 64))
    postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in (POSTGRESQL if postgresql else SQLITE).split("\nCREATE"):
        if statement.strip():
            op.execute("CREATE" + statement)


def _entries() -> None:
    texts = (
        "cause", "measure", "project_id", "responsible", "due_on", "asked_on", "evidence", "verified_on", "verified_by",
        "verified_how", "closed_on", "closed_as", "exception", "remarks",
    )  # fmt: skip
    op.create_table(
        "entries",
        sa.Column("entry_id", sa.Text, primary_key=True),
        sa.Column("school_id", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("entry_year", sa.Integer, nullable=False),
        sa.Column("class_no", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("grade", sa.Integer, nullable=False),
        sa.Column("pupils", sa.Integer, sa.CheckConstraint("pupils >= 0", name="entries_pupils"), nullable=False),
        sa.Column("standard", sa.Integer, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("seen_on", sa.Text, nullable=False),
        sa.Column("opened_on", sa.Text, nullable=False),
        sa.Column("opened_grade", sa.Integer, nullable=False),
        sa.Column("opened_pupils", sa.Integer, nullable=False),
        sa.Column("opened_tier", sa.Text, nullable=False),
        sa.Column("since_on", sa.Text, nullable=False),
        sa.Column("relapses", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text) for name in texts),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _history() -> None:
    op.create_table(
        "history",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entry_id", sa.Text, sa.ForeignKey("entries.entry_id", name="history_entry")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("at", "by", "what", "before", "after")),
        sa.Column("snapshot", sa.Text, index=True),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "head",
        sa.Column(
            "id", sa.Integer, sa.CheckConstraint("id = 1", name="head_single"), primary_key=True, autoincrement=False
        ),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )


def _returns() -> None:
    op.create_table(
        "snapshots",
        sa.Column("snapshot", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("limits", sa.Text, nullable=False),
    )
    op.create_table(
        "snapshot_classes",
        sa.Column("snapshot", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("school_id", sa.Text, primary_key=True),
        sa.Column("stage", sa.Text, primary_key=True),
        sa.Column("entry_year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("class_no", sa.Text, primary_key=True),
        sa.Column("grade", sa.Integer, nullable=False),
        sa.Column("pupils", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot", "revision"], ["snapshots.snapshot", "snapshots.revision"], name="classes_snapshot"
        ),
    )
