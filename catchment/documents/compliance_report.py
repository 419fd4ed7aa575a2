"""The compliance report: what every rule measured in the county, what is broken, what would cure it, and each school in a row."""

from collections.abc import Iterator

import pandas as pd

from catchment.documents.county import SUPER_OVERSIZED, area_names, latest_classes, name_of
from catchment.documents.figures import cell_text, money_text
from catchment.documents.notice_tables import stages_of
from catchment.documents.origin import Desk
from catchment.documents.parts import Column, Document, Grid, Heading, Items, Paragraph, Part, rows_of
from catchment.reports.compliance_pages import differing
from catchment.reports.page import school_names
from catchment.reports.style import shown
from catchment.rules import read_rules

VERDICTS = ("kept", "broken", "unknown", "excluded")


def compliance_report(desk: Desk) -> Document:
    """The report of the base year under the study's rule set."""
    title = desk.say("Compliance of the schools of {study}, autumn {year}", study=name_of(desk), year=desk.settings.study.base_year)  # fmt: skip
    rules = read_rules(desk.settings.rules).titled(desk.language)
    return Document(
        stem="compliance", title=title, language=desk.language, marks=desk.marks, foot=desk.foot,
        under_title=(rules, desk.say("Data as of {date}", date=desk.origin.data_date)), parts=tuple(_parts(desk)),
    )  # fmt: skip


def own_findings(desk: Desk) -> pd.DataFrame:
    """Findings of the base year under the study's own rule set, the tiers of class size as one measure."""
    rows = desk.tables["findings"]
    rows = rows[(rows["year"] == desk.settings.study.base_year) & (rows["rule_set"] == desk.settings.rules)]
    measure = rows["level"].where(rows["subject"] != "class", "class_size").where(~rows["level"].isin(["limit", "school"]), rows["rule"])  # fmt: skip
    return rows.assign(measure=measure)


def _parts(desk: Desk) -> Iterator[Part]:
    say, own = desk.say, own_findings(desk)
    yield Heading(say("In short"))
    yield Items(tuple(_in_short(desk, own)))
    yield Heading(say("Every rule"))
    yield Paragraph(say("Kept means that the measure keeps its limit; not known, that a figure is missing and nothing is claimed; not counted, that the rule does not bind, with its reason on the school's page."))  # fmt: skip
    yield _rules(desk, own)
    yield Heading(say("Class sizes"))
    yield _classes(desk)
    yield Heading(say("Differences between schools"))
    yield _county(desk, own[own["rule"] == "difference_coefficient"], say("Difference coefficients of the county"))  # fmt: skip
    yield Heading(say("Rates of the county"))
    rates = own[(own["subject"] == "county") & (own["rule"] != "difference_coefficient")]
    yield _county(desk, rates, say("Rates and other measures of the county"))
    if desk.settings.rules_beside:
        yield Heading(say("Where the rule sets differ"))
        yield from _differing(desk)
    yield Heading(say("What would cure it"))
    yield _remedies(desk)
    yield Heading(say("Annex: every school"))
    yield Paragraph(say("Each school has a page of its own in schools.pdf, with every measure, limit, verdict and cure."))  # fmt: skip
    yield _schools(desk, own)


def _in_short(desk: Desk, own: pd.DataFrame) -> Iterator[str]:
    of_schools = own[own["school_id"].fillna("") != ""]
    schools = desk.tables["schools"]["school_id"].nunique()
    broken = of_schools.loc[of_schools["verdict"] == "broken", "school_id"].nunique()
    yield desk.say("Of {schools} schools {broken} break at least one rule; {count} measures are broken in all.", schools=schools, broken=broken, count=f"{(own['verdict'] == 'broken').sum():,}")  # fmt: skip
    classes = latest_classes(desk)
    for stage in stages_of(desk.tables):
        rows = classes[classes["stage"] == stage]
        yield desk.say("{stage}: of {classes} classes {over} are over the standard, {oversized} have 56 pupils and more, {super} have 66 and more.", stage=desk.code(stage), classes=f"{len(rows):,}", over=f"{rows['over'].sum():,}", oversized=f"{rows['oversized'].sum():,}", super=f"{rows['super_oversized'].sum():,}")  # fmt: skip
    priced = int(desk.tables["remedies"]["cost_yuan"].fillna(0).sum())
    yield desk.say("What is priced of the cures comes to {yuan}; cures without a price are counted, not summed.", yuan=money_text(priced, desk.language))  # fmt: skip
    unknown = int((own["verdict"] == "unknown").sum())
    if unknown:
        yield desk.say("{count} measures are not known for lack of figures.", count=f"{unknown:,}")


