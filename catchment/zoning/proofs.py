"""Quick proofs that no plan keeps the wishes: no way, no seat, too few children, units too large (docs/method/zone_wishes.md)."""

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
from ortools.graph.python import max_flow
from scipy.sparse import coo_array, csgraph

from catchment.zoning.model import Flags, Ints, adjacency
from catchment.zoning.wishes import Case

CUT_OFF, SEATS, CHILDREN, WHOLE = "cut off", "seats", "children", "whole"


@dataclass(frozen=True)
class Proof:
    """Why there is no plan. rows: of the case; schools: those meant.

    cut off: the rows have no school; seats: the rows can only go to the schools, and have more children than these take;
    children: only the rows can go to the schools, and have fewer children than these ask for; whole: whole units do not fit.
    """

    kind: str
    rows: Ints
    schools: Ints


def nowhere(case: Case) -> Proof | None:
    """Rows that may go to no school."""
    rows = np.flatnonzero(~case.allowed.any(axis=1))
    return Proof(CUT_OFF, rows, np.zeros(0, dtype=np.int64)) if len(rows) else None


def too_few(case: Case) -> Proof | None:
    """Children without a seat, or schools without children, when children could go one by one and zones fall apart.

    Both flows may be looked for apart: if each exists, one exists that does both (Mendelsohn and Dulmage).
    """
    above = np.flatnonzero(case.least > case.seats)
    if len(above):
        return Proof(CHILDREN, np.zeros(0, dtype=np.int64), above[:1])
    return _short_of_seats(case, case.allowed) or _short_of_children(case, case.allowed)


def no_way(case: Case) -> Proof | None:
    """Rows that may go to schools, but have no way to any of them through rows that may go there too."""
    rows = np.flatnonzero(~ways(case, whole=False).any(axis=1))
    return Proof(CUT_OFF, rows, np.zeros(0, dtype=np.int64)) if len(rows) else None


def too_few_on_ways(case: Case) -> Proof | None:
    """`too_few` with only the schools that a row has a way to."""
    allowed = ways(case, whole=False)
    return _short_of_seats(case, allowed) or _short_of_children(case, allowed)


def too_large(case: Case) -> Proof | None:
    """Rows that fit whole into no school that they have a way to, beside the rows that must go there."""
    allowed = ways(case, whole=True)
    rows = np.flatnonzero(~allowed.any(axis=1))
    if len(rows):
        return Proof(WHOLE, rows, np.flatnonzero(case.allowed[rows].any(axis=0)))
    found = _short_of_seats(case, allowed) or _short_of_children(case, allowed)
    return Proof(WHOLE, found.rows, found.schools) if found else None


QUICK: tuple[Callable[[Case], Proof | None], ...] = (nowhere, too_few, no_way, too_few_on_ways, too_large)
"""From the cheapest and plainest on."""


def quick_proof(case: Case) -> Proof | None:
    """The plainest quick proof that the case has no plan, if there is one."""
    return next((found for proof in QUICK if (found := proof(case))), None)


def ways(case: Case, *, whole: bool) -> Flags:
    """(rows, schools) without the pairs that no plan can hold.

    A row that may go to one school only is in its zone, so the others of this zone need a way to it through rows that may go
    there too; what is left may fix further rows, and so on. whole: with the rows that must go there, a row must fit.
    """
    allowed = case.allowed.copy()
    first, neighbour = adjacency(case.pairs, len(case.children))
    seats = case.seats if whole else np.full_like(case.seats, case.children.sum())
    _thin(allowed, first, neighbour, case.children, seats)
    return allowed


@numba.njit(cache=True, nogil=True)
def _thin(allowed: Flags, first: Ints, neighbour: Ints, children: Ints, seats: Ints) -> None:
    """Takes pairs out of `allowed` until nothing more follows, or a row has none left."""
    rows, schools = allowed.shape
    seen, stack = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    stamp, changed = 0, True
    while changed:
        changed = False
        root, load, must = np.full(schools, -1), np.zeros(schools, np.int64), np.full(rows, -1)
        for i in range(rows):
            count, only = 0, -1
            for k in range(schools):
                if allowed[i, k]:
                    count, only = count + 1, k
            if count == 0:
                return
            if count == 1:
                root[only], must[i] = i, only
                load[only] += children[i]
        for k in range(schools):
            if root[k] >= 0:
                stamp += 1
                changed |= _unreached(allowed, first, neighbour, k, root[k], seen, stack, stamp)
            for i in range(rows):
                if allowed[i, k] and must[i] != k and load[k] + children[i] > seats[k]:
                    allowed[i, k], changed = False, True


