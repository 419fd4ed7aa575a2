"""A stage's zones as tables."""

import numpy as np
import pandas as pd

from catchment.zoning.drawing import Drawn
from catchment.zoning.model import NONE, Ints
from catchment.zoning.town import EMPTY_UNITS, StageTown
from catchment.zoning.wishes import Wish


def zone_tables(
    known: StageTown, drawn: Drawn, wishes: list[Wish], neighbours: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Tables `zones`, `zone_schools` and `zone_totals` of a stage. neighbours: the table, its rows as in the town's pairs."""
    town, zone, answer = known.town, drawn.zone, drawn.answer
    price = answer.price.reshape(len(known.leads), -1)[:, 0]
    row = np.arange(len(zone))
    reached = known.reached[row, zone]
    distance = pd.array(town.distance_m[row, zone] * 1000, dtype="Int64")
    distance[~reached] = pd.NA
    present = pd.Series(known.leads.to_numpy()[known.present]).where(known.present != NONE)
    zones = pd.DataFrame(
        {
            "unit_id": known.units, "stage": known.stage, "school_id": known.leads[zone], "children": town.children,
            "distance_mm": distance, "reason": _reasons(known, zone, price, wishes), "present_id": present.to_numpy(),
        }
    )  # fmt: skip
    load = np.bincount(zone, weights=town.children, minlength=len(known.leads)).astype(np.int64)
    schools = pd.DataFrame(
        {
            "school_id": known.leads, "stage": known.stage, "units": np.bincount(zone, minlength=len(known.leads)),
            "children": load, "seats": town.seats, "over_seats": np.maximum(load - town.seats, 0),
            "seat_value_m": price / EMPTY_UNITS, "own_unit": town.home != NONE,
        }
    )  # fmt: skip
    return {"zones": zones, "zone_schools": schools, "zone_totals": _totals(known, drawn, load, neighbours)}


def _reasons(known: StageTown, zone: Ints, price: Ints, wishes: list[Wish]) -> Ints:
    """The first of REASONS_OF_UNITS that is true of each unit."""
    town, row = known.town, np.arange(len(zone))
    locked = np.zeros(len(zone), dtype=bool)
    locked[[unit for wish in wishes if wish.kind == "lock" for unit in wish.units]] = True
    own = np.zeros(len(zone), dtype=bool)
    own[town.home[town.home != NONE]] = True
    full = town.cost + town.children[:, None] * price
    nearest = known.each_m[row, zone] == known.each_m.min(axis=1)
    seats = full[row, zone] == full.min(axis=1)
    return np.select([own, locked, nearest, seats], ["own", "locked", "nearest", "seats"], "piece")


def _totals(known: StageTown, drawn: Drawn, load: Ints, neighbours: pd.DataFrame) -> pd.DataFrame:
    town, zone, answer = known.town, drawn.zone, drawn.answer
    row = np.arange(len(zone))
    there, lived = known.reached[row, zone], town.children > 0
    metres, burden = town.distance_m[row, zone], known.burden_m[row, zone]
    told = known.present != NONE
    between = zone[town.pairs[:, 0]] != zone[town.pairs[:, 1]]
    border, along = neighbours.loc[between, ["border_mm", "along_mm"]].sum() // 1000
    over = int(np.maximum(load - town.seats, 0).sum())
    return pd.DataFrame(
        {
            "stage": [known.stage], "status": "over_seats" if over else answer.status, "zones": len(np.unique(zone)),
            "units": len(zone), "children": town.children.sum(), "out_of_reach": town.children[~there].sum(),
            "over_seats": over, "over_seats_least": drawn.without_seat,
            "children_m": (town.children * metres)[there].sum(), "longest_m": metres[there & lived].max(initial=0),
            "crossing_m": (town.children * (burden - metres))[there].sum(),
            "moved_children": pd.array([town.children[told & (zone != known.present)].sum() if told.any() else None], dtype="Int64"),
            "border_m": border, "border_along_m": along, "groups_apart": len(drawn.apart),
            "objective_m": answer.objective // EMPTY_UNITS,
            "bound_m": answer.bound // EMPTY_UNITS, "gap_share": answer.gap,
        }
    )  # fmt: skip
