"""Find a quote in an article: exactly, after one folding, with offsets into the article as it is.

The folding, the only one in the project:
- NFC (Unicode UAX #15);
- every run of white space is one space, none at the ends of the quote;
- quote marks are `"` or `'`, dashes and hyphens are `-`;
- what nobody sees (soft hyphens, zero-width characters, direction marks) is left out.

No edit distance, no case folding, no look-alikes. A quote neither begins nor ends inside a word or a number, or "10
million" would stand in "110 million". Offsets are Unicode code points of the article, the end excluded; the stored quote is
the article's own stretch. The cost is linear in the article.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from summarizer.characters import INVISIBLE, UNWRITABLE, has_invisible, has_unwritable

_SPACES = "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_ALIKE = {
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u301d\u301e\u301f\uff02", '"'),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4`\u2039\u203a\uff07", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys(_SPACES, " "),
}
_ALIKE_ASCII = {char: kept for char, kept in _ALIKE.items() if char.isascii()}
# What changes in a text of printable ASCII characters, and what does not.
_CHANGED_ASCII = (*(char for char in _ALIKE_ASCII if char.isprintable()), "  ")
_SAME_ASCII = bytes(code for code in range(0x20, 0x7F) if chr(code) not in _ALIKE_ASCII)
# Words of scripts that put spaces between words; elsewhere a quote may begin anywhere.
_SPACED = re.compile(
    r"[0-9A-Za-z\u00aa\u00b5\u00ba\u00c0-\u024f\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u05d0-\u05ea\u0620-\u06ff]"
)
_NUMBER_BEFORE = re.compile(r"\d[.,']?\Z")
_NUMBER_AFTER = re.compile(r"[.,']?\d")
# Thousands that a space divides, as in "2 500 000": a group of three digits goes on with what stands before it.
_GROUP_BEFORE = re.compile(r"(?<!\d)\d{1,3} \Z")
_GROUP = re.compile(r"\d{3}(?!\d)")
_LAST_GROUP = re.compile(r"(?<!\d)\d{1,3}\Z")
_GROUP_AFTER = re.compile(r" \d{3}(?!\d)")


_MOST = 1000
_OUTSIDE = ("", " ", ".", ",")  # what stands beside most quotes; it ends every word


class Span(NamedTuple):
    """A stretch of the article: code points, end excluded."""

    start: int
    end: int


# Where a piece begins in the folded text; its start and end in the article; whether it has the same length in both.
_Piece: TypeAlias = tuple[int, int, int, bool]


class Folded:
    """An article folded once, to find many quotes in it."""

    def __init__(self, text: str) -> None:
        self.original = text
        self.text, self._pieces = _fold_with_map(text)
        self._starts = [*map(itemgetter(0), self._pieces), len(self.text)]

    def find(self, quote: str, near: int | None = None) -> Span | None:
        """Where the quote stands: the place nearest to the offset `near`, else the first; None if nowhere."""
        places = self._places(quote)
        if near is None:
            return next(places, None)
        return min(islice(places, _MOST), key=lambda span: abs(span.start - near), default=None)

    def find_all(self, quote: str) -> list[Span]:
        """Every place where the quote stands, in order, the first thousand at the most."""
        return list(islice(self._places(quote), _MOST))

    def _places(self, quote: str) -> Iterator[Span]:
        # A text that is folded has no part that is not, but for spaces at its ends: what stands in it needs no folding.
        needle = quote.strip(" ")
        at = self.text.find(needle) if needle else -1
        if at < 0 and (needle := fold(quote)):
            at = self.text.find(needle)
        while at >= 0:
            end = at + len(needle)
            if self._begins(at) and self._ends(at, end):
                yield self._span(at, end)
            at = self.text.find(needle, at + 1)

    def nearest(self, quote: str, width: int = 300) -> str:
        """The stretch of the article, at most `width` long, that shares the longest run of words with the quote."""
        words = fold(quote).split()
        best, at = 0, -1
        for first in range(min(len(words), 100)):
            length = best + 1
            while first + length <= len(words):
                found = self.text.find(" ".join(words[first : first + length]))
                if found < 0:
                    break
                best, at, length = length, found, length + 1
        if at < 0:
            return ""
        begin = max(0, self.text.rfind(". ", max(0, at - width // 2), at) + 2 if at > width // 4 else 0)
        begin = max(begin, at - width // 2)
        return self.text[begin : begin + width].strip()

    def _span(self, start: int, end: int) -> Span:
        """Where a stretch of the folded text stands in the article; most lie within one piece."""
        number = bisect_right(self._starts, start) - 1
        folded, at, _, same_length = self._pieces[number]
        if same_length and end <= self._starts[number + 1]:
            return Span(at + start - folded, at + end - folded)
        return Span(self._piece(start)[0], self._piece(end - 1)[1])

    def _piece(self, index: int) -> tuple[int, int]:
        """Start and end in the article of the folded character at `index`."""
        folded, start, end, same_length = self._pieces[bisect_right(self._starts, index) - 1]
        return (start + index - folded, start + index - folded + 1) if same_length else (start, end)

    def _begins(self, start: int) -> bool:
        """Whether a quote may begin there: not inside a word or a number."""
        first = self.text[start]
        if first.isdigit() and (_NUMBER_BEFORE.search(self.text[max(0, start - 2) : start]) or self._in_a_group(start)):
            return False
        before = self.text[start - 1 : start]
        return before in _OUTSIDE or not (_SPACED.match(before) and _SPACED.match(first))

    def _ends(self, start: int, end: int) -> bool:
        after, last = self.text[end : end + 1], self.text[end - 1]
        if last.isdigit() and (_NUMBER_AFTER.match(self.text[end : end + 2]) or self._before_a_group(start, end)):
            return False
        if after in _OUTSIDE:
            return True
        return not unicodedata.combining(after) and not (_SPACED.match(after) and _SPACED.match(last))

    def _in_a_group(self, start: int) -> bool:
        begins = _GROUP.match(self.text, start) is not None
        return begins and _GROUP_BEFORE.search(self.text[max(0, start - 5) : start]) is not None

    def _before_a_group(self, start: int, end: int) -> bool:
        ends = _LAST_GROUP.search(self.text[max(start, end - 4) : end]) is not None
        return ends and _GROUP_AFTER.match(self.text, end) is not None


def fold(text: str) -> str:
    """The folded form of a text; see the module's first lines. Most quotes are their own."""
    if text.isascii() and text.isprintable() and not any(part in text for part in _CHANGED_ASCII):
        return text.strip(" ")
    return _fold_with_map(text)[0].strip()