@numba.njit(cache=True, nogil=True)
def _unreached(
    allowed: Flags, first: Ints, neighbour: Ints, school: int, root: int, seen: Ints, stack: Ints, stamp: int
) -> bool:
    """Takes out of `allowed` what the root does not reach; whether there was any."""
    stack[0], size, removed = root, 1, False
    seen[root] = stamp
    while size:
        size -= 1
        here = stack[size]
        for place in range(first[here], first[here + 1]):
            other = neighbour[place]
            if allowed[other, school] and seen[other] != stamp:
                seen[other] = stamp
                stack[size] = other
                size += 1
    for i in range(len(seen)):
        if allowed[i, school] and seen[i] != stamp:
            allowed[i, school], removed = False, True
    return removed


def _short_of_seats(case: Case, allowed: Flags) -> Proof | None:
    """Hall: rows with more children than seats where they may go, from the least cut of the greatest flow."""
    some = np.flatnonzero(case.children > 0)
    alike, kind = _alike(allowed[some])
    children = np.bincount(kind, weights=case.children[some], minlength=len(alike)).astype(np.int64)
    reached = _cut(children, alike, case.seats)
    if reached is None:
        return None
    part = _one_part(alike, children, reached)
    return Proof(SEATS, some[part[kind]], np.flatnonzero(alike[part].any(axis=0)))


def _short_of_children(case: Case, allowed: Flags) -> Proof | None:
    """Hall the other way: schools that ask for more children than live where they may come from."""
    if not case.least.any():
        return None
    some = np.flatnonzero(case.children > 0)
    alike, kind = _alike(allowed[some])
    children = np.bincount(kind, weights=case.children[some], minlength=len(alike)).astype(np.int64)
    asking = np.flatnonzero(case.least > 0)
    # The flow the other way round: what the schools ask for goes to the rows.
    reached = _cut(case.least[asking], alike[:, asking].T, children)
    if reached is None:
        return None
    part = _one_part(alike[:, asking].T, case.least[asking], reached)
    near = np.flatnonzero(alike[:, asking[part]].any(axis=1))
    rows = some[np.isin(kind, near)]
    return Proof(CHILDREN, rows, asking[part])


def _alike(allowed: Flags) -> tuple[Flags, Ints]:
    """Distinct rows, and which of them each row is: rows that may go to the same schools are one to a flow."""
    packed = np.ascontiguousarray(np.packbits(allowed, axis=1))
    as_text = (
        packed.view(np.dtype((np.void, max(1, packed.shape[1])))).ravel()
        if packed.size
        else np.zeros(len(packed), "V1")
    )
    _, first, kind = np.unique(as_text, return_index=True, return_inverse=True)
    return allowed[first], kind.astype(np.int64)


def _cut(supply: Ints, allowed: Flags, room: Ints) -> Flags | None:
    """Rows on the source's side of the least cut, None if all the supply finds room."""
    rows, columns = allowed.shape
    row, column = np.nonzero(allowed)
    source, sink = rows + columns, rows + columns + 1
    total = int(supply.sum())
    flow = max_flow.SimpleMaxFlow()
    tail = np.concatenate([np.full(rows, source), row, rows + np.arange(columns)])
    head = np.concatenate([np.arange(rows), rows + column, np.full(columns, sink)])
    flow.add_arcs_with_capacity(tail, head, np.concatenate([supply, np.full(len(row), total), room]))
    status = flow.solve(source, sink)
    assert status == flow.OPTIMAL, status
    if flow.optimal_flow() == total:
        return None
    side = np.zeros(rows + columns + 2, dtype=bool)
    side[flow.get_source_side_min_cut()] = True
    return side[:rows]


def _one_part(allowed: Flags, supply: Ints, reached: Flags) -> Flags:
    """Of the rows reached, which have too little room, those of one part, connected by columns: the part with least supply.

    Every part of the source's side of the least cut is short by itself.
    """
    rows, columns = allowed.shape
    row, column = np.nonzero(allowed & reached[:, None])
    links = coo_array((np.ones(len(row)), (row, rows + column)), shape=(rows + columns, rows + columns))
    label = csgraph.connected_components(links, directed=False)[1][:rows]
    sizes = {int(part): int(supply[reached & (label == part)].sum()) for part in np.unique(label[reached])}
    best = min(sizes, key=lambda part: (sizes[part] == 0, sizes[part], part))
    return reached & (label == best)
