"""The central forecast: cohorts moved up, entrants added, school by school."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from catchment.apportion import round_within
from catchment.forecast.cohorts import Array, project, temper
from catchment.forecast.entry import entry_levels, entry_points, pool_ahead
from catchment.forecast.history import History, broken_years, without_years
from catchment.forecast.progression import progression_ratios


@dataclass(frozen=True)
class Model:
    """The numbers of the model. Chosen on Baltimore 2003-2017 and Eau Claire 1998-2024 (docs/method/forecast.md)."""

    half_life_years: float = 3.0
    """Progression ratios: a year this far back counts half."""
    shrink_pupils: float = 200.0
    """A school's own ratio counts as much as its area's when this many pupils were seen."""
    entry_half_life_years: float = 1.5
    """Entrants of a school: the same."""
    drift_half_life_years: float = 2.0
    """General level of entrants per child: the same."""
    own_growth_share: float = 0.5
    """How far a school's own growth is believed, against its stage's."""
    progression: Mapping[int, float] = field(default_factory=dict)
    """Grade → pupils per pupil of the grade below a year before, where no transition was ever seen."""
    skip_years: tuple[int, ...] = ()
    """Years that tell nothing of others."""


def usable(history: History, model: Model) -> History:
    """The history without the years that are named, or found, to fall out of the series."""
    return without_years(history, [*model.skip_years, *broken_years(history)])


def forecast(history: History, years: int, model: Model, joining: Array | None = None) -> Array:
    """Pupils of every series, grade and year ahead (series × grades × years), not rounded; nan where not offered.

    joining: pupils on top (new housing), same shape.
    """
    known = usable(history, model)
    offered = history.offered
    points = entry_points(offered)
    given = np.array([model.progression.get(grade, 1.0) for grade in history.grades])
    ratios = progression_ratios(known, given, half_life_years=model.half_life_years, shrink_pupils=model.shrink_pupils)
    ratios = np.where(offered & ~points, ratios, 0.0)
    levels = entry_levels(
        known, points, half_life_years=model.entry_half_life_years, drift_years=model.drift_half_life_years
    )
    now = np.nan_to_num(history.pupils[:, :, -1])
    ahead = np.empty((*now.shape, years))
    before = now
    for year in range(years):
        pools = [pool_ahead(known, grade, before, history.last_year + 1 + year) for grade in range(now.shape[1])]
        entering = (levels * np.stack(pools, axis=1))[:, :, None]
        ahead[:, :, year] = project(before, entering, ratios)[:, :, 0]
        before = ahead[:, :, year]
    ahead = temper(ahead, now, history.groups, model.own_growth_share)
    if joining is not None:
        ahead = ahead + joining
    ahead[~offered] = np.nan
    return ahead


def whole(ahead: Array, history: History) -> Array:
    """The forecast in whole pupils: county by stage, grade and year first, then areas, then schools; nan stays.

    So school → area → county add up exactly.
    """
    rounded = np.zeros(ahead.shape)
    areas = history.areas
    for group in range(history.groups.max() + 1):
        own = np.flatnonzero(history.groups == group)
        numbers, area = np.unique(areas[own], return_inverse=True)
        for grade in range(ahead.shape[1]):
            for year in range(ahead.shape[2]):
                exact = np.nan_to_num(ahead[own, grade, year])
                by_area = np.bincount(area, weights=exact, minlength=len(numbers))
                county = np.array([round(float(by_area.sum()))])
                totals = round_within(by_area.astype(np.float64), np.zeros(len(numbers), dtype=np.int64), county)
                rounded[own, grade, year] = round_within(exact, area, totals)
    return np.where(np.isnan(ahead), np.nan, rounded)
