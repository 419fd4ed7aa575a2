"""City of Edinburgh's published roll projections of 2018, made again from their inputs number by number."""

from typing import NamedTuple

import numpy as np
import pytest
from edinburgh import AHEAD, BOOK, GRADES, Edinburgh, read_edinburgh

from catchment.forecast.cohorts import Array, project

# Three of 87 sheets leave the common formulas; each condition below is one formula of the workbook.
BUCKSTONE, FOX_COVERT, KIRKLISTON = (f"{name} Primary School" for name in ("Buckstone", "Fox Covert RC", "Kirkliston"))
LIMITS = np.array([25, 30, 50, 60, 66, 72, 75, 90, 99, *range(100, 141, 5)], dtype=float)
SAME = 1e-9  # a stored number and ours are one number


class Steps(NamedTuple):
    """The council's way to a projection: schools × years, or schools × grades × years."""

    births: Array  # P1 pupils of the catchment and the school's denomination, from births
    homes: Array  # pupils living in new homes by grade
    kept: Array  # P1 pupils of the catchment who come to this school
    limit: Array
    p1: Array
    before: Array  # Table 4B
    published: Array  # Table 5


def half_up(pupils: Array) -> Array:
    """The spreadsheet's ROUND(x, 0): halves go up, also those a last digit short."""
    return np.floor(np.round(pupils, 9) + 0.5)


def p1_from_births(book: Edinburgh, *, own_rules: bool) -> Array:
    """Births × P1 pupils per birth (mean of 5 years), rounded; × share of the denomination (3 years), rounded."""
    births = list(book.births.loc[:, 2019:2022].to_numpy().T)
    last = np.mean(births[1:], axis=0)
    for growth in book.birth_growth:
        last = last + growth * last
        births.append(last)
    per_birth = (book.catchment_p1 / book.births).loc[:, 2014:2018].mean(axis=1).to_numpy()
    per_birth = np.repeat(per_birth[:, None], len(AHEAD), axis=1)
    if own_rules:  # P1 pupils of 2010–2012 per birth of 2005–2007: before the new homes
        per_birth[book.schools.index(BUCKSTONE), AHEAD.index(2021) :] = (47 / 36 + 40 / 39 + 49 / 36) / 3
    own = (book.own_p1 / book.catchment_p1).loc[:, 2016:2018].mean(axis=1).to_numpy()
    return half_up(half_up(np.stack(births, axis=1) * per_birth) * own[:, None])


def pupils_of_new_homes(book: Edinburgh) -> Array:
    """The stock of pupils, rounded, dealt out to seven stages: each takes its share of what is left, rounded up."""
    left = half_up(book.housing.to_numpy())
    by_grade = []
    for grades_left in range(7, 0, -1):
        by_grade.append(np.ceil(left / grades_left))
        left = left - by_grade[-1]
    return np.stack(by_grade, axis=1)


def intake_limit(kept: Array) -> Array:
    """The next number of places which makes whole classes; one class of 25 up to 26 pupils, never above 140."""
    return np.where(kept < 26, 25, LIMITS[np.minimum(np.searchsorted(LIMITS, kept), len(LIMITS) - 1)])


def flows(p1: Array, left_out: Array) -> tuple[Array, Array]:
    """What `project` adds: P1 entering; P1 pupils taken off the stage moving up, by the year they would arrive."""
    entering, joining = np.zeros((2, len(p1), len(GRADES), p1.shape[1]))
    entering[:, 0], joining[:, 1] = p1, -left_out
    return entering, joining


def year_by_year(now: Array, p1: Array, ratios: Array, left_out: Array) -> Array:
    """P1 is never rounded; P2 ... P7 are, each year, and the rounded number moves on."""
    entering, joining = flows(p1, left_out)
    ahead = np.empty_like(entering)
    for year in range(p1.shape[1]):
        one = [year]
        ahead[:, :, one] = project(now, entering[:, :, one], ratios[:, :, one], joining[:, :, one])
        ahead[:, 1:, year] = half_up(ahead[:, 1:, year])
        now = ahead[:, :, year]
    return ahead


def grades_of(table) -> Array:
    """Rows school × year, columns stages: as schools × grades × years."""
    schools = table.index.get_level_values("school").nunique()
    return table.to_numpy().reshape(schools, -1, table.shape[1]).transpose(0, 2, 1)


