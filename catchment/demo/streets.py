"""Streets of the city and the market towns.

Each district has a warped grid of uneven blocks turned to its own bearing, with gaps; riverside
streets follow the banks, and only a few bridges join them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely import LineString

from catchment.demo import facts
from catchment.demo.facts import District
from catchment.demo.terrain import Floats, Ints, distance_to, metres, nearest

Flags = NDArray[np.bool_]
BANK_M = 75.0
BRIDGE_GAP_M = 700.0


@dataclass(frozen=True)
class Streets:
    """Corners, their district, and streets between corners: pairs, which are bridges, which follow the river."""

    xy: Floats
    district: Ints
    pairs: Ints
    bridge: Flags
    riverside: Flags

    def inside(self, xy: Floats) -> Flags:
        """Whether the points lie among the streets."""
        return np.asarray(cKDTree(self.xy).query(xy)[0] < 120)


def districts() -> list[District]:
    """The city's quarters and one for every other market town."""
    towns = [
        District(town.short, town.sites[0], 200 + 3.4 * (town.residents * town.town_share) ** 0.5, 95, 17.0 * i % 90)
        for i, town in enumerate(facts.TOWNSHIPS)
        if town.town_share > 0 and town.short not in facts.CITY_NAMES
    ]
    return [*facts.CITY, *towns]


def make_streets(rivers: Sequence[LineString], rng: np.random.Generator) -> Streets:
    """All town streets."""
    xy, district, pairs = _grids(rivers, rng)
    pairs = pairs[rng.random(len(pairs)) > 0.16]
    bank_xy, bank_pairs, bridges = _banks(rivers, xy)
    joints = np.concatenate([_seams(xy, district, pairs), _landings(xy, bank_xy, rng)])
    every = np.concatenate([pairs, joints, bank_pairs + len(xy), bridges + len(xy)])
    kind = np.repeat([0, 0, 1, 2], [len(pairs), len(joints), len(bank_pairs), len(bridges)])
    bank_district = district[cKDTree(xy).query(bank_xy)[1]]
    return Streets(
        np.concatenate([xy, bank_xy]), np.concatenate([district, bank_district]), every, kind == 2, kind == 1
    )  # fmt: skip


def _grids(rivers: Sequence[LineString], rng: np.random.Generator) -> tuple[Floats, Ints, Ints]:
    """Corners of all districts, their district and their links; each inside its ragged edge, none in a river."""
    quarters = districts()
    centres = metres([quarter.centre for quarter in quarters])
    radius = np.array([quarter.radius_m for quarter in quarters])
    points: list[Floats] = []
    links, numbers = [], []
    for number, quarter in enumerate(quarters):
        xy, pairs = _grid(quarter, centres[number], rng)
        links.append(pairs + sum(len(each) for each in points))
        points.append(xy)
        numbers.append(np.full(len(xy), number))
    xy, pairs, district = np.concatenate(points), np.concatenate(links), np.concatenate(numbers)
    reach = np.linalg.norm(xy[:, None] - centres, axis=2) / radius
    angle = np.arctan2(*(xy - centres[district]).T)
    ragged = 1 + 0.13 * np.sin(3 * angle + district) + 0.09 * np.sin(7 * angle + 2 * district)
    kept = (reach.argmin(axis=1) == district) & (reach.min(axis=1) < ragged) & (distance_to(rivers, xy) > BANK_M + 40)
    renumber = np.cumsum(kept) - 1
    return xy[kept], district[kept], renumber[pairs[kept[pairs].all(axis=1)]]


def _grid(quarter: District, centre: Floats, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """A grid with uneven rows and columns, bent by slow waves."""
    step, reach = quarter.block_m, quarter.radius_m * 1.3
    count = int(2 * reach / step) + 2
    columns, rows = (np.cumsum(rng.uniform(0.65, 1.4, count)) * step - reach for _ in range(2))
    x, y = (each.ravel() for each in np.meshgrid(columns, rows))
    phase = rng.uniform(0, 6.28, 4)
    bend_x = np.sin(y / 420 + phase[0]) + 0.5 * np.sin(x / 240 + phase[1])
    bend_y = np.sin(x / 390 + phase[2]) + 0.5 * np.sin(y / 260 + phase[3])
    bent = np.column_stack([x, y]) + 0.55 * step * np.column_stack([bend_x, bend_y])
    bent += rng.normal(0, 0.07 * step, bent.shape)
    turn = np.radians(quarter.bearing)
    xy = bent @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + centre
    number = np.arange(count * count).reshape(count, count)
    pairs = [(number[:, :-1], number[:, 1:]), (number[:-1], number[1:])]
    return xy, np.concatenate([np.column_stack([a.ravel(), b.ravel()]) for a, b in pairs])


def _seams(xy: Floats, district: Ints, pairs: Ints) -> Ints:
    """Links from the edge of a district to the next one."""
    loose = np.flatnonzero(np.bincount(pairs.ravel(), minlength=len(xy)) < 4)
    far, near = nearest(xy[loose], xy[loose], 8)
    other = district[loose][near] != district[loose][:, None]
    first = np.argmax(other, axis=1)
    row = np.arange(len(loose))
    found = other[row, first] & (far[row, first] < 210)
    links = np.column_stack([loose, loose[near[row, first]]])[found]
    return np.unique(np.sort(links, axis=1), axis=0)


def _banks(rivers: Sequence[LineString], xy: Floats) -> tuple[Floats, Ints, Ints]:
    """Riverside points near the streets, the streets along them, and the bridges (pairs of points)."""
    town = cKDTree(xy)
    points: list[Floats] = []
    chains, bridges, built = [], [], np.empty((0, 2))
    for river in rivers:
        middle = shapely.get_coordinates(shapely.line_interpolate_point(river, np.arange(30, river.length - 30, 60.0)))
        ahead = np.gradient(middle, axis=0)
        across = np.column_stack([-ahead[:, 1], ahead[:, 0]]) / np.linalg.norm(ahead, axis=1)[:, None] * BANK_M
        number = np.full((2, len(middle)), -1)
        for side, bank in enumerate((middle + across, middle - across)):
            used = (town.query(bank)[0] < 190) & (distance_to(rivers, bank) > 0.8 * BANK_M)
            number[side, used] = sum(len(each) for each in points) + np.arange(used.sum())
            points.append(bank[used])
            chains.append(np.column_stack([number[side, :-1], number[side, 1:]]))
        for place in np.flatnonzero((number >= 0).all(axis=0))[4::3]:
            if not (np.linalg.norm(built - middle[place], axis=1) < BRIDGE_GAP_M).any():
                bridges.append(number[:, place])
                built = np.vstack([built, middle[place]])
    chain = np.concatenate(chains)
    return np.concatenate(points), chain[(chain >= 0).all(axis=1)], np.array(bridges)


def _landings(xy: Floats, bank_xy: Floats, rng: np.random.Generator) -> Ints:
    """Streets from the riverside into town: from about half of the riverside points."""
    far, near = nearest(xy, bank_xy)
    chosen = np.flatnonzero((far < 170) & (rng.random(len(bank_xy)) < 0.55))
    return np.column_stack([near[chosen], chosen + len(xy)])
