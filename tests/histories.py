"""Small histories of pupils for the tests of the forecast: by hand, and drawn by hypothesis."""

import itertools

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from catchment.forecast.history import History, Pool
from catchment.tables import PAST_FORECASTS


def history(pupils, *, grades=None, first_year=2019, areas=None, stages=None, statuses=None, pool=None, **more):
    """A History from nested lists: series × grades × years; None = no such grade, or not reported."""
    array = np.array(pupils, dtype=float)
    count = len(array)
    keys = pd.DataFrame(
        {
            "school_id": [f"s{i}" for i in range(count)],
            "stage": stages or ["primary"] * count,
            "status": statuses or ["all"] * count,
            "area_id": areas or ["A"] * count,
        }
    )
    told = tuple(grades or range(1, array.shape[1] + 1))
    return History(array, told, first_year, keys, pool, **more)


def births(rows, first_year=2013, **more):
    return Pool(np.array(rows, dtype=float), first_year, **more)


def events(*rows):
    return pd.DataFrame(rows, columns=["school_id", "to_school_id", "year", "kind", "share"])


@st.composite
def histories(draw, most_years=6, gaps=True, births_known=None):
    """Any county: single schools and years, zeros, grades missing, years that some did not report."""
    series, grades, years = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, most_years))
    count = st.one_of(st.integers(0, 3), st.integers(0, 300))
    cell = st.one_of(st.none(), count, count, count) if gaps else count
    size = series * grades * years
    cells = np.array(draw(st.lists(cell, min_size=size, max_size=size)), dtype=float)
    pool = None
    if draw(st.booleans()) if births_known is None else births_known:
        width = draw(st.integers(1, 9))
        born = draw(st.lists(st.integers(0, 200), min_size=series * width, max_size=series * width))
        of_series = np.reshape(born, (series, width))
        drawn_in = {"county": of_series.sum(0).astype(float), "shrink_births": draw(st.sampled_from([0.0, 300.0]))}
        pool = births(of_series, draw(st.integers(2008, 2018)), **drawn_in)
    lowest = draw(st.sampled_from([1, 6]))
    return history(
        cells.reshape(series, grades, years),
        grades=range(lowest, lowest + grades),
        areas=draw(st.lists(st.sampled_from("AB"), min_size=series, max_size=series)),
        stages=draw(st.lists(st.sampled_from(["primary", "junior"]), min_size=series, max_size=series)),
        statuses=draw(st.lists(st.sampled_from(["all", "local"]), min_size=series, max_size=series)),
        pool=pool,
        follow=draw(st.sampled_from([{}, {7: 1.0}, {7: 0.5}])),
    )


def enrolment_of(known):
    """A History told as rows of table `enrolment`."""
    rows = []
    for (i, key), (g, grade) in itertools.product(known.keys.iterrows(), enumerate(known.grades)):
        for y in range(known.pupils.shape[2]):
            if not np.isnan(known.pupils[i, g, y]):
                year, pupils = known.first_year + y, int(known.pupils[i, g, y])
                rows.append((key["school_id"], key["stage"], grade, year, key["status"], pupils))
    return pd.DataFrame(rows, columns=["school_id", "stage", "grade", "year", "status", "pupils"])


def noisy_county(*, schools=60, years=14, seed=1, school_noise=0.03, year_noise=0.008, first_year=2011):
    """Six grades whose truth is known: lasting school levels, entrants and progression that vary by year and school.

    Progression is 0.99 · exp(year_noise · N + school_noise · N) of the pupils there, drawn as a Poisson number.
    """
    rng = np.random.default_rng(seed)
    level = np.exp(rng.normal(np.log(70), 0.5, schools))
    pupils = np.zeros((schools, 6, years + 6))
    for year in range(years + 6):
        move = np.exp(0.02 * rng.normal() + 2 * school_noise * rng.normal(size=schools))
        pupils[:, 0, year] = rng.poisson(level * move)
        if year:
            stay = 0.99 * np.exp(year_noise * rng.normal() + school_noise * rng.normal(size=(schools, 1)))
            pupils[:, 1:, year] = rng.poisson(stay * pupils[:, :-1, year - 1])
    areas = [f"A{i % 4}" for i in range(schools)]
    return history(pupils[:, :, 6:], first_year=first_year, areas=areas)


def told_before(*rows):
    """Table `past_forecasts`; a grade of None is all grades."""
    table = pd.DataFrame(rows, columns=PAST_FORECASTS.names)
    return table.astype({"grade": "Int64", "pupils": "float64"})
