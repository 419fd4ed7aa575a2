"""Allocation on paper: a funnel plot, maps of schools by how far they are from their share, and workbooks in words."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from catchment.allocation import county_rate
from catchment.locale import translate
from catchment.reports.allocation_words import coded, names_of, worded_allocation, worded_tests
from catchment.reports.funnels import funnels
from catchment.reports.page import STAGE, Columns, Page
from catchment.reports.share_maps import share_maps
from catchment.reports.style import shown
from catchment.reports.words import STAGE_WORDS
from catchment.reports.workbook import write_pages
from catchment.settings import Settings
from catchment.tables import STAGES

FEWEST_FLOW = 5
"""Flows of fewer pupils are not listed one by one."""

SUBJECT = (*STAGE, ("case", "Case", "text"), ("basis", "Share of", "text"), ("level", "Counted for", "text"))
IN_WORDS = (("words", "In words", "text"),)
ALLOCATION = (
    *SUBJECT, ("subject_id", "Code", "text"), ("name", "Name", "text"), ("entitled_share", "Share", "share"), ("expected", "Pupils by that share", "int"),
    ("observed", "Pupils", "int"), ("difference", "Pupils more than the share (− = fewer)", "int"), ("z", "Standard deviations", "number"),
    ("flagged", "Stands out from luck", "text"), ("tolerance", "Tolerance (pupils)", "int"), ("within_tolerance", "Within the tolerance", "text"), *IN_WORDS,
)  # fmt: skip
TESTS = (
    *SUBJECT, ("verdict", "Verdict", "text"), *IN_WORDS, ("subjects", "Schools or areas", "int"), ("pupils", "Pupils", "int"),
    ("to_move", "Pupils who would have to move", "int"), ("dissimilarity", "The same as a share", "share"), ("by_chance", "By luck alone", "share"),
    ("corrected", "With luck taken off", "share"), ("p", "Chance if only luck divided", "number"), ("how", "How found", "text"),
    ("dispersion", "Dispersion", "number"), ("flagged", "Standing out from luck", "int"), ("outside", "Outside the tolerance", "int"),
)  # fmt: skip
COMPOSITION = (
    *STAGE, ("schools", "Schools", "int"), ("pupils", "Pupils", "int"), ("migrants", "Migrant children", "int"),
    ("dissimilarity", "Dissimilarity", "share"), ("by_chance", "By luck alone", "share"), ("corrected", "With luck taken off", "share"),
)  # fmt: skip
SCHOOL = (("school_id", "School code", "text"), ("name", "School", "text"))
ZONED = (
    *STAGE, *SCHOOL, ("pupils", "Pupils", "int"), ("from_zone", "Living in the zone", "int"), ("by_area", "Of these told by area only", "int"),
    ("share", "Share living in the zone", "share"), ("excluded", "Not counted because", "text"),
)  # fmt: skip
HOME = (("home_id", "Home: zone or area", "text"), ("home", "Name", "text"))
STAYING = (
    *STAGE, *HOME, ("children", "Pupils living there", "int"), ("staying", "At its own school", "int"), ("leaving", "At other schools", "int"),
    ("share", "Share at its own school", "share"),
)  # fmt: skip
FLOWS = (*STAGE, *HOME, *SCHOOL, ("pupils", "Pupils", "int"), ("share", "Share of the pupils living there", "share"))
ADMISSIONS = (
    ("application_no", "Application", "text"), *STAGE, ("zone_id", "Zone", "text"), ("place", "Place in the order", "int"), ("outcome", "Outcome", "text"),
    *SCHOOL, ("distance_m", "Way to the school diverted to (m)", "int"), ("ticket", "Ticket (SHA-256)", "text"),
)  # fmt: skip
INTAKES = (
    *STAGE, *SCHOOL, ("places", "Places", "int"), ("applicants", "Applicants", "int"), ("own_zone", "Admitted from the zone", "int"),
    ("diverted_in", "Diverted to it", "int"), ("empty_places", "Places left", "int"),
)  # fmt: skip
LOTTERY = (
    *STAGE, ("zone_id", "Zone", "text"), ("place", "Place by ticket", "int"), ("application_no", "Application", "text"), ("choices", "Wishes", "text"),
    ("choice", "Wish met", "int"), *SCHOOL, ("ticket", "Ticket (SHA-256)", "text"),
)  # fmt: skip


def publish_allocation(settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str) -> list[Path]:
    """allocation.png/pdf (funnels), allocation_<stage>.png/pdf (maps) and allocation.xlsx in a folder.

    tables: those of a run with allocation and allocation_tests; composition, residence, zoned and staying may be absent or empty.
    Maps are drawn where the tables of a whole run are there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [*funnels(settings, tables, folder, run), *share_maps(settings, tables, folder, run)]
    return [
        *files,
        write_pages(allocation_pages(settings, tables), settings, folder / "allocation.xlsx", run, tables=tables),
    ]


