"""Which project opens in which year, for all scenarios at once, with a proven gap (docs/method/siting.md)."""

import time
from dataclasses import dataclass, replace

import numpy as np

from catchment.errors import Infeasible, problem
from catchment.siting.branching import Ints
from catchment.siting.instance import NOT_BUILT, PlanInstance, check_instance
from catchment.siting.master import Master, Proposal, Row, opening_years
from catchment.siting.outlook import Outlook, Trial
from catchment.siting.recheck import opening_faults, plan_faults, scenario_costs, seats_in, spent_yuan

OPTIMAL, FEASIBLE = "optimal", "feasible"
CLOSER = 0.02


@dataclass(frozen=True)
class PlanWork:
    """gap: share of the objective that is near enough; seconds: for all; shares: most rounds in shares of options;
    slow: such rounds end when three of them raise the bound by less than this share.
    """

    gap: float = 0.0
    seconds: float = 600.0
    shares: int = 60
    slow: float = 2e-4


@dataclass(frozen=True)
class PlanAnswer:
    """opens: (options,) plan year, −1 where not chosen; objective, bound (no plan is below it), gap: (objective − bound) /
    objective, or / the greatest of `own` where regret is the objective.

    status: optimal (nothing is left below the objective) or feasible (within the gap, or time was over); costs: (scenarios,);
    own: (scenarios,) the least cost of each alone, where regret is the objective; unmet: (scenarios, years) children; seats:
    (years, facilities); use: (scenarios, years, facilities) children; spent_yuan: (plan years,); cuts: what was learnt of the seatings:
    it is true for other budgets, dates and orders too.
    """

    opens: Ints
    objective: int
    bound: int
    gap: float
    status: str
    costs: Ints
    own: Ints
    unmet: Ints
    seats: Ints
    use: Ints
    spent_yuan: Ints
    rounds: int
    seconds: float
    cuts: tuple[Row, ...]


def solve_plan(instance: PlanInstance, work: PlanWork | None = None, near: PlanAnswer | None = None) -> PlanAnswer:
    """The plan with the least expected cost, cost in the worst scenario, or greatest regret over the scenarios.

    A program chooses openings; every year of every scenario is seated exactly by flow, whose prices cut the program (Benders).
    near: an answer to the same instance but for its budgets, dates, orders and choices: what it learnt and, where it may, its plan
    are the start.
    expected: Σ chance × cost of a scenario; worst: the greatest cost; regret: the greatest excess over that scenario's own best plan.
    Raises InputError for an instance that cannot be right, Infeasible if what must open cannot, or a plan breaks a rule.
    """
    work, began = work or PlanWork(), time.monotonic()
    check_instance(instance)
    own = np.zeros(len(instance.chance), dtype=np.int64)
    if instance.objective == "regret":
        own = np.array([_alone(instance, scenario, work) for scenario in range(len(own))], dtype=np.int64)
    run = _Run(instance, own, work, began, near.cuts if near else ())
    if not instance.must:
        run.consider(run.opens)
    if near and not opening_faults(instance, near.opens):
        run.consider(near.opens)
    run.in_shares()
    run.in_whole()
    return _answer(run)


def _alone(instance: PlanInstance, scenario: int, work: PlanWork) -> int:
    """The least cost found when that scenario is known to come; it may take a share of half the time.

    Regret is a small difference of great costs: what is subtracted is found more closely than the gap allowed.
    """
    one = slice(scenario, scenario + 1)
    alone = replace(instance, children=instance.children[one], chance=np.ones(1, dtype=np.int64), objective="expected")
    share = replace(work, gap=work.gap * CLOSER, seconds=work.seconds / 2 / len(instance.chance))
    return solve_plan(alone, share).objective


