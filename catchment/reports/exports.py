"""The GeoPackage for QGIS and its project: zones, schools, cells, areas, roads and candidates, each with its style."""

import itertools
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.locale import translate
from catchment.reports import Progress, qml, report
from catchment.reports.origin import data_date, origin_words, warnings_of
from catchment.reports.phasing import YEAR_FILLS
from catchment.reports.qgis_project import write_project
from catchment.reports.qml import Layer, Symbol
from catchment.reports.shapes import changed_ground, zone_outlines
from catchment.reports.style import INKS, PROJECT_FILLS, REACH, STAGE_FILLS, VERDICT_FILLS, both, fill_of, road_kind
from catchment.reports.words import CODES, HEADINGS, ROAD_WORDS
from catchment.settings import Settings
from catchment.tables import STAGES

WRITTEN = "2020-01-01T00:00:00.000Z"
"""Every date in the file: same inputs, same bytes."""

STYLES = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME
)
"""
REGISTER = (
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
    "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)"
)
ADD_STYLE = (
    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, "
    "styleSLD, useAsDefault, description, owner, update_time) VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', ?)"
)
DESCRIBE = "UPDATE gpkg_contents SET description = ? WHERE data_type = 'features'"

INK_OF_PARCELS = "#7a5500"


@report
def exports(
    settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str, progress: Progress
) -> list[Path]:
    """study.gpkg with a default QGIS style per layer, written beside its place, then moved there whole; study.qgz, the project."""
    import pyogrio

    language = settings.study.language
    layers = [layer for layer in _layers(tables, language) if len(layer.rows)]
    file, draft = folder / "study.gpkg", folder / "study.draft.gpkg"
    draft.unlink(missing_ok=True)
    try:
        with dated():
            for done, layer in enumerate(layers, start=1):
                pyogrio.write_dataframe(
                    layer.rows, draft, layer=layer.name, driver="GPKG", append=done > 1,
                    geometry_type=layer.geometry_type, dataset_options={"VERSION": "1.2"} if done == 1 else None,
                    layer_options={"GEOMETRY_NAME": "geom"},
                )  # fmt: skip
                progress("exports", done, len(layers))
        origin = origin_words(settings, data_date(settings, tables), run)
        remark = " - ".join([settings.study.name, origin, *warnings_of(settings, tables)])
        _add_styles(draft, layers, remark)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    project = folder / "study.qgz"
    write_project(project, layers, source=file.name, title=remark, crs=tables["units"].crs, language=language)
    return [file, project]


@contextmanager
def dated() -> Iterator[None]:
    """GDAL writes a fixed date instead of the clock's."""
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _add_styles(file: Path, layers: list[Layer], remark: str) -> None:
    """The styles, with plain SQLite: GDAL has closed the file, and is not to open it meanwhile."""
    with closing(sqlite3.connect(file)) as store, store:
        store.execute(STYLES)
        store.execute(REGISTER, (WRITTEN,))
        store.execute(DESCRIBE, (remark,))
        for layer in layers:
            store.execute(ADD_STYLE, (layer.name, layer.name, qml.text_of(layer.style), remark, WRITTEN))


# --- layers ----------------------------------------------------------------------------------------


def _layers(tables: Mapping[str, pd.DataFrame], language: str) -> Iterator[Layer]:
    crs = tables["units"].crs
    yield _areas(tables, language)
    yield _parcels(tables, language)
    zones = zone_outlines(tables)
    for stage in STAGES:
        yield _zones(zones[zones["stage"] == stage], stage, language)
    yield _changes(tables, language)
    yield _units(tables, language)
    yield _reach(tables, language)
    yield _roads(tables, language)
    yield _cells(tables, language, crs)
    yield _evidence(tables, language, crs)
    yield _search_areas(tables, language)
    yield _candidates(tables, language, crs)
    yield _schools(tables, language, crs)


def _points(rows: pd.DataFrame, crs: object) -> gpd.GeoDataFrame:
    places = gpd.points_from_xy(rows["x_m"], rows["y_m"])
    return gpd.GeoDataFrame(rows.drop(columns=["x_m", "y_m"]), geometry=places, crs=crs)


def _names(rows: pd.DataFrame, language: str) -> dict[str, str]:
    """A heading for every field: what the attribute table of QGIS shows."""
    return {name: both(HEADINGS.get(name, name), language) for name in rows.columns if name != "geometry"}


