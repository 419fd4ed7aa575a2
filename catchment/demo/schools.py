"""Schools near the children they serve: where they stand, how many pupils they draw, rooms and seats."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.demo import facts
from catchment.demo.areas import whole
from catchment.demo.people import Grid, People
from catchment.demo.terrain import Floats, Ints, degrees, metres, nearest
from catchment.demo.villages import owners

CITY_PRIMARIES = 25
TEACHING_POINTS = 31
ROUNDS = 15
LOCAL_ROADS = ("secondary", "tertiary", "unclassified", "residential", "living_street")
# kind of place -> draw of the school, fewest and most pupils
PRIMARY = {"city": (1.3, 480, 2450), "town": (2.2, 380, 2300), "village": (1.0, 62, 1150), "point": (0.12, 15, 84)}
JUNIOR = {"city": (1.5, 900, 2700), "town": (1.2, 380, 2400), "village": (1.0, 300, 1900)}
HOME = 8.0  # a school of one's own township counts so much more
SMALL_SHARE = 0.2  # of the village schools: nearly deserted
WANDER = 0.006  # pull of the city's schools far into the countryside
REACH_M = {"小学": 1500.0, "初中": 3500.0}
ROOM_SEATS = {"小学": 45, "初中": 50}


@dataclass(frozen=True)
class Siting:
    """What siting needs: where children live, and where roads run."""

    xy: Floats
    children: Floats
    area: Ints
    in_town: np.ndarray
    corners: Floats
    corner_area: Ints


def make_schools(
    grid: Grid, people: People, areas: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per school and stage: names, kinds, place, pupils (all grades), rooms and seats."""
    lived_in = people.total > 0
    local = roads[roads["highway"].isin(LOCAL_ROADS) & ~roads["bridge"]]
    corners = np.unique(shapely.get_coordinates(local.geometry.to_numpy()), axis=0)
    siting = Siting(
        grid.xy[lived_in], people.children[lived_in].astype(float), grid.area[lived_in], people.in_town[lived_in],
        corners, owners(areas, corners),
    )  # fmt: skip
    rows = pd.concat([_primaries(siting, rng), _juniors(siting, rng)], ignore_index=True)
    rows = _placed(rows, siting, areas, rng)
    rows = _numbered(rows)
    pupils = [_pupils(rows[rows["stage"] == stage], siting, stage, rng) for stage in ("小学", "初中")]
    return _roomed(rows.assign(pupils=pd.concat(pupils)), rng)


def _primaries(siting: Siting, rng: np.random.Generator) -> pd.DataFrame:
    """City schools, centre schools, village schools, teaching points."""
    rows = [*facts.CITY_SCHOOLS]
    in_city = siting.in_town & np.isin(siting.area, facts.CITY_AREAS)
    known = metres([row[1] for row in rows])
    more = _centres(siting.xy[in_city], siting.children[in_city], CITY_PRIMARIES - len(rows), known, rng)
    table = [_row("小学", name, "city", place) for name, place in zip([r[0] for r in rows], known, strict=True)]
    table += [_row("小学", "", "city", place) for place in more]
    for number, town in enumerate(facts.TOWNSHIPS):
        rural = (siting.area == number) & ~siting.in_town
        centre = metres(town.sites[:1])
        if town.code != facts.FARM and number not in facts.CITY_AREAS:
            table.append(_row("小学", f"{town.name}中心小学", "town", centre[0], area=number))
        fewest = 0 if town.code in facts.NO_VILLAGE_SCHOOL else 1
        count = max(fewest, round(siting.children[rural].sum() * 0.4 / 850))
        places = _centres(siting.xy[rural], siting.children[rural], count, centre[:0], rng)
        table += [_row("小学", "", "village", place, area=number) for place in places]
    table += _points(siting, np.array([row["xy"] for row in table]))
    return pd.DataFrame(table)


def _row(stage: str, name: str, place: str, xy: Floats, *, area: int = -1, kind: str = "") -> dict[str, object]:
    usual = {"小学": "教学点" if place == "point" else "完全小学", "初中": "初级中学"}[stage]
    return {"stage": stage, "name": name, "place": place, "xy": xy, "area": area, "kind": kind or usual}


def _centres(xy: Floats, weight: Floats, count: int, fixed: Floats, rng: np.random.Generator) -> Floats:
    """Places amid the children (Lloyd's rounds), next to places that are fixed already."""
    moving = xy[rng.choice(len(xy), count, replace=False, p=weight / weight.sum())] if count else np.empty((0, 2))
    for _ in range(ROUNDS if count else 0):
        closest = nearest(np.concatenate([fixed, moving]), xy)[1] - len(fixed)
        for one in range(count):
            own = closest == one
            if own.any():
                moving[one] = np.average(xy[own], axis=0, weights=weight[own])
    return moving


