"""Zones in words that can be read back to the ground (docs/method/zone_text.md)."""

from catchment.zone_text.proof import Proof, prove
from catchment.zone_text.writing import no_texts, write_texts

__all__ = ["Proof", "no_texts", "prove", "write_texts"]
