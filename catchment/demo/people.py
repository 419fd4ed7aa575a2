"""Residents of the 2020 census in raster cells: dense in the city, compact in villages, nobody in rivers."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from catchment.demo import facts
from catchment.demo.areas import residents, whole
from catchment.demo.streets import BANK_M, Streets, districts
from catchment.demo.terrain import Floats, Ints, Terrain, distance_to, metres, nearest
from catchment.demo.villages import Villages, owners

RESOLUTION_DEG = 0.000833333333  # 3 arc-seconds, as WorldPop's 100 m grids
PEOPLE_PER_CELL = 20
HAMLET_PEOPLE = 45


@dataclass(frozen=True)
class Grid:
    """The raster's frame and its cells inside the county: flat index, centre in metres, area number."""

    transform: Affine
    shape: tuple[int, int]
    index: Ints
    xy: Floats
    area: Ints


@dataclass(frozen=True)
class People:
    """People by cell of the grid (parallel to Grid.index): all, 0-14 and 60+, and whether in the city or a town."""

    total: Ints
    children: Ints
    old: Ints
    in_town: np.ndarray


def make_grid(areas: gpd.GeoDataFrame) -> Grid:
    """The raster over the county's extent."""
    west, south, east, north = facts.EXTENT_DEG
    width, height = int((east - west) / RESOLUTION_DEG) + 5, int((north - south) / RESOLUTION_DEG) + 5
    left, top = round(west, 3) - 2 * RESOLUTION_DEG, round(north, 3) + 2 * RESOLUTION_DEG
    lon, lat = np.meshgrid(
        left + (np.arange(width) + 0.5) * RESOLUTION_DEG, top - (np.arange(height) + 0.5) * RESOLUTION_DEG
    )
    xy = metres(np.column_stack([lon.ravel(), lat.ravel()]))
    owner = owners(areas, xy)
    index = np.flatnonzero(owner >= 0)
    transform = Affine(RESOLUTION_DEG, 0, left, 0, -RESOLUTION_DEG, top)
    return Grid(transform, (height, width), index, xy[index], owner[index])


def make_people(
    grid: Grid, land: Terrain, streets: Streets, villages: Villages, rng: np.random.Generator
) -> tuple[People, list[Floats]]:
    """Residents of every cell, and for each village the places that its lanes lead to."""
    dry = distance_to([line for group in land.rivers.values() for line in group], grid.xy) > BANK_M
    town = streets.inside(grid.xy)
    weight, built = _town_weights(grid, streets, town & dry, rng)
    clusters = _clusters(grid, land, villages, dry & ~town, rng)
    total = np.zeros(len(grid.index), np.int64)
    for number, area in enumerate(facts.TOWNSHIPS):
        in_town = np.flatnonzero(built & (grid.area == number))
        in_villages = [each for village, each in enumerate(clusters) if villages.area[village] == number]
        share = area.town_share if len(in_town) else 0.0
        everybody = residents()[area.code]
        townspeople = round(everybody * share)
        if townspeople:
            total[in_town] = whole(weight[in_town], townspeople)
        cells = np.concatenate([cells for cells, _ in in_villages])
        total[cells] = whole(np.concatenate([people for _, people in in_villages]), everybody - townspeople)
    children, old = _ages(grid, total, town)
    lanes = [_lane_ends(grid.xy[cells], rng) for cells, _ in clusters]
    return People(total, children, old, town), lanes


def _town_weights(
    grid: Grid, streets: Streets, open_ground: np.ndarray, rng: np.random.Generator
) -> tuple[Floats, np.ndarray]:
    """Density among the streets: falls from each quarter's centre, differs by block; parks and works stay empty."""
    corner = cKDTree(streets.xy).query(grid.xy)[1]
    quarters = districts()
    centres, radius = metres([each.centre for each in quarters]), np.array([each.radius_m for each in quarters])
    own = streets.district[corner]
    reach = np.linalg.norm(grid.xy - centres[own], axis=1) / radius[own]
    block = np.exp(rng.normal(0, 0.45, len(streets.xy)))[corner]
    dense = np.where(own == 0, 2.2, 1.0)
    return dense * block * np.exp(-1.1 * reach), open_ground & (rng.random(len(grid.index)) > 0.07)


def _clusters(
    grid: Grid, land: Terrain, villages: Villages, free: np.ndarray, rng: np.random.Generator
) -> list[tuple[Ints, Floats]]:
    """Each village's cells (grid numbers) and their people (not yet whole)."""
    people = np.zeros(len(villages.node))
    for number, area in enumerate(facts.TOWNSHIPS):
        own = villages.area == number
        people[own] = villages.size[own] / villages.size[own].sum() * residents()[area.code] * (1 - area.town_share)
    people[villages.hamlet] = HAMLET_PEOPLE
    taken = ~free
    ragged = np.exp(rng.normal(0, 0.3, len(grid.index)))
    near = nearest(grid.xy, land.xy[villages.node], 90)[1]
    clusters = []
    for village, cells in enumerate(near):
        far = np.linalg.norm(grid.xy[cells] - land.xy[villages.node[village]], axis=1) * ragged[cells]
        usable = ~taken[cells] & (grid.area[cells] == villages.area[village])
        count = int(np.clip(people[village] / PEOPLE_PER_CELL, 4, 60))
        best = np.argsort(np.where(usable, far, np.inf), kind="stable")[: min(count, int(usable.sum()))]
        taken[cells[best]] = True
        weight = np.exp(-far[best] / 180)
        clusters.append((cells[best], weight / max(weight.sum(), 1e-9) * people[village]))
    return clusters


def _lane_ends(xy: Floats, rng: np.random.Generator) -> Floats:
    """Every third house group, a little off the cell's centre."""
    ends = xy[1::3]
    return np.asarray(ends + rng.normal(0, 14, ends.shape))


def _ages(grid: Grid, total: Ints, town: np.ndarray) -> tuple[Ints, Ints]:
    """Children 0-14 and people of 60+ by cell, whole, with the county's census totals."""
    ageing = np.array([area.old for area in facts.TOWNSHIPS])[grid.area]
    wanted = round(facts.RESIDENTS_2020 * facts.CHILDREN_SHARE)
    children = _rounded(total * np.where(town, 0.97, 1.02), wanted)
    rest = total - children
    return children, _rounded(rest * ageing * np.where(town, 0.92, 1.05), round(facts.RESIDENTS_2020 * facts.OLD_SHARE))


def _rounded(weights: NDArray[Any], total: int) -> Ints:
    """Whole numbers with the given sum, none farther than one from its exact share (rounding carried on)."""
    running = np.floor(np.cumsum(weights) * (total / weights.sum()) + 0.5).astype(np.int64)
    running[-1] = total
    return np.asarray(np.diff(running, prepend=0))
