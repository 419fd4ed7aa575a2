"""What the cards of the offline map tell of schools and projects."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from catchment.reports.atlas import Atlas
from catchment.reports.school_pages import finding_words, gathered
from catchment.reports.style import shown
from catchment.reports.web_map.encoding import places, plain, points
from catchment.resources import school_resources
from catchment.settings import Settings
from catchment.tables import STAGES

Tables = Mapping[str, pd.DataFrame]


def school_facts(atlas: Atlas, areas: list[str], crs: Any) -> dict[str, Any]:
    """Every school once, however many stages it has, in the order of the codes."""
    schools = atlas.schools.drop_duplicates("school_id").sort_values("school_id", kind="stable")
    return {
        "id": plain(schools["school_id"]), "name": plain(schools["name"]), "area": places(schools["area_id"], areas),
        **{name: plain(schools[name]) for name in ("kind", "ownership", "setting", "boarding")},
        "at": points(schools, crs),
    }  # fmt: skip


def offer_facts(settings: Settings, tables: Tables, schools: list[str]) -> dict[str, Any]:
    """Every school and stage: seats, rooms, pupils and classes of the base year, and pupils ahead with the 80 % interval."""
    have = ["school_id", "stage", "pupils_told", "classes", "largest_class"]
    base = school_resources(tables, settings.study.base_year)[have].rename(columns={"pupils_told": "pupils"})
    rows = tables["schools"].merge(base, on=["school_id", "stage"], how="left").sort_values(["school_id", "stage"])
    ahead = tables["outlook"]
    ahead = ahead[(ahead["level"] == "school") & (ahead["scenario"] == settings.forecast.central)].rename(
        columns={"subject_id": "school_id"}
    )
    years = sorted(ahead["year"].unique().tolist())
    offers = {
        "school": places(rows["school_id"], schools), "stage": places(rows["stage"], list(STAGES)), "years": years,
        **{name: plain(rows[name]) for name in ("seats", "rooms", "pupils", "classes", "largest_class")},
    }  # fmt: skip
    for name in ("pupils", "low80", "high80"):
        wide = ahead.pivot(index=["school_id", "stage"], columns="year", values=name)
        of_row = wide.reindex(pd.MultiIndex.from_frame(rows[["school_id", "stage"]]))
        offers[f"ahead_{name}"] = (
            [plain(of_row.loc[key]) for key in of_row.index] if years else [[] for _ in rows.index]
        )
    return offers


def findings_of(settings: Settings, tables: Tables, schools: list[str]) -> list[list[dict[str, str]]]:
    """For each school the rules that it breaks in the base year, in words, the same as on its printed page."""
    found, language = tables["findings"], settings.study.language
    found = found[(found["year"] == settings.study.base_year) & (found["school_id"] != "")]
    own = gathered(found[(found["rule_set"] == settings.rules)])
    own = own[own["verdict"] == "broken"].sort_values(["school_id", "stage", "rule", "level"], kind="stable")
    broken: dict[str, list[dict[str, str]]] = {school: [] for school in schools}
    kept = ("item", "stage", "value", "limit", "short")
    for row in own.itertuples():
        words = finding_words(row, [], language)
        broken[row.school_id].append({**{name: words[name] for name in kept}, "source": shown(row.source)})
    return [broken[school] for school in schools]


def project_facts(tables: Tables, schools: list[str], crs: Any) -> dict[str, Any]:
    """Candidate projects; `opens` is the autumn of those that the plan has."""
    rows, plan = tables["candidates"], tables["plan"]
    opens = plan.set_index("candidate_id")["opens"]
    return {
        "id": plain(rows["candidate_id"]), "name": [shown(name) for name in rows["name"]],
        "stage": places(rows["stage"], list(STAGES)), "kind": plain(rows["kind"]),
        "school": places(rows["school_id"], schools), "at": points(rows, crs),
        **{name: plain(rows[name]) for name in ("seats", "cost_yuan", "earliest_year", "parcel_id")},
        "remarks": [shown(text) for text in rows["remarks"]],
        "opens": [None if code not in opens.index else int(opens[code]) for code in rows["candidate_id"]],
    }  # fmt: skip
