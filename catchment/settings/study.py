"""study.toml as a whole: read, checked, and asked what it has."""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import Field, ValidationError

from catchment.errors import Problem, SettingsError, problem
from catchment.settings.base import Language, Section, Share
from catchment.settings.notice import DocumentSettings, NoticeSettings
from catchment.settings.people import DemandSettings, ForecastSettings
from catchment.settings.publication import DraftSettings, PublicationSettings
from catchment.settings.rights import (
    AdmissionSettings,
    AllocationSettings,
    ClusterSettings,
    LedgerSettings,
    QuotaSettings,
)
from catchment.settings.sources import PopulationSource, SchoolsSource, Source, Sources
from catchment.settings.travel import NetworkSettings
from catchment.settings.zones import ZoneSettings, ZoneTextSettings


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


class UnitSettings(Section):
    kind: Literal["squares", "streets", "areas"] = "squares"
    """What cells are gathered by: squares of side_m, ground enclosed by streets, or whole areas (village committees)."""
    side_m: float = Field(default=0, ge=0)
    """Cells within a square of this side form one planning unit; 0 = every cell is one (squares), or all of an enclosure."""
    streets: tuple[str, ...] = ("motorway", "trunk", "primary", "secondary", "tertiary")
    """OSM classes of the streets that enclose units (kind = "streets")."""


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
    """How many child-metres a yuan counts for: projects that save less in the plan and the years after it are not built."""
    clusters: int = Field(default=200, ge=1)
    """Demand points per stage in ranking and plan."""
    look_ahead_years: int = Field(default=10, ge=0, le=15)
    """Years after the plan whose children count too: two of them, half way and last, stand for all."""
    search_areas: int = Field(default=5, ge=0, le=50)
    """At most so many areas per stage in which to look for land are proposed; 0 = none."""
    search_gain_m: int = Field(default=500, ge=0)
    """A school there must bring its children so much nearer on the average; a child without a seat counts as in the plan."""
    objective: Literal["expected", "worst", "regret"] = "expected"
    """What is least: the mean over the futures, the cost in the worst, or the greatest excess over what is best in each."""
    total_yuan: int | None = Field(default=None, ge=0)
    """Budget of all plan years together, where there is one."""
    carry_over: bool = False
    """What a year leaves of its budget is added to the next year's."""
    least_use: Share = 0.0
    """In every future so many children (a share of the seats it adds) are at a project's school from its opening on; else it is not built."""
    siblings_share: Share = 0.0
    """Share of the children entering school who have an older sibling in the stage: as zones change, they go where that one is."""
    gap: float = Field(default=0.001, ge=0, le=0.2)
    """Share of the objective that is near enough to the best."""
    seconds: float = Field(default=600.0, gt=0)
    """Time after which the best plan found is taken, with the gap it has."""


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
    zone_text: ZoneTextSettings = ZoneTextSettings()
    """Zones in words."""
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
    notice: NoticeSettings = NoticeSettings()
    """The admission notice."""
    documents: DocumentSettings = DocumentSettings()
    """Word and PDF documents."""
    publication: PublicationSettings = PublicationSettings()
    """Counts that leave the bureau."""
    draft: DraftSettings = DraftSettings()
    """When a plan is only a draft."""

    @property
    def zone_year(self) -> int:
        return self.zones.year or self.study.base_year + 1

    @property
    def plan_years(self) -> range:
        first = self.plan.first_year or self.study.base_year + 1
        return range(first, first + self.plan.years)


def settings_hash(settings: Settings) -> str:
    """The first twelve digits of the SHA-256 of all settings, in the order of their names."""
    text = json.dumps(settings.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


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


WHY = {
    "extra_forbidden": "{key}: there is no such key",
    "missing": "{key}: the key is missing",
    "literal_error": "{key}: must be one of {expected}",
    "greater_than_equal": "{key}: must be {ge} or more",
    "greater_than": "{key}: must be more than {gt}",
    "less_than_equal": "{key}: must be {le} or less",
    "less_than": "{key}: must be less than {lt}",
    "int_type": "{key}: must be a whole number",
    "int_parsing": "{key}: must be a whole number",
    "int_from_float": "{key}: must be a whole number",
    "float_type": "{key}: must be a number",
    "float_parsing": "{key}: must be a number",
    "string_type": "{key}: must be text in quotation marks",
    "bool_type": "{key}: must be true or false",
    "bool_parsing": "{key}: must be true or false",
    "tuple_type": "{key}: must be a list in square brackets",
    "dict_type": "{key}: must be a table",
    "model_type": "{key}: must be a table",
    "osm_complete": "{key}: OSM is no complete survey of any kind",
}
"""What is wrong with a value, by pydantic's name for it; other faults keep pydantic's own words."""
REMEDIES = {
    "extra_forbidden": "remove the key or correct its spelling",
    "missing": "add the key",
    "osm_complete": "take complete out",
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
    """A fault of a key; its values stand in the sentence itself, so that it reads in either language."""
    key = ".".join(str(part) for part in error["loc"])
    remedy = REMEDIES.get(error["type"], "correct the value; docs/settings.md lists every key")
    if error["type"] not in WHY:
        return problem("{key}: {why}", remedy, where=file, key=key, why=error["msg"])
    return problem(WHY[error["type"]], remedy, where=file, key=key, **error.get("ctx", {}))
