"""Classes told by size band only (form 212): how many classes have so many pupils, not how many each has."""

import re
from itertools import pairwise
from pathlib import Path

import pandas as pd

from catchment.doors import conform
from catchment.errors import InputError, Problems, problem
from catchment.read import Reading
from catchment.read.headings import GRADE_WORDS, SCHOOL_ID, STAGE, Heading, Headings, narrow
from catchment.read.sheets import choose, duplicates, read_raw, typed
from catchment.read.workbooks import Raw
from catchment.tables import CLASS_BANDS

MOST_CLASSES = 200
_BETWEEN = re.compile(r"(\d+)人?[-~—–至到](\d+)人?")
_UP_TO = re.compile(r"(?:[≤]|<=)?(\d+)人?(?:及?以下)|(?:≤|<=)(\d+)人?")
_FROM = re.compile(r"(\d+)人?(?:及?以上)|(?:≥|>=)(\d+)人?")


def band_of(text: object) -> tuple[int, int | None] | None:
    """Least and most pupils of a band's heading (both within it; None = no most); None for any other heading.

    >>> band_of("46-55人"), band_of("66人及以上"), band_of("25人以下"), band_of("班数")
    ((46, 55), (66, None), (1, 25), None)
    """
    bare = narrow(str(text))
    if found := _BETWEEN.fullmatch(bare):
        return int(found[1]), int(found[2])
    if found := _UP_TO.fullmatch(bare):
        return 1, int(found[1] or found[2])
    if found := _FROM.fullmatch(bare):
        return int(found[1] or found[2]), None
    return None


def read_bands(path: Path) -> Reading:
    """Classes by school, stage (and grade) and size band; an empty cell is no class.

    Raises InputError telling every fault, bands that overlap among them.
    """
    problems = Problems()
    raws = read_raw(path)
    bands = _bands(raws)
    if not bands:
        what, remedy = "no column is headed by a size band", "head the columns like 45人及以下, 46-55人, 66人及以上"
        raise InputError(problem(what, remedy, where=path))
    form = Headings((
        Heading("school_id", "code", SCHOOL_ID), STAGE,
        Heading("grade", "word", ("年级", "所在年级", "grade level"), needed=False, filled=False, words=GRADE_WORDS),
        *(Heading(_name(band), "whole", (text,), filled=False, low=0, high=MOST_CLASSES) for band, text in bands.items()),
    ))  # fmt: skip
    sheet = choose(raws, form, problems)
    rows = typed(sheet, form, problems)
    _check(bands, str(sheet.where), problems)
    twice = duplicates(rows.assign(grade=rows["grade"].fillna(0)), ["school_id", "stage", "grade"])
    if twice.any():
        what, remedy = "a school and stage stand twice", "keep one row per school and stage"
        problems.add(what, remedy, where=sheet.at("school_id", "stage"), rows=rows.index[twice])
    problems.raise_any()
    parts = [
        rows[["school_id", "stage", "grade"]].assign(size_from=low, size_to=high, classes=rows[_name((low, high))])
        for low, high in bands
    ]
    told = pd.concat(parts, ignore_index=True).dropna(subset=["classes"])
    table = conform(CLASS_BANDS, told[told["classes"] > 0].reset_index(drop=True))
    return sheet.reading(table, "classes", float(table["classes"].sum()))


def _name(band: tuple[int, int | None]) -> str:
    return f"from_{band[0]}_to_{band[1] or 'end'}"


def _bands(raws: list[Raw]) -> dict[tuple[int, int | None], str]:
    """Every band that stands as a heading near the top of a sheet, the smallest first."""
    found = {
        band: str(cell) for raw in raws for row in raw.rows[:20] for cell in row
        if isinstance(cell, str) and (band := band_of(cell))
    }  # fmt: skip
    return dict(sorted(found.items(), key=lambda item: item[0][0]))


def _check(bands: dict[tuple[int, int | None], str], where: str, problems: Problems) -> None:
    """Bands that overlap, or stand the wrong way round: a class would count twice, or nowhere."""
    order = list(bands)
    wrong = [bands[b] for b in order if b[1] is not None and b[1] < b[0]]
    wrong += [f"{bands[a]}, {bands[b]}" for a, b in pairwise(order) if a[1] is None or a[1] >= b[0]]
    if wrong:
        what, remedy = "size bands overlap: {bands}", "correct their limits"
        problems.add(what, remedy, where=where, bands="; ".join(wrong))
