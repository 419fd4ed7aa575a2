"""Figures of the county that several reports tell."""

import pandas as pd

from catchment import resources
from catchment.documents.figures import Kind
from catchment.documents.notice_tables import stages_of
from catchment.documents.origin import Desk
from catchment.documents.parts import Column, Grid, rows_of
from catchment.reports.style import shown
from catchment.tables import CLASS_SIZE

OVERSIZED, SUPER_OVERSIZED = 56, 66
"""Pupils from which a class is oversized, super-oversized (STANDARDS 2.1)."""


def name_of(desk: Desk) -> str:
    """The study's name in its language."""
    study = desk.settings.study
    return shown(study.name if study.language == "zh" else study.name_en)


def area_names(desk: Desk) -> "pd.Series[str]":
    return desk.tables["areas"].set_index("area_id")["name"].map(shown)


def county_outlook(desk: Desk, stage: str) -> pd.DataFrame:
    """The county's pupils of a stage by year, central scenario."""
    rows = desk.tables["outlook"]
    chosen = rows[
        (rows["level"] == "county") & (rows["stage"] == stage) & (rows["scenario"] == desk.settings.forecast.central)
    ]
    return chosen.sort_values("year", ignore_index=True)


def county_peak(desk: Desk, stage: str) -> pd.Series:
    rows = desk.tables["peaks"]
    chosen = rows[
        (rows["level"] == "county") & (rows["stage"] == stage) & (rows["scenario"] == desk.settings.forecast.central)
    ]
    return chosen.iloc[0]


def latest_classes(desk: Desk) -> pd.DataFrame:
    """Classes of the latest return, with their size against the limits."""
    rows = resources.latest_classes(desk.tables)
    return rows.assign(
        over=rows["pupils"] > rows["stage"].map(CLASS_SIZE).astype("float64"),
        oversized=rows["pupils"] >= OVERSIZED, super_oversized=rows["pupils"] >= SUPER_OVERSIZED,
    )  # fmt: skip


def schools_grid(desk: Desk) -> Grid:
    """Schools, classes, pupils and seats by stage and setting."""
    classes = latest_classes(desk).groupby(["school_id", "stage"])
    counted = classes.agg(
        classes=("pupils", "size"), pupils=("pupils", "sum"), over=("over", "sum"), oversized=("oversized", "sum")
    )
    rows = desk.tables["schools"].merge(counted, on=["school_id", "stage"], how="left")
    figures = ["schools", "classes", "pupils", "seats", "over", "oversized"]
    rows = rows.assign(schools=1)
    parts = []
    for stage in stages_of(desk.tables):
        own = rows[rows["stage"] == stage]
        for setting in ("urban", "town", "rural"):
            if (own["setting"] == setting).any():
                sums = own[own["setting"] == setting][figures].sum()
                parts.append((desk.code(stage), desk.code(setting), *sums, sums["pupils"] / sums["seats"]))
        sums = own[figures].sum()
        parts.append((desk.code(stage), desk.say("Sum"), *sums, sums["pupils"] / sums["seats"]))
    columns = (
        Column("stage", desk.say("Stage"), "text", 1.5), Column("setting", desk.say("Setting"), "text", 1),
        Column("schools", desk.say("Schools"), "count"), Column("classes", desk.say("Classes"), "count"),
        Column("pupils", desk.say("Pupils"), "count", 1.2), Column("seats", desk.say("Seats"), "count", 1.2),
        Column("over", desk.say("Classes over the standard"), "count", 1.3),
        Column("oversized", desk.say("Classes of {least} and more", least=OVERSIZED), "count", 1.3),
        Column("load", desk.say("Pupils per seat"), "decimal", 1),
    )  # fmt: skip
    caption = desk.say("Schools, classes and seats, autumn {year}", year=desk.settings.study.base_year)
    rounded = tuple((*row[:-1], round(row[-1], 2)) for row in parts)
    return Grid(caption, columns, rounded, desk.source("schools", "classes"))


