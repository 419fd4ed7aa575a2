"""Files become tables here, and every problem in them is told here."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Reading:
    """A table, the rows that could not be used, and the account of both: in = used + set aside."""

    table: pd.DataFrame
    set_aside: pd.DataFrame
    reconciliation: pd.DataFrame


def account(source: str, unit: str, rows_in: int, rows_used: int, amount_in: float, amount_used: float) -> pd.DataFrame:
    """The reconciliation row of one source."""
    return pd.DataFrame(
        [
            {
                "source": source, "unit": unit, "rows_in": rows_in, "rows_used": rows_used, "rows_set_aside": rows_in - rows_used,
                "amount_in": amount_in, "amount_used": amount_used, "amount_set_aside": amount_in - amount_used,
            }
        ]
    )  # fmt: skip
