"""Roads, how things join them, and distances."""

from catchment.tables.columns import STAGE, Column, Table, count_column, id_column

# fmt: off
EDGES = Table(
    "edges", "a stretch of road or path between two junctions", ("edge_id",),
    (
        Column("edge_id", "int", "number", low=0),
        Column("from_node", "int", "start junction", low=0),
        Column("to_node", "int", "end junction", low=0),
        Column("length_mm", "int", "length along the line", "mm", low=1),
        id_column("road_class", "OSM highway value"),
        id_column("name", "street name"),
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
        id_column("subject_id", "cell_id, school_id or candidate_id"),
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
        id_column("cell_id", "the cell"),
        id_column("school_id", "the school"),
        STAGE,
        Column("rank", "int", "1 = nearest; day schools before boarding schools beyond day reach", low=1),
        id_column("mode", "mode of travel"),
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
        id_column("unit_id", "the unit"),
        id_column("facility_id", "school_id or candidate_id"),
        STAGE,
        Column("subject", "text", "which of the two", one_of=("school", "candidate")),
        Column("distance_mm", "int", "mean distance of the unit's people", "mm", low=0),
        Column("burden_mm", "int", "the same with penalties for crossings: what decides", "mm", low=0),
    ),
)
ACCESS = Table(
    "access", "children of an area by distance band to their nearest school", ("area_id", "stage", "band_from_m"),
    (
        id_column("area_id", "the area"),
        STAGE,
        Column("band_from_m", "int", "band starts at", "m", low=0),
        Column("band_to_m", "int?", "band ends before; absent = beyond the last band", "m", low=0),
        count_column("children", "children"),
        Column("share", "number", "share of the area's children", low=0, high=1),
    ),
)
DISTANCES = Table(
    "distances", "how far the children of an area live from their nearest school", ("area_id", "stage"),
    (
        id_column("area_id", "the area; `*` = the whole county"),
        STAGE,
        count_column("children", "children"),
        count_column("children_out_of_reach", "children without a school within reach; they enter no mean"),
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
        id_column("area_id", "the area; `*` = the whole county"),
        STAGE,
        Column("limit_m", "int", "service radius", "m", low=1),
        count_column("children", "children"),
        count_column("within_network", "children within it by road"),
        count_column("within_straight", "children within it as the crow flies"),
        Column("within_network_share", "number?", "share by road", low=0, high=1),
        Column("within_straight_share", "number?", "share as the crow flies", low=0, high=1),
    ),
)
SEAT_ACCESS = Table(
    "seat_access", "the seats that a unit's children could reach", ("unit_id", "stage"),
    (
        id_column("unit_id", "the unit"),
        STAGE,
        Column("limit_m", "int", "how far a day pupil is sent", "m", low=1),
        Column("seats", "int", "seats within it", "seats", low=0),
        count_column("children_in_reach", "children of all units that reach one of these schools"),
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
# fmt: on
