"""When a plan is only a draft: what it rests on is too far off to admit children by it (RELIABILITY 5)."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pandas as pd

from catchment.forecast.build import all_enrolment, history_of, model_of
from catchment.forecast.spread import past_errors, past_forecasts
from catchment.locale import translate
from catchment.settings import Settings

Tables = Mapping[str, pd.DataFrame]

STAMP = "Draft: not for admission"
WORDS = {
    "gap": "zones of stage {what} may be {value} above the best possible (at most {limit})",
    "far": "{value} of the people live far from the road to which they are joined (at most {limit})",
    "set_aside": "{value} of {what} is set aside (at most {limit})",
    "forecast": "the forecast was wrong by {value} one year ahead, by school (at most {limit})",
}
"""Measure → what is told of it."""


COUNTED = ("people", "pupils", "seats", "children", "births", "applications")
NO_DATA = ("a row of totals", "a note, not a row of the table", "numbers of the columns", "the headings once more")
"""Reasons for setting aside what a form has beside its data."""


class Reason(NamedTuple):
    """A threshold that is passed: shares of 0–1."""

    measure: str
    what: str
    value: float
    limit: float

    def text(self, language: str) -> str:
        value, limit = (f"{share * 100:.3g} %" for share in (self.value, self.limit))
        return translate(WORDS[self.measure], language).format(
            what=translate(self.what, language), value=value, limit=limit
        )


def draft_reasons(settings: Settings, tables: Tables) -> tuple[Reason, ...]:
    """Every threshold of `[draft]` that a run's tables pass; none = it is no draft.

    Tables for the public bring their reasons with them as table `drafts`, since they no longer tell them.
    """
    if "drafts" in tables:
        return tuple(Reason(*row) for row in tables["drafts"].itertuples(index=False))
    return tuple(reason for reason in _measured(settings, tables) if reason.value > reason.limit)


def _measured(settings: Settings, tables: Tables) -> Iterator[Reason]:
    """Every measure, as far as the steps have been run: some commands stop before zones or the network."""
    limits = settings.draft
    if "zone_totals" in tables:
        for row in tables["zone_totals"].itertuples():
            yield Reason("gap", row.stage, float(row.gap_share), limits.gap_share)
    if "joins" in tables:
        yield Reason("far", "", far_share(tables, limits.far_m), limits.far_share)
    if "reconciliation" in tables:
        for source, share in set_aside_shares(tables).items():
            yield Reason("set_aside", str(source), float(share), limits.set_aside_share)
    if "enrolment" in tables:
        yield Reason("forecast", "", forecast_error(settings, tables), limits.forecast_error_share)


def far_share(tables: Tables, far_m: int) -> float:
    """Share of the people who live farther from the place on a road to which their cell is joined, by the nearest join."""
    joins = tables["joins"]
    nearest = joins[joins["subject"] == "cell"].groupby("subject_id")["access_mm"].min()
    people = tables["cells"].set_index("cell_id")["people"].reindex(nearest.index)
    return float(people[nearest > far_m * 1000].sum() / people.sum()) if people.sum() else 0.0


def set_aside_shares(tables: Tables) -> "pd.Series[float]":
    """Source of people, pupils or seats → share of them that is set aside; totals and notes are no data."""
    rows = tables["reconciliation"]
    rows = rows[rows["unit"].isin(COUNTED)].set_index("source")
    aside = tables["set_aside"]
    idle = aside[aside["reason"].isin(NO_DATA)].groupby("source")["amount"].sum().reindex(rows.index, fill_value=0)
    found = rows["amount_in"] - idle
    return ((rows["amount_set_aside"] - idle) / found.where(found > 0)).fillna(0.0)


def forecast_error(settings: Settings, tables: Tables) -> float:
    """All absolute errors over all pupils, one year ahead, of schools in every past autumn; 0 where none is known."""
    told, base_year = all_enrolment(tables, settings.study.base_year), settings.study.base_year
    if told.empty or told["year"].max() < base_year:
        return 0.0
    history, model = history_of(tables, settings.forecast, base_year), model_of(settings.forecast)
    errors = past_errors(history, past_forecasts(history, 1, model), skip=tuple(model.skip_years))
    errors = errors[errors["level"] == "school"]
    wrong = (errors["forecast"] - errors["actual"]).abs().sum()
    return float(wrong / errors["actual"].sum()) if len(errors) and errors["actual"].sum() else 0.0
