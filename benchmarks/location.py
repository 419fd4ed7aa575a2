"""Sites against published optima: `python benchmarks/location.py [FOLDER] [FAMILY …]`, or `make bench-location`.

FOLDER: OR-Library instances as in ../shared/data/or_library (not part of this repository). Families: pmed (p-median; beside it
spopt with CBC, where installed: benchmarks/rivals.txt), cpmp and sjc (capacitated p-median), small and holmberg (single source).
"""

import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from catchment.siting.capacitated import solve_capacitated
from catchment.siting.median import solve_median
from catchment.siting.model import Problem

HERE = Path(__file__).parents[2] / "shared" / "data" / "or_library"
RIVAL_SECONDS = 60
FAMILIES = {
    "pmed": range(1, 21),
    "cpmp": range(1, 11),
    "sjc": range(1, 3),
    "small": range(1, 25),
    "holmberg": range(1, 36),
}


def read_pmed(folder: Path, number: int) -> tuple[np.ndarray, int, int]:
    """Distances, sites to choose, published optimum. Where an edge is given twice the last counts."""
    path = folder / "pmed" / f"pmed{number}.txt"
    rows = [[int(word) for word in line.split()] for line in path.read_text("utf-8").splitlines() if line.strip()]
    (nodes, _, sites), edges = rows[0], {}
    for one, other, length in rows[1:]:
        edges[min(one, other) - 1, max(one, other) - 1] = length
    ends = np.array(list(edges))
    graph = csr_array((np.array(list(edges.values()), dtype=float), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    optima = dict(
        line.split() for line in (folder / "pmed" / "pmedopt.txt").read_text("utf-8").splitlines() if line.strip()
    )
    return shortest_path(graph, directed=False).astype(np.int64), sites, int(optima[f"pmed{number}"])


def read_capacitated(folder: Path, family: str, number: int) -> tuple[Problem, int, float]:
    """A capacitated p-median, units to one of cost, published optimum: distances floored in cpmp, real in sjc."""
    name = f"SJC{number}" if family == "sjc" else f"cpmp{number:02d}"
    path = folder / ("cpmp_sjc" if family == "sjc" else "cpmp_orlib") / (name + (".dat" if family == "sjc" else ".txt"))
    words = path.read_text("utf-8").split()
    nodes, sites = int(words[0]), int(words[1])
    rows = np.array(words[2 : 2 + 4 * nodes], dtype=float).reshape(nodes, 4)
    metres = np.hypot(*(rows[:, None, :2] - rows[None, :, :2]).transpose(2, 0, 1))
    units = 100 if family == "sjc" else 1
    cost = np.rint(metres * units) if family == "sjc" else np.floor(metres)
    given = Problem(
        cost.astype(np.int64),
        np.zeros(nodes, np.int64),
        rows[:, 3].astype(np.int64),
        rows[:, 2].astype(np.int64),
        sites,
    )
    solution = next((folder / "cpmp_solutions_opt").glob(f"solOPT.{name}_*"))
    return given, units, float(solution.stem.rsplit("_", 1)[1])


def read_single_source(folder: Path, family: str, number: int) -> tuple[Problem, int, float]:
    """Single-source location, units to one of cost, published optimum; a row of costs is a customer's."""
    place = folder / ("sscflp_holmberg" if family == "holmberg" else "sscflp_orlib_small")
    words = (place / f"p{number}").read_text("utf-8").split()
    sites, points = int(words[0]), int(words[1])
    numbers = np.array(words[2:], dtype=float)
    seats, fixed, load, cost = np.split(numbers, np.cumsum([sites, sites, points]))
    units = 1 if family == "holmberg" else 10_000
    given = Problem(
        np.rint(cost.reshape(points, sites) * units).astype(np.int64), np.rint(fixed * units).astype(np.int64),
        load.astype(np.int64), seats.astype(np.int64),
    )  # fmt: skip
    return given, units, float((place / "os").read_text("utf-8").split()[number - 1])


def read(folder: Path, family: str, number: int) -> tuple[Problem, int, float]:
    reader = read_capacitated if family in {"cpmp", "sjc"} else read_single_source
    return reader(folder, family, number)


def spopt_seconds(cost: np.ndarray, sites: int, optimum: int) -> str:
    """Seconds of spopt's p-median on CBC, model and solution, and what it answered."""
    if not find_spec("spopt"):
        return "spopt: not installed"
    import pulp
    from spopt.locate import PMedian

    began = time.monotonic()
    try:
        model = PMedian.from_cost_matrix(cost.astype(float), np.ones(len(cost)), p_facilities=sites)
        model = model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=RIVAL_SECONDS, threads=1))
    except RuntimeError as error:
        return f"spopt + CBC {time.monotonic() - began:8.2f} s  {str(error).strip()[:60]}"
    value = pulp.value(model.problem.objective)
    wrong = "" if round(value) == optimum else "  NOT the optimum"
    return f"spopt + CBC {time.monotonic() - began:8.2f} s  {value:.0f}{wrong}"


def told(name: str, size: str, ours: float, published: float, gap: float, status: str, seconds: float) -> str:
    difference = 100 * (ours / published - 1)
    return (
        f"{name:12}{size:>12}{ours:14.2f}{published:14.2f}{difference:+9.4f}{100 * gap:8.3f} {status:9}{seconds:8.2f}"
    )


def main(folder: Path, families: list[str]) -> None:
    print("instance     points, sites       ours     published   diff %   gap % status    seconds")
    solve_median(np.arange(9).reshape(3, 3), 2)  # compiles
    solve_capacitated(
        Problem(np.arange(4).reshape(2, 2), np.zeros(2, np.int64), np.ones(2, np.int64), np.ones(2, np.int64))
    )
    for family in families:
        for number in FAMILIES[family]:
            if family == "pmed":
                cost, sites, optimum = read_pmed(folder, number)
                answer = solve_median(cost, sites)
                gap, size = 1 - answer.bound / answer.objective, f"{len(cost)}, {sites}"
                line = told(f"pmed{number}", size, answer.objective, optimum, gap, answer.status, answer.seconds)
                print(line, spopt_seconds(cost, sites, optimum), flush=True)
                continue
            given, units, published = read(folder, family, number)
            found = solve_capacitated(given)
            size = f"{given.cost.shape[0]}, {given.sites or given.cost.shape[1]}"
            objective, bound = found.objective or 0, found.bound or 0
            gap = 1 - bound / max(1, objective)
            line = told(f"{family}{number}", size, objective / units, published, gap, found.status, found.seconds)
            print(line, flush=True)


if __name__ == "__main__":
    named = [word for word in sys.argv[1:] if word in FAMILIES]
    given_folder = [Path(word) for word in sys.argv[1:] if word not in FAMILIES]
    main(given_folder[0] if given_folder else HERE, named or list(FAMILIES))
