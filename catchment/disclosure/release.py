"""Counts as they may be printed: hidden, rounded so that they add up, and held against the attacker until he finds nothing."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from catchment.disclosure.attack import Seen, intervals
from catchment.disclosure.figures import Figures, Key
from catchment.disclosure.rounding import round_additively
from catchment.disclosure.suppress import Worlds, is_whole, lost
from catchment.errors import Infeasible, problem


@dataclass(frozen=True)
class Rule:
    """Counts below `limit` are hidden, others go to multiples of `base` (RELIABILITY 3.3: 10 and 5)."""

    limit: int = 10
    base: int = 5


@dataclass(frozen=True)
class Release:
    """What is printed of each figure: nan = hidden. primary: hidden by the rule; the others so that these stay hidden."""

    figures: Figures
    shown: NDArray[np.float64]
    primary: NDArray[np.bool_]
    reach: int

    @property
    def hidden(self) -> NDArray[np.bool_]:
        return np.isnan(self.shown)

    @cached_property
    def _at(self) -> dict[Key, int]:
        return {key: n for n, key in enumerate(self.figures.keys)}

    def of(self, key: Key) -> float:
        """What is printed of a figure; nan = hidden."""
        return float(self.shown[self._at[key]])


def protect(figures: Figures, rule: Rule) -> Release:
    """Hide, round and attack until no hidden count is known to within the limit.

    Raises Infeasible if exact figures give a small count away whatever is hidden.
    """
    rounded, reach = round_additively(figures, rule.base)
    primary = ~figures.exact & ((figures.values < rule.limit) | figures.few)
    hidden = primary.copy()
    for at in figures.pieces():
        if primary[at].any():
            piece = _Piece(figures.only(at), primary[at], rounded[at], rule, reach)
            piece.cover_all()
            piece.show_needless()
            hidden[at] = piece.hidden
    return Release(figures, np.where(hidden, np.nan, rounded.astype(np.float64)), primary, reach)


class _Piece:
    """Figures that hang together while it is found out which of them are hidden."""

    def __init__(
        self, figures: Figures, primary: NDArray[np.bool_], rounded: NDArray[np.int64], rule: Rule, reach: int
    ) -> None:
        self.figures, self.primary, self.rounded, self.rule, self.reach = figures, primary, rounded, rule, reach
        self.hidden = primary.copy()
        self.worlds = Worlds(figures, limit=rule.limit, base=rule.base)
        self.moved: dict[int, NDArray[np.bool_]] = {}
        """Primary count → what moves in another world in which it is larger by the limit."""

    def cover_all(self) -> None:
        """Hide more until every primary count is safe."""
        while len(found := self.unsafe()):
            steps = self.worlds.other(self.hidden, int(found[0]))
            more = self.hidden if steps is None else self.hidden | (np.abs(steps) > 1e-9)
            if (more == self.hidden).all():
                key = self.figures.keys[found[0]]
                what = "exact figures give a small count away: {key}"
                raise Infeasible(problem(what, "leave out a table that shares it", key=key))
            self.hidden = more

    def show_needless(self) -> None:
        """Show again what need not be hidden, that of which most is lost first."""
        extra = np.flatnonzero(self.hidden & ~self.primary)
        for at in extra[np.argsort(-lost(self.figures.values[extra]), kind="stable")]:
            self.hidden[at] = False
            self.hidden[at] = len(self.unsafe()) > 0

    def unsafe(self) -> NDArray[np.int64]:
        """Primary counts that the attacker knows too well, one at least if there are any.

        Those that another world beside ours keeps safe need no attack.
        """
        open_ = []
        for at in np.flatnonzero(self.primary).tolist():
            if not self.has_other_world(at):
                if at in self.moved:  # it had one before more was shown: quicker to leave that hidden
                    return np.array([at])
                open_.append(at)
        seen = seen_of(self.figures, np.where(self.hidden, np.nan, self.rounded), self.rule, self.reach)
        return weak(seen, np.array(open_, dtype=np.int64), self.figures.few)

    def has_other_world(self, at: int) -> bool:
        if at not in self.moved or (self.moved[at] & ~self.hidden).any():
            steps = self.worlds.other(self.hidden, at, only_hidden=True)
            if steps is None or not is_whole(steps):
                return False
            self.moved[at] = np.rint(steps) != 0
        return True


def seen_of(figures: Figures, shown: NDArray[np.float64], rule: Rule, reach: int, *, additive: bool = True) -> Seen:
    """The published side of figures, as the attacker takes it."""
    sums = []
    for row in range(figures.sums.shape[0]):
        span = slice(figures.sums.indptr[row], figures.sums.indptr[row + 1])
        columns, signs = figures.sums.indices[span], figures.sums.data[span]
        sums.append((int(columns[signs > 0][0]), tuple(int(c) for c in columns[signs < 0])))
    return Seen(shown, figures.exact, tuple(sums), rule.limit, rule.base, reach, additive)


def weak(seen: Seen, at: NDArray[np.int64], few: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Those of the counts that are known too well: to less than `least` apart, or to be below or above it.

    The quick attack first; what withstands it is attacked by whole numbers too, until one falls.
    few: counts hidden for their schools; these may be known to be large.
    """

    def known(some: NDArray[np.int64], *, whole_numbers: bool) -> NDArray[np.int64]:
        low, high = intervals(seen, some, whole_numbers=whole_numbers)
        sided = few[some] | ((low < seen.least) & (seen.least <= high))
        return some[(high - low < seen.least) | ~sided]

    found = known(at, whole_numbers=False)
    if len(found):
        return found
    for one in at:
        if len(found := known(np.array([one]), whole_numbers=True)):
            return found
    return found
