"""The whole flow against a real socket: repairs, failures, money, and what is never lost."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel

from summarizer import (
    Article,
    ArticleError,
    ArticleFailed,
    BudgetError,
    Evidence,
    SetupError,
    Summarizer,
    UsageError,
    repair,
    summarize,
)
from tests.support.endpoint import Answer, Endpoint, completion
from tests.test_verify import TEXT, ask, reply

ARTICLE = Article(TEXT, source="a.txt", published=date(2026, 5, 7))
GOOD = ask("Li asked Lee to wait")
BAD = ask("Li begged Lee to wait")


@pytest.fixture
def session() -> Iterator[Callable[..., Summarizer[Any]]]:
    """Make sessions that are closed when the test ends."""
    opened: list[Summarizer[Any]] = []

    def make(endpoint: Endpoint, model: str = "openai/test", **options: Any) -> Summarizer[Any]:
        opened.append(Summarizer(model, base_url=endpoint.url, **options))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def test_one_call_when_all_is_well(session: Any, endpoint: Endpoint) -> None:
    """One request; the record says where it came from and what it cost."""
    endpoint.say(reply(asks=[GOOD]))
    result = session(endpoint).summarize(ARTICLE)
    record = result.to_dict()
    assert len(endpoint.seen) == 1
    assert list(record) == ["article", "status", "summary", "problems", "provenance", "error"]
    assert record["article"] == {
        "id": ARTICLE.id, "source": "a.txt", "url": None, "title": None, "published": "2026-05-07", "language": None,
    }  # fmt: skip
    provenance = record["provenance"]
    assert (provenance["engine"], provenance["model"], provenance["model_answered"]) == (
        "openai",
        "test",
        "test-model-2026",
    )
    assert provenance["usage"] == {"input_tokens": 100, "output_tokens": 50} and provenance["attempts"] == 1
    assert provenance["cost_usd"] is None and provenance["prompt"]["version"] >= 1
    assert json.loads(result.to_json()) == record


def test_repair_asks_for_the_part_alone(session: Any, endpoint: Endpoint) -> None:
    """The second request begins as the first one, and its answer's part takes the failed one's place."""
    endpoint.say(reply(asks=[GOOD, BAD]), reply(asks=[ask("They signed an MoU", what="Li begged Lee to wait")]))
    result = session(endpoint).summarize(ARTICLE)
    first, second = (seen.body["messages"] for seen in endpoint.seen)
    assert first[0] == second[0] and second[1]["content"].startswith(first[1]["content"])
    assert len(endpoint.seen[1].raw) - len(endpoint.seen[0].raw) <= repair.MAX_NOTE
    assert [a.evidence[0].quote for a in result.summary.asks] == ["Li asked Lee to wait", "They signed an MoU"]
    assert result.problems == () and result.provenance.attempts == 2
    assert result.provenance.usage.input_tokens == 200


def test_what_stays_unsupported_is_a_problem(session: Any, endpoint: Endpoint) -> None:
    """Never in the summary, never lost; strict mode makes it a failure that keeps it too."""
    endpoint.say(reply(asks=[BAD]))
    result = session(endpoint).summarize(ARTICLE)
    assert result.summary.asks == [] and result.problems[0].value == BAD and len(endpoint.seen) == 2
    with pytest.raises(ArticleFailed) as caught:
        session(endpoint, strict=True).summarize(ARTICLE)
    assert caught.value.kind == "unsupported" and caught.value.failure.problems[0].value == BAD


@pytest.mark.parametrize("repairs", [0, 1, 3])
def test_repairs_are_bounded(session: Any, endpoint: Endpoint, repairs: int) -> None:
    """Exactly as many second questions as were allowed."""
    endpoint.say(reply(asks=[BAD]))
    session(endpoint, repairs=repairs).summarize(ARTICLE)
    assert len(endpoint.seen) == 1 + repairs


@pytest.mark.parametrize("second", [
    Answer(status=401), Answer(status=400), Answer("<html>"), Answer(completion("no JSON")), Answer(completion("[]")),
])  # fmt: skip
def test_a_failed_repair_loses_nothing(session: Any, endpoint: Endpoint, second: Answer) -> None:
    """What the first answer supported was paid for and stays; that the repair failed is said."""
    endpoint.play(Answer(completion(reply(asks=[GOOD, BAD]))), second)
    result = session(endpoint).summarize(ARTICLE)
    assert len(result.summary.asks) == 1
    assert result.problems[0].value == BAD
    assert len(result.problems) == (1 if second.body == completion("[]") else 2)


def test_an_unusable_reply_is_kept(session: Any, endpoint: Endpoint) -> None:
    """No summary, and both answers' words stand in the record of the failure."""
    endpoint.say("I would rather talk about the weather.")
    with pytest.raises(ArticleFailed) as caught:
        session(endpoint).summarize(ARTICLE)
    failure = caught.value.failure
    assert failure.error.kind == "invalid_reply" and len(endpoint.seen) == 2
    assert any("weather" in str(problem.value) for problem in failure.problems)
    assert failure.to_dict()["summary"] is None