def _points(siting: Siting, schools: Floats) -> list[dict[str, object]]:
    """Teaching points: again and again at the children who are farthest from any school, three per township at most."""
    rows: list[dict[str, object]] = []
    used = np.zeros(len(facts.TOWNSHIPS), np.int64)
    far = nearest(schools, siting.xy)[0]
    far[nearest(siting.corners, siting.xy)[0] > 150] = 0
    far[siting.in_town] = 0
    while len(rows) < TEACHING_POINTS:
        worst = int(np.argmax(np.where(used[siting.area] < 3, far, -1)))
        area = int(siting.area[worst])
        used[area] += 1
        rows.append(_row("小学", "", "point", siting.xy[worst], area=area))
        far = np.minimum(far, np.linalg.norm(siting.xy - siting.xy[worst], axis=1))
    return rows


def _juniors(siting: Siting, rng: np.random.Generator) -> pd.DataFrame:
    """Junior schools: those of the city, one in every town, more in the large townships."""
    table = [_row("初中", name, where, metres([at])[0], kind=kind) for name, at, kind, where in facts.NAMED_JUNIORS]
    for number, town in enumerate(facts.TOWNSHIPS):
        count = facts.RURAL_JUNIORS.get(town.short, 0)
        own = (siting.area == number) & ~siting.in_town
        centre = metres(town.sites[:1])
        others = _centres(siting.xy[own], siting.children[own], max(count - 1, 0), centre, rng)
        for school, place in enumerate([centre[0] + [260.0, 180.0], *others][:count]):
            name = town.name + ("中学" if count == 1 else f"第{'一二三'[school]}初级中学")
            kind = "九年一贯制学校" if town.short in facts.NINE_YEAR else "初级中学"
            table.append(_row("初中", name, "town" if school == 0 else "village", place, area=number, kind=kind))
    return pd.DataFrame(table)


