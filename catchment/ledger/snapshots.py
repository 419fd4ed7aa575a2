"""Recording a class return in the ledger, and correcting the latest one."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from catchment.doors import conform
from catchment.errors import InputError, Problems, problem
from catchment.ledger.chain import HistoryRow, canonical, return_hash
from catchment.ledger.lifecycle import (
    OPENING,
    SIZE,
    STANDING,
    ClassRow,
    Entry,
    Limits,
    Mark,
    Outcome,
    Return,
    autumn_of,
    check_mark,
    is_day,
    is_plain,
)
from catchment.ledger.store import Ledger, Snapshot, Writer
from catchment.tables import CLASSES

Change = tuple[str, Entry | None, Entry]
"""What happened, the entry before (None = newly opened) and after."""


@dataclass(frozen=True)
class Recorded:
    """A return that is now in the ledger, and how often each thing happened; nothing happened = it was there already."""

    snapshot: str
    revision: int
    happened: Mapping[str, int]


def class_rows(rows: pd.DataFrame) -> list[ClassRow]:
    """The classes of one return, sorted.

    rows: table `classes`. Raises InputError unless they are of a single date, and their ids make entries that can be told
    apart.
    """
    table = conform(CLASSES, rows)
    problems = Problems()
    dates = sorted(set(table["snapshot"]))
    if len(dates) != 1:
        what, remedy = "a return has classes of one date (found {found})", "record one date after the other"
        problems.add(what, remedy, where="classes", found=", ".join(dates) or 0)
    if odd := [day for day in dates if not is_day(day)]:
        problems.add(
            "a date is not of the form YYYY-MM-DD", "correct the date of the return", where="classes", rows=odd
        )
    names = table["school_id"].tolist() + table["class_no"].tolist()
    if odd := sorted({repr(name) for name in names if not is_plain(name)}):
        what, remedy = "{names} holds characters that cannot be kept", "write plain text in one line"
        problems.add(what, remedy, where="classes", names=", ".join(odd))
    if slashed := sorted({school for school in table["school_id"] if "/" in school}):
        what, remedy = "a school code holds a slash", "use the official code: entries are named code/stage/year/class"
        problems.add(what, remedy, where="classes", rows=slashed)
    problems.raise_any()
    columns = [table[name].tolist() for name in ClassRow._fields]
    return sorted(ClassRow(*values) for values in zip(*columns, strict=True))


def record(ledger: Ledger, rows: pd.DataFrame, limits: Limits, mark: Mark, *, correction: bool = False) -> Recorded:
    """Record a class return: entries open, are measured, verified, relapse or close by it.

    rows: table `classes` of one date. A return that is there already changes nothing.

    Raises InputError if a later return is there, or the latest has other content (or with `correction` is of another date).
    """
    problems = Problems()
    check_mark(mark, problems)
    problems.raise_any()
    classes = class_rows(rows)
    kept, this = canonical(asdict(limits)), Return(classes[0].snapshot, autumn_of(classes), limits, mark)
    with ledger.writing() as writer:
        known = _latest_revisions(writer)
        fresh = Snapshot(classes[0].snapshot, 1, return_hash(classes), kept)
        there = known.get(fresh.snapshot)
        if there and there.sha256 == fresh.sha256 and not (correction and there.limits != kept):
            return Recorded(there.snapshot, there.revision, {})
        _refuse_out_of_order(fresh, known, correction=correction)
        if there:
            fresh = fresh._replace(revision=there.revision + 1)
        changes = _changes(writer, classes, this, corrects=fresh.revision > 1)
        writer.keep_return(fresh, classes, mark)
        writer.keep(changes, mark, fresh.snapshot)
    return Recorded(fresh.snapshot, fresh.revision, dict(sorted(Counter(what for what, _, _ in changes).items())))


def _latest_revisions(writer: Writer) -> dict[str, Snapshot]:
    return {each.snapshot: each for each in writer.snapshots()}


def _refuse_out_of_order(fresh: Snapshot, known: Mapping[str, Snapshot], *, correction: bool) -> None:
    latest = max(known, default="")
    if fresh.snapshot < latest:
        what = "the return of {snapshot} is older than the latest in the ledger, {latest}"
        remedy = "record returns in the order of their dates; only the latest can be corrected"
        raise InputError(problem(what, remedy, where="classes", snapshot=fresh.snapshot, latest=latest))
    if fresh.snapshot in known and not correction:
        what = "another return of {snapshot} is in the ledger already"
        remedy = "if this one is right, record it as a correction (--correction)"
        raise InputError(problem(what, remedy, where="classes", snapshot=fresh.snapshot))
    if fresh.snapshot not in known and correction:
        what, remedy = "there is no return of {snapshot} that could be corrected", "record it without --correction"
        raise InputError(problem(what, remedy, where="classes", snapshot=fresh.snapshot))


def _changes(writer: Writer, classes: Sequence[ClassRow], this: Return, *, corrects: bool) -> list[Change]:
    """What the return does to every entry, in the order of their ids."""
    entries = writer.entries()
    present = {row.entry_id: row for row in classes}
    caused = _caused(writer.history(snapshot=this.snapshot)) if corrects else {}
    changes: list[Change] = []
    for entry_id in sorted(entries.keys() | present.keys()):
        before, row = entries.get(entry_id), present.get(entry_id)
        if before is not None and entry_id in caused:
            outcome: Outcome | None = ("corrected", _corrected(before, caused[entry_id], row, this))
        else:
            outcome = this.effect(before, row)
        if outcome is not None and outcome[1] != before:
            changes.append((outcome[0], before, outcome[1]))
    return changes


@dataclass(frozen=True)
class _Caused:
    """What a return has done to an entry so far: fields as they were before it, and as it left them."""

    opened: bool
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def _caused(rows: Iterable[HistoryRow]) -> dict[str, _Caused]:
    """What a return and its corrections did, by entry."""
    found: dict[str, _Caused] = {}
    for row in rows:
        if row.entry_id is not None:
            had, got = json.loads(row.before), json.loads(row.after)
            known = found.get(row.entry_id, _Caused(row.what == "opened", {}, {}))
            found[row.entry_id] = _Caused(known.opened, {**had, **known.before}, {**known.after, **got})
    return found


def _corrected(entry: Entry, caused: _Caused, row: ClassRow | None, this: Return) -> Entry:
    """The entry as if the return had had the corrected content from the start.

    Where somebody has taken a step since, the state that it led to stays; only the size is put right.
    """
    untouched = entry.state == caused.after.get("state", entry.state)
    if caused.opened:
        fresh = this.effect(None, row)
        if fresh is None:
            size = this.size(row) if row else {}
            gone = replace(entry, state="closed", asked_on=None, closed_on=this.snapshot, closed_as="withdrawn")
            return replace(gone, **size)
        names = (*SIZE, *OPENING, *(STANDING if untouched else ()))
        return replace(entry, **{name: fresh[1].fields[name] for name in names})
    back = {name: value for name, value in caused.before.items() if untouched or name in SIZE}
    recalled = replace(entry, **back)
    outcome = this.effect(recalled, row)
    return outcome[1] if outcome else recalled
