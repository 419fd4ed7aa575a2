"""Do pupils go where children and seats are? Chance, tolerance and who would have to move (docs/method/allocation.md)."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr
from scipy.stats import false_discovery_control

from catchment.errors import Problems
from catchment.tables import GRADES, Table
from catchment.tables.allocation import ALLOCATION, ALLOCATION_TESTS, COMPOSITION, OUTSIDE, STAYING, ZONED

Counts = NDArray[np.int64]
Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEVEL = 0.05
ONE_SIDED = 1.6448536269514722
"""Quantile 1 − LEVEL of the standard normal distribution."""
MOST_OUTCOMES = 100_000
"""Up to so many ways to divide the pupils all are counted instead of drawn."""
DRAWN_AT_ONCE = 10_000
SIBLINGS_SHARE = 0.3
"""An assumption: share of pupils who came together with one brother or sister, where no past autumns tell."""
FEWEST_PAIRS = 3
"""Pairs of autumns from which dispersion is learnt."""
CLASS_PUPILS = {"primary": 45, "junior": 50}


@dataclass(frozen=True)
class Ruler:
    """By what pupils are measured."""

    dispersion: Mapping[str, float]
    """Variance of a school's pupils against that of pupils who come one by one, by stage; at least 1."""
    tolerance_share: float = 0.05
    """Difference that is of no account, as a share of the expected pupils; half a class if that is more."""
    draws: int = 99_999
    seed: int = 0


@dataclass(frozen=True)
class Case:
    """Pupils where they go and children where they live, of the same grades."""

    name: str
    pupils: pd.DataFrame
    """stage, school_id, pupils."""
    children: pd.DataFrame
    """unit_id, stage, children."""


@dataclass(frozen=True)
class Unevenness:
    """How uneven pupils are against shares: test of chance and dissimilarity."""

    p: float
    how: str
    dissimilarity: float
    by_chance: float
    corrected: float


# --- statistics ------------------------------------------------------------------------------------


def dissimilarity(counts: NDArray[np.int64] | Array, shares: Array) -> Array:
    """D = ½ Σ |E_k/N − q_k|: the share of pupils who would have to move. counts: (k,) or (draws, k)."""
    totals = counts.sum(-1, keepdims=True)
    return 0.5 * np.abs(counts / totals - shares).sum(-1)


def residuals(counts: Counts, shares: Array, dispersion: float) -> Array:
    """z_k = (E_k − N q_k) / √(N q_k (1 − q_k) φ); NaN where a share is 0 or 1."""
    total = counts.sum()
    spread = np.sqrt(total * shares * (1 - shares) * dispersion)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 0, (counts - total * shares) / spread, np.nan)


def chi_square(counts: NDArray[np.int64] | Array, shares: Array) -> Array:
    """X² = Σ (E_k − N q_k)² / (N q_k). Every share must be above 0."""
    expected = counts.sum(-1, keepdims=True) * shares
    return ((counts - expected) ** 2 / expected).sum(-1)


def flags(p_values: Array) -> Flags:
    """Which of several tests stand out when 5 % of those named may be wrong (Benjamini and Hochberg 1995); NaN never."""
    told = ~np.isnan(p_values)
    found = np.zeros(len(p_values), dtype=np.bool_)
    if told.any():
        found[told] = false_discovery_control(p_values[told]) <= LEVEL
    return found


def outcomes(total: int, parts: int) -> Counts:
    """Every way to divide `total` pupils among `parts` schools, one per row (stars and bars)."""
    bars = np.array(list(combinations(range(total + parts - 1), parts - 1)), dtype=np.int64).reshape(-1, parts - 1)
    edges = np.column_stack([np.full(len(bars), -1), bars, np.full(len(bars), total + parts - 1)])
    return np.diff(edges, axis=1) - 1


def log_chance(counts: Counts, shares: Array, dispersion: float) -> Array:
    """Log probability of counts (n, k) when N pupils are divided by chance.

    Multinomial at φ = 1; else Dirichlet-multinomial with α_k = q_k (N − φ) / (φ − 1), whose variance is φ N q_k (1 − q_k).
    """
    total = counts.sum(-1)
    if dispersion == 1:
        return gammaln(total + 1) + (counts * np.log(shares) - gammaln(counts + 1)).sum(-1)
    alpha = _alpha(int(total[0]), shares, dispersion)
    whole = gammaln(total + 1) + gammaln(alpha.sum()) - gammaln(total + alpha.sum())
    return whole + (gammaln(counts + alpha) - gammaln(alpha) - gammaln(counts + 1)).sum(-1)