class _Run:
    """The program above, the seatings below, the best plan and the bound."""

    def __init__(self, instance: PlanInstance, own: Ints, work: PlanWork, began: float, cuts: tuple[Row, ...]) -> None:
        self.instance, self.own, self.work, self.began = instance, own, work, began
        self.outlook = Outlook(instance)
        self.best: Trial | None = None
        self.opens = np.full(len(instance.options), NOT_BUILT, dtype=np.int64)
        self.known, self.bound, self.rounds = 0, -np.inf, 0
        nothing = self.outlook.trial(np.zeros((len(instance.options), instance.plan_years)))
        scale = max(1.0, float(self.outlook.objective(nothing, own)) / 1e5)
        self.master = Master(instance, self.outlook.groups, scale)
        self.outlook.frame(self.master, own)
        self.first_cut = len(self.master.rows)
        self.master.rows += cuts

    def left(self) -> float:
        return self.work.seconds - (time.monotonic() - self.began)

    def gap(self) -> float:
        """Share of the objective that may be left below it; endless before there is a plan."""
        return np.inf if self.best is None else max(0.0, self.known - self.bound) / self.size()

    def size(self) -> int:
        """What a gap is a share of: a regret is a small difference of costs, so there it is the greatest of them."""
        return max(1, abs(self.known), int(self.own.max(initial=0)))

    def consider(self, opens: Ints) -> bool:
        """Seat the children with these openings, cut the program by their prices; whether it is a plan."""
        years = np.arange(self.instance.plan_years)
        there = ((opens[:, None] != NOT_BUILT) & (opens[:, None] <= years)).astype(float)
        trial = self.outlook.trial(there)
        self.outlook.cut(self.master, trial)
        if trial.starved:
            return False
        value = self.outlook.objective(trial, self.own)
        if self.best is None or value < self.known:
            self.best, self.known, self.opens = trial, value, opens
        return True

    def in_shares(self) -> None:
        """Rounds with options in shares, tried half way to the mean of what was proposed before; they are cheap and lift the bound."""
        history: list[float] = []
        centre = None
        for _ in range(self.work.shares):
            found = self.master.solve(whole=False, gap=0.0, seconds=self.left())
            if found is None or not found.ended or self.left() < self.work.seconds / 2:
                return
            self.rounds += 1
            self.bound = max(self.bound, found.bound)
            history.append(found.bound)
            centre = found.there if centre is None else (centre + found.there) / 2
            self.outlook.cut(self.master, self.outlook.trial(centre))
            slow = self.work.slow * max(1.0, abs(found.bound))
            if self.gap() <= self.work.gap or (len(history) > 3 and history[-1] - history[-4] < slow):
                return

    def in_whole(self) -> None:
        """Rounds with whole options until nothing is left between the best plan and the bound."""
        tried: set[tuple[int, ...]] = set()
        while not self._near() and self.left() > 0:
            found = self.master.solve(
                whole=True, gap=self.work.gap / 4 * self.size() / max(1, abs(self.known)), seconds=self.left()
            )
            self.rounds += 1
            # Plans forbidden in the program have been seated exactly: nothing is below the best and the program's bound.
            below = np.inf if found is None else found.bound
            self.bound = max(self.bound, below if self.best is None else min(below, float(self.known)))
            if found is None:
                return
            if found.ended and not self._near():
                self._try(found, tried)

    def _try(self, found: Proposal, tried: set[tuple[int, ...]]) -> None:
        opens = opening_years(found.there)
        key = tuple(opens.tolist())
        if key in tried or opening_faults(self.instance, opens) or not self.consider(opens):
            self.master.forbid(opens)
        tried.add(key)

    def _near(self) -> bool:
        # The objective is a whole number: a bound above the one below it proves it.
        return self.best is not None and (self.bound > self.known - 1 or self.gap() <= self.work.gap)


def _answer(run: _Run) -> PlanAnswer:
    instance, trial, opens = run.instance, run.best, run.opens
    if trial is None:
        what, remedy = "no plan has the projects that must open", "allow more budget, time or fewer such projects"
        raise Infeasible(problem(what, remedy, rows=instance.must))
    seated = run.outlook.children_at(trial)
    costs = scenario_costs(instance, opens, seated)
    broken = plan_faults(instance, opens, seated)
    if broken or run.outlook.of_costs(costs, run.own) != run.known:
        what, remedy = "the solver's plan breaks the rules", "report this with the run folder"
        raise Infeasible(problem(what, remedy, rows=broken))
    bound = min(run.known, int(np.ceil(run.bound)) if np.isfinite(run.bound) else 0)
    use = seated.sum(axis=2)
    years = range(instance.children.shape[1])
    return PlanAnswer(
        opens, run.known, bound, (run.known - bound) / run.size(), OPTIMAL if bound >= run.known else FEASIBLE,
        np.array(costs), run.own, instance.children.sum(axis=2) - use.sum(axis=2),
        np.array([seats_in(instance, opens, year) for year in years]), use, np.array(spent_yuan(instance, opens)),
        run.rounds, time.monotonic() - run.began, tuple(run.master.rows[run.first_cut :]),
    )  # fmt: skip
