"""study.toml: one file says everything about a study; unknown keys are refused."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catchment.errors import Problem, SettingsError, problem

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09", "projected"]
Basis = Literal["resident", "registered"]
Language = Literal["zh", "en"]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Study(Section):
    """What the study is."""

    name: str
    """Name of the place, as maps and reports print it."""
    name_en: str
    """Name in English."""
    crs: str = ""
    """Projected reference system in metres, as EPSG:<number>; needed for everything but `catchment backtest`."""
    base_year: int
    """Autumn of the latest class return; the first forecast year follows it."""
    horizon_years: int = Field(default=10, ge=1, le=20)
    """Forecast years after base_year."""
    language: Language = "zh"
    """Language of maps and reports; zh prints Chinese and English."""
    seed: int = 0
    """Start of every random choice."""
    extent_deg: tuple[float, float, float, float] | None = None
    """West, south, east, north of the county, to catch swapped or shifted coordinates."""
    demonstration: bool = False
    """Invented values: every map and report says so."""
    map_review_number: str = ""
    """审图号; empty prints 「送审稿」."""


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
    projects: Source | None = None
    """Possible projects."""
    parcels: Source | None = None
    """Parcels of land offered for schools."""
    water: Source | None = None
    """Rivers and lakes: drawn, and no way from a house to the road leads across them."""
    gates: Source | None = None
    """Gates of schools (school code, longitude, latitude); a school without any is entered where it stands."""
    barriers: Source | None = None
    """Lines that are not crossed freely: railways, fences, canals."""

    @property
    def paths(self) -> list[str]:
        """Everything that the sources name as a file, sorted."""
        single = (getattr(self, name) for name in Sources.model_fields if name != "population")
        return sorted({source.path for source in (*self.population, *single) if source is not None})


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


class UnitSettings(Section):
    side_m: float = Field(default=0, ge=0)
    """Cells within a square of this side form one planning unit; 0 = every cell is one."""


class DemandSettings(Section):
    """From people to children by single year of age."""

    stay_share: Share = 1.0
    """Share of registered births that live here as residents (registered births only)."""
    age_share: Share | None = None
    """Share of all residents in one single year of school age, for totals without ages: an assumption."""
    enrol_share: dict[str, Share] = Field(default_factory=dict)
    """Share of resident children enrolled here, by stage."""
    fit_to_enrolment: bool = False
    """Children of the cohorts in school are raked to the pupils of the base year; for a county whose returns are complete."""


class HousingSettings(Section):
    """What new dwellings (sources.housing) bring."""

    yields: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Type of dwelling → stage → pupils per dwelling lived in."""
    phase_in: tuple[Share, ...] = (0.3, 0.6, 0.8, 0.95)
    """Share of the dwellings lived in, in the first, second … autumn; the last one stays."""


class ForecastSettings(Section):
    """The numbers of the forecast; those that are not a study's own were chosen in the backtest (docs/method/forecast.md)."""

    progression: dict[int, float] = Field(default_factory=dict)
    """Pupils of grade g next year per pupil of grade g − 1 now, where no past year tells; 1 where not given."""
    birth_change_per_year: dict[str, float] = Field(default_factory=lambda: {"medium": 0.0})
    """Scenario name → yearly relative change of births after the last known year."""
    entry_age: int = Field(default=6, ge=3, le=8)
    """Age that children have reached when they enter the lowest grade."""
    cut_month: int = Field(default=9, ge=2, le=13)
    """Those born before the first of this month reach it in time; 13 = all of a calendar year enter together."""
    follow_leavers: dict[int, Share] = Field(default_factory=lambda: {7: 1.0})
    """Grade → how far its entrants follow the county's leavers of the grade below: 1 fully, 0 = they keep their level."""
    half_life_years: float = Field(default=3.0, gt=0)
    """Progression ratios: a year this far back counts half."""
    shrink_pupils: float = Field(default=200.0, ge=0)
    """A school's own ratio counts as much as its area's when this many pupils were seen."""
    shrink_births: float = Field(default=100.0, ge=0)
    """An area's own share of a year's births counts half against its mean share when it has this many births a year."""
    entry_half_life_years: float = Field(default=1.5, gt=0)
    """Entrants of a school: a year this far back counts half."""
    drift_half_life_years: float = Field(default=2.0, gt=0)
    """General level of entrants per child: the same."""
    own_growth_share: Share = 0.5
    """How far a school's own growth is believed, against its stage's."""
    skip_years: tuple[int, ...] = ()
    """Autumns that tell nothing of others (an epidemic, a broken return); such years are also found by themselves."""
    draws: int = Field(default=1000, ge=100, le=20_000)
    """Possible futures drawn for intervals and chances."""
    tiers: tuple[float, float, float] = (0.90, 1.00, 1.10)
    """Load (pupils ÷ seats) from which a seat warning is yellow, orange, red."""
    divert_within_m: float = Field(default=3000.0, ge=0)
    """Pupils over are diverted to a school with seats no farther than this, as the crow flies."""
    housing: HousingSettings = HousingSettings()
    """What new dwellings bring."""

    @property
    def central(self) -> str:
        """The scenario that plans are made by: `medium`, or the first."""
        return "medium" if "medium" in self.birth_change_per_year else next(iter(self.birth_change_per_year))


