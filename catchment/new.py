"""A new study: a folder with its inputs copied in, their sources written down, and a commented study.toml."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import rasterio
import tomli_w
from pyproj import CRS, Transformer

from catchment.errors import InputError, Problem, problem
from catchment.geo import suggest_crs
from catchment.read.layers import read_layer
from catchment.read.osm import OSM_ENDINGS, read_osm_schools
from catchment.runs import file_hash
from catchment.templates import write_templates

PEOPLE = ("population", "people", "pop", "value", "人口")
IDS = ("id", "cell_id", "h3", "hex_id", "fid")
ASSUMED_SEATS = 600
ASSUMED_AGE_SHARE = 0.0125

TEMPLATE = """# {name}: settings of the study. docs/settings.md lists every key.
# 本研究的全部设置。

[study]
name = {name}
name_en = {name}
crs = "{crs}"            # projected, metres · 投影坐标系（米）
base_year = {year}             # autumn of the latest class return · 最近一次班级统计的秋季
horizon_years = 10
language = "{language}"
demonstration = false
map_review_number = ""       # 审图号; empty prints 「送审稿」
{population}
[sources.roads]
path = "{roads}"
datum = "{datum}"

[sources.schools]
path = "{schools}"
datum = "{datum}"            # wgs84, cgcs2000, gcj02, bd09 or projected
{assumptions}{others}
[units]
side_m = {side}                 # cells in one square of this side form one planning unit; 0 = each cell is one

