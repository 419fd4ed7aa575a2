"""Zones into words: every area drawn anew out of lines with names, then told, then proved."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.doors import conform
from catchment.settings import Settings
from catchment.settings.zones import ZoneTextSettings
from catchment.tables import TABLES
from catchment.zone_text.borders import arcs_of, fields_of, owners
from catchment.zone_text.describe import Annex, part_of
from catchment.zone_text.gazetteer import Gazetteer, Tables, gazetteer_of
from catchment.zone_text.grammar import write
from catchment.zone_text.houses import ranges_of
from catchment.zone_text.lines import Follow, Rows
from catchment.zone_text.proof import prove
from catchment.zone_text.settled import Settled, settled
from catchment.zone_text.sketch import STRAIGHT, Inhabitants, PieceDrawn, drawn_pieces
from catchment.zone_text.structure import Also, Houses, Part, Piece, Point, Ring, Side, Text, Whole

Progress = Callable[[str, int, int], None]

AT_BORDER_M = 1.0
"""So near to a border a door is told by its number."""
GROUND_M = 0.01
"""Grid of the drawn grounds, so that neighbours share their borders."""


@dataclass
class Told:
    """What has been put together for one school: parts with the children in them, what its border is made of."""

    parts: list[tuple[int, Part]] = field(default_factory=list)
    grounds: list[tuple[str, shapely.Polygon]] = field(default_factory=list)
    """Area and ground of each piece."""
    also: list[Houses] = field(default_factory=list)
    straight_m: float = 0.0
    points: set[tuple[str, int]] = field(default_factory=set)


TEXT_TABLES = ("zone_texts", "zone_grounds", "zone_text_points", "zone_text_proof")


def no_texts(crs: object) -> Tables:
    """The tables of `write_texts` where there are no zones."""
    made: Tables = {name: TABLES[name].empty() for name in TEXT_TABLES}
    return made | {"zone_grounds": gpd.GeoDataFrame(made["zone_grounds"], geometry=[], crs=crs)}


def write_texts(tables: Tables, settings: Settings, language: str, progress: Progress | None = None) -> Tables:
    """Tables zone_texts, zone_grounds, zone_text_points and zone_text_proof of a run's zones, in a language.

    tables: areas, cells, units, zones, schools, edges, water, and addresses where there are any. The proof reads the words back
    and knows nothing of how they were made (docs/method/zone_text.md).
    """
    gazetteer = gazetteer_of(tables)
    texts: list[dict[str, object]] = []
    grounds: list[gpd.GeoDataFrame] = []
    points: list[pd.DataFrame] = []
    stages = sorted(tables["zones"]["stage"].unique())
    for stage in stages:
        told: dict[str, Told] = {}
        for area in settled(tables, gazetteer, stage):
            if progress:
                progress("text", len(points), len(stages) * len(gazetteer.ground))
            points.append(_tell_area(area, gazetteer, settings.zone_text, told).assign(stage=stage))
        texts += [_row(stage, school, told[school], language) for school in sorted(told)]
        grounds.append(_grounds(tables, stage, told))
    made = {
        "zone_texts": pd.DataFrame(texts),
        "zone_text_points": conform(TABLES["zone_text_points"], pd.concat(points, ignore_index=True)),
    }
    proof = prove(made["zone_texts"], {**tables, **made}, settings, gazetteer=gazetteer)
    made["zone_texts"] = made["zone_texts"].merge(proof.agreement, on=["stage", "school_id"], validate="1:1")
    made["zone_text_proof"] = proof.findings
    tied = {name: conform(TABLES[name], rows) for name, rows in made.items()}
    ground = pd.concat(grounds, ignore_index=True)
    return tied | {"zone_grounds": gpd.GeoDataFrame(conform(TABLES["zone_grounds"], ground), crs=tables["units"].crs)}


def _grounds(tables: Tables, stage: str, told: dict[str, Told]) -> gpd.GeoDataFrame:
    """The ground of each school's zone: the pieces as they are drawn, and the units of areas in which nobody lives."""
    areas = tables["areas"].set_index("area_id").geometry
    inhabited = set(tables["cells"]["area_id"])
    zones = tables["zones"][tables["zones"]["stage"] == stage]
    empty = zones.merge(tables["units"][["unit_id", "area_id", "geometry"]], on="unit_id", validate="1:1")
    empty = empty[~empty["area_id"].isin(inhabited)]
    parts = [
        *(
            (school, shapely.intersection(ground, areas[area]))
            for school, one in told.items()
            for area, ground in one.grounds
        ),
        *zip(empty["school_id"], empty["geometry"], strict=True),
    ]
    rows = gpd.GeoDataFrame(parts, columns=["school_id", "geometry"], geometry="geometry", crs=tables["units"].crs)
    rows["geometry"] = shapely.set_precision(rows.geometry.to_numpy(), GROUND_M)
    return rows.dissolve("school_id", sort=True, grid_size=GROUND_M).reset_index().assign(stage=stage)


