"""Beyond the quote: what an item says with its quotes must be what its quotes, and the article, can bear.

Which fields are checked is marked in the schema (`schemas/claims.py`). A quote can stand in the article and bear nothing:
when it is only a name, or a word or two, or when the words just before it turn its meaning around.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from typing import Any, NamedTuple

from pydantic import BaseModel

from summarizer import amounts, countries, negations
from summarizer.evidence import Folded, Span
from summarizer.names import Names
from summarizer.records import Article
from summarizer.schemas import Evidence
from summarizer.schemas.claims import Mark

Finding = tuple[str, str]

# Scripts without spaces: two characters count as a word.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_MIN_WORDS = 3
_AROUND = 150  # characters that tell a language
_LISTS = (list, tuple)
_STRINGS = {str}
_WORDS = re.compile(r"[\w’'-]+")
_LEAD = re.compile(r"\W*(\w[\w’'-]*\W+\w[\w’'-]*)")
_PLAIN_WORDS = re.compile(r"\w+")
_BARE = set("of the and for in at to by de la le du des et der die das und von y e i и в".split())  # noqa: SIM905


@dataclass(frozen=True)
class Ground:
    """What the claims about an article stand on: it, made ready once for the checks of all replies."""

    article: Article

    @cached_property
    def folded(self) -> Folded:
        """For finding quotes."""
        return Folded(self.article.text)

    @cached_property
    def names(self) -> Names:
        """For finding names."""
        return Names(self.article.text)


class Marks(NamedTuple):
    """The fields of a schema with each mark."""

    names: tuple[str, ...]
    claim: tuple[str, ...]
    side: tuple[str, ...]
    giver: tuple[str, ...]
    taker: tuple[str, ...]


@cache
def marks(schema: type[BaseModel]) -> Marks | None:
    """The marked fields of a schema; None where nothing is."""
    fields = schema.model_fields.items()
    wanted = {name: Mark[name.upper()] for name in Marks._fields}
    found = {which: tuple(name for name, info in fields if mark in info.metadata) for which, mark in wanted.items()}
    return Marks(**found) if any(found.values()) else None


def findings(item: BaseModel, marked: Marks, quotes: list[Evidence], ground: Ground) -> list[Finding]:
    """What is wrong with an item whose quotes were all found, as kind and message."""
    labels = _said(item, marked.names)
    missing = [label for label in labels if not ground.names.stands(label)]
    found = [("name_not_found", f"the article does not name {label!r}") for label in missing]
    if marked.giver and marked.taker:
        found += _same_party(_said(item, marked.giver), _said(item, marked.taker))
    claims = _said(item, marked.claim) if quotes else []
    if claims:
        found += _weak_quotes(quotes, labels, ground.folded)
        said = [quote.quote for quote in quotes]
        spoken = partial(_languages, quotes, ground.article.text)
        for claim in claims:
            for number in amounts.unsupported(claim, said, spoken):
                found.append(("number_not_found", f"no quote of the item says {number}"))
            if any(_denied(claim, text) for text in said) and getattr(item, "response", None) != "refused":
                found.append(("denied", f"its quote denies {claim[:40]!r}"))
    return found


def without_false_sides(item: BaseModel, marked: Marks, names: Names) -> tuple[dict[str, Any], list[Finding]]:
    """Changes that take from the item's labels the sides that the article does not name, and what was taken.

    A reader's own knowledge may well put a country behind a name; it is not the article's. The name stays.
    """
    changes: dict[str, Any] = {}
    taken: list[Finding] = []
    for name in marked.side:
        side = getattr(item, name)
        if isinstance(side, str) and not names.stands(side):
            changes[name] = None
            taken.append(("side_not_found", f"the article does not name the {name} {side!r}"))
    for name in marked.names:
        labels = getattr(item, name)
        if not isinstance(labels, list) or ")" not in str(labels):
            continue
        shorter = [(names.without_side(label) if isinstance(label, str) else None) or label for label in labels]
        if shorter != labels:
            changes[name] = shorter
            lost = [label for label, kept in zip(labels, shorter, strict=True) if label != kept]
            taken += (("side_not_found", f"the article does not name the side of {label!r}") for label in lost)
    return changes, taken


def _said(item: BaseModel, names: tuple[str, ...]) -> list[str]:
    """The texts in some fields of an item."""
    said: list[str] = []
    for name in names:
        said += _texts(getattr(item, name))
    return said


def _texts(value: Any) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, _LISTS):
        return []
    if {*map(type, value)} == _STRINGS:
        return value
    return [text for entry in value for text in _texts(entry)]


def _languages(quotes: list[Evidence], text: str) -> set[str]:
    """The languages around the quotes: a text may have parts in several."""
    around = (text[max(0, quote.start - _AROUND) : quote.end + _AROUND] for quote in quotes)
    return {language for part in around for language in countries.languages(part)}


def _same_party(givers: list[str], takers: list[str]) -> list[Finding]:
    taking = set(map(_plain, takers))
    if taking.isdisjoint(map(_plain, givers)):
        return []
    both = {_plain(label): label for label in givers if _plain(label) in taking}
    return [("same_party", f"{label!r} stands on both sides") for label in both.values()]


@lru_cache(maxsize=1024)
def _plain(label: str) -> str:
    """A label without case and surplus spaces, or its country; the parties of an article act more than once."""
    label = " ".join(label.split())
    return (countries.known(countries.without_article(label)) or label).casefold()


def _denied(claim: str, quote: str) -> bool:
    """Whether a quote denies a claim that begins with its own words: "Send boats" of "agreed not to send boats"."""
    folded = quote.casefold()
    lead = _LEAD.match(claim) if negations.may_deny(folded) else None
    place = folded.find(lead[1].casefold()) if lead else -1
    return place > 0 and negations.denies(folded[:place], folded[place : place + 20])


def _weak_quotes(quotes: list[Evidence], labels: list[str], folded: Folded) -> list[Finding]:
    """A quote that turns around what it was cut from; or not one quote that says something."""
    weak: list[Finding] = []
    for found in quotes:
        text, before = found.quote, _before(folded, found.start)
        if negations.turn(before, text[:20]):
            weak.append(("quote_cut", f"the words before {text[:40]!r} turn its meaning around"))
        if amounts.cut(before, text, folded.original[found.end : found.end + 20]):
            weak.append(("quote_cut", f"{text[:40]!r} was cut inside a number"))
    for found in quotes:
        if _bears(found.quote, labels):
            return weak
    return [*weak, ("quote_too_short", "its quotes are names or single words and say nothing")]


def turned(folded: Folded, span: Span) -> bool:
    """Whether the words before a quote, in its own clause, turn it around."""
    return negations.turn(_before(folded, span.start), folded.original[span.start : min(span.end, span.start + 20)])


def _before(folded: Folded, start: int) -> str:
    """The words before a quote on its own line; a heading above it says nothing of it, but a sentence may be wrapped."""
    text, first = folded.original, max(0, start - 60)
    line = text.rfind("\n", first, start)
    while line >= 0 and text[line + 1 : line + 2].islower():
        line = text.rfind("\n", first, line)
    return text[max(first, line + 1) : start].replace("\n", " ")


def _bears(quote: str, labels: list[str]) -> bool:
    """Whether a quote has some words, and one of them says something."""
    unspaced = 0 if quote.isascii() else len(_UNSPACED.findall(quote))
    if unspaced:
        return len(_WORDS.findall(quote)) + unspaced // 2 >= _MIN_WORDS
    capitals, known, says = quote.isupper(), " ".join(labels), False
    for number, found in enumerate(_WORDS.finditer(quote), 1):
        word = found[0]
        says = says or ((capitals or not word[0].isupper()) and word not in _BARE and not _is_among(word, known))
        if says and number >= _MIN_WORDS:
            return True
    return False


def _is_among(word: str, known: str) -> bool:
    return word in known and word in _PLAIN_WORDS.findall(known)


def merged(entries: list[Any]) -> list[Any]:
    """The entries of a list without duplicates: what claims the same twice is one entry with the quotes of both."""
    if len(entries) < 2:
        return entries
    claimed = [claim for claim in map(_claim, entries) if claim is not None]
    if len(set(claimed)) == len(claimed):
        return entries
    kept: dict[Any, Any] = {}
    for number, entry in enumerate(entries):
        claim = _claim(entry)
        key = _same(entry) if claim is not None and claimed.count(claim) > 1 else number
        kept[key] = kept[key].model_copy(update=_both_quotes(kept[key], entry)) if key in kept else entry
    return list(kept.values())


def _claim(entry: Any) -> str | None:
    """What an item claims, as far as it takes to see that two do not claim the same; None for what claims nothing."""
    marked = marks(type(entry)) if isinstance(entry, BaseModel) else None
    if marked is None or not marked.claim:
        return None
    begins = "".join(_said(entry, marked.claim))[:200]
    return "".join(begins.casefold().replace(".", "").split())[:20]


def _same(item: BaseModel) -> tuple[Any, ...]:
    """What must be equal for two items to be one: everything but the quotes, case, white space and a final period aside."""
    fields = [name for name in type(item).model_fields if not _quotes(getattr(item, name))]
    return type(item), *(
        re.sub(r"\.(?=['\"]|\Z)", "", " ".join(repr(getattr(item, name)).casefold().split())) for name in fields
    )


def _both_quotes(one: BaseModel, other: BaseModel) -> dict[str, Any]:
    both = {}
    for name in type(one).model_fields:
        old, new = _quotes(getattr(one, name)), _quotes(getattr(other, name))
        if new:
            both[name] = old + [quote for quote in new if quote not in old]
    return both


def _quotes(value: Any) -> list[Evidence]:
    return value if isinstance(value, list) and value and isinstance(value[0], Evidence) else []
