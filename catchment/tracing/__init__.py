"""Where a figure comes from: the figure, its formula, and the rows that it rests on, down to the files (docs/method/tracing.md)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from catchment.addresses import MOST, find, row_address, row_addresses
from catchment.locale import translate
from catchment.runs import Run
from catchment.settings import Settings
from catchment.tables import TABLES
from catchment.tracing.origins import FINDINGS, ORIGINS, SOURCES, Feed, Origin

DEEPEST = 5
SHOWN = 3
"""Rows of an input that are named one by one."""

Tables = Mapping[str, pd.DataFrame]


def trace(settings: Settings, found: Run, address: str, language: str) -> Iterator[str]:
    """Lines: the figures that an id means, how they are made, their inputs' rows, and the files with their SHA-256.

    Raises InputError if the id means nothing in the run.
    """
    table, rows, column = find(address, found.tables)
    tracer = _Tracer(settings, found, language)
    yield tracer.say("run {run}, {table}: {rows} rows", run=found.manifest["run"], table=table, rows=len(rows))
    yield from tracer.figures(table, rows.head(MOST), column)
    yield from tracer.below(table, rows, column, 1, set())


class _Tracer:
    """Follows rows from table to table."""

    def __init__(self, settings: Settings, found: Run, language: str) -> None:
        self.settings, self.tables, self.manifest, self.language = settings, found.tables, found.manifest, language
        self.known = {
            "@zone_year": str(settings.zone_year),
            "@central": settings.forecast.central,
            "@latest": str(max(found.tables["classes"]["snapshot"], default="")),
        }

    def say(self, words: str, depth: int = 0, **values: object) -> str:
        return "  " * depth + translate(words, self.language).format(**values)

    def figures(self, table: str, rows: pd.DataFrame, column: str | None) -> Iterator[str]:
        """Each figure with its full id and its unit."""
        units = {c.name: c.unit for c in TABLES[table].columns}
        chosen = [column] if column else [name for name in units if name not in TABLES[table].key]
        if not column and len(rows) > 1:  # texts of many rows would bury their figures
            chosen = [name for name in chosen if pd.api.types.is_numeric_dtype(rows[name])]
        for address, row in zip(row_addresses(table, rows), rows.to_dict("records"), strict=True):
            for name in chosen:
                if not pd.isna(row.get(name)):
                    yield f"  {address}/{name} = {_plain(row[name])} {units.get(name, '')}".rstrip()

    def below(self, table: str, rows: pd.DataFrame, column: str | None, depth: int, seen: set[str]) -> Iterator[str]:
        """How rows of a table are made, and from what."""
        if table in seen or depth > DEEPEST:
            return
        origin = self.origin(table, rows)
        if origin is None:
            yield from self.files(table, depth)
            return
        yield self.say(
            "{table}: {how} ({formula})",
            depth,
            table=table,
            how=translate(origin.how, self.language),
            formula=origin.formula,
        )
        for feed in origin.feeds:
            behind = self.rows_of(feed, rows)
            yield from self.told(feed, rows, behind, column, depth)
            if len(behind):
                deeper = feed.adds if feed.makes == column else None
                yield from self.below(feed.table, behind, deeper, depth + 1, {*seen, table})

    def origin(self, table: str, rows: pd.DataFrame) -> Origin | None:
        if table != "findings":
            return ORIGINS.get(table)
        rules = sorted(set(rows["rule"]))
        return FINDINGS.get(rules[0], FINDINGS[""])

    def rows_of(self, feed: Feed, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of an input that belong to rows; `*` and what names no row there stands for all."""
        there = self.tables.get(feed.table, TABLES[feed.table].empty())
        for column, value in feed.where:
            there = there[there[column].astype("string") == self.known.get(value, value)]
        for here, name in feed.on:
            codes = set(rows[here].astype("string").dropna()) - {"", "*", "all"}
            if codes and feed.through and name not in there:
                link, between = TABLES[feed.through].key[0], self.tables[feed.through]
                there = there[there[link].isin(between.loc[between[name].isin(codes), link])]
            if codes and name in there and here in rows:
                mine = there[name].astype("string").isin(codes)
                if mine.any() or name != "school_id":
                    there = there[mine]
                elif "area_id" in self.tables["schools"] and here == "subject_id":
                    schools = self.tables["schools"]
                    there = there[there[name].isin(schools[schools["area_id"].isin(codes)]["school_id"])]
        return there

    def told(
        self, feed: Feed, rows: pd.DataFrame, behind: pd.DataFrame, column: str | None, depth: int
    ) -> Iterator[str]:
        """An input: how many rows, whether their sum is the figure, and the first of them."""
        line = self.say("from {table}: {count} rows", depth, table=feed.table, count=f"{len(behind):,}")
        if feed.adds and (column is None or feed.makes == column):
            total, figure = behind[feed.adds].sum(), rows[feed.makes].sum()
            words = (
                "; {column} adds up to {total}, the figure"
                if total == figure
                else "; {column} adds up to {total}, the figure is {figure}"
            )
            line += translate(words, self.language).format(column=feed.adds, total=_plain(total), figure=_plain(figure))
        yield line
        shown = behind.head(SHOWN)
        for address, row in zip(row_addresses(feed.table, shown), shown.to_dict("records"), strict=True):
            yield "  " * (depth + 1) + address + (f"/{feed.adds} = {_plain(row[feed.adds])}" if feed.adds else "")
        if len(behind) > SHOWN:
            yield self.say("… and {more} more", depth + 1, more=f"{len(behind) - SHOWN:,}")

    def files(self, table: str, depth: int) -> Iterator[str]:
        """The files that a table is read from, what of them was used, and their hash in the run."""
        told = self.manifest["settings"]["sources"].get(SOURCES.get(table, ""), [])
        for source in told if isinstance(told, list) else [told]:
            path = str(source["path"])
            yield self.say(
                "read from {path}, sha256 {digest}", depth, path=path, digest=self.manifest["inputs"].get(path, "–")
            )
            book = self.tables["reconciliation"]
            for row in book[book["source"] == Path(path).name].itertuples():
                words = "{rows_in} rows = {used} used + {aside} set aside; {amount} {unit} in them"
                yield self.say(
                    words, depth + 1, rows_in=f"{row.rows_in:,}", used=f"{row.rows_used:,}", aside=f"{row.rows_set_aside:,}",
                    amount=f"{row.amount_in:,.0f}", unit=translate(row.unit, self.language),
                )  # fmt: skip
            aside = self.tables["set_aside"]
            for row in aside[aside["source"] == Path(path).name].head(SHOWN).itertuples():
                yield (
                    "  " * (depth + 1)
                    + f"{row_address('set_aside', (row.source, row.row))}: {translate(row.reason, self.language)}"
                )


def _plain(value: Any) -> str:
    """A value as the tables have it: whole numbers without a point."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.6g}"
