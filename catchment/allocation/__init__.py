"""Whether pupils go where children and seats are, and where they live (docs/method/allocation.md)."""

from catchment.allocation.homes import county_rate, residence_tables, zoned_rates
from catchment.allocation.shares import Ruler, allocation_tables, cases_of, composition, past_dispersion

__all__ = [
    "Ruler",
    "allocation_tables",
    "cases_of",
    "composition",
    "county_rate",
    "past_dispersion",
    "residence_tables",
    "zoned_rates",
]
