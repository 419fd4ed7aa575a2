"""The verbs `catchment lottery …`: what is published before lots are drawn, and what proves them afterwards."""

from pathlib import Path
from typing import Annotated

import typer

from catchment.cli.options import Study, settings_of
from catchment.terminal import say

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback(epilog="Example: catchment lottery commit luoding")
def lottery() -> None:
    """Bind the lots of zones of several schools (随机派位) beforehand, and check them again; `catchment admission` draws them."""


@app.command(epilog="Example: catchment lottery commit luoding")
def commit(folder: Study = Path()) -> None:
    """Tell the hashes of the seed text and of the closed list: publish them before the seed text is known."""
    from catchment.lottery import commit as bind
    from catchment.lottery import entered, shared
    from catchment.read.applicants import read_applicants, read_places

    settings = settings_of(folder)
    applicants, places = settings.sources.told("applicants"), settings.sources.told("places")
    lots = shared(read_places(folder / places.path).table)
    list_ = entered(read_applicants(folder / applicants.path).table, lots)
    bound = bind(settings.admission.seed_text, list_)
    say("{count} applications enter the lottery", count=len(list_))
    say("hash of the seed text: {seed}", seed=bound.seed_hash)
    say("hash of the list: {list}", list=bound.list_hash)


@app.command(epilog="Example: catchment lottery check luoding --seed-hash 3d69… --list-hash 9b1c…")
def check(
    folder: Study = Path(),
    *,
    seed_hash: Annotated[str, typer.Option(help="Hash of the seed text, as it was published.")],
    list_hash: Annotated[str, typer.Option(help="Hash of the list, as it was published.")],
    name: Annotated[str, typer.Option("--run", help="Run of `catchment admission`.")] = "admission",
) -> None:
    """Work out the lots of a run again from its list and seed text, and hold them to what was published beforehand."""
    from catchment.errors import InputError
    from catchment.lottery import Commitment, recheck, shared
    from catchment.runs import read_run

    settings, tables = settings_of(folder), read_run(folder, name).tables
    wrong = recheck(
        tables["lottery"], shared(tables["places"]), seed_text=settings.admission.seed_text,
        committed=Commitment(seed_hash, list_hash), rule=settings.admission.lottery,
    )  # fmt: skip
    if wrong:
        raise InputError(wrong)
    say("the lottery is proved: {count} tickets, their order and their schools", count=len(tables["lottery"]))
