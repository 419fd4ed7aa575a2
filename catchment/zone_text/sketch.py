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
) -> tuple[list[PieceDrawn], int]:
    """The pieces of an area, and how many people are on a wrong side: none unless the area's own border is crossed.

    Arcs that cross, so that somebody would change sides or a zone fall into more pieces than it has, are told more plainly.
    """
    plain = [0] * len(arcs)
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
        pieces, lost, blamed = _pieces(polygon, legs, people)
        able = (
            {row for row in rows if plain[row] < PLAIN[-1]}
            for rows in (*blamed, _beside_split(pieces, arcs, people.pieces))
        )
        raised = next((rows for rows in able if rows), set())
        if not raised:
            return pieces, lost
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


def _pieces(
    polygon: shapely.Polygon, legs: list[tuple[int, Leg]], people: Inhabitants
) -> tuple[list[PieceDrawn], int, tuple[set[int], ...]]:
    """Pieces, how many people are in one of another zone, and the arcs to blame: those first that cross another."""
    ring = _ring_with(polygon, [leg.xy[i] for _, leg in legs for i in (0, -1)])
    pairs = [np.stack([leg.xy[:-1], leg.xy[1:]], axis=1) for _, leg in legs]
    rows = np.repeat(np.arange(len(legs)), [len(each) for each in pairs])
    sides = np.concatenate([*pairs, np.stack([ring[:-1], ring[1:]], axis=1)])
    owner_of = np.r_[rows, np.full(len(ring) - 1, NOBODY)].astype(np.int64)
    lines = shapely.linestrings(sides)
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union(lines)]))
    who, face = shapely.STRtree(faces).query(shapely.points(people.xy), predicate="intersects")
    strict = ~np.isin(who, [row for _, leg in legs for row in leg.excused])
    label, lost = _labels(len(faces), face[strict], people.owner[who[strict]])
    tree = shapely.STRtree(lines)
    arc_of = np.array([row for row, _ in legs] + [NOBODY])[owner_of]
    blamed = _blamed(faces[lost > 0], lines, tree, arc_of)
    label = owners(faces, np.maximum(label, 0), label != NOBODY)
    pieces = []
    for zone in np.unique(label).tolist():
        for ground in shapely.get_parts(shapely.coverage_union_all(faces[label == zone])):
            turned = shapely.orient_polygons(ground, exterior_cw=True)
            outline, *holes = (_elements(each, tree, owner_of, legs) for each in shapely.get_rings(turned))
            pieces.append(PieceDrawn(zone, turned, outline, tuple(holes)))
    return pieces, int(lost.sum()), blamed


def _blamed(
    bad: NDArray[np.object_], lines: NDArray[np.object_], tree: shapely.STRtree, arc_of: Ints
) -> tuple[set[int], ...]:
    """Arcs around faces with people of two zones: those that cross another line, and all."""
    around = set(arc_of[tree.query(bad, predicate="dwithin", distance=0.01)[1]].tolist()) - {NOBODY}
    one, other = tree.query(lines, predicate="crosses")
    return set(arc_of[np.r_[one, other]].tolist()) & around, around


def _labels(count: int, face: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """The zone of most people of each face, and how many others are in it."""
    label, lost = np.full(count, NOBODY), np.zeros(count, dtype=np.int64)
    pairs, people = np.unique(np.column_stack([face, owner]), axis=0, return_counts=True)
    for number in np.unique(face).tolist():
        here = pairs[:, 0] == number
        most = int(np.argmax(people[here]))
        label[number] = pairs[here, 1][most]
        lost[number] = people[here].sum() - people[here][most]
    return label, lost


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
