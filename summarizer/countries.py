"""Countries: which one an English text names, and by which words another language names it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

# The languages whose country names are known: those that CLDR, and the field's articles, cover best.
_LANGUAGES = ["en", "fr", "es", "de", "ru", "pt", "it", "nl", "uk", "pl", "sv", "da", "nb", "fi", "cs", "tr", "ar", "fa", "he",
              "id", "vi", "ko", "ja", "zh", "km", "hi", "th"]  # fmt: skip


@cache
def _table(name: str) -> list[list[str]]:
    text = (resources.files("summarizer") / "countries.toml").read_text(encoding="utf-8")
    return [entry.split("|") for entry in tomllib.loads(text)[name]]


@cache
def _aliases() -> dict[str, str]:
    """Every English way to write a country, as a regular expression, and the country's name."""
    entries = _table("names")
    return {alias: entry[0] for entry in entries for alias in entry}


@cache
def pattern() -> re.Pattern[str]:
    """Matches an English name or demonym of any country."""
    return re.compile(r"\b(?:" + "|".join(sorted(_aliases(), key=len, reverse=True)) + r")(?!\w)")


def named(text: str) -> str | None:
    """The first country that an English text names, in English; None if it names none."""
    match = pattern().search(text)
    return _of(match.group()) if match else None


@cache
def _of(words: str) -> str | None:
    return next((name for alias, name in _aliases().items() if re.fullmatch(alias, words)), None)


@cache
def english_forms(country: str) -> re.Pattern[str] | None:
    """Matches the English names and demonyms of one country; None for what is no known country."""
    name = _of(country)
    if name is None:
        return None
    forms = [alias for alias, known in _aliases().items() if known == name]
    return re.compile(r"\b(?:" + "|".join(forms) + r")(?!\w)")


@cache
def foreign_names(country: str) -> tuple[str, ...]:
    """The country's names in other languages, from CLDR, and its short forms; none for what is no known country."""
    from babel import Locale

    name = _of(country) or country
    english = Locale("en").territories
    code = next((code for code, known in english.items() if known == name and len(code) == 2), None)
    short = [form for entry in _table("short") if entry[0] == name for form in entry[1:]]
    full = (
        [str(Locale(language).territories.get(code, "")) for language in _LANGUAGES if language != "en"] if code else []
    )
    return tuple(dict.fromkeys(form for form in short + full if form))
