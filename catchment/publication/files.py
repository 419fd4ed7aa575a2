"""Files for the public, all of them new: CSV, GeoParquet, GeoPackage, workbook, dictionary."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from catchment.locale import translate
from catchment.publication.listed import LAYERS, LISTED
from catchment.reports.exports import dated
from catchment.reports.page import Page, worded
from catchment.reports.style import both
from catchment.reports.workbook import write_pages
from catchment.settings import Settings

Tables = Mapping[str, pd.DataFrame]
DESCRIBE = "UPDATE gpkg_contents SET description = ? WHERE data_type = 'features'"


def write_files(listed: Tables, told: Tables, settings: Settings, folder: Path, *, run: str, remark: str) -> None:
    """Everything but maps. told: tables for reports, of which the workbook takes the date of the data and the draft's reasons."""
    (folder / "tables").mkdir()
    for name, rows in listed.items():
        plain = pd.DataFrame(rows.drop(columns="geometry", errors="ignore"))
        plain.to_csv(folder / "tables" / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    dictionary(settings).to_csv(folder / "dictionary.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    for name in LAYERS:
        gpd.GeoDataFrame(listed[name]).to_parquet(folder / f"{name}.parquet", index=False)
    _write_package(listed, folder / "public.gpkg", remark)
    pages = [_page(name, rows, settings.study.language) for name, rows in listed.items()]
    pages.append(_dictionary_page(settings))
    write_pages(pages, settings, folder / "workbook.xlsx", run, tables=told)


def dictionary(settings: Settings) -> pd.DataFrame:
    """Every published column: table, column, heading, unit and meaning in the words of the study."""
    language = settings.study.language
    rows = [
        (
            name,
            column.name,
            both(column.heading, language),
            translate(column.unit, language),
            translate(column.meaning, language),
        )
        for name, (_, columns) in LISTED.items()
        for column in columns
    ]
    return pd.DataFrame(rows, columns=["table", "column", "heading", "unit", "meaning"])


def _page(name: str, rows: pd.DataFrame, language: str) -> Page:
    about, columns = LISTED[name]
    shape = tuple((column.name, column.heading, column.kind) for column in columns)
    worded_rows = worded(pd.DataFrame(rows.drop(columns="geometry", errors="ignore")), shape, language)
    if "area" in worded_rows:
        worded_rows["area"] = worded_rows["area"].replace("*", translate("Whole county", language))
    return Page(about, "Figures for the public: counts rounded, small ones withheld (empty)", shape, worded_rows)


def _dictionary_page(settings: Settings) -> Page:
    shape = (
        ("table", "Table", "text"), ("column", "Column", "text"), ("heading", "Heading", "text"), ("unit", "Unit", "text"),
        ("meaning", "Meaning", "text"),
    )  # fmt: skip
    return Page("Data dictionary", "What every column holds", shape, dictionary(settings))


def _write_package(listed: Tables, file: Path, remark: str) -> None:
    """public.gpkg; remark is told of every layer. GDAL has closed the file before SQLite opens it."""
    with dated():
        for number, (name, geometry_type) in enumerate(LAYERS.items()):
            rows = gpd.GeoDataFrame(listed[name])
            if len(rows):
                pyogrio.write_dataframe(
                    rows, file, layer=name, driver="GPKG", append=number > 0, geometry_type=geometry_type,
                    promote_to_multi=geometry_type.startswith("Multi"),
                    dataset_options=None if number else {"VERSION": "1.2"}, layer_options={"GEOMETRY_NAME": "geom"},
                )  # fmt: skip
    with closing(sqlite3.connect(file)) as store, store:
        store.execute(DESCRIBE, (remark,))
