"""Whether the ledger is what its history says: every byte of the chain, every entry, every return."""

from collections.abc import Mapping, Sequence

from catchment.errors import InputError, Problem, problem
from catchment.ledger.chain import Head, HistoryRow, broken_links, canonical, replayed, return_hash
from catchment.ledger.lifecycle import ClassRow, Entry
from catchment.ledger.store import Ledger, Snapshot

TAMPERED = "somebody has changed the database by hand: restore it from a backup, and compare"


def verify(ledger: Ledger, *, known: str = "") -> tuple[list[Problem], Head]:
    """What does not agree in the ledger, nothing if all does; and the head of its chain.

    known: a head that was printed earlier; the chain must still pass through it, or the history was written anew.
    """
    try:
        with ledger.reading() as reader:
            rows, entries, head = reader.history(), reader.entries(), reader.head()
            returns = [(each, reader.classes(each)) for each in reader.snapshots()]
    except InputError as error:  # bytes that are no text, or a damaged file
        return list(error.problems), Head()
    found = [*faults(rows, entries, head), *return_faults(rows, returns)]
    if known and known not in {row.hash for row in rows}:
        what = "the history does not pass through the head {known} that was printed before"
        found.append(problem(what, TAMPERED, where="history", known=known))
    return found, head


def faults(rows: Sequence[HistoryRow], entries: Mapping[str, Entry], head: Head) -> list[Problem]:
    """Rows that break the chain; else entries that are not what the history makes of them."""
    if broken := broken_links(rows, head):
        return [problem("the chain of the history is broken", TAMPERED, where="history", rows=broken)]
    try:
        derived = replayed(rows)
    except ValueError as error:
        return [problem("a row of the history does not fit those before it", TAMPERED, where="history", rows=[error])]
    differing = sorted(key for key in derived.keys() | entries.keys() if derived.get(key) != entries.get(key))
    if differing:
        return [problem("entries are not what their history says", TAMPERED, where="entries", rows=differing)]
    return []


def return_faults(rows: Sequence[HistoryRow], returns: Sequence[tuple[Snapshot, Sequence[ClassRow]]]) -> list[Problem]:
    """Class returns that are not those which the history tells of."""
    told = {row.after for row in rows if row.what == "snapshot"}
    kept = {canonical(each._asdict()): each for each, _ in returns}
    other = [f"{each.snapshot} ({each.revision})" for text, each in kept.items() if text not in told]
    other += sorted(told - kept.keys())
    other += [f"{each.snapshot} ({each.revision})" for each, classes in returns if return_hash(classes) != each.sha256]
    if other:
        return [problem("class returns are not those that were recorded", TAMPERED, where="returns", rows=other)]
    return []
