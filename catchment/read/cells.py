"""From raw cells to values: each kind of column has one parser; whatever it cannot take is told with its rows."""

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any

from catchment.read.headings import Heading, plain

Fault = tuple[str, str]
"""What is wrong with a cell and what to do about it, as message ids."""

NOTHING = frozenset({"", "-", "--", "—", "——", "–", "/", "\\"})
MOST_DIGITS = 15
"""A number in a spreadsheet keeps 15 digits."""


class Unfit(ValueError):
    """A cell that its column cannot take."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.fault: Fault = (what, remedy)


class Broken(Enum):
    """What stands in place of a cell that shows no value: the fault to tell."""

    FORMULA = (
        "formulas without a value",
        "open the file in Excel or WPS, calculate, and save; or paste the column as values",
    )
    ERROR = ("cells show an error such as #N/A", "correct the formula, or type the value")

    def __str__(self) -> str:
        return self.name.lower()


def tidy(value: Any) -> Any:
    """A cell without the spaces around it; None for one that says nothing.

    >>> tidy("　罗镜 小学 "), tidy("—"), tidy(0.0)
    ('罗镜 小学', None, 0.0)
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if not isinstance(value, str):
        return value
    text = value.replace("\u200b", "").replace("\ufeff", "").strip()
    return None if text in NOTHING else text


def parse(value: Any, heading: Heading) -> Any:
    """The value of a tidied, non-empty cell in a column; raises Unfit."""
    if isinstance(value, Broken):
        raise Unfit(*value.value)
    if isinstance(value, str):
        _refuse_broken(value)
    parsed = PARSERS[heading.kind](value, heading)
    low, high = heading.low, heading.high
    if parsed is not None and ((low is not None and parsed < low) or (high is not None and parsed > high)):
        raise Unfit("values lie outside {low} to {high}: {found}", "correct them, or the unit they are given in")
    return parsed


def _refuse_broken(text: str) -> None:
    """No U+FFFD, control or private-use characters: signs of a wrong encoding, or without a shape in any font."""
    if any(c == "\ufffd" or unicodedata.category(c) in ("Co", "Cs") or c in "\x00\x1a" for c in text):
        raise Unfit("broken or private characters: {found}", "type them again, and save as .xlsx or as CSV in UTF-8")


def _narrow(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _code(value: Any, _: Heading) -> str | None:
    if isinstance(value, str):
        return _text_code(value)
    if not _is_number(value) or value < 0 or value != int(value):
        raise Unfit("codes are neither text nor whole numbers: {found}", "type the code as text")
    if value >= 10**MOST_DIGITS:
        raise Unfit(
            "codes of more than 15 digits are kept as numbers, their last digits are lost: {found}",
            "take the codes from the source again, with the column formatted as text before they are pasted",
        )
    return str(int(value))


def _text_code(value: str) -> str | None:
    text = _narrow(value)
    text = re.sub(r'^=?"(.*)"$', r"\1", text).removeprefix("'").strip()
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", text):
        raise Unfit(
            "codes are written as powers of ten, their digits are lost: {found}",
            "format the column as text in the source, and export again",
        )
    text = re.sub(r"^(\d{1,15})\.0+$", r"\1", text)
    return None if plain(text) in ("无", "none") else text


def _text(value: Any, _: Heading) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _word(value: Any, heading: Heading) -> Any:
    word = plain(_text(value, heading))
    if word not in heading.words:
        raise Unfit("values are not in the vocabulary: {found}", "use one of: {words}")
    return heading.words[word]


def _number_text(value: Any) -> str:
    """Digits as written, thousands separators taken out; raises Unfit for anything else."""
    if _is_number(value):
        return str(value)
    text = _narrow(value) if isinstance(value, str) else ""
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        raise Unfit("values are not numbers: {found}", "write digits only, without 约, a unit or other words")
    return text


def _decimal(value: Any, _: Heading) -> Decimal:
    return Decimal(_number_text(value))


def _number(value: Any, _: Heading) -> float:
    return float(_number_text(value))


def _share(value: Any, _: Heading) -> float:
    """A share of 0 to 1, or per cent with their sign."""
    if isinstance(value, str) and (text := _narrow(value)).endswith("%"):
        return float(Decimal(_number_text(text.removesuffix("%"))) / 100)
    return float(_number_text(value))


def _whole(value: Any, _: Heading) -> int:
    number = Decimal(_number_text(value))
    if number != number.to_integral_value():
        raise Unfit("values are not whole numbers: {found}", "give a whole number")
    return int(number)


def _year(value: Any, heading: Heading) -> int:
    if isinstance(value, dt.date):
        raise Unfit("years are given as dates: {found}", "write the year alone, with four digits")
    if isinstance(value, str):
        value = re.sub(r"[年级届度]+$", "", _narrow(value))
    return _whole(value, heading)


_AUTUMN = re.compile(r"(\d{4})(?:\.0+|[-—–~/至](\d{4}|\d{2}))?(?:年?秋季?(?:学期)?|学年度?|年度?)?")


def _autumn(value: Any, heading: Heading) -> int:
    """A school year by the autumn in which it starts: 2024, 2024年秋, 2024-2025学年, 2024/25."""
    if not isinstance(value, str):
        return _year(value, heading)
    found = _AUTUMN.fullmatch(re.sub(r"\s", "", _narrow(value)))
    if not found:
        raise Unfit("values are not school years: {found}", "write the year of the autumn, with four digits")
    first, second = found.groups()
    if second and int(second) != (int(first) + 1) % 10 ** len(second):
        raise Unfit("a school year ends in the year after it starts: {found}", "write the year of the autumn alone")
    return int(first)


DATES = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})"),
    re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)


def _date(value: Any, heading: Heading) -> str:
    """A day as YYYY-MM-DD; two-digit years, day or month first, and bare serial numbers are refused."""
    if isinstance(value, dt.date):
        day = dt.date(value.year, value.month, value.day)
    else:
        text = re.sub(r"[ T]00:00(:00)?$", "", _narrow(_text(value, heading)))
        day = _day(text)
    if not 1980 <= day.year <= 2200:
        raise Unfit("dates lie outside 1980 to 2200: {found}", "correct the year")
    return day.isoformat()


def _day(text: str) -> dt.date:
    found = next((m for m in (form.fullmatch(text) for form in DATES) if m), None)
    try:
        if found:
            return dt.date(*(int(part) for part in found.groups()))
    except ValueError:
        pass
    raise Unfit("dates are not plain: {found}", "write them as YYYY-MM-DD, with the year in four digits")


def _flag(value: Any, heading: Heading) -> Any:
    return _word(int(value) if isinstance(value, bool) else value, heading)


PARSERS: dict[str, Callable[[Any, Heading], Any]] = {
    "code": _code, "text": _text, "word": _word, "flag": _flag, "date": _date, "year": _year,
    "autumn": _autumn, "whole": _whole, "decimal": _decimal, "number": _number, "share": _share,
}  # fmt: skip
