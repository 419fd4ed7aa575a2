"""One grammar for all languages: the same templates write a zone's text and read it back.

A language is its templates in the catalogue (catchment/locale). Reading knows nothing of the zone: only the words, and
the names of the gazetteer to tell a name from what stands around it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from catchment.errors import InputError, problem
from catchment.locale import translate
from catchment.zone_text.structure import (
    DIRECTIONS,
    Along,
    Also,
    Border,
    Houses,
    Line,
    Parity,
    Part,
    Piece,
    Point,
    Ring,
    Side,
    Text,
    Token,
    Whole,
)

TEMPLATES = {
    "text": "{parts}.", "whole": "all of {areas}", "cut": "in {area}: {sides}{without}{places}",
    "enclosed": "in {area}: the area enclosed by {ring}{without}{places}", "also": "also {houses}",
    "rest": "all of {area}{without}{places}",
    "without": " (without {items})", "places": " (with {names})", "hole": "the area enclosed by {ring}",
    "straight": "the line {items}", "point": "point {number}", "points": "points {first} to {last}", "border": "the border of {area}",
    "side n": "north of {line}", "side ne": "north-east of {line}", "side e": "east of {line}", "side se": "south-east of {line}",
    "side s": "south of {line}", "side sw": "south-west of {line}", "side w": "west of {line}", "side nw": "north-west of {line}",
    "bound n": "{line} to the north", "bound ne": "{line} to the north-east", "bound e": "{line} to the east", "bound se": "{line} to the south-east",
    "bound s": "{line} to the south", "bound sw": "{line} to the south-west", "bound w": "{line} to the west", "bound nw": "{line} to the north-west",
    "house": "{street} No. {first}", "houses all": "{street} Nos. {first} to {last}", "houses odd": "{street} Nos. {first} to {last} (odd)",
    "houses even": "{street} Nos. {first} to {last} (even)", "street all": "{street}, all numbers", "street odd": "{street}, odd numbers",
    "street even": "{street}, even numbers",
    "next part": "{item}; {next}", "next name": "{item}, {next}", "next side": "{item} and {next}", "next token": "{item} – {next}", "next bound": "{bound}, {next}",
}  # fmt: skip
"""Key → the template in English, which is the message id of the others."""
PARITIES: tuple[Parity, ...] = ("all", "odd", "even")
_SLOT = re.compile(r"\{(\w+)\}")
_DASHES = re.compile(r"[-‐‑‒–—―－]+")


def plain(text: str) -> str:
    """A text as it is compared: full width as half width, one kind of dash, single spaces, none beside Chinese words."""
    narrow = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip()
    single = re.sub(r"\s+", " ", narrow)
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", single)


def write(text: Text, language: str) -> str:
    """A zone's text in words."""
    words = _Writer(language)
    return words.sentence(text)


def read(words: str, names: Iterable[str], language: str) -> Text:
    """What the words say. names: of roads, rivers, areas, streets and places, all that a text may name.

    Raises InputError telling how far the words could be understood.
    """
    reader = _Reader(plain(words), sorted({name for name in names if name}), language)
    for text, end in reader.sentence(0):
        if end == len(reader.words):
            return text
    what = "the text cannot be understood from here: {rest}"
    remedy = "write it as in docs/method/zone_text.md, with names as in roads, water, areas and addresses"
    raise InputError(
        problem(what, remedy, rest=reader.words[reader.farthest : reader.farthest + 40] or reader.words[-40:])
    )


