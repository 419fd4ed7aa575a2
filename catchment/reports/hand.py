"""The hand that draws a map sheet: one figure without axes, in mm of the paper and metres of the ground."""

import math
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from catchment.reports.fine_pdf import Halo, save_pdf
from catchment.reports.placing import Label, Placed, place
from catchment.reports.sheet import LegendItem, Rect, Sheet, bar_length_m, length_text
from catchment.reports.style import INKS, LETTERS, Ink, Lettering
from catchment.reports.words import ROAD_WORDS

RED, DARK, GREY, GROUND = "#b3001b", "#222222", "#666666", "#faf8f3"
FORMATS = ("png", "pdf")
FINER = ((15_000, 1.0), (30_000, 0.85), (60_000, 0.7), (math.inf, 0.55))
"""Scale denominator up to which roads have this share of their ink's width."""

A4_MM2 = 297 * 210
RC: dict[Any, Any] = {
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "path.simplify": True,
    "text.hinting": "none",
    "text.hinting_factor": 1,
}


def draw(sheet: Sheet, lettering: Lettering) -> list[str]:
    """Draw a sheet as PNG and PDF and return the two files. A glyph that is missing is an error."""
    with warnings.catch_warnings(), mpl.rc_context(RC):
        warnings.filterwarnings("error", message="Glyph")
        figure = _Hand(sheet, lettering).figure
        Path(sheet.stem).parent.mkdir(parents=True, exist_ok=True)
        files = [f"{sheet.stem}.{ending}" for ending in FORMATS]
        figure.savefig(
            files[0], dpi=sheet.dpi, metadata={"Software": None, "Title": sheet.title}, pil_kwargs={"compress_level": 4}
        )
        about = {"CreationDate": None, "ModDate": None, "Producer": "matplotlib", "Creator": "catchment"}
        save_pdf(figure, Path(files[1]), {**about, "Title": sheet.title})
    return files


SIZES, RADII = {"gate": 5.0, "point": 3.0}, {"gate": 1.1, "point": 0.5}
"""Of marks other than schools: their size in points, and what they keep free around them in mm."""
WORD_SIZES = (7.0, 6.5, 6.0, 5.5, 5.0, 4.5)
LINE_MM = 0.46
"""Distance between lines of words, mm for each point of their size."""


