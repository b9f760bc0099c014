"""The contract against a model of it, and parsers against whatever bytes there are."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from summarizer import MeetingSummary
from summarizer.engines import envelope
from summarizer.errors import CallError
from summarizer.fetch import Fetcher
from summarizer.records import Article, Reply
from summarizer.sources import Broken, Reader, Taken
from summarizer.verify import Ground, check, parse
from tests.reliability.conftest import article, asked
from tests.support.faults import Faults, completion, faults
from tests.test_environment import LOCKED

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
"""Of each fuzzed parser; CI takes a few seconds, a night takes a million."""

# What one request can meet: how it ends the article, or how many requests of this sort there are at the most.
PASSING = {"500": ("server", 4), "503": ("overloaded", 4), "reset": ("connection", 4), "brokenjson": ("broken_reply", 4),
           "nochoices": ("empty", 2), "nullcontent": ("empty", 2)}  # fmt: skip
FINAL = {
    "400context": "too_long",
    "length": "truncated",
    "filter": "content_filter",
    "refusal": "refused",
    "418": "bad_request",
}


def predicted(sequence: list[str]) -> tuple[str, int]:
    """How the article ends and after how many requests, by the contract; the last name of the sequence stays."""
    tries, requests, repairs = 0, 0, 1
    while True:
        name = sequence[min(requests, len(sequence) - 1)]
        requests += 1
        if name == "429ms20":
            continue
        if name in FINAL:
            return (FINAL[name] if repairs else "invalid_reply"), requests
        if name in PASSING:
            kind, most = PASSING[name]
            tries += 1
            if tries >= most:
                return (kind if repairs else "invalid_reply"), requests
        elif name == "prose" and repairs:
            repairs, tries = 0, 0
        else:
            return ("invalid_reply" if name == "prose" else "ok"), requests


@pytest.fixture(scope="module")
def running() -> Iterator[Faults]:
    with faults() as server:
        yield server


SEQUENCE = st.lists(st.sampled_from([*PASSING, *FINAL, "429ms20", "prose", "ok"]), min_size=1, max_size=6).filter(
    lambda names: names[-1] != "429ms20"  # an endpoint that refuses for ever stops the run, which is another test
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SEQUENCE, min_size=1, max_size=4))
def test_r57_any_faults_in_any_order(running: Faults, sequences: list[list[str]]) -> None:
    """Each article ends as its own faults say, after exactly as many requests, whatever its neighbours meet."""
    running.each.clear()
    # An answer first, so that five equal refusals are the articles' own.
    articles = [article(9), *(article(i, ",".join(names)) for i, names in enumerate(sequences))]
    found = asked(running.url(), *articles, concurrency=3)
    for i, (names, outcome) in enumerate(zip(sequences, found[1:], strict=True)):
        kind, requests = predicted(names)
        assert (outcome.error.kind if outcome.error else "ok") == kind, names
        assert running.each[str(i)] == requests == outcome.provenance.attempts, names


fuzzed = settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=EXAMPLES == 300)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
BODIES = st.one_of(
    st.binary(max_size=400),
    JSON.map(lambda data: json.dumps(data).encode()),
    JSON.map(lambda data: json.dumps({"choices": data, "usage": data, "error": data}).encode()),
    JSON.map(lambda data: json.dumps({"choices": [{"message": data, "finish_reason": data}]}).encode()),
    JSON.map(
        lambda data: json.dumps(
            {"choices": [{"message": {"content": data, "tool_calls": data, "refusal": data}}]}
        ).encode()
    ),
)


@fuzzed
@given(BODIES, st.sampled_from(["application/json", "text/html", "", "application/json; charset=utf-16"]))
def test_r58_any_bytes_as_an_answer(body: bytes, kind: str) -> None:
    """The envelope gives a reply or a CallError with a verdict, and nothing else, for whatever bytes come."""
    with contextlib.suppress(CallError):
        assert isinstance(envelope.read(body, kind), Reply)


TEXT = "Ann Lee met Bo Li on May 5. Li asked Lee to wait."
PARTS = st.fixed_dictionaries(dict.fromkeys(MeetingSummary.model_fields, JSON))


GOOD = {"by": ["Bo Li"], "of": [], "what": "wait", "response": None, "evidence": [{"quote": "Li asked Lee to wait"}]}


@fuzzed
@given(st.one_of(JSON, PARTS, PARTS.map(lambda parts: {**parts, "asks": [GOOD, parts["asks"]]})))
def test_r58_any_json_as_a_summary(data: Any) -> None:
    """Checking never raises for what a model can say, and every quote that passes stands in the article."""
    try:
        loaded = parse(json.dumps(data))
    except ValueError:
        return
    checked = check(loaded, MeetingSummary, Ground(Article(TEXT)))
    for item in checked.value.asks if checked.value else []:
        assert all(TEXT[quote.start : quote.end] == quote.quote for quote in item.evidence)


TAGS = st.sampled_from(["<rss>", "<channel>", "<item>", "<title>", "</title>", "<link>", "</item>", "<feed xmlns='http://www.w3.org/2005/Atom'>",
    "<entry>", "<![CDATA[", "]]>", "<!--", "-->", "<?xml version='1.0'?>", "&amp;", "&#0;", "\x00", "{", '"items":', "[", "]", "}", ","])  # fmt: skip
FEEDS = st.one_of(
    st.binary(max_size=300),
    st.lists(st.one_of(TAGS, st.text(max_size=12)), max_size=25).map(
        lambda parts: "<rss version='2.0'>" + "".join(parts)
    ),
    st.lists(st.one_of(TAGS, st.text(max_size=12)), max_size=25).map("".join),
    JSON.map(lambda data: json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": data})),
).map(lambda data: data if isinstance(data, bytes) else data.encode(errors="replace"))


async def read(path: Path) -> list[Any]:
    async with Fetcher() as fetcher:
        return [entry async for entry in Reader(fetcher, follow="never").read([str(path)])]


@pytest.mark.parametrize("name", ["a.xml", "a.json", "a.jsonl", "a.csv"])
@settings(fuzzed, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FEEDS)
def test_r58_any_bytes_as_a_source(tmp_path: Path, name: str, data: bytes) -> None:
    """A feed, a list or a table of whatever bytes gives articles or named breakages, and ends."""
    (tmp_path / name).write_bytes(data)
    for entry in asyncio.run(read(tmp_path / name)):
        assert isinstance(entry, Article | Broken | Taken)


@pytest.mark.parametrize("package", ["openai", "instructor", "jiter", "vcrpy", "pydantic", "httpx2"])
def test_r64_what_is_installed_is_what_was_tested(package: str) -> None:
    """Two resolvers can disagree by sixty releases; the lock decides."""
    assert version(package) == LOCKED[package]


def test_r37_the_servers_own_answer_passes() -> None:
    """What the fault server calls ok is a reply that verification accepts whole; else its tests would prove little."""
    with faults() as server:
        [outcome] = asked(server.url(), article(3))
    assert outcome.status == "ok" and not outcome.problems and completion("x")["usage"]
