"""Cohorts moved up year by year: the one place where a grade becomes the next (docs/method/forecast.md)."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def project(now: Array, entering: Array, ratios: Array, joining: Array | None = None) -> Array:
    """Pupils by school, grade and year ahead: shape schools × grades × years.

    now: schools × grades today. entering: schools × grades × years, pupils who enter a grade from outside the
    school's own grade below it. ratios: schools × grades, pupils of grade g per pupil of grade g − 1 a year
    before (its first column is not used; 0 where a grade is only entered); may also be schools × grades × years. joining:
    what comes on top (new housing), same shape as entering.

        E(s, g, t+1) = r(s, g) · E(s, g−1, t) + entering(s, g, t+1) + joining(s, g, t+1)
    """
    schools, grades, years = entering.shape
    over_years = ratios if ratios.ndim == 3 else np.broadcast_to(ratios[:, :, None], (schools, grades, years))
    ahead = np.empty((schools, grades, years))
    before = now
    for year in range(years):
        ahead[:, :, year] = entering[:, :, year]
        ahead[:, 1:, year] += over_years[:, 1:, year] * before[:, :-1]
        if joining is not None:
            ahead[:, :, year] += joining[:, :, year]
        before = ahead[:, :, year]
    return ahead


def temper(ahead: Array, now: Array, groups: NDArray[np.int64], own_share: float) -> Array:
    """Each series' own growth believed by a share, the growth of its group (stage) for the rest; totals kept.

    With T the series' pupils today, T' ahead and G the group's growth: T·G·(T' / (T·G))^share, every grade alike.
    A school's rooms and standing change more slowly than its cohorts.
    """
    tempered = ahead.copy()
    for group in range(groups.max() + 1 if len(groups) else 0):
        own = groups == group
        totals, today = ahead[own].sum(1), now[own].sum(1)[:, None]
        growth = totals.sum(0) / max(today.sum(), 1e-9)
        expected = today * growth
        safe = (totals > 0) & (expected > 0)
        factor = np.where(safe, np.where(safe, expected, 1.0) / np.where(safe, totals, 1.0), 1.0) ** (1 - own_share)
        kept = totals.sum(0) / np.maximum((totals * factor).sum(0), 1e-9)
        tempered[own] = ahead[own] * (factor * kept)[:, None, :]
    return tempered
