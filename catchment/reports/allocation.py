"""Allocation on paper: a funnel plot, maps of schools by how far they are from their share, and workbooks in words."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from catchment.allocation import county_rate
from catchment.locale import translate
from catchment.reports.atlas import Atlas, fit, geometry_of, open_atlas
from catchment.reports.charts import CENTRAL, OTHER, SEATS, page, save
from catchment.reports.maps import FINEST, OVERVIEW_MARGIN, _base, _furniture, _legend, _notes, _schools, _study_name
from catchment.reports.pages import STAGE, Columns, Page
from catchment.reports.shapes import trace_polygons
from catchment.reports.sheet import A3_LANDSCAPE, A3_PORTRAIT, LegendItem, Shape, Sheet, draw
from catchment.reports.style import both, cut_lettering, shown
from catchment.reports.words import CODES, STAGE_WORDS
from catchment.reports.workbook import write_pages
from catchment.settings import Settings
from catchment.tables import STAGES
from catchment.tables.allocation import CLAIMS, OUTSIDE

LIMITS = {1.959964: "95 %", 3.090232: "99.8 %"}
"""Standard deviations of the funnel's limits."""
LABELLED = 6
"""Schools named on a funnel, where there is room."""
HIGHEST = 3.0
"""Top of a funnel; what lies above stands at its edge."""
FEWEST_FLOW = 5
"""Flows of fewer pupils are not listed one by one."""

WORDS = {
    **CODES,
    "today": "Pupils today",
    "entry": "Entrants next autumn",
    "planned": "Planned assignment",
    "children": "Children",
    "seats": "Seats",
    "proportional": "In proportion",
    "undecided": "Cannot be told",
    "apart": "Not in proportion",
    "untested": "Not tested",
    "exact": "All outcomes counted",
    "draws": "Drawn",
    "own_zone": "Own zone",
    "diverted": "Diverted",
    "none": "No place",
    "boarding": "Boarding school",
    OUTSIDE: "Outside all zones",
}
SHARES = {
    ("school", "children"): "its zone's share",
    ("school", "seats"): "its seats' share",
    ("area", "children"): "the share of the children living there",
    ("area", "seats"): "the share of the seats there",
}
SENTENCES = {
    1: "{name} has {pupils} pupils more than {share}: {observed} instead of {expected}",
    -1: "{name} has {pupils} pupils fewer than {share}: {observed} instead of {expected}",
    0: "{name} has as many pupils as {share}, to within {tolerance}: {observed} instead of {expected}",
}
NOTHING_TO_CLAIM = "{name} has {observed} pupils and nothing to claim them by"
VERDICTS = {
    "proportional": "In proportion: every one of {subjects} is surely within the tolerance. {luck}",
    "undecided": "Cannot be told: {outside} of {subjects} are outside the tolerance, but luck alone might do that. {luck}",
    "apart": "Not in proportion: {outside} of {subjects} are outside the tolerance, some of them surely; {to_move} pupils would have to move ({share}; luck alone makes it {by_chance}). {luck}",
    "untested": "Not tested: there are too few pupils, schools or areas.",
}
LUCK = "Luck alone would be as uneven {times} times in 1,000."
BANDS = (
    (-np.inf, "Far fewer pupils", "#4393c3"),
    (-3.090232, "Fewer pupils", "#abd2e5"),
    (-1.959964, "As many pupils", "#f4f3ea"),
    (1.959964, "More pupils", "#f7b799"),
    (3.090232, "Far more pupils", "#d6604d"),
)
"""Lowest z of each band, its meaning and its fill."""
MAP_NOTE = "Pupils of each school against the children of its zone; as many = within what luck gives 19 times in 20."

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
    files = [*_funnels(settings, tables, folder, run), *_maps(settings, tables, folder, run)]
    return [*files, write_pages(allocation_pages(settings, tables), settings, folder / "allocation.xlsx", run)]


