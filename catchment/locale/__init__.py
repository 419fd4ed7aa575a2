"""Chinese and English words for everything that a planner sees (gettext; English is the message id)."""

import gettext
import os
from functools import lru_cache
from pathlib import Path

LANGUAGES = {"en": "en", "zh": "zh_CN"}
FOLDER = Path(__file__).parent


@lru_cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The words of a language ("zh", "en"); English needs no catalogue."""
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation("catchment", FOLDER, languages=[LANGUAGES[language]])


def translate(message: str, language: str) -> str:
    """A message id in the words of a language."""
    return catalogue(language).gettext(message) if message else ""


def language_of_user() -> str:
    """The language of the terminal: Chinese when the locale says so, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "zh" if os.environ[name].lower().startswith("zh") else "en"
    return "en"
