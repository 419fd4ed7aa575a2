"""School clusters for people to read: a map of the county, and pages of the workbook."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.locale import translate
from catchment.reports.atlas import Atlas, fit, geometry_of, open_atlas
from catchment.reports.base import FINEST, OVERVIEW_MARGIN, base_layers, furniture, legend, notes, study_name
from catchment.reports.drawing import draw_sheets
from catchment.reports.page import STAGE, Columns, Page, worded
from catchment.reports.placing import Label
from catchment.reports.shapes import neighbours, trace_lines, trace_polygons
from catchment.reports.sheet import A3_LANDSCAPE, A3_PORTRAIT, LegendItem, Marker, Shape, Sheet
from catchment.reports.style import colours, fill_of
from catchment.reports.words import CODES
from catchment.settings import Settings
from catchment.tables import ZONES

NOTE = (
    "Colours show the ground nearest to each cluster's schools as the crow flies: they are neither attendance zones nor "
    "administrative borders. Lines join schools to their lead school; distances are by road."
)

CLEAR_MM = 1.2

REASON_WORDS = {
    "no_road": "joins no road",
    "too_few_in_reach": "too few schools within reach",
    "no_strong_in_reach": "no strong school within reach",
    "no_stage_in_reach": "no primary or no junior stage within reach",
    "pupils_do_not_fit": "no cluster with so many pupils",
    "locks_do_not_fit": "the pairs kept together or apart leave no cluster",
}


def draw_clusters(settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str) -> list[Path]:
    """clusters.png and clusters.pdf: the county's clusters, on A3.

    tables: clusters, cluster_quality, unclustered, schools, areas, units, edges, water, classes.
    """
    return draw_sheets([cluster_sheet(open_atlas(settings, {**tables, "zones": ZONES.empty()}, run), tables, folder)])


def cluster_sheet(atlas: Atlas, tables: Mapping[str, pd.DataFrame], folder: Path) -> Sheet:
    """The map: ground by cluster, lines from schools to their lead school, leads by name."""
    sites = _sites(atlas.schools, tables["clusters"])
    ground = cluster_ground(sites, geometry_of(atlas.areas))
    spots = shapely.points(sites["x_m"], sites["y_m"])
    everything = shapely.total_bounds(np.append(geometry_of(atlas.areas), spots))
    page, denominator, centre, box = fit(tuple(everything), (A3_LANDSCAPE, A3_PORTRAIT), OVERVIEW_MARGIN)
    base, names = base_layers(atlas, box, max(denominator, FINEST["local"] + 1))
    fills = [
        Shape("zone_fill", trace_polygons(np.array([cell.geometry])), fill_of(cell.colour))
        for cell in ground.itertuples()
    ]
    shapes = (*fills, *base, Shape("boundary", trace_polygons(geometry_of(ground))), *_links(sites))
    leads = sites[sites["leads"]]
    markers = tuple(Marker(s.x_m, s.y_m, bool(s.leads)) for s in sites.sort_values("leads").itertuples())
    labels = tuple(Label(s.name, "listed", _around(s.x_m, s.y_m, denominator)) for s in leads.itertuples())
    words = {
        "subtitle": f"{study_name(atlas)} · {atlas.both('School clusters')}",
        "notes": tuple(notes(atlas, NOTE, zones=False)),
    }
    return Sheet(
        stem=str(folder / "clusters"),
        page=page,
        denominator=denominator,
        centre_m=centre,
        title=atlas.words("{study}: school clusters").format(study=study_name(atlas)),
        facts=_facts(atlas, tables),
        legend=(*_own_legend(atlas), *legend(atlas, base, markers, own="")[1:]),
        shapes=shapes,
        markers=markers,
        labels=(*labels, *names),
        **(furniture(atlas, "primary", "") | words),
    )


def _around(x: float, y: float, denominator: int) -> tuple[tuple[float, float, float], ...]:
    """Places for a lead's name clear of its marker, which is larger than other schools'."""
    away = CLEAR_MM * denominator / 1000
    return tuple((x + dx * away, y + dy * away, 0.0) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)))


def _sites(schools: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """Schools by code with place and name, their cluster and their lead's place; no cluster = absent.

    Schools on one campus stand at the same place and have the same lead; `leads`: it is the lead.
    """
    own = clusters.drop_duplicates("school_id")[["school_id", "cluster_id", "lead_school_id"]]
    at = schools.drop_duplicates("school_id")[["school_id", "name", "x_m", "y_m"]].sort_values("school_id")
    leads = at.rename(columns={"school_id": "lead_school_id", "x_m": "lead_x_m", "y_m": "lead_y_m"}).drop(
        columns="name"
    )
    rows = at.merge(own, on="school_id", how="left").merge(leads, on="lead_school_id", how="left")
    return rows.assign(leads=(rows["school_id"] == rows["lead_school_id"]).fillna(value=False).astype(bool))


def cluster_ground(sites: pd.DataFrame, areas: Any) -> gpd.GeoDataFrame:
    """The ground of the areas by nearest school, gathered by cluster: cluster_id, colour, polygon; neighbours differ in
    colour. Ground whose nearest school is in no cluster is nobody's.
    """
    places = sites.drop_duplicates(["x_m", "y_m"])
    land = shapely.union_all(areas)
    points = shapely.multipoints(places[["x_m", "y_m"]].to_numpy())
    cells = np.array([land])
    if len(places) > 1:
        cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=land, ordered=True))
    pieces = gpd.GeoDataFrame(
        {"cluster_id": places["cluster_id"].to_numpy()}, geometry=shapely.intersection(cells, land)
    )
    pieces = pieces[pieces["cluster_id"].notna() & ~pieces.geometry.is_empty]
    ground = pieces.dissolve("cluster_id", sort=True).reset_index()
    return ground.assign(colour=colours(neighbours(geometry_of(ground)), len(ground)))


def _links(sites: pd.DataFrame) -> list[Shape]:
    """Straight lines from the schools to their lead school."""
    led = sites[sites["lead_x_m"].notna() & ~sites["leads"]]
    ends = led[["x_m", "y_m", "lead_x_m", "lead_y_m"]].to_numpy().reshape(-1, 2, 2)
    return [Shape("link", trace_lines(shapely.linestrings(ends)))] if len(ends) else []


def _own_legend(atlas: Atlas) -> tuple[LegendItem, ...]:
    return (
        LegendItem("boundary", atlas.both("Ground nearest to a cluster"), fill_of(0)),
        LegendItem("school", atlas.both("Lead school")),
        LegendItem("link", atlas.both("School and its lead school")),
    )


def _facts(atlas: Atlas, tables: Mapping[str, pd.DataFrame]) -> tuple[tuple[str, str], ...]:
    quality = tables["cluster_quality"].iloc[0]
    led = max(1, int(quality["schools"] - quality["clusters"]))
    farthest = tables["clusters"]["distance_m"].max()
    facts = (
        ("Clusters", f"{quality['clusters']:,}"),
        ("Schools in clusters", f"{quality['schools']:,}"),
        ("Schools in no cluster", f"{len(tables['unclustered']):,}"),
        ("Mean / longest way", f"{quality['distance_m'] / led:,.0f} / {farthest:,.0f} m"),
        ("Gap to the proven bound", f"{quality['gap_share']:.2%}"),
    )
    return tuple((atlas.both(name), value) for name, value in facts)


TOTALS: Columns = (
    ("cluster_id", "Cluster", "text"), ("lead", "Lead school", "text"), ("schools", "Schools", "int"), ("primary_schools", "With a primary stage", "int"),
    ("junior_schools", "With a junior stage", "int"), ("strong_schools", "Strong schools", "int"), ("strength", "Points of strength", "int"),
    ("pupils", "Pupils", "int"), ("mean_m", "Mean distance to the lead school (m)", "int"),
    ("max_m", "Longest distance to the lead school (m)", "int"), ("changed", "Schools from other clusters", "int"),
)  # fmt: skip
SCHOOLS: Columns = (
    ("cluster_id", "Cluster", "text"), ("lead", "Lead school", "text"), ("school_id", "School code", "text"), ("name", "School", "text"), *STAGE,
    ("distance_m", "Distance to the lead school (m)", "int"), ("strong", "Strong school", "text"), ("changed", "In another cluster last year", "text"),
)  # fmt: skip
LEFT_OUT: Columns = (("school_id", "School code", "text"), ("name", "School", "text"), ("reason", "Reason", "text"))
QUALITY: Columns = (
    ("status", "Status", "text"), ("clusters", "Clusters", "int"), ("schools", "Schools in clusters", "int"), ("distance_m", "Distances to lead schools (m)", "int"),
    ("borders_m", "For borders crossed (m)", "int"), ("stages_m", "For missing stages (m)", "int"), ("spread_m", "For unequal strength (m)", "int"),
    ("changes_m", "For changes (m)", "int"), ("total_m", "Together (m)", "int"), ("bound_m", "Proven bound (m)", "int"), ("gap_share", "Gap", "share"),
)  # fmt: skip


def cluster_pages(tables: Mapping[str, pd.DataFrame], language: str) -> list[Page]:
    """Clusters, their schools, schools in no cluster, and how good the clusters are.

    tables: clusters, cluster_totals, cluster_quality, unclustered, schools.
    """
    names = tables["schools"].drop_duplicates("school_id").set_index("school_id")["name"]
    totals, schools, out, quality = (
        tables[name] for name in ("cluster_totals", "clusters", "unclustered", "cluster_quality")
    )
    schools = schools.assign(
        lead=schools["lead_school_id"].map(names), name=schools["school_id"].map(names),
        leads=schools["school_id"] != schools["lead_school_id"],
        **{flag: schools[flag].map(lambda value: translate(CODES[str(value)], language)) for flag in ("strong", "changed")},
    ).sort_values(["cluster_id", "leads", "distance_m", "school_id", "stage"])  # fmt: skip
    status = {"optimal": "proved to be the best", "time_limit": "best found in the time"}
    pages = [
        ("Clusters", "Every school cluster: lead school, schools, pupils, distances", TOTALS,
         totals.assign(lead=totals["lead_school_id"].map(names))),
        ("Cluster schools", "Every school's cluster and its distance by road to the lead school", SCHOOLS, schools),
        ("In no cluster", "Schools that no cluster can hold, and the rule that stands against it", LEFT_OUT,
         out.assign(name=out["school_id"].map(names), reason=out["reason"].map(REASON_WORDS))),
        ("Cluster quality", "What the clusters count for, and the proven bound below which none can come", QUALITY,
         quality.assign(status=quality["status"].map(status))),
    ]  # fmt: skip
    return [Page(name, about, columns, worded(rows, columns, language)) for name, about, columns, rows in pages]
