"""Whether any plan keeps the wishes: quick proofs, then a program of whole units in whole numbers (docs/method/zone_wishes.md)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from ortools.math_opt.python import mathopt

from catchment.errors import Infeasible, problem
from catchment.zoning.bounds import transport_bound
from catchment.zoning.corridors import grown_on_corridors
from catchment.zoning.exact import Effort, _without_known_noise
from catchment.zoning.improve import improve
from catchment.zoning.model import NONE, Flags, Instance, Ints
from catchment.zoning.pieces import cuts_of_zone
from catchment.zoning.proofs import Proof, quick_proof, ways
from catchment.zoning.search import annealed
from catchment.zoning.verify import faults
from catchment.zoning.wishes import Case, Town, Wish, broken, case_of, cost_of, instance_from

PLAN, NO_PLAN, UNDECIDED = "plan found", "no plan", "undecided"
DIRECT, LARGEST, LONG_SECONDS = 300, 50_000, 1e7
"""Pairs of unit and school up to which the program is asked before the search, and at all."""
STARTS, STEPS_PER_UNIT, PARTS, ROUNDS, NODES = 2, 200, 4, 10, 500
"""Work of the search for a plan: annealings, then programs of a few zones each until nobody is over the seats."""


@dataclass(frozen=True)
class Decision:
    """status: "plan found", "no plan" or "undecided" within the effort; zone: (units,) the plan; proof: None if the program's."""

    status: str
    zone: Ints | None = None
    proof: Proof | None = None


def decide(town: Town, wishes: Sequence[Wish], effort: Effort) -> Decision:
    """Is there a plan that keeps all wishes? Every plan found is checked against the town.

    effort.nodes: of the program; effort.seconds may be infinite: then the same effort decides the same anywhere.
    """
    case = case_of(town, wishes)
    proof = quick_proof(case)
    if proof:
        return Decision(NO_PLAN, proof=proof)
    status, zone = _by_search_or_program(town, case, wishes, effort)
    if zone is None:
        return Decision(status)
    zone = zone[case.group]
    if broken(town, wishes, zone):
        raise Infeasible(problem("the solver's zones break the rules", "report this with the run folder"))
    return Decision(PLAN, zone)


def _by_search_or_program(town: Town, case: Case, wishes: Sequence[Wish], effort: Effort) -> tuple[str, Ints | None]:
    allowed = ways(case, whole=True)
    cost = cost_of(town, case)
    pairs = int(allowed.sum())
    if pairs > DIRECT:
        zone = _searched(replace(case, allowed=allowed), cost, effort)
        if zone is not None and not broken(town, wishes, zone[case.group]):
            return PLAN, zone
    if pairs > LARGEST:
        return UNDECIDED, None
    return _Program(case, cost, allowed).solve(effort)


def nearest_plan(town: Town, wishes: Sequence[Wish], effort: Effort) -> Ints | None:
    """(units,) zones that keep all wishes but those of seats and least numbers, with as few children as the search finds over or
    short of these; None if it finds none.
    """
    case = case_of(town, wishes)
    allowed = ways(case, whole=False)
    if not allowed.any(axis=1).all():
        return None
    zone = _searched(replace(case, allowed=allowed), cost_of(town, case), effort)
    return None if zone is None else zone[case.group]


def _searched(case: Case, cost: Ints, effort: Effort) -> Ints | None:
    """Zones with as few children over the seats and missing to the least as the search finds, the first where fewer cannot be; None if
    it finds none.
    """
    instance = instance_from(case, cost)
    transport = transport_bound(instance)
    grown = grown_on_corridors(case, cost, transport.price)
    if grown is None:
        return None
    deadline, steps = time.monotonic() + effort.seconds, STEPS_PER_UNIT * instance.units
    best = grown
    for start in range(STARTS):
        plan, _ = annealed(instance, grown, steps=steps, seed=effort.seed + start)
        best = min(best, plan, key=instance.worth)
        if instance.excess(best) <= transport.short:
            return best
    for part in range(PARTS):
        left = deadline - time.monotonic()
        if instance.excess(best) <= transport.short or left <= 0:
            break
        tried = Effort(seconds=left, nodes=NODES, seed=effort.seed + part)
        best = improve(instance, transport, best, rounds=ROUNDS, effort=tried).plan
    return best