def _placed(rows: pd.DataFrame, siting: Siting, areas: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Schools moved beside a road of their township, no two at one spot; real points stay where they are."""
    places, beside = [], []
    real = {name: metres([place])[0] for name, place in facts.REAL_POINTS.items()}
    taken = np.array(list(real.values()))
    for name, wish, number in zip(rows["name"], rows["xy"], rows["area"], strict=True):
        if name in real:
            places.append(real[name])
            beside.append(real[name])
            continue
        inside = siting.corner_area == number if number >= 0 else siting.corner_area >= 0
        corners = siting.corners[inside]
        corners = corners[nearest(taken, corners)[0] > 250]
        corner = corners[np.argmin(np.linalg.norm(corners - wish, axis=1))]
        angle = rng.uniform(0, 2 * np.pi)
        place = corner + 32 * np.array([np.cos(angle), np.sin(angle)])
        places.append(place)
        beside.append(corner)
        taken = np.vstack([taken, place])
    xy = np.array(places)
    area = owners(areas, xy)
    astray = (rows["area"].to_numpy() >= 0) & (area != rows["area"].to_numpy())
    xy[(area < 0) | astray] = np.array(beside)[(area < 0) | astray]
    return rows.assign(x=xy[:, 0], y=xy[:, 1], area=owners(areas, xy))


def _numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """Names for the nameless, codes, campuses; both stages of a nine-year school share code, campus and place."""
    rows = rows.copy()
    spare = {
        number: iter(facts.VILLAGE_NAMES[number % 7 :] + facts.VILLAGE_NAMES[: number % 7]) for number in range(22)
    }
    for row in rows.index[rows["name"] == ""]:
        town = facts.TOWNSHIPS[rows.loc[row, "area"]]
        name = next(spare[rows.loc[row, "area"]])
        place = rows.loc[row, "place"]
        if place == "city":
            rows.loc[row, "name"] = f"{town.short}{name}小学（演示）"
        else:
            rows.loc[row, "name"] = f"{town.name}{name}{'教学点' if place == 'point' else '小学'}"
    rows["school_id"] = [f"2144{381000 + number:06d}" for number in range(1, len(rows) + 1)]
    for junior, primary in _nine_year_pairs(rows):
        title, kind = rows.loc[junior, ["name", "kind"]]
        rows.loc[primary, ["name", "kind", "school_id", "x", "y", "area"]] = [
            title, kind, rows.loc[junior, "school_id"], *rows.loc[junior, ["x", "y", "area"]]
        ]  # fmt: skip
    rows["campus_id"] = rows["school_id"] + "01"
    private = rows["name"].isin(facts.PRIVATE)
    return rows.assign(owner=np.where(private, "民办", "公办"))


def _nine_year_pairs(rows: pd.DataFrame) -> list[tuple[int, int]]:
    """For each nine-year school its junior row and the nearest plain village or city primary to take in."""
    pairs = []
    for junior in rows.index[(rows["kind"] == "九年一贯制学校") & (rows["stage"] == "初中")]:
        wanted = "city" if rows.loc[junior, "place"] == "city" else "village"
        plain = rows[(rows["stage"] == "小学") & (rows["place"] == wanted) & ~rows["name"].isin(facts.NAMED)]
        plain = plain[plain["area"] == rows.loc[junior, "area"]]
        far = np.hypot(plain["x"] - rows.loc[junior, "x"], plain["y"] - rows.loc[junior, "y"])
        pairs.append((int(junior), int(far.idxmin())))
    return pairs


def _pupils(rows: pd.DataFrame, siting: Siting, stage: str, rng: np.random.Generator) -> pd.Series:
    """Pupils by school: children weigh draw against distance; some of the countryside's go to town and city."""
    grades = range(1, 7) if stage == "小学" else range(7, 10)
    total = round(sum(facts.children_of_grade(grade) for grade in grades))
    limits = np.array([(PRIMARY if stage == "小学" else JUNIOR)[place] for place in rows["place"]])
    draw = limits[:, 0] * np.exp(rng.normal(0, 1, len(rows)) * np.where(rows["place"] == "village", 0.5, 0.2))
    draw[rows["owner"] == "民办"] *= 0.6
    draw[(rows["place"] == "village") & (rng.random(len(rows)) < SMALL_SHARE)] *= 0.08
    children = siting.children * (total / siting.children.sum())
    far = np.linalg.norm(siting.xy[:, None] - rows[["x", "y"]].to_numpy(), axis=2)
    in_city = (rows["place"] == "city").to_numpy()
    pull = np.exp(-far / REACH_M[stage]) + WANDER * np.exp(-far / 12_000) * in_city
    pull *= np.where(_district(siting.area)[:, None] == _district(rows["area"].to_numpy()), HOME, 1.0)
    for _ in range(ROUNDS):
        chance = pull * draw
        pupils = (children / chance.sum(axis=1)) @ chance
        draw *= pupils.clip(limits[:, 1], limits[:, 2]) / pupils
    return pd.Series(whole(pupils, total), index=rows.index)


def _district(area: Ints) -> Ints:
    """Areas, the city's taken as one."""
    return np.where(np.isin(area, facts.CITY_AREAS), facts.CITY_AREAS[0], area)


def _roomed(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Rooms and seats: city schools full to the last room, mountain schools with rooms to spare."""
    usual = np.select(
        [rows["place"] == "city", rows["place"] == "town", rows["place"] == "village"], [55.0, 51.0, 49.0], 26.0
    ) + np.where(rows["stage"] == "初中", np.where(rows["place"] == "city", -1.0, 4.5), 0)  # fmt: skip
    ageing = np.array([town.old for town in facts.TOWNSHIPS])[rows["area"]]
    spare = np.where(rows["place"] == "city", 1.0, rng.uniform(0.98, 1.06, len(rows)) + 1.6 * (ageing - 1).clip(0))
    step = np.where(rows["stage"] == "小学", 6, 3)
    rooms = np.ceil(rows["pupils"] / usual * spare).to_numpy().astype(np.int64)
    rooms = np.maximum(rooms, np.where(rows["place"] == "point", 3, step))
    each = np.where(rows["place"] == "point", 30, rows["stage"].map(ROOM_SEATS))
    lonlat = np.round(degrees(rows[["x", "y"]].to_numpy(float)), 6)
    setting = np.select([rows["place"] == "city", rows["place"] == "town"], ["城区", "镇区"], "乡村")
    code = [facts.TOWNSHIPS[number].code for number in rows["area"]]
    boards = (rows["stage"] == "初中") & ((rows["place"] != "city") | rows["kind"].eq("完全中学"))
    boards |= (rows["place"] == "town") & (ageing > 1.05)
    return rows.assign(
        rooms=rooms, seats=rooms * each, lon=lonlat[:, 0], lat=lonlat[:, 1], setting=setting, area_id=code, boards=boards
    )  # fmt: skip