def _tell_area(area: Settled, gazetteer: Gazetteer, how: ZoneTextSettings, told: dict[str, Told]) -> pd.DataFrame:
    """Add the pieces of an area to what is told of its schools; the numbered points that this took."""
    ground = gazetteer.ground[area.area]
    fields, label = fields_of(ground, area.homes)
    held = np.zeros(len(fields), dtype=bool)
    held[shapely.STRtree(fields).query(shapely.points(area.xy), predicate="intersects")[1]] = True
    label = owners(fields, label, held)
    arcs = arcs_of(fields, label)
    near = {name: net for name, net in gazetteer.lines.items() if shapely.dwithin(net.shape, ground, how.follow_m)}
    follow = Follow(near, how.follow_m, how.follow_least_m, lambda rows: _excusable(area, rows, how.most_ranges))
    whole = {
        zone: len(shapely.get_parts(shapely.coverage_union_all(fields[label == zone])))
        for zone in np.unique(label).tolist()
    }
    pieces = drawn_pieces(ground, arcs, Inhabitants(area.xy, area.owner, whole), follow)
    annex = Annex(gazetteer, area.area)
    for piece in pieces:
        one = told.setdefault(str(area.schools[piece.owner]), Told())
        part, _ = part_of(piece, annex, area.xy, how.ring_share)
        inside = shapely.intersects_xy(piece.ground, *area.xy.T)
        if isinstance(part, Piece):
            part = _completed(part, piece, area, inside, told)
        children = int(area.cells["children"][inside[: len(area.cells)]].sum())
        one.parts.append((children, part))
        one.grounds.append((area.area_id, piece.ground))
        rings = (piece.outline, *piece.holes)
        one.straight_m += sum(e.length_m for ring in rings for e in ring if e.kind == STRAIGHT)
        one.points |= {(area.area_id, number) for number in _numbers(part)}
    rows = [(number, int(x), int(y)) for (x, y), number in annex.number.items()]
    return pd.DataFrame(rows, columns=["number", "x_m", "y_m"]).assign(area_id=area.area_id)


def _excusable(area: Settled, rows: Rows, most: int) -> bool:
    """Whether people can be told by house numbers: each cell among them by an address of its own and none of another zone, all in few ranges."""
    count = len(area.cells)
    doors = rows[(rows >= count) & (rows < len(area.owner))] - count
    if not len(rows) or (rows >= len(area.owner)).any():
        return not len(rows)
    cells, others = rows[rows < count], area.home[area.owner[count:] != area.owner[area.home]]
    if not np.isin(cells, area.home[doors]).all() or np.isin(cells, others).any():
        return False
    ranges = [_ranges(area, doors[area.owner[doors + count] == zone], zone) for zone in np.unique(area.owner[rows])]
    return None not in ranges and sum(len(each or ()) for each in ranges) <= most


def _ranges(area: Settled, doors: Rows, zone: int) -> tuple[Houses, ...] | None:
    meant = np.zeros(len(area.addresses), dtype=bool)
    meant[doors] = True
    return ranges_of(area.addresses, meant, area.owner[len(area.cells) :] == zone)


def _completed(
    part: Piece,
    piece: PieceDrawn,
    area: Settled,
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]],
    told: dict[str, Told],
) -> Piece:
    """The part with house numbers excepted that belong to other zones, and with the hamlets that lie in it whole.

    Doors at its very border are excepted too: points are told in whole metres, so that its line read back may pass them on the other side.
    """
    count, without = len(area.cells), list(part.without)
    here = shapely.dwithin(shapely.points(area.xy[count:]), piece.ground, AT_BORDER_M)
    doors = np.flatnonzero(here & (area.owner[count:] != piece.owner))
    for zone in np.unique(area.owner[count:][doors]).tolist():
        ranges = _ranges(area, doors[area.owner[count:][doors] == zone], zone) or ()
        without += ranges
        told.setdefault(str(area.schools[zone]), Told()).also += ranges
    hamlets = area.addresses[(area.addresses["street"] == "")]
    whole = hamlets.assign(here=inside[count:][hamlets.index] & (area.owner[count:][hamlets.index] == piece.owner))
    names = whole.groupby("place")["here"].all()
    return Piece(part.area, part.shape, tuple(without), tuple(sorted(names.index[names])))


def _numbers(part: Part) -> Iterable[int]:
    if not isinstance(part, Piece):
        return []
    shapes: list[Side | Ring] = [part.shape] if isinstance(part.shape, Ring) else list(part.shape)
    lines = [shape.line for shape in (*shapes, *(hole for hole in part.without if isinstance(hole, Ring)))]
    return [token.number for line in lines for token in line if isinstance(token, Point)]


def _row(stage: str, school: str, told: Told, language: str) -> dict[str, object]:
    ground = shapely.union_all([piece for _, piece in told.grounds])
    most = max(told.parts, key=lambda part: part[0])[1] if told.parts else Whole(())
    return {
        "stage": stage, "school_id": school, "text": write(_text(told), language), "style": _style(most),
        "named_share": max(0.0, 1 - told.straight_m / max(shapely.length(ground), 1.0)), "annex_points": len(told.points),
        "point_ids": " ".join(f"{area}/{number}" for area, number in sorted(told.points)),
    }  # fmt: skip


def _text(told: Told) -> Text:
    """Whole areas first, then pieces area by area, those with most children first, then house numbers."""
    order = sorted(range(len(told.parts)), key=lambda i: (-told.parts[i][0], i))
    parts = [told.parts[i][1] for i in order]
    whole = tuple(area for part in parts if isinstance(part, Whole) for area in part.areas)
    rest = [part for part in parts if isinstance(part, Piece)]
    first = {area: row for row, area in reversed(list(enumerate(part.area for part in rest)))}
    rest.sort(key=lambda part: first[part.area])
    also = [Also(tuple(dict.fromkeys(told.also)))] if told.also else []
    return (*([Whole(whole)] if whole else []), *rest, *also)


def _style(part: Part) -> str:
    if isinstance(part, Piece):
        return "ring" if isinstance(part.shape, Ring) else "sides"
    return "areas"
