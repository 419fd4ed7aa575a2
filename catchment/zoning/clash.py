"""Wishes that cannot hold together: a set of them none of which can be left out, and its proof (docs/method/zone_wishes.md)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from catchment.zoning.exact import Effort
from catchment.zoning.model import Ints
from catchment.zoning.proofs import CHILDREN, CUT_OFF, QUICK, SEATS, WHOLE, Proof, quick_proof
from catchment.zoning.whole import NO_PLAN, UNDECIDED, decide
from catchment.zoning.wishes import KINDS, Case, Town, Wish, case_of

__all__ = ["CHILDREN", "CUT_OFF", "SEATS", "WHOLE", "Clash", "Clashes", "clash_of", "clashes_of", "fewest"]

SMALL, FEW = 20_000, 60
"""Pairs of unit and school, and wishes, up to which each wish is left out once more with the program as judge."""

Test = Callable[[Sequence[Wish]], bool]


@dataclass(frozen=True)
class Clash:
    """Wishes that no plan can keep together.

    proof: "cut off": the units have no school that they may go to and have a way to through units that may too; "seats": the
    units can only go to the schools, their children are more than places; "children": the schools ask for places children and
    only the units, with fewer, can go there; "whole": whole units in whole zones do not fit, though children one by one might.
    irreducible: without any one of the wishes a plan was found; False if that was only seen by the same kind of proof.
    alike: further limits of as many metres, each of which cuts its own unit off just as the one told; the units and children are with
    theirs.
    """

    wishes: tuple[Wish, ...]
    proof: str
    units: tuple[int, ...]
    schools: tuple[int, ...]
    children: int
    places: int
    irreducible: bool
    alike: tuple[Wish, ...] = ()

    @property
    def all(self) -> tuple[Wish, ...]:
        return self.wishes + self.alike


@dataclass(frozen=True)
class Clashes:
    """Clashes without a wish in common; status of what is left without their wishes: "plan found", "no plan" (there are more of
    them), or "undecided".
    """

    found: tuple[Clash, ...]
    status: str


def clash_of(town: Town, wishes: Sequence[Wish], effort: Effort) -> Clash | None:
    """A clash among the wishes; None if there is a plan, or if nothing was proved within the effort (`clashes_of` tells which)."""
    return _clash(town, wishes, effort) if decide(town, wishes, effort).status == NO_PLAN else None


def clashes_of(town: Town, wishes: Sequence[Wish], effort: Effort, *, most: int = 5) -> Clashes:
    """Clashes one after another, each among the wishes that the ones before do not need.

    effort: of each question put to the program, of which a clash in whole units takes many, and of leaving wishes out by quick proofs.
    """
    found: list[Clash] = []
    left = list(wishes)
    while True:
        decision = decide(town, left, effort)
        if decision.status != NO_PLAN or len(found) == most:
            return Clashes(tuple(found), decision.status)
        found.append(_clash(town, left, effort))
        mine = {id(wish) for wish in found[-1].all}
        left = [wish for wish in left if id(wish) not in mine]
        if not mine:
            return Clashes(tuple(found), decision.status)


def _clash(town: Town, wishes: Sequence[Wish], effort: Effort) -> Clash:
    """The clash of wishes that are known to have no plan."""
    case = case_of(town, wishes)
    judge = next((proof for proof in QUICK if proof(case)), None)
    if judge is None:
        kept, sure = _by_program(town, wishes, effort)
        return _told(town, kept, wishes, sure=sure)
    first = judge(case)
    assert first is not None

    def proved(chosen: Sequence[Wish]) -> bool:
        return judge(case_of(town, chosen)) is not None

    kept = fewest(proved, _concerned(proved, wishes, case, first), seconds=effort.seconds)
    sure = False
    if town.units * town.schools <= SMALL and len(kept) <= FEW:
        kept, sure = _without_the_needless(town, kept, effort)
    return _told(town, kept, wishes, sure=sure)


def _by_program(town: Town, wishes: Sequence[Wish], effort: Effort) -> tuple[list[Wish], bool]:
    undecided = []

    def impossible(chosen: Sequence[Wish]) -> bool:
        status = decide(town, chosen, effort).status
        undecided.append(status == UNDECIDED)
        return status == NO_PLAN

    kept = fewest(impossible, _without_kinds(impossible, wishes))
    return kept, not any(undecided)


def _without_the_needless(town: Town, wishes: list[Wish], effort: Effort) -> tuple[list[Wish], bool]:
    """A quick proof may need a wish that a better proof does not: each is left out once, with the program as judge."""
    kept, sure = wishes, True
    for wish in wishes:
        rest = [other for other in kept if other is not wish]
        status = decide(town, rest, effort).status
        kept = rest if status == NO_PLAN else kept
        sure = sure and status != UNDECIDED
    return kept, sure


def _concerned(impossible: Test, wishes: Sequence[Wish], case: Case, proof: Proof) -> list[Wish]:
    """The wishes on the units and schools of the proof if they are enough, else those of the kinds that are needed."""
    units = set(np.flatnonzero(np.isin(case.group, proof.rows)).tolist())
    schools = set(proof.schools.tolist())
    near = [wish for wish in wishes if not units.isdisjoint(wish.units) or (not wish.units and wish.school in schools)]
    return _without_kinds(impossible, near if impossible(near) else wishes)


def _without_kinds(impossible: Test, wishes: Sequence[Wish]) -> list[Wish]:
    """Whole kinds of wishes are left out first where that changes nothing; the rest in a fixed order."""
    kept = sorted(
        wishes, key=lambda wish: (KINDS.index(wish.kind), wish.units, -1 if wish.school is None else wish.school)
    )
    for kind in KINDS:
        rest = [wish for wish in kept if wish.kind != kind]
        if len(rest) < len(kept) and impossible(rest):
            kept = rest
    return kept


def fewest(impossible: Test, wishes: Sequence[Wish], *, seconds: float = np.inf) -> list[Wish]:
    """Of wishes that are impossible together some none of which can be left out (QuickXplain, Junker 2004).

    Halves are left out whole, so a clash of c among n wishes takes about 2 c log(n / c) + 2 c tests. When the seconds are over, wishes
    not looked at yet stay: together they are impossible all the same.
    """
    deadline = time.monotonic() + seconds

    def part(fixed: list[Wish], rest: list[Wish], *, grown: bool) -> list[Wish]:
        if time.monotonic() > deadline:
            return rest
        if grown and impossible(fixed):
            return []
        if len(rest) == 1:
            return rest
        first, second = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        of_second = part(fixed + first, second, grown=True)
        return part(fixed + of_second, first, grown=bool(of_second)) + of_second

    return part([], list(wishes), grown=True) if wishes else []


def _told(town: Town, wishes: Sequence[Wish], others: Sequence[Wish], *, sure: bool) -> Clash:
    """The clash with the plainest proof that its own wishes have. others: those asked beside them."""
    case = case_of(town, wishes)
    proof = quick_proof(case)
    if proof is None:
        named = sorted({unit for wish in wishes for unit in wish.units})
        proof = Proof(WHOLE, np.unique(case.group[named]), _schools(wishes))
    alike = _alike(town, wishes[0], others) if len(wishes) == 1 and wishes[0].kind == "distance" else ()
    more = {wish.units[0] for wish in alike}
    units = np.array(sorted(more.union(np.flatnonzero(np.isin(case.group, proof.rows)).tolist())), dtype=np.int64)
    room = case.least if proof.kind == CHILDREN else case.seats
    return Clash(
        tuple(wishes), proof.kind, tuple(units.tolist()), tuple(proof.schools.tolist()), int(town.children[units].sum()),
        int(room[proof.schools].sum()), sure, alike,
    )  # fmt: skip


def _alike(town: Town, limit: Wish, wishes: Sequence[Wish]) -> tuple[Wish, ...]:
    """Limits of as many metres of other units that have no school so near."""
    nearest = np.where(town.reached, town.distance_m, np.iinfo(np.int64).max).min(axis=1)
    return tuple(
        wish
        for wish in wishes
        if wish is not limit
        and (wish.kind, wish.amount) == ("distance", limit.amount)
        and nearest[wish.units[0]] > (limit.amount or 0)
    )


def _schools(wishes: Sequence[Wish]) -> Ints:
    return np.array(sorted({wish.school for wish in wishes if wish.school is not None}), dtype=np.int64)