def draw_counts(total: int, shares: Array, dispersion: float, draws: int, rng: np.random.Generator) -> Iterator[Counts]:
    """Pupils divided by chance as in `log_chance`, some draws at a time, (n, k)."""
    for start in range(0, draws, DRAWN_AT_ONCE):
        count = min(DRAWN_AT_ONCE, draws - start)
        chances = shares if dispersion == 1 else rng.dirichlet(_alpha(total, shares, dispersion), size=count)
        yield rng.multinomial(total, chances, size=count)


def unevenness(counts: Counts, shares: Array, dispersion: float, draws: int, rng: np.random.Generator) -> Unevenness:
    """Test of X² against chance, exact while outcomes are few, and D with what chance alone would give.

    p is the chance of an X² as large; drawn: (1 + draws as large) / (1 + draws) (Davison and Hinkley 1997).
    """
    total, observed = int(counts.sum()), float(chi_square(counts, shares)) * (1 - 1e-9)
    exact = comb(total + len(shares) - 1, len(shares) - 1) <= MOST_OUTCOMES
    if exact:
        every = outcomes(total, len(shares))
        chance = np.exp(log_chance(every, shares, dispersion))
        p = float(chance[chi_square(every, shares) >= observed].sum())
        by_chance = float(chance @ dissimilarity(every, shares))
    else:
        larger, sums = 0, 0.0
        for drawn in draw_counts(total, shares, dispersion, draws, rng):
            larger += int((chi_square(drawn, shares) >= observed).sum())
            sums += float(dissimilarity(drawn, shares).sum())
        p, by_chance = (1 + larger) / (1 + draws), sums / draws
    spread = np.sqrt(shares * (1 - shares) * dispersion / total)
    corrected = density_corrected(np.abs(counts / total - shares), spread)
    plain = float(dissimilarity(counts, shares))
    return Unevenness(min(p, 1.0), "exact" if exact else "draws", plain, by_chance, corrected)


def density_corrected(differences: Array, spread: Array) -> float:
    """D with the part of chance taken off: ½ Σ θ_k, θ_k the likeliest true difference (Allen et al. 2015).

    |difference| follows a folded normal law of `spread`; its likeliest centre is 0 up to one spread, else the solution of
    θ = x tanh(x θ / spread²), found by halving.
    """
    low, high = np.zeros(len(differences)), differences.astype(float)
    sure = differences > spread
    x, s = np.where(sure, differences, 1.0), np.where(sure, spread, 1.0)
    s = np.where(s > 0, s, 1e-12)
    for _ in range(60):
        middle = (low + high) / 2
        above = x * np.tanh(x * middle / s**2) > middle
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return float(0.5 * np.where(sure, (low + high) / 2, 0.0).sum())


def composition_by_chance(sizes: Counts, share: float) -> float:
    """D between a group and all others that chance alone gives, if every pupil belongs to the group with chance `share`.

    D = Σ |a_k − n_k P| / (2 T P (1 − P)), a_k of the group among n_k pupils of unit k, T = Σ n_k. Closed form of each binomial mean
    deviation (De Moivre): E|a − nP| = 2 m C(n, m) P^m (1 − P)^(n − m + 1), m = ⌊nP⌋ + 1. Small units are uneven by chance: raw D of
    classes and of schools are not to be compared.
    """
    above = np.floor(sizes * share) + 1
    ways = gammaln(sizes + 1) - gammaln(above + 1) - gammaln(sizes - above + 1)
    deviation = 2 * above * np.exp(ways + above * np.log(share) + (sizes - above + 1) * np.log1p(-share))
    return float(deviation.sum() / (2 * sizes.sum() * share * (1 - share)))


