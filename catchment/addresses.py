"""The id of a figure: a readable address into a run's tables, like zones/primary/2144381001/children."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import NamedTuple

import pandas as pd

from catchment.errors import InputError, problem
from catchment.tables import TABLES

Tables = Mapping[str, pd.DataFrame]
INSTEAD = {"zones": "zone_schools"}
"""Name in an address → the table that is looked into first: a zone is known by its school."""
NAMES = {table: name for name, table in INSTEAD.items()}
MOST = 20


class Found(NamedTuple):
    """Rows of a table that an address means, and the column if it names one."""

    table: str
    rows: pd.DataFrame
    column: str | None


def row_address(table: str, key: Sequence[object]) -> str:
    """Address of a row; slashes within a code are written %2F."""
    parts = ("" if pd.isna(part) else str(part) for part in key)
    return "/".join([NAMES.get(table, table), *(part.replace("%", "%25").replace("/", "%2F") for part in parts)])


def row_addresses(table: str, rows: pd.DataFrame) -> list[str]:
    """Addresses of the rows of a table, which have its key."""
    return [row_address(table, row) for row in rows[list(TABLES[table].key)].itertuples(index=False, name=None)]


def find(address: str, tables: Tables) -> Found:
    """The rows that an address means.

    Its parts after the table's name are codes of the key in any order; the last may be a column. Part of a key
    is enough if it means few rows.
    Raises InputError telling what there is instead.
    """
    name, *parts = [part.replace("%2F", "/").replace("%25", "%") for part in address.strip("/").split("/")]
    known = [table for table in (INSTEAD.get(name, name), name) if table in TABLES and table in tables]
    if not known:
        raise InputError(
            problem(
                "there is no table {name} in the run", "use one of {known}", name=name, known=", ".join(sorted(tables))
            )
        )
    for table in dict.fromkeys(known):
        columns = [column for column in tables[table].columns if column != "geometry"]
        column = parts[-1] if parts and parts[-1] in columns else None
        codes = parts[:-1] if column else parts
        rows = tables[table][_matching(tables[table], _key_of(table, tables[table]), codes)]
        if len(rows) and codes:
            return Found(table, rows, column)
    what, remedy = "no row of {table} is meant by {address}", "use an id as the workbook shows it, like {like}"
    like = next(iter(row_addresses(known[0], tables[known[0]].head(1))), known[0])
    raise InputError(problem(what, remedy, table=known[0], address=address, like=like))


def _key_of(table: str, rows: pd.DataFrame) -> list[str]:
    """Columns whose codes an address may name: the key, and the school that a finding is about."""
    also = [name for name in ("school_id",) if name in rows and name not in TABLES[table].key]
    return [*TABLES[table].key, *also]


def _matching(rows: pd.DataFrame, key: list[str], codes: list[str]) -> "pd.Series[bool]":
    """Rows in which every code stands in a column of the key of its own."""
    meant = pd.Series(data=False, index=rows.index)
    if len(codes) > len(key):
        return meant
    texts = {name: rows[name].astype("string").fillna("") for name in key}
    hits = {(name, code): texts[name] == code for name in key for code in set(codes)}
    for order in _orders(key, codes):
        if all(hits[name, code].any() for name, code in zip(order, codes, strict=True)):
            match = pd.Series(data=True, index=rows.index)
            for name, code in zip(order, codes, strict=True):
                match &= hits[name, code]
            meant |= match
    return meant


def _orders(key: list[str], codes: list[str]) -> Iterator[tuple[str, ...]]:
    return permutations(key, len(codes))