def _rules(desk: Desk, own: pd.DataFrame) -> Grid:
    """Measures by rule and stage, by their verdict."""
    counts = own.pivot_table(index=["rule", "measure", "stage"], columns="verdict", values="year", aggfunc="size", fill_value=0)  # fmt: skip
    counts = counts.reindex(columns=list(VERDICTS), fill_value=0).reset_index()
    judged = counts["kept"] + counts["broken"]
    order = {"primary": 0, "junior": 1, "all": 2}
    counts = counts.assign(
        share=counts["kept"] / judged.where(judged > 0), order=counts["stage"].map(order),
    ).sort_values(["rule", "measure", "order"])  # fmt: skip
    same = counts["rule"] == counts["measure"]
    names = [desk.code(r) if s else desk.say("{whole}: {part}", whole=desk.code(r), part=desk.code(m)) for r, m, s in zip(counts["rule"], counts["measure"], same, strict=True)]  # fmt: skip
    counts = counts.assign(name=names, stage=[desk.code(stage) for stage in counts["stage"]])
    columns = (
        Column("name", desk.say("Rule"), "text", 3.4), Column("stage", desk.say("Stage"), "text", 1.5),
        *(Column(verdict, desk.code(verdict), "count", 0.8) for verdict in VERDICTS),
        Column("share", desk.say("Share kept"), "share", 0.9),
    )  # fmt: skip
    return Grid(desk.say("Measures by rule and verdict"), columns, rows_of(counts, columns), desk.source("findings"))  # fmt: skip


def _classes(desk: Desk) -> Grid:
    rows = latest_classes(desk)
    sums = rows.groupby(["stage", "grade"], as_index=False).agg(
        classes=("pupils", "size"), pupils=("pupils", "sum"), largest=("pupils", "max"), over=("over", "sum"),
        oversized=("oversized", "sum"), super_oversized=("super_oversized", "sum"),
    )  # fmt: skip
    sums = sums.sort_values("grade").assign(stage=lambda found: [desk.code(stage) for stage in found["stage"]])
    figures = ["classes", "pupils", "over", "oversized", "super_oversized"]
    columns = (
        Column("stage", desk.say("Stage"), "text", 1.5), Column("grade", desk.say("Grade"), "year", 0.7),
        Column("classes", desk.say("Classes"), "count"), Column("pupils", desk.say("Pupils"), "count"),
        Column("largest", desk.say("Largest class"), "count"), Column("over", desk.say("Classes over the standard"), "count", 1.2),
        Column("oversized", desk.say("Classes of {least} and more", least=56), "count", 1.1),
        Column("super_oversized", desk.say("Classes of {least} and more", least=SUPER_OVERSIZED), "count", 1.1),
    )  # fmt: skip
    total = {name: sums[name].sum() for name in figures}
    last = (desk.say("Sum"), "", total["classes"], total["pupils"], sums["largest"].max(), total["over"], total["oversized"], total["super_oversized"])  # fmt: skip
    return Grid(desk.say("Classes by grade and size"), columns, (*rows_of(sums, columns), last), desk.source("classes"), total=True)  # fmt: skip


def _county(desk: Desk, rows: pd.DataFrame, caption: str) -> Grid:
    """Findings of the county as a whole."""
    bounds = {"most": "≤", "least": "≥"}
    rows = rows.assign(
        name=[desk.code(m) for m in rows["measure"]], stage=[desk.code(stage) for stage in rows["stage"]],
        bounded=[f"{bounds[b]} {cell_text(limit, 'decimal', desk.language)}" for b, limit in zip(rows["bound"], rows["limit"], strict=True)],
        unit=[desk.say(unit) for unit in rows["unit"]], verdict=[desk.code(v) for v in rows["verdict"]],
    )  # fmt: skip
    columns = (
        Column("name", desk.say("Measure"), "text", 2.6), Column("stage", desk.say("Stage"), "text", 1.5), Column("value", desk.say("Value"), "decimal", 0.9),
        Column("bounded", desk.say("Limit"), "text", 0.9), Column("unit", desk.say("Unit"), "text", 1), Column("verdict", desk.say("Verdict"), "text", 0.8),
    )  # fmt: skip
    return Grid(caption, columns, rows_of(rows, columns), desk.source("findings"))