@pytest.mark.parametrize(("answer", "requests", "kind"), [
    (Answer(completion(None, refusal="no")), 1, "refused"),
    (Answer(completion('{"over', finish="length")), 1, "truncated"),
    (Answer(completion("x", finish="content_filter")), 1, "content_filter"),
    (Answer({"error": {"code": "context_length_exceeded"}}, 400), 1, "too_long"),
    (Answer({"choices": []}), 2, "empty"),
    (Answer({"choices": None}), 2, "empty"),
    (Answer({"choices": [{"message": None}]}), 2, "empty"),
    (Answer(completion(None)), 2, "empty"),
    (Answer('{"choices": [{"mess'), 4, "broken_reply"),
    (Answer(status=500), 4, "server"),
])  # fmt: skip
def test_article_failures(
    session: Any, endpoint: Endpoint, answer: Answer, requests: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many requests as the table says, counted at the server, and the kind in the record."""
    monkeypatch.setattr("summarizer.failures.BASE", 0.001)
    endpoint.play(answer)
    with pytest.raises(ArticleFailed) as caught:
        session(endpoint).summarize(ARTICLE)
    assert (caught.value.kind, len(endpoint.seen)) == (kind, requests)
    assert caught.value.failure.provenance.attempts == requests


@pytest.mark.parametrize("answer", [
    Answer({"error": {"message": "Incorrect key sk-canary"}}, 401), Answer(status=403),
    Answer({"error": {"code": "model_not_found"}}, 404),
    Answer({"error": {"type": "insufficient_quota"}}, 429), Answer("<html>hello</html>", 200, {"content-type": "text/html"}),
    Answer(status=307, headers={"location": "http://127.0.0.1:9/elsewhere"}), Answer({"error": {"code": "insufficient_quota"}}),
])  # fmt: skip
def test_account_failures(session: Any, endpoint: Endpoint, answer: Answer) -> None:
    """One request, one line, and not a word of the provider's message, which can hold parts of the key."""
    endpoint.play(answer)
    with pytest.raises(SetupError) as caught:
        session(endpoint).summarize(ARTICLE)
    assert len(endpoint.seen) == 1
    assert "canary" not in str(caught.value) and "openai/test" in str(caught.value)


def test_nobody_listens() -> None:
    """A closed port is a failure of the connection, not a traceback."""
    with pytest.raises(ArticleFailed, match="the connection to the endpoint failed"):
        summarize(ARTICLE, model="openai/test", base_url="http://127.0.0.1:9/v1")


def test_the_deadline_bounds_an_article(session: Any, endpoint: Endpoint) -> None:
    """A server that answers too late costs the deadline and no more."""
    endpoint.play(Answer(completion(reply()), delay=5))
    with pytest.raises(ArticleFailed) as caught:
        session(endpoint, timeout=0.3).summarize(ARTICLE)
    assert caught.value.kind == "timeout" and caught.value.failure.provenance.seconds < 3


def test_the_deadline_in_a_repair_keeps_the_first_answer(session: Any, endpoint: Endpoint) -> None:
    """What was paid for before the time ran out is not lost."""
    endpoint.play(Answer(completion(reply(asks=[GOOD, BAD]))), Answer(completion(reply()), delay=5))
    result = session(endpoint, timeout=1).summarize(ARTICLE)
    assert len(result.summary.asks) == 1 and {p.kind for p in result.problems} == {"quote_not_found", "repair_failed"}


def test_budget(session: Any, endpoint: Endpoint) -> None:
    """Nothing is sent that might cost more than is left; a price that is not known refuses to start."""
    endpoint.say(reply())
    with pytest.raises(UsageError, match="has none in the price table"):
        session(endpoint, max_cost=1)
    with pytest.raises(BudgetError, match=r"may cost up to \$0\.\d+"):
        session(endpoint, "openai/gpt-6-luna", max_cost=0.0001).summarize(ARTICLE)
    assert endpoint.seen == []
    rich = session(endpoint, "openai/gpt-6-luna", max_cost=1.0).summarize(ARTICLE)
    assert rich.provenance.attempts == 1


async def test_a_budget_waits_for_what_comes_back(session: Any, endpoint: Endpoint) -> None:
    """The worst case of calls under way holds back others, and does not end a run whose money is nearly all there."""
    endpoint.say(reply())
    async with session(endpoint, "openai/gpt-6-luna", max_cost=0.03, max_output_tokens=2000) as one:
        found = [
            outcome.status async for outcome in one.abatch([Article(f"{TEXT} {i}") for i in range(24)], concurrency=24)
        ]
    assert found == ["ok"] * 24 == ["ok"] * len(endpoint.seen)


@pytest.mark.parametrize("blank", ["", " \n", "\ufeff\u200b \u00ad"])
async def test_an_article_without_text_is_not_asked_for(session: Any, endpoint: Endpoint, blank: str) -> None:
    """One of many: it fails, nobody is paid to make something up for it, and the others are done."""
    endpoint.say(reply())
    async with session(endpoint) as one:
        found = [outcome async for outcome in one.abatch([Article(blank, "b.txt"), ARTICLE])]
    assert sorted((outcome.article.source, outcome.status) for outcome in found) == [
        ("a.txt", "ok"),
        ("b.txt", "failed"),
    ]
    failed = next(outcome for outcome in found if outcome.status == "failed")
    assert (failed.error.kind, failed.provenance.attempts, len(endpoint.seen)) == ("no_text", 0, 1)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": "5"},
        {"rpm": 0},
        {"tpm": -1},
        {"max_output_tokens": 0},
        {"mode": "xx"},
        {"max_cost": float("nan")},
    ],
)
def test_options_that_cannot_work(session: Any, endpoint: Endpoint, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(options)).replace("_", ".")):
        session(endpoint, "openai/gpt-6-luna", **options)


