"""Commands that make a study, or parts of one."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from catchment.cli.options import app
from catchment.locale import language_of_user
from catchment.terminal import progress_bar, say


@app.command(epilog="Example: catchment new bautzen --roads bautzen.osm.pbf --population people.csv --schools osm")
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make.")],
    roads: Annotated[Path, typer.Option(help="Roads: .osm.pbf, .osm, .osm.gz, .graphml, .gpkg or .parquet of edges.")],
    population: Annotated[
        list[Path], typer.Option(help="Population: GeoTIFF, or a layer or CSV of cells; once per age band.")
    ],
    schools: Annotated[
        str, typer.Option(help="School list (Excel, CSV, layer), or `osm` to take amenity=school from the roads.")
    ],
    areas: Annotated[Path | None, typer.Option(help="Townships or other areas (layer).")] = None,
    classes: Annotated[Path | None, typer.Option(help="Class returns (Excel, CSV).")] = None,
    projects: Annotated[Path | None, typer.Option(help="Possible projects (Excel, CSV).")] = None,
    births: Annotated[Path | None, typer.Option(help="Births by area and year (Excel, CSV).")] = None,
    name: Annotated[str, typer.Option(help="Name of the place; the folder's name unless given.")] = "",
    year: Annotated[int, typer.Option(help="Autumn of the latest class return; this year unless given.")] = 0,
    language: Annotated[str, typer.Option(help="Language of maps and reports: zh or en.")] = "",
    datum: Annotated[
        str, typer.Option(help="Datum of your coordinates: wgs84, cgcs2000, gcj02, bd09, projected.")
    ] = "wgs84",
    crs: Annotated[
        str | None, typer.Option(help="Projected system of the study, as EPSG:<number>; the UTM zone unless given.")
    ] = None,
) -> None:
    """Make a study of your own from your files."""
    from catchment.new import Inputs, new_study

    inputs = Inputs(roads, tuple(population), schools, areas, classes, projects, births)
    notes = new_study(
        folder,
        inputs,
        name=name or folder.name,
        year=year or datetime.now(tz=UTC).year,
        language=language or language_of_user(),
        datum=datum,
        crs=crs,
    )
    for note in notes:
        print(note.text(language_of_user()), file=sys.stderr)
    say("Made {folder}: look through study.toml, then `catchment run {folder}`.", folder=folder)


@app.command(epilog="Example: catchment templates forms --language zh")
def templates(
    folder: Annotated[Path, typer.Argument(help="Folder to write the workbooks into.")] = Path("templates"),
    language: Annotated[str, typer.Option(help="Language of headings and notes: zh or en.")] = "",
) -> None:
    """Write an empty workbook of every file that a study may have, and the Word template of the admission notice.

    The workbooks have headings, notes and lists to choose from. A template that you changed is named in documents.notice_template.
    """
    from catchment.documents.writing import write_template
    from catchment.templates import write_templates

    language = language or language_of_user()
    for path in [*write_templates(folder, language), write_template(folder, language)]:
        print(path)


@app.command(epilog="Example: catchment demo luoding")
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder to write study.toml and data/raw into.")] = Path(),
) -> None:
    """Write the demonstration study: Luoding, its public facts and invented values, the same bytes every time."""
    from catchment.demo import write_demo

    with progress_bar(quiet=False) as progress:
        files = write_demo(folder, progress)
    for path in files:
        print(path)


@app.command(epilog="Example: catchment fetch luoding --bbox 111.4,22.6,111.7,22.9")
def fetch(
    folder: Annotated[Path, typer.Argument(help="Folder of the study.")],
    place: Annotated[str | None, typer.Option(help="Place name, as OpenStreetMap knows it.")] = None,
    bbox: Annotated[str | None, typer.Option(help="West,south,east,north in degrees.")] = None,
) -> None:
    """Download roads through osmnx into data/raw/roads.graphml, with the time and hash of the extract (needs the internet)."""
    from catchment.read.fetch import fetch_roads

    print(fetch_roads(folder, place=place, bbox=bbox))
