"""Zones checked again in whole numbers from the rules alone; nothing here is shared with the search or the models."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from catchment.zoning.model import Instance


def faults(instance: Instance, zone: Iterable[int]) -> list[str]:
    """Every rule that the zones break, in words for a bug report; empty if they are a plan.

    zone: the school of each unit. Seats, one piece round the school's own unit, bans and locks, every unit in one zone.
    """
    zone = [int(school) for school in zone]
    found = faults_of_place(instance, zone)
    if len(zone) == len(instance.children):
        for school, members in enumerate(_members(instance, zone)):
            found += _faults_of_number(instance, members, school)
    return found


def faults_of_place(instance: Instance, zone: Iterable[int]) -> list[str]:
    """The rules broken other than those of seats."""
    zone = [int(school) for school in zone]
    if len(zone) != len(instance.children):
        return [f"{len(zone)} of {len(instance.children)} units have a zone"]
    schools = len(instance.seats)
    found = [f"unit {unit}: in no zone" for unit, school in enumerate(zone) if not 0 <= school < schools]
    found += [
        f"unit {unit}: may not be in zone {school}"
        for unit, school in enumerate(zone)
        if 0 <= school < schools and not bool(instance.allowed[unit][school])
    ]
    for school, members in enumerate(_members(instance, zone)):
        found += _faults_of_shape(instance, members, school)
    return found


def check_move(instance: Instance, zone: Iterable[int], unit: int, school: int) -> list[str]:
    """The rules that the unit's old and new zone break once it has moved to the school: what an editor shows at once.

    Seats of the new zone are told even where they may be passed at a cost.
    """
    moved = np.array(list(zone), dtype=np.int64)
    old, moved[unit] = int(moved[unit]), school
    found = [] if bool(instance.allowed[unit][school]) else [f"unit {unit}: may not be in zone {school}"]
    hard = replace(instance, over=None)
    for its in sorted({old, school}):
        members = np.flatnonzero(moved == its).tolist()
        found += _faults_of_shape(instance, members, its) + _faults_of_number(hard, members, its)
    return found


def _members(instance: Instance, zone: list[int]) -> list[list[int]]:
    members: list[list[int]] = [[] for _ in instance.seats]
    for unit, school in enumerate(zone):
        if 0 <= school < len(members):
            members[school].append(unit)
    return members


def _faults_of_shape(instance: Instance, members: list[int], school: int) -> list[str]:
    home = int(instance.home[school])
    if home >= 0 and home not in members:
        return [f"school {school}: its own unit {home} is not in its zone"]
    cut_off = set(members) - _reached(instance, set(members), home if home >= 0 else members[0]) if members else None
    return [f"school {school}: units {sorted(cut_off)} are cut off"] if cut_off else []


def _faults_of_number(instance: Instance, members: list[int], school: int) -> list[str]:
    """Children over the seats of each count, and missing to the least; nothing where they are only dear."""
    if instance.over is not None:
        return []
    found = []
    for count, seats in enumerate(instance.seats[school]):
        load = sum(int(instance.children[unit][count]) for unit in members)
        if load > int(seats):
            found.append(f"school {school}: {load} children, {int(seats)} seats")
        if count == 0 and instance.least is not None and load < int(instance.least[school]):
            found.append(f"school {school}: {load} children, fewest {int(instance.least[school])} for its seats")
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
    """Σ over the schools and counts of the children that have no seat, and of those missing to the least."""
    zone, short = [int(school) for school in zone], 0
    for count in range(len(instance.seats[0])):
        load = [0] * len(instance.seats)
        for unit, school in enumerate(zone):
            load[school] += int(instance.children[unit][count])
        short += sum(max(0, has - int(seats[count])) for has, seats in zip(load, instance.seats, strict=True))
        if count == 0 and instance.least is not None:
            short += sum(max(0, int(least) - has) for has, least in zip(load, instance.least, strict=True))
    return short


def objective(instance: Instance, zone: Iterable[int]) -> int:
    """What is minimised: the cost, and where seats are soft the cost of the children over them."""
    zone = list(zone)
    return total_cost(instance, zone) + (instance.over or 0) * children_over_seats(instance, zone)
