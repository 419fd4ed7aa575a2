"""Floating catchments: where seats are thin for the children who could reach them, before anybody is assigned.

Every unit claims seats at the schools within its reach, by a weight that falls with distance; every school
spreads its seats over the claims on it. Stages are measured apart. Once zones are drawn, a child has one school
and its access is the seats per child of that zone.

Formulas: docs/method/access.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]
Weight = Callable[[Integers], Numbers]

# At 20 bandwidths a weight is 1e-87. Seats over a claim much smaller than that would run over.
MOST_BANDWIDTHS = 20


@dataclass(frozen=True)
class Pairs:
    """Units and schools of one stage that reach each other: row of the unit, column of the school, distance."""

    unit: Integers
    school: Integers
    distance_mm: Integers


@dataclass(frozen=True)
class Catchments:
    """access: (units,) seats per child, 0 where no school with a claim is in reach.

    service: (schools,) seats per claimed child; absent (NaN) where no child claims.
    """

    access: Numbers
    service: Numbers


def step(limit_m: int) -> Weight:
    """Weight 1 up to and including the limit, 0 beyond (2SFCA)."""
    return bands((limit_m,), (1.0,))


def bands(edges_m: Sequence[int], weights: Sequence[float]) -> Weight:
    """Weight by distance band, each band holding its outer edge, 0 beyond the last (E2SFCA).

    Raises ValueError unless there is one weight per edge, edges rise from 0 and weights fall towards 0.
    """
    if not edges_m or len(edges_m) != len(weights):
        message = "give one weight for every edge, and at least one"
        raise ValueError(message)
    if edges_m[0] < 0 or (np.diff(edges_m) <= 0).any():
        message = "edges must rise, from 0 m or more"
        raise ValueError(message)
    if not (np.diff([*weights, 0.0]) <= 0).all():
        message = "weights must fall with distance, and not below 0"
        raise ValueError(message)
    edges_mm = np.array(edges_m, dtype=np.int64) * 1000
    by_band = np.array([*weights, 0.0])
    return lambda distance_mm: by_band[np.searchsorted(edges_mm, distance_mm, side="left")]


def gaussian(bandwidth_m: int, limit_m: int) -> Weight:
    """Weight exp(−½ (d / bandwidth)²) up to and including the limit, 0 beyond.

    Raises ValueError if the bandwidth is not positive, or the limit more than 20 bandwidths.
    """
    if bandwidth_m <= 0 or limit_m > MOST_BANDWIDTHS * bandwidth_m:
        message = f"the bandwidth must be above 0 m, and the limit at most {MOST_BANDWIDTHS} bandwidths"
        raise ValueError(message)

    def weigh(distance_mm: Integers) -> Numbers:
        near = np.minimum(distance_mm, limit_m * 1000)  # beyond the limit the weight is 0 anyway
        return np.exp(-0.5 * (near / (bandwidth_m * 1000)) ** 2) * (distance_mm <= limit_m * 1000)

    return weigh


def two_step(pairs: Pairs, children: Integers, seats: Integers, weight: Weight) -> Catchments:
    """Two-step floating catchments: a child claims a seat at every school in reach, so overlaps look rich.

    children: (units,); seats: (schools,). With `step` this is 2SFCA (Luo and Wang 2003), with `bands`
    E2SFCA (Luo and Qi 2009). Σ children · access = seats of the schools that some child claims. Opening a
    school never lowers anybody's access.
    """
    w = weight(pairs.distance_mm)
    return _spread(pairs, children, seats, claim=w, take=w)


def balanced(pairs: Pairs, children: Integers, seats: Integers, weight: Weight) -> Catchments:
    """Balanced floating catchments: a child's claims sum to one, and a school's seats go evenly to its claims.

    children: (units,); seats: (schools,). Access is the mean service of the schools that the child might
    claim. Σ children · access = seats of the schools that some child claims, and cutting a unit in two
    changes nobody's access. A new school with few seats may lower the access of those who would claim there.
    """
    w = _normalised(weight(pairs.distance_mm), pairs.unit, len(children))
    return _spread(pairs, children, seats, claim=w, take=w)


def balanced_as_published(pairs: Pairs, children: Integers, seats: Integers, weight: Weight) -> Catchments:
    """Balanced floating catchments of Páez, Higgins and Vivona (2019), for comparison with other studies.

    children: (units,); seats: (schools,). As `balanced`, but a school's service is shared out over *units*
    by weight: Σ access = Σ service, Σ children · access is *not* the number of seats, and cutting a unit
    in two lowers its children's access. Compare regions with it, not children.
    """
    w = weight(pairs.distance_mm)
    of_unit = _normalised(w, pairs.unit, len(children))
    of_school = _normalised(w, pairs.school, len(seats))
    return _spread(pairs, children, seats, claim=of_unit, take=of_school)


def _spread(pairs: Pairs, children: Integers, seats: Integers, *, claim: Numbers, take: Numbers) -> Catchments:
    """Claims on each school, its seats per claim (R), and what each unit has of them (A)."""
    claimed = np.bincount(pairs.school, weights=claim * children[pairs.unit], minlength=len(seats))
    service = np.divide(seats, claimed, out=np.full(len(seats), np.nan), where=claimed > 0)
    offered = np.where(claimed > 0, service, 0.0)
    access = np.bincount(pairs.unit, weights=take * offered[pairs.school], minlength=len(children))
    return Catchments(access.astype(np.float64), service)


def _normalised(w: Numbers, group: Integers, count: int) -> Numbers:
    """Weights that sum to one within each group; a group without weight keeps none."""
    whole = np.bincount(group, weights=w, minlength=count)[group]
    return np.divide(w, whole, out=np.zeros(len(w)), where=whole > 0)