def publish_admission(settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str) -> Path:
    """admission.xlsx in a folder: admissions, intakes, and the lottery's list to be published."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_pages(admission_pages(settings, tables), settings, folder / "admission.xlsx", run)


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
        pages.append(Page("Migrant children", about, COMPOSITION, _coded(tables["composition"], language)))
    if len(tables.get("residence", ())):
        pages += _home_pages(tables, language)
    return [Page(each.name, each.about, each.columns, each.rows[[name for name, *_ in each.columns]]) for each in pages]


def admission_pages(settings: Settings, tables: Mapping[str, pd.DataFrame]) -> list[Page]:
    """Every application by zone and order, what becomes of places, and the lottery."""
    language, names = settings.study.language, _names(tables, settings.study.language)
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
        Page(name, about, columns, _coded(rows.assign(name=rows["school_id"].map(names)), language)[[c for c, *_ in columns]])
        for name, about, columns, rows in parts
    ]  # fmt: skip


def worded_allocation(tables: Mapping[str, pd.DataFrame], language: str) -> pd.DataFrame:
    """Table `allocation` with names, differences in whole pupils and a sentence for each row; the largest |z| first."""
    rows, names = tables["allocation"], _names(tables, language)
    rows = rows.assign(
        name=[shown(names.get(subject, subject)) for subject in rows["subject_id"]],
        difference=rows["observed"] - rows["expected"].round().astype("int64"),
    )
    rows = rows.assign(words=[_sentence(row, language) for row in rows.itertuples()], size=rows["z"].abs())
    keys = ["case", "stage", "basis", "level", "size", "subject_id"]
    rows = rows.sort_values(keys, ascending=[False, False, True, False, False, True], ignore_index=True)
    return _coded(rows, language)


def worded_tests(tests: pd.DataFrame, language: str) -> pd.DataFrame:
    """Table `allocation_tests` with a verdict in words for each row."""
    order = ["case", "stage", "basis", "level"]
    rows = tests.sort_values(order, ascending=[False, False, True, False], ignore_index=True)
    return _coded(rows.assign(words=[_verdict(row, language) for row in rows.itertuples()]), language)


def _sentence(row: Any, language: str) -> str:
    if np.isnan(row.z):
        return translate(NOTHING_TO_CLAIM, language).format(name=row.name, observed=f"{row.observed:,}")
    sign = 0 if row.within_tolerance else int(np.sign(row.difference))
    values = {
        "pupils": abs(row.difference),
        "observed": row.observed,
        "expected": round(row.expected),
        "tolerance": round(row.tolerance),
    }
    share = translate(SHARES[row.level, row.basis], language)
    return translate(SENTENCES[sign], language).format(
        name=row.name, share=share, **{k: f"{v:,}" for k, v in values.items()}
    )


def _verdict(row: Any, language: str) -> str:
    times = "" if np.isnan(row.p) else "< 1" if row.p < 0.001 else f"{1000 * row.p:.0f}"
    return translate(VERDICTS[row.verdict], language).format(
        subjects=row.subjects, outside=row.outside, to_move=f"{row.to_move:,}", share=f"{row.dissimilarity:.1%}",
        by_chance=f"{row.by_chance:.1%}", luck=translate(LUCK, language).format(times=times),
    )  # fmt: skip


def _home_pages(tables: Mapping[str, pd.DataFrame], language: str) -> list[Page]:
    names, residence = _names(tables, language), tables["residence"]
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
        Page("Zoned enrolment", about, ZONED, _coded(zoned, language)),
        Page(
            "Staying",
            "Pupils of each zone or area: at its own school, or elsewhere",
            STAYING,
            _coded(staying, language),
        ),
        Page("Flows", "Pupils who go to school outside their zone, from five on", FLOWS, _coded(moving, language)),
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


def _names(tables: Mapping[str, pd.DataFrame], language: str) -> dict[str, str]:
    schools, areas = tables["schools"], tables["areas"]
    named = {
        **dict(zip(areas["area_id"], areas["name"], strict=True)),
        **dict(zip(schools["school_id"], schools["name"], strict=True)),
    }
    return named | {OUTSIDE: translate(WORDS[OUTSIDE], language)}


def _coded(rows: pd.DataFrame, language: str) -> pd.DataFrame:
    """Rows with their codes put into words."""
    coded = {"stage", "case", "basis", "level", "verdict", "how", "outcome", "excluded", "within_tolerance"} & set(
        rows.columns
    )
    coded |= {name for name in ("flagged",) if name in rows and rows[name].dtype == bool}
    return rows.assign(**{c: [translate(WORDS.get(str(v), str(v)), language) for v in rows[c]] for c in sorted(coded)})


# --- funnels ---------------------------------------------------------------------------------------


def _funnels(settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, run: str) -> list[Path]:
    """Observed ÷ entitled pupils of today's schools against their size, one row per stage, one column per basis."""
    language, names = settings.study.language, _names(tables, settings.study.language)
    chosen = tables["allocation"].query("case == 'today' and level == 'school'").dropna(subset=["z"])
    stages = [stage for stage in STAGES if stage in set(chosen["stage"])]
    if not stages:
        return []
    figure, grid = page(len(stages), len(CLAIMS))
    for row, stage in enumerate(stages):
        for column, basis in enumerate(CLAIMS):
            rows = chosen[(chosen["stage"] == stage) & (chosen["basis"] == basis)]
            test = tables["allocation_tests"].query(
                "case == 'today' and level == 'school' and stage == @stage and basis == @basis"
            )
            axes = grid[row, column]
            if len(rows):
                _funnel(axes, rows.assign(name=[names.get(s, s) for s in rows["subject_id"]]), test.iloc[0], language)
            axes.set_title(
                f"{both(STAGE_WORDS[stage], language)} · {both(WORDS[basis], language)}", fontsize=10, loc="left"
            )
    note = both(
        "Lines: what luck alone keeps 95 % and 99.8 % of schools within. Red and blue: standing out, more and fewer",
        language,
    )
    if settings.study.demonstration:
        run = f"{run} · {both('Demonstration data', language)}"
    title = f"{shown(settings.study.name)} · {both('Pupils against their share', language)}"
    return save(figure, folder / "allocation", title=title, note=f"{note} · {run}")


