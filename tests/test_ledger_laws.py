"""Laws of the ledger: a plain model of the life cycle, corrections, tampering."""

import random
import shutil
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ledger import LIMITS, REMEDY, a_return, by

from catchment.errors import InputError
from catchment.ledger import steps
from catchment.ledger.chain import Head, HistoryRow, broken_links, replayed, row_hash
from catchment.ledger.checking import faults, verify
from catchment.ledger.snapshots import record
from catchment.ledger.store import open_ledger

CLASSES = [(2019, "1"), (2021, "1"), (2021, "2"), (2023, "1")]
"""Entry year and number: the first leaves school in 2025, the last enters in 2023."""
DAYS = ["2023-09-01", "2024-03-01", "2024-09-01", "2025-03-01", "2025-09-01", "2026-03-01"]
STEPS = ("plan", "plan", "ask", "ask", "exempt", "remark", "visit", "merged", "nothing")
sizes = st.lists(st.one_of(st.none(), st.sampled_from([30, 44, 45, 46, 70])), min_size=4, max_size=4)
taken = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3)), max_size=8)
stories = st.lists(st.tuples(sizes, taken), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    file = tmp_path_factory.mktemp("ledger") / "empty.db"
    open_ledger(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="module")
def fresh(template):
    """A new empty ledger each time it is called."""
    numbers = count()

    def make():
        file = template.parent / f"{next(numbers)}.db"
        shutil.copy(template, file)
        return open_ledger(f"sqlite:///{file}")

    return make


def rows_of(day, pupils):
    """The return of a day; an entering class keeps it from being empty, a class that is past grade 6 is not in it."""
    autumn = int(day[:4]) - (day[5:7] < "09")
    present = {key: n for key, n in zip(CLASSES, pupils, strict=True) if n is not None and 0 <= autumn - key[0] < 6}
    return a_return(day, present | {(autumn, "9"): 20})


class Model:
    """The life cycle in plain words, sharing nothing with the program."""

    def __init__(self):
        self.entries = {}

    def tell(self, day, pupils):
        autumn = int(day[:4]) - (day[5:7] < "09")
        for (entered, number), n in zip(CLASSES, pupils, strict=True):
            key = f"0012/primary/{entered}/{number}"
            if n is None or not 0 <= autumn - entered < 6:
                self.absent(key, past=autumn - entered >= 6)
            elif key not in self.entries:
                if n > 45:
                    self.entries[key] = {"state": "open", "pupils": n, "relapses": 0, "closed_as": None, "asked": None}
            else:
                self.present(self.entries[key], day, n)

    def absent(self, key, past):
        entry = self.entries.get(key)
        if entry and entry["state"] not in ("written_off", "closed"):
            entry |= {"state": "closed", "closed_as": "graduated" if past else "not_in_return"}

    def present(self, entry, day, n):
        entry["pupils"] = n
        waiting = entry["state"] == "write_off_asked" and entry["asked"] < day
        if n <= 45 and waiting:
            entry["state"] = "written_off"
        elif n > 45 and waiting:
            entry["state"] = "in_remedy"
        elif n > 45 and entry["state"] == "written_off":
            entry |= {"state": "open", "relapses": entry["relapses"] + 1}
        elif n > 45 and entry["state"] == "closed":
            entry |= {"state": "open", "closed_as": None}

    def step(self, what, key, day):
        """Whether the step may be taken."""
        entry = self.entries.get(key)
        if entry is None:
            return False
        state = entry["state"]
        if what == "plan" and state in ("open", "in_remedy"):
            entry["state"] = "in_remedy"
        elif what == "ask" and state == "in_remedy":
            entry |= {"state": "write_off_asked", "asked": day}
        elif what == "merged" and entry["closed_as"] in ("not_in_return", "merged"):
            entry["closed_as"] = "merged"
        else:
            return what in ("exempt", "remark") or (what == "visit" and state == "written_off")
        return True


def take(ledger, what, key, day):
    mark = by(day)
    {
        "plan": lambda: steps.plan(ledger, key, mark, REMEDY),
        "ask": lambda: steps.ask(ledger, key, mark, evidence="x"),
        "exempt": lambda: steps.exempt(ledger, key, mark, reason="y"),
        "remark": lambda: steps.remark(ledger, key, mark, text="z"),
        "visit": lambda: steps.visit(ledger, key, mark),
        "merged": lambda: steps.name_closing(ledger, key, mark, closing="merged"),
    }[what]()


def told(ledger):
    with ledger.reading() as reader:
        return {
            key: {"state": e.state, "pupils": e.pupils, "relapses": e.relapses, "closed_as": e.closed_as}
            for key, e in reader.entries().items()
        }


@settings(max_examples=30, deadline=None)
@given(stories)
def test_the_ledger_does_what_the_model_does(fresh, story):
    """After every return and step the same states, sizes, relapses and closings; every step refused is refused by both."""
    model = Model()
    with fresh() as ledger:
        for day, (pupils, actions) in zip(DAYS, story, strict=False):
            record(ledger, rows_of(day, pupils), LIMITS, by(day))
            model.tell(day, pupils)
            for what, number in actions:
                if what == "nothing":
                    continue
                key = "0012/primary/{}/{}".format(*CLASSES[number])
                later = day[:8] + "15"
                if model.step(what, key, later):
                    take(ledger, what, key, later)
                else:
                    with pytest.raises(InputError):
                        take(ledger, what, key, later)
            plain = {k: {n: v for n, v in e.items() if n != "asked"} for k, e in model.entries.items()}
            assert told(ledger) == plain
        with ledger.reading() as reader:
            assert replayed(reader.history()) == reader.entries()
        assert verify(ledger)[0] == []


@settings(max_examples=8, deadline=None)
@given(stories, sizes)
def test_a_corrected_return_is_as_if_it_had_been_right_at_once(fresh, story, wrong):
    """The last return first wrong, then corrected, then corrected again: the entries of a ledger that never saw it wrong.

    But for those that only the wrong one opened: they are withdrawn.
    """
    *past, (right, _) = story
    ends = []
    for tries in ([right], [wrong, right], [right, wrong, right]):
        with fresh() as ledger:
            for day, (pupils, actions) in zip(DAYS, past, strict=False):
                record(ledger, rows_of(day, pupils), LIMITS, by(day))
                for what, number in actions:
                    try:
                        take(ledger, what, "0012/primary/{}/{}".format(*CLASSES[number]), day[:8] + "15")
                    except (InputError, KeyError):
                        continue
            day = DAYS[len(past)]
            for number, pupils in enumerate(tries):
                same = number and rows_of(day, pupils).equals(rows_of(day, tries[number - 1]))
                if not same:
                    record(ledger, rows_of(day, pupils), LIMITS, by(day), correction=number > 0)
            assert verify(ledger)[0] == []
            with ledger.reading() as reader:
                found = reader.entries()
            ends.append({k: replace(e, version=1) for k, e in found.items() if e.closed_as != "withdrawn"})
    assert ends[0] == ends[1] == ends[2]


@pytest.fixture(scope="module")
def exported(fresh):
    """The history of a ledger in which everything has happened once, its entries and its head."""
    with fresh() as ledger:
        for number, day in enumerate(DAYS[:2]):
            record(ledger, rows_of(day, [[50, 46, 30, 60], [50, 44, 56, 45]][number % 2]), LIMITS, by(day))
            for what in ("plan", "ask", "remark", "exempt"):
                for entered, number_ in CLASSES:
                    try:
                        take(ledger, what, f"0012/primary/{entered}/{number_}", day[:8] + "20")
                    except InputError:
                        continue
        with ledger.reading() as reader:
            return reader.history(), reader.entries(), reader.head()


def flipped(value, rng):
    """One bit of a field changed."""
    if value is None:
        return ""
    if isinstance(value, int):
        return value ^ (1 << rng.randrange(8))
    data = bytearray(value.encode() or b"\0")
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data.decode("utf-8", "surrogateescape")


def mutated(rows, head, rng):
    rows, place = list(rows), rng.randrange(len(rows))
    kind = rng.choice(["bit", "bit", "bit", "drop", "swap", "copy", "forge", "tail", "head", "rechain", "replace"])
    if kind == "bit":
        name = rng.choice(HistoryRow._fields)
        rows[place] = rows[place]._replace(**{name: flipped(getattr(rows[place], name), rng)})
    elif kind == "drop":
        del rows[place]
    elif kind == "swap":
        other = rng.randrange(len(rows))
        rows[place], rows[other] = rows[other], rows[place]
    elif kind == "copy":
        rows.insert(rng.randrange(len(rows) + 1), rows[place])
    elif kind == "forge":  # a row whose own hash is right for its place
        previous = rows[place - 1].hash if place else "0" * 64
        forged = rows[place]._replace(by="别人")
        rows[place:place] = [forged._replace(hash=row_hash(forged, previous))]
    elif kind == "tail":
        del rows[place:]
    elif kind == "head":
        head = rng.choice([Head(head.sequence + 1, head.hash), Head(head.sequence, flipped(head.hash, rng)), Head()])
    elif kind == "rechain":  # everything from a place on hashed anew, the head left as it was
        rows[place] = rows[place]._replace(by="别人")
        rows = rehashed(rows)
    else:  # the same with the head, but the entries are others than the history then says
        chosen = [n for n, row in enumerate(rows) if '"pupils"' in row.after and row.entry_id][-1]
        rows[chosen] = rows[chosen]._replace(after=rows[chosen].after.replace('"pupils":', '"pupils":1'))
        rows = rehashed(rows)
        head = Head(len(rows), rows[-1].hash)
    return rows, head


def rehashed(rows):
    fresh, previous = [], "0" * 64
    for row in rows:
        previous = row_hash(row, previous)
        fresh.append(row._replace(hash=previous))
    return fresh


def test_ten_thousand_mutations_are_all_found(exported):
    rows, entries, head = exported
    assert len(rows) > 15
    assert faults(rows, entries, head) == []
    rng, tried = random.Random(18), 0
    while tried < 10_000:
        others, end = mutated(rows, head, rng)
        if (others, end) == (rows, head):
            continue
        tried += 1
        assert faults(others, entries, end), f"mutation {tried} was not found"


def test_the_chain_is_what_the_method_says(exported):
    """Recomputed with nothing but json and hashlib, from the words of docs/method/ledger.md."""
    import hashlib
    import json

    previous = "0" * 64
    for row in exported[0]:
        fields = {
            name: getattr(row, name)
            for name in ("sequence", "entry_id", "at", "by", "what", "before", "after", "snapshot")
        }
        fields["previous"] = previous
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
        previous = hashlib.sha256(text.encode("ascii")).hexdigest()
        assert row.hash == previous
    assert exported[2] == (len(exported[0]), previous)
    assert broken_links([], Head()) == []


NONSENSE = [
    *({"after": after} for after in ("[]", '{"pupils":"x"', '{"version":9}', '{"colour":1}', "{}")),
    {"before": '{"cause":"other"}', "after": '{"cause":"too_few_rooms"}'},
    {"sequence": 99},
    {"entry_id": "0012/primary/1999/1"},
]


@pytest.mark.parametrize("fields", NONSENSE)
def test_a_consistent_chain_of_nonsense_is_found_too(exported, fields):
    """All hashed anew, head included, so that the links hold: what the rows say gives it away."""
    rows, entries, _ = exported
    place = next(n for n, row in enumerate(rows) if row.what == "planned")
    changed = rehashed([row._replace(**fields) if n == place else row for n, row in enumerate(rows)])
    assert faults(changed, entries, Head(len(changed), changed[-1].hash))


def test_what_stood_there_before_may_not_be_rewritten(exported):
    """The entries that follow are the same, but the history says of a class that it was smaller than it was."""
    rows, entries, _ = exported
    place = next(n for n, row in enumerate(rows) if '"pupils"' in row.before)
    lied = rows[place]._replace(before=rows[place].before.replace('"pupils":', '"pupils":1'))
    changed = rehashed([lied if n == place else row for n, row in enumerate(rows)])
    assert replayed(rows) == entries
    assert faults(changed, entries, Head(len(changed), changed[-1].hash))
