"""What each school's zone is in words, and whether these words were proved against the map."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from catchment.documents.origin import Speaker
from catchment.reports.style import shown

Tables = Mapping[str, pd.DataFrame]
COLUMNS = ("stage", "school_id", "text")


@dataclass(frozen=True)
class Scopes:
    """texts: columns stage, school_id, text; proved: the words were read back and compared with the zones; faults: what does
    not agree, one line each (a gap, an overlap, an enclave).
    """

    texts: pd.DataFrame
    proved: bool = False
    faults: tuple[str, ...] = ()


def plain_scopes(tables: Tables, speaker: Speaker) -> Scopes:
    """The areas of each zone, whole or in part: what can be said without street names. It proves nothing."""
    rows = tables["zones"].merge(tables["units"][["unit_id", "area_id"]], on="unit_id")
    counts = rows.groupby(["stage", "school_id", "area_id"], as_index=False)["unit_id"].size()
    whole = counts.groupby(["stage", "area_id"])["size"].transform("sum")
    names = tables["areas"].set_index("area_id")["name"].map(shown)
    said = [
        speaker.say("all of {area}", area=names.get(row.area_id, row.area_id))
        if row.size_ == total
        else speaker.say("part of {area} ({units} planning units, see the map)", area=names.get(row.area_id, row.area_id), units=row.size_)
        for row, total in zip(counts.rename(columns={"size": "size_"}).itertuples(), whole, strict=True)
    ]  # fmt: skip
    counts = counts.assign(text=said).sort_values(["stage", "school_id", "size"], ascending=[True, True, False])
    texts = counts.groupby(["stage", "school_id"], as_index=False)["text"].agg(speaker.say("; ").join)
    return Scopes(texts[list(COLUMNS)])
