"""Clusters counted again in whole numbers from the rules alone; nothing here is shared with the model."""

from collections import defaultdict
from collections.abc import Mapping

from catchment.clusters.members import Members
from catchment.errors import Infeasible, problem
from catchment.settings import ClusterSettings

PARTS = ("distance_m", "borders_m", "stages_m", "spread_m", "changes_m")


def verify(members: Members, how: ClusterSettings, lead: Mapping[int, int], names: Mapping[int, str]) -> dict[str, int]:
    """What the clusters count for, by kind: distance_m, borders_m, stages_m, spread_m, changes_m.

    lead: place of every member → place of its lead; names: place of a lead → id of its cluster.

    Raises Infeasible telling every rule that a cluster breaks.
    """
    groups: dict[int, list[int]] = defaultdict(list)
    for member, its_lead in lead.items():
        groups[its_lead].append(member)
    broken = [f"{members.ids[m]}: in no cluster" for m in range(len(members)) if m not in lead]
    if sorted(groups) != sorted(names) or len(set(names.values())) != len(names):
        broken.append("every cluster has one name of its own")
    for its_lead, group in sorted(groups.items()):
        broken += [f"{members.ids[its_lead]}: {words}" for words in _broken(members, how, its_lead, group)]
    broken += _broken_locks(members, lead)
    if broken:
        raise Infeasible(
            problem("the solver's clusters break the rules", "report this with the run folder", rows=broken)
        )
    sums = dict.fromkeys(PARTS, 0)
    for its_lead, group in groups.items():
        for part, metres in _parts(members, how, its_lead, group, names[its_lead]).items():
            sums[part] += metres
    return sums


def _broken(members: Members, how: ClusterSettings, lead: int, group: list[int]) -> list[str]:
    """The rules that one cluster breaks, in words for a bug report."""
    pupils = sum(int(members.pupils[m]) for m in group)
    far = [m for m in group if not members.linked[m, lead] or int(members.distance_m[m, lead]) > how.reach_m]
    broken = {
        "led by a school that is not in it": lead not in group,
        "fewest schools": len(group) < how.least,
        "most schools": len(group) > how.most,
        "fewest pupils": how.least_pupils is not None and pupils < how.least_pupils,
        "most pupils": how.most_pupils is not None and pupils > how.most_pupils,
        "reach": bool(far),
        "no strong school": bool(how.strong) and not any(members.strong[m] for m in group),
        "lead not strong": how.lead == "strong" and not members.strong[lead],
        "no stage": how.stages == "must" and _missing(members, group) > 0,
    }
    return [words for words, true in broken.items() if true]


def _broken_locks(members: Members, lead: Mapping[int, int]) -> list[str]:
    by_id = {str(members.ids[m]): its_lead for m, its_lead in lead.items()}
    leads_of: dict[str, set[int]] = defaultdict(set)
    for m, its_lead in lead.items():
        leads_of[str(members.bound[m])].add(its_lead)
    torn = [f"{text}: not together" for text, leads in sorted(leads_of.items()) if len(leads) > 1]
    pairs = [(one, other) for one, other in members.apart if one in by_id and other in by_id]
    return torn + [f"{one} {other}: not apart" for one, other in pairs if by_id[one] == by_id[other]]


def _missing(members: Members, group: list[int]) -> int:
    """Stages that no school of the group has."""
    return sum(not any(has[m] for m in group) for has in (members.primary, members.junior))


def _parts(members: Members, how: ClusterSettings, lead: int, group: list[int], name: str) -> dict[str, int]:
    crossed = sum(str(members.area[m]) != str(members.area[lead]) for m in group)
    changed = sum(str(members.last[m]) not in ("", name) for m in group)
    return {
        "distance_m": sum(int(members.distance_m[m, lead]) for m in group),
        "borders_m": how.border_m * crossed,
        "stages_m": how.missing_stage_m * _missing(members, group) if how.stages == "wanted" else 0,
        "spread_m": how.spread_m * abs(sum(int(members.surplus[m]) for m in group)),
        "changes_m": how.change_m * changed,
    }
