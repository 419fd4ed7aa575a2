"""What may leave the bureau: tables, and of each the columns with what they hold. What is not listed stays inside."""

from typing import NamedTuple


class Listed(NamedTuple):
    """A column for the public: heading and meaning are message ids; kind as the workbook formats it."""

    name: str
    heading: str
    kind: str
    meaning: str
    unit: str = ""


AREA = (
    Listed("area_id", "Area code", "text", "the area; * = the whole county"),
    Listed("area", "Area", "text", "name of the area"),
)
STAGE = Listed("stage", "Stage", "text", "school stage")
YEAR = Listed("year", "Year (autumn)", "year", "school year, by the autumn in which it starts")
SCHOOL = (
    Listed("school_id", "School code", "text", "the school"),
    Listed("name", "School", "text", "name of the school"),
)
CHILDREN = Listed("children", "Children", "int", "children living there, rounded; empty = not published", "children")
SEATS = Listed("seats", "Seats", "int", "seats, an official figure", "seats")
LOAD = Listed("load_share", "Children per seat", "share", "computed from the rounded children; empty where they are")
PUPILS = Listed("pupils", "Pupils expected", "int", "pupils forecast, rounded; empty = not published", "pupils")

LISTED: dict[str, tuple[str, tuple[Listed, ...]]] = {
    "areas": ("Townships and other areas", (*AREA, Listed("residents", "Residents", "int", "residents", "people"))),
    "schools": (
        "Schools with their official figures",
        (
            *SCHOOL, STAGE, *AREA, Listed("kind", "Kind of school", "text", "kind of school"),
            Listed("ownership", "Public or private", "text", "who runs it"),
            Listed("setting", "Setting", "text", "urban, town or rural"),
            Listed("boarding", "Boarding", "text", "whether it takes boarders"), SEATS,
            Listed("pupils", "Pupils today", "int", "pupils of the latest class return, an official figure", "pupils"),
            Listed("largest_class", "Largest class (pupils)", "int", "pupils of its largest class, an official figure", "pupils"),
        ),
    ),
    "zones": ("Attendance zones", (*SCHOOL, STAGE, CHILDREN, SEATS, LOAD)),
    "zone_texts": (
        "Attendance zones in words",
        (*SCHOOL, STAGE, Listed("text", "Zone in words", "text", "the zone in words; numbers are points of the annex")),
    ),
    "zone_text_points": (
        "Annex of points",
        (
            *AREA, STAGE, Listed("number", "Point", "int", "number of the point in its area"),
            Listed("x_m", "East (m)", "int", "east, in the study's reference system", "m"),
            Listed("y_m", "North (m)", "int", "north, in the study's reference system", "m"),
        ),
    ),
    "zone_totals": (
        "Each stage's zones",
        (
            STAGE, Listed("status", "Status", "text", "proved best, or how near to it"),
            Listed("zones", "Zones", "int", "number of zones"), CHILDREN,
            Listed("over_seats", "Over the seats", "int", "children over the seats of their zones, rounded", "children"),
            Listed("over_seats_least", "of these for want of seats", "int", "children without a seat however zones are drawn, rounded", "children"),
            Listed("gap_share", "Gap to the best, at most", "share", "no zones come to less by more than this share"),
        ),
    ),
    "balance": (
        "Children and seats by area and year",
        (
            *AREA, STAGE, YEAR, CHILDREN, SEATS,
            Listed("seat_gap", "Seat gap (+ = short)", "int", "rounded children less seats", "seats"),
        ),
    ),
    "access": (
        "Children by distance to their nearest school",
        (
            *AREA, STAGE, Listed("band_from_m", "From (m)", "int", "nearest school no nearer than this", "m"),
            Listed("band_to_m", "To (m)", "int", "and nearer than this; empty = farther, or out of reach", "m"), CHILDREN,
            Listed("share", "Share", "share", "of the rounded children of the area"),
        ),
    ),
    "coverage": (
        "Children within each service radius by road",
        (
            *AREA, STAGE, Listed("limit_m", "Service radius (m)", "int", "the radius", "m"), CHILDREN,
            Listed("within_network", "Within it by road", "int", "children within it by road, rounded; empty = not published", "children"),
            Listed("within_network_share", "Share by road", "share", "of the rounded children of the area"),
        ),
    ),
    "distances": (
        "How far children live from their nearest school",
        (
            *AREA, STAGE, CHILDREN,
            Listed("mean_m", "Mean distance (m)", "int", "mean way, to 10 m; empty where a count of the area is", "m"),
            Listed("median_m", "Median distance (m)", "int", "half live nearer, to 10 m; empty where a count of the area is", "m"),
            Listed("p90_m", "Nine in ten within (m)", "int", "nine in ten live nearer, to 10 m; empty where a count of the area is", "m"),
        ),
    ),
    "outlook": (
        "Pupils ahead of the county and its areas",
        (
            *AREA, STAGE, YEAR, PUPILS,
            Listed("low80", "80 % interval from", "int", "four in five futures lie above, rounded", "pupils"),
            Listed("high80", "to", "int", "and below, rounded", "pupils"),
        ),
    ),
    "plan": (
        "Projects of the plan",
        (
            Listed("candidate_id", "Candidate code", "text", "the project"), Listed("name", "Name", "text", "its name"), STAGE,
            Listed("kind", "Kind", "text", "new school, extension or other"),
            Listed("opens", "Opens (autumn)", "year", "autumn in which it opens"),
            Listed("seats", "Seats", "int", "seats it adds, an official figure", "seats"),
            Listed("cost_yuan", "Cost (yuan)", "yuan", "cost", "yuan"),
        ),
    ),
}  # fmt: skip
"""Table → what it is (a message id), and its columns in their order."""

LAYERS = {"areas": "MultiPolygon", "schools": "Point", "zones": "MultiPolygon"}
"""Tables that are published as ground too."""
RULES = ("class_size", "school_size")
"""Rules whose findings rest on official figures alone."""
REPORTS = ("maps", "web_map")
"""Reports drawn from tables for the public, those of them that there are."""
