"""The oversized-class ledger, by hand, on SQLite and on a real PostgreSQL.

One school, one class (1班 of the autumn of 2024, standard 45), return by return:

    2024-09-01  2025-03-01  2025-09-01  2026-03-01  2026-09-01 …
        50          48          44          44          46
      opened    measured      fell       verified    relapsed
"""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from catchment.doors import conform
from catchment.errors import InputError, SettingsError
from catchment.ledger import steps
from catchment.ledger.chain import Head, replayed
from catchment.ledger.checking import verify
from catchment.ledger.export import ledger_tables
from catchment.ledger.lifecycle import Limits, Mark, limits_of
from catchment.ledger.snapshots import record
from catchment.ledger.steps import Remedy
from catchment.rules import read_rules
from catchment.tables import CLASSES
from catchment.tables.ledger import LEDGER, LEDGER_HISTORY, LEDGER_INCREMENTS, SPLITS

LIMITS = Limits({"primary": 45, "junior": 50})
ONE = "0012/primary/2024/1"
REMEDY = Remedy("too_few_rooms", "new_class", "p7", "校长室", "2025-08-31")


def by(day, who="基教股", version=None):
    return Mark(who, datetime.fromisoformat(f"{day}T09:30:00+08:00"), version)


def autumn_at(snapshot):
    return int(snapshot[:4]) - (snapshot[5:7] < "09")


def a_return(snapshot, sizes, *, stage="primary", school="0012"):
    """Classes of one return; sizes: (entry year, class number) → pupils."""
    autumn = autumn_at(snapshot)
    first = {"primary": 1, "junior": 7}[stage]
    rows = [
        (school, stage, entry, first + autumn - entry, number, pupils, snapshot)
        for (entry, number), pupils in sizes.items()
    ]
    return pd.DataFrame(rows, columns=CLASSES.names)


def put(ledger, snapshot, pupils, **options):
    """Record a return in which class 1 of 2024 has these pupils (None = it is gone), beside a small class."""
    small = {(autumn_at(snapshot), "9"): 30}
    sizes = small if pupils is None else {(2024, "1"): pupils, **small}
    return record(ledger, a_return(snapshot, sizes), LIMITS, by(snapshot), **options)


def entry_of(ledger, entry_id=ONE):
    with ledger.reading() as reader:
        return reader.entry(entry_id)


def happened(ledger, entry_id=ONE):
    with ledger.reading() as reader:
        return [row.what for row in reader.history(entry_id=entry_id)]


def test_a_class_goes_all_the_way_and_back(ledger):
    """The picture above: planned and asked between the returns; the small class never gets an entry."""
    assert put(ledger, "2024-09-01", 50).happened == {"opened": 1}
    assert entry_of(ledger).state == "open"
    steps.plan(ledger, ONE, by("2024-10-01"), REMEDY)
    assert put(ledger, "2025-03-01", 48).happened == {"measured": 1}
    assert put(ledger, "2025-09-01", 44).happened == {"fell": 1}
    assert (entry_of(ledger).state, entry_of(ledger).grade) == ("in_remedy", 2)
    steps.ask(ledger, ONE, by("2025-10-01"), evidence="分班方案3号")
    assert entry_of(ledger).state == "write_off_asked"
    assert put(ledger, "2026-03-01", 44).happened == {"verified": 1}
    off = entry_of(ledger)
    assert (off.state, off.closed_on, off.verified_how, off.relapses) == ("written_off", "2026-03-01", "return", 0)
    assert put(ledger, "2026-09-01", 46).happened == {"relapsed": 1}
    back = entry_of(ledger)
    assert (back.state, back.relapses, back.opened_on, back.since_on) == ("open", 1, "2024-09-01", "2026-09-01")
    assert (back.opened_pupils, back.pupils, back.measure, back.verified_on) == (50, 46, "new_class", None)
    with ledger.reading() as reader:
        assert list(reader.entries()) == [ONE]
        assert reader.entries() == replayed(reader.history())
        assert reader.head().sequence == len(reader.history()) == 5 + 5 + 2


