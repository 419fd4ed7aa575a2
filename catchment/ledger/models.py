"""The tables of the ledger's database. A change here needs a migration; a test holds the two together."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Integer, MetaData, Table, Text

metadata = MetaData()

# fmt: off
entries = Table(
    "entries", metadata,
    Column("entry_id", Text, primary_key=True),
    Column("school_id", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("entry_year", Integer, nullable=False),
    Column("class_no", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("grade", Integer, nullable=False),
    Column("pupils", Integer, CheckConstraint("pupils >= 0", name="entries_pupils"), nullable=False),
    Column("standard", Integer, nullable=False),
    Column("tier", Text, nullable=False),
    Column("seen_on", Text, nullable=False),
    Column("opened_on", Text, nullable=False),
    Column("opened_grade", Integer, nullable=False),
    Column("opened_pupils", Integer, nullable=False),
    Column("opened_tier", Text, nullable=False),
    Column("since_on", Text, nullable=False),
    Column("relapses", Integer, nullable=False),
    *(Column(name, Text) for name in (
        "cause", "measure", "project_id", "responsible", "due_on", "asked_on", "evidence", "verified_on", "verified_by",
        "verified_how", "closed_on", "closed_as", "exception", "remarks",
    )),
    Column("version", Integer, nullable=False),
)
history = Table(
    "history", metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("entry_id", Text, ForeignKey("entries.entry_id", name="history_entry")),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("snapshot", Text, index=True),
    Column("hash", Text, nullable=False, unique=True),
)
head = Table(
    "head", metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="head_single"), primary_key=True, autoincrement=False),
    Column("sequence", Integer, nullable=False),
    Column("hash", Text, nullable=False),
)
snapshots = Table(
    "snapshots", metadata,
    Column("snapshot", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("sha256", Text, nullable=False),
    Column("limits", Text, nullable=False),
)
snapshot_classes = Table(
    "snapshot_classes", metadata,
    Column("snapshot", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("school_id", Text, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("entry_year", Integer, primary_key=True, autoincrement=False),
    Column("class_no", Text, primary_key=True),
    Column("grade", Integer, nullable=False),
    Column("pupils", Integer, nullable=False),
    ForeignKeyConstraint(["snapshot", "revision"], ["snapshots.snapshot", "snapshots.revision"], name="classes_snapshot"),
)
# fmt: on
APPEND_ONLY = ("history", "snapshots", "snapshot_classes")
"""Tables whose rows are never changed; triggers see to it."""
