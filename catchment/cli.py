"""The command line: parse, call, print. Heavy imports happen inside the commands."""

import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

import typer
import typer.main

from catchment.errors import CatchmentError
from catchment.ledger.commands import app as ledger_app
from catchment.locale import language_of_user, translate
from catchment.terminal import (
    print_findings,
    print_forecast,
    print_quota,
    print_scores,
    print_set_aside,
    print_summary,
    print_table,
    progress_bar,
    say,
)

if TYPE_CHECKING:
    from catchment.pipeline import Progress
    from catchment.settings import Settings
    from catchment.study import Tables

app = typer.Typer(
    name="catchment", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False
)
app.add_typer(ledger_app, name="ledger")

Study = Annotated[Path, typer.Argument(help="Folder of the study (with study.toml).", metavar="STUDY")]
RunName = Annotated[str, typer.Option("--run", help="Name of the run folder.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary.")]
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
)


def main() -> None:
    """Run the command line: exit code 2 and a message for a user's mistake, a traceback only for a bug of ours."""
    sys.excepthook = tell_bug
    try:
        typer.main.get_command(app)()  # not app(): that would put its own hook over ours
    except CatchmentError as error:
        print(error.text(language_of_user()), file=sys.stderr)
        sys.exit(2)


def tell_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The last door: what comes here is no mistake of the user's."""
    traceback.print_exception(kind, error, trace)
    words = translate(
        "This is a bug in catchment, not in your files: please report the lines above.", language_of_user()
    )
    print(words, file=sys.stderr)


@app.callback()
def catchment() -> None:
    """School-seat forecasts, attendance zones, compliance and construction plans for a county.

    A study is a folder with a study.toml and its files in data/raw. Everything starts with
    `catchment new` (a study of your own) or `catchment demo` (Luoding, invented values), then
    `catchment run`.
    """


def _settings(folder: Path) -> "Settings":
    from catchment.settings import read_settings

    return read_settings(folder)


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
    """Write an empty workbook of every file that a study may have: headings, notes, lists to choose from."""
    from catchment.templates import write_templates

    for path in write_templates(folder, language or language_of_user()):
        print(path)


@app.command(epilog="Example: catchment demo luoding")
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder to write study.toml and data/raw into.")] = Path(),
) -> None:
    """Write the demonstration study: Luoding, its public facts and invented values, the same bytes every time."""
    from catchment.demo import write_demo

    for path in write_demo(folder):
        print(path)


@app.command(epilog="Example: catchment check luoding")
def check(folder: Study = Path(), quiet: Quiet = False) -> None:
    """Read all files of a study and tell every problem at once.

    A study of past pupils alone (for `catchment backtest`) is checked as far as it goes.
    """
    from catchment.settings import for_history_only
    from catchment.study import read_history

    settings = _settings(folder)
    if for_history_only(settings):
        tables = read_history(folder, settings)
    else:
        tables = _run_steps(folder, quiet=quiet, last="check")
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

    settings = _settings(folder)
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


def _run_steps(folder: Path, *, quiet: bool, last: str) -> "Tables":
    from catchment.pipeline import run_steps

    settings = _settings(folder)
    with progress_bar(quiet=quiet) as progress:
        return run_steps(folder, settings, {}, progress, last=last)


def _step_command(step: str, table: str, help_text: str) -> None:
    """A verb of its own for one step: run up to it and show its table; nothing is written."""

    def command(folder: Study = Path(), quiet: Quiet = False) -> None:
        tables = _run_steps(folder, quiet=quiet, last=step)
        if not quiet:
            print_table(table, tables[table])

    command.__doc__ = help_text
    app.command(step, epilog=f"Example: catchment {step} luoding")(command)


for _step, _table, _help in (
    ("network", "units", "Join cells and schools to the roads, and show the planning units."),
    ("demand", "balance", "Count children by unit, and show seats against children by area."),
    ("costs", "distances", "Measure ways to school, and show how far children live from the nearest one."),
    ("assignment", "unplaced", "Assign children to schools within their seats, and show who has none."),
    ("zones", "zones", "Draw attendance zones."),
    ("findings", "findings", "Test the rules, and show what was found."),
    ("ranking", "ranking", "Rank the candidate projects."),
    ("plan", "plan_years", "Choose projects by year within the budgets."),
):
    _step_command(_step, _table, _help)


