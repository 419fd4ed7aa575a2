"""The demand report: how many pupils are to come, where, in which year, how sure that is, and which schools to warn."""

from collections.abc import Iterator

import pandas as pd

from catchment.documents.county import area_names, gaps_grid, intervals_told, name_of, peak_told
from catchment.documents.need import ahead_parts, today_parts
from catchment.documents.notice_tables import stages_of
from catchment.documents.origin import Desk
from catchment.documents.parts import Column, Document, Grid, Heading, Items, Paragraph, Part, rows_of
from catchment.reports.page import school_names
from catchment.reports.style import shown

AHEAD = (0, 1, 2, 3, 5, 10, 15)
"""Years after the base year that the townships are told for."""
WARNED = ("orange", "red")
BASES = {"resident": "Residents", "registered": "Registered population"}
LIKELY = 0.5
"""Chance of an oversized class from which a school is listed."""


def demand_report(desk: Desk, backtest: pd.DataFrame | None = None) -> Document:
    """The report; backtest: table `backtest` of a run of `catchment backtest`, if there is one."""
    first, last = desk.settings.study.base_year + 1, desk.settings.study.base_year + desk.settings.study.horizon_years
    title = desk.say("Seats needed in {study}, {first} to {last}: forecast report", study=name_of(desk), first=first, last=last)  # fmt: skip
    return Document(
        stem="demand", title=title, language=desk.language, marks=desk.marks, foot=desk.foot,
        under_title=(desk.say("Data as of {date}", date=desk.origin.data_date),),
        parts=tuple(_parts(desk, backtest)),
    )  # fmt: skip


def _parts(desk: Desk, backtest: pd.DataFrame | None) -> Iterator[Part]:
    if desk.tables["peaks"].empty:
        yield from _children_alone(desk)
        return
    say, stages = desk.say, stages_of(desk.tables)
    warned = warnings_of(desk)
    yield Heading(say("In short"))
    yield Items((*(peak_told(desk, stage) for stage in stages), _warned_told(desk, warned)))  # fmt: skip
    yield from today_parts(desk)
    yield from ahead_parts(desk)
    yield _scenarios(desk)
    yield Heading(say("The townships ahead"))
    for stage in stages:
        yield _townships(desk, stage)
    yield Heading(say("Seat warnings"))
    yield from _warnings(desk, warned)
    yield Heading(say("Classes that would be too large"))
    yield from _classes(desk)
    yield Heading(say("How sure this is"))
    yield from _sure(desk, backtest)
    yield Heading(say("What it rests on"))
    yield from _rests_on(desk)


def _children_alone(desk: Desk) -> Iterator[Part]:
    """Where no pupils are known: the children living there against the seats, without intervals, warnings or classes."""
    yield Heading(desk.say("In short"))
    yield Paragraph(desk.say("No pupils of any year are known (sources.classes or sources.enrolment): what follows counts the children who live here, not pupils, and has no intervals. Do not decide by it alone."))  # fmt: skip
    yield Heading(desk.say("Children ahead"))
    rows = desk.tables["balance"]
    rows = rows[rows["scenario"] == desk.settings.forecast.central]
    sums = rows.groupby(["stage", "year"], as_index=False)[["children", "seats", "seat_gap"]].sum()
    for stage in stages_of(desk.tables):
        columns = (
            Column("year", desk.say("Autumn"), "year", 0.9), Column("children", desk.say("Children"), "count"),
            Column("seats", desk.say("Seats today"), "count"), Column("seat_gap", desk.say("Short (+) or spare (−)"), "more_metres"),
        )  # fmt: skip
        caption = desk.say("Children ahead, {stage}, whole county", stage=desk.code(stage))
        yield Grid(caption, columns, rows_of(sums[sums["stage"] == stage], columns), desk.source("balance"))
    yield gaps_grid(desk, desk.settings.study.base_year)
    yield Heading(desk.say("What it rests on"))
    yield from _rests_on(desk)


def warnings_of(desk: Desk) -> pd.DataFrame:
    """Schools with their tier in the zone year, the fullest first."""
    rows, schools = desk.tables["outlook"], desk.tables["schools"]
    chosen = rows[(rows["level"] == "school") & (rows["year"] == desk.settings.zone_year) & (rows["scenario"] == desk.settings.forecast.central)]  # fmt: skip
    named = chosen.rename(columns={"subject_id": "school_id"}).merge(schools[["school_id", "stage", "name", "area_id"]], on=["school_id", "stage"])  # fmt: skip
    named = named.assign(name=named["name"].map(shown), area=named["area_id"].map(area_names(desk)))
    return named.sort_values(["stage", "load", "school_id"], ascending=[False, False, True], ignore_index=True)


