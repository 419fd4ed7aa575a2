"""Which counts may leave the bureau: hidden, rounded, and attacked before they do (docs/method/disclosure.md)."""

from catchment.disclosure.attack import Seen, intervals
from catchment.disclosure.figures import Figures, Gathering
from catchment.disclosure.release import Release, Rule, protect

__all__ = ["Figures", "Gathering", "Release", "Rule", "Seen", "intervals", "protect"]
