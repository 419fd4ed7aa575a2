"""What all sections of study.toml have in common."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09", "projected"]
Basis = Literal["resident", "registered"]
Language = Literal["zh", "en"]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """Unknown keys are refused, and nothing is changed after it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
