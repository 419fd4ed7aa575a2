"""The doors: what a table must be, and joins that cannot lose or multiply rows."""

import pandas as pd
import pytest

from catchment.doors import conform, join
from catchment.errors import InputError
from catchment.tables import TABLES

BIRTHS = TABLES["births"]


def births(**columns):
    rows = {"area_id": ["A", "B"], "year": [2020, 2020], "month": pd.NA, "basis": "resident", "births": [5, 6]}
    return pd.DataFrame(rows | columns)


def test_conform_orders_columns_and_rows():
    table = conform(
        BIRTHS, births(area_id=["B", "A"], extra=1)[["births", "extra", "year", "month", "basis", "area_id"]]
    )
    assert list(table.columns) == BIRTHS.names
    assert table["area_id"].tolist() == ["A", "B"]


@pytest.mark.parametrize(
    ("columns", "told"),
    [({"births": [-1, 5]}, "births"), ({"basis": "guessed"}, "basis"), ({"births": ["x", 5]}, "type"), ({"births": [1.5, 2]}, "type"), ({"births": [None, 2]}, "type"), ({"area_id": ["A", "A"]}, "stand twice")],
)  # fmt: skip
def test_conform_refuses(columns, told):
    with pytest.raises(InputError, match=told):
        conform(BIRTHS, births(**columns))


def test_conform_tells_all_at_once():
    with pytest.raises(InputError) as caught:
        conform(BIRTHS, births(births=[-1, 5], basis="guessed", year=[1, 2020]))
    assert len(caught.value.problems) == 3


def test_every_table_has_a_key_among_its_columns_and_a_meaning_for_each():
    for name, table in TABLES.items():
        assert set(table.key) <= set(table.names), name
        assert all(column.meaning for column in table.columns)
        assert conform(table, table.empty()) is not None if not table.geometry else True


LEFT = pd.DataFrame({"id": ["a", "b"], "n": [1, 2]})


def test_f65_joins_that_would_multiply_rows_are_refused():
    with pytest.raises(InputError, match="stands twice"):
        join(LEFT, pd.DataFrame({"id": ["a", "a", "b"]}), "id")
    with pytest.raises(InputError, match="stands twice"):
        join(pd.concat([LEFT, LEFT]), pd.DataFrame({"id": ["a", "b"]}), "id", cardinality="1:1")


def test_f65_empty_ids_do_not_match_each_other():
    with pytest.raises(InputError, match="is empty"):
        join(pd.DataFrame({"id": ["a", None]}), pd.DataFrame({"id": ["a", None]}), "id")


def test_f66_rows_without_a_partner_are_told_not_dropped():
    with pytest.raises(InputError, match="not known") as caught:
        join(LEFT, pd.DataFrame({"id": ["a"], "x": [1]}), "id")
    assert caught.value.problems[0].rows == ("b",)
    assert len(join(LEFT, pd.DataFrame({"id": ["a", "b"], "x": [1, 2]}), "id")) == 2
