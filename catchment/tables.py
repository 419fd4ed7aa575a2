"""Every table that flows between the steps: its columns, units, key and limits, written once.

`doors.conform` holds tables to it after reading and between steps; inside a step they are trusted.
Coordinates and lengths are metres of the study's projected reference system, shares are 0-1,
absent is absent (never -1 or 9999), an unreachable pair is no row.
"""

from dataclasses import dataclass, field

import pandas as pd

STAGES = ("primary", "junior")
BASES = ("resident", "registered")
GRADES = {"primary": range(1, 7), "junior": range(7, 10)}
KINDS = ("full_primary", "teaching_point", "junior", "nine_year", "complete_secondary", "twelve_year")
OWNERSHIPS = ("public", "private")
SETTINGS = ("urban", "town", "rural")
PROJECT_KINDS = ("new", "relocated", "expanded")

DTYPES = {
    "text": "str",
    "int": "int64",
    "number": "float64",
    "flag": "bool",
    "int?": "Int64",
    "number?": "float64",
    "text?": "str",
}


@dataclass(frozen=True)
class Column:
    """One column: its kind (text, int, number, flag; `?` = may be absent), meaning and limits."""

    name: str
    kind: str
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: what a row is, its key and its columns."""

    name: str
    row_is: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    geometry: str = ""
    dtypes: dict[str, str] = field(init=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtypes", {c.name: DTYPES[c.kind] for c in self.columns})

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def empty(self) -> pd.DataFrame:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in self.dtypes.items()})


def _id(name: str, meaning: str) -> Column:
    return Column(name, "text", meaning)


def _count(name: str, meaning: str) -> Column:
    return Column(name, "int", meaning, low=0)


# fmt: off
STAGE = Column("stage", "text", "school stage", one_of=STAGES)
YEAR = Column("year", "int", "school year, by the autumn in which it starts", low=1900, high=2200)
SCENARIO = _id("scenario", "name of the forecast scenario")
X = Column("x_m", "number", "easting in the study's reference system", "m")
Y = Column("y_m", "number", "northing in the study's reference system", "m")

AREAS = Table(
    "areas", "a township, village committee or other administrative polygon", ("area_id",),
    (
        _id("area_id", "official code, as text"),
        _id("name", "name"),
        Column("residents", "int?", "official resident count, where known", "people", low=0),
    ),
    geometry="polygon",
)
CELLS = Table(
    "cells", "a populated grid cell (raster cell, hexagon or point)", ("cell_id",),
    (
        _id("cell_id", "r<row>c<column> of the raster, or the id in the layer"),
        X,
        Y,
        _id("area_id", "the area that the cell's centre lies in"),
        Column("people", "number", "all people in the cell", "people", low=0),
        _id("unit_id", "the planning unit that the cell belongs to"),
    ),
)
PEOPLE = Table(
    "people", "an age band of one counting basis in a cell", ("cell_id", "age_from", "basis"),
    (
        _id("cell_id", "the cell"),
        Column("age_from", "int", "first age of the band, in completed years", "years", low=0, high=130),
        Column("age_to", "int?", "last age of the band; absent = open", "years", low=0, high=130),
        Column("basis", "text", "who is counted: residents or registered population", one_of=BASES),
        Column("people", "number", "people", "people", low=0),
    ),
)
BIRTHS = Table(
    "births", "births of a calendar year in an area", ("area_id", "year", "basis"),
    (
        _id("area_id", "the area; `*` = the whole county"),
        Column("year", "int", "calendar year of birth", low=1900, high=2200),
        Column("basis", "text", "registered or resident births", one_of=BASES),
        _count("births", "births"),
    ),
)
SCHOOLS = Table(
    "schools", "a school at one stage; a through-train campus is several rows with one campus_id", ("school_id", "stage"),
    (
        _id("school_id", "school code, as text"),
        STAGE,
        _id("name", "name"),
        _id("campus_id", "rows with the same campus_id share one site"),
        Column("kind", "text", "kind of school", one_of=KINDS),
        Column("ownership", "text", "public or private", one_of=OWNERSHIPS),
        Column("setting", "text", "urban, town or rural", one_of=SETTINGS),
        Column("boarding", "flag", "has boarders"),
        Column("seats", "int", "seats of the stage: rooms × class size", "seats", low=0),
        Column("rooms", "int?", "classrooms of the stage", "rooms", low=0),
        X,
        Y,
        _id("area_id", "the area that the school stands in"),
    ),
)
GATES = Table(
    "gates", "a gate of a school", ("school_id", "gate"),
    (
        _id("school_id", "the school"),
        Column("gate", "int", "number of the gate", low=1),
        X,
        Y,
    ),
)
CLASSES = Table(
    "classes", "a class in a snapshot", ("school_id", "stage", "entry_year", "class_no", "snapshot"),
    (
        _id("school_id", "the school"),
        STAGE,
        Column("entry_year", "int", "autumn in which the class entered the stage", low=1980, high=2200),
        Column("grade", "int", "grade 1-9 at the snapshot", low=1, high=9),
        _id("class_no", "class number within the grade"),
        Column("pupils", "int", "pupils", "pupils", low=0, high=200),
        Column("snapshot", "text", "date of the return, YYYY-MM-DD"),
    ),
)
CANDIDATES = Table(
    "candidates", "a possible project: one school stage to build, move or extend", ("candidate_id",),
    (
        _id("candidate_id", "id"),
        _id("name", "name"),
        STAGE,
        Column("kind", "text", "new, relocated or expanded", one_of=PROJECT_KINDS),
        Column("school_id", "text?", "the school that moves or grows; absent for a new one"),
        X,
        Y,
        _count("seats", "seats added (expanded) or in the finished school (new, relocated)"),
        Column("cost_yuan", "int", "cost at the price year", "yuan", low=0),
        Column("price_year", "int", "year of the prices", low=1990, high=2200),
        Column("earliest_year", "int", "first autumn in which it can open", low=2000, high=2200),
        Column("after", "text?", "a candidate that must be built first"),
        Column("named_in_policy", "flag", "named in the policy document"),
        _id("remarks", "what a reader must know"),
    ),
)
EDGES = Table(
    "edges", "a stretch of road or path between two junctions", ("edge_id",),
    (
        Column("edge_id", "int", "number", low=0),
        Column("from_node", "int", "start junction", low=0),
        Column("to_node", "int", "end junction", low=0),
        Column("length_mm", "int", "length along the line", "mm", low=1),
        _id("road_class", "OSM highway value"),
        _id("name", "street name"),
        Column("walk", "flag", "may be walked, both ways"),
        Column("cycle_forward", "flag", "bicycles may go from start to end"),
        Column("cycle_backward", "flag", "bicycles may go from end to start"),
        Column("drive_forward", "flag", "cars may go from start to end"),
        Column("drive_backward", "flag", "cars may go from end to start"),
        Column("bridge", "flag", "carried over or under what it crosses"),
        Column("component", "int", "connected piece of the network, longest = 0", low=0),
    ),
    geometry="line",
)
JOINS = Table(
    "joins", "where a cell, a school's gate or a candidate joins the network", ("uses", "subject", "subject_id", "gate"),
    (
        Column("uses", "text", "rights of the roads it joins", one_of=("walk", "cycle", "drive")),
        Column("subject", "text", "what is joined", one_of=("cell", "school", "candidate")),
        _id("subject_id", "cell_id, school_id or candidate_id"),
        Column("gate", "int", "number of the gate; 1 where there is but one", low=1),
        Column("edge_id", "int", "the edge it joins", low=0),
        Column("offset_mm", "int", "distance of the foot point from the edge's start", "mm", low=0),
        Column("access_mm", "int", "straight leg to the foot point", "mm", low=0),
        Column("left", "flag", "stands left of the edge, seen along it"),
    ),
)
COSTS = Table(
    "costs", "a cell and one of its nearest schools of a stage, within reach", ("cell_id", "school_id", "stage"),
    (
        _id("cell_id", "the cell"),
        _id("school_id", "the school"),
        STAGE,
        Column("rank", "int", "1 = nearest; day schools before boarding schools beyond day reach", low=1),
        _id("mode", "mode of travel"),
        Column("distance_mm", "int", "access + network + egress", "mm", low=0),
        Column("access_mm", "int", "leg from the cell to the road", "mm", low=0),
        Column("network_mm", "int", "along the network", "mm", low=0),
        Column("egress_mm", "int", "leg from the road to the school's gate", "mm", low=0),
        Column("time_s", "int", "time of the way", "s", low=0),
        Column("crossings", "number", "barriers crossed; one road of a dual carriageway counts half", low=0),
    ),
)
UNIT_COSTS = Table(
    "unit_costs", "a unit and a school or candidate within reach of all its cells", ("unit_id", "facility_id", "stage"),
    (
        _id("unit_id", "the unit"),
        _id("facility_id", "school_id or candidate_id"),
        STAGE,
        Column("subject", "text", "which of the two", one_of=("school", "candidate")),
        Column("distance_mm", "int", "mean distance of the unit's people", "mm", low=0),
        Column("burden_mm", "int", "the same with penalties for crossings: what decides", "mm", low=0),
    ),
)
NEIGHBOURS = Table(
    "neighbours",
    "two units that share a stretch of border",
    ("unit_id", "other_id"),
    (_id("unit_id", "the unit with the lower id"), _id("other_id", "the other")),
)
UNITS = Table(
    "units", "a planning unit: the smallest thing that a zone is made of", ("unit_id",),
    (
        _id("unit_id", "id"),
        _id("area_id", "the area"),
        X,
        Y,
        Column("cells", "int", "cells in it", low=1),
        Column("people", "number", "all people in it", "people", low=0),
    ),
    geometry="polygon",
)
DEMAND = Table(
    "demand", "children living in a unit", ("unit_id", "stage", "grade", "year", "scenario"),
    (
        _id("unit_id", "the unit"),
        STAGE,
        Column("grade", "int", "grade by age", low=1, high=9),
        YEAR,
        SCENARIO,
        _count("children", "children"),
    ),
)
FORECAST = Table(
    "forecast", "pupils expected in a grade of a school", ("school_id", "stage", "grade", "year", "scenario"),
    (
        _id("school_id", "the school"),
        STAGE,
        Column("grade", "int", "grade", low=1, high=9),
        YEAR,
        SCENARIO,
        _count("pupils", "pupils"),
    ),
)
BALANCE = Table(
    "balance", "seats against children of an area, before anybody crosses a boundary", ("area_id", "stage", "year", "scenario"),
    (
        _id("area_id", "the area"),
        STAGE,
        YEAR,
        SCENARIO,
        _count("children", "children living there"),
        _count("seats", "seats there"),
        Column("seat_gap", "int", "children − seats: positive = short", "seats"),
    ),
)
ACCESS = Table(
    "access", "children of an area by distance band to their nearest school", ("area_id", "stage", "band_from_m"),
    (
        _id("area_id", "the area"),
        STAGE,
        Column("band_from_m", "int", "band starts at", "m", low=0),
        Column("band_to_m", "int?", "band ends before; absent = beyond the last band", "m", low=0),
        _count("children", "children"),
        Column("share", "number", "share of the area's children", low=0, high=1),
    ),
)
DISTANCES = Table(
    "distances", "how far the children of an area live from their nearest school", ("area_id", "stage"),
    (
        _id("area_id", "the area; `*` = the whole county"),
        STAGE,
        _count("children", "children"),
        _count("children_out_of_reach", "children without a school within reach; they enter no mean"),
        Column("mean_m", "number?", "mean distance, each child counting once", "m", low=0),
        Column("median_m", "number?", "half of the children live within it", "m", low=0),
        Column("p90_m", "number?", "nine in ten children live within it", "m", low=0),
        Column("p95_m", "number?", "19 in 20 children live within it", "m", low=0),
        Column("max_m", "number?", "the farthest", "m", low=0),
        Column("gini", "number?", "Gini index of the distances", low=0, high=1),
        Column("theil_t", "number?", "Theil T of the distances", low=0),
        Column("mean_log_deviation", "number?", "Theil L of the distances", low=0),
    ),
)
COVERAGE = Table(
    "coverage", "children of an area within a service radius, by road and as the crow flies", ("area_id", "stage", "limit_m"),
    (
        _id("area_id", "the area; `*` = the whole county"),
        STAGE,
        Column("limit_m", "int", "service radius", "m", low=1),
        _count("children", "children"),
        _count("within_network", "children within it by road"),
        _count("within_straight", "children within it as the crow flies"),
        Column("within_network_share", "number?", "share by road", low=0, high=1),
        Column("within_straight_share", "number?", "share as the crow flies", low=0, high=1),
    ),
)
SEAT_ACCESS = Table(
    "seat_access", "the seats that a unit's children could reach", ("unit_id", "stage"),
    (
        _id("unit_id", "the unit"),
        STAGE,
        Column("limit_m", "int", "how far a day pupil is sent", "m", low=1),
        Column("seats", "int", "seats within it", "seats", low=0),
        _count("children_in_reach", "children of all units that reach one of these schools"),
        Column("seats_per_child", "number?", "seats ÷ children in reach", low=0),
        Column("two_step", "number", "2SFCA: seats per child, one claim at every school in reach", low=0),
        Column("two_step_bands", "number", "E2SFCA: the same, claims falling with distance", low=0),
        Column("balanced", "number", "balanced: a child's claims sum to one", low=0),
    ),
)
ISOCHRONES = Table(
    "isochrones", "the ground within a band of distance by road to the nearest school", ("stage", "band_from_m"),
    (
        STAGE,
        Column("band_from_m", "int", "band starts at", "m", low=0),
        Column("band_to_m", "int", "band ends at", "m", low=1),
    ),
    geometry="polygon",
)
ASSIGNMENT = Table(
    "assignment", "children of a unit sent to a school by the seat-limited assignment", ("unit_id", "stage", "school_id"),
    (
        _id("unit_id", "the unit"),
        STAGE,
        _id("school_id", "the school"),
        Column("children", "int", "children", low=1),
        Column("distance_mm", "int", "mean network distance of the unit's cells", "mm", low=0),
    ),
)
UNPLACED = Table(
    "unplaced", "children of a unit without a seat within reach: a shortage is a result, not an error", ("unit_id", "stage"),
    (
        _id("unit_id", "the unit"),
        STAGE,
        Column("children", "int", "children", low=1),
        Column("reason", "text", "why", one_of=("no_seat", "no_school_in_reach")),
    ),
)
ZONES = Table(
    "zones", "a unit's attendance zone at a stage", ("unit_id", "stage"),
    (
        _id("unit_id", "the unit"),
        STAGE,
        _id("school_id", "the school whose zone it is"),
        _count("children", "children of the zone year"),
        Column("distance_mm", "int?", "mean network distance; absent = out of reach", "mm", low=0),
        Column("moved", "flag", "moved from its assigned school to keep zones in one piece"),
    ),
)
FINDINGS = Table(
    "findings", "one thing measured by one rule", ("rule", "subject_id", "stage", "year"),
    (
        _id("rule", "the rule's name in the rule set"),
        Column("subject", "text", "what was measured", one_of=("school", "class", "area", "candidate")),
        _id("subject_id", "whose measure it is"),
        _id("school_id", "the school concerned, if any"),
        Column("stage", "text", "stage", one_of=STAGES),
        YEAR,
        Column("value", "number", "what was measured"),
        Column("limit", "number", "what the rule allows"),
        _id("unit", "unit of value and limit"),
        _id("level", "tier or level of the finding"),
        Column("passed", "flag", "the rule is kept"),
        Column("short_by", "number", "distance to compliance, in the same unit; 0 when passed", low=0),
        _id("source", "article that sets the limit"),
    ),
)
RANKING = Table(
    "ranking", "what a candidate changes when it alone is added", ("candidate_id",),
    (
        Column("rank", "int", "1 = best", low=1),
        _id("candidate_id", "the candidate"),
        STAGE,
        Column("placed", "int", "more children with a seat within reach than without it", "children"),
        Column("saved_m", "int", "children-metres saved; negative where children who had no seat now walk", "children·m"),
        Column("useful_seats", "int", "children it would seat in the zone year", "seats", low=0),
        Column("cost_per_useful_seat_yuan", "int?", "cost per child it would seat; absent = seats nobody", "yuan", low=0),
        _id("remarks", "rules that the candidate itself would break"),
    ),
)
PLAN = Table(
    "plan", "a chosen project and the autumn in which it opens", ("candidate_id",),
    (
        _id("candidate_id", "the candidate"),
        STAGE,
        Column("opens", "int", "first autumn", low=2000),
        Column("cost_yuan", "int", "paid from that year's budget", "yuan", low=0),
        _count("seats", "seats added"),
    ),
)
PLAN_YEARS = Table(
    "plan_years", "a stage in a plan year", ("year", "stage"),
    (
        YEAR,
        STAGE,
        Column("budget_yuan", "int", "the year's budget for both stages", "yuan", low=0),
        Column("spent_yuan", "int", "spent on this stage", "yuan", low=0),
        _count("children", "children living in the county"),
        _count("seats", "seats"),
        _count("unmet", "children without a seat within reach"),
        _count("unmet_without_plan", "the same if nothing were built"),
        _count("empty_seats", "seats that nobody uses"),
    ),
)
PARCELS = Table(
    "parcels", "a parcel of land offered for a school", ("parcel_id",),
    (
        _id("parcel_id", "number of the parcel, as text"),
        _id("name", "name, may be empty"),
        _id("area_id", "the area that most of it lies in"),
        Column("land_m2", "int", "its area in the study's system", "m²", low=1),
    ),
    geometry="polygon",
)
BARRIERS = Table(
    "barriers", "a line that is not crossed freely: a railway, a fence, a canal", ("barrier_id",),
    (
        _id("barrier_id", "number in the layer"),
        _id("name", "name, may be empty"),
    ),
    geometry="line or polygon",
)
WATER = Table(
    "water",
    "a river, stream or lake, for drawing",
    ("water_id",),
    (_id("water_id", "number in the layer"), _id("name", "name, may be empty")),
    geometry="line or polygon",
)
SET_ASIDE = Table(
    "set_aside", "a row or a cell that could not be used, with its reason", ("source", "row", "reason"),
    (
        _id("source", "file or step"),
        _id("row", "row, feature or cell"),
        _id("reason", "why"),
        _id("detail", "the value or measure that it was about, may be empty"),
        Column("amount", "number", "people, pupils or metres in it", low=0),
    ),
)
RECONCILIATION = Table(
    "reconciliation", "rows and amounts of a source: in = used + set aside", ("source",),
    (
        _id("source", "file or step"),
        _id("unit", "what the amount counts"),
        _count("rows_in", "rows found"),
        _count("rows_used", "rows used"),
        _count("rows_set_aside", "rows set aside"),
        Column("amount_in", "number", "amount found", low=0),
        Column("amount_used", "number", "amount used", low=0),
        Column("amount_set_aside", "number", "amount set aside", low=0),
    ),
)
# fmt: on

TABLES = {
    table.name: table
    for table in (
        AREAS, WATER, BARRIERS, PARCELS, CELLS, PEOPLE, BIRTHS, SCHOOLS, GATES, CLASSES, CANDIDATES, EDGES, JOINS, UNITS, NEIGHBOURS, UNIT_COSTS, COSTS, ACCESS, DISTANCES, COVERAGE, SEAT_ACCESS, ISOCHRONES, DEMAND, FORECAST, BALANCE,
        ASSIGNMENT, UNPLACED, ZONES, FINDINGS, RANKING, PLAN, PLAN_YEARS, SET_ASIDE, RECONCILIATION,
    )
}  # fmt: skip
