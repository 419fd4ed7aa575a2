"""What `catchment notice` and `catchment report` write: each document as PDF and as Word file, and what goes with it."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from catchment.documents.card import card_of
from catchment.documents.change_words import ChangedGround
from catchment.documents.changes import change_notice, changes_of, present_told, write_mail_merge
from catchment.documents.compliance_report import compliance_report
from catchment.documents.demand_report import demand_report
from catchment.documents.notice import content_of, maps_of
from catchment.documents.notice_sections import notice_document, template_of
from catchment.documents.notice_tables import stages_of
from catchment.documents.origin import Desk
from catchment.documents.parts import Document
from catchment.documents.pdf import write_pdf
from catchment.documents.plan_report import plan_report
from catchment.documents.points import points_annex
from catchment.documents.scopes import Scopes
from catchment.documents.word import write_word
from catchment.documents.word_template import fill_template
from catchment.errors import InputError, problem
from catchment.reports.changed_zones import changed_zones
from catchment.reports.school_pages import school_pages
from catchment.reports.words import TEXT_FINDINGS
from catchment.zone_text import Proof, write_texts

TEMPLATE = "notice_template.docx"
KINDS = ("plan", "demand", "compliance")


def scopes_of(desk: Desk) -> Scopes:
    """The words of the zones and what the proof says of them: the run's, or written anew for another language."""
    tables = dict(desk.tables)
    if desk.language != desk.origin.language:
        tables |= write_texts(tables, desk.settings, desk.language)
    left = Proof(tables["zone_text_proof"], tables["zone_texts"]).left(desk.settings.zone_text.tolerance_children)
    faults = tuple(f"{desk.say(TEXT_FINDINGS[row.kind])}: {row.message}" for row in left.itertuples())
    return Scopes(tables["zone_texts"], tables["zone_text_points"], faults)


def write_notice(desk: Desk, study: Path, folder: Path, scopes: Scopes) -> tuple[list[Path], tuple[str, ...]]:
    """The admission notice and its annexes, the maps and the numbered points; returns the files and the points still open.

    study: folder that the bureau's own template is named from.
    """
    content = content_of(desk, scopes)
    document = notice_document(content, desk, stages_of(desk.tables))
    files = [write_pdf(document, folder / "notice.pdf")]
    if own := desk.settings.documents.notice_template:
        files.append(fill_template(study / own, content, folder / "notice.docx", desk.language))
    else:
        files.append(write_word(document, folder / "notice.docx"))
    annexes = (maps_of(desk, stage) for stage in stages_of(desk.tables))
    files += [write_pdf(annex, folder / f"{annex.stem}.pdf") for annex in annexes if annex]
    if len(scopes.points):
        files.append(write_pdf(points_annex(desk, scopes), folder / "notice_points.pdf"))
    return files, content.lists["points"]


def write_changes(desk: Desk, folder: Path, last: pd.DataFrame | None = None) -> list[Path]:
    """The change notice and its mail-merge table; nothing where the present zones are not known.

    last: table `zones` of an earlier run, taken for the present zones.
    """
    if last is None and not present_told(desk.tables):
        return []
    ground = ChangedGround(desk, changes_of(desk.tables, last))
    maps = changed_zones(desk.settings, desk.tables, ground.grounds, folder, desk.origin.run)
    book = write_mail_merge(ground, folder / "changes.xlsx")
    return [*_both(change_notice(ground, folder), folder), book, *maps]


def write_card(desk: Desk, folder: Path, place: str) -> list[Path]:
    """The card of a planning unit or a cell."""
    return _both(card_of(desk, place), folder)


def write_reports(
    desk: Desk, folder: Path, kinds: tuple[str, ...], backtest: pd.DataFrame | None = None
) -> Iterator[Path]:
    """The reports named; of the compliance report also the pages of the schools.

    Raises InputError if the plan is asked for by itself and there is none.
    """
    planned = not desk.tables["plan_totals"].empty
    if kinds == ("plan",) and not planned:
        what, remedy = "there is no plan to report", "give sources.projects and plan.budget_yuan"
        raise InputError(problem(what, remedy, where="study.toml"))
    if "plan" in kinds and planned:
        yield from _both(plan_report(desk), folder)
    if "demand" in kinds:
        yield from _both(demand_report(desk, backtest), folder)
    if "compliance" in kinds:
        yield from _both(compliance_report(desk), folder)
        yield school_pages(desk.settings, desk.tables, folder / "schools.pdf", run=desk.origin.run)


def write_template(folder: Path, language: str) -> Path:
    """The Word template of the notice, to be changed and named in documents.notice_template."""
    return write_word(template_of(language), folder / TEMPLATE)


def _both(document: Document, folder: Path) -> list[Path]:
    return [
        write_pdf(document, folder / f"{document.stem}.pdf"),
        write_word(document, folder / f"{document.stem}.docx"),
    ]
