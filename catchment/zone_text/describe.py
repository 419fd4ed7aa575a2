"""Pieces of an area put into the structure of a text: whole, on sides of lines, or enclosed; points where no name will do."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely

from catchment.errors import InputError
from catchment.zone_text.gazetteer import Gazetteer, near
from catchment.zone_text.ground import TOWARDS, Place, ground_of, halves_of
from catchment.zone_text.nets import SAME_M, Floats
from catchment.zone_text.sketch import ALONG, BORDER, STRAIGHT, Element, PieceDrawn
from catchment.zone_text.structure import Along, Border, Line, Piece, Point, Ring, Side, Token, Whole

MOST_SIDES = 8
"""Lines of which a piece is told by its sides; beyond, by its ring."""
COMPASS = ("n", "e", "s", "w")


@dataclass
class Annex:
    """The numbered points of an area, counted as texts come to need them. number: (x_m, y_m) in whole metres → number."""

    gazetteer: Gazetteer
    area: str
    number: dict[tuple[float, float], int] = field(default_factory=dict)

    def point(self, xy: Floats) -> Point:
        place = (float(round(xy[0])), float(round(xy[1])))
        return Point(self.number.setdefault(place, len(self.number) + 1))

    @property
    def place(self) -> Place:
        return Place(self.gazetteer, self.area, {number: xy for xy, number in self.number.items()})


def part_of(piece: PieceDrawn, annex: Annex, people: Floats, named_least_share: float) -> tuple[Whole | Piece, bool]:
    """A piece in the plainest form that says who is in it, and whether it says so rightly.

    people: (n, 2) everybody of the area. Numbers of points are only taken by the form that is chosen.
    """
    if not piece.holes and all(element.kind == BORDER for element in piece.outline):
        return Whole((annex.area,)), True
    inside = shapely.intersects_xy(piece.ground, people[:, 0], people[:, 1])
    part: Piece | None = None
    for form in _forms(piece, named_least_share):
        tried = Annex(annex.gazetteer, annex.area, dict(annex.number))
        try:
            part = form(piece, tried)
            said = ground_of(part, tried.place)
        except InputError:
            continue
        if (shapely.intersects_xy(said, people[:, 0], people[:, 1]) == inside).all():
            annex.number.update(tried.number)
            return part, True
    part = _by_ring(piece, annex)
    return part, False


def _forms(piece: PieceDrawn, named_least_share: float) -> Iterator[Callable[[PieceDrawn, Annex], Piece]]:
    """Ways to tell a piece, the plainest first."""
    lines = len(_cuts(piece.outline))
    length = sum(element.length_m for element in piece.outline)
    named = sum(element.length_m for element in piece.outline if element.kind != STRAIGHT)
    if lines == 1 or all(element.kind == BORDER for element in piece.outline):
        yield _by_sides
    if named >= named_least_share * length:
        yield _by_compass
    if 1 < lines <= MOST_SIDES:
        yield _by_sides
    yield _by_ring


def _by_sides(piece: PieceDrawn, annex: Annex) -> Piece:
    sides = []
    for line in _cuts(piece.outline):
        tokens = tuple(_tokens(_merged(line, annex), annex, closed=False))
        sides.append(Side(tokens, _direction(tokens, piece, annex)))
    return Piece(annex.area, tuple(sides), _holes(piece, annex))


def _direction(line: Line, piece: PieceDrawn, annex: Annex) -> str:
    """The compass direction in which the piece lies from the other half."""
    halves = halves_of(line, annex.place)
    middle = shapely.point_on_surface(piece.ground)
    own = int(np.argmin(shapely.distance(halves, middle)))
    here, there = (shapely.get_coordinates(shapely.centroid(halves[i]))[0] for i in (own, 1 - own))
    return max(TOWARDS, key=lambda way: float((here - there) @ TOWARDS[way]))


def _cuts(outline: Sequence[Element]) -> list[tuple[Element, ...]]:
    """The lines of an outline between stretches of the area's border; none if it does not touch the border."""
    first = next((i for i, element in enumerate(outline) if element.kind == BORDER), None)
    if first is None:
        return []
    lines: list[list[Element]] = [[]]
    for element in [*outline[first:], *outline[:first]]:
        if element.kind == BORDER:
            lines.append([])
        else:
            lines[-1].append(element)
    return [tuple(line) for line in lines if line]


def _by_ring(piece: PieceDrawn, annex: Annex) -> Piece:
    return Piece(annex.area, Ring((("", _ring_line(piece.outline, annex)),)), _holes(piece, annex))


def _holes(piece: PieceDrawn, annex: Annex) -> tuple[Ring, ...]:
    return tuple(Ring((("", _ring_line(hole, annex)),)) for hole in piece.holes)


def _ring_line(outline: Sequence[Element], annex: Annex) -> Line:
    return tuple(_tokens(_merged(_halved(outline, annex), annex), annex, closed=True))


