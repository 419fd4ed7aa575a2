"""study.toml: one file says everything about a study; unknown keys are refused."""

from catchment.settings.base import (
    Basis,
    Datum,
    Language,
    Section,
    Share,
)
from catchment.settings.notice import (
    DocumentSettings,
    NoticeSettings,
)
from catchment.settings.people import (
    DemandSettings,
    ForecastSettings,
    HousingSettings,
)
from catchment.settings.publication import DraftSettings, PublicationSettings
from catchment.settings.rights import (
    AdmissionSettings,
    AllocationSettings,
    ClusterSettings,
    LedgerSettings,
    QuotaSettings,
    SeniorSettings,
)
from catchment.settings.sources import (
    BirthsSource,
    PlainSource,
    PopulationSource,
    SchoolsSource,
    Source,
    Sources,
    SurroundingsSource,
)
from catchment.settings.study import (
    PlanSettings,
    Settings,
    Study,
    UnitSettings,
    WholeSources,
    for_history_only,
    read_settings,
    settings_hash,
    whole_sources,
)
from catchment.settings.travel import (
    MODES,
    BarrierSettings,
    ModeSettings,
    NetworkSettings,
    TravelSettings,
)
from catchment.settings.zones import ZoneSettings, ZoneTextSettings

__all__ = [
    "MODES",
    "AdmissionSettings",
    "AllocationSettings",
    "BarrierSettings",
    "Basis",
    "BirthsSource",
    "ClusterSettings",
    "Datum",
    "DemandSettings",
    "DocumentSettings",
    "DraftSettings",
    "ForecastSettings",
    "HousingSettings",
    "Language",
    "LedgerSettings",
    "ModeSettings",
    "NetworkSettings",
    "NoticeSettings",
    "PlainSource",
    "PlanSettings",
    "PopulationSource",
    "PublicationSettings",
    "QuotaSettings",
    "SchoolsSource",
    "Section",
    "SeniorSettings",
    "Settings",
    "Share",
    "Source",
    "Sources",
    "Study",
    "SurroundingsSource",
    "TravelSettings",
    "UnitSettings",
    "WholeSources",
    "ZoneSettings",
    "ZoneTextSettings",
    "for_history_only",
    "read_settings",
    "settings_hash",
    "whole_sources",
]
