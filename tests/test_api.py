"""What callers of the Python API may pass, and what they are told otherwise."""

from __future__ import annotations

import pickle
import warnings
from datetime import date
from functools import partial
from typing import Any, assert_type

import pytest
from pydantic import BaseModel

from summarizer import (
    Article,
    ArticleError,
    Evidence,
    Failure,
    MeetingSummary,
    Result,
    Summarizer,
    SummarizerError,
    UsageError,
    summarize,
)
from tests.test_verify import TEXT


@pytest.mark.parametrize(
    "options",
    [
        {"repairs": -1},
        {"repairs": 1.5},
        {"repairs": True},
        {"max_wait": -1},
        {"max_wait": "5"},
        {"max_wait": float("nan")},
        {"max_output_tokens": 10.5},
        {"max_cost": "x"},
        {"max_cost": 0},
        {"max_cost": -1},
    ],
)
def test_numbers_that_cannot_work(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(options))} is a "):
        Summarizer("builtin", **options)


@pytest.mark.parametrize("options", [{"model": 3}, {"base_url": 3}, {"strict": "no"}, {"strict": 1}])
def test_options_of_another_type(options: dict[str, Any]) -> None:
    """In one line, whichever way they are given; a word such as "no" would be taken for a yes."""
    name, value = next(iter(options.items()))
    for ask in (partial(Summarizer, **options), partial(summarize, TEXT, **options)):
        with pytest.raises(UsageError, match=rf"{name} is .*, not {value!r}"):
            ask()


def test_nothing_may_be_repaired_and_nothing_waited_for() -> None:
    assert Summarizer("builtin", repairs=0, max_wait=0).summarize(TEXT).status == "ok"


@pytest.mark.parametrize(
    "parts", [{"published": 3}, {"title": 3}, {"url": b"http://x"}, {"language": ["en"]}, {"source": None}]
)
def test_what_no_part_of_an_article_can_be(parts: dict[str, Any]) -> None:
    """Named before anything is asked."""
    with pytest.raises(ArticleError, match=f"the {next(iter(parts))} of an article is a"):
        summarize(Article(TEXT, **parts), model="builtin")


def test_a_day_as_a_text() -> None:
    """A feed's moment is a day too; what is none is named."""
    assert Article(TEXT, published="2026-03-19T23:30:00Z").published == date(2026, 3, 19)
    for text in ("yesterday", "2026-03-19/21", "2026-03-19x10"):
        # Every error that is raised on purpose is a SummarizerError; who expects Python's own is served as well.
        with pytest.raises(SummarizerError, match=f"such as 2026-03-19, not '{text}'") as caught:
            Article(TEXT, published=text)
        assert isinstance(pickle.loads(pickle.dumps(caught.value)), ArticleError)
        with pytest.raises(ValueError, match=f"such as 2026-03-19, not '{text}'"):
            Article(TEXT, published=text)


@pytest.mark.parametrize("articles", [TEXT, Article(TEXT)])
async def test_one_article_is_no_batch(articles: Any) -> None:
    """A text would be taken for as many articles as it has letters."""
    with pytest.raises(UsageError, match="several articles, not one"):
        await anext(Summarizer("builtin").abatch(articles))


async def test_nothing_is_no_batch() -> None:
    nothing: Any = None
    with pytest.raises(UsageError, match="several articles, such as a list of them, not NoneType"):
        await anext(Summarizer("builtin").abatch(nothing))


async def test_rules_that_nobody_asked_for() -> None:
    """Announced for one article, with the place that asked; refused for many."""
    session = Summarizer()
    assert session.choice.is_fallback
    for ask in (session.summarize, summarize):
        with pytest.warns(UserWarning, match="no model was named.*built-in rules answer") as caught:
            ask(TEXT)
        assert [warning.filename for warning in caught] == [__file__]
    with pytest.warns(UserWarning, match="no model was named.*built-in rules answer") as caught:
        result = await session.asummarize(TEXT)
    assert [warning.filename for warning in caught] == [__file__] and result.provenance.engine == "builtin"
    with pytest.raises(UsageError, match=r"no model was named.*name a model"):
        await anext(session.abatch([Article(TEXT)]))


def test_rules_that_somebody_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name or in the environment: nothing to announce."""
    with warnings.catch_warnings(action="error"):
        summarize(TEXT, model="builtin")
        monkeypatch.setenv("SUMMARIZER_MODEL", "builtin")
        assert summarize(TEXT).provenance.engine == Summarizer().summarize(TEXT).provenance.engine == "builtin"


class Brief(BaseModel):
    headline: str
    proof: list[Evidence]


async def test_types_are_what_callers_get() -> None:
    """Checked by mypy and pyright: what works when it runs is accepted, and a schema's own type comes back."""
    unsent = Summarizer("builtin", schema=Brief)
    assert_type(unsent, Summarizer[Brief])
    assert_type(Summarizer("builtin", schema=None), Summarizer[MeetingSummary])
    assert_type(Summarizer("builtin", schema="meeting"), Summarizer[MeetingSummary])
    assert_type(Summarizer("builtin", schema="tests.test_api:" + Brief.__name__), Summarizer[Any])
    assert_type(summarize(TEXT, model="builtin", schema=None), Result[MeetingSummary])
    assert_type(summarize(TEXT, model="builtin", schema="meeting"), Result[MeetingSummary])
    dated = Article(TEXT, published="2026-03-19")
    assert_type(dated.published, date | None)
    outcomes = Summarizer("builtin").abatch([dated])
    assert_type(await anext(outcomes), Result[MeetingSummary] | Failure)
    await outcomes.aclose()
    assert dated.published == date(2026, 3, 19)
