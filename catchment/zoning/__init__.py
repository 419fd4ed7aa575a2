"""Attendance zones by a solver: whole units, each zone in one piece, seats kept, with a proven bound (docs/method/zoning.md)."""

from catchment.zoning.model import Instance, instance_of
from catchment.zoning.solve import Answer, solve
from catchment.zoning.verify import faults, total_cost

__all__ = ["Answer", "Instance", "faults", "instance_of", "solve", "total_cost"]
