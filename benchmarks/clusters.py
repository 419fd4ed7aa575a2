"""Clusters against other ways to make them: `python benchmarks/clusters.py [RUN of the study here]`.

Generated counties (and a run's schools, by road): proven optimum by HiGHS; the same program by CP-SAT and SCIP; k-means
and agglomerative clustering repaired until the same rules are kept, then also polished by moves of single schools.
"""

import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from math import comb
from pathlib import Path

import numpy as np
from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model
from sklearn.cluster import AgglomerativeClustering, KMeans

from catchment.clusters import group_members
from catchment.clusters.members import Members, campus_of, members_of, road_distances
from catchment.clusters.model import Program, cheapest_program
from catchment.errors import Infeasible
from catchment.runs import read_run
from catchment.settings import ClusterSettings, read_settings

ROOT = Path(__file__).parents[1]
SECONDS = 60
Groups = list[list[int]]


def generated(count: int, seed: int) -> tuple[Members, np.ndarray]:
    """Three in five schools round twenty towns, the others anywhere on 50 km × 50 km; streets 1.3 times the straight line."""
    rng = np.random.default_rng(seed)
    towns = rng.uniform(0, 50_000, (20, 2))
    xy = towns[rng.choice(20, count, p=rng.dirichlet(np.full(20, 2.0)))] + rng.normal(0, 2500, (count, 2))
    rural = rng.random(count) < 0.4
    xy[rural] = rng.uniform(0, 50_000, (int(rural.sum()), 2))
    junior = rng.random(count) < 0.25
    ids = np.array([f"s{number:03}" for number in range(count)])
    metres = np.round(np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1)) * 1.3).astype(np.int64)
    nothing, strong = np.zeros(count, np.int64), rng.random(count) < 0.5
    members = Members(
        ids=ids, area=np.full(count, "01"), primary=~junior | (rng.random(count) < 0.1), junior=junior, strong=strong, strength=nothing,
        surplus=nothing, pupils=nothing, last=np.full(count, ""), bound=ids, apart=(), distance_m=metres,
        linked=np.ones((count, count), bool),
    )  # fmt: skip
    return members, xy


