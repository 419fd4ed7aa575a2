"""The offline map: its data are the tables', nothing is loaded, no name can break out, and a browser reads it."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from browser import chromium, opened
from matplotlib.image import imread
from playwright.sync_api import Browser, Page
from pyproj import Transformer
from test_reports import CRS, frame, silent, toy_settings, toy_tables

from catchment.reports.web_map import web_map
from catchment.settings import Settings

HOSTILE = "</script><script>alert(1)</script><!--<b>榃滨</b>"
YEARS = range(2025, 2031)


def town() -> dict[str, pd.DataFrame]:
    """The toy town with a hostile name, a forecast, ways to other schools, a parcel and a plan."""
    tables = toy_tables()
    schools = tables["schools"]
    tables["schools"] = schools.assign(name=schools["name"].where(schools["school_id"] != "0034", HOSTILE))
    outlook = [
        ("school", code, "primary", year, "medium", pupils, *[pupils - 5, pupils + 5] * 3, 90, pupils / 90, "green", 0.1, 0, 0, 0)
        for code, first in (("0012", 70), ("0034", 100)) for year, pupils in zip(YEARS, range(first, first + 6), strict=True)
    ]  # fmt: skip
    ways = [
        (unit, code, "primary", "school", 1_000 * metres, 1_000 * metres)
        for unit in tables["units"]["unit_id"] for code, metres in (("0012", 1234), ("0034", 765), ("../0056", 999))
    ]  # fmt: skip
    grades = [("0012", "primary", grade, year, "medium", 40, *[38, 42] * 3) for grade in range(1, 7) for year in YEARS]
    corner = tables["units"].geometry.iloc[0].bounds
    parcel = shapely.box(corner[0], corner[1], corner[0] + 90, corner[1] + 90)
    tables |= {
        "forecast": frame("forecast", grades),
        "outlook": frame("outlook", outlook),
        "unit_costs": frame("unit_costs", ways),
        "parcels": frame("parcels", [("D1", "东岸地块", "01", 8100)], CRS, [parcel]),
        "siting_totals": frame("siting_totals", [("parcel", "D1", "东岸地块", "failed", 3, 0, 1, 1, 0)]),
        "plan": frame("plan", [("007", "primary", "new", 2028, 9_000_000, 540, 300, 20, 1000, 2030, "")]),
    }
    return tables


def write(folder: Path, tables: dict[str, pd.DataFrame], settings: Settings | None = None) -> Path:
    (file,) = web_map(settings or toy_settings(), tables, folder, run="run-1", progress=silent)
    return file


def data_of(file: Path) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', file.read_text("utf-8"), re.DOTALL)
    return json.loads(found[1])


def polygons(shapes: dict) -> list[shapely.MultiPolygon]:
    """Read the runs of steps back, by code of its own."""
    xy = iter(np.cumsum(np.array(shapes["xy"]).reshape(-1, 2), axis=0) / 1e5)
    points, rings = iter(shapes["points"]), iter(shapes["rings"])
    return [
        shapely.MultiPolygon(
            [
                shapely.Polygon(found[0], found[1:])
                for _ in range(parts)
                for found in [[[next(xy) for _ in range(next(points))] for _ in range(next(rings))]]
            ]
        )
        for parts in shapes["parts"]
    ]


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return town()


@pytest.fixture(scope="module")
def file(tables, tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("map"), tables)


@pytest.fixture(scope="module")
def english(tables, tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("english"), tables, toy_settings(language="en"))


# --- the data in it --------------------------------------------------------------------------------


def test_its_data_are_the_tables(file, tables):
    data = data_of(file)
    names = dict(zip(data["schools"]["id"], data["schools"]["name"], strict=True))
    assert names == dict(zip(tables["schools"]["school_id"], tables["schools"]["name"], strict=True))
    assert data["offers"]["seats"] == [90] * 4
    assert sorted(data["offers"]["stage"]) == [0, 0, 0, 1]
    own = tables["zones"][tables["zones"]["stage"] == "primary"].set_index("unit_id")["school_id"]
    ids = data["schools"]["id"]
    assert [ids[n] for n in data["units"]["primary"]["school"]] == own[data["units"]["id"]].tolist()
    assert set(data["units"]["primary"]["metres"]) == {500}
    assert data["units"]["primary"]["near"][0] == [ids.index("0034"), 765, ids.index("../0056"), 999]
    assert data["meta"]["data_date"] == "2025-09-15"
    assert data["meta"]["run"] == "run-1"
    assert data["meta"]["stamps"] == ["送审稿", "演示数据"]
    assert any("不作为行政区域界线及权属依据" in note for note in data["meta"]["notes"])
    assert data["projects"]["opens"] == [2028]
    assert data["parcels"]["verdict"] == ["failed"]
    assert data["offers"]["ahead_high80"][data["offers"]["school"].index(ids.index("0034"))] == list(range(105, 111))


def test_zones_are_their_units_and_borders_are_shared(file, tables):
    data = data_of(file)
    zones, units = polygons(data["zones"]["shapes"]), polygons(data["units"]["shapes"])
    assert [data["zones"]["stage"].count(n) for n in (0, 1)] == [3, 1]
    told = zip(data["zones"]["stage"], data["zones"]["children"], strict=True)
    assert sorted(told) == [(0, 60), (0, 80), (0, 100), (1, 120)]
    whole = shapely.union_all(units)
    assert whole.area == pytest.approx(sum(unit.area for unit in units), rel=1e-9)  # no gap, no overlap
    for zone, school, stage in zip(zones, data["zones"]["school"], data["zones"]["stage"], strict=True):
        of = data["units"][("primary", "junior")[stage]]["school"]
        own = shapely.union_all([unit for unit, owner in zip(units, of, strict=True) if owner == school])
        assert zone.symmetric_difference(own).area < 1e-12
    east, north = Transformer.from_crs(4326, CRS, always_xy=True).transform(*shapely.get_coordinates(units[0]).T)
    assert np.abs(shapely.get_coordinates(tables["units"].geometry.iloc[0])[:, 0].min() - east.min()) < 1.2
    assert np.abs(shapely.get_coordinates(tables["units"].geometry.iloc[0])[:, 1].min() - north.min()) < 1.2


def test_same_tables_same_bytes_and_tables_stay_as_they_are(file, tmp_path):
    tables = town()
    again = write(tmp_path, tables)
    assert again.read_bytes() == file.read_bytes()
    for name, table in town().items():
        pd.testing.assert_frame_equal(pd.DataFrame(tables[name]), pd.DataFrame(table))


def test_suppressed_counts_are_absent_not_guessed(tables, tmp_path):
    """A zone with a unit whose children are held back tells a total only where the zones' own table has it."""
    children = tables["zones"]["children"].astype("Int64")
    held_back = tables["zones"].assign(children=children.mask(tables["zones"]["unit_id"].isin(["u00", "u05"])))
    data = data_of(write(tmp_path, tables | {"zones": held_back}))
    told = {
        (data["schools"]["id"][school], stage): (children, mean)
        for school, stage, children, mean in zip(*(data["zones"][k] for k in ("school", "stage", "children", "mean_m")), strict=True)
    }  # fmt: skip
    assert told["0012", 0] == (60, None)  # of zone_schools
    assert told["0034", 0] == (None, None)
    assert told["0012", 1] == (None, None)
    assert told["../0056", 0] == (60, 500)


