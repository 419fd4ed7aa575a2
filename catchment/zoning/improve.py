"""Large neighbourhoods: the zones of a few schools freed and drawn again at least cost (docs/method/zoning.md)."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from catchment.zoning.bounds import Transport, columns_within, transport_bound
from catchment.zoning.exact import Effort, Found, solve_exactly
from catchment.zoning.model import NONE, Flags, Instance, Ints

UNITS_FREED = 65
"""How many units a neighbourhood frees at first; it grows while its programs are solved to the end."""
PATIENCE = 1
"""A neighbourhood grows when this many times as many programs as there are schools in turn found nothing better."""
SHARE_OF_OVERFULL = 0.3
"""How often a neighbourhood begins at an overfull zone where seats are soft: there some zones may have to stay so."""
PART_SECONDS = 10.0


@dataclass
class Search:
    """What large neighbourhoods have come to: schools that they begin at, if not any; plans met, and which sets of zones are known to be drawn best."""

    plan: Ints
    focus: list[int] = field(default_factory=list)
    met: list[Ints] = field(default_factory=list)
    done: set[frozenset[tuple[int, int]]] = field(default_factory=set)


def improve(
    instance: Instance,
    transport: Transport,
    plan: Ints,
    *,
    rounds: int,
    effort: Effort,
    columns: Flags | None = None,
    focus: Sequence[int] = (),
) -> Search:
    """`plan` bettered by `rounds` programs of at most effort.nodes nodes each, or until effort.seconds are over.

    columns: (units, schools) pairs beside those of the plan that are looked at; focus: schools to begin at, if not any. Children over the seats cost so much that none
    is left where that can be.
    """
    columns = instance.allowed if columns is None else columns
    deadline = time.monotonic() + effort.seconds
    chance, search = random.Random(effort.seed), Search(plan.copy(), list(focus))
    version = np.arange(instance.schools)
    size = min(instance.schools, max(2, round(UNITS_FREED * instance.schools / max(1, instance.units)), 3))
    idle = 0
    for _ in range(rounds):
        left = deadline - time.monotonic()
        if left <= 0 or (size >= instance.schools and idle):
            break
        group = _group(instance, transport, search, size, chance)
        state = frozenset((school, int(version[school])) for school in group)
        if any(state <= known for known in search.done):
            idle += 1
        else:
            seconds = left if left == np.inf else min(left, PART_SECONDS)
            better, found = _redraw(instance, search.plan, group, columns, replace(effort, seconds=seconds))
            if found.proved:
                search.done.add(state)
            elif size > 2:
                size -= 1
            idle = 0 if better else idle + 1
            if better:
                search.met.append(search.plan.copy())
                version[group] += instance.schools
        if idle > PATIENCE * instance.schools:
            size, idle = min(size + 1, instance.schools), 0
    return search


def _redraw(instance: Instance, plan: Ints, group: list[int], wanted: Flags, effort: Effort) -> tuple[bool, Found]:
    """The zones of the group drawn again in `plan`; whether that made it better."""
    units, part = part_of(instance, plan, group)
    start = np.searchsorted(group, plan[units])
    before = part.worth(start)
    if before[0] > 0:
        part = replace(part, over=20 * int(part.cost.sum() // max(1, part.children.sum() * part.schools)) + 1)
    columns = columns_within(transport_bound(part), part, part.worth(start)[1])
    if before[0] == 0:
        columns &= wanted[np.ix_(units, np.array(group))]
    columns[np.arange(part.units), start] = True
    found = solve_exactly(part, columns, effort, start=start)
    if found.zone is None or (found.zone == NONE).any():
        return False, found
    zone = plan.copy()
    zone[units] = np.array(group)[found.zone]
    if instance.worth(zone) >= instance.worth(plan):
        return False, found
    plan[:] = zone
    return True, found


def part_of(instance: Instance, plan: Ints, group: list[int]) -> tuple[Ints, Instance]:
    """The units in the zones of the group, and the instance that they and its schools are. group: in order."""
    units = np.flatnonzero(np.isin(plan, group))
    place = np.full(instance.units + 1, NONE, dtype=np.int64)
    place[units] = np.arange(len(units))
    degree = np.diff(instance.first)[units]
    rows = np.array([other for unit in units.tolist() for other in instance.neighbours(unit)], dtype=np.int64)
    inside = place[rows] != NONE
    owner = np.repeat(np.arange(len(units)), degree)[inside]
    first = np.searchsorted(owner, np.arange(len(units) + 1)).astype(np.int64)
    both = np.ix_(units, np.array(group, dtype=np.int64))
    part = Instance(
        instance.children[units], instance.seats[group], instance.cost[both], instance.allowed[both], first,
        place[rows][inside], place[instance.home[group]], instance.over,
        None if instance.least is None else instance.least[group],
    )  # fmt: skip
    return units, part


def _group(instance: Instance, transport: Transport, search: Search, size: int, chance: random.Random) -> list[int]:
    """Schools of adjacent zones: from an overfull zone the shortest way to one with seats, else from a costly zone."""
    plan = search.plan
    beside = _zones_beside(instance, plan)
    load = np.zeros_like(instance.room)
    np.add.at(load, plan, instance.weight)
    slack = (instance.room - load).min(axis=1)
    empty = set(range(instance.schools)) - set(plan.tolist())
    overfull = np.flatnonzero(slack < 0).tolist()
    if overfull and (instance.over is None or chance.random() < SHARE_OF_OVERFULL):
        group = _way(chance.choice(overfull), slack, beside, size)
    elif search.focus:
        group = [chance.choice(search.focus)]
    else:
        lost = np.zeros(instance.schools)
        np.add.at(lost, plan, transport.regret[np.arange(instance.units), plan])
        weights = (lost + lost.mean() + 1).tolist()
        group = chance.choices(range(instance.schools), weights)
    while len(group) < size:
        reach = sorted(set().union(empty, *(beside[school] for school in group)) - set(group))
        if not reach:
            break
        # A zone that touches several of the group is likelier: round regions leave more to win than long ones.
        touch = [1 + 2 * sum(other in beside[school] for school in group) for other in reach]
        group.append(chance.choices(reach, touch)[0])
    return sorted(group)


def _zones_beside(instance: Instance, plan: Ints) -> list[set[int]]:
    beside: list[set[int]] = [set() for _ in range(instance.schools)]
    one = np.repeat(plan, np.diff(instance.first))
    other = plan[instance.neighbour]
    for a, b in np.unique(np.stack([one, other], axis=1)[one != other], axis=0).tolist():
        beside[a].add(b)
    return beside


def _way(start: int, slack: Ints, beside: list[set[int]], size: int) -> list[int]:
    """Zones from an overfull one to the nearest that have seats for its surplus together, at most `size`."""
    seen, queue, need = [start], [start], -int(slack[start])
    came = {start: NONE}
    while queue and need > 0:
        here = queue.pop(0)
        for other in sorted(beside[here] - set(came)):
            came[other] = here
            queue.append(other)
            if slack[other] > 0 and need > 0:
                need -= int(slack[other])
                step = other
                while step not in seen:
                    seen.append(step)
                    step = came[step]
    return seen[: max(size, 2)]
