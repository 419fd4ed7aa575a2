"""Wishes on zones: what they leave of a town, villages contracted, and which of them a plan breaks."""

import numpy as np
import pytest

from catchment.errors import InputError
from catchment.zoning import faults, solve
from catchment.zoning.solve import Work
from catchment.zoning.wishes import Town, Wish, broken, homes_kept, instance_with, seats_kept, within

SMALL = Work(seconds=None, starts=2, cycles=2, steps=20_000, rounds=20, nodes=500, whole_nodes=1_000)


def six() -> Town:
    """
    0 1 2    school 0 stands in unit 0, school 1 in unit 5
    3 4 5    children 1 … 6; a step is 100 m
    """
    xy = np.array([(i // 3, i % 3) for i in range(6)])
    steps = np.abs(xy[:, None] - xy).sum(axis=2)
    distance = steps[:, [0, 5]] * 100
    children = np.arange(1, 7)
    reached = np.ones((6, 2), dtype=bool)
    return Town(
        children,
        np.array([12, 12]),
        children[:, None] * distance,
        distance,
        reached,
        np.argwhere(np.triu(steps == 1)),
        np.array([0, 5]),
    )


def base(town):
    return [*seats_kept(town), *homes_kept(town)]


def test_without_villages_the_rows_are_the_units():
    town = six()
    drawn = instance_with(town, base(town))
    assert drawn.group.tolist() == [0, 1, 2, 3, 4, 5]
    assert drawn.instance.seats[:, 0].tolist() == [12, 12]
    assert drawn.instance.home.tolist() == [0, 5]
    assert drawn.apart == ()


def test_wishes_not_made_bind_nothing():
    """Without the wishes for seats and homes all children may go anywhere."""
    drawn = instance_with(six(), [])
    assert drawn.instance.seats[:, 0].tolist() == [21, 21]
    assert drawn.instance.home.tolist() == [-1, -1]
    assert drawn.instance.allowed.all()


def test_a_village_is_one_row_with_the_children_the_costs_and_the_borders_of_its_units():
    town = six()
    drawn = instance_with(town, [*base(town), Wish("together", (1, 2))])
    assert drawn.group.tolist() == [0, 1, 1, 2, 3, 4]
    assert drawn.instance.children[:, 0].tolist() == [1, 5, 4, 5, 6]
    assert drawn.instance.cost[1].tolist() == [2 * 100 + 3 * 200, 2 * 200 + 3 * 100]
    assert drawn.instance.neighbours(1) == [0, 3, 4]
    assert drawn.instance.home.tolist() == [0, 4]


def test_a_village_in_two_pieces_is_kept_together_piece_by_piece_and_told():
    """Units 0 and 2 have unit 1 between them, which belongs to nobody's village: they are not joined over it."""
    town = six()
    scattered = Wish("together", (0, 2, 5))
    drawn = instance_with(town, [*seats_kept(town), scattered])
    assert drawn.apart == (scattered,)
    assert drawn.group.tolist() == [0, 1, 2, 3, 4, 2]
    assert broken(town, [scattered], np.array([0, 0, 1, 0, 1, 1])) == []
    assert broken(town, [scattered], np.array([0, 0, 0, 0, 1, 1])) == [scattered]


def test_villages_that_share_a_unit_are_one():
    drawn = instance_with(six(), [Wish("together", (0, 1)), Wish("together", (1, 4))])
    assert drawn.group.tolist() == [0, 0, 1, 2, 0, 3]
    assert drawn.apart == ()


def test_a_lock_of_one_unit_locks_the_village_and_its_bans_and_limits_add_up():
    town = six()
    village = Wish("together", (1, 2))
    locked = instance_with(town, [village, Wish("lock", (2,), 0)])
    assert locked.instance.allowed[1].tolist() == [True, False]
    banned = instance_with(town, [village, Wish("ban", (1,), 0)])
    assert banned.instance.allowed[1].tolist() == [False, True]
    with pytest.raises(InputError, match="banned from every school"):
        instance_with(town, [village, *within((1, 2), 100)])


def test_the_least_is_the_solvers_too():
    drawn = instance_with(six(), [*base(six()), Wish("least", school=0, amount=10)])
    assert drawn.instance.least.tolist() == [10, 0]
    assert drawn.instance.excess(np.array([0, 0, 0, 1, 1, 1])) == 4 + 3


def test_two_schools_in_one_village_are_told():
    town = six()
    with pytest.raises(InputError, match="stand in unit"):
        instance_with(town, [*base(town), Wish("together", tuple(range(6)))])


def test_zones_of_the_rows_unfold_to_a_plan_that_keeps_the_wishes():
    town = six()
    wishes = [*base(town), Wish("together", (1, 2)), Wish("ban", (4,), 0), *within(range(6), 200)]
    drawn = instance_with(town, wishes)
    answer = solve(drawn.instance, seed=1, work=SMALL)
    assert faults(drawn.instance, answer.zone) == []
    assert broken(town, wishes, answer.zone[drawn.group]) == []


@pytest.mark.parametrize(
    ("wish", "zone"),
    [
        (Wish("lock", (1,), 1), [0, 0, 0, 0, 1, 1]),
        (Wish("ban", (1,), 0), [0, 0, 0, 0, 1, 1]),
        (Wish("distance", (2,), amount=100), [0, 0, 0, 0, 1, 1]),
        (Wish("together", (1, 4)), [0, 0, 0, 0, 1, 1]),
        (Wish("seats", school=0), [0, 0, 0, 0, 0, 1]),
        (Wish("seats", school=1, amount=10), [0, 0, 0, 0, 1, 1]),
        (Wish("least", school=0, amount=11), [0, 0, 0, 0, 1, 1]),
        (Wish("home", (5,), 1), [1, 1, 0, 0, 0, 0]),
    ],
)
def test_a_broken_wish_is_found(wish, zone):
    assert broken(six(), [wish], np.array(zone)) == [wish]
    assert broken(six(), [wish], np.array([0, 1, 1, 0, 1, 1] if wish.kind != "least" else [0] * 6)) == (
        [wish] if wish.amount == 10 else []
    )
