"""The backtest on paper: errors beside the rivals', calibration, one school's futures; and every score in a workbook."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from catchment.forecast.backtest import OURS, Backtest
from catchment.locale import translate
from catchment.reports.charts import CENTRAL, KNOWN, METHODS, fan, page, save
from catchment.reports.origin import origin_words
from catchment.reports.page import Page, worded
from catchment.reports.pages import BACKTEST, SCHOOL_ERRORS
from catchment.reports.style import both, shown
from catchment.reports.words import CODES
from catchment.reports.workbook import write_pages
from catchment.settings import Settings

LEVELS = ("school", "grade", "entry", "county")


def publish_backtest(result: Backtest, settings: Settings, folder: Path, *, run: str) -> list[Path]:
    """backtest.png/pdf and backtest.xlsx in a folder."""
    language = settings.study.language
    folder.mkdir(parents=True, exist_ok=True)
    figure, grid = page(2, 3)
    for axes, level in zip(grid.flat, LEVELS, strict=False):
        _errors(axes, result.scores, level, language)
    _calibration(grid[1, 1], result.errors, language)
    _one_school(grid[1, 2], result.errors, language)
    note = both("Shaded: 50, 80 and 95 % intervals; nothing later than the origin was known to any method", language)
    title = f"{shown(settings.study.name)} · {both('Backtest', language)}"
    origin = origin_words(settings, str(settings.study.base_year), run)
    files = save(figure, folder / "backtest", title=title, note=f"{note} · {origin}")
    about = "Errors of the forecast and its rivals over all past autumns; shares of actual pupils"
    worst = "Schools by the error of their forecasts, the worst first; look at these before you trust them"
    sheets = [
        Page("Backtest", about, BACKTEST, worded(result.scores, BACKTEST, language)),
        Page("Schools by error", worst, SCHOOL_ERRORS, worded(_worst(result.errors), SCHOOL_ERRORS, language)),
    ]
    return [*files, write_pages(sheets, settings, folder / "backtest.xlsx", run)]


def _worst(errors: pd.DataFrame) -> pd.DataFrame:
    """Our errors by school over all origins, at one year ahead and at the farthest of three."""
    ours = errors[(errors["method"] == OURS) & (errors["level"] == "school") & (errors["actual"] > 0)]
    share = ours["forecast"] / ours["actual"] - 1
    rows = ours.assign(error=share.abs(), bias=share)
    key, later = ["school_id", "name", "stage", "status"], min(3, rows["horizon"].max())
    found = rows[rows["horizon"] == later].groupby(key, as_index=False).agg(
        forecasts=("error", "size"), error_later=("error", "mean"), bias=("bias", "mean"), pupils=("actual", "last")
    )  # fmt: skip
    soon = rows[rows["horizon"] == 1].groupby(key, as_index=False).agg(error_1=("error", "mean"))
    every = found.merge(soon, on=key, how="left").assign(horizon=later)
    return every.sort_values(["error_later", "school_id"], ascending=[False, True], ignore_index=True)


def _errors(axes: Axes, scores: pd.DataFrame, level: str, language: str) -> None:
    """Mean absolute error by horizon, one line per method."""
    rows = scores[(scores["level"] == level) & (scores["size"] == "all")]
    methods = [OURS, *sorted(set(rows["method"]) - {OURS})]
    for method, colour in zip(methods, METHODS, strict=False):
        line = rows[rows["method"] == method].sort_values("horizon_years")
        label = translate(CODES.get(method, method), language)
        axes.plot(line["horizon_years"], line["mape"], color=colour, marker="o", markersize=3.5, label=label,
                  linewidth=2 if method == OURS else 1.1)  # fmt: skip
    axes.set_title(both(CODES[f"level_{level}"], language), fontsize=10, loc="left")
    axes.set_xlabel(both("Years ahead", language), fontsize=8)
    axes.set_ylabel(both("Mean absolute error", language), fontsize=8)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0)
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7, frameon=False)


def _calibration(axes: Axes, errors: pd.DataFrame, language: str) -> None:
    """How many actual values lie in the central interval of every width: on the diagonal when intervals are honest."""
    judged = errors[(errors["method"] == OURS)].dropna(subset=["share"])
    wanted = np.linspace(0, 1, 41)
    axes.plot([0, 1], [0, 1], color=KNOWN, linewidth=0.8, linestyle=":")
    for level, colour in zip(("school", "grade", "county"), METHODS, strict=False):
        away = 2 * np.abs(judged.loc[judged["level"] == level, "share"].to_numpy() - 0.5)
        if len(away):
            axes.plot(wanted, [(away <= width).mean() for width in wanted], color=colour,
                      label=f"{translate(CODES[f'level_{level}'], language)} ({len(away):,})")  # fmt: skip
    axes.set_title(both("Calibration: actual values inside", language), fontsize=10, loc="left")
    axes.set_xlabel(both("Interval of nominal width", language), fontsize=8)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0))
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7, frameon=False)


def _one_school(axes: Axes, errors: pd.DataFrame, language: str) -> None:
    """What was said of one school at the latest origin that can be judged at every horizon: the school of median error."""
    judged = errors[(errors["method"] == OURS) & (errors["level"] == "school")].dropna(subset=["share"])
    farthest = judged["horizon"].max()
    full = judged.groupby(["origin", "series"]).filter(lambda rows: len(rows) == farthest)
    if full.empty:
        axes.set_axis_off()
        return
    origin = full["origin"].max()
    whole = full[full["origin"] == origin]
    final = whole[whole["horizon"] == farthest].assign(error=lambda r: (r["forecast"] / r["actual"] - 1).abs())
    chosen = final.sort_values(["error", "series"])["series"].iloc[len(final) // 2]
    rows = whole[whole["series"] == chosen].sort_values("year").rename(columns={"forecast": "pupils"})
    start = {origin: float(rows["start"].iloc[0])}
    fan(axes, rows["year"].tolist(), rows, known=start, label=both("Forecast", language))
    axes.plot(
        rows["year"],
        rows["actual"],
        color=KNOWN,
        marker="o",
        markersize=4,
        linewidth=1.2,
        label=both("Actual", language),
    )
    axes.plot(
        [origin, rows["year"].iloc[0]],
        [start[origin], rows["pupils"].iloc[0]],
        color=CENTRAL,
        linewidth=0.8,
        linestyle=":",
    )
    axes.set_title(
        translate("{name}\nforecast of {year}; median error", language).format(
            name=shown(rows["name"].iloc[0]), year=origin
        ), fontsize=10, loc="left",
    )  # fmt: skip
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7, loc="lower left", frameon=False)
