"""The offline map: one HTML file with everything in it, that finds a school for a place and tells of each school.

MapLibre GL JS, the letters and the data are inside; the page's own policy forbids it to load anything. It is opened
from a folder, a memory stick or an attachment.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from catchment.reports import Progress, report
from catchment.reports.atlas import open_atlas
from catchment.reports.web_map.content import content
from catchment.reports.web_map.html import html
from catchment.settings import Settings


@report
def web_map(
    settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str, progress: Progress
) -> list[Path]:
    """map.html. Nothing is told that is not in the tables: of tables with suppressed counts it shows these as absent."""
    atlas = open_atlas(settings, tables, run)
    file = folder / "map.html"
    file.write_text(html(content(atlas, tables)), "utf-8", newline="\n")
    progress("web_map", 1, 1)
    return [file]