class SeniorSettings(Section):
    """A senior school that gives places to the junior schools (指标到校)."""

    name: str
    """Its name."""
    plan: int = Field(gt=0)
    """Pupils that it admits in all."""
    places: int | None = Field(default=None, ge=0)
    """Places for the junior schools; half of the plan, rounded up, unless given."""

    @property
    def given(self) -> int:
        return self.places if self.places is not None else -(-self.plan // 2)


class AllocationSettings(Section):
    """How it is tested whether pupils follow children and seats."""

    dispersion: float | None = Field(default=None, ge=1)
    """Variance of a school's pupils against that of pupils who come one by one; learnt from past autumns unless given."""
    tolerance_share: Share = 0.05
    """Difference of no account, as a share of the expected pupils; half a class if that is more."""
    draws: int = Field(default=99_999, ge=999)
    """Draws of each test of chance."""


class AdmissionSettings(Section):
    """In which order applicants are admitted, and how lots are drawn."""

    seed_text: str = ""
    """Text that the tickets are made of; published beforehand."""
    order: tuple[Literal["tier", "sibling", "points", "age"], ...] = ("tier", "sibling", "points")
    """What decides before the ticket, in this order."""
    lottery: Literal["by_choice", "by_ticket"] = "by_choice"
    """Zones of several schools: first wishes first, or ticket by ticket."""


class LedgerSettings(Section):
    """Where the ledger of oversized classes (大班额台账) is kept."""

    url: str = ""
    """sqlite:///path or postgresql+psycopg://user@host/database, without a password; data/processed/ledger.db of the study unless given."""


class QuotaSettings(Section):
    """How places of senior schools are shared out to the junior schools."""

    senior: tuple[SeniorSettings, ...] = ()
    """The senior schools."""
    method: Literal["sainte_lague", "largest_remainder"] = "sainte_lague"
    """Method of whole numbers; docs/method/quota.md tells what each can and cannot."""
    tilt: dict[Literal["urban", "town", "rural"], float] = Field(default_factory=dict)
    """Weight of a graduate by the setting of the junior school; 1 where not given."""
    least: int = Field(default=0, ge=0)
    """Places that every junior school with graduates has at least, over all senior schools (sainte_lague only)."""


class ClusterSettings(Section):
    """How schools are gathered into clusters (学区) round a lead school; a campus with several stages is one school."""

    least: int = Field(default=3, ge=1)
    """Fewest schools of a cluster."""
    most: int = Field(default=8, ge=1)
    """Most schools of a cluster."""
    least_pupils: int | None = Field(default=None, ge=0)
    """Fewest pupils of a cluster, in the base year; absent = any number."""
    most_pupils: int | None = Field(default=None, ge=0)
    """Most pupils of a cluster."""
    reach_m: int = Field(default=10_000, gt=0)
    """No school is farther from its lead school by road."""
    strong: tuple[str, ...] = ()
    """Codes of the strong schools (优质学校): every cluster has at least one; none named = no such rule."""
    lead: Literal["any", "strong"] = "any"
    """Which schools may lead a cluster."""
    stages: Literal["must", "wanted", "free"] = "wanted"
    """A primary and a junior stage in every cluster: always, where possible, or no such rule."""
    missing_stage_m: int = Field(default=100_000, ge=0)
    """What a cluster without one of them counts for, in metres (stages = "wanted")."""
    border_m: int = Field(default=0, ge=0)
    """What a school in another township than its lead school counts for, in metres."""
    change_m: int = Field(default=0, ge=0)
    """What a school that leaves its cluster of last year counts for, in metres."""
    strength: dict[str, int] = Field(default_factory=dict)
    """School code → points of strength in whole numbers; 0 where not given."""
    spread_m: int = Field(default=0, ge=0)
    """What each point counts for, in metres, by which a cluster has more or fewer than the county's mean for its schools."""
    together: tuple[tuple[str, str], ...] = ()
    """Pairs of schools that are in the same cluster."""
    apart: tuple[tuple[str, str], ...] = ()
    """Pairs of schools that are not."""
    time_limit_s: int = Field(default=120, ge=1)
    """Longest search; beyond it the best clusters found are taken, and told with their gap."""


class ZoneSettings(Section):
    year: int | None = None
    """Autumn for which zones are drawn; the year after base_year unless given."""


class PlanSettings(Section):
    first_year: int | None = None
    """First plan year; the year after base_year unless given."""
    years: int = Field(default=5, ge=1, le=15)
    """Plan years."""
    budget_yuan: tuple[int, ...] = ()
    """Budget of each plan year."""
    unmet_m: int = Field(default=50_000, gt=0)
    """What a child without a seat counts against metres walked."""
    metres_per_yuan: float = Field(default=1.0, ge=0)
    """How many child-metres a yuan counts for: projects that save less are not built."""
    clusters: int = Field(default=40, ge=1)
    """Demand points per stage in the plan."""


class Settings(Section):
    """Everything that a run depends on, next to its input files."""

    study: Study
    """What the study is."""
    sources: Sources
    """Its files."""
    network: NetworkSettings = NetworkSettings()
    """How cells and schools join the roads."""
    units: UnitSettings = UnitSettings()
    """Planning units."""
    demand: DemandSettings = DemandSettings()
    """From people to children."""
    forecast: ForecastSettings = ForecastSettings()
    """Pupils by school."""
    zones: ZoneSettings = ZoneSettings()
    """Attendance zones."""
    quota: QuotaSettings = QuotaSettings()
    """Places of senior schools."""
    clusters: ClusterSettings = ClusterSettings()
    """School clusters (学区)."""
    ledger: LedgerSettings = LedgerSettings()
    """The ledger of oversized classes."""
    allocation: AllocationSettings = AllocationSettings()
    """Whether pupils follow children and seats."""
    admission: AdmissionSettings = AdmissionSettings()
    """Order of admission."""
    rules: str = "national_2017"
    """Name of a rule set in catchment/rules."""
    rules_beside: tuple[str, ...] = ()
    """Rule sets that are asked too; where their verdicts differ, both are shown."""
    reliefs: tuple[str, ...] = ()
    """Relief clauses that are in force here; none is unless it is named."""
    remedy_yuan: dict[str, float] = Field(default_factory=lambda: {"teaching_area": 3600.0, "equipment": 1.0})
    """What one unit short costs, by level or rule of the finding; a square metre of floor as built in west Guangdong, 2021."""
    checks: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Check name → values that replace its rule's."""
    bands_m: tuple[int, ...] = (500, 1000, 2000, 3000, 5000)
    """Distance bands of the access table."""
    plan: PlanSettings = PlanSettings()
    """The construction plan."""

    @property
    def zone_year(self) -> int:
        return self.zones.year or self.study.base_year + 1

    @property
    def plan_years(self) -> range:
        first = self.plan.first_year or self.study.base_year + 1
        return range(first, first + self.plan.years)


class WholeSources(NamedTuple):
    """The sources that every step beyond the forecast's history needs."""

    population: tuple[PopulationSource, ...]
    roads: Source
    schools: SchoolsSource


def whole_sources(settings: Settings) -> WholeSources:
    """The sources that a run needs, none of them absent; raises SettingsError telling all that are missing."""
    study, sources = settings.study, settings.sources
    needed = {
        "study.crs": study.crs, "sources.population": sources.population, "sources.roads": sources.roads,
        "sources.schools": sources.schools,
    }  # fmt: skip
    missing = [key for key, value in needed.items() if not value]
    if missing or sources.roads is None or sources.schools is None:
        what, remedy = "{key} is missing", "add it; without it only `catchment backtest` can run"
        raise SettingsError([problem(what, remedy, where="study.toml", key=key) for key in missing])
    return WholeSources(sources.population, sources.roads, sources.schools)


def for_history_only(settings: Settings) -> bool:
    """Whether a study has past pupils and neither people nor roads: it can be backtested, not run."""
    sources = settings.sources
    return sources.enrolment is not None and not sources.population and sources.roads is None


REMEDIES = {
    "extra_forbidden": "remove the key or correct its spelling",
    "missing": "add the key",
}


def read_settings(folder: Path) -> Settings:
    """The settings of the study in a folder.

    Raises SettingsError with every unknown key, missing key and bad value.
    """
    file = folder / "study.toml"
    try:
        content = tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(
            problem(
                "there is no study.toml in {folder}",
                "make a study with `catchment new`, or name the folder of one",
                folder=folder,
            )
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            problem(
                "study.toml cannot be read: {error}",
                "correct the line, and save the file as UTF-8",
                where=file,
                error=error,
            )
        ) from None
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        raise SettingsError([_told(file, each) for each in error.errors()]) from None


def _told(file: Path, error: Any) -> Problem:
    key = ".".join(str(part) for part in error["loc"])
    remedy = REMEDIES.get(error["type"], "correct the value; docs/settings.md lists every key")
    return problem("{key}: {why}", remedy, where=file, key=key, why=error["msg"])
