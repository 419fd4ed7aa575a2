"""Published instances of siting against their optima: `python benchmarks/location.py FOLDER [median|seats …]`.

FOLDER: or_library, not part of this repository (benchmarks/or_library.py). Beside the p-median: spopt with CBC on the same costs,
in an environment of its own. Every value is recomputed from the answer.
"""

import json
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from or_library import Ints, Published, capacitated_median, median, single_source
from rivals import environment

from catchment.siting.capacitated import CapacitatedAnswer, solve_capacitated
from catchment.siting.median import MedianAnswer, solve_median
from catchment.siting.model import Problem

MEDIAN_SECONDS, SEATS_SECONDS, RIVAL_SECONDS = 60.0, 120.0, 60.0
HEAD = f"{'instance':16} {'ours':>14} {'published':>14} {'gap %':>8} {'seconds':>8} status"


def shown(known: Published, answer: MedianAnswer | CapacitatedAnswer, value: int | None) -> tuple[str, bool]:
    """A line of the table, and whether the answer is the published optimum, proved."""
    if answer.objective is None or answer.bound is None or value != answer.objective:
        return f"{known.name:16} {answer.status}", False
    ours, gap = value / known.unit, (answer.objective - answer.bound) / max(1, answer.objective)
    right = answer.status == "optimal" and abs(ours - known.optimum) <= known.slack
    words = (
        f"{known.name:16} {ours:14.2f} {known.optimum:14.2f} {gap * 100:8.4f} {answer.seconds:8.2f} {answer.status:9}"
    )
    return words + ("" if right else " NOT AS PUBLISHED"), right


def medians(folder: Path) -> None:
    """pmed1 to 20, spopt's answer beside each."""
    rival = rival_python()
    found, faster = [], []
    solve_median(np.array([[0, 1], [1, 0]]), 1)  # compiles
    print(f"\n{HEAD}    | spopt + CBC")
    for number in range(1, 21):
        known, cost, sites = median(folder, number)
        answer = solve_median(cost, sites, seconds=MEDIAN_SECONDS)
        words, right = shown(known, answer, int(cost[:, answer.chosen].min(axis=1).sum()))
        beside, seconds = ("not installed", None) if rival is None else theirs(rival, cost, sites)
        found.append(right)
        if seconds is not None:
            faster.append(seconds / answer.seconds)
            beside += f", {faster[-1]:.0f} × ours"
        print(f"{words} | {beside}", flush=True)
    print(f"{sum(found)} of {len(found)} optimal and proved")
    if faster:
        print(f"spopt + CBC took {min(faster):.0f} to {max(faster):.0f} × ours, median {np.median(faster):.0f} ×")


def rival_python() -> Path | None:
    try:
        return environment("spopt.txt")
    except (OSError, subprocess.CalledProcessError):
        return None


def theirs(python: Path, cost: Ints, sites: int) -> tuple[str, float | None]:
    """What spopt says of the same costs, and its seconds; model and solution both count."""
    program = Path(__file__).with_name("spopt_median.py")
    with tempfile.TemporaryDirectory() as folder:
        costs = Path(folder) / "costs.npy"
        np.save(costs, cost)
        command = [str(python), str(program), str(costs), str(sites), str(RIVAL_SECONDS)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        return result.stderr.strip().splitlines()[-1][:60], None
    said = json.loads(result.stdout.splitlines()[-1])
    return f"{said['value']} {said['status']} {said['seconds']:.1f} s", said["seconds"]


def with_seats(title: str, instances: list[Callable[[], tuple[Published, Problem]]]) -> None:
    print(f"\n{title}\n{HEAD}")
    found, slowest = [], 0.0
    for read in instances:
        known, given = read()
        answer = solve_capacitated(given, seconds=SEATS_SECONDS)
        words, right = shown(known, answer, None if answer.objective is None else given.cost_of(answer.zone))
        found.append(right)
        slowest = max(slowest, answer.seconds)
        print(words, flush=True)
    print(f"{sum(found)} of {len(found)} optimal and proved, the slowest in {slowest:.1f} s")


def seats(folder: Path) -> None:
    names = [*(f"cpmp{number:02}" for number in range(1, 11)), "SJC1", "SJC2"]
    with_seats("capacitated p-median", [lambda name=name: capacitated_median(folder, name) for name in names])
    for group, last in (("orlib_small", 24), ("holmberg", 35)):
        instances = [
            lambda group=group, number=number: single_source(folder, group, number) for number in range(1, last + 1)
        ]
        with_seats(f"single-source location, {group}", instances)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    parts = {"median": medians, "seats": seats}
    for part in sys.argv[2:] or parts:
        parts[part](Path(sys.argv[1]))
