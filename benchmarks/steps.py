"""Time and peak memory of every step on the demonstration study (or another: `python benchmarks/steps.py STUDY`).

Each step runs in this process after the ones before it; the peak is the process's own so far. Publishing
draws with two workers, whose peak is told beside.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from catchment.pipeline import NAMES, run_steps
from catchment.reports import publish
from catchment.settings import read_settings

ROOT = Path(__file__).parents[1]


def silent(_step: str, _done: int, _total: int) -> None:
    """No progress: the table is the output."""


def peak_mib(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    settings, tables, total = read_settings(folder), {}, 0.0
    print(f"{'step':<12}{'seconds':>9}{'peak MiB':>10}  rows added")
    for name in NAMES:
        start = time.perf_counter()
        before = set(tables)
        tables = run_steps(folder, settings, tables, silent, first=name, last=name)
        seconds = time.perf_counter() - start
        total += seconds
        added = ", ".join(f"{t} {len(tables[t]):,}" for t in tables if t not in before)
        print(f"{name:<12}{seconds:>9.2f}{peak_mib(resource.RUSAGE_SELF):>10.0f}  {added}", flush=True)
    with tempfile.TemporaryDirectory() as maps:
        start = time.perf_counter()
        files = publish(settings, tables, Path(maps), run="benchmark", progress=silent)
        seconds = time.perf_counter() - start
    print(
        f"{'publish':<12}{seconds:>9.2f}{peak_mib(resource.RUSAGE_SELF):>10.0f}  {len(files)} files, workers {peak_mib(resource.RUSAGE_CHILDREN):.0f} MiB each"
    )
    print(f"{'whole':<12}{total + seconds:>9.2f}")


if __name__ == "__main__":
    main()
