"""The rules: what they must get right, and what they must say when they cannot."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from summarizer import Article, ArticleFailed, SchemaError, Summarizer, summarize
from tests.conftest import ROOT


def rules(text: str, published: date | None = None) -> Any:
    return summarize(Article(text, published=published), model="builtin").summary


def test_the_example() -> None:
    """People with their offices, the day, the acts and their quotes."""
    text = (ROOT / "examples" / "harbour-talks.txt").read_text()
    result = rules(text, date(2026, 3, 19))
    assert [(p.name, p.country, p.present) for p in result.participants] == [
        ("Mara Veld", "Veldania", True),
        ("Tomas Reker", "Oster", True),
    ]
    assert result.date.resolved == "2026-03-17"  # the weekday of the text, not the dateline's day
    assert len(result.agreements) == 2 and len(result.offers) == 1
    assert result.offers[0].condition == "if the talks resume on time"
    assert any("release the crew" in a.what and a.of == ["Oster"] for a in result.asks)
    for item in (*result.agreements, *result.asks, *result.offers):
        for quote in item.evidence:
            assert text[quote.start : quote.end] == quote.quote


def test_the_users_article(corpus: Path) -> None:
    """The main items of the article that the user gave."""
    text = (corpus / "00-seed.txt").read_text()
    result = rules(text)
    assert {p.name for p in result.participants} == {"Pablo Kang", "Sar Kheng"}
    assert (result.date.text, result.date.edtf, result.date.resolved) == ("October 13", "XXXX-10-13", None)
    assert any(
        "memorandum of understanding" in a.evidence[0].quote and a.status == "existing" for a in result.agreements
    )
    assert any("drug crime" in a.evidence[0].quote and a.of == ["Australia"] for a in result.asks)
    assert any("additional support" in o.evidence[0].quote and o.by == ["Australia"] for o in result.offers)
    assert rules(text, date(2022, 10, 14)).date.resolved == "2022-10-13"


@pytest.mark.parametrize(
    "text",
    [
        "Minister Ann Lee met President Bo Li of France. Lee did not offer any money to France.",
        "Minister Ann Lee met President Bo Li of France. Lee refused to promise help.",
        "Minister Ann Lee met President Bo Li of France. Li hoped that this work would help the region.",
        "Minister Ann Lee met President Bo Li of France. Lee agreed with Li that peace is good.",
        "The tower was built in 1889. It is 34 metres high and the museum was open.",
    ],
)
def test_what_is_no_act(text: str) -> None:
    """Negation, refusal, a hope for an outcome and a shared view make no item."""
    result = rules(text)
    assert not result.offers and not result.agreements and not result.asks


def test_other_languages_and_schemas_are_refused() -> None:
    """It says that it knows English only, and that it fills one schema."""
    with pytest.raises(ArticleFailed, match="English only") as caught:
        rules("La ministre a reçu lundi le président du conseil pour une séance de travail sur le port.")
    assert caught.value.kind == "language"

    class Mine(BaseModel):
        a: str

    with (
        pytest.raises(SchemaError, match="MeetingSummary only, not Mine"),
        Summarizer("builtin", schema=Mine) as session,
    ):
        session.summarize("Some text in English, of the kind.")


def test_same_answer_every_time() -> None:
    """Rules are deterministic, also in another process with another hash seed."""
    text = (ROOT / "examples" / "rail-link.txt").read_text()
    assert rules(text).model_dump() == rules(text).model_dump()


@pytest.mark.parametrize(
    "text", ["A" * 50_000, "He said. " * 5_000, "Mr. the " * 3_000, "the President of " * 3_000, "-" * 50_000]
)
def test_no_text_takes_for_ever(text: str) -> None:
    """Regular expressions that backtrack would hang here; the bound is generous because machines are slow."""
    start = time.monotonic()
    rules("The text is this. " + text)
    assert time.monotonic() - start < 20


def test_small() -> None:
    """The rules and their words stay within 500 lines."""
    folder = ROOT / "summarizer" / "engines"
    assert sum(len(path.read_text().splitlines()) for path in folder.glob("builtin.*")) <= 500