def _warned_told(desk: Desk, warned: pd.DataFrame) -> str:
    counts = warned["tier"].value_counts()
    return desk.say(
        "In autumn {year} {red} schools are red and {orange} orange by their expected pupils per seat, {yellow} yellow, {green} green.",
        year=desk.settings.zone_year, **{tier: int(counts.get(tier, 0)) for tier in ("red", "orange", "yellow", "green")},
    )  # fmt: skip


def _scenarios(desk: Desk) -> Grid:
    """Pupils of the county under each scenario of births."""
    base, last = desk.settings.study.base_year, desk.settings.study.base_year + desk.settings.study.horizon_years
    years = [base + ahead for ahead in AHEAD if base + ahead <= last]
    rows = desk.tables["outlook"][desk.tables["outlook"]["level"] == "county"]
    wide = rows.pivot_table(index=["stage", "scenario"], columns="year", values="pupils", aggfunc="sum")
    births = desk.settings.forecast.birth_change_per_year
    body = tuple(
        (desk.code(stage), desk.code(scenario), births[scenario], *(wide.loc[(stage, scenario), year] for year in years))
        for stage in stages_of(desk.tables)
        for scenario in births
    )  # fmt: skip
    columns = (
        Column("stage", desk.say("Stage"), "text", 1.6), Column("scenario", desk.say("Scenario"), "text", 1),
        Column("births", desk.say("Births, yearly change"), "share", 1.1),
        *(Column(f"y{year}", str(year), "count", 1) for year in years),
    )  # fmt: skip
    return Grid(desk.say("Pupils under other assumptions of births"), columns, body, desk.source("outlook"))  # fmt: skip


def _townships(desk: Desk, stage: str) -> Grid:
    """Pupils of the schools of each township by year, with the seats there and the peak."""
    base, last = desk.settings.study.base_year, desk.settings.study.base_year + desk.settings.study.horizon_years
    years = [base + ahead for ahead in AHEAD if base + ahead <= last]
    central = desk.settings.forecast.central
    rows, peaks = (
        table[(table["level"] == "area") & (table["stage"] == stage) & (table["scenario"] == central)]
        for table in (desk.tables["outlook"], desk.tables["peaks"])
    )
    wide = rows.pivot_table(index="subject_id", columns="year", values="pupils", aggfunc="sum")
    seats, peak = rows.groupby("subject_id")["seats"].first(), peaks.set_index("subject_id")["peak_year"]
    names = area_names(desk)
    body = [(names.get(a, a), seats[a], *(wide.loc[a, year] for year in years), peak.get(a)) for a in wide.index]
    total = (desk.say("Sum"), seats.sum(), *(wide[year].sum() for year in years), "")
    columns = (
        Column("area", desk.say("Township"), "text", 1.7), Column("seats", desk.say("Seats today"), "count", 1.1),
        *(Column(f"y{year}", str(year), "count", 1) for year in years), Column("peak", desk.say("Peak"), "year", 0.9),
    )  # fmt: skip
    caption = desk.say("Pupils of the schools of each township, {stage}", stage=desk.code(stage))
    return Grid(caption, columns, (*body, total), desk.source("outlook", "peaks"), total=True)


def _warnings(desk: Desk, warned: pd.DataFrame) -> Iterator[Part]:
    yellow, orange, red = desk.settings.forecast.tiers
    yield Paragraph(desk.say("Expected pupils per seat: yellow from {yellow}, orange from {orange}, red above {red}. A warning is a forecast, not a decision.", yellow=f"{yellow:.2f}", orange=f"{orange:.2f}", red=f"{red:.2f}"))  # fmt: skip
    rows = warned[warned["tier"].isin(WARNED)]
    rows = rows.assign(tier=[desk.code(tier) for tier in rows["tier"]], stage=[desk.code(s) for s in rows["stage"]])  # fmt: skip
    columns = (
        Column("stage", desk.say("Stage"), "text", 1.5), Column("area", desk.say("Township"), "text", 1.3),
        Column("name", desk.say("School"), "text", 2.4), Column("pupils", desk.say("Pupils"), "count", 0.9),
        Column("low80", desk.say("80 %, from"), "count", 0.9), Column("high80", desk.say("80 %, to"), "count", 0.9),
        Column("seats", desk.say("Seats"), "count", 0.9), Column("load", desk.say("Per seat"), "share", 0.8),
        Column("short_probability", desk.say("Chance of a shortage"), "chance", 0.9), Column("tier", desk.say("Tier"), "text", 0.7),
    )  # fmt: skip
    caption = desk.say("Schools to warn of, autumn {year}", year=desk.settings.zone_year)
    yield Grid(caption, columns, rows_of(rows, columns), desk.source("outlook"))


