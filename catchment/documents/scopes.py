"""What each school's zone is in words, and what the proof against the map says of them."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Scopes:
    """texts: columns stage, school_id, text; points: table zone_text_points, the annex of the texts; faults: what does not
    agree between words and map, one line each (a gap, an overlap, an enclave).
    """

    texts: pd.DataFrame
    points: pd.DataFrame
    faults: tuple[str, ...] = ()
