"""What a grade needs to keep its classes to the standard: splitting is per grade, not per class (STANDARDS 2.2 d, e)."""

from collections.abc import Sequence


def needs_of_grade(sizes: Sequence[int], standard: int) -> dict[str, int]:
    """What a grade with classes of these sizes lacks: needed = ⌈pupils ÷ standard⌉, classes_short = max(0, needed − classes).

    Three classes of 48 need a fourth, not three; two of 50 and 40 only have to be mixed (45 being the standard).
    """
    pupils, classes = sum(sizes), len(sizes)
    needed = -(-pupils // standard)
    return {
        "pupils": pupils,
        "classes": classes,
        "over_standard": sum(size > standard for size in sizes),
        "excess_pupils": sum(max(0, size - standard) for size in sizes),
        "needed": needed,
        "classes_short": max(0, needed - classes),
        "largest": max(sizes),
        "largest_if_even": -(-pupils // max(classes, needed)),
    }
