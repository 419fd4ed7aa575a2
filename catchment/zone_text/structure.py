"""What a zone's text says, as data: the words are written from it and read back to it."""

from dataclasses import dataclass
from typing import Literal

Parity = Literal["all", "odd", "even"]
DIRECTIONS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


@dataclass(frozen=True)
class Point:
    """A numbered point of the annex; numbers are counted in each area."""

    number: int


@dataclass(frozen=True)
class Along:
    """A named road, river or other line of the gazetteer, followed by the shortest way along it."""

    name: str


@dataclass(frozen=True)
class Border:
    """The border of the area that the text is in."""

    area: str


Token = Point | Along | Border
Line = tuple[Token, ...]
"""Points in a row are joined by straight lines; lines meet each other where they cross, or at the point between them."""


@dataclass(frozen=True)
class Side:
    """What lies on one side of a line that cuts an area in two."""

    line: Line
    towards: str


@dataclass(frozen=True)
class Ring:
    """What a line encloses, told by compass (clockwise, each direction once) or, with direction "", in a row."""

    bounds: tuple[tuple[str, Line], ...]

    @property
    def line(self) -> Line:
        return tuple(token for _, line in self.bounds for token in line)


@dataclass(frozen=True)
class Houses:
    """House numbers of a street from first to last, or all of them (first and last absent)."""

    street: str
    first: int | None = None
    last: int | None = None
    parity: Parity = "all"


@dataclass(frozen=True)
class Whole:
    """Areas that belong to the zone as a whole."""

    areas: tuple[str, ...]


@dataclass(frozen=True)
class Piece:
    """A piece of an area: on the given sides of lines (none: all of it), or within a ring; without some rings and houses; places it holds."""

    area: str
    shape: tuple[Side, ...] | Ring
    without: tuple[Ring | Houses, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Also:
    """House numbers that belong to the zone wherever they lie."""

    houses: tuple[Houses, ...]


Part = Whole | Piece | Also
Text = tuple[Part, ...]
