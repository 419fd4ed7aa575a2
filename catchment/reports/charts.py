"""Charts: fans of possible futures, errors, calibration; every letter from the publication's own font."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from catchment.reports.style import cut_lettering

A4_MM = (297.0, 210.0)
FAN = {95: "#dbe9f4", 80: "#a9cce6", 50: "#6aaed6"}
CENTRAL, KNOWN, SEATS, OTHER = "#08519c", "#111111", "#c1121f", "#8a6d00"
METHODS = ("#08519c", "#c1121f", "#8a6d00", "#2f7d4f", "#6b4f8a", "#555555")
DPI = 150
SETTINGS: Any = {"pdf.fonttype": 42, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
            "grid.color": "#e3e3e3", "axes.axisbelow": True, "axes.formatter.useoffset": False, "axes.unicode_minus": False}  # fmt: skip


def page(rows: int, columns: int) -> tuple[Figure, np.ndarray]:
    """An A4 page, landscape, with a grid of axes."""
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(A4_MM[0] / 25.4, A4_MM[1] / 25.4), layout="constrained")
        return figure, np.atleast_2d(figure.subplots(rows, columns, squeeze=False))


def fan(axes: Axes, years: Sequence[int], rows: pd.DataFrame, *, known: Mapping[int, float], label: str) -> None:
    """Central line and intervals of rows (pupils, low50 … high95) over years; what is known before as a black line."""
    x = np.asarray(years)
    for share, colour in FAN.items():
        axes.fill_between(x, rows[f"low{share}"], rows[f"high{share}"], color=colour, linewidth=0, label=f"{share} %")
    axes.plot(x, rows["pupils"], color=CENTRAL, linewidth=1.8, label=label)
    if known:
        axes.plot(list(known), list(known.values()), color=KNOWN, linewidth=1.8, marker="o", markersize=3)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def save(figure: Figure, stem: Path, *, title: str, note: str) -> list[Path]:
    """The figure as PNG and PDF, the same bytes every time; a note runs along its foot.

    Raises InputError if the font lacks a character.
    """
    figure.suptitle(title, fontsize=14, x=0.01, ha="left")
    foot = figure.supxlabel(note, fontsize=7, x=0.01, ha="left", color="#444444")
    files = [stem.with_suffix(".png"), stem.with_suffix(".pdf")]
    with mpl.rc_context(SETTINGS), TemporaryDirectory() as folder:
        # Numbers at the ticks come into being when the figure is laid out: they are letters of ASCII, always in the font.
        lettering = cut_lettering((text.get_text().replace("\n", " ") for text in _texts(figure)), Path(folder))
        foot.set_text("\n".join(lettering.wrapped(note, 7, 0.96 * A4_MM[0])))
        _letter(figure, lettering.file)
        figure.draw_without_rendering()
        _letter(figure, lettering.file)
        figure.savefig(files[0], dpi=DPI, metadata={"Software": None, "Title": title}, pil_kwargs={"compress_level": 4})
        about = {"CreationDate": None, "ModDate": None, "Producer": "matplotlib", "Creator": "catchment"}
        figure.savefig(files[1], metadata={**about, "Title": title})
    return files


def _texts(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if isinstance(text, Text)]


def _letter(figure: Figure, file: str) -> None:
    """Write every text in the publication's font."""
    for text in _texts(figure):
        text.set_fontproperties(FontProperties(fname=file, size=text.get_fontsize()))
