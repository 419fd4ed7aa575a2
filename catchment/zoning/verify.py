"""Zones checked again in whole numbers from the rules alone; nothing here is shared with the search or the models."""

from collections.abc import Iterable

from catchment.zoning.model import Instance


def faults(instance: Instance, zone: Iterable[int]) -> list[str]:
    """Every rule that the zones break, in words for a bug report; empty if they are a plan.

    zone: the school of each unit. Seats, one piece round the school's own unit, bans and locks, every unit in one zone.
    """
    zone = [int(school) for school in zone]
    schools = len(instance.seats)
    if len(zone) != len(instance.children):
        return [f"{len(zone)} of {len(instance.children)} units have a zone"]
    found = [f"unit {unit}: in no zone" for unit, school in enumerate(zone) if not 0 <= school < schools]
    found += [
        f"unit {unit}: may not be in zone {school}"
        for unit, school in enumerate(zone)
        if 0 <= school < schools and not bool(instance.allowed[unit][school])
    ]
    for school in range(schools):
        found += _faults_of_zone(instance, [unit for unit, its in enumerate(zone) if its == school], school)
    return found


def _faults_of_zone(instance: Instance, members: list[int], school: int) -> list[str]:
    found = []
    load = sum(int(instance.children[unit]) for unit in members)
    if load > int(instance.seats[school]):
        found.append(f"school {school}: {load} children, {int(instance.seats[school])} seats")
    home = int(instance.home[school])
    if home >= 0 and home not in members:
        found.append(f"school {school}: its own unit {home} is not in its zone")
    elif members:
        cut_off = set(members) - _reached(instance, set(members), home if home >= 0 else members[0])
        if cut_off:
            found.append(f"school {school}: units {sorted(cut_off)} are cut off")
    return found


def _reached(instance: Instance, members: set[int], start: int) -> set[int]:
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for place in range(int(instance.first[here]), int(instance.first[here + 1])):
            other = int(instance.neighbour[place])
            if other in members and other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


def total_cost(instance: Instance, zone: Iterable[int]) -> int:
    """Σ cost of each unit in its zone."""
    return sum(int(instance.cost[unit][int(school)]) for unit, school in enumerate(zone))


def children_over_seats(instance: Instance, zone: Iterable[int]) -> int:
    """Σ over the schools of the children that have no seat."""
    load = [0] * len(instance.seats)
    for unit, school in enumerate(zone):
        load[int(school)] += int(instance.children[unit])
    return sum(max(0, has - int(seats)) for has, seats in zip(load, instance.seats, strict=True))
