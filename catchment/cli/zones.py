"""Attendance zones and the dialogue about them."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from catchment.cli.options import Quiet, RunName, Study, app, run_until, settings_of
from catchment.locale import language_of_user
from catchment.terminal import print_table, print_zones

Stage = Literal["primary", "junior"]


@app.command(epilog="Example: catchment zones luoding --why")
def zones(
    folder: Study = Path(),
    why: Annotated[
        bool, typer.Option("--why", help="Tell which wishes and seats clash, and the cheapest ways out, each tried.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Draw attendance zones, and show what they come to, how near to the best, and where seats are worth most."""
    from catchment.zone_inquiries import why_impossible

    settings = settings_of(folder)
    if why:
        tables = run_until(folder, quiet=quiet, last="assignment")
        for line in why_impossible(settings, tables, language_of_user()):
            print(line, flush=True)
        return
    tables = run_until(folder, quiet=quiet, last="zones")
    if not quiet:
        print_zones(settings, tables)


@app.command(epilog="Example: catchment border primary luoding --within 200")
def border(
    stage: Annotated[Stage, typer.Argument(help="Stage.")],
    folder: Study = Path(),
    within: Annotated[int, typer.Option(help="Metres a child may have more in the other zone.")] = 100,
    name: RunName = "main",
) -> None:
    """List units at borders of zones that could go to the other school, and what that does to both."""
    from catchment.runs import read_run
    from catchment.zone_inquiries import border_of

    for line in border_of(settings_of(folder), read_run(folder, name).tables, stage, within, language_of_user()):
        print(line)


@app.command(epilog="Example: catchment alternatives primary luoding --to plans.gpkg")
def alternatives(
    stage: Annotated[Stage, typer.Argument(help="Stage.")],
    folder: Study = Path(),
    to: Annotated[Path | None, typer.Option(help="GeoPackage to write the zones of all plans into.")] = None,
    name: RunName = "main",
) -> None:
    """Look for other good plans than a run's: other weights, other borders; none is better than another in everything."""
    from catchment.runs import read_run
    from catchment.zone_inquiries import other_plans

    plans = other_plans(settings_of(folder), read_run(folder, name).tables, stage)
    told = ["plan", "objective_m", "over_seats", "all_ways_m", "longest_m", "moved_children"]
    print_table("alternatives", plans[told].drop_duplicates())
    if to is not None:
        for plan, rows in plans.groupby("plan"):
            rows.to_file(to, layer=f"plan_{plan}")


@app.command(epilog="Example: catchment lock 445381001-1851-8411=2144381001 --study luoding")
def lock(
    locks: Annotated[list[str], typer.Argument(help="UNIT=SCHOOL, ids as in study.gpkg; several may be given.")],
    folder: Annotated[Path, typer.Option("--study", help="Folder of the study.")] = Path(),
    name: RunName = "main",
    stage: Annotated[Stage | None, typer.Option(help="Stage, for schools that have several.")] = None,
) -> None:
    """Try a lock: draw a run's zones again with units locked to schools, and tell what changes. Nothing is written."""
    from catchment.runs import read_run
    from catchment.zone_inquiries import changes_of, pair_of, redraw, stage_of

    settings, tables = settings_of(folder), read_run(folder, name).tables
    pairs = [pair_of(text) for text in locks]
    redrawn = redraw(settings, tables, stage or stage_of(tables, pairs[0][1]), pairs, language_of_user())
    for line in changes_of(redrawn, tables, language_of_user()):
        print(line)
