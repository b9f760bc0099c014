"""Countries: which one an English text names, and by which words another language names it."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from itertools import chain
from typing import NamedTuple

_ARTICLE = re.compile(r"\A(?:[Tt]he |[Ll](?:[ae]s?|os) |[Ll]['’]|[Ee]l |[Dd](?:ie|e[rnm]|as) )(?=[^\W\d_])")


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
    return re.compile(spelled())


def spelled(text: str | None = None) -> str:
    """The pattern of any country's English name or demonym; with a text, of those alone whose first words it has."""
    aliases = sorted(_aliases(), key=len, reverse=True)
    held = aliases if text is None else [alias for alias in aliases if re.split(r"\W", alias, maxsplit=1)[0] in text]
    return r"\b(?:" + ("|".join(held) or "(?!)") + r")(?!\w)"


def named(text: str) -> str | None:
    """The first country that an English text names, in English; None if it names none."""
    match = pattern().search(text)
    return known(match.group()) if match else None


def known(words: str) -> str | None:
    """The country that some English words are a name or an adjective of."""
    return _written_out().get(words)


@cache
def _written_out() -> dict[str, str]:
    """Every English way to write a country, letter by letter, and the country: looked up, where a pattern would be tried."""
    return {alias.replace("[’']", mark).replace("\\", ""): name for alias, name in _aliases().items() for mark in "’'"}


def adjective(word: str) -> str | None:
    """The country whose adjective or inhabitant a word is, such as "Australian"; None for its plain name."""
    name = known(word)
    return name if name is not None and word != name and not word.isupper() else None


class Foreign(NamedTuple):
    """A country's name in another language, and the names there of other countries that may be taken for it."""

    name: str
    rivals: tuple[str, ...]


class Forms(NamedTuple):
    """The ways to write one country or body: in English, and in the languages of an article.

    `longer` are other countries' English names that this one is a part of: South Sudan is not Sudan.
    """

    english: re.Pattern[str]
    foreign: tuple[Foreign, ...]
    longer: re.Pattern[str] | None = None


@lru_cache(maxsize=4096)
def forms(name: str, languages: tuple[str, ...]) -> Forms | None:
    """The forms of a country or a well-known body in English and some languages; None for what is neither.

    An article before it is not part of it: "the United States".
    """
    return _forms(name, languages) or (_forms(bare, languages) if (bare := without_article(name)) != name else None)


def without_article(name: str) -> str:
    """A name without the article before it, in the languages whose countries have one."""
    return _ARTICLE.sub("", name)


def _forms(name: str, languages: tuple[str, ...]) -> Forms | None:
    body = next((entry for entry in _table("bodies") if name in entry), None)
    if body is not None:
        return Forms(re.compile("|".join(map(_short, body))), ())
    country = known(name)
    code = _code(country or name)
    if country is None and code is None:
        return None
    english = _written(country) or [re.escape(name)]
    longer = _longer(english, [other for other, of in _all_names() if of != (country or name)])
    short = [form for entry in _table("short") if entry[0] == country for form in entry[1:]]
    pattern = "|".join([_alone(alias, longer) for alias in english] + [_short(form) for form in short])
    return Forms(
        re.compile(pattern),
        tuple(_foreign(code, country, languages)) if code else (),
        _any(longer),
    )


@lru_cache(maxsize=4096)
def longer(name: str) -> re.Pattern[str] | None:
    """Matches the English names that a country's name is a part of, as far as the table has them: no library is loaded."""
    country = known(name)
    if country is None:
        return None
    others = [alias for alias, of in _aliases().items() if of != country] + _table("no_countries")[0]
    return _any(_longer(_written(country), others))


def _written(country: str | None) -> list[str]:
    return [alias for alias, of in _aliases().items() if of == country]


def _longer(aliases: list[str], others: list[str]) -> list[str]:
    return [other for other in others if any(alias in other and _parts(alias, other) for alias in aliases)]


def _any(names: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(names), re.IGNORECASE) if names else None


@cache
def _all_names() -> list[tuple[str, str]]:
    """English names, as regular expressions, beside their countries: also of what is none, such as an ocean."""
    from babel import Locale

    territories = [name for code, name in Locale("en").territories.items() if code.isalpha()]
    other = [(re.escape(name).replace(r"\ ", " "), known(name) or name) for name in territories]
    return [*_aliases().items(), *other, *((name, "") for name in _table("no_countries")[0])]


@cache
def _parts(alias: str, other: str) -> tuple[str, str] | None:
    """What stands before and behind a name within a longer one; None where it is no part of it."""
    found = re.fullmatch(rf"(.*[ -])?{re.escape(alias)}(\\?[ -].*)?", other)
    return None if found is None or alias == other else (found[1] or "", found[2] or "")


def _alone(alias: str, longer: list[str]) -> str:
    """The pattern of an English name, or its plural, where it is no part of a longer one."""
    parts = [found for found in (_parts(alias, other) for other in longer) if found]
    before = "".join(dict.fromkeys(f"(?<!{before})" for before, after in parts if not after))
    after = "".join(dict.fromkeys(f"(?!{after})" for _, after in parts if after))
    return rf"\b{before}{alias}s?(?!\w){after}"


