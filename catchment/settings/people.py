"""Children, pupils, births, dwellings."""

from pydantic import Field

from catchment.settings.base import Section, Share


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
    futures: int = Field(default=20, ge=1, le=200)
    """Of them, how many ranking and plan look at: from few children to many, evenly spread."""
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