def years_of(numbers) -> Array:
    """Rows school × year: as schools × years."""
    return numbers.to_numpy().reshape(-1, len(AHEAD))


def ratios_of(drop_off: Array) -> Array:
    ratios = np.concatenate([np.zeros((len(drop_off), 1)), 1 - drop_off], axis=1)
    return np.repeat(ratios[:, :, None], len(AHEAD), axis=2)


def council_steps(book: Edinburgh, *, own_rules: bool) -> Steps:
    """The whole projection from births, homes, P1 pupils and rolls; nothing taken from the projection itself."""
    kirkliston, fox_covert = book.schools.index(KIRKLISTON), book.schools.index(FOX_COVERT)
    rolls = grades_of(book.rolls)
    homes = pupils_of_new_homes(book)
    if own_rules:  # growth from homes is taken to be within the births already; still in P1 of 2019 and 2020
        homes[kirkliston, 0, 2:] = 0
    births = p1_from_births(book, own_rules=own_rules)

    kept_share = (book.kept_p1 / book.own_p1).loc[:, 2016:2018].mean(axis=1).to_numpy()
    kept = (births + homes[:, 0]) * kept_share[:, None]
    if own_rules:  # the formulas of 2022–2024 miss the share
        some = slice(AHEAD.index(2022), AHEAD.index(2024) + 1)
        kept[fox_covert, some] = (births + homes[:, 0])[fox_covert, some]
    limit = intake_limit(kept)
    outside = np.median(rolls[:, 0, -5:] - book.kept_p1.loc[:, 2014:2018], axis=1)
    p1 = np.minimum(kept + outside[:, None], limit)

    ratios = ratios_of(np.median(1 - rolls[:, 1:, -5:] / rolls[:, :-1, -6:-1], axis=2))
    left_out = homes[:, 0].copy()
    left_out[:, 0] = 0  # the roll of 2018 is whole
    entering = p1.copy()
    if own_rules:
        homes[kirkliston, 1:] = 0
        left_out[kirkliston] = 0
        ratios[kirkliston, 3:, 1:] = 1  # no drop-off from P3 on, after 2019
        entering[kirkliston, -5:] = p1[kirkliston, -7:-2]  # 2028–2032 point two years back
    before = year_by_year(rolls[:, :, -1], entering, ratios, left_out)

    published = before.copy()
    published[:, 1:] += homes[:, 1:]
    if own_rules:  # and so do the same years of Table 5
        published[kirkliston, :, -5:] = before[kirkliston, :, -7:-2]
    return Steps(births, homes, kept, limit, p1, before, published)


def rows_apart(ours: Array, theirs: Array, book: Edinburgh) -> dict[str, list[int]]:
    """Years in which any stage differs, by school."""
    apart = (np.abs(ours - theirs) > SAME).reshape(len(book.schools), -1, len(AHEAD)).any(axis=1)
    return {
        school: [year for year, differs in zip(AHEAD, row, strict=True) if differs]
        for school, row in zip(book.schools, apart, strict=True)
        if row.any()
    }


@pytest.fixture(scope="module")
def book(shared) -> Edinburgh:
    return read_edinburgh(shared / "edinburgh_uk" / BOOK)


def test_workbook_agrees_with_itself(book):
    assert len(book.schools) == 87
    assert len(book.published) == 1_218
    totals = book.table_4.groupby("year").sum().sum(axis=1)
    assert totals.tolist() == [26_687, 27_724, 28_517, 29_434, 30_158, 30_507]
    assert book.rolls[book.rolls.index.isin(book.table_4.index)].equals(book.table_4)
    assert (book.published.sum(axis=1).unstack().loc[book.schools] - book.summary[AHEAD]).abs().max(axis=None) <= SAME
    whole = book.before_housing.add(book.housing_by_grade, fill_value=0)[GRADES]
    found = rows_apart(grades_of(whole), grades_of(book.published), book)
    assert found == {KIRKLISTON: [2028]}  # Table 5 is two years behind from here on, but no longer changes


