"""Maps as pictures and as what they mean: golden pictures with a tolerance, and what must be true of every sheet.

Pictures are renewed by `make golden`; look at them before they are committed.
"""

import re
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import shapely
from colour_sight import SIGHTS, ciede2000, difference
from matplotlib.image import imread, imsave
from scipy.ndimage import maximum_filter, minimum_filter
from test_reports import CRS, SCHOOLS, frame, toy_settings, toy_tables

from catchment.reports.atlas import Atlas, open_atlas
from catchment.reports.hand import draw
from catchment.reports.maps import overview_sheets, township_sheets, zone_sheets
from catchment.reports.sheet import Sheet
from catchment.reports.style import PALETTE, cut_lettering, fill_of, paler

GOLDEN = Path(__file__).parent / "files" / "golden"
COARSE_DPI = 45
SEEN, MOST = 0.15, 0.0003
"""Difference of a pixel's colour (0-1) that counts; share of pixels that may differ: lettering of another FreeType."""
KINDS = ("school", "overview", "township")


def toy_town() -> dict[str, pd.DataFrame]:
    """The toy town of the reports in two townships, which its zones cross."""
    tables = toy_tables()
    west, south, east, north = tables["areas"].total_bounds
    middle = (south + north) / 2
    halves = [shapely.box(west, middle, east, north), shapely.box(west, south, east, middle)]
    balance = [(area, "primary", 2026, "medium", 120, 135, -15) for area in ("01", "02")]
    points = [("01", "primary", 1, west + 800, north), ("01", "primary", 2, west + 800, middle)]
    texts = [("primary", SCHOOLS["a"][0], "苹塘镇内，界点1～2一线以西的区域。", "01/1 01/2")]
    return tables | {
        "areas": frame("areas", [("01", "苹塘镇", 5000), ("02", "榃滨镇", 4000)], CRS, halves),
        "balance": frame("balance", balance),
        "zone_text_points": pd.DataFrame(points, columns=["area_id", "stage", "number", "x_m", "y_m"]),
        "zone_texts": pd.DataFrame(texts, columns=["stage", "school_id", "text", "point_ids"]),
    }


def sheets_of(atlas: Atlas, tables: dict[str, pd.DataFrame], folder: Path) -> dict[str, Sheet]:
    """A school map, an overview, a township sheet; the line that names the settings by their hash is left out."""
    chosen = {
        "school": next(sheet for sheet in zone_sheets(atlas, tables, folder) if sheet.words),
        "overview": next(overview_sheets(atlas, tables["zone_totals"], folder)),
        "township": next(township_sheets(atlas, tables["balance"], folder)),
    }
    return {k: replace(s, stem=str(folder / k), dpi=COARSE_DPI, notes=s.notes[:-1]) for k, s in chosen.items()}


def drawn(sheet: Sheet) -> Path:
    """The PNG; the PDF stands beside it."""
    with TemporaryDirectory() as scratch:  # a font file is never written anew: matplotlib remembers what it read
        return Path(draw(sheet, cut_lettering(sheet.texts(), Path(scratch)))[0])


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return toy_town()


@pytest.fixture(scope="module")
def atlas(tables) -> Atlas:
    return open_atlas(toy_settings(), tables, "golden")


@pytest.fixture(scope="module")
def sheets(atlas, tables, tmp_path_factory) -> dict[str, Sheet]:
    return sheets_of(atlas, tables, tmp_path_factory.mktemp("golden"))


@pytest.fixture(scope="module")
def pictures(sheets) -> dict[str, Path]:
    return {kind: drawn(sheet) for kind, sheet in sheets.items()}


# --- golden pictures -------------------------------------------------------------------------------