def of_run(name: str) -> tuple[Members, np.ndarray]:
    """The schools of a run by road; half of them taken for strong ones."""
    settings, tables = read_settings(ROOT), read_run(ROOT, name).tables
    campus = campus_of(tables["schools"])
    ids = sorted(campus.unique())
    strong = tuple(sorted(np.random.default_rng(1).choice(ids, len(ids) // 2, replace=False)))
    distances = road_distances(tables, settings.network, campus, None)
    pupils = tables["forecast"].groupby("school_id")["pupils"].sum()
    members = members_of(
        tables["schools"], pupils, ClusterSettings(strong=strong), distances, pupils.iloc[:0].astype(str)
    )
    at = tables["schools"].drop_duplicates("school_id").set_index("school_id").loc[ids]
    return members, at[["x_m", "y_m"]].to_numpy()


# --- the same program by other solvers -------------------------------------------------------------


def by_cp_sat(program: Program) -> str:
    model = cp_model.CpModel()
    columns = [model.new_int_var(0, int(upper), "") for upper in program.upper]
    for terms, low, high in program.rows:
        row = sum(value * columns[column] for column, value in terms.items())
        if np.isfinite(low):
            model.add(row >= int(low))
        if np.isfinite(high):
            model.add(row <= int(high))
    model.minimize(sum(cost * column for cost, column in zip(program.cost, columns, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = SECONDS, 2
    solver.solve(model)
    return f"{solver.objective_value:,.0f} bound {max(0, solver.best_objective_bound):,.0f}"


def by_scip(program: Program) -> str:
    solver = pywraplp.Solver.CreateSolver("SCIP")
    columns = [solver.IntVar(0, upper, "") for upper in program.upper]
    for terms, low, high in program.rows:
        row = solver.Constraint(float(low), float(high))
        for column, value in terms.items():
            row.SetCoefficient(columns[column], value)
    for cost, column in zip(program.cost, columns, strict=True):
        solver.Objective().SetCoefficient(column, cost)
    solver.SetTimeLimit(SECONDS * 1000)
    solver.Solve()
    return f"{solver.Objective().Value():,.0f} bound {solver.Objective().BestBound():,.0f}"


# --- rivals ----------------------------------------------------------------------------------------


def judge(members: Members, how: ClusterSettings) -> Callable[[frozenset[int]], tuple[int, int]]:
    """Group → rules broken (schools too few, too many, out of reach; no strong school) and metres with its best lead."""

    @cache
    def value(group: frozenset[int]) -> tuple[int, int]:
        if not group:
            return 0, 0
        at = sorted(group)
        ways = members.distance_m[np.ix_(at, at)]
        far = (ways > how.reach_m) | ~members.linked[np.ix_(at, at)]
        out, metres = min(zip(far.sum(0).tolist(), ways.sum(0).tolist(), strict=True))
        broken = max(0, how.least - len(at)) + max(0, len(at) - how.most) + out
        broken += int(bool(how.strong) and not members.strong[at].any())
        lacking = int(not members.primary[at].any()) + int(not members.junior[at].any())
        return broken, metres + how.missing_stage_m * lacking * (how.stages == "wanted")

    return value


def repaired(groups: Groups, value: Callable[[frozenset[int]], tuple[int, int]], *, polish: bool) -> tuple[int, int]:
    """Single schools moved, each time the best move, until no rule is broken; then, if wanted, until no move saves metres."""
    now = [frozenset(group) for group in groups]
    while True:
        whole = tuple(map(sum, zip(*map(value, now), strict=True)))
        if whole[0] == 0 and not polish:
            return whole[0], whole[1]
        gain, a, b, member = min(_moves(now, value), default=((0, 0), 0, 0, 0))
        if gain >= (0, 0):
            return whole[0], whole[1]
        now[a], now[b] = now[a] - {member}, now[b] | {member}


def _moves(
    now: list[frozenset[int]], value: Callable[[frozenset[int]], tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], int, int, int]]:
    for a, source in enumerate(now):
        for member in source:
            less = value(source - {member})
            for b, target in enumerate(now):
                if a != b and target:
                    before = np.add(value(source), value(target))
                    after = np.add(less, value(target | {member}))
                    yield (int(after[0] - before[0]), int(after[1] - before[1])), a, b, member


def rival(labels: Callable[[int, int], np.ndarray], counts: list[int], value: Callable[..., tuple[int, int]], *, polish: bool) -> str:  # fmt: skip
    """The best of several numbers of clusters and starts that keeps the rules."""
    found = []
    for count in counts:
        for seed in range(2):
            chosen = labels(count, seed)
            groups = [np.flatnonzero(chosen == label).tolist() for label in range(count)]
            found.append(repaired(groups, value, polish=polish))
    broken, metres = min(found)
    return f"{metres:,}" + (f" and {broken} rules broken" if broken else "")


def compare(
    name: str, members: Members, xy: np.ndarray, how: ClusterSettings, *, rivals: bool, solvers: bool = False
) -> None:
    start = time.perf_counter()
    try:
        best = group_members(members, how)
    except Infeasible as told:
        print(f"{name}: {told}")
        return
    took = time.perf_counter() - start
    kept = np.isin(members.ids, best.members.ids)
    members, xy = best.members, xy[kept]
    reach = (members.distance_m <= how.reach_m) & members.linked
    stars = sum(comb(int(n) - 1, k - 1) for n in reach.sum(0) for k in range(how.least, how.most + 1))
    print(
        f"{name}: {len(members)} schools, {int((~kept).sum())} in no cluster, {stars:.1e} possible clusters", flush=True
    )
    print(f"  HiGHS {best.total_m:,} bound {best.bound_m:,} in {took:.1f} s", flush=True)
    if not rivals:
        return
    if solvers:
        program, _ = cheapest_program(members, how)
        print(f"  CP-SAT {SECONDS} s: {by_cp_sat(program)}; SCIP: {by_scip(program)}", flush=True)
    value, most = judge(members, how), int(members.strong.sum()) if how.strong else len(members)
    counts = sorted({min(len(members) // size, most) for size in (3, 4, 5)})
    ways = np.where(members.linked, members.distance_m, 10**7)

    def k_means(count: int, seed: int) -> np.ndarray:
        return KMeans(count, n_init=5, random_state=seed).fit(xy).labels_

    def agglomerative(count: int, _seed: int) -> np.ndarray:
        return AgglomerativeClustering(count, metric="precomputed", linkage="average").fit(ways).labels_

    for words, labels in (("k-means", k_means), ("agglomerative", agglomerative)):
        for polish in (False, True):
            told = rival(labels, counts, value, polish=polish)
            print(f"  {words}, repaired{' and polished' * polish}: {told}", flush=True)


if __name__ == "__main__":
    plain = ClusterSettings(stages="free", time_limit_s=SECONDS)
    strict = ClusterSettings(strong=("named in the members",), time_limit_s=SECONDS)
    counties = [
        (f"generated {n}, seed {seed}", *generated(n, seed)) for n, seed in ((100, 0), (250, 1), (250, 2), (250, 3))
    ]
    counties += [(f"run {name}", *of_run(name)) for name in sys.argv[1:]]
    for number, (county, who, where) in enumerate(counties):
        for rules, told_rules in ((plain, "sizes and reach"), (strict, "strong schools, stages wanted")):
            compare(f"{county}, {told_rules}", who, where, rules, rivals=number in (0, 1, 4), solvers=number in (0, 1))
    compare(
        "generated 250, seed 1, sizes 5 to 6",
        *generated(250, 1),
        plain.model_copy(update={"least": 5, "most": 6}),
        rivals=False,
    )