def _differing(desk: Desk) -> Iterator[Part]:
    rows = differing(
        desk.tables["findings"][desk.tables["findings"]["year"] == desk.settings.study.base_year], desk.settings.rules
    )
    yield Paragraph(desk.say("Limits differ between {own} and {others}; where the verdict changes with the set, both stand here. Which one binds is for the bureau to say.", own=desk.settings.rules, others=", ".join(desk.settings.rules_beside)))  # fmt: skip
    key = ["rule", "measure", "stage", "verdict", "rule_set_beside", "verdict_beside"]
    sums = rows.groupby(key, as_index=False, dropna=False).agg(count=("subject_id", "size"), limit=("limit", "first"), beside=("limit_beside", "first"))  # fmt: skip
    for name in ("rule", "measure", "stage", "verdict", "verdict_beside"):
        sums[name] = [desk.code(str(value)) for value in sums[name]]
    columns = (
        Column("rule", desk.say("Rule"), "text", 1.3), Column("measure", desk.say("Measure"), "text", 2), Column("stage", desk.say("Stage"), "text", 1.3),
        Column("limit", desk.say("Limit here"), "decimal", 0.8), Column("verdict", desk.say("Verdict here"), "text", 0.9), Column("rule_set_beside", desk.say("Set beside"), "text", 1.3),
        Column("beside", desk.say("Its limit"), "decimal", 0.8), Column("verdict_beside", desk.say("Its verdict"), "text", 0.9), Column("count", desk.say("Measures"), "count", 0.8),
    )  # fmt: skip
    yield Grid(desk.say("Measures whose verdict differs between the rule sets"), columns, rows_of(sums, columns), desk.source("findings"))  # fmt: skip


def _remedies(desk: Desk) -> Grid:
    rows = desk.tables["remedies"]
    sums = rows.groupby(["cure", "unit"], as_index=False).agg(
        schools=("school_id", "nunique"),
        amount=("amount", "sum"),
        cost=("cost_yuan", lambda yuan: yuan.sum(min_count=1)),
    )
    sums = sums.sort_values(["schools", "cure"], ascending=[False, True])
    sums = sums.assign(cure=[desk.say(cure) for cure in sums["cure"]], unit=[desk.say(unit) for unit in sums["unit"]])  # fmt: skip
    columns = (
        Column("cure", desk.say("What cures it"), "text", 3.2), Column("schools", desk.say("Schools"), "count", 0.8),
        Column("amount", desk.say("Short by"), "decimal", 1.2), Column("unit", desk.say("Unit"), "text", 0.9),
        Column("cost", desk.say("Estimated cost (million yuan)"), "money", 1.1),
    )  # fmt: skip
    return Grid(desk.say("Cures of what is broken, over all schools"), columns, rows_of(sums, columns), desk.source("remedies"))  # fmt: skip


def _schools(desk: Desk, own: pd.DataFrame) -> Grid:
    """A row for every school: what is broken, and what the priced cures cost."""
    broken = own[own["verdict"] == "broken"]
    sizes = broken[broken["subject"] == "class"].groupby("school_id").size()
    others = broken[broken["subject"] != "class"].groupby("school_id").size()
    unknown = own[own["verdict"] == "unknown"].groupby("school_id").size()
    cost = desk.tables["remedies"].groupby("school_id")["cost_yuan"].apply(lambda yuan: yuan.sum(min_count=1))
    rows = desk.tables["schools"].drop_duplicates("school_id").sort_values("school_id")
    code = rows["school_id"]
    rows = rows.assign(
        name=code.map(school_names(desk.tables)).map(shown), area=rows["area_id"].map(area_names(desk)), setting=[desk.code(s) for s in rows["setting"]],
        sizes=code.map(sizes).fillna(0), others=code.map(others).fillna(0), unknown=code.map(unknown).fillna(0), cost=code.map(cost),
    )  # fmt: skip
    columns = (
        Column("name", desk.say("School"), "text", 2.6), Column("area", desk.say("Township"), "text", 1.4), Column("setting", desk.say("Setting"), "text", 0.8),
        Column("sizes", desk.say("Classes over the standard"), "count", 1.1), Column("others", desk.say("Other measures broken"), "count", 1.1),
        Column("unknown", desk.say("Not known"), "count", 0.8), Column("cost", desk.say("Estimated cost (million yuan)"), "money", 1.1),
    )  # fmt: skip
    return Grid(desk.say("What each school lacks"), columns, rows_of(rows, columns), desk.source("findings", "remedies"))  # fmt: skip
