"""Ground enclosed by streets: what a planning unit is where zones are to follow them (docs/method/zones.md)."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Ints = NDArray[np.int64]


def enclosures(edges: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, classes: tuple[str, ...]) -> Shapes:
    """The pieces into which streets of these classes (and those that lead on from them) and the areas' borders cut the county.

    Bridges and tunnels bound ground as other streets do. Together the pieces cover the areas.
    """
    links = tuple(f"{each}_link" for each in classes)
    streets = edges.geometry[edges["road_class"].isin([*classes, *links])].to_numpy()
    borders = shapely.boundary(areas.geometry.to_numpy())
    lines = shapely.union_all(shapely.set_precision(np.concatenate([streets, borders]), 0.001))
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    county = shapely.union_all(areas.geometry.to_numpy())
    shapely.prepare(county)
    return np.asarray(pieces[shapely.contains(county, shapely.point_on_surface(pieces))], dtype=object)


def enclosure_of(cells: pd.DataFrame, pieces: Shapes) -> Ints:
    """The piece that each cell (x_m, y_m) lies in, or is nearest to."""
    spots = shapely.points(cells["x_m"].to_numpy(), cells["y_m"].to_numpy())
    found: Ints = shapely.STRtree(pieces).query_nearest(spots, all_matches=False)[1]
    return found


def ground_within(ground: Shapes, cells: pd.DataFrame, pieces: Shapes, own: Ints) -> Shapes:
    """The cells' ground shared out anew so that it ends at the pieces' borders.

    What a cell had beyond its own piece goes to the cell of that piece nearest to it; where nobody lives in a piece it stays.
    ground: (cells,), a coverage; own: (cells,) the piece of each cell. Still a coverage.
    """
    shapely.prepare(pieces)
    whole = shapely.contains_properly(pieces[own], ground)
    cut, piece = shapely.STRtree(pieces).query(ground[~whole], predicate="intersects")
    cell = np.flatnonzero(~whole)[cut]
    parts, part_of = shapely.get_parts(shapely.intersection(ground[cell], pieces[piece]), return_index=True)
    solid = shapely.area(parts) > 0
    parts, cell, piece = parts[solid], cell[part_of[solid]], piece[part_of[solid]]
    owner = _owners(parts, cells, cell, piece, own)
    kept = np.intersect1d(np.flatnonzero(whole), owner)
    parts, owner = np.append(parts, ground[kept]), np.append(owner, kept)
    shared = pd.Series(parts).groupby(owner).agg(lambda some: shapely.union_all(some.to_numpy(), grid_size=0.001))
    new = ground.copy()
    new[shared.index] = shared.to_numpy()
    new[np.setdiff1d(np.flatnonzero(~whole), shared.index)] = shapely.Polygon()
    new = shapely.set_precision(new, 0.001, mode="pointwise")
    return new if shapely.coverage_is_valid(new) else np.asarray(shapely.coverage_clean(new), dtype=object)


def _owners(parts: Shapes, cells: pd.DataFrame, cell: Ints, piece: Ints, own: Ints) -> Ints:
    """Of each part the cell that has it now: its own where they lie in one piece, else the nearest cell of the part's piece."""
    owner = cell.copy()
    middle = shapely.get_coordinates(shapely.centroid(parts))
    places = cells[["x_m", "y_m"]].to_numpy()
    of_piece = pd.Series(np.arange(len(own))).groupby(own).agg(list)
    for number in np.flatnonzero(piece != own[cell]).tolist():
        if piece[number] in of_piece.index:
            near = np.array(of_piece[piece[number]])
            owner[number] = near[np.argmin(np.hypot(*(places[near] - middle[number]).T))]
    return owner
