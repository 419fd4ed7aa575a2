"""The page as one file: template, style, code, library, letters and data, and the policy that lets nothing else in."""

import base64
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from string import Template
from typing import Any

from catchment.reports.style import cut_lettering

HERE = Path(__file__).parent
PAGE, LIBRARY = HERE / "page", HERE / "maplibre"
FONT_LICENCE = HERE.parent / "fonts" / "OFL.txt"
POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {style}; img-src data: blob:; font-src data:; "
    "worker-src blob:; base-uri 'none'; form-action 'none'"
)
SIGNS = "→—–×·…+−°,.%"
"""Characters that the page itself writes."""


def html(content: Mapping[str, Any]) -> str:
    """The whole page; `content` stands in it as JSON that cannot end its own element."""
    scripts = {"library": _library(), "code": _code()}
    style = _style(content)
    policy = POLICY.format(scripts=" ".join(map(_hash, scripts.values())), style=_hash(style))
    meta = content["meta"]
    return Template((PAGE / "page.html").read_text("utf-8")).substitute(
        language=meta["locale"], policy=policy, title=_escaped(f"{meta['study']} {meta['title']}"), style=style,
        data=embedded(content), licences=_licences(), **scripts,
    )  # fmt: skip


def embedded(content: Mapping[str, Any]) -> str:
    """JSON in which no name can end the element or begin a comment: `<`, `>` and `&` are escaped."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _library() -> str:
    """MapLibre without the pointer to its source map, which is not shipped."""
    return (LIBRARY / "maplibre-gl.js").read_text("utf-8").replace("//# sourceMappingURL=maplibre-gl.js.map", "")


def _code() -> str:
    parts = [file.read_text("utf-8") for file in sorted(PAGE.glob("*.js"))]
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"


def _style(content: Mapping[str, Any]) -> str:
    own = Template((PAGE / "page.css").read_text("utf-8")).substitute(font=f"data:font/woff;base64,{_letters(content)}")
    return (LIBRARY / "maplibre-gl.css").read_text("utf-8") + own


def _letters(content: Mapping[str, Any]) -> str:
    """The map's font with the characters of the page only, so that rare ones are there on every machine."""
    from fontTools.ttLib import TTFont

    with tempfile.TemporaryDirectory() as folder:
        lettering = cut_lettering([SIGNS, *_texts(content)], Path(folder))
        packed = BytesIO()
        with TTFont(lettering.file, recalcTimestamp=False) as font:
            font.flavor = "woff"
            font.save(packed)
    return base64.b64encode(packed.getvalue()).decode()


def _texts(value: Any) -> Iterator[str]:
    """Every text within lists and mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list) and value and not isinstance(value[0], int):
        for inner in value:
            yield from _texts(inner)


def _licences() -> str:
    """What the library and the font ask to be told with them; `--` would end the comment."""
    texts = [(LIBRARY / "LICENSE.txt").read_text("utf-8"), FONT_LICENCE.read_text("utf-8")]
    return "\n\n".join(texts).replace("--", "- -")
