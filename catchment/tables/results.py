"""Children, pupils, seats, zones and plans; and what was set aside on the way."""

from catchment.tables.columns import (
    SCENARIO,
    STAGE,
    STAGES,
    VERDICTS,
    YEAR,
    Column,
    Table,
    X,
    Y,
    count_column,
    id_column,
)

# fmt: off
UNITS = Table(
    "units", "a planning unit: the smallest thing that a zone is made of", ("unit_id",),
    (
        id_column("unit_id", "id"),
        id_column("area_id", "the area"),
        X,
        Y,
        Column("cells", "int", "cells in it", low=1),
        Column("people", "number", "all people in it", "people", low=0),
    ),
    geometry="polygon",
)
NEIGHBOURS = Table(
    "neighbours",
    "two units that share a stretch of border",
    ("unit_id", "other_id"),
    (
        id_column("unit_id", "the unit with the lower id"),
        id_column("other_id", "the other"),
        Column("border_mm", "int", "length of the border; 0 = a bridge to ground apart from the rest", "mm", low=0),
        Column("along_mm", "int", "of it along a main road or water", "mm", low=0),
    ),
)
DEMAND = Table(
    "demand", "children living in a unit", ("unit_id", "stage", "grade", "year", "scenario"),
    (
        id_column("unit_id", "the unit"),
        STAGE,
        Column("grade", "int", "grade by age", low=1, high=9),
        YEAR,
        SCENARIO,
        count_column("children", "children"),
    ),
)
TRUST = Table(
    "trust", "what the children of a cell rest on", ("cell_id",),
    (
        id_column("cell_id", "the cell"),
        Column("trust", "int", "5 = counted by single age … 1 = an assumed share of all people", low=1, high=5),
        Column("rests_on", "text", "what they rest on", one_of=(
            "single_ages", "bands_births_of_area", "bands_births_of_county", "bands_curve", "assumed_share")),
    ),
)
BALANCE = Table(
    "balance", "seats against children of an area, before anybody crosses a boundary", ("area_id", "stage", "year", "scenario"),
    (
        id_column("area_id", "the area"),
        STAGE,
        YEAR,
        SCENARIO,
        count_column("children", "children living there"),
        count_column("seats", "seats there"),
        Column("seat_gap", "int", "children − seats: positive = short", "seats"),
    ),
)
ASSIGNMENT = Table(
    "assignment", "children of a unit sent to a school by the seat-limited assignment", ("unit_id", "stage", "school_id"),
    (
        id_column("unit_id", "the unit"),
        STAGE,
        id_column("school_id", "the school"),
        Column("children", "int", "children", low=1),
        Column("distance_mm", "int", "mean network distance of the unit's cells", "mm", low=0),
    ),
)
UNPLACED = Table(
    "unplaced", "children of a unit without a seat within reach: a shortage is a result, not an error", ("unit_id", "stage"),
    (
        id_column("unit_id", "the unit"),
        STAGE,
        Column("children", "int", "children", low=1),
        Column("reason", "text", "why", one_of=("no_seat", "no_school_in_reach")),
    ),
)
FINDINGS = Table(
    "findings", "one thing measured by one rule", ("rule_set", "rule", "level", "subject_id", "stage", "year"),
    (
        id_column("rule_set", "the rule set asked"),
        id_column("rule", "the rule's name in the rule set"),
        id_column("level", "tier or measure of the finding"),
        Column("subject", "text", "what was measured", one_of=("school", "class", "area", "county", "candidate")),
        id_column("subject_id", "whose measure it is; `*` = the county"),
        id_column("school_id", "the school concerned, if any"),
        Column("stage", "text", "stage; all = not by stage", one_of=(*STAGES, "all")),
        YEAR,
        Column("value", "number?", "what was measured; absent = it is not known"),
        Column("limit", "number", "what the rule allows or demands"),
        Column("bound", "text", "whether the limit is the most or the least", one_of=("most", "least")),
        id_column("unit", "unit of value and limit"),
        Column("verdict", "text", "kept, broken, unknown (not told), or excluded (not counted, with the reason)", one_of=VERDICTS),
        Column("short_by", "number", "distance to compliance; 0 unless broken", low=0),
        id_column("short_unit", "in what it is told"),
        id_column("note", "reason or remark, may be empty"),
        id_column("source", "article that sets the limit"),
        id_column("written_in", "rule set in which the limit is written"),
    ),
)
QUOTA = Table(
    "quota", "places of a senior school for the graduates of a junior school (指标到校)", ("senior", "school_id"),
    (
        id_column("senior", "the senior school"),
        id_column("school_id", "the junior school"),
        count_column("graduates", "pupils of grade 9"),
        Column("tilt", "number", "weight of a graduate", low=0),
        Column("entitled", "number", "places in parts: its weight's share of the senior school's places", "places", low=0),
        count_column("places", "whole places"),
    ),
)
QUOTA_CHANGES = Table(
    "quota_changes", "how far a junior school is from one place more or fewer", ("school_id",),
    (
        id_column("school_id", "the junior school"),
        count_column("graduates", "pupils of grade 9"),
        count_column("places", "places of all senior schools"),
        Column("more_graduates", "int?", "graduates more at which it has a place more; absent = not within a tenth", low=1),
        Column("taken_from", "text?", "the school that would lose it"),
        Column("fewer_graduates", "int?", "graduates fewer at which it has a place fewer", low=1),
        Column("given_to", "text?", "the school that would have it"),
    ),
)
SET_ASIDE = Table(
    "set_aside", "a row or a cell that could not be used, with its reason", ("source", "row", "reason"),
    (
        id_column("source", "file or step"),
        id_column("row", "row, feature or cell"),
        id_column("reason", "why"),
        id_column("detail", "the value or measure that it was about, may be empty"),
        Column("amount", "number", "people, pupils or metres in it", low=0),
    ),
)
RECONCILIATION = Table(
    "reconciliation", "rows and amounts of a source: in = used + set aside", ("source",),
    (
        id_column("source", "file or step"),
        id_column("unit", "what the amount counts"),
        count_column("rows_in", "rows found"),
        count_column("rows_used", "rows used"),
        count_column("rows_set_aside", "rows set aside"),
        Column("amount_in", "number", "amount found", low=0),
        Column("amount_used", "number", "amount used", low=0),
        Column("amount_set_aside", "number", "amount set aside", low=0),
    ),
)
# fmt: on
