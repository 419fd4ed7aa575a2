"""How a number is printed in a document, and what of it may be public."""

from typing import Any, Literal

import pandas as pd

from catchment.locale import translate
from catchment.reports.style import shown

Kind = Literal["text", "count", "year", "metres", "more_metres", "share", "chance", "decimal", "money", "hectares", "mu", "public"]  # fmt: skip
"""What a value is; money is in 万元 in Chinese and in millions of yuan in English, land in m² given in hectares."""

SMALLEST_PUBLIC = 10
"""Fewer children than this are not told in what is published."""
PRIVACY = "Of fewer than ten children the number is not told; others are told to the nearest five."
ROUNDED_TO = 5
MONEY = {"zh": 10_000, "en": 1_000_000}
MONEY_PLACES = {"zh": 2, "en": 4}
"""Both to a hundred yuan."""


def cell_text(value: Any, kind: Kind, language: str) -> str:
    """A value as it is printed; absent = a dash. A text in a column of numbers is itself: the label of a sum, or nothing."""
    if kind == "text" or isinstance(value, str):
        return shown("" if _absent(value) else value)
    if _absent(value):
        return "—"
    if kind in ("count", "metres"):
        return f"{round(value):,}"
    if kind == "year":
        return f"{int(value)}"
    if kind == "more_metres":
        return f"{round(value):+,}" if round(value) else "0"
    if kind == "share":
        return f"{value:.1%}"
    if kind == "chance":
        return chance_text(float(value))
    if kind == "money":
        return _trimmed(int(value) / MONEY[language], MONEY_PLACES[language])
    if kind == "hectares":
        return f"{value / 10_000:,.2f}"
    if kind == "public":
        return public_count(int(value))
    return _trimmed(float(value), 3 if abs(value) < 100 else 1 if abs(value) < 1000 else 0)


def public_count(children: int) -> str:
    """Children of a small place as they may be published: fewer than ten are not told, others to the nearest five."""
    if children < SMALLEST_PUBLIC:
        return f"<{SMALLEST_PUBLIC}"
    return f"{(children + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO:,}"


def chance_text(chance: float) -> str:
    """A chance in per cent; what is only nearly sure or nearly impossible is not called either."""
    if 0 < chance < 0.01:
        return "<1%"
    if 0.99 < chance < 1:
        return ">99%"
    return f"{chance:.0%}"


def money_text(yuan: int, language: str) -> str:
    """Yuan in a sentence."""
    return translate("{amount} million yuan", language).format(amount=cell_text(yuan, "money", language))


def span(low: Any, high: Any, language: str) -> str:
    """An interval of counts."""
    return translate("{low} to {high}", language).format(low=f"{round(low):,}", high=f"{round(high):,}")


def _trimmed(value: float, places: int) -> str:
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _absent(value: Any) -> bool:
    return value is None or bool(pd.isna(value))
