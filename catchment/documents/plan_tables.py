"""The tables of the plan's report."""

from catchment.documents.county import area_names
from catchment.documents.figures import span
from catchment.documents.notice_tables import stages_of
from catchment.documents.origin import Desk
from catchment.documents.parts import Column, Grid, rows_of
from catchment.reports.style import shown

PLANNED_BY = ("class_size", "school_size", "seats_per_1000", "land_per_pupil", "service_radius")
"""Rules that a plan of seats is made by."""


def standards_grid(desk: Desk) -> Grid:
    """The limits in force that a plan is made by, each with its article."""
    rows = desk.tables["findings"]
    rows = rows[(rows["rule_set"] == desk.settings.rules) & rows["rule"].isin(PLANNED_BY) & rows["limit"].notna()]
    key = ["rule", "stage", "bound", "limit", "unit", "source"]
    rows = rows[key].drop_duplicates().sort_values(key, ignore_index=True)
    bounds = {"most": "at most", "least": "at least"}
    rows = rows.assign(
        rule=[desk.code(rule) for rule in rows["rule"]], stage=[desk.code(stage) for stage in rows["stage"]],
        bound=[desk.say(bounds[bound]) for bound in rows["bound"]], unit=[desk.say(unit) for unit in rows["unit"]],
    )  # fmt: skip
    columns = (
        Column("rule", desk.say("Rule"), "text", 1.5), Column("stage", desk.say("Stage"), "text", 1.5),
        Column("bound", desk.say("Limit is"), "text", 0.8), Column("limit", desk.say("Limit"), "decimal", 0.8),
        Column("unit", desk.say("Unit"), "text", 1.2), Column("source", desk.say("Article"), "text", 4),
    )  # fmt: skip
    return Grid(desk.say("Standards that seats are planned by"), columns, rows_of(rows, columns), desk.source("findings"))  # fmt: skip


def projects_grid(desk: Desk) -> Grid:
    """The chosen projects in order of opening, and their sum."""
    named = desk.tables["candidates"][["candidate_id", "name"]]
    rows = desk.tables["plan"].merge(named, on="candidate_id").sort_values(["opens", "candidate_id"])
    rows = rows.assign(
        kind=[desk.code(kind) for kind in rows["kind"]], stage=[desk.code(stage) for stage in rows["stage"]]
    )
    columns = (
        Column("candidate_id", desk.say("Code"), "text", 0.7), Column("name", desk.say("Project"), "text", 2.6),
        Column("kind", desk.say("Kind"), "text", 1), Column("stage", desk.say("Stage"), "text", 1.5),
        Column("opens", desk.say("Opens (autumn)"), "year", 0.9), Column("seats", desk.say("Seats added"), "count", 0.9),
        Column("cost_yuan", _money(desk), "money", 1.1), Column("children", desk.say("Children there in the last plan year"), "count", 1.1),
        Column("needed", desk.say("Without a seat if left out"), "count", 1),
    )  # fmt: skip
    total = (desk.say("Sum"), "", "", "", "", rows["seats"].sum(), rows["cost_yuan"].sum(), "", "")
    return Grid(desk.say("Projects of the plan"), columns, (*rows_of(rows, columns), total), desk.source("plan", "candidates"), total=True)  # fmt: skip


def _money(desk: Desk) -> str:
    return desk.say("Cost (million yuan)")


def left_out_grid(desk: Desk) -> Grid:
    """Candidates that are not built, by rank."""
    rows = desk.tables["ranking"][~desk.tables["ranking"]["candidate_id"].isin(desk.tables["plan"]["candidate_id"])]
    rows = rows.merge(desk.tables["candidates"][["candidate_id", "name", "seats", "cost_yuan"]], on="candidate_id")
    rows = rows.sort_values("rank").assign(stage=lambda found: [desk.code(stage) for stage in found["stage"]])
    columns = (
        Column("rank", desk.say("Rank"), "year", 0.7), Column("name", desk.say("Project"), "text", 3), Column("stage", desk.say("Stage"), "text", 1.5),
        Column("seats", desk.say("Seats"), "count", 0.9), Column("cost_yuan", _money(desk), "money", 1.1),
        Column("placed", desk.say("More children with a seat"), "count", 1.2), Column("use_10", desk.say("Used in 10 years"), "count", 1),
    )  # fmt: skip
    return Grid(desk.say("Candidates that the plan leaves out, by their rank when each alone is built"), columns, rows_of(rows, columns), desk.source("ranking", "candidates"))  # fmt: skip


