"""What settings and the file of wishes ask of a stage's zones."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from catchment.errors import InputError, Problems
from catchment.settings.zones import ZoneSettings
from catchment.zoning.model import NONE, Ints
from catchment.zoning.town import StageTown, Tables
from catchment.zoning.wishes import Wish, homes_kept, seats_kept, within


def wishes_of(tables: Tables, settings: ZoneSettings, known: StageTown) -> list[Wish]:
    """Everything that is asked of a stage's zones and could be given up.

    With feeders, the primary zones of table `zones` are kept whole in junior zones. Raises InputError for wishes about units, areas or
    schools that are not there.
    """
    town = known.town
    wishes = [*homes_kept(town), *seats_kept(town)]
    wishes += [Wish("lock", (int(unit),), int(zone), None) for unit, zone in known.others]
    if (limit := settings.limit_m.get(known.stage)) is not None:
        wishes += within(np.flatnonzero(known.reached.any(axis=1)), limit)
    if (least := settings.least_children.get(known.stage)) is not None:
        wishes += [Wish("least", (), school, least) for school in range(len(known.leads))]
    areas = pd.factorize(tables["units"]["area_id"], sort=True)[0]
    if known.stage in settings.areas_whole:
        wishes += _whole(areas, town.home)
    if settings.feeders and known.stage == "junior":
        primary = tables["zones"][tables["zones"]["stage"] == "primary"].set_index("unit_id")["school_id"]
        wishes += _whole(pd.factorize(primary.reindex(known.units), sort=True)[0], town.home)
    return wishes + list(_written(tables, known))


def _whole(group: Ints, home: Ints) -> Iterator[Wish]:
    """Groups of units kept together, but for those in which several schools stand: they must be cut."""
    homes = np.bincount(group[home[home != NONE]], minlength=group.max(initial=0) + 1)
    for number in np.flatnonzero(np.bincount(group[group != NONE], minlength=len(homes)) > 1).tolist():
        if homes[number] <= 1:
            yield Wish("together", tuple(np.flatnonzero(group == number).tolist()), None, None)


def _written(tables: Tables, known: StageTown) -> Iterator[Wish]:
    """The wishes of sources.zone_wishes for the stage."""
    problems, rows = Problems(), tables["zone_wishes"]
    area = tables["units"]["area_id"].to_numpy()
    for row in rows[rows["stage"] == known.stage].itertuples():
        place = known.units.get_indexer([row.unit_id]) if pd.notna(row.unit_id) else np.flatnonzero(area == row.area_id)
        school = int(known.leads.get_indexer([row.school_id])[0]) if pd.notna(row.school_id) else None
        if not len(place) or place[0] == NONE:
            what, remedy = (
                "wish {number} is about a unit or area that is not there",
                "take ids from study.gpkg; units change with units.side_m",
            )
            problems.add(what, remedy, where="zone_wishes", number=row.wish_no)
        elif school == NONE:
            what, remedy = (
                "wish {number} names a school without a zone at this stage",
                "correct the code, or name the lowest code of its joint zone",
            )
            problems.add(what, remedy, where="zone_wishes", number=row.wish_no)
        elif row.wish == "together":
            yield Wish("together", tuple(place.tolist()), None, None)
        else:
            yield Wish(row.wish, tuple(place.tolist()), school, None)
    problems.raise_any(InputError)
