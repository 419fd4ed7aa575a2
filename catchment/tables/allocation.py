"""Who goes where and who is admitted: pupils against entitlement, homes against schools, applicants and their lots."""

from catchment.tables.columns import STAGE, Column, Table, count_column, id_column

CASES = ("today", "entry", "planned")
CLAIMS = ("children", "seats")
ALLOCATION_LEVELS = ("school", "area")
ALLOCATION_VERDICTS = ("proportional", "undecided", "apart", "untested")
OUTCOMES = ("own_zone", "diverted", "none")
OUTSIDE = "outside"
"""Home of pupils who live in no zone and no area of the study."""
PARTED = ";"
"""Between the schools that an application wishes for."""
NOT_COUNTED = ("", "boarding", "private", "rural")

ZONE = id_column("zone_id", "the zone: the school's code, or the name of a zone of several schools")
APPLICATION = id_column("application_no", "application number, as text; no name")
CHOICES = Column("choices", "text?", "schools wished for, most wished first, parted by semicolons; absent = as listed")
TICKET = id_column("ticket", "SHA-256 of the seed text, | and the application number; the lowest comes first")

# fmt: off
RESIDENCE = Table(
    "residence", "pupils of a school who live in one zone or area", ("stage", "home_id", "school_id"),
    (
        id_column("home_id", "where they live: code of the zone's school, or of an area; outside = in neither"),
        id_column("school_id", "the school that they attend"),
        STAGE,
        count_column("pupils", "pupils"),
    ),
)
APPLICANTS = Table(
    "applicants", "an application for a seat", ("application_no",),
    (
        APPLICATION,
        ZONE,
        STAGE,
        Column("tier", "int", "1 registered and owning in the zone, 2 registered only, 3 owning only, 4 migrant", low=1, high=4),
        Column("sibling_id", "text?", "the school that a brother or sister attends"),
        Column("points", "number?", "points of a migrant child", low=0),
        Column("age_days", "int?", "age on the day of entry", "days", low=0, high=10_000),
        Column("from_id", "text?", "planning unit that distances are measured from; absent = the zone's school"),
        CHOICES,
    ),
)
PLACES = Table(
    "places", "places of a school for one zone", ("stage", "zone_id", "school_id"),
    (ZONE, id_column("school_id", "the school"), STAGE, count_column("places", "pupils that it admits from its zone and by diversion")),
)
ALLOCATION = Table(
    "allocation", "pupils of a school or an area against its share of children or seats",
    ("stage", "case", "basis", "level", "subject_id"),
    (
        STAGE,
        Column("case", "text", "today's pupils, next autumn's entrants, or the planned assignment", one_of=CASES),
        Column("basis", "text", "share of what: children of the zone (or area), or seats", one_of=CLAIMS),
        Column("level", "text", "what is compared", one_of=ALLOCATION_LEVELS),
        id_column("subject_id", "school_id or area_id"),
        Column("entitled_share", "number", "its share of the children or seats", low=0, high=1),
        Column("expected", "number", "pupils by that share", "people", low=0),
        count_column("observed", "pupils"),
        Column("z", "number?", "standardised residual; absent = nothing to compare"),
        Column("flagged", "flag", "stands out from chance (Benjamini-Hochberg, 5 %)"),
        Column("tolerance", "number", "difference that is of no account", "people", low=0),
        Column("within_tolerance", "flag", "the difference is no larger than that"),
    ),
)
ALLOCATION_TESTS = Table(
    "allocation_tests", "whether the pupils of a stage follow the children or the seats", ("stage", "case", "basis", "level"),
    (
        STAGE,
        Column("case", "text", "what is compared", one_of=CASES),
        Column("basis", "text", "share of what", one_of=CLAIMS),
        Column("level", "text", "between what", one_of=ALLOCATION_LEVELS),
        count_column("subjects", "schools or areas compared"),
        count_column("pupils", "their pupils"),
        Column("p", "number?", "chance of as uneven pupils if only luck divided them; absent = untested", low=0, high=1),
        Column("how", "text", "all outcomes counted, or drawn", one_of=("exact", "draws", "none")),
        Column("dispersion", "number", "variance against that of pupils who come one by one", low=1),
        Column("dissimilarity", "number", "share of pupils who would have to move", low=0, high=1),
        Column("by_chance", "number", "the same to be expected from luck alone", low=0, high=1),
        Column("corrected", "number", "the share with the part of luck taken off", low=0, high=1),
        count_column("to_move", "pupils who would have to move"),
        count_column("flagged", "schools or areas that stand out from chance"),
        count_column("outside", "schools or areas outside the tolerance"),
        Column("verdict", "text", "whether all are surely within the tolerance, or some surely outside", one_of=ALLOCATION_VERDICTS),
    ),
)
COMPOSITION = Table(
    "composition", "how unevenly migrant children are spread over the schools of a stage", ("stage",),
    (
        STAGE,
        count_column("schools", "schools whose pupils are told by residence"),
        count_column("pupils", "their pupils"),
        count_column("migrants", "of these migrant children"),
        Column("dissimilarity", "number", "D between migrant and local children", low=0, high=1),
        Column("by_chance", "number", "the same to be expected from luck alone", low=0, high=1),
        Column("corrected", "number", "D with the part of luck taken off", low=0, high=1),
    ),
)
ZONED = Table(
    "zoned", "pupils of a school who live in its zone (就近划片入学)", ("stage", "school_id"),
    (
        id_column("school_id", "the school"),
        STAGE,
        count_column("pupils", "pupils whose homes are told"),
        count_column("from_zone", "of these living in the school's zone, or in its area where only the area is told"),
        count_column("by_area", "of these told by area only"),
        Column("share", "number?", "from_zone ÷ pupils", low=0, high=1),
        Column("excluded", "text", "why it is not counted in the rate; empty = counted", one_of=NOT_COUNTED),
    ),
)
STAYING = Table(
    "staying", "children of a zone or area by whether they attend its school", ("stage", "home_id"),
    (
        id_column("home_id", "zone (code of its school), area, or outside"),
        STAGE,
        count_column("children", "pupils who live there"),
        count_column("staying", "of these at the zone's school, or at a school of the area"),
        count_column("leaving", "at other schools"),
        Column("share", "number?", "staying ÷ children", low=0, high=1),
    ),
)
ADMISSIONS = Table(
    "admissions", "what becomes of an application", ("application_no",),
    (
        APPLICATION,
        ZONE,
        STAGE,
        Column("place", "int", "place in the zone's order", low=1),
        Column("outcome", "text", "admitted in the own zone, diverted, or no place", one_of=OUTCOMES),
        Column("school_id", "text?", "the school; absent = no place"),
        Column("distance_mm", "int?", "way to the school diverted to", "mm", low=0),
        TICKET,
    ),
)
INTAKES = Table(
    "intakes", "what a school's places are used for", ("stage", "school_id"),
    (
        id_column("school_id", "the school"),
        STAGE,
        count_column("places", "places"),
        count_column("applicants", "applicants of its zone; of a zone of several schools those who wished for it first"),
        count_column("own_zone", "admitted from the zone"),
        count_column("diverted_in", "admitted by diversion"),
        count_column("empty_places", "places left"),
    ),
)
LOTTERY = Table(
    "lottery", "an application in the lottery of a zone of several schools, to be published", ("stage", "zone_id", "application_no"),
    (
        ZONE,
        APPLICATION,
        STAGE,
        CHOICES,
        TICKET,
        Column("place", "int", "place by ticket within the zone", low=1),
        Column("choice", "int?", "number of the wish that was met; absent = none", low=1),
        Column("school_id", "text?", "the school; absent = none"),
    ),
)
# fmt: on
