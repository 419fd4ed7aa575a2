"""How long a piece of work takes."""

import time
from collections.abc import Callable

import numpy as np


def median_s(work: Callable[[], object], turns: int = 5) -> float:
    """Median of several turns after one that does not count."""
    work()
    taken = []
    for _ in range(turns):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return float(np.median(taken))
