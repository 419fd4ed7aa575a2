"""What people do with an entry. Only a return writes an entry off; no step does (docs/method/ledger.md)."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from catchment.errors import InputError, Problem, Problems, problem
from catchment.ledger.chain import HistoryRow
from catchment.ledger.lifecycle import Entry, Mark, check_mark, is_day, is_plain
from catchment.ledger.store import Ledger
from catchment.tables.ledger import CAUSES, MEASURES

NAMED_CLOSINGS = ("not_in_return", "merged", "split")
"""What people may say of a class that is no longer in the returns."""


@dataclass(frozen=True)
class Remedy:
    """What is done about a class; None = as it stands in the entry."""

    cause: str | None = None
    measure: str | None = None
    project_id: str | None = None
    responsible: str | None = None
    due_on: str | None = None


def plan(ledger: Ledger, entry_id: str, mark: Mark, remedy: Remedy) -> Entry:
    """Say why the class is too large, what is done, by whom and until when: the entry is in remedy (整改中).

    Raises InputError unless cause, measure, responsible and due date are known then, or if the write-off is asked for or done.
    """

    def planned(entry: Entry, problems: Problems) -> Entry:
        _in_state(entry, ("open", "in_remedy"), problems)
        given = {field.name: getattr(remedy, field.name) for field in fields(remedy)}
        after = replace(entry, **{name: value for name, value in given.items() if value is not None})
        for name, known in (("cause", CAUSES), ("measure", MEASURES)):
            if getattr(after, name) is not None and getattr(after, name) not in known:
                what, remedy_words = "{name} {value} is not known", "use one of {known}"
                problems.add(what, remedy_words, name=name, value=getattr(after, name), known=", ".join(known))
        missing = [name for name in ("cause", "measure", "responsible", "due_on") if not getattr(after, name)]
        if missing:
            problems.add("{names} of the remedy is missing", "give it", names=", ".join(missing))
        if after.due_on and not is_day(after.due_on):
            problems.add("{value} is no date", "write YYYY-MM-DD", value=after.due_on)
        return replace(after, state="in_remedy")

    return _step(ledger, entry_id, mark, "planned", planned)


def ask(ledger: Ledger, entry_id: str, mark: Mark, *, evidence: str, on: str = "") -> Entry:
    """Ask for the write-off (申请销号); a return of a later date verifies it or turns it down.

    on: the day of a request made on paper and entered later, YYYY-MM-DD; the day of the entry unless given.
    """

    def asked(entry: Entry, problems: Problems) -> Entry:
        _in_state(entry, ("in_remedy",), problems)
        if not evidence.strip():
            problems.add("{name} is empty", "fill it in", name="evidence")
        if on and (not is_day(on) or on > mark.day):
            what, remedy = "{day} is no day up to today", "write the day of the request as YYYY-MM-DD"
            problems.add(what, remedy, day=on)
        # Never before the latest return with the class: a correction of that return is no later return.
        return replace(entry, state="write_off_asked", asked_on=max(on or mark.day, entry.seen_on), evidence=evidence)

    return _step(ledger, entry_id, mark, "asked", asked)


def exempt(ledger: Ledger, entry_id: str, mark: Mark, *, reason: str) -> Entry:
    """Note why the class is excepted; it stays in every count. An empty reason takes the exception back."""
    return _step(ledger, entry_id, mark, "exempted", lambda entry, _: replace(entry, exception=reason.strip() or None))


def remark(ledger: Ledger, entry_id: str, mark: Mark, *, text: str) -> Entry:
    """Write what a reader of the entry must know, in place of what stood there."""
    return _step(ledger, entry_id, mark, "remarked", lambda entry, _: replace(entry, remarks=text.strip() or None))


def visit(ledger: Ledger, entry_id: str, mark: Mark) -> Entry:
    """Confirm on site a write-off that a return has verified (实地核验)."""

    def visited(entry: Entry, problems: Problems) -> Entry:
        _in_state(entry, ("written_off",), problems)
        return replace(entry, verified_by=mark.by, verified_how="return_and_visit")

    return _step(ledger, entry_id, mark, "visited", visited)


def name_closing(ledger: Ledger, entry_id: str, mark: Mark, *, closing: str) -> Entry:
    """Say what became of a class that is no longer in the returns: merged, split, or not known (not_in_return)."""

    def named(entry: Entry, problems: Problems) -> Entry:
        if entry.closed_as not in NAMED_CLOSINGS:
            what, remedy = (
                "{entry} was not closed for want of its class",
                "a return closes an entry when its class is gone",
            )
            problems.add(what, remedy, entry=entry.entry_id)
        if closing not in NAMED_CLOSINGS:
            what, remedy = "{name} {value} is not known", "use one of {known}"
            problems.add(what, remedy, name="closing", value=closing, known=", ".join(NAMED_CLOSINGS))
        return replace(entry, closed_as=closing)

    return _step(ledger, entry_id, mark, "closing_named", named)


def _step(ledger: Ledger, entry_id: str, mark: Mark, what: str, change: Callable[[Entry, Problems], Entry]) -> Entry:
    """Change one entry in a transaction of its own; a change that changes nothing leaves no trace.

    Raises InputError if there is no such entry, it is no longer the version that the mark names, or the change may not be.
    """
    problems = Problems()
    check_mark(mark, problems)
    with ledger.writing() as writer:
        entry = writer.entry(entry_id)
        if entry is None:
            told = problem("there is no entry {entry}", "take its name from `catchment ledger show`", entry=entry_id)
            raise InputError(told)
        if mark.version not in (None, entry.version):
            raise InputError(_stale(entry, writer.history(entry_id=entry_id)[-1]))
        after = change(entry, problems)
        _storable(after, problems)
        problems.raise_any()
        if after == entry:
            return entry
        writer.keep([(what, entry, after)], mark)
    return replace(after, version=entry.version + 1)


def _stale(entry: Entry, last: HistoryRow) -> Problem:
    what = "{entry} has changed since you looked: {change} by {by}, {at}"
    remedy = "look again, then repeat your change (version {version})"
    return problem(what, remedy, entry=entry.entry_id, change=last.what, by=last.by, at=last.at, version=entry.version)


def _in_state(entry: Entry, states: tuple[str, ...], problems: Problems) -> None:
    if entry.state not in states:
        what, remedy = "{entry} is {state}", "this is for entries that are {states}"
        problems.add(what, remedy, entry=entry.entry_id, state=entry.state, states=", ".join(states))


def _storable(entry: Entry, problems: Problems) -> None:
    """Tell texts that a database would refuse or cut."""
    bad = [name for name, value in entry.fields.items() if isinstance(value, str) and not is_plain(value)]
    if bad:
        what, remedy = "{names} holds characters that cannot be kept", "write plain text in one line"
        problems.add(what, remedy, names=", ".join(bad))
