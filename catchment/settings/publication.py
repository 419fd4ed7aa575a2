"""What leaves the bureau, and when a plan is only a draft."""

from pydantic import Field

from catchment.settings.base import Section, Share


class PublicationSettings(Section):
    """Counts in what `catchment publish --to` writes (RELIABILITY 3.3); official figures stay exact."""

    hide_below: int = Field(default=10, ge=1)
    """Counts of children below this are hidden, zero too."""
    round_to: int = Field(default=5, ge=2)
    """Other counts of children go to a multiple of this, so that sums still hold."""
    least_schools: int = Field(default=3, ge=1)
    """Figures of an area that come from fewer schools are hidden."""
    withhold: tuple[str, ...] = ()
    """Schools, by code, whose zone is published without its children: where an earlier publication would give a few away."""


class DraftSettings(Section):
    """A plan that passes one of these is stamped 「草案，不得用于招生」 on everything that is drawn or written of it."""

    gap_share: Share = 0.02
    """Gap of a stage's zones to the best possible, at most."""
    far_m: int = Field(default=500, ge=0)
    """People whose cell lies farther from its road than this count as joined from afar."""
    far_share: Share = 0.01
    """Share of all people who are joined from afar, at most."""
    set_aside_share: Share = 0.01
    """Share of a source (people, pupils, seats, rows) that is set aside, at most."""
    forecast_error_share: Share = 0.10
    """Mean error of the forecast one year ahead, by school, over all past autumns, at most."""
