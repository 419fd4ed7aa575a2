"""What is read from the study's files."""

from catchment.tables.columns import (
    BASES,
    EVENT_KINDS,
    KINDS,
    OWNERSHIPS,
    PROJECT_KINDS,
    SETTINGS,
    STAGE,
    STATUSES,
    YEAR,
    Column,
    Table,
    X,
    Y,
    count_column,
    id_column,
)

# fmt: off
AREAS = Table(
    "areas", "a township, village committee or other administrative polygon", ("area_id",),
    (
        id_column("area_id", "official code, as text"),
        id_column("name", "name"),
        Column("residents", "int?", "official resident count, where known", "people", low=0),
    ),
    geometry="polygon",
)
CELLS = Table(
    "cells", "a populated grid cell (raster cell, hexagon or point)", ("cell_id",),
    (
        id_column("cell_id", "r<row>c<column> of the raster, or the id in the layer"),
        X,
        Y,
        id_column("area_id", "the area that the cell's centre lies in"),
        Column("people", "number", "all people in the cell", "people", low=0),
        id_column("unit_id", "the planning unit that the cell belongs to"),
    ),
)
PEOPLE = Table(
    "people", "an age band of one counting basis in a cell", ("cell_id", "age_from", "basis"),
    (
        id_column("cell_id", "the cell"),
        Column("age_from", "int", "first age of the band, in completed years", "years", low=0, high=130),
        Column("age_to", "int?", "last age of the band; absent = open", "years", low=0, high=130),
        Column("basis", "text", "who is counted: residents or registered population", one_of=BASES),
        Column("people", "number", "people", "people", low=0),
    ),
)
BIRTHS = Table(
    "births", "births of a calendar year, or of one of its months, in an area", ("area_id", "year", "month", "basis"),
    (
        id_column("area_id", "the area; `*` = the whole county"),
        Column("year", "int", "calendar year of birth", low=1900, high=2200),
        Column("month", "int?", "calendar month; absent = the whole year", low=1, high=12),
        Column("basis", "text", "registered or resident births", one_of=BASES),
        count_column("births", "births"),
    ),
)
SCHOOLS = Table(
    "schools", "a school at one stage; a through-train campus is several rows with one campus_id", ("school_id", "stage"),
    (
        id_column("school_id", "school code, as text"),
        STAGE,
        id_column("name", "name"),
        id_column("campus_id", "rows with the same campus_id share one site"),
        Column("kind", "text", "kind of school", one_of=KINDS),
        Column("ownership", "text", "public or private", one_of=OWNERSHIPS),
        Column("setting", "text", "urban, town or rural", one_of=SETTINGS),
        Column("boarding", "flag", "has boarders"),
        Column("seats", "int", "seats of the stage: rooms × class size", "seats", low=0),
        Column("rooms", "int?", "classrooms of the stage", "rooms", low=0),
        X,
        Y,
        id_column("area_id", "the area that the school stands in"),
    ),
)
GATES = Table(
    "gates", "a gate of a school", ("school_id", "gate"),
    (
        id_column("school_id", "the school"),
        Column("gate", "int", "number of the gate", low=1),
        X,
        Y,
    ),
)
CLASSES = Table(
    "classes", "a class in a snapshot", ("school_id", "stage", "entry_year", "class_no", "snapshot"),
    (
        id_column("school_id", "the school"),
        STAGE,
        Column("entry_year", "int", "autumn in which the class entered the stage", low=1980, high=2200),
        Column("grade", "int", "grade 1-9 at the snapshot", low=1, high=9),
        id_column("class_no", "class number within the grade"),
        Column("pupils", "int", "pupils", "pupils", low=0, high=200),
        Column("snapshot", "text", "date of the return, YYYY-MM-DD"),
    ),
)
CANDIDATES = Table(
    "candidates", "a possible project: one school stage to build, move, extend, convert or close, or rooms to lease", ("candidate_id",),
    (
        id_column("candidate_id", "id"),
        id_column("name", "name"),
        STAGE,
        Column("kind", "text", "new, relocated, expanded, temporary (leased rooms), converted (from the school's other stage) or closed", one_of=PROJECT_KINDS),
        Column("school_id", "text?", "the school that changes; absent for a new one"),
        X,
        Y,
        count_column("seats", "seats added (expanded, temporary), or in the finished school (new, relocated, converted)"),
        Column("cost_yuan", "int", "cost at the price year", "yuan", low=0),
        Column("price_year", "int", "year of the prices", low=1990, high=2200),
        Column("earliest_year", "int", "first autumn in which it can open", low=2000, high=2200),
        Column("after", "text?", "a candidate that must be built first"),
        Column("choice", "text?", "candidates with the same word here are alternatives: one of them at most is built"),
        Column("must_build", "flag", "decided already: it opens in some plan year"),
        Column("land_year", "int?", "year from which its land can be built on", low=1990, high=2200),
        Column("building_years", "int", "years of building before it opens, in which it is paid; 0 = paid in the year of opening", "years", low=0, high=10),
        Column("yearly_yuan", "int", "what it costs to run a year, or saves (below 0)", "yuan"),
        Column("lasts_years", "int?", "years after which its seats are gone; absent = they stay", "years", low=1, high=60),
        Column("seats_lost", "int?", "seats that go at the school that moves, closes or is converted; absent = all of them", "seats", low=0),
        Column("named_in_policy", "flag", "named in the policy document"),
        Column("parcel_id", "text?", "the parcel that it would stand on"),
        id_column("remarks", "what a reader must know"),
    ),
)
PARCELS = Table(
    "parcels", "a parcel of land offered for a school", ("parcel_id",),
    (
        id_column("parcel_id", "number of the parcel, as text"),
        id_column("name", "name, may be empty"),
        id_column("area_id", "the area that most of it lies in"),
        Column("land_m2", "int", "its area in the study's system", "m²", low=1),
    ),
    geometry="polygon",
)
BARRIERS = Table(
    "barriers", "a line that is not crossed freely: a railway, a fence, a canal", ("barrier_id",),
    (
        id_column("barrier_id", "number in the layer"),
        id_column("name", "name, may be empty"),
    ),
    geometry="line or polygon",
)
WATER = Table(
    "water",
    "a river, stream or lake, for drawing",
    ("water_id",),
    (id_column("water_id", "number in the layer"), id_column("name", "name, may be empty")),
    geometry="line or polygon",
)
ENROLMENT = Table(
    "enrolment", "pupils of a grade of a school in an autumn", ("school_id", "stage", "grade", "year", "status"),
    (
        id_column("school_id", "the school"),
        id_column("stage", "primary, junior, or all where a system has no such stages"),
        Column("grade", "int", "grade; 0 = the year before grade 1", low=0, high=13),
        YEAR,
        Column("status", "text", "residence of the pupils", one_of=STATUSES),
        count_column("pupils", "pupils"),
    ),
)
EVENTS = Table(
    "events", "from a year on, a share of one school's children go to another", ("school_id", "to_school_id", "year", "kind"),
    (
        id_column("school_id", "the school that they leave or would have gone to"),
        id_column("to_school_id", "the school that they go to"),
        Column("year", "int", "first autumn", low=1900, high=2200),
        Column("kind", "text", "what happens", one_of=EVENT_KINDS),
        Column("share", "number", "share of the children concerned", low=0, high=1),
    ),
)
HOUSING = Table(
    "housing", "dwellings of one type that are finished in an area in a year", ("area_id", "year", "type"),
    (
        id_column("area_id", "the area"),
        Column("year", "int", "year in which they are finished", low=1900, high=2200),
        id_column("type", "type of dwelling, a name in forecast.housing.yields"),
        count_column("dwellings", "dwellings beyond the usual building of the last years"),
    ),
)
ENTRANTS = Table(
    "entrants", "children counted who will enter school: kindergarten top classes, vaccination registers", ("area_id", "year"),
    (
        id_column("area_id", "the area; `*` = the whole county"),
        Column("year", "int", "autumn in which they enter", low=1900, high=2200),
        count_column("children", "children counted"),
    ),
)
PAST_FORECASTS = Table(
    "past_forecasts", "a forecast that somebody made in the past, to be measured beside ours", ("method", "made", "school_id", "grade", "year"),
    (
        id_column("method", "whose forecast, or how it was made"),
        Column("made", "int", "autumn of the latest pupils that it knew", low=1900, high=2200),
        id_column("school_id", "the school; `*` = the whole county"),
        Column("grade", "int?", "the grade; absent = all grades", low=0, high=13),
        YEAR,
        Column("pupils", "number", "pupils forecast", low=0),
    ),
)
# fmt: on
