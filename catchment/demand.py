"""From people and births to children by unit and cohort (docs/method/demand.md).

A cohort is named by its entry year E: the children who are six by 31 August of E, born from 1 September
of E−7 to 31 August of E−6. In autumn Y they are in grade Y−E+1. A cohort keeps its size while it moves
up: what moves it (progression, migration) is the forecast's matter.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catchment.apportion import round_within
from catchment.errors import InputError, problem
from catchment.settings import DemandSettings

ENTRY_AGE = 6
LAST_GRADE = 9
BEFORE_SEPTEMBER, FROM_SEPTEMBER = 8 / 12, 4 / 12


@dataclass(frozen=True)
class Births:
    """Births by calendar year of every area, continued by a yearly change after the last known year."""

    by_year: pd.DataFrame
    """Index area_id, columns calendar years."""

    def cohort(self, entry_year: int) -> pd.Series:
        """Births of the cohort that enters in entry_year: 4/12 of one year and 8/12 of the next."""
        return FROM_SEPTEMBER * self.by_year[entry_year - 7] + BEFORE_SEPTEMBER * self.by_year[entry_year - 6]


def continue_births(births: pd.DataFrame, areas: list[str], years: range, change_per_year: float) -> Births:
    """Births of every area and year: as registered where known, then changing by a fixed share a year.

    births: table `births`; rows of area `*` stand for the whole county and are spread evenly.

    Raises InputError if a year is missing between known ones.
    """
    wide = births.pivot_table(index="area_id", columns="year", values="births", aggfunc="sum").astype(float)
    if "*" in wide.index:
        wide = pd.DataFrame([wide.loc["*"] / len(areas)] * len(areas), index=pd.Index(areas, name="area_id"))
    wide = wide.reindex(areas)
    known = [int(year) for year in wide.columns]
    gaps = sorted(set(range(known[0], known[-1] + 1)) - set(known))
    if gaps or wide.isna().any(axis=None):
        holes = [f"{area} {year}" for area, year in wide.stack(future_stack=True).loc[lambda s: s.isna()].index] + [
            str(g) for g in gaps
        ]
        raise InputError(
            problem(
                "births of an area or a year are missing",
                "give every area a number for every year",
                where="births",
                rows=holes,
            )
        )
    for year in years:
        if year > known[-1]:
            wide[year] = wide[year - 1] * (1 + change_per_year)
        elif year < known[0]:
            wide[year] = wide[known[0]]
    return Births(wide)


def count_children(
    cells: pd.DataFrame,
    people: pd.DataFrame,
    births: pd.DataFrame,
    settings: DemandSettings,
    *,
    year: int,
    entry_years: range,
    change_per_year: float,
) -> pd.DataFrame:
    """Children of every unit and cohort: columns unit_id, area_id, entry_year, children (whole numbers).

    cells: table `cells`; people: table `people` of the grid's `year`; births: table `births`, may be
    empty. Cohorts already born then are the band's people split by their births; later ones are births
    × stay_share, spread like the youngest band. Without births, a band splits evenly and later cohorts
    repeat its last age. Without ages, each cohort is age_share of all people.

    Raises InputError if ages are neither given nor assumed.
    """
    resident = people[people["basis"] == "resident"] if (people["basis"] == "resident").any() else people
    units = cells[["unit_id", "area_id"]].drop_duplicates().sort_values("unit_id").reset_index(drop=True)
    areas = sorted(units["area_id"].unique())
    span = range(min(entry_years.start - 7, year - _oldest_split(resident) - 1), entry_years.stop - 6)
    registered = continue_births(births, areas, span, change_per_year) if len(births) else None
    stay = settings.stay_share if len(births) and (births["basis"] == "registered").all() else 1.0
    by_band = _people_by_unit(cells, resident, units)
    counted = [
        _cohort(by_band, units, areas, registered, settings, stay, entry_year, year - entry_year + ENTRY_AGE).assign(
            entry_year=entry_year
        )
        for entry_year in entry_years
    ]
    return pd.concat(counted, ignore_index=True)[["unit_id", "area_id", "entry_year", "children"]]


def _oldest_split(people: pd.DataFrame) -> int:
    """Last age of the closed bands that hold school children: births back to it split them."""
    bands = people.loc[(people["age_from"] <= ENTRY_AGE + LAST_GRADE) & people["age_to"].notna(), "age_to"]
    return int(bands.max()) if len(bands) else 0


def _people_by_unit(
    cells: pd.DataFrame, people: pd.DataFrame, units: pd.DataFrame
) -> dict[tuple[int, int], NDArray[np.float64]]:
    """People of each age band by unit, in the order of the units; an open band ends at 130."""
    unit_of = pd.Series(units.index, index=units["unit_id"])
    number = cells.set_index("cell_id")["unit_id"].map(unit_of)
    bands = {}
    for (age_from, age_to), band in people.assign(age_to=people["age_to"].fillna(130)).groupby(["age_from", "age_to"]):
        bands[int(age_from), int(age_to)] = np.bincount(
            number.loc[band["cell_id"]], weights=band["people"], minlength=len(units)
        ).astype(np.float64)
    return bands


def _cohort(
    bands: dict[tuple[int, int], NDArray[np.float64]],
    units: pd.DataFrame,
    areas: list[str],
    births: Births | None,
    settings: DemandSettings,
    stay: float,
    entry_year: int,
    age: int,
) -> pd.DataFrame:
    """One cohort by unit, whole numbers; `age` is what it was when the grid was counted (negative: not yet born)."""
    area = np.searchsorted(areas, units["area_id"].to_numpy(dtype=str))
    band = next(((low, high) for low, high in bands if low <= max(age, 0) <= high), None)
    if band is None or band == (0, 130):
        exact = _assumed(bands, settings)
    elif age >= 0 or births is None:
        exact = bands[band] * _age_share(band, age, year_of_age=entry_year + age, births=births, areas=areas)[area]
    else:
        young = bands[band]
        whole = np.bincount(area, weights=young, minlength=len(areas))
        born = births.cohort(entry_year).loc[areas].to_numpy() * stay
        exact = young * np.divide(born, whole, out=np.zeros(len(areas)), where=whole > 0)[area]
    by_area = np.bincount(area, weights=exact, minlength=len(areas)).astype(np.float64)
    county = np.array([round(float(by_area.sum()))])
    totals = round_within(by_area, np.zeros(len(areas), dtype=np.int64), county)
    return units.assign(children=round_within(exact, area, totals))


def _assumed(bands: dict[tuple[int, int], NDArray[np.float64]], settings: DemandSettings) -> NDArray[np.float64]:
    if settings.age_share is None:
        raise InputError(
            problem(
                "the population has no ages that hold school children",
                "give age bands, or set demand.age_share: the share of one single year of age",
                where="study.toml",
            )
        )
    return np.asarray(sum(bands.values()) * settings.age_share)


def _age_share(
    band: tuple[int, int], age: int, *, year_of_age: int, births: Births | None, areas: list[str]
) -> NDArray[np.float64]:
    """Share of a single age in its band by area: by births where known, else even."""
    low, high = band
    if births is None:
        return np.full(len(areas), 1 / (high - low + 1))
    cohorts = [births.cohort(year_of_age - a).loc[areas].to_numpy() for a in range(low, high + 1)]
    return np.asarray(cohorts[max(age, low) - low] / np.sum(cohorts, axis=0))


def demand_table(
    children: pd.DataFrame, stages: dict[str, range], years: range, enrol_share: dict[str, float], scenario: str
) -> pd.DataFrame:
    """Table `demand`: cohorts read off by autumn and grade; units without children have no row.

    A stage that takes up only a share of its children keeps the county's total exactly.
    """
    parts = []
    for stage, grades in stages.items():
        for year in years:
            rows = children[children["entry_year"].isin([year - g + 1 for g in grades]) & (children["children"] > 0)]
            rows = rows.assign(stage=stage, grade=year - rows["entry_year"] + 1, year=year, scenario=scenario)
            parts.append(_take_share(rows, enrol_share.get(stage, 1.0)))
    return pd.concat(parts, ignore_index=True)[["unit_id", "stage", "grade", "year", "scenario", "children"]]


def _take_share(rows: pd.DataFrame, share: float) -> pd.DataFrame:
    if share == 1.0 or rows.empty:
        return rows
    total = np.array([round(float(rows["children"].sum()) * share)])
    exact = rows["children"].to_numpy(dtype=float)
    taken = rows.assign(children=round_within(exact, np.zeros(len(rows), dtype=np.int64), total))
    return taken[taken["children"] > 0]
