"""The plan in pictures: projects on a map for each stage, money and seats by year, and the use of each project later."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from catchment.locale import translate
from catchment.reports import Progress, report
from catchment.reports.atlas import Atlas, fit, geometry_of, open_atlas
from catchment.reports.base import (
    FINEST,
    OVERVIEW_MARGIN,
    band_legend,
    banded,
    base_layers,
    furniture,
    legend,
    notes,
    study_name,
)  # fmt: skip
from catchment.reports.charts import CENTRAL, FAN, KNOWN, OTHER, SEATS, page, save
from catchment.reports.drawing import draw_sheets
from catchment.reports.origin import foot
from catchment.reports.placing import Label
from catchment.reports.shapes import trace_polygons
from catchment.reports.sheet import A3_LANDSCAPE, A3_PORTRAIT, LegendItem, Marker, Shape, Sheet
from catchment.reports.style import both, shown
from catchment.reports.words import CODES, STAGE_WORDS
from catchment.settings import Settings
from catchment.tables import STAGES, ZONES

BANDS = (
    (-np.inf, "Over a fifth empty", "#4393c3"), (-0.2, "Seats to spare", "#abd0e6"),
    (0.0, "Short of seats", "#f7b799"), (0.1, "Over a tenth short", "#d6604d"),
)  # fmt: skip
"""(children − seats) ÷ children of an area from which a colour begins."""
MAP_NOTE = (
    "Areas by their children against their seats with the plan; before each project its rank when it alone is built."
)
USE_NOTE = "Line: children; dotted: seats; shaded: 80 % interval over the futures; red bars: children without a seat if the project were left out"
PANELS = (3, 4)
Tables = Mapping[str, pd.DataFrame]


@report
def plan(settings: Settings, tables: Tables, folder: Path, *, run: str, progress: Progress) -> list[Path]:
    """plan.png/pdf, plan_use.png/pdf, and a map of the candidates of each stage: sites_primary, sites_junior."""
    if tables["ranking"].empty and tables["search_areas"].empty:
        return []
    files = (
        []
        if tables["plan_years"].empty
        else [*_years(settings, tables, folder, run), *_use(settings, tables, folder, run)]
    )
    atlas = open_atlas(settings, {**tables, "zones": ZONES.empty()}, run)
    return files + draw_sheets(list(site_sheets(atlas, tables, folder)), partial(progress, "plan maps"))


def site_sheets(atlas: Atlas, tables: Tables, folder: Path) -> Iterator[Sheet]:
    """Every candidate of a stage with its rank, those of the plan with their year and seats, and the search areas, over areas by
    their gap.
    """
    opens = tables["plan"].set_index("candidate_id")["opens"]
    rows = tables["ranking"].merge(tables["candidates"].drop(columns=["stage", "remarks"]), on="candidate_id")
    for stage in (stage for stage in STAGES if stage in {*rows["stage"], *tables["search_areas"]["stage"]}):
        search = tables["search_areas"][tables["search_areas"]["stage"] == stage]
        sites = rows[rows["stage"] == stage].sort_values("rank")
        points = shapely.points(sites["x_m"].to_numpy(), sites["y_m"].to_numpy())
        everything = shapely.total_bounds(np.append(geometry_of(atlas.areas), points))
        paper, denominator, centre, box = fit(tuple(everything), (A3_LANDSCAPE, A3_PORTRAIT), OVERVIEW_MARGIN)
        base, names = base_layers(atlas, box, max(denominator, FINEST["local"] + 1))
        markers = tuple(Marker(s.x_m, s.y_m, s.candidate_id in opens.index) for s in sites.itertuples())
        labels = tuple(
            Label(
                _label(atlas, s, opens), "school" if s.candidate_id in opens.index else "listed", ((s.x_m, s.y_m, 0.0),)
            )
            for s in sites.itertuples()
        )
        labels = (
            *labels,
            *(Label(_search_label(atlas, s), "search", _search_spots(s)) for s in search.itertuples()),
        )
        gap, year = _gaps(atlas, tables, stage)
        items = (
            LegendItem("school", atlas.both("Project of the plan")),
            LegendItem("other_school", atlas.both("Other candidate")),
            *[LegendItem("search", atlas.both("Search area for land"))] * bool(len(search)),
        )
        yield Sheet(
            stem=str(folder / f"sites_{stage}"), page=paper, denominator=denominator, centre_m=centre,
            title=atlas.words("{study}: projects").format(study=study_name(atlas)),
            facts=_facts(atlas, tables, stage),
            legend=(*band_legend(atlas, BANDS), *items, *legend(atlas, base, (), own="")[1:]),
            shapes=(*banded(atlas.areas, gap, BANDS), *base, *_search_shapes(search)), markers=markers, labels=(*labels, *names),
            **furniture(atlas, stage, "")
            | {
                "subtitle": " · ".join((study_name(atlas), atlas.both(STAGE_WORDS[stage]), atlas.words("autumn {year}").format(year=year))),
                "index_title": atlas.both("Projects by number"),
                "notes": tuple(notes(atlas, MAP_NOTE, zones=False)),
            },
        )  # fmt: skip


def _search_shapes(search: pd.DataFrame) -> list[Shape]:
    return [Shape("search", trace_polygons(geometry_of(search)))] if len(search) else []


def _search_spots(area: Any) -> tuple[tuple[float, float, float], ...]:
    """The best place, or else the middles of the sides of its ground."""
    west, south, east, north = area.geometry.bounds
    x, y = (west + east) / 2, (south + north) / 2
    return tuple((*spot, 0.0) for spot in ((area.x_m, area.y_m), (x, south), (x, north), (west, y), (east, y)))


def _search_label(atlas: Atlas, area: Any) -> str:
    return atlas.words("search area {rank}: {classes} classes").format(rank=area.rank, classes=area.classes)


def _label(atlas: Atlas, site: Any, opens: "pd.Series[int]") -> str:
    words = f"{site.rank}. {shown(site.name)}"
    if site.candidate_id not in opens.index:
        return words
    return words + atlas.words(" ({year}, +{seats})").format(year=opens[site.candidate_id], seats=site.seats)


def _gaps(atlas: Atlas, tables: Tables, stage: str) -> tuple[np.ndarray, int]:
    """(children − seats) ÷ children by area, in the last plan year; of today's seats where there is no plan."""
    rows = tables["plan_areas"] if len(tables["plan_areas"]) else tables["balance"]
    rows = rows[rows["stage"] == stage]
    if "scenario" in rows:
        rows = rows[rows["scenario"] == atlas.settings.forecast.central]
    year = min(max(tables["plan_years"]["year"], default=atlas.settings.zone_year), rows["year"].max())
    rows = rows[rows["year"] == year].set_index("area_id")
    share = (rows["seat_gap"] / rows["children"].where(rows["children"] > 0)).reindex(atlas.areas["area_id"])
    return share.to_numpy(dtype=float), int(year)


