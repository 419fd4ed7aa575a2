"""Land reserve: what the children of an area and year beyond its seats would need, against parcels offered (docs/method/plan.md)."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.rules import RuleSet
from catchment.tables import LAND

M2_PER_MU = 2000 / 3
Tables = Mapping[str, pd.DataFrame | gpd.GeoDataFrame]


def land_reserve(tables: Tables, planned: Mapping[str, pd.DataFrame], rules: RuleSet) -> pd.DataFrame:
    """Table `land`: children short × land per pupil, by area, stage and year; stages and settings without a norm have no row.

    tables: parcels, schools, candidates; planned: plan and plan_areas. An area has the setting of most of its seats.
    """
    rows = planned["plan_areas"]
    seats = tables["schools"].groupby(["area_id", "setting"])["seats"].sum().reset_index()
    setting = seats.sort_values("seats", kind="stable").groupby("area_id")["setting"].last()
    asked = [
        (rule.stage, name, rule.value)
        for rule in rules.of("land_per_pupil")
        for name in rule.settings or ("urban", "town", "rural")
        if not rule.kinds
    ]
    norms = pd.DataFrame(asked, columns=["stage", "setting", "norm_m2"]).drop_duplicates(["stage", "setting"])
    rows = rows.assign(setting=rows["area_id"].map(setting).fillna("rural")).merge(norms, on=["stage", "setting"])
    short, high = rows["seat_gap"].clip(lower=0), (rows["high80"] - rows["seats"]).clip(lower=0)
    needed, reserved = (np.ceil(children * rows["norm_m2"]).astype("int64") for children in (short, high))
    offered = _offered(tables, planned["plan"])
    return rows.assign(
        short=short, short_high80=high, needed_m2=needed, needed_high80_m2=reserved,
        needed_high80_mu=(reserved / M2_PER_MU).round(1), offered_m2=rows["area_id"].map(offered).fillna(0).astype("int64"),
    )[LAND.names]  # fmt: skip


def _offered(tables: Tables, plan: pd.DataFrame) -> pd.Series:
    """Square metres by area of the parcels on which the plan builds nothing."""
    parcels, candidates = tables["parcels"], tables["candidates"]
    built = candidates[candidates["candidate_id"].isin(plan["candidate_id"])]
    points = shapely.points(built["x_m"].to_numpy(dtype=float), built["y_m"].to_numpy(dtype=float))
    used = shapely.STRtree(points).query(parcels.geometry.values, predicate="intersects")[0] if len(parcels) else []
    return parcels.drop(parcels.index[used]).groupby("area_id")["land_m2"].sum()
