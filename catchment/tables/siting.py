"""What stands around the land that is offered for schools, and what it says of each parcel and project."""

from catchment.tables.columns import (
    EFFECTS,
    SITE_VERDICTS,
    STAGES,
    SURROUNDING_KINDS,
    Column,
    Table,
    count_column,
    id_column,
)

# fmt: off
SURROUNDINGS = Table(
    "surroundings", "an object near which a school must not, or should not, stand", ("object_id",),
    (
        id_column("object_id", "number of its layer and of the feature in it; or its id in OSM: n, w or r and a number"),
        Column("kind", "text", "what it is", one_of=SURROUNDING_KINDS),
        id_column("name", "name, may be empty"),
        Column("voltage_kv", "number?", "voltage of a power line", "kV", low=0, high=1200),
    ),
    geometry="point, line or polygon",
)
SITE = (
    Column("subject", "text", "what was tested", one_of=("parcel", "candidate")),
    id_column("subject_id", "the parcel; or a candidate that has none, a point"),
)
SITING = Table(
    "siting", "a parcel, or a project without one, tested by one rule", ("subject", "subject_id", "candidate_id", "test", "effect", "stage"),
    (
        *SITE,
        id_column("candidate_id", "the project whose seats or children were measured; empty = the ground alone"),
        id_column("test", "kind of the surroundings, or land, free_land, elongation, width, size, service_radius"),
        Column("effect", "text", "what it means not to pass: excluded, failed, or penalised (screening)", one_of=EFFECTS),
        Column("stage", "text", "stage; all = not by stage", one_of=(*STAGES, "all")),
        Column("value", "number?", "what was measured, of the surroundings the distance from edge to edge (0 = touches or crosses); absent = not known"),
        Column("limit", "number", "what the rule allows or demands"),
        Column("bound", "text", "whether the limit is the most or the least", one_of=("most", "least")),
        id_column("unit", "unit of value and limit"),
        Column("verdict", "text", "passed, penalised, unknown (never passed), failed, or ruled out", one_of=SITE_VERDICTS),
        Column("classes", "int?", "most of the usual numbers of classes that the land carries", "classes", low=0),
        id_column("object_id", "the object that decides; empty = none; e = a road of table edges"),
        id_column("object", "its name, and voltage of a power line, may be empty"),
        Column("x_m", "number?", "easting of the object's point nearest to the subject", "m"),
        Column("y_m", "number?", "northing of it", "m"),
        id_column("note", "reason or remark, may be empty"),
        id_column("source", "article that sets the limit"),
    ),
)
SITING_TOTALS = Table(
    "siting_totals", "a parcel, or a project without one, with the worst of its verdicts", ("subject", "subject_id"),
    (
        *SITE,
        id_column("name", "its name, may be empty"),
        Column("verdict", "text", "the worst; what is not known counts as worse than a warning where it may be", one_of=SITE_VERDICTS),
        *(count_column(verdict, f"tests {verdict.replace('_', ' ')}") for verdict in SITE_VERDICTS),
    ),
)
# fmt: on
