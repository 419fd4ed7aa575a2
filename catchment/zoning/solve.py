"""Zones found, bettered, bounded and checked (docs/method/zoning.md)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catchment.errors import Infeasible, problem
from catchment.zoning.bounds import Transport, transport_bound
from catchment.zoning.exact import Effort, solve_exactly
from catchment.zoning.improve import improve
from catchment.zoning.lagrange import MOST_PAIRS, tighten
from catchment.zoning.model import NONE, Instance, Ints
from catchment.zoning.pool import recombine
from catchment.zoning.search import REHEATED, annealed, grow, mended, settled
from catchment.zoning.verify import children_over_seats, faults, faults_of_place, objective

OPTIMAL, FEASIBLE, UNDECIDED, IMPOSSIBLE = "optimal", "feasible", "undecided", "impossible"
SEARCH_SHARE, BETTER_SHARE = 0.2, 0.75
"""Shares of the time after which the search for starts, and the large neighbourhoods, are over."""
FIRST_SHARE = 0.35
"""Share of the time of large neighbourhoods that the best start is given."""
LARGE, NEAR_ENOUGH = 3_000, 3e-4
"""Units from which on each start is annealed once more, and a part of the town need only be drawn as near to its best as that."""
FEW_OVER = 10
"""Children over the seats of a large town's start that the neighbourhoods can be trusted to seat: one start is enough then."""
ROUNDS_NEAR = 4
"""Programs for each zone that mending has changed."""


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
    zone_nodes: tuple[int, ...] = (300, 1_000, 3_000)


@dataclass(frozen=True)
class Answer:
    """zone: the best zones met, a plan if status is optimal or feasible; objective: what is minimised, with the cost of the
    children over the seats where seats are soft; short: children over the seats and missing to the least.

    bound: no plan costs less; gap: (objective − bound) / objective, 0 to 1; price: (schools, rows) of one more seat of each
    count, in cost per child, and last of one child fewer in the least where there is one.
    """

    zone: Ints
    status: str
    objective: int
    short: int
    bound: int
    gap: float
    seconds: float
    price: Ints


def solve(
    instance: Instance, *, seed: int, work: Work | None = None, present: Ints | None = None, focus: Sequence[int] = ()
) -> Answer:
    """The best plan met within the work allowed, and what no plan can cost less than.

    present: zones in force, mended where locks or bans break them. With work.starts they are one start of several; without
    (starts=0) they are kept but near what was mended, and bettered there: after one lock a few seconds do; focus: schools round which they are bettered too. Raises InputError if units are cut off from every school
    that they may go to, Infeasible if a plan called feasible breaks a rule.
    """
    began = time.monotonic()
    run = _Run(instance, transport_bound(instance), work or Work(), seed, began)
    if present is not None and run.work.starts == 0:
        plan = _near(run, present, focus)
    else:
        starts, met = _starts(run)
        if present is not None:
            starts.append(mended(instance, run.transport.price, present))
        plan = settled(instance, _bettered(run, starts, met))
    bound, proved = run.transport.bound, False
    if run.worth(plan)[0] == 0:
        plan, bound, proved = _bounded(run, plan)
    return _answer(run, plan, bound, proved=proved)


@dataclass(frozen=True)
class _Run:
    instance: Instance
    transport: Transport
    work: Work
    seed: int
    began: float

    @property
    def large(self) -> bool:
        return self.instance.units >= LARGE

    @property
    def better_share(self) -> float:
        """A large town keeps the transport bound, which takes no time at the end."""
        return 0.97 if self.large else BETTER_SHARE

    def until(self, share: float) -> float:
        """What the clock shows after that share of the time."""
        return self.began + share * (np.inf if self.work.seconds is None else self.work.seconds)

    def worth(self, plan: Ints) -> tuple[int, int]:
        return self.instance.worth(plan)


def _near(run: _Run, present: Ints, focus: Sequence[int]) -> Ints:
    """Zones in force mended, and bettered round the schools named and the zones that this changed."""
    plan = mended(run.instance, run.transport.price, present)
    changed = np.flatnonzero(plan != present)
    around = sorted({*focus, *np.union1d(plan[changed], present[changed]).tolist()} - {NONE})
    left = run.until(run.better_share) - time.monotonic()
    effort = Effort(seconds=left, nodes=run.work.nodes, seed=run.seed)
    rounds = min(run.work.rounds, ROUNDS_NEAR * len(around))
    return improve(run.instance, run.transport, plan, rounds=rounds, effort=effort, focus=around).plan


