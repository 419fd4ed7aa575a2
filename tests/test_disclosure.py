"""Hidden counts stay hidden: small tables worked out by hand, laws over random ones, and the attacker himself."""

import numpy as np
import pandas as pd
import pytest
from hierarchies import random_table
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.disclosure import Figures, Gathering, Rule, Seen, intervals, protect
from catchment.disclosure.release import seen_of
from catchment.disclosure.rounding import round_additively
from catchment.errors import Infeasible

RULE = Rule()
HIDDEN = np.nan


def row_of(*values: int, exact_total: bool = False) -> Figures:
    """Areas a, b, c … and their county."""
    gathering = Gathering()
    parts = [("children", letter) for letter, _ in zip("abcdefgh", values, strict=False)]
    for part, value in zip(parts, values, strict=True):
        gathering.count(part, value)
    gathering.count(("children", "*"), sum(values), exact=exact_total)
    gathering.sum(("children", "*"), parts)
    return gathering.figures()


def square(counts: list[list[int]]) -> Figures:
    """A table with both margins: rows r0, r1 …, columns c0, c1 …"""
    table = pd.DataFrame(counts, index=[f"r{i}" for i in range(len(counts))]).rename(columns=lambda c: f"c{c}")
    table.loc["*"] = table.sum()
    table["*"] = table.sum(axis=1)
    rows = table.rename_axis("row").reset_index().melt(id_vars="row", var_name="column", value_name="children")
    within = {"row": {r: "*" for r in table.index if r != "*"}, "column": {c: "*" for c in table.columns if c != "*"}}
    gathering = Gathering()
    gathering.cube("t", rows, ["row", "column"], "children", within)
    return gathering.figures()


def attacked(figures: Figures, shown: np.ndarray, **how: bool) -> dict[tuple, tuple[float, float]]:
    at = np.flatnonzero(np.isnan(shown))
    low, high = intervals(seen_of(figures, shown, RULE, RULE.base), at, **how)
    return {figures.keys[i]: (lo, hi) for i, lo, hi in zip(at, low, high, strict=True)}


# --- the attacker finds what is there to be found --------------------------------------------------


def test_a_single_blank_is_the_total_less_the_rest():
    """40 + ? + 22 = 69: the blank is 7."""
    figures = row_of(40, 7, 22, exact_total=True)
    seen = Seen(np.array([40, HIDDEN, 22, 69.0]), np.ones(4, dtype=bool), ((3, (0, 1, 2)),), 10, 5, 5, additive=False)
    low, high = intervals(seen, np.array([1]))
    assert (low[0], high[0]) == (7, 7)
    assert figures.values[1] == 7


def test_rounded_sums_that_add_up_give_a_blank_away_to_within_four():
    """40 + ? + 20 = 65 in fives: the blank is a 5, so it is between 1 and 9."""
    shown = np.array([40, HIDDEN, 20, 65.0])
    assert attacked(row_of(40, 6, 20), shown) == {("children", "b"): (1, 9)}


def test_rounding_without_sums_that_add_up_leaves_more_open():
    """The same figures rounded each by itself: 36…44, 16…24 and 61…69 leave −7…17, of which 0…17 can be."""
    figures, shown = row_of(40, 6, 20), np.array([40, HIDDEN, 20, 65.0])
    low, high = intervals(seen_of(figures, shown, RULE, 5, additive=False), np.array([1]))
    assert (low[0], high[0]) == (0, 17)


def test_a_square_of_four_blanks_is_bounded_by_its_margins():
    """Textbook: blanks in two rows and two columns; row sums 12 and 30, column sums 20 and 22.

        ? ? | 12        the upper left lies between 0 and 12,
        ? ? | 30        the lower right between 10 and 22.
        20 22
    """  # fmt: skip
    figures = square([[4, 8], [16, 14]])
    shown = np.array(
        [HIDDEN if "*" not in key else float(value) for key, value in zip(figures.keys, figures.values, strict=True)]
    )
    seen = Seen(shown, np.ones(len(shown), dtype=bool), seen_of(figures, shown, RULE, 5).sums, 10, 5, 5, additive=False)
    at = [figures.keys.index(("t", "r0", "c0")), figures.keys.index(("t", "r1", "c1"))]
    low, high = intervals(seen, np.array(at))
    assert list(zip(low, high, strict=True)) == [(0, 12), (10, 22)]


