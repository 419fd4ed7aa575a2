"""Who gets what: places, admission, ledger, clusters."""

from typing import Literal

from pydantic import Field

from catchment.settings.base import Section, Share


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
