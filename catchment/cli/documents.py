"""Word and PDF documents of a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from catchment.cli.options import Quiet, RunName, Study, app, settings_of
from catchment.terminal import DEMONSTRATION, say

if TYPE_CHECKING:
    from catchment.documents.origin import Desk

Language = Annotated[str, typer.Option(help="Language of the documents, zh or en; the study's unless given.")]
To = Annotated[
    Path | None, typer.Option("--to", help="Folder to write into; maps/RUN/documents of the study unless given.")
]


@app.command(epilog="Example: catchment notice luoding --card 445381001-1851-8411")
def notice(
    folder: Study = Path(),
    name: RunName = "main",
    to: To = None,
    card: Annotated[str, typer.Option("--card", help="Write one page for this planning unit or cell instead: why this school.", metavar="UNIT_OR_CELL")] = "",
    last: Annotated[str, typer.Option("--last", help="Run whose zones are taken for the present ones in the change notice.")] = "",
    language: Language = "",
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Write the admission notice (招生通告) of a run with its maps, and the notice of changed zones.

    Fields stand in [notice] of study.toml; what is not filled in is a blank line, is listed, and makes the notice a draft.
    The notice of changes needs sources.present_zones, or --last.
    """
    from catchment.documents.writing import scopes_of, write_card, write_changes, write_notice
    from catchment.runs import read_run

    desk, place = _opened(folder, name, to, language)
    points: tuple[str, ...] = ()
    if card:
        files = write_card(desk, place, card)
    else:
        before = read_run(folder, last).tables["zones"] if last else None
        files, points = write_notice(desk, folder, place, scopes_of(desk))
        changed = write_changes(desk, place, before)
        files += changed
        if not changed and not quiet:
            say("No notice of changes: the present zones are not known (sources.present_zones, or --last).")
    if quiet:
        return
    if points:
        say("The notice is a draft. Still open:")
        for point in points:
            print(f"  - {point}")
    _told(desk, files)


@app.command(epilog="Example: catchment report luoding plan")
def report(
    folder: Study = Path(),
    kind: Annotated[Literal["plan", "demand", "compliance", "all"], typer.Argument(help="Which report.")] = "all",
    name: RunName = "main",
    to: To = None,
    language: Language = "",
    quiet: Quiet = False,
) -> None:
    """Write reports of a run as Word and PDF: the five-year plan, the seats needed, the rules kept and broken.

    If a run of `catchment backtest` is there, the report of seats needed tells its errors.
    """
    from catchment.documents.writing import KINDS, write_reports
    from catchment.runs import read_run

    if str(folder) in KINDS and not folder.exists():  # `catchment report plan` in the study's own folder
        folder, kind = Path(), cast('Literal["plan", "demand", "compliance"]', str(folder))
    desk, place = _opened(folder, name, to, language)
    measured = folder / "data" / "processed" / "backtest" / "run.toml"
    errors = read_run(folder, "backtest").tables["backtest"] if measured.exists() else None
    kinds = KINDS if kind == "all" else (kind,)
    files = list(write_reports(desk, place, kinds, errors))
    if not quiet:
        if "plan" in kinds and not any(file.stem == "plan" for file in files):
            say("No report of the plan: there is no plan (sources.projects, plan.budget_yuan).")
        _told(desk, files)


def _opened(folder: Path, name: str, to: Path | None, language: str) -> "tuple[Desk, Path]":
    """A run laid out for writing, and the folder for its documents."""
    from catchment.documents.origin import desk_of
    from catchment.errors import SettingsError, problem
    from catchment.locale import LANGUAGES
    from catchment.runs import read_run

    if language and language not in LANGUAGES:
        what = problem("there is no language {language}", "use one of {known}", language=language, known=", ".join(LANGUAGES))  # fmt: skip
        raise SettingsError(what)
    found = read_run(folder, name)
    place = to or folder / "maps" / name / "documents"
    place.mkdir(parents=True, exist_ok=True)
    return desk_of(found, settings_of(folder), language, folder / "maps" / name), place


def _told(desk: "Desk", files: list[Path]) -> None:
    if desk.settings.study.demonstration:
        say(DEMONSTRATION)
    for file in files:
        print(file)
