"""One town, or a part of one, as a mixed-integer program with contiguity cut in lazily (docs/method/zoning.md)."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from ortools.math_opt.python import mathopt

from catchment.zoning.model import NONE, Flags, Instance, Ints
from catchment.zoning.pieces import cuts_of_zone


@dataclass(frozen=True)
class Effort:
    """How long a program may be worked on: whichever comes first; seconds may be infinite. gap: share of the cost that is near enough.

    bound: whether the bound is what is wanted: the solver's presolve and cuts lift it, and cost parts of a town up to 4 times the time.
    any_plan: whether the first plan met is enough.
    """

    seconds: float
    nodes: int
    gap: float = 0.0
    seed: int = 0
    bound: bool = False
    any_plan: bool = False


LONG_SECONDS = 1e7
"""What the solver is told where no time is set."""


@dataclass(frozen=True)
class Found:
    """zone: None if no plan was found; bound: no plan of the columns given costs less; proved: nothing is left to find."""

    zone: Ints | None
    bound: float
    proved: bool


def solve_exactly(instance: Instance, columns: Flags, effort: Effort, *, start: Ints | None = None) -> Found:
    """Zones of least cost among the columns (units, schools), each zone in one piece. start: a plan to begin with."""
    program = _Program(instance, columns)
    registration = mathopt.CallbackRegistration(events={mathopt.Event.MIP_SOLUTION}, add_lazy_constraints=True)
    quick = None if effort.bound else mathopt.Emphasis.OFF
    parameters = mathopt.SolveParameters(
        time_limit=timedelta(seconds=min(max(effort.seconds, 0.01), LONG_SECONDS)), node_limit=effort.nodes, relative_gap_tolerance=effort.gap,
        solution_limit=1 if effort.any_plan else None, random_seed=effort.seed, threads=1, presolve=quick, cuts=quick,
        heuristics=None if effort.bound else mathopt.Emphasis.LOW,
    )  # fmt: skip
    hints = [program.hint(start)] if start is not None else []
    try:
        with _without_known_noise():
            result = mathopt.solve(
                program.model, mathopt.SolverType.GSCIP, params=parameters, callback_reg=registration,
                cb=program.separate, model_params=mathopt.ModelSolveParameters(solution_hints=hints),
            )  # fmt: skip
    except (AttributeError, RuntimeError, ValueError):
        # SCIP stops now and then with an error of its own (branching on a fixed variable): the plan in hand stays.
        return Found(None, -np.inf, proved=False)
    reason = result.termination.reason
    ended = reason in {mathopt.TerminationReason.OPTIMAL, mathopt.TerminationReason.INFEASIBLE}
    found = program.zone(result.variable_values()) if result.has_primal_feasible_solution() else None
    bound = result.termination.objective_bounds.dual_bound * program.scale
    return Found(found, bound, ended)


@contextmanager
def _without_known_noise() -> Iterator[None]:
    """Two lines that SCIP writes to file 2 whenever a callback is registered, and which mean nothing, are left out."""
    sys.stderr.flush()
    shown = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(shown, 2)
            os.close(shown)
            said.seek(0)
            for line in said.read().decode("utf-8", "replace").splitlines():
                if not line.startswith(("[scip_event.c:", "[gscip_event_handler.cc:")):
                    sys.stderr.write(line + "\n")


class _Program:
    """x[unit, school] = 1 where the unit is in the school's zone."""

    def __init__(self, instance: Instance, columns: Flags) -> None:
        self.instance, self.model = instance, mathopt.Model()
        self.scale = max(1.0, float(instance.cost[columns].max(initial=1)) / 1e4)
        units, schools = np.nonzero(columns)
        self.pairs = list(zip(units.tolist(), schools.tolist(), strict=True))
        self.x = {pair: self.model.add_binary_variable() for pair in self.pairs}
        self.variables = list(self.x.values())
        of_unit: dict[int, list[mathopt.Variable]] = {unit: [] for unit in range(instance.units)}
        of_school: dict[int, list[int]] = {school: [] for school in range(instance.schools)}
        for (unit, school), x in self.x.items():
            of_unit[unit].append(x)
            of_school[school].append(unit)
        for terms in of_unit.values():
            self.model.add_linear_constraint(mathopt.fast_sum(terms) == 1)
        total = [float(instance.cost[pair]) / self.scale * x for pair, x in self.x.items()]
        self.model.minimize(mathopt.fast_sum(total + self._seats(of_school)))

    def _seats(self, of_school: dict[int, list[int]]) -> list[mathopt.LinearTerm]:
        """The rows of seats, and what the children over them cost: self.spare are their numbers where there may be some."""
        instance = self.instance
        self.spare: dict[tuple[int, int], mathopt.Variable] = {}
        for school, units in of_school.items():
            for row in range(instance.weight.shape[1]):
                terms = [int(instance.weight[unit, row]) * self.x[unit, school] for unit in units]
                if instance.over is not None:
                    self.spare[school, row] = self.model.add_variable(lb=0)
                    terms.append(-1 * self.spare[school, row])
                self.model.add_linear_constraint(mathopt.fast_sum(terms) <= int(instance.room[school, row]))
        return [float(instance.over or 0) / self.scale * x for x in self.spare.values()]

    def zone(self, values: dict[mathopt.Variable, float]) -> Ints:
        zone = np.full(self.instance.units, NONE, dtype=np.int64)
        for (unit, school), x in self.x.items():
            if values.get(x, 0.0) > 0.5:
                zone[unit] = school
        return zone

    def hint(self, start: Ints) -> mathopt.SolutionHint:
        values = {x: float(start[unit] == school) for (unit, school), x in self.x.items()}
        load = np.zeros_like(self.instance.room)
        np.add.at(load, start, self.instance.weight)
        excess = np.maximum(load - self.instance.room, 0)
        values |= {x: float(excess[place]) for place, x in self.spare.items()}
        return mathopt.SolutionHint(variable_values=values)

    def separate(self, data: mathopt.CallbackData) -> mathopt.CallbackResult:
        """Every zone of a candidate that is not in one piece is cut off by a minimal separator."""
        answer = mathopt.CallbackResult()
        assert data.solution is not None
        zone = self.zone(data.solution)
        for school in range(self.instance.schools):
            for inside, between in cuts_of_zone(self.instance, zone == school, school):
                terms = [self.x[unit, school] for unit in inside if (unit, school) in self.x]
                gate = [self.x[unit, school] for unit in between if (unit, school) in self.x]
                answer.add_lazy_constraint(mathopt.fast_sum(terms) <= len(terms) - 1 + mathopt.fast_sum(gate))
        return answer
