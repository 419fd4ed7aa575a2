"""Class returns before the latest: autumn 2024 and spring 2025, traced back from the classes of autumn 2025."""

import numpy as np
import pandas as pd

from catchment.demo import facts
from catchment.demo.enrolment import SNAPSHOT
from catchment.demo.schools import ROOM_SEATS

AUTUMN, SPRING = f"{facts.BASE_YEAR - 1}-09-01", f"{facts.BASE_YEAR}-03-01"
FIRST = {"小学": 1, "初中": 7}
SPLIT_SHARE = 0.12  # of the grades over the standard, that got one more class for the spring term


def make_snapshots(classes: pd.DataFrame, enrolment: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Rows of all three returns: the columns of `classes` and snapshot, oldest first.

    A cohort that is still there had as many classes a year before; one that has left had classes of the usual size.
    In spring some grades over the standard have been divided anew, and a few pupils have come or gone.
    """
    before = _autumn(classes, enrolment)
    spring = _spring(before, rng)
    return pd.concat(
        [before.assign(snapshot=AUTUMN), spring.assign(snapshot=SPRING), classes.assign(snapshot=SNAPSHOT)],
        ignore_index=True,
    )


def _autumn(classes: pd.DataFrame, enrolment: pd.DataFrame) -> pd.DataFrame:
    names = dict(zip(classes["school_id"], classes["name"], strict=True))
    counts = classes.groupby(["school_id", "stage", "entry_year"]).size()
    rows = []
    for row in enrolment[enrolment["year"] == facts.BASE_YEAR - 1].itertuples():
        entry = row.year - (row.grade - FIRST[row.stage])
        number = counts.get((row.school_id, row.stage, entry), -(-row.pupils // ROOM_SEATS[row.stage]))
        rows += _classes(row.school_id, names[row.school_id], row.stage, entry, row.grade, row.pupils, int(number))
    return pd.DataFrame(rows, columns=list(classes.columns))


def _classes(
    school: str, name: str, stage: str, entry: int, grade: int, pupils: int, number: int
) -> list[tuple[object, ...]]:
    """A grade in so many classes of nearly the same size."""
    small, more = divmod(pupils, number)
    return [(school, name, stage, entry, grade, f"{n + 1:02d}", small + (n < more)) for n in range(number)]


def _spring(before: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The same classes half a year later."""
    rows: list[tuple[object, ...]] = []
    for _, own in before.groupby(["school_id", "name", "stage", "entry_year", "grade"], sort=False):
        school, name, stage, entry, grade = own.iloc[0, :5]
        sizes = own["pupils"].to_numpy()
        if sizes.max() > ROOM_SEATS[stage] and rng.random() < SPLIT_SHARE:
            rows += _classes(school, name, stage, int(entry), int(grade), int(sizes.sum()), len(sizes) + 1)
            continue
        moved = np.maximum(sizes + rng.integers(-1, 2, len(sizes)), 1)
        rows += [
            (school, name, stage, entry, grade, number, int(size))
            for number, size in zip(own["class_no"], moved, strict=True)
        ]
    return pd.DataFrame(rows, columns=list(before.columns))
