"""What the forecast says: pupils ahead with intervals, classes formed, peaks, and how wrong it was before."""

from catchment.tables.columns import LEVELS, SCENARIO, STAGE, TIERS, YEAR, Column, Table, count_column, id_column


def _interval(meaning: str) -> tuple[Column, ...]:
    """Bounds of the 50, 80 and 95 % intervals, whole numbers."""
    return tuple(
        Column(f"{side}{share}", "int", f"{end} bound of the {share} % interval of {meaning}", low=0)
        for share in (50, 80, 95)
        for side, end in (("low", "lower"), ("high", "upper"))
    )


# fmt: off
FORECAST = Table(
    "forecast", "pupils expected in a grade of a school", ("school_id", "stage", "grade", "year", "scenario"),
    (
        id_column("school_id", "the school"),
        STAGE,
        Column("grade", "int", "grade", low=1, high=9),
        YEAR,
        SCENARIO,
        count_column("pupils", "pupils"),
        *_interval("the pupils"),
    ),
)
OUTLOOK = Table(
    "outlook", "pupils and seats of a school, an area or the county in a year", ("level", "subject_id", "stage", "year", "scenario"),
    (
        Column("level", "text", "what is counted", one_of=LEVELS),
        id_column("subject_id", "school_id, area_id or `*`"),
        STAGE,
        YEAR,
        SCENARIO,
        count_column("pupils", "pupils"),
        *_interval("the pupils"),
        Column("seats", "int", "seats today", "seats", low=0),
        Column("load", "number?", "pupils ÷ seats", low=0),
        Column("tier", "text?", "tier of the load", one_of=TIERS),
        Column("short_probability", "number", "chance of more pupils than seats", low=0, high=1),
        Column("empty_seats", "int", "seats − pupils where positive", "seats", low=0),
        Column("empty_low80", "int", "lower bound of the 80 % interval of the empty seats", "seats", low=0),
        Column("empty_high80", "int", "upper bound of the 80 % interval of the empty seats", "seats", low=0),
    ),
)
DRAWS = Table(
    "draws", "one of the possible futures of an area: its pupils against the central forecast", ("draw", "area_id", "stage", "year"),
    (
        Column("draw", "int", "number of the future, from few children to many", low=0),
        id_column("area_id", "the area; `*` = the county"),
        STAGE,
        YEAR,
        Column("ratio", "number", "pupils in that future ÷ the central forecast", low=0),
    ),
)
CLASS_OUTLOOK = Table(
    "class_outlook", "classes that a school would form in a year, and the chance that some are too large", ("school_id", "stage", "year", "scenario"),
    (
        id_column("school_id", "the school"),
        STAGE,
        YEAR,
        SCENARIO,
        Column("split_at", "int", "size of a class from which on the school opens one more, in the grade where it is smallest", "pupils", low=1),
        Column("rooms", "int?", "classrooms of the stage", "rooms", low=0),
        count_column("classes", "classes formed by the central forecast"),
        count_column("largest_class", "pupils of the largest of them"),
        Column("over_standard_probability", "number", "chance of a class over the standard (45 primary, 50 junior)", low=0, high=1),
        Column("oversized_probability", "number", "chance of a class of 56 or more (大班额)", low=0, high=1),
        Column("super_oversized_probability", "number", "chance of a class of 66 or more (超大班额)", low=0, high=1),
        Column("over_2000_probability", "number", "chance of more than 2,000 pupils on the campus", low=0, high=1),
        Column("over_2500_probability", "number", "chance of more than 2,500 pupils on the campus", low=0, high=1),
        Column("remedy", "text", "cheapest remedy of what is likely", one_of=("none", "open_class", "divert", "add_rooms")),
        count_column("remedy_amount", "classes to open, pupils to divert, or rooms to add"),
        Column("remedy_school_id", "text?", "the nearest school of the stage that has the seats for them"),
    ),
)
PEAKS = Table(
    "peaks", "when the pupils of a stage are most, and the seats that stand empty later", ("level", "subject_id", "stage", "scenario"),
    (
        Column("level", "text", "what is counted", one_of=LEVELS),
        id_column("subject_id", "school_id, area_id or `*`"),
        STAGE,
        SCENARIO,
        Column("peak_year", "int", "year of the peak of the central forecast", low=1900, high=2200),
        Column("peak_first", "int", "first year of its 80 % interval", low=1900, high=2200),
        Column("peak_last", "int", "last year of its 80 % interval", low=1900, high=2200),
        count_column("peak_pupils", "pupils then"),
        Column("peak_low80", "int", "lower bound of the 80 % interval of the most pupils in any year", low=0),
        Column("peak_high80", "int", "upper bound of the same", low=0),
        Column("seats", "int", "seats today", "seats", low=0),
        Column("empty_5", "int?", "seats empty in 5 years", "seats", low=0),
        Column("empty_10", "int?", "seats empty in 10 years", "seats", low=0),
        Column("empty_15", "int?", "seats empty in 15 years", "seats", low=0),
        Column("pupils_per_1000", "number?", "pupils at the peak per 1,000 residents of today"),
        Column("intervals", "text", "learnt from the study's own past errors, or taken from the reference", one_of=("own", "reference")),
        Column("norm_per_1000", "number?", "seats per 1,000 residents that the norm plans for (80 primary, 40 junior)"),
    ),
)
BACKTEST = Table(
    "backtest", "the errors of a way of forecasting, at a horizon, a level and a size class", ("method", "level", "horizon_years", "size"),
    (
        id_column("method", "ours, or the rival's name"),
        Column("level", "text", "what was forecast", one_of=("grade", "entry", "school", "county")),
        Column("horizon_years", "int", "years ahead", "years", low=1),
        id_column("size", "size class of the forecast, or all"),
        count_column("forecasts", "forecasts measured"),
        Column("mape", "number", "mean absolute error as a share of the actual pupils", low=0),
        Column("median", "number", "median absolute error as a share", low=0),
        Column("bias", "number", "mean error as a share; positive = too many forecast"),
        Column("wape", "number", "absolute errors summed, as a share of all actual pupils", low=0),
        count_column("judged", "forecasts with intervals"),
        Column("within50", "number?", "share of actual pupils within the 50 % interval", low=0, high=1),
        Column("within80", "number?", "the same for the 80 % interval", low=0, high=1),
        Column("within95", "number?", "the same for the 95 % interval", low=0, high=1),
        Column("width80", "number?", "mean width of the 80 % interval as a share of the forecast", low=0),
    ),
)
# fmt: on
