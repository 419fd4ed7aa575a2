"""Whether any plan keeps the wishes: quick proofs, then a program of whole units in whole numbers (docs/method/zone_wishes.md)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from catchment.errors import Infeasible, problem
from catchment.zoning.bounds import transport_bound
from catchment.zoning.corridors import grown_on_corridors
from catchment.zoning.exact import Effort, solve_exactly
from catchment.zoning.improve import improve
from catchment.zoning.model import NONE, Flags, Instance, Ints
from catchment.zoning.proofs import Proof, quick_proof, ways
from catchment.zoning.search import annealed
from catchment.zoning.verify import faults
from catchment.zoning.wishes import Case, Town, Wish, broken, case_of, cost_of, instance_from

PLAN, NO_PLAN, UNDECIDED = "plan found", "no plan", "undecided"
DIRECT, LARGEST = 300, 50_000
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
    return _by_program(case, cost, allowed, effort)


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


def _by_program(case: Case, cost: Ints, allowed: Flags, effort: Effort) -> tuple[str, Ints | None]:
    """The first plan that the program meets, or its proof that there is none. The cost leads it to zones likely to be in one piece."""
    instance = _rooted(case, cost, allowed)
    found = solve_exactly(instance, allowed, replace(effort, any_plan=True))
    if found.zone is None:
        return (NO_PLAN if found.proved else UNDECIDED), None
    wrong = faults(instance, found.zone)
    if wrong:
        raise Infeasible(problem("the solver's zones break the rules", "report this with the run folder", rows=wrong))
    return PLAN, found.zone


def _rooted(case: Case, cost: Ints, allowed: Flags) -> Instance:
    """The case for cuts: a school that some row must go to has its root there."""
    home = case.home.copy()
    for row in np.flatnonzero(allowed.sum(axis=1) == 1).tolist():
        school = int(np.flatnonzero(allowed[row])[0])
        if home[school] == NONE:
            home[school] = row
    return instance_from(replace(case, home=home, allowed=allowed), cost)