@app.command(epilog="Example: catchment forecast luoding")
def forecast(folder: Study = Path(), quiet: Quiet = False) -> None:
    """Forecast pupils by school and grade, and show the county's with their intervals."""
    settings, tables = _settings(folder), _run_steps(folder, quiet=quiet, last="forecast")
    if not quiet:
        print_forecast(settings, tables)


@app.command(epilog="Example: catchment backtest luoding")
def backtest(
    folder: Study = Path(),
    name: RunName = "backtest",
    years: Annotated[int, typer.Option(help="Years ahead.", min=1, max=15)] = 5,
    quiet: Quiet = False,
) -> None:
    """Make the forecast again from every past autumn, and tell how wrong it was, beside plain rivals.

    Needs only enrolment of past years (sources.enrolment), and births where there are any. Writes tables into
    data/processed/RUN, pictures and a workbook into maps/RUN.
    """
    from catchment.pipeline import backtest_study
    from catchment.reports.backtest import publish_backtest
    from catchment.runs import write_run

    settings = _settings(folder)
    with progress_bar(quiet=quiet) as progress:
        result, read = backtest_study(folder, settings, years, progress)
        tables = {"backtest": result.scores, "backtest_errors": result.errors, **read}
        place = write_run(
            folder, name, settings, tables, lambda maps: publish_backtest(result, settings, maps, run=name)
        )
    if not quiet:
        print_set_aside(read["set_aside"])
        print_scores(result)
        say("Tables: {tables}", tables=place)
        say("Maps: {maps}", maps=folder / "maps" / name)


@app.command(epilog="Example: catchment rules luoding")
def rules(folder: Study = Path(), name: RunName = "rules", quiet: Quiet = False) -> None:
    """Test every rule of the study's rule set, and of those beside it, on today's schools, classes and rates.

    Writes tables into data/processed/RUN; the findings, where the sets differ, and what would cure each school into
    maps/RUN/rules.xlsx; and a page for every school (逐校检查) into maps/RUN/schools.pdf. Zones are tested by `catchment run`.
    """
    from catchment.pipeline import rules_of
    from catchment.reports.compliance import publish_compliance
    from catchment.runs import write_run

    settings = _settings(folder)
    told = rules_of(settings, _run_steps(folder, quiet=quiet, last="check"))
    found = {table: told[table] for table in ("findings", "remedies")}
    write_run(folder, name, settings, found, lambda maps: publish_compliance(settings, told, maps, run=name))
    if not quiet:
        print_findings(settings, told)
        say("Maps: {maps}", maps=folder / "maps" / name)


@app.command(epilog="Example: catchment allocation luoding")
def allocation(folder: Study = Path(), name: RunName = "allocation", quiet: Quiet = False) -> None:
    """Test whether pupils follow the children of the zones and the seats: today, next autumn's entrants, and in the plan.

    Writes tables into data/processed/RUN; a funnel, a map of each stage and a workbook into maps/RUN.
    """
    from catchment.pipeline import allocation_of
    from catchment.reports.allocation import publish_allocation, worded_tests
    from catchment.runs import write_run

    settings, tables = _settings(folder), _run_steps(folder, quiet=quiet, last="zones")
    found = allocation_of(settings, tables)
    write_run(
        folder, name, settings, found, lambda maps: publish_allocation(settings, {**tables, **found}, maps, run=name)
    )
    if not quiet:
        for row in worded_tests(found["allocation_tests"], language_of_user()).itertuples():
            print(f"{row.stage} · {row.case} · {row.basis} · {row.level}: {row.words}")
        say("Maps: {maps}", maps=folder / "maps" / name)


@app.command(epilog="Example: catchment admission luoding")
def admission(folder: Study = Path(), name: RunName = "admission", quiet: Quiet = False) -> None:
    """Simulate the order of admission on the places offered: who is admitted where, who is diverted, who has no place.

    Needs sources.applicants (numbers, no names) and sources.places. Lots can be checked again by anybody
    (docs/method/allocation.md).
    """
    from catchment.errors import SettingsError, problem
    from catchment.pipeline import admission_of
    from catchment.reports.allocation import publish_admission
    from catchment.runs import write_run

    settings = _settings(folder)
    if settings.sources.applicants is None or settings.sources.places is None:
        what, remedy = "{key} is missing", "name the files of the applicants and of the places"
        raise SettingsError(problem(what, remedy, where="study.toml", key="sources.applicants, sources.places"))
    tables = _run_steps(folder, quiet=quiet, last="costs")
    found = admission_of(settings, tables)
    kept = {**found, "places": tables["places"]}
    write_run(
        folder, name, settings, kept, lambda maps: publish_admission(settings, {**tables, **found}, maps, run=name)
    )
    if not quiet:
        print_table("intakes", found["intakes"])
        say("Maps: {maps}", maps=folder / "maps" / name)


