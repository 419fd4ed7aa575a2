"""Funnel plots: pupils ÷ their share against the size of the share, with the limits that luck keeps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from catchment.reports.allocation_words import WORDS, names_of
from catchment.reports.charts import CENTRAL, OTHER, SEATS, page, save
from catchment.reports.style import both, shown
from catchment.reports.words import STAGE_WORDS
from catchment.settings import Settings
from catchment.tables import STAGES
from catchment.tables.allocation import CLAIMS

LIMITS = {1.959964: "95 %", 3.090232: "99.8 %"}
"""Standard deviations of the funnel's limits."""
LABELLED = 6
"""Schools named on a funnel, where there is room."""
HIGHEST = 3.0
"""Top of a funnel; what lies above stands at its edge."""


def funnels(settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, run: str) -> list[Path]:
    """Observed ÷ entitled pupils of today's schools against their size, one row per stage, one column per basis."""
    language, names = settings.study.language, names_of(tables, settings.study.language)
    chosen = tables["allocation"].query("case == 'today' and level == 'school'").dropna(subset=["z"])
    stages = [stage for stage in STAGES if stage in set(chosen["stage"])]
    if not stages:
        return []
    figure, grid = page(len(stages), len(CLAIMS))
    for row, stage in enumerate(stages):
        for column, basis in enumerate(CLAIMS):
            rows = chosen[(chosen["stage"] == stage) & (chosen["basis"] == basis)]
            test = tables["allocation_tests"].query(
                "case == 'today' and level == 'school' and stage == @stage and basis == @basis"
            )
            axes = grid[row, column]
            if len(rows):
                _funnel(axes, rows.assign(name=[names.get(s, s) for s in rows["subject_id"]]), test.iloc[0], language)
            axes.set_title(
                f"{both(STAGE_WORDS[stage], language)} · {both(WORDS[basis], language)}", fontsize=10, loc="left"
            )
    note = both(
        "Lines: what luck alone keeps 95 % and 99.8 % of schools within. Red and blue: standing out, more and fewer",
        language,
    )
    if settings.study.demonstration:
        run = f"{run} · {both('Demonstration data', language)}"
    title = f"{shown(settings.study.name)} · {both('Pupils against their share', language)}"
    return save(figure, folder / "allocation", title=title, note=f"{note} · {run}")


def _funnel(axes: Axes, rows: pd.DataFrame, test: Any, language: str) -> None:
    ratio = rows["observed"] / rows["expected"]
    size = np.linspace(max(rows["expected"].min() * 0.8, 1), rows["expected"].max() * 1.05, 200)
    spread = np.sqrt(test.dispersion * np.maximum(1 - size / test.pupils, 0) / size)
    for width, dash in zip(LIMITS, ("--", "-"), strict=True):
        for sign in (-1, 1):
            label = LIMITS[width] if sign > 0 else None
            axes.plot(
                size, np.maximum(1 + sign * width * spread, 0), color=OTHER, linewidth=0.9, linestyle=dash, label=label
            )
    axes.axhline(1, color="#888888", linewidth=0.8)
    colours = np.where(rows["flagged"], np.where(rows["z"] > 0, SEATS, CENTRAL), "#9a9a9a")
    for above, mark in ((False, "o"), (True, "^")):
        chosen = (ratio > HIGHEST) == above
        axes.scatter(
            rows["expected"][chosen],
            np.minimum(ratio, HIGHEST)[chosen],
            s=16,
            c=colours[chosen],
            marker=mark,
            zorder=3,
            clip_on=False,
        )
    _name_farthest(axes, rows, np.minimum(ratio, HIGHEST))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_ylim(0, HIGHEST)
    axes.set_xlabel(both("Pupils by that share", language), fontsize=8)
    axes.set_ylabel(both("Pupils ÷ pupils by that share", language), fontsize=8)
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7, frameon=False, loc="upper right")


def _name_farthest(axes: Axes, rows: pd.DataFrame, height: pd.Series) -> None:
    """Write the names of the schools that stand out most, each where no other is near."""
    far = rows.assign(height=height, size=rows["z"].abs())[rows["flagged"]]
    far = far.sort_values(["size", "subject_id"], ascending=[False, True])
    wide, taken = rows["expected"].max(), np.empty((0, 2))
    for each in far.itertuples():
        right, low = each.expected > 0.75 * wide, each.height > 0.95 * HIGHEST
        spot = np.array([each.expected / wide - 0.3 * right, each.height / HIGHEST])
        if len(taken) < LABELLED and not (np.abs(taken - spot) < (0.3, 0.06)).all(axis=1).any():
            taken = np.vstack([taken, spot])
            axes.annotate(
                shown(each.name), (each.expected, each.height), xytext=(-4 if right else 4, -9 if low else 2),
                textcoords="offset points", fontsize=7, horizontalalignment="right" if right else "left",
            )  # fmt: skip