def _classes(desk: Desk) -> Iterator[Part]:
    rows = desk.tables["class_outlook"]
    rows = rows[(rows["year"] == desk.settings.zone_year) & (rows["scenario"] == desk.settings.forecast.central)]
    likely = rows[rows["oversized_probability"] >= LIKELY].sort_values(
        ["stage", "oversized_probability", "school_id"], ascending=[False, False, True]
    )
    yield Paragraph(desk.say("In autumn {year} {schools} schools have an even chance or more of a class of 56 pupils and more, if they form classes as before.", year=desk.settings.zone_year, schools=len(likely)))  # fmt: skip
    names = school_names(desk.tables).map(shown)
    likely = likely.assign(
        name=likely["school_id"].map(names), stage=[desk.code(s) for s in likely["stage"]], remedy=[desk.code(r) for r in likely["remedy"]],
    )  # fmt: skip
    columns = (
        Column("stage", desk.say("Stage"), "text", 1.5), Column("name", desk.say("School"), "text", 2.4),
        Column("classes", desk.say("Classes"), "count", 0.8), Column("largest_class", desk.say("Largest class"), "count", 0.9),
        Column("oversized_probability", desk.say("Chance of a class of 56 and more"), "chance", 1.2),
        Column("remedy", desk.say("Cheapest remedy"), "text", 1.5), Column("remedy_amount", desk.say("Amount"), "count", 0.8),
    )  # fmt: skip
    caption = desk.say(
        "Schools that are likely to have an oversized class, autumn {year}", year=desk.settings.zone_year
    )
    yield Grid(caption, columns, rows_of(likely, columns), desk.source("class_outlook"))


def _sure(desk: Desk, backtest: pd.DataFrame | None) -> Iterator[Part]:
    yield Paragraph(intervals_told(desk))
    yield Paragraph(desk.say("A single school is less sure than a township, a township less than the county, and a far year less than a near one: who enters primary school more than six years from now is not yet born."))  # fmt: skip
    if backtest is None:
        yield Paragraph(desk.say("No backtest of this study was found: `catchment backtest` measures how wrong the forecast was in past autumns."))  # fmt: skip
        return
    rows = backtest[(backtest["method"] == "catchment") & (backtest["size"] == "all") & backtest["level"].isin(["school", "county"])]  # fmt: skip
    rows = rows.assign(level=[desk.code(f"level_{level}") for level in rows["level"]])
    columns = (
        Column("level", desk.say("What was forecast"), "text", 1.6), Column("horizon_years", desk.say("Years ahead"), "year", 1),
        Column("forecasts", desk.say("Forecasts"), "count", 1), Column("mape", desk.say("Mean error"), "share", 1),
        Column("bias", desk.say("Bias"), "share", 1), Column("within80", desk.say("Within the 80 % interval"), "share", 1.2),
    )  # fmt: skip
    yield Grid(desk.say("How wrong the forecast was in past autumns"), columns, rows_of(rows, columns), desk.say("Source: run {run}, {tables}.", run="backtest", tables="backtest"))  # fmt: skip


def _rests_on(desk: Desk) -> Iterator[Part]:
    births, aside = desk.tables["births"], desk.tables["set_aside"]
    if len(births):
        sums = births.groupby(["basis", "year"], as_index=False)["births"].sum()
        recent = sums[sums["year"] > sums["year"].max() - 10]
        rows = recent.assign(basis=[desk.say(BASES[basis]) for basis in recent["basis"]])
        columns = (
            Column("basis", desk.say("Counted"), "text"), Column("year", desk.say("Year"), "year"),
            Column("births", desk.say("Births"), "count"),
        )  # fmt: skip
        yield Grid(desk.say("Births of the last ten years told"), columns, rows_of(rows, columns), desk.source("births"))  # fmt: skip
    dwellings = int(desk.tables["housing"]["dwellings"].sum()) if len(desk.tables["housing"]) else 0
    yield Items(
        (
            desk.say("Births after the last year told change by {change} a year (scenario {scenario}).", change=f"{desk.settings.forecast.birth_change_per_year[desk.settings.forecast.central]:+.1%}", scenario=desk.code(desk.settings.forecast.central)),
            desk.say("New dwellings counted in: {dwellings}.", dwellings=f"{dwellings:,}"),
            desk.say("Rows of the inputs that could not be used: {rows}; they are listed with their reasons in table set_aside.", rows=f"{len(aside):,}"),
        )
    )  # fmt: skip
