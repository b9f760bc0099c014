"""Whole articles through the whole flow, against recorded replies."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from summarizer import ArticleFailed, Summarizer
from summarizer.article import read

pytestmark = pytest.mark.vcr
HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"


def example(name: str, published: date | None = None) -> Any:
    return read(str(EXAMPLES / name), published=published)


def quotes(result: Any) -> list[Any]:
    summary = result.summary
    return [quote for item in (*summary.agreements, *summary.asks, *summary.offers) for quote in item.evidence]


async def summarised(session: Summarizer[Any], article: Any) -> Any:
    async with session:
        result = await session.asummarize(article)
    for quote in quotes(result) if hasattr(result.summary, "asks") else []:
        assert article.text[quote.start : quote.end] == quote.quote
    return result


async def test_plain_success(session: Any) -> None:
    """One call, every item on its quote, the weekday resolved against the publication date."""
    result = await summarised(session(), example("harbour-talks.txt", date(2026, 3, 19)))
    assert {p.name for p in result.summary.participants} >= {"Mara Veld", "Tomas Reker"}
    assert result.summary.date.resolved == "2026-03-17"
    assert result.summary.agreements and result.summary.asks and result.summary.offers
    assert result.provenance.attempts == 1 and result.problems == ()
    assert result.provenance.cost_usd is None or result.provenance.cost_usd > 0


async def test_french_article(session: Any) -> None:
    """Quotes stay French, what the model writes itself is English."""
    result = await summarised(session(), example("port-de-lissange.txt", date(2026, 5, 12)))
    assert result.summary.meeting == "reported"
    assert any("s'engage" in q.quote or "engag" in q.quote for q in quotes(result))
    assert result.summary.date.resolved == "2026-05-11"


async def test_nothing_to_find(session: Any) -> None:
    """An article without a meeting gives empty lists, which is a right answer."""
    result = await summarised(session(), example("lighthouse-paint.txt", date(2026, 6, 2)))
    assert result.summary.meeting == "none" and result.summary.date is None
    assert not result.summary.agreements and not result.summary.offers


async def test_tools_mode(session: Any) -> None:
    """A server that knows only tool calls gives the same record."""
    result = await summarised(session(mode="tools"), example("harbour-talks.txt", date(2026, 3, 19)))
    assert {p.name for p in result.summary.participants} >= {"Mara Veld", "Tomas Reker"}
    assert quotes(result)


async def test_custom_schema_and_prompt(session: Any) -> None:
    """Any Pydantic model is a schema; its nested evidence is verified all the same."""
    options = {"schema": f"{HERE / 'brief.py'}:Brief", "prompt": HERE / "brief.md"}
    article = example("harbour-talks.txt", date(2026, 3, 19))
    result = await summarised(session(**options), article)
    assert result.summary.promises
    for promise in result.summary.promises:
        assert article.text[promise.proof.start : promise.proof.end] == promise.proof.quote


@pytest.mark.scripted
async def test_bad_quote_is_asked_again(session: Any) -> None:
    """A quote that the article does not have is asked for again, alone, and the corrected one is taken."""
    result = await summarised(session(), example("rail-link.txt", date(2026, 9, 9)))
    assert result.provenance.attempts == 2
    assert result.problems == ()
    assert quotes(result)


@pytest.mark.scripted
async def test_invalid_reply_is_asked_again(session: Any) -> None:
    """A part that does not fit the schema is asked for again; usage counts both answers."""
    result = await summarised(session(), example("rail-link.txt", date(2026, 9, 10)))
    assert result.provenance.attempts == 2
    assert result.problems == ()


@pytest.mark.scripted
async def test_refusal(session: Any) -> None:
    """A refusal ends after one call and keeps the model's words."""
    with pytest.raises(ArticleFailed) as caught:
        await summarised(session(), example("rail-link.txt", date(2026, 9, 11)))
    assert caught.value.kind == "refused"
    assert caught.value.failure.provenance.attempts == 1
    assert caught.value.failure.problems[0].value


async def test_truncated_reply(session: Any) -> None:
    """A reply that is cut off is no summary; what was paid for is kept."""
    with pytest.raises(ArticleFailed) as caught:
        await summarised(session(max_output_tokens=60), example("harbour-talks.txt", date(2026, 3, 19)))
    assert caught.value.kind == "truncated"
    assert caught.value.failure.provenance.usage.output_tokens > 0
    assert caught.value.failure.problems[0].value
