"""Where pupils live, and who applies: invented counts and application numbers, no names."""

import numpy as np
import pandas as pd

NEIGHBOURS = 3
"""Schools whose zones send pupils to another school."""
POPULAR = 1.06
"""Applicants per place in the city, on average."""
TIERS = (0.55, 0.2, 0.13, 0.12)
TIER_WORDS = ("人户一致", "户籍", "房产", "随迁")
SIBLING_SHARE, MOST_POINTS, CLASS = 0.14, 100, 45
SHARED_ZONE = "罗城多校片区（演示）"
SHARED_SCHOOLS = 3
"""City schools that share one zone (多校划片)."""
SEED_TEXT = "罗定市2026年秋季随机派位（演示）"


def make_residence(schools: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Pupils by zone they live in, school and stage: nearly all at the school of their zone, some at one near by."""
    rows = []
    for stage, own in schools.groupby("stage", sort=False):
        xy = own[["lon", "lat"]].to_numpy(float)
        for place, row in enumerate(own.itertuples()):
            near = np.argsort(((xy - xy[place]) ** 2).sum(1), kind="stable")[1 : NEIGHBOURS + 1]
            away_share = (
                rng.uniform(0.3, 0.6)
                if row.boards or row.owner == "民办"
                else rng.choice([0.0, rng.uniform(0.01, 0.1)], p=[0.65, 0.35])
            )
            away = round(row.pupils * away_share)
            parts = rng.multinomial(away, np.full(len(near), 1 / len(near)))
            rows.append((row.school_id, row.school_id, stage, int(row.pupils) - away))
            rows += [
                (own["school_id"].iloc[zone], row.school_id, stage, int(n))
                for zone, n in zip(near, parts, strict=True)
                if n
            ]
    return pd.DataFrame(rows, columns=["home_id", "school_id", "stage", "pupils"])


def city_primaries(schools: pd.DataFrame) -> pd.DataFrame:
    """Public primary schools of the city, in the order of their codes."""
    chosen = schools[(schools["stage"] == "小学") & (schools["setting"] == "城区") & (schools["owner"] == "公办")]
    return chosen.sort_values("school_id", ignore_index=True)


def make_places(schools: pd.DataFrame) -> pd.DataFrame:
    """Places of the city's primary schools in grade 1: whole classes of 45; the first schools share a zone."""
    city = city_primaries(schools)
    zone = [SHARED_ZONE if place < SHARED_SCHOOLS else code for place, code in enumerate(city["school_id"])]
    classes = np.maximum(np.round(city["seats"].to_numpy(float) / 6 / CLASS), 1).astype(int)
    return pd.DataFrame({"zone_id": zone, "school_id": city["school_id"], "stage": "小学", "places": classes * CLASS})


def make_applicants(places: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Applications to those zones: number, zone, rank of the right, sibling's school, points, wishes."""
    parts = []
    for zone, own in places.groupby("zone_id", sort=True):
        count = round(float(own["places"].sum()) * POPULAR * float(np.exp(rng.normal(0, 0.12))))
        codes = own["school_id"].to_numpy()
        tier = rng.choice(4, count, p=TIERS)
        wishes = np.array([rng.permutation(codes) for _ in range(count)]) if len(codes) > 1 else np.full((count, 0), "")
        sibling = np.where(rng.random(count) < SIBLING_SHARE, codes[rng.integers(0, len(codes), count)], "")
        rows = {"zone_id": zone, "stage": "小学", "tier": np.array(TIER_WORDS)[tier], "sibling_id": sibling,
                "points": np.where(tier == 3, rng.integers(20, MOST_POINTS, count), -1)}  # fmt: skip
        for wish in range(SHARED_SCHOOLS):
            rows[f"choice_{wish + 1}"] = wishes[:, wish] if wish < wishes.shape[1] else ""
        parts.append(pd.DataFrame(rows))
    found = pd.concat(parts, ignore_index=True)
    numbers = rng.permutation(len(found)) + 1
    points = found["points"].astype(object).where(found["points"] >= 0, "")
    found = found.assign(points=points, number=[f"2026{number:05d}" for number in numbers])
    return found.sort_values("number", ignore_index=True)
