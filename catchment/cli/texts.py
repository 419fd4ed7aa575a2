"""Zones in words."""

from pathlib import Path
from typing import Annotated

import typer

from catchment.cli.options import Quiet, RunName, Study, app, settings_of
from catchment.terminal import progress_bar, say


@app.command(epilog="Example: catchment text luoding --check maps/main/zone_texts.xlsx")
def text(
    folder: Study = Path(),
    check: Annotated[
        Path | None, typer.Option(help="Workbook of texts, perhaps edited by hand, to prove instead.")
    ] = None,
    name: RunName = "main",
    quiet: Quiet = False,
) -> None:
    """Write a run's zones in words, read the words back and prove that they say the same; exit code 1 if something is left.

    Writes maps/RUN/zone_texts.xlsx: the texts, the annex of numbered points, and what does not fit.
    """
    from catchment.read.zone_texts import read_zone_texts
    from catchment.reports.zone_text import write_zone_texts
    from catchment.runs import places, read_run
    from catchment.terminal import print_text_findings, print_texts
    from catchment.zone_text import Proof, prove, write_texts

    settings, tables = settings_of(folder), read_run(folder, name).tables
    if check is not None:
        texts, points = read_zone_texts(check)
        proof = prove(texts, {**tables, "zone_text_points": points}, settings)
    else:
        with progress_bar(quiet=quiet) as progress:
            made = write_texts(tables, settings, settings.study.language, progress)
        proof = Proof(made["zone_text_proof"], made["zone_texts"])
        written = write_zone_texts(settings, {**tables, **made}, places(folder, name)[1], name)
        if not quiet:
            print_texts(made)
            say("Texts: {file}", file=written)
    left = proof.left(settings.zone_text.tolerance_children)
    if not quiet:
        print_text_findings(proof.agreement, left)
    if len(left):
        raise typer.Exit(1)