def test_an_address_is_refused_without_its_key(endpoint: Endpoint) -> None:
    with pytest.raises(UsageError, match="ftp://x/v1") as caught:
        Summarizer("openai/x", base_url="ftp://x/v1?key=CANARY")
    assert "CANARY" not in str(caught.value)


async def _cancelled() -> AsyncIterator[Any]:
    yield Article(TEXT)
    raise asyncio.CancelledError


async def _outcomes(articles: Any, concurrency: int, into: list[str]) -> None:
    async with asyncio.timeout(20):
        async for outcome in Summarizer("builtin").abatch(articles, concurrency=concurrency):
            into.append(outcome.article.id)  # noqa: PERF401 - they must be there when it raises


@pytest.mark.parametrize(
    ("articles", "concurrency", "error"),
    [
        ([Article(TEXT)], 0, UsageError),
        ([Article(TEXT), None], 2, ArticleError),
        ([Article(TEXT), Article(None)], 2, ArticleError),  # type: ignore[arg-type]
        (_cancelled(), 2, asyncio.CancelledError),
    ],
)
async def test_a_batch_neither_hangs_nor_drops(articles: Any, concurrency: int, error: type[BaseException]) -> None:
    """What is no article, no number of slots, and a source that is itself cancelled."""
    found: list[str] = []
    with pytest.raises(error):
        await _outcomes(articles, concurrency, found)
    assert len(found) == (concurrency > 0)


async def test_no_more_articles_are_held_than_asked_for() -> None:
    """A reader that takes its time is waited for."""
    pulled: list[int] = []

    def articles() -> Iterator[Article]:
        for number in range(20):
            pulled.append(number)
            yield Article(f"{TEXT} {number}")

    reading = Summarizer("builtin").abatch(articles(), concurrency=4)
    await anext(reading)
    await asyncio.sleep(0.5)
    assert len(pulled) <= 5
    assert len([one async for one in reading]) == 19


