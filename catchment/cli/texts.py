"""Zones in words."""

from pathlib import Path
from typing import Annotated

import typer

from catchment.cli.options import Quiet, RunName, Study, app, settings_of


@app.command(epilog="Example: catchment text luoding --check maps/main/zone_texts.xlsx")
def text(
    folder: Study = Path(),
    check: Annotated[
        Path | None, typer.Option(help="Workbook of texts, perhaps edited by hand, to prove instead.")
    ] = None,
    name: RunName = "main",
    quiet: Quiet = False,
) -> None:
    """Tell how a run's zones are put into words, and prove that words and zones say the same; exit code 1 if something is left.

    The texts are in maps/RUN/zone_texts.xlsx, with the annex of numbered points and what does not fit.
    """
    from catchment.read.zone_texts import read_zone_texts
    from catchment.runs import read_run
    from catchment.terminal import print_text_findings, print_texts
    from catchment.zone_text import Proof, prove

    settings, tables = settings_of(folder), read_run(folder, name).tables
    if check is not None:
        texts, points = read_zone_texts(check)
        proof = prove(texts, {**tables, "zone_text_points": points}, settings)
    else:
        proof = Proof(tables["zone_text_proof"], tables["zone_texts"])
        if not quiet:
            print_texts(tables)
    left = proof.left(settings.zone_text.tolerance_children)
    if not quiet:
        print_text_findings(proof.agreement, left)
    if len(left):
        raise typer.Exit(1)
