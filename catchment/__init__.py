"""School-seat forecasts, attendance zones, compliance and construction plans for a county."""

__version__ = "0.1.0"
