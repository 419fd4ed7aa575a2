"""What every publication says of itself: run, settings, date of the data, and whether it is only a draft."""

from collections.abc import Iterator, Mapping

import pandas as pd

from catchment.drafts import STAMP, draft_reasons
from catchment.locale import translate
from catchment.reports.style import both, shown
from catchment.settings import Settings, settings_hash

Tables = Mapping[str, pd.DataFrame]
DEMONSTRATION = "Demonstration data: values are invented and must not be used for decisions."


def data_date(settings: Settings, tables: Tables) -> str:
    """Day of the latest class return; the base year where there is none."""
    classes = tables.get("classes")
    return str(max(classes["snapshot"] if classes is not None else (), default=str(settings.study.base_year)))


def origin_words(settings: Settings, date: str, run: str) -> str:
    """Run, settings and date of the data in a line."""
    words = translate("run {run} · settings {settings} · data as of {date}", settings.study.language)
    return words.format(run=shown(run), settings=settings_hash(settings), date=date)


def warnings_of(settings: Settings, tables: Tables) -> Iterator[str]:
    """What must be told of a draft, with its reasons, and of a demonstration."""
    language = settings.study.language
    reasons = draft_reasons(settings, tables)
    if reasons:
        told = translate("; ", language).join(reason.text(language) for reason in reasons)
        yield f"{both(STAMP, language)}{translate(': ', language)}{told}"
    if settings.study.demonstration:
        yield both(DEMONSTRATION, language)


def foot(settings: Settings, tables: Tables, run: str, *first: str) -> str:
    """The line at the foot of a chart: warnings, what it shows (in words already), its origin."""
    origin = origin_words(settings, data_date(settings, tables), run)
    return " · ".join([*warnings_of(settings, tables), *filter(None, first), origin])
