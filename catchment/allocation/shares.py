"""Pupils against the share of children and seats that schools and areas can claim (docs/method/allocation.md)."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from catchment.allocation.chance import composition_by_chance, density_corrected, flags, residuals, unevenness, verdict
from catchment.doors import conform
from catchment.tables import CLASS_SIZE, GRADES
from catchment.tables.allocation import ALLOCATION, ALLOCATION_TESTS, COMPOSITION

SIBLINGS_SHARE = 0.3
"""An assumption: share of pupils who came together with one brother or sister, where no past autumns tell."""
FEWEST_PAIRS = 3
"""Pairs of autumns from which dispersion is learnt."""


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
    return conform(ALLOCATION, pd.concat(rows)), conform(ALLOCATION_TESTS, pd.DataFrame(tests))


def _compare(group: pd.DataFrame, about: dict[str, str], ruler: Ruler) -> tuple[pd.DataFrame, dict[str, object]]:
    """Rows of `allocation` of one stage, case, basis and level, and their row of `allocation_tests`."""
    group = group.sort_values("subject_id", ignore_index=True)
    dispersion, half_class = ruler.dispersion[about["stage"]], CLASS_SIZE[about["stage"]] / 2
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
    return conform(COMPOSITION, pd.DataFrame(found)) if found else COMPOSITION.empty()


def _summed(rows: pd.DataFrame, subject: str, amount: str) -> pd.DataFrame:
    return rows.groupby(["stage", subject], as_index=False)[amount].sum()