class _Writer:
    def __init__(self, language: str) -> None:
        self.language = language

    def fill(self, key: str, **values: object) -> str:
        return translate(TEMPLATES[key], self.language).format(**values)

    def joined(self, kind: str, items: Iterable[str]) -> str:
        separator = _separator(kind, self.language)
        return separator.join(items)

    def sentence(self, text: Text) -> str:
        said = self.fill("text", parts=self.joined("next part", (self.part(part) for part in text)))
        return said[:1].upper() + said[1:] if said.startswith(("all of", "in ", "also ")) else said

    def part(self, part: Part) -> str:
        if isinstance(part, Whole):
            return self.fill("whole", areas=self.joined("next name", part.areas))
        if isinstance(part, Also):
            return self.fill("also", houses=self.joined("next name", map(self.houses, part.houses)))
        tail = {"area": part.area, "without": "", "places": ""}
        if part.without:
            items = (
                self.fill("hole", ring=self.ring(i)) if isinstance(i, Ring) else self.houses(i) for i in part.without
            )
            tail["without"] = self.fill("without", items=self.joined("next name", items))
        if part.places:
            tail["places"] = self.fill("places", names=self.joined("next name", part.places))
        if not part.shape:
            return self.fill("rest", **tail)
        if isinstance(part.shape, Ring):
            return self.fill("enclosed", ring=self.ring(part.shape), **tail)
        return self.fill("cut", sides=self.joined("next side", map(self.side, part.shape)), **tail)

    def side(self, side: Side) -> str:
        line = self.line(side.line)
        single = len(side.line) == 1
        return self.fill(f"side {side.towards}", line=line if single else self.fill("straight", items=line))

    def ring(self, ring: Ring) -> str:
        said = (
            self.fill(f"bound {way}", line=self.line(line)) if way else self.line(line) for way, line in ring.bounds
        )
        return self.joined("next bound", said)

    def line(self, line: Line) -> str:
        return self.joined("next token", (self.run(run) for run in _runs(line)))

    def run(self, run: Line) -> str:
        first, last = run[0], run[-1]
        if isinstance(first, Border):
            return self.fill("border", area=first.area)
        if isinstance(first, Along):
            return first.name
        if first == last or not isinstance(last, Point):
            return self.fill("point", number=first.number)
        return self.fill("points", first=first.number, last=last.number)

    def houses(self, houses: Houses) -> str:
        if houses.first is None:
            return self.fill(f"street {houses.parity}", street=houses.street)
        if houses.first == houses.last:
            return self.fill("house", street=houses.street, first=houses.first)
        return self.fill(f"houses {houses.parity}", street=houses.street, first=houses.first, last=houses.last)


def _runs(line: Line) -> Iterator[Line]:
    """The line cut into points whose numbers follow each other, up or down, and single tokens."""
    run: list[Token] = []
    for token in line:
        if run and not _follows(run, token):
            yield tuple(run)
            run = []
        run.append(token)
    if run:
        yield tuple(run)


def _follows(run: list[Token], token: Token) -> bool:
    last = run[-1]
    if not (isinstance(last, Point) and isinstance(token, Point)):
        return False
    step = token.number - last.number
    before = run[-2] if len(run) > 1 else None
    return abs(step) == 1 and (not isinstance(before, Point) or last.number - before.number == step)


@cache
def _separator(kind: str, language: str) -> str:
    return _SLOT.split(translate(TEMPLATES[kind], language))[2]


@cache
def _pieces(key: str, language: str) -> tuple[str, ...]:
    """A template cut at its slots: word, slot, word, slot … word, compared as `plain` has them."""
    parts = _SLOT.split(translate(TEMPLATES[key], language))
    return tuple(_words(part) if i % 2 == 0 else part for i, part in enumerate(parts))


def _words(part: str) -> str:
    """The words between two slots; spaces at their ends are part of them, unless they stand beside Chinese words."""
    word = plain(part)
    left, right = part.startswith(" ") and word[:1].isascii(), part.endswith(" ") and word[-1:].isascii()
    return " " * left + word + " " * right


Found = Iterator[tuple[Any, int]]
Parser = Callable[[int], Found]


