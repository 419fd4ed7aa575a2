"""What the workbook's sheets hold: columns with their headings, and the rows put into words."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from catchment.locale import translate
from catchment.reports.compliance_pages import compliance_pages
from catchment.reports.page import AREA, SCENARIO, STAGE, YEAR, Columns, Page, in_words, named, school_names
from catchment.reports.plan_pages import plan_pages
from catchment.reports.shapes import zone_outlines
from catchment.reports.siting import siting_pages
from catchment.resources import latest_classes
from catchment.settings import Settings


def pages_of(tables: Mapping[str, pd.DataFrame], settings: Settings) -> list[Page]:
    """All sheets of a run's workbook."""
    language, central = settings.study.language, settings.forecast.central
    forecast, years = _forecast(tables)
    pages = [
        Page("Seat balance", "Children and seats by area and year; a positive gap means too few seats", BALANCE,
             _balance(tables), "balance"),
        Page("Schools", "Each school and stage: seats, pupils, its zone and distances", SCHOOLS, _schools(tables), "zone_schools"),
        Page("Zones", "Each stage's zones: what they come to, and how far from the best they can be", ZONES, tables["zone_totals"], "zone_totals"),
        *compliance_pages(tables, settings),
        *siting_pages(tables, language),
        *plan_pages(tables),
        Page("Seat warnings", "Every school three years ahead: load, chance of too few seats and of too large classes, remedy",
             WARNINGS, _warnings(tables, settings.study.base_year + WARNED_YEARS, central)),
        Page("Peak and surplus", "When pupils are most, and how many seats stand empty later", PEAKS,
             _subjects(tables["peaks"], tables, language), "peaks"),
        Page("Outlook", "Pupils and seats of the county and its areas by year, with intervals", OUTLOOK,
             _subjects(tables["outlook"][tables["outlook"]["level"] != "school"], tables, language), "outlook"),
        Page("Forecast", "Pupils expected by school and year", FORECAST + years, forecast),
        Page("Classes ahead", "Classes that each school would form, and the chance that some are too large", CLASSES,
             _named_schools(tables["class_outlook"], tables), "class_outlook"),
        Page("Distance bands", "Children by distance to their nearest school", ACCESS, named(tables["access"], tables), "access"),
        Page("Distances", "How far the children of each area live from their nearest school", DISTANCES,
             _with_county(tables["distances"], tables, language), "distances"),
        Page("Coverage", "Children within each service radius, by road and as the crow flies", COVERAGE,
             _with_county(tables["coverage"], tables, language), "coverage"),
        Page("Set aside", "Rows and cells that could not be used, with the reason", SET_ASIDE, tables["set_aside"]),
        Page("Reconciliation", "For every source: found = used + set aside", RECONCILIATION, tables["reconciliation"]),
    ]  # fmt: skip
    return in_words(pages, language)


BALANCE = (
    *AREA, *STAGE, *SCENARIO, *YEAR,
    ("children", "Children", "int"), ("seats", "Seats", "int"), ("seat_gap", "Seat gap (+ = short)", "int"),
)  # fmt: skip


