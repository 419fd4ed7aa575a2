"""What differs between two runs."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from catchment.locale import translate
from catchment.runs import Run
from catchment.tables import TABLES

SHOWN = 5


def compare_runs(first: Run, second: Run, language: str) -> Iterator[str]:
    """Lines that tell settings, inputs and rows that are not the same; one line if nothing differs."""
    lines = [*_values("settings", first, second), *_values("inputs", first, second)]
    for name in TABLES:
        lines += _rows(name, first.tables.get(name), second.tables.get(name), language)
    yield from lines or [translate("The two runs are the same.", language)]


def _values(section: str, first: Run, second: Run) -> list[str]:
    before, after = (_flat(run.manifest[section]) for run in (first, second))
    return [
        f"{section}.{key}: {before.get(key)} → {after.get(key)}"
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {prefix: value}
    return {key: v for name, inner in value.items() for key, v in _flat(inner, f"{prefix}.{name}".lstrip(".")).items()}


def _rows(name: str, before: pd.DataFrame | None, after: pd.DataFrame | None, language: str) -> list[str]:
    """Rows only in one, and rows whose values changed, by key."""
    if before is None or after is None:
        return [] if before is after else [f"{name}: " + translate("in one run only", language)]
    key = list(TABLES[name].key)
    columns = [c for c in TABLES[name].names if c in before and c in after]
    both = before[columns].merge(after[columns], on=key, how="outer", suffixes=("_before", "_after"), indicator="side")
    lost, added = (both["side"] == "left_only").sum(), (both["side"] == "right_only").sum()
    shared = both[both["side"] == "both"]
    changed = pd.Series(data=False, index=shared.index)
    for column in (c for c in columns if c not in key):
        b, a = shared[f"{column}_before"], shared[f"{column}_after"]
        changed |= ~((b == a).fillna(value=False).astype(bool) | (b.isna() & a.isna()))
    if not (lost or added or changed.any()):
        return []
    examples = [" ".join(map(str, row)) for row in shared.loc[changed, key].head(SHOWN).itertuples(index=False)]
    text = translate("{table}: {lost} rows gone, {added} new, {changed} changed", language).format(
        table=name, lost=lost, added=added, changed=int(changed.sum())
    )
    return [text + (f" ({'; '.join(examples)})" if examples else "")]
