"""Pupils ahead by school and grade, how wrong that may be, and what classes they form (docs/method/forecast.md)."""

from catchment.forecast.build import forecast_tables

__all__ = ["forecast_tables"]
