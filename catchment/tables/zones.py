"""Attendance zones: what was asked of them, which unit is whose, and what it comes to."""

from catchment.tables.columns import STAGE, Column, Table, X, Y, count_column, id_column

WISHES = ("lock", "ban", "together")
STATUSES_OF_ZONES = ("optimal", "feasible", "over_seats")
REASONS_OF_UNITS = ("own", "locked", "nearest", "seats", "piece")
TEXT_STYLES = ("areas", "sides", "ring")
PROOF_KINDS = ("gap", "overlap", "mismatch", "enclave", "unclear")

# fmt: off
ADDRESSES = Table(
    "addresses", "an address point: a house number of a street, a hamlet or a building; nothing of who lives there", ("address_id",),
    (
        Column("address_id", "int", "its number in the file", low=1),
        id_column("street", "street; empty where there are no house numbers"),
        Column("number", "int?", "house number", low=0),
        id_column("place", "hamlet or building, may be empty"),
        X,
        Y,
    ),
)
ZONE_TEXTS = Table(
    "zone_texts", "a zone in words that anybody can check, and how far they agree with it", ("school_id", "stage"),
    (
        id_column("school_id", "the school; of a zone of several schools the lowest code"),
        STAGE,
        id_column("text", "the zone in words"),
        Column("style", "text", "how most of its children are told: whole areas, sides of lines, rings", one_of=TEXT_STYLES),
        Column("named_share", "number", "share of the zone's border that follows named lines and area borders", low=0, high=1),
        count_column("annex_points", "numbered points of the annex that the text needs"),
        id_column("point_ids", "these points, area_id/number, with blanks between"),
        count_column("children", "children of the zone"),
        count_column("children_agreed", "children of the zone whom its text, and no other, names"),
        Column("ground_m2", "int", "area of the zone", "m²", low=0),
        Column("ground_agreed_m2", "int", "of it what the text names", "m²", low=0),
    ),
)
ZONE_GROUNDS = Table(
    "zone_grounds", "the ground of a zone as its words mean it and maps draw it: of everybody's side, but straight where nobody lives", ("school_id", "stage"),
    (id_column("school_id", "the school; of a zone of several schools the lowest code"), STAGE),
    geometry="polygon",
)
ZONE_TEXT_POINTS = Table(
    "zone_text_points", "a numbered point of the annex to the zone texts", ("stage", "area_id", "number"),
    (
        STAGE,
        id_column("area_id", "the area in whose texts it stands; numbers begin at 1 in each"),
        Column("number", "int", "its number", low=1),
        Column("x_m", "int", "easting in the study's reference system", "m"),
        Column("y_m", "int", "northing in the study's reference system", "m"),
    ),
)
ZONE_TEXT_PROOF = Table(
    "zone_text_proof", "what does not fit between the zones and their texts", ("finding_no",),
    (
        Column("finding_no", "int", "running number", low=1),
        STAGE,
        Column("kind", "text", "in no text, in several texts, in another school's text, cut off from the rest of its zone, or a text that cannot be understood", one_of=PROOF_KINDS),
        id_column("school_id", "the school of the zone"),
        id_column("told_ids", "the schools whose texts name it, with blanks between"),
        Column("subject", "text", "what it is about", one_of=("unit", "address", "text")),
        id_column("subject_id", "unit_id, address_id or school_id"),
        Column("children", "int?", "children concerned; absent for addresses", low=0),
        id_column("message", "the same in words"),
    ),
)
ZONE_WISHES = Table(
    "zone_wishes", "a wish about zones", ("wish_no",),
    (
        Column("wish_no", "int", "its number in the file", low=1),
        Column("wish", "text", "lock to the school, ban from it, or keep together", one_of=WISHES),
        STAGE,
        Column("unit_id", "text?", "the planning unit; absent = the whole area"),
        Column("area_id", "text?", "the area whose units are meant"),
        Column("school_id", "text?", "the school; absent for wishes to keep together"),
    ),
)
PRESENT_ZONES = Table(
    "present_zones", "a zone in force", ("school_id", "stage"),
    (id_column("school_id", "the school whose zone it is"), STAGE),
    geometry="polygon",
)
ZONES = Table(
    "zones", "a unit's attendance zone at a stage", ("unit_id", "stage"),
    (
        id_column("unit_id", "the unit"),
        STAGE,
        id_column("school_id", "the school whose zone it is; of a zone of several schools the lowest code"),
        count_column("children", "children of the zone year"),
        Column("distance_mm", "int?", "mean network distance; absent = out of reach", "mm", low=0),
        Column("reason", "text", "why this school: it stands here, the unit is locked to it, it is the nearest, the nearest that seats allow, or the zone would else fall into pieces or units be cut", one_of=REASONS_OF_UNITS),
        Column("present_id", "text?", "the school of the present zone; absent = not told"),
    ),
)
ZONE_SCHOOLS = Table(
    "zone_schools", "a school's zone in figures", ("school_id", "stage"),
    (
        id_column("school_id", "the school; of a zone of several schools the lowest code"),
        STAGE,
        count_column("units", "units of its zone; 0 = it has none"),
        count_column("children", "children of the zone year"),
        count_column("seats", "seats"),
        count_column("over_seats", "children over the seats"),
        Column("seat_value_m", "number", "metres that one more seat here would save all children together, by the bound", "m", low=0),
        Column("own_unit", "flag", "it stands in a unit of its own; False = it shares it with another school of the stage"),
    ),
)
ZONE_TOTALS = Table(
    "zone_totals", "a stage's zones in figures, and how far from the best they can be", ("stage",),
    (
        STAGE,
        Column("status", "text", "proved best, within the gap of the best, or with more children than seats", one_of=STATUSES_OF_ZONES),
        count_column("zones", "zones"),
        count_column("units", "units in them"),
        count_column("children", "children of the zone year"),
        count_column("out_of_reach", "children whose unit does not reach its zone's school"),
        count_column("over_seats", "children over the seats of their zones"),
        count_column("over_seats_least", "children without a seat however zones are drawn"),
        Column("children_m", "int", "metres of all children in reach to the schools of their zones", "m", low=0),
        Column("longest_m", "int", "longest way of a unit with children", "m", low=0),
        Column("crossing_m", "int", "metres that crossings of main roads and railways count for", "m", low=0),
        Column("moved_children", "int?", "children whose unit leaves its present zone; absent = no present zones", low=0),
        Column("border_m", "int", "length of the borders between zones", "m", low=0),
        Column("border_along_m", "int", "of it along main roads and water", "m", low=0),
        Column("groups_apart", "int", "areas or lower zones kept together piece by piece, as they are not one piece on the ground", low=0),
        Column("objective_m", "int", "all that counts, in metres of children", "m", low=0),
        Column("bound_m", "int", "no zones that keep the rules come to less", "m", low=0),
        Column("gap_share", "number", "(objective − bound) / objective", low=0, high=1),
    ),
)
# fmt: on
