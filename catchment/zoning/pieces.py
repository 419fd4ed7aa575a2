"""Pieces of a zone, and the cuts that join them (docs/method/zoning.md)."""

import numpy as np

from catchment.zoning.model import NONE, Flags, Instance


def pieces(instance: Instance, member: Flags) -> list[list[int]]:
    """The connected pieces of the units marked, each sorted, in order of their first unit."""
    left = set(np.flatnonzero(member).tolist())
    found = []
    while left:
        piece = _spread(instance, min(left), left)
        left -= piece
        found.append(sorted(piece))
    return found


def cuts_of_zone(instance: Instance, member: Flags, school: int) -> list[tuple[list[int], list[int]]]:
    """Cuts Σ inside ≤ |inside| − 1 + Σ between that a zone in several pieces breaks, and any in one piece keeps.

    between: a least set of units that every way from inside to the school's own unit must pass (minimal a,b-separator).
    A school without a unit of its own is stood for by its largest piece: its first unit is then inside too.
    """
    found = pieces(instance, member)
    home = int(instance.home[school])
    if not found or (len(found) == 1 and home in (NONE, *found[0])):
        return []
    if home != NONE:
        root, stands = home, []
    else:
        main = max(found, key=lambda piece: (int(instance.children[piece].sum()), -piece[0]))
        root, stands = main[0], [main[0]]
    cuts = []
    for piece in found:
        if root in piece:
            continue
        between = _separator(instance, piece, root, school)
        cuts += [([unit, *stands], between) for unit in piece]
    return cuts


def _separator(instance: Instance, piece: list[int], root: int, school: int) -> list[int]:
    """Of the units round the piece those that can be reached from the root without passing another of them."""
    inside = set(piece)
    ring = {other for unit in piece for other in instance.neighbours(unit)} - inside
    open_to = set(np.flatnonzero(instance.allowed[:, school]).tolist()) - ring - inside
    reached = _spread(instance, root, open_to | {root}) if root not in ring else {root}
    touching = {other for unit in reached for other in instance.neighbours(unit)} | ({root} & ring)
    return sorted(unit for unit in ring & touching if instance.allowed[unit, school])


def _spread(instance: Instance, start: int, within: set[int]) -> set[int]:
    seen, waiting = {start}, [start]
    while waiting:
        for other in instance.neighbours(waiting.pop()):
            if other in within and other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen
