"""The ledger as tables of catchment/tables/ledger.py."""

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise

import pandas as pd

from catchment.doors import conform, stack
from catchment.ledger.chain import HistoryRow
from catchment.ledger.increments import increments
from catchment.ledger.lifecycle import Entry, Limits, days_open
from catchment.ledger.splitting import splits
from catchment.ledger.store import Ledger, Snapshot
from catchment.tables.ledger import LEDGER, LEDGER_HISTORY, LEDGER_INCREMENTS, OPEN_STATES, SPLITS


def ledger_tables(
    ledger: Ledger, *, on: str = "", rooms: Mapping[tuple[str, str], int] | None = None
) -> dict[str, pd.DataFrame]:
    """Tables ledger, ledger_history, ledger_increments and splits, all seen at one moment.

    on: the day until which days are counted; the date of the latest return unless given. rooms: classrooms by school and stage.
    """
    with ledger.reading() as reader:
        latest = {each.snapshot: each for each in reader.snapshots()}
        returns = [(reader.classes(each), _limits(each)) for each in latest.values()]
        entries, history = reader.entries(), reader.history()
    steps = [increments(None, *returns[0])] if returns else []
    steps += [increments(before, after, limits) for (before, _), (after, limits) in pairwise(returns)]
    return {
        "ledger": entry_table(entries.values(), on=on or max(latest, default="")),
        "ledger_history": history_table(history),
        "ledger_increments": conform(LEDGER_INCREMENTS, stack(steps, LEDGER_INCREMENTS)),
        "splits": splits(*returns[-1], rooms or {}) if returns else SPLITS.empty(),
    }


def entry_table(entries: Iterable[Entry], *, on: str) -> pd.DataFrame:
    """Table `ledger`; days are counted until `on` (YYYY-MM-DD)."""
    rows = []
    for entry in entries:
        stands = entry.state in OPEN_STATES
        rows.append(
            entry.fields
            | {"entry_id": entry.entry_id, "version": entry.version, "days_open": days_open(entry, on)}
            | {"excess_pupils": max(0, entry.pupils - entry.standard) if stands else 0}
            | {"fell_unasked": entry.state in ("open", "in_remedy") and not entry.over}
        )
    return conform(LEDGER, pd.DataFrame(rows)) if rows else LEDGER.empty()


def history_table(rows: Iterable[HistoryRow]) -> pd.DataFrame:
    """Table `ledger_history`."""
    table = pd.DataFrame(rows, columns=list(HistoryRow._fields))
    return conform(LEDGER_HISTORY, table) if len(table) else LEDGER_HISTORY.empty()


def _limits(snapshot: Snapshot) -> Limits:
    return Limits(**json.loads(snapshot.limits))
