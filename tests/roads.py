"""Little road networks for tests: lines to a Network, points to joins, and the ways between them."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from conftest import CRS

from catchment.costs import Way, measure
from catchment.engines import engine
from catchment.network import build_edges, join_network, network_of
from catchment.read.roads import _from_layer
from catchment.settings import MODES
from catchment.travel import Barrier, travel

NO_WALLS = np.empty(0, dtype=object)


def layer(*roads, **columns):
    """Lines of (class, coordinates) as a layer; further columns one value per line."""
    lines = [shapely.LineString(xy) for _, xy in roads]
    told = {"oneway": ["no"] * len(roads), **columns}
    return gpd.GeoDataFrame({"highway": [c for c, _ in roads], **told}, geometry=lines, crs=CRS)


def network(lines):
    return network_of(build_edges(_from_layer(lines, Path("roads.gpkg")).table))


def points(**places):
    """Points by name; `a_2` is the second gate of `a`."""
    rows = [(name.split("_")[0], int([*name.split("_"), "1"][1]), *place) for name, place in places.items()]
    return pd.DataFrame(rows, columns=["id", "gate", "x_m", "y_m"])


def joined(roads, subject, places, *, uses="walk", limit_m=150, smallest_component_m=0, walls=NO_WALLS):
    return join_network(
        roads,
        places,
        subject=subject,
        uses=uses,
        limit_m=limit_m,
        smallest_component_m=smallest_component_m,
        walls=walls,
    )


def way(roads, cells, schools, *, mode="walk", barriers=(), reach_m=10_000, engine_name="contraction", **options):
    """How children get from cells to schools by a mode of MODES (or described)."""
    described = MODES[mode] if isinstance(mode, str) else mode
    own = travel(roads, "own" if mode is described else mode, described, barriers)
    ends = [
        joined(roads, subject, rows, uses=described.uses, **options)[0]
        for subject, rows in (("cell", cells), ("school", schools))
    ]
    return Way(own, engine[engine_name](own.arcs), *ends, reach_m, described.speed_kmh)


def ways_between(roads, cells, schools, **options):
    """Table `costs`, all schools kept, by cell and school."""
    people = pd.DataFrame({"cell_id": cells["id"], "unit_id": cells["id"], "people": 1.0})
    names = pd.Index(sorted(schools["id"].unique()))
    near, _ = measure(
        [way(roads, cells, schools, **options)], people, names, stage="primary", subject="school", nearest=99
    )
    return near.set_index(["cell_id", "school_id"])


def barrier(*classes, lines=(), penalty_m=None):
    shapes = np.array([shapely.LineString(xy) for xy in lines], dtype=object)
    return Barrier(classes, shapes, None if penalty_m is None else penalty_m * 1000)
