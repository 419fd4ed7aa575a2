"""From people and births to children by unit and cohort (docs/method/demand.md).

A cohort is named by its entry year E: the children who are six by 31 August of E, born from 1 September
of E−7 to 31 August of E−6. In autumn Y they are in grade Y−E+1. A cohort keeps its size while it moves
up: what moves it (progression, migration) is the forecast's matter.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catchment.ages import composite_link
from catchment.apportion import round_within
from catchment.births import by_year
from catchment.errors import InputError, problem
from catchment.raking import rake
from catchment.settings import DemandSettings

ENTRY_AGE = 6
LAST_AGE = 99
"""An open band is taken to end here."""
FEWEST_BANDS = 3
"""Fewer bands say nothing of a curve."""
LAST_GRADE = 9
Bands = dict[tuple[int, int], NDArray[np.float64]]
"""Age band → people by unit."""


@dataclass(frozen=True)
class Births:
    """Births by calendar year of every area, continued by a yearly change after the last known year."""

    by_year: pd.DataFrame
    """Index area_id, columns calendar years."""
    late_share: pd.DataFrame
    """The same shape: share of a year's births from 1 September on."""

    def cohort(self, entry_year: int) -> pd.Series:
        """Births of the cohort that enters in entry_year: the late ones of one year and the early ones of the next."""
        older, younger = entry_year - 7, entry_year - 6
        return self.late_share[older] * self.by_year[older] + (1 - self.late_share[younger]) * self.by_year[younger]


def continue_births(births: pd.DataFrame, areas: list[str], years: range, change_per_year: float) -> Births:
    """Births of every area and year: as registered where known, then changing by a fixed share a year.

    births: table `births`; rows of area `*` stand for the whole county and are spread evenly. Years before the first
    known one are as that one.

    Raises InputError if a year is missing between known ones.
    """
    wide, late = by_year(births)
    if "*" in wide.index:
        index = pd.Index(areas, name="area_id")
        wide = pd.DataFrame([wide.loc["*"] / len(areas)] * len(areas), index=index)
        late = pd.DataFrame([late.loc["*"]] * len(areas), index=index)
    missing = sorted(set(areas) - set(wide.index))
    if missing:
        what, remedy = "births of an area or a year are missing", "give every area a number for every year"
        raise InputError(problem(what, remedy, where="births", rows=missing))
    wide, late = wide.loc[areas], late.loc[areas]
    first, last = int(wide.columns[0]), int(wide.columns[-1])
    for year in range(min(years.start, first), max(years.stop, last + 1)):
        if year not in wide:
            known = last if year > last else first
            wide[year] = wide[known] * (1 + change_per_year) ** max(0, year - last)
            late[year] = late[known]
    return Births(wide, late)


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
    × stay_share, spread like the youngest band. Without births, a band splits along the smoothest curve through
    all bands of its area (composite link) and later cohorts repeat its last age. Without ages, each cohort is
    age_share of all people.

    Raises InputError if ages are neither given nor assumed, or if age bands overlap.
    """
    resident = people[people["basis"] == "resident"] if (people["basis"] == "resident").any() else people
    units = cells[["unit_id", "area_id"]].drop_duplicates().sort_values("unit_id").reset_index(drop=True)
    areas = sorted(units["area_id"].unique())
    span = range(min(entry_years.start - 7, year - _oldest_split(resident) - 1), entry_years.stop - 6)
    registered = continue_births(births, areas, span, change_per_year) if len(births) else None
    stay = settings.stay_share if len(births) and (births["basis"] == "registered").all() else 1.0
    by_band = _people_by_unit(cells, resident, units)
    _check_bands(by_band)
    curve = None if registered else _curve(by_band, np.searchsorted(areas, units["area_id"].to_numpy(dtype=str)))
    counted = [
        _cohort(
            by_band, units, areas, registered, curve, settings, stay, entry_year, year - entry_year + ENTRY_AGE
        ).assign(entry_year=entry_year)
        for entry_year in entry_years
    ]
    return pd.concat(counted, ignore_index=True)[["unit_id", "area_id", "entry_year", "children"]]


def _oldest_split(people: pd.DataFrame) -> int:
    """Last age of the closed bands that hold school children: births back to it split them."""
    bands = people.loc[(people["age_from"] <= ENTRY_AGE + LAST_GRADE) & people["age_to"].notna(), "age_to"]
    return int(bands.max()) if len(bands) else 0


def _people_by_unit(cells: pd.DataFrame, people: pd.DataFrame, units: pd.DataFrame) -> Bands:
    """People of each age band by unit, in the order of the units; an open band ends at 130."""
    unit_of = pd.Series(units.index, index=units["unit_id"])
    number = cells.set_index("cell_id")["unit_id"].map(unit_of)
    bands = {}
    for (age_from, age_to), band in people.assign(age_to=people["age_to"].fillna(130)).groupby(["age_from", "age_to"]):
        bands[int(age_from), int(age_to)] = np.bincount(
            number.loc[band["cell_id"]], weights=band["people"], minlength=len(units)
        ).astype(np.float64)
    return bands


def _check_bands(bands: Bands) -> None:
    """Raises InputError if two bands hold the same age."""
    order = sorted(bands)
    clash = [f"{a}-{b}, {c}-{d}" for (a, b), (c, d) in pairwise(order) if c <= b]
    if clash:
        what, remedy = "age bands overlap", "let every age be in one band only"
        raise InputError(problem(what, remedy, where="sources.population", rows=clash))


def _curve(bands: Bands, area: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Single ages of every area from its bands, areas × ages from 0; None where the bands do not follow one another."""
    order = sorted(bands)
    gaps = [True for (_, high), (low, _) in pairwise(order) if low != high + 1]
    if len(order) < FEWEST_BANDS or order[0][0] != 0 or gaps:
        return None
    counts = np.stack([np.bincount(area, weights=bands[band]) for band in order], axis=1)
    lasts = [min(high, LAST_AGE) for _, high in order]
    return composite_link(counts, [low for low, _ in order], lasts, last_age=lasts[-1])


