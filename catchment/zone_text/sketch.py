"""An area drawn anew out of lines that words can name: who is in which piece, and what each piece's border is made of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from catchment.zone_text.borders import NOBODY, Arc, Ints, owners
from catchment.zone_text.lines import Follow, Leg, legs_of
from catchment.zone_text.nets import Floats

RING_STEP_M = 50.0
BORDER = "border"
STRAIGHT = "straight"
ALONG = "along"
PLAIN = (0, 1, 2, 3)
"""How plainly an arc is told: along named lines, in straight pieces only, in such as cross no other arc, corner by corner."""


@dataclass(frozen=True)
class Element:
    """A stretch of a piece's border: its kind, the name that it follows, its places."""

    kind: str
    name: str
    xy: Floats

    @property
    def length_m(self) -> float:
        return float(np.hypot(*np.diff(self.xy, axis=0).T).sum())


@dataclass(frozen=True)
class PieceDrawn:
    """A piece of one zone: its ground, the stretches of its outline (clockwise) and of the holes in it."""

    owner: int
    ground: shapely.Polygon
    outline: tuple[Element, ...]
    holes: tuple[tuple[Element, ...], ...]


@dataclass(frozen=True)
class Inhabitants:
    """Who must be on the right side: cells and house numbers of an area. xy: (n, 2); owner: (n,) row of the school.

    pieces: how many pieces each zone has there.
    """

    xy: Floats
    owner: Ints
    pieces: Mapping[int, int] = field(default_factory=dict)


def drawn_pieces(
    polygon: shapely.Polygon, arcs: Sequence[Arc], people: Inhabitants, follow: Follow
) -> list[PieceDrawn]:
    """The pieces of an area, everybody on the right side but for those excused, and who is within a metre of a border.

    Arcs that cross, so that somebody would change sides or a zone fall into more pieces than it has, are told more plainly.
    """
    plain = [0] * len(arcs)
    corner_by_corner = [(row, leg) for row, arc in enumerate(arcs) for leg in _told(arc, people.xy, follow, PLAIN[-1])]
    stubborn = _pieces(polygon, corner_by_corner, people, np.empty(0, dtype=np.int64)).lost
    done: dict[tuple[int, int], list[Leg]] = {}
    posts = np.vstack([people.xy, *(arc.xy[[0, -1]] for arc in arcs), _posts(polygon)])
    while True:
        for row, arc in enumerate(arcs):
            if (row, plain[row]) not in done:
                every = (
                    np.vstack([posts, *(other.xy for other in arcs if other is not arc)]) if plain[row] == 2 else posts
                )
                done[row, plain[row]] = _told(arc, every, follow, plain[row])
        legs = [(row, leg) for row in range(len(arcs)) for leg in done[row, plain[row]]]
        found = _pieces(polygon, legs, people, stubborn)
        split = _beside_split(found.pieces, arcs, people.pieces)
        able = ({row for row in rows if plain[row] < PLAIN[-1]} for rows in (found.crossing, found.around, split))
        raised = next((rows for rows in able if rows), set())
        if not raised:
            return found.pieces
        for row in raised:
            plain[row] += 1


def _beside_split(pieces: list[PieceDrawn], arcs: Sequence[Arc], whole: Mapping[int, int]) -> set[int]:
    """Arcs at zones that have fallen into more pieces than they have."""
    count = Counter(piece.owner for piece in pieces)
    split = [piece.ground for piece in pieces if count[piece.owner] > whole.get(piece.owner, len(pieces))]
    lines = [shapely.linestrings(arc.xy) for arc in arcs]
    return set(shapely.STRtree(lines).query(split, predicate="dwithin", distance=1)[1].tolist()) if split else set()


def _posts(polygon: shapely.Polygon) -> Floats:
    """Places along the area's border: no line may cross it."""
    ring = polygon.exterior
    return shapely.get_coordinates(shapely.line_interpolate_point(ring, np.arange(0, ring.length, RING_STEP_M)))


def _told(arc: Arc, posts: Floats, follow: Follow, plain: int) -> list[Leg]:
    if plain == PLAIN[-1]:
        return [Leg("", pair) for pair in np.stack([arc.xy[:-1], arc.xy[1:]], axis=1)]
    ends = arc.xy[[0, -1]]
    # The arc's own ends are moved out of the way, so that rows stay those of the people.
    own = (np.hypot(*(posts[:, None] - ends).transpose(2, 0, 1)) <= 2).any(axis=1)
    others = np.where(own[:, None], np.inf, posts)
    return legs_of(arc.xy, others, replace(follow, nets={} if plain else follow.nets))


@dataclass(frozen=True)
class _Found:
    """Pieces; the rows of people in one of another zone; the arcs around these: those that cross another line, and all."""

    pieces: list[PieceDrawn]
    lost: Ints
    crossing: set[int]
    around: set[int]


