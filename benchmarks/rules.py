"""All checks for a county of 300 schools and 5,000 classes, and a return of 5,000 classes recorded in the ledger.

`python benchmarks/rules.py` prints medians of 5. The targets are 2 s and 3 s (SQLite).
"""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from timing import median_s

from catchment.checks import run_checks
from catchment.doors import conform
from catchment.ledger import snapshots, store
from catchment.ledger.lifecycle import Mark, limits_of
from catchment.rules import rules_in_force
from catchment.tables import CLASSES, RATE_ROWS, RESOURCES, SCHOOLS, TABLES

SCHOOLS_COUNT, CLASSES_COUNT, AUTUMN = 300, 5_000, date(2025, 9, 1)


def county(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Tables of primary schools of all settings, each with what it has, and classes of 30 to 60 pupils."""
    ids = [f"s{n:03d}" for n in range(SCHOOLS_COUNT)]
    schools = pd.DataFrame({
        "school_id": ids, "stage": "primary", "name": ids, "campus_id": ids, "kind": "full_primary", "ownership": "public",
        "setting": rng.choice(["urban", "town", "rural"], SCHOOLS_COUNT), "boarding": False, "seats": 900, "rooms": 20,
        "x_m": 0.0, "y_m": 0.0, "area_id": [f"a{n % 20}" for n in range(SCHOOLS_COUNT)],
    })  # fmt: skip
    number = np.arange(CLASSES_COUNT)
    grade = number // SCHOOLS_COUNT % 6 + 1
    classes = pd.DataFrame({
        "school_id": [ids[n % SCHOOLS_COUNT] for n in number], "stage": "primary", "entry_year": 2026 - grade, "grade": grade,
        "class_no": [str(n) for n in number // (6 * SCHOOLS_COUNT) + 1], "pupils": rng.integers(30, 61, CLASSES_COUNT),
        "snapshot": AUTUMN.isoformat(),
    })  # fmt: skip
    have = {
        c.name: rng.integers(1, 5_000, SCHOOLS_COUNT)
        for c in RESOURCES.columns
        if c.kind.removesuffix("?") in ("int", "number")
    }
    rooms = {"music_rooms_m2": "96;96", "art_rooms_m2": "90", "left_out": None, "built_year": 1990}
    resources = pd.DataFrame({"school_id": ids, "stage": "primary", **have} | rooms)
    zoned = pd.DataFrame(
        {"rate": "zoned_enrolment", "school_id": ids, "stage": "primary", "part": 95.0, "whole": 100.0}
    )
    told = {"schools": conform(SCHOOLS, schools), "classes": conform(CLASSES, classes), "resources": conform(RESOURCES, resources),
            "rates": conform(RATE_ROWS, zoned)}  # fmt: skip
    areas = pd.DataFrame({"area_id": [f"a{n}" for n in range(20)], "residents": pd.array([50_000] * 20, dtype="Int64")})
    return {name: each.empty() for name, each in TABLES.items()} | told | {"areas": areas}


def main() -> None:
    tables = county(np.random.default_rng(1))
    rules = rules_in_force("luoding_2019", AUTUMN, ())
    found = run_checks(tables, rules, {}, year=2025)
    print(f"{SCHOOLS_COUNT} schools, {CLASSES_COUNT:,} classes: {len(found):,} findings of {len(rules.rule)} rules")
    print(f"all checks: {median_s(lambda: run_checks(tables, rules, {}, year=2025)):.2f} s")
    limits = limits_of(rules)

    def recorded() -> None:
        with tempfile.TemporaryDirectory() as folder:
            kept = store.open_ledger(f"sqlite:///{Path(folder) / 'ledger.db'}")
            snapshots.record(kept, tables["classes"], limits, Mark("benchmark", datetime.now(tz=UTC)))
            kept.close()

    print(f"ledger, a return of {CLASSES_COUNT:,} classes, opening included: {median_s(recorded):.2f} s")


if __name__ == "__main__":
    main()
