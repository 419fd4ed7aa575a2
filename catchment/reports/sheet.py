"""A map sheet as plain data: page, furniture, line work, labels.

A sheet holds all that is on it and nothing else, so that sheets can be drawn in any process, in any order.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from catchment.reports.placing import Label
from catchment.reports.shapes import Trace

Rect = tuple[float, float, float, float]
"""x, y of the lower left corner, width and height, in mm on the page."""


@dataclass(frozen=True)
class Page:
    """Paper and where things stand on it, in mm; `letters` enlarges all lettering."""

    width: float
    height: float
    map: Rect
    facts: Rect
    legend: Rect
    scale: Rect
    index: Rect = (0, 0, 0, 0)
    words: Rect = (0, 0, 0, 0)
    letters: float = 1.0

    def enlarged(self, times: float, letters: float) -> "Page":
        def grown(rect: Rect) -> Rect:
            x, y, width, height = rect
            return x * times, y * times, width * times, height * times

        return Page(
            self.width * times, self.height * times, grown(self.map), grown(self.facts), grown(self.legend),
            grown(self.scale), grown(self.index), grown(self.words), letters,
        )  # fmt: skip


A4_LANDSCAPE = Page(
    297, 210, (10, 22, 214, 168), (228, 152, 59, 38), (228, 94, 59, 56), (228, 22, 59, 23), words=(228, 47, 59, 39)
)
A4_PORTRAIT = Page(
    210, 297, (10, 82, 190, 193), (10, 22, 58, 57), (72, 22, 94, 57), (170, 22, 30, 57), words=(10, 20, 156, 23)
)
OVERVIEW_LANDSCAPE = Page(
    297, 210, (10, 22, 214, 168), (228, 160, 59, 30), (228, 100, 59, 57), (228, 22, 59, 23), index=(228, 47, 59, 50)
)
OVERVIEW_PORTRAIT = Page(
    210, 297, (10, 82, 190, 193), (10, 52, 58, 27), (72, 22, 94, 57), (170, 22, 30, 57), index=(10, 22, 58, 28)
)
A3_LANDSCAPE = OVERVIEW_LANDSCAPE.enlarged(math.sqrt(2), 1.25)
A3_PORTRAIT = OVERVIEW_PORTRAIT.enlarged(math.sqrt(2), 1.25)


@dataclass(frozen=True)
class Shape:
    """A trace drawn with the ink of its kind; `fill` replaces the ink's fill."""

    kind: str
    trace: Trace
    fill: str = ""


@dataclass(frozen=True)
class Marker:
    """A place in metres: a school, a gate of it, or a numbered point of its zone's words; `own` = of the school that the sheet is about."""

    x_m: float
    y_m: float
    own: bool = False
    kind: Literal["school", "gate", "point"] = "school"


@dataclass(frozen=True)
class LegendItem:
    """A line of the legend: what is drawn (a kind of ink, or a marker) and what it means."""

    kind: str
    text: str
    fill: str = ""


@dataclass(frozen=True)
class Sheet:
    """Everything that one map shows. Lengths in mm on paper, places in metres, scale 1:`denominator`."""

    stem: str
    """File without its ending."""
    page: Page
    denominator: int
    centre_m: tuple[float, float]
    title: str
    subtitle: str
    stamps: tuple[str, ...]
    facts_title: str
    facts: tuple[tuple[str, str], ...]
    legend_title: str
    legend: tuple[LegendItem, ...]
    scale_title: str
    north: str
    school_sign: str
    notes: tuple[str, ...]
    watermark: str = ""
    words_title: str = ""
    words: str = ""
    """The zone in words, where the page has room for it."""
    index_title: str = ""
    """Heading of the list of schools whose names found no room on the map."""
    dpi: int = 120
    shapes: tuple[Shape, ...] = ()
    markers: tuple[Marker, ...] = ()
    labels: tuple[Label, ...] = ()

    def texts(self) -> Iterator[str]:
        """Every text on the sheet."""
        yield from (self.title, self.subtitle, *self.stamps, self.facts_title, *self.notes, self.watermark)
        yield from (
            self.words_title,
            self.words,
            self.legend_title,
            self.scale_title,
            self.index_title,
            self.north,
            self.school_sign,
        )
        yield from (word for fact in self.facts for word in fact)
        yield from (item.text for item in self.legend)
        yield from (label.text for label in self.labels)


def bar_length_m(denominator: float, longest_mm: float) -> int:
    """The longest of 1, 2, 5 × 10ⁿ metres that a scale bar of `longest_mm` can show."""
    room = longest_mm * denominator / 1000
    power = 10 ** math.floor(math.log10(room))
    return max(1, int(max(step * power for step in (1, 2, 5) if step * power <= room)))


def length_text(length_m: float) -> str:
    """A length as a scale bar names it: metres below one kilometre."""
    return f"{length_m:g} m" if length_m < 1000 else f"{length_m / 1000:g} km"