def _pieces(polygon: shapely.Polygon, legs: list[tuple[int, Leg]], people: Inhabitants, stubborn: Ints) -> _Found:
    """What the legs (with their arcs) cut an area into. stubborn: rows of people who do not count."""
    ring = _ring_with(polygon, [leg.xy[i] for _, leg in legs for i in (0, -1)])
    pairs = [np.stack([leg.xy[:-1], leg.xy[1:]], axis=1) for _, leg in legs]
    rows = np.repeat(np.arange(len(legs)), [len(each) for each in pairs])
    sides = np.concatenate([*pairs, np.stack([ring[:-1], ring[1:]], axis=1)])
    owner_of = np.r_[rows, np.full(len(ring) - 1, NOBODY)].astype(np.int64)
    lines = shapely.linestrings(sides)
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union(lines)]))
    who, face = shapely.STRtree(faces).query(shapely.points(people.xy), predicate="intersects")
    strict = ~np.isin(who, [*stubborn.tolist(), *(row for _, leg in legs for row in leg.excused)])
    who, face = who[strict], face[strict]
    label = _labels(len(faces), face, people.owner[who])
    wrong = people.owner[who] != label[face]
    tree = shapely.STRtree(lines)
    arc_of = np.array([row for row, _ in legs] + [NOBODY])[owner_of]
    crossing, around = _blamed(faces[np.unique(face[wrong])], lines, tree, arc_of)
    label = owners(faces, np.maximum(label, 0), label != NOBODY)
    pieces = []
    for zone in np.unique(label).tolist():
        for ground in shapely.get_parts(shapely.coverage_union_all(faces[label == zone])):
            turned = shapely.orient_polygons(ground, exterior_cw=True)
            outline, *holes = (_elements(each, tree, owner_of, legs) for each in shapely.get_rings(turned))
            pieces.append(PieceDrawn(zone, turned, outline, tuple(holes)))
    return _Found(pieces, who[wrong], crossing, around)


def _blamed(
    bad: NDArray[np.object_], lines: NDArray[np.object_], tree: shapely.STRtree, arc_of: Ints
) -> tuple[set[int], set[int]]:
    """Arcs around faces with people of two zones: those that cross another line, and all."""
    around = set(arc_of[tree.query(bad, predicate="dwithin", distance=0.01)[1]].tolist()) - {NOBODY}
    one, other = tree.query(lines, predicate="crosses")
    return set(arc_of[np.r_[one, other]].tolist()) & around, around


def _labels(count: int, face: Ints, owner: Ints) -> Ints:
    """The zone of most people of each face."""
    label = np.full(count, NOBODY)
    pairs, people = np.unique(np.column_stack([face, owner]), axis=0, return_counts=True)
    order = np.lexsort((-pairs[:, 1], people))
    label[pairs[order, 0]] = pairs[order, 1]
    return label


def _ring_with(polygon: shapely.Polygon, ends: list[Floats]) -> Floats:
    """The outline of an area with those of the places put in that lie on it."""
    ring = polygon.exterior
    xy = shapely.get_coordinates(ring)
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]
    if not ends:
        return xy
    places = np.unique(np.array(ends), axis=0)
    places = places[shapely.distance(ring, shapely.points(places)) <= 1]
    at = shapely.line_locate_point(ring, shapely.points(places))
    row = np.searchsorted(along[1:-1], at, side="right") + 1
    order = np.lexsort((at,))
    return np.insert(xy, row[order], places[order], axis=0)


def _elements(
    ring: shapely.LinearRing, tree: shapely.STRtree, owner_of: Ints, legs: list[tuple[int, Leg]]
) -> tuple[Element, ...]:
    """A ring as stretches of one kind each."""
    xy = shapely.get_coordinates(ring)
    middles = shapely.points((xy[:-1] + xy[1:]) / 2)
    side = tree.query_nearest(middles, all_matches=False)[1]
    row = owner_of[side]
    kinds = [
        (BORDER, "") if r == NOBODY else (ALONG, legs[r][1].name) if legs[r][1].name else (STRAIGHT, str(r))
        for r in row.tolist()
    ]
    cut = [i for i in range(len(kinds)) if kinds[i] != kinds[i - 1]] or [0]
    turned = np.vstack([xy[cut[0] : -1], xy[: cut[0] + 1]])
    kinds = kinds[cut[0] :] + kinds[: cut[0]]
    starts = [i - cut[0] for i in cut] + [len(kinds)]
    return tuple(
        Element(kinds[a][0], kinds[a][1] if kinds[a][0] == ALONG else "", turned[a : b + 1])
        for a, b in pairwise(starts)
    )