def test_schools_that_share_a_zone_are_told_together(tables, tmp_path):
    settings = toy_settings()
    settings = settings.model_copy(update={"zones": settings.zones.model_copy(update={"joint": (("0012", "0034"),)})})
    data = data_of(write(tmp_path, tables, settings))
    assert [[data["schools"]["id"][n] for n in group] for group in data["meta"]["joint"]] == [["0012", "0034"]]


def test_bare_tables_make_a_map(tmp_path):
    """A study without zones, projects, forecast or findings."""
    kept = {"units", "areas", "cells", "schools", "edges"}
    bare = {name: t if name in kept else t.iloc[:0] for name, t in toy_tables().items()}
    data = data_of(write(tmp_path, bare))
    assert data["zones"]["school"] == []
    assert len(data["schools"]["id"]) == 3


# --- the page --------------------------------------------------------------------------------------


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict]] = []
        self.comments: list[str] = []
        self.bodies: dict[int, str] = {}
        self.inside = False

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

        self.inside = True

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.bodies[len(self.found) - 1] = self.bodies.get(len(self.found) - 1, "") + data

    def handle_comment(self, data):
        self.comments.append(data)


@pytest.fixture(scope="module")
def elements(file) -> Elements:
    found = Elements()
    found.feed(file.read_text("utf-8"))
    return found


def test_a_hostile_name_stays_a_name(file, elements):
    assert HOSTILE in data_of(file)["schools"]["name"]
    assert [tag for tag, _ in elements.found].count("script") == 3
    assert len(elements.comments) == 1
    assert "<b>榃滨" not in file.read_text("utf-8")


