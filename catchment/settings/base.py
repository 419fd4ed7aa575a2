"""What all sections of study.toml have in common."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09", "projected"]
Basis = Literal["resident", "registered"]
Language = Literal["zh", "en"]
SurroundingKind = Literal[
    "railway", "expressway", "arterial", "power_line", "pipeline", "petrol_station", "market", "mortuary", "explosives",
    "entertainment", "substation", "gas_regulator", "waste_station", "detention_house", "hazard", "pollution",
    "water_protection", "farmland", "red_line",
]  # fmt: skip
"""What may stand around a school's site (STANDARDS 3.2)."""
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """Unknown keys are refused, and nothing is changed after it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