def test_published_rates_are_means_and_medians_of_the_rolls(book):
    rolls = grades_of(book.rolls)
    drop_off = np.median(1 - rolls[:, 1:, -5:] / rolls[:, :-1, -6:-1], axis=2)
    assert drop_off == pytest.approx(book.rates[GRADES[1:]].to_numpy(), abs=1e-14)
    share = (book.kept_p1 / book.own_p1).loc[:, 2016:2018].mean(axis=1)
    assert share.to_numpy() == pytest.approx(book.rates["kept_share"].to_numpy(), abs=1e-14)
    outside = np.median(rolls[:, 0, -5:] - book.kept_p1.loc[:, 2014:2018], axis=1)
    assert (outside == book.rates["from_outside"]).all()


@pytest.mark.parametrize(
    ("step", "exact", "apart"),
    [
        ("births", 1_206, {BUCKSTONE}),
        ("homes", 1_206, {KIRKLISTON}),
        ("kept", 1_191, {BUCKSTONE, FOX_COVERT, KIRKLISTON}),
        ("limit", 1_206, {BUCKSTONE}),
        ("p1", 1_203, {BUCKSTONE, FOX_COVERT}),
    ],
)
def test_p1_follows_from_births_homes_and_past_intakes(book, step, exact, apart):
    """Every column of Tables 1 and 3: by one method for all schools, and by the three schools' own rules."""
    theirs = years_of(book.p1_steps[step])

    def ours(*, own_rules: bool) -> Array:
        found = getattr(council_steps(book, own_rules=own_rules), step)
        return found[:, 0] if step == "homes" else found

    found = rows_apart(ours(own_rules=False), theirs, book)
    assert set(found) == apart
    assert len(book.p1_steps) - sum(map(len, found.values())) == exact
    assert not rows_apart(ours(own_rules=True), theirs, book)


@pytest.fixture(scope="module")
def given(book) -> tuple[Array, Array, Array, Array]:
    """The council's own P1, drop-off and new homes: what the cohort step needs."""
    left_out = years_of(book.p1_steps["homes"]).copy()
    left_out[:, 0] = 0
    return (
        grades_of(book.rolls)[:, :, -1],
        years_of(book.p1_steps["p1"]),
        ratios_of(book.rates[GRADES[1:]].to_numpy()),
        left_out,
    )


def test_cohort_step_gives_the_published_stages_of_86_schools(book, given):
    """P2 ... P7 of Table 4B from the printed rates; Kirkliston does not use its printed rates."""
    assert rows_apart(year_by_year(*given), grades_of(book.before_housing), book) == {KIRKLISTON: [*range(2020, 2033)]}


def test_without_rounding_no_stage_is_more_than_about_two_pupils_away(book, given):
    now, p1, ratios, left_out = given
    entering, joining = flows(p1, left_out)
    apart = project(now, entering, ratios, joining) - grades_of(book.before_housing)
    apart = np.delete(apart, book.schools.index(KIRKLISTON), axis=0)
    assert np.abs(apart).max() < 2.1
    assert np.abs(apart.sum(axis=1)).max() < 6.5
    assert np.abs(apart.sum(axis=(0, 1))).max() < 40  # of 31,000 pupils


def test_one_method_for_all_gives_1183_of_1218_rows(book):
    ours, theirs = council_steps(book, own_rules=False).published, grades_of(book.published)
    found = rows_apart(ours, theirs, book)
    assert found == {
        BUCKSTONE: [*range(2021, 2033)],
        FOX_COVERT: [*range(2022, 2031)],
        KIRKLISTON: [*range(2019, 2033)],
    }
    apart = np.abs(ours - theirs)
    assert np.count_nonzero((apart <= SAME).all(axis=1)) == 1_183
    assert np.count_nonzero(apart > SAME) == 155
    most = [apart[book.schools.index(school)].max() for school in (BUCKSTONE, FOX_COVERT, KIRKLISTON)]
    assert most == pytest.approx([54, 2, 7])


def test_with_three_schools_own_rules_every_published_number_is_ours(book):
    ours = council_steps(book, own_rules=True)
    assert np.abs(grades_of(book.before_housing) - ours.before).max() <= SAME
    assert np.abs(grades_of(book.housing_by_grade) - ours.homes[:, 1:]).max() == 0
    apart = np.abs(grades_of(book.published) - ours.published)
    assert apart.shape == (87, 7, 14)
    assert apart.max() <= SAME
