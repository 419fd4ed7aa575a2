"""What a school at a place would gain, exactly, and what it gains at most (docs/method/sites.md)."""

from dataclasses import dataclass

import numpy as np

from catchment.construction.points import Flags, Ints
from catchment.siting.seating import Seated, Ways, gains, parts_of, seat_children, ways_of


@dataclass(frozen=True)
class Try:
    """gain_dm: what children-metres, and those without a seat, count less; there: (years, points) children at the place;
    price: (years, points) what a child more would count then.
    """

    gain_dm: int
    there: Ints
    price: Ints

    @property
    def use(self) -> Ints:
        """(years,)"""
        return np.asarray(self.there.sum(axis=1))


@dataclass(frozen=True)
class Scene:
    """Schools with seats, and the children of some years. cost_dm, reach: (points, schools); seats: (schools,);
    children: (years, points); unmet_dm: what a child without a seat counts.
    """

    cost_dm: Ints
    reach: Flags
    seats: Ints
    children: Ints
    unmet_dm: int

    def with_school(self, cost_dm: Ints, reach: Flags, seats: int) -> "Scene":
        """A school more, as the last. cost_dm, reach: (points,)."""
        return Scene(
            np.column_stack([self.cost_dm, cost_dm]), np.column_stack([self.reach, reach]), np.append(self.seats, seats),
            self.children, self.unmet_dm,
        )  # fmt: skip

    @property
    def ways(self) -> Ways:
        return ways_of(self.cost_dm, self.reach & (self.cost_dm < self.unmet_dm))

    def seat(self) -> list[Seated]:
        """The children of every year, seated best."""
        ways, none = self.ways, np.zeros_like(self.seats)
        return [seat_children(ways, each, self.seats, none, self.unmet_dm) for each in self.children]


class Bench:
    """Places tried one at a time beside the schools of a scene."""

    def __init__(self, scene: Scene, seats: int) -> None:
        self.scene, self.seats = scene, seats
        seated = scene.seat()
        self.cost = sum(each.cost for each in seated)
        self.price = np.stack([each.price for each in seated])

    def most(self, cost_dm: Ints, reach: Flags, price: Ints) -> Ints:
        """(places,) no gain is greater, whatever the prices: those of a like school's seating bound it closely
        (docs/method/siting.md). cost_dm, reach: (points, places); price: (years, points).
        """
        ways = ways_of(cost_dm, reach & (cost_dm < self.scene.unmet_dm))
        found = np.full(cost_dm.shape[1], self.cost, dtype=np.int64)
        for children, one in zip(self.scene.children, price, strict=True):
            found += _gains(ways, np.full(len(found), self.seats), children, one)
            found += _gains(self.scene.ways, self.scene.seats, children, one).sum() - int(children @ one)
        return found

    def try_place(self, cost_dm: Ints, reach: Flags) -> Try:
        """Seated anew, exactly. cost_dm, reach: (points,)."""
        more = self.scene.with_school(cost_dm, reach, self.seats)
        seated, ways, last = more.seat(), more.ways, len(self.scene.seats)
        here = ways.facility == last
        there = np.zeros_like(self.scene.children)
        there[:, ways.point[here]] = [each.flow[here] for each in seated]
        return Try(self.cost - sum(each.cost for each in seated), there, np.stack([each.price for each in seated]))

    def least(self, tried: Try, own_dm: Ints, cost_dm: Ints, reach: Flags) -> Ints:
        """(places,) no gain is smaller: the children of a place that was tried go to the other one instead.

        own_dm: (points,) of the place that was tried; cost_dm, reach: (points, places).
        """
        other = np.where(reach, np.minimum(cost_dm, self.scene.unmet_dm), self.scene.unmet_dm)
        return tried.gain_dm - (tried.there.sum(axis=0) @ (other - own_dm[:, None]))


def _gains(ways: Ways, seats: Ints, children: Ints, price: Ints) -> Ints:
    """(schools,) the most that children gain at each at these prices."""
    count = len(seats)
    parts = parts_of(ways, np.arange(count), seats, np.zeros(count, dtype=np.int64), count)
    return gains(ways, parts, children, price)
