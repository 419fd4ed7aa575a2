"""A plan checked again in whole numbers from the rules alone; nothing here is shared with the programs or the flows."""

from typing import Any

from catchment.siting.instance import PlanInstance


def plan_faults(instance: PlanInstance, opens: Any, seated: Any) -> list[str]:
    """Every rule that a plan breaks, in words for a bug report; empty if it is one.

    opens: (options,) plan year, −1 where not built; seated: (scenarios, years, points, facilities) children.
    """
    return opening_faults(instance, opens) + _faults_of_seats(instance, [int(year) for year in opens], seated)


def opening_faults(instance: PlanInstance, opens: Any) -> list[str]:
    """As `plan_faults`, of openings alone: dates, order, choices, budgets, seats taken."""
    opens = [int(year) for year in opens]
    found = _faults_of_openings(instance, opens) + _faults_of_budgets(instance, opens)
    return found + [fault for year in range(len(instance.seats)) for fault in _faults_of_taking(instance, opens, year)]


def _faults_of_openings(instance: PlanInstance, opens: list[int]) -> list[str]:
    found = []
    for number, option in enumerate(instance.options):
        year = opens[number]
        if year < 0:
            continue
        if (
            year >= len(instance.budget_yuan)
            or year < option.first_year
            or year - option.building_years < option.land_year
        ):
            found.append(f"option {number} opens in year {year}")
        if option.after is not None and not 0 <= opens[option.after] <= year:
            found.append(f"option {number} opens before {option.after}")
    many = (group for group in instance.exclusive if sum(opens[option] >= 0 for option in group) > 1)
    found += [f"more than one of {list(group)}" for group in many]
    return found + [f"option {number} does not open" for number in instance.must if opens[number] < 0]


def spent_yuan(instance: PlanInstance, opens: Any) -> list[int]:
    """Payments by plan year."""
    paid = [0] * len(instance.budget_yuan)
    for number, option in enumerate(instance.options):
        year = int(opens[number])
        if year < 0:
            continue
        cost, parts = int(option.cost_yuan[year]), max(1, option.building_years)
        last = year - 1 if option.building_years else year
        for back in range(parts):
            paid[last - back] += cost // parts if back else cost - (parts - 1) * (cost // parts)
    return paid


def _faults_of_budgets(instance: PlanInstance, opens: list[int]) -> list[str]:
    found, left = [], 0
    paid = spent_yuan(instance, opens)
    for year, (yuan, budget) in enumerate(zip(paid, instance.budget_yuan, strict=True)):
        left = (left if instance.carry_over else 0) + int(budget) - yuan
        if left < 0:
            found.append(f"year {year}: {-left} yuan above the budget")
    if instance.total_yuan is not None and sum(paid) > instance.total_yuan:
        found.append(f"{sum(paid) - instance.total_yuan} yuan above the total")
    return found


def seats_in(instance: PlanInstance, opens: Any, year: int) -> list[int]:
    """Seats of each facility in a year."""
    seats = [int(count) for count in instance.seats[year]]
    for number, option in enumerate(instance.options):
        if _is_open(instance, number, int(opens[number]), year):
            seats[option.facility] += option.seats
            for facility, lost in option.takes:
                seats[facility] -= lost
    return seats


def _is_open(instance: PlanInstance, number: int, opened: int, year: int) -> bool:
    if not 0 <= opened <= year:
        return False
    planned = len(instance.budget_yuan)
    after = instance.ahead[year - planned] if instance.ahead and year >= planned else year
    lasts = instance.options[number].lasts
    return lasts is None or after < opened + lasts


def _faults_of_seats(instance: PlanInstance, opens: list[int], seated: Any) -> list[str]:
    scenarios, years, points = instance.children.shape
    found = []
    for year in range(years):
        seats, least = seats_in(instance, opens, year), [0] * len(instance.seats[year])
        for number, option in enumerate(instance.options):
            if _is_open(instance, number, opens[number], year):
                least[option.facility] += option.least_use
        for scenario in range(scenarios):
            where, here = f"scenario {scenario}, year {year}", seated[scenario][year]
            load = [0] * len(seats)
            for point in range(points):
                row = [int(count) for count in here[point]]
                load = [a + b for a, b in zip(load, row, strict=True)]
                wrong = any(
                    count < 0 or (count and not instance.reach[point][place]) for place, count in enumerate(row)
                )
                if wrong or sum(row) > int(instance.children[scenario][year][point]):
                    found.append(f"{where}: children of point {point}")
            found += [
                f"{where}: facility {k} holds {load[k]}"
                for k in range(len(seats))
                if not least[k] <= load[k] <= seats[k]
            ]
    return found


def _faults_of_taking(instance: PlanInstance, opens: list[int], year: int) -> list[str]:
    left = [int(count) for count in instance.seats[year]]
    for number, option in enumerate(instance.options):
        for facility, lost in option.takes if 0 <= opens[number] <= year else ():
            left[facility] -= lost
    return [
        f"year {year}: {-count} more taken from facility {place} than it has"
        for place, count in enumerate(left)
        if count < 0
    ]


def scenario_costs(instance: PlanInstance, opens: Any, seated: Any) -> list[int]:
    """(scenarios,) burden of the options + Σ over years of weight × (Σ cost of children + unmet)."""
    burden = sum(int(option.burden[int(opens[n])]) for n, option in enumerate(instance.options) if int(opens[n]) >= 0)
    scenarios, years, points = instance.children.shape
    costs = []
    for scenario in range(scenarios):
        total = burden
        for year in range(years):
            here = 0
            for point in range(points):
                left = int(instance.children[scenario][year][point])
                for place, count in enumerate(seated[scenario][year][point].tolist()):
                    here, left = here + count * int(instance.cost[point][place]), left - count
                here += left * int(instance.unmet[year])
            total += here * int(instance.weight[year])
        costs.append(total)
    return costs
