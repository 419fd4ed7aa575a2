"""What a text means on the ground, by its words and the gazetteer alone (docs/method/zone_text.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from catchment.errors import InputError, Problem, problem
from catchment.zone_text.gazetteer import Gazetteer
from catchment.zone_text.nets import Floats, Net, without_repeats
from catchment.zone_text.structure import DIRECTIONS, Along, Border, Line, Piece, Point, Ring, Side, Token

Points = Mapping[int, tuple[float, float]]
"""Points of the annex of one area."""
BESIDE_M = 5.0
"""How far beside a named line a point on it may be drawn: points are whole metres, and read off maps."""
TOWARDS = {way: (np.sin(turn), np.cos(turn)) for way, turn in zip(DIRECTIONS, np.arange(8) * np.pi / 4, strict=True)}
"""Direction → (east, north)."""


@dataclass(frozen=True)
class Place:
    """Where a line is: the gazetteer, the area that the text is in, the points of its annex."""

    gazetteer: Gazetteer
    area: str
    points: Points

    @classmethod
    def of(cls, gazetteer: Gazetteer, area: str, points: Points) -> "Place":
        """Raises InputError if there is no such area."""
        if area not in gazetteer.ground:
            raise InputError(problem("{area} is no area on the map", "name an area of the study", area=area))
        return cls(gazetteer, area, points)

    @property
    def polygon(self) -> shapely.Polygon:
        return self.gazetteer.ground[self.area]


def ground_of(piece: Piece, place: Place) -> shapely.Geometry:
    """The ground of a piece. Raises InputError where names do not meet, are not known, or points are not in the annex."""
    if isinstance(piece.shape, Ring):
        whole = enclosed(piece.shape, place)
    else:
        whole = shapely.intersection_all([place.polygon, *(half_of(side, place) for side in piece.shape)])
    for hole in piece.without:
        if isinstance(hole, Ring):
            whole = shapely.difference(whole, enclosed(hole, place))
    return shapely.intersection(whole, place.polygon)


def enclosed(ring: Ring, place: Place) -> shapely.Geometry:
    """What a ring encloses."""
    line = ring.line
    corners = [_corner(line[i - 1], line[i], place) for i in range(len(line))]
    if len(line) < 2 or (all(isinstance(token, Along) for token in line) and len(line) < 3):
        raise _error("{first} alone encloses nothing", place, first=_name(line[0]))
    stretches = [_stretch(token, corners[i], corners[(i + 1) % len(line)], place) for i, token in enumerate(line)]
    xy = without_repeats(np.vstack([*stretches, stretches[0][:1]]))
    return _polygon(xy)


def half_of(side: Side, place: Place) -> shapely.Geometry:
    """The part of an area on one side of a line: of the two, the one whose middle lies farther in that direction."""
    halves = halves_of(side.line, place)
    middles = [shapely.get_coordinates(shapely.centroid(half))[0] for half in halves]
    far = [middle @ TOWARDS[side.towards] for middle in middles]
    return halves[int(np.argmax(far))]


def halves_of(line: Line, place: Place) -> list[shapely.Geometry]:
    """An area cut in two by a line; the line's ends are taken to the nearest point of the area's border."""
    xy = path_of(line, place)
    ring = place.polygon.exterior
    ends = shapely.line_locate_point(ring, shapely.points(xy[[0, -1]]))
    onward = _ring_between(ring, ends[1], ends[0])
    back = _ring_between(ring, ends[0], ends[1])[::-1]
    halves = [_polygon(np.vstack([xy, section, xy[:1]])) for section in (onward, back)]
    if min(shapely.area(halves)) <= 0:
        raise _error("the line does not cut {area} in two", place, area=place.area)
    return halves


def path_of(line: Line, place: Place) -> Floats:
    """The places of a line from border to border."""
    if len(line) == 1 and isinstance(line[0], Along):
        ends = _entries(line[0], place)
        if len(ends) != 2:
            raise _error("{first} does not cross the border of {area} in two places", place, first=_name(line[0]))
        return _stretch(line[0], ends[0], ends[1], place)
    corners = [_end(line[0], place), *(_corner(a, b, place) for a, b in pairwise(line)), _end(line[-1], place)]
    stretches = [_stretch(token, *ends, place) for token, ends in zip(line, pairwise(corners), strict=True)]
    return without_repeats(np.vstack(stretches))


def _ring_between(ring: shapely.LinearRing, start: float, stop: float) -> Floats:
    """The places of a ring from one distance along it to another, in its own direction."""
    xy = shapely.get_coordinates(ring)
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]
    ends = shapely.get_coordinates(shapely.line_interpolate_point(ring, [start, stop]))
    if start <= stop:
        inner = xy[(along > start) & (along < stop)]
    else:
        inner = np.vstack([xy[along > start], xy[1:][along[1:] < stop]])
    return np.vstack([ends[:1], inner, ends[1:]])


def _polygon(xy: Floats) -> shapely.Geometry:
    if len(np.unique(xy, axis=0)) < 3:
        return shapely.Polygon()
    return shapely.make_valid(shapely.Polygon(xy), method="structure", keep_collapsed=False)


def _stretch(token: Token, begin: Floats, finish: Floats, place: Place) -> Floats:
    """The places of one token between the corners at its ends."""
    if isinstance(token, Point):
        return _point(token, place)[None]
    net = _net(token, place)
    if any(shapely.distance(net.shape, shapely.points(corner)) > BESIDE_M for corner in (begin, finish)):
        raise _error("a point named beside {first} does not lie on it", place, first=_name(token))
    found = net.path(begin, finish)
    if found is None:
        raise _error("{first} is broken between the places named", place, first=_name(token))
    return found


def _net(token: Along | Border, place: Place) -> Net:
    if isinstance(token, Along):
        return place.gazetteer.lines[_known(token, place).name]
    if token.area != place.area:
        raise _error("the border of {first} is named in a text about {area}", place, first=token.area)
    return place.gazetteer.borders[token.area]


def _point(token: Point, place: Place) -> Floats:
    if token.number not in place.points:
        raise _error("point {number} is not in the annex of {area}", place, number=token.number)
    return np.array(place.points[token.number])


def _end(token: Token, place: Place) -> Floats:
    """Where a line begins at the border of the area."""
    if isinstance(token, Point):
        return _point(token, place)
    found = _entries(token, place)
    if len(found) != 1:
        raise _error("{first} does not cross the border of {area} in one place", place, first=_name(token))
    return found[0]


def _corner(one: Token, other: Token, place: Place) -> Floats:
    """Where one token of a line ends and the next begins."""
    for token in (one, other):
        if isinstance(token, Point):
            return _point(token, place)
    if isinstance(one, Along) and isinstance(other, Along):
        found = place.gazetteer.meeting(_known(one, place).name, _known(other, place).name)
    else:
        found = _entries(one if isinstance(one, Along) else other, place)
    if len(found) != 1:
        raise _error("{first} and {second} do not meet in one place", place, first=_name(one), second=_name(other))
    return found[0]


def _entries(token: Token, place: Place) -> Floats:
    if not isinstance(token, Along):
        raise _error("a line cannot begin with {first}", place, first=_name(token))
    return place.gazetteer.entries(_known(token, place).name, place.area)


def _known(token: Along, place: Place) -> Along:
    if token.name not in place.gazetteer.lines:
        raise _error("{first} is no road, river or border on the map", place, first=token.name)
    return token


def _name(token: Token) -> str:
    if isinstance(token, Point):
        return str(token.number)
    return token.area if isinstance(token, Border) else token.name


def _error(what: str, place: Place, **values: object) -> InputError:
    told = Problem(
        what, "name the next line, or a point of the annex", values=tuple({"area": place.area, **values}.items())
    )
    return InputError(told)
