"""Schools that close, merge, change their code or their zone: told once, used for the past and for the future."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from catchment.forecast.cohorts import Array
from catchment.forecast.history import History

WHOLE_SCHOOL = ("closes", "merges", "renamed")
"""Kinds by which a share of all grades moves; a zone change moves the entrants of its year and of later ones."""


def apply_past(history: History, events: pd.DataFrame) -> History:
    """The history as if today's schools and zones had always been there (events up to the last year).

    What went on in a school that is gone is added to the schools that took its pupils. After a zone change the
    entrants of earlier years are counted where they would enter today; pupils who were in school stayed there.
    """
    pupils = history.pupils.copy()
    entered = history.pupils.copy()
    past = events[events["year"] <= history.last_year].sort_values(["year", "school_id", "to_school_id"])
    for event in past.to_dict("records"):
        until = event["year"] - history.first_year
        if until <= 0:
            continue
        for left, to in _pairs(history, event):
            if event["kind"] in WHOLE_SCHOOL:
                _move(pupils, left, to, slice(0, until), event["share"])
            _move(entered, left, to, slice(0, until), event["share"])
    return replace(history, pupils=pupils, entered=entered)


def apply_ahead(ahead: Array, history: History, events: pd.DataFrame) -> Array:
    """The forecast with the events that are still to come; nobody is lost on the way."""
    moved = ahead.copy()
    coming = events[events["year"] > history.last_year].sort_values(["year", "school_id", "to_school_id"])
    for event in coming.to_dict("records"):
        first = event["year"] - history.last_year - 1
        for left, to in _pairs(history, event):
            if event["kind"] in WHOLE_SCHOOL:
                _move(moved, left, to, slice(first, None), event["share"])
                continue
            entry = int(np.argmax(~np.isnan(ahead[left]).all(1)))
            for year in range(first, ahead.shape[2]):
                grades = slice(entry, entry + year - first + 1)
                _move(moved[:, grades], left, to, slice(year, year + 1), event["share"])
    return moved


def _pairs(history: History, event: dict[str, object]) -> Iterator[tuple[int, int]]:
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