def _funnel(axes: Axes, rows: pd.DataFrame, test: Any, language: str) -> None:
    ratio = rows["observed"] / rows["expected"]
    size = np.linspace(max(rows["expected"].min() * 0.8, 1), rows["expected"].max() * 1.05, 200)
    spread = np.sqrt(test.dispersion * np.maximum(1 - size / test.pupils, 0) / size)
    for width, dash in zip(LIMITS, ("--", "-"), strict=True):
        for sign in (-1, 1):
            label = LIMITS[width] if sign > 0 else None
            axes.plot(
                size, np.maximum(1 + sign * width * spread, 0), color=OTHER, linewidth=0.9, linestyle=dash, label=label
            )
    axes.axhline(1, color="#888888", linewidth=0.8)
    colours = np.where(rows["flagged"], np.where(rows["z"] > 0, SEATS, CENTRAL), "#9a9a9a")
    for above, mark in ((False, "o"), (True, "^")):
        chosen = (ratio > HIGHEST) == above
        axes.scatter(
            rows["expected"][chosen],
            np.minimum(ratio, HIGHEST)[chosen],
            s=16,
            c=colours[chosen],
            marker=mark,
            zorder=3,
            clip_on=False,
        )
    _name_farthest(axes, rows, np.minimum(ratio, HIGHEST))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_ylim(0, HIGHEST)
    axes.set_xlabel(both("Pupils by that share", language), fontsize=8)
    axes.set_ylabel(both("Pupils ÷ pupils by that share", language), fontsize=8)
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7, frameon=False, loc="upper right")


def _name_farthest(axes: Axes, rows: pd.DataFrame, height: pd.Series) -> None:
    """Write the names of the schools that stand out most, each where no other is near."""
    far = rows.assign(height=height, size=rows["z"].abs())[rows["flagged"]]
    far = far.sort_values(["size", "subject_id"], ascending=[False, True])
    wide, taken = rows["expected"].max(), np.empty((0, 2))
    for each in far.itertuples():
        right, low = each.expected > 0.75 * wide, each.height > 0.95 * HIGHEST
        spot = np.array([each.expected / wide - 0.3 * right, each.height / HIGHEST])
        if len(taken) < LABELLED and not (np.abs(taken - spot) < (0.3, 0.06)).all(axis=1).any():
            taken = np.vstack([taken, spot])
            axes.annotate(
                shown(each.name), (each.expected, each.height), xytext=(-4 if right else 4, -9 if low else 2),
                textcoords="offset points", fontsize=7, horizontalalignment="right" if right else "left",
            )  # fmt: skip


