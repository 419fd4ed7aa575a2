"""Write the documents that come from the code, and compile the catalogues; `--check` only says which are stale.

dictionary.md comes from catchment/tables, settings.md from catchment/settings, inputs.md from
catchment/read/headings.py, commands.md from the command line's own help, catchment.mo from catchment.po.
"""

import ast
import inspect
import io
import itertools
import re
import sys
from pathlib import Path

import typer.main
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.testing import CliRunner

from catchment import settings
from catchment.cli import app
from catchment.read.forms import FORMS
from catchment.tables import TABLES

DOCS = Path(__file__).parent
LOCALE = DOCS.parent / "catchment" / "locale"


def dictionary() -> str:
    """Every table, what a row is, its key and columns."""
    parts = [
        "# Data dictionary\n",
        "One Parquet file per table in `data/processed/<run>/`. Written by `make docs` from `catchment/tables`.\n",
        "Coordinates and lengths are in the study's projected system; shares are 0–1; absent is absent, never −1 or 9999.\n",
    ]
    for table in TABLES.values():
        key = ", ".join(f"`{name}`" for name in table.key)
        parts.append(
            f"\n## {table.name}\n\nA row is {table.row_is}. Key: {key}.{f' Geometry: {table.geometry}.' if table.geometry else ''}\n"
        )
        parts.append("| column | type | unit | meaning | limits |\n|---|---|---|---|---|")
        for column in table.columns:
            low, high = ("" if v is None else f"{v:g}" for v in (column.low, column.high))
            limits = " · ".join(filter(None, [", ".join(column.one_of), f"{low} … {high}" if low or high else ""]))
            kind = column.kind.replace("?", ", may be absent")
            parts.append(f"| `{column.name}` | {kind} | {column.unit} | {column.meaning} | {limits} |")
    return "\n".join(parts) + "\n"


INPUTS = """# Files of a study

Tables come as .xlsx, .xls or CSV (UTF-8 or GB18030). A heading may be spelt in any of the ways listed; capitals, spaces,
punctuation and units in brackets do not matter; headings may stand in several merged rows, below a title. Columns that
are not listed are not read, those about persons least of all. Totals (合计, 小计) and notes are left out and listed.
`catchment templates FOLDER` writes an empty workbook of each, with notes and lists to choose from.
Written by `make docs` from `catchment/read/headings.py`.

A year of pupils is an autumn: 2024, 2024-2025 and 2024—2025学年 are the same. `*`, 全市, 全县 or county as an area stand for
the whole county. In a file of past pupils a row without a number is set aside, never 0. Pupils may also stand in one
column for each grade (一年级, 二年级 …, or grade 1, grade 2 …; kindergarten is grade 0).

For `catchment backtest` past pupils are enough:

```toml
rules = "national_2017"

[study]
name = "甲县"
name_en = "A county"
base_year = 2024

[sources.enrolment]
path = "data/raw/enrolment.csv"
```

```csv
学校标识码,学段,秋季,年级,学生数
1001,小学,2019,一年级,90
```

Schools and surroundings may come out of the OSM file that gives the roads: `[sources.schools]` with `path = "osm"` and
`seats_if_unknown`; `surroundings = ["osm"]` under `[sources]` ([tags and what they prove](method/siting_test.md)). A layer of surroundings has columns
kind (类别), name (名称) and voltage_kv (电压).

With `[sources.births]` (path, basis) the entry grade follows births; with `[sources.schools]`, `[sources.areas]` and
`study.crs` each school follows those of its own township, else of the whole county.
"""


