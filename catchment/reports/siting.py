"""What the test of offered land says, for the workbook and for the terminal: verdicts with their evidence."""

from collections.abc import Iterator, Mapping

import pandas as pd

from catchment.locale import translate
from catchment.reports.page import STAGE, Columns, Page
from catchment.reports.words import CODES
from catchment.tables import SITE_VERDICTS

WORST_FIRST = SITE_VERDICTS[::-1]
SITES: Columns = (
    ("verdict", "Verdict", "text"), ("subject", "Measured", "text"), ("subject_id", "Id", "text"), ("name", "Name", "text"),
    ("ruled_out", "Tests that rule it out", "int"), ("failed", "Tests failed", "int"), ("unknown", "Tests not known", "int"),
    ("penalised", "Warnings", "int"), ("passed", "Tests passed", "int"), ("why", "Why", "text"),
)  # fmt: skip
SITE_TESTS: Columns = (
    ("verdict", "Verdict", "text"), ("subject", "Measured", "text"), ("subject_id", "Id", "text"), ("name", "Name", "text"),
    ("candidate_id", "Candidate code", "text"), ("test", "Test", "text"), ("effect", "If it is not passed", "text"), *STAGE,
    ("value", "Value", "number"), ("bound", "Limit is", "text"), ("limit", "Limit", "number"), ("unit", "Unit", "text"),
    ("classes", "Classes that the land carries", "int"), ("object", "Object that decides", "text"), ("object_id", "Object number", "text"),
    ("x_m", "Easting (m)", "int"), ("y_m", "Northing (m)", "int"), ("note", "Note", "text"), ("source", "Article", "text"),
)  # fmt: skip


def siting_pages(tables: Mapping[str, pd.DataFrame], language: str) -> list[Page]:
    """One sheet with a row per site, the worst first, and one with every test of it."""
    totals, tests = tables["siting_totals"], tables["siting"]
    order = ["order", "subject", "subject_id"]
    totals = totals.assign(
        order=totals["verdict"].map(WORST_FIRST.index),
        why=["\n".join(against(_rows_of(tests, row), language)) for row in totals.itertuples()],
    ).sort_values(order, kind="stable")
    tests = tests.merge(totals[["subject", "subject_id", "name"]], on=["subject", "subject_id"], how="left")
    tests = tests.assign(order=tests["verdict"].map(WORST_FIRST.index))
    tests = tests.sort_values(["subject", "subject_id", "order", "test", "effect"], kind="stable")
    return [
        Page("Sites", "Each parcel and project without one: what speaks against it", SITES, totals, "siting_totals"),
        Page("Site tests", "Every test of every site: what was measured, the object that decides and the article", SITE_TESTS, tests),
    ]  # fmt: skip


def site_lines(tables: Mapping[str, pd.DataFrame], language: str, subject_id: str = "") -> Iterator[str]:
    """Lines for a person about one site, or all of them, the worst first: verdict, what speaks against it, what is not known."""
    totals = tables["siting_totals"]
    totals = totals[totals["subject_id"] == subject_id] if subject_id else totals
    for row in (
        totals.assign(order=totals["verdict"].map(WORST_FIRST.index)).sort_values("order", kind="stable").itertuples()
    ):
        rows = _rows_of(tables["siting"], row)
        words = {name: _word(getattr(row, name), language) for name in ("subject", "verdict")}
        named = " ".join(filter(None, [row.subject_id, row.name]))
        yield translate("{subject} {name}: {verdict}", language).format(name=named, **words)
        yield from (
            "  " + line for line in (*against(rows, language), *_unknown(rows, language), *_carried(rows, language))
        )
        count = int((rows["verdict"] == "passed").sum())
        yield translate("  {count} of {all} tests passed", language).format(count=count, all=len(rows))


def against(rows: pd.DataFrame, language: str) -> Iterator[str]:
    """A sentence for every test that was not passed, the worst first."""
    for verdict in ("ruled_out", "failed", "penalised"):
        for row in rows[rows["verdict"] == verdict].itertuples():
            told = {name: _word(getattr(row, name), language) for name in ("verdict", "bound", "unit")}
            times = 100 if row.unit == "share" else 1
            told |= {"unit": "%"} if row.unit == "share" else {}
            value, limit = row.value * times, row.limit * times
            numbers = {"value": _number(value, limit), "limit": _number(limit), "source": row.source}
            yield translate(_sentence(row), language).format(
                test=_test(row, language), object=_object(row), **told, **numbers
            )


def _rows_of(tests: pd.DataFrame, site: "pd.Series[str]") -> pd.DataFrame:
    return tests[(tests["subject"] == site.subject) & (tests["subject_id"] == site.subject_id)]


def _sentence(row: "pd.Series[str]") -> str:
    if row.effect == "exclude":
        return "{verdict}: {test} {object} lies on the site ({source})"
    if row.object_id:
        return "{verdict}: {test} {object}, {value} m away, {bound} {limit} m ({source})"
    return "{verdict}: {test}: {value} {unit}, {bound} {limit} {unit} ({source})"


def _unknown(rows: pd.DataFrame, language: str) -> Iterator[str]:
    """What is not known, together by the reason."""
    for note, some in rows[rows["verdict"] == "unknown"].groupby("note", sort=True):
        tests = dict.fromkeys(_test(row, language) for row in some.itertuples())
        yield translate("{verdict}: {tests} ({note})", language).format(
            verdict=_word("unknown", language), tests=translate(", ", language).join(tests), note=translate(str(note), language)
        )  # fmt: skip


def _carried(rows: pd.DataFrame, language: str) -> Iterator[str]:
    for row in rows[rows["test"] == "free_land"].sort_values("stage", ascending=False).itertuples():
        yield translate("its land carries {pupils} pupils ({stage}), {classes} classes", language).format(
            pupils=_number(row.value), stage=_word(row.stage, language), classes=row.classes
        )


def _test(row: "pd.Series[str]", language: str) -> str:
    """The test in words, with the project it is about."""
    return " ".join(filter(None, [_word(row.test, language), row.candidate_id]))


def _object(row: "pd.Series[str]") -> str:
    return f"“{row.object}”" if row.object else row.object_id


def _word(code: str, language: str) -> str:
    return translate(CODES.get(code, code), language)


def _number(value: float, limit: float | None = None) -> str:
    """As short as it is right: a value that is not its limit never looks like it.

    >>> _number(1234.5), _number(0.8766), _number(199.7, 200), _number(200, 200)
    ('1,234', '0.877', '199.7', '200')
    """
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,.7g}" if limit is not None and value != limit and text == _number(limit) else text
