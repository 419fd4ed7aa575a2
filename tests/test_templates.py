"""Templates: every heading is understood, every choice is a word of the vocabulary, and a filled one is read."""

import zipfile

import openpyxl
import pytest

from catchment.read.births import read_births
from catchment.read.cells import parse
from catchment.read.forms import FORMS
from catchment.read.resources import read_resources
from catchment.templates import choices_of, heading_of, write_templates


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_heading_and_choice_is_understood(language, tmp_path):
    files = write_templates(tmp_path, language)
    assert [file.stem for file in files] == list(FORMS)
    for file, (_, form) in zip(files, FORMS.values(), strict=True):
        first = openpyxl.load_workbook(file).worksheets[0]
        written = [cell.value for cell in first[1]]
        assert [form.by_spelling[_plain(text)] for text in written] == [column.name for column in form.columns]
        assert all(cell.comment for cell in first[1])
        for column in form.columns:
            values = [parse(word, column) for word in choices_of(column, language)]
            if column.kind == "word":
                assert set(values) == set(column.words.values()), column.name
                assert len(values) == len(set(values))
            assert heading_of(column, language)


def _plain(text):
    from catchment.read.headings import plain

    return plain(text)


def test_a_filled_template_is_read(tmp_path):
    write_templates(tmp_path, "zh")
    book = openpyxl.load_workbook(tmp_path / "births.xlsx")
    book.worksheets[0].append(["445381106", 2023, None, "户籍", 212])
    book.save(tmp_path / "births.xlsx")
    found = read_births(tmp_path / "births.xlsx", basis="registered").table
    assert found[["area_id", "births"]].to_numpy().tolist() == [["445381106", 212]]
    book = openpyxl.load_workbook(tmp_path / "resources.xlsx")
    sheet = book.worksheets[0]
    sheet["A2"], sheet["B2"] = "0144381001", "小学"
    columns = {cell.value: cell.column_letter for cell in sheet[1]}
    sheet[f"{columns['教学仪器设备值_万元']}2"], sheet[f"{columns['音乐教室面积']}2"] = 12.5, "96；73.5"
    book.save(tmp_path / "resources.xlsx")
    row = read_resources(tmp_path / "resources.xlsx").table.iloc[0]
    assert (row["school_id"], row["equipment_yuan"], row["music_rooms_m2"]) == ("0144381001", 125_000, "96;73.5")


def test_choices_are_lists_in_the_sheet(tmp_path):
    write_templates(tmp_path, "zh")
    with zipfile.ZipFile(tmp_path / "schools.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "小学,初中" in sheet
    assert "公办,民办" in sheet
