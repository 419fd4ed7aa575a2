"""Schools that close, merge, change their code or their zone: told once, used for the past and for the future."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from catchment.forecast.cohorts import Array
from catchment.forecast.history import History

WHOLE_SCHOOL = ("closes", "merges", "renamed")
"""Kinds by which a share of all grades moves; a zone change moves the entrants of its year and of later ones."""
ROUNDING = 1e-9
"""Shares of a whole school need not make 1 to the last digit."""


def apply_past(history: History, events: pd.DataFrame) -> History:
    """The history as if today's schools and zones had always been there (events up to the last year).

    What went on in a school that is gone is added to the schools that took its pupils. After a zone change the
    entrants of earlier years are counted where they would enter today; pupils who were in school stayed there.
    """
    pupils = history.pupils.copy()
    entered = history.pupils.copy()
    for event, left, to, share in _moves(history, events[events["year"] <= history.last_year]):
        years = slice(0, max(0, event["year"] - history.first_year))
        if event["kind"] in WHOLE_SCHOOL:
            _move(pupils, left, to, years, share)
        _move(entered, left, to, years, share)
    return replace(history, pupils=pupils, entered=entered)


def apply_ahead(ahead: Array, history: History, events: pd.DataFrame) -> Array:
    """The forecast with the events that are still to come; nobody is lost on the way."""
    moved = ahead.copy()
    for event, left, to, share in _moves(history, events[events["year"] > history.last_year]):
        first = event["year"] - history.last_year - 1
        if event["kind"] in WHOLE_SCHOOL:
            _move(moved, left, to, slice(first, None), share)
            continue
        entry = int(np.argmax(~np.isnan(ahead[left]).all(1)))
        for year in range(first, ahead.shape[2]):
            grades = slice(entry, entry + year - first + 1)
            _move(moved[:, grades], left, to, slice(year, year + 1), share)
    return moved


def _moves(history: History, events: pd.DataFrame) -> Iterator[tuple[dict[str, Any], int, int, float]]:
    """Event, series that loses, series that gains, and the share of those who are still there that goes.

    Shares told for one school, year and kind are all of its children at the start: two halves are 1/2, then all of
    the rest.
    """
    gone: dict[tuple[int, int, str], float] = {}
    for event in events.sort_values(["year", "school_id", "kind", "to_school_id"]).to_dict("records"):
        for left, to in _pairs(history, event):
            spot = (left, event["year"], event["kind"])
            before = gone.get(spot, 0.0)
            gone[spot] = before + event["share"]
            share = event["share"] / max(1 - before, ROUNDING)
            yield event, left, to, 1.0 if share > 1 - ROUNDING else share


def _pairs(history: History, event: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Series that lose and gain, of the same stage and status."""
    keys = history.keys
    other = keys[keys["school_id"] == event["to_school_id"]]
    number = {
        (stage, status): index
        for index, stage, status in zip(other.index, other["stage"], other["status"], strict=True)
    }
    for left, row in keys[keys["school_id"] == event["school_id"]].iterrows():
        to = number.get((row["stage"], row["status"]))
        if to is not None:
            yield int(str(left)), int(to)


def _move(pupils: Array, left: int, to: int, years: slice, share: float) -> None:
    """Move a share of one series' pupils to another in some years, in place; where all have gone there is no grade."""
    gone = pupils[left, :, years] * share
    gained = pupils[to, :, years]
    pupils[to, :, years] = np.where(np.isnan(gone), gained, np.nan_to_num(gained) + np.nan_to_num(gone))
    rest = pupils[left, :, years] - gone
    pupils[left, :, years] = np.where(share >= 1, np.nan, rest)
