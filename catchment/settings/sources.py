"""The files of a study."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from catchment.errors import SettingsError, problem
from catchment.settings.base import Basis, Datum, Section, SurroundingKind


class Source(Section):
    """A file and where its coordinates come from."""

    path: str
    """File, relative to the study's folder."""
    datum: Datum = "wgs84"
    """Where coordinates in degrees come from; `projected` = the file's own metres."""


class PopulationSource(Source):
    """A population grid, or a layer of cells, of one age band."""

    unit: Literal["people", "people_per_km2"] = "people"
    """What a cell's value counts."""
    year: int
    """Year of the count."""
    basis: Basis = "resident"
    """Who is counted (口径)."""
    age_from: int = 0
    """First age of the band, in completed years."""
    age_to: int | None = None
    """Last age of the band; absent = open."""
    value: str = ""
    """Column that holds the people (layers only)."""
    id: str = ""
    """Column that holds the cell's id (layers only)."""


class SchoolsSource(Source):
    """A school list; or "osm": the road file's `amenity=school`; or "cells:COLUMN": a count in the cell layer."""

    seats_if_unknown: int | None = Field(default=None, gt=0)
    """Seats of a school and stage where the source has none: an assumption."""
    stages_if_unknown: tuple[Literal["primary", "junior"], ...] = ("primary", "junior")
    """Stages of a school where the source does not say: an assumption."""


class SurroundingsSource(Source):
    """Objects near which a school must not, or should not, stand: a layer with columns kind, name, voltage_kv; or "osm": the road file's."""

    complete: tuple[SurroundingKind, ...] = ()
    """Kinds of which the layer holds every object: only of these does none nearby mean that there is none. Never those of OSM."""

    @model_validator(mode="before")
    @classmethod
    def _path_alone(cls, told: Any) -> Any:
        """`surroundings = ["osm"]` is short for an entry that has nothing but a path."""
        return {"path": told} if isinstance(told, str) else told

    @model_validator(mode="after")
    def _osm_is_no_survey(self) -> Self:
        if self.path == "osm" and self.complete:
            raise PydanticCustomError("osm_complete", "OSM is no complete survey")
        return self


class PlainSource(Section):
    """A file without coordinates."""

    path: str
    """File, relative to the study's folder."""


class BirthsSource(PlainSource):
    basis: Basis
    """Who is counted (口径)."""


class Sources(Section):
    """The study's files; population, roads and schools are needed for everything but `catchment backtest`."""

    population: tuple[PopulationSource, ...] = ()
    """One entry per age band."""
    roads: Source | None = None
    """Roads: OSM file, GraphML or layer of lines."""
    schools: SchoolsSource | None = None
    """Schools."""
    classes: PlainSource | None = None
    """Class returns."""
    class_bands: PlainSource | None = None
    """Classes by size band (form 212), for schools without a class return."""
    areas: Source | None = None
    """Townships or other areas; without them the study is one area."""
    births: BirthsSource | None = None
    """Births by area and calendar year."""
    enrolment: PlainSource | None = None
    """Pupils of past autumns by school and grade."""
    events: PlainSource | None = None
    """Schools that closed, merged, changed their code or zone, or will."""
    housing: PlainSource | None = None
    """Dwellings being finished, by area, year and type."""
    entrants: PlainSource | None = None
    """Children counted before they enter school: kindergarten top classes, vaccination registers."""
    past_forecasts: PlainSource | None = None
    """Forecasts that others made in the past, for `catchment backtest`."""
    resources: PlainSource | None = None
    """What schools have: teachers, rooms, grounds, equipment."""
    rates: PlainSource | None = None
    """Rates of the county and its schools: a part and a whole each."""
    residence: PlainSource | None = None
    """Where the pupils of each school live: pupils by zone or area, and school."""
    applicants: PlainSource | None = None
    """Applicants by number, without names: home zone, rank of their right, sibling's school, points, wishes."""
    places: PlainSource | None = None
    """Places that schools offer to applicants."""
    zone_wishes: PlainSource | None = None
    """Wishes about zones: units or areas locked to a school, banned from it, or kept together."""
    present_zones: Source | None = None
    """Zones in force, as polygons with the school's code and the stage."""
    addresses: Source | None = None
    """Address points: streets with house numbers, hamlets, buildings; for the words of zones. Nothing personal."""
    projects: Source | None = None
    """Possible projects."""
    parcels: Source | None = None
    """Parcels of land offered for schools."""
    surroundings: tuple[SurroundingsSource, ...] = ()
    """What stands around the parcels: railways, power lines, petrol stations, protected ground …; one entry per layer, or ["osm"]."""
    water: Source | None = None
    """Rivers and lakes: drawn, and no way from a house to the road leads across them."""
    gates: Source | None = None
    """Gates of schools (school code, longitude, latitude); a school without any is entered where it stands."""
    barriers: Source | None = None
    """Lines that are not crossed freely: railways, fences, canals."""

    @property
    def complete_surroundings(self) -> frozenset[str]:
        """Kinds of which some layer holds every object."""
        return frozenset(kind for source in self.surroundings for kind in source.complete)

    def told(self, name: str) -> PlainSource:
        """A source that a command cannot do without; raises SettingsError if study.toml does not name it."""
        source: PlainSource | None = getattr(self, name)
        if source is None:
            what, remedy = "{key} is missing", "name its file; docs/inputs.md tells what it holds"
            raise SettingsError(problem(what, remedy, where="study.toml", key=f"sources.{name}"))
        return source

    @property
    def paths(self) -> list[str]:
        """Everything that the sources name as a file, sorted."""
        several = ("population", "surroundings")
        single = (getattr(self, name) for name in Sources.model_fields if name not in several)
        every = (*self.population, *self.surroundings, *single)
        return sorted({source.path for source in every if source is not None})
