"""Documents: what stands in the tables stands in PDF and Word, in both languages; what people write never becomes markup."""

import re
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import get_args

import docx
import openpyxl
import pandas as pd
import pypdfium2
import pytest
import shapely
from conftest import degrees, schools
from docx.oxml.ns import qn
from PIL import Image
from towns import finished, lay_out

from catchment.documents.change_words import ChangedGround
from catchment.documents.changes import change_notice, changes_of
from catchment.documents.demand_report import demand_report
from catchment.documents.figures import cell_text, public_count
from catchment.documents.notice import content_of, maps_of, notice_of
from catchment.documents.notice_sections import TEMPLATE_FIELDS, template_of
from catchment.documents.notice_tables import intake
from catchment.documents.origin import born_between, desk_of
from catchment.documents.parts import (
    Break,
    Column,
    Document,
    Grid,
    Heading,
    Items,
    Paragraph,
    Picture,
    chinese,
    laid_out,
)
from catchment.documents.pdf import write_pdf
from catchment.documents.word import write_word
from catchment.documents.word_template import fill_template
from catchment.documents.writing import (
    scopes_of,
    write_card,
    write_changes,
    write_notice,
    write_reports,
    write_template,
)
from catchment.errors import InputError
from catchment.runs import read_run
from catchment.settings import read_settings
from catchment.settings.notice import Event
from catchment.tables import TABLES
from catchment.zone_text.gazetteer import area_labels, gazetteer_of
from catchment.zone_text.grammar import read
from catchment.zone_text.ground import Place, ground_of

EVIL = "=恶#pagebreak() $x$ *b* _i_ {{ hotline }} {% if %} <w:p/> & \\ `r` @a [l] //c 䓣"
STUDY = """
[sources.projects]
path = "data/raw/projects.csv"
[plan]
budget_yuan = [3_000_000, 0, 0]
years = 3
look_ahead_years = 0
[notice]
hotline = "0766-0000000"
issuer = "玩具镇教育局"
[notice.dates]
registration = "5月6日—10日"
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The toy town with a name full of markup, classes, one project and a plan: its folder."""
    rows = schools()
    rows.loc[1, "学校名称"] = EVIL
    classes = [
        (code, 2026 - grade, grade, size, "2025-09-01")
        for code, size in (("2144000001", 57), ("2144000002", 46))
        for grade in (1, 2)
    ]
    folder = lay_out(tmp_path_factory.mktemp("documents"), rows=rows, classes=classes, more=STUDY)
    lon, lat = degrees(1, 1)
    project = {"项目编号": "P1", "项目名称": "榃新 #x 小学", "学段": "小学", "类别": "新建", "经度": lon, "纬度": lat, "学位数": 45, "投资_万元": 123.45,
               "价格年份": 2025, "最早启用年份": 2026, "必建": "是"}  # fmt: skip
    pd.DataFrame([project]).to_csv(folder / "data" / "raw" / "projects.csv", index=False)
    finished(folder)
    return folder


@pytest.fixture(scope="module")
def desks(town):
    found, settings = read_run(town, "main"), read_settings(town)
    return {language: desk_of(found, settings, language, town / "maps" / "main") for language in ("zh", "en")}


def pdf_text(file: Path) -> str:
    pdf = pypdfium2.PdfDocument(file)
    return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


def squeezed(text: str) -> str:
    """A PDF tells no spaces between Chinese and Latin, and ends lines anywhere."""
    return re.sub(r"\s", "", text)


def word_cells(file: Path) -> list[list[list[str]]]:
    """The cells of every table."""
    return [
        [["".join(t.text or "" for t in cell.iter(qn("w:t"))) for cell in row.findall(qn("w:tc"))] for row in table._tbl.findall(qn("w:tr"))]
        for table in docx.Document(str(file)).tables
    ]  # fmt: skip