def years_grid(desk: Desk) -> Grid:
    """Budget and spending by year, and their sums."""
    rows, stages = desk.tables["plan_years"], stages_of(desk.tables)
    budget = rows.groupby("year")["budget_yuan"].first()
    spent = rows.pivot_table(index="year", columns="stage", values="spent_yuan", aggfunc="sum").reindex(columns=stages).fillna(0)  # fmt: skip
    left = budget - spent.sum(axis=1)
    body = tuple((year, budget[year], *(spent.loc[year, s] for s in stages), spent.loc[year].sum(), left[year]) for year in budget.index)  # fmt: skip
    total = (desk.say("Sum"), budget.sum(), *(spent[s].sum() for s in stages), spent.to_numpy().sum(), left.sum())
    unit, budgeted, used, unused = desk.say("million yuan"), desk.say("Budget"), desk.say("Spent"), desk.say("Left")
    columns = (
        Column("year", desk.say("Year"), "year", 0.8), Column("budget", f"{budgeted} ({unit})", "money", 1.2),
        *(Column(f"spent_{s}", f"{desk.code(s)} ({unit})", "money", 1.2) for s in stages),
        Column("spent", f"{used} ({unit})", "money", 1.2), Column("left", f"{unused} ({unit})", "money", 1.2),
    )  # fmt: skip
    return Grid(desk.say("Money by year"), columns, (*body, total), desk.source("plan_years"), total=True)  # fmt: skip


def yearly_grid(desk: Desk) -> Grid:
    """Children, seats and children without a seat by year and stage."""
    rows = desk.tables["plan_years"].sort_values(["stage", "year"], ascending=[False, True])
    intervals = [span(low, high, desk.language) for low, high in zip(rows["unmet_low80"], rows["unmet_high80"], strict=True)]  # fmt: skip
    rows = rows.assign(stage=[desk.code(stage) for stage in rows["stage"]], interval=intervals)
    columns = (
        Column("stage", desk.say("Stage"), "text", 1.5), Column("year", desk.say("Autumn"), "year", 0.8),
        Column("children", desk.say("Children"), "count"), Column("seats", desk.say("Seats"), "count"),
        Column("unmet_without_plan", desk.say("Without a seat, nothing built"), "count", 1.2), Column("unmet", desk.say("Without a seat, with the plan"), "count", 1.2),
        Column("interval", desk.say("80 % interval"), "text", 1.2), Column("empty_seats", desk.say("Seats empty"), "count", 1),
    )  # fmt: skip
    return Grid(desk.say("Children, seats, and children without a seat within reach"), columns, rows_of(rows, columns), desk.source("plan_years"))  # fmt: skip


def land_grid(desk: Desk) -> Grid:
    """The most land that a township needs in any year, by stage."""
    rows = desk.tables["land"]
    most = rows.loc[rows.groupby(["stage", "area_id"])["needed_high80_m2"].idxmax()] if len(rows) else rows
    most = most[most["needed_high80_m2"] > 0].sort_values(["stage", "needed_high80_m2", "area_id"], ascending=[False, False, True])  # fmt: skip
    most = most.assign(area=most["area_id"].map(area_names(desk)), stage=[desk.code(stage) for stage in most["stage"]])  # fmt: skip
    columns = (
        Column("stage", desk.say("Stage"), "text", 1.5), Column("area", desk.say("Township"), "text", 1.5), Column("year", desk.say("Autumn"), "year", 0.8),
        Column("short_high80", desk.say("Children short of a seat (upper bound)"), "count", 1.3), Column("norm_m2", desk.say("m² per pupil"), "decimal", 0.9),
        Column("needed_high80_m2", desk.say("Land to reserve (ha)"), "hectares", 1.1), Column("needed_high80_mu", desk.say("in mu"), "decimal", 0.8),
        Column("offered_m2", desk.say("Land offered (ha)"), "hectares", 1),
    )  # fmt: skip
    return Grid(desk.say("Land to reserve by township, in the year that needs most"), columns, rows_of(most, columns), desk.source("land"))  # fmt: skip


