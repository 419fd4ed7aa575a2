"""Arcs put into few words: along named lines where these run beside, else the fewest straight pieces.

No piece may change the side of anybody: of a populated cell, a house number, a junction (docs/method/zone_text.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from catchment.zone_text.nets import SAME_M, Floats, Net, without_repeats

Flags = NDArray[np.bool_]
LONGEST_SPAN = 160
"""Corners of an arc that one straight piece may replace."""
LONGEST_DETOUR = 1.5
"""How much longer than the border beside it a named line may be."""


Rows = NDArray[np.int64]
Excuse = Callable[[Rows], bool]
"""Whether all these people can be told by house number instead."""


@dataclass(frozen=True)
class Leg:
    """A piece of a border: straight (name "") or along a named line; excused: who lies between it and the border."""

    name: str
    xy: Floats
    excused: tuple[int, ...] = ()


def swapped(xy: Floats, people: Floats) -> Flags:
    """Who lies inside a closed row of places, by the even-odd rule: those whose side changes if one line replaces another."""
    return np.asarray(np.logical_xor.reduce(_crossed(xy, np.roll(xy, -1, axis=0), people), axis=0))


def near_people(xy: Floats, people: Floats, margin_m: float) -> Floats:
    """Those within the box around some places."""
    low, high = xy.min(axis=0) - margin_m, xy.max(axis=0) + margin_m
    return people[((people >= low) & (people <= high)).all(axis=1)]


def straightened(xy: Floats, people: Floats) -> Floats:
    """The fewest corners of a line that leave everybody on their side; among these, the shortest line (Imai and Iri 1988)."""
    count, people = len(xy), near_people(xy, people, 0)
    if count < 3:
        return xy
    best = np.full(count, np.inf)
    best[0], before = 0.0, np.zeros(count, dtype=np.int64)
    closed = bool((xy[0] == xy[-1]).all())
    for first in range(count - 1):
        last = min(count, first + LONGEST_SPAN + 1)
        free = _free(xy[first:last], people)
        length = np.hypot(*(xy[first + 1 : last] - xy[first]).T)
        # A piece counts one, and its length a hair: no line is so long that it would outweigh a corner.
        cost = np.where(free & ~((length == 0) & closed), best[first] + 1 + length * 1e-7, np.inf)
        better = cost < best[first + 1 : last]
        best[first + 1 : last][better] = cost[better]
        before[first + 1 : last][better] = first
    chosen = [count - 1]
    while chosen[-1]:
        chosen.append(int(before[chosen[-1]]))
    return xy[chosen[::-1]]


def _free(xy: Floats, people: Floats) -> Flags:
    """Whether the straight line from the first corner to each later one has the same people on its sides as the corners between.

    By the even-odd rule, as `swapped`: somebody changes sides if a ray crosses the corners and the line an odd number of times. Nor
    may a line run within a metre of somebody.
    """
    if len(xy) == 2 or not len(people):
        return np.ones(len(xy) - 1, dtype=bool)
    passed = np.logical_xor.accumulate(_crossed(xy[:-1], xy[1:], people), axis=0)
    first = np.broadcast_to(xy[0], xy[1:].shape)
    bad = passed ^ _crossed(first, xy[1:], people)
    bad |= _close(xy[0], xy[1:], people)
    bad[0] = False
    return np.asarray(~bad.any(axis=1))


def _crossed(p: Floats, q: Floats, people: Floats) -> Flags:
    """(lines, people) whether the ray east of somebody crosses a line; the same for both directions of the line."""
    swap = (p[:, 1] > q[:, 1])[:, None]
    low, high = np.where(swap, q, p), np.where(swap, p, q)
    east, north = people.T
    spans = (low[:, 1:] > north) != (high[:, 1:] > north)
    left = (high[:, :1] - low[:, :1]) * (north - low[:, 1:]) - (east - low[:, :1]) * (high[:, 1:] - low[:, 1:])
    return np.asarray(spans & (left > 0))


def _close(start: Floats, stops: Floats, people: Floats) -> Flags:
    """(lines, people) whether somebody is within a metre of a straight line."""
    along = stops - start
    length = np.hypot(*along.T).clip(1e-9)[:, None]
    away = people - start
    at = (along @ away.T) / length
    beside = np.abs(along[:, :1] * away[:, 1] - along[:, 1:] * away[:, 0]) / length
    return np.asarray((beside < SAME_M) & (at > -SAME_M) & (at < length + SAME_M))


@dataclass(frozen=True)
class Follow:
    """What borders may follow: nets by name, how near they must run, how long at least."""

    nets: Mapping[str, Net]
    within_m: float
    least_m: float
    excuse: Excuse = lambda rows: len(rows) == 0


@dataclass(frozen=True)
class Run:
    """A stretch of an arc, from its first to its last corner, that a named line replaces."""

    first: int
    last: int
    leg: Leg


def legs_of(xy: Floats, people: Floats, follow: Follow) -> list[Leg]:
    """An arc as legs: along named lines where these run beside it with nobody between, straight elsewhere."""
    legs: list[Leg] = []
    done, here = 0, xy[0]
    for run in _runs(xy, people, follow):
        joined = _add_straight(legs, np.vstack([here, xy[done : run.first + 1], run.leg.xy[:1]]), people)
        start = run.leg.xy if joined else np.vstack([here, run.leg.xy])
        legs.append(replace(run.leg, xy=without_repeats(start)))
        done, here = run.last, run.leg.xy[-1]
    if not _add_straight(legs, np.vstack([here, xy[done:]]), people):
        if not legs:
            return [Leg("", xy[[0, -1]])]
        legs[-1] = replace(legs[-1], xy=without_repeats(np.vstack([legs[-1].xy, xy[-1:]])))
    return legs


def _add_straight(legs: list[Leg], xy: Floats, people: Floats) -> bool:
    """Add straight legs from the first place to the last; False if these are one place."""
    far = np.hypot(*np.diff(xy, axis=0).T) > SAME_M
    if not far.any():
        return False
    # The ends stay where they are: junctions, at which other arcs end too.
    xy = np.vstack([xy[:1], xy[1:-1][far[:-1] & (np.hypot(*(xy[1:-1] - xy[-1]).T) > SAME_M)], xy[-1:]])
    kept = straightened(_with_middles(xy), people)
    for start, stop in pairwise(kept):
        legs.append(Leg("", np.array([start, stop])))
    return True


def _with_middles(xy: Floats) -> Floats:
    """A line with the middles of its pieces as further corners, in whole metres: stairs can be cut across."""
    both = np.repeat(xy, 2, axis=0)[:-1]
    both[1::2] = np.round((xy[:-1] + xy[1:]) / 2)
    return without_repeats(both)


def _runs(xy: Floats, people: Floats, follow: Follow) -> list[Run]:
    """Stretches of an arc that named lines replace, the longest chosen first, in order."""
    chosen: list[Run] = []
    places = shapely.points(xy)
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]
    for name, net in follow.nets.items():
        beside = shapely.dwithin(places, net.shape, follow.within_m)
        if beside.sum() > 1:
            for stretch in _stretches(beside, along, follow.least_m):
                chosen += _longest(xy, along, stretch, people, follow, name)
    taken: list[Run] = []
    for run in sorted(chosen, key=lambda run: (along[run.first] - along[run.last], run.leg.name, run.first)):
        if all(run.last <= other.first or run.first >= other.last for other in taken):
            taken.append(run)
    return sorted(taken, key=lambda run: run.first)


def _stretches(beside: Flags, along: Floats, least_m: float) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.r_[False, beside, False].astype(int)))
    pairs = zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True)
    return [(a, b) for a, b in pairs if along[b] - along[a] >= least_m]


def _longest(
    xy: Floats, along: Floats, stretch: tuple[int, int], people: Floats, follow: Follow, name: str
) -> list[Run]:
    """Runs within a stretch along which nobody stands between the border and the named line, but for who is excused."""
    found, first, net = [], stretch[0], follow.nets[name]
    while first < stretch[1]:
        step = 1
        for last in range(stretch[1], first, -1):
            length = along[last] - along[first]
            if length < follow.least_m:
                break
            path = net.path(xy[first], xy[last])
            if path is None or not _alike(path, length, xy[[first, last]]):
                continue
            between = _between(np.vstack([xy[first : last + 1], path[::-1]]), people)
            if follow.excuse(between):
                found.append(Run(first, last, Leg(name, path, tuple(between.tolist()))))
                step = last - first
                break
        first += step
    return found


def _between(loop: Floats, people: Floats) -> Rows:
    """Rows of those within a closed row of places."""
    rows = np.flatnonzero(((people >= loop.min(axis=0)) & (people <= loop.max(axis=0))).all(axis=1))
    return rows[swapped(loop, people[rows])]


def _alike(path: Floats, length: float, ends: Floats) -> bool:
    """Whether a way along a named line is about as long as the border beside it."""
    metres = float(np.hypot(*np.diff(path, axis=0).T).sum())
    straight = float(np.hypot(*(ends[1] - ends[0])))
    return straight / LONGEST_DETOUR <= metres <= LONGEST_DETOUR * length and metres > SAME_M