def test_a_class_that_is_still_too_large_is_turned_down(ledger):
    put(ledger, "2024-09-01", 50)
    steps.plan(ledger, ONE, by("2024-10-01"), REMEDY)
    steps.ask(ledger, ONE, by("2024-11-01"), evidence="分流")
    assert put(ledger, "2025-03-01", 46).happened == {"turned_down": 1}
    assert (entry_of(ledger).state, entry_of(ledger).asked_on) == ("in_remedy", None)


def test_only_a_return_of_a_later_date_verifies(on_file):
    """Asked on 5 March, the return is of 1 March: it shows what was before the asking, and the class waits on."""
    put(on_file, "2024-09-01", 50)
    steps.plan(on_file, ONE, by("2025-03-05"), REMEDY)
    steps.ask(on_file, ONE, by("2025-03-05"), evidence="分流")
    assert put(on_file, "2025-03-01", 44).happened == {"fell": 1}
    assert entry_of(on_file).state == "write_off_asked"
    assert put(on_file, "2025-09-01", 44).happened == {"verified": 1}


def test_a_clock_that_goes_back_makes_no_later_return(on_file):
    """Asked "before" the latest return: the day counts as that return's, so that its correction cannot verify."""
    put(on_file, "2024-09-01", 50)
    put(on_file, "2025-03-01", 50)
    steps.plan(on_file, ONE, by("2025-03-05"), REMEDY)
    assert steps.ask(on_file, ONE, by("2024-01-01"), evidence="分流").asked_on == "2025-03-01"
    put(on_file, "2025-03-01", 44, correction=True)
    assert entry_of(on_file).state == "write_off_asked"


@pytest.mark.parametrize(("snapshot", "what", "closed_as"), [
    ("2030-03-01", "gone", "not_in_return"), ("2030-08-20", "gone", "not_in_return"), ("2030-09-01", "graduated", "graduated"),
])  # fmt: skip
def test_classes_that_are_gone_close_without_success(on_file, snapshot, what, closed_as):
    """Entered in 2024: grade 6 until the summer of 2030, past the end of the stage from that autumn on."""
    put(on_file, "2024-09-01", 50)
    rest = {(2029, "9"): 30}
    done = record(on_file, a_return(snapshot, rest), LIMITS, by(snapshot))
    assert done.happened == {what: 1}
    assert (entry_of(on_file).state, entry_of(on_file).closed_as) == ("closed", closed_as)
    assert ledger_tables(on_file)["ledger"]["excess_pupils"].tolist() == [0]


def test_a_written_off_class_that_is_gone_stays_a_success(on_file):
    put(on_file, "2024-09-01", 50)
    steps.plan(on_file, ONE, by("2024-10-01"), REMEDY)
    steps.ask(on_file, ONE, by("2024-11-01"), evidence="x")
    put(on_file, "2025-03-01", 45)
    assert put(on_file, "2025-09-01", None).happened == {}
    assert (entry_of(on_file).state, entry_of(on_file).closed_on) == ("written_off", "2025-03-01")


def test_nothing_is_kept_that_nobody_signs(on_file):
    with pytest.raises(InputError, match="by is empty"):
        record(on_file, a_return("2024-09-01", {(2024, "1"): 50}), LIMITS, by("2024-09-20", " "))
    put(on_file, "2024-09-01", 50)
    with pytest.raises(InputError, match="by holds characters"):
        steps.exempt(on_file, ONE, by("2024-10-01", "a\nb"), reason="x")


def test_an_august_return_that_counts_in_the_new_grades_has_graduates(on_file):
    put(on_file, "2024-09-01", 50)
    august = a_return("2030-08-20", {(2030, "9"): 30}).assign(grade=1)
    assert record(on_file, august, LIMITS, by("2030-08-25")).happened == {"graduated": 1}


def test_what_became_of_a_class_is_named_only_once_it_is_gone(ledger):
    put(ledger, "2024-09-01", 50)
    with pytest.raises(InputError, match="was not closed for want of its class"):
        steps.name_closing(ledger, ONE, by("2024-10-01"), closing="merged")
    put(ledger, "2025-03-01", None)
    with pytest.raises(InputError, match="use one of not_in_return, merged, split"):
        steps.name_closing(ledger, ONE, by("2025-03-02"), closing="graduated")
    steps.name_closing(ledger, ONE, by("2025-03-02"), closing="merged")
    assert entry_of(ledger).closed_as == "merged"
    assert put(ledger, "2025-09-01", 40).happened == {"measured": 1}
    assert entry_of(ledger).state == "closed"
    assert put(ledger, "2026-03-01", 47).happened == {"reopened": 1}
    assert (entry_of(ledger).state, entry_of(ledger).relapses, entry_of(ledger).closed_as) == ("open", 0, None)


