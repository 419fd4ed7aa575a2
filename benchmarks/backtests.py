"""Backtests on real districts, beside rivals: Baltimore 2003-2017 and Eau Claire 1998-2024.

`python benchmarks/backtests.py [place …]` writes a study of each place into benchmarks/studies (not kept in git: the data have their own
licences), lets an independent library forecast every series by ETS and ARIMA, and runs `catchment backtest`. Then it times what a
county's forecast takes. The data are read from ../shared/data.
"""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from rivals import environment
from timing import median_s

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests" / "real"))
from districts import baltimore, eau_claire  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
STUDIES = Path(__file__).parent / "studies"
STUDY = """rules = "national_2017"

[study]
name = "{name}"
name_en = "{name}"
base_year = {year}
language = "en"

[sources.enrolment]
path = "data/raw/enrolment.csv"

[sources.past_forecasts]
path = "data/raw/past_forecasts.csv"
{more}"""
BIRTHS = """
[sources.births]
path = "data/raw/births.csv"
basis = "resident"

[forecast]
entry_age = 5
cut_month = 13
"""


PLACES = {
    "baltimore": ("Baltimore", lambda: (baltimore(DATA), None)),
    "eau_claire": ("Eau Claire", lambda: eau_claire(DATA)),
}


def write_study(place: str) -> Path:
    name, read = PLACES[place]
    rows, births = read()
    folder = STUDIES / place
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    told = rows.to_csv(index=False)
    if not (raw / "enrolment.csv").exists() or (raw / "enrolment.csv").read_text() != told:
        (raw / "enrolment.csv").write_text(told)
        (raw / "past_forecasts.csv").unlink(missing_ok=True)
    if births is not None:
        births.to_csv(raw / "births.csv", index=False)
    more = BIRTHS if births is not None else ""
    year = int(rows["year"].astype(int).max())
    (folder / "study.toml").write_text(STUDY.format(name=name, year=year, more=more))
    return folder


def main(places: list[str]) -> None:
    for place in places:
        folder = write_study(place)
        print(f"\n=== {PLACES[place][0]}")
        forecast_by_others(folder / "data" / "raw")
        started = time.perf_counter()
        subprocess.run([ROOT / ".venv" / "bin" / "catchment", "backtest", folder, "--quiet"], check=True)
        print(f"catchment backtest: {time.perf_counter() - started:,.1f} s, start and pictures included")
        show(folder)
    speed()


def forecast_by_others(raw: Path) -> None:
    """ETS and ARIMA of every series; half an hour and more for Baltimore, so they are kept until the enrolment changes."""
    target = raw / "past_forecasts.csv"
    if target.exists():
        return
    started, unfinished = time.perf_counter(), raw / "past_forecasts.unfinished"
    program = Path(__file__).with_name("ets_arima.py")
    subprocess.run([environment("forecasters.txt"), program, raw / "enrolment.csv", unfinished], check=True)
    unfinished.rename(target)
    print(f"ETS and ARIMA took {time.perf_counter() - started:,.0f} s")


def show(folder: Path) -> None:
    scores = pd.read_parquet(folder / "data" / "processed" / "backtest" / "backtest.parquet")
    scores = scores[scores["horizon_years"].isin([1, 2, 3, 5])]
    every = scores[scores["size"] == "all"]
    for column in ("mape", "bias"):
        print(f"\n{column}, %, by years ahead")
        print(
            every.pivot_table(index=["level", "method"], columns="horizon_years", values=column)
            .mul(100)
            .round(2)
            .to_string()
        )
    ours = scores[scores["method"] == "catchment"]
    print("\nactual values inside the 80 % and 95 % intervals, %")
    print(
        ours.pivot_table(index=["level", "size"], columns="horizon_years", values=["within80", "within95"])
        .mul(100)
        .round(1)
        .to_string()
    )


def speed() -> None:
    """Draws of a county: 300 schools × 9 grades × 10 years × 1,000 futures, and a backtest of 20 origins."""
    from catchment.forecast.backtest import backtest
    from catchment.forecast.central import Model, forecast, whole
    from catchment.forecast.draws import learn_uncertainty, simulate
    from catchment.forecast.history import History
    from catchment.forecast.outlook import Outlook, Places
    from catchment.forecast.spread import past_errors, past_forecasts
    from catchment.tables import PAST_FORECASTS

    rng = np.random.default_rng(1)
    schools, grades, years = 300, 9, 12
    size = rng.uniform(20, 200, schools)
    pupils = rng.poisson(size[:, None, None] * np.ones((1, grades, years))).astype(float)
    keys = pd.DataFrame(
        {
            "school_id": [f"s{i:03d}" for i in range(schools)],
            "stage": "primary",
            "status": "all",
            "area_id": [f"a{i % 20}" for i in range(schools)],
        }
    )
    history = History(pupils, tuple(range(1, grades + 1)), 2014, keys)
    places = Places(
        np.full(schools, 900),
        np.full(schools, 24),
        np.full((schools, grades), 45),
        rng.uniform(0, 1e4, (schools, 2)),
        np.arange(schools),
        {},
    )

    def county() -> None:
        unsure = learn_uncertainty(past_errors(history, past_forecasts(history, 10, Model())), history)
        central = whole(forecast(history, 10, Model()), history)
        grown = Outlook(history, places, "medium", (0.9, 1.0, 1.1), 3000.0)
        for year, drawn in enumerate(simulate(central, history, unsure, np.random.default_rng(1), 1000)):
            grown.add(2026 + year, central[:, :, year], drawn)
        grown.tables()

    print("\n=== Speed, median of 5")
    print(f"300 schools × 9 grades × 10 years × 1,000 futures, all tables: {median_s(county):.2f} s")
    long = History(
        rng.poisson(80.0, (190, 13, 23)).astype(float),
        tuple(range(13)),
        1995,
        pd.DataFrame({"school_id": [str(i) for i in range(190)], "stage": "all", "status": "all", "area_id": "*"}),
    )
    rolled = median_s(
        lambda: backtest(
            long, Model(), PAST_FORECASTS.empty(), years=5, draws=1000, seed=1, progress=lambda _done, _total: None
        ),
        turns=3,
    )
    print(f"backtest of 20 origins, 190 schools × 13 grades, 1,000 futures: {rolled:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:] or list(PLACES))
