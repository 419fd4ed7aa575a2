"""The history as a hash chain, and the entries that follow from it (docs/method/ledger.md).

hash = SHA-256(canonical JSON of the row's fields and, as `previous`, the hash of the row before; 64 zeros at first).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from catchment.ledger.lifecycle import ClassRow, Entry

NOTHING = "0" * 64
"""The hash before the first row."""


class HistoryRow(NamedTuple):
    """A row of the history; `before` and `after` are canonical JSON, entry_id None = a return was recorded."""

    sequence: int
    entry_id: str | None
    at: str
    by: str
    what: str
    before: str
    after: str
    snapshot: str | None
    hash: str


class Head(NamedTuple):
    """Where the chain ends: number and hash of its last row."""

    sequence: int = 0
    hash: str = NOTHING


def canonical(value: object) -> str:
    """JSON in one spelling: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def row_hash(row: HistoryRow, previous: str) -> str:
    """SHA-256 of a row (its own hash left out) and of the hash before it."""
    fields = {name: value for name, value in row._asdict().items() if name != "hash"}
    return hashlib.sha256(canonical(fields | {"previous": previous}).encode()).hexdigest()


def chained(rows: Iterable[HistoryRow], head: Head) -> list[HistoryRow]:
    """Rows numbered on from a head, each with its hash."""
    links, sequence, previous = [], head.sequence, head.hash
    for row in rows:
        sequence += 1
        numbered = row._replace(sequence=sequence)
        previous = row_hash(numbered, previous)
        links.append(numbered._replace(hash=previous))
    return links


def broken_links(rows: Sequence[HistoryRow], head: Head) -> list[str]:
    """Numbers of the rows that are not what the chain says, in the order in which they stand; `head` if its end is another."""
    broken, previous = [], NOTHING
    for number, row in enumerate(rows, start=1):
        if row.sequence != number or row.hash != row_hash(row, previous):
            broken.append(str(row.sequence))
        previous = row.hash
    if head != Head(len(rows), previous):
        broken.append("head")
    return broken


def replayed(rows: Iterable[HistoryRow]) -> dict[str, Entry]:
    """The entries that follow from the history, by id.

    Raises ValueError naming the row that does not fit what came before it.
    """
    entries: dict[str, Entry] = {}
    for row in rows:
        if row.entry_id is None:
            continue
        try:
            entries[row.entry_id] = _after(entries.get(row.entry_id), row)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            message = f"{row.sequence}"
            raise ValueError(message) from error
    return entries


def _after(entry: Entry | None, row: HistoryRow) -> Entry:
    before, after = json.loads(row.before), json.loads(row.after)
    if entry is None:
        opened = Entry(**after)
        if before or opened.entry_id != row.entry_id:
            message = "not the opening of this entry"
            raise ValueError(message)
        return opened
    known = entry.fields
    if before.keys() != after.keys() or any(known[name] != value for name, value in before.items()):
        message = "the entry was another before"
        raise ValueError(message)
    return replace(entry, **after, version=entry.version + 1)


def changed(before: Entry, after: Entry) -> tuple[dict[str, object], dict[str, object]]:
    """The fields in which two states of an entry differ: before, after."""
    old, new = before.fields, after.fields
    names = [name for name in old if old[name] != new[name]]
    return {name: old[name] for name in names}, {name: new[name] for name in names}


def return_hash(rows: Iterable[ClassRow]) -> str:
    """SHA-256 of a class return, whatever the order of its rows."""
    return hashlib.sha256(canonical(sorted(rows)).encode()).hexdigest()


def history_row(what: str, before: Mapping[str, object], after: Mapping[str, object]) -> HistoryRow:
    """A row that is not yet signed and linked."""
    return HistoryRow(0, None, "", "", what, canonical(before), canonical(after), None, "")
