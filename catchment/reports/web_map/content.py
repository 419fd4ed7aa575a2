"""All that the offline map holds, as plain lists and words."""

from collections.abc import Mapping
from importlib import metadata
from typing import Any

import pandas as pd
import shapely

from catchment.reports.atlas import Atlas, geometry_of
from catchment.reports.base import notes, stamps, study_name
from catchment.reports.style import (
    INKS,
    LETTERS,
    PROJECT_FILLS,
    REACH,
    STAGE_FILLS,
    VERDICT_FILLS,
    fill_of,
    shown,
)
from catchment.reports.web_map.encoding import DEGREE, steps
from catchment.reports.web_map.facts import findings_of, offer_facts, project_facts, school_facts
from catchment.reports.web_map.layers import (
    area_layer,
    parcel_layer,
    reach_layer,
    road_layer,
    unit_layer,
    water_layers,
    zone_layer,
)
from catchment.reports.web_map.words import WORDS
from catchment.reports.words import CODES, ROAD_WORDS, STAGE_WORDS
from catchment.settings import settings_hash
from catchment.tables import STAGES

Tables = Mapping[str, pd.DataFrame]
BEYOND, UNREACHED = "#e3a08a", "#b9bec2"
"""Farther than the last band, and out of reach."""
LOCALES = {"zh": "zh-CN", "en": "en-GB"}


def content(atlas: Atlas, tables: Tables) -> dict[str, Any]:
    """Names, figures, shapes and words of the page. Same tables, same content."""
    settings, crs = atlas.settings, tables["units"].crs
    schools = sorted(atlas.schools["school_id"].unique().tolist())
    areas = atlas.areas["area_id"].tolist()
    return {
        "meta": _meta(atlas, tables, schools),
        "words": {key: atlas.words(message) for key, message in WORDS.items()},
        "names": _names(atlas),
        "look": _look(atlas),
        "schools": school_facts(atlas, areas, crs),
        "offers": offer_facts(settings, tables, schools),
        "findings": findings_of(settings, tables, schools),
        "has_findings": bool(len(tables["findings"])),
        "units": unit_layer(tables, schools, areas),
        "zones": zone_layer(atlas, tables, schools),
        "areas": area_layer(atlas, crs),
        "roads": road_layer(atlas.roads, crs),
        **water_layers(atlas.water, crs),
        "reach": reach_layer(tables["isochrones"]),
        "parcels": parcel_layer(tables, areas),
        "projects": project_facts(tables, schools, crs),
    }


def _meta(atlas: Atlas, tables: Tables, schools: list[str]) -> dict[str, Any]:
    settings, study = atlas.settings, atlas.settings.study
    return {
        "language": study.language, "locale": LOCALES[study.language], "study": study_name(atlas),
        "title": atlas.words("Map of attendance zones"), "run": shown(atlas.run), "data_date": atlas.data_date,
        "settings_hash": settings_hash(settings), "demonstration": study.demonstration,
        "base_year": study.base_year, "zone_year": settings.zone_year,
        "stamps": list(stamps(atlas, atlas.words)),
        "watermark": atlas.words("Demonstration data") if study.demonstration else "",
        "notes": [*notes(atlas), *_origin(atlas)],
        "in_short": atlas.words("Data as of {date}").format(date=atlas.data_date),
        "north": atlas.words("N"),
        "stages": [{"id": stage, "name": atlas.words(STAGE_WORDS[stage])} for stage in STAGES],
        "bounds": _bounds(tables), "bands_m": list(settings.bands_m),
        "reach_m": sorted({int(to) for to in tables["isochrones"]["band_to_m"]}),
        "joint": [[schools.index(code) for code in group if code in schools] for group in settings.zones.joint],
    }  # fmt: skip


def _origin(atlas: Atlas) -> list[str]:
    settings = atlas.settings
    return [
        atlas.words("Settings {hash} · rules {rules} · catchment {version}").format(
            hash=settings_hash(settings), rules=settings.rules, version=metadata.version("catchment")
        ),
        atlas.words(
            "Drawn with MapLibre GL JS (BSD-3-Clause) in Noto Sans SC (SIL OFL 1.1); nothing is loaded from elsewhere."
        ),
    ]


def _bounds(tables: Tables) -> list[float]:
    """West, south, east, north of the units, in degrees."""
    west, south, east, north = shapely.total_bounds(geometry_of(tables["units"]))
    corners = pd.DataFrame([(west, south), (west, north), (east, south), (east, north)]).to_numpy(float)
    found = steps(corners, tables["units"].crs) / DEGREE
    return [*found.min(axis=0).tolist(), *found.max(axis=0).tolist()]


def _names(atlas: Atlas) -> dict[str, str]:
    """Words of codes that stand in the tables, of kinds of road and of water."""
    roads = {f"road_{kind}": words for kind, words in ROAD_WORDS.items()}
    water = {"river": "River, stream", "lake": "Lake, reservoir"}
    return {code: atlas.words(message) for code, message in {**CODES, **roads, **water}.items()}


def _look(atlas: Atlas) -> dict[str, Any]:
    """Colours and lines, those of the printed maps."""
    inks = {
        kind: {"line": ink.line, "fill": ink.fill, "width": ink.width, "casing": ink.casing}
        for kind, ink in INKS.items()
    }
    used = int(atlas.zones["colour"].max()) + 1 if len(atlas.zones) else 1
    return {
        "palette": [fill_of(number) for number in range(used)], "inks": inks, "reach": list(REACH), "beyond": BEYOND,
        "unreached": UNREACHED, "schools": STAGE_FILLS, "projects": PROJECT_FILLS, "verdicts": VERDICT_FILLS,
        "letters": {kind: letters.colour for kind, letters in LETTERS.items()},
    }  # fmt: skip
