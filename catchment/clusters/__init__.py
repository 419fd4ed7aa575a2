"""Schools gathered into clusters (学区) round lead schools, exactly (docs/method/clusters.md)."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from catchment.clusters.members import Members, campus_of, members_of, road_distances
from catchment.clusters.model import least_metres
from catchment.clusters.reasons import left_out
from catchment.clusters.verify import verify
from catchment.errors import Infeasible, problem
from catchment.settings import ClusterSettings, Settings
from catchment.tables import CLUSTER_QUALITY, CLUSTER_TOTALS, CLUSTERS, UNCLUSTERED

__all__ = ["Grouping", "cluster_tables", "group_members"]


@dataclass(frozen=True)
class Grouping:
    """Clusters of the members that can be in one."""

    members: Members
    lead: dict[int, int]
    """Place of a member → place of its lead."""
    names: dict[int, str]
    """Place of a lead → id of its cluster."""
    parts_m: dict[str, int]
    """What they count for, by kind."""
    bound_m: int
    proved: bool
    out: dict[str, str]
    """Id of a campus that no cluster can hold → the reason."""

    @property
    def total_m(self) -> int:
        return sum(self.parts_m.values())


def group_members(members: Members, how: ClusterSettings) -> Grouping:
    """The clusters that count for the least metres: distances to the leads, borders, missing stages, spread, changes.

    Members that no cluster can hold are left out with the reason. The clusters are verified by code of its own.

    Raises Infeasible if the others cannot all be in clusters at once, or none were found in time.
    """
    out: dict[int, str] = {}
    answer = least_metres(members, how)
    if answer is None:
        out = left_out(members, how)
        answer = least_metres(members.only(~np.isin(np.arange(len(members)), list(out))), how)
    if answer is None:
        raise Infeasible(problem("the rules of clusters leave no answer", "loosen one of them", where="study.toml"))
    kept = members.only(~np.isin(np.arange(len(members)), list(out)))
    names = _names(kept, answer.lead)
    parts = verify(kept, how, answer.lead, names)
    total = sum(parts.values())
    proved = answer.proved and answer.bound >= total
    reasons = {str(members.ids[m]): reason for m, reason in out.items()}
    return Grouping(kept, answer.lead, names, parts, min(answer.bound, total), proved, reasons)


def _names(members: Members, lead: dict[int, int]) -> dict[int, str]:
    """Ids of clusters: last year's for those that most members stay in (together as many as possible), else new numbers."""
    leads, olds = sorted(set(lead.values())), sorted(set(members.last) - {""})
    stay = np.zeros((len(leads), len(olds)), dtype=np.int64)
    for member, its_lead in lead.items():
        if members.last[member]:
            stay[leads.index(its_lead), olds.index(members.last[member])] += 1
    names = {
        leads[row]: str(olds[column])
        for row, column in zip(*linear_sum_assignment(-stay), strict=True)
        if stay[row, column]
    }
    numbers = (f"{number:03}" for number in itertools.count(1) if f"{number:03}" not in olds)
    return {its_lead: names.get(its_lead) or next(numbers) for its_lead in leads}


def cluster_tables(
    tables: Mapping[str, pd.DataFrame], settings: Settings, folder: Path | None, last: pd.DataFrame | None = None
) -> dict[str, pd.DataFrame]:
    """Tables `clusters`, `cluster_totals`, `cluster_quality` and `unclustered`, from schools, edges, joins and forecast.

    folder: where prepared networks are kept; last: school_id and cluster_id of last year.

    Raises SettingsError for unknown codes and rules that contradict each other, Infeasible if they leave no answer.
    """
    schools, how = tables["schools"], settings.clusters
    campus = campus_of(schools)
    now = tables["forecast"]
    now = now[(now["year"] == settings.study.base_year) & (now["scenario"] == settings.forecast.central)]
    before = (
        pd.Series(dtype=str) if last is None else last.drop_duplicates("school_id").set_index("school_id")["cluster_id"]
    )
    members = members_of(
        schools,
        now.groupby("school_id")["pupils"].sum(),
        how,
        road_distances(tables, settings.network, campus, folder),
        before,
    )
    return tables_of(group_members(members, how), schools, campus)


def tables_of(found: Grouping, schools: pd.DataFrame, campus: "pd.Series[str]") -> dict[str, pd.DataFrame]:
    """The tables of a grouping; every school and stage of a campus has its row."""
    rows = _rows(found)
    own = schools[["school_id", "stage"]].assign(member=schools["school_id"].map(campus))
    placed = own.merge(rows, on="member", how="inner")
    out = sorted((school, found.out[member]) for school, member in campus.items() if member in found.out)
    return {
        "clusters": placed[CLUSTERS.names].sort_values(list(CLUSTERS.key), ignore_index=True),
        "cluster_totals": _totals(rows),
        "cluster_quality": _quality(found),
        "unclustered": pd.DataFrame(out, columns=UNCLUSTERED.names).astype(UNCLUSTERED.dtypes),
    }


def _rows(found: Grouping) -> pd.DataFrame:
    """A row per member, with all that the totals add up."""
    members = found.members
    at = np.array(sorted(found.lead), dtype=np.int64)
    lead = np.array([found.lead[member] for member in at], dtype=np.int64)
    names = np.array([found.names[each] for each in lead], dtype=str)
    return pd.DataFrame(
        {
            "member": members.ids[at], "cluster_id": names, "lead_school_id": members.ids[lead],
            "distance_m": members.distance_m[at, lead], "leads": at == lead, "strong": members.strong[at],
            "changed": (members.last[at] != "") & (members.last[at] != names), "primary": members.primary[at],
            "junior": members.junior[at], "strength": members.strength[at], "pupils": members.pupils[at],
        }
    )  # fmt: skip


def _totals(rows: pd.DataFrame) -> pd.DataFrame:
    sums = rows.groupby(["cluster_id", "lead_school_id"], sort=True).agg(
        schools=("member", "size"), primary_schools=("primary", "sum"), junior_schools=("junior", "sum"),
        strong_schools=("strong", "sum"), strength=("strength", "sum"), pupils=("pupils", "sum"),
        sum_m=("distance_m", "sum"), max_m=("distance_m", "max"), changed=("changed", "sum"),
    ).reset_index()  # fmt: skip
    return sums.assign(mean_m=sums["sum_m"] / (sums["schools"] - 1).clip(lower=1))[CLUSTER_TOTALS.names]


def _quality(found: Grouping) -> pd.DataFrame:
    total = found.total_m
    row = {
        "status": "optimal" if found.proved else "time_limit", "clusters": len(found.names), "schools": len(found.lead),
        **found.parts_m, "total_m": total, "bound_m": found.bound_m,
        "gap_share": (total - found.bound_m) / total if total else 0.0,
    }  # fmt: skip
    return pd.DataFrame([row])[CLUSTER_QUALITY.names]
