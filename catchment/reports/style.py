"""How the publications look: words in two languages, lettering, colours and line work."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from catchment.errors import InputError, problem
from catchment.locale import translate

FONT = Path(__file__).parent / "fonts" / "NotoSansSC-Regular.ttf"
MM_PER_POINT = 25.4 / 72
ASCII = "".join(map(chr, range(32, 127)))
UNSAFE = re.compile(r"[^\w\-]+")


def both(message: str, language: str) -> str:
    """A label in the reader's language and, when that is not English, in English after it."""
    words = translate(message, language)
    return message if words == message else f"{words} {message}"


def shown(text: object) -> str:
    """A name as it is printed: one line, single spaces, no control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def safe_name(text: object) -> str:
    """A name that can be part of a file name on every system: letters of any script, digits, - and _ only."""
    return UNSAFE.sub("_", shown(text)).strip("_")[:40] or "_"


# --- lettering -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lettering:
    """A font file that holds just the characters of one publication, and how wide each is (in ems)."""

    file: str
    advances: Mapping[str, float]

    def width_mm(self, text: str, size: float) -> float:
        """The printed width of a text at a size in points."""
        return sum(self.advances[character] for character in text) * size * MM_PER_POINT

    def wrapped(self, text: str, size: float, width_mm: float) -> list[str]:
        """The text in lines no wider than `width_mm`; Chinese breaks anywhere but before closing and after opening marks, Latin between words."""
        lines = [""]
        for piece in re.findall(r"[（“「《]*(?:[!-~]+ ?|.)[）”」》、，。；：]*", text):
            if lines[-1] and self.width_mm(lines[-1] + piece.rstrip(), size) > width_mm:
                lines.append("")
            lines[-1] += piece
        return [line.strip() for line in lines]


def cut_lettering(texts: Iterable[str], folder: Path) -> Lettering:
    """Write the font with only the characters of these texts into a folder.

    The whole font is 10 MB and would be read again for every PDF; a cut one takes milliseconds.
    Raises InputError with every character that the font lacks: an empty box on a map is a wrong name.
    """
    from fontTools import subset

    characters = sorted(set(ASCII).union(*texts))
    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, recalc_timestamp=False, name_IDs=[1, 2, 3, 4, 6]
    )
    file = folder / "lettering.ttf"
    with subset.load_font(str(FONT), options) as font:
        glyphs, metrics, ems = font.getBestCmap(), font["hmtx"].metrics, font["head"].unitsPerEm
        _refuse([character for character in characters if ord(character) not in glyphs])
        advances = {character: metrics[glyphs[ord(character)]][0] / ems for character in characters}
        cutter = subset.Subsetter(options)
        cutter.populate(text="".join(characters))
        cutter.subset(font)
        subset.save_font(font, str(file), options)
    return Lettering(str(file), advances)


def _refuse(missing: list[str]) -> None:
    if missing:
        raise InputError(
            problem(
                "the map font has no glyph for {characters}",
                "write the name with other characters",
                characters=" ".join(f"{character} (U+{ord(character):04X})" for character in missing),
            )
        )


@dataclass(frozen=True)
class Letters:
    """How a kind of label is written: size in points, colour; `around` = beside its point, not upon it."""

    size: float
    colour: str
    around: bool = False
    must: bool = False
    """Written even where it overlaps another label."""
    rings: tuple[float, ...] = (1.0,)
    """How far off its point a label is tried, in gaps."""


LETTERS = {  # in the order in which they get their places
    "school": Letters(9.5, "#7a0f1e", around=True, must=True),
    "search": Letters(7, "#00614f", around=True, must=True),
    "point": Letters(5, "#7a0f1e", around=True, must=True, rings=(0.5, 1.0, 1.6)),
    "change": Letters(7, "#7a0f1e", around=True, must=True, rings=(0.3, 0.8, 1.4)),
    "other_school": Letters(7, "#333333", around=True),
    "town": Letters(9, "#6b4f8a"),
    "listed": Letters(4.6, "#222222", around=True),
    "neighbour": Letters(7, "#555555"),
    "road": Letters(6.2, "#5b4a33"),
    "river": Letters(6.5, "#1f6fa8"),
    "street": Letters(5.4, "#6d6d6d"),
}

# --- colours and lines -----------------------------------------------------------------------------

PALETTE = ("#f4ed9e", "#ca9feb", "#d4f2dc", "#dba45a", "#c6c3d2", "#9bb89d", "#f6b8c3", "#cdd67a", "#dfc3a2", "#f0a98f")
"""Zone fills; no blue, which is water. The first six, which nearly all zones get, are told apart with every kind of colour blindness."""

REACH = ("#2c7fb8", "#7fcdbb", "#d9f0c3", "#fff7bc", "#fde0c5")
"""Bands from near to far, light enough for roads and names."""

STAGE_FILLS = {"primary": "#b3001b", "junior": "#1f4e8c"}
"""Marks of schools."""
PROJECT_FILLS = {
    "new": "#009e73", "relocated": "#e69f00", "expanded": "#56b4e9", "temporary": "#cc79a7", "converted": "#0072b2",
    "closed": "#555555",
}  # fmt: skip
"""Marks of candidate projects by kind, told apart by the colour-blind."""
VERDICT_FILLS = {
    "ruled_out": "#7b1e1e", "failed": "#d55e00", "unknown": "#999999", "penalised": "#e69f00", "passed": "#009e73",
}  # fmt: skip
"""Colours of the verdicts on sites, the worst first; told apart by the colour-blind."""


@dataclass(frozen=True)
class Ink:
    """How a kind of thing is drawn: colours, line width in points, dashes in points; drawn in order of z."""

    z: float
    fill: str = "none"
    line: str = "none"
    width: float = 0
    dash: tuple[float, ...] = ()
    casing: str = ""
    """Colour of a slightly wider line beneath."""


INKS = {
    "zone_fill": Ink(1, fill="#ffffff"),
    "lake": Ink(2, fill="#b5d9ee", line="#6aaed6", width=0.4),
    "river": Ink(2.2, line="#6aaed6", width=1.1),
    "path": Ink(3, line="#b3a58c", width=0.45, dash=(2, 1.2)),
    "street": Ink(3.2, line="#ffffff", width=0.8, casing="#b8b8b8"),
    "local": Ink(3.6, line="#ffffff", width=1.3, casing="#8f8f8f"),
    "main": Ink(4, line="#ffd37a", width=1.9, casing="#9c7a3c"),
    "motorway": Ink(4.4, line="#ef9a4d", width=2.4, casing="#8c4f1a"),
    "area": Ink(5, line="#7d5fa5", width=0.9, dash=(6, 1.5, 1, 1.5)),
    "boundary": Ink(5.4, line="#6e6e6e", width=0.7),
    "search": Ink(5.7, line="#00614f", width=1.3),
    "link": Ink(5.8, line="#333333", width=0.8),
    "outline": Ink(6, line="#c1121f", width=2.2),
}

ROAD_KINDS = {
    "motorway": ("motorway", "trunk"),
    "main": ("primary", "secondary"),
    "local": ("tertiary", "unclassified"),
    "path": ("footway", "path", "track", "steps", "cycleway", "bridleway", "pedestrian", "corridor"),
}


def road_kind(road_class: str) -> str:
    """The kind of line for an OSM highway value: motorway, main, local, street or path."""
    value = road_class.removesuffix("_link")
    return next((kind for kind, values in ROAD_KINDS.items() if value in values), "street")


def paler(colour: str, share: float) -> str:
    """A colour mixed with a share of white."""
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(c + (255 - c) * share):02x}" for c in channels)


def colours(neighbours: Iterable[tuple[int, int]], count: int) -> list[int]:
    """A palette number for each of `count` zones so that no two neighbours share one.

    Greedy, the zone with most neighbours first; of the free colours the one used least, so that the
    map does not drown in the first. More colours than the palette has are numbered on.
    """
    beside: list[set[int]] = [set() for _ in range(count)]
    for a, b in neighbours:
        beside[a].add(b)
        beside[b].add(a)
    chosen, used = [-1] * count, [0] * len(PALETTE)
    for zone in sorted(range(count), key=lambda i: (-len(beside[i]), i)):
        taken = {chosen[other] for other in beside[zone]}
        free = [colour for colour in range(min(6, len(used))) if colour not in taken]
        if not free:
            free = [next(colour for colour in range(count + 1) if colour not in taken)]
            used += [0] * (free[0] + 1 - len(used))
        chosen[zone] = min(free, key=lambda colour: (used[colour], colour))
        used[chosen[zone]] += 1
    return chosen


def fill_of(number: int) -> str:
    """The fill of a palette number; beyond the palette, its colours again but paler."""
    turn, place = divmod(number, len(PALETTE))
    return paler(PALETTE[place], min(0.3 * turn, 0.8))
