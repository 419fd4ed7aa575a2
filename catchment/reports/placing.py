"""Where labels go, so that they do not lie upon each other: greedy, in the order of their importance."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catchment.reports.style import LETTERS, MM_PER_POINT, Lettering

BESIDE = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
"""Sides of a point on which its label may stand, best first."""


@dataclass(frozen=True)
class Label:
    """A text, its kind, and the places (x_m, y_m, angle in degrees) where it may stand, best first."""

    text: str
    kind: str
    spots: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Placed:
    """A label and its centre on the page in mm."""

    label: Label
    x: float
    y: float
    angle: float


def place(
    labels: Sequence[Label],
    spots: Sequence[NDArray[Any]],
    markers: Iterable[tuple[float, float, float]],
    *,
    frame: tuple[float, float, float, float],
    lettering: Lettering,
    letters: float,
) -> list[Placed]:
    """The labels that found a place inside the frame, each upon nothing else.

    `spots` are the labels' places in page mm, `markers` are (x, y, radius) in mm to keep free. The kinds
    come in the order of LETTERS, within a kind the labels in their own order.
    """
    taken = [(x - r, y - r, x + r, y + r) for x, y, r in markers]
    order = sorted(range(len(labels)), key=lambda i: (list(LETTERS).index(labels[i].kind), i))
    placed = []
    for i in order:
        look = LETTERS[labels[i].kind]
        options = list(_options(labels[i], spots[i], lettering, letters))
        free = (option for option in options if _inside(option[1], frame) and not _hits(option[1], taken))
        choice = next(free, options[0] if look.must else None)
        if choice:
            placed.append(choice[0])
            taken.append(choice[1])
    return placed


Box = tuple[float, float, float, float]


def _options(label: Label, spots: NDArray[Any], lettering: Lettering, letters: float) -> Iterator[tuple[Placed, Box]]:
    look = LETTERS[label.kind]
    width = lettering.width_mm(label.text, look.size * letters)
    height = look.size * letters * MM_PER_POINT * 1.15
    for (x, y), (_, _, angle) in zip(spots.tolist(), label.spots, strict=True):
        turn = np.deg2rad(angle)
        half_x = (width * abs(np.cos(turn)) + height * abs(np.sin(turn))) / 2
        half_y = (width * abs(np.sin(turn)) + height * abs(np.cos(turn))) / 2
        gap = 2.4 if look.must else 0.7 + look.size * 0.1
        for off, (right, up) in product(look.rings, BESIDE) if look.around else ((1.0, (0, 0)),):
            cx = x + right * (half_x + gap * off)
            cy = y + up * (half_y + gap * off * (0.8 if not right else 0.2))
            yield Placed(label, cx, cy, angle), (cx - half_x, cy - half_y, cx + half_x, cy + half_y)


def _inside(box: Box, frame: tuple[float, float, float, float]) -> bool:
    x, y, width, height = frame
    return box[0] >= x + 1 and box[1] >= y + 1 and box[2] <= x + width - 1 and box[3] <= y + height - 1


def _hits(box: Box, taken: list[Box]) -> bool:
    return any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken)
