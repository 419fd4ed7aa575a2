"""What the tables of a report come to, in sentences."""

from collections.abc import Iterator

import pandas as pd

from catchment.documents.county import area_names, latest_classes
from catchment.documents.figures import cell_text, money_text
from catchment.documents.notice_tables import stages_of
from catchment.documents.origin import Desk

MOST_NAMED = 3
"""Townships that a sentence names."""
MOSTLY_EMPTY = 0.25
"""Share of a project's seats beyond which they are told to stand empty."""


def today(desk: Desk) -> Iterator[str]:
    """Schools, classes, pupils and seats of each stage in the base year."""
    classes, schools = latest_classes(desk), desk.tables["schools"]
    for stage in stages_of(desk.tables):
        own, rows = schools[schools["stage"] == stage], classes[classes["stage"] == stage]
        seats, pupils = int(own["seats"].sum()), int(rows["pupils"].sum())
        yield desk.say(
            "{stage}: {schools} schools, {classes} classes and {pupils} pupils on {seats} seats; {oversized} classes have 56 pupils and more.",
            stage=desk.code(stage), schools=f"{len(own):,}", classes=f"{len(rows):,}", pupils=f"{pupils:,}", seats=f"{seats:,}",
            oversized=f"{int(rows['oversized'].sum()):,}",
        )  # fmt: skip


def gaps(desk: Desk, year: int) -> Iterator[str]:
    """Which townships are short of seats for the children who live there."""
    rows, names = desk.tables["balance"], area_names(desk)
    rows = rows[(rows["year"] == year) & (rows["scenario"] == desk.settings.forecast.central)]
    for stage in stages_of(desk.tables):
        own = rows[rows["stage"] == stage]
        short = own[own["seat_gap"] > 0].sort_values(["seat_gap", "area_id"], ascending=[False, True])
        if short.empty:
            yield desk.say("{stage}: every township has seats for the children who live there.", stage=desk.code(stage))
            continue
        most = [
            f"{names.get(row.area_id, row.area_id)} {row.seat_gap:,}" for row in short.head(MOST_NAMED).itertuples()
        ]
        yield desk.say(
            "{stage}: {short} of {all} townships have more children than seats, by {children} children in all; most in {most}.",
            stage=desk.code(stage), short=len(short), all=len(own), children=f"{short['seat_gap'].sum():,}", most=desk.listed(most),
        )  # fmt: skip


def openings(desk: Desk) -> Iterator[str]:
    """What opens in which autumn."""
    names = desk.tables["candidates"].set_index("candidate_id")["name"]
    for year, rows in desk.tables["plan"].groupby("opens"):
        named = [str(names[project]) for project in rows["candidate_id"]]
        seats, cost = f"{rows['seats'].sum():,}", money_text(int(rows["cost_yuan"].sum()), desk.language)
        yield desk.say(
            "Opening in autumn {year} ({count}): {names}; {seats} more seats, {cost}.",
            year=year, count=len(rows), seats=seats, cost=cost, names=desk.listed(named),
        )  # fmt: skip


def spending(desk: Desk) -> str:
    """How much of the budgets is spent, and when most."""
    rows = desk.tables["plan_years"]
    spent, budget = rows.groupby("year")["spent_yuan"].sum(), rows.groupby("year")["budget_yuan"].first()
    return desk.say(
        "Of budgets of {budget} in all, {spent} is spent, most of it in {year} ({most}); no year exceeds its budget.",
        budget=money_text(int(budget.sum()), desk.language), spent=money_text(int(spent.sum()), desk.language), year=spent.idxmax(),
        most=money_text(int(spent.max()), desk.language),
    )  # fmt: skip


def land(desk: Desk) -> Iterator[str]:
    """How much land each stage needs, and in how many townships land is offered."""
    rows = desk.tables["land"]
    most = rows.loc[rows.groupby(["stage", "area_id"])["needed_high80_m2"].idxmax()] if len(rows) else rows
    for stage in stages_of(desk.tables):
        own = most[(most["stage"] == stage) & (most["needed_high80_m2"] > 0)]
        if len(own):
            yield desk.say(
                "{stage}: {areas} townships need {hectares} hectares ({mu} mu) in all; in {offered} of them land is offered.",
                stage=desk.code(stage), areas=len(own), offered=int((own["offered_m2"] > 0).sum()),
                hectares=cell_text(own["needed_high80_m2"].sum(), "hectares", desk.language), mu=cell_text(own["needed_high80_mu"].sum(), "decimal", desk.language),
            )  # fmt: skip


def emptied(desk: Desk) -> str:
    """How many projects' schools are mostly needed in the last year told, and how many are not."""
    use = desk.tables["plan_use"]
    last = use[use["year"] == use["year"].max()]
    share = pd.Series(last["empty"] / last["seats"].where(last["seats"] > 0)).fillna(0)
    return desk.say(
        "In autumn {year} more than a quarter of the seats stand empty at {empty} of the {all} schools that the plan builds or extends.",
        year=use["year"].max(), empty=int((share > MOSTLY_EMPTY).sum()), all=len(last),
    )  # fmt: skip
