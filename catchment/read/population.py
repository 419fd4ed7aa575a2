"""People in cells: GeoTIFF grids (never warped: a cell is the raster's own) or layers of cells.

Several sources are several age bands on the same grid; counting is by source, sums in float64.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod

from catchment.errors import InputError, Problems, problem
from catchment.geo import to_study
from catchment.read import Reading, account
from catchment.read.layers import read_layer
from catchment.settings import PopulationSource

LARGEST_GRID_CELLS = 1_000_000_000
MOST_PEOPLE_PER_KM2 = 400_000  # twice the densest square kilometre known
GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Grid:
    """The populated cells of a raster: row and column, people, and the raster's frame."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    people: NDArray[np.float64]
    frame: tuple[object, ...]
    transform: rasterio.Affine
    crs: CRS


def read_grid(path: Path, unit: str = "people") -> Grid:
    """The populated cells of a GeoTIFF, people in float64.

    Raises InputError if the file is no GeoTIFF, has no reference system, holds negative values that
    are not declared as nodata, is larger than memory allows, or has values no place on earth has.
    """
    if not path.exists():
        raise InputError(problem("the file is not there", "correct the path in study.toml", where=path))
    try:
        with rasterio.open(path, driver="GTiff") as raster:
            return _cells(raster, path, unit)
    except rasterio.errors.RasterioIOError as error:
        raise InputError(
            problem(
                "the file is not a readable GeoTIFF: {error}", "export the grid as GeoTIFF", where=path, error=error
            )
        ) from error


def _cells(raster: rasterio.DatasetReader, path: Path, unit: str) -> Grid:
    if raster.crs is None:
        raise InputError(
            problem(
                "the grid has no reference system", "set it in QGIS and export again; it is never guessed", where=path
            )
        )
    if raster.width * raster.height > LARGEST_GRID_CELLS:
        raise InputError(
            problem(
                "the grid has {height} × {width} cells, more than can be read",
                "cut it to the county first",
                where=path,
                height=raster.height,
                width=raster.width,
            )
        )
    crs = CRS.from_user_input(raster.crs)
    row_parts, column_parts, people_parts = [], [], []
    for _, window in raster.block_windows(1):
        block = raster.read(1, window=window, masked=True)
        values = np.asarray(block.filled(0), dtype=np.float64)
        values[np.isnan(values)] = 0.0
        if (values < 0).any():
            raise InputError(
                problem(
                    "the grid holds negative people (least {least})",
                    "declare the value as nodata: gdal_translate -a_nodata",
                    where=path,
                    least=float(values.min()),
                )
            )
        rows, columns = np.nonzero(values)
        row_parts.append(rows + window.row_off)
        column_parts.append(columns + window.col_off)
        people_parts.append(values[rows, columns])
    row, column, people = (np.concatenate(parts) for parts in (row_parts, column_parts, people_parts))
    order = np.lexsort((column, row))
    row, column, people = row[order], column[order], people[order]
    square_km = cell_area_m2(raster.transform, crs, row) / 1e6
    if unit == "people_per_km2":
        people = people * square_km
    if len(people) and (people / square_km).max() > MOST_PEOPLE_PER_KM2:
        raise InputError(
            problem(
                "a cell would have {density} people per km²",
                "check the unit: people in the cell, or people per km²",
                where=path,
                density=int((people / square_km).max()),
            )
        )
    frame = (raster.width, raster.height, *(round(v, 12) for v in raster.transform[:6]), crs.to_wkt())
    return Grid(row, column, people, frame, raster.transform, crs)


def cell_area_m2(transform: rasterio.Affine, crs: CRS, row: NDArray[np.int64]) -> NDArray[np.float64]:
    """Area of the cells in the given rows: on the ellipsoid for degrees, by the affine else."""
    if crs.is_projected:
        return np.full(len(row), abs(transform.determinant), dtype=np.float64)
    rows, which = np.unique(row, return_inverse=True)
    areas = np.empty(len(rows))
    for i, r in enumerate(rows):
        west, north = transform * (0, int(r))
        east, south = transform * (1, int(r) + 1)
        areas[i] = abs(GEOD.polygon_area_perimeter([west, east, east, west], [south, south, north, north])[0])
    return areas[which]


def read_population(folder: Path, sources: Sequence[PopulationSource], crs: CRS) -> tuple[Reading, pd.DataFrame]:
    """Cells (cell_id, x_m, y_m, people) and people by age band, from all sources of the study.

    Raises InputError if rasters differ in grid, layers in their ids, or bands overlap.
    """
    _refuse_overlaps(sources)
    layered = [not str(s.path).lower().endswith((".tif", ".tiff")) for s in sources]
    if any(layered) and not all(layered):
        raise InputError(
            problem(
                "population comes partly as grid, partly as layer", "give all age bands in the same form", where=folder
            )
        )
    return _layers(folder, sources, crs) if any(layered) else _grids(folder, sources, crs)


