"""The command line: parse, call, print. Heavy imports happen inside the commands."""

import sys
import traceback
from types import TracebackType

import typer.main

# In the order in which their commands are listed.
# isort: off
from catchment.cli import making, line, zones, texts, plan, inquiries, places, documents, ledger, lottery

# isort: on
from catchment.cli.line import STEP_NAMES
from catchment.cli.options import app
from catchment.errors import CatchmentError
from catchment.locale import language_of_user, translate

app.add_typer(ledger.app, name="ledger")
app.add_typer(lottery.app, name="lottery")

__all__ = [
    "STEP_NAMES",
    "app",
    "documents",
    "inquiries",
    "ledger",
    "line",
    "lottery",
    "main",
    "making",
    "places",
    "plan",
    "texts",
    "zones",
]


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