def _by_compass(piece: PieceDrawn, annex: Annex) -> Piece:
    """North, east, south and west bounds, each once; a ring in a row if a direction comes twice."""
    elements = _merged(_halved(piece.outline, annex), annex)
    middle = shapely.get_coordinates(shapely.centroid(piece.ground))[0]
    ways = [_quarter(element, middle) for element in elements]
    turn = next((i for i in range(len(ways)) if ways[i] == "n" and ways[i - 1] != "n"), 0)
    elements, ways = elements[turn:] + elements[:turn], ways[turn:] + ways[:turn]
    grouped: list[tuple[str, list[Token]]] = []
    for i, element in enumerate(elements):
        if not grouped or grouped[-1][0] != ways[i]:
            grouped.append((ways[i], []))
        grouped[-1][1].extend(_token(elements[i - 1], element, annex))
    if len({way for way, _ in grouped}) < len(grouped) or len(grouped) == 1:
        return _by_ring(piece, annex)
    return Piece(annex.area, Ring(tuple((way, tuple(tokens)) for way, tokens in grouped)), _holes(piece, annex))


def _quarter(element: Element, middle: Floats) -> str:
    """The side of a ring on which a stretch of it lies."""
    line = shapely.linestrings(element.xy)
    east, north = shapely.get_coordinates(shapely.line_interpolate_point(line, 0.5, normalized=True))[0] - middle
    return COMPASS[int(np.round(np.arctan2(east, north) / (np.pi / 2))) % 4]


def _halved(outline: Sequence[Element], annex: Annex) -> tuple[Element, ...]:
    """Long stretches of the area's border in halves: a text follows it the shorter way between two places."""
    half = annex.gazetteer.ground[annex.area].exterior.length * 0.45
    told: list[Element] = []
    for element in outline:
        if element.kind != BORDER or element.length_m < half:
            told.append(element)
            continue
        along = np.r_[0, np.cumsum(np.hypot(*np.diff(element.xy, axis=0).T))]
        cuts = [0, *np.unique(np.searchsorted(along, along[-1] * np.array([1, 2]) / 3)).tolist(), len(along) - 1]
        told += [Element(BORDER, "", element.xy[a : b + 1]) for a, b in pairwise(cuts) if b > a]
    return tuple(told)


def _merged(elements: Sequence[Element], annex: Annex) -> list[Element]:
    """Stretches that follow each other along one named line as one, where the line's shortest way is their sum."""
    told: list[Element] = []
    for element in elements:
        if told and told[-1].kind == element.kind == ALONG and told[-1].name == element.name:
            whole = annex.gazetteer.lines[element.name].path(told[-1].xy[0], element.xy[-1])
            both = Element(ALONG, element.name, np.vstack([told[-1].xy, element.xy[1:]]))
            if whole is not None and abs(Element(ALONG, "", whole).length_m - both.length_m) < 2 * SAME_M:
                told[-1] = both
                continue
        told.append(element)
    return told


def _tokens(elements: Sequence[Element], annex: Annex, *, closed: bool) -> Iterator[Token]:
    """Names in order, with a point wherever two of them do not meet in one place by themselves."""
    edge = Element(BORDER, "", elements[0].xy[:1])
    if not closed and len(elements) == 1 and _crosses(elements[0], annex):
        yield Along(elements[0].name)
        return
    for i, element in enumerate(elements):
        yield from _token(elements[i - 1] if closed or i else edge, element, annex)
    if not closed and _unclear(elements[-1], edge, elements[-1].xy[-1], annex):
        yield annex.point(elements[-1].xy[-1])


def _token(before: Element, element: Element, annex: Annex) -> Iterator[Token]:
    """A stretch's name, after the point where it begins if that is not clear by itself."""
    if _unclear(before, element, element.xy[0], annex):
        yield annex.point(element.xy[0])
    if element.kind == ALONG:
        yield Along(element.name)
    elif element.kind == BORDER:
        yield Border(annex.area)


def _crosses(element: Element, annex: Annex) -> bool:
    """Whether a stretch is all of a named line within the area, and this cuts the area once."""
    if element.kind != ALONG:
        return False
    ends = annex.gazetteer.entries(element.name, annex.area)
    return len(ends) == 2 and all(len(near(xy, ends)) == 1 for xy in element.xy[[0, -1]])


def _unclear(before: Element, after: Element, corner: Floats, annex: Annex) -> bool:
    """Whether the place where two stretches meet needs a point."""
    kinds = {before.kind, after.kind}
    if STRAIGHT in kinds or kinds == {BORDER} or before.name == after.name:
        return True
    if kinds == {ALONG}:
        met = annex.gazetteer.meeting(before.name, after.name)
    else:
        met = annex.gazetteer.entries(before.name or after.name, annex.area)
    return len(met) != 1 or not len(near(corner, met))