def publish_admission(settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str) -> Path:
    """admission.xlsx in a folder: admissions, intakes, and the lottery's list to be published."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_pages(admission_pages(settings, tables), settings, folder / "admission.xlsx", run, tables=tables)


# --- pages -----------------------------------------------------------------------------------------


def allocation_pages(settings: Settings, tables: Mapping[str, pd.DataFrame]) -> list[Page]:
    """Allocation, its tests in words, and, where homes are told, who lives where and goes where."""
    language = settings.study.language
    english: Columns = ()
    rows, tests = worded_allocation(tables, language), worded_tests(tables["allocation_tests"], language)
    if language != "en":
        rows = rows.assign(english=worded_allocation(tables, "en")["words"])
        tests = tests.assign(english=worded_tests(tables["allocation_tests"], "en")["words"])
        english = (("english", "In English", "text"),)
    pages = [
        Page(
            "Allocation tests",
            "Whether pupils follow children and seats, in words",
            (*TESTS, *english),
            tests,
        ),
        Page(
            "Allocation",
            "Each school and area against its share of children and of seats",
            (*ALLOCATION, *english),
            rows,
        ),
    ]
    if len(tables.get("composition", ())):
        about = "How unevenly migrant children are spread over schools, beside what luck alone gives"
        pages.append(Page("Migrant children", about, COMPOSITION, coded(tables["composition"], language)))
    if len(tables.get("residence", ())):
        pages += _home_pages(tables, language)
    return [Page(each.name, each.about, each.columns, each.rows[[name for name, *_ in each.columns]]) for each in pages]


def admission_pages(settings: Settings, tables: Mapping[str, pd.DataFrame]) -> list[Page]:
    """Every application by zone and order, what becomes of places, and the lottery."""
    language, names = settings.study.language, names_of(tables, settings.study.language)
    rows = tables["admissions"].assign(distance_m=tables["admissions"]["distance_mm"] / 1000)
    parts = (
        (
            "Admissions",
            "Every application in the order of its zone, and its school",
            ADMISSIONS,
            rows.sort_values(["stage", "zone_id", "place"]),
        ),
        ("Intakes", "What the places of each school are used for", INTAKES, tables["intakes"]),
        (
            "Lottery",
            "Tickets, to be published: anybody can work them out again",
            LOTTERY,
            tables["lottery"].sort_values(["stage", "zone_id", "place"]),
        ),
    )
    return [
        Page(name, about, columns, coded(rows.assign(name=rows["school_id"].map(names)), language)[[c for c, *_ in columns]])
        for name, about, columns, rows in parts
    ]  # fmt: skip


def _home_pages(tables: Mapping[str, pd.DataFrame], language: str) -> list[Page]:
    names, residence = names_of(tables, language), tables["residence"]
    counts = {stage: f"{rate:.1%}" for stage, rate in county_rate(tables["zoned"]).items()}
    told = "; ".join(f"{translate(STAGE_WORDS[str(stage)], language)} {rate}" for stage, rate in counts.items())
    about = translate("Pupils who live in their school's zone; schools that count: {told}", language).format(told=told)
    zoned = tables["zoned"].assign(name=tables["zoned"]["school_id"].map(names))
    homes = residence["home_id"].map(names).fillna(residence["home_id"])
    total = residence.groupby(["stage", "home_id"])["pupils"].transform("sum")
    flows = residence.assign(home=homes, name=residence["school_id"].map(names), share=residence["pupils"] / total)
    staying = tables["staying"].assign(home=tables["staying"]["home_id"].map(names))
    moving = flows[(flows["home_id"] != flows["school_id"]) & (flows["pupils"] >= FEWEST_FLOW)]
    moving = moving.sort_values(["stage", "pupils", "home_id", "school_id"], ascending=[False, False, True, True])
    pages = [
        Page("Zoned enrolment", about, ZONED, coded(zoned, language)),
        Page(
            "Staying",
            "Pupils of each zone or area: at its own school, or elsewhere",
            STAYING,
            coded(staying, language),
        ),
        Page("Flows", "Pupils who go to school outside their zone, from five on", FLOWS, coded(moving, language)),
    ]
    matrices = [
        _matrix(flows[flows["stage"] == stage], str(stage), language)
        for stage in STAGES
        if stage in set(flows["stage"])
    ]
    return [*pages, *matrices]


def _matrix(flows: pd.DataFrame, stage: str, language: str) -> Page:
    """Homes × schools of a stage, with the totals of both."""
    table = flows.pivot_table(
        index=["home_id", "home"], columns="school_id", values="pupils", aggfunc="sum", fill_value=0
    )
    schools = dict(zip(flows["school_id"], flows["name"].fillna(flows["school_id"]), strict=True))
    columns: Columns = (
        *HOME,
        *((str(code), shown(schools[code]), "int") for code in table.columns),
        ("total", "Total", "int"),
    )
    rows = table.assign(total=table.sum(axis=1)).reset_index()
    last = (
        rows.drop(columns=["home_id", "home"]).sum().to_frame().T.assign(home_id="", home=translate("Total", language))
    )
    about = "Pupils by where they live (rows) and which school they attend (columns)"
    name = translate("Homes and schools, {stage}", language).format(stage=translate(STAGE_WORDS[stage], language))
    return Page(name, about, columns, pd.concat([rows, last], ignore_index=True).replace(0, np.nan))
