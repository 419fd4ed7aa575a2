"""Zones of published towns against published values: `python benchmarks/zones.py FOLDER [SECONDS] [INSTANCE …]`.

FOLDER: set2020_zip of the Gongyi benchmark (Kong 2020, CPLEX values with contiguity in sol_summary_sap_2019.xlsx, sheet
solution_sum); not part of this repository. Cost = straight line × children. Rivals: every unit to its nearest school; every
unit to the school of most of its children by the transport problem (both without a look at contiguity).
"""

import sys
from pathlib import Path

import numpy as np
import openpyxl

from catchment.zoning import Instance, faults, instance_of, solve, total_cost
from catchment.zoning.bounds import transport_bound
from catchment.zoning.solve import Work
from catchment.zoning.verify import children_over_seats

PER_KM = 10_000_000
"""Costs are children × tenths of a millimetre: rounding is below 1e-7 of the totals here."""


def read(folder: Path, name: str) -> Instance:
    """One instance; a school's unit is its own."""
    rows = [line.split() for line in (folder / f"{name}.txt").read_text("utf-8").splitlines()[1:] if line.strip()]
    place = {row[0]: number for number, row in enumerate(rows)}
    children = np.array([int(row[1]) for row in rows])
    xy = np.array([[float(row[2]), float(row[3])] for row in rows])
    seats = np.array([int(float(row[6])) for row in rows])
    home = np.flatnonzero(seats > 0)
    links = (folder / f"{name.split('_', maxsplit=1)[0]}_connectivity.txt").read_text("utf-8").splitlines()[1:]
    pairs = np.array([[place[unit.strip()] for unit in line.split(",")[1:3]] for line in links if line.strip()])
    metres = np.hypot(*(xy[:, None] - xy[home]).transpose(2, 0, 1))
    each = np.rint(metres * (PER_KM / 1000)).astype(np.int64)
    return instance_of(children, seats[home], children[:, None] * each, pairs=pairs, home=home)


def published(folder: Path) -> dict[str, float]:
    sheet = openpyxl.load_workbook(folder / "sol_summary_sap_2019.xlsx", data_only=True)["solution_sum"]
    return {row[0]: row[1] for row in sheet.iter_rows(min_row=3, max_col=2, values_only=True) if row[0]}


def rivals(instance: Instance, value: float) -> str:
    """Difference in % and children over the seats of nearest and of transport rounded."""
    transport = transport_bound(instance)
    words = []
    for full in (instance.cost, instance.cost + instance.weight @ transport.price.T):
        zone = np.where(instance.allowed, full, np.iinfo(np.int64).max).argmin(axis=1)
        cut_off = sum("cut off" in fault for fault in faults(instance, zone))
        difference = (total_cost(instance, zone) / PER_KM / value - 1) * 100
        words.append(f"{difference:+7.2f} {children_over_seats(instance, zone):6d} {cut_off:3d}")
    return " | ".join(words)


def main(folder: Path, seconds: float, names: list[str]) -> None:
    values = published(folder)
    names = names or sorted(path.stem for path in folder.glob("*_[0-9][0-9][a-z].txt"))
    print(
        "instance        ours     published   diff %   bound gap %  seconds feasible status | nearest: %, over, cut | by price"
    )
    differences = []
    for name in names:
        instance = read(folder, name)
        answer = solve(instance, seed=1, work=Work(seconds=seconds))
        ours = answer.objective / PER_KM
        difference = (ours / values[name] - 1) * 100
        differences.append(difference)
        feasible = "yes" if not faults(instance, answer.zone) else f"over {answer.short}"
        print(
            f"{name:8} {ours:13.4f} {values[name]:13.4f} {difference:+8.4f} {answer.gap * 100:8.3f} {answer.seconds:8.1f}"
            f" {feasible:8} {answer.status:9} | {rivals(instance, values[name])}",
            flush=True,
        )
    print(f"mean difference {np.mean(differences):+.4f} %, worst {max(differences):+.4f} %")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 120.0, sys.argv[3:])
