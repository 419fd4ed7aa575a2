"""From a study's tables to the forecast's tables: the one door of the forecast."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catchment.apportion import round_within
from catchment.births import by_year
from catchment.errors import InputError, problem
from catchment.forecast.central import Model, forecast, whole
from catchment.forecast.classes import splits_of_schools
from catchment.forecast.cohorts import Array
from catchment.forecast.draws import learn_uncertainty, simulate
from catchment.forecast.events import apply_ahead, apply_past
from catchment.forecast.history import History, make_history
from catchment.forecast.housing import counted_entrants, pupils_of_housing
from catchment.forecast.outlook import Outlook, Places
from catchment.forecast.spread import past_errors, past_forecasts
from catchment.settings import ForecastSettings
from catchment.tables import CLASS_OUTLOOK, CLASS_SIZE, DRAWS, ENROLMENT, FORECAST, OUTLOOK, PEAKS

Tables = Mapping[str, pd.DataFrame]
NEW_YEAR_MONTH = 8
"""A class return of August or later counts for that autumn, an earlier one for the autumn before."""


def model_of(settings: ForecastSettings) -> Model:
    """The model that the settings describe."""
    return Model(
        half_life_years=settings.half_life_years, shrink_pupils=settings.shrink_pupils,
        entry_half_life_years=settings.entry_half_life_years, drift_half_life_years=settings.drift_half_life_years,
        own_growth_share=settings.own_growth_share, progression=settings.progression, skip_years=settings.skip_years,
    )  # fmt: skip


def all_enrolment(tables: Tables, base_year: int) -> pd.DataFrame:
    """Table `enrolment` up to the base year, with what the class returns say of years that it does not have.

    Where enrolment is told by residence, a return's pupils are split as those of the school's year before.
    """
    told = tables["enrolment"]
    classes = tables["classes"]
    if len(classes):
        month = classes["snapshot"].str[5:7].astype("int64")
        autumn = classes["snapshot"].str[:4].astype("int64") - (month < NEW_YEAR_MONTH)
        last = classes[classes["snapshot"] == classes["snapshot"].groupby(autumn).transform("max")]
        counted = (
            last.assign(year=autumn).groupby(["school_id", "stage", "grade", "year"], as_index=False)["pupils"].sum()
        )
        key = ["school_id", "stage", "year"]
        known = pd.MultiIndex.from_frame(told[key])
        fresh = counted[~pd.MultiIndex.from_frame(counted[key]).isin(known)].assign(status="all")
        told = pd.concat([told, _by_status(fresh, told)], ignore_index=True)
    return told.loc[told["year"] <= base_year, ENROLMENT.names].sort_values(list(ENROLMENT.key), ignore_index=True)


def _by_status(fresh: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Rows of status `all` split for the schools that are told by status."""
    split = told[told["status"] != "all"]
    if split.empty:
        return fresh
    last = split[split["year"] == split.groupby(["school_id", "stage"])["year"].transform("max")]
    shares = last.groupby(["school_id", "stage", "status"], as_index=False)["pupils"].sum()
    joined = fresh.drop(columns="status").merge(shares.rename(columns={"pupils": "share"}), on=["school_id", "stage"])
    rows = joined.sort_values(["school_id", "stage", "grade", "year", "status"], ignore_index=True)
    group = rows.groupby(["school_id", "stage", "grade", "year"]).ngroup().to_numpy()
    totals = rows.groupby(group)["pupils"].first().to_numpy(np.int64)
    whole_rows = rows.assign(pupils=round_within(rows["share"].to_numpy(float), group, totals)).drop(columns="share")
    kept = fresh[
        ~pd.MultiIndex.from_frame(fresh[["school_id", "stage"]]).isin(
            pd.MultiIndex.from_frame(shares[["school_id", "stage"]])
        )
    ]
    return pd.concat([kept, whole_rows], ignore_index=True)


