"""China's counties in 2010 and 2020: what a cohort ratio of one's own, of the neighbours or of the nation is worth.

Residents of the two censuses by sex and age (leiii/census, MIT). A cohort's ratio is its people at 10–14 in 2020
over the same people at 0–4 in 2010: survival, moves and what either census missed, all in one. Figures stand in
docs/method/ages.md.
"""

import re

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from catchment.ages import by_births, composite_link, even, sprague, without_negatives
from catchment.forecast.progression import shrink

SEXES = {"男": "boys", "女": "girls"}
BANDS = ["0", "1-4", "5-9", "10-14", "15-19", "20-24", "25-29"]
KIND = re.compile(r"(?<=..)(自治县|自治旗|特区|林区|县|市|区|旗)$")
BORN = {
    2004: 1593, 2005: 1617, 2006: 1584, 2007: 1594, 2008: 1608, 2009: 1591, 2010: 1588,
    2015: 1654, 2016: 1883, 2017: 1765, 2018: 1523, 2019: 1465, 2020: 1202,
}  # fmt: skip
"""National births, 10,000, National Bureau of Statistics (2015–2019 as revised after the census)."""


# --- reading and matching -----------------------------------------------------------------------------------------


def clean(text):
    """Headers hold line breaks, names blanks, and Luoding is written with the odd 巿 (fú) for 市 (shì)."""
    return re.sub(r"\s", "", str(text)).replace("巿", "市")


def read(path, name, residents, heading):
    """Every row with a code: code, name, residents, and people by sex and band."""
    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    table = pd.DataFrame(rows, columns=[clean(title) for title in head])
    # The nation, unnumbered totals, development zones and a line of advertising have no code.
    table = table[pd.to_numeric(table["区划代码"], errors="coerce").notna()]
    columns = {residents: "residents"}
    columns |= {heading(sex, band): f"{word}_{band}" for sex, word in SEXES.items() for band in BANDS}
    numbers = table[list(columns)].rename(columns=columns).apply(pd.to_numeric, errors="coerce").fillna(0)
    return numbers.assign(code=table["区划代码"].astype(int), name=table[name].map(clean)).reset_index(drop=True)