def _cohort(
    bands: Bands,
    units: pd.DataFrame,
    areas: list[str],
    births: Births | None,
    curve: NDArray[np.float64] | None,
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
        exact = bands[band] * _age_share(band, age, entry_year + age, births, curve, areas)[area]
    else:
        young = bands[band]
        whole = np.bincount(area, weights=young, minlength=len(areas))
        born = births.cohort(entry_year).loc[areas].to_numpy() * stay
        exact = young * np.divide(born, whole, out=np.zeros(len(areas)), where=whole > 0)[area]
    by_area = np.bincount(area, weights=exact, minlength=len(areas)).astype(np.float64)
    county = np.array([round(float(by_area.sum()))])
    totals = round_within(by_area, np.zeros(len(areas), dtype=np.int64), county)
    return units.assign(children=round_within(exact, area, totals))


def _assumed(bands: Bands, settings: DemandSettings) -> NDArray[np.float64]:
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
    band: tuple[int, int],
    age: int,
    year_of_age: int,
    births: Births | None,
    curve: NDArray[np.float64] | None,
    areas: list[str],
) -> NDArray[np.float64]:
    """Share of a single age in its band by area: by births where known, else along the curve, else even."""
    low, high = band
    if births is not None:
        cohorts = [births.cohort(year_of_age - a).loc[areas].to_numpy() for a in range(low, high + 1)]
        return np.asarray(cohorts[max(age, low) - low] / np.sum(cohorts, axis=0))
    even = np.full(len(areas), 1 / (high - low + 1))
    if curve is None:
        return even
    whole = curve[:, low : high + 1].sum(1)
    return np.divide(curve[:, max(age, low)], whole, out=even, where=whole > 0)


def fit_to_enrolment(children: pd.DataFrame, pupils: pd.Series) -> pd.DataFrame:
    """Children of the cohorts that are in school, raked to the pupils enrolled of each cohort; whole numbers.

    children: as from count_children. pupils: entry_year → children that the county's enrolment stands for. Each
    area keeps its share of all these children, each cohort gets its total; units share as before within both.
    Cohorts without pupils stay as they are.

    Raises InputError if a cohort has pupils and no children.
    """
    told = children["entry_year"].isin(pupils.index[pupils > 0])
    rows = children[told]
    if rows.empty:
        return children
    areas, area = np.unique(rows["area_id"].to_numpy(dtype=str), return_inverse=True)
    cohorts, cohort = np.unique(rows["entry_year"].to_numpy(), return_inverse=True)
    exact = rows["children"].to_numpy(dtype=float)
    wanted = pupils.reindex(cohorts).to_numpy(dtype=float)
    shares = np.bincount(area, weights=exact, minlength=len(areas)) / exact.sum() * wanted.sum()
    raked = rake(exact, [(area, shares), (cohort, wanted)])
    fitted = children["children"].to_numpy(dtype=np.int64).copy()
    for number, total in enumerate(wanted):
        own = cohort == number
        fitted[np.flatnonzero(told)[own]] = round_within(
            raked[own], np.zeros(own.sum(), dtype=np.int64), np.array([round(total)])
        )
    return children.assign(children=fitted)


def trust(cells: pd.DataFrame, people: pd.DataFrame, births: pd.DataFrame) -> pd.DataFrame:
    """Table `trust`: what the children of each cell rest on, 5 (counted by single age) to 1 (assumed)."""
    resident = people[people["basis"] == "resident"] if (people["basis"] == "resident").any() else people
    bands = {
        (low, 130 if pd.isna(high) else int(high))
        for low, high in resident[["age_from", "age_to"]].drop_duplicates().itertuples(index=False)
    }
    of_school_age = [(low, high) for low, high in bands if low <= ENTRY_AGE + LAST_GRADE and high < 130]
    if of_school_age and all(low == high for low, high in of_school_age):
        return cells[["cell_id"]].assign(trust=5, rests_on="single_ages")
    if not of_school_age:
        return cells[["cell_id"]].assign(trust=1, rests_on="assumed_share")
    if births.empty:
        return cells[["cell_id"]].assign(trust=2, rests_on="bands_curve")
    own = cells["area_id"].isin(set(births["area_id"]))
    return cells[["cell_id"]].assign(
        trust=np.where(own, 4, 3), rests_on=np.where(own, "bands_births_of_area", "bands_births_of_county")
    )


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