def verdict(differences: Array, spread: Array, tolerance: Array) -> str:
    """Whether every difference is surely within the tolerance (two one-sided tests at 5 % each), or one surely outside.

    All in pupils. For `proportional` every single test must succeed (intersection-union: 5 % in all); for `apart` one of them
    must stand out among all (Benjamini-Hochberg). Without any spread the tolerance alone decides.
    """
    size = np.abs(differences)
    if (size + ONE_SIDED * spread <= tolerance).all():
        return "proportional"
    if not spread.any():
        return "apart"
    beyond = (size - tolerance) / spread
    return "apart" if flags(1 - ndtr(beyond)).any() else "undecided"


def _alpha(total: int, shares: Array, dispersion: float) -> Array:
    return shares * (total - dispersion) / (dispersion - 1)


# --- dispersion ------------------------------------------------------------------------------------


def past_dispersion(enrolment: pd.DataFrame, stage: str) -> float:
    """φ of a stage: how much more the entrants of schools vary from autumn to autumn than if they came one by one.

    Median over pairs of consecutive autumns of X² / (k − 1), X² of the table 2 autumns × k schools that entered pupils in both.
    Lasting change counts as variation: φ is rather too large than too small. 1 + SIBLINGS_SHARE (each pupil stands for 1.3 who came
    together) where fewer than FEWEST_PAIRS pairs are known.
    """
    rows = enrolment[enrolment["grade"] == GRADES[stage][0]]
    table = rows.pivot_table(index="school_id", columns="year", values="pupils", aggfunc="sum")
    ratios = []
    for year in sorted(table.columns):
        if year + 1 in table.columns:
            pair = table[[year, year + 1]].dropna()
            seen = pair[(pair > 0).all(axis=1)].to_numpy(dtype=float)
            if len(seen) > 1:
                expected = np.outer(seen.sum(1), seen.sum(0)) / seen.sum()
                ratios.append(((seen - expected) ** 2 / expected).sum() / (len(seen) - 1))
    return max(1.0, float(np.median(ratios))) if len(ratios) >= FEWEST_PAIRS else 1 + SIBLINGS_SHARE


# --- tables ----------------------------------------------------------------------------------------


def cases_of(tables: Mapping[str, pd.DataFrame], *, base_year: int, zone_year: int, scenario: str) -> list[Case]:
    """Today's pupils, those who enter next autumn, and the planned assignment of the zone year."""
    forecast, demand = tables["forecast"], tables["demand"]
    forecast = forecast[forecast["scenario"] == scenario]
    lowest = {stage: grades[0] for stage, grades in GRADES.items()}
    found = []
    for name, year in (("today", base_year), ("entry", base_year + 1)):
        pupils, children = forecast[forecast["year"] == year], demand[demand["year"] == year]
        if name == "entry":
            pupils, children = (rows[rows["grade"] == rows["stage"].map(lowest)] for rows in (pupils, children))
        found.append(Case(name, _summed(pupils, "school_id", "pupils"), _summed(children, "unit_id", "children")))
    planned = tables["assignment"].rename(columns={"children": "pupils"})
    children = _summed(demand[demand["year"] == zone_year], "unit_id", "children")
    return [*found, Case("planned", _summed(planned, "school_id", "pupils"), children)]


