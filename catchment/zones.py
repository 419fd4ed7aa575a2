"""Attendance zones: whole units, each in one piece, from the seat-limited assignment (docs/method/zones.md).

A unit starts in the zone of the school that most of its children are assigned to. A zone keeps the
piece around its own school; other pieces go to the neighbouring zone that is nearest by road, one unit
at a time. Issues of seats after this repair are findings, not hidden.
"""

import heapq

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
NONE = -1  # inside this module only: a unit that has no zone yet


def draw_zones(
    first: Ints, home: Ints, distance_mm: Ints, reached: NDArray[np.bool_], pairs: Ints
) -> tuple[Ints, NDArray[np.bool_]]:
    """The zone of each unit, each zone one connected piece.

    first: (units,) school column by assignment, −1 where nobody is assigned; home: (schools,) the unit
    that the school stands in; pairs: (m, 2) neighbouring units. Returns the school column of each unit
    and whether it was moved from `first`. Units cut off from every home keep −1.
    """
    neighbours = _neighbours(pairs, len(first))
    kept = _keep_home_pieces(first, home, neighbours)
    zone = _grow(kept, distance_mm, reached, neighbours)
    return zone, (first != NONE) & (zone != first)


def _neighbours(pairs: Ints, units: int) -> list[list[int]]:
    table: list[list[int]] = [[] for _ in range(units)]
    for a, b in pairs.tolist():
        table[a].append(b)
        table[b].append(a)
    return [sorted(each) for each in table]


def _keep_home_pieces(first: Ints, home: Ints, neighbours: list[list[int]]) -> Ints:
    """Each zone reduced to the piece around its school; a school without its own unit keeps its largest piece."""
    zone = first.copy()
    owner: dict[int, int] = {}
    for school, unit in enumerate(home.tolist()):
        if unit not in owner:
            owner[unit] = school
            zone[unit] = school
    kept = np.full(len(zone), NONE, dtype=np.int64)
    for school, unit in enumerate(home.tolist()):
        seed = unit if owner[unit] == school else None
        pieces = [_piece(zone, seed, neighbours)] if seed is not None else _pieces(zone, school, neighbours)
        if pieces:
            kept[max(pieces, key=lambda piece: (len(piece), -min(piece)))] = school
    return kept


def _pieces(zone: Ints, school: int, neighbours: list[list[int]]) -> list[list[int]]:
    left = set(np.flatnonzero(zone == school).tolist())
    pieces = []
    while left:
        piece = _piece(zone, min(left), neighbours)
        left.difference_update(piece)
        pieces.append(piece)
    return pieces


def _piece(zone: Ints, seed: int, neighbours: list[list[int]]) -> list[int]:
    """All units of the seed's zone that can be reached from it without leaving the zone."""
    seen, stack = {seed}, [seed]
    while stack:
        for unit in neighbours[stack.pop()]:
            if unit not in seen and zone[unit] == zone[seed]:
                seen.add(unit)
                stack.append(unit)
    return sorted(seen)


def _grow(kept: Ints, distance_mm: Ints, reached: NDArray[np.bool_], neighbours: list[list[int]]) -> Ints:
    """Units without a zone join a neighbouring one, nearest school first, until none is left that could."""
    zone = kept.copy()
    queue: list[tuple[int, int, int]] = []

    def offer(unit: int) -> None:
        school = int(zone[unit])
        for other in neighbours[unit]:
            if zone[other] == NONE:
                far = 0 if reached[other, school] else 1
                heapq.heappush(queue, (far * 10**12 + int(distance_mm[other, school]), other, school))

    for unit in np.flatnonzero(zone != NONE).tolist():
        offer(unit)
    while queue:
        _, unit, school = heapq.heappop(queue)
        if zone[unit] == NONE:
            zone[unit] = school
            offer(unit)
    return zone


def zone_table(
    zone: Ints,
    moved: NDArray[np.bool_],
    units: pd.Index,
    schools: pd.Index,
    stage: str,
    children: Ints,
    distance_mm: Ints,
    reached: NDArray[np.bool_],
) -> pd.DataFrame:
    """Table `zones` of one stage; units cut off from every school have no row."""
    unit = np.flatnonzero(zone != NONE)
    school = zone[unit]
    distance = pd.array(distance_mm[unit, school], dtype="Int64")
    distance[~reached[unit, school]] = pd.NA
    return pd.DataFrame(
        {
            "unit_id": units[unit],
            "stage": stage,
            "school_id": schools[school],
            "children": children[unit],
            "distance_mm": distance,
            "moved": moved[unit],
        }
    )
