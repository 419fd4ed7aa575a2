"""The draws put into tables: intervals, seats, classes, peaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catchment.forecast.classes import form_classes, largest_classes
from catchment.forecast.cohorts import Array
from catchment.forecast.draws import Draws
from catchment.forecast.history import History
from catchment.tables import CLASS_OUTLOOK, CLASS_SIZE, DRAWS, FORECAST, OUTLOOK, PEAKS

SHARES = (50, 80, 95)
OVERSIZED, SUPER_OVERSIZED = 56, 66
NORM_PER_1000 = {"primary": 80.0, "junior": 40.0}
LATER_YEARS = (5, 10, 15)
LIKELY = 0.5
"""A remedy is named for what is more likely than not."""


@dataclass(frozen=True)
class Places:
    """What the series have: by series of the history."""

    seats: NDArray[np.int64]
    rooms: NDArray[np.int64]
    """−1 = not known."""
    split: NDArray[np.int64]
    """Series × grades: the size of a class from which one more is opened."""
    xy_m: Array
    campus: NDArray[np.int64]
    """Number of the site; a through-train campus is one."""
    residents: Mapping[str, float]
    """Residents by area_id, `*` = the county; where known."""


@dataclass
class Outlook:
    """Tables that grow year by year."""

    history: History
    places: Places
    scenario: str
    tiers: tuple[float, float, float]
    divert_within_m: float
    intervals: str = "own"
    """own or reference: where the spread of the draws comes from."""
    forecast: list[pd.DataFrame] = field(default_factory=list)
    outlook: list[pd.DataFrame] = field(default_factory=list)
    classes: list[pd.DataFrame] = field(default_factory=list)
    totals: list[Draws] = field(default_factory=list)
    central: list[Array] = field(default_factory=list)

    def add(self, year: int, central: Array, drawn: Draws) -> None:
        """One year: central whole pupils (series × grades) and its draws (series × grades × draws)."""
        drawn = np.rint(drawn)
        self._grades(year, central, drawn)
        members, keys = self._members()
        total = np.nansum(central, axis=1)
        pupils, draws = members @ total, members.astype(np.float32) @ drawn.sum(1)
        self._seats(year, keys, pupils, draws, members @ self.places.seats)
        self._formed(year, central, drawn)
        self.totals.append(draws)
        self.central.append(pupils)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables forecast, outlook, class_outlook and peaks."""
        return {
            "forecast": pd.concat(self.forecast, ignore_index=True)[FORECAST.names],
            "outlook": pd.concat(self.outlook, ignore_index=True)[OUTLOOK.names],
            "class_outlook": pd.concat(self.classes, ignore_index=True)[CLASS_OUTLOOK.names],
            "peaks": self._peaks()[PEAKS.names],
        }

    def futures(self, count: int) -> pd.DataFrame:
        """Table `draws`: so many of the draws, from the fewest pupils of all years to the most, evenly spread."""
        _, keys = self._members()
        draws, central = np.stack(self.totals, axis=1), np.stack(self.central, axis=1)
        order = np.argsort(draws[keys["level"].to_numpy() == "county"].sum(axis=(0, 1)), kind="stable")
        taken = order[evenly(count, len(order))]
        count = len(taken)
        wide = keys["level"].to_numpy() != "school"
        ratio = np.divide(
            draws[wide][:, :, taken], central[wide][:, :, None], out=np.ones((wide.sum(), central.shape[1], count)),
            where=central[wide][:, :, None] > 0,
        )  # fmt: skip
        row, year, draw = (axis.ravel() for axis in np.indices(ratio.shape))
        named = keys[wide].iloc[row].reset_index(drop=True).rename(columns={"subject_id": "area_id"})
        return named.assign(draw=draw, year=self.history.last_year + 1 + year, ratio=ratio.ravel())[DRAWS.names]

    def _members(self) -> tuple[NDArray[np.int64], pd.DataFrame]:
        """Which series add up to which subject: a 0/1 matrix, and level, subject_id and stage of its rows."""
        keys = self.history.keys
        levels = [
            keys.assign(level="school", subject_id=keys["school_id"]),
            keys.assign(level="area", subject_id=keys["area_id"]),
            keys.assign(level="county", subject_id="*"),
        ]
        named = pd.concat(levels, ignore_index=True)
        order = named[["level", "subject_id", "stage"]].drop_duplicates().reset_index(drop=True)
        row = pd.MultiIndex.from_frame(order).get_indexer(pd.MultiIndex.from_frame(named[order.columns]))
        members = np.zeros((len(order), len(keys)), dtype=np.int64)
        members[row, np.tile(np.arange(len(keys)), 3)] = 1
        return members, order

    def _grades(self, year: int, central: Array, drawn: Draws) -> None:
        """Rows of table `forecast`: the statuses of a school together."""
        keys = self.history.keys[["school_id", "stage"]]
        pairs = keys.drop_duplicates().reset_index(drop=True)
        of = pd.MultiIndex.from_frame(pairs).get_indexer(pd.MultiIndex.from_frame(keys))
        row, column = np.nonzero(~np.isnan(central))
        spots, spot = np.unique(of[row] * central.shape[1] + column, return_inverse=True)
        pupils = np.bincount(spot, weights=central[row, column]).astype(np.int64)
        if len(spots) == len(row):
            draws = drawn[row, column][np.argsort(spot)]
        else:
            draws = np.zeros((len(spots), drawn.shape[2]), dtype=np.float32)
            np.add.at(draws, spot, drawn[row, column])
        frame = pairs.iloc[spots // central.shape[1]].reset_index(drop=True)
        grades = np.array(self.history.grades)[spots % central.shape[1]]
        self.forecast.append(
            frame.assign(grade=grades, year=year, scenario=self.scenario, pupils=pupils, **bounds(draws, pupils))
        )

    def _seats(self, year: int, keys: pd.DataFrame, pupils: Array, draws: Draws, seats: NDArray[np.int64]) -> None:
        whole = pupils.astype(np.int64)
        load = np.divide(pupils, seats, out=np.full(len(seats), np.nan), where=seats > 0)
        held = bounds(draws, whole)
        self.outlook.append(
            keys.assign(
                year=year, scenario=self.scenario, pupils=whole, **held, seats=seats, load=load,
                tier=tiers_of(load, self.tiers), short_probability=(draws > seats[:, None]).mean(1).astype(float),
                empty_seats=np.maximum(seats - whole, 0),
                empty_low80=np.maximum(seats - held["high80"], 0), empty_high80=np.maximum(seats - held["low80"], 0),
            )
        )  # fmt: skip

    def _formed(self, year: int, central: Array, drawn: Draws) -> None:
        """Rows of table `class_outlook`; statuses of a school share its classes."""
        keys = self.history.keys[["school_id", "stage"]]
        pairs = keys.drop_duplicates()
        of = pd.MultiIndex.from_frame(pairs).get_indexer(pd.MultiIndex.from_frame(keys))
        first = pairs.index.to_numpy()
        if len(pairs) < len(keys):
            merged = np.zeros((len(pairs), *drawn.shape[1:]), dtype=np.float32)
            np.add.at(merged, of, drawn)
            middle = np.zeros((len(pairs), central.shape[1]))
            np.add.at(middle, of, np.nan_to_num(central))
        else:
            merged, middle = drawn, np.nan_to_num(central)
        split, rooms = self.places.split[first], self.places.rooms[first]
        formed = form_classes(middle.astype(np.int64), split, rooms)
        largest = largest_classes(middle[:, :, None].astype(np.float32), split, rooms)[:, 0]
        drawn_largest = largest_classes(merged, split, rooms)
        campus = self._campus_draws(merged, first)
        standard = np.array([CLASS_SIZE.get(stage, 45) for stage in pairs["stage"]])
        frame = pairs.reset_index(drop=True).assign(
            year=year, scenario=self.scenario, split_at=split.min(1), rooms=pd.array(np.where(rooms < 0, 0, rooms), dtype="Int64"),
            classes=formed.sum(1), largest_class=largest,
            over_standard_probability=(drawn_largest > standard[:, None]).mean(1),
            oversized_probability=(drawn_largest >= OVERSIZED).mean(1),
            super_oversized_probability=(drawn_largest >= SUPER_OVERSIZED).mean(1),
            over_2000_probability=(campus > 2000).mean(1), over_2500_probability=(campus > 2500).mean(1),
        )  # fmt: skip
        frame.loc[rooms < 0, "rooms"] = pd.NA
        self.classes.append(self._remedied(frame, middle, formed, first))

    def _campus_draws(self, merged: Draws, first: NDArray[np.int64]) -> Draws:
        totals = merged.sum(1)
        campus = self.places.campus[first]
        summed = np.zeros((campus.max() + 1, totals.shape[1]), dtype=np.float32)
        np.add.at(summed, campus, totals)
        return summed[campus]

    def _remedied(
        self, frame: pd.DataFrame, middle: Array, formed: NDArray[np.int64], first: NDArray[np.int64]
    ) -> pd.DataFrame:
        """The cheapest thing that makes every class of the central forecast keep to its standard.

        One more class while there is a room for it; else the pupils over go to the nearest school of the stage with
        the seats for them, if it is near enough; else rooms are missing.
        """
        stage = frame["stage"].to_numpy(dtype=str)
        standard = np.array([CLASS_SIZE.get(name, 45) for name in stage])
        # Grades that form more classes than they must keep them.
        needed = np.maximum(-(-middle.astype(np.int64) // standard[:, None]), formed).sum(1)
        over = np.maximum(middle.astype(np.int64) - formed * standard[:, None], 0).sum(1)
        rooms = self.places.rooms[first]
        spare = np.maximum(self.places.seats[first] - middle.sum(1).astype(np.int64), 0)
        likely = (frame["over_standard_probability"].to_numpy() >= LIKELY) & (over > 0)
        remedy = np.full(len(frame), "none", dtype=object)
        amount, to = np.zeros(len(frame), dtype=np.int64), np.full(len(frame), None, dtype=object)
        for row in np.flatnonzero(likely):
            more = int(needed[row] - formed[row].sum())
            if rooms[row] < 0 or rooms[row] >= needed[row]:
                remedy[row], amount[row] = "open_class", more
                continue
            near = self._nearest(int(row), first, (stage == stage[row]) & (spare >= over[row]))
            if near is not None:
                remedy[row], amount[row], to[row] = "divert", over[row], frame["school_id"].iloc[near]
            else:
                remedy[row], amount[row] = "add_rooms", needed[row] - rooms[row]
        return frame.assign(remedy=remedy, remedy_amount=amount, remedy_school_id=to)

    def _nearest(self, row: int, first: NDArray[np.int64], able: NDArray[np.bool_]) -> int | None:
        able = able.copy()
        able[row] = False
        if not able.any():
            return None
        away_m = np.hypot(*(self.places.xy_m[first] - self.places.xy_m[first[row]]).T)
        near = int(np.argmin(np.where(able, away_m, np.inf)))
        return near if away_m[near] <= self.divert_within_m else None

    def _peaks(self) -> pd.DataFrame:
        """Table `peaks`."""
        members, keys = self._members()
        draws, central = np.stack(self.totals, axis=1), np.stack(self.central, axis=1)
        years = self.history.last_year + 1 + np.arange(central.shape[1])
        start = (members @ np.nansum(self.history.pupils[:, :, -1], axis=1))[:, None]
        central, years = np.hstack([start, central]), np.concatenate([[self.history.last_year], years])
        draws = np.concatenate([np.broadcast_to(start[:, :, None], (len(start), 1, draws.shape[2])), draws], axis=1)
        when = np.sort(years[draws.argmax(axis=1)], axis=1)
        most = np.sort(draws.max(axis=1), axis=1)
        peak = central.argmax(axis=1)
        pupils, seats = central.max(axis=1).astype(np.int64), members @ self.places.seats
        later = {
            f"empty_{ahead}": pd.array(
                np.maximum(seats - central[:, ahead], 0).astype(np.int64) if ahead < central.shape[1] else [pd.NA] * len(seats),
                dtype="Int64",
            )
            for ahead in LATER_YEARS
        }  # fmt: skip
        residents = np.array(
            [self.places.residents.get(subject, np.nan) if level != "school" else np.nan
             for level, subject in zip(keys["level"], keys["subject_id"], strict=True)], dtype=float,
        )  # fmt: skip
        residents = np.where(residents > 0, residents, np.nan)
        norm = np.array([NORM_PER_1000.get(stage, np.nan) for stage in keys["stage"]])
        first, last = _at(when, 0.1), _at(when, 0.9)
        return keys.assign(
            scenario=self.scenario, intervals=self.intervals, peak_year=years[peak], peak_first=np.minimum(first, years[peak]),
            peak_last=np.maximum(last, years[peak]), peak_pupils=pupils,
            peak_low80=np.minimum(_at(most, 0.1), pupils), peak_high80=np.maximum(_at(most, 0.9), pupils), seats=seats,
            **later, pupils_per_1000=1000 * pupils / residents, norm_per_1000=np.where(np.isnan(residents), np.nan, norm),
        )  # fmt: skip


def evenly(count: int, whole: int) -> list[int]:
    """So many of `whole` numbers from 0, the middle of each of equal parts; all of them if they are fewer.

    >>> evenly(2, 8), evenly(5, 3)
    ([2, 6], [0, 1, 2])
    """
    count = min(count, whole)
    return [(2 * number + 1) * whole // (2 * count) for number in range(count)]


def bounds(draws: Draws, central: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """Columns low50 … high95 of draws (rows × draws): nested, whole, and never without the central value."""
    ordered = np.sort(draws, axis=1)
    columns = {}
    for share in SHARES:
        tail = (1 - share / 100) / 2
        columns[f"low{share}"] = np.minimum(_at(ordered, tail), central)
        columns[f"high{share}"] = np.maximum(_at(ordered, 1 - tail), central)
    return columns


def _at(ordered: NDArray[np.floating], share: float) -> NDArray[np.int64]:
    """The value of every row below which a share of it lies; rows are in order."""
    draws = ordered.shape[1]
    return np.rint(ordered[:, min(draws - 1, int(share * draws))]).astype(np.int64)


def tiers_of(load: Array, tiers: tuple[float, float, float]) -> NDArray[np.object_]:
    """green, yellow, orange or red; None where the load is not known."""
    names = np.array(["green", "yellow", "orange", "red"], dtype=object)
    found = names[np.searchsorted(tiers, np.nan_to_num(load), side="right")]
    found[np.isnan(load)] = None
    return found
