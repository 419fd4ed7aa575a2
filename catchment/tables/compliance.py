"""What the rules are measured on: what schools have, and the county's rates."""

from catchment.tables.columns import STAGES, Column, Table, id_column

RATES = (
    "zoned_enrolment", "migrants_placed", "rotation", "rotation_backbone", "certificates", "training_hours",
    "training_funds", "special_funds", "funded_pupils", "teacher_pay", "quota_given", "recognition", "retention",
    "disabled_enrolment",
)  # fmt: skip


def _of_stage(name: str, kind: str, meaning: str, unit: str = "") -> Column:
    return Column(name, kind, f"{meaning}; absent = not told", unit, low=0)


# fmt: off
RESOURCES = Table(
    "resources", "what a school has at a stage, or (`whole`) for all its stages together", ("school_id", "stage"),
    (
        id_column("school_id", "official code, as text"),
        Column("stage", "text", "school stage; whole = totals of a school with several stages, to be divided", one_of=(*STAGES, "whole")),
        _of_stage("senior_pupils", "int?", "pupils of the senior stage in the same buildings", "people"),
        _of_stage("teachers_above", "int?", "teachers with a degree above the one required", "people"),
        _of_stage("backbone_teachers", "int?", "backbone teachers of county level or higher", "people"),
        _of_stage("arts_teachers", "int?", "full-time teachers of sport, music and art", "people"),
        _of_stage("shared_arts_teachers", "int?", "teachers of sport, music and art who visit or teach part-time", "people"),
        _of_stage("teaching_m2", "number?", "teaching and auxiliary rooms, indoor sports rooms included", "m²"),
        _of_stage("indoor_sports_m2", "number?", "indoor sports rooms", "m²"),
        _of_stage("outdoor_sports_m2", "number?", "outdoor sports ground", "m²"),
        _of_stage("rented_sports_m2", "number?", "sports ground near by, used by contract", "m²"),
        _of_stage("equipment_yuan", "number?", "book value of teaching equipment", "yuan"),
        _of_stage("network_rooms", "int?", "classrooms with networked multimedia", "rooms"),
        _of_stage("land_m2", "number?", "land", "m²"),
        Column("music_rooms_m2", "text?", "area of every music room, parted by semicolons"),
        Column("art_rooms_m2", "text?", "area of every art room, parted by semicolons"),
        Column("built_year", "int?", "year in which the school was built", low=1800, high=2200),
        Column("left_out", "text?", "why the school is not counted (special school and the like)"),
    ),
)
CLASS_BANDS = Table(
    "class_bands", "classes of a school and stage (and grade) whose size lies in a band", ("school_id", "stage", "grade", "size_from"),
    (
        id_column("school_id", "the school"),
        Column("stage", "text", "school stage", one_of=STAGES),
        Column("grade", "int?", "grade; absent = all grades of the stage together", low=1, high=9),
        Column("size_from", "int", "least pupils of a class in the band", "people", low=0),
        Column("size_to", "int?", "most pupils; absent = no most", "people", low=0),
        Column("classes", "int", "classes", low=1),
    ),
)
RATE_ROWS = Table(
    "rates", "the two numbers of a rate, of a school or of the county", ("rate", "school_id", "stage"),
    (
        Column("rate", "text", "which rate", one_of=RATES),
        id_column("school_id", "the school; `*` = the whole county"),
        Column("stage", "text", "school stage; all = not told by stage", one_of=(*STAGES, "all")),
        Column("part", "number", "the part", low=0),
        Column("whole", "number", "of how many; 1 where the part is the rate itself", low=0),
    ),
)
REMEDIES = Table(
    "remedies", "a thing that a school lacks under the study's rule set, and what cures it", ("school_id", "stage", "rule", "level"),
    (
        id_column("school_id", "the school"),
        Column("stage", "text", "stage; all = not by stage", one_of=(*STAGES, "all")),
        id_column("rule", "the rule that is broken"),
        id_column("level", "its measure, or the grade"),
        id_column("cure", "what cures it"),
        Column("amount", "number", "how much is short", low=0),
        id_column("unit", "in what"),
        Column("yuan_each", "number?", "yuan for one; absent = not priced", "yuan", low=0),
        Column("cost_yuan", "int?", "cost; absent = not priced", "yuan", low=0),
    ),
)
# fmt: on
