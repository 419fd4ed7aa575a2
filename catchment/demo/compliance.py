"""What schools have and the county's rates: invented, near the thresholds, so that every verdict occurs."""

import numpy as np
import pandas as pd

from catchment.demo.terrain import Floats

# Per pupil (per 100 pupils for teachers and rooms), primary and junior: the usual school, and how much schools differ.
USUAL = {
    "teachers_above": (4.9, 6.0, 0.14), "backbone_teachers": (1.25, 1.3, 0.25), "arts_teachers": (1.05, 1.05, 0.16),
    "teaching_m2": (5.6, 7.0, 0.2), "outdoor_sports_m2": (8.4, 10.6, 0.25), "network_rooms": (2.6, 2.7, 0.15),
    "equipment_yuan": (2350.0, 2850.0, 0.2), "land_m2": (21.0, 25.0, 0.3),
}  # fmt: skip
PER_100 = ("teachers_above", "backbone_teachers", "arts_teachers", "network_rooms")
CORE = {"outdoor_sports_m2": 0.7, "land_m2": 0.55}
"""Urban schools have less ground."""
INDOOR_SHARE = 0.35  # of the schools with more than 600 pupils have a hall
HALL_M2 = (450, 1100)
STAGES = ("小学", "初中")
# Rate, part, whole: the county's.
COUNTY_RATES = (
    ("随迁子女入学", 2361, 2684), ("交流轮岗", 231, 2178), ("骨干教师交流轮岗", 44, 231), ("教师资格证上岗率", 9132, 9140),
    ("教师培训学时完成率", 9075, 9140), ("特殊教育生均公用经费", 1_254_000, 209), ("教师与公务员平均工资之比", 1.02, None),
    ("优质高中名额分配", 1070, 2100), ("社会认可度", 1764, 2020), ("残疾儿童少年入学率", 611, 632),
)  # fmt: skip


def make_resources(schools: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row per school and stage; a nine-year or complete secondary school tells buildings and equipment for both together."""
    rows = [_have(schools[schools["stage"] == stage], number, rng) for number, stage in enumerate(STAGES)]
    every = pd.concat(rows, ignore_index=True)
    joint = every["kind"].isin(["九年一贯制学校", "完全中学"])
    buildings = [
        name for name in every if name.endswith(("_m2", "_yuan", "_rooms")) or name in ("music", "art", "built")
    ]
    whole = every[joint].groupby("school_id", as_index=False).agg(
        {name: "first" if name in ("music", "art", "built") else "sum" for name in buildings}
    ).assign(stage="全校")  # fmt: skip
    whole["senior_pupils"] = whole["school_id"].map(
        dict.fromkeys(every.loc[every["kind"] == "完全中学", "school_id"], 1640)
    )
    single = every.assign(**{name: every[name].where(~joint, None) for name in buildings})
    found = pd.concat([single, whole], ignore_index=True).sort_values(["school_id", "stage"], ignore_index=True)
    told = found.assign(equipment_10k=(found["equipment_yuan"].astype(float) / 10_000).round(2)).astype(object)
    return told.where(told.notna(), None)


def _have(schools: pd.DataFrame, stage: int, rng: np.random.Generator) -> pd.DataFrame:
    pupils, core = schools["pupils"].to_numpy(float), (schools["setting"] == "城区").to_numpy()
    rows = schools[["school_id", "stage", "kind"]].reset_index(drop=True)
    for name, usual in USUAL.items():
        level = usual[stage] * np.exp(rng.normal(0, usual[2], len(rows))) * np.where(core, CORE.get(name, 1.0), 1.0)
        amount = level * pupils / (100 if name in PER_100 else 1)
        rows[name] = np.round(amount).astype(np.int64)
    hall = (pupils > 600) & (rng.random(len(rows)) < INDOOR_SHARE)
    rows["indoor_sports_m2"] = np.where(hall, rng.integers(*HALL_M2, len(rows)), 0)
    rows["teaching_m2"] += rows["indoor_sports_m2"]
    classes = np.ceil(pupils / 42)
    for name, area in (("music", 96), ("art", 90)):
        rows[name] = _rooms(classes, area, rng)
    rows["built"] = rng.integers(1956, 2021, len(rows))
    return rows


def _rooms(classes: Floats, area: int, rng: np.random.Generator) -> list[str]:
    """Areas of a school's rooms: mostly one for 12 classes, some too small, some missing; 0 = none."""
    found = []
    for need in np.ceil(classes / 12).astype(int):
        count = max(int(need) - int(rng.random() < 0.15), 0)
        sizes = np.where(rng.random(count) < 0.85, area + rng.integers(0, 30, count), area - rng.integers(5, 30, count))
        found.append(";".join(map(str, sizes)) or "0")
    return found


def make_rates(schools: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The county's rates, and by school: pupils funded at small schools, training funds."""
    rows = [
        {"rate": rate, "school_id": None, "stage": None, "part": part, "whole": whole}
        for rate, part, whole in COUNTY_RATES
    ]
    for row in schools[(schools["stage"] == "小学") & (schools["pupils"] < 100)].itertuples():
        funded = 100 if rng.random() < 0.8 else row.pupils
        rows.append(
            {"rate": "公用经费核定人数", "school_id": row.school_id, "stage": None, "part": funded, "whole": None}
        )
    for school, pupils in schools.groupby("school_id")["pupils"].sum().items():
        budget = int(pupils) * 820
        rows.append(
            {
                "rate": "教师培训经费比例",
                "school_id": school,
                "stage": None,
                "part": round(budget * rng.uniform(0.046, 0.062)),
                "whole": budget,
            }
        )
    told = pd.DataFrame(rows)
    retained = pd.DataFrame(
        [{"rate": "初中三年巩固率", "school_id": None, "stage": "初中", "part": 16_391, "whole": 17_160}]
    )
    return pd.concat([told, retained], ignore_index=True).astype(object).where(lambda t: t.notna(), None)
