"""Published instances of siting with their optima, as whole numbers: OR-Library, Osman and Christofides, Lorena and Senne, Holmberg.

folder: shared/data/or_library, whose SOURCE.md tells where the files come from and how their layouts mislead.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from catchment.siting.model import Problem

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Published:
    """optimum: as published; unit: our whole numbers are published ones × unit; slack: what rounding and printing may differ by."""

    name: str
    optimum: float
    unit: int = 1
    slack: float = 0.0


def median(folder: Path, number: int) -> tuple[Published, Ints, int]:
    """pmed1 to 40: costs (points, sites) along the network, and how many sites."""
    path = folder / "pmed" / f"pmed{number}.txt"
    (points, _, sites), *edges = (
        tuple(map(int, line.split())) for line in path.read_text("utf-8").splitlines() if line.strip()
    )
    # Pairs repeat; the last line of a pair counts.
    last = {(min(a, b) - 1, max(a, b) - 1): metres for a, b, metres in edges}
    row, column = np.array(list(last)).T
    network = csr_array((list(last.values()), (row, column)), shape=(points, points))
    cost = shortest_path(network, directed=False).astype(np.int64)
    optima = dict(
        line.split() for line in (folder / "pmed" / "pmedopt.txt").read_text("utf-8").splitlines() if line.strip()
    )
    return Published(path.stem, float(optima[path.stem])), cost, sites


def capacitated_median(folder: Path, name: str) -> tuple[Published, Problem]:
    """cpmp01 to 20 (distances rounded down to whole numbers) and SJC1 to 4b (real distances): every point is a site."""
    real = name.startswith("SJC")
    path = folder / ("cpmp_sjc" if real else "cpmp_orlib") / f"{name}.{'dat' if real else 'txt'}"
    sites = int(path.read_text("utf-8").split()[1])
    x, y, seats, load = np.loadtxt(path, skiprows=1).T
    metres = np.hypot(x[:, None] - x, y[:, None] - y)
    unit = 10_000 if real else 1
    cost = np.rint(metres * unit).astype(np.int64) if real else np.floor(metres).astype(np.int64)
    solution = next((folder / "cpmp_solutions_opt").glob(f"solOPT.{name}_*.json"))
    optimum = json.loads(solution.read_text("utf-8"))["fo"]
    given = Problem(cost, np.zeros(len(x), dtype=np.int64), load.astype(np.int64), seats.astype(np.int64), sites)
    return Published(name, float(optimum), unit, 0.02 if real else 0.0), given


def single_source(folder: Path, group: str, number: int) -> tuple[Published, Problem]:
    """group: orlib_small (1 to 24) or holmberg (1 to 71); each row of costs is one customer."""
    place = folder / f"sscflp_{group}"
    words = (place / f"p{number}").read_text("utf-8").split()
    sites, points = int(words[0]), int(words[1])
    seats, fixed, load, rows = np.split(np.array(words[2:], dtype=float), np.cumsum([sites, sites, points]))
    unit = 1_000_000 if group == "orlib_small" else 1
    cost = np.rint(rows.reshape(points, sites) * unit).astype(np.int64)
    given = Problem(cost, np.rint(fixed * unit).astype(np.int64), load.astype(np.int64), seats.astype(np.int64))
    optimum = float((place / "os").read_text("utf-8").split()[number - 1])
    return Published(f"{group} p{number}", optimum, unit, 0.01 if unit > 1 else 0.0), given
