"""What all map sheets share: layers to cut from, prepared once, and the extent of a sheet."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from catchment.drafts import draft_reasons
from catchment.locale import translate
from catchment.reports.origin import data_date
from catchment.reports.shapes import zone_outlines
from catchment.reports.sheet import Page
from catchment.reports.style import both, road_kind, shown
from catchment.settings import Settings
from catchment.tables import GATES

NARROWEST_M = 1200.0
ROUND = (1, 1.1, 1.25, 1.4, 1.6, 1.8, 2, 2.25, 2.5, 2.8, 3.2, 3.6, 4, 4.5, 5, 5.6, 6.4, 7.2, 8, 9, 10)
"""Scale denominators, times a power of ten."""

Box = tuple[float, float, float, float]
"""West, south, east, north in metres."""


@dataclass(frozen=True)
class Layer:
    """Geometry to cut pieces from, with the kind and the name of each piece."""

    geometry: NDArray[Any]
    kinds: NDArray[Any]
    names: NDArray[Any]
    tree: shapely.STRtree

    @staticmethod
    def of(geometry: NDArray[Any], kinds: NDArray[Any], names: NDArray[Any]) -> "Layer":
        return Layer(geometry, kinds, names, shapely.STRtree(geometry))

    def within(self, box: Box) -> NDArray[Any]:
        """Positions of what may lie in the box, in the layer's order."""
        return np.sort(self.tree.query(shapely.box(*box)))


@dataclass(frozen=True)
class Atlas:
    """What all sheets share, prepared once."""

    settings: Settings
    run: str
    data_date: str
    drafts: tuple[str, ...]
    """Why the run is only a draft."""
    zones: gpd.GeoDataFrame
    schools: pd.DataFrame
    gates: pd.DataFrame
    areas: gpd.GeoDataFrame
    borders: NDArray[Any]
    roads: Layer
    water: Layer

    def both(self, message: str) -> str:
        return both(message, self.settings.study.language)

    def words(self, message: str) -> str:
        return translate(message, self.settings.study.language)


def open_atlas(settings: Settings, tables: Mapping[str, pd.DataFrame], run: str) -> Atlas:
    """Prepare the layers that the sheets are cut from."""
    edges, water, areas = (tables[name] for name in ("edges", "water", "areas"))
    kinds = {value: road_kind(value) for value in edges["road_class"].unique()}
    lines = geometry_of(edges)
    ponds = geometry_of(water)
    flat = np.where(shapely.get_dimensions(ponds) == 2, "lake", "river")
    return Atlas(
        settings=settings,
        run=run,
        data_date=data_date(settings, tables),
        drafts=tuple(reason.text(settings.study.language) for reason in draft_reasons(settings, tables)),
        zones=zone_outlines(tables),
        schools=tables["schools"].assign(name=tables["schools"]["name"].map(shown)),
        gates=tables.get("gates", GATES.empty()),
        areas=gpd.GeoDataFrame(areas.assign(name=areas["name"].map(shown))),
        borders=_borders(geometry_of(areas)),
        roads=Layer.of(
            lines, edges["road_class"].map(kinds).to_numpy(object), edges["name"].map(shown).to_numpy(object)
        ),
        water=Layer.of(ponds, flat, water["name"].map(shown).to_numpy(object)),
    )


def geometry_of(table: pd.DataFrame) -> NDArray[Any]:
    return np.asarray(table.get("geometry", []), dtype=object)


def _borders(areas: NDArray[Any]) -> NDArray[Any]:
    """Borders drawn once, not once from either side: dashes laid upon dashes make a full line."""
    return shapely.get_parts(shapely.line_merge(shapely.union_all(shapely.boundary(areas))))


def fit(bounds: Box, pages: tuple[Page, Page], margin: float) -> tuple[Page, int, tuple[float, float], Box]:
    """The page turned so that the bounds come out largest, with a round scale.

    Returns page, scale denominator, centre and the extent in metres that the map frame then shows.
    """
    west, south, east, north = bounds
    width, height = max((east - west) * margin, NARROWEST_M), (north - south) * margin
    scales = [
        (_round_up(1000 * max(width / page.map[2], height / page.map[3])), turn) for turn, page in enumerate(pages)
    ]
    denominator, turn = min(scales)
    page = pages[turn]
    x, y = (west + east) / 2, (south + north) / 2
    half_x, half_y = (page.map[i] * denominator / 2000 for i in (2, 3))
    return page, denominator, (x, y), (x - half_x, y - half_y, x + half_x, y + half_y)


def _round_up(value: float) -> int:
    power = 10.0 ** math.floor(math.log10(value))
    return round(next(step * power for step in ROUND if step * power >= value * 0.9999))
