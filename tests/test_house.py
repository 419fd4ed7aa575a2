"""The house itself: imports point down, steps do not know each other, documents are fresh, words are translated."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "catchment"

# A module may import what stands below it. Model steps share tables, not each other, except where noted.
LAYERS = [
    {"__main__"},
    {"cli"},
    {"terminal"},
    {"inquiries", "plan_inquiries", "zone_inquiries"},
    {"publication", "demo"},
    {"pipeline", "new", "compare", "explain", "documents", "tracing"},
    {"runs", "reports", "study", "templates"},
    {"placing", "school_sources"},
    {"agreement", "clusters", "compliance", "construction", "drafts", "ledger"},
    {"screening", "siting", "zoning"},
    {"joining", "reach", "ways", "zone_text"},
    {"paths"},
    {
        "access",
        "assign",
        "checks",
        "remedies",
        "costs",
        "demand",
        "disclosure",
        "fca",
        "forecast",
        "isochrones",
        "quota",
        "allocation",
        "admission",
        "enclosures",
        "units",
    },
    {"ages", "apportion", "inequality", "resources", "journeys", "raking", "lottery", "read", "splitting"},
    {"births", "travel"},
    {"engines"},
    {"network"},
    {"snap"},
    {"addresses", "doors", "errors", "geo", "locale", "registry", "rules", "settings", "tables"},
]
RANK = {name: i for i, layer in enumerate(LAYERS) for name in layer}
WITHIN = {("engines", "engines"), ("read", "read"), ("reports", "reports"), ("demo", "demo"), ("checks", "checks")}
GROUND = LAYERS[-1]
ALLOWED = {("siting", "zoning"), ("read", "runs")}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("catchment."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.ImportFrom) and node.module == "catchment":
            yield from (alias.name for alias in node.names if alias.name in RANK)
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("catchment."))


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if name != "__init__":
            yield name, path


def test_every_module_has_its_place():
    assert {name for name, _ in modules()} <= set(RANK)


def test_imports_point_down():
    wrong = []
    for name, path in modules():
        for other in imports(path):
            same_room = name == other
            down = RANK[other] > RANK[name] or (name in GROUND and other in GROUND)
            if not (same_room or down or (name, other) in ALLOWED):
                wrong.append(f"{path.relative_to(PACKAGE)} imports {other}")
    assert wrong == []


def test_no_file_outgrows_its_room():
    assert [str(p) for _, p in modules() if len(p.read_text("utf-8").splitlines()) > 600] == []


def test_generated_documents_are_fresh():
    result = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_readme_is_short_and_its_links_lead_somewhere():
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / name).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / target).exists(), f"{name}: {target}"
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_formulas_named_in_docstrings_are_in_the_method():
    for _, path in modules():
        for target in re.findall(r"docs/[\w/]+\.md", path.read_text("utf-8")):
            assert (ROOT / target).exists(), f"{path.name}: {target}"


def test_the_catalogue_is_complete_and_compiled():
    """Every message a planner may see has Chinese words, and the compiled catalogue is the written one."""
    from babel.messages.extract import extract_from_dir
    from babel.messages.mofile import read_mo
    from babel.messages.pofile import read_po

    from catchment import drafts
    from catchment.documents import card, changes, county, demand_report, figures, notice_words
    from catchment.publication.listed import LISTED
    from catchment.read.forms import FORMS
    from catchment.remedies import CURES
    from catchment.reports import allocation_words, base, origin, plan, quota, share_maps
    from catchment.reports.ledger import WORDS
    from catchment.reports.web_map.words import WORDS as WEB_MAP_WORDS
    from catchment.reports.words import CODES, HEADINGS, NOTES, REASONS, ROAD_WORDS, UNITS
    from catchment.reports.zone_text import ABOUT
    from catchment.settings.study import WHY
    from catchment.templates import KINDS
    from catchment.tracing.origins import FINDINGS, ORIGINS
    from catchment.zone_text.grammar import TEMPLATES
    from catchment.zoning import clash_words
    from catchment.zoning.drawing import CLASH

    folder = PACKAGE / "locale" / "zh_CN" / "LC_MESSAGES"
    with (folder / "catchment.po").open("rb") as file:
        words = {m.id: m.string for m in read_po(file, locale="zh_CN") if m.id}
    with (folder / "catchment.mo").open("rb") as file:
        compiled = {m.id: m.string for m in read_mo(file) if m.id}
    keywords = {
        "translate": None,
        "problem": (1, 2),
        "add": (1, 2),
        "both": None,
        "phrase": None,
        "_error": None,
        "_said": None,
    }
    used = set()
    for _, _, found, _, _ in extract_from_dir(str(PACKAGE), method_map=[("**.py", "python")], keywords=keywords):
        used.update(found if isinstance(found, tuple) else (found,))
    said = {"say": None}  # what documents say
    for _, _, found, _, _ in extract_from_dir(
        str(PACKAGE / "documents"), method_map=[("**.py", "python")], keywords=said
    ):
        used.update(found if isinstance(found, tuple) else (found,))
    used |= {
        *changes.EXEMPT,
        figures.PRIVACY,
        *card.WHY.values(),
        *county.INTERVALS.values(),
        *demand_report.BASES.values(),
    }
    for told in (value for name, value in vars(notice_words).items() if name.isupper()):
        used.update(told.values() if isinstance(told, dict) else told)
    used |= {heading for page in (changes.GROUND, changes.UNITS, changes.DOORS) for _, heading, _ in page}
    used = {message for message in used if isinstance(message, str) and message}
    used |= {*CODES.values(), *HEADINGS.values(), *ROAD_WORDS.values(), *REASONS, *WORDS.values(), *NOTES, *UNITS}
    for told in ("WORDS", "SHARES", "SENTENCES", "VERDICTS", "PLANNED"):
        used |= set(getattr(allocation_words, told).values())
    used |= {
        allocation_words.LUCK,
        allocation_words.RARELY,
        allocation_words.NOTHING_TO_CLAIM,
        base.OF_ZONES,
        base.OF_OTHERS,
    }
    used |= set(WEB_MAP_WORDS.values())
    used |= {quota.NOTE, share_maps.MAP_NOTE, *(text for _, text, _ in (*quota.BANDS, *share_maps.BANDS))}
    used |= {
        plan.MAP_NOTE,
        plan.USE_NOTE,
        *plan.PLANS.values(),
        *plan.FUTURES.values(),
        *(text for _, text, _ in plan.BANDS),
    }
    used |= {*drafts.WORDS.values(), drafts.STAMP, origin.DEMONSTRATION}
    used |= {origin_of.how for made in (ORIGINS, FINDINGS) for origin_of in made.values()}
    for about, columns in LISTED.values():
        used |= {about, *(text for column in columns for text in (column.heading, column.meaning, column.unit) if text)}
    used |= {*clash_words.MESSAGES, *CLASH.values()}
    used |= {*TEMPLATES.values(), *ABOUT.values()}
    used |= {*WHY.values(), *CURES.values(), *KINDS.values(), *(title for title, _ in FORMS.values())}
    assert sorted(used - set(words)) == []
    assert sorted(m for m, text in words.items() if not text) == []
    assert compiled == words
    for message, text in words.items():
        assert set(re.findall(r"\{(\w+)", message)) == set(re.findall(r"\{(\w+)", text)), message


def test_every_section_of_the_settings_has_the_step_that_first_uses_it():
    from catchment.pipeline import FIRST_USE, NAMES
    from catchment.settings import Settings

    assert set(FIRST_USE) == set(Settings.model_fields)
    assert set(FIRST_USE.values()) <= set(NAMES)
