"""Time and memory of all that leaves a run: 300 school maps, overviews, townships, every other report, documents, a publication.

Takes the finished run `main` of the demonstration study (or another: `python benchmarks/publishing.py STUDY RUN`); schools
are drawn again until there are 300. The memory is the peak so far of this process and its workers together.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from timing import median_s

from catchment.documents.origin import desk_of
from catchment.documents.writing import KINDS, scopes_of, write_notice, write_reports
from catchment.publication import publish_public
from catchment.registry import load_all
from catchment.reports import report
from catchment.reports.atlas import Atlas, open_atlas
from catchment.reports.drawing import draw_sheets
from catchment.reports.hand import draw
from catchment.reports.maps import overview_sheets, reach_sheets, township_sheets, zone_sheets
from catchment.reports.sheet import Sheet
from catchment.reports.style import cut_lettering
from catchment.runs import Run, read_run
from catchment.settings import Settings, read_settings

ROOT = Path(__file__).parents[1]
SCHOOLS = 300


def silent(_step: str, _done: int, _total: int) -> None:
    """No progress: the table is the output."""


def school_sheets(atlas: Atlas, run: Run, maps: Path) -> list[Sheet]:
    """300 sheets: the study's own, then the same again under other names."""
    own = list(zone_sheets(atlas, run.tables, maps))
    return [
        sheet if number < len(own) else replace(sheet, stem=f"{sheet.stem}_{number}")
        for number, sheet in enumerate(islice(cycle(own), SCHOOLS))
    ]


def one_map_s(sheet: Sheet, folder: Path) -> float:
    """One school map as PNG and PDF, once all is warm."""
    lettering, sheet = cut_lettering(sheet.texts(), folder), replace(sheet, stem=str(folder / "one"))
    return median_s(lambda: draw(sheet, lettering))


def kinds(settings: Settings, found: Run, place: Path) -> Iterator[tuple[str, Callable[[], int]]]:
    """What is written, in the order of a run, each as work that returns how many files it wrote."""
    tables, maps, run = found.tables, place / "maps", str(found.manifest["run"])
    atlas = open_atlas(settings, tables, run)
    yield "school maps", lambda: len(draw_sheets(school_sheets(atlas, found, maps)))
    others = [
        *overview_sheets(atlas, tables["zone_totals"], maps), *reach_sheets(atlas, tables, maps),
        *township_sheets(atlas, tables["balance"], maps),
    ]  # fmt: skip
    yield "overviews, reach, townships", lambda: len(draw_sheets(others))
    load_all("catchment.reports")
    for name in (name for name in report if name != "maps"):
        yield name, lambda name=name: len(report[name](settings, tables, maps, run=run, progress=silent))
    desk = desk_of(found, settings, "", maps)
    yield "notice", lambda: len(write_notice(desk, place, maps / "documents", scopes_of(desk))[0])
    for kind in KINDS:
        yield f"report {kind}", lambda kind=kind: len(list(write_reports(desk, maps / "documents", (kind,))))
    yield "publish", lambda: len(publish_public(settings, found, place / "public", progress=silent)["files"])


class Peak(Thread):
    """Most memory that this process and its children held together, looked at five times a second (Linux)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.mib = 0.0

    def run(self) -> None:
        while True:
            self.mib = max(self.mib, sum(map(resident_mib, [os.getpid(), *children()])))
            time.sleep(0.2)


def children() -> list[int]:
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


def resident_mib(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (FileNotFoundError, ProcessLookupError):  # it has ended
        return 0.0


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    settings, found, total = read_settings(folder), read_run(folder, sys.argv[2] if len(sys.argv) > 2 else "main"), 0.0
    peak = Peak()
    peak.start()
    with TemporaryDirectory() as scratch:
        place = Path(scratch)
        (place / "maps" / "documents").mkdir(parents=True)
        print(f"{'kind':<30}{'seconds':>9}{'files':>7}{'peak MiB':>10}")
        for name, work in kinds(settings, found, place):
            start = time.perf_counter()
            files = work()
            seconds = time.perf_counter() - start
            total += seconds
            print(f"{name:<30}{seconds:>9.2f}{files:>7}{peak.mib:>10.0f}", flush=True)
        print(f"{'whole':<30}{total:>9.2f}")
        sheet = next(zone_sheets(open_atlas(settings, found.tables, "benchmark"), found.tables, place))
        print(f"{'one school map':<30}{one_map_s(sheet, place):>9.2f}")
        for file in sorted([place / "maps" / "map.html", *place.glob("maps/documents/notice_maps_*.pdf")]):
            print(f"{file.name:<30}{file.stat().st_size / 1e6:>9.1f} MB")


if __name__ == "__main__":
    main()
