"""What the built-in rules read with: their vocabulary and sentences."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from summarizer import dates

LONGEST = 2000
"""Code points of a sentence that is read as one."""

TELLING = 12
"""So many words have some of English's most frequent among them, if they are English; a headline may have none."""

# Small words of languages that are often written without an accent; none is English, or stands in names.
_FOREIGN = frozenset((
    "und", "das", "ist", "mit", "auf", "nicht", "eine", "dem", "sich", "les", "une", "est", "dans", "avec", "sur",
    "aux", "los", "las", "una", "por", "sus", "il", "gli", "della", "che", "uma", "pelo", "het", "een", "voor", "niet", "och",
    "att", "som", "nie", "jest", "oraz", "bir", "ile", "yang", "dengan", "untuk",
))  # fmt: skip


@cache
def words() -> dict[str, Any]:
    """The vocabulary, builtin.toml."""
    return tomllib.loads((resources.files("summarizer.engines") / "builtin.toml").read_text(encoding="utf-8"))


def source(section: str, name: str) -> str:
    """One entry of the vocabulary as a regular expression, to be part of another."""
    entry = words()[section][name]
    return entry if isinstance(entry, str) else "|".join(entry)


@cache
def pattern(section: str, name: str) -> re.Pattern[str]:
    """One entry of the vocabulary as a pattern."""
    return re.compile(source(section, name))


def has(section: str, name: str, text: str) -> bool:
    """Whether an entry of the vocabulary stands somewhere in the text."""
    return bool(pattern(section, name).search(text))


@cache
def listed(*names: str, section: str = "actors") -> frozenset[str]:
    """Plain words of the vocabulary, for looking up."""
    return frozenset(word for name in names for word in words()[section][name])


def sentences(text: str) -> Iterator[str]:
    """The sentences of each line; a list entry is one. Each is a stretch of the text as it stands."""
    shortened = re.compile(rf"\b(?:{'|'.join(re.escape(word) for word in words()['people']['abbreviation'])})\Z")
    end = re.compile(
        r"(?<!\b[A-Z])(?:(?<=[\w)”\"’'%])(?<![A-Z])|(?<=[A-Z]{2}))[.!?][”\"’]?(?=\s+[“\"‘']?[^\Wa-z]|[A-Z][a-z])"
    )
    for line in text.splitlines():
        dateline = dates.DATELINE.match(line)
        done = dateline.end() if dateline else 0
        for match in end.finditer(line):
            if not shortened.search(line, max(done, match.start() - 8), match.start()):
                if match.end() - done <= LONGEST:
                    yield line[done : match.end()].strip()
                done = match.end()
        # Nobody writes such a sentence; patterns that look back and forth in one would take time with its square.
        yield from (
            part.strip() for part in re.findall(rf"(?s).{{1,{LONGEST}}}(?:\s|\Z)|\S+", line[done:]) if part.strip()
        )


def stop(clause: str) -> str:
    """A clause without the stop at its end."""
    return clause.strip().rstrip(".!?;:,–— ")


def is_english(text: str) -> bool:
    """At least one word in eight is one of English's most frequent; or there are too few to tell, and none is foreign."""
    found = re.findall(r"\w+", text[:20_000])
    known = listed("english", section="language")
    if sum(word.lower() in known for word in found) * 8 >= len(found):
        return len(found) > 0
    return len(found) < TELLING and any(word.isascii() for word in found) and not any(map(_is_foreign, found))


def _is_foreign(word: str) -> bool:
    """Whether no English text has the word; what is capitalised may be a name in one."""
    return not word[0].isupper() and (not word.isascii() or word in _FOREIGN)
