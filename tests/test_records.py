"""A record as one line: the same data back, valid UTF-8, nothing that a terminal obeys."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from summarizer import MeetingSummary, Summarizer
from summarizer.records import to_json

# Controls among them, and lone surrogates: halves that can meet no other half.
ANY_TEXT = some.text(some.characters(codec="utf-8") | some.just("\ud800"))
DATA = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**53), 2**53) | some.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
OBEYED = set(
    map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F)))
)


@given(DATA, ANY_TEXT)
def test_a_record_on_one_line_says_what_it_said(summary: Any, title: str) -> None:
    record = {"article": {"title": title}, "summary": summary}
    line = to_json(record)
    assert json.loads(line) == record
    assert line.encode() and not OBEYED & set(line)


def test_one_line_and_many_hold_the_same() -> None:
    with Summarizer("builtin") as session:
        result = session.summarize(
            "Mara Veld of Norway met Ivo Marek of Peru on 5 May 2026. Norway offered Peru help \ud800 \x9b."
        )
    assert isinstance(result.summary, MeetingSummary) and result.summary.participants
    assert json.loads(result.to_json()) == json.loads(result.to_json(indent=2)) == result.to_dict()
    assert "\n" not in result.to_json()