class _Reader:
    """Reads with all ways back open: every method gives what may stand at a place, and where it ends."""

    def __init__(self, words: str, names: list[str], language: str) -> None:
        self.words, self.language = words, language
        self.names = {plain(name): name for name in reversed(names)}
        self.lengths = sorted({len(name) for name in self.names}, reverse=True)
        self.farthest = 0

    def literal(self, word: str, at: int) -> int | None:
        """Where the word ends if it stands here. Spaces at the ends of a word give way beside Chinese names."""
        for tried in dict.fromkeys((word, word.lstrip(), word.rstrip(), word.strip())):
            if self.words[at : at + len(tried)].casefold() == tried.casefold():
                self.farthest = max(self.farthest, at + len(tried))
                return at + len(tried)
        return None

    def template(self, key: str, at: int, **slots: Parser) -> Found:
        """The values of a template's slots."""
        pieces = _pieces(key, self.language)

        def rest(number: int, at: int) -> Iterator[tuple[dict[str, Any], int]]:
            end = self.literal(pieces[number], at)
            if end is None:
                return
            if number + 1 == len(pieces):
                yield {}, end
                return
            name = pieces[number + 1]
            for value, after in slots[name](end):
                for others, last in rest(number + 2, after):
                    yield {name: value, **others}, last

        yield from rest(0, at)

    def several(self, kind: str, one: Parser) -> Parser:
        """One or more, the longest row first."""
        separator = _words(_separator(kind, self.language))

        def found(at: int) -> Found:
            for first, end in one(at):
                after = self.literal(separator, end)
                if after is not None:
                    for others, last in found(after):
                        yield (first, *others), last
                yield (first,), end

        return found

    def name(self, at: int) -> Found:
        """A known name, the longest first."""
        for length in self.lengths:
            word = self.words[at : at + length]
            if len(word) == length and word in self.names:
                self.farthest = max(self.farthest, at + length)
                yield self.names[word], at + length

    def number(self, at: int) -> Found:
        end = at
        while end < len(self.words) and self.words[end] in "0123456789":
            end += 1
        if end > at:
            yield int(self.words[at:end]), end

    def maybe(self, key: str, slot: str, parser: Parser) -> Parser:
        """A template that may be missing: its slot's value, or ()."""

        def found(at: int) -> Found:
            for values, end in self.template(key, at, **{slot: parser}):
                yield values[slot], end
            yield (), at

        return found

    def sentence(self, at: int) -> Found:
        for values, end in self.template("text", at, parts=self.several("next part", self.part)):
            yield values["parts"], end

    def part(self, at: int) -> Found:
        for values, end in self.template("whole", at, areas=self.several("next name", self.name)):
            yield Whole(values["areas"]), end
        for values, end in self.template("also", at, houses=self.several("next name", self.houses)):
            yield Also(values["houses"]), end
        tail = {
            "area": self.name, "without": self.maybe("without", "items", self.several("next name", self.exception)),
            "places": self.maybe("places", "names", self.several("next name", self.name)),
        }  # fmt: skip
        for values, end in self.template("rest", at, **tail):
            if values["without"] or values["places"]:
                yield Piece(values["area"], (), values["without"], values["places"]), end
        for values, end in self.template("enclosed", at, ring=self.ring, **tail):
            yield Piece(values["area"], values["ring"], values["without"], values["places"]), end
        for values, end in self.template("cut", at, sides=self.several("next side", self.side), **tail):
            yield Piece(values["area"], values["sides"], values["without"], values["places"]), end

    def exception(self, at: int) -> Found:
        for values, end in self.template("hole", at, ring=self.ring):
            yield values["ring"], end
        yield from self.houses(at)

    def side(self, at: int) -> Found:
        for way in DIRECTIONS:
            for values, end in self.template(f"side {way}", at, line=self.straight):
                yield Side(values["line"], way), end

    def straight(self, at: int) -> Found:
        for values, end in self.template("straight", at, items=self.line):
            yield values["items"], end
        for run, end in self.run(at):
            if len(run) == 1:
                yield run, end

    def ring(self, at: int) -> Found:
        for bounds, end in self.several("next bound", self.bound)(at):
            if len({way for way, _ in bounds}) == len(bounds):
                yield Ring(bounds), end
        for line, end in self.line(at):
            yield Ring((("", line),)), end

    def bound(self, at: int) -> Found:
        for way in DIRECTIONS:
            for values, end in self.template(f"bound {way}", at, line=self.line):
                yield (way, values["line"]), end

    def line(self, at: int) -> Found:
        for runs, end in self.several("next token", self.run)(at):
            yield tuple(token for run in runs for token in run), end

    def run(self, at: int) -> Found:
        for values, end in self.template("points", at, first=self.number, last=self.number):
            step = 1 if values["last"] >= values["first"] else -1
            yield tuple(map(Point, range(values["first"], values["last"] + step, step))), end
        for values, end in self.template("point", at, number=self.number):
            yield (Point(values["number"]),), end
        for values, end in self.template("border", at, area=self.name):
            yield (Border(values["area"]),), end
        for name, end in self.name(at):
            yield (Along(name),), end

    def houses(self, at: int) -> Found:
        numbers = {"street": self.name, "first": self.number, "last": self.number}
        for parity in ("odd", "even", "all"):
            for values, end in self.template(f"houses {parity}", at, **numbers):
                yield Houses(values["street"], values["first"], values["last"], parity), end
            for values, end in self.template(f"street {parity}", at, street=self.name):
                yield Houses(values["street"], parity=parity), end
        for values, end in self.template("house", at, street=self.name, first=self.number):
            yield Houses(values["street"], values["first"], values["first"]), end
