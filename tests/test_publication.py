"""What leaves the bureau: only what is listed, counts protected, nothing hidden in the files."""

import json
import sqlite3
import zipfile
from contextlib import closing

import geopandas as gpd
import openpyxl
import pandas as pd
import pypdfium2
import pytest
import shapely
from conftest import CRS, PEOPLE
from towns import finished, lay_out

from catchment.errors import InputError
from catchment.publication import publish_public
from catchment.publication.audit import audit, faults
from catchment.publication.earlier import differences
from catchment.publication.listed import LISTED
from catchment.runs import Run, file_hash
from catchment.settings import Settings, read_settings


def silent(step: str, done: int, total: int) -> None:
    assert done <= total


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The toy town with ten times its people, but for one corner: some counts are small, some are not."""
    people = PEOPLE * 10
    people[0, 0] = 50
    return lay_out(tmp_path_factory.mktemp("study"), people=people)


@pytest.fixture(scope="module")
def done(study) -> Run:
    return finished(study)


@pytest.fixture(scope="module")
def published(study, done, tmp_path_factory):
    place = tmp_path_factory.mktemp("public") / "autumn"
    publish_public(read_settings(study), done, place, progress=silent)
    return place


def table(published, name) -> pd.DataFrame:
    return pd.read_csv(
        published / "tables" / f"{name}.csv", dtype={"school_id": str, "area_id": str}, encoding="utf-8-sig"
    )


def test_there_is_nothing_but_what_is_listed(published):
    tables = {path.stem for path in (published / "tables").iterdir()}
    assert tables == set(LISTED)
    others = {path.name for path in published.iterdir()} - {"tables", "zones"}
    drawn = {name for name in others if name.endswith((".pdf", ".png", ".html"))}
    assert others - drawn == {
        "areas.parquet", "dictionary.csv", "public.gpkg", "publication.json", "schools.parquet", "workbook.xlsx", "zones.parquet",
    }  # fmt: skip
    assert {"overview_primary.pdf", "reach_primary.png"} <= drawn
    for name in tables:
        assert list(table(published, name)) == [column.name for column in LISTED[name][1]]


def test_counts_are_multiples_of_five_or_absent(published, done):
    small = 0
    for name, column in (
        ("zones", "children"),
        ("balance", "children"),
        ("access", "children"),
        ("coverage", "within_network"),
    ):
        counts = table(published, name)[column]
        assert (counts.dropna() % 5 == 0).all() and (counts.dropna() >= 10).all()
        small += int(counts.isna().sum())
    bands = done.tables["access"]["children"]
    assert (bands < 10).any()
    assert small >= (bands < 10).sum()


def test_shares_and_gaps_are_those_of_the_published_counts(published):
    """Seats are exact: an exact load or gap would give the exact children."""
    zones = table(published, "zones")
    pd.testing.assert_series_equal(
        zones["load_share"], (zones["children"] / zones["seats"]).round(2), check_names=False
    )
    balance = table(published, "balance")
    assert (balance["seat_gap"] == balance["children"] - balance["seats"]).all()
    whole = balance[balance["year"] == 2026].set_index("area_id")["children"]
    access = table(published, "access")
    of_bands = (access["children"] / access["area_id"].map(whole)).round(2)
    pd.testing.assert_series_equal(access["share"], of_bands, check_names=False)


def test_means_are_absent_where_a_band_is_withheld(published):
    bands = table(published, "access").groupby(["area_id", "stage"])["children"].agg(lambda counts: counts.isna().any())
    ways = table(published, "distances").set_index(["area_id", "stage"])
    assert bands.any()
    assert (ways["mean_m"].isna() == bands.reindex(ways.index)).all()
    assert (ways["p90_m"].isna() == bands.reindex(ways.index)).all()


def test_the_same_number_stands_in_every_file(published):
    zones = table(published, "zones").set_index("school_id")["children"].sort_index()
    parquet = gpd.read_parquet(published / "zones.parquet").set_index("school_id")["children"].sort_index()
    package = gpd.read_file(published / "public.gpkg", layer="zones").set_index("school_id")["children"].sort_index()
    book = openpyxl.load_workbook(published / "workbook.xlsx")
    sheet = next(s for s in book if str(s.title).startswith("招生片区") and s.max_row == len(zones) + 1)
    heads = [cell.value for cell in sheet[1]]
    at = {heads.index(head): head for head in heads}
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    children = next(i for i, head in at.items() if "Children" in head and "seat" not in head)
    from_book = pd.Series({row[0]: row[children] for row in rows}).sort_index()
    for other in (parquet, package, from_book):
        assert other.astype("float64").tolist() == zones.astype("float64").tolist()
    for school in zones.index:
        pages = list((published / "zones").rglob(f"{school}_*.pdf"))
        text = pypdfium2.PdfDocument(pages[0])[0].get_textpage().get_text_range()
        assert "Children" not in text.split("图例")[0]
        assert "Longest network distance" not in text and "Planning units" not in text


def test_ground_that_is_published_has_no_units_and_no_people(published, done):
    zones = gpd.read_parquet(published / "zones.parquet")
    assert len(zones) == 2 < len(done.tables["units"])
    with closing(sqlite3.connect(published / "public.gpkg")) as store:
        names = {name for (name,) in store.execute("SELECT table_name FROM gpkg_contents")}
    assert names == {"areas", "schools", "zones"}


def test_no_cell_and_no_unit_is_named_in_any_file(published, done):
    canaries = [*done.tables["cells"]["cell_id"], *done.tables["units"]["unit_id"]]
    for path in (path for path in published.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                content = b"".join(book.read(name) for name in book.namelist())
        found = [name for name in canaries if len(name) > 4 and name.encode() in content]
        assert found == [], path.name


def test_the_manifest_tells_run_rule_and_files(published, study, done):
    manifest = json.loads((published / "publication.json").read_text("utf-8"))
    assert (manifest["run"], manifest["rule"]["hide_below"], manifest["demonstration"]) == ("main", 10, True)
    assert manifest["files"] == {
        path.relative_to(published).as_posix(): file_hash(path)
        for path in sorted(published.rglob("*"))
        if path.is_file() and path.name != "publication.json"
    }
    withheld = manifest["counts"]["bands"]
    assert (
        withheld["withheld_by_rule"] + withheld["withheld_beside"]
        == table(published, "access")["children"].isna().sum()
    )
    text = openpyxl.load_workbook(published / "workbook.xlsx").worksheets[0]
    assert manifest["settings"] in {cell.value for row in text.iter_rows() for cell in row}


def test_publishing_again_gives_the_same_bytes(published, study, done, tmp_path):
    publish_public(read_settings(study), done, tmp_path / "again", progress=silent)
    first, again = (
        json.loads((place / "publication.json").read_text("utf-8"))["files"]
        for place in (published, tmp_path / "again")
    )
    assert first == again


def test_a_folder_with_something_else_is_left_alone(study, done, tmp_path):
    (tmp_path / "letters.txt").write_text("mine", "utf-8")
    with pytest.raises(InputError, match="no publication"):
        publish_public(read_settings(study), done, tmp_path, progress=silent)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


# --- the last look -----------------------------------------------------------------------------


def leaks_of(path) -> str:
    return "; ".join(faults(path))


def test_golden_leaks_are_found(tmp_path):
    """A hidden sheet, a hidden column, an author, a comment, an unlisted column, a left-over page, a foreign file."""
    book = openpyxl.Workbook()
    book.create_sheet("raw").sheet_state = "hidden"
    book.active.column_dimensions["B"].hidden = True
    book.active["A1"].value = 1
    book.properties.creator = "somebody"
    file = tmp_path / "workbook.xlsx"
    book.save(file)
    found = leaks_of(file)
    assert "hidden sheet" in found and "hidden rows or columns" in found and "names a person" in found
    pd.DataFrame({"school_id": ["1"], "pupil_name": ["x"]}).to_csv(tmp_path / "zones.csv", index=False)
    assert leaks_of(tmp_path / "zones.csv") == "column pupil_name is not listed"
    pd.DataFrame({"application_no": ["1"]}).to_csv(tmp_path / "applicants.csv", index=False)
    assert leaks_of(tmp_path / "applicants.csv") == "table applicants is not listed"
    (tmp_path / "map.pdf").write_bytes(b"%PDF-1.4 /Author (somebody)")
    assert leaks_of(tmp_path / "map.pdf") == "it names an author"
    (tmp_path / "homes.shp").write_bytes(b"")
    assert leaks_of(tmp_path / "homes.shp") == "no kind of file for the public"
    rows = gpd.GeoDataFrame({"school_id": ["1"] * 500}, geometry=[shapely.Point(0, 0)] * 500, crs=CRS)
    rows.to_file(tmp_path / "public.gpkg", layer="schools")
    with closing(sqlite3.connect(tmp_path / "public.gpkg")) as store, store:
        store.execute("CREATE TABLE homes (name TEXT)")
        store.executemany("INSERT INTO homes VALUES (?)", [("x" * 500,)] * 500)
        store.execute("DROP TABLE homes")
    assert leaks_of(tmp_path / "public.gpkg") == "it has pages that are no longer used"
    with pytest.raises(InputError, match="more than they should"):
        audit(tmp_path)


def test_our_own_files_pass_the_last_look(published):
    audit(published)


# --- earlier publications ------------------------------------------------------------------------

SIDE = 100.0


def strip(children: list[int], owners: str) -> dict[str, pd.DataFrame]:
    """Units u0, u1 … in a row, each with its children, and the school that each belongs to."""
    units = gpd.GeoDataFrame(
        {"unit_id": [f"u{i}" for i in range(len(children))]},
        geometry=[shapely.box(i * SIDE, 0, (i + 1) * SIDE, SIDE) for i in range(len(children))], crs=CRS,
    )  # fmt: skip
    zones = pd.DataFrame(
        {"unit_id": units["unit_id"], "stage": "primary", "school_id": list(owners), "children": children}
    )
    return {"units": units, "zones": zones}


def outlines(tables: dict[str, pd.DataFrame], *withheld: str) -> gpd.GeoDataFrame:
    ground = gpd.GeoDataFrame(tables["zones"].merge(tables["units"], on="unit_id"), crs=CRS)
    zones = ground.dissolve(by=["stage", "school_id"], aggfunc={"children": "sum"}).reset_index()
    return zones.assign(children=zones["children"].astype("Int64").mask(zones["school_id"].isin(withheld)))


def told(before: str, after: str, children: list[int], *withheld: str) -> list[str]:
    new = strip(children, after)
    settings = Settings.model_construct(publication=Settings.model_fields["publication"].default)
    return [text for _, text in differences(outlines(strip(children, before)), new, outlines(new, *withheld), settings)]


@pytest.mark.parametrize(
    ("before", "after", "children", "found"),
    [
        ("aaabbb", "aaabbb", [30, 20, 7, 9, 20, 30], []),  # nothing moved
        ("aaabbb", "aabbbb", [30, 20, 7, 9, 20, 30], ["a → b: 7"]),  # seven children moved
        ("aaabbb", "aabbbb", [30, 20, 12, 9, 20, 30], []),  # twelve moved: told of freely
        ("aaabbb", "aabbbb", [30, 20, 0, 9, 20, 30], []),  # nobody moved
        ("aaabbb", "abbbbb", [30, 4, 4, 9, 20, 30], ["a → b: 8"]),  # two units, together eight
        ("aabbcc", "abbbcc", [30, 8, 40, 40, 40, 40], ["a → b: 8"]),
        ("aabbcc", "abbccc", [30, 8, 40, 9, 40, 40], ["a → b: 8", "b → c: 9"]),  # found only by both zones together
    ],
)
def test_zones_that_differ_by_a_few_children_are_told(before, after, children, found):
    assert told(before, after, children) == found


def test_a_zone_whose_children_are_withheld_gives_nothing_away():
    """With b alone withheld, a still tells its loss; with both, nothing does."""
    assert told("aaabbb", "aabbbb", [30, 20, 7, 9, 20, 30], "b") == ["a → b: 7"]
    assert told("aaabbb", "aabbbb", [30, 20, 7, 9, 20, 30], "a", "b") == []


def test_a_publication_that_gives_an_earlier_one_away_is_refused(study, done, published, tmp_path):
    """The zones of the earlier one, but for a unit with a few children; and a count that it showed and that is withheld now."""
    settings, place = read_settings(study), tmp_path / "new"
    tables = dict(done.tables)
    zones = tables["zones"].copy()
    few = zones[zones["children"].between(1, 9)].index[0]
    other = next(school for school in sorted(set(zones["school_id"])) if school != zones.loc[few, "school_id"])
    gain = int(zones.loc[few, "children"])
    lost, zones.loc[few, "school_id"] = zones.loc[few, "school_id"], other
    figures = tables["zone_schools"].set_index("school_id")
    figures.loc[lost, "children"] -= gain
    figures.loc[other, "children"] += gain
    tables |= {"zones": zones, "zone_schools": figures.reset_index()}
    with pytest.raises(InputError, match="differ from those in") as refused:
        publish_public(settings, Run(tables, done.manifest), place, earlier=[published], progress=silent)
    assert f"{lost} → {other}: {gain}" in str(refused.value)
    assert not place.exists()
    strict = settings.model_copy(update={"publication": settings.publication.model_copy(update={"hide_below": 40})})
    with pytest.raises(InputError, match="withheld now were published"):
        publish_public(strict, done, place, earlier=[published], progress=silent)


def test_an_earlier_folder_without_publication_is_told(study, done, tmp_path):
    with pytest.raises(InputError, match="there is no publication"):
        publish_public(read_settings(study), done, tmp_path / "new", earlier=[tmp_path], progress=silent)