def test_no_step_writes_off(on_file):
    """Asked without a remedy, planned after the asking, visited before the write-off: all refused."""
    put(on_file, "2024-09-01", 50)
    with pytest.raises(InputError, match="is open"):
        steps.ask(on_file, ONE, by("2024-10-01"), evidence="x")
    with pytest.raises(InputError, match="is open"):
        steps.visit(on_file, ONE, by("2024-10-01"))
    steps.plan(on_file, ONE, by("2024-10-01"), REMEDY)
    steps.ask(on_file, ONE, by("2024-10-02"), evidence="x")
    with pytest.raises(InputError, match="is write_off_asked"):
        steps.plan(on_file, ONE, by("2024-10-03"), REMEDY)
    assert entry_of(on_file).state == "write_off_asked"


def test_a_visit_confirms_what_a_return_verified(on_file):
    put(on_file, "2024-09-01", 50)
    steps.plan(on_file, ONE, by("2024-10-01"), REMEDY)
    steps.ask(on_file, ONE, by("2024-11-01"), evidence="x")
    put(on_file, "2025-03-01", 45)
    assert entry_of(on_file).verified_by == "基教股"
    seen = steps.visit(on_file, ONE, by("2025-03-20", "督导室"))
    assert (seen.verified_how, seen.verified_by, seen.state) == ("return_and_visit", "督导室", "written_off")


def test_all_that_is_wrong_with_a_remedy_is_told_at_once(on_file):
    put(on_file, "2024-09-01", 50)
    with pytest.raises(InputError) as told:
        steps.plan(on_file, ONE, by("2024-10-01", " "), Remedy("bad luck", "prayer", due_on="soon", project_id="a\0b"))
    text = told.value.text("en")
    for words in (
        "cause bad luck is not known",
        "measure prayer",
        "responsible",
        "soon is no date",
        "by is empty",
        "project_id holds",
    ):
        assert words in text
    assert happened(on_file) == ["opened"]


def test_a_remedy_is_filled_in_bit_by_bit(on_file):
    put(on_file, "2024-09-01", 50)
    steps.plan(on_file, ONE, by("2024-10-01"), REMEDY)
    after = steps.plan(on_file, ONE, by("2024-10-02"), Remedy(due_on="2025-12-31"))
    assert (after.due_on, after.cause, after.version) == ("2025-12-31", "too_few_rooms", 3)
    assert steps.plan(on_file, ONE, by("2024-10-03"), Remedy()).version == 3
    assert happened(on_file) == ["opened", "planned", "planned"]


def test_an_exception_is_never_netted_out(ledger):
    put(ledger, "2024-09-01", 50)
    before = ledger_tables(ledger)
    steps.exempt(ledger, ONE, by("2024-10-01"), reason="随迁子女集中")
    after = ledger_tables(ledger)
    assert after["ledger"]["exception"].tolist() == ["随迁子女集中"]
    for name in ("ledger_increments", "splits"):
        pd.testing.assert_frame_equal(before[name], after[name])
    assert after["ledger"]["excess_pupils"].tolist() == [5]
    assert steps.exempt(ledger, ONE, by("2024-10-02"), reason="").exception is None


def test_a_stale_edit_is_refused_and_told(ledger):
    put(ledger, "2024-09-01", 50)
    steps.plan(ledger, ONE, by("2024-10-01", "甲", version=1), REMEDY)
    with pytest.raises(InputError, match=r"(?s)has changed since you looked: planned by 甲, 2024-10-01.*version 2"):
        steps.remark(ledger, ONE, by("2024-10-02", "乙", version=1), text="x")
    steps.remark(ledger, ONE, by("2024-10-02", "乙", version=2), text="x")
    assert entry_of(ledger).remarks == "x"
    with pytest.raises(InputError, match="there is no entry 0012/primary/2024/7"):
        steps.remark(ledger, "0012/primary/2024/7", by("2024-10-02"), text="x")


