"""Candidates by what each changes when it alone is added, each by an exact new assignment (docs/method/sites.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catchment.assign import Flow, assign_children
from catchment.costs import matrix, of_stage
from catchment.rules import RuleSet
from catchment.tables import RANKING

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Supply:
    """Schools of a stage and what a set of projects makes of them: columns of the assignment."""

    facilities: pd.Index
    seats: Ints


def supply(schools: pd.DataFrame, built: pd.DataFrame) -> Supply:
    """Seats by facility once the projects are built: a relocated school's seats are at its new site.

    An extension may be the second phase of a new school: its school_id is then that candidate's id.
    """
    seats = dict(zip(schools["school_id"], schools["seats"].astype(int), strict=True))
    for project in built.sort_values(["kind", "candidate_id"], ascending=[False, True]).itertuples():
        if project.kind == "expanded":
            seats[project.school_id] = seats.get(project.school_id, 0) + project.seats
        else:
            seats[project.candidate_id] = project.seats
            if project.kind == "relocated":
                seats[project.school_id] = 0
    return Supply(pd.Index(list(seats)), np.array(list(seats.values()), dtype=np.int64))


def assign_stage(children: Ints, units: pd.Index, costs: pd.DataFrame, stock: Supply) -> Flow:
    """The exact assignment of a stage's children to a supply of seats."""
    distance, reached = matrix(costs, units, stock.facilities)
    return assign_children(children, stock.seats, distance, reached)


def rank_candidates(
    children: pd.DataFrame,
    units: pd.Index,
    costs: pd.DataFrame,
    schools: pd.DataFrame,
    candidates: pd.DataFrame,
    rules: RuleSet,
    progress: Callable[[int, int], None],
) -> pd.DataFrame:
    """Table `ranking`: first by children who get a seat, then by children-metres saved, then by id.

    children: unit_id, stage, children of the zone year.
    """
    rows = []
    by_stage = {}
    for stage in sorted(candidates["stage"].unique()):
        at_stage = schools[schools["stage"] == stage]
        living = (
            children[children["stage"] == stage]
            .set_index("unit_id")["children"]
            .reindex(units, fill_value=0)
            .to_numpy(dtype=np.int64)
        )
        stock = supply(at_stage, candidates.iloc[:0])
        ways = of_stage(costs, stage)
        by_stage[stage] = (at_stage, living, stock, ways, assign_stage(living, units, ways, stock))
    for done, candidate in enumerate(candidates.sort_values("candidate_id").itertuples()):
        at_stage, living, stock, ways, today = by_stage[candidate.stage]
        built = candidates[candidates["candidate_id"] == candidate.candidate_id]
        then_stock = supply(at_stage, built)
        then = assign_stage(living, units, ways, then_stock)
        useful = max(0, _load(then, then_stock, candidate) - _load(today, stock, candidate))
        rows.append(
            {
                "candidate_id": candidate.candidate_id,
                "stage": candidate.stage,
                "placed": int(today.unplaced.sum() - then.unplaced.sum()),
                "saved_m": today.metres - then.metres,
                "useful_seats": useful,
                "cost_per_useful_seat_yuan": round(candidate.cost_yuan / useful) if useful else pd.NA,
                "remarks": _remarks(candidate, then_stock, at_stage, rules),
            }
        )
        progress(done + 1, len(candidates))
    table = pd.DataFrame(rows).sort_values(["placed", "saved_m", "candidate_id"], ascending=[False, False, True])
    return table.assign(rank=range(1, len(table) + 1))[RANKING.names]


def _load(flow: Flow, stock: Supply, candidate: Any) -> int:
    """Children at the school that the candidate builds, moves or extends."""
    names = {candidate.candidate_id, candidate.school_id} - {None}
    here = np.flatnonzero(stock.facilities.isin([n for n in names if isinstance(n, str)]))
    return int(flow.children[np.isin(flow.school, here)].sum())


def _remarks(candidate: Any, stock: Supply, schools: pd.DataFrame, rules: RuleSet) -> str:
    """What the finished school would break of the size rule."""
    here = candidate.school_id if candidate.kind == "expanded" else candidate.candidate_id
    kinds = schools.loc[schools["school_id"] == here, "kind"]
    kind = kinds.iloc[0] if len(kinds) else {"primary": "full_primary", "junior": "junior"}[candidate.stage]
    seats = int(stock.seats[stock.facilities.get_loc(here)])
    over = [r for r in rules.of("school_size") if (not r.kinds or kind in r.kinds) and seats > r.value]
    return "; ".join(f"{seats} > {r.value:g} ({r.source})" for r in over)
