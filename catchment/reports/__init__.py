"""Publications: the only step that writes for people to read. One function per report, run by `publish`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from catchment.registry import Registry, load_all
from catchment.settings import Settings

Progress = Callable[[str, int, int], None]
"""Called with a step's name, how much of it is done, and how much there is."""

report: Registry[Any] = Registry("report")


def publish(
    settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str, progress: Progress
) -> list[Path]:
    """Write every report of a run into a folder and return the files, in the order of the reports' names.

    `tables` maps the names of `catchment.tables.TABLES` to tables; areas, units, edges and water carry
    geometry in metres of the study's reference system. Same inputs, same bytes.
    """
    load_all(__name__)
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for name in report:
        files += report[name](settings, tables, folder, run=run, progress=progress)
    return files
