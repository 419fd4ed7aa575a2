"""What leaves the bureau: new files from a run, counts protected, everything else left out (docs/method/disclosure.md)."""

import json
from collections import Counter
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from catchment.disclosure import Release, Rule, protect
from catchment.drafts import draft_reasons
from catchment.errors import InputError, problem
from catchment.publication.audit import audit
from catchment.publication.counts import gather_counts
from catchment.publication.earlier import compare_with_earlier
from catchment.publication.files import write_files
from catchment.publication.listed import REPORTS
from catchment.publication.tables import listed_tables, tables_for_reports
from catchment.registry import load_all
from catchment.reports import Progress, report
from catchment.reports.origin import data_date, origin_words, warnings_of
from catchment.runs import Run, file_hash, written_whole
from catchment.settings import Settings, settings_hash

MANIFEST = "publication.json"


def publish_public(
    settings: Settings, found: Run, place: Path, *, earlier: Sequence[Path] = (), progress: Progress
) -> dict[str, Any]:
    """Write the publication of a run into a folder, whole or not at all, and return its manifest.

    Raises InputError if the folder holds something else, or if an earlier publication (one that stood there too)
    and this one together give small counts away.
    """
    refuse_other_folders(place)
    tables, rule = found.tables, Rule(settings.publication.hide_below, settings.publication.round_to)
    release = protect(gather_counts(tables, settings), rule)
    listed, date = listed_tables(tables, settings, release), data_date(settings, tables)
    before = [*earlier, *([place] if (place / MANIFEST).exists() else [])]
    problems = [each for folder in before for each in compare_with_earlier(folder, tables, listed, settings, date)]
    if problems:
        raise InputError(problems)
    for_reports = tables_for_reports(tables, settings, release)
    run = str(found.manifest["run"])
    with written_whole(place) as fresh:
        remark = " - ".join([settings.study.name, origin_words(settings, date, run), *warnings_of(settings, tables)])
        write_files(listed, for_reports, settings, fresh, run=run, remark=remark)
        load_all("catchment.reports")
        for name in (name for name in REPORTS if name in set(report)):
            report[name](settings, for_reports, fresh, run=run, progress=progress)
        audit(fresh)
        manifest = manifest_of(settings, found, release, date, fresh)
        (fresh / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return manifest


def refuse_other_folders(place: Path) -> None:
    """A publication replaces an earlier one, never anything else."""
    if place.exists() and not (place / MANIFEST).is_file() and (not place.is_dir() or any(place.iterdir())):
        what, remedy = (
            "{folder} holds something that is no publication",
            "name a new folder, or one that `catchment publish --to` wrote",
        )
        raise InputError(problem(what, remedy, folder=place))


def manifest_of(settings: Settings, found: Run, release: Release, date: str, folder: Path) -> dict[str, Any]:
    """What was published, by which rule, how much was withheld (numbers only), and the hash of every file."""
    how = settings.publication
    kinds = [str(key[0]) for key in release.figures.keys]
    hidden, primary = (
        Counter(k for k, out in zip(kinds, flags, strict=True) if out) for flags in (release.hidden, release.primary)
    )
    return {
        "study": settings.study.name,
        "run": found.manifest["run"],
        "settings": settings_hash(settings),
        "data_date": date,
        "catchment": metadata.version("catchment"),
        "demonstration": settings.study.demonstration,
        "draft": [reason.text("en") for reason in draft_reasons(settings, found.tables)],
        "rule": {
            "hide_below": how.hide_below, "round_to": how.round_to, "moved_less_than": release.reach, "least_schools": how.least_schools,
            "zones_withheld": len(how.withhold),
        },
        "counts": {
            kind: {"all": count, "withheld_by_rule": primary[kind], "withheld_beside": hidden[kind] - primary[kind]}
            for kind, count in sorted(Counter(kinds).items())
        },
        "files": {
            file.relative_to(folder).as_posix(): file_hash(file) for file in sorted(folder.rglob("*")) if file.is_file()
        },
    }  # fmt: skip


__all__ = ["MANIFEST", "publish_public"]
