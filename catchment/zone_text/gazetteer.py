"""What names in a text stand for: areas, roads, rivers, house numbers, numbered points. Nothing of the zones is in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from catchment.tables import TABLES
from catchment.units import area_of
from catchment.zone_text.nets import SAME_M, Floats, Net, meetings, net_of

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Gazetteer:
    """ground: area name → polygon without holes; lines: name → net; addresses: street, number, place, area (a name), x_m, y_m."""

    ground: Mapping[str, shapely.Polygon]
    lines: Mapping[str, Net]
    addresses: pd.DataFrame
    borders: Mapping[str, Net]
    met: dict[tuple[str, str, str], Floats] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """All that a text may name."""
        return {*self.ground, *self.lines, *self.addresses["street"], *self.addresses["place"]}

    def meeting(self, one: str, other: str) -> Floats:
        """Where two named lines meet: (places, 2)."""
        key = ("", min(one, other), max(one, other))
        if key not in self.met:
            self.met[key] = meetings(self.lines[one].shape, self.lines[other].shape)
        return self.met[key]

    def entries(self, name: str, area: str) -> Floats:
        """Where a named line crosses an area's border: (places, 2)."""
        key = ("border", name, area)
        if key not in self.met:
            self.met[key] = meetings(self.lines[name].shape, self.borders[area].shape)
        return self.met[key]


def gazetteer_of(tables: Tables) -> Gazetteer:
    """The gazetteer of a run's tables: areas, edges, water, addresses."""
    areas = tables["areas"]
    labels = area_labels(areas)
    ground = {name: _in_one_piece(shape) for name, shape in zip(labels, areas.geometry, strict=True)}
    named = [(tables[name]["name"].to_numpy(), tables[name].geometry.to_numpy()) for name in ("edges", "water")]
    names = np.concatenate([rows[0] for rows in named])
    shapes = np.concatenate([rows[1] for rows in named])
    lines = {str(name): net_of(shapes[names == name]) for name in sorted(set(names) - {""})}
    borders = {name: net_of(np.array([shape])) for name, shape in ground.items()}
    return Gazetteer(ground, lines, placed_addresses(tables), borders)


def _in_one_piece(area: shapely.Geometry) -> shapely.Polygon:
    """Ground that lines can cut: an area without its holes, and of several parts the hull. Who lives in the area is told by the area itself."""
    parts = shapely.get_parts(area)
    return shapely.Polygon(parts[0].exterior) if len(parts) == 1 else shapely.convex_hull(area)


def area_labels(areas: gpd.GeoDataFrame) -> "pd.Series[str]":
    """What a text calls each area, by area_id: its name, with its id where several have that name or it has none."""
    names = areas.set_index("area_id")["name"]
    twice = names.duplicated(keep=False) | (names == "")
    return names.where(~twice, (names + " " + names.index).str.strip())


def placed_addresses(tables: Tables) -> pd.DataFrame:
    """Address points with the name of their area; those outside all areas are left out."""
    rows = tables.get("addresses", TABLES["addresses"].empty())
    area = area_of(rows, tables["areas"]) if len(rows) else pd.Series(dtype="str")
    return rows.assign(area_id=area, area=area.map(area_labels(tables["areas"])))[area.notna()].reset_index(drop=True)


def near(place: Floats, places: Floats) -> NDArray[np.int64]:
    """Rows of the places that are this place."""
    return np.flatnonzero(np.hypot(*(places - place).T) <= 2 * SAME_M)