# --- maps ------------------------------------------------------------------------------------------


def _maps(settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, run: str) -> list[Path]:
    if "edges" not in tables:
        return []
    sheets = list(share_sheets(open_atlas(settings, tables, run), tables, folder))
    with tempfile.TemporaryDirectory() as scratch:
        lettering = cut_lettering((text for sheet in sheets for text in sheet.texts()), Path(scratch))
        return [Path(file) for sheet in sheets for file in draw(sheet, lettering)]


def share_sheets(atlas: Atlas, tables: Mapping[str, pd.DataFrame], folder: Path) -> Iterator[Sheet]:
    """One sheet per stage: zones by how far their school's pupils of today are from the zone's share."""
    rows = (
        tables["allocation"].query("case == 'today' and level == 'school' and basis == 'children'").dropna(subset=["z"])
    )
    for stage in STAGES:
        z = rows[rows["stage"] == stage].set_index("subject_id")["z"]
        zones = atlas.zones[(atlas.zones["stage"] == stage) & atlas.zones["school_id"].isin(z.index)]
        if not len(zones):
            continue
        everything = shapely.total_bounds(np.append(geometry_of(zones), geometry_of(atlas.areas)))
        paper, denominator, centre, box = fit(tuple(everything), (A3_LANDSCAPE, A3_PORTRAIT), OVERVIEW_MARGIN)
        shapes, labels = _base(atlas, box, max(denominator, FINEST["local"] + 1))
        shapes = (*_fills(zones, z), *shapes, Shape("boundary", trace_polygons(geometry_of(zones))))
        markers, names = _schools(atlas, stage, box, "")
        legend = [LegendItem("zone_fill", atlas.both(text), fill) for _, text, fill in BANDS]
        yield Sheet(
            stem=str(folder / f"allocation_{stage}"),
            page=paper,
            denominator=denominator,
            centre_m=centre,
            title=atlas.words("{study}: pupils against their zone's share").format(study=_study_name(atlas)),
            facts=_facts(atlas, tables["allocation_tests"], stage),
            legend=(*legend, *_legend(atlas, shapes, markers, own="")[1:]),
            shapes=shapes,
            markers=markers,
            labels=(*names, *labels),
            **_furniture(atlas, stage, "")
            | {"subtitle": _subtitle(atlas, stage), "notes": tuple(_notes(atlas, MAP_NOTE))},
        )


def _fills(zones: pd.DataFrame, z: pd.Series) -> list[Shape]:
    """The zones of each band of z in its colour."""
    lows = [low for low, _, _ in BANDS]
    bands = np.searchsorted(lows, zones["school_id"].map(z).to_numpy(dtype=float), side="right") - 1
    return [
        Shape("zone_fill", trace_polygons(geometry_of(zones[bands == band])), fill)
        for band, (_, _, fill) in enumerate(BANDS)
        if (bands == band).any()
    ]


def _subtitle(atlas: Atlas, stage: str) -> str:
    year = atlas.words("autumn {year}").format(year=atlas.settings.study.base_year)
    return " · ".join(
        (_study_name(atlas), atlas.both(STAGE_WORDS[stage]), year, atlas.both("Pupils against their share"))
    )


def _facts(atlas: Atlas, tests: pd.DataFrame, stage: str) -> tuple[tuple[str, str], ...]:
    row = tests.query("case == 'today' and level == 'school' and basis == 'children' and stage == @stage").iloc[0]
    facts = (
        ("Pupils", f"{row.pupils:,}"),
        ("Would have to move", f"{row.to_move:,} ({row.dissimilarity:.1%})"),
        ("By luck alone", f"{row.by_chance:.1%}"),
        ("Outside the tolerance", f"{row.outside} / {row.subjects}"),
    )
    return tuple((atlas.both(name), value) for name, value in facts)
