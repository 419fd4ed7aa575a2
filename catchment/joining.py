"""Cells, gates and candidates joined to the roads, once for each kind of right that some mode of the study needs."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from catchment.doors import stack
from catchment.network import Network, Uses, join_network
from catchment.read import account
from catchment.settings import NetworkSettings
from catchment.snap import ENDLESS_M
from catchment.tables import JOINS, RECONCILIATION, SET_ASIDE

JOINED = {
    "cell": "cells joined to the roads",
    "school": "schools joined to the roads",
    "candidate": "candidates joined to the roads",
}
"""Subject → name of the source in `set_aside` and `reconciliation`."""


def uses_of(how: NetworkSettings, stages: list[str]) -> list[Uses]:
    """Rights that the modes of these stages need, those of [network] first."""
    names = [how.mode]
    for stage in stages:
        travel = how.travel_of(stage)
        names += [name for name in (travel.mode, travel.boarding_mode) if name]
    return list(dict.fromkeys(how.mode_of(name).uses for name in names))


def join_all(
    roads: Network,
    tables: Mapping[str, pd.DataFrame],
    how: NetworkSettings,
    progress: Callable[[int, int], None],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tables `joins`, `set_aside` and `reconciliation` of what was joined; what lies too far from a road is set aside."""
    walls = np.concatenate([np.asarray(tables[name].geometry.values) for name in ("water", "barriers")])
    uses = uses_of(how, sorted(tables["schools"]["stage"].unique()))
    joins, aside, accounts = [], [], []
    for done, (use, subject) in enumerate((u, s) for u in uses for s in ("cell", "school", "candidate")):
        progress(done, 3 * len(uses))
        points, limit_m, amount = _points(subject, tables, how)
        joined, far = join_network(
            roads, points, subject=subject, uses=use, limit_m=limit_m,
            smallest_component_m=how.smallest_component_m, walls=walls,
        )  # fmt: skip
        joins.append(joined)
        source = JOINED[subject] if use == uses[0] else f"{JOINED[subject]} ({use})"
        lost = far[~far["subject_id"].isin(joined["subject_id"])].drop_duplicates("subject_id")
        aside.append(_aside(source, lost, amount, limit_m))
        whole, left = float(amount.sum()), float(amount.reindex(lost["subject_id"]).sum())
        unit = "people" if subject == "cell" else "seats"
        accounts.append(account(source, unit, len(amount), len(amount) - len(lost), whole, whole - left))
    return stack(joins, JOINS), stack(aside, SET_ASIDE), stack(accounts, RECONCILIATION)


def _points(
    subject: str, tables: Mapping[str, pd.DataFrame], how: NetworkSettings
) -> tuple[pd.DataFrame, float, "pd.Series[float]"]:
    """Points to join (id, gate, x_m, y_m), how far, and what hangs on each: people or seats."""
    columns = ["id", "gate", "x_m", "y_m"]
    if subject == "cell":
        cells = tables["cells"].rename(columns={"cell_id": "id"}).assign(gate=1)
        return cells[columns], how.cell_snap_m, cells.set_index("id")["people"].astype(float)
    if subject == "candidate":
        placed = tables["candidates"][tables["candidates"]["kind"] != "expanded"]
        points = placed.rename(columns={"candidate_id": "id"}).assign(gate=1)
        return points[columns], how.cell_snap_m, points.set_index("id")["seats"].astype(float)
    schools = tables["schools"].rename(columns={"school_id": "id"}).assign(gate=1)
    seats = schools.groupby("id")["seats"].sum().astype(float)
    gates = tables["gates"].rename(columns={"school_id": "id"})[columns]
    without = schools.drop_duplicates("id")[columns]
    points = pd.concat([gates, without[~without["id"].isin(gates["id"])]]).sort_values(["id", "gate"])
    return points.reset_index(drop=True), how.school_snap_m, seats


def _aside(source: str, far: pd.DataFrame, amount: "pd.Series[float]", limit_m: float) -> pd.DataFrame:
    behind = far["access_mm"] >= ENDLESS_M * 1000
    detail = np.where(
        behind, "water or a barrier lies between", [f"{mm / 1000:.0f} m > {limit_m:g} m" for mm in far["access_mm"]]
    )
    reason = "too far from any usable road"
    lost = amount.reindex(far["subject_id"]).to_numpy()
    return pd.DataFrame(
        {"source": source, "row": far["subject_id"], "reason": reason, "detail": detail, "amount": lost}
    )
