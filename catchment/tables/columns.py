"""Of what tables are made: columns with their kind, meaning, unit and limits."""

from dataclasses import dataclass, field
from typing import get_args

import pandas as pd

from catchment.settings.base import SurroundingKind

STAGES = ("primary", "junior")
BASES = ("resident", "registered")
GRADES = {"primary": range(1, 7), "junior": range(7, 10)}
CLASS_SIZE = {"primary": 45, "junior": 50}
"""Pupils for which a classroom is built, and beyond which a class is over the standard, by stage (STANDARDS 2.1, 3.3)."""
CLASS_COUNTS = (12, 18, 24, 30, 36, 48)
"""Usual numbers of classes of a school (STANDARDS 3.3)."""
KINDS = ("full_primary", "teaching_point", "junior", "nine_year", "complete_secondary", "twelve_year")
OWNERSHIPS = ("public", "private")
SETTINGS = ("urban", "town", "rural")
PROJECT_KINDS = ("new", "relocated", "expanded", "temporary", "converted", "closed")
STATUSES = ("all", "local", "migrant")
EVENT_KINDS = ("closes", "merges", "renamed", "zone_change")
LEVELS = ("school", "area", "county")
VERDICTS = ("kept", "broken", "unknown", "excluded")
SURROUNDING_KINDS: tuple[str, ...] = get_args(SurroundingKind)
EFFECTS = ("exclude", "fail", "penalise")
SITE_VERDICTS = ("passed", "penalised", "unknown", "failed", "ruled_out")
"""From best to worst: what is not known may be worse than a warning."""
TIERS = ("green", "yellow", "orange", "red")

DTYPES = {
    "text": "str",
    "int": "int64",
    "number": "float64",
    "flag": "bool",
    "int?": "Int64",
    "number?": "float64",
    "text?": "str",
}


@dataclass(frozen=True)
class Column:
    """One column: its kind (text, int, number, flag; `?` = may be absent), meaning and limits."""

    name: str
    kind: str
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: what a row is, its key and its columns."""

    name: str
    row_is: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    geometry: str = ""
    dtypes: dict[str, str] = field(init=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtypes", {c.name: DTYPES[c.kind] for c in self.columns})

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def empty(self) -> pd.DataFrame:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in self.dtypes.items()})


def id_column(name: str, meaning: str) -> Column:
    return Column(name, "text", meaning)


def count_column(name: str, meaning: str) -> Column:
    return Column(name, "int", meaning, low=0)


# fmt: off
STAGE = Column("stage", "text", "school stage", one_of=STAGES)
YEAR = Column("year", "int", "school year, by the autumn in which it starts", low=1900, high=2200)
SCENARIO = id_column("scenario", "name of the forecast scenario")
X = Column("x_m", "number", "easting in the study's reference system", "m")
Y = Column("y_m", "number", "northing in the study's reference system", "m")
# fmt: on