def strays(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Pixels of a colour that the other picture has neither there nor between its pixels beside."""
    lowest, highest = minimum_filter(other, (3, 3, 1)), maximum_filter(other, (3, 3, 1))
    return (np.maximum(one - highest, lowest - one) > SEEN).any(axis=2)


def share_that_differs(new: np.ndarray, golden: np.ndarray) -> float:
    """Share of pixels that only one of the pictures has, a pixel's shift allowed; all if they are not of one size."""
    if new.shape[:2] != golden.shape[:2]:
        return 1.0
    one, other = (picture[..., :3].astype(float) for picture in (new, golden))
    return float((strays(one, other) | strays(other, one)).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_maps_look_as_they_did(pictures, kind, tmp_path):
    new, golden = imread(pictures[kind])[..., :3], imread(GOLDEN / f"{kind}.png")[..., :3]
    share = share_that_differs(new, golden)
    where = tmp_path / f"{kind}_difference.png"
    if share > MOST and new.shape == golden.shape:
        imsave(where, np.hstack([golden, new, 1 - np.abs(new - golden)]))
    assert share <= MOST, f"{share:.2%} of {kind} differs (golden, drawn, difference: {where}); if meant: make golden"


def without(sheet: Sheet, what: str) -> Sheet:
    """The sheet with something gone wrong."""
    if what == "the river":
        return replace(sheet, shapes=tuple(shape for shape in sheet.shapes if shape.kind != "river"))
    if what == "a zone's colour":
        first = next(shape for shape in sheet.shapes if shape.kind == "zone_fill")
        return replace(sheet, shapes=tuple(replace(s, fill="#ffffff") if s is first else s for s in sheet.shapes))
    if what == "the legend":
        return replace(sheet, legend=sheet.legend[:-1])
    return replace(sheet, denominator=round(sheet.denominator * 1.05))


@pytest.mark.parametrize("what", ["the river", "a zone's colour", "the legend", "the scale"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_golden_picture_notices(sheets, kind, what, tmp_path):
    wrong = replace(without(sheets[kind], what), stem=str(tmp_path / kind))
    share = share_that_differs(imread(drawn(wrong)), imread(GOLDEN / f"{kind}.png"))
    assert share > MOST


@pytest.mark.parametrize("kind", KINDS)
def test_a_golden_picture_tolerates_a_shift_of_a_pixel_and_other_greys(kind):
    golden = imread(GOLDEN / f"{kind}.png")[..., :3]
    greys = np.clip(
        np.roll(golden, (1, 1), axis=(0, 1)) + np.random.default_rng(1).uniform(-0.1, 0.1, golden.shape), 0, 1
    )
    assert share_that_differs(greys, golden) <= MOST


# --- what a sheet means ----------------------------------------------------------------------------


def page_of(picture: Path) -> pypdfium2.PdfPage:
    return pypdfium2.PdfDocument(picture.with_suffix(".pdf"))[0]


def text_of(picture: Path) -> str:
    return page_of(picture).get_textpage().get_text_range()


@pytest.mark.parametrize("kind", KINDS)
def test_every_school_stands_in_the_text_layer(pictures, sheets, kind):
    text = text_of(pictures[kind])
    assert len(sheets[kind].markers) >= 3
    for _, name, _, _ in SCHOOLS.values():
        assert name in text
    assert {"䓣", "榃"} <= set(text)
    assert not {"\ufffd", "\0", "\ufffe"} & set(text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_font_is_embedded(pictures, kind):
    content = pictures[kind].with_suffix(".pdf").read_bytes()
    fonts = re.findall(rb"/Subtype /(Type1|Type3|TrueType|CIDFontType2|CIDFontType0)\b", content)
    descriptors = content.count(b"/Type /FontDescriptor")
    assert descriptors == len(re.findall(rb"/FontFile2 \d", content)) == len(fonts) > 0
    assert set(fonts) <= {b"CIDFontType2", b"TrueType"}


def bars(picture: Path, sheet: Sheet) -> list[float]:
    """Left edges in mm of the boxes of the scale bar."""
    x, y, width, height = sheet.page.scale
    found = []
    for part in page_of(picture).get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH]):
        left, low, right, top = (value * 25.4 / 72 for value in part.get_bounds())
        inside = x <= left and right <= x + width and y <= low and top <= y + height / 2
        if inside and 1 < top - low < 3 * sheet.page.letters:
            found.append(left)
    return sorted(found)


@pytest.mark.parametrize("kind", KINDS)
def test_the_scale_bar_is_as_long_as_it_says(pictures, sheets, kind):
    """Four boxes of one width; what they come to on the ground is the number at their end."""
    text, edges = text_of(pictures[kind]), bars(pictures[kind], sheets[kind])
    assert len(edges) == 4
    number, unit = re.search(r"^0 (?:[\d.]+ )?([\d.]+) (m|km)\s*$", text, re.MULTILINE).groups()
    said_m = float(number) * {"m": 1, "km": 1000}[unit]
    scale = int(re.search(r"1:([\d ]+)", text)[1].replace(" ", ""))
    steps = [b - a for a, b in pairwise(edges)]
    assert max(steps) - min(steps) < 0.02
    assert sum(steps) / 3 * 4 * scale / 1000 == pytest.approx(said_m, rel=0.003)


@pytest.mark.parametrize("kind", KINDS)
def test_the_legend_has_just_what_is_drawn(sheets, kind):
    sheet = sheets[kind]
    marks = {m.kind if m.kind != "school" else "school" if m.own else "other_school" for m in sheet.markers}
    shown = {shape.kind for shape in sheet.shapes} - {"zone_fill"} | marks
    told = [item.kind for item in sheet.legend]
    assert len(told) == len(set(told))
    assert set(told) == shown


def colours_at(picture: Path, sheet: Sheet, ground: shapely.Geometry) -> set[str]:
    """Colours of the pixels whose middle lies on the ground."""
    pixels = (imread(picture)[..., :3] * 255).round().astype(int)
    height, width, _ = pixels.shape
    mm = sheet.page.width / width
    x, y, map_width, map_height = sheet.page.map
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    east = sheet.centre_m[0] + ((columns + 0.5) * mm - x - map_width / 2) * sheet.denominator / 1000
    north = sheet.centre_m[1] + ((height - rows - 0.5) * mm - y - map_height / 2) * sheet.denominator / 1000
    found = pixels[shapely.contains_xy(ground, east, north)]
    assert len(found) > 50
    values, counts = np.unique(found, axis=0, return_counts=True)
    return {"#" + "".join(f"{v:02x}" for v in value) for value in values[counts > 0.1 * counts.sum()]}


def nearly(one: str, other: str) -> bool:
    """The same but for a watermark laid upon it."""
    return difference(one, other, "all") < 1


def test_every_zone_is_drawn_in_its_colour(pictures, sheets, atlas):
    sheet, zones = sheets["overview"], atlas.zones[atlas.zones["stage"] == "primary"]
    (borders,) = [shape.trace for shape in sheet.shapes if shape.kind == "boundary"]
    assert (borders.codes == 1).sum() == len(shapely.get_rings(shapely.get_parts(np.asarray(zones.geometry)))) == 3
    for zone in zones.itertuples():
        inner = zone.geometry.buffer(-60)
        found = colours_at(pictures["overview"], sheet, inner)
        assert any(nearly(colour, fill_of(zone.colour)) for colour in found), (zone.name, found)


def test_ciede2000_by_published_pairs():
    """Four of the pairs of Sharma, Wu and Dalal 2005."""
    for one, other, expected in (
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425), ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (58, 24, 15), 19.4535), ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ):  # fmt: skip
        assert ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)


