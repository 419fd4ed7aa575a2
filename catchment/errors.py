"""What can go wrong, told so that the person at the desk can put it right.

CatchmentError
├── InputError        the files are wrong: every problem found, each with its place and its remedy
├── SettingsError     study.toml or a rule set is wrong
└── Infeasible        the rules leave no answer

Texts are kept as message ids with their values, and put into words (Chinese or English) only when
somebody is there to read them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from catchment.locale import translate


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what, where, in which rows, and what to do about it."""

    what: str
    remedy: str
    where: str = ""
    rows: tuple[str, ...] = ()
    values: tuple[tuple[str, object], ...] = field(default=())

    def text(self, language: str) -> str:
        values = dict(self.values)
        lines = [translate(self.what, language).format(**values)]
        if self.where:
            lines[0] = f"{self.where}: {lines[0]}"
        if self.rows:
            shown = ", ".join(self.rows[:10])
            more = len(self.rows) - 10
            if more > 0:
                shown += translate(" and {more} more", language).format(more=more)
            lines.append(translate("  rows: {rows}", language).format(rows=shown))
        remedy = translate(self.remedy, language).format(**values)
        lines.append(translate("  to do: {remedy}", language).format(remedy=remedy))
        return "\n".join(lines)


def problem(what: str, remedy: str, *, where: object = "", rows: Iterable[object] = (), **values: object) -> Problem:
    """Make a Problem; `what` and `remedy` are message ids, `values` fill their braces."""
    return Problem(
        what=what,
        remedy=remedy,
        where=str(where),
        rows=tuple(str(row) for row in rows),
        values=tuple(values.items()),
    )


class CatchmentError(Exception):
    """A user's mistake or an impossible wish: shown as a message, never as a traceback."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.text("en"))

    def text(self, language: str) -> str:
        return "\n".join(each.text(language) for each in self.problems)


class InputError(CatchmentError):
    """The input files cannot be used as they are."""


class SettingsError(CatchmentError):
    """The settings or a rule set cannot be used as they are."""


class Infeasible(CatchmentError):
    """The rules together leave no answer."""


class Problems:
    """Collects problems, so that all of them are told at once."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, what: str, remedy: str, *, where: object = "", rows: Iterable[object] = (), **values: object) -> None:
        self.found.append(problem(what, remedy, where=where, rows=rows, **values))

    def raise_any(self, error: type[CatchmentError] = InputError) -> None:
        if self.found:
            raise error(self.found)