def ahead_grid(desk: Desk, stage: str) -> Grid:
    """The county's pupils by year with their interval against today's seats."""
    rows = county_outlook(desk, stage)
    rows = rows.assign(gap=rows["pupils"] - rows["seats"])
    columns = (
        Column("year", desk.say("Autumn"), "year", 0.9), Column("pupils", desk.say("Pupils"), "count", 1.1),
        Column("low80", desk.say("80 % interval, from"), "count", 1.2), Column("high80", desk.say("80 % interval, to"), "count", 1.1),
        Column("seats", desk.say("Seats today"), "count", 1.1), Column("gap", desk.say("Short (+) or spare (−)"), "more_metres", 1.2),
        Column("short_probability", desk.say("Chance of a shortage"), "chance", 1),
    )  # fmt: skip
    caption = desk.say("Pupils ahead, {stage}, whole county", stage=desk.code(stage))
    return Grid(caption, columns, rows_of(rows, columns), desk.source("outlook"))


def gaps_grid(desk: Desk, year: int) -> Grid:
    """Children against seats by township, both stages side by side, and their sum."""
    rows = desk.tables["balance"]
    rows = rows[(rows["year"] == year) & (rows["scenario"] == desk.settings.forecast.central)]
    stages = stages_of(desk.tables)
    wide = rows.pivot_table(index="area_id", columns="stage", values=["children", "seats", "seat_gap"], aggfunc="sum")
    names, figures = area_names(desk), ("children", "seats", "seat_gap")
    body = [(names.get(area, area), *(wide.loc[area, (f, s)] for s in stages for f in figures)) for area in wide.index]
    total = (desk.say("Sum"), *(wide[(f, s)].sum() for s in stages for f in figures))
    heads = {"children": "Children", "seats": "Seats", "seat_gap": "Short (+) or spare (−)"}
    kinds: dict[str, Kind] = {"children": "count", "seats": "count", "seat_gap": "more_metres"}
    columns = (
        Column("area", desk.say("Township"), "text", 1.6),
        *(
            Column(f"{f}_{s}", desk.say("{whole}: {part}", whole=desk.code(s), part=desk.say(heads[f])), kinds[f], 1.1)
            for s in stages
            for f in figures
        ),
    )
    caption = desk.say(
        "Children against seats by township, before anybody crosses a boundary, autumn {year}", year=year
    )
    return Grid(caption, columns, (*body, total), desk.source("balance"), total=True)


INTERVALS = {
    "own": "The intervals come from this program's own past errors in this county: it forecast past autumns from what was known before them, and was measured. An 80 % interval means that in four of five such forecasts the true number lay within it, and in one of five outside it.",
    "reference": "The county's own past is too short to measure errors; the intervals are those of two districts in other countries whose forecasts were measured over many autumns. Take them for an order of magnitude, and give the enrolment of past years for intervals of your own.",
}


def intervals_told(desk: Desk) -> str:
    """Where the intervals come from, in a sentence."""
    known = desk.tables["peaks"]["intervals"].iloc[0]
    return desk.say(INTERVALS[known])


def peak_told(desk: Desk, stage: str) -> str:
    """Peak and surplus of a stage in a sentence."""
    peak = county_peak(desk, stage)
    values = {"stage": desk.code(stage), "year": peak["peak_year"], "pupils": f"{peak['peak_pupils']:,}", "seats": f"{peak['seats']:,}"}  # fmt: skip
    if peak["peak_last"] <= desk.settings.study.base_year:
        told = desk.say("{stage}: pupils are most in {year}, the year just counted: {pupils}, against {seats} seats. From now on they fall.", **values)  # fmt: skip
    else:
        told = desk.say(
            "{stage}: pupils are most in {year}, {pupils} (80 % interval of the year: {first} to {last}; of the pupils: {low} to {high}), against {seats} seats today.",
            first=peak["peak_first"], last=peak["peak_last"], low=f"{peak['peak_low80']:,}", high=f"{peak['peak_high80']:,}", **values,
        )  # fmt: skip
    ahead = [years for years in (5, 10, 15) if pd.notna(peak[f"empty_{years}"])]
    empty = [desk.say("{seats} in {years} years", seats=f"{int(peak[f'empty_{n}']):,}", years=n) for n in ahead]
    return told + (desk.say(" If nothing changes, of these seats stand empty: {list}.", list=desk.listed(empty)) if empty else "")  # fmt: skip
