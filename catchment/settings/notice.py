"""What stands in an admission notice and no table tells: who issues it, when, and where to ask."""

from typing import Literal

from pydantic import Field

from catchment.settings.base import Section

Event = Literal[
    "published", "registration", "migrant_registration", "review", "lottery", "results", "placement", "entry"
]
"""The steps of an admission, in their order."""


class NoticeSettings(Section):
    """Fields of the admission notice (招生通告); what is empty is printed as a blank line and listed as an open point."""

    number: str = ""
    """Document number (文号)."""
    issuer: str = ""
    """Office that issues it."""
    issued: str = ""
    """Date of issue, as it is to be printed."""
    office: str = ""
    """Where families can ask: office and address."""
    hotline: str = ""
    """Telephone for questions."""
    supervision: str = ""
    """Telephone for complaints."""
    website: str = ""
    """Where the notice and its results are published."""
    dates: dict[Event, str] = Field(default_factory=dict)
    """Step of the admission → date or period, as it is to be printed."""
    conditions: tuple[str, ...] = ()
    """Local conditions, after the usual ones."""
    materials: tuple[str, ...] = ()
    """Local papers to bring, after the usual ones."""


class DocumentSettings(Section):
    """How documents are written."""

    notice_template: str = ""
    """The bureau's own Word template of the notice, relative to the study's folder; `catchment templates` writes one to start from."""
