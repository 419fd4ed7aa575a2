"""Commands of the straight line: check, run, a step by itself; and of its runs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catchment.cli.options import Quiet, RunName, Study, app, run_until, settings_of
from catchment.locale import language_of_user
from catchment.terminal import (
    print_forecast,
    print_publication,
    print_set_aside,
    print_summary,
    print_table,
    progress_bar,
    say,
    say_drafts,
)

if TYPE_CHECKING:
    from catchment.pipeline import Progress
    from catchment.settings import Settings
    from catchment.study import Tables

STEP_NAMES = (
    "read",
    "check",
    "network",
    "demand",
    "forecast",
    "costs",
    "assignment",
    "zones",
    "findings",
    "ranking",
    "plan",
    "text",
)


@app.command(epilog="Example: catchment check luoding")
def check(folder: Study = Path(), quiet: Quiet = False) -> None:
    """Read all files of a study and tell every problem at once.

    A study of past pupils alone (for `catchment backtest`) is checked as far as it goes.
    """
    from catchment.settings import for_history_only
    from catchment.study import read_history

    settings = settings_of(folder)
    if for_history_only(settings):
        tables = read_history(folder, settings)
    else:
        tables = run_until(folder, quiet=quiet, last="check")
    if not quiet:
        print_table("reconciliation", tables["reconciliation"])
        print_set_aside(tables["set_aside"])


@app.command(epilog="Example: catchment run luoding --from zones")
def run(
    folder: Study = Path(),
    name: RunName = "main",
    first: Annotated[
        str,
        typer.Option("--from", help="Take the steps before this one from the last run of that name.", metavar="STEP"),
    ] = STEP_NAMES[0],
    draw: Annotated[bool, typer.Option(help="Draw maps and write the workbook.")] = True,
    quiet: Quiet = False,
) -> None:
    """Run the whole study: tables in data/processed/RUN, maps and workbook in maps/RUN."""
    from catchment.pipeline import run_steps
    from catchment.runs import write_run

    settings = settings_of(folder)
    _known_step(first)
    before = {} if first == STEP_NAMES[0] else _tables_before(folder, settings, name, first)
    with progress_bar(quiet=quiet) as progress:
        tables = run_steps(folder, settings, before, progress, first=first)
        place = write_run(
            folder, name, settings, tables, _publisher(settings, tables, name, progress) if draw else None
        )
    if not quiet:
        print_summary(settings, tables)
        say("Tables: {tables}", tables=place)
        say("Maps: {maps}", maps=folder / "maps" / name)


def _publisher(settings: "Settings", tables: "Tables", name: str, progress: "Progress") -> Callable[[Path], object]:
    from catchment.reports import publish

    return lambda maps: publish(settings, tables, maps, run=name, progress=progress)


def _known_step(step: str) -> None:
    if step not in STEP_NAMES:
        from catchment.errors import SettingsError, problem

        raise SettingsError(
            problem("there is no step {step}", "use one of {known}", step=step, known=", ".join(STEP_NAMES))
        )


def _tables_before(folder: Path, settings: "Settings", name: str, first: str) -> "Tables":
    """The tables of a run, if the steps before `first` would give them again.

    Raises InputError if an input or a setting that those steps use has changed since.
    """
    from catchment.errors import InputError, problem
    from catchment.pipeline import changed_before
    from catchment.runs import input_hashes, read_run, settings_of

    found = read_run(folder, name)
    inputs = {path for path, _ in set(input_hashes(folder, settings).items()) ^ set(found.manifest["inputs"].items())}
    changed = sorted(inputs) + changed_before(first, found.manifest["settings"], settings_of(settings))
    if changed:
        what = problem(
            "inputs or settings changed since the run {run}", "run it whole, without --from", rows=changed, run=name
        )
        raise InputError(what)
    return found.tables


def _step_command(step: str, table: str, help_text: str) -> None:
    """A verb of its own for one step: run up to it and show its table; nothing is written."""

    def command(folder: Study = Path(), quiet: Quiet = False) -> None:
        tables = run_until(folder, quiet=quiet, last=step)
        if not quiet:
            print_table(table, tables[table])

    command.__doc__ = help_text
    app.command(step, epilog=f"Example: catchment {step} luoding")(command)


for _step, _table, _help in (
    ("network", "units", "Join cells and schools to the roads, and show the planning units."),
    ("demand", "balance", "Count children by unit, and show seats against children by area."),
    ("costs", "distances", "Measure ways to school, and show how far children live from the nearest one."),
    ("assignment", "unplaced", "Assign children to schools within their seats, and show who has none."),
    ("findings", "findings", "Test the rules, and show what was found."),
):
    _step_command(_step, _table, _help)


@app.command(epilog="Example: catchment forecast luoding")
def forecast(folder: Study = Path(), quiet: Quiet = False) -> None:
    """Forecast pupils by school and grade, and show the county's with their intervals."""
    settings, tables = settings_of(folder), run_until(folder, quiet=quiet, last="forecast")
    if not quiet:
        print_forecast(settings, tables)


@app.command(epilog="Example: catchment publish luoding --to luoding-2026")
def publish(
    folder: Study = Path(),
    name: RunName = "main",
    to: Annotated[
        Path | None, typer.Option(help="Folder of files for the public: small counts withheld, nothing personal.")
    ] = None,
    earlier: Annotated[
        list[Path] | None, typer.Option(help="Folder of an earlier publication to compare with; may be given again.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write new files for the public from a run (--to); without it, draw the run's own maps and workbook again."""
    from catchment.runs import read_run, write_run

    settings, found = settings_of(folder), read_run(folder, name)
    with progress_bar(quiet=quiet) as progress:
        if to is None:
            write_run(folder, name, settings, found.tables, _publisher(settings, found.tables, name, progress))
            return
        from catchment.publication import publish_public

        manifest = publish_public(settings, found, to, earlier=earlier or (), progress=progress)
    if not quiet:
        say_drafts(settings, found.tables)
        print_publication(manifest)
        say("Files for the public: {folder}", folder=to)


@app.command(epilog="Example: catchment compare before after luoding")
def compare(
    first: Annotated[str, typer.Argument(help="A run.")],
    second: Annotated[str, typer.Argument(help="Another run.")],
    folder: Study = Path(),
) -> None:
    """Tell what differs between two runs: settings, inputs, and rows of every table."""
    from catchment.compare import compare_runs
    from catchment.runs import read_run

    for line in compare_runs(read_run(folder, first), read_run(folder, second), language_of_user()):
        print(line)


@app.command(epilog="Example: catchment trace zones/primary/2144381001/children luoding")
def trace(
    address: Annotated[str, typer.Argument(help="Id of a figure, as the workbook shows it.", metavar="ID")],
    folder: Study = Path(),
    name: RunName = "main",
) -> None:
    """Tell where a figure of a run comes from: its formula, the rows it rests on, and the files with their hashes."""
    from catchment.runs import read_run
    from catchment.tracing import trace as lines_of

    for line in lines_of(settings_of(folder), read_run(folder, name), address, language_of_user()):
        print(line)