def _starts(run: _Run) -> tuple[list[Ints], list[Ints]]:
    """Annealed plans, and those met on the way, from the zones that the prices make."""
    grown = grow(run.instance, run.transport.price)
    starts: list[Ints] = []
    met: list[Ints] = []
    for number in range(run.work.starts):
        seed = run.seed * 1000 + number
        best, kept = annealed(run.instance, grown, steps=run.work.steps, seed=seed)
        if run.large:
            last, again = annealed(run.instance, best, steps=4 * run.work.steps, seed=seed, heat=REHEATED)
            # The last may be cheap with children over the seats that a plan before it had seated.
            best = min(last, again[-1], key=run.worth)
        starts.append(best)
        met += kept[-9:]
        if time.monotonic() > run.until(SEARCH_SHARE) or (run.large and run.worth(best)[0] <= FEW_OVER):
            break
    return starts, met


def _bettered(run: _Run, starts: list[Ints], met: list[Ints]) -> Ints:
    """The best of the starts bettered, then by turns another start and the best plan reheated; all zones put together anew."""
    starts = sorted(starts, key=run.worth)
    best = _joined(run, [starts[0]], met)
    columns = run.instance.allowed
    for cycle in range(run.work.cycles):
        now, end = time.monotonic(), run.until(run.better_share)
        if now > end and cycle:
            break
        start = best
        if cycle % 2 and cycle // 2 + 1 < len(starts):
            start = starts[cycle // 2 + 1]
        elif cycle:
            heat, steps = REHEATED, run.work.steps
            start, _ = annealed(run.instance, best, steps=steps, seed=run.seed + cycle, heat=heat)
        share = FIRST_SHARE if cycle == 0 else 1 / (run.work.cycles - cycle)
        seconds = float(np.inf) if np.isinf(end) else share * (end - now)
        until = now + seconds / 4
        near = NEAR_ENOUGH if run.large else 0.0
        effort = Effort(seconds=seconds, nodes=run.work.nodes, gap=near, seed=run.seed + cycle)
        if cycle and run.worth(best)[0] == 0:
            cost = run.worth(best)[1]
            _, columns = tighten(run.instance, run.transport, cost, nodes=run.work.zone_nodes[:1], until=until)
        search = improve(
            run.instance, run.transport, start, rounds=run.work.rounds, effort=effort, columns=columns
        )  # fmt: skip
        met += search.met
        best = _joined(run, [best, search.plan], met)
    return best


def _joined(run: _Run, plans: list[Ints], met: list[Ints]) -> Ints:
    """The best of the plans and of what the zones of all plans met make."""
    left = run.until(run.better_share) - time.monotonic()
    joined = recombine(run.instance, met, seconds=max(1.0, left / 4))
    return min(plans if joined is None else [*plans, joined], key=run.worth)


def _bounded(run: _Run, plan: Ints) -> tuple[Ints, int, bool]:
    """The bound raised by whole zones, then the town as one program with the plan as start: plan, bound, whether proved."""
    instance, cost = run.instance, run.worth(plan)[1]
    half = (time.monotonic() + run.until(1)) / 2
    bound, columns = tighten(instance, run.transport, cost, nodes=run.work.zone_nodes, until=half)
    left = max(0.5, run.until(1) - time.monotonic())
    if bound >= cost or not columns.any(axis=1).all() or columns.sum() > MOST_PAIRS:
        return plan, bound, bound >= cost
    effort = Effort(seconds=left, nodes=run.work.whole_nodes, seed=run.seed, bound=True)
    found = solve_exactly(instance, columns, effort, start=plan)
    if found.zone is None and found.proved:
        return plan, cost, True
    if found.zone is not None and run.worth(found.zone) < (0, cost):
        plan = found.zone
    # Columns left out cost at least as much as the plan had; the program's bound is in floating point.
    proved = int(found.bound - abs(found.bound) * 1e-9) if np.isfinite(found.bound) else 0
    return plan, max(bound, min(cost, proved)), found.proved


def _answer(run: _Run, plan: Ints, bound: int, *, proved: bool) -> Answer:
    instance, lacking = run.instance, run.worth(plan)[0]
    short, cost = children_over_seats(instance, plan), objective(instance, plan)
    broken = faults_of_place(instance, plan) if lacking else faults(instance, plan)
    if broken or (lacking, cost) != run.worth(plan):
        raise Infeasible(problem("the solver's zones break the rules", "report this with the run folder", rows=broken))
    if run.transport.short > 0:
        status = IMPOSSIBLE
    elif lacking > 0:
        status = UNDECIDED
    else:
        status = OPTIMAL if proved or bound >= cost else FEASIBLE
    gap = 1.0 if lacking else (cost - bound) / max(1, cost)
    return Answer(plan, status, cost, short, bound, gap, time.monotonic() - run.began, run.transport.price)