def claims(case: Case, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What each public school and area can claim, and its pupils: stage, basis, level, subject_id, claim, observed.

    A school claims the children of its zone or its seats, an area the children who live there or the seats of its schools.
    """
    schools = tables["schools"][tables["schools"]["ownership"] == "public"]
    keys = schools[["school_id", "stage", "area_id", "seats"]]
    zones = tables["zones"].merge(keys[["school_id", "stage"]], on=["school_id", "stage"])[
        ["unit_id", "stage", "school_id"]
    ]
    children = case.children[case.children["stage"].isin(keys["stage"])]
    pupils = keys.merge(case.pupils, on=["school_id", "stage"], how="left").fillna({"pupils": 0})
    living = {
        "school_id": children.merge(zones, on=["unit_id", "stage"]),
        "area_id": children.merge(tables["units"][["unit_id", "area_id"]], on="unit_id"),
    }
    parts = []
    for level, subject in (("school", "school_id"), ("area", "area_id")):
        observed = pupils.groupby(["stage", subject])["pupils"].sum()
        for basis, source in (("children", living[subject]), ("seats", keys)):
            claim = source.groupby(["stage", subject])[basis].sum()
            told = pd.concat([claim.rename("claim"), observed.rename("observed")], axis=1).fillna(0)
            parts.append(told.rename_axis(["stage", "subject_id"]).reset_index().assign(basis=basis, level=level))
    return pd.concat(parts, ignore_index=True)


def allocation_tables(
    cases: list[Case], tables: Mapping[str, pd.DataFrame], ruler: Ruler
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `allocation` and `allocation_tests` of these cases.

    Schools and areas that can claim nothing are listed with z absent and are left out of every test.
    """
    rows, tests = [], []
    for case in cases:
        for key, group in claims(case, tables).groupby(["stage", "basis", "level"], sort=True):
            about = dict(zip(["stage", "basis", "level"], map(str, key), strict=True)) | {"case": case.name}
            compared, test = _compare(group, about, ruler)
            rows.append(compared.assign(**about))
            tests.append(about | test)
    if not tests:
        return ALLOCATION.empty(), ALLOCATION_TESTS.empty()
    return _tidy(pd.concat(rows), ALLOCATION), _tidy(pd.DataFrame(tests), ALLOCATION_TESTS)


def _compare(group: pd.DataFrame, about: dict[str, str], ruler: Ruler) -> tuple[pd.DataFrame, dict[str, object]]:
    """Rows of `allocation` of one stage, case, basis and level, and their row of `allocation_tests`."""
    group = group.sort_values("subject_id", ignore_index=True)
    dispersion, half_class = ruler.dispersion[about["stage"]], CLASS_PUPILS[about["stage"]] / 2
    claim, counts = group["claim"].to_numpy(dtype=float), group["observed"].to_numpy(dtype=np.int64)
    able = claim > 0
    total = int(counts[able].sum())
    shares = claim / max(claim.sum(), 1)
    expected, z = total * shares, np.full(len(group), np.nan)
    tolerance = np.maximum(ruler.tolerance_share * expected, half_class)
    within = np.abs(counts - expected) <= tolerance
    test: dict[str, object] = {"subjects": int(able.sum()), "pupils": total, "dispersion": dispersion, **UNTESTED}
    if able.sum() > 1 and total > dispersion:
        z[able] = residuals(counts[able], shares[able], dispersion)
        rng = np.random.default_rng([ruler.seed, zlib.crc32("|".join(about.values()).encode())])
        test |= vars(unevenness(counts[able], shares[able], dispersion, ruler.draws, rng))
        luck = about["case"] != "planned"  # nobody comes by luck to a school that a plan sends him to
        spread = np.sqrt(expected * (1 - shares) * dispersion) * luck
        test["verdict"] = verdict((counts - expected)[able], spread[able], tolerance[able])
        test["to_move"] = round(float(np.maximum(counts - expected, 0)[able].sum()))
    flagged = flags(2 * ndtr(-np.abs(z)))
    told = group[["subject_id", "observed"]].assign(
        entitled_share=shares, expected=expected, z=z, flagged=flagged, tolerance=tolerance, within_tolerance=within
    )
    return told, test | {"flagged": int(flagged.sum()), "outside": int((able & ~within).sum())}


UNTESTED = {
    "p": np.nan, "how": "none", "dissimilarity": 0.0, "by_chance": 0.0, "corrected": 0.0, "to_move": 0, "verdict": "untested",
}  # fmt: skip


def composition(enrolment: pd.DataFrame, year: int) -> pd.DataFrame:
    """Table `composition`: how unevenly migrant children are spread over the schools of a stage in an autumn.

    Empty where the returns do not tell pupils by residence.
    """
    rows = enrolment[(enrolment["year"] == year) & (enrolment["status"] != "all")]
    rows = rows[rows["stage"].isin(list(GRADES))]
    found = []
    for stage, group in rows.groupby("stage", sort=True):
        pupils = group.pivot_table(index="school_id", columns="status", values="pupils", aggfunc="sum", fill_value=0)
        pupils = pupils.reindex(columns=["local", "migrant"], fill_value=0)
        sizes, migrants = pupils.sum(axis=1).to_numpy(dtype=np.int64), pupils["migrant"].to_numpy(dtype=np.int64)
        if len(sizes) < 2 or not 0 < migrants.sum() < sizes.sum():
            continue
        share = float(migrants.sum() / sizes.sum())
        scale = sizes.sum() * share * (1 - share)
        away, spread = np.abs(migrants - sizes * share) / scale, np.sqrt(sizes * share * (1 - share)) / scale
        found.append(
            {
                "stage": stage, "schools": len(sizes), "pupils": int(sizes.sum()), "migrants": int(migrants.sum()),
                "dissimilarity": float(away.sum() / 2), "by_chance": composition_by_chance(sizes, share),
                "corrected": density_corrected(away, spread),
            }
        )  # fmt: skip
    return _tidy(pd.DataFrame(found), COMPOSITION) if found else COMPOSITION.empty()


# --- homes and schools -----------------------------------------------------------------------------


def residence_tables(
    residence: pd.DataFrame, schools: pd.DataFrame, areas: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `zoned` (by school: pupils who live in its zone) and `staying` (by zone or area: children who attend its school).

    A home told by area only counts as the school's own where the school stands in that area: rather too many than too few.
    In the rate count public schools of town and city without boarders (教督〔2017〕6号); others are listed with the reason.
    Raises InputError for codes that are no school's and no area's.
    """
    _check_codes(residence, schools, areas)
    about = schools[["school_id", "stage", "area_id", "setting", "ownership", "boarding"]]
    rows = residence.merge(about, on=["school_id", "stage"])
    zone, area = rows["home_id"] == rows["school_id"], rows["home_id"] == rows["area_id"]
    rows = rows.assign(own=rows["pupils"].where(zone | area, 0), by_area=rows["pupils"].where(area & ~zone, 0))
    zoned = rows.groupby(["stage", "school_id"], as_index=False).agg(
        pupils=("pupils", "sum"), from_zone=("own", "sum"), by_area=("by_area", "sum")
    )
    zoned = zoned.merge(about, on=["school_id", "stage"])
    reasons = [zoned["boarding"], zoned["ownership"] != "public", zoned["setting"] == "rural"]
    zoned["excluded"] = np.select(reasons, ["boarding", "private", "rural"], "")
    staying = rows.groupby(["stage", "home_id"], as_index=False).agg(children=("pupils", "sum"), staying=("own", "sum"))
    staying["leaving"] = staying["children"] - staying["staying"]
    return (
        _tidy(zoned.assign(share=_part(zoned["from_zone"], zoned["pupils"])), ZONED),
        _tidy(staying.assign(share=_part(staying["staying"], staying["children"])), STAYING),
    )


def zoned_rates(zoned: pd.DataFrame) -> pd.DataFrame:
    """Rows of table `rates` (就近划片入学比例): every school's pupils and those of its zone; the rules leave out who does not count."""
    told = zoned[zoned["pupils"] > 0]
    return told[["school_id", "stage"]].assign(
        rate="zoned_enrolment", part=told["from_zone"].astype(float), whole=told["pupils"].astype(float)
    )


def county_rate(zoned: pd.DataFrame) -> pd.Series:
    """就近划片入学比例 by stage: Σ from_zone ÷ Σ pupils of the schools that count."""
    counted = zoned[zoned["excluded"] == ""].groupby("stage")[["from_zone", "pupils"]].sum()
    return _part(counted["from_zone"], counted["pupils"])


def _check_codes(residence: pd.DataFrame, schools: pd.DataFrame, areas: pd.DataFrame) -> None:
    known = set(zip(schools["school_id"], schools["stage"], strict=True))
    of_school, of_home = (zip(residence[c], residence["stage"], strict=True) for c in ("school_id", "home_id"))
    places = {OUTSIDE, *areas["area_id"]}
    problems, remedy = Problems(), "correct the code, or the school's stage"
    strange = sorted({school for school, stage in of_school if (school, stage) not in known})
    if strange:
        problems.add("schools are not in the school list at this stage", remedy, where="residence", rows=strange)
    homeless = sorted({home for home, stage in of_home if (home, stage) not in known and home not in places})
    if homeless:
        problems.add("homes are neither a school's zone nor an area", remedy, where="residence", rows=homeless)
    problems.raise_any()


def _part(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole).where(whole > 0)


def _summed(rows: pd.DataFrame, subject: str, amount: str) -> pd.DataFrame:
    return rows.groupby(["stage", subject], as_index=False)[amount].sum()


def _tidy(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
    return rows[table.names].astype(table.dtypes).sort_values(list(table.key), ignore_index=True)
