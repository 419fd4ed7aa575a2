"""Commands that ask one thing of a study and write a run of their own for the answer."""

from pathlib import Path
from typing import Annotated

import typer

from catchment.cli.options import Quiet, RunName, Study, app, run_until, settings_of
from catchment.locale import language_of_user
from catchment.terminal import (
    print_findings,
    print_quota,
    print_scores,
    print_set_aside,
    print_table,
    progress_bar,
    say,
)


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
    from catchment.inquiries import backtest_study
    from catchment.reports.backtest import publish_backtest
    from catchment.runs import write_run

    settings = settings_of(folder)
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
    from catchment.inquiries import rules_of
    from catchment.reports.compliance import publish_compliance
    from catchment.runs import write_run

    settings = settings_of(folder)
    told = rules_of(settings, run_until(folder, quiet=quiet, last="check"))
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
    from catchment.inquiries import allocation_of
    from catchment.reports.allocation import publish_allocation
    from catchment.reports.allocation_words import worded_tests
    from catchment.runs import write_run

    settings, tables = settings_of(folder), run_until(folder, quiet=quiet, last="zones")
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
    (`catchment lottery check`, docs/method/allocation.md).
    """
    from catchment.inquiries import admission_of
    from catchment.reports.allocation import publish_admission
    from catchment.runs import write_run

    settings = settings_of(folder)
    for needed in ("applicants", "places"):
        settings.sources.told(needed)
    tables = run_until(folder, quiet=quiet, last="costs")
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
    from catchment.inquiries import quota_of
    from catchment.reports.quota import publish_quota
    from catchment.runs import write_run

    settings, tables = settings_of(folder), run_until(folder, quiet=quiet, last="forecast")
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
    from catchment.inquiries import clusters_of
    from catchment.reports.clusters import cluster_pages, draw_clusters
    from catchment.reports.workbook import write_pages
    from catchment.runs import read_run, write_run

    settings, before = settings_of(folder), read_run(folder, last).tables if last else {}
    if last and "clusters" not in before:
        what, remedy = "run {run} holds no clusters", "name a run of `catchment clusters`"
        raise InputError(problem(what, remedy, run=last))
    tables = run_until(folder, quiet=quiet, last="forecast")
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
