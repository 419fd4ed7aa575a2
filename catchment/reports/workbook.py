"""The workbook: every result that a planner looks up, one sheet per question, in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from catchment.locale import translate
from catchment.reports import Progress, report
from catchment.reports.shapes import zone_outlines
from catchment.reports.style import both
from catchment.reports.words import CODES
from catchment.settings import Settings

WRITTEN = datetime.fromisoformat("2020-01-01")
RISKY = tuple("=+-@＝＋－＠\t\r\n ")
"""First characters that some program or other takes for a formula."""

FORMATS = {"text": "@", "int": "#,##0", "number": "#,##0.###", "share": "0.0%", "year": "0", "yuan": "#,##0"}

CODED = {
    "stage",
    "kind",
    "ownership",
    "setting",
    "subject",
    "boarding",
    "passed",
    "named_in_policy",
    "rule",
    "level",
    "unit",
    "reason",
    "source",
}

AREA = (("area_id", "Area code", "text"), ("area", "Area", "text"))
STAGE = (("stage", "Stage", "text"),)
SCENARIO = (("scenario", "Scenario", "text"),)
YEAR = (("year", "Year (autumn)", "year"),)

Columns = tuple[tuple[str, str, str], ...]
"""Column of the table, heading (a message id), format."""


@dataclass(frozen=True)
class Page:
    """A sheet of the workbook: its name, what it is for, its columns and rows."""

    name: str
    about: str
    columns: Columns
    rows: pd.DataFrame


@report
def workbook(
    settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str, progress: Progress
) -> list[Path]:
    """workbook.xlsx: notes, seat balance, schools, findings, ranking, plan, forecast, access, what was set aside."""
    import xlsxwriter

    file = folder / "workbook.xlsx"
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(file), safe) as book:
        book.set_properties({"title": settings.study.name, "comments": run, "created": WRITTEN})
        writer = _Writer(book, settings)
        pages = _pages(tables, settings.study.language)
        writer.notes(pages, run)
        for done, page in enumerate(pages, start=1):
            writer.page(page)
            progress("workbook", done, len(pages))
        writer.chart(tables["balance"])
    return [file]


# --- rows ------------------------------------------------------------------------------------------


def _pages(tables: Mapping[str, pd.DataFrame], language: str) -> list[Page]:
    forecast, years = _forecast(tables)
    pages = [
        Page("Seat balance", "Children and seats by area and year; a positive gap means too few seats", BALANCE,
             _balance(tables)),
        Page("Schools", "Each school and stage: seats, pupils, its zone and distances", SCHOOLS, _schools(tables)),
        Page("Findings", "What each rule measured; rules that are not kept come first", FINDINGS, _findings(tables)),
        Page("Candidate ranking", "What each candidate project changes when it alone is built", RANKING,
             _ranking(tables)),
        Page("Plan", "Chosen projects and the autumn in which they open", PLAN, _plan(tables)),
        Page("Plan years", "Each plan year: money, seats and children without a seat", PLAN_YEARS,
             tables["plan_years"]),
        Page("Forecast", "Pupils expected by school and year", FORECAST + years, forecast),
        Page("Distance bands", "Children by distance to their nearest school", ACCESS, _named(tables["access"], tables)),
        Page("Distances", "How far the children of each area live from their nearest school", DISTANCES,
             _with_county(tables["distances"], tables, language)),
        Page("Coverage", "Children within each service radius, by road and as the crow flies", COVERAGE,
             _with_county(tables["coverage"], tables, language)),
        Page("Set aside", "Rows and cells that could not be used, with the reason", SET_ASIDE, tables["set_aside"]),
        Page("Reconciliation", "For every source: found = used + set aside", RECONCILIATION, tables["reconciliation"]),
    ]  # fmt: skip
    return [Page(p.name, p.about, p.columns, _worded(p.rows, p.columns, language)) for p in pages]


def _worded(rows: pd.DataFrame, columns: Columns, language: str) -> pd.DataFrame:
    """The columns in their order, codes put into words."""
    chosen = rows[[name for name, _, _ in columns]].copy()
    for name in CODED & set(chosen.columns):
        chosen[name] = [translate(CODES.get(str(value), str(value)), language) for value in chosen[name]]
    return chosen


def _named(rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    areas = tables["areas"].set_index("area_id")["name"]
    return rows.assign(area=rows["area_id"].map(areas))


def _school_names(tables: Mapping[str, pd.DataFrame]) -> "pd.Series[str]":
    return tables["schools"].drop_duplicates("school_id").set_index("school_id")["name"]


BALANCE = (
    *AREA, *STAGE, *SCENARIO, *YEAR,
    ("children", "Children", "int"), ("seats", "Seats", "int"), ("seat_gap", "Seat gap (+ = short)", "int"),
)  # fmt: skip


def _balance(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return _named(tables["balance"], tables)


SCHOOLS = (
    ("school_id", "School code", "text"), ("name", "School", "text"), *STAGE, *AREA,
    ("kind", "Kind of school", "text"), ("ownership", "Public or private", "text"), ("setting", "Setting", "text"),
    ("boarding", "Boarding", "text"), ("seats", "Seats", "int"), ("pupils", "Pupils today", "int"),
    ("largest_class", "Largest class (pupils)", "int"), ("children", "Children in the zone", "int"),
    ("load_share", "Children per seat", "share"), ("mean_m", "Mean network distance (m)", "int"),
    ("max_m", "Longest network distance (m)", "int"), ("moved_units", "Units moved", "int"),
)  # fmt: skip


def _schools(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    classes, key = tables["classes"], ["school_id", "stage"]
    latest = classes[classes["snapshot"] == max(classes["snapshot"], default="")]
    today = latest.groupby(key, as_index=False).agg(pupils=("pupils", "sum"), largest_class=("pupils", "max"))
    zones = zone_outlines(tables).drop(columns=["geometry", "name", "seats"], errors="ignore")
    measured = zones.reindex(columns=[*key, "children", "load_share", "mean_m", "max_m", "moved_units"])
    rows = tables["schools"].merge(today, on=key, how="left").merge(pd.DataFrame(measured), on=key, how="left")
    return _named(rows, tables)


FINDINGS = (
    ("passed", "Kept", "text"), ("rule", "Rule", "text"), ("level", "Level", "text"), ("subject", "Measured", "text"),
    ("subject_id", "Id", "text"), ("school_id", "School code", "text"), ("name", "School", "text"), *STAGE, *YEAR,
    ("value", "Value", "number"), ("limit", "Limit", "number"), ("short_by", "Short by", "number"),
    ("unit", "Unit", "text"), ("source", "Article", "text"),
)  # fmt: skip


def _findings(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    rows = tables["findings"]
    rows = rows.assign(name=rows["school_id"].map(_school_names(tables)))
    order = ["passed", "rule", "short_by", "subject_id", "stage", "year"]
    return rows.sort_values(order, ascending=[True, True, False, True, True, True], kind="stable")


RANKING = (
    ("rank", "Rank", "int"), ("candidate_id", "Candidate code", "text"), ("name", "Project", "text"), *STAGE,
    ("kind", "Kind of project", "text"), ("seats", "Seats", "int"), ("cost_yuan", "Cost (yuan)", "yuan"),
    ("placed", "More children placed", "int"), ("useful_seats", "Seats used", "int"),
    ("cost_per_useful_seat_yuan", "Cost per used seat (yuan)", "yuan"), ("saved_m", "Distance saved (child·m)", "int"),
    ("named_in_policy", "Named in policy", "text"), ("remarks", "Remarks", "text"),
)  # fmt: skip


def _ranking(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    about = tables["candidates"][["candidate_id", "name", "kind", "seats", "cost_yuan", "named_in_policy"]]
    return tables["ranking"].merge(about, on="candidate_id", how="left").sort_values("rank", kind="stable")


PLAN = (
    ("opens", "Opens (autumn)", "year"), ("candidate_id", "Candidate code", "text"), ("name", "Project", "text"),
    *STAGE, ("kind", "Kind of project", "text"), ("seats", "Seats added", "int"), ("cost_yuan", "Cost (yuan)", "yuan"),
)  # fmt: skip
PLAN_YEARS = (
    *YEAR, *STAGE, ("budget_yuan", "Budget, both stages (yuan)", "yuan"), ("spent_yuan", "Spent (yuan)", "yuan"),
    ("children", "Children", "int"), ("seats", "Seats", "int"), ("unmet", "Children without a seat", "int"),
    ("unmet_without_plan", "The same without the plan", "int"), ("empty_seats", "Empty seats", "int"),
)  # fmt: skip


def _plan(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    about = tables["candidates"][["candidate_id", "name", "kind"]]
    return tables["plan"].merge(about, on="candidate_id", how="left").sort_values(["opens", "candidate_id"])


FORECAST = (("school_id", "School code", "text"), ("name", "School", "text"), *STAGE, *SCENARIO)


def _forecast(tables: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, Columns]:
    """Pupils of all grades together, a column per year (whose headings are the years)."""
    key = ["school_id", "stage", "scenario"]
    totals = tables["forecast"].pivot_table(index=key, columns="year", values="pupils", aggfunc="sum").sort_index()
    totals.columns = pd.Index([str(year) for year in totals.columns])
    rows = totals.reset_index().reindex(columns=[*key, *totals.columns])
    rows = rows.assign(name=rows["school_id"].map(_school_names(tables)))
    return rows, tuple((year, year, "int") for year in totals.columns)


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
    named = _named(rows, tables)
    return named.assign(area=named["area"].where(named["area_id"] != "*", translate("Whole county", language)))


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


# --- writing ---------------------------------------------------------------------------------------


class _Writer:
    """Writes pages into a book, every text as text."""

    def __init__(self, book: Any, settings: Settings) -> None:
        self.book, self.settings, self.language = book, settings, settings.study.language
        self.formats = {name: book.add_format({"num_format": pattern}) for name, pattern in FORMATS.items()}
        self.quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#dfe8f1", "border": 1}
        )
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.warning = book.add_format({"bold": True, "font_color": "#b3001b", "font_size": 13})
        self.bad = book.add_format({"font_color": "#b3001b"})

    def text(self, sheet: Any, row: int, column: int, text: str, look: Any = None) -> None:
        risky = look is None and text.startswith(RISKY)
        sheet.write_string(row, column, text, self.quoted if risky else look or self.formats["text"])

    def sheet(self, name: str) -> Any:
        sheet = self.book.add_worksheet(both(name, self.language)[:31])
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if self.settings.study.demonstration:
            sheet.set_header("&C" + both("Demonstration data", self.language))
        return sheet

    def page(self, page: Page) -> None:
        sheet = self.sheet(page.name)
        last = max(len(page.rows), 1)
        for column, (name, heading, kind) in enumerate(page.columns):
            words = both(heading, self.language)
            self.text(sheet, 0, column, words, self.head)
            values = page.rows[name].tolist()
            for row, value in enumerate(values, start=1):
                self.cell(sheet, row, column, value, kind)
            sheet.set_column(column, column, _width(words, values, kind))
            if name in ("seat_gap", "unmet", "short_by"):
                sheet.conditional_format(
                    1, column, last, column, {"type": "cell", "criteria": ">", "value": 0, "format": self.bad}
                )
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, last, len(page.columns) - 1)

    def cell(self, sheet: Any, row: int, column: int, value: Any, kind: str) -> None:
        if pd.isna(value):
            return
        if kind == "text":
            self.text(sheet, row, column, str(value))
        else:
            sheet.write_number(row, column, round(float(value), 6), self.formats[kind])

    def notes(self, pages: list[Page], run: str) -> None:
        """The first sheet: what this is, how far it may be trusted, what each sheet holds."""
        study, sources = self.settings.study, self.settings.sources
        sheet = self.sheet("Notes")
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 100)
        named = study.name if self.language == "en" else f"{study.name} {study.name_en}"
        self.text(sheet, 0, 0, named, self.title)
        if study.demonstration:
            words = "Demonstration data: values are invented and must not be used for decisions."
            self.text(sheet, 1, 0, both(words, self.language), self.warning)
        files = {source.path for source in sources.population}
        files |= {
            getattr(sources, name).path
            for name in type(sources).model_fields
            if hasattr(getattr(sources, name), "path")
        }
        lines = [
            ("Run", run),
            ("Base year", str(study.base_year)),
            ("Zone year", str(self.settings.zone_year)),
            ("Reference system", study.crs),
            ("Units", translate("children and pupils = persons; distances in metres; money in yuan", self.language)),
            ("Sources", ", ".join(sorted(files))),
            *((page.name, translate(page.about, self.language)) for page in pages),
        ]
        for row, (name, value) in enumerate(lines, start=3):
            self.text(sheet, row, 0, both(name, self.language), self.head)
            self.text(sheet, row, 1, value)

    def chart(self, balance: pd.DataFrame) -> None:
        """Seats against children of the whole study by year, one chart per stage, beside their figures."""
        if not len(balance):
            return
        scenario = "medium" if "medium" in set(balance["scenario"]) else min(balance["scenario"])
        sheet = self.sheet("Seats and children")
        totals = balance[balance["scenario"] == scenario].groupby(["stage", "year"])[["children", "seats"]].sum()
        top = 0
        for stage, rows in totals.groupby(level="stage", sort=False):
            label = translate(CODES[str(stage)], self.language)
            columns = (("year", "Year (autumn)", "year"), ("children", "Children", "int"), ("seats", "Seats", "int"))
            for column, (name, heading, kind) in enumerate(columns):
                self.text(sheet, top, column, both(heading, self.language), self.head)
                for row, value in enumerate(rows.reset_index()[name], start=top + 1):
                    sheet.write_number(row, column, int(value), self.formats[kind])
            sheet.insert_chart(top, 4, self.lines(sheet.get_name(), f"{label} ({scenario})", top, len(rows)))
            top += max(len(rows), 15) + 3
        sheet.set_column(0, 2, 18)

    def lines(self, sheet: str, title: str, top: int, count: int) -> Any:
        chart = self.book.add_chart({"type": "line"})
        for column in (1, 2):
            chart.add_series(
                {
                    "name": [sheet, top, column],
                    "categories": [sheet, top + 1, 0, top + count, 0],
                    "values": [sheet, top + 1, column, top + count, column],
                    "line": {"color": ("", "#c1121f", "#0072b2")[column], "width": 2.25},
                }
            )
        chart.set_title({"name": title, "overlay": False})
        chart.set_x_axis({"name": both("Year (autumn)", self.language)})
        chart.set_y_axis({"name": both("Children, seats", self.language), "num_format": "#,##0"})
        return chart


def _width(heading: str, values: list[Any], kind: str) -> float:
    def wide(text: str) -> int:
        return sum(2 if ord(character) > 0x2E80 else 1 for character in text)

    longest = max((wide(str(value)) for value in values), default=0) if kind == "text" else 10
    return min(max(longest + 2, wide(heading) / 2 + 3, 9), 48)
