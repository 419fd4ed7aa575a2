"""What an earlier publication gives away beside a new one: zones that differ by a few children, counts shown before."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from catchment.disclosure import Seen, intervals
from catchment.errors import InputError, Problem, problem
from catchment.publication.listed import LISTED
from catchment.settings import Settings

Tables = Mapping[str, pd.DataFrame]
KEYS = {
    "balance": (["area_id", "stage", "year"], "children"),
    "access": (["area_id", "stage", "band_from_m"], "children"),
    "coverage": (["area_id", "stage", "limit_m"], "within_network"),
    "outlook": (["area_id", "stage", "year"], "pupils"),
    "zones": (["school_id", "stage"], "children"),
}
"""Table → what names a count in it, and the count."""


def compare_with_earlier(
    earlier: Path, tables: Tables, listed: Tables, settings: Settings, data_date: str
) -> list[Problem]:
    """Everything that the earlier publication and the new one together give away.

    Raises InputError if the folder holds no publication.
    """
    if not (earlier / "publication.json").is_file():
        raise InputError(
            problem(
                "there is no publication in {folder}",
                "name a folder that `catchment publish --to` wrote",
                folder=earlier,
            )
        )
    manifest = json.loads((earlier / "publication.json").read_text("utf-8"))
    found = list(differences(gpd.read_parquet(earlier / "zones.parquet"), tables, listed["zones"], settings))
    told = [problem(
        "zones of {stage} differ from those in {folder} by a few children",
        "move at least {limit} children between two zones, or name the schools in publication.withhold",
        rows=rows, stage=stage, folder=earlier, limit=settings.publication.hide_below,
    ) for stage, rows in pd.DataFrame(found, columns=["stage", "row"]).groupby("stage")["row"]]  # fmt: skip
    if manifest["data_date"] == data_date:
        shown = list(_shown_before(earlier, listed))
        if shown:
            what = "counts that are withheld now were published in {folder}"
            told.append(
                problem(
                    what, "publish with the settings of that publication, or withdraw it", rows=shown, folder=earlier
                )
            )
    return told


def differences(
    old: gpd.GeoDataFrame, tables: Tables, new: pd.DataFrame, settings: Settings
) -> Iterator[tuple[str, str]]:
    """Ground that goes from one zone to another with a few children whom the two maps' counts give away: stage, words.

    Every set of old zones and of new ones is held against each other at once: the children of each piece of
    ground are the unknowns, the counts of old and new zones their sums.
    """
    units, limit = tables["units"], settings.publication.hide_below
    spots = gpd.GeoDataFrame({"unit_id": units["unit_id"]}, geometry=units.representative_point(), crs=units.crs)
    for stage, before in old.to_crs(units.crs).groupby("stage"):
        mine = tables["zones"][tables["zones"]["stage"] == stage]
        was = spots.sjoin(before[["school_id", "geometry"]], predicate="within")[["unit_id", "school_id"]]
        was = was.drop_duplicates("unit_id").rename(columns={"school_id": "was"})
        pieces = mine.merge(was, on="unit_id", how="left").assign(was=lambda rows: rows["was"].fillna(""))
        pieces = pieces.groupby(["was", "school_id"], as_index=False)["children"].sum()
        known = _known(before, new[new["stage"] == stage])
        for row in _given_away(pieces, known, limit).itertuples():
            yield str(stage), f"{row.was or '–'} → {row.school_id}: {row.children}"


def _known(before: pd.DataFrame, after: pd.DataFrame) -> set[tuple[str, str]]:
    """Zones whose children are published: (column of the pieces, school)."""
    return {
        (side, school)
        for side, rows in (("was", before), ("school_id", after))
        for school in rows.loc[rows["children"].notna(), "school_id"]
    }


def _given_away(pieces: pd.DataFrame, known: set[tuple[str, str]], limit: int) -> pd.DataFrame:
    """Pieces with 1 to limit − 1 children whose number is known to less than the limit; counts of zones taken as exact."""
    counts, sums = [np.nan] * len(pieces), []
    for side in ("was", "school_id"):
        for school, at in pieces.groupby(side).indices.items():
            if (side, str(school)) in known:
                counts.append(float(pieces["children"].to_numpy()[at].sum()))
                sums.append((len(counts) - 1, tuple(int(i) for i in at)))
    few = np.flatnonzero(pieces["children"].between(1, limit - 1))
    exact = np.ones(len(counts), dtype=np.bool_)
    low, high = intervals(Seen(np.array(counts), exact, tuple(sums), 0, 1, 1, additive=False), few)
    return pieces.iloc[few[high - low < limit]]


def _shown_before(earlier: Path, listed: Tables) -> Iterator[str]:
    for name, (key, count) in KEYS.items():
        file = earlier / "tables" / f"{name}.csv"
        if not file.is_file():
            continue
        kinds = {column.name: str for column in LISTED[name][1] if column.kind == "text"}
        before = pd.read_csv(file, dtype=kinds, encoding="utf-8-sig")
        both = listed[name][[*key, count]].merge(before[[*key, count]], on=key, suffixes=("", "_before"))
        given = both[both[count].isna() & both[f"{count}_before"].notna()]
        yield from (f"{name}: {', '.join(map(str, row))}" for row in given[key].itertuples(index=False))