def paragraphs(file: Path) -> list[str]:
    return [p.text for p in docx.Document(str(file)).paragraphs]


# --- a document of parts ---------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path):
    from matplotlib.figure import Figure

    Figure(figsize=(2, 1)).savefig(tmp_path / "p.png")
    grid = Grid(
        "表", (Column("name", "学校", width=2), Column("n", "人数", "count")), ((EVIL, 12345), ("榃滨", None)), "来源"
    )
    parts = (
        Heading("甲"), Paragraph(EVIL), Items(("一", "二")), Heading("子", 2), grid, Picture(tmp_path / "p.png", "图"), Heading("乙")
    )  # fmt: skip
    return Document("small", "题 #t", "zh", parts, ("副",), ("草案",), "运行 a")


def test_parts_are_put_into_words_once(small):
    told = laid_out(small)
    assert [part["text"] for part in told if part["part"] == "heading"] == ["一、甲", "（一）子", "二、乙"]
    assert told[2]["texts"] == ["1. 一", "2. 二"]
    assert told[4]["rows"] == [[" ".join(EVIL.split()), "12,345"], ["榃滨", "—"]]
    english = laid_out(replace(small, language="en"))
    assert [part["text"] for part in english if part["part"] == "heading"] == ["1  甲", "1.1  子", "2  乙"]
    assert [chinese(n) for n in (1, 10, 11, 20, 42)] == ["一", "十", "十一", "二十", "四十二"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_word_and_pdf_say_the_same_and_markup_stays_text(small, tmp_path, language):
    document = replace(small, language=language)
    text = squeezed(pdf_text(write_pdf(document, tmp_path / "a.pdf")))
    word = write_word(document, tmp_path / "a.docx")
    assert squeezed(EVIL) in text
    assert text.count("12,345") == 1
    assert word_cells(word)[0][1:] == [[EVIL, "12,345"], ["榃滨", "—"]]
    assert EVIL in paragraphs(word)
    assert len(pypdfium2.PdfDocument(tmp_path / "a.pdf")) == 1
    headings = [
        (p.style.name, p.text) for p in docx.Document(str(word)).paragraphs if p.style.name.startswith("Heading")
    ]
    told = [(f"Heading {part['level']}", part["text"]) for part in laid_out(document) if part["part"] == "heading"]
    assert headings == told
    assert [item.get_title() for item in pypdfium2.PdfDocument(tmp_path / "a.pdf").get_toc()] == [
        text for _, text in told
    ]


def test_word_has_chinese_fonts_repeated_heads_and_no_author(small, tmp_path):
    file = write_word(small, tmp_path / "a.docx")
    word = docx.Document(str(file))
    fonts = {s.name: s.element.rPr.rFonts.get(qn("w:eastAsia")) for s in word.styles if s.name in ("Normal", "Heading 1", "Title")}  # fmt: skip
    assert fonts == {"Normal": "仿宋_GB2312", "Heading 1": "黑体", "Title": "方正小标宋简体"}
    assert word.styles["Heading 1"].element.rPr.rFonts.get(qn("w:eastAsiaTheme")) is None
    assert [bool(row.findall(f".//{qn('w:tblHeader')}")) for row in word.tables[0]._tbl.findall(qn("w:tr"))] == [True, False, False]  # fmt: skip
    assert (word.core_properties.author, word.core_properties.last_modified_by) == ("", "")
    assert {item.date_time for item in zipfile.ZipFile(file).infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert 'TOC \\o "1-2"' in word.element.xml


def test_the_same_document_gives_the_same_bytes(small, tmp_path):
    for write, name in ((write_pdf, "pdf"), (write_word, "docx")):
        assert write(small, tmp_path / f"1.{name}").read_bytes() == write(small, tmp_path / f"2.{name}").read_bytes()


@pytest.mark.parametrize(
    ("value", "kind", "zh", "en"),
    [
        (1234567, "count", "1,234,567", "1,234,567"), (2026, "year", "2026", "2026"), (-12.4, "more_metres", "-12", "-12"), (0.2, "more_metres", "0", "0"),
        (35, "more_metres", "+35", "+35"), (0.4567, "share", "45.7%", "45.7%"), (0.999, "chance", ">99%", ">99%"), (0.001, "chance", "<1%", "<1%"),
        (1.0, "chance", "100%", "100%"), (24_300_000, "money", "2,430", "24.3"), (1_234_500, "money", "123.45", "1.2345"),
        (28_731, "hectares", "2.87", "2.87"), (9, "public", "<10", "<10"), (12, "public", "10", "10"), (None, "count", "—", "—"), (None, "text", "", ""),
    ],
)  # fmt: skip
def test_numbers_as_they_are_printed(value, kind, zh, en):
    assert (cell_text(value, kind, "zh"), cell_text(value, kind, "en")) == (zh, en)


def test_small_counts_are_not_told():
    assert {public_count(n) for n in range(10)} == {"<10"}
    assert [public_count(n) for n in (10, 12, 13, 1003)] == ["10", "10", "15", "1,005"]


def test_who_is_old_enough():
    assert born_between(2026, 6, 9) == (date(2019, 9, 1), date(2020, 8, 31))
    assert born_between(2026, 6, 13) == (date(2020, 1, 1), date(2020, 12, 31))
    assert born_between(2028, 6, 3) == (date(2021, 3, 1), date(2022, 2, 28))


# --- the notice ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_notice_tells_the_tables(desks, tmp_path, language):
    desk = desks[language]
    files, points = write_notice(desk, tmp_path, tmp_path, scopes_of(desk))
    text, cells = squeezed(pdf_text(files[0])), word_cells(files[1])
    rows = intake(desk, "primary")
    told = [
        [str(r.no), r.school, r.area, str(r.classes), str(r.places), public_count(r.children)]
        for r in rows.itertuples()
    ]
    assert cells[0][1:-1] == told
    assert cells[0][-1][3:] == [
        str(rows["classes"].sum()),
        str(rows["places"].sum()),
        public_count(rows["children"].sum()),
    ]
    for row in told:
        assert squeezed("".join(row)) in text
    assert squeezed(EVIL) in text
    assert "0766-0000000" in text
    assert {"zh": "2026年秋季", "en": "autumn 2026"}[language] in pdf_text(files[0])
    assert points
    day = "2019年9月1日" if language == "zh" else "1September2019"
    assert day in text


def test_places_by_hand(desks):
    """12 and 20 seats in six grades: two and three places, a class each; a table of places goes before seats."""
    rows = intake(desks["zh"], "primary")
    assert rows[["places", "classes"]].to_numpy().tolist() == [[2, 1], [3, 1]]
    entering = desks["zh"].tables["demand"].query("grade == 1 and year == 2026 and scenario == 'medium'")
    assert rows["children"].sum() == entering["children"].sum()
    places = pd.DataFrame({"stage": ["primary"], "zone_id": ["x"], "school_id": ["2144000002"], "places": [91]})
    desk = replace(desks["zh"], tables={**desks["zh"].tables, "places": places})
    assert intake(desk, "primary")[["places", "classes"]].to_numpy().tolist() == [[2, 1], [91, 3]]


def test_sections_stand_in_the_order_of_practice(desks):
    parts = laid_out(notice_of(desks["zh"], scopes_of(desks["zh"])))
    heads = [part["text"].split("、")[1] for part in parts if part["part"] == "heading" and part["level"] == 1]
    assert heads[:12] == [
        "招生原则", "招生对象", "招生计划", "招生范围", "报名条件", "报名材料", "录取顺序", "随迁子女入学", "报名办法与日程安排", "统筹安排", "纪律与监督", "咨询与监督方式",
    ]  # fmt: skip


FIELDS = ("number", "issuer", "issued", "office", "hotline", "supervision", "website")


def settled(desk, maps: Path):
    """The desk with every field told, a review number, no child over the seats or places, and nothing invented."""
    told = {**dict.fromkeys(FIELDS, "x"), "dates": dict.fromkeys(get_args(Event), "y")}
    notice = desk.settings.notice.model_copy(update=told)
    study = desk.settings.study.model_copy(update={"map_review_number": "粤S(2026)1号"})
    settings = desk.settings.model_copy(update={"notice": notice, "study": study})
    places = pd.DataFrame(
        {"zone_id": ["1", "2"], "school_id": ["2144000001", "2144000002"], "stage": "primary", "places": 99}
    )
    tables = {**desk.tables, "zone_schools": desk.tables["zone_schools"].assign(over_seats=0), "places": places}
    return replace(
        desk, settings=settings, tables=tables, maps=maps, origin=replace(desk.origin, demonstration=False, drafts=())
    )


def test_the_notice_is_a_draft_until_nothing_is_open(desks, tmp_path):
    desk = settled(desks["en"], tmp_path)
    proved = scopes_of(desk)
    undrawn = content_of(desk, proved).lists["points"]
    assert undrawn == ("Map overview_primary is not drawn: run `catchment run`.",)
    for ending in ("pdf", "png"):
        (tmp_path / f"overview_primary.{ending}").write_bytes(b"")
    finished = content_of(desk, proved)
    assert (finished.lists["points"], finished.fields["marks"]) == ((), "")
    drafted = replace(desk, origin=replace(desk.origin, drafts=desks["en"].origin.drafts))
    assert (
        "The run is a draft: 2.78 % of cells joined to the roads is set aside (at most 1 %)."
        in content_of(drafted, proved).lists["points"]
    )
    assert drafted.marks[0].startswith("Draft: not for admission: 2.78 %")
    seats_alone = replace(desk, tables={**desk.tables, "places": desks["en"].tables["places"]})
    (short,) = content_of(seats_alone, proved).lists["points"]
    assert (
        short == "Primary: the zones of 1 schools have more children of the entry grade than places, 1 children in all."
    )
    faulty = content_of(desk, replace(proved, faults=("gap at 甲街",)))
    assert "gap at 甲街" in faulty.lists["points"]
    assert faulty.fields["marks"].startswith("Draft: not for admission")


def test_schools_of_a_joint_zone_stand_together(desks):
    """Both schools share a zone: one row of areas, all children beside each, and once in the sum."""
    desk = desks["zh"]
    zones = desk.settings.zones.model_copy(update={"joint": (("2144000001", "2144000002"),)})
    tables = {**desk.tables, "zones": desk.tables["zones"].assign(school_id="2144000001")}
    joint = replace(desk, settings=desk.settings.model_copy(update={"zones": zones}), tables=tables)
    content = content_of(joint, scopes_of(desk))
    assert [row[1] for row in content.grids["scope_primary"].rows] == [f"䓣塘小学、{EVIL}"]
    children = [row[5] for row in content.grids["plan_primary"].rows]
    assert children[0] == children[1] == children[2] > 0


def test_every_map_has_a_page_of_its_own(desks, tmp_path):
    from matplotlib.figure import Figure

    folder = tmp_path / "zones" / "primary"
    folder.mkdir(parents=True)
    for ending in ("pdf", "png"):
        Figure(figsize=(6, 4)).savefig(folder / f"2144000001_䓣塘小学.{ending}")
    annex = maps_of(replace(desks["zh"], maps=tmp_path), "primary")
    pdf = pypdfium2.PdfDocument(write_pdf(annex, tmp_path / "maps.pdf"))
    assert [round(page.get_width()) for page in pdf] == [595, 842]
    assert "小学图1 䓣塘小学" in " ".join(pdf[1].get_textpage().get_text_bounded().split())
    whole = replace(annex, parts=(Picture(folder / "2144000001_䓣塘小学", "图", whole_page=True),))
    word = docx.Document(str(write_word(whole, tmp_path / "maps.docx")))
    assert [section.page_width > section.page_height for section in word.sections] == [False, True]
    assert maps_of(desks["zh"], "junior") is None


def test_zones_are_told_in_the_language_of_the_document(desks):
    told = {language: scopes_of(desk) for language, desk in desks.items()}
    assert told["zh"].texts["text"].str.startswith("玩具镇内，界点").all()
    assert told["en"].texts["text"].str.startswith("In 玩具镇: ").all()
    assert told["zh"].texts["text"].equals(desks["zh"].tables["zone_texts"]["text"])
    assert told["en"].faults == told["zh"].faults == ()


# --- the bureau's own template ---------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_filled_says_what_the_notice_says(desks, tmp_path, language):
    desk = desks[language]
    scopes = scopes_of(desk)
    content = content_of(desk, scopes)
    template = write_template(tmp_path, language)
    filled = fill_template(template, content, tmp_path / "filled.docx", language)
    own = write_word(notice_of(desk, scopes), tmp_path / "own.docx")
    said, meant = ([re_numbered(line) for line in paragraphs(file) if line.strip()] for file in (filled, own))
    assert [line for line in meant if line not in said] == []
    other = {"zh": "初中", "en": "Junior secondary"}[language]
    assert [line for line in said if line not in meant and other not in line] == []
    assert word_cells(own)[0] in word_cells(filled)
    assert fill_template(template, content, tmp_path / "again.docx", language).read_bytes() == filled.read_bytes()


def re_numbered(line: str) -> str:
    """A caption without its number: the template has tables of every stage."""
    return re.sub(r"^(表|Table )\d+", "", line)


def test_a_bureaus_own_template(desks, tmp_path, town):
    word = docx.Document()
    word.add_paragraph(
        "{{ title }} / {{ hotline }} / {% for row in plan_primary %}{{ row.school }}={{ row.places }};{% endfor %}"
    )
    word.save(str(tmp_path / "own.docx"))
    settings = desks["zh"].settings
    chosen = settings.model_copy(update={"documents": settings.documents.model_copy(update={"notice_template": "own.docx"})})  # fmt: skip
    desk = replace(desks["zh"], settings=chosen)
    files, _ = write_notice(desk, tmp_path, tmp_path, scopes_of(desk))
    assert paragraphs(files[1]) == [
        f"玩具镇2026年秋季义务教育阶段学校招生通告 / 0766-0000000 / 䓣塘小学=2;{EVIL}=3;合计=5;"
    ]


@pytest.mark.parametrize(
    "text", ["{{ no_such_field }}", "{% for %}", "{{ title.__class__.__mro__[1].__subclasses__() }}"]
)
def test_a_wrong_template_is_a_message(desks, tmp_path, text):
    word = docx.Document()
    word.add_paragraph(text)
    word.save(str(tmp_path / "t.docx"))
    content = content_of(desks["en"], scopes_of(desks["en"]))
    with pytest.raises(InputError, match="cannot be filled"):
        fill_template(tmp_path / "t.docx", content, tmp_path / "o.docx", "en")


def test_what_is_no_word_file_is_a_message(desks, tmp_path):
    (tmp_path / "t.docx").write_text("no")
    content = content_of(desks["en"], scopes_of(desks["en"]))
    for name in ("t.docx", "missing.docx"):
        with pytest.raises(InputError, match="no Word file"):
            fill_template(tmp_path / name, content, tmp_path / "o.docx", "en")


def test_the_template_names_every_field_that_the_notice_has(desks):
    content = content_of(desks["en"], scopes_of(desks["en"]))
    assert set(TEMPLATE_FIELDS) == set(content.fields)
    assert template_of("zh").title == "{{ title }}"


# --- changes and cards -----------------------------------------------------------------------------


def before(desk) -> pd.DataFrame:
    """Earlier zones: everybody at the school with the lower code."""
    return desk.tables["zones"].assign(school_id="2144000001")


def test_changes_by_hand(desks):
    """Units of the second school changed; ways of a unit from the costs."""
    zones = desks["zh"].tables["zones"]
    changed = changes_of(desks["zh"].tables, before(desks["zh"]))
    assert sorted(changed["unit_id"]) == sorted(zones.loc[zones["school_id"] == "2144000002", "unit_id"])
    costs = desks["zh"].tables["unit_costs"].set_index(["unit_id", "facility_id"])["distance_mm"]
    reached = changed[changed["new_m"].notna()]
    assert len(changed) - len(reached) == 1  # the island
    for row in reached.itertuples():
        assert row.more_m == (costs[row.unit_id, "2144000002"] - costs[row.unit_id, "2144000001"]) / 1000
    assert changes_of(desks["zh"].tables).empty
    one = zones["unit_id"] == changed["unit_id"].iloc[0]
    present = zones.assign(present_id=zones["school_id"].mask(one, "2144000001"))
    assert changes_of({**desks["zh"].tables, "zones": present})["unit_id"].tolist() == [changed["unit_id"].iloc[0]]


def test_the_change_notice_hides_small_counts(desks, tmp_path):
    desk = desks["zh"]
    assert write_changes(desk, tmp_path) == []
    files = write_changes(desk, tmp_path, before(desk))
    changed = changes_of(desk.tables, before(desk))
    cells = word_cells(files[1])
    assert [row[:3] for row in cells[0][1:]] == [["1", "䓣塘小学", EVIL]]
    assert cells[0][1][4] == public_count(int(changed["children"].sum()))
    text = squeezed(pdf_text(files[0]))
    for row in cells[0][1:]:
        assert squeezed("".join(row[:3])) in text and squeezed(row[3]) in text
    book = openpyxl.load_workbook(files[2])
    heads = [[str(cell.value).split(" ")[0] for cell in sheet[1]] for sheet in book.worksheets[1:4]]
    assert all({"原片区学校", "新片区学校"} <= set(row) for row in heads)
    areas, units, doors = (list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book.worksheets[1:4])
    assert [(row[1], row[3], row[5], row[6]) for row in areas] == [(1, "䓣塘小学", EVIL, cells[0][1][3])]
    assert [row[1] for row in units] == changed["unit_id"].tolist()
    assert {row[10] for row in units} == {"<10"}
    assert doors == []


def test_changed_ground_is_told_in_words_that_say_who_is_concerned(desks):
    """The words of what moves, read back: in them all units that move, and no other."""
    desk = desks["zh"]
    ground = ChangedGround(desk, changes_of(desk.tables, before(desk)))
    assert ground.proved
    (words,) = ground.texts["text"]
    gazetteer, names = gazetteer_of(desk.tables), area_labels(desk.tables["areas"])
    said = []
    for part in read(words, gazetteer.names, "zh"):
        own = ground.points[ground.points["area_id"].map(names) == part.area]
        points = {int(p.number): (float(p.x_m), float(p.y_m)) for p in own.itertuples()}
        said.append(ground_of(part, Place.of(gazetteer, part.area, points)))
    cells = desk.tables["cells"]
    inside = cells[shapely.intersects_xy(shapely.union_all(said), cells["x_m"], cells["y_m"])]
    assert set(inside["unit_id"]) == set(ground.changes["unit_id"])


def test_a_change_notice_whose_words_do_not_agree_is_a_draft(desks, tmp_path):
    desk = desks["zh"]
    ground = ChangedGround(desk, changes_of(desk.tables, before(desk)))
    assert change_notice(ground, tmp_path).marks[0] == "送审稿"
    gap = (
        desk.tables["zone_text_proof"]
        .reindex([0])
        .assign(subject="address", kind="gap", stage="primary", school_id="1", children=0)
    )
    ground.__dict__["_told"] = {**ground._told, "zone_text_proof": gap}
    assert change_notice(ground, tmp_path).marks[0] == "草案，不得用于招生"


def test_changed_house_numbers_are_listed_with_the_way_of_their_unit(desks):
    desk = desks["zh"]
    zones = desk.tables["zones"]
    home = zones.loc[zones["school_id"] == "2144000002", "unit_id"].iloc[0]
    kept = zones.loc[zones["school_id"] == "2144000001", "unit_id"].iloc[0]
    cells = desk.tables["cells"].set_index("unit_id")
    rows = [
        (number, "恶街", number, "", cells.loc[unit, "x_m"], cells.loc[unit, "y_m"])
        for number, unit in ((1, home), (2, kept))
    ]
    addresses = pd.DataFrame(rows, columns=["address_id", "street", "number", "place", "x_m", "y_m"])
    there = replace(desk, tables={**desk.tables, "addresses": addresses})
    doors = ChangedGround(there, changes_of(there.tables, before(there))).doors()
    assert doors[["street", "number", "old_id", "new_id", "unit_id"]].to_numpy().tolist() == [
        ["恶街", 1, "2144000001", "2144000002", home]
    ]


def test_maps_in_a_row_leave_no_page_of_a_word_file_empty(desks, tmp_path):
    """Sections: text, a page for each map, text again; a break behind a map is the new page that has begun already."""
    picture = tmp_path / "map.png"
    Image.new("RGB", (40, 30)).save(picture)
    parts = (
        Paragraph("a"),
        Picture(picture, "1", whole_page=True),
        Picture(picture, "2", whole_page=True),
        Break(),
        Paragraph("b"),
    )
    file = write_word(Document("x", "t", "en", parts, contents=False), tmp_path / "x.docx")
    body = docx.Document(str(file)).element.body
    assert len(body.findall(".//" + qn("w:sectPr"))) == 4
    assert [p.text for p in docx.Document(str(file)).paragraphs if p.text] == [
        "t",
        "a",
        "Figure 1  1",
        "Figure 2  2",
        "b",
    ]
    assert not body.findall(".//" + qn("w:br"))


def test_a_card_is_one_page_with_the_nearest_schools(desks, tmp_path):
    desk = desks["zh"]
    pdf, word = write_card(desk, tmp_path, "r0c0")
    assert len(pypdfium2.PdfDocument(pdf)) == 1
    assert [row[:2] for row in word_cells(word)[0][1:]] == [["䓣塘小学", "300"], [EVIL, "700"]]
    unit = desk.tables["units"]["unit_id"].iloc[0]
    assert squeezed(unit) in squeezed(pdf_text(write_card(desk, tmp_path, unit)[0]))
    with pytest.raises(InputError, match="no cell or planning unit"):
        write_card(desk, tmp_path, "../x")


# --- reports ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_reports_tell_the_tables_in_both_files(desks, tmp_path, language):
    desk = desks[language]
    files = {file.name: file for file in write_reports(desk, tmp_path, ("plan", "demand", "compliance"))}
    assert set(files) == {"plan.pdf", "plan.docx", "demand.pdf", "demand.docx", "compliance.pdf", "compliance.docx", "schools.pdf"}  # fmt: skip
    for name in ("plan", "demand", "compliance"):
        text = squeezed(pdf_text(files[f"{name}.pdf"]))
        for table in word_cells(files[f"{name}.docx"]):
            for row in table[1:]:
                assert squeezed("".join(row)) in text
        assert desk.origin.settings_hash in text
    plan = desk.tables["plan"].iloc[0]
    cost = {"zh": "123.45", "en": "1.2345"}[language]
    chosen = next(t for t in word_cells(files["plan.docx"]) if t[1][0] == "P1")
    assert (chosen[1][5], chosen[1][6]) == (f"{plan.seats:,}", cost)
    ahead = desk.tables["outlook"].query("level == 'county' and scenario == 'medium'").sort_values("year")
    told = next(t for t in word_cells(files["demand.docx"]) if t[1][0] == "2025" and len(t[0]) == 7)
    assert [row[1] for row in told[1:]] == [f"{n:,}" for n in ahead["pupils"]]
    broken = desk.tables["findings"].query("subject == 'class' and verdict == 'broken' and rule_set == 'national_2017'")
    rules = word_cells(files["compliance.docx"])[0]
    sizes = next(row for row in rules if row[0] in ("班额", "Class size"))
    assert sizes[3] == str(len(broken)) == "4"


def test_errors_of_the_past_are_told_where_they_were_measured(desks):
    scores = TABLES["backtest"].empty()
    scores.loc[0] = ["catchment", "county", 1, "all", 12, 0.0123, 0.01, -0.004, 0.01, 12, 0.5, 0.833, 0.96, 0.1]
    told = [part for part in laid_out(demand_report(desks["en"], scores)) if part["part"] == "grid"]
    assert ["Whole county", "1", "12", "1.2%", "-0.4%", "83.3%"] in [row for grid in told for row in grid["rows"]]
    without = [part["text"] for part in laid_out(demand_report(desks["en"])) if part["part"] == "paragraph"]
    assert any("No backtest of this study" in text for text in without)


def test_a_plan_that_there_is_not_is_a_message_only_when_asked_for(desks, tmp_path):
    desk = desks["en"]
    none = replace(desk, tables={**desk.tables, "plan_totals": desk.tables["plan_totals"].iloc[:0]})
    with pytest.raises(InputError, match="no plan"):
        list(write_reports(none, tmp_path, ("plan",)))
    assert [f.name for f in write_reports(none, tmp_path, ("plan", "demand"))] == ["demand.pdf", "demand.docx"]


def test_a_document_tells_of_the_run_not_of_settings_changed_since(town, desks):
    now = read_settings(town)
    changed = now.model_copy(update={"zones": now.zones.model_copy(update={"year": 2028}), "notice": now.notice.model_copy(update={"hotline": "1"})})  # fmt: skip
    desk = desk_of(read_run(town, "main"), changed, "", Path())
    assert (desk.settings.zone_year, desk.settings.notice.hotline, desk.language) == (2026, "1", "zh")
    assert desk.origin.settings_hash == desks["zh"].origin.settings_hash


def test_a_run_of_another_version_is_a_message(town):
    found = read_run(town, "main")
    old = replace(found, manifest={**found.manifest, "settings": {**found.manifest["settings"], "gone": {}}})
    with pytest.raises(InputError, match="another version"):
        desk_of(old, read_settings(town), "", Path())


def test_files_hold_no_time(desks, tmp_path):
    first = write_word(notice_of(desks["zh"], scopes_of(desks["zh"])), tmp_path / "n.docx")
    core = zipfile.ZipFile(BytesIO(first.read_bytes())).read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\d", core)) == {"2020-01-01"}


def test_reports_of_a_study_without_pupils(desks, tmp_path):
    """Children against seats and the rules that need no classes: nothing is claimed of pupils."""
    unknown = {name: TABLES[name].empty() for name in ("classes", "peaks", "outlook", "class_outlook", "forecast")}
    desk = replace(desks["en"], tables={**desks["en"].tables, **unknown})
    files = list(write_reports(desk, tmp_path, ("demand", "compliance")))
    text = squeezed(pdf_text(files[0]))
    assert squeezed("No pupils of any year are known") in text
    rows = desk.tables["balance"].query("scenario == 'medium' and stage == 'primary' and year == 2027")
    assert squeezed(f"2027{rows['children'].sum()}{rows['seats'].sum()}") in text
    assert "Chance of a shortage" not in pdf_text(files[0])