def _units(tables: Mapping[str, pd.DataFrame], language: str) -> Layer:
    """Planning units with the school of each stage and why: the ids that wishes about zones name."""
    rows = gpd.GeoDataFrame(tables["units"][["unit_id", "area_id", "people", "geometry"]])
    for stage, zones in tables["zones"].groupby("stage", sort=True):
        mine = zones[["unit_id", "school_id", "reason"]].rename(
            columns={"school_id": f"{stage}_school_id", "reason": f"{stage}_reason"}
        )
        rows = rows.merge(mine, on="unit_id", how="left")
        rows[f"{stage}_reason"] = [
            translate(CODES.get(code, ""), language) if code in CODES else None for code in rows[f"{stage}_reason"]
        ]
    symbol = Symbol(both("Planning unit", language), fill="", line="#8a8a8a", width_mm=0.1)
    return Layer("units", rows, "MultiPolygon", qml.style("fill", [symbol], names=_names(rows, language)))


def _reach(tables: Mapping[str, pd.DataFrame], language: str) -> Layer:
    """Bands of ground by distance to the nearest school, from near to far."""
    rows = gpd.GeoDataFrame(tables["isochrones"])
    rows = rows[~rows.geometry.is_empty]
    symbols = [
        Symbol(
            both("up to {metres} m", language).replace("{metres}", f"{metres:,}"),
            fill=REACH[min(n, len(REACH) - 1)], value=int(metres), opacity=0.6,
        )
        for n, metres in enumerate(sorted(rows["band_to_m"].unique()))
    ]  # fmt: skip
    return Layer(
        "reach", rows, "MultiPolygon", qml.style("fill", symbols, field="band_to_m", names=_names(rows, language))
    )


def _parcels(tables: Mapping[str, pd.DataFrame], language: str) -> Layer:
    """Parcels by what the test of sites says of them."""
    totals = tables["siting_totals"].query("subject == 'parcel'").drop(columns=["subject", "name"])
    rows = tables["parcels"].merge(totals, left_on="parcel_id", right_on="subject_id", how="left")
    rows = gpd.GeoDataFrame(rows.drop(columns="subject_id"))
    symbols = [
        Symbol(both(CODES[verdict], language), fill=fill, line=INK_OF_PARCELS, value=verdict, opacity=0.75)
        for verdict, fill in VERDICT_FILLS.items()
    ]
    style = qml.style("fill", symbols, field="verdict", label="name", names=_names(rows, language))
    return Layer("parcels", rows, "MultiPolygon", style)


def _evidence(tables: Mapping[str, pd.DataFrame], language: str, crs: object) -> Layer:
    """A line from every site to each object that speaks against it; from its middle where the object lies on it or touches it."""
    tests = tables["siting"]
    rows = tests[(tests["object_id"] != "") & tests["verdict"].isin(["ruled_out", "failed", "penalised"])]
    parcels, projects = tables["parcels"], tables["candidates"]
    places = shapely.points(projects[["x_m", "y_m"]].to_numpy(dtype="float64"))
    sites = {("parcel", name): shape for name, shape in zip(parcels["parcel_id"], parcels.geometry, strict=True)}
    sites |= {("candidate", name): place for name, place in zip(projects["candidate_id"], places, strict=True)}
    shapes = np.array([sites[key] for key in zip(rows["subject"], rows["subject_id"], strict=True)], dtype=object)
    objects = shapely.points(rows[["x_m", "y_m"]].to_numpy(dtype="float64"))
    middles = shapely.point_on_surface(shapes)
    starts = np.where(rows["value"] > 0, shapely.get_point(shapely.shortest_line(shapes, objects), 0), middles)
    ends = np.stack([shapely.get_coordinates(starts), shapely.get_coordinates(objects)], axis=1)
    kept = rows[["subject_id", "test", "verdict", "value", "limit", "object_id", "object", "source"]]
    lines = gpd.GeoDataFrame(kept, geometry=shapely.linestrings(ends), crs=crs)
    lines = lines.assign(test=[both(CODES[test], language) for test in lines["test"]])
    symbols = [
        Symbol(both(CODES[verdict], language), line=VERDICT_FILLS[verdict], width_mm=0.5, value=verdict)
        for verdict in ("ruled_out", "failed", "penalised")
    ]
    style = qml.style("line", symbols, field="verdict", label="test", names=_names(lines, language))
    return Layer("site_evidence", lines, "LineString", style)


def _areas(tables: Mapping[str, pd.DataFrame], language: str) -> Layer:
    rows = gpd.GeoDataFrame(tables["areas"])
    symbol = Symbol(both("Township border", language), fill="", line=INKS["area"].line, width_mm=0.5, dash=True)
    return Layer("areas", rows, "MultiPolygon", qml.style("fill", [symbol], label="name", names=_names(rows, language)))


