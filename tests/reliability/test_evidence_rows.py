"""What counts as a quote and as a date: the rows of the bar, over the wire where a reply is needed."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer import MeetingSummary
from summarizer.evidence import Folded
from summarizer.records import Article
from summarizer.verify import Ground, check

TEXT = "Ann Lee met “Bo Li” – the minister – on May 5. Li asked Lee’s side to co­operate in the Café Noé for good."


def typed(quote: str, how: list[str]) -> str:
    """The quote as a model may type it: other quotes, dashes, spaces, composed or decomposed letters."""
    changed = quote
    for one in how:
        if one == "straight":
            changed = changed.replace("“", '"').replace("”", '"').replace("’", "'")
        elif one == "dash":
            changed = changed.replace("–", "-")
        elif one == "spaces":
            changed = changed.replace(" ", "\u00a0")
        elif one == "hyphen":
            changed = changed.replace("\u00ad", "")
        else:
            changed = unicodedata.normalize("NFD", changed)
    return changed


WORDS = [match.span() for match in re.finditer(r"\S+", TEXT)]
HOW = st.lists(st.sampled_from(["straight", "dash", "spaces", "hyphen", "nfd"]), max_size=5)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, len(WORDS) - 4), st.integers(3, 12), HOW)
def test_r43_typography_is_no_difference(first: int, count: int, how: list[str]) -> None:
    """Any words in a row are found however they are typed, at offsets that cut exactly these words."""
    start, end = WORDS[first][0], WORDS[min(first + count, len(WORDS)) - 1][1]
    found = Folded(TEXT).find(typed(TEXT[start:end], how))
    assert found is not None and TEXT[found[0] : found[1]] == TEXT[start:end]


@pytest.mark.parametrize(("old", "new"), [("o", "о"), ("a", "а"), ("e", "е"), ("A", "Α"), ("i", "і")])
def test_r44_a_letter_that_only_looks_alike(old: str, new: str) -> None:
    """One Cyrillic or Greek letter, and the quote is not the article's."""
    quote = "Ann Lee met “Bo Li”" if old == "A" else "asked Lee’s side to co­operate"
    assert Folded(TEXT).find(quote) and old in quote
    assert not Folded(TEXT).find(quote.replace(old, new, 1))


def dated(text: str, words: str, edtf: str | None, published: date | None = None) -> Any:
    article = Article(text, published=published)
    reply = {
        "overview": "They met.", "meeting": "reported", "date": {"text": words, "edtf": edtf, "basis": "explicit"},
        "other_meetings": [], "participants": [], "agreements": [], "asks": [], "offers": [],
    }  # fmt: skip
    checked = check(reply, MeetingSummary, Ground(article))
    assert checked.value is not None
    return checked.value.date


@pytest.mark.parametrize(("text", "words", "edtf", "right"), [
    ("Ann Lee met Bo Li last spring.", "on 5 May 2026", "2026-05-05", None),
    ("Ann Lee met Bo Li on 31 February 2026.", "31 February 2026", "2026-02-31", None),
    ("Ann Lee met Bo Li on 5 May.", "5 May", "2026-05-05", None),
    ("Ann Lee met Bo Li on 14 Ramadan 1447.", "14 Ramadan 1447", "2026-03-04", None),
    ("Ann Lee met Bo Li on 5 May 2026.", "5 May 2026", "2026-05-06", "2026-05-05"),
    ("Ann Lee met Bo Li yesterday.", "yesterday", "2026-05-05", None),
])  # fmt: skip
def test_r45_a_date_that_the_words_do_not_say(text: str, words: str, edtf: str, right: str | None) -> None:
    """Words that are not there, a day that does not exist, a year or calendar from elsewhere: never the model's guess."""
    found = dated(text, words, edtf)
    assert found is None or (found.edtf != edtf and found.resolved in (None, right))
