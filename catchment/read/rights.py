"""Who may use a way, by its OpenStreetMap tags."""

from typing import Any

from catchment.read.vocabulary import ONE_WAY

Tags = dict[str, str]

# Values of `highway` that are no way to go, or not yet or no longer one.
NO_ROAD = frozenset(
    [
        "abandoned",
        "bus_stop",
        "construction",
        "corridor",
        "crossing",
        "elevator",
        "emergency_bay",
        "escape",
        "no",
        "platform",
        "planned",
        "proposed",
        "raceway",
        "razed",
        "rest_area",
        "services",
    ]
)
CLOSED = frozenset({"no", "private"})
OPEN = frozenset({"yes", "designated", "permissive", "destination"})
OPEN_TO_BICYCLES = OPEN - {"destination"}
NO_FOOT = frozenset({"motorway", "motorway_link"})
NO_BICYCLE = NO_FOOT | {"steps"}
FOOTWAYS = frozenset({"footway", "pedestrian", "bridleway"})
PATHS = FOOTWAYS | {"path", "steps", "cycleway", "track"}
CYCLEWAYS = frozenset({"cycleway", "cycleway:left", "cycleway:right", "cycleway:both"})

NO_WAY, AREA = "no road to go on", "an area, not a line"

# All keys that are looked at here.
KEYS = CYCLEWAYS | {
    "access",
    "area",
    "bicycle",
    "bridge",
    "foot",
    "highway",
    "junction",
    "motor_vehicle",
    "oneway",
    "oneway:bicycle",
    "tunnel",
}


def rights(tags: Tags) -> dict[str, Any]:
    """What a way is and who may use it (columns of the roads table), and the reason to leave it if there is one."""
    walk, cycle, drive = _walkable(tags), _cyclable(tags), _drivable(tags)
    reason, detail = _reason_to_leave(tags, usable=walk or cycle or drive)
    driving = _direction(tags) or 0
    cycling = _cycle_direction(tags, driving)
    return {
        "road_class": tags["highway"],
        "walk": walk,
        "cycle_forward": cycle and cycling != -1,
        "cycle_backward": cycle and cycling != 1,
        "drive_forward": drive and driving != -1,
        "drive_backward": drive and driving != 1,
        "bridge": any(tags.get(key, "no") != "no" for key in ("bridge", "tunnel")),
        "reason": reason,
        "detail": detail,
    }


def _reason_to_leave(tags: Tags, *, usable: bool) -> tuple[str, str]:
    """Why a way cannot be used, and the value that says so; empty if it can."""
    if tags["highway"] in NO_ROAD:
        return NO_WAY, f"highway={tags['highway']}"
    if tags.get("area") == "yes":
        return AREA, ""
    if not usable:
        return "closed to the public", ""
    if _direction(tags) is None:
        return "unknown value of oneway", tags["oneway"]
    return "", ""


def _walkable(tags: Tags) -> bool:
    foot = tags.get("foot")
    if foot is not None:
        return foot not in CLOSED and foot != "use_sidepath"
    return tags["highway"] not in NO_FOOT and tags.get("access") not in CLOSED


def _drivable(tags: Tags) -> bool:
    if tags["highway"] in PATHS:
        return tags.get("motor_vehicle") in OPEN
    return tags.get("motor_vehicle", tags.get("access")) not in CLOSED


def _cyclable(tags: Tags) -> bool:
    """A street closed to cars alone is open to bicycles; a footway must say that it is."""
    bicycle = tags.get("bicycle")
    if tags["highway"] in NO_BICYCLE or bicycle in CLOSED or bicycle == "dismount":
        return False
    if bicycle in OPEN_TO_BICYCLES:
        return True
    return tags.get("access") not in CLOSED and (tags["highway"] not in FOOTWAYS or _drivable(tags))


def _direction(tags: Tags) -> int | None:
    """1 = as drawn, -1 = against, 0 = both; None = not in the vocabulary."""
    value = tags.get("oneway", "yes" if tags.get("junction") in ("roundabout", "circular") else "no")
    return ONE_WAY.get(value)


def _cycle_direction(tags: Tags, driving: int) -> int:
    """The direction for bicycles: the cars', unless the way has another rule for them."""
    if any(tags.get(key, "").startswith("opposite") for key in CYCLEWAYS):
        return 0
    return ONE_WAY.get(tags.get("oneway:bicycle", "as driving"), driving)