def _zones(rows: gpd.GeoDataFrame, stage: str, language: str) -> Layer:
    used = sorted(set(rows["colour"]))
    label = translate("Attendance zone", language)
    symbols = [Symbol(f"{label} {n + 1}", fill=fill_of(n), value=int(n), opacity=0.7) for n in used]
    style = qml.style("fill", symbols, field="colour", label="name", names=_names(rows, language))
    return Layer(f"zones_{stage}", rows, "MultiPolygon", style)


def _changes(tables: Mapping[str, pd.DataFrame], language: str) -> Layer:
    """Ground that gets another school in a plan year, by the year."""
    rows = changed_ground(tables)
    symbols = [
        Symbol(str(year), fill=YEAR_FILLS[n % len(YEAR_FILLS)], value=int(year), opacity=0.7)
        for n, year in enumerate(sorted(set(rows["year"])))
    ]
    style = qml.style("fill", symbols, field="year", label="school", names=_names(rows, language))
    return Layer("zone_changes", rows, "MultiPolygon", style)


def _roads(tables: Mapping[str, pd.DataFrame], language: str) -> Layer:
    edges = gpd.GeoDataFrame(tables["edges"])
    rows = edges[["edge_id", "road_class", "name", "length_mm", "geometry"]]
    rows = rows.assign(kind=[road_kind(value) for value in rows["road_class"]])
    symbols = [
        Symbol(
            both(words, language),
            line=INKS[kind].casing or INKS[kind].line,
            width_mm=INKS[kind].width * 0.35,
            value=kind,
        )
        for kind, words in ROAD_WORDS.items()
    ]
    style = qml.style("line", symbols, field="kind", names=_names(rows, language))
    return Layer("roads", rows, "LineString", style)


def _cells(tables: Mapping[str, pd.DataFrame], language: str, crs: object) -> Layer:
    """Cells with their people, what their children rest on, and the distance to the nearest school of each stage."""
    rows = tables["cells"].merge(tables["trust"], on="cell_id", how="left")
    nearest = tables["costs"][tables["costs"]["rank"] == 1].set_index(["stage", "cell_id"])["distance_mm"] / 1000
    for stage in sorted(set(nearest.index.get_level_values("stage"))):
        rows = rows.assign(**{f"nearest_{stage}_m": rows["cell_id"].map(nearest.xs(stage, level="stage"))})
    bounds = np.unique(np.quantile(rows["people"], np.linspace(0, 1, 6))) if len(rows) else np.zeros(1)
    bounds = bounds if len(bounds) > 1 else np.append(bounds, bounds + 1)
    ramp = ("#fff3cf", "#fdcf86", "#f59b53", "#d9603b", "#9c2a2a")
    symbols = [
        Symbol(
            f"{low:,.0f} – {high:,.0f}",
            fill=ramp[n],
            line=ramp[n],
            size_mm=1.2,
            width_mm=0,
            value=(float(low), float(high)),
        )
        for n, (low, high) in enumerate(itertools.pairwise(bounds))
    ]
    style = qml.style("marker", symbols, field="people", names=_names(rows.drop(columns=["x_m", "y_m"]), language))
    return Layer("cells", _points(rows, crs), "Point", style)


def _schools(tables: Mapping[str, pd.DataFrame], language: str, crs: object) -> Layer:
    rows = _points(tables["schools"], crs)
    sizes = {"primary": 3.0, "junior": 3.6}
    symbols = [
        Symbol(both(CODES[stage], language), fill=fill, line="#ffffff", size_mm=sizes[stage], value=stage)
        for stage, fill in STAGE_FILLS.items()
    ]
    style = qml.style("marker", symbols, field="stage", label="name", names=_names(rows, language))
    return Layer("schools", rows, "Point", style)


def _search_areas(tables: Mapping[str, pd.DataFrame], language: str) -> Layer:
    """Ground in which to look for land."""
    rows = gpd.GeoDataFrame(tables["search_areas"])
    looks = {"primary": ("Search area, primary", "#00614f"), "junior": ("Search area, junior secondary", "#1f4e8c")}
    symbols = [
        Symbol(both(words, language), fill=ink, line=ink, width_mm=0.5, dash=True, value=stage, opacity=0.25)
        for stage, (words, ink) in looks.items()
    ]
    style = qml.style("fill", symbols, field="stage", label="rank", names=_names(rows, language))
    return Layer("search_areas", rows, "MultiPolygon", style)


def _candidates(tables: Mapping[str, pd.DataFrame], language: str, crs: object) -> Layer:
    rows = _points(tables["candidates"], crs)
    symbols = [
        Symbol(both(CODES[kind], language), fill=fill, line="#222222", size_mm=3.4, value=kind)
        for kind, fill in PROJECT_FILLS.items()
    ]
    style = qml.style("marker", symbols, field="kind", label="name", names=_names(rows, language))
    return Layer("candidates", rows, "Point", style)