def _fold_with_map(text: str) -> tuple[str, list[_Piece]]:
    """The folded text, and the pieces it is made of with their places in `text`."""
    same = _same_length(text)
    unseen, normalized = has_invisible(same), unicodedata.is_normalized("NFC", same)
    if normalized and not unseen:
        return _fold_spaces(same)
    out: list[str] = []
    pieces: list[_Piece] = []
    length = done = 0
    after_space = False
    for start, end in (match.span() for match in _pattern(unseen, normalized).finditer(same)):
        if start > done:
            out.append(same[done:start])
            pieces.append((length, done, start, True))
            length += start - done
            after_space = same[start - 1] == " "
        replaced = _replacement(same[start:end])
        if replaced and not (replaced == " " and after_space):
            out.append(replaced)
            pieces.append((length, start, end, False))
            length += len(replaced)
            after_space = replaced == " "
        done = end
    if done < len(same) or not pieces:
        out.append(same[done:])
        pieces.append((length, done, len(same), True))
    return "".join(out), pieces


def _same_length(text: str) -> str:
    """Every replacement of one character by one other; asking what occurs at all is what keeps this fast."""
    if text.isascii():
        for char in set(text.encode().translate(None, _SAME_ASCII).decode()):
            text = text.replace(char, _ALIKE.get(char, "\ufffd"))
        return text
    for char, kept in _ALIKE.items():
        if char in text:
            text = text.replace(char, kept)
    return UNWRITABLE.sub("\ufffd", text) if has_unwritable(text) else text


def _replacement(found: str) -> str:
    if not found.strip(" "):
        return " "
    visible = INVISIBLE.sub("", found)
    return " " if visible and not visible.strip(" ") else unicodedata.normalize("NFC", visible)


def _fold_spaces(text: str) -> tuple[str, list[_Piece]]:
    """A text in which only runs of spaces change their length, as in most, with one space for each; and its pieces."""
    out: list[str] = []
    pieces: list[_Piece] = []
    length = done = 0
    while (start := text.find("  ", done)) >= 0:
        end = start + 2
        while text.startswith(" ", end):
            end += 1
        out.append(text[done:start])
        pieces += ((length, done, start, True), (length + start - done, start, end, False))
        length, done = length + start - done + 1, end
    out.append(text[done:])
    return " ".join(out), [*pieces, (length, done, len(text), True)]


@cache
def _pattern(unseen: bool, normalized: bool) -> re.Pattern[str]:
    """What changes its length when folded: white space runs, invisible characters and, unless NFC already, clusters."""
    hidden = INVISIBLE.pattern
    parts = [f" (?: |{hidden})+|{hidden}+" if unseen else "  +"]
    if not normalized:
        marks = _class(char for char in map(chr, range(0x300, 0x1F000)) if unicodedata.combining(char))
        alone = _class(char for char in map(chr, range(0xA0, 0x30000)) if unicodedata.normalize("NFC", char) != char)
        # The vowels and final consonants of decomposed Hangul follow their first letter as marks do.
        parts += [f"[^ ][{marks}\u1161-\u1175\u11a8-\u11c2]+", f"[{alone}]"]
    return re.compile("|".join(parts), re.DOTALL)


def _class(chars: Iterable[str]) -> str:
    return "".join(map(re.escape, chars))