class Brief(BaseModel):
    """A schema of a user's own."""

    line: str
    proof: list[Evidence]


@pytest.mark.parametrize("mode", ["json_schema", "tools", "json"])
def test_custom_schema_in_every_mode(session: Any, endpoint: Endpoint, mode: Any) -> None:
    """The reply is read from where the mode puts it; the schema reaches the model in each."""
    text = json.dumps({"line": "x", "proof": [{"quote": "They signed an MoU"}]})
    call = {"id": "1", "type": "function", "function": {"name": "Brief", "arguments": text}}
    endpoint.play(Answer(completion(None, tool_calls=[call]) if mode == "tools" else completion(text)))
    result = session(endpoint, schema=Brief, mode=mode).summarize(ARTICLE)
    assert result.summary.proof[0].start == TEXT.index("They signed")
    assert result.provenance.prompt.name == "any" and "proof" in endpoint.seen[0].raw.decode()


def test_two_tool_calls_are_not_silently_one(session: Any, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a model answers twice, nobody can say which is meant."""
    monkeypatch.setattr("summarizer.failures.BASE", 0.001)
    calls = [
        {"id": n, "type": "function", "function": {"name": "M", "arguments": f'{{"overview": "{n}"}}'}} for n in "ab"
    ]
    endpoint.play(Answer(completion(None, tool_calls=calls)))
    with pytest.raises(ArticleFailed) as caught:
        session(endpoint, mode="tools").summarize(ARTICLE)
    assert caught.value.kind == "invalid_reply" and len(endpoint.seen) == 2


def test_sync_api_everywhere(session: Any, endpoint: Endpoint) -> None:
    """Twice in a row, in threads at once, and inside a running event loop, as in a notebook."""
    endpoint.say(reply(asks=[GOOD]))
    one = session(endpoint)
    results: list[Any] = [one.summarize(ARTICLE), one.summarize(ARTICLE)]
    threads = [threading.Thread(target=lambda: results.append(one.summarize(ARTICLE))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def notebook() -> None:
        results.append(one.summarize(ARTICLE))
        results.append(summarize(ARTICLE, model="openai/test", base_url=endpoint.url))

    asyncio.run(notebook())
    assert len(results) == 8 and all(len(result.summary.asks) == 1 for result in results)


async def test_async_api(session: Any, endpoint: Endpoint) -> None:
    """Many articles over one session, each with its own request."""
    endpoint.say(reply(asks=[GOOD]))
    async with session(endpoint) as one:
        results = await asyncio.gather(*(one.asummarize(Article(f"{TEXT} {i}")) for i in range(10)))
    assert len({result.article.id for result in results}) == 10 == len(endpoint.seen)


async def test_cancellation_passes_through(session: Any, endpoint: Endpoint) -> None:
    """A caller that gives up is not held, and is not told that the article failed."""
    endpoint.play(Answer(completion(reply()), delay=3))
    async with session(endpoint) as one:
        task = asyncio.create_task(one.asummarize(ARTICLE))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("blank", [" \n", "\ufeff\u200b \u00ad"])
def test_empty_text_is_refused_before_anything_is_sent(session: Any, endpoint: Endpoint, blank: str) -> None:
    """Nothing to summarise costs nothing."""
    with pytest.raises(ArticleError, match="the article is empty"):
        session(endpoint).summarize(blank)
    assert endpoint.seen == []


def test_builtin_is_announced() -> None:
    """Without a model and a key the rules answer, and Python users are told as well."""
    with pytest.warns(UserWarning, match="the built-in rules answer"):
        result = summarize(TEXT)
    assert result.provenance.engine == "builtin" and result.provenance.cost_usd == 0


@pytest.mark.parametrize(
    "text",
    ["lone \ud800 surrogate They signed an MoU", "tab\tnul\x00 They signed an MoU", "🤝" * 3 + " They signed an MoU"],
)
def test_odd_characters_in_the_article(session: Any, endpoint: Endpoint, text: str) -> None:
    """Nothing in a text stops it from being sent, and offsets stay right."""
    endpoint.say(reply(asks=[ask("They signed an MoU") | {"by": ["They"], "of": []}]))
    result = session(endpoint).summarize(text)
    quote = result.summary.asks[0].evidence[0]
    assert text[quote.start : quote.end] == "They signed an MoU"
    result.to_json().encode()