def test_nothing_is_named_that_could_be_loaded(elements):
    assert not any({"src", "href", "srcset", "data", "action"} & set(attributes) for _, attributes in elements.found)
    policy = next(a["content"] for _, a in elements.found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy
    for n, (tag, attributes) in enumerate(elements.found):
        if tag == "style" or (tag == "script" and "type" not in attributes):
            digest = base64.b64encode(hashlib.sha256(elements.bodies[n].encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy


def test_licences_travel_with_it(elements):
    (comment,) = elements.comments
    for words in ("MapLibre contributors", "SIL OPEN FONT LICENSE", "AS IS"):
        assert words in comment


def test_every_word_is_in_the_language(file, english):
    chinese = re.compile(r"[\u4e00-\u9fff]")
    assert [text for text in data_of(english)["words"].values() if chinese.search(text)] == []
    unsaid = [t for key, t in data_of(file)["words"].items() if not chinese.search(t)]
    assert unsaid == []


def test_every_word_that_the_page_asks_for_is_there(file):
    page = Path(__file__).parents[1] / "catchment/reports/web_map/page"
    code = "".join(part.read_text("utf-8") for part in page.glob("*.js"))
    asked = set(re.findall(r'\bsay\("(\w+)"', code)) | set(re.findall(r'\bof\("(\w+)", [DS]', code))
    words = set(data_of(file)["words"])
    assert asked <= words
    built = {key for key in words if key.startswith(("ground_", "layer_"))}
    assert words - asked - built <= {"street"}
    assert "innerHTML" not in code
    assert "outerHTML" not in code


# --- in a browser ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser, file) -> Iterator[Page]:
    with opened(browser, file, 1280, 800) as (page, wrong):
        yield page
        assert wrong == []


def find(page: Page, text: str) -> None:
    page.fill("#query", text)
    page.keyboard.press("Enter")


def facts(page: Page, within: str) -> dict[str, str]:
    """Names and values of a part of the card."""
    names, values = (page.locator(f"#card {within} {tag}").all_inner_texts() for tag in ("dt", "dd"))
    return dict(zip(names, values, strict=True))


def picture(page: Page) -> np.ndarray:
    """The map as it is drawn, once it is at rest: rows, columns, colours 0-255."""
    before = b""
    for _ in range(40):
        shot = page.locator("#map").screenshot()
        if shot == before:
            break
        before = shot
        page.wait_for_timeout(150)
    return (imread(BytesIO(shot))[..., :3] * 255).round().astype(int)


def of_colour(drawn: np.ndarray, colour: tuple[int, int, int]) -> int:
    """Pixels of about this colour."""
    return int((np.abs(drawn - colour).sum(axis=-1) < 30).sum())


def test_a_school_is_found_and_its_card_says_what_the_tables_say(page):
    find(page, "䓣塘")
    assert page.locator("#card h2").inner_text() == "䓣塘小学"
    assert "0012" in page.locator("#card .card-head").inner_text()
    told = facts(page, "[data-stage=primary]")
    assert told["学位"] == "90"
    assert told["学生数（2025 年秋季）"] == "240"
    assert told["片区适龄儿童"] == "100"
    assert told["平均上学路程"] == "500 米"
    assert facts(page, "[data-stage=junior]")["学位"] == "90"
    assert page.locator("#card .broken li").count() == 1
    assert "47 (≤ 45)" in page.locator("#card .broken").inner_text()
    page.locator("#card .outlook summary").click()
    rows = [row.split("\t") for row in page.locator("#card .outlook tbody tr").all_inner_texts()]
    assert rows == [
        [str(y), str(p), f"{p - 5} – {p + 5}", f"{round(100 * p / 90)}%"]
        for y, p in zip(YEARS, range(70, 76), strict=True)
    ]


def test_a_hostile_name_is_shown_as_text(page):
    find(page, "0034")
    assert page.locator("#card h2").inner_text() == HOSTILE
    assert page.locator("#card script, #card b, #found script").count() == 0


def test_the_ground_tells_the_school_of_its_zone(page, tables):
    """Wherever is clicked: the place told lies in a unit of the tables, and its school is the one told."""
    to_metres = Transformer.from_crs(4326, CRS, always_xy=True)
    units, zones = tables["units"], tables["zones"]
    box = page.locator("#map canvas").bounding_box()
    seen = set()
    for across, down in ((0.08, 0.375), (0.08, 0.56), (0.61, 0.56), (0.4, 0.3), (0.3, 0.625)):
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
        page.wait_for_selector("#card .served[data-stage=primary]")
        head = page.locator("#card .card-head").inner_text()
        place = shapely.Point(to_metres.transform(*map(float, re.search(r"([\d.]+), ([\d.]+)", head).groups())))
        unit = units["unit_id"][units.geometry.contains(place)].item()
        assert unit in head
        own = (
            zones[zones["unit_id"] == unit]
            .set_index("stage")
            .join(tables["schools"].set_index(["school_id", "stage"])["name"], on=["school_id", "stage"])
        )
        for stage in ("primary", "junior"):
            within = f"[data-stage={stage}]"
            assert page.locator(f"#card {within} .serving .link").inner_text() == own["name"][stage]
            assert facts(page, within)["路网路程"] == f"{own['distance_mm'][stage] // 1000} 米"
        seen.add(own["school_id"]["primary"])
    assert seen == {"0012", "0034", "../0056"}
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.9 * box["height"])
    page.wait_for_function("document.querySelector('#card h2').innerText === '此处没有招生片区'")


def test_enter_on_the_map_asks_for_its_middle(page):
    page.locator("#map canvas").focus()
    page.keyboard.press("Enter")
    assert page.locator("#card .served").count() == 2


def test_results_are_walked_by_keyboard(page):
    page.keyboard.press("/")
    page.keyboard.type("小学")
    assert page.locator("#found [role=option]").count() >= 1
    page.keyboard.press("Escape")
    assert page.locator("#found").is_hidden()
    page.fill("#query", "00")
    first = page.get_attribute("#query", "aria-activedescendant")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#query", "aria-activedescendant") != first
    wanted = page.locator('#found [aria-selected="true"] .name').inner_text()
    page.keyboard.press("Enter")
    assert page.locator("#card h2").inner_text() == wanted
    assert page.evaluate("document.activeElement.id") == "card"
    page.locator("#card .close").press("Enter")
    assert page.locator("#card h2").inner_text() == "这里归哪所学校招生？"
    assert page.locator("#found").is_hidden()
    assert page.evaluate("document.activeElement.id") == "query"


def test_streets_areas_projects_and_parcels_have_cards(page):
    find(page, "国道324")
    assert page.locator("#card .served .link").count() >= 2
    find(page, "苹塘")
    assert facts(page, "> .facts")["常住人口"] == "9,000"
    find(page, "@新校")
    told = facts(page, "> .facts")
    assert (told["造价（元）"], told["规划启用秋季"]) == ("9,000,000", "2028")
    find(page, "东岸")
    assert facts(page, "> .facts")["判定"] == "不合格"


def test_the_map_is_drawn_and_layers_are_switched(page):
    drawn = picture(page)
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 50
    paper, red, blue, project = (246, 245, 241), (179, 0, 27), (31, 78, 140), (0, 158, 115)
    assert of_colour(drawn, red) > 300  # primary schools
    assert of_colour(drawn, project) > 100
    page.uncheck("#layers input[name=schools]")
    page.uncheck("#layers input[name=projects]")
    bare = picture(page)
    assert of_colour(bare, red) < 20
    assert of_colour(bare, project) < 20
    page.check("#layers input[value=none]")
    assert of_colour(picture(page), paper) > of_colour(drawn, paper) + 100_000
    page.check("#layers input[value=distance]")
    assert of_colour(picture(page), (75, 145, 193)) > 100_000  # up to 500 m
    page.check("#layers input[name=schools]")
    page.check("#find input[value='1']", force=True)
    junior = picture(page)
    assert of_colour(junior, blue) > 150
    assert of_colour(junior, red) < 100  # the mark in the legend


def test_on_a_telephone_in_english(browser, english):
    with opened(browser, english, 390, 780) as (page, wrong):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        find(page, "0012")
        assert page.locator("#card h2").inner_text() == "䓣塘小学"
        assert facts(page, "[data-stage=primary]")["Mean way to school"] == "500 m"
        box = page.locator("#card").bounding_box()
        assert box["y"] > 300
        assert box["y"] + box["height"] <= 780
        assert page.locator(".stamps").inner_text().split("\n") == ["Draft for review", "Demonstration data"]
        page.locator("#foot summary").click()
        assert "does not show administrative borders" in page.locator("#foot").inner_text()
        assert wrong == []
