"""Age bands into single years: by hand, polynomials, a general optimiser as second opinion, and the measured ranking."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from catchment.ages import by_births, composite_link, even, sprague, without_negatives
from catchment.errors import InputError

OPEN = np.nan


def fives(count):
    """First and last ages of five-year groups."""
    first = np.arange(count) * 5
    return first, first + 4


def grouped(single):
    return np.asarray(single, dtype=float).reshape(*np.shape(single)[:-1], -1, 5).sum(axis=-1)


def by_sprague(groups, first_ages, last_ages, *, last_age):
    return without_negatives(sprague(groups), groups)


def smoothed(method, groups):
    first, last = fives(np.shape(groups)[-1])
    return method(groups, first, last, last_age=int(last[-1]))


methods = pytest.mark.parametrize("method", [even, by_sprague, composite_link])
people = st.lists(st.integers(0, 10**6), min_size=5, max_size=8)


# --- by hand ------------------------------------------------------------------------------------------------------


@methods
def test_a_constant_pyramid_stays_constant(method):
    assert smoothed(method, [500] * 6) == pytest.approx(np.full(30, 100), rel=1e-9)


def test_sprague_gives_a_straight_line_back():
    line = 100.0 + 3 * np.arange(40)
    assert sprague(grouped(line)) == pytest.approx(line, rel=1e-12)


def test_composite_link_gives_an_exponential_back():
    """A straight line of logarithms has no second difference, so nothing is smoother."""
    curve = 1e5 * 0.96 ** np.arange(40)
    assert smoothed(composite_link, grouped(curve)) == pytest.approx(curve, rel=1e-6)


def test_births_by_hand():
    """100 children over births of 10, 30, 60: three years of one band; 40 over none: evenly."""
    assert by_births([100, 40], [1, 3, 6, 0, 0, 0]) == pytest.approx([10, 30, 60, 40 / 3, 40 / 3, 40 / 3])


def test_births_of_each_row_or_of_all():
    groups = np.array([[10.0], [20.0]])
    assert by_births(groups, [1, 4]) == pytest.approx(np.array([[2, 8], [4, 16]]))
    assert by_births(groups, [[1, 4], [1, 1]]) == pytest.approx(np.array([[2, 8], [10, 10]]))


def test_bands_of_any_width_and_an_open_one():
    """0 | 1–4 | 5–9 | 10 and over, taken to end with 12."""
    split = even([7, 8, 10, 6], [0, 1, 5, 10], [0, 4, 9, OPEN], last_age=12)
    assert split == pytest.approx([7, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    curve = composite_link([7, 8, 10, 6], [0, 1, 5, 10], [0, 4, 9, OPEN], last_age=12)
    assert len(curve) == 13
    assert [curve[0], curve[1:5].sum(), curve[5:10].sum(), curve[10:].sum()] == pytest.approx([7, 8, 10, 6])


def test_one_band_alone_is_split_evenly():
    assert composite_link([30], [6], [11], last_age=11) == pytest.approx([5] * 6)


def test_bands_of_one_year_are_themselves():
    assert composite_link([3, 5], [0, 1], [0, 1], last_age=1) == pytest.approx([3, 5])
    assert composite_link([3, 0, 5, 4], [0, 1, 2, 3], [0, 1, 2, OPEN], last_age=3) == pytest.approx([3, 0, 5, 4])


def test_no_rows_give_no_rows():
    assert composite_link(np.zeros((0, 3)), *fives(3), last_age=14).shape == (0, 15)


def test_nobody_is_split_into_nobody():
    assert smoothed(composite_link, [0, 0, 0]).tolist() == [0.0] * 15


# --- what every method must keep ----------------------------------------------------------------------------------


@methods
@settings(deadline=None, max_examples=40)
@given(groups=people)
def test_every_group_keeps_its_total_and_nobody_is_negative(method, groups):
    split = smoothed(method, groups)
    assert grouped(split) == pytest.approx(np.array(groups, dtype=float), rel=1e-12, abs=1e-9)
    assert (split >= 0).all()


@given(groups=people)
def test_sprague_itself_keeps_the_total_of_every_group(groups):
    assert grouped(sprague(groups)) == pytest.approx(np.array(groups, dtype=float), rel=1e-12, abs=1e-6)


@given(groups=people, births=st.integers(0, 2**32))
def test_births_keep_the_total_of_every_group(groups, births):
    born = np.random.default_rng(births).integers(0, 50, len(groups) * 5)
    assert grouped(by_births(groups, born)) == pytest.approx(np.array(groups, dtype=float), rel=1e-12)


@methods
def test_a_thousand_times_the_people_is_a_thousand_times_each_year(method):
    """The composite link trusts large counts, and these are: it follows them all the way already."""
    groups = np.array([39139, 35167, 36693, 39964, 42972, 43063]) * 100
    assert smoothed(method, groups * 1000) == pytest.approx(smoothed(method, groups) * 1000, rel=1e-4)


def test_small_counts_are_smoothed_more_than_large_ones():
    """Twenty people here and sixteen there may be chance: inside the bands the years hardly differ."""
    groups = np.array([20, 16, 23, 17, 22, 18])
    inside = [smoothed(composite_link, groups * n).reshape(-1, 5) / (groups * n)[:, None] for n in (1, 1000)]
    assert np.ptp(inside[0], axis=1).max() < 0.02
    assert np.ptp(inside[1], axis=1).max() > 0.08


@methods
def test_rows_are_split_as_each_alone(method):
    rows = np.array([[[500, 400, 450, 300, 100]], [[10, 0, 0, 20, 7]]])
    split = smoothed(method, rows)
    assert split.shape == (2, 1, 25)
    assert split[1, 0] == pytest.approx(smoothed(method, rows[1, 0]))


# --- Sprague ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
@pytest.mark.parametrize("groups", [5, 6, 12])
def test_sprague_is_exact_when_the_cumulated_people_are_a_polynomial_of_degree_four(degree, groups):
    """End panels too. One degree more is no longer exact: the formula is of fourth differences."""
    cumulated = np.arange(groups * 5 + 1) / 10.0
    single = np.diff(cumulated**degree)
    assert sprague(grouped(single)) == pytest.approx(single, abs=1e-9)
    fifth = np.diff(cumulated**5)
    assert np.abs(sprague(grouped(fifth)) - fifth).max() > 1e-3


def test_sprague_reads_a_pyramid_upside_down_as_well():
    groups = np.array([900.0, 700, 800, 300, 500, 400, 100])
    assert sprague(groups[::-1]) == pytest.approx(sprague(groups)[::-1])


def test_sprague_goes_below_nought_beside_a_steep_change_and_the_repair_keeps_totals():
    groups = np.array([1000.0, 1000, 20, 1000, 1000])
    single = sprague(groups)
    assert single.min() < -20
    repaired = without_negatives(single, groups)
    assert repaired.min() == 0.0
    assert grouped(repaired) == pytest.approx(groups)
    untouched = grouped(np.minimum(single, 0.0)) == 0
    assert repaired.reshape(-1, 5)[untouched] == pytest.approx(single.reshape(-1, 5)[untouched])


def test_sprague_needs_five_groups():
    with pytest.raises(ValueError, match="five groups, there are 4"):
        sprague([1, 2, 3, 4])


# --- composite link: a general optimiser as second opinion ---------------------------------------------------------


def test_composite_link_of_large_counts_is_the_smoothest_curve_through_the_bands():
    counts, first, last = np.array([9e6, 5e6, 7e6, 2e6]), [0, 2, 7, 10], [1, 6, 9, 14]
    curve = composite_link(counts, first, last, last_age=14)
    through = [
        {"type": "eq", "fun": lambda log, i=i: np.exp(log)[first[i] : last[i] + 1].sum() * 1e6 / counts[i] - 1}
        for i in range(4)
    ]
    found = minimize(
        lambda log: np.square(np.diff(log, 2)).sum(),
        np.zeros(15),
        constraints=through,
        method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-13},
    )
    assert found.success
    assert curve == pytest.approx(np.exp(found.x) * 1e6, rel=2e-3)


def plain_composite_link(counts, width):
    """Rizzi, Gampe and Eilers again: penalised deviance by a general optimiser, AIC over the same grid."""
    sums = np.kron(np.eye(len(counts)), np.ones(width))
    mean = counts.sum() / sums.shape[1]
    second = np.diff(np.eye(sums.shape[1]), 2, axis=0)
    found = []
    for smoothing in 10.0 ** np.arange(-4.0, 4.5, 0.5):

        def loss(log, strength=smoothing * mean):
            fitted = sums @ np.exp(log)
            return (fitted - counts * np.log(fitted)).sum() + strength * np.square(second @ log).sum() / 2

        log = minimize(loss, np.full(sums.shape[1], np.log(mean)), method="BFGS", options={"gtol": 1e-7}).x
        slope, fitted = sums * np.exp(log), sums @ np.exp(log)
        information = slope.T @ np.diag(1 / fitted) @ slope
        freedom = np.trace(np.linalg.inv(information + smoothing * mean * second.T @ second) @ information)
        deviance = 2 * (counts * np.log(counts / fitted) - counts + fitted).sum()
        found.append((deviance + 2 * freedom, np.exp(log)))
    curve = min(found, key=lambda each: each[0])[1]
    return curve * np.repeat(counts / (sums @ curve), width)


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("counts", [[12, 30, 21, 25], [3, 1, 8, 2], [400, 350, 380, 100]])
def test_composite_link_equals_the_plain_penalised_likelihood(counts):
    counts = np.array(counts, dtype=float)
    first = np.arange(4) * 3
    assert composite_link(counts, first, first + 2, last_age=11) == pytest.approx(
        plain_composite_link(counts, 3), rel=1e-3
    )


# --- refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [even, composite_link])
def test_overlapping_bands_are_refused_by_name(method):
    with pytest.raises(InputError) as caught:
        method([1, 2, 3], [0, 4, 9], [4, 8, 12], last_age=12)
    (problem,) = caught.value.problems
    assert problem.what == "age bands overlap"
    assert (problem.where, problem.rows) == ("people", ("0–4, 4–8",))


def test_ages_left_out_are_refused_by_name():
    with pytest.raises(InputError) as caught:
        even([1, 2, 3], [0, 5, 11], [4, 9, OPEN], last_age=15)
    (problem,) = caught.value.problems
    assert problem.what == "age bands leave ages out"
    assert problem.rows == ("5–9, 11–15",)


def test_an_open_band_must_end_after_it_begins_and_a_closed_one_where_it_says():
    with pytest.raises(InputError) as caught:
        even([1, 2], [0, 80], [79, OPEN], last_age=70)
    (problem,) = caught.value.problems
    assert (problem.what, problem.rows) == ("an age band ends before it begins", ("80–70",))
    with pytest.raises(InputError, match="leave ages out"):
        even([1, 2], [0, 5], [4, 9], last_age=12)


def test_overlap_and_gap_are_told_at_once():
    with pytest.raises(InputError) as caught:
        composite_link([1, 2, 3], [0, 4, 10], [4, 8, 12], last_age=12)
    assert [each.what for each in caught.value.problems] == ["age bands overlap", "age bands leave ages out"]


@pytest.mark.parametrize("wrong", [[1, -1, 1], [1, np.nan, 1], [1, np.inf, 1]])
def test_counts_that_are_none_are_refused(wrong):
    for method in (even, composite_link):
        with pytest.raises(ValueError, match="negative or not a number"):
            smoothed(method, wrong)
    with pytest.raises(ValueError, match="negative or not a number"):
        by_births(wrong, np.ones(15))


def test_births_must_fill_the_bands():
    with pytest.raises(ValueError, match="births of 14 ages do not fill 3 bands"):
        by_births([1, 2, 3], np.ones(14))


# --- how wrong each method is (docs/method/ages.md) -----------------------------------------------------------------

# National births, 10,000, National Bureau of Statistics; 2011–2019 as revised after the 2020 census.
BORN = {
    1985: 2211, 1986: 2393, 1987: 2529, 1988: 2464, 1989: 2414, 1990: 2391, 1991: 2265, 1992: 2125, 1993: 2132,
    1994: 2110, 1995: 2063, 1996: 2067, 1997: 2038, 1998: 1942, 1999: 1834, 2000: 1771, 2001: 1702, 2002: 1647,
    2003: 1599, 2004: 1593, 2005: 1617, 2006: 1584, 2007: 1594, 2008: 1608, 2009: 1591, 2010: 1588, 2011: 1785,
    2012: 1973, 2013: 1776, 2014: 1897, 2015: 1654, 2016: 1883, 2017: 1765, 2018: 1523, 2019: 1465, 2020: 1202,
    2021: 1062, 2022: 956, 2023: 902, 2024: 954, 2025: 792,
}  # fmt: skip

# China, census of 1 November 2000, table 3-1: people by single year of age, 0–34.
CENSUS_2000 = np.array([
    13793799, 11495247, 14010711, 14454335, 15224282, 16933559, 16470140, 17914756, 18752106, 20082026, 26210044,
    25137678, 24576191, 26282644, 23190076, 20429326, 20313426, 20065048, 23100427, 19122938, 18393809, 18924822,
    18831591, 17931155, 20491797, 21136635, 22874423, 23630435, 24800391, 25160381, 28012344, 25018386, 27718516,
    21736582, 24828470,
], dtype=float)  # fmt: skip


def errors(found, truth):
    """Mean and largest absolute error of ages 0–14, per cent."""
    wrong = 100 * np.abs(found[:15] / truth[:15] - 1)
    return round(float(wrong.mean()), 1), round(float(wrong.max()), 1)


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2020, {even: (6.4, 30.4), by_sprague: (3.9, 11.6), composite_link: (5.0, 15.9)}),
        (2023, {even: (9.9, 23.9), by_sprague: (7.7, 29.7), composite_link: (4.6, 11.5)}),
        (2025, {even: (8.8, 30.4), by_sprague: (9.1, 24.0), composite_link: (6.5, 14.8)}),
    ],
)
def test_china_whose_ages_are_its_births(year, expected):
    """Nobody dies or moves. Births would be exact here by construction, so they are not in the race."""
    truth = np.array([BORN[year - age] for age in range(25)], dtype=float) * 1e4
    found = {method: errors(smoothed(method, grouped(truth)), truth) for method in expected}
    for method, (mean, largest) in expected.items():
        assert found[method] == pytest.approx((mean, largest), abs=0.1)


def test_china_2000_births_split_best_then_the_composite_link():
    """Truth is the census itself, missed infants and all; births of a year of age are 10/12 and 2/12 of two years."""
    groups = grouped(CENSUS_2000)
    born = np.array([10 * BORN[2000 - age] + 2 * BORN[1999 - age] for age in range(15)])
    found = {
        "births": by_births(groups[:3], born),
        "composite link": smoothed(composite_link, groups),
        "even": smoothed(even, groups),
        "sprague": smoothed(by_sprague, groups),
    }
    figures = {name: errors(split, CENSUS_2000) for name, split in found.items()}
    assert sorted(figures, key=lambda name: figures[name]) == list(found)
    expected = {"births": (4.2, 14.5), "composite link": (5.1, 16.3), "even": (5.7, 20.0), "sprague": (7.1, 19.6)}
    for name, pair in expected.items():
        assert figures[name] == pytest.approx(pair, abs=0.1), name
