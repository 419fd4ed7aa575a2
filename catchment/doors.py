"""The doors between files and steps: tables held to their description, joins that lose and multiply nothing."""

from collections.abc import Iterable

import pandas as pd
import pandera.pandas as pa

from catchment.errors import InputError, Problem, problem
from catchment.tables import Table
from catchment.tables.columns import DTYPES


def _schema(table: Table) -> pa.DataFrameSchema:
    columns = {}
    for column in table.columns:
        checks = []
        if column.low is not None:
            checks.append(pa.Check.ge(column.low))
        if column.high is not None:
            checks.append(pa.Check.le(column.high))
        if column.one_of:
            checks.append(pa.Check.isin(column.one_of))
        columns[column.name] = pa.Column(DTYPES[column.kind], checks, nullable=column.kind.endswith("?"))
    return pa.DataFrameSchema(columns)


def conform(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the table's columns, in its order and types, sorted by its key.

    Raises InputError telling every column that is missing, of the wrong type, out of its limits or
    twice in the key.
    """
    missing = [name for name in table.names if name not in rows.columns]
    if missing:
        raise InputError(
            problem(
                "column {columns} is missing",
                "this is a step's own table: report it as a bug",
                where=table.name,
                columns=", ".join(missing),
            )
        )
    try:
        _refuse_fractions(table, rows)
        typed = rows.astype(table.dtypes)
        checked = _schema(table).validate(pd.DataFrame(typed[table.names]), lazy=True)
    except (ValueError, TypeError) as error:
        raise InputError(
            problem(
                "a column is not of its type: {error}",
                "see docs/dictionary.md for the type of each column",
                where=table.name,
                error=error,
            )
        ) from error
    except pa.errors.SchemaErrors as errors:
        raise InputError(_problems(table, rows, errors.failure_cases)) from errors
    twice = checked.duplicated(list(table.key))
    if twice.any():
        keys = checked.loc[twice, list(table.key)].astype(str).fillna("").agg(" ".join, axis=1)
        raise InputError(
            problem(
                "{columns} stand twice",
                "keep one row for each",
                where=table.name,
                rows=keys.unique(),
                columns=", ".join(table.key),
            )
        )
    kept = rows[table.names + (["geometry"] if table.geometry else [])].assign(
        **{name: checked[name] for name in table.names}
    )
    order = kept.sort_values(list(table.key), kind="stable")
    return order.reset_index(drop=True)


def _refuse_fractions(table: Table, rows: pd.DataFrame) -> None:
    """Raises ValueError if a column of whole numbers holds a fraction: a cast would cut it off in silence."""
    for name, kind in table.dtypes.items():
        if kind in ("int64", "Int64") and rows[name].dtype.kind == "f":
            known = rows[name].dropna()
            if (known != known.round()).any():
                message = f"{name} holds fractions"
                raise ValueError(message)


def _problems(table: Table, rows: pd.DataFrame, cases: pd.DataFrame) -> list[Problem]:
    found = []
    for (column, check), group in cases.groupby(["column", "check"], dropna=False, sort=True):
        keys = [" ".join(str(rows.iloc[i][k]) for k in table.key) for i in group["index"].dropna().astype(int)]
        found.append(
            problem(
                "{column} breaks {check} (found {found})",
                "see docs/dictionary.md for what the column may hold",
                where=table.name,
                rows=keys,
                column=column,
                check=check,
                found=", ".join(str(v) for v in group["failure_case"].unique()[:5]),
            ),
        )
    return found


def join(
    left: pd.DataFrame, right: pd.DataFrame, on: str | list[str], *, cardinality: str = "m:1", where: str = ""
) -> pd.DataFrame:
    """Join by id, every left row finding its right row.

    Raises InputError if a key is absent, is twice where it must be single, or has no partner:
    a join that drops or multiplies rows is never what was meant.
    """
    keys = [on] if isinstance(on, str) else list(on)
    for side in (left, right):
        if side[keys].isna().any(axis=None):
            raise InputError(
                problem("an id in {columns} is empty", "give every row its id", where=where, columns=", ".join(keys))
            )
    if cardinality in ("m:1", "1:1") and right.duplicated(keys).any():
        twice = right.loc[right.duplicated(keys), keys].astype(str).fillna("").agg(" ".join, axis=1)
        raise InputError(
            problem(
                "an id in {columns} stands twice",
                "keep one row per id",
                where=where,
                rows=twice.unique(),
                columns=", ".join(keys),
            )
        )
    if cardinality == "1:1" and left.duplicated(keys).any():
        twice = left.loc[left.duplicated(keys), keys].astype(str).fillna("").agg(" ".join, axis=1)
        raise InputError(
            problem(
                "an id in {columns} stands twice",
                "keep one row per id",
                where=where,
                rows=twice.unique(),
                columns=", ".join(keys),
            )
        )
    merged = left.merge(right, on=keys, how="left", indicator=True)
    lost = merged.loc[merged["_merge"] != "both", keys].astype(str).fillna("").agg(" ".join, axis=1)
    if len(lost):
        raise InputError(
            problem(
                "an id in {columns} is not known",
                "correct the id, or add the row it refers to",
                where=where,
                rows=lost.unique(),
                columns=", ".join(keys),
            )
        )
    return merged.drop(columns="_merge")


def stack(tables: Iterable[pd.DataFrame], like: Table) -> pd.DataFrame:
    """Tables one under the other; none gives the empty table."""
    parts = [part for part in tables if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else like.empty()