def _short(form: str) -> str:
    """The pattern of a form in any language; "*" is any ending, and the words of unspaced scripts stand inside others."""
    words = re.escape(form).replace(r"\*", r"\w*")
    if re.search("[\u3040-\u9fff]", form):
        return words + ("(?![面式针向案法便])" if form.endswith("方") else "")  # 法方 is France, and not in 立法方面
    joined = "[وفبلك]{0,2}" if re.search("[\u0600-\u06ff]", form) else ""
    return rf"(?<![\w-]){joined}{words}(?!\w)" if "*" not in form else rf"(?<![\w-]){joined}(?i:{words})"


@lru_cache(maxsize=4096)
def _code(name: str) -> str | None:
    return next((_codes()[one] for one in (name, *_written(name)) if one in _codes()), None)


@cache
def _codes() -> dict[str, str]:
    """The codes of territories by their English names."""
    from babel import Locale

    return {name: code for code, name in Locale("en").territories.items() if len(code) == 2}


def _foreign(code: str, country: str | None, languages: tuple[str, ...]) -> Iterator[Foreign]:
    """A name in each of the languages, of which the text is in one: none of their other names may be taken for it."""
    from babel import Locale

    tables = [Locale(language).territories for language in languages]
    others = [str(name) for names in tables for other, name in names.items() if other != code and other.isalpha()]
    forms = [form.rstrip("*") for entry in _table("short") if entry[0] != country for form in entry[1:]]
    rivals = (*others, *forms, *_table("ordinary")[0])
    return (Foreign(str(names[code]), rivals) for names in tables if code in names)


@cache
def abroad(word: str) -> str | None:
    """The country, in English, that one word of another language names or is the adjective of: "Россия", "российской".

    By its first letters: adjectives keep five of a long name, or four of a short one; the longest common beginning wins.
    """
    best, least = None, 0
    for name, country in _foreign_names():
        common = _common_beginning(word.casefold(), name)
        if common > least and common >= (5 if len(name) > 6 else 4):
            best, least = country, common
    return best


def _common_beginning(one: str, other: str) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


@cache
def _foreign_names() -> list[tuple[str, str]]:
    """Every country's name in the languages whose adjectives begin like it, beside its English name."""
    from babel import Locale

    english = Locale("en").territories
    of = {code: known(name) for code, name in english.items() if len(code) == 2 and code.isalpha()}
    names = ((code, Locale(language).territories.get(code, "")) for language in _ADJECTIVES for code in of)
    return [(str(name).casefold(), country) for code, name in names if (country := of[code]) and len(name) >= 4]


_ADJECTIVES = ("ru", "uk", "fr", "es", "de", "it", "pt")


def languages(text: str) -> tuple[str, ...]:
    """The languages that a text may be in: by its script, or by its most frequent small words; none where it has none."""
    sample = text[:5000].lower()
    for letters, found in () if sample.isascii() else _SCRIPTS.items():
        if len(re.findall(letters, sample)) * 3 > len(re.findall(r"[^\W\d_]", sample)):
            return found
    seen = [_SMALL_WORDS_OF[word] for word in sample.split() if word in _SMALL_WORDS_OF]
    if not seen:
        return ()
    counts = Counter(chain.from_iterable(seen))
    return (max(_SMALL_WORDS, key=counts.__getitem__),)


_SCRIPTS = {
    "[\u0400-\u04ff]": ("ru", "uk"), "[\u0600-\u06ff]": ("ar", "fa"), "[\u0590-\u05ff]": ("he",), "[\u0900-\u097f]": ("hi",),
    "[\u0e00-\u0e7f]": ("th",), "[\u1780-\u17ff]": ("km",), "[\uac00-\ud7af]": ("ko",), "[\u3040-\u30ff]": ("ja",),
    "[\u4e00-\u9fff]": ("zh", "ja"),
}  # fmt: skip
_SMALL_WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the of and to in that for on with was is by a at from will has",
        "fr": "le la les de des et une en que dans pour du est au à",
        "es": "el la los las de en y a que una por con para del se al",
        "de": "der die das und den mit von ist im zu dem des",
        "pt": "o os as a e de em que uma por com para do da dos das no na não ao",
        "it": "il la gli le e a in di che una per con del della al dei è",
        "nl": "de het een van en dat met voor op is", "pl": "i w z na do że się jest przez oraz",
        "sv": "och att en som på är av för med",
        "da": "og at en som på er af for med den", "nb": "og at en som på er av for med den", "fi": "ja on ei että se oli",
        "cs": "a v na se že je s z do", "tr": "ve bir bu için ile", "id": "dan yang di untuk dengan", "vi": "và của là trong",
    }.items()
}  # fmt: skip
_SMALL_WORDS_OF = {
    word: [language for language, small in _SMALL_WORDS.items() if word in small]
    for word in frozenset().union(*_SMALL_WORDS.values())
}
