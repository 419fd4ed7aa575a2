"""Published towns where sites and zones are chosen together: `python benchmarks/zoned_sites.py FOLDER [SECONDS] [INSTANCE …]`.

FOLDER: cflsap2021 of the Gongyi benchmark (Kong 2021; best solutions in bestSolutions), not part of this repository. The
published zones are read and their cost recomputed with the same whole numbers as ours.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from zones import CORES, read_town

from catchment.siting.zoned import SitesWithZones, ZonedAnswer, solve_zoned
from catchment.zoning import faults, total_cost

UNIT = 10_000
"""Costs are children × tenths of a metre."""


def read(folder: Path, name: str) -> tuple[SitesWithZones, np.ndarray]:
    """One instance, and the site of each unit in the best published solution."""
    town = read_town(folder, name, {"g": "gy2", "z": "zy"}[name[0]])
    home = np.flatnonzero(town.seats > 0)
    fixed = np.rint([float(town.fields[unit][5]) * UNIT for unit in home]).astype(np.int64)
    metres = np.hypot(*(town.xy[:, None] - town.xy[home]).transpose(2, 0, 1))
    cost = town.children[:, None] * np.rint(metres * (UNIT / 1000)).astype(np.int64)
    given = SitesWithZones(town.children, cost, fixed, town.seats[home], home, town.pairs)
    theirs = next((folder / "bestSolutions").glob(f"{name}.txt_*")).read_text("utf-8").splitlines()[1:]
    return given, np.array([int(line.split()[1]) for line in theirs if line.strip()])


def cost_of(given: SitesWithZones, zone: np.ndarray) -> tuple[int, str]:
    """Cost of the sites and zones in whole numbers, and the rules they break."""
    sites = tuple(np.unique(zone).tolist())
    instance = given.instance(sites)
    local = np.searchsorted(sites, zone)
    return total_cost(instance, local) + int(given.fixed[list(sites)].sum()), "; ".join(faults(instance, local))


def row_of(folder: Path, name: str, seconds: float) -> tuple[str, float, str]:
    given, theirs = read(folder, name)
    answer: ZonedAnswer = solve_zoned(given, seed=1, seconds=seconds)
    (ours, wrong), (published, their_faults) = cost_of(given, answer.zone), cost_of(given, theirs)
    difference = 100 * (ours / published - 1)
    gap = 100 * (ours - answer.bound) / ours
    row = (
        f"{name:6} {ours / UNIT:14.2f} {published / UNIT:14.2f} {difference:+9.4f} {gap:8.3f} {answer.seconds:8.1f}"
        f" {len(answer.sites):3d} {len(np.unique(theirs)):3d} {wrong or 'all rules kept'} | {their_faults or 'all rules kept'}"
    )
    return name, difference, row


def main(folder: Path, seconds: float, names: list[str]) -> None:
    names = names or sorted(path.stem for path in folder.glob("*[0-9].txt"))
    print("case             ours      published    diff %    gap %  seconds  sites ours, published", flush=True)
    with ProcessPoolExecutor(CORES, mp_context=get_context("spawn")) as pool:
        differences = []
        for future in [pool.submit(row_of, folder, name, seconds) for name in names]:
            _, difference, row = future.result()
            differences.append(difference)
            print(row, flush=True)
    print(f"mean difference {np.mean(differences):+.4f} %, worst {max(differences):+.4f} %")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 300.0, sys.argv[3:])