def history_of(tables: Tables, settings: ForecastSettings, base_year: int, change_per_year: float = 0.0) -> History:
    """The history of a study, past events applied; every school of the list has its series.

    Raises InputError if no pupils of the base year are known.
    """
    enrolment = all_enrolment(tables, base_year)
    if enrolment.empty or enrolment["year"].max() < base_year:
        what, remedy = (
            "there are no pupils of autumn {year}",
            "give the class return or the enrolment of study.base_year",
        )
        raise InputError(problem(what, remedy, where="enrolment", year=base_year))
    schools = tables["schools"]
    areas = dict(zip(schools["school_id"], schools["area_id"], strict=True))
    births, late, first = {}, {}, 0
    if len(tables["births"]):
        wide, share = by_year(tables["births"], settings.cut_month)
        births, late = _rows(wide), _rows(share)
        first = int(wide.columns[0])
    history = make_history(
        enrolment, areas, pool=births, pool_first_year=first, age=settings.entry_age,
        older_share=late, change_per_year=change_per_year, follow=settings.follow_leavers, shrink_births=settings.shrink_births,
    )  # fmt: skip
    return apply_past(_with_all_schools(history, schools), tables["events"])


def _rows(wide: pd.DataFrame) -> dict[str, Array]:
    """Index → row."""
    return {str(area): row.to_numpy(dtype=float) for area, row in wide.iterrows()}


def _with_all_schools(history: History, schools: pd.DataFrame) -> History:
    """Schools of the list without any pupils get a series too: an event may fill it."""
    known = pd.MultiIndex.from_frame(history.keys[["school_id", "stage"]])
    missing = schools[~pd.MultiIndex.from_frame(schools[["school_id", "stage"]]).isin(known)]
    missing = missing[missing["stage"].isin(set(history.keys["stage"]))].sort_values(["school_id", "stage"])
    if missing.empty:
        return history
    fresh = missing[["school_id", "stage", "area_id"]].assign(status=history.keys["status"].iloc[0])
    empty = np.full((len(fresh), *history.pupils.shape[1:]), np.nan)
    pool = history.pool
    if pool is not None:
        of_area = dict(zip(history.keys["area_id"], pool.births, strict=True))
        rows = [of_area.get(area, pool.births.mean(0)) for area in fresh["area_id"]]
        late = pool.older_share
        if not isinstance(late, float):
            late = np.vstack([late, np.repeat(late.mean(0)[None], len(fresh), axis=0)])
        pool = replace(pool, births=np.vstack([pool.births, rows]), older_share=late)
    keys = pd.concat([history.keys, fresh[history.keys.columns]], ignore_index=True)
    return replace(history, pupils=np.concatenate([history.pupils, empty]), keys=keys, pool=pool)


def forecast_tables(
    tables: Tables, settings: ForecastSettings, *, base_year: int, years: int, seed: int
) -> dict[str, pd.DataFrame]:
    """Tables forecast, class_outlook, draws (central scenario), outlook and peaks (every scenario), base year first.

    Same tables, same seed: same bytes. Empty tables where no pupils are known at all, but for draws: they are then the
    scenarios of births.
    """
    if all_enrolment(tables, base_year).empty:
        draws = _draws_of_births(tables["balance"], settings)
        return {table.name: table.empty() for table in (FORECAST, OUTLOOK, CLASS_OUTLOOK, PEAKS)} | {"draws": draws}
    model, found = model_of(settings), {}
    # The past is judged once: scenarios differ in what is to come, not in how wrong the model was.
    past = history_of(tables, settings, base_year, settings.birth_change_per_year[settings.central])
    errors = past_errors(past, past_forecasts(past, years, model), skip=model.skip_years)
    unsure = learn_uncertainty(errors, past)
    for scenario, change in settings.birth_change_per_year.items():
        history = history_of(tables, settings, base_year, change)
        history = _with_counted(history, tables["entrants"])
        joining = pupils_of_housing(
            history, tables["housing"], settings.housing.yields, settings.housing.phase_in, years
        )
        ahead = apply_ahead(forecast(history, years, model, joining), history, tables["events"])
        central = whole(ahead, history)
        grown = Outlook(
            history,
            places_of(tables, history),
            scenario,
            settings.tiers,
            settings.divert_within_m,
            "own" if unsure.own else "reference",
        )
        _base_year(grown, history)
        drawn = simulate(central, history, unsure, np.random.default_rng(seed), settings.draws)
        for year, draws in enumerate(drawn):
            grown.add(base_year + 1 + year, central[:, :, year], draws)
        found[scenario] = grown.tables()
        if scenario == settings.central:
            futures = grown.futures(settings.futures)
    middle = found[settings.central]
    both = {name: pd.concat([found[s][name] for s in found], ignore_index=True) for name in ("outlook", "peaks")}
    return {"forecast": middle["forecast"], "class_outlook": middle["class_outlook"], "draws": futures, **both}


