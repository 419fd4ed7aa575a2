"""Pupils of the past as arrays: what every part of the forecast works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catchment.forecast.cohorts import Array

BREAK_SIGMAS, BREAK_LEAST = 4.0, 0.05
"""A year stands out when the county's cohorts lose or gain this many robust deviations, and at least this share."""


@dataclass(frozen=True)
class Pool:
    """Births by calendar year of each series' area, and how they become children of entry age.

    Entrants of autumn Y were born in Y − age − 1 (older_share of that year) and Y − age (the rest of the cut):
    with the cut of 31 August, 4/12 and 8/12.
    """

    births: Array
    """Series × calendar years."""
    first_year: int
    age: int = 6
    older_share: float | Array = 4 / 12
    """Share of a year's births that come after the cut; one for all, or series × calendar years."""
    change_per_year: float = 0.0
    """Yearly relative change after the last known year."""
    county: Array | None = None
    """Births of all areas together by calendar year; None = areas are not drawn towards it."""
    shrink_births: float = 0.0
    """An area's own share of a year counts half against its mean share when it has this many births a year."""

    @property
    def last_year(self) -> int:
        return self.first_year + self.births.shape[1] - 1

    def until(self, year: int) -> "Pool":
        """What was known in the autumn of `year`: births up to the year before."""
        keep = max(1, min(self.births.shape[1], year - self.first_year))
        share = self.older_share if isinstance(self.older_share, float) else self.older_share[:, :keep]
        county = None if self.county is None else self.county[:keep]
        return replace(self, births=self.births[:, :keep], older_share=share, county=county)

    def of(self, autumn: int) -> Array:
        """Children of entry age of every series in an autumn; before the first year of births as in the first."""
        older, younger = autumn - self.age - 1, autumn - self.age
        return self._late(older) * self._born(older) + (1 - self._late(younger)) * self._born(younger)

    def _drawn_in(self) -> Array:
        """Births with each area's share of the county drawn towards its mean: chance, and who crosses borders, even out.

        B = C · m · (B/C / m)^w, m the area's mean share, w = n / (n + κ) with n births a year, κ = shrink_births.
        """
        if self.county is None or self.shrink_births == 0:
            return self.births
        county = np.maximum(self.county, 1e-9)
        mean = self.births.sum(1, keepdims=True) / county.sum()
        yearly = self.births.mean(1, keepdims=True)
        weight = yearly / np.maximum(yearly + self.shrink_births, 1e-9)
        own = np.divide(self.births / county, mean, out=np.ones_like(self.births), where=mean > 0)
        return np.asarray(county * mean * own**weight)

    def last_born(self) -> int:
        """Last autumn whose entrants are all among the known births."""
        return self.last_year + self.age

    def _known(self, year: int) -> int:
        return min(max(year - self.first_year, 0), self.births.shape[1] - 1)

    def _late(self, year: int) -> float | Array:
        return self.older_share if isinstance(self.older_share, float) else self.older_share[:, self._known(year)]

    def _born(self, year: int) -> Array:
        known = self._drawn_in()[:, self._known(year)]
        return np.asarray(known * (1 + self.change_per_year) ** max(0, year - self.last_year))


@dataclass(frozen=True)
class History:
    """Pupils by series, grade and year. A series is a school's stage (and residence status)."""

    pupils: Array
    """Series × grades × years; nan = no such grade, or not reported."""
    grades: tuple[int, ...]
    first_year: int
    keys: pd.DataFrame
    """One row per series: school_id, stage, status, area_id."""
    pool: Pool | None = None
    follow: Mapping[int, float] = field(default_factory=dict)
    """Grade → how far its entrants follow the county's leavers of the grade below: 1 fully, 0 not at all."""
    entered: Array | None = None
    """Entrants as they would have been in today's zones, same shape as pupils; None = the pupils themselves."""
    counted: Mapping[int, Array] = field(default_factory=dict)
    """Autumn ahead → children counted already (kindergartens), per series and as comparable to the pool; nan = none."""

    @property
    def last_year(self) -> int:
        return self.first_year + self.pupils.shape[2] - 1

    @property
    def areas(self) -> NDArray[np.int64]:
        """Number of each series' area."""
        return np.unique(self.keys["area_id"].to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)

    @property
    def groups(self) -> NDArray[np.int64]:
        """Number of each series' stage and status: what grows together."""
        named = (self.keys["stage"] + "/" + self.keys["status"]).to_numpy(dtype=str)
        return np.unique(named, return_inverse=True)[1].astype(np.int64)

    @property
    def offered(self) -> NDArray[np.bool_]:
        """Whether a series has a grade in the last year: series × grades."""
        return ~np.isnan(self.pupils[:, :, -1])

    def until(self, year: int) -> "History":
        """The same as it was known in the autumn of `year`."""
        years = year - self.first_year + 1
        return replace(
            self,
            pupils=self.pupils[:, :, :years],
            pool=self.pool.until(year) if self.pool else None,
            entered=None if self.entered is None else self.entered[:, :, :years],
            counted={},
        )


