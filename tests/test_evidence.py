"""Quotes are found exactly, after one folding, with offsets into the article as it is."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer import evidence
from summarizer.evidence import Folded, fold


def found(text: str, quote: str) -> str | None:
    span = Folded(text).find(quote)
    return None if span is None else text[span.start : span.end]


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        ("He said “we’ll see” – maybe.", 'said "we\'ll see" - maybe', "said “we’ll see” – maybe"),
        ("two  words\nacross\u00a0lines", "two words across lines", "two  words\nacross\u00a0lines"),
        ("an agree\u00adment was signed", "an agreement was signed", "an agree\u00adment was signed"),
        ("zero\u200bwidth marks", "zerowidth marks", "zero\u200bwidth marks"),
        (unicodedata.normalize("NFD", "le café fermé"), "le café fermé", unicodedata.normalize("NFD", "le café fermé")),
        ("le café fermé", unicodedata.normalize("NFD", "le café fermé"), "le café fermé"),
        ("双方签署了谅解备忘录。", "签署了谅解备忘录", "签署了谅解备忘录"),
        ("ប្រទេសកម្ពុជា និងអូស្ត្រាលី", "និងអូស្ត្រាលី", "និងអូស្ត្រាលី"),
        ("وقال الوزير إنه مستعد للتعاون", "إنه مستعد للتعاون", "إنه مستعد للتعاون"),
        ("Стороны подписали соглашение", "подписали соглашение", "подписали соглашение"),
        (
            unicodedata.normalize("NFD", "한국은 지원을 약속했다"),
            "지원을 약속했다",
            unicodedata.normalize("NFD", "지원을 약속했다"),
        ),
        ("a 🤝 handshake 👩‍👩‍👧 here", "a 🤝 handshake 👩‍👩‍👧", "a 🤝 handshake 👩‍👩‍👧"),
        ("The \u212bngstr\u00f6m unit", "The Ångström unit", "The \u212bngstr\u00f6m unit"),
        ("text", "  text  ", "text"),
    ],
)
def test_found(text: str, quote: str, expected: str) -> None:
    """Typography may differ; what is stored is the article's own stretch."""
    assert found(text, quote) == expected


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("offer 110 million dollars", "10 million dollars"),
        ("offer 50 million dollars", "50 millions dollars"),
        ("offer 1,500 tons", "500 tons"),
        ("a rise of 2.55 percent", "a rise of 2.5"),
        ("was prepared to offer", "was not prepared to offer"),
        ("They signed an MoU", "They refused an MoU"),
        ("They signed an MoU", "they signed an MoU"),
        ("They signed a deal", "They signed а deal"),  # a Cyrillic letter
        ("reunited nations", "united nations"),
        ("one. Two sentences apart, three", "one. three"),
        ("a cafe\u0302 here", "a cafe"),
        ("some text", ""),
        ("some text", " \u200b "),
        ("", "quote"),
    ],
)
def test_not_found(text: str, quote: str) -> None:
    """No word, number, letter or case may differ, and no quote stands inside a longer word or number."""
    assert found(text, quote) is None


def test_nearest_occurrence() -> None:
    """A quote that stands twice is taken where the item's other evidence is."""
    text = "They agreed. " + "x " * 50 + "They agreed. The end."
    spans = Folded(text).find_all("They agreed")
    assert len(spans) == 2
    assert Folded(text).find("They agreed", near=110) == spans[1]
    assert Folded(text).find("They agreed") == spans[0]


def test_nearest_stretch() -> None:
    """For the re-ask: the place that shares the longest run of words."""
    text = "Nothing here. Australia was prepared to offer 50 million dollars in support. More text follows here."
    near = Folded(text).nearest("Australia was prepared to offer 10 million dollars", 80)
    assert "offer 50 million" in near and len(near) <= 80
    assert Folded(text).nearest("キツネ") == ""


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=200)
NOISE = {" ": [" ", "\u00a0", "  ", "\n", "\t "], "'": ["'", "’", "‘"], '"': ['"', "“", "”"], "-": ["-", "–", "—"]}


@given(WORDS, st.data())
def test_any_stretch_is_found_under_typographic_noise(text: str, data: st.DataObject) -> None:
    """Whatever the script: a stretch between word boundaries, typed differently, is found and says the same."""
    words = text.split(" ")
    start = data.draw(st.integers(0, len(words) - 1))
    quote = " ".join(words[start : data.draw(st.integers(start + 1, len(words)))])
    noisy = "".join(data.draw(st.sampled_from(NOISE.get(char, [char]))) for char in quote)
    noisy = unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), noisy)
    folded = Folded(f"before {text} after")
    if not fold(noisy) or unicodedata.combining(fold(noisy)[0]):
        return
    span = folded.find(noisy)
    assert span is not None
    assert fold(folded.original[span.start : span.end]) == fold(noisy)


@given(
    st.lists(
        st.sampled_from(
            ["agreed", "signed", "offered", "5", "50", "not", "will", "Kang", "Cambodia", "million", "help"]
        ),
        min_size=4,
        max_size=30,
    ),
    st.data(),
)
def test_a_changed_word_or_digit_is_not_found(words: list[str], data: st.DataObject) -> None:
    """Any one word changed to one that the article does not have is refused."""
    index = data.draw(st.integers(0, len(words) - 1))
    changed = [*words[:index], data.draw(st.sampled_from(["7", "500", "never", "refused"])), *words[index + 1 :]]
    assert Folded(" ".join(words)).find(" ".join(changed)) is None


def test_offsets_are_code_points() -> None:
    """Astral characters count as one each, as Python counts them."""
    text = "🤝🤝 They agreed to meet."
    span = Folded(text).find("They agreed")
    assert span == (3, 14)


def test_the_short_way_to_fold_is_the_long_one() -> None:
    """A text that is its own folding is not taken apart; whatever ASCII characters it has, the result is the same."""
    chosen = random.Random(1)
    for _ in range(5000):
        text = "".join(map(chr, chosen.choices([32, 32, 97, 98, *range(128)], k=chosen.randint(0, 12))))
        assert fold(text) == evidence._fold_with_map(text)[0].strip(), repr(text)
