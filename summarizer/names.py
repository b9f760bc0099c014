"""Whether a name stands in an article: as it is, inflected, without its title, or as a country's other form.

A label is a name with its side in brackets, such as "Ann Lee (France)"; the name and the side must both stand in the
article. Accents, case, titles and brackets do not count; the last letters may be inflected where a language does that. The
order and the nearness of the words count: two halves of different names make no name.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

from summarizer import countries

_LABEL = re.compile(r"(?P<main>[^()]*?)\s*(?:\((?P<side>[^()]*)\))?\s*\Z")
# Words that a label may add to a name, or leave out of it.
_TITLES = frozenset(
    "mr mrs ms dr sir president minister prime foreign secretary ambassador king queen prince chancellor governor senator "  # noqa: SIM905
    "chair chairman general director the of and for to a an de la le les du des der die das und et y и of office government "
    "side delegation authorities leaders officials representatives jr sr".split()
)
_SEVERAL = re.compile(r"\s+(?:and|et|und|y|e|и)\s+(?:the )?|[,;/&]")
_SMALL = frozenset("of the and for to a an de la le les du des der die das und et y в и".split())  # noqa: SIM905
_GAP = 2  # words, small ones aside, that may stand between two words of one name: a middle name, a title


class Names:
    """An article's words, prepared once for looking up names."""

    def __init__(self, text: str) -> None:
        self._text = text

    def stands(self, label: str) -> bool:
        """Whether the label's name stands in the article, and its side, if it has one."""
        main, side = parts(label)
        return self._name(main) and (side is None or self._name(side))

    def without_side(self, label: str) -> str | None:
        """The label without its side, where the name stands in the article and the side does not; else None."""
        main, side = parts(label)
        return main if side is not None and main and self._name(main) and not self._name(side) else None

    def _name(self, name: str) -> bool:
        several = [part for part in _SEVERAL.split(name) if part.strip()]
        return self._one(name) or (len(several) > 1 and all(self._one(part) for part in several))

    def _one(self, name: str) -> bool:
        if self._country(name):
            return True
        words = [word for word in _words(name) if word not in _TITLES]
        if not words:
            return bool(_words(name)) and all(self._places(word) for word in _words(name) if word not in _SMALL)
        countries_named = [word for word in words if countries.named(word.capitalize())]
        if any(not self._country(countries.named(word.capitalize()) or "") for word in countries_named):
            return False
        places = [self._places(word) for word in words if word not in countries_named]
        if not places:
            return True
        if not _is_proper(name):
            # A description, such as "government agencies", need not be the article's own words, but two thirds of them.
            return 3 * sum(map(bool, places)) >= 2 * len(places)
        return all(places) and _near(places)

    @cached_property
    def _index(self) -> dict[str, list[int]]:
        index: dict[str, list[int]] = {}
        words = (word for word in _words(self._text) if word not in _SMALL)
        for place, word in enumerate(words):
            index.setdefault(word, []).append(place)
        return index

    @cached_property
    def _by_start(self) -> dict[str, list[str]]:
        starts: dict[str, list[str]] = {}
        for word in self._index:
            starts.setdefault(word[:3], []).append(word)
        return starts

    def _places(self, word: str) -> list[int]:
        found = list(self._index.get(word, ()))
        if len(word) > 3:
            for other in self._by_start.get(word[:3], ()):
                if other != word and _inflected(word, other):
                    found += self._index[other]
        if not found and not word.isascii() and word in _folded(self._text):
            return [0]  # a script without spaces: the words of the article are not told apart
        return found

    def _country(self, name: str) -> bool:
        forms = countries.english_forms(name.strip())
        if forms is None:
            return False
        if forms.search(self._text):
            return True
        return any(self._foreign(foreign) for foreign in countries.foreign_names(name.strip()))

    def _foreign(self, name: str) -> bool:
        """A country's name in another language, or a word of its stem: "Россия" and "российской"."""
        words = _words(name)
        if len(words) == 1 and len(words[0]) > 4:
            stem = words[0][: max(4, len(words[0]) - 2)]
            return any(word.startswith(stem) for word in self._by_start.get(stem[:3], ()))
        return all(self._places(word) for word in words) if words else False


def parts(label: str) -> tuple[str, str | None]:
    """A label's name, and what stands in brackets behind it."""
    match = _LABEL.match(label.strip())
    return (match["main"], match["side"] or None) if match else (label, None)


def _words(text: str) -> list[str]:
    """The words of a text without case and accents; "U.S." is one word, and so is a word with an apostrophe's ending."""
    return re.findall(r"\w+", re.sub(r"[’']s\b|(?<=\b\w)\.(?=\w\b)", "", _folded(text)))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    # Only the accents of Latin, Greek and Cyrillic letters are dropped; other scripts' marks are letters.
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", decomposed))


def _inflected(name: str, word: str) -> bool:
    """Whether `word` is `name` with another ending: up to three letters more, or a last vowel (Cyrillic: two letters) changed."""
    if word.startswith(name):
        return len(word) - len(name) <= 3
    stem = name[:-2] if re.search("[\u0400-\u04ff]", name) else name[:-1] if name[-1] in "aeiouy" else name
    return len(stem) >= 4 and word.startswith(stem) and abs(len(word) - len(name)) <= 2


def _is_proper(name: str) -> bool:
    """Whether the label names something: it has a capital, or its script has none."""
    return any(char.isupper() for char in name) or not any(char.islower() for char in name)


def _near(places: list[list[int]]) -> bool:
    """Whether one place of each word can be chosen so that they follow one another, or stand closely in any order."""
    return any(_follows(start, places[1:]) or _close(start, places[1:]) for start in places[0])


def _follows(place: int, rest: list[list[int]]) -> bool:
    if not rest:
        return True
    return any(0 < other - place <= _GAP + 1 and _follows(other, rest[1:]) for other in rest[0])


def _close(start: int, rest: list[list[int]]) -> bool:
    """The interior ministry is the ministry of the interior."""
    return all(any(abs(other - start) <= len(rest) for other in found) for found in rest)
