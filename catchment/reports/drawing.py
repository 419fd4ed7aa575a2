"""Drawing of map sheets: letters cut once for all of them, two processes where there are many."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory

from catchment.reports.hand import draw
from catchment.reports.sheet import Sheet
from catchment.reports.style import Lettering, cut_lettering

WORKERS = 2
FEW = 6
"""Up to so many sheets are drawn here: starting other processes would take longer."""


def draw_sheets(sheets: Sequence[Sheet], told: Callable[[int, int], None] = lambda *_: None) -> list[Path]:
    """Draw each sheet as PNG and PDF and return the files in order; `told` is called with how many are done, and of how many."""
    files: list[Path] = []
    with TemporaryDirectory() as scratch:
        lettering = cut_lettering((text for sheet in sheets for text in sheet.texts()), Path(scratch))
        for done, pair in enumerate(_drawn(sheets, lettering), start=1):
            files += map(Path, pair)
            told(done, len(sheets))
    return files


def _drawn(sheets: Sequence[Sheet], lettering: Lettering) -> Iterator[list[str]]:
    if len(sheets) <= FEW:
        yield from map(draw, sheets, repeat(lettering))
        return
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(draw, sheets, repeat(lettering))