def _balance(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return named(tables["balance"], tables)


SCHOOLS = (
    ("school_id", "School code", "text"), ("name", "School", "text"), *STAGE, *AREA,
    ("kind", "Kind of school", "text"), ("ownership", "Public or private", "text"), ("setting", "Setting", "text"),
    ("boarding", "Boarding", "text"), ("seats", "Seats", "int"), ("pupils", "Pupils today", "int"),
    ("largest_class", "Largest class (pupils)", "int"), ("children", "Children in the zone", "int"),
    ("load_share", "Children per seat", "share"), ("mean_m", "Mean network distance (m)", "int"),
    ("max_m", "Longest network distance (m)", "int"), ("over_seats", "Over the seats", "int"),
    ("seat_value_m", "One more seat saves (m)", "int"),
)  # fmt: skip
ZONES = (
    *STAGE, ("status", "Status", "text"), ("zones", "Zones", "int"), ("units", "Planning units", "int"), ("children", "Children", "int"),
    ("out_of_reach", "Out of reach", "int"), ("over_seats", "Over the seats", "int"), ("over_seats_least", "of these for want of seats", "int"),
    ("children_m", "All ways (m)", "int"), ("longest_m", "Longest network distance (m)", "int"), ("crossing_m", "Crossings count for (m)", "int"),
    ("moved_children", "Children moved", "int"), ("border_m", "Borders between zones (m)", "int"),
    ("border_along_m", "of these along main roads and water", "int"), ("objective_m", "All that counts (m)", "int"),
    ("bound_m", "No zones come to less than (m)", "int"), ("gap_share", "Gap to the best, at most", "share"),
)  # fmt: skip


def _schools(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    key = ["school_id", "stage"]
    today = (
        latest_classes(tables)
        .groupby(key, as_index=False)
        .agg(pupils=("pupils", "sum"), largest_class=("pupils", "max"))
    )
    zones = zone_outlines(tables).drop(columns=["geometry", "name", "seats"], errors="ignore")
    measured = zones.reindex(columns=[*key, "children", "load_share", "mean_m", "max_m"])
    rows = tables["schools"].merge(today, on=key, how="left").merge(pd.DataFrame(measured), on=key, how="left")
    rows = rows.merge(tables["zone_schools"][[*key, "over_seats", "seat_value_m"]], on=key, how="left")
    return named(rows, tables)


FORECAST = (("school_id", "School code", "text"), ("name", "School", "text"), *STAGE, *SCENARIO)


def _forecast(tables: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, Columns]:
    """Pupils of all grades together, a column per year (whose headings are the years)."""
    key = ["school_id", "stage", "scenario"]
    totals = tables["forecast"].pivot_table(index=key, columns="year", values="pupils", aggfunc="sum").sort_index()
    totals.columns = pd.Index([str(year) for year in totals.columns])
    rows = totals.reset_index().reindex(columns=[*key, *totals.columns])
    rows = rows.assign(name=rows["school_id"].map(school_names(tables)))
    return rows, tuple((year, year, "int") for year in totals.columns)


PEOPLE_80 = (("low80", "80 % interval from", "int"), ("high80", "to", "int"))
WARNINGS = (
    ("school_id", "School code", "text"), ("name", "School", "text"), *STAGE, *YEAR, ("tier", "Warning", "text"),
    ("load", "Pupils per seat", "share"), ("pupils", "Pupils expected", "int"), *PEOPLE_80, ("seats", "Seats today", "int"),
    ("short_probability", "Chance of too few seats", "share"), ("largest_class", "Largest class (pupils)", "int"),
    ("over_standard_probability", "Chance of a class over 45 / 50", "share"),
    ("oversized_probability", "Chance of a class of 56 or more", "share"),
    ("super_oversized_probability", "Chance of a class of 66 or more", "share"),
    ("over_2000_probability", "Chance of more than 2,000 pupils", "share"),
    ("over_2500_probability", "Chance of more than 2,500 pupils", "share"),
    ("remedy", "Remedy", "text"), ("remedy_amount", "Classes, pupils or rooms", "int"),
    ("remedy_school", "School that has the seats", "text"),
)  # fmt: skip
WARNED_YEARS = 3


def _warnings(tables: Mapping[str, pd.DataFrame], year: int, central: str) -> pd.DataFrame:
    """Schools of one year, those most likely to be short first."""
    outlook = tables["outlook"]
    schools = outlook[(outlook["level"] == "school") & (outlook["year"] == year) & (outlook["scenario"] == central)]
    formed = tables["class_outlook"].drop(columns="scenario")
    rows = schools.rename(columns={"subject_id": "school_id"}).merge(
        formed, on=["school_id", "stage", "year"], how="left"
    )
    names = school_names(tables)
    rows = rows.assign(name=rows["school_id"].map(names), remedy_school=rows["remedy_school_id"].map(names))
    return rows.sort_values(["short_probability", "load"], ascending=False, kind="stable")


SUBJECT = (("level", "Counted for", "text"), ("subject", "Subject", "text"), *STAGE, *SCENARIO)
PEAKS = (
    *SUBJECT, ("peak_year", "Year of the peak", "year"), ("peak_first", "80 % interval from", "year"),
    ("peak_last", "to", "year"), ("peak_pupils", "Pupils at the peak", "int"), ("peak_low80", "80 % interval from", "int"),
    ("peak_high80", "to", "int"), ("seats", "Seats today", "int"), ("empty_5", "Empty in 5 years", "int"),
    ("empty_10", "Empty in 10 years", "int"), ("empty_15", "Empty in 15 years", "int"),
    ("pupils_per_1000", "Pupils at the peak per 1,000 residents", "number"), ("norm_per_1000", "Seats per 1,000 by the norm", "number"),
)  # fmt: skip
OUTLOOK = (
    *SUBJECT, *YEAR, ("pupils", "Pupils expected", "int"), ("low50", "50 % interval from", "int"), ("high50", "to", "int"),
    *PEOPLE_80, ("low95", "95 % interval from", "int"), ("high95", "to", "int"), ("seats", "Seats today", "int"),
    ("load", "Pupils per seat", "share"), ("tier", "Warning", "text"), ("short_probability", "Chance of too few seats", "share"),
    ("empty_seats", "Empty seats", "int"), ("empty_low80", "80 % interval from", "int"), ("empty_high80", "to", "int"),
)  # fmt: skip
CLASSES = (
    ("school_id", "School code", "text"), ("name", "School", "text"), *STAGE, *YEAR, ("split_at", "Splits a grade at (pupils)", "int"),
    ("rooms", "Classrooms", "int"), ("classes", "Classes", "int"), ("largest_class", "Largest class (pupils)", "int"),
    *WARNINGS[12:17], ("remedy", "Remedy", "text"), ("remedy_amount", "Classes, pupils or rooms", "int"),
)  # fmt: skip
BACKTEST = (
    ("method", "Method", "text"), ("level", "Counted for", "text"), ("horizon_years", "Years ahead", "int"), ("size", "Pupils at the origin", "text"),
    ("forecasts", "Forecasts", "int"), ("mape", "Mean absolute error", "share"), ("median", "Median absolute error", "share"),
    ("bias", "Mean error (+ = too many forecast)", "share"), ("wape", "All errors per all pupils", "share"),
    ("judged", "Forecasts with intervals", "int"), ("within50", "Inside the 50 % interval", "share"), ("within80", "Inside the 80 % interval", "share"),
    ("within95", "Inside the 95 % interval", "share"), ("width80", "Width of the 80 % interval", "share"),
)  # fmt: skip

SCHOOL_ERRORS = (
    ("school_id", "School code", "text"), ("name", "School", "text"), *STAGE, ("status", "Residence", "text"),
    ("pupils", "Pupils last judged", "int"), ("forecasts", "Forecasts", "int"), ("error_1", "Mean absolute error one year ahead", "share"),
    ("horizon", "Years ahead", "int"), ("error_later", "Mean absolute error", "share"), ("bias", "Mean error (+ = too many forecast)", "share"),
)  # fmt: skip


QUOTA = (
    ("senior", "Senior school", "text"), ("school_id", "School code", "text"), ("name", "School", "text"), ("setting", "Setting", "text"),
    ("graduates", "Graduates (grade 9)", "int"), ("tilt", "Weight of a graduate", "number"),
    ("entitled", "Places in parts", "number"), ("places", "Places", "int"),
)  # fmt: skip


QUOTA_CHANGES = (
    ("school_id", "School code", "text"), ("name", "School", "text"), ("graduates", "Graduates (grade 9)", "int"), ("places", "Places", "int"),
    ("more_graduates", "Graduates more for one place more", "int"), ("taken_from", "Taken from", "text"),
    ("fewer_graduates", "Graduates fewer for one place fewer", "int"), ("given_to", "Given to", "text"),
)  # fmt: skip


def quota_pages(tables: Mapping[str, pd.DataFrame], language: str) -> list[Page]:
    """Places of the senior schools by junior school, and how far each is from one place more or fewer."""
    junior = tables["schools"][tables["schools"]["stage"] == "junior"].set_index("school_id")
    rows, changes = (
        tables[name].assign(name=tables[name]["school_id"].map(junior["name"])) for name in ("quota", "quota_changes")
    )
    rows = rows.assign(setting=rows["school_id"].map(junior["setting"]))
    changes = changes.assign(**{c: changes[c].map(junior["name"]) for c in ("taken_from", "given_to")})
    pages = [
        Page("Senior places", "Places of senior schools for the graduates of each junior school", QUOTA, rows),
        Page("If graduates change", "How many graduates more or fewer would move a place, and from or to whom", QUOTA_CHANGES, changes),
    ]  # fmt: skip
    return in_words(pages, language)


def _subjects(rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame], language: str) -> pd.DataFrame:
    """Rows of the county, of areas and of schools by name, in that order."""
    named = {
        **school_names(tables),
        **tables["areas"].set_index("area_id")["name"],
        "*": translate("Whole county", language),
    }
    first = rows["level"].map({"county": 0, "area": 1, "school": 2})
    ordered = rows.iloc[np.argsort(first.to_numpy(), kind="stable")]
    return ordered.assign(subject=[named.get(subject, subject) for subject in ordered["subject_id"]])


def _named_schools(rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return rows.assign(name=rows["school_id"].map(school_names(tables)))


ACCESS = (
    *AREA, *STAGE, ("band_from_m", "From (m)", "int"), ("band_to_m", "To (m)", "int"),
    ("children", "Children", "int"), ("share", "Share", "share"),
)  # fmt: skip
DISTANCES = (
    *AREA, *STAGE, ("children", "Children", "int"), ("children_out_of_reach", "Children out of reach", "int"),
    ("mean_m", "Mean distance (m)", "int"), ("median_m", "Median distance (m)", "int"),
    ("p90_m", "Nine in ten within (m)", "int"), ("p95_m", "19 in 20 within (m)", "int"), ("max_m", "Longest distance (m)", "int"),
    ("gini", "Gini index of distances", "number"), ("theil_t", "Theil index of distances", "number"),
)  # fmt: skip
COVERAGE = (
    *AREA, *STAGE, ("limit_m", "Service radius (m)", "int"), ("children", "Children", "int"),
    ("within_network", "Within it by road", "int"), ("within_network_share", "Share by road", "share"),
    ("within_straight", "Within it as the crow flies", "int"), ("within_straight_share", "Share as the crow flies", "share"),
)  # fmt: skip


def _with_county(rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame], language: str) -> pd.DataFrame:
    """Areas by name, the whole county first."""
    rows = named(rows, tables)
    return rows.assign(area=rows["area"].where(rows["area_id"] != "*", translate("Whole county", language)))


SET_ASIDE = (
    ("source", "Source", "text"), ("row", "Row", "text"), ("reason", "Reason", "text"),
    ("detail", "Detail", "text"), ("amount", "Amount", "number"),
)  # fmt: skip
RECONCILIATION = (
    ("source", "Source", "text"), ("unit", "Unit of the amount", "text"), ("rows_in", "Rows found", "int"),
    ("rows_used", "Rows used", "int"), ("rows_set_aside", "Rows set aside", "int"),
    ("amount_in", "Amount found", "number"), ("amount_used", "Amount used", "number"),
    ("amount_set_aside", "Amount set aside", "number"),
)  # fmt: skip
