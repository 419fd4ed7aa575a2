"""School clusters (学区) and what they rest on."""

from catchment.tables.columns import STAGE, Column, Table, count_column, id_column

LEFT_OUT = (
    "no_road",
    "too_few_in_reach",
    "no_strong_in_reach",
    "no_stage_in_reach",
    "pupils_do_not_fit",
    "locks_do_not_fit",
)
STATUSES = ("optimal", "time_limit")

# fmt: off
CLUSTERS = Table(
    "clusters", "a school at one stage in its cluster (学区)", ("school_id", "stage"),
    (
        id_column("school_id", "the school"),
        STAGE,
        id_column("cluster_id", "its cluster; a cluster that goes on keeps last year's"),
        id_column("lead_school_id", "the cluster's lead school"),
        Column("distance_m", "int", "by road to the lead school", "m", low=0),
        Column("strong", "flag", "its campus is a strong school"),
        Column("changed", "flag", "was in another cluster last year"),
    ),
)
CLUSTER_TOTALS = Table(
    "cluster_totals", "a cluster", ("cluster_id",),
    (
        id_column("cluster_id", "the cluster"),
        id_column("lead_school_id", "its lead school"),
        Column("schools", "int", "campuses, each counting once", "schools", low=1),
        count_column("primary_schools", "of these with a primary stage"),
        count_column("junior_schools", "of these with a junior stage"),
        count_column("strong_schools", "of these strong"),
        count_column("strength", "points of strength together"),
        count_column("pupils", "pupils of the base year"),
        Column("mean_m", "number", "mean distance of the other schools to the lead school; 0 without any", "m", low=0),
        Column("max_m", "int", "the farthest of them", "m", low=0),
        count_column("changed", "campuses that were in another cluster last year"),
    ),
)
CLUSTER_QUALITY = Table(
    "cluster_quality", "how good the clusters are: the one row of what they count for, and what is proved", ("status",),
    (
        Column("status", "text", "proved to be the best, or the best found in the time", one_of=STATUSES),
        count_column("clusters", "clusters"),
        count_column("schools", "campuses in them"),
        Column("distance_m", "int", "distances to the lead schools together", "m", low=0),
        Column("borders_m", "int", "what townships crossed count for", "m", low=0),
        Column("stages_m", "int", "what missing stages count for", "m", low=0),
        Column("spread_m", "int", "what unequal strength counts for", "m", low=0),
        Column("changes_m", "int", "what changes count for", "m", low=0),
        Column("total_m", "int", "all of these: what was made least", "m", low=0),
        Column("bound_m", "int", "no clusters under these rules count for less", "m", low=0),
        Column("gap_share", "number", "(total − bound) / total; 0 = proved", low=0, high=1),
    ),
)
UNCLUSTERED = Table(
    "unclustered", "a school that no cluster can hold under the rules", ("school_id",),
    (
        id_column("school_id", "the school"),
        Column("reason", "text", "the first rule that no cluster with this school can keep", one_of=LEFT_OUT),
    ),
)
# fmt: on