def _draws_of_births(balance: pd.DataFrame, settings: ForecastSettings) -> pd.DataFrame:
    """Table `draws` where no pupils are known: children of each scenario of births against the central one's."""
    if balance.empty:
        return DRAWS.empty()
    wide = balance.pivot_table(index=["area_id", "stage", "year"], columns="scenario", values="children")
    order = wide.sum().sort_values(kind="stable").index
    ratio = wide[order].div(wide[settings.central].where(wide[settings.central] > 0), axis=0).fillna(1.0)
    rows = ratio.set_axis(range(len(order)), axis=1).rename_axis(columns="draw").stack().rename("ratio").reset_index()
    return rows[DRAWS.names]


def _with_counted(history: History, entrants: pd.DataFrame) -> History:
    return replace(history, counted=counted_entrants(history, entrants))


def _base_year(grown: Outlook, history: History) -> None:
    """The year that is known: no draw differs from it."""
    today = history.pupils[:, :, -1]
    grown.add(history.last_year, today, np.nan_to_num(today)[:, :, None].astype(np.float32))
    grown.totals.pop()
    grown.central.pop()


def places_of(tables: Tables, history: History) -> Places:
    """Seats, rooms and sites of the series; of several statuses of a school the first has them."""
    keys = history.keys.reset_index(drop=True)
    schools = tables["schools"].set_index(["school_id", "stage"])
    rows = schools.reindex(pd.MultiIndex.from_frame(keys[["school_id", "stage"]]))
    first = ~keys.duplicated(["school_id", "stage"]).to_numpy()
    areas = tables["areas"]
    known = areas.dropna(subset=["residents"])
    residents = dict(zip(known["area_id"], known["residents"].astype(float), strict=True))
    if len(known) == len(areas):
        residents["*"] = float(sum(residents.values()))
    campus = rows["campus_id"].fillna(keys["school_id"].set_axis(rows.index)).to_numpy(dtype=str)
    return Places(
        seats=np.where(first, rows["seats"].fillna(0).to_numpy(dtype=float), 0).astype(np.int64),
        rooms=_rooms(rows, tables["classes"]),
        split=_splits(tables["classes"], history),
        xy_m=rows[["x_m", "y_m"]].fillna(0.0).to_numpy(dtype=float),
        campus=np.unique(campus, return_inverse=True)[1],
        residents=residents,
    )


def _rooms(schools: pd.DataFrame, classes: pd.DataFrame) -> NDArray[np.int64]:
    """Rooms by row of schools, −1 = not known: never fewer than the classes that are taught there already."""
    rooms = schools["rooms"].astype("float64")
    latest = classes[classes["snapshot"] == max(classes["snapshot"], default="")]
    taught = latest.groupby(["school_id", "stage"]).size().reindex(schools.index, fill_value=0).to_numpy()
    return rooms.clip(lower=np.where(rooms.notna(), taught, np.nan)).fillna(-1).to_numpy().astype(np.int64)


def _splits(classes: pd.DataFrame, history: History) -> NDArray[np.int64]:
    """Split sizes, series × grades; the standard where a school's past does not tell."""
    found = splits_of_schools(classes, CLASS_SIZE) if len(classes) else pd.Series(dtype="int64")
    return np.array(
        [[found.get((school, stage, grade), CLASS_SIZE.get(stage, 45)) for grade in history.grades]
         for school, stage in history.keys[["school_id", "stage"]].itertuples(index=False)], dtype=np.int64,
    )  # fmt: skip