def _facts(atlas: Atlas, tables: Tables, stage: str) -> tuple[tuple[str, str], ...]:
    ranking, chosen = (tables[name][tables[name]["stage"] == stage] for name in ("ranking", "plan"))
    facts = [("Candidates", f"{len(ranking):,}"), ("Projects of the plan", f"{len(chosen):,}")]
    years = tables["plan_years"][tables["plan_years"]["stage"] == stage]
    if len(years):
        last = years.iloc[-1]
        facts += [
            ("Seats added", f"{chosen['seats'].sum():,}"), ("Cost (yuan)", f"{chosen['cost_yuan'].sum():,}"),
            ("Children without a seat", f"{last['unmet']:,} ({last['unmet_low80']:,}-{last['unmet_high80']:,})"),
            ("The same without the plan", f"{last['unmet_without_plan']:,}"),
        ]  # fmt: skip
    return tuple((atlas.both(name), value) for name, value in facts)


def _years(settings: Settings, tables: Tables, folder: Path, run: str) -> list[Path]:
    """Money by year, and children without a seat with and without the plan, stage by stage."""
    language, years = settings.study.language, tables["plan_years"]
    stages = [stage for stage in STAGES if stage in set(years["stage"])]
    figure, grid = page(1, 1 + len(stages))
    money = years.groupby("year").agg(budget=("budget_yuan", "first"), spent=("spent_yuan", "sum")) / 1e6
    axes = grid[0, 0]
    axes.bar(money.index, money["budget"], width=0.8, color="#dddddd", label=both("Budget", language))
    axes.bar(money.index, money["spent"], width=0.5, color=CENTRAL, label=both("Spent", language))
    axes.set_title(both("Million yuan", language), fontsize=10, loc="left")
    _finish(axes)
    for axes, stage in zip(grid[0, 1:], stages, strict=True):
        rows = years[years["stage"] == stage]
        axes.fill_between(
            rows["year"], rows["unmet_low80"], rows["unmet_high80"], color=FAN[80], linewidth=0, label="80 %"
        )
        axes.plot(
            rows["year"], rows["unmet"], color=CENTRAL, linewidth=1.8, label=both("Children without a seat", language)
        )
        axes.plot(
            rows["year"],
            rows["unmet_without_plan"],
            color=SEATS,
            linewidth=1.2,
            linestyle="--",
            label=both("The same without the plan", language),
        )
        axes.set_title(both(CODES[stage], language), fontsize=10, loc="left")
        _finish(axes)
    title = f"{shown(settings.study.name)} · {both('Plan years', language)}"
    return save(figure, folder / "plan", title=title, note=foot(settings, tables, run))