def sites_grid(desk: Desk) -> Grid:
    """The verdict on each parcel offered."""
    rows = desk.tables["siting_totals"]
    rows = rows.assign(name=rows["name"].map(shown), subject=[desk.code(s) for s in rows["subject"]], verdict=[desk.code(v) for v in rows["verdict"]])  # fmt: skip
    columns = (
        Column("subject", desk.say("What was tested"), "text", 0.9), Column("name", desk.say("Name"), "text", 2.6), Column("verdict", desk.say("Verdict"), "text", 1),
        Column("ruled_out", desk.say("Ruled out"), "count", 0.8), Column("failed", desk.say("Failed"), "count", 0.8),
        Column("unknown", desk.say("Not known"), "count", 0.8), Column("penalised", desk.say("Warned of"), "count", 0.8), Column("passed", desk.say("Passed"), "count", 0.8),
    )  # fmt: skip
    return Grid(desk.say("Siting test of the land offered: tests by their outcome"), columns, rows_of(rows, columns), desk.source("siting_totals"))  # fmt: skip


def empty_grid(desk: Desk) -> Grid:
    """What each project's school is used for at the plan's end and later."""
    use = desk.tables["plan_use"]
    last = desk.settings.plan_years[-1]
    told = sorted(set(use["year"]))
    years = [year for year in (last, last + 5, last + 10) if year in told]
    rows = use[use["year"].isin(years)].merge(desk.tables["candidates"][["candidate_id", "name"]], on="candidate_id")
    rows = rows.sort_values(["candidate_id", "year"])
    intervals = [span(low, high, desk.language) for low, high in zip(rows["low80"], rows["high80"], strict=True)]
    rows = rows.assign(interval=intervals, share=rows["empty"] / rows["seats"].where(rows["seats"] > 0))
    columns = (
        Column("name", desk.say("Project"), "text", 2.8), Column("year", desk.say("Autumn"), "year", 0.8), Column("seats", desk.say("Seats of the school"), "count", 1),
        Column("children", desk.say("Children"), "count", 0.9), Column("interval", desk.say("80 % interval"), "text", 1.3),
        Column("empty", desk.say("Seats empty"), "count", 0.9), Column("share", desk.say("Share empty"), "share", 0.9),
    )  # fmt: skip
    return Grid(desk.say("What the projects are used for later"), columns, rows_of(rows, columns), desk.source("plan_use"))  # fmt: skip


def areas_grid(desk: Desk, stage: str, year: int) -> Grid:
    """Seats against children of every township in a year, with the plan."""
    rows = desk.tables["plan_areas"]
    rows = rows[(rows["stage"] == stage) & (rows["year"] == year)].sort_values("area_id")
    rows = rows.assign(area=rows["area_id"].map(area_names(desk)))
    columns = (
        Column("area", desk.say("Township"), "text", 1.6), Column("children", desk.say("Children"), "count"),
        Column("low80", desk.say("80 % interval, from"), "count"), Column("high80", desk.say("80 % interval, to"), "count"),
        Column("seats", desk.say("Seats"), "count"), Column("seat_gap", desk.say("Short (+) or spare (−)"), "more_metres", 1.2),
    )  # fmt: skip
    total = (desk.say("Sum"), rows["children"].sum(), "", "", rows["seats"].sum(), rows["seat_gap"].sum())
    caption = desk.say("Children and seats by township, {stage}, autumn {year}", stage=desk.code(stage), year=year)
    return Grid(caption, columns, (*rows_of(rows, columns), total), desk.source("plan_areas"), total=True)
