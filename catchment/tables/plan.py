"""What to build: candidates ranked, the five-year plan, what it is used for, and what other budgets would give."""

from catchment.tables.columns import PROJECT_KINDS, STAGE, YEAR, Column, Table, X, Y, count_column, id_column

# fmt: off
RANKING = Table(
    "ranking", "what a candidate changes when it alone is added", ("candidate_id",),
    (
        Column("rank", "int", "1 = best in the central forecast", low=1),
        Column("rank_low80", "int", "lower bound of the 80 % interval of its rank over the futures", low=1),
        Column("rank_high80", "int", "upper bound of the same", low=1),
        id_column("candidate_id", "the candidate"),
        STAGE,
        Column("placed", "int", "more children with a seat within reach than without it, zone year", "children"),
        Column("placed_low80", "int", "lower bound of its 80 % interval over the futures", "children"),
        Column("placed_high80", "int", "upper bound of the same", "children"),
        Column("saved_m", "int", "children-metres saved; negative where children who had no seat now walk", "children·m"),
        Column("nearer", "int", "children more who live within the service radius of their school", "children"),
        Column("from_large", "int", "children that it takes from schools with seats for more than the size rule allows", "children"),
        Column("over_standard_avoided", "int?", "classes fewer over the standard size, if every child is admitted somewhere; absent = no such rule", "classes"),
        Column("oversized_avoided", "int?", "the same of oversized classes (56 pupils and more)", "classes"),
        Column("useful_seats", "int", "children it would seat in the zone year", "seats", low=0),
        Column("rural_share", "number?", "share of them in areas whose schools are all rural", low=0, high=1),
        Column("use_5", "int?", "children it would seat five years after the base year", "seats", low=0),
        Column("use_10", "int?", "the same after ten years", "seats", low=0),
        Column("use_15", "int?", "the same after fifteen years", "seats", low=0),
        Column("use_15_low80", "int?", "lower bound of the 80 % interval of the last over the futures", "seats", low=0),
        Column("cost_per_useful_seat_yuan", "int?", "cost per child it would seat; absent = seats nobody", "yuan", low=0),
        Column("cost_per_seat_year_yuan", "int?", "cost per child and year of use up to the forecast's last year; absent = seats nobody", "yuan", low=0),
        Column("dominated_by", "text?", "a candidate of the stage that does as well in everything that is compared, costs no more, and is better in something"),
        Column("share_of_best", "number?", "share of the gain of the candidates that together come to most within the budgets which is lost without it; absent = none of them"),
        Column("first_share", "number", "share of all weightings of what it changes in which it is first", low=0, high=1),
        Column("rank_weights_low80", "int", "lower bound of the 80 % interval of its rank over the weightings", low=1),
        Column("rank_weights_high80", "int", "upper bound of the same", low=1),
        id_column("remarks", "rules that the candidate itself would break"),
    ),
)
SEARCH_AREAS = Table(
    "search_areas", "ground in which to look for land for a school, where none is offered (选址意向区)", ("stage", "rank"),
    (
        STAGE,
        Column("rank", "int", "1 = most gain; each beside today's schools and those before it", low=1),
        Column("year", "int", "whose children are counted: of the plan years the one with most", low=2000),
        id_column("unit_id", "the best planning unit"),
        id_column("area_id", "where it lies"),
        X,
        Y,
        Column("units", "int", "planning units in which a school gains at least 95 % of that", low=1),
        Column("ground_m2", "int", "their ground", "m²", low=0),
        count_column("children", "children who would go there, seats for all of them"),
        Column("placed", "int", "children who would have no seat otherwise", "children"),
        Column("saved_m", "int", "children-metres saved; negative where children who had no seat now walk", "children·m"),
        Column("nearer", "int", "children more who live within the service radius of their school", "children"),
        Column("gain_m", "int", "what the place was chosen by: children-metres saved a year, a child without a seat counting plan.unmet_m, mean of both years", "children·m", low=0),
        Column("classes", "int", "smallest usual number of classes that seats them", "classes", low=1),
        Column("seats", "int", "its seats", "seats", low=1),
        Column("later_year", "int", "the last year looked ahead to", low=2000),
        count_column("children_later", "children who would go there then"),
        id_column("candidate_ids", "new or moved schools of the stage that are candidates within it"),
    ),
    geometry="polygon",
)
PLAN = Table(
    "plan", "a chosen project and the autumn in which it opens", ("candidate_id",),
    (
        id_column("candidate_id", "the candidate"),
        STAGE,
        Column("kind", "text", "kind of project", one_of=PROJECT_KINDS),
        Column("opens", "int", "first autumn", low=2000),
        Column("cost_yuan", "int", "what it costs to build", "yuan", low=0),
        count_column("seats", "seats added or built"),
        count_column("children", "children at them in the last plan year, mean over the futures"),
        Column("needed", "int", "children without a seat more in the last plan year if it alone were left out, mean over the futures", "children"),
        Column("saved_m", "int", "children-metres more in that year if it alone were left out, mean over the futures", "children·m"),
        Column("last_needed", "int?", "last year in which leaving it out would leave children without a seat in reach; absent = in none", low=2000),
        id_column("remarks", "rules that the project itself would break, and what is written of it"),
    ),
)
PLAN_TOTALS = Table(
    "plan_totals", "the plan as a whole: what it comes to and how near to the best it is", ("objective",),
    (
        Column("objective", "text", "what is least", one_of=("expected", "worst", "regret")),
        Column("status", "text", "proved best, or within the gap", one_of=("optimal", "feasible")),
        Column("objective_m", "int", "ways, children without a seat and money of a mean future, or what the objective is", "m"),
        Column("bound_m", "int", "no plan comes to less", "m"),
        Column("gap", "number", "(objective − bound) ÷ objective", low=0),
        Column("could_save_yuan", "int?", "what the best plan could save at most, in yuan; absent where yuan count nothing", "yuan", low=0),
        Column("futures", "int", "futures looked at", low=1),
        Column("projects", "int", "projects chosen", low=0),
        Column("cost_yuan", "int", "what they cost to build", "yuan", low=0),
        Column("budget_yuan", "int", "budgets of all plan years", "yuan", low=0),
    ),
)
PLAN_PAYMENTS = Table(
    "plan_payments", "what is paid for a project in a plan year", ("candidate_id", "year"),
    (
        id_column("candidate_id", "the project"),
        YEAR,
        Column("yuan", "int", "paid", "yuan", low=0),
    ),
)
PLAN_YEARS = Table(
    "plan_years", "a stage in a plan year", ("year", "stage"),
    (
        YEAR,
        STAGE,
        Column("budget_yuan", "int", "the year's budget for both stages", "yuan", low=0),
        Column("spent_yuan", "int", "spent on this stage", "yuan", low=0),
        count_column("children", "children living in the county"),
        count_column("seats", "seats"),
        count_column("unmet", "children without a seat within reach"),
        Column("unmet_low80", "int", "lower bound of its 80 % interval over the futures", "children", low=0),
        Column("unmet_high80", "int", "upper bound of the same", "children", low=0),
        count_column("unmet_without_plan", "the same if nothing were built"),
        count_column("empty_seats", "seats that nobody uses"),
    ),
)
PLAN_USE = Table(
    "plan_use", "a project's seats in a year, up to the last year of the forecast: what stands empty later", ("candidate_id", "year"),
    (
        id_column("candidate_id", "the project"),
        YEAR,
        count_column("seats", "its seats, with those of the school that it extends"),
        count_column("children", "children at them, mean over the futures"),
        count_column("low80", "lower bound of the 80 % interval over the futures"),
        count_column("high80", "upper bound of the same"),
        count_column("empty", "seats − children"),
        Column("needed", "int", "children without a seat more if it alone were left out, mean over the futures", "children"),
    ),
)
PLAN_AREAS = Table(
    "plan_areas", "seats against children of an area in a year, with the plan", ("area_id", "stage", "year"),
    (
        id_column("area_id", "the area"),
        STAGE,
        YEAR,
        count_column("children", "children living there, central forecast"),
        count_column("low80", "lower bound of the 80 % interval over the futures"),
        count_column("high80", "upper bound of the same"),
        count_column("seats", "seats there with the plan"),
        Column("seat_gap", "int", "children − seats: positive = short", "seats"),
    ),
)
PLAN_SERVES = Table(
    "plan_serves", "for whom a project is: children of an area at it in the last plan year", ("candidate_id", "area_id"),
    (
        id_column("candidate_id", "the project"),
        id_column("area_id", "where they live"),
        count_column("children", "children, mean over the futures"),
    ),
)
PLAN_ZONES = Table(
    "plan_zones", "a unit's zone in an autumn of the plan", ("year", "stage", "unit_id"),
    (
        YEAR,
        STAGE,
        id_column("unit_id", "the unit"),
        id_column("school_id", "the zone's school; of a project without a code, the candidate"),
        Column("before_id", "text", "the zone's school in the autumn before"),
        count_column("children", "children of the stage living there"),
        count_column("entrants", "of these, in the first grade"),
    ),
)
PHASE_IN = Table(
    "phase_in", "a school in an autumn of the plan, zones phased in: pupils enrolled stay", ("year", "stage", "school_id"),
    (
        YEAR,
        STAGE,
        id_column("school_id", "the school, or the candidate"),
        count_column("seats", "seats"),
        count_column("children", "children of all grades in its zone: its pupils when all have entered by this zone"),
        count_column("entrants", "pupils who enter, siblings counted where they go"),
        count_column("entrants_moved", "children of the first grade in its zone whose ground had another school the autumn before"),
        count_column("siblings", "of its entrants, from other zones, to an older sibling"),
        count_column("came", "pupils of closed schools who come"),
        count_column("stay", "pupils enrolled who stay"),
        count_column("pupils", "entrants + came + stay"),
        count_column("over_seats", "pupils beyond the seats"),
    ),
)
PHASE_IN_TOTALS = Table(
    "phase_in_totals", "a stage's zones in an autumn of the plan: who is moved", ("year", "stage"),
    (
        YEAR,
        STAGE,
        Column("drawn", "flag", "whether zones are drawn anew, as seats change"),
        Column("zones", "int", "zones", low=1),
        count_column("units_changed", "units with another school than the autumn before"),
        count_column("entrants", "children of the first grade"),
        count_column("entrants_moved", "of these, on ground that had another school the autumn before"),
        count_column("siblings", "children who enter where an older sibling is, instead of their zone's school"),
        count_column("came", "pupils whose school closes"),
        count_column("at_once", "children who would change school if all were moved at once"),
        count_column("seats", "seats"),
        count_column("pupils", "pupils"),
        count_column("over_seats", "pupils beyond their school's seats"),
        Column("gap_share", "number?", "how far zones drawn anew may be from the best; absent = not drawn", low=0, high=1),
    ),
)
FRONTIER = Table(
    "frontier", "the best plan of a total budget", ("budget_yuan",),
    (
        Column("budget_yuan", "int", "budget of all plan years; those of single years in the same proportion", "yuan", low=0),
        Column("spent_yuan", "int", "spent of it", "yuan", low=0),
        Column("projects", "int", "projects chosen", low=0),
        count_column("unmet", "children without a seat in reach, all plan years together, mean over the futures"),
        Column("all_ways_m", "int", "children-metres of those who have a seat, plan years and years after, mean over the futures", "children·m", low=0),
        Column("objective_m", "int", "objective, a mean future", "m"),
        Column("gap", "number", "how far it may be from the best", low=0),
        Column("next_ids", "text", "projects that it has and the budget before has not"),
        Column("dropped_ids", "text", "projects that the budget before has and it has not"),
        Column("worth_m_per_yuan", "number?", "objective gained per yuan of budget more than the one before", low=0),
    ),
)
REGRET = Table(
    "regret", "what a plan costs if a future comes, against the plan best for it", ("plan", "future"),
    (
        Column("plan", "text", "for which futures it is best", one_of=("all", "few", "middle", "many")),
        Column("future", "text", "the third of the futures that comes", one_of=("few", "middle", "many")),
        Column("cost_m", "int", "objective of the plan in a mean future of these", "m"),
        Column("regret_m", "int", "more than the best of the plans compared", "m", low=0),
        Column("unmet", "int", "children without a seat in reach, all plan years together", "children", low=0),
        Column("project_ids", "text", "what the plan builds, in order of opening"),
    ),
)
LAND = Table(
    "land", "land for schools in an area, against what the children of a year need", ("area_id", "stage", "year"),
    (
        id_column("area_id", "the area"),
        STAGE,
        YEAR,
        count_column("short", "children more than seats with the plan, central forecast"),
        count_column("short_high80", "the same at the upper bound of the 80 % interval"),
        Column("norm_m2", "number", "land per pupil by the rule set", "m²", low=0),
        Column("needed_m2", "int", "land for them", "m²", low=0),
        Column("needed_high80_m2", "int", "land for them at the upper bound: what to reserve", "m²", low=0),
        Column("needed_high80_mu", "number", "the same in 亩", "亩", low=0),
        Column("offered_m2", "int", "parcels in the area that the plan does not use", "m²", low=0),
    ),
)
# fmt: on