class _Hand:
    """Draws one sheet upon one figure, without axes: one transform for paper mm, one for metres."""

    def __init__(self, sheet: Sheet, lettering: Lettering) -> None:
        page = sheet.page
        self.sheet, self.page, self.lettering = sheet, page, lettering
        self.figure = Figure(figsize=(page.width / 25.4, page.height / 25.4), facecolor="white")
        self.paper: Transform = Affine2D().scale(1 / 25.4) + self.figure.dpi_scale_trans
        x, y, width, height = page.map
        zoom = 1000 / sheet.denominator
        self.to_mm = (
            Affine2D()
            .translate(-sheet.centre_m[0], -sheet.centre_m[1])
            .scale(zoom)
            .translate(x + width / 2, y + height / 2)
        )
        self.map_frame = Rectangle((x, y), width, height, transform=self.paper)
        self.ground()
        self.title()
        self.facts()
        self.legend()
        self.words()
        self.scale()
        self.notes()

    def put(self, artist: Artist, z: float, *, inside: bool = False) -> None:
        artist.set_zorder(z)
        self.figure.add_artist(artist)
        if inside:
            artist.set_clip_path(self.map_frame)

    def write(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str = DARK,
        *,
        z: float = 20,
        halo: bool = False,
        bold: bool = False,
        **how: Any,
    ) -> None:
        font = FontProperties(fname=self.lettering.file, size=size * self.page.letters)
        how = {"verticalalignment": "center", "fontproperties": font, "transform": self.paper, **how}
        if halo or bold:  # a text of its own beneath: stroked text would no longer be text in the PDF
            stroke = {"linewidth": 2.2, "foreground": "white", "alpha": 0.85} if halo else {"linewidth": 0.5}
            beneath = Text(x, y, text, color=colour, parse_math=False, path_effects=[Halo(**stroke)], **how)
            self.put(beneath, z - 0.5, inside=halo)
        self.put(Text(x, y, text, color=colour, parse_math=False, **how), z, inside=halo)

    def stroke(self, shape: Outline, ink: Ink, transform: Transform, fill: str = "", *, inside: bool = False) -> None:
        how: dict[str, Any] = {"transform": transform, "capstyle": "round", "joinstyle": "round"}
        filled = fill or ink.fill
        if ink.casing:
            beneath = PathPatch(shape, facecolor="none", edgecolor=ink.casing, linewidth=ink.width + 0.6, **how)
            self.put(beneath, ink.z - 0.15, inside=inside)
        line = (0, ink.dash) if ink.dash else "-"
        if ink.dash:
            how["capstyle"] = "butt"
        patch = PathPatch(shape, facecolor=filled, edgecolor=ink.line, linewidth=ink.width, linestyle=line, **how)
        self.put(patch, ink.z, inside=inside)

    # the map

    def ground(self) -> None:
        x, y, width, height = self.page.map
        self.put(Rectangle((x, y), width, height, transform=self.paper, facecolor=GROUND, edgecolor="none"), 0)
        for shape in self.sheet.shapes:
            points = self.to_mm.transform(shape.trace.vertices)
            self.stroke(Outline(points, shape.trace.codes), self.ink(shape.kind), self.paper, shape.fill, inside=True)
        for marker in self.sheet.markers:
            mx, my = self.to_mm.transform((marker.x_m, marker.y_m))
            self.marker(mx, my, own=marker.own, kind=marker.kind, inside=True)
        placed = self.placed()
        for each in placed:
            self.label(each)
        self.index(
            [label for label in self.sheet.labels if label.kind == "listed" and label not in {p.label for p in placed}]
        )
        if self.sheet.watermark:
            how: dict[str, Any] = {"horizontalalignment": "center", "rotation": 30, "alpha": 0.08}
            self.write(x + width / 2, y + height / 2, self.sheet.watermark, 44, RED, z=7, **how)
        frame = Rectangle((x, y), width, height, transform=self.paper, facecolor="none", edgecolor=DARK, linewidth=0.9)
        self.put(frame, 30)

    def ink(self, kind: str) -> Ink:
        """The ink of a kind; roads are drawn finer on small scales, where they lie closer."""
        ink = INKS[kind]
        finer = next(share for scale, share in FINER if self.sheet.denominator <= scale)
        return replace(ink, width=ink.width * finer) if kind in ROAD_WORDS else ink

    def placed(self) -> list[Placed]:
        letters = self.page.letters
        markers = [
            (*self.to_mm.transform((m.x_m, m.y_m)), RADII.get(m.kind, 2.0 if m.own else 1.1))
            for m in self.sheet.markers
        ]
        spots = [self.to_mm.transform(np.array([spot[:2] for spot in label.spots])) for label in self.sheet.labels]
        return place(self.sheet.labels, spots, markers, frame=self.page.map, lettering=self.lettering, letters=letters)

    def label(self, placed: Placed) -> None:
        letters = LETTERS[placed.label.kind]
        how: dict[str, Any] = {"horizontalalignment": "center", "rotation": placed.angle, "rotation_mode": "anchor"}
        self.write(placed.x, placed.y, placed.label.text, letters.size, letters.colour, z=12, halo=True, **how)

    def index(self, labels: list[Label]) -> None:
        """Number the schools whose names found no room, and list them beside the map."""
        if not labels:
            return
        x, y, width, _ = self.page.index
        letters = self.page.letters
        low = self.heading(self.page.index, self.sheet.index_title)
        rows = max(int((low - y) / (3.3 * letters)), -(-len(labels) // 3))
        step = min(3.3 * letters, (low - y) / rows)
        for number, label in enumerate(sorted(labels, key=lambda each: (-each.spots[0][1], each.text)), start=1):
            column, row = divmod(number - 1, rows)
            left = x + column * width / 3
            self.write(left, low - 2.4 * letters - step * row, f"{number} {label.text}", 5.4)
            mx, my = self.to_mm.transform(label.spots[0][:2])
            self.write(mx + 0.9, my + 1.5, str(number), 4.4, RED, z=13, halo=True)

    def marker(self, x: float, y: float, *, own: bool, kind: str = "school", inside: bool = False) -> None:
        size, fill = (SIZES[kind], RED) if kind in SIZES else (11.0, RED) if own else (4.6, "#39424e")
        form = "^" if kind == "gate" else "o"
        dot = Line2D([x], [y], marker=form, markersize=size, color=fill, markeredgecolor="white", markeredgewidth=0.8)
        dot.set_transform(self.paper)
        self.put(dot, 10 + own, inside=inside)
        if own and kind == "school":
            how: dict[str, Any] = {"horizontalalignment": "center", "verticalalignment": "center_baseline"}
            self.write(x, y, self.sheet.school_sign, 6.4 / self.page.letters, "white", z=11.5, **how)

    # around the map

    def title(self) -> None:
        page, sheet = self.page, self.sheet
        x, top = page.map[0], page.map[1] + page.map[3]
        gap, room = (page.height - top) / 20, page.width - 2 * x - 64 * page.letters
        wide = self.lettering.width_mm(sheet.title, 17 * page.letters)
        self.write(x, top + 11.3 * gap, sheet.title, 17 * min(1, room / wide), bold=True)
        self.write(x, top + 4.4 * gap, sheet.subtitle, 8.5, GREY)
        for row, text in enumerate(sheet.stamps):
            self.stamp(page.width - x, top + (13.5 - 7.5 * row) * gap, text)

    def stamp(self, right: float, y: float, text: str) -> None:
        letters = self.page.letters
        wide = self.lettering.width_mm(text, 9 * letters) + 4
        box = FancyBboxPatch(
            (right - wide, y - 2.4 * letters), wide, 4.8 * letters, boxstyle="round,pad=0,rounding_size=0.8",
            transform=self.paper, facecolor="#fff3f3", edgecolor=RED, linewidth=1,
        )  # fmt: skip
        self.put(box, 19)
        self.write(right - wide / 2, y, text, 9, RED, horizontalalignment="center")

    def heading(self, rect: Rect, text: str) -> float:
        """A block's heading and rule; returns the height at which its content starts."""
        x, y, width, height = rect
        letters = self.page.letters
        self.write(x, y + height - 2.2 * letters, text, 8.5, bold=True)
        low = y + height - 4.8 * letters
        self.put(Line2D([x, x + width], [low, low], color=GREY, linewidth=0.6, transform=self.paper), 19)
        return low

    def facts(self) -> None:
        x, _, width, _ = self.page.facts
        letters = self.page.letters
        low = self.heading(self.page.facts, self.sheet.facts_title)
        for row, (name, value) in enumerate(self.sheet.facts):
            y = low - (3 + 4.9 * row) * letters
            self.write(x, y, name, 7, GREY)
            self.write(x + width, y, value, 7.6, horizontalalignment="right")

    def legend(self) -> None:
        x, _, width, _ = self.page.legend
        letters = self.page.letters
        low = self.heading(self.page.legend, self.sheet.legend_title)
        columns = 2 if width > 75 * letters else 1
        per_column = -(-len(self.sheet.legend) // columns)
        for place_, item in enumerate(self.sheet.legend):
            column, row = divmod(place_, per_column)
            left = x + column * width / columns
            y = low - (3.4 + 5.2 * row) * letters
            self.key(item, left, y, letters)
            self.write(left + 10.5 * letters, y, item.text, 7)

    def key(self, item: LegendItem, x: float, y: float, letters: float) -> None:
        wide = 8 * letters
        if item.kind in ("school", "other_school", *SIZES):
            self.marker(x + wide / 2, y, own=item.kind != "other_school", kind=item.kind)
            return
        ink = self.ink(item.kind)
        if item.fill or ink.fill != "none":
            corners = [(x, y - 1.5), (x + wide, y - 1.5), (x + wide, y + 1.5), (x, y + 1.5), (x, y - 1.5)]
        else:
            corners = [(x, y), (x + wide, y)]
        self.stroke(Outline(corners), replace(ink, z=20), self.paper, item.fill)

    def words(self) -> None:
        """The zone in words, in the largest letters that fit its block; what fits in none ends with an ellipsis."""
        if not self.sheet.words:
            return
        x, y, width, _ = self.page.words
        low = self.heading(self.page.words, self.sheet.words_title)
        for size in WORD_SIZES:
            lines = list(self.lettering.wrapped(self.sheet.words, size * self.page.letters, width))
            step = size * LINE_MM
            if len(lines) * step <= low - y:
                break
        room = int((low - y) / step)
        if len(lines) > room:
            lines = [*lines[: room - 1], lines[room - 1][:-1] + "…"]
        for row, line in enumerate(lines):
            self.write(x, low - step * (row + 0.7), line, size)

    def scale(self) -> None:
        x, y, width, height = self.page.scale
        letters = self.page.letters
        arrow = 9.0 * letters
        self.north(x + width - arrow / 2, y + height - 15 * letters, arrow)
        length_m = bar_length_m(self.sheet.denominator, width - (5 if height > 40 else 20) * letters)
        step = length_m * 1000 / self.sheet.denominator / 4
        base = y + 3 * letters
        for quarter in range(4):
            shade = DARK if quarter % 2 == 0 else "white"
            corner = (x + 2 + quarter * step, base)
            bar = Rectangle(
                corner, step, 1.6 * letters, transform=self.paper, facecolor=shade, edgecolor=DARK, linewidth=0.5
            )
            self.put(bar, 20)
        half = f"{length_m / (2000 if length_m >= 1000 else 2):g}"
        ends = ((0, "0"), *(((2, half),) if step > 4.5 * letters else ()), (4, length_text(length_m)))
        for quarter, text in ends:
            self.write(x + 2 + quarter * step, base + 3.6 * letters, text, 6.8, horizontalalignment="center")
        paper = (
            "A3" if self.page.width * self.page.height > A4_MM2 else "A4"
        )  # a ratio holds for the paper that it was drawn for
        words = f"{self.sheet.scale_title} 1:{self.sheet.denominator:,}".replace(",", " ") + f" ({paper})"
        self.write(x, base + 8 * letters, words, 7, GREY)

    def north(self, x: float, y: float, size: float) -> None:
        tip, left, right, notch = (x, y + size), (x - size * 0.3, y), (x + size * 0.3, y), (x, y + size * 0.25)
        for corners, fill in (((tip, left, notch), DARK), ((tip, right, notch), "white")):
            half = Polygon(corners, closed=True, transform=self.paper, facecolor=fill, edgecolor=DARK, linewidth=0.7)
            self.put(half, 20)
        self.write(x, y + size + 2.4, self.sheet.north, 8.5, horizontalalignment="center")

    def notes(self) -> None:
        page = self.page
        size = 6.2
        width = page.width - 2 * page.map[0]
        lines = [line for note in self.sheet.notes for line in self.lettering.wrapped(note, size * page.letters, width)]
        low = page.scale[1]
        step = min(3.0 * page.letters, (low - 5) / max(1, len(lines)))
        for row, line in enumerate(lines):
            self.write(page.map[0], low - 3.4 * page.letters - row * step, line, size, GREY)
