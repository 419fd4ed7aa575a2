"""The report of the five-year plan: need, standards, projects, money by year, land, what stands empty later, and the risks."""

from collections.abc import Iterator

import pandas as pd

from catchment.documents import told
from catchment.documents.county import name_of, peak_told
from catchment.documents.figures import money_text, span
from catchment.documents.need import ahead_parts, today_parts
from catchment.documents.notice_tables import stages_of
from catchment.documents.origin import Desk
from catchment.documents.parts import Document, Heading, Items, Paragraph, Part, picture_of
from catchment.documents.plan_tables import (
    areas_grid,
    empty_grid,
    land_grid,
    left_out_grid,
    projects_grid,
    sites_grid,
    standards_grid,
    yearly_grid,
    years_grid,
)
from catchment.rules import read_rules


def plan_report(desk: Desk) -> Document:
    """The report of a run with a plan."""
    years = desk.settings.plan_years
    title = desk.say("School construction plan of {study}, {first} to {last}", study=name_of(desk), first=years[0], last=years[-1])  # fmt: skip
    return Document(
        stem="plan", title=title, language=desk.language, marks=desk.marks, foot=desk.foot,
        under_title=(desk.say("Data as of {date}", date=desk.origin.data_date),),
        parts=tuple(_parts(desk)),
    )  # fmt: skip


def _parts(desk: Desk) -> Iterator[Part]:
    say, stages = desk.say, stages_of(desk.tables)
    last = desk.settings.plan_years[-1]
    yield Heading(say("In short"))
    yield Items(tuple(in_short(desk)))
    yield from today_parts(desk)
    yield from ahead_parts(desk)
    yield Heading(say("Standards"))
    yield Paragraph(say("Seats, rooms and land are measured by {rules}, each limit with its article.", rules=read_rules(desk.settings.rules).titled(desk.language)))  # fmt: skip
    yield standards_grid(desk)
    yield Heading(say("The projects"))
    yield Paragraph(say("Of {candidates} possible projects those are chosen that leave the fewest children without a seat in reach and the shortest ways, over {futures} possible futures of the forecast, within every year's budget.", candidates=len(desk.tables["candidates"]), futures=int(desk.tables["plan_totals"]["futures"].iloc[0])))  # fmt: skip
    yield from (Paragraph(text) for text in told.openings(desk))
    yield projects_grid(desk)
    yield left_out_grid(desk)
    for stage in stages:
        yield from picture_of(desk.maps / f"sites_{stage}", say("Projects and other candidates, {stage}", stage=desk.code(stage)), whole_page=True)  # fmt: skip
    yield Heading(say("Money by year"))
    yield Paragraph(told.spending(desk))
    yield years_grid(desk)
    yield yearly_grid(desk)
    yield from picture_of(desk.maps / "plan", say("Money and children without a seat by year"))
    yield Heading(say("Land for schools"))
    yield Paragraph(say("Land is counted for the children that seats are short of in each township, at the upper bound of the 80 % interval: what should be reserved so that nine times in ten it is enough. Land that the plan's own projects stand on is not counted in."))  # fmt: skip
    yield from (Paragraph(text) for text in told.land(desk))
    yield land_grid(desk)
    if len(desk.tables["siting_totals"]):
        yield sites_grid(desk)
    yield Heading(say("Seats that will stand empty"))
    yield from (Paragraph(peak_told(desk, stage)) for stage in stages)
    if len(desk.tables["plan_use"]):
        yield Paragraph(told.emptied(desk))
    yield empty_grid(desk)
    yield from picture_of(desk.maps / "plan_use", say("What each project is used for later"))
    yield Heading(say("Risks, and what is not known"))
    yield Items(tuple(risks(desk)))
    yield Heading(say("Annex: townships in {year}, with the plan", year=last))
    for stage in stages:
        yield areas_grid(desk, stage, last)


def in_short(desk: Desk) -> Iterator[str]:
    """What the plan comes to, in sentences."""
    language, plan, total = desk.language, desk.tables["plan"], desk.tables["plan_totals"].iloc[0]
    budget = int(total["budget_yuan"])
    share = f"{total['cost_yuan'] / budget:.0%}" if budget else "—"
    yield desk.say(
        "{projects} projects with {seats} more seats are planned for {cost}; the budgets of the plan years are {budget}, of which {share} is used.",
        projects=int(total["projects"]), seats=f"{int(plan['seats'].sum()):,}", cost=money_text(int(total["cost_yuan"]), language),
        budget=money_text(budget, language), share=share,
    )  # fmt: skip
    for stage in stages_of(desk.tables):
        rows = desk.tables["plan_years"][desk.tables["plan_years"]["stage"] == stage]
        if rows.empty:
            continue
        worst = rows.loc[rows["unmet_without_plan"].idxmax()]
        yield desk.say(
            "{stage}, autumn {year}: {children} children. Without the plan {without} would have no seat within reach, with it {unmet} (80 % interval {interval}).",
            stage=desk.code(stage), year=worst["year"], children=f"{worst['children']:,}", without=f"{worst['unmet_without_plan']:,}",
            unmet=f"{worst['unmet']:,}", interval=span(worst["unmet_low80"], worst["unmet_high80"], language),
        )  # fmt: skip
    yield from (peak_told(desk, stage) for stage in stages_of(desk.tables))


def risks(desk: Desk) -> Iterator[str]:
    """What may come otherwise, and what the plan does not know."""
    total, language = desk.tables["plan_totals"].iloc[0], desk.language
    yield desk.say("The forecast may be wrong; the intervals tell by how much. Every figure of unmet children is the mean over {futures} possible futures, with its 80 % interval.", futures=int(total["futures"]))  # fmt: skip
    if pd.notna(total["could_save_yuan"]):
        yield desk.say("The plan was not proved to be the very best; the best could be better by {gap} of what counts, worth {yuan} at most.", gap=f"{total['gap']:.2%}", yuan=money_text(int(total["could_save_yuan"]), language))  # fmt: skip
    late = desk.tables["plan"][desk.tables["plan"]["last_needed"].notna()]
    never = desk.tables["plan"][desk.tables["plan"]["last_needed"].isna()]
    if len(late):
        yield desk.say("Of the projects {count} are needed for a seat up to a certain year only, the last until {year}; afterwards they save ways or replace other seats.", count=len(late), year=int(late["last_needed"].max()))  # fmt: skip
    if len(never):
        yield desk.say("{count} projects leave nobody without a seat when they alone are left out: they shorten ways, or relieve full schools.", count=len(never))  # fmt: skip
    broken = desk.tables["plan"][desk.tables["plan"]["remarks"].str.contains(">", regex=False, na=False)]
    if len(broken):
        names = desk.tables["candidates"].set_index("candidate_id")["name"]
        yield desk.say("These projects would make a school larger than the size rule allows: {names}.", names=desk.listed([str(names[i]) for i in broken["candidate_id"]]))  # fmt: skip
    yield desk.say("Prices are those of the projects' own list; land, price changes and teachers are not in them unless the list has them in.")  # fmt: skip
    yield desk.say("Births fall: build where seats can later be used otherwise, and rent or convert where the need ends soon.")  # fmt: skip
