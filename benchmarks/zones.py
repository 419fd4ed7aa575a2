"""Zones of published towns against published values: `python benchmarks/zones.py FOLDER [SECONDS] [INSTANCE …]`.

FOLDER: set2020_zip of the Gongyi benchmark (Kong 2020, CPLEX values with contiguity in sol_summary_sap_2019.xlsx, sheet
solution_sum); not part of this repository. Cost = straight line × children. Rivals: every unit to its nearest school; every
unit to its cheapest school at the prices of seats (both without a look at contiguity); regions of spopt, which know no seats.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import openpyxl
from scipy.optimize import linear_sum_assignment

from catchment.zoning import Instance, faults, instance_of, solve, total_cost
from catchment.zoning.bounds import transport_bound
from catchment.zoning.solve import Work
from catchment.zoning.verify import children_over_seats

CORES = 2
"""Cases side by side, one core each."""
PER_KM = 10_000_000
"""Costs are children × tenths of a millimetre: rounding is below 1e-7 of the totals here."""


class Town(NamedTuple):
    """children, metres east and north, seats (0 without a school) and the other columns of each unit; neighbouring units."""

    children: np.ndarray
    xy: np.ndarray
    seats: np.ndarray
    fields: list[list[str]]
    pairs: np.ndarray


def read_town(folder: Path, name: str, area: str) -> Town:
    """An instance's file and the connectivity of its area."""
    rows = [line.split() for line in (folder / f"{name}.txt").read_text("utf-8").splitlines()[1:] if line.strip()]
    place = {row[0]: number for number, row in enumerate(rows)}
    links = (folder / f"{area}_connectivity.txt").read_text("utf-8").splitlines()[1:]
    pairs = np.array([[place[unit.strip()] for unit in line.split(",")[1:3]] for line in links if line.strip()])
    xy = np.array([[float(row[2]), float(row[3])] for row in rows])
    seats = np.array([int(float(row[6])) for row in rows])
    return Town(np.array([int(row[1]) for row in rows]), xy, seats, rows, pairs)


def read(folder: Path, name: str) -> tuple[Instance, np.ndarray]:
    """One instance, a school's unit its own, and the units' places."""
    town = read_town(folder, name, name.split("_", maxsplit=1)[0])
    home = np.flatnonzero(town.seats > 0)
    metres = np.hypot(*(town.xy[:, None] - town.xy[home]).transpose(2, 0, 1))
    cost = town.children[:, None] * np.rint(metres * (PER_KM / 1000)).astype(np.int64)
    return instance_of(town.children, town.seats[home], cost, pairs=town.pairs, home=home), town.xy


def published(folder: Path) -> dict[str, float]:
    sheet = openpyxl.load_workbook(folder / "sol_summary_sap_2019.xlsx", data_only=True)["solution_sum"]
    return {row[0]: row[1] for row in sheet.iter_rows(min_row=3, max_col=2, values_only=True) if row[0]}


def rivals(instance: Instance, xy: np.ndarray, value: float) -> str:
    """Difference in %, children over the seats and zones at fault of nearest, of transport rounded, and of spopt's regions."""
    price = transport_bound(instance).price
    zones = [_least(instance, instance.cost), _least(instance, instance.cost + instance.weight @ price.T)]
    if find_spec("spopt"):
        zones.append(_regions(instance, xy))
    return " | ".join(_told(instance, zone, value) for zone in zones)


def _least(instance: Instance, cost: np.ndarray) -> np.ndarray:
    return np.where(instance.allowed, cost, np.iinfo(np.int64).max).argmin(axis=1)


def _told(instance: Instance, zone: np.ndarray, value: float) -> str:
    wrong = sum("cut off" in fault or "own unit" in fault for fault in faults(instance, zone))
    difference = (total_cost(instance, zone) / PER_KM / value - 1) * 100
    return f"{difference:+8.2f} {children_over_seats(instance, zone):6d} {wrong:3d}"


def _regions(instance: Instance, xy: np.ndarray) -> np.ndarray:
    """As many regions in one piece as there are schools (Ward's method on the units' places), the cheapest school for each."""
    import geopandas as gpd
    import libpysal
    import spopt.region

    places = gpd.GeoDataFrame({"x": xy[:, 0], "y": xy[:, 1]}, geometry=gpd.points_from_xy(*xy.T))
    near = libpysal.weights.W(
        {unit: instance.neighbours(unit) for unit in range(instance.units)}, silence_warnings=True
    )
    model = spopt.region.WardSpatial(places, near, ["x", "y"], n_clusters=instance.schools)
    model.solve()
    cost = np.zeros((instance.schools, instance.schools))
    np.add.at(cost, model.labels_, instance.cost)
    return linear_sum_assignment(cost)[1][model.labels_]


def row_of(folder: Path, name: str, value: float, seconds: float) -> tuple[float, str]:
    """Difference to the published value in %, and the table's row."""
    instance, xy = read(folder, name)
    answer = solve(instance, seed=1, work=Work(seconds=seconds))
    ours = answer.objective / PER_KM
    difference = (ours / value - 1) * 100
    feasible = "yes" if not faults(instance, answer.zone) else f"over {answer.short}"
    row = (
        f"{name:8} {ours:13.4f} {value:13.4f} {difference:+8.4f} {answer.gap * 100:8.3f} {answer.seconds:8.1f}"
        f" {feasible:8} {answer.status:9} | {rivals(instance, xy, value)}"
    )
    return difference, row


def main(folder: Path, seconds: float, names: list[str]) -> None:
    values = published(folder)
    names = names or sorted(path.stem for path in folder.glob("*_[0-9][0-9][a-z].txt"))
    heads = "nearest: %, over, at fault | transport rounded | spopt regions (where installed)"
    print(f"instance        ours     published   diff %   bound gap %  seconds feasible status | {heads}", flush=True)
    differences = []
    with ProcessPoolExecutor(CORES, mp_context=get_context("spawn")) as pool:
        rows = [pool.submit(row_of, folder, name, values[name], seconds) for name in names]
        for row in rows:
            difference, text = row.result()
            differences.append(difference)
            print(text, flush=True)
    print(f"mean difference {np.mean(differences):+.4f} %, worst {max(differences):+.4f} %")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 120.0, sys.argv[3:])
