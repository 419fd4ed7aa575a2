"""Commands about one place of a run."""

from pathlib import Path
from typing import Annotated

import typer

from catchment.cli.options import RunName, Study, app, settings_of
from catchment.locale import language_of_user


@app.command(epilog="Example: catchment explain r214c388 luoding")
def explain(
    cell: Annotated[str, typer.Argument(help="A cell's id (see the GeoPackage's layer `cells`).")],
    folder: Study = Path(),
    name: RunName = "main",
) -> None:
    """Tell why a cell is in its zone: its nearest schools, their distances and seats, and where its children went."""
    from catchment.explain import explain_cell
    from catchment.runs import read_run

    for line in explain_cell(read_run(folder, name).tables, cell, language_of_user()):
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