[demand]
{age_share}
[plan]
years = 5
budget_yuan = []             # one budget per plan year, when there are projects
"""


@dataclass(frozen=True)
class Inputs:
    """What a new study is made from: files, or "osm" for schools."""

    roads: Path
    population: tuple[Path, ...]
    schools: str
    areas: Path | None = None
    classes: Path | None = None
    projects: Path | None = None
    births: Path | None = None


def new_study(
    folder: Path, inputs: Inputs, *, name: str, year: int, language: str, datum: str, crs: str | None
) -> list[Problem]:
    """Make the study folder; returns what the person should know of it (assumptions, stand-ins).

    Raises InputError if a file is missing or the folder holds a study already.
    """
    if (folder / "study.toml").exists():
        raise InputError(problem("{folder} holds a study already", "name another folder", folder=folder))
    given = [
        inputs.roads,
        *inputs.population,
        *(p for p in (inputs.areas, inputs.classes, inputs.projects, inputs.births) if p),
    ]
    if inputs.schools != "osm":
        given.append(Path(inputs.schools))
    missing = [path for path in given if not path.is_file()]
    if missing:
        raise InputError(problem("files are not there", "correct the paths", rows=missing))
    target = crs or _crs_of(inputs.population[0])
    schools, notes = _schools(inputs, CRS.from_user_input(target))
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    kept = {path: _copy(path, raw) for path in given}
    text = TEMPLATE.format(
        name=_quoted(name), crs=target, year=year, language=language, datum=datum,
        population="".join(_population(path, kept[path], year) for path in inputs.population),
        roads=kept[inputs.roads], schools=kept.get(Path(schools), schools),
        assumptions=_assumptions(schools), others=_others(inputs, kept, datum),
        side=0 if inputs.population[0].suffix == ".csv" else 300,
        age_share=_age_share(inputs),
    )  # fmt: skip
    (folder / "study.toml").write_text(text, "utf-8")
    sources = {
        Path(path).name: {"title": "", "source": "", "licence": "", "sha256": file_hash(folder / path)}
        for path in sorted(kept.values())
    }
    (raw / "SOURCES.toml").write_text(tomli_w.dumps(sources), "utf-8")
    write_templates(folder / "templates", language)
    return notes + ([] if inputs.births or not _age_share(inputs).startswith("age_share") else [_note_ages()])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _copy(path: Path, raw: Path) -> str:
    shutil.copyfile(path, raw / path.name)
    return f"data/raw/{path.name}"


def _crs_of(population: Path) -> str:
    """The UTM zone of the middle of the population."""
    if population.suffix.lower() in (".tif", ".tiff"):
        with rasterio.open(population, driver="GTiff") as raster:
            x, y = raster.xy(raster.height // 2, raster.width // 2)
            way = Transformer.from_crs(raster.crs, 4326, always_xy=True)
        return suggest_crs(*way.transform(x, y))
    bounds = read_layer(population, "wgs84", CRS.from_epsg(4326)).total_bounds
    return suggest_crs((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)


def _schools(inputs: Inputs, crs: CRS) -> tuple[str, list[Problem]]:
    """Where schools come from: OSM, or what stands in when the extract has none."""
    if inputs.schools != "osm":
        return inputs.schools, []
    if not inputs.roads.name.endswith(OSM_ENDINGS):
        raise InputError(problem("schools `osm` need roads from an OSM file", "give a school list", where=inputs.roads))
    assumed = problem(
        "seats and stages of the schools are assumed: {seats} seats per school and stage",
        "correct sources.schools in study.toml, or give a school list",
        where="study.toml",
        seats=ASSUMED_SEATS,
    )
    try:
        read_osm_schools(inputs.roads, crs, stages=("primary",), seats=1)
    except InputError as none:
        if inputs.population[0].suffix == ".csv" and "schools" in pd.read_csv(inputs.population[0], nrows=0):
            instead = problem(
                "the extract has no amenity=school; the column `schools` of the cells is used instead, at the cells' centres",
                "give a school list for exact places",
                where=inputs.roads,
            )
            return "cells:schools", [instead, assumed]
        raise none
    return "osm", [assumed]


def _population(path: Path, kept: str, year: int) -> str:
    lines = [
        "",
        "[[sources.population]]",
        f'path = "{kept}"',
        f"year = {year}",
        'unit = "people"             # people, or people_per_km2',
        'basis = "resident"',
    ]
    if path.suffix.lower() not in (".tif", ".tiff"):
        columns = list(read_layer(path, "wgs84", CRS.from_epsg(4326)).columns)
        for key, names in (("value", PEOPLE), ("id", IDS)):
            found = next((n for n in names if n in columns), None)
            if found is None:
                raise InputError(
                    problem(
                        "no column for {key} (found {found})",
                        "name it {names}",
                        where=path,
                        key=key,
                        found=", ".join(map(str, columns)),
                        names=names[0],
                    )
                )
            lines.append(f'{key} = "{found}"')
    return "\n".join(lines) + "\n"


def _assumptions(schools: str) -> str:
    if schools not in ("osm",) and not schools.startswith("cells:"):
        return ""
    return f'seats_if_unknown = {ASSUMED_SEATS}       # ASSUMED 假定: seats per school and stage\nstages_if_unknown = ["primary", "junior"]   # ASSUMED 假定\n'


def _others(inputs: Inputs, kept: dict[Path, str], datum: str) -> str:
    text = ""
    for key, path in (
        ("areas", inputs.areas),
        ("classes", inputs.classes),
        ("projects", inputs.projects),
        ("births", inputs.births),
    ):
        if path:
            text += f'\n[sources.{key}]\npath = "{kept[path]}"\n'
            text += f'datum = "{datum}"\n' if key in ("areas", "projects") else ""
            text += 'basis = "registered"        # or resident · 口径\n' if key == "births" else ""
    return text


def _age_share(inputs: Inputs) -> str:
    if inputs.births:
        return "stay_share = 1.0             # share of registered births that live here\n"
    return f"age_share = {ASSUMED_AGE_SHARE}           # ASSUMED 假定: share of all people in one single year of school age\n"


def _note_ages() -> Problem:
    return problem(
        "the ages of the people are assumed: {share} of all people in each single year of age",
        "set demand.age_share in study.toml, or give age bands and births",
        where="study.toml",
        share=ASSUMED_AGE_SHARE,
    )