def counties(rows):
    """Without provinces and prefectures, except prefectures that have no county (Dongguan, Zhongshan, Jiayuguan)."""
    divided = set(rows.loc[rows["code"] % 100 != 0, "code"] // 100)
    alone = (rows["code"] % 10_000 != 0) & ~(rows["code"] // 100).isin(divided)
    return rows[(rows["code"] % 100 != 0) | alone].reset_index(drop=True)


def match(old, new):
    """Pairs by code; of the rest by province and name; of the rest by province and name without its kind of place."""
    pairs = []
    old, new = (
        each.assign(province=each["code"] // 10_000, stem=each["name"].str.replace(KIND, "", regex=True))
        for each in (old, new)
    )
    for way in (["code"], ["province", "name"], ["province", "stem"]):
        left, right = (each[~each.duplicated(way, keep=False)] for each in (old, new))
        found = left.assign(old_code=left["code"]).merge(
            right.assign(new_code=right["code"]), on=way, suffixes=("", "_2020")
        )
        pairs.append(found.assign(way=way[-1]))
        old, new = old[~old["code"].isin(found["old_code"])], new[~new["code"].isin(found["new_code"])]
    return pd.concat(pairs, ignore_index=True).sort_values("new_code", ignore_index=True)


@pytest.fixture(scope="module")
def rows(shared):
    folder = shared / "china_census"
    return {
        2010: read(folder / "census_county_2010_v1.xlsx", "地区", "合计", lambda sex, band: f"{band}岁（{sex}）"),
        2020: read(
            folder / "census_county_2020_v1.xlsx",
            "区县",
            "人口数_合计",
            lambda sex, band: f"{sex}_{band.replace('-', '到')}岁",
        ),
    }


@pytest.fixture(scope="module")
def pairs(rows):
    return match(counties(rows[2010]), counties(rows[2020]))


@pytest.fixture(scope="module")
def scored(pairs):
    """Pairs whose residents neither halved nor doubled: beyond that borders moved rather than people."""
    change = pairs["residents_2020"] / pairs["residents"]
    kept = pairs[(change >= 0.5) & (change <= 2)].reset_index(drop=True)
    for sex in SEXES.values():
        kept[f"{sex}_before"] = kept[f"{sex}_0"] + kept[f"{sex}_1-4"]
        kept[f"{sex}_after"] = kept[f"{sex}_10-14_2020"]
    return kept


@pytest.mark.parametrize(
    ("year", "nation", "count", "share"), [(2010, 1_332_810_869, 2861, 0.999), (2020, 1_409_778_724, 2948, 0.998)]
)
def test_counties_add_up_to_the_nation(rows, year, nation, count, share):
    """Nearly: what is missing lives in development zones, which have no code."""
    provinces = rows[year][rows[year]["code"] % 10_000 == 0]
    assert (len(provinces), int(provinces["residents"].sum())) == (31, nation)
    found = counties(rows[year])
    assert len(found) == count
    assert found["residents"].sum() / nation == pytest.approx(share, abs=0.0005)


def test_most_counties_are_found_again(pairs, scored):
    """2,764 pairs. The rest merged or split, above all in cities and in Yichun's forest districts."""
    assert pairs["way"].value_counts().to_dict() == {"code": 2525, "stem": 146, "name": 93}
    assert not pairs["old_code"].duplicated().any()
    assert not pairs["new_code"].duplicated().any()
    assert len(scored) == 2728
    assert round(scored["residents_2020"].sum() / 1_409_778_724, 2) == 0.94


def test_a_code_outweighs_a_name(pairs):
    """The 2010 table has the names of Fengnan and Fengrun, of Tangshan, the wrong way round."""
    tangshan = pairs.set_index("old_code").loc[[130207, 130208]]
    assert tangshan["name"].tolist() == ["丰润区", "丰南区"]
    assert tangshan["name_2020"].tolist() == ["丰南区", "丰润区"]
    assert (tangshan["residents_2020"] / tangshan["residents"]).between(0.85, 0.95).all()


def test_luoding(pairs):
    """936,931 residents in 2020; of the 0–4 of 2010 there are 8 % more ten years on, of the 5–9 23 % fewer."""
    luoding = pairs.set_index("old_code").loc[445381]
    assert (luoding["name"], luoding["name_2020"], luoding["way"]) == ("罗定市", "罗定市", "code")
    assert (luoding["residents"], luoding["residents_2020"]) == (959_006, 936_931)
    young = ["0", "1-4", "5-9", "10-14", "15-19"]
    before = [int(luoding[f"boys_{band}"] + luoding[f"girls_{band}"]) for band in young]
    now = [int(luoding[f"boys_{band}_2020"] + luoding[f"girls_{band}_2020"]) for band in young]
    assert now == [11_625, 60_870, 93_685, 91_160, 56_890]
    assert sum(now[:2]) == 72_495
    assert round(sum(now[:4]) / 936_931, 4) == 0.2747
    assert before == [14_545, 69_735, 73_710, 92_883, 97_411]
    assert round(now[3] / sum(before[:2]), 3) == 1.082
    assert round(now[4] / before[2], 3) == 0.772


# --- ratios: how each is scored -------------------------------------------------------------------------------------


def moments(after, before, parent):
    """Kappa: the ratio over the variance between places that chance does not explain, weighted by children."""
    excess = (before * (after / before - parent) ** 2).sum() - parent.sum()
    return after.sum() / (excess / before.sum()) / before.sum()


def children(table, column):
    """Boys and girls together."""
    return (table[f"boys_{column}"] + table[f"girls_{column}"]).to_numpy()


def places(table):
    return [pd.factorize(table["new_code"] // width)[0] for width in (10_000, 100)]


def hierarchy(table, after, before):
    """Every county's ratio shrunk to its prefecture's, that to its province's, that to the nation's; the kappas."""
    province, prefecture = places(table)
    above = pd.Series(province).groupby(prefecture).first().to_numpy()
    levels = [(province, np.zeros(31, dtype=int)), (prefecture, above), (np.arange(len(table)), prefecture)]
    ratio, kappas = np.array([after.sum() / before.sum()]), []
    for place, parent in levels:
        sums = np.bincount(place, after), np.bincount(place, before)
        kappas.append(moments(*sums, ratio[parent]))
        ratio = shrink(*sums, ratio[parent], kappas[-1])
    return ratio, kappas


def without(values, place):
    """Of each county: the sum over its place, itself left out."""
    return np.bincount(place, values)[place] - values


def halves(count):
    """Every second county: what is chosen on the one half is scored on the other."""
    return [np.arange(count) % 2 == half for half in (0, 1)]


def chosen(guesses, truth):
    """Of {setting: guess}, for each half the guess whose error over the other half is least, and those settings."""
    found, settings = np.empty(len(truth)), []
    for half in halves(len(truth)):
        best = min(guesses, key=lambda setting: np.abs(guesses[setting] - truth)[~half].sum())
        found[half] = guesses[best][half]
        settings.append(best)
    return found, settings


def errors(found, truth, size):
    """Per cent: MAPE, median and children-weighted error of all counties; MAPE of the quarters, smallest first."""
    apart, quarter = np.abs(found - truth), pd.qcut(size, 4, labels=False)
    each = 100 * apart / truth
    whole = [each.mean(), np.median(each), 100 * apart.sum() / truth.sum()]
    return [round(float(value), 1) for value in (*whole, *[each[quarter == q].mean() for q in range(4)])]


def near(expected):
    return {name: pytest.approx(figures, abs=0.11) for name, figures in expected.items()}


OTHER_SEX = {
    "girls": {
        "one": [14.0, 10.9, 15.5, 14.5, 13.2, 14.3, 14.1],
        "nation": [14.2, 10.7, 13.5, 17.2, 13.9, 13.5, 12.2],
        "prefecture": [11.2, 7.8, 10.7, 13.8, 10.9, 10.8, 9.4],
        "own": [3.7, 2.8, 4.2, 3.3, 3.1, 3.5, 4.8],
        "own, shrunk": [3.6, 2.8, 4.2, 3.2, 3.1, 3.5, 4.8],
        "own, sex gap": [2.7, 2.0, 2.8, 3.1, 2.4, 2.3, 2.8],
        "own, shrunk, sex gap": [2.7, 2.0, 2.8, 3.1, 2.4, 2.3, 2.8],
    },
    "boys": {
        "one": [13.3, 9.6, 13.8, 15.0, 12.9, 13.1, 12.3],
        "nation": [16.8, 13.8, 14.6, 20.9, 16.5, 15.6, 14.3],
        "prefecture": [13.2, 10.2, 11.9, 16.1, 12.8, 12.5, 11.4],
        "own": [3.9, 2.9, 4.6, 3.5, 3.4, 3.6, 4.9],
        "own, shrunk": [3.9, 2.9, 4.6, 3.6, 3.4, 3.6, 4.9],
        "own, sex gap": [2.6, 2.0, 2.8, 3.1, 2.3, 2.4, 2.8],
        "own, shrunk, sex gap": [2.6, 2.0, 2.8, 3.1, 2.3, 2.4, 2.8],
    },
}


@pytest.mark.parametrize(("known", "asked"), [("boys", "girls"), ("girls", "boys")])
def test_a_countys_own_ratio_of_the_other_sex_needs_no_shrinking(scored, known, asked):
    """County against county differ far more than chance: 40 children of its own outweigh the whole prefecture.

    This is about chance alone. It is the same decade, so it says nothing of how long a ratio holds.
    """
    after, before, truth, born = (
        scored[f"{sex}_{when}"].to_numpy() for sex in (known, asked) for when in ("after", "before")
    )
    province, prefecture = places(scored)
    own, (_, _, kappa) = hierarchy(scored, after, before)
    # Both censuses missed boys and girls unequally, by province: known from the counties of the other half.
    gap = np.empty(len(scored))
    for half in halves(len(scored)):
        asked_after, asked_born, known_after, known_born = (
            np.bincount(province[~half], each[~half]) for each in (truth, born, after, before)
        )
        gap[half] = (asked_after / asked_born / (known_after / known_born))[province[half]]
    ratios = {
        "one": 1.0,
        "nation": after.sum() / before.sum(),
        "prefecture": (np.bincount(prefecture, after) / np.bincount(prefecture, before))[prefecture],
        "own": after / before,
        "own, shrunk": own,
        "own, sex gap": after / before * gap,
        "own, shrunk, sex gap": own * gap,
    }
    assert {name: errors(born * ratio, truth, before) for name, ratio in ratios.items()} == near(OTHER_SEX[asked])
    assert 30 < kappa < 45
    # Shrinking moves the smallest quarter by a tenth of a point, for girls to the good, for boys to the bad.
    smallest = before <= np.quantile(before, 0.25)
    raw, shrunk = (100 * np.abs(born * ratio / truth - 1)[smallest].mean() for ratio in (after / before, own))
    assert abs(raw - shrunk) < 0.12
    assert (shrunk < raw) == (asked == "girls")


def test_a_county_left_out_is_told_a_little_by_its_prefecture(scored):
    """Without a ratio of its own: its prefecture's other counties, shrunk to its province's, then the nation's."""
    after, before = children(scored, "after"), children(scored, "before")
    province, prefecture = places(scored)
    nation = (after.sum() - after) / (before.sum() - before)
    of_province = without(after, province) / without(before, province)
    shrunk = {
        (high, low): before
        * shrink(
            without(after, prefecture),
            without(before, prefecture),
            shrink(without(after, province), without(before, province), nation, high),
            low,
        )
        for high in (0, 1e4, 1e5, 1e6)
        for low in (0, 1e4, 3e4, 1e5, 3e5, 1e6)
    }
    best, kappas = chosen(shrunk, after)
    guesses = {
        "one": before,
        "nation": before * nation,
        "province": before * of_province,
        "prefecture": shrunk[0, 0],
        "prefecture, shrunk": best,
    }
    assert {name: errors(guess, after, before) for name, guess in guesses.items()} == near(
        {
            "one": [13.5, 9.8, 14.5, 14.7, 12.9, 13.6, 13.0],
            "nation": [15.1, 11.8, 13.6, 18.8, 14.8, 14.1, 12.6],
            "province": [13.6, 10.5, 12.5, 16.4, 13.2, 13.3, 11.6],
            "prefecture": [13.1, 9.3, 12.2, 15.9, 12.5, 12.7, 11.4],
            "prefecture, shrunk": [13.0, 9.5, 11.9, 16.0, 12.4, 12.5, 11.0],
        }
    )
    assert kappas == [(0, 1e5), (0, 1e5)]


def test_the_neighbouring_cohort_is_worth_its_third_root(scored):
    """5–9 → 15–19 moves for work and senior high school: taken as it is, it misleads; a third of it helps much."""
    after, before = children(scored, "after"), children(scored, "before")
    elder_after, elder_before = children(scored, "15-19_2020"), children(scored, "5-9")
    province, prefecture = places(scored)

    def around(grown, born):
        """The prefecture's other counties, with 100,000 children's worth of the province."""
        parent = without(grown, province) / without(born, province)
        return shrink(without(grown, prefecture), without(born, prefecture), parent, 1e5)

    here, elder_here = around(after, before), around(elder_after, elder_before)
    elder = elder_after / elder_before
    national = after.sum() / before.sum() / (elder_after.sum() / elder_before.sum())
    powers = {power: before * here * (elder / elder_here) ** power for power in np.arange(21) / 20}
    best, settings = chosen(powers, after)
    guesses = {
        "elder": before * elder,
        "elder × national": before * elder * national,
        "prefecture": before * here,
        "prefecture × elder^p": best,
    }
    assert {name: errors(guess, after, before) for name, guess in guesses.items()} == near(
        {
            "elder": [30.7, 28.2, 30.4, 34.3, 30.2, 28.5, 29.6],
            "elder × national": [27.9, 21.1, 28.3, 30.6, 27.8, 26.8, 26.6],
            "prefecture": [13.0, 9.5, 11.9, 16.0, 12.4, 12.5, 11.0],
            "prefecture × elder^p": [9.1, 6.2, 8.8, 10.4, 9.0, 8.3, 8.5],
        }
    )
    assert settings == pytest.approx([0.3, 0.3], abs=0.051)


# --- infants: the one single year of age these tables print ----------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2010, {"even": (14.0, 9.5), "sprague": (16.8, 12.4), "births": (13.8, 9.1), "composite link": (13.6, 10.2)}),
        (2020, {"even": (30.2, 29.9), "sprague": (20.6, 12.9), "births": (7.9, 2.2), "composite link": (20.6, 20.7)}),
    ],
)
def test_infants_out_of_the_group_0_to_4(rows, year, expected):
    """MAPE and bias by county. National births split every county's group; 2010 missed a tenth of its infants."""
    table = counties(rows[year])
    table = table[(table["code"] % 100 != 0) & (table["boys_0"] + table["girls_0"] > 0)]
    both = {band: children(table, band) for band in BANDS}
    truth = both["0"]
    groups = np.column_stack([truth + both["1-4"], *[both[band] for band in BANDS[2:]]])
    first = np.arange(6) * 5
    some = slice(None, None, 16)
    born = [10 * BORN[year - age] + 2 * BORN[year - age - 1] for age in range(5)]
    found = {
        "even": even(groups, first, first + 4, last_age=29)[:, 0],
        "sprague": without_negatives(sprague(groups), groups)[:, 0],
        "births": by_births(groups[:, :1], born)[:, 0],
        # Each county is a fit of its own: one in sixteen is enough.
        "composite link": composite_link(groups[some], first, first + 4, last_age=29)[:, 0],
    }
    for name, infants in found.items():
        real = truth[some] if name == "composite link" else truth
        figures = 100 * np.abs(infants / real - 1).mean(), 100 * (infants.sum() / real.sum() - 1)
        assert figures == pytest.approx(expected[name], abs=0.11), name
    assert (sprague(groups) < 0).any(axis=1).sum() == {2010: 109, 2020: 47}[year]