@app.command(epilog="Example: catchment quota luoding")
def quota(folder: Study = Path(), name: RunName = "quota", quiet: Quiet = False) -> None:
    """Share the places of senior schools out to the junior schools (指标到校), by a named exact method.

    The senior schools, the tilt and the method stand in [quota] of study.toml. Tells too how many graduates
    more or fewer would move a place. Writes quota.xlsx, quota.png and quota.pdf into maps/RUN.
    """
    from catchment.pipeline import quota_of
    from catchment.reports.quota import publish_quota
    from catchment.runs import write_run

    settings, tables = _settings(folder), _run_steps(folder, quiet=quiet, last="forecast")
    found = quota_of(settings, tables)
    write_run(folder, name, settings, found, lambda maps: publish_quota(settings, {**tables, **found}, maps, run=name))
    if not quiet:
        print_table("quota", found["quota"])
        print_table("quota_changes", found["quota_changes"])
        print_quota(settings, found["quota"], tables["schools"])
        say("Maps: {maps}", maps=folder / "maps" / name)


@app.command(epilog="Example: catchment clusters luoding --last clusters_2025")
def clusters(
    folder: Study = Path(),
    name: RunName = "clusters",
    last: Annotated[str, typer.Option("--last", help="Run that holds last year's clusters.")] = "",
    quiet: Quiet = False,
) -> None:
    """Gather schools into clusters (学区) round lead schools, exactly.

    The rules stand in [clusters] of study.toml. Writes maps/RUN/clusters.xlsx, clusters.png and clusters.pdf.
    """
    from catchment.errors import InputError, problem
    from catchment.pipeline import clusters_of
    from catchment.reports.clusters import cluster_pages, draw_clusters
    from catchment.reports.workbook import write_pages
    from catchment.runs import read_run, write_run

    settings, before = _settings(folder), read_run(folder, last).tables if last else {}
    if last and "clusters" not in before:
        what, remedy = "run {run} holds no clusters", "name a run of `catchment clusters`"
        raise InputError(problem(what, remedy, run=last))
    tables = _run_steps(folder, quiet=quiet, last="forecast")
    found = clusters_of(folder, settings, tables, before.get("clusters"))
    seen = {**tables, **found}

    def draw(maps: Path) -> None:
        write_pages(cluster_pages(seen, settings.study.language), settings, maps / "clusters.xlsx", name)
        draw_clusters(settings, seen, maps, run=name)

    write_run(folder, name, settings, found, draw)
    if not quiet:
        print_table("cluster_totals", found["cluster_totals"])
        print_table("cluster_quality", found["cluster_quality"])
        say("Maps: {maps}", maps=folder / "maps" / name)


@app.command(epilog="Example: catchment publish luoding --run main")
def publish(folder: Study = Path(), name: RunName = "main", quiet: Quiet = False) -> None:
    """Draw the maps and write the workbook of a run again."""
    from catchment.runs import read_run, write_run

    settings, found = _settings(folder), read_run(folder, name)
    with progress_bar(quiet=quiet) as progress:
        write_run(folder, name, settings, found.tables, _publisher(settings, found.tables, name, progress))


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
    from catchment.pipeline import write_ways
    from catchment.runs import read_run

    for line in write_ways(folder, _settings(folder), read_run(folder, name).tables, cell, school, to):
        print(line)


@app.command(epilog="Example: catchment fetch luoding --bbox 111.4,22.6,111.7,22.9")
def fetch(
    folder: Annotated[Path, typer.Argument(help="Folder of the study.")],
    place: Annotated[str | None, typer.Option(help="Place name, as OpenStreetMap knows it.")] = None,
    bbox: Annotated[str | None, typer.Option(help="West,south,east,north in degrees.")] = None,
) -> None:
    """Download roads through osmnx into data/raw/roads.graphml, with the time and hash of the extract (needs the internet)."""
    from catchment.read.fetch import fetch_roads

    print(fetch_roads(folder, place=place, bbox=bbox))