def test_points_of_two_townships_with_one_number_are_told_apart(tmp_path):
    """Numbers begin at 1 in each township: on a map of two, those that both have stand with the township's name, the others alone."""
    town = toy_town()
    points = town["zone_text_points"]
    town["zone_text_points"] = pd.concat(
        [points, points[points["number"] == 1].assign(area_id="02")], ignore_index=True
    )
    town["zone_texts"] = town["zone_texts"].assign(point_ids="01/1 01/2 02/1")
    sheet = next(s for s in zone_sheets(open_atlas(toy_settings(), town, "r"), town, tmp_path) if s.words)
    assert [label.text for label in sheet.labels if label.kind == "point"] == ["苹塘镇1", "2", "榃滨镇1"]


@pytest.mark.parametrize("sight", SIGHTS)
def test_neighbouring_zones_are_told_apart_by_all_eyes(sight):
    """Any two of the six fills that zones are drawn with, as they are on overviews and paler beside a school's zone, whose thick outline parts them too."""
    used = PALETTE[:6]
    assert min(difference(a, b, sight) for a, b in combinations(used, 2)) > 10
    assert min(difference(paler(a, 0.1), paler(b, 0.55), sight) for a in used for b in used if a != b) > 3.5


@pytest.mark.parametrize("kind", KINDS)
def test_words_on_the_map_do_not_lie_upon_each_other(pictures, sheets, kind):
    """Boxes of all texts in the map frame but the watermark, as the PDF has them, shrunk by the room above and below letters."""
    sheet = sheets[kind]
    x, y, width, height = (value * 72 / 25.4 for value in sheet.page.map)
    frame_ = shapely.box(x, y, x + width, y + height)
    texts = page_of(pictures[kind]).get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT])
    boxes = [shapely.box(*part.get_bounds()) for part in texts]
    boxes = [box for box in boxes if frame_.contains(box) and box.bounds[3] - box.bounds[1] < 0.1 * height]
    assert len(boxes) >= 4
    for one, other in combinations(boxes, 2):
        assert one.intersection(other).area < 0.05 * min(one.area, other.area)


if __name__ == "__main__":  # make golden
    GOLDEN.mkdir(parents=True, exist_ok=True)
    town = toy_town()
    for each in sheets_of(open_atlas(toy_settings(), town, "golden"), town, GOLDEN).values():
        drawn(each).with_suffix(".pdf").unlink()
