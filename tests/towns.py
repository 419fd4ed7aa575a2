"""The toy town laid out in a folder and carried through to a finished run, for tests of what is written from runs."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from conftest import PEOPLE, STUDY, schools, streets, write_population

from catchment.pipeline import run_steps
from catchment.runs import Run, read_run, write_run
from catchment.settings import read_settings

CLASSES = ["学校标识码", "学段", "入学年份", "年级", "班号", "学生数", "统计日期"]


def lay_out(
    folder: Path, *, people: np.ndarray = PEOPLE, rows: pd.DataFrame | None = None,
    classes: Iterable[tuple[object, ...]] = (), more: str = "",
) -> Path:  # fmt: skip
    """study.toml and data/raw of the toy town; rows: its schools; classes: school, entry year, grade, pupils, date of the return; more: tables of study.toml."""
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    write_population(raw / "population.tif", people)
    streets().to_file(raw / "roads.gpkg", driver="GPKG")
    (schools() if rows is None else rows).to_csv(raw / "schools.csv", index=False)
    told = [(school, "小学", entered, grade, 1, pupils, date) for school, entered, grade, pupils, date in classes]
    if told:
        pd.DataFrame(told, columns=CLASSES).to_csv(raw / "classes.csv", index=False)
        more = f'[sources.classes]\npath = "data/raw/classes.csv"\n{more}'
    (folder / "study.toml").write_text(STUDY + more, "utf-8")
    return folder


def finished(folder: Path, run: str = "main") -> Run:
    """The run of a study, made and read back from its files."""
    settings = read_settings(folder)
    write_run(folder, run, settings, run_steps(folder, settings, {}, lambda *_: None), None)
    return read_run(folder, run)
