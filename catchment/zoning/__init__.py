"""Attendance zones by a solver: whole units, each zone in one piece, seats kept, with a proven bound (docs/method/zoning.md)."""

from catchment.zoning.model import Instance, instance_of
from catchment.zoning.solve import Answer, Work, solve
from catchment.zoning.verify import check_move, faults, total_cost

__all__ = ["Answer", "Instance", "Work", "check_move", "faults", "instance_of", "solve", "total_cost"]
