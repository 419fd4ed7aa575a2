"""The oversized-class ledger (大班额台账): entries, their history, zero increment, and what splitting takes."""

from catchment.tables.columns import GRADES, STAGE, STAGES, Column, Table, count_column, id_column

CLASS_TIERS = ("standard", "over_standard", "oversized", "super_oversized")
"""From the mildest to the worst."""
OPEN_STATES = ("open", "in_remedy", "write_off_asked")
STATES = (*OPEN_STATES, "written_off", "closed")
CAUSES = ("more_pupils_in_zone", "transfers_in", "too_few_rooms", "too_few_teachers", "other")
MEASURES = ("new_class", "extension", "diversion", "zone_change", "limit_transfers", "other")
CLOSINGS = ("graduated", "not_in_return", "merged", "split", "withdrawn")
"""How an entry closes without success; `withdrawn` = a corrected return says that it was never above the standard."""
VERIFICATIONS = ("return", "return_and_visit")
CHANGES = (
    "snapshot", "opened", "measured", "fell", "verified", "turned_down", "relapsed", "reopened", "graduated", "gone",
    "corrected", "planned", "asked", "exempted", "remarked", "visited", "closing_named",
)  # fmt: skip
"""What a row of the history tells."""

FIRST, LAST = min(GRADES["primary"]), max(GRADES["junior"])

# fmt: off
ENTRY_ID = id_column("entry_id", "school/stage/entry year/class number")
DATE = "YYYY-MM-DD"
LEDGER = Table(
    "ledger", "a class that is or was above the standard; it keeps its entry as it moves up", ("entry_id",),
    (
        ENTRY_ID,
        id_column("school_id", "the school"),
        STAGE,
        Column("entry_year", "int", "autumn in which the class entered the stage", low=1980, high=2200),
        id_column("class_no", "class number within the grade"),
        Column("state", "text", "where it stands", one_of=STATES),
        Column("grade", "int", "grade when last in a return", low=FIRST, high=LAST),
        Column("pupils", "int", "pupils when last in a return", "pupils", low=0),
        Column("standard", "int", "standard size then", "pupils", low=1),
        Column("excess_pupils", "int", "pupils above the standard; 0 unless on the ledger", "pupils", low=0),
        Column("tier", "text", "tier when last in a return", one_of=CLASS_TIERS),
        id_column("seen_on", f"latest return with it, {DATE}"),
        Column("fell_unasked", "flag", "within the standard, but nobody has asked for its write-off"),
        id_column("opened_on", f"return that opened the entry, {DATE}"),
        Column("opened_grade", "int", "grade then", low=FIRST, high=LAST),
        Column("opened_pupils", "int", "pupils then", "pupils", low=0),
        Column("opened_tier", "text", "tier then", one_of=CLASS_TIERS),
        id_column("since_on", f"return since which it stands on the ledger without a break, {DATE}"),
        Column("days_open", "int", "days from since_on to its closing, or to the day of the table", "days", low=0),
        count_column("relapses", "times that it grew above the standard again after a write-off"),
        Column("cause", "text?", "why the class is too large", one_of=CAUSES),
        Column("measure", "text?", "what is done", one_of=MEASURES),
        Column("project_id", "text?", "the construction project that it waits for"),
        Column("responsible", "text?", "office or post that answers for it"),
        Column("due_on", "text?", f"planned day of the write-off, {DATE}"),
        Column("asked_on", "text?", f"day on which the write-off was asked for, {DATE}"),
        Column("evidence", "text?", "evidence named when asking"),
        Column("verified_on", "text?", f"day on which the return that verified it was recorded, {DATE}"),
        Column("verified_by", "text?", "who verified"),
        Column("verified_how", "text?", "by the return alone, or on site too", one_of=VERIFICATIONS),
        Column("closed_on", "text?", f"return that wrote it off or closed it, {DATE}"),
        Column("closed_as", "text?", "how it closed without success", one_of=CLOSINGS),
        Column("exception", "text?", "reason why it is excepted; it is counted all the same"),
        Column("remarks", "text?", "what a reader must know"),
        Column("version", "int", "changes so far", low=1),
    ),
)
LEDGER_HISTORY = Table(
    "ledger_history", "a change of the ledger; rows are only ever added", ("sequence",),
    (
        Column("sequence", "int", "number of the change", low=1),
        Column("entry_id", "text?", "the entry; absent = a return was recorded"),
        id_column("at", "when, with its distance from UTC"),
        id_column("by", "who"),
        Column("what", "text", "what happened", one_of=CHANGES),
        id_column("before", "the fields that changed, before (JSON)"),
        id_column("after", "the same fields, after (JSON)"),
        Column("snapshot", "text?", f"the return that caused it, {DATE}"),
        id_column("hash", "SHA-256 over this row and the hash before it"),
    ),
)
LEDGER_INCREMENTS = Table(
    "ledger_increments", "a test of zero increment (零增量) between two returns",
    ("snapshot", "rule", "tier", "subject", "subject_id", "stage"),
    (
        id_column("snapshot", f"the later return, {DATE}"),
        Column("before", "text?", f"the return before it, {DATE}; absent = there is none"),
        Column("rule", "text", "no more classes of this tier or worse; or no new entering class above the standard",
               one_of=("zero_increment", "entering_grade")),
        Column("tier", "text", "the tier, with all that are worse", one_of=CLASS_TIERS[1:]),
        Column("subject", "text", "what is measured", one_of=("county", "school", "class")),
        id_column("subject_id", "whose measure it is; `*` = the county"),
        id_column("school_id", "the school concerned; empty for the county"),
        Column("stage", "text", "school stage", one_of=STAGES),
        count_column("value", "classes in the later return; pupils of the entering class"),
        count_column("limit", "classes in the return before; the standard"),
        Column("passed", "flag", "value does not exceed limit"),
        count_column("short_by", "value − limit where it does"),
    ),
)
SPLITS = Table(
    "splits", "a grade of a school in a return, and the classes that it lacks", ("snapshot", "school_id", "stage", "grade"),
    (
        id_column("snapshot", f"the return, {DATE}"),
        id_column("school_id", "the school"),
        STAGE,
        Column("grade", "int?", "the grade; absent = all grades of the stage, added up", low=FIRST, high=LAST),
        count_column("pupils", "pupils"),
        count_column("classes", "classes"),
        count_column("over_standard", "classes above the standard"),
        count_column("excess_pupils", "Σ max(0, pupils of a class − standard)"),
        count_column("needed", "⌈pupils ÷ standard⌉"),
        count_column("classes_short", "max(0, needed − classes)"),
        count_column("largest", "pupils of the largest class"),
        count_column("largest_if_even", "the same if the pupils are spread evenly over the larger of classes and needed"),
        Column("rooms", "int?", "classrooms of the stage; absent = not known, or a single grade", low=0),
        Column("rooms_short", "int?", "rooms missing for classes + classes_short; absent where rooms are", low=0),
    ),
)
# fmt: on
