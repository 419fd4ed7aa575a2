"""What is told of candidates and of the plan in words, and what other budgets would give."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from catchment.construction.county import county_of
from catchment.construction.money import frontier, regret
from catchment.construction.plan import choose_projects
from catchment.errors import InputError, problem
from catchment.locale import translate
from catchment.reports.plan import publish_frontier
from catchment.reports.siting import site_lines
from catchment.reports.words import CODES
from catchment.settings import Settings
from catchment.tables import STAGES

Tables = Mapping[str, pd.DataFrame]
Progress = Callable[[str, int, int], None]


def sites_told(tables: Tables, language: str) -> Iterator[str]:
    """A line for each candidate, the best first: what it changes when it alone is built, and what its seats are used for later;
    then what speaks against parcels and projects.
    """
    rows = tables["ranking"].merge(tables["candidates"][["candidate_id", "name", "seats"]], on="candidate_id")
    for row in rows.sort_values("rank").itertuples():
        yield translate(
            "{rank} ({low}-{high})  {id} {name}, {stage}: {seats} seats; {placed:+,} children placed ({placed_low:,} to {placed_high:,}), {used:,} at it; in 10 years {later}", language
        ).format(
            rank=row.rank, low=row.rank_low80, high=row.rank_high80, id=row.candidate_id, name=row.name,
            stage=translate(CODES[row.stage], language), seats=row.seats, placed=row.placed, placed_low=row.placed_low80,
            placed_high=row.placed_high80, used=row.useful_seats, later="?" if pd.isna(row.use_10) else f"{row.use_10:,}",
        )  # fmt: skip
        if row.remarks:
            yield f"    {row.remarks}"
        if pd.notna(row.dominated_by):
            yield "    " + translate("never better than {id}", language).format(id=row.dominated_by)
        yield "    " + _more_of(row, language)
    yield from site_lines(tables, language)


def _more_of(row: Any, language: str) -> str:
    """Classes, combination and weights of a row of the ranking."""
    told = []
    if pd.notna(row.oversized_avoided):
        told.append(translate("{count:+,} oversized classes avoided", language).format(count=row.oversized_avoided))
    if pd.notna(row.share_of_best):
        words = "in the best combination, which loses {share:.1%} of its gain without it"
        told.append(translate(words, language).format(share=row.share_of_best))
    words = "first under {share:.0%} of weightings, rank {low}-{high}"
    told.append(
        translate(words, language).format(
            share=row.first_share, low=row.rank_weights_low80, high=row.rank_weights_high80
        )
    )
    return "; ".join(told)


def search_told(tables: Tables, language: str) -> Iterator[str]:
    """A line for each search area, and one for each stage that has none though they were asked for."""
    names = tables["areas"].set_index("area_id")["name"]
    rows = tables["search_areas"]
    for row in rows.itertuples():
        yield translate("search area {rank}, {stage}, {area}: {classes} classes; {children:,} children in {year}, {placed:,} of them without a seat otherwise, {later:,} in {last}; {saved:+,} child·m saved; {ground:,} m² of ground", language).format(
            rank=row.rank, stage=translate(CODES[row.stage], language), area=names.get(row.area_id, row.area_id), classes=row.classes,
            children=row.children, year=row.year, placed=row.placed, later=row.children_later, last=row.later_year, saved=row.saved_m, ground=row.ground_m2,
        )  # fmt: skip
    for stage in (stage for stage in STAGES if stage in set(tables["schools"]["stage"]) - set(rows["stage"])):
        words = "no search area for {stage}: nowhere would a new school of the smallest usual size be filled with children who gain enough by it"
        yield translate(words, language).format(stage=translate(CODES[stage], language))


def plan_told(tables: Tables, language: str) -> Iterator[str]:
    """The projects in order of opening, the years, and the candidates that are not built."""
    names = tables["candidates"].set_index("candidate_id")["name"]
    if tables["plan_years"].empty:
        yield translate("there is no plan: give candidate projects and plan.budget_yuan", language)
        return
    for row in tables["plan"].itertuples():
        last = (
            translate("never missed", language) if pd.isna(row.last_needed)
            else translate("missed until {year}", language).format(year=row.last_needed)
        )  # fmt: skip
        yield translate("{year}  {id} {name}: {seats} seats, {cost:,} yuan; {children:,} children there in the last plan year, {last}", language).format(
            year=row.opens, id=row.candidate_id, name=names[row.candidate_id], seats=row.seats, cost=row.cost_yuan, children=row.children, last=last,
        )  # fmt: skip
        if row.remarks:
            yield f"    {row.remarks}"
    for row in tables["plan_years"].itertuples():
        yield translate("{year} {stage}: {spent:,} yuan; {children:,} children, {seats:,} seats, {unmet:,} without a seat ({low:,} to {high:,}; without the plan {without:,}), {empty:,} seats empty", language).format(
            year=row.year, stage=translate(CODES[row.stage], language), spent=row.spent_yuan, children=row.children, seats=row.seats,
            unmet=row.unmet, low=row.unmet_low80, high=row.unmet_high80, without=row.unmet_without_plan, empty=row.empty_seats,
        )  # fmt: skip
    for row in tables["phase_in_totals"][tables["phase_in_totals"]["units_changed"] > 0].itertuples():
        words = "{year} {stage}: zones of {units} units change; {moved:,} of {entrants:,} who enter go elsewhere than before, {siblings:,} of all stay with siblings, {came:,} pupils of closed schools move; at once {all:,} would have moved; {over:,} over the seats"
        yield translate(words, language).format(
            year=row.year, stage=translate(CODES[row.stage], language), units=row.units_changed, moved=row.entrants_moved,
            entrants=row.entrants, siblings=row.siblings, came=row.came, all=row.at_once, over=row.over_seats,
        )  # fmt: skip
    for row in tables["plan_totals"].itertuples():
        words = (
            "{projects} projects, {cost:,} yuan of {budget:,}; within {gap:.2%} of the best plan over {futures} futures"
        )
        yield translate(words, language).format(
            projects=row.projects, cost=row.cost_yuan, budget=row.budget_yuan, gap=row.gap, futures=row.futures
        ) + (
            translate(": it could save {yuan:,} yuan at most", language).format(yuan=row.could_save_yuan)
            if pd.notna(row.could_save_yuan)
            else ""
        )
    left = [
        f"{name} {names[name]}"
        for name in tables["ranking"].sort_values("rank")["candidate_id"]
        if name not in set(tables["plan"]["candidate_id"])
    ]
    if left:
        yield translate("not built: {names}", language).format(names=", ".join(left))
    for stage in STAGES:
        rows = tables["land"][tables["land"]["stage"] == stage]
        most = rows.loc[rows.groupby("area_id")["needed_high80_m2"].idxmax()] if len(rows) else rows
        for row in (
            most[most["needed_high80_m2"] > 0].sort_values("needed_high80_m2", ascending=False).head(3).itertuples()
        ):
            yield translate("land to reserve, {area} {stage}: {land:,} m² ({mu:,} mu) in {year}, offered {offered:,} m²", language).format(
                area=tables["areas"].set_index("area_id")["name"].get(row.area_id, row.area_id), stage=translate(CODES[stage], language),
                land=row.needed_high80_m2, mu=row.needed_high80_mu, year=row.year, offered=row.offered_m2,
            )  # fmt: skip


def money_told(
    settings: Settings, tables: Tables, folder: Path, run: str, progress: Progress, language: str
) -> Iterator[str]:
    """What other budgets would give, and what the plan costs in other futures; drawn and written into a folder.

    Raises InputError if there is no plan.
    """
    if tables["candidates"].empty or not settings.plan.budget_yuan:
        raise InputError(
            problem("there is no plan to compare", "give sources.projects and plan.budget_yuan", where="study.toml")
        )
    chosen = choose_projects(county_of(tables, settings))
    money = frontier(chosen, lambda done, total: progress("frontier", done, total))
    futures = regret(chosen, lambda done, total: progress("regret", done, total))
    files = publish_frontier(settings, tables, money, futures, folder, run=run)
    money.to_csv(folder / "frontier.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    futures.to_csv(folder / "regret.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    for row in money.itertuples():
        yield translate("{budget:,} yuan: {projects} projects for {spent:,}; {unmet:,} children without a seat in all plan years (gap {gap:.2%})", language).format(
            budget=row.budget_yuan, projects=row.projects, spent=row.spent_yuan, unmet=row.unmet, gap=row.gap,
        ) + (f"  + {row.next_ids}" if row.next_ids else "") + (f"  - {row.dropped_ids}" if row.dropped_ids else "")  # fmt: skip
    worst = futures.groupby("plan", sort=False)["regret_m"].max()
    for name, metres in worst.items():
        yield translate("plan best for {name}: at most {metres:,} m more than the best for the future that comes", language).format(
            name=translate(str(name), language), metres=metres
        )  # fmt: skip
    yield from (str(file) for file in (*files, folder / "frontier.csv", folder / "regret.csv"))
