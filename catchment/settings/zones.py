"""How attendance zones are drawn."""

from typing import Literal

from pydantic import Field

from catchment.settings.base import Section, Share

Stage = Literal["primary", "junior"]


class ZoneSettings(Section):
    """Attendance zones: what counts how much, in metres per child, and what is not allowed."""

    year: int | None = None
    """Autumn for which zones are drawn; the year after base_year unless given."""
    years: tuple[int, ...] = ()
    """Further autumns whose children the zones must hold too."""
    entry_grade: bool = False
    """Whether the children of the first grade must fit too, in the seats of one grade."""
    over_seats_m: int = Field(default=20_000, gt=0)
    """What a child over the seats counts for, where there are fewer seats than children; else seats are never exceeded."""
    moved_m: int = Field(default=500, ge=0)
    """What a child counts for whose unit leaves its present zone (sources.present_zones)."""
    compact_m: int = Field(default=20, ge=0)
    """What a straight line of one kilometre to the school counts for; it grows with the square of the line."""
    limit_m: dict[Stage, int] = Field(default_factory=dict)
    """Stage → no unit's way to its zone's school is longer; absent = no limit beyond the network's reach."""
    least_children: dict[Stage, int] = Field(default_factory=dict)
    """Stage → a zone has at least so many children."""
    areas_whole: tuple[Stage, ...] = ()
    """Stages whose zones keep each area (village committee) together; areas with two schools of the stage are cut."""
    joint: tuple[tuple[str, ...], ...] = ()
    """Schools, by code, that share one zone (多校划片); their seats are taken together."""
    feeders: bool = False
    """Whether each primary zone goes to one junior school as a whole."""
    first: Literal["metres", "longest"] = "metres"
    """What is made least: all ways together, or the longest way first: a child beyond what it can be counts as over the seats."""
    work: Literal["quick", "usual", "thorough"] = "usual"
    """How long is searched; counted in steps, so that the same study has the same zones on any machine."""


class ZoneTextSettings(Section):
    """Zones in words (`catchment text`)."""

    follow_m: int = Field(default=80, ge=0, le=500)
    """A zone's border is told by a named road or river that runs so near beside it, if nobody lives between."""
    follow_least_m: int = Field(default=200, gt=0)
    """A named line is named only for so long a stretch."""
    ring_share: Share = 0.8
    """Share of a border that must be named for it to be told as a ring of streets."""
    most_ranges: int = Field(default=3, ge=0)
    """Ranges of house numbers that may be excepted at most where the border runs beside a road that is named instead."""
    tolerance_children: int = Field(default=0, ge=0)
    """Children of a zone who may be in no text or another one before `catchment text` says that something is left."""
