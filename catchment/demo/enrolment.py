"""Classes of autumn 2025 and registered births: the grades follow the birth cohorts."""

import numpy as np
import pandas as pd

from catchment.demo import facts
from catchment.demo.areas import whole
from catchment.demo.terrain import Ints

SNAPSHOT = f"{facts.BASE_YEAR}-09-01"
CROWDED = 63  # plus the grade: the size of a few overcrowded classes


def make_classes(schools: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row per class: school_id, name, stage, entry_year, grade, class_no, pupils."""
    crowded = _crowded(schools, rng)
    rows: list[tuple[str, str, str, int, int, str, int]] = []
    for stage, first in (("小学", 1), ("初中", 7)):
        own = schools[schools["stage"] == stage]
        for grade, pupils in _by_grade(own, first, rng).items():
            entry = facts.BASE_YEAR - (grade - first)
            for (school, row), count in zip(own.iterrows(), pupils.tolist(), strict=True):
                sizes = _split(count, _usual(row), rng)
                if (school, grade) in crowded:
                    sizes = _crowd(sizes, CROWDED + grade)
                for number, size in enumerate(sizes, start=1):
                    rows.append((row["school_id"], row["name"], stage, entry, grade, f"{number:02d}", size))
    return pd.DataFrame(rows, columns=["school_id", "name", "stage", "entry_year", "grade", "class_no", "pupils"])


def _by_grade(schools: pd.DataFrame, first: int, rng: np.random.Generator) -> dict[int, Ints]:
    """Pupils by grade of each school; teaching points end after grade 3, their children go on elsewhere."""
    last = first + (6 if first == 1 else 3)
    point = (schools["kind"] == "教学点").to_numpy()
    pupils = schools["pupils"].to_numpy(float)
    found = {}
    for grade in range(first, last):
        small = np.where(point & (grade <= 3), np.maximum(5, np.round(pupils / 3 + rng.normal(0, 1, len(pupils)))), 0)
        rest = round(facts.children_of_grade(grade)) - int(small.sum())
        weights = np.where(point, 0.0, pupils * np.exp(rng.normal(0, 0.035, len(pupils))))
        found[grade] = whole(weights, rest) + small.clip(0, 30).astype(np.int64)
    return found


def _usual(row: pd.Series) -> float:
    """Class size that a school aims at: never more classes than rooms if it can help it."""
    grades = 6 if row["stage"] == "小学" else 3
    rooms_per_grade = max(1, row["rooms"] // grades)
    return float(min(58.0, max(row["pupils"] / grades / rooms_per_grade, 38.0)) + 1.0)


def _crowded(schools: pd.DataFrame, rng: np.random.Generator) -> set[tuple[int, int]]:
    """A few grades of large city primary schools where one class is overcrowded."""
    city = schools[(schools["stage"] == "小学") & (schools["place"] == "city") & (schools["owner"] == "公办")]
    chosen = rng.choice(city.nlargest(8, "pupils").index.to_numpy(), 3, replace=False)
    return {(int(school), int(grade)) for school, grade in zip(chosen, (3, 4, 6), strict=True)}


def _split(count: int, usual: float, rng: np.random.Generator) -> list[int]:
    """A grade in classes of nearly the same size."""
    if not count:
        return []
    classes = max(1, int(np.ceil(count / usual)))
    sizes = np.full(classes, count // classes)
    sizes[: count % classes] += 1
    for _ in range(classes // 2):
        one, other = rng.integers(0, classes, 2)
        if sizes[one] > 20:
            sizes[one], sizes[other] = sizes[one] - 1, sizes[other] + 1
    return [int(size) for size in sizes]


def _crowd(sizes: list[int], size: int) -> list[int]:
    """The first class filled up to a size from the others."""
    given, left = divmod(size - sizes[0], len(sizes) - 1)
    return [size] + [each - given - (number < left) for number, each in enumerate(sizes[1:])]


def make_births(children_by_area: dict[str, int]) -> pd.DataFrame:
    """Registered births by area and year: the county's series in proportion to the children living there."""
    weights = np.array(list(children_by_area.values()), float)
    tables = [
        pd.DataFrame({"area_id": list(children_by_area), "year": year, "basis": "registered",
                      "births": whole(weights, births)})
        for year, births in facts.BIRTHS.items()
    ]  # fmt: skip
    return pd.concat(tables).sort_values(["area_id", "year"], kind="stable").reset_index(drop=True)
