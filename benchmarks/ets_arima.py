"""Exponential smoothing and ARIMA by an independent library, series by series, from every past autumn.

Run in the environment of forecasters.txt: `python benchmarks/ets_arima.py enrolment.csv past_forecasts.csv`.
Every school's grade, every school's total and the whole are a series of their own. Where the library needs more years
than there are, simple smoothing takes the place of ETS and the last value that of ARIMA. `best_of_ets_arima` is, series by series, the one
whose forecasts made in the last three autumns came nearer to what was known by then.
"""

import sys
import warnings
from multiprocessing import Pool

import numpy as np
import pandas as pd
from statsforecast.models import AutoARIMA, AutoETS, SimpleExponentialSmoothingOptimized

YEARS, FIRST = 5, 3
METHODS = ("ets", "arima")


def smooth(known):
    try:
        return AutoETS(season_length=1).forecast(y=known, h=YEARS)["mean"]
    except (NotImplementedError, IndexError):
        return SimpleExponentialSmoothingOptimized().forecast(y=known, h=YEARS)["mean"]


def arima(known):
    return AutoARIMA(season_length=1).forecast(y=known, h=YEARS)["mean"]


def forecasts(job):
    """Forecasts of one series from every origin: {(method, origin): values}."""
    warnings.filterwarnings("ignore")
    name, first_year, values = job
    said = {}
    for count in range(1, len(values)):
        origin = first_year + count - 1
        known = values[:count].astype(float)
        for method, fit in zip(METHODS, (smooth, arima), strict=True):
            if count < 3 or (known == known[0]).all():
                ahead = np.full(YEARS, known[-1])
            else:
                try:
                    ahead = np.asarray(fit(known), dtype=float)
                except (
                    ValueError,
                    IndexError,
                    NotImplementedError,
                    ZeroDivisionError,
                    np.linalg.LinAlgError,
                ):  # a rival that fails says what the last year said
                    ahead = np.full(YEARS, known[-1])
            ahead = np.maximum(ahead, 0)
            said[method, origin] = ahead if np.isfinite(ahead).all() else np.full(YEARS, known[-1])
    for count in range(1, len(values)):
        origin = first_year + count - 1
        wrong = dict.fromkeys(METHODS, 0.0)
        for method in METHODS:
            for back in range(max(first_year, origin - 3), origin):
                known = values[back - first_year + 1 : count][:YEARS]
                wrong[method] += float(np.abs(said[method, back][: len(known)] - known).sum())
        said["best_of_ets_arima", origin] = said[min(METHODS, key=wrong.get), origin]
    return name, said


def runs(table):
    """The unbroken runs of years of every series: name, first year, values."""
    for name, unsorted in table:
        rows = unsorted.sort_values("year")
        breaks = np.flatnonzero(np.diff(rows["year"]) != 1) + 1
        for part in np.split(np.arange(len(rows)), breaks):
            if len(part) > 1:
                yield name, int(rows["year"].iloc[part[0]]), rows["pupils"].to_numpy()[part]


def main(source, target):
    told = pd.read_csv(source, dtype={"school_id": str, "grade": str}).dropna(subset=["pupils"])
    told["grade"] = told["grade"].replace("K", "0")
    first = told["year"].min() + FIRST - 1
    totals = told.groupby(["school_id", "year"], as_index=False)["pupils"].sum().assign(grade="")
    whole = told.groupby("year", as_index=False)["pupils"].sum().assign(grade="", school_id="*")
    series = pd.concat([told, totals, whole], ignore_index=True)
    jobs = list(runs(series.groupby(["school_id", "grade"], sort=True)))
    rows = []
    with Pool() as pool:
        for done, ((school, grade), said) in enumerate(pool.imap(forecasts, jobs, chunksize=8)):
            rows += [
                (method, origin, school, grade, origin + ahead, round(float(value), 3))
                for (method, origin), values in said.items()
                if origin >= first
                for ahead, value in enumerate(values, start=1)
            ]
            if done % 200 == 0:
                print(f"{done} of {len(jobs)} series", file=sys.stderr, flush=True)
    columns = ["method", "made", "school_id", "grade", "year", "pupils"]
    pd.DataFrame(rows, columns=columns).to_csv(target, index=False)


if __name__ == "__main__":
    main(*sys.argv[1:3])
