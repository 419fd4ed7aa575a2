"""Clusters as a mixed-integer program: who is led by whom (docs/method/clusters.md)."""

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from catchment.clusters.members import Flags, Members
from catchment.errors import Infeasible, problem
from catchment.settings import ClusterSettings

TIME_LIMIT, INFEASIBLE, UNDECIDED = 1, 2, 4
"""Statuses of scipy's milp; UNDECIDED: infeasible or unbounded, and nothing here is unbounded."""


@dataclass(frozen=True)
class Answer:
    """For every member the place of its lead, if it has one; bound: what no answer counts less than; proved or not."""

    lead: dict[int, int]
    bound: int
    proved: bool


@dataclass
class Program:
    """Columns between 0 and a limit, and rows, while they are written down."""

    cost: list[int] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    rows: list[tuple[dict[int, int], float, float]] = field(default_factory=list)
    constant: int = 0

    def column(self, cost: int, upper: float = 1) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        return len(self.cost) - 1

    def row(self, terms: dict[int, int], low: float = -np.inf, high: float = np.inf) -> None:
        self.rows.append((terms, low, high))

    def solve(self, limit_s: float) -> OptimizeResult:
        entries = [(i, column, value) for i, (terms, _, _) in enumerate(self.rows) for column, value in terms.items()]
        row, column, value = np.array(entries, dtype=np.int64).reshape(-1, 3).T
        matrix = sparse.csr_array((value, (row, column)), shape=(len(self.rows), len(self.cost)), dtype=np.float64)
        limits = LinearConstraint(matrix, [r[1] for r in self.rows], [r[2] for r in self.rows])
        options = {"mip_rel_gap": 0, "time_limit": limit_s}
        whole = np.ones(len(self.cost))
        return milp(self.cost, integrality=whole, bounds=Bounds(0, self.upper), constraints=limits, options=options)


@dataclass(frozen=True)
class Links:
    """Columns of the members that a lead may lead, itself among them: lead → member → column."""

    of_lead: dict[int, dict[int, int]]

    def of_member(self, member: int) -> dict[int, int]:
        """Lead → column."""
        return {lead: columns[member] for lead, columns in self.of_lead.items() if member in columns}


def least_metres(members: Members, how: ClusterSettings) -> Answer | None:
    """Every member in a cluster, for the least metres of all kinds together; None if the rules leave no answer.

    Raises Infeasible if the time limit was too short to find any.
    """
    if not len(members):
        return Answer({}, 0, proved=True)
    return _answer(*cheapest_program(members, how), how)


def cheapest_program(members: Members, how: ClusterSettings) -> tuple[Program, Links]:
    """The program whose least is that of the metres, and which of its columns say who is led by whom."""
    program, links = _clusters(members, how, required=np.ones(len(members), dtype=bool))
    for lead, columns in links.of_lead.items():
        for member, column in columns.items():
            crossed = members.area[member] != members.area[lead]
            program.cost[column] = int(members.distance_m[member, lead]) + how.border_m * int(crossed)
    _add_spread(program, links, members, how)
    _add_changes(program, links, members, how)
    return program, links


def most_members(members: Members, how: ClusterSettings) -> Answer:
    """As many members in clusters as the rules allow, wherever they are led from."""
    program, links = _clusters(members, how, required=np.zeros(len(members), dtype=bool))
    program.cost = [0] * len(program.cost)
    for columns in links.of_lead.values():
        for column in columns.values():
            program.cost[column] = -1
    return _answer(program, links, how) or Answer({}, 0, proved=True)


def fits(members: Members, how: ClusterSettings, required: Flags) -> bool:
    """Do the rules leave clusters that hold at least the required members, whatever they cost?"""
    program, links = _clusters(members, how, required=required)
    program.cost = [0] * len(program.cost)
    return _answer(program, links, how) is not None


def _answer(program: Program, links: Links, how: ClusterSettings) -> Answer | None:
    if not program.cost:  # nobody can lead anybody
        return None if any(low > 0 for _, low, _ in program.rows) else Answer({}, 0, proved=True)
    found = program.solve(how.time_limit_s)
    if found.status in (INFEASIBLE, UNDECIDED):
        return None
    if found.x is None:
        what, remedy = "no clusters were found within {seconds} s", "raise clusters.time_limit_s, or loosen the rules"
        raise Infeasible(problem(what, remedy, seconds=how.time_limit_s))
    led = {
        member: lead
        for lead, columns in links.of_lead.items()
        for member, column in columns.items()
        if found.x[column] > 0.5
    }
    # All costs are whole, so a bound between two whole numbers is the upper one.
    bound = int(np.ceil(found.mip_dual_bound - 1e-4)) + program.constant
    return Answer(dict(sorted(led.items())), bound, proved=found.status != TIME_LIMIT)