def _use(settings: Settings, tables: Tables, folder: Path, run: str) -> list[Path]:
    """A panel for each project, in order of opening: as many sheets as that takes."""
    language, use = settings.study.language, tables["plan_use"]
    chosen = (
        tables["plan"]
        .merge(tables["candidates"][["candidate_id", "name"]], on="candidate_id")
        .sort_values(["opens", "candidate_id"])
    )
    each = PANELS[0] * PANELS[1]
    files: list[Path] = []
    for number in range(0, len(chosen), each):
        figure, grid = page(*PANELS)
        for axes, row in zip(grid.ravel(), chosen.iloc[number : number + each].itertuples(), strict=False):
            rows = use[use["candidate_id"] == row.candidate_id]
            axes.fill_between(rows["year"], rows["low80"], rows["high80"], color=FAN[80], linewidth=0)
            axes.bar(rows["year"], rows["needed"].clip(lower=0), color=SEATS, width=0.6)
            axes.plot(rows["year"], rows["children"], color=CENTRAL, linewidth=1.6)
            axes.step(rows["year"], rows["seats"], color=KNOWN, linewidth=1.0, where="mid", linestyle=":")
            last = (
                translate("missed until {year}", language).format(year=row.last_needed)
                if pd.notna(row.last_needed)
                else translate("never missed", language)
            )
            axes.set_title(f"{shown(row.name)}\n{row.opens} · +{row.seats} · {last}", fontsize=7.5, loc="left")
            _finish(axes, named=False)
        for axes in grid.ravel()[len(chosen) - number :]:
            axes.set_axis_off()
        stem = "plan_use" if number == 0 else f"plan_use_{number // each + 1}"
        title = f"{shown(settings.study.name)} · {both('Use of projects', language)}"
        files += save(
            figure, folder / stem, title=title, note=foot(settings, tables, run, translate(USE_NOTE, language))
        )
    return files


def publish_frontier(
    settings: Settings, tables: Tables, frontier: pd.DataFrame, regret: pd.DataFrame, folder: Path, *, run: str
) -> list[Path]:
    """frontier.png/pdf: children without a seat, distance and worth against money; and what plans cost in other futures."""
    folder.mkdir(parents=True, exist_ok=True)
    language = settings.study.language
    figure, grid = page(2, 2)
    money = frontier["budget_yuan"] / 1e6
    for axes, column, heading, colour in (
        (grid[0, 0], "unmet", "Children without a seat, all plan years", CENTRAL),
        (grid[0, 1], "all_ways_m", "All ways of the others (child·m)", OTHER),
        (grid[1, 0], "worth_m_per_yuan", "Gain per yuan more (child·m)", SEATS),
    ):
        axes.plot(money, frontier[column], color=colour, marker="o", markersize=4, linewidth=1.6)
        axes.axvline(sum(settings.plan.budget_yuan) / 1e6, color="#999999", linewidth=1, linestyle="--")
        axes.set_title(both(heading, language), fontsize=9.5, loc="left")
        axes.set_xlabel(both("Budget (million yuan)", language), fontsize=8)
        _finish(axes, named=False)
    grid[0, 1].set_ylim(bottom=None)
    grid[0, 1].autoscale(axis="y")
    axes = grid[1, 1]
    futures = list(dict.fromkeys(regret["future"]))
    plans = list(dict.fromkeys(regret["plan"]))
    for number, name in enumerate(plans):
        rows = regret[regret["plan"] == name].set_index("future").reindex(futures)
        axes.bar(
            np.arange(len(futures)) + 0.2 * number,
            rows["regret_m"] / 1e6,
            width=0.18,
            label=both(PLANS[name], language),
        )
    axes.set_xticks(np.arange(len(futures)) + 0.3, [both(FUTURES[name], language) for name in futures])
    axes.set_title(both("More than the best plan for that future (million m)", language), fontsize=9.5, loc="left")
    axes.set_ylim(top=1.35 * max(1.0, float(regret["regret_m"].max()) / 1e6))
    axes.legend(fontsize=7, frameon=False, ncols=2, loc="upper left")
    axes.tick_params(labelsize=8)
    title = f"{shown(settings.study.name)} · {both('Money and futures', language)}"
    return save(figure, folder / "frontier", title=title, note=foot(settings, tables, run))


PLANS = {
    "all": "The plan",
    "few": "Best for few children",
    "middle": "Best for the middle",
    "many": "Best for many children",
}
FUTURES = {"few": "Few children come", "middle": "The middle", "many": "Many children come"}


def _finish(axes: Axes, *, named: bool = True) -> None:
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.tick_params(labelsize=7)
    if named:
        axes.legend(fontsize=7, frameon=False)
