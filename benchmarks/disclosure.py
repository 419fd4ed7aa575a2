"""What an attacker finds out from 1,000 random tables: protected, with small counts blanked only, and rounded only.

Usage: python benchmarks/disclosure.py [TABLES]
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from hierarchies import random_table

from catchment.disclosure import Figures, Rule, intervals, protect
from catchment.disclosure.release import seen_of
from catchment.disclosure.rounding import round_additively

RULE = Rule()
NEAR = 4
WHOLE_EVERY = 10
"""The attack by whole numbers is slow: on every tenth table here, on all of them in `make test-slow`."""


def found(
    figures: Figures, shown: np.ndarray, reach: int, *, whole_numbers: bool = False, additive: bool = True
) -> np.ndarray:
    """How many small counts are known to within ±NEAR."""
    small = np.flatnonzero(figures.values < RULE.limit)
    known = small[~np.isnan(shown[small])]
    low, high = intervals(
        seen_of(figures, shown, RULE, reach, additive=additive),
        small[np.isnan(shown[small])],
        whole_numbers=whole_numbers,
    )
    return len(known) + int((high - low <= 2 * NEAR).sum())


def main(tables: int) -> None:
    """Print one line per way of publishing."""
    names = ("protected", "protected, whole numbers", "small blanked, exact", "small blanked, rounded", "rounded only")
    hits, small, small_whole, hidden, counts, seconds = dict.fromkeys(names, 0), 0, 0, 0, 0, 0.0
    for seed in range(tables):
        figures = random_table(np.random.default_rng(seed))
        started = time.perf_counter()
        release = protect(figures, RULE)
        seconds += time.perf_counter() - started
        rounded, reach = round_additively(figures, RULE.base)
        blank = figures.values < RULE.limit
        hits["protected"] += found(figures, release.shown, release.reach)
        if not seed % WHOLE_EVERY:
            hits["protected, whole numbers"] += found(figures, release.shown, release.reach, whole_numbers=True)
            small_whole += int((figures.values < RULE.limit).sum())
        hits["small blanked, exact"] += found(figures, np.where(blank, np.nan, figures.values), 1, additive=False)
        hits["small blanked, rounded"] += found(figures, np.where(blank, np.nan, rounded), reach)
        hits["rounded only"] += int(blank.sum())  # printed to within ±4 by its multiple
        small, hidden, counts = small + int(blank.sum()), hidden + int(release.hidden.sum()), counts + len(figures)
    print(
        f"{tables} tables, {counts:,} counts, {small:,} below {RULE.limit}; {hidden - small:,} more hidden to keep them so"
    )
    print(f"{seconds / tables * 1000:.0f} ms a table")
    for name in names:
        of = small_whole if "whole" in name else small
        print(f"{name:28} {hits[name]:>7,} of {of:,} known to within ±{NEAR}  ({hits[name] / max(1, of):.1%})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
