"""The application, and what several of its commands take: the study, the run, silence."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catchment.terminal import progress_bar

if TYPE_CHECKING:
    from catchment.settings import Settings
    from catchment.study import Tables

app = typer.Typer(
    name="catchment", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False
)

Study = Annotated[Path, typer.Argument(help="Folder of the study (with study.toml).", metavar="STUDY")]
RunName = Annotated[str, typer.Option("--run", help="Name of the run folder.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary.")]


@app.callback()
def catchment() -> None:
    """School-seat forecasts, attendance zones, compliance and construction plans for a county.

    A study is a folder with a study.toml and its files in data/raw. Everything starts with
    `catchment new` (a study of your own) or `catchment demo` (Luoding, invented values), then
    `catchment run`.
    """


def settings_of(folder: Path) -> "Settings":
    """The settings of a study."""
    from catchment.settings import read_settings

    return read_settings(folder)


def run_until(folder: Path, *, quiet: bool, last: str) -> "Tables":
    """The tables of a study after its steps up to `last`; nothing is written."""
    from catchment.pipeline import run_steps

    settings = settings_of(folder)
    with progress_bar(quiet=quiet) as progress:
        return run_steps(folder, settings, {}, progress, last=last)