def test_the_same_return_twice_changes_nothing(ledger):
    put(ledger, "2024-09-01", 50)
    put(ledger, "2025-03-01", 50)
    with ledger.reading() as reader:
        head = reader.head()
    shuffled = a_return("2024-09-01", {(2024, "9"): 30, (2024, "1"): 50})
    assert record(ledger, shuffled, LIMITS, by("2025-04-01")).happened == {}
    assert put(ledger, "2025-03-01", 50).happened == {}
    with ledger.reading() as reader:
        assert reader.head() == head


def test_returns_out_of_order_are_refused(ledger):
    put(ledger, "2025-03-01", 50)
    with pytest.raises(InputError, match="older than the latest"):
        put(ledger, "2024-09-01", 50)
    with pytest.raises(InputError, match="another return of 2025-03-01"):
        put(ledger, "2025-03-01", 49)
    with pytest.raises(InputError, match="no return of 2025-09-01 that could be corrected"):
        put(ledger, "2025-09-01", 49, correction=True)
    with pytest.raises(InputError, match="older than the latest"):
        put(ledger, "2024-09-01", 50, correction=True)
    assert happened(ledger) == ["opened"]


def test_returns_that_are_none_are_refused(on_file):
    rows = pd.concat([a_return("2024-09-01", {(2024, "1"): 50}), a_return("2025-03-01", {(2024, "1"): 50})])
    for wrong, told in (
        (rows, "classes of one date"), (rows.iloc[:0], "classes of one date"),
        (a_return("2024-09-01", {(2024, "1"): 50}, school="a/b"), "holds a slash"),
        (a_return("2024-09-01", {(2024, "1"): 50}).assign(snapshot="2024-9-1"), "not of the form"),
        (a_return("2024-09-01", {(2024, "x\0"): 50}), "cannot be kept"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=told):
            record(on_file, wrong.reset_index(drop=True), LIMITS, by("2025-03-01"))


CORRECTIONS = {
    "the size alone": (50, (), 48, "open", None),
    "never above": (50, (), 45, "closed", "withdrawn"),
    "not there": (50, (), None, "closed", "withdrawn"),
    "planned meanwhile, still above": (50, ("plan",), 48, "in_remedy", None),
    "planned meanwhile, never above": (50, ("plan",), 45, "closed", "withdrawn"),
}


@pytest.mark.parametrize("case", CORRECTIONS)
def test_a_corrected_opening(ledger, case):
    wrong, taken, right, state, closed_as = CORRECTIONS[case]
    put(ledger, "2024-09-01", wrong)
    if "plan" in taken:
        steps.plan(ledger, ONE, by("2024-10-01"), REMEDY)
    done = put(ledger, "2024-09-01", right, correction=True)
    assert (done.revision, done.happened) == (2, {"corrected": 1})
    entry = entry_of(ledger)
    assert (entry.state, entry.closed_as) == (state, closed_as)
    if right and state != "closed":
        assert (entry.opened_pupils, entry.pupils, entry.opened_tier) == (right, right, "over_standard")
    assert entry.measure == ("new_class" if taken else None)
    put(ledger, "2024-09-01", wrong, correction=True)
    assert (entry_of(ledger).opened_pupils, entry_of(ledger).closed_as) == (wrong, None)


def test_a_write_off_by_a_wrong_return_is_undone(ledger):
    """44 was typed for 54: verified by mistake; corrected, the asking is turned down, and no relapse is counted."""
    put(ledger, "2024-09-01", 50)
    steps.plan(ledger, ONE, by("2024-10-01"), REMEDY)
    steps.ask(ledger, ONE, by("2024-11-01"), evidence="x")
    put(ledger, "2025-03-01", 44)
    steps.visit(ledger, ONE, by("2025-03-02"))
    put(ledger, "2025-03-01", 54, correction=True)
    entry = entry_of(ledger)
    assert (entry.state, entry.relapses, entry.pupils, entry.verified_how) == ("in_remedy", 0, 54, None)
    put(ledger, "2025-03-01", 45, correction=True)
    entry = entry_of(ledger)
    assert (entry.state, entry.verified_how, entry.asked_on) == ("written_off", "return", "2024-11-01")


def test_a_relapse_by_a_wrong_return_is_undone_unless_somebody_acted(on_file):
    put(on_file, "2024-09-01", 50)
    steps.plan(on_file, ONE, by("2024-10-01"), REMEDY)
    steps.ask(on_file, ONE, by("2024-11-01"), evidence="x")
    put(on_file, "2025-03-01", 44)
    put(on_file, "2025-09-01", 47)
    put(on_file, "2025-09-01", 43, correction=True)
    assert (entry_of(on_file).state, entry_of(on_file).relapses, entry_of(on_file).pupils) == ("written_off", 0, 43)
    put(on_file, "2025-09-01", 47, correction=True)
    steps.plan(on_file, ONE, by("2025-10-01"), REMEDY)
    put(on_file, "2025-09-01", 43, correction=True)
    assert (entry_of(on_file).state, entry_of(on_file).relapses, entry_of(on_file).pupils) == ("in_remedy", 1, 43)


def test_new_limits_are_a_correction(on_file):
    put(on_file, "2024-09-01", 50)
    wider = Limits({"primary": 50, "junior": 55}, 60, 66)
    rows = a_return("2024-09-01", {(2024, "1"): 50, (2024, "9"): 30})
    assert record(on_file, rows, wider, by("2024-10-01")).happened == {}
    assert record(on_file, rows, wider, by("2024-10-01"), correction=True).happened == {"corrected": 1}
    assert entry_of(on_file).closed_as == "withdrawn"


def test_tables_conform_and_count_days(ledger):
    """Entered on 1 September, written off on 1 March: 181 days, whatever the day of the table."""
    put(ledger, "2024-09-01", 66)
    tables = ledger_tables(ledger, on="2024-12-31", rooms={("0012", "primary"): 2})
    for table in (LEDGER, LEDGER_HISTORY, LEDGER_INCREMENTS, SPLITS):
        pd.testing.assert_frame_equal(conform(table, tables[table.name]), tables[table.name])
    row = tables["ledger"].iloc[0]
    assert (row["days_open"], row["tier"], row["excess_pupils"], row["fell_unasked"]) == (
        121,
        "super_oversized",
        21,
        False,
    )
    steps.plan(ledger, ONE, by("2024-10-01"), REMEDY)
    put(ledger, "2025-03-01", 45)
    assert ledger_tables(ledger)["ledger"]["fell_unasked"].tolist() == [True]
    assert ledger_tables(ledger)["ledger"]["days_open"].tolist() == [181]


def test_an_empty_ledger_has_empty_tables(on_file):
    assert {name: len(table) for name, table in ledger_tables(on_file).items()} == dict.fromkeys(
        ("ledger", "ledger_history", "ledger_increments", "splits"), 0
    )
    assert verify(on_file) == ([], Head())


def test_limits_come_from_the_rule_set():
    assert limits_of(read_rules("luoding_2019")) == Limits({"primary": 45, "junior": 50}, 56, 66)
    tiers = [LIMITS.tier("primary", n) for n in (45, 46, 55, 56, 65, 66)]
    assert tiers == ["standard", "over_standard", "over_standard", "oversized", "oversized", "super_oversized"]
    assert [LIMITS.tier("junior", n) for n in (50, 51)] == ["standard", "over_standard"]
    with pytest.raises(SettingsError, match="do not rise"):
        Limits({"primary": 60})
    with pytest.raises(SettingsError, match="no standard class size for junior"):
        limits_of(
            read_rules("luoding_2019").model_copy(update={"rule": read_rules("luoding_2019").of("class_size")[:1]})
        )


def test_marks_keep_their_distance_from_utc():
    late = Mark(
        "x",
        datetime(2025, 3, 1, 23, 30, tzinfo=UTC).astimezone(datetime.fromisoformat("2025-01-01T00:00+08:00").tzinfo),
    )
    assert late.day == "2025-03-02"
    assert late.at - timedelta(hours=1) < late.at
