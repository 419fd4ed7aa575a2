"""The forecast on a page: pupils of the county with intervals, against seats, to the peak and beyond."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from catchment.locale import translate
from catchment.reports import Progress, report
from catchment.reports.charts import OTHER, SEATS, fan, page, save
from catchment.reports.origin import foot
from catchment.reports.style import both, shown
from catchment.reports.words import CODES
from catchment.settings import Settings

WARNED_YEARS = 3
INTERVALS = {
    "own": "Shaded: 50, 80 and 95 % intervals from the model's own past errors",
    "reference": "Shaded: 50, 80 and 95 % intervals of other places; give the enrolment of past years for your own",
}
TOLD_FROM = 0.01
"""A scenario is drawn when it ends at least this share away from the central one."""


@report
def forecast(
    settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str, progress: Progress
) -> list[Path]:
    """forecast.png/pdf: the county's pupils by stage, and the school of each stage that is most likely to be short."""
    outlook = tables["outlook"]
    if outlook.empty:
        return []
    language, central = settings.study.language, settings.forecast.central
    stages = [stage for stage in CODES if stage in set(outlook["stage"])]
    figure, grid = page(2, len(stages))
    for column, stage in enumerate(stages):
        of_stage = outlook[outlook["stage"] == stage]
        _county(grid[0, column], of_stage[of_stage["level"] == "county"], tables, stage, settings)
        school = _most_pressed(of_stage, settings)
        rows = of_stage[(of_stage["level"] == "school") & (of_stage["subject_id"] == school)]
        name = tables["schools"].set_index("school_id").loc[[school], "name"].iloc[0]
        _panel(grid[1, column], rows[rows["scenario"] == central], tables, school, stage, settings)
        grid[1, column].set_title(f"{shown(name)} · {both(CODES[stage], language)}", fontsize=10, loc="left")
    title = f"{shown(settings.study.name)} · {both('Pupils ahead', language)}"
    return save(figure, folder / "forecast", title=title, note=_note(settings, tables, run))


def _county(axes: Axes, rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame], stage: str, settings: Settings) -> None:
    language, central = settings.study.language, settings.forecast.central
    _panel(axes, rows[rows["scenario"] == central], tables, "*", stage, settings)
    for scenario in sorted(set(rows["scenario"]) - {central}):
        other = rows[rows["scenario"] == scenario].sort_values("year")
        if abs(other["pupils"].iloc[-1] / rows.loc[rows["scenario"] == central, "pupils"].iloc[-1] - 1) < TOLD_FROM:
            continue
        axes.plot(other["year"], other["pupils"], color=OTHER, linewidth=0.9, linestyle="--")
        axes.annotate(
            translate(CODES.get(scenario, scenario), language),
            (other["year"].iloc[-1], other["pupils"].iloc[-1]),
            fontsize=7,
            color=OTHER,
        )
    peaks = tables["peaks"]
    peak = peaks[(peaks["level"] == "county") & (peaks["stage"] == stage) & (peaks["scenario"] == central)].iloc[0]
    told = translate("Peak from {base} on: {year} ({first}-{last}), {pupils}", language).format(
        base=settings.study.base_year,
        year=peak["peak_year"],
        first=peak["peak_first"],
        last=peak["peak_last"],
        pupils=f"{peak['peak_pupils']:,}",
    )
    empty = [
        translate("empty in {years} years: {seats}", language).format(
            years=ahead, seats=f"{int(peak[f'empty_{ahead}']):,}"
        )
        for ahead in (5, 10, 15)
        if pd.notna(peak[f"empty_{ahead}"])
    ]
    axes.set_title(f"{both(CODES[stage], language)}\n{told}\n{' · '.join(empty)}", fontsize=10, loc="left")


def _panel(
    axes: Axes, rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame], subject: str, stage: str, settings: Settings
) -> None:
    """One fan with its seats."""
    language = settings.study.language
    rows = rows.sort_values("year")
    known = _known(tables, subject, stage) | {int(rows["year"].iloc[0]): float(rows["pupils"].iloc[0])}
    fan(axes, rows["year"].tolist(), rows, known=known, label=both("Forecast", language))
    axes.axhline(rows["seats"].iloc[0], color=SEATS, linewidth=1.1, label=both("Seats today", language))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7, loc="lower left", frameon=False)


def _known(tables: Mapping[str, pd.DataFrame], subject: str, stage: str) -> dict[int, float]:
    """Pupils of the past by year."""
    past = tables["enrolment"]
    past = past[past["stage"] == stage]
    if subject != "*":
        past = past[past["school_id"] == subject]
    return {int(year): float(pupils) for year, pupils in past.groupby("year")["pupils"].sum().items()}


def _most_pressed(of_stage: pd.DataFrame, settings: Settings) -> str:
    """The school most likely to be short of seats three years ahead; of equal ones the one with the higher load."""
    year = settings.study.base_year + min(WARNED_YEARS, settings.study.horizon_years)
    schools = of_stage[
        (of_stage["level"] == "school")
        & (of_stage["year"] == year)
        & (of_stage["scenario"] == settings.forecast.central)
    ]
    order = schools.sort_values(["short_probability", "load", "subject_id"], ascending=[False, False, True])
    return str(order["subject_id"].iloc[0])


def _note(settings: Settings, tables: Mapping[str, pd.DataFrame], run: str) -> str:
    language = settings.study.language
    intervals = INTERVALS[tables["peaks"]["intervals"].iloc[0]]
    return foot(settings, tables, run, both(intervals, language))
