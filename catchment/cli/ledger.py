"""The verbs `catchment ledger …`: parse, call, print. Heavy imports happen inside the commands."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catchment.cli.options import Study, settings_of
from catchment.locale import language_of_user
from catchment.terminal import print_table, say

if TYPE_CHECKING:
    import pandas as pd

    from catchment.ledger.lifecycle import Entry, Mark
    from catchment.ledger.store import Ledger
    from catchment.runs import Run
    from catchment.settings import Settings

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

EntryId = Annotated[str, typer.Argument(help="Entry: school/stage/entry year/class number.", metavar="ENTRY")]
By = Annotated[str, typer.Option("--by", help="Who makes the change: a post or an office.")]
Version = Annotated[
    int | None, typer.Option("--version", help="Refuse if the entry is no longer this version (see `ledger show`).")
]
CAUSES = "more_pupils_in_zone, transfers_in, too_few_rooms, too_few_teachers, other"
MEASURES = "new_class, extension, diversion, zone_change, limit_transfers, other"
"""As in tables/ledger.py, which is too heavy to be imported for help."""
COLUMNS = [
    "entry_id", "state", "grade", "pupils", "standard", "excess_pupils", "tier", "opened_on", "days_open", "relapses",
    "fell_unasked", "measure", "responsible", "due_on", "exception", "version",
]  # fmt: skip


@app.callback(epilog="Example: catchment ledger update luoding --by 教育局基教股")
def ledger() -> None:
    """Keep the ledger of oversized classes (大班额台账): enter, remedy, write off, watch for relapse.

    Kept in data/processed/ledger.db of the study, or where [ledger] url of study.toml says.
    """


@app.command(epilog="Example: catchment ledger update luoding --by 教育局基教股")
def update(
    folder: Study = Path(),
    *,
    by: By,
    correction: Annotated[bool, typer.Option(help="The latest return replaces the one recorded for its date.")] = False,
    until: Annotated[str, typer.Option(help="Record no return of a later day than this (YYYY-MM-DD).")] = "9999-12-31",
) -> None:
    """Record every class return of the study that is not in the ledger yet, the oldest first."""
    from catchment.ledger.lifecycle import limits_of
    from catchment.ledger.snapshots import record
    from catchment.rules import rules_in_force

    settings = settings_of(folder)
    classes = _classes(folder, settings)
    classes = classes[classes["snapshot"] <= until]
    if classes.empty:
        say("no return is as early as {until}", until=until)
        return
    latest = max(classes["snapshot"])
    with _open(folder, settings) as kept:
        for day, rows in classes.groupby("snapshot", sort=True):
            limits = limits_of(rules_in_force(settings.rules, date.fromisoformat(str(day)), ()))
            done = record(kept, rows, limits, _mark(by), correction=correction and day == latest)
            if not done.happened:
                say("{snapshot}: nothing new", snapshot=day)
            for what, count in done.happened.items():
                say("{snapshot}: {what}: {count}", snapshot=day, what=_word(what), count=count)


@app.command(epilog="Example: catchment ledger show luoding")
def show(
    folder: Study = Path(),
    *,
    every: Annotated[bool, typer.Option("--all", help="Written-off and closed entries too.")] = False,
) -> None:
    """Show what stands on the ledger, the largest excess first."""
    import pandas as pd

    from catchment.ledger.export import ledger_tables
    from catchment.tables.ledger import OPEN_STATES

    with _open(folder, settings_of(folder)) as kept:
        table = ledger_tables(kept, on=_today())["ledger"]
    for state, count in table["state"].value_counts().sort_index().items():
        say("{state}: {count} entries", state=_word(str(state)), count=count)
    rows = table if every else table[table["state"].isin(OPEN_STATES)]
    ordered = rows.sort_values(["excess_pupils", "entry_id"], ascending=[False, True])
    shown = ordered[COLUMNS].astype(object)
    for column in ("state", "tier", "measure"):
        shown[column] = [None if pd.isna(code) else _word(str(code)) for code in shown[column]]
    print_table("ledger", shown.where(shown.notna(), ""), rows=len(rows))


@app.command(epilog="Example: catchment ledger plan 2144000001/primary/2021/3 --cause too_few_rooms --by 基教股")
def plan(
    entry: EntryId,
    folder: Study = Path(),
    *,
    cause: Annotated[str | None, typer.Option(help=f"Why the class is too large: {', '.join(CAUSES)}.")] = None,
    measure: Annotated[str | None, typer.Option(help=f"What is done: {', '.join(MEASURES)}.")] = None,
    project: Annotated[str | None, typer.Option(help="Construction project that it waits for.")] = None,
    responsible: Annotated[str | None, typer.Option(help="Office or post that answers for it.")] = None,
    due: Annotated[str | None, typer.Option(help="Planned day of the write-off, YYYY-MM-DD.")] = None,
    by: By,
    version: Version = None,
) -> None:
    """Plan the remedy of an entry; what is not given stays as it is."""
    from catchment.ledger import steps

    remedy = steps.Remedy(cause, measure, project, responsible, due)
    with _open(folder, settings_of(folder)) as kept:
        _tell(steps.plan(kept, entry, _mark(by, version), remedy))


@app.command(
    epilog="Example: catchment ledger ask 2144000001/primary/2021/3 --evidence 分班方案〔2026〕3号 --by 校长室"
)
def ask(
    entry: EntryId,
    folder: Study = Path(),
    *,
    evidence: Annotated[str, typer.Option(help="What shows that the class is within the standard.")],
    on: Annotated[str, typer.Option(help="Day of a request made on paper, YYYY-MM-DD; today unless given.")] = "",
    by: By,
    version: Version = None,
) -> None:
    """Ask for the write-off of an entry; the next return verifies it or turns it down."""
    from catchment.ledger import steps

    with _open(folder, settings_of(folder)) as kept:
        _tell(steps.ask(kept, entry, _mark(by, version), evidence=evidence, on=on))


@app.command(epilog="Example: catchment ledger exempt 2144000001/primary/2021/3 --reason 随迁子女集中 --by 基教股")
def exempt(
    entry: EntryId,
    folder: Study = Path(),
    *,
    reason: Annotated[str, typer.Option(help="Why it is excepted; empty takes the exception back.")],
    by: By,
    version: Version = None,
) -> None:
    """Note an exception; the class stays in every count."""
    from catchment.ledger import steps

    with _open(folder, settings_of(folder)) as kept:
        _tell(steps.exempt(kept, entry, _mark(by, version), reason=reason))


@app.command(epilog="Example: catchment ledger remark 2144000001/primary/2021/3 --text 教学楼9月交付 --by 基教股")
def remark(
    entry: EntryId,
    folder: Study = Path(),
    *,
    text: Annotated[str, typer.Option(help="What a reader must know; replaces what stood there.")],
    by: By,
    version: Version = None,
) -> None:
    """Write a remark into an entry."""
    from catchment.ledger import steps

    with _open(folder, settings_of(folder)) as kept:
        _tell(steps.remark(kept, entry, _mark(by, version), text=text))


@app.command(epilog="Example: catchment ledger visit 2144000001/primary/2021/3 --by 督导室")
def visit(entry: EntryId, folder: Study = Path(), *, by: By, version: Version = None) -> None:
    """Confirm on site a write-off that a return has verified."""
    from catchment.ledger import steps

    with _open(folder, settings_of(folder)) as kept:
        _tell(steps.visit(kept, entry, _mark(by, version)))


@app.command("close", epilog="Example: catchment ledger close 2144000001/primary/2021/3 --as merged --by 基教股")
def name_closing(
    entry: EntryId,
    folder: Study = Path(),
    *,
    closing: Annotated[str, typer.Option("--as", help="merged, split or not_in_return.")],
    by: By,
    version: Version = None,
) -> None:
    """Say what became of a class that is no longer in the returns; it is no success."""
    from catchment.ledger import steps

    with _open(folder, settings_of(folder)) as kept:
        _tell(steps.name_closing(kept, entry, _mark(by, version), closing=closing))


@app.command(epilog="Example: catchment ledger history 2144000001/primary/2021/3 luoding")
def history(entry: EntryId, folder: Study = Path()) -> None:
    """Show every change of an entry."""
    from catchment.ledger.export import history_table

    with _open(folder, settings_of(folder)) as kept, kept.reading() as reader:
        rows = history_table(reader.history(entry_id=entry))
    shown = rows.drop(columns=["entry_id", "hash"]).astype(object)
    print_table("ledger_history", shown.where(shown.notna(), ""), rows=len(rows))


@app.command(epilog="Example: catchment ledger check luoding --head 3f0c…")
def check(
    folder: Study = Path(),
    *,
    head: Annotated[str, typer.Option(help="A head that was printed before: the chain must pass through it.")] = "",
) -> None:
    """Verify the ledger: chain, entries and returns; print the head of the chain, to be kept elsewhere."""
    from catchment.errors import InputError
    from catchment.ledger.checking import verify

    with _open(folder, settings_of(folder)) as kept:
        found, end = verify(kept, known=head)
    if found:
        raise InputError(found)
    say("The ledger is whole: {count} changes, head {head}", count=end.sequence, head=end.hash)


@app.command(epilog="Example: catchment ledger export luoding")
def export(
    folder: Study = Path(),
    *,
    run: Annotated[str, typer.Option(help="Run that tells the names and rooms of the schools.")] = "main",
) -> None:
    """Write the ledger as a workbook into maps/ledger, and as tables into data/processed/ledger."""
    from catchment.ledger.export import ledger_tables
    from catchment.reports.ledger import ledger_pages
    from catchment.reports.workbook import write_pages
    from catchment.runs import write_run
    from catchment.tables import SCHOOLS

    settings, found = settings_of(folder), _run(folder, run)
    schools = SCHOOLS.empty() if found is None else found.tables["schools"]
    known = schools.dropna(subset="rooms")
    rooms = {(row.school_id, row.stage): int(row.rooms) for row in known.itertuples()}
    with _open(folder, settings) as kept:
        tables = ledger_tables(kept, on=_today(), rooms=rooms)
    if found is not None:
        schools = schools.assign(area=schools["area_id"].map(found.tables["areas"].set_index("area_id")["name"]))
    pages = ledger_pages(tables, schools, settings.study.language)
    write_run(
        folder, "ledger", settings, tables, lambda maps: write_pages(pages, settings, maps / "ledger.xlsx", "ledger")
    )
    say("Maps: {maps}", maps=folder / "maps" / "ledger")


def _run(folder: Path, name: str) -> "Run | None":
    """A run of the study, if it has been made."""
    from catchment.runs import places, read_run

    if (places(folder, name)[0] / "run.toml").exists():
        return read_run(folder, name)
    say("There is no run {run}: schools are shown by their codes, without rooms", run=name)
    return None


def _open(folder: Path, settings: "Settings") -> "Ledger":
    from catchment.ledger.store import open_ledger

    url = settings.ledger.url
    return open_ledger(url or f"sqlite:///{folder / 'data' / 'processed' / 'ledger.db'}")


def _classes(folder: Path, settings: "Settings") -> "pd.DataFrame":
    """The class returns of a study; raises SettingsError if it names none, InputError telling what is wrong in them."""
    from catchment.read.classes import read_classes

    return read_classes(folder / settings.sources.told("classes").path).table


def _mark(by: str, version: int | None = None) -> "Mark":
    from catchment.ledger.lifecycle import Mark

    return Mark(by, datetime.now(tz=UTC).astimezone(), version)


def _today() -> str:
    return datetime.now(tz=UTC).astimezone().date().isoformat()


def _tell(entry: "Entry") -> None:
    say("{entry}: {state} (version {version})", entry=entry.entry_id, state=_word(entry.state), version=entry.version)


def _word(code: str) -> str:
    from catchment.reports.ledger import word_of

    return word_of(code, language_of_user())
