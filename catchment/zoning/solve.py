"""Zones found, bettered, bounded and checked (docs/method/zoning.md)."""

import time
from dataclasses import dataclass

import numpy as np

from catchment.errors import Infeasible, problem
from catchment.zoning.bounds import Transport, transport_bound
from catchment.zoning.exact import Effort, solve_exactly
from catchment.zoning.improve import columns_within, improve
from catchment.zoning.model import NONE, Ints, Instance
from catchment.zoning.pool import recombine
from catchment.zoning.search import REHEATED, annealed, grow
from catchment.zoning.verify import children_over_seats, faults, total_cost

OPTIMAL, FEASIBLE, UNDECIDED, IMPOSSIBLE = "optimal", "feasible", "undecided", "impossible"
SEARCH_SHARE, BETTER_SHARE = 0.2, 0.75
"""Shares of the time after which the search for starts, and the large neighbourhoods, are over."""


@dataclass(frozen=True)
class Work:
    """How much is done, whichever comes first. With seconds None the same work is done anywhere: same seed, same plan."""

    seconds: float | None = 120.0
    starts: int = 16
    cycles: int = 5
    steps: int = 8_000_000
    rounds: int = 2_000
    nodes: int = 4_000
    whole_nodes: int = 100_000


@dataclass(frozen=True)
class Answer:
    """zone: the best zones met, a plan if status is optimal or feasible; objective: their cost; short: children over seats.

    bound: no plan costs less; gap: (objective − bound) / objective, 0 to 1; price: (schools,) of one more seat, in
    cost per child.
    """

    zone: Ints
    status: str
    objective: int
    short: int
    bound: int
    gap: float
    seconds: float
    price: Ints


def solve(instance: Instance, *, seed: int, work: Work | None = None, present: Ints | None = None) -> Answer:
    """The best plan met within the work allowed, and what no plan can cost less than.

    present: zones in force, another start if each is in one piece. Raises InputError if units are cut off from every school
    that they may go to, Infeasible if a plan called feasible breaks a rule.
    """
    work = work or Work()
    began = time.monotonic()
    end = began + (work.seconds if work.seconds is not None else np.inf)
    transport = transport_bound(instance)
    starts, met = _starts(instance, transport, seed, work, began + SEARCH_SHARE * (end - began))
    if present is not None and not _broken_beside_seats(instance, present):
        starts.append(present)
    plan = _bettered(instance, transport, starts, met, seed, work, began + BETTER_SHARE * (end - began))
    bound, proved = transport.bound, False
    if children_over_seats(instance, plan) == 0:
        plan, bound, proved = _bounded(instance, transport, plan, seed, work, end)
    return _answer(instance, plan, transport, bound, proved=proved, seconds=time.monotonic() - began)


def _worth(instance: Instance, plan: Ints) -> tuple[int, int]:
    return children_over_seats(instance, plan), total_cost(instance, plan)


def _broken_beside_seats(instance: Instance, plan: Ints) -> bool:
    return any("seats" not in fault for fault in faults(instance, plan))


def _starts(
    instance: Instance, transport: Transport, seed: int, work: Work, deadline: float
) -> tuple[list[Ints], list[Ints]]:
    """Annealed plans, and those met on the way, from the zones that the prices make."""
    grown = grow(instance, transport.price)
    starts, met = [], []
    for number in range(work.starts):
        best, kept = annealed(instance, transport, grown, steps=work.steps, seed=seed * 1000 + number)
        starts.append(best)
        met += [*kept[-8:], best]
        if time.monotonic() > deadline:
            break
    return starts, met


def _bettered(
    instance: Instance, transport: Transport, starts: list[Ints], met: list[Ints], seed: int, work: Work, deadline: float
) -> Ints:
    """The best of the starts bettered, then by turns another start and the best plan reheated; all zones put together anew."""
    starts = sorted(starts, key=lambda plan: _worth(instance, plan))
    joined = recombine(instance, met, seconds=10.0)
    best = starts[0] if joined is None else joined
    for cycle in range(work.cycles):
        now = time.monotonic()
        if now > deadline and cycle:
            break
        start = best
        if cycle % 2 and cycle // 2 + 1 < len(starts):
            start = starts[cycle // 2 + 1]
        elif cycle:
            start, _ = annealed(instance, transport, best, steps=work.steps, seed=seed + cycle, heat=REHEATED)
        share = 0.35 if cycle == 0 else 1 / (work.cycles - cycle)
        search = improve(
            instance, transport, start, seed=seed + cycle, rounds=work.rounds, nodes=work.nodes,
            deadline=now + share * (deadline - now),
        )  # fmt: skip
        met += search.met
        joined = recombine(instance, met, seconds=10.0)
        best = min([best, search.plan, *([] if joined is None else [joined])], key=lambda plan: _worth(instance, plan))
    return best


def _bounded(
    instance: Instance, transport: Transport, plan: Ints, seed: int, work: Work, end: float
) -> tuple[Ints, int, bool]:
    """The whole town as one program with the plan as start: plan, bound, whether proved."""
    cost = total_cost(instance, plan)
    columns = columns_within(transport, instance, cost)
    left = max(0.5, end - time.monotonic())
    effort = Effort(seconds=min(left, 1e7), nodes=work.whole_nodes, seed=seed, bound=True)
    found = solve_exactly(instance, columns, effort, start=plan)
    if found.zone is not None and not (found.zone == NONE).any() and total_cost(instance, found.zone) < cost:
        plan, cost = found.zone, total_cost(instance, found.zone)
    # What the columns left out could hold costs at least as much as the plan; the program's bound is in floating point.
    bound = min(cost, int(found.bound * (1 - 1e-9))) if np.isfinite(found.bound) else transport.bound
    bound = max(transport.bound, bound)
    return plan, bound, found.proved


def _answer(
    instance: Instance, plan: Ints, transport: Transport, bound: int, *, proved: bool, seconds: float
) -> Answer:
    short, cost = _worth(instance, plan)
    broken = [fault for fault in faults(instance, plan) if short == 0 or "seats" not in fault]
    if broken:
        raise Infeasible(problem("the solver's zones break the rules", "report this with the run folder", rows=broken))
    status = FEASIBLE if short == 0 else UNDECIDED
    if short == 0 and (proved or bound >= cost):
        status = OPTIMAL
    if transport.short > 0:
        status = IMPOSSIBLE
    gap = (cost - bound) / cost if cost and short == 0 else 0.0 if short == 0 else 1.0
    return Answer(plan, status, cost, short, bound, gap, seconds, transport.price)