class _Program:
    """x[row, school] = 1 where the row is in the school's zone; the first plan met ends it."""

    def __init__(self, case: Case, cost: Ints, allowed: Flags) -> None:
        self.instance, self.model = _rooted(case, allowed), mathopt.Model()
        pairs = np.argwhere(allowed).tolist()
        self.x = {(row, school): self.model.add_binary_variable() for row, school in pairs}
        of_row: list[list[mathopt.Variable]] = [[] for _ in range(len(case.children))]
        load: list[list[mathopt.LinearTerm]] = [[] for _ in range(len(case.seats))]
        for (row, school), x in self.x.items():
            of_row[row].append(x)
            load[school].append(int(case.children[row]) * x)
        for choices in of_row:
            self.model.add_linear_constraint(mathopt.fast_sum(choices) == 1)
        for school, terms in enumerate(load):
            least, most = int(case.least[school]), int(case.seats[school])
            self.model.add_linear_constraint(lb=least, ub=most, expr=mathopt.fast_sum(terms))
        # Any plan will do: the cost only leads to zones that are likely to be in one piece.
        dearest = max(1.0, float(cost.max(initial=1)))
        self.model.minimize(mathopt.fast_sum([float(cost[pair]) / dearest * x for pair, x in self.x.items()]))

    def solve(self, effort: Effort) -> tuple[str, Ints | None]:
        parameters = mathopt.SolveParameters(
            time_limit=timedelta(seconds=min(max(effort.seconds, 0.01), LONG_SECONDS)), node_limit=effort.nodes,
            solution_limit=1, random_seed=effort.seed, threads=1, presolve=mathopt.Emphasis.OFF, cuts=mathopt.Emphasis.OFF,
        )  # fmt: skip
        registration = mathopt.CallbackRegistration(events={mathopt.Event.MIP_SOLUTION}, add_lazy_constraints=True)
        try:
            with _without_known_noise():
                result = mathopt.solve(
                    self.model,
                    mathopt.SolverType.GSCIP,
                    params=parameters,
                    callback_reg=registration,
                    cb=self._separate,
                )
        except (AttributeError, RuntimeError, ValueError):
            # SCIP stops now and then with an error of its own: nothing is decided by that.
            return UNDECIDED, None
        if result.has_primal_feasible_solution():
            return self._checked(self._zone(result.variable_values()))
        ended = result.termination.reason == mathopt.TerminationReason.INFEASIBLE
        return (NO_PLAN if ended else UNDECIDED), None

    def _zone(self, values: dict[mathopt.Variable, float]) -> Ints:
        zone = np.full(self.instance.units, NONE, dtype=np.int64)
        for (row, school), x in self.x.items():
            if values[x] > 0.5:
                zone[row] = school
        return zone

    def _separate(self, data: mathopt.CallbackData) -> mathopt.CallbackResult:
        """Every zone of a candidate that is in several pieces is cut off."""
        answer = mathopt.CallbackResult()
        assert data.solution is not None
        zone = self._zone(data.solution)
        for school in range(self.instance.schools):
            for inside, between in cuts_of_zone(self.instance, zone == school, school):
                terms = [self.x[row, school] for row in inside]
                gate = [self.x[row, school] for row in between]
                answer.add_lazy_constraint(mathopt.fast_sum(terms) <= len(terms) - 1 + mathopt.fast_sum(gate))
        return answer

    def _checked(self, zone: Ints) -> tuple[str, Ints]:
        wrong = faults(self.instance, zone)
        if wrong:
            raise Infeasible(
                problem("the solver's zones break the rules", "report this with the run folder", rows=wrong)
            )
        return PLAN, zone


def _rooted(case: Case, allowed: Flags) -> Instance:
    """The case for cuts: a school that some row must go to has its root there."""
    home = case.home.copy()
    for row in np.flatnonzero(allowed.sum(axis=1) == 1).tolist():
        school = int(np.flatnonzero(allowed[row])[0])
        if home[school] == NONE:
            home[school] = row
    return instance_from(replace(case, home=home, allowed=allowed), np.zeros(allowed.shape, dtype=np.int64))
