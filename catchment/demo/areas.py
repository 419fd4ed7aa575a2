"""Township polygons: cost-distance cells around the centres, whose borders follow the ridges."""

import geopandas as gpd
import numpy as np
import rasterio.features
import shapely
from affine import Affine
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, label
from scipy.sparse.csgraph import dijkstra

from catchment.demo import facts
from catchment.demo.terrain import STEP_M, Floats, Ints, Terrain, field, graph, metres, nearest_node

SIMPLIFY_M = 150.0
HEART_M = 800.0
SAMPLE = 9  # every ninth node is enough to fit the sizes


def make_areas(land: Terrain, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """The 22 areas in metres: area_id, name, residents, geometry; a coverage without gaps or overlaps."""
    picture = _in_one_piece(_picture(land, _owners(land, rng)))
    west, south = land.xy.min(axis=0) - STEP_M / 2
    shapes = rasterio.features.shapes(
        picture.astype(np.int32), mask=picture >= 0, transform=Affine(STEP_M, 0, west, 0, STEP_M, south)
    )
    parts = gpd.GeoDataFrame([(int(value), shapely.geometry.shape(each)) for each, value in shapes])
    largest = parts.assign(size=shapely.area(parts[1])).sort_values("size").groupby(0)[1].last().sort_index()
    # a vertex at every cell corner: only borders that match vertex by vertex are simplified together
    matched = shapely.set_precision(shapely.segmentize(largest.to_numpy(), STEP_M * 1.001), 0.01, mode="pointwise")
    outlines = shapely.coverage_simplify(shapely.transform(matched, _waved), SIMPLIFY_M)
    table = {
        "area_id": [town.code for town in facts.TOWNSHIPS],
        "name": [town.name for town in facts.TOWNSHIPS],
        "residents": list(residents().values()),
    }
    return gpd.GeoDataFrame(table, geometry=list(outlines), crs=facts.CRS)


def residents() -> dict[str, int]:
    """Residents by area_id at the census of 2020: the column of the facts fitted to the county's total."""
    wish = {town.code: float(town.residents) for town in facts.TOWNSHIPS}
    wish[facts.MOTHER_OF_FARM] -= wish[facts.FARM]
    return dict(zip(wish, whole(np.array(list(wish.values())), facts.RESIDENTS_2020).tolist(), strict=True))


def whole(weights: Floats, total: int) -> Ints:
    """Whole numbers in proportion to the weights with the given sum (largest remainders)."""
    exact = weights * (total / weights.sum())
    down = np.floor(exact).astype(np.int64)
    most = np.argsort(down - exact, kind="stable")[: total - down.sum()]
    down[most] += 1
    return np.asarray(down)


def _hearts(xy: Floats) -> NDArray[np.bool_]:
    """Whether each township (row) keeps each node: near its centre and the ways from there to its other parts."""
    points, rows = shapely.points(xy), []
    for town in facts.TOWNSHIPS:
        sites = metres(town.sites)
        ways = shapely.union_all(shapely.linestrings([[sites[0], site] for site in sites]))
        shapely.prepare(ways)
        rows.append(shapely.dwithin(ways, points, HEART_M))
    return np.array(rows)


def _waved(xy: Floats) -> Floats:
    """Points moved by slow waves, the same for all borders through a point: no border runs straight."""
    x, y = xy.T
    east = 70 * np.sin(y / 170 + 1) + 90 * np.sin(y / 410 + x / 600) + 40 * np.sin(x / 230 + 3)
    north = 70 * np.sin(x / 170 + 2) + 90 * np.sin(x / 430 - y / 600) + 40 * np.sin(y / 230 + 5)
    return xy + np.column_stack([east, north])


def _picture(land: Terrain, owner: Ints) -> Ints:
    column, row = ((land.xy - land.xy.min(axis=0)) / STEP_M).round().astype(int).T
    picture = np.full((row.max() + 1, column.max() + 1), -1, np.int64)
    picture[row, column] = owner
    return picture


def _in_one_piece(picture: Ints) -> Ints:
    """The picture with every township's stray pieces given to the neighbour."""
    kept = np.full_like(picture, -1)
    for owner in range(picture.max() + 1):
        pieces, _ = label(picture == owner)
        kept[pieces == np.bincount(pieces[pieces > 0]).argmax()] = owner
    nearest = distance_transform_edt(kept < 0, return_distances=False, return_indices=True)
    return np.asarray(np.where(picture >= 0, kept[tuple(nearest)], -1))


def _owners(land: Terrain, rng: np.random.Generator) -> Ints:
    """The township of each node: cheapest way from a centre, minus a handicap that fits the known sizes."""
    climb = np.abs(np.diff(land.height_m[land.links], axis=1)).ravel()
    wet = (land.river_m[land.links] < 80).any(axis=1)
    uneven = np.exp(0.5 * field(land.xy, 900, rng))[land.links].mean(axis=1)
    weight = land.length_m * uneven + 6 * climb + 250 * wet
    net = graph(land.links, weight, len(land.xy))
    far = np.array(
        [
            dijkstra(net, directed=False, indices=nearest_node(land.xy, metres(town.sites)), min_only=True)
            for town in facts.TOWNSHIPS
        ]
    )
    far[_hearts(land.xy)] = -1e6  # whatever the handicap: parts of one township hang together
    wanted = np.array([town.km2 for town in facts.TOWNSHIPS])
    wanted = wanted * len(land.xy) / wanted.sum()
    handicap = np.zeros(len(wanted))
    sample = far[:, ::SAMPLE]
    for step in range(60):
        size = SAMPLE * np.bincount((sample - handicap[:, None]).argmin(axis=0), minlength=len(wanted))
        handicap += (2500 / (1 + step / 8)) * np.log(wanted / size.clip(1)).clip(-1, 1)
    return np.asarray((far - handicap[:, None]).argmin(axis=0), np.int64)
