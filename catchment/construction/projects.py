"""Candidates as options of a plan: what each adds, takes, costs, and waits for."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from catchment.construction.points import DM, Ints, Points
from catchment.settings import PlanSettings
from catchment.siting.instance import Option

PER_METRE = 1000 // DM


def seats_today(points: Points, schools: pd.DataFrame) -> Ints:
    """(facilities,) seats without any project."""
    seats = schools.set_index(["stage", "school_id"])["seats"]
    return seats.reindex(points.facilities).fillna(0).to_numpy(dtype=np.int64)


def options_of(
    candidates: pd.DataFrame,
    schools: pd.DataFrame,
    points: Points,
    settings: PlanSettings,
    years: range,
    last_year: int,
) -> tuple[Option, ...]:
    """An option for each candidate, in the order of the table.

    years: the plan's; last_year: until which running costs count. A candidate's facility is its school if it extends one or
    leases rooms for it, the project it comes after if that has no code yet, else its own.
    """
    seats = {(row.stage, row.school_id): int(row.seats) for row in schools.itertuples()}
    number = {name: row for row, name in enumerate(candidates["candidate_id"])}
    return tuple(_option(row, seats, number, points, settings, years, last_year) for row in candidates.itertuples())


def _option(
    row: Any, seats: Mapping[tuple[str, str], int], number: Mapping[str, int], points: Points, settings: PlanSettings,
    years: range, last_year: int,
) -> Option:  # fmt: skip
    first = years.start
    openings = [(int(row.cost_yuan), int(row.yearly_yuan) * _years_open(row, year, last_year)) for year in years]
    return Option(
        facility=int(points.facilities.get_loc((row.stage, facility_of(row)))),
        seats=int(row.seats),
        cost_yuan=tuple(cost for cost, _ in openings),
        burden=tuple(round((cost + running) * settings.metres_per_yuan * PER_METRE) for cost, running in openings),
        first_year=max(0, int(row.earliest_year) - first),
        land_year=max(0, int(row.land_year) - first) if pd.notna(row.land_year) else 0,
        building_years=int(row.building_years),
        after=number[row.after] if isinstance(row.after, str) and row.after else None,
        takes=tuple(
            (int(points.facilities.get_loc(place)), lost)
            for place, lost in _taken(row, seats)
            if place in points.facilities
        ),
        least_use=int(settings.least_use * int(row.seats)),
        lasts=int(row.lasts_years) if pd.notna(row.lasts_years) else None,
    )


def facility_of(row: Any) -> str:
    """Where a candidate's children go to school."""
    if row.kind in ("expanded", "temporary", "closed"):
        return str(row.school_id if isinstance(row.school_id, str) and row.school_id else row.after)
    return str(row.candidate_id)


def _years_open(row: Any, opens: int, last_year: int) -> int:
    whole = max(0, last_year - opens + 1)
    return whole if pd.isna(row.lasts_years) else min(whole, int(row.lasts_years))


def _taken(row: Any, seats: Mapping[tuple[str, str], int]) -> list[tuple[tuple[str, str], int]]:
    """Seats that go: of a school that moves or closes, or of the other stage of one that is converted."""
    if row.kind in ("relocated", "closed"):
        here = [(row.stage, row.school_id)]
    elif row.kind == "converted":
        here = [place for place in seats if place[1] == row.school_id and place[0] != row.stage]
    else:
        return []
    return [
        (place, int(row.seats_lost) if pd.notna(row.seats_lost) else seats[place]) for place in here if place in seats
    ]


def choices_of(candidates: pd.DataFrame) -> tuple[tuple[int, ...], ...]:
    """Candidates of one choice: one of them at most is built."""
    named = candidates.reset_index(drop=True)
    told = named[named["choice"].notna() & (named["choice"] != "")]
    return tuple(tuple(rows.index.tolist()) for _, rows in told.groupby("choice") if len(rows) > 1)


def must_of(candidates: pd.DataFrame) -> tuple[int, ...]:
    """Candidates that are decided already."""
    return tuple(np.flatnonzero(candidates["must_build"].to_numpy(dtype=bool)).tolist())
