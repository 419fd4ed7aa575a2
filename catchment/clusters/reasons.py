"""Why schools are in no cluster, and which rules leave no clusters at all."""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csgraph

from catchment.clusters.members import Flags, Members
from catchment.clusters.model import fits, most_members
from catchment.errors import Infeasible, Problem, problem
from catchment.settings import ClusterSettings

NO_STRONG: dict[str, Any] = {"strong": (), "lead": "any"}
NO_STAGES: dict[str, Any] = {"stages": "free"}
NO_PUPILS: dict[str, Any] = {"least_pupils": None, "most_pupils": None}


def left_out(members: Members, how: ClusterSettings) -> dict[int, str]:
    """Members that no cluster can hold whatever the others do: place → the first rule that stands against it.

    Raises Infeasible if there are others that cannot all be in clusters at once.
    """
    held = most_members(members, how)
    out = [m for m in range(len(members)) if m not in held.lead]
    single = {m: _holds(members, how, m) for m in out}
    if any(single.values()):
        keep = np.array([single.get(m, True) for m in range(len(members))])
        raise Infeasible(_contradictions(members.only(keep), how, [str(members.ids[m]) for m in out if single[m]]))
    return {m: _reason(members, how, m) for m in out}


def _holds(members: Members, how: ClusterSettings, member: int) -> bool:
    """Can any cluster hold this member, whatever the others do? Only those count who share a possible lead with it."""
    reach = _reach(members, how)
    near = reach[member] @ reach
    near[member] = True
    return fits(members.only(near), how, members.ids[near] == members.ids[member])


def _reach(members: Members, how: ClusterSettings) -> Flags:
    return members.linked & (members.distance_m <= how.reach_m)


def _free(members: Members) -> Members:
    """The members without locks."""
    return replace(members, bound=members.ids, apart=())


def _reason(members: Members, how: ClusterSettings, member: int) -> str:
    """The first rule, the others following one by one, that no cluster with this member can keep."""
    if not members.linked[member, member]:
        return "no_road"
    free = _free(members)
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("too_few_in_reach", {**NO_STRONG, **NO_STAGES, **NO_PUPILS}),
        ("no_strong_in_reach", {**NO_STAGES, **NO_PUPILS}),
        ("no_stage_in_reach", NO_PUPILS),
        ("pupils_do_not_fit", {}),
    )
    for reason, without in steps:
        if not _holds(free, how.model_copy(update=without), member):
            return reason
    return "locks_do_not_fit"


def _contradictions(members: Members, how: ClusterSettings, out: list[str]) -> list[Problem]:
    """What to tell where every school fits somewhere, but not all at once."""
    found = _too_few_strong(members, how)
    freed = _enough_to_drop(members, how)
    what = "the rules of clusters leave no answer: at least {schools} schools are left over"
    remedy = "loosen one of these, each is enough by itself: {keys}" if freed else "loosen several rules of clusters"
    return [*found, problem(what, remedy, where="study.toml", rows=out, schools=len(out), keys=", ".join(freed))]


def _too_few_strong(members: Members, how: ClusterSettings) -> list[Problem]:
    """Groups of schools within reach of each other that need more clusters than they have strong schools."""
    if not how.strong:
        return []
    count, piece = csgraph.connected_components(_reach(members, how), directed=False)
    found = []
    for number in range(count):
        group = np.flatnonzero(piece == number)
        needed, strong = -(-len(group) // how.most), int(members.strong[group].sum())
        if strong < needed:
            what = "{schools} schools need {needed} clusters, and {strong} of them are strong"
            remedy = "name more schools in clusters.strong, or raise clusters.most"
            about = {"schools": len(group), "needed": needed, "strong": strong}
            found.append(problem(what, remedy, where="study.toml", rows=members.ids[group], **about))
    return found


def _enough_to_drop(members: Members, how: ClusterSettings) -> list[str]:
    """Settings that leave an answer when they alone are given up."""
    everyone = np.ones(len(members), dtype=bool)
    looser: dict[str, dict[str, Any]] = {
        "clusters.least": {"least": 1},
        "clusters.most": {"most": len(members)},
        "clusters.least_pupils": {"least_pupils": None},
        "clusters.most_pupils": {"most_pupils": None},
        "clusters.reach_m": {"reach_m": int(members.distance_m.max()) + 1},
        "clusters.strong": NO_STRONG,
        "clusters.stages": NO_STAGES,
    }
    free = [key for key, without in looser.items() if fits(members, how.model_copy(update=without), everyone)]
    locked = members.apart or len(np.unique(members.bound)) < len(members)
    return [*free, *(["clusters.together, apart"] if locked and fits(_free(members), how, everyone) else [])]
