"""Schools as members of clusters: campuses, their traits, and how far they are from each other by road."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catchment.engines.protocol import FAR
from catchment.engines.store import prepare
from catchment.errors import Problems, SettingsError
from catchment.journeys import costs_to_doors, spots
from catchment.network import network_of
from catchment.settings import ClusterSettings, NetworkSettings
from catchment.tables import STAGES
from catchment.travel import travel

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.str_]


@dataclass(frozen=True)
class Members:
    """Campuses in the order of their ids; arrays of one entry each, distances of one row and column each."""

    ids: Texts
    """Lowest school code of the campus."""
    area: Texts
    primary: Flags
    junior: Flags
    strong: Flags
    strength: Ints
    surplus: Ints
    """Points of strength above the mean of all campuses, rounded to whole points."""
    pupils: Ints
    last: Texts
    """Cluster of last year; empty = none."""
    bound: Texts
    """Campuses of the same text stay together."""
    apart: tuple[tuple[str, str], ...]
    """Ids of campuses that stay apart."""
    distance_m: Ints
    linked: Flags
    """A road joins the two; a campus without a road is not even joined to itself."""

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, kept: Flags) -> "Members":
        """Some of them."""
        square = {name: getattr(self, name)[np.ix_(kept, kept)] for name in ("distance_m", "linked")}
        plain = {f.name: getattr(self, f.name)[kept] for f in fields(self) if f.name not in (*square, "apart")}
        return Members(**plain, **square, apart=self.apart)


def campus_of(schools: pd.DataFrame) -> "pd.Series[str]":
    """School code → its campus, named by the lowest code on it.

    Schools that share a campus_id are one; a school without one is its own campus.
    """
    rows = schools.sort_values(["school_id", "stage"])
    site = rows["campus_id"].where(rows["campus_id"] != "", rows["school_id"]).groupby(rows["school_id"]).first()
    return pd.Series(site.groupby(site).transform(lambda codes: min(codes.index)), name="member")


def road_distances(
    tables: Mapping[str, pd.DataFrame], how: NetworkSettings, campus: "pd.Series[str]", folder: Path | None
) -> tuple[Ints, Flags]:
    """Campus × campus, in the order of their ids: whole metres by road, and joined by road or not.

    Shortest way from gate to gate as the study's mode may go, legs beside the road with it; of the two directions the
    longer. tables: edges, joins.
    """
    described = how.mode_of(how.mode).model_copy(update={"by": "distance"})
    own = travel(network_of(tables["edges"]), "", described)
    joins = tables["joins"]
    gates = joins[(joins["uses"] == described.uses) & (joins["subject"] == "school")]
    places, ids = spots(own, gates), pd.Index(sorted(campus.unique()))
    member = ids.get_indexer(gates["subject_id"].map(campus))
    least = np.full((len(ids), len(ids)), FAR, dtype=np.int64)
    for rows, cost in costs_to_doors(prepare(how.engine, own.arcs, folder), own, places, places):
        np.minimum.at(least, (member[rows][:, None], member[None, :]), cost)
    np.fill_diagonal(least, np.where(np.isin(np.arange(len(ids)), member), 0, FAR))
    longer = np.maximum(least, least.T)
    linked = longer < FAR
    return np.where(linked, (longer + 500) // 1000, 0), linked


def members_of(
    schools: pd.DataFrame,
    pupils: "pd.Series[int]",
    how: ClusterSettings,
    distances: tuple[Ints, Flags],
    last: "pd.Series[str]",
) -> Members:
    """The campuses with their traits.

    pupils, last: by school code; a campus has been in the cluster of its first school that had one.

    Raises SettingsError telling every school code of the settings that is not known, and rules that contradict each other.
    """
    campus = campus_of(schools)
    _refuse(how, campus)
    rows = schools.assign(member=schools["school_id"].map(campus)).sort_values(["member", "school_id", "stage"])
    ids = pd.Index(sorted(campus.unique()))
    primary, junior = (ids.isin(rows.loc[rows["stage"] == stage, "member"]) for stage in STAGES)
    strength = _sums(pd.Series(how.strength, dtype="int64"), campus, ids)
    known = last[last.index.isin(campus.index)].sort_index()
    return Members(
        ids=ids.to_numpy(dtype=str),
        area=rows.groupby("member")["area_id"].first().to_numpy(dtype=str),
        primary=primary,
        junior=junior,
        strong=ids.isin(campus.reindex(list(how.strong))),
        strength=strength,
        surplus=strength - (2 * int(strength.sum()) + len(ids)) // (2 * len(ids)),
        pupils=_sums(pupils[pupils.index.isin(campus.index)], campus, ids),
        last=known.groupby(known.index.map(campus)).first().reindex(ids).fillna("").to_numpy(dtype=str),
        bound=_bound(how, campus).groupby(campus).first().to_numpy(dtype=str),
        apart=tuple((campus[one], campus[other]) for one, other in how.apart),
        distance_m=distances[0],
        linked=distances[1],
    )


def _sums(values: "pd.Series[int]", campus: "pd.Series[str]", ids: pd.Index) -> Ints:
    return values.groupby(values.index.map(campus)).sum().reindex(ids, fill_value=0).to_numpy(dtype=np.int64)


def _bound(how: ClusterSettings, campus: "pd.Series[str]") -> "pd.Series[str]":
    """School code → a text that all have in common whom pairs, or chains of them, keep together."""
    bound = campus.copy()
    for one, other in how.together:
        bound[bound == bound[other]] = bound[one]
    return bound


def _refuse(how: ClusterSettings, campus: "pd.Series[str]") -> None:
    """Raises SettingsError if the settings name unknown schools or contradict themselves."""
    problems = Problems()
    pairs = [code for pair in (*how.together, *how.apart) for code in pair]
    unknown = sorted({*how.strong, *how.strength, *pairs} - set(campus.index))
    if unknown:
        what, remedy = "no school has this code", "correct it in clusters.strong, strength, together or apart"
        problems.add(what, remedy, where="study.toml", rows=unknown)
    if how.least > how.most or (how.least_pupils or 0) > (how.most_pupils or how.least_pupils or 0):
        what, remedy = "the fewest of a cluster are more than the most", "correct clusters.least and most"
        problems.add(what, remedy, where="study.toml")
    if how.lead == "strong" and not how.strong:
        what, remedy = "strong schools shall lead, but none is named", "name them in clusters.strong"
        problems.add(what, remedy, where="study.toml")
    bound = campus if unknown else _bound(how, campus)
    torn = [f"{one} {other}" for one, other in how.apart if not unknown and bound[one] == bound[other]]
    if torn:
        what, remedy = "schools that stay together shall be apart", "take one of the pairs out of clusters"
        problems.add(what, remedy, where="study.toml", rows=torn)
    problems.raise_any(SettingsError)