def test_without_an_upper_limit_the_interval_is_open():
    low, high = intervals(Seen(np.array([HIDDEN]), np.array([False]), (), 10, 5, 5), np.array([0]))
    assert (low[0], high[0]) == (0, np.inf)


def test_figures_that_cannot_be_together_are_refused():
    seen = Seen(np.array([40, 30.0, HIDDEN]), np.ones(3, dtype=bool), ((1, (0, 2)),), 10, 5, 5)
    with pytest.raises(ValueError, match="no counts agree"):
        intervals(seen, np.array([2]))


# --- what is hidden and what is shown --------------------------------------------------------------


def test_a_small_count_takes_a_second_one_with_it():
    """7 alone would be the county less the others; the smallest other area goes with it, the county stays."""
    release = protect(row_of(40, 7, 22), RULE)
    assert np.isnan(release.shown).tolist() == [False, True, True, False]
    assert release.primary.tolist() == [False, True, False, False]
    assert release.of(("children", "*")) == 70 and release.of(("children", "a")) == 40


def test_zero_is_hidden_like_any_small_count():
    assert np.isnan(protect(row_of(40, 0, 50), RULE).of(("children", "b")))


def test_a_table_without_small_counts_is_only_rounded():
    """11 + 12 + 13 = 36: multiples of five beside each that add up."""
    release = protect(row_of(11, 12, 13), RULE)
    assert not release.hidden.any()
    assert release.shown[:3].sum() == release.shown[3]
    assert (np.abs(release.shown - [11, 12, 13, 36]) < 5).all()


def test_rounding_each_by_itself_would_not_add_up():
    """12 + 12 + 12 = 36: rounded by themselves 10 + 10 + 10 = 35; here one part goes up."""
    rounded, reach = round_additively(row_of(12, 12, 12), 5)
    assert sorted(rounded[:3].tolist()) == [10, 10, 15]
    assert (rounded[3], reach) == (35, 5)


def test_official_figures_are_exact():
    gathering = Gathering()
    gathering.count(("pupils", "x"), 3, exact=True)
    gathering.count(("pupils", "y"), 47, exact=True)
    assert protect(gathering.figures(), RULE).shown.tolist() == [3, 47]


def test_an_exact_total_that_gives_a_count_away_is_told():
    """County exactly 7, one area: nothing can be hidden."""
    with pytest.raises(Infeasible, match="give a small count away"):
        protect(row_of(7, exact_total=True), RULE)


def test_areas_with_too_few_schools_are_hidden_whatever_their_size():
    gathering = Gathering()
    for name, value, few in (("a", 800, True), ("b", 300, False), ("c", 500, False)):
        gathering.count(("pupils", name), value, few=few)
    gathering.count(("pupils", "*"), 1600)
    gathering.sum(("pupils", "*"), [("pupils", name) for name in "abc"])
    release = protect(gathering.figures(), RULE)
    assert np.isnan(release.of(("pupils", "a"))) and release.hidden.sum() == 2


def test_the_same_thing_in_two_tables_is_one_count():
    gathering = Gathering()
    gathering.count(("children", "a"), 12)
    gathering.count(("children", "a"), 12)
    assert len(gathering.figures()) == 1
    with pytest.raises(ValueError, match="12"):
        gathering.count(("children", "a"), 13)


def test_a_sum_that_is_none_is_refused():
    gathering = Gathering()
    gathering.count(("a",), 12)
    gathering.count(("b",), 13)
    gathering.sum(("a",), [("b",)])
    with pytest.raises(ValueError, match="not the sum"):
        gathering.figures()


