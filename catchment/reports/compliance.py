"""What the rules say, on paper: the workbook of findings and remedies, and a page for every school."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from catchment.reports.compliance_pages import compliance_pages
from catchment.reports.page import in_words
from catchment.reports.school_pages import school_pages
from catchment.reports.workbook import write_pages
from catchment.settings import Settings


def publish_compliance(settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str) -> list[Path]:
    """rules.xlsx and schools.pdf in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = in_words(compliance_pages(tables, settings), settings.study.language)
    return [
        write_pages(pages, settings, folder / "rules.xlsx", run, tables=tables),
        school_pages(settings, tables, folder / "schools.pdf", run=run),
    ]
