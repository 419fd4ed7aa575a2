"""Counts and the sums among them: what a table is to somebody who wants to find out what it hides."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Key = tuple[Hashable, ...]
"""What is counted. The same thing in two tables has one key, so that it is shown or hidden in both."""


@dataclass(frozen=True)
class Figures:
    """n counts and m sums among them.

    sums: sparse (m, n), +1 at the whole and −1 at its parts, so that sums @ values is zero; exact: official
    figures, shown as they are; few: too few schools stand behind it.
    """

    keys: tuple[Key, ...]
    values: NDArray[np.int64]
    exact: NDArray[np.bool_]
    few: NDArray[np.bool_]
    sums: sparse.csr_array

    def __len__(self) -> int:
        return len(self.keys)

    def pieces(self) -> list[NDArray[np.int64]]:
        """Positions of the counts that hang together by sums; every piece can be treated by itself."""
        joint = abs(self.sums).T @ abs(self.sums)
        _, label = connected_components(joint, directed=False)
        order = np.argsort(label, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(label[order])) + 1) if len(order) else []

    def only(self, at: NDArray[np.int64]) -> "Figures":
        """A piece as figures of its own."""
        sums = self.sums[:, at]
        rows = np.flatnonzero(np.diff(sums.indptr))
        keys = tuple(self.keys[i] for i in at)
        return Figures(keys, self.values[at], self.exact[at], self.few[at], sparse.csr_array(sums[rows]))


class Gathering:
    """Collects counts and sums from several tables."""

    def __init__(self) -> None:
        self._at: dict[Key, int] = {}
        self._rows: list[tuple[int, bool, bool]] = []
        self._sums: list[tuple[int, tuple[int, ...]]] = []

    def __contains__(self, key: Key) -> bool:
        return key in self._at

    def count(self, key: Key, value: int, *, exact: bool = False, few: bool = False) -> None:
        """A count; told twice, it must be the same.

        Raises ValueError if the two differ: then the two tables do not mean the same thing.
        """
        row = (int(value), exact, few)
        if self._at.setdefault(key, len(self._rows)) == len(self._rows):
            self._rows.append(row)
        elif self._rows[self._at[key]] != row:
            message = f"{key} is {self._rows[self._at[key]]} in one table and {row} in another"
            raise ValueError(message)

    def value(self, key: Key) -> int:
        """A count that was told before."""
        return self._rows[self._at[key]][0]

    def sum(self, whole: Key, parts: Iterable[Key]) -> None:
        """The whole is the sum of its parts; all of them were counted before."""
        self._sums.append((self._at[whole], tuple(self._at[part] for part in parts)))

    def cube(
        self,
        name: str,
        rows: pd.DataFrame,
        dimensions: Sequence[str],
        value: str,
        within: Mapping[str, Mapping[Any, Any]],
    ) -> None:
        """A table with margins: keys are (name, *codes).

        within: dimension → code → the code that it is a part of (area → county, grade → stage). A sum is added
        for every whole that has a row, over all parts of it that have one.
        """
        for row in rows[[*dimensions, value]].itertuples(index=False):
            self.count((name, *row[:-1]), row[-1])
        codes = [tuple(row) for row in rows[list(dimensions)].itertuples(index=False)]
        for position, dimension in enumerate(dimensions):
            parents = within.get(dimension, {})
            lifted = [
                (_put(code, position, parents[code[position]]), code) for code in codes if code[position] in parents
            ]
            for whole, parts in groupby(sorted(lifted, key=repr), key=lambda pair: pair[0]):
                if (name, *whole) in self._at:
                    self.sum((name, *whole), [(name, *part) for _, part in parts])

    def figures(self) -> Figures:
        """Everything gathered.

        Raises ValueError if a whole is not the sum of its parts.
        """
        values = np.array([row[0] for row in self._rows], dtype=np.int64)
        exact, few = (np.array([row[i] for row in self._rows], dtype=np.bool_) for i in (1, 2))
        entries = [
            (m, i, sign)
            for m, (whole, parts) in enumerate(self._sums)
            for i, sign in ((whole, 1), *((p, -1) for p in parts))
        ]
        row, column, sign = np.array(entries, dtype=np.int64).reshape(-1, 3).T
        sums = sparse.csr_array((sign, (row, column)), shape=(len(self._sums), len(self._rows)))
        wrong = np.flatnonzero(sums @ values)
        if len(wrong):
            message = f"{list(self._at)[self._sums[wrong[0]][0]]} is not the sum of its parts"
            raise ValueError(message)
        return Figures(tuple(self._at), values, exact, few, sums)


def _put(code: tuple[Any, ...], position: int, value: Any) -> tuple[Any, ...]:
    return (*code[:position], value, *code[position + 1 :])
