"""Candidates and the five-year plan."""

from pathlib import Path
from typing import Annotated

import typer

from catchment.cli.options import Quiet, Study, app, run_until, settings_of
from catchment.locale import language_of_user
from catchment.terminal import DEMONSTRATION, progress_bar, say


@app.command(epilog="Example: catchment sites luoding")
def sites(folder: Study = Path(), quiet: Quiet = False) -> None:
    """Rank the candidate projects: what each changes when it alone is built, in every future of the forecast; and where to look for land."""
    from catchment.plan_inquiries import search_told, sites_told

    settings, tables = settings_of(folder), run_until(folder, quiet=quiet, last="ranking")
    if quiet:
        return
    if settings.study.demonstration:
        say(DEMONSTRATION)
    for line in sites_told(tables, language_of_user()):
        print(line)
    if settings.plan.search_areas:
        for line in search_told(tables, language_of_user()):
            print(line)


@app.command(epilog="Example: catchment plan luoding --frontier luoding/maps/money")
def plan(
    folder: Study = Path(),
    to: Annotated[
        Path | None,
        typer.Option(
            "--frontier",
            help="Also look at other budgets and futures, and draw and write them into this folder.",
            metavar="FOLDER",
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Choose projects by year within the budgets, and tell what they are used for and what stands empty."""
    from catchment.plan_inquiries import money_told, plan_told

    settings, tables = settings_of(folder), run_until(folder, quiet=quiet, last="plan")
    lines = [] if quiet else list(plan_told(tables, language_of_user()))
    if to is not None:
        with progress_bar(quiet=quiet) as progress:
            lines += money_told(settings, tables, to, "plan", progress, language_of_user())
    if settings.study.demonstration and not quiet:
        say(DEMONSTRATION)
    for line in lines:
        print(line)
