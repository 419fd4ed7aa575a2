"""House numbers in ranges: written greedily along a street, odd and even apart, and read back to address points."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catchment.zone_text.structure import Houses, Parity

Flags = NDArray[np.bool_]


def covered(houses: Iterable[Houses], addresses: pd.DataFrame) -> Flags:
    """Which addresses (street, number) the ranges name."""
    street, number = addresses["street"].to_numpy(), addresses["number"].to_numpy(dtype=float, na_value=np.nan)
    found = np.zeros(len(addresses), dtype=bool)
    for each in houses:
        named = (street == each.street) & ~np.isnan(number)
        if each.first is not None and each.last is not None:
            named &= (number >= min(each.first, each.last)) & (number <= max(each.first, each.last))
        if each.parity != "all":
            named &= number % 2 == (each.parity == "odd")
        found |= named
    return found


def ranges_of(addresses: pd.DataFrame, meant: Flags, allowed: Flags) -> tuple[Houses, ...] | None:
    """The fewest ranges found greedily that name all the meant addresses and none that is not allowed.

    Odd and even numbers are taken together where both sides of the street are meant. None if somebody has no house number.
    """
    told: list[Houses] = []
    if (meant & ((addresses["street"] == "") | addresses["number"].isna()).to_numpy()).any():
        return None
    for street in sorted(set(addresses["street"][meant])):
        here = (addresses["street"] == street).to_numpy() & addresses["number"].notna().to_numpy()
        sides = [_runs(addresses, here, meant, allowed, street, parity) for parity in ("odd", "even")]
        both = _runs(addresses, here, meant, allowed, street, "all")
        told += both if len(both) < sum(map(len, sides)) else [each for side in sides for each in side]
    return tuple(told) if not (covered(told, addresses) & ~allowed).any() else None


def _runs(
    addresses: pd.DataFrame, here: Flags, meant: Flags, allowed: Flags, street: str, parity: Parity
) -> list[Houses]:
    """Runs of numbers in order, as long as every number is allowed; each from its first to its last meant one."""
    rows = addresses.assign(meant=meant, allowed=allowed)[here]
    if parity != "all":
        rows = rows[rows["number"] % 2 == (parity == "odd")]
    numbers = rows.groupby("number").agg({"meant": "any", "allowed": "all"}).reset_index()
    runs: list[list[int]] = []
    broken = True
    for number, is_meant, is_allowed in numbers.itertuples(index=False):
        if not is_allowed:
            broken = True
        elif is_meant:
            if broken:
                runs.append([])
                broken = False
            runs[-1].append(int(number))
    return [Houses(street, run[0], run[-1], "all" if run[0] == run[-1] else parity) for run in runs]