def _clusters(members: Members, how: ClusterSettings, *, required: Flags) -> tuple[Program, Links]:
    """Columns and rules of clusters; whoever is required is in one, others may be in none."""
    program = Program()
    reach = members.linked & (members.distance_m <= how.reach_m)
    may_lead = members.strong if how.lead == "strong" else np.ones(len(members), dtype=bool)
    links = Links(
        {
            int(lead): {int(member): program.column(0) for member in np.flatnonzero(reach[:, lead])}
            for lead in np.flatnonzero(may_lead & reach.diagonal())
        }
    )
    for member in range(len(members)):
        program.row(dict.fromkeys(links.of_member(member).values(), 1), int(required[member]), 1)
    for lead, columns in links.of_lead.items():
        for member in columns.keys() - {lead}:
            program.row({columns[member]: 1, columns[lead]: -1}, high=0)
        _add_sizes(program, columns, lead, members, how)
        _add_kinds(program, columns, lead, members, how)
    _add_locks(program, links, members)
    return program, links


def _add_sizes(program: Program, columns: dict[int, int], lead: int, members: Members, how: ClusterSettings) -> None:
    """Schools and pupils of a cluster between their bounds."""
    ones = dict.fromkeys(columns, 1)
    pupils = {member: int(members.pupils[member]) for member in columns}
    for weight, least, most in ((ones, how.least, how.most), (pupils, how.least_pupils, how.most_pupils)):
        terms = {column: weight[member] for member, column in columns.items()}
        own = columns[lead]
        if least is not None:
            program.row({**terms, own: terms[own] - least}, low=0)
        if most is not None:
            program.row({**terms, own: terms[own] - most}, high=0)


def _add_kinds(program: Program, columns: dict[int, int], lead: int, members: Members, how: ClusterSettings) -> None:
    """A strong school and every stage in a cluster, or what it counts for that a stage is missing."""
    kinds = [(members.strong, False)] if how.strong else []
    if how.stages != "free":
        kinds += [(stage, how.stages == "wanted") for stage in (members.primary, members.junior)]
    for has, wanted in kinds:
        if has[lead]:
            continue
        terms = {column: 1 for member, column in columns.items() if has[member]}
        if wanted:
            terms[program.column(how.missing_stage_m)] = 1
        program.row({**terms, columns[lead]: -1}, low=0)


def _add_locks(program: Program, links: Links, members: Members) -> None:
    """Campuses that stay together have the same lead, those that stay apart never have."""
    place = {str(code): number for number, code in enumerate(members.ids)}
    apart = [(place[one], place[other]) for one, other in members.apart if one in place and other in place]
    for lead, columns in links.of_lead.items():
        for one, other in apart:
            if one in columns and other in columns:
                program.row(_less({columns[one]: 1, columns[other]: 1}, columns[lead]), high=0)
        for text in np.unique(members.bound):
            first, *others = (int(m) for m in np.flatnonzero(members.bound == text))
            for other in others:
                program.row({columns[m]: sign for m, sign in ((first, 1), (other, -1)) if m in columns}, 0, 0)


def _less(terms: dict[int, int], column: int) -> dict[int, int]:
    """The terms minus one times a column that may be among them."""
    return {**terms, column: terms.get(column, 0) - 1}


def _add_spread(program: Program, links: Links, members: Members, how: ClusterSettings) -> None:
    """What the points count for by which a cluster lies above or below the county's mean for its schools."""
    if not how.spread_m:
        return
    for columns in links.of_lead.values():
        terms = {column: int(members.surplus[member]) for member, column in columns.items()}
        away = program.column(how.spread_m, float(sum(map(abs, terms.values()))))
        program.row({**terms, away: -1}, high=0)
        program.row({**terms, away: 1}, low=0)


def _add_changes(program: Program, links: Links, members: Members, how: ClusterSettings) -> None:
    """What members count for that leave their cluster of last year.

    Each of last year's clusters goes on in one of the new at most, and each of the new continues one at most.
    """
    if not how.change_m:
        return
    program.constant = how.change_m * int((members.last != "").sum())
    going_on: dict[str, dict[int, int]] = {}
    for lead, columns in links.of_lead.items():
        names = sorted({str(members.last[member]) for member in columns} - {""})
        own = {name: program.column(0) for name in names}
        program.row({**dict.fromkeys(own.values(), 1), columns[lead]: -1}, high=0)
        for name, column in own.items():
            going_on.setdefault(name, {})[lead] = column
        for member, column in columns.items():
            if members.last[member]:
                stays = program.column(-how.change_m)
                program.row({stays: 1, column: -1}, high=0)
                program.row({stays: 1, own[str(members.last[member])]: -1}, high=0)
    for columns in going_on.values():
        program.row(dict.fromkeys(columns.values(), 1), high=1)
