"""Where people live outside the towns: villages on gentle ground near streams."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from catchment.demo import facts
from catchment.demo.terrain import Floats, Ints, Terrain, field

MEAN_PEOPLE = 255
GAP_M = 330.0
HAMLET_GAP_M = 2600.0


@dataclass(frozen=True)
class Villages:
    """Villages: their terrain node, area number and people (relative); `hamlet` is the one without a road."""

    node: Ints
    area: Ints
    size: Floats
    hamlet: int


def make_villages(land: Terrain, areas: gpd.GeoDataFrame, in_town: np.ndarray, rng: np.random.Generator) -> Villages:
    """The county's villages, the remotest of them first among its mountain township's."""
    owner = owners(areas, land.xy)
    gentle = np.exp(-land.above_stream_m / 14 - land.slope / 0.10 - land.height_m / 900)
    score = np.log(gentle) + 0.7 * field(land.xy, 3000, rng) + rng.gumbel(size=len(land.xy)) * 0.9
    score[in_town | (land.river_m < 130) | (owner < 0)] = -np.inf
    hamlet = _hamlet(land, areas, owner)
    near = np.linalg.norm(land.xy - land.xy[hamlet], axis=1) < HAMLET_GAP_M
    score[near] = -np.inf
    chosen = [hamlet]
    for number, town in enumerate(facts.TOWNSHIPS):
        people = town.residents * (1 - town.town_share)
        wanted = round(people / (MEAN_PEOPLE * (0.8 if town.old > 1.05 else 1.0)))
        chosen += _spread(land.xy, np.where(owner == number, score, -np.inf), wanted)
    node = np.array(chosen)
    size = np.exp(rng.normal(0, 0.5, len(node)) + 0.15 * np.maximum(score[node], -8))
    return Villages(node, owner[node], size, 0)


def owners(areas: gpd.GeoDataFrame, xy: Floats) -> Ints:
    """The number of the area that each point lies in; -1 outside all."""
    owner = np.full(len(xy), -1, np.int64)
    for number, shape in enumerate(areas.geometry):
        shapely.prepare(shape)
        owner[shapely.contains_xy(shape, xy[:, 0], xy[:, 1])] = number
    return owner


def _hamlet(land: Terrain, areas: gpd.GeoDataFrame, owner: Ints) -> int:
    """A valley node high up in the western mountains."""
    remote = np.flatnonzero(areas["name"] == "龙湾镇")[0]
    inside = shapely.buffer(areas.geometry.iloc[remote], -1500)
    fits = (owner == remote) & (land.above_stream_m < 5) & (land.river_m > 1500)
    fits &= shapely.contains_xy(inside, land.xy[:, 0], land.xy[:, 1])
    return int(np.flatnonzero(fits)[np.argmax(land.height_m[fits])])


def _spread(xy: Floats, score: Floats, wanted: int) -> list[int]:
    """The best nodes that keep their distance from each other."""
    order = np.argsort(-score, kind="stable")[: max(60 * wanted, 2000)]
    order = order[np.isfinite(score[order])]
    neighbours = cKDTree(xy[order]).query_ball_point(xy[order], GAP_M)
    free = np.ones(len(order), bool)
    chosen: list[int] = []
    for rank in range(len(order)):
        if free[rank] and len(chosen) < wanted:
            chosen.append(int(order[rank]))
            free[neighbours[rank]] = False
    return chosen
