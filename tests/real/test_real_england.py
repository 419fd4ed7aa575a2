"""England's yardstick: how far the forecasts of local authorities were from the pupils who came."""

import pandas as pd
import pytest

# authorities, mean and median of the error without its sign, mean with its sign (bias): per cent of pupils
ERRORS_PERCENT = {
    ("For_3_P", "2022/23"): (149, 2.3, 2.0, -0.5),
    ("For_3_P", "2023/24"): (149, 2.3, 2.0, 0.0),
    ("For_3_P", "2024/25"): (151, 2.4, 1.9, 1.5),
    ("For_3_P", "all"): (449, 2.3, 2.0, 0.4),
    ("For_1_P", "2022/23"): (151, 0.8, 0.7, 0.1),
    ("For_1_P", "2023/24"): (151, 1.1, 0.9, 0.8),
    ("For_1_P", "2024/25"): (151, 1.4, 1.2, 1.3),
    ("For_1_P", "all"): (453, 1.1, 0.9, 0.7),
    ("For_3_S", "2022/23"): (149, 2.0, 1.4, 1.0),
    ("For_3_S", "2023/24"): (149, 2.1, 1.6, 1.5),
    ("For_3_S", "2024/25"): (151, 3.2, 2.9, 3.0),
    ("For_3_S", "all"): (449, 2.4, 2.0, 1.8),
    ("For_1_S", "2022/23"): (151, 1.1, 1.0, 0.8),
    ("For_1_S", "2023/24"): (151, 1.3, 1.1, 1.1),
    ("For_1_S", "2024/25"): (151, 1.4, 1.2, 1.3),
    ("For_1_S", "all"): (453, 1.3, 1.1, 1.1),
}
NOT_GIVEN = {"Low", "LOW", "z"}  # too few pupils; not applicable


@pytest.fixture(scope="module")
def authorities(shared) -> pd.DataFrame:
    table = pd.read_csv(shared / "england" / "scorecard_data_2025_2023.csv", dtype=str, keep_default_na=False)
    return table[table["geographic_level"] == "Local authority"]


@pytest.mark.parametrize(("forecast", "year"), ERRORS_PERCENT)
def test_forecast_errors_of_the_authorities(authorities, forecast, year):
    """3 and 1 years ahead, primary (P) and secondary (S); the file holds signed shares."""
    rows = authorities if year == "all" else authorities[authorities["Year"] == year]
    given = rows.loc[~rows[forecast].isin(NOT_GIVEN), forecast]
    errors = 100 * given.astype(float)
    found = (len(errors), errors.abs().mean(), errors.abs().median(), errors.mean())
    assert tuple(round(number, 1) for number in found) == ERRORS_PERCENT[forecast, year]


def test_153_authorities_each_year(authorities):
    assert authorities.groupby("Year").size().tolist() == [153, 153, 153]