def make_history(
    enrolment: pd.DataFrame,
    areas: Mapping[str, str],
    *,
    pool: Mapping[str, Array] | None = None,
    pool_first_year: int = 0,
    age: int = 6,
    older_share: float | Mapping[str, Array] = 4 / 12,
    change_per_year: float = 0.0,
    follow: Mapping[int, float] | None = None,
    shrink_births: float = 0.0,
) -> History:
    """Table `enrolment` as a History; years and grades between the first and the last are consecutive.

    areas: school_id → area_id; schools that are not in it stand in area `*`. pool: area_id → births by calendar
    year from pool_first_year; `*` serves every area that has none of its own. Births bind the lowest grade.
    older_share: share of a year's births after the cut, one for all or by area and year like pool.
    """
    columns = ["school_id", "stage", "status"]
    keys = enrolment[columns].drop_duplicates().sort_values(columns).reset_index(drop=True)
    keys = keys.assign(area_id=[areas.get(school, "*") for school in keys["school_id"]])
    grades = range(int(enrolment["grade"].min()), int(enrolment["grade"].max()) + 1)
    years = range(int(enrolment["year"].min()), int(enrolment["year"].max()) + 1)
    pupils = np.full((len(keys), len(grades), len(years)), np.nan)
    series = pd.MultiIndex.from_frame(keys[columns]).get_indexer(pd.MultiIndex.from_frame(enrolment[columns]))
    pupils[series, enrolment["grade"] - grades[0], enrolment["year"] - years[0]] = enrolment["pupils"]
    births = None
    if pool:
        rows = [pool.get(area, pool.get("*")) for area in keys["area_id"]]
        width = len(next(iter(pool.values())))
        filled = np.array([np.ones(width) if row is None else row for row in rows])
        late: float | Array
        if isinstance(older_share, float):
            late = older_share
        else:
            told = [older_share.get(area, older_share.get("*")) for area in keys["area_id"]]
            late = np.array([np.full(width, 4 / 12) if row is None else row for row in told])
        used = sorted({area if area in pool else "*" for area in keys["area_id"]} & set(pool))
        county = np.sum([pool[area] for area in used], axis=0) if shrink_births and used else None
        births = Pool(filled, pool_first_year, age, late, change_per_year, county, shrink_births)
    return History(pupils, tuple(grades), years[0], keys, births, dict(follow or {}))


def transitions(pupils: Array) -> tuple[Array, Array]:
    """Pupils of a grade and of the grade below a year before, wherever a series has both: series × grades−1 × years−1.

    0 in both where one is missing: sums then count matched pupils only.
    """
    above, below = pupils[:, 1:, 1:], pupils[:, :-1, :-1]
    both = ~np.isnan(above) & ~np.isnan(below)
    return np.where(both, above, 0.0), np.where(both, below, 0.0)


def broken_years(history: History) -> list[int]:
    """Years that fall out of the series and come back: neither how cohorts got into them nor out of them is usual.

    The county's cohorts as a whole change by log Σ above / Σ below; a year is broken when the change into it and the
    change out of it both differ from the median by more than 4 robust deviations and 5 %, in opposite senses.
    """
    above, below = transitions(history.pupils)
    total_above, total_below = above.sum((0, 1)), below.sum((0, 1))
    seen = (total_above > 0) & (total_below > 0)
    if seen.sum() < 4:
        return []
    change = np.where(seen, np.log(np.where(seen, total_above, 1) / np.where(seen, total_below, 1)), np.nan)
    off = change - np.nanmedian(change)
    limit = max(BREAK_LEAST, BREAK_SIGMAS * 1.4826 * float(np.nanmedian(np.abs(off))))
    return [
        history.first_year + year
        for year in range(1, len(off))
        if off[year - 1] * off[year] < 0 and min(abs(off[year - 1]), abs(off[year])) > limit
    ]


def without_years(history: History, years: Sequence[int]) -> History:
    """The same with some years not used, as if nothing were known of them; the last year always stays."""
    drop = [year - history.first_year for year in years if history.first_year <= year < history.last_year]
    if not drop:
        return history
    pupils, entered = history.pupils.copy(), None if history.entered is None else history.entered.copy()
    for known in (pupils, entered):
        if known is not None:
            known[:, :, drop] = np.nan
    return replace(history, pupils=pupils, entered=entered)