def _refuse_overlaps(sources: Sequence[PopulationSource]) -> None:
    problems = Problems()
    bands = sorted((s.basis, s.age_from, 200 if s.age_to is None else s.age_to, s.path) for s in sources)
    for (basis, _, to, path), (other, start, _, second) in itertools.pairwise(bands):
        if basis == other and start <= to:
            problems.add(
                "age bands of {path} and {second} overlap",
                "give every age once",
                where="study.toml",
                path=path,
                second=second,
            )
    if len({s.year for s in sources}) > 1:
        problems.add("the population sources are of different years", "give grids of one year", where="study.toml")
    problems.raise_any()


def _grids(folder: Path, sources: Sequence[PopulationSource], crs: CRS) -> tuple[Reading, pd.DataFrame]:
    grids = [read_grid(folder / s.path, s.unit) for s in sources]
    if len({grid.frame for grid in grids}) > 1:
        raise InputError(
            problem(
                "the grids differ in size, place or reference system",
                "give all age bands on one grid: they are not warped",
                where=", ".join(s.path for s in sources),
            )
        )
    first = grids[0]
    key = [grid.row * 10_000_000 + grid.column for grid in grids]
    every = np.unique(np.concatenate(key))
    row, column = np.divmod(every, 10_000_000)
    x, y = to_study(*_centres(first.transform, row, column), first.crs, crs)
    ids = np.array([f"r{r}c{c}" for r, c in zip(row, column, strict=True)], dtype=str)
    people = [
        _band(ids[np.searchsorted(every, k)], grid.people, s) for k, grid, s in zip(key, grids, sources, strict=True)
    ]
    return _gathered(ids, x, y, people, [len(g.people) for g in grids], sources)


def _centres(
    transform: rasterio.Affine, row: NDArray[np.int64], column: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b, c, d, e, f = transform[:6]
    return c + a * (column + 0.5) + b * (row + 0.5), f + d * (column + 0.5) + e * (row + 0.5)


def _layers(folder: Path, sources: Sequence[PopulationSource], crs: CRS) -> tuple[Reading, pd.DataFrame]:
    parts, people, counts = [], [], []
    for source in sources:
        path = folder / source.path
        layer = read_layer(path, source.datum, crs)
        missing = [c for c in (source.value, source.id) if c not in layer]
        if missing:
            raise InputError(
                problem(
                    "column {columns} is missing (found {found})",
                    "name the columns of people and id in study.toml",
                    where=path,
                    columns=", ".join(missing),
                    found=", ".join(map(str, layer.columns)),
                )
            )
        ids, value = layer[source.id].astype(str), pd.to_numeric(layer[source.value], errors="coerce")
        bad = value.isna() | (value < 0) | ids.duplicated()
        if bad.any():
            raise InputError(
                problem(
                    "people are missing or negative, or the id stands twice",
                    "correct the rows",
                    where=path,
                    rows=layer.index[bad] + 2,
                )
            )
        if source.unit == "people_per_km2":
            value = value * layer.area / 1e6
        centre = shapely.get_coordinates(layer.geometry.centroid.values)
        parts.append(pd.DataFrame({"cell_id": ids, "x_m": centre[:, 0], "y_m": centre[:, 1]}))
        people.append(_band(ids.to_numpy()[value > 0], value.to_numpy(dtype=float)[value > 0], source))
        counts.append(len(layer))
    cells = pd.concat(parts).drop_duplicates("cell_id").sort_values("cell_id")
    return _gathered(
        cells["cell_id"].to_numpy(), cells["x_m"].to_numpy(), cells["y_m"].to_numpy(), people, counts, sources
    )


def _band(ids: NDArray[np.str_], people: NDArray[np.float64], source: PopulationSource) -> pd.DataFrame:
    table = pd.DataFrame({"cell_id": ids, "people": people})
    return table.assign(
        age_from=source.age_from, age_to=pd.array([source.age_to] * len(table), dtype="Int64"), basis=source.basis
    )


def _gathered(
    ids: NDArray[np.str_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    people: list[pd.DataFrame],
    counts: list[int],
    sources: Sequence[PopulationSource],
) -> tuple[Reading, pd.DataFrame]:
    """Cells with anybody in them; empty ones are listed as set aside by their number only."""
    bands = pd.concat(people, ignore_index=True)
    total = bands[bands["basis"] == sources[0].basis].groupby("cell_id")["people"].sum()
    cells = pd.DataFrame({"cell_id": ids, "x_m": x, "y_m": y})
    cells = cells.assign(people=cells["cell_id"].map(total).fillna(0.0))
    empty = int((cells["people"] <= 0).sum())
    aside = pd.DataFrame(
        [(sources[0].path, f"{empty} cells", "nobody lives there", 0.0)] if empty else [],
        columns=["source", "row", "reason", "amount"],
    )
    accounts = [
        account(Path(s.path).name, "people", n, len(band), float(band["people"].sum()), float(band["people"].sum()))
        for s, n, band in zip(sources, counts, people, strict=True)
    ]
    kept = cells[cells["people"] > 0].reset_index(drop=True)
    return Reading(kept, aside, pd.concat(accounts, ignore_index=True)), bands[
        bands["cell_id"].isin(kept["cell_id"])
    ].reset_index(drop=True)
