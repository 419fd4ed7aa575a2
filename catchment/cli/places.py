"""Commands about one place of a run."""

from pathlib import Path
from typing import Annotated

import typer

from catchment.cli.options import RunName, Study, app, settings_of
from catchment.locale import language_of_user


@app.command(epilog="Example: catchment explain r214c388 luoding")
def explain(
    place: Annotated[
        str, typer.Argument(help="Id of a cell or a planning unit (layers `cells`, `units` of study.gpkg).")
    ],
    folder: Study = Path(),
    name: RunName = "main",
) -> None:
    """Tell why a cell or unit is in its zone: its nearest schools, their distances and seats, and what would have to change.

    Of a cell: its ways, and where its children went. Of a unit: who would move if it went to its nearest school.
    """
    from catchment.explain import explain_cell
    from catchment.runs import read_run
    from catchment.zone_inquiries import explain_zone

    settings, tables = settings_of(folder), read_run(folder, name).tables
    if place in set(tables["cells"]["cell_id"]):
        lines = explain_cell(tables, place, language_of_user())
    else:
        lines = explain_zone(settings, tables, place, language_of_user())
    for line in lines:
        print(line)


@app.command(epilog="Example: catchment way r214c388 2144381001 luoding --to way.gpkg")
def way(
    cell: Annotated[str, typer.Argument(help="A cell's id (see the GeoPackage's layer `cells`).")],
    school: Annotated[str, typer.Argument(help="A school's code.")],
    folder: Study = Path(),
    name: RunName = "main",
    to: Annotated[Path, typer.Option(help="File to write the line into (GeoPackage, GeoJSON).")] = Path("way.gpkg"),
) -> None:
    """Draw the way from a cell to a school, at each stage of the school, as a line."""
    from catchment.inquiries import write_ways
    from catchment.runs import read_run

    for line in write_ways(settings_of(folder), read_run(folder, name).tables, cell, school, to):
        print(line)