def inputs() -> str:
    """Every tabular file and its headings."""
    parts = [INPUTS]
    for name, (_, form) in FORMS.items():
        parts.append(f"\n## {name}\n\n| column | needed | holds | may be headed |\n|---|---|---|---|")
        for column in form.columns:
            needed = "yes" if column.needed and column.filled else "column only" if column.needed else "no"
            values = sorted({str(value) for value in column.words.values()})
            low, high = ("" if v is None else f"{v:g}" for v in (column.low, column.high))
            limits = f" {low} … {high}" if low or high else ""
            holds = f"{column.kind}{limits}{': ' + ', '.join(values) if values else ''}"
            parts.append(f"| `{column.name}` | {needed} | {holds} | {', '.join(column.spellings)} |")
    return "\n".join(parts) + "\n"


def field_notes(model: type[BaseModel]) -> dict[str, str]:
    """The text that stands under each field in the source."""
    body = ast.parse(inspect.getsource(model)).body[0].body  # type: ignore[attr-defined]
    notes = {}
    for field, note in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(note, ast.Expr) and isinstance(note.value, ast.Constant):
            notes[ast.unparse(field.target)] = str(note.value.value)
    return notes


def settings_page() -> str:
    """Every section and key of study.toml."""
    parts = [
        "# study.toml\n",
        "Every key; one that is not here is refused. Written by `make docs` from `catchment/settings`.\n",
    ]
    found = {
        value for value in vars(settings).values()
        if inspect.isclass(value) and issubclass(value, settings.Section) and value is not settings.Section
    }  # fmt: skip
    parts_of_the_file = ("study", "sources", "travel", "people", "zones", "rights", "notice", "publication")
    models = sorted(
        found, key=lambda m: (parts_of_the_file.index(m.__module__.split(".")[-1]), inspect.getsourcelines(m)[1])
    )
    for model in models:
        text = inspect.cleandoc(model.__doc__ or "") if model.__doc__ else ""
        parts.append(f"\n## {model.__name__}\n\n{text}\n\n| key | type | default | meaning |\n|---|---|---|---|")
        notes = {
            name: note for base in reversed(model.__mro__) if base in models for name, note in field_notes(base).items()
        }
        for name, field in model.model_fields.items():
            default = (
                "required"
                if field.default is PydanticUndefined and field.default_factory is None
                else repr(field.get_default(call_default_factory=True))
            )
            default = "its own defaults" if "(" in default and "Settings" in default else default
            kind = str(field.annotation if not inspect.isclass(field.annotation) else field.annotation.__name__)
            kind = re.sub(r"catchment\.settings\.\w+\.", "", kind.replace("typing.", "")).replace("|", "or")
            parts.append(f"| `{name}` | {kind} | `{default}` | {notes.get(name, '')} |")
    return "\n".join(parts) + "\n"


def commands() -> str:
    """The help of every command, as the terminal shows it."""
    parts = ["# Commands\n", "Written by `make docs` from the command line's own help.\n"]
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        parts.append(_help("##", name))
        parts += [_help("###", name, verb) for verb in getattr(command, "commands", {})]
    return "\n".join(parts) + "\n"


def _help(level: str, *names: str) -> str:
    runner = CliRunner(env={"COLUMNS": "100", "TERMINAL_WIDTH": "100"})
    help_text = runner.invoke(app, [*names, "--help"], prog_name="catchment").output
    return f"\n{level} {' '.join(names)}\n\n```\n{help_text.strip()}\n```"


def compiled(folder: Path) -> bytes:
    with (folder / "catchment.po").open("rb") as file:
        catalogue = read_po(file, locale=folder.parent.name)
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> None:
    pages = {
        DOCS / "dictionary.md": dictionary().encode(),
        DOCS / "inputs.md": inputs().encode(),
        DOCS / "settings.md": settings_page().encode(),
        DOCS / "commands.md": commands().encode(),
    }
    pages |= {po.with_suffix(".mo"): compiled(po.parent) for po in LOCALE.rglob("*.po")}
    stale = [path for path, content in pages.items() if not path.exists() or path.read_bytes() != content]
    if "--check" in sys.argv:
        sys.exit(f"stale, run `make docs`: {', '.join(p.name for p in stale)}" if stale else 0)
    for path in stale:
        path.write_bytes(pages[path])
        print(path)


main()
