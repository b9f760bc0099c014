"""What is asked before a search must never hide what the search would find."""

from hypothesis import given
from hypothesis import strategies as some

from summarizer.characters import INVISIBLE, UNWRITABLE, clean, has_invisible, has_unwritable

NEAR = some.sampled_from(
    "\u00ad\u061c\u180e\u200b\u200f\u202e\u2060\u2064\u206f\ufe00\ufe0f\ufeff\U000e0001\U000e01ef\x00\t\n\x1f\x7f\x9f\ud800\udfffé不 a'"
)
TEXT = some.text(NEAR | some.characters(exclude_categories=()))


@given(TEXT)
def test_what_is_asked_first_agrees_with_the_search(text: str) -> None:
    assert has_invisible(text) == bool(INVISIBLE.search(text))
    assert has_unwritable(text) == bool(UNWRITABLE.search(text))


@given(TEXT)
def test_a_clean_text_has_neither(text: str) -> None:
    cleaned = clean(text)
    assert not INVISIBLE.search(cleaned) and not UNWRITABLE.search(cleaned)
    assert clean(cleaned) == cleaned