# --- leaks: each is open in the naive table, and shut in ours --------------------------------------


def test_leak_by_a_margin():
    figures = square([[30, 5, 25], [40, 45, 20], [22, 33, 44]])
    blanked = np.where(figures.values < 10, HIDDEN, round_additively(figures, 5)[0])
    (low, high) = attacked(figures, blanked)["t", "r0", "c1"]
    assert high - low <= 8
    for low, high in attacked(figures, protect(figures, RULE).shown).values():
        assert high - low >= 10


def test_leak_by_a_percentage():
    """An exact share of a total of 200 that is known: 3.5 % is 7 children. Ours is a share of multiples, or absent."""
    assert round(0.035 * 200) == 7
    release = protect(row_of(7, 93, 100), RULE)
    assert np.isnan(release.of(("children", "a")))
    shown = [release.of(("children", name)) for name in "bc"]
    assert sum(np.isnan(shown)) == 1


def test_leak_by_averages():
    """Means of 500 m, 2,000 m and 1,000 m over all 150 tell two blanks apart: 500·a + 2000·b = 150·1000 − 1200·80, a + b = 70.

    Absent means leave two blanks with one sum: each may be anything from 0 to 70.
    """
    a = np.linalg.solve([[1, 1], [500, 2000]], [70, 150 * 1000 - 1200 * 80])
    assert np.allclose(a, [57.333333, 12.666667])
    low, high = intervals(
        Seen(np.array([HIDDEN, HIDDEN, 70]), np.ones(3, dtype=bool), ((2, (0, 1)),), 10, 5, 5), np.array([0])
    )
    assert (low[0], high[0]) == (0, 70)


# --- laws ------------------------------------------------------------------------------------------


def check_release(figures: Figures) -> None:
    release = protect(figures, RULE)
    small = np.flatnonzero(figures.values < RULE.limit)
    assert np.isnan(release.shown[small]).all()
    seen = seen_of(figures, release.shown, RULE, release.reach)
    for whole_numbers in (False, True):
        low, high = intervals(seen, small, whole_numbers=whole_numbers)
        assert (high - low >= RULE.limit).all()
        assert ((low < RULE.limit) & (high >= RULE.limit)).all()
        assert ((low <= figures.values[small]) & (figures.values[small] <= high)).all()
    open_ = ~release.hidden
    assert (release.shown[open_] % RULE.base == 0).all()
    assert (np.abs(release.shown - figures.values)[open_] < release.reach).all()
    for whole, parts in seen.sums:
        if open_[[whole, *parts]].all():
            assert release.shown[whole] == release.shown[list(parts)].sum()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_no_small_count_in_a_row_is_found(values):
    check_release(row_of(*values))


@pytest.mark.parametrize("seed", range(20))
def test_no_small_count_in_a_random_hierarchy_is_found(seed):
    check_release(random_table(np.random.default_rng(seed)))


@pytest.mark.slow
@pytest.mark.parametrize("hundred", range(10))
def test_no_small_count_in_a_thousand_random_hierarchies_is_found(hundred):
    for seed in range(100 * hundred, 100 * hundred + 100):
        check_release(random_table(np.random.default_rng(seed)))


def test_the_same_table_is_protected_alike():
    first, again = (protect(random_table(np.random.default_rng(3)), RULE).shown for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_search_by_whole_numbers_ends_where_nothing_limits_a_count():
    """A table of which so much is hidden that its totals have no upper limit; the search once went on for ever."""
    figures = random_table(np.random.default_rng(680))
    release = protect(figures, RULE)
    at = np.flatnonzero(release.hidden)
    seen = seen_of(figures, release.shown, RULE, release.reach)
    by_parts, by_whole = (intervals(seen, at, whole_numbers=whole) for whole in (False, True))
    assert np.isinf(by_whole[1]).any()
    assert (by_parts[0] <= by_whole[0]).all() and (by_whole[1] <= by_parts[1]).all()
