"""Roads, modes of travel, barriers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from catchment.errors import SettingsError, problem
from catchment.settings.base import Section


class ModeSettings(Section):
    """A mode of travel: which roads it uses, how fast it is, and what makes one way better than another."""

    uses: Literal["walk", "cycle", "drive"]
    """Rights it needs of a road; walkers go both ways on every street, wheels keep to one-way streets."""
    by: Literal["distance", "time"] = "distance"
    """The best way is the shortest, or the fastest."""
    speed_kmh: float = Field(gt=0)
    """Speed where speeds_kmh says nothing."""
    speeds_kmh: dict[str, float] = Field(default_factory=dict)
    """Speed by road class (OSM highway value)."""


MODES: Mapping[str, ModeSettings] = MappingProxyType(
    {
        "walk": ModeSettings(uses="walk", speed_kmh=4.5),
        "e_bike": ModeSettings(uses="cycle", speed_kmh=15),
        "car": ModeSettings(
            uses="drive",
            by="time",
            speed_kmh=25,
            speeds_kmh={
                "motorway": 90, "motorway_link": 50, "trunk": 60, "trunk_link": 40, "primary": 45, "primary_link": 35,
                "secondary": 40, "secondary_link": 30, "tertiary": 30, "residential": 20, "service": 15, "track": 15,
            },
        ),
        "bus": ModeSettings(
            uses="drive",
            by="time",
            speed_kmh=20,
            speeds_kmh={
                "motorway": 70, "motorway_link": 40, "trunk": 45, "trunk_link": 35, "primary": 35, "primary_link": 30,
                "secondary": 30, "secondary_link": 25, "tertiary": 25, "residential": 15, "service": 10, "track": 10,
            },
        ),
    }
)  # fmt: skip
"""Modes that every study has; study.toml may change them or add others. The speeds are assumptions."""


class TravelSettings(Section):
    """How children of one stage travel; what is absent is as in [network]."""

    mode: str | None = None
    """Mode of day pupils."""
    reach_m: int | None = Field(default=None, gt=0)
    """No day pupil is sent farther than this."""
    boarding_mode: str | None = None
    """Mode by which boarders come and go; absent = nobody beyond day reach boards."""
    boarding_reach_m: int = Field(default=60_000, gt=0)
    """No boarder is sent farther than this."""


class BarrierSettings(Section):
    """What children do not cross freely: roads of some classes, or the lines of sources.barriers."""

    stages: tuple[Literal["primary", "junior"], ...] = ("primary",)
    """Stages whose day pupils it binds."""
    classes: tuple[str, ...] = ()
    """Road classes (OSM highway values) that are crossed at junctions only; empty = the lines of sources.barriers."""
    penalty_m: int | None = Field(default=None, ge=0)
    """What a crossing counts for, in metres; absent = never crossed."""


class NetworkSettings(Section):
    """How cells and schools join the roads, and how children travel on them."""

    engine: str = "contraction"
    """Distance engine; all are exact."""
    mode: str = "walk"
    """Mode of day pupils: walk, e_bike, car, bus or one of your own."""
    cell_snap_m: float = Field(default=1000, gt=0)
    """A cell farther from every road joins none, and is listed."""
    school_snap_m: float = Field(default=300, gt=0)
    """The same for schools."""
    smallest_component_m: float = Field(default=2000, ge=0)
    """Pieces of road shorter than this in all are not joined to: they lead nowhere."""
    reach_m: int = Field(default=15000, gt=0)
    """No day pupil is sent farther than this."""
    nearest: int = Field(default=5, ge=1)
    """Schools kept per cell and stage in the costs table."""
    modes: dict[str, ModeSettings] = Field(default_factory=dict)
    """Modes changed or added, by name."""
    travel: dict[Literal["primary", "junior"], TravelSettings] = Field(default_factory=dict)
    """What differs for a stage."""
    barriers: tuple[BarrierSettings, ...] = ()
    """Main roads, railways and the like."""
    radius_m: tuple[int, ...] = (500, 1000)
    """Service radii for which coverage is told."""
    isochrones_m: tuple[int, ...] = (500, 1000, 2000)
    """Distances by road up to which bands of ground around the schools are drawn."""

    def mode_of(self, name: str) -> ModeSettings:
        """A mode by its name; raises SettingsError if there is none."""
        known = {**MODES, **self.modes}
        if name not in known:
            what, remedy = "there is no mode of travel {mode}", "use one of {known}, or describe it under network.modes"
            raise SettingsError(problem(what, remedy, where="study.toml", mode=name, known=", ".join(sorted(known))))
        return known[name]

    def travel_of(self, stage: str) -> TravelSettings:
        """How day pupils and boarders of a stage travel, with nothing absent that [network] says."""
        own = next((travel for name, travel in self.travel.items() if name == stage), TravelSettings())
        return own.model_copy(update={"mode": own.mode or self.mode, "reach_m": own.reach_m or self.reach_m})
