"""Defects that a user or reviewer found, each with the fact that would have caught it."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field, RootModel, field_validator

from summarizer import (
    Article,
    ArticleError,
    ArticleFailed,
    Evidence,
    SchemaError,
    Summarizer,
    repair,
    schema,
    summarize,
    verify,
)
from summarizer.article import from_bytes
from tests.support.endpoint import Answer, Endpoint, completion
from tests.test_verify import ARTICLE, TEXT, ask, check, leaf, reply


@dataclasses.dataclass
class Proven:
    """A dataclass of a user's own that holds a quote."""

    proof: Evidence


class Holders(BaseModel):
    """Quotes in every container that Pydantic knows."""

    some: set[Evidence] = set()
    frozen: frozenset[Evidence] = frozenset()
    classes: list[Proven] = []
    one: Evidence | None = None


@pytest.mark.parametrize("field", ["some", "frozen", "classes", "one"])
def test_quotes_in_any_container_are_verified(field: str) -> None:
    """A set, a dataclass or an optional field does not hide an invented quote."""
    for quote, found in (("Li asked Lee to wait", True), ("Li asked Lee to go", False)):
        one: Any = {"quote": quote}
        data = {field: one if field == "one" else [{"proof": one}] if field == "classes" else [one]}
        checked = check(data, Holders)
        held = getattr(checked.value, field)
        assert bool(held) is found and bool(checked.faults) is not found
        if found:
            quotes = [held] if field == "one" else [getattr(entry, "proof", entry) for entry in held]
            assert all(TEXT[q.start : q.end] == q.quote for q in quotes)


class Section(BaseModel):
    """A part with items of its own."""

    title: str
    promises: list[Any] = []


class Deep(BaseModel):
    """Items two levels down."""

    sections: list[Section]


def test_a_repair_keeps_the_good_neighbours_of_a_deep_item() -> None:
    """Of a section with a good and a bad promise only the bad one is replaced."""
    data = {"sections": [{"title": "a", "promises": [leaf("They signed an MoU"), leaf("never said so")]}]}

    faults = [verify.Fault(("sections", 0, "promises", 1), "quote_not_found", "no")]
    checked: verify.Checked[Any] = verify.Checked(None, data, faults)
    answer = {"sections": [{"title": "a", "promises": [leaf("Ann Lee met Bo Li")]}]}
    merged = repair.merge(checked, answer)
    assert [p["proof"]["quote"] for p in merged["sections"][0]["promises"]] == [
        "They signed an MoU",
        "Ann Lee met Bo Li",
    ]


def test_a_repair_that_claims_something_else_does_not_hide_the_first_claim() -> None:
    """The new item is taken for what it is; the one that was asked about stays a problem."""
    data = reply(asks=[ask("Ann offered ten million dollars", what="ten million dollars of emergency aid")])
    merged = repair.merge(check(data), reply(asks=[ask("They signed an MoU", what="signature under a memorandum")]))
    checked = check(merged)
    assert [a.evidence[0].quote for a in checked.value.asks] == ["They signed an MoU"]
    assert checked.faults[0].value["what"] == "ten million dollars of emergency aid"


def test_a_repair_that_answers_with_everything_doubles_nothing() -> None:
    """A model that gives the whole object again is understood place by place."""
    data = reply(asks=[ask("Li asked Lee to wait"), ask("Li begged Lee to wait"), ask("They signed an MoU")])
    whole = reply(
        asks=[
            ask("Li asked Lee to wait"),
            ask("Ann Lee met Bo Li", what="Li begged Lee to wait"),
            ask("They signed an MoU"),
        ]
    )
    checked = check(repair.merge(check(data), whole))
    assert len(checked.value.asks) == 3 and checked.faults == []


def session(endpoint: Endpoint, **options: Any) -> Summarizer[Any]:
    return Summarizer(options.pop("model", "openai/test"), base_url=endpoint.url, **options)


def test_strict_keeps_what_was_confirmed(endpoint: Endpoint) -> None:
    """A failure by --strict holds the whole reply."""
    endpoint.say(reply(asks=[ask("Li asked Lee to wait"), ask("Li begged Lee to wait")]))
    with session(endpoint, strict=True) as one, pytest.raises(ArticleFailed) as caught:
        one.summarize(ARTICLE)
    assert "Li asked Lee to wait" in json.dumps(caught.value.failure.to_dict())


@pytest.mark.parametrize(("second", "kept"), [
    (Answer(completion("I will not say this again")), "I will not say this again"), (Answer(completion(None, refusal="I refuse")), "I refuse"),
    (Answer(completion('{"overview": "cut', finish="length")), '{"overview": "cut'),
])  # fmt: skip
def test_a_failed_repairs_words_are_kept(endpoint: Endpoint, second: Answer, kept: str) -> None:
    """They were paid for."""
    endpoint.play(Answer(completion(reply(asks=[ask("Li begged Lee to wait")]))), second)
    with session(endpoint) as one:
        result = one.summarize(ARTICLE)
    assert kept in [problem.value for problem in result.problems]


@pytest.mark.parametrize(("message", "finish", "mode"), [
    ({"content": '{"over'}, "content_filter", "json_schema"),
    ({"content": None, "tool_calls": [{"function": {"name": "x", "arguments": '{"over'}}]}, "length", "tools"),
])  # fmt: skip
def test_partial_replies_are_kept(endpoint: Endpoint, message: dict[str, Any], finish: str, mode: Any) -> None:
    """Whatever ended them."""
    endpoint.play(
        Answer(
            {
                "choices": [{"message": message, "finish_reason": finish}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1},
            }
        )
    )
    with session(endpoint, mode=mode) as one, pytest.raises(ArticleFailed) as caught:
        one.summarize(ARTICLE)
    assert caught.value.failure.problems[0].value == '{"over'


@pytest.mark.parametrize("message", [
    {"content": [{"type": "text", "text": json.dumps(reply())}]},
    {"content": None, "tool_calls": [{"function": {"name": "x", "arguments": reply()}}]},
])  # fmt: skip
def test_other_servers_shapes_are_read(endpoint: Endpoint, message: dict[str, Any]) -> None:
    """Content in parts, arguments as an object."""
    endpoint.play(Answer({"choices": [{"message": message, "finish_reason": "stop"}]}))
    with session(endpoint) as one:
        assert one.summarize(ARTICLE).summary.meeting == "reported"
    assert len(endpoint.seen) == 1


@pytest.mark.parametrize("calls", [[{"function": None}], [None], [{}], [3]])
def test_odd_tool_calls_are_no_traceback(endpoint: Endpoint, calls: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of failure, as any other."""
    monkeypatch.setattr("summarizer.failures.BASE", 0.001)
    endpoint.play(Answer({"choices": [{"message": {"content": None, "tool_calls": calls}, "finish_reason": "stop"}]}))
    with session(endpoint) as one, pytest.raises(ArticleFailed) as caught:
        one.summarize(ARTICLE)
    assert caught.value.kind == "empty"


class Raising(BaseModel):
    """A validator with a bug."""

    name: str

    @field_validator("name")
    @classmethod
    def odd(cls, value: str) -> str:
        raise KeyError(value)


def test_a_users_validator_that_raises(endpoint: Endpoint) -> None:
    """The article fails with the reply in its record; nothing crashes."""
    endpoint.say({"name": "x"})
    with session(endpoint, schema=Raising) as one, pytest.raises(ArticleFailed) as caught:
        one.summarize(ARTICLE)
    assert any(problem.value == {"name": "x"} for problem in caught.value.failure.problems)


@pytest.mark.parametrize(
    "usage", [{}, None, {"prompt_tokens": 1.5, "completion_tokens": 2}, {"prompt_tokens": "9", "completion_tokens": 1}]
)
def test_unknown_usage_is_not_free(endpoint: Endpoint, usage: Any) -> None:
    """R40: the cost is unknown, and a budget keeps the worst case reserved."""
    endpoint.play(Answer({**completion(reply()), "usage": usage}))
    with session(endpoint, model="openai/gpt-6-luna", max_cost=0.02, max_output_tokens=8000) as one:
        assert one.summarize(ARTICLE).provenance.cost_usd is None
        budget = one.flow.budget
    assert budget is not None and budget.spent > 0.004


def test_one_session_in_two_loops_pays_once_each(endpoint: Endpoint) -> None:
    """A second event loop gets connections of its own; nothing is retried for that."""
    endpoint.say(reply())
    code = (
        "import asyncio, sys\nfrom summarizer import Summarizer\none = Summarizer('openai/test', base_url=sys.argv[1])\n"
        "print([asyncio.run(one.asummarize('They met.')).provenance.attempts for _ in range(2)], one.summarize('They met.').provenance.attempts)"
    )
    ran = subprocess.run([sys.executable, "-c", code, endpoint.url], capture_output=True, text=True, check=False)
    assert ran.stdout == "[1, 1] 1\n" and len(endpoint.seen) == 3, ran.stderr


def child(queue: Any) -> None:
    queue.put(summarize(TEXT, model="builtin").status)


def test_after_a_fork() -> None:
    """A forked child has a loop of its own."""
    summarize(TEXT, model="builtin")
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    assert queue.get(timeout=30) == "ok"
    process.join(timeout=30)


def test_prompt_files_are_read_anew(tmp_path: Path, endpoint: Endpoint) -> None:
    """An edited file counts from the next session on."""
    endpoint.say(reply())
    path = tmp_path / "p.md"
    for version in (1, 2):
        path.write_text(
            f"---\nschema: meeting\nversion: {version}\ndescription: d\n---\n\n# System\n\nDo.\n\n# Article\n\n$text\n"
        )
        with session(endpoint, prompt=path) as one:
            assert one.summarize(ARTICLE).provenance.prompt.version == version


class Described(BaseModel):
    """A described reference, as users write one."""

    proof: Evidence = Field(description="the best one")


class Node(BaseModel):
    """Refers to itself."""

    name: str
    below: list[Node] = []


def test_sent_schemas_are_objects_without_sibling_references() -> None:
    """Nothing stands beside a reference; a recursive root is the object itself; another root is refused."""
    sent = schema.sent(Described)["properties"]["proof"]
    assert sent == {"anyOf": [{"$ref": "#/$defs/Evidence"}], "description": "the best one"}
    assert schema.sent(Node)["type"] == "object" and "$ref" not in schema.sent(Node)
    with pytest.raises(SchemaError, match="root of a schema must be an object"):
        schema.sent(RootModel[list[str]])


@pytest.mark.parametrize("wrong", [None, 3, b"bytes"])
def test_what_is_no_article_is_said(wrong: Any) -> None:
    """A SummarizerError, not an AttributeError."""
    with pytest.raises(ArticleError, match="a text or an Article"):
        summarize(wrong, model="builtin")
    assert Article("x", published="2026-03-19").published.year == 2026  # type: ignore[union-attr]


@pytest.mark.parametrize(("data", "name", "expected"), [
    ("\ufeff<html><body><article><p>" + "They met today in the town. " * 9 + "</p></article></body></html>", "-", "They met"),
    (b'<?xml version="1.0" encoding="windows-1251"?><html><body><article><p>' + ("Они встретились. " * 20).encode("cp1251") + b"</p></article></body></html>", "a.html", "Они"),
    (b'<meta charset="windows-1251"><p>' + ("Они встретились в городе. " * 20).encode("cp1251") + b"</p>", "a.html", "Они"),
    (b'<html><head><meta charset="iso-8859-1"></head><body><article><p>\x93They met.\x94 ' + b"They talked in town. " * 20 + b"</p></article></body></html>", "a.html", "“They met.”"),
])  # fmt: skip
def test_pages_as_they_are_found(data: str | bytes, name: str, expected: str) -> None:
    """With a byte order mark, with a charset in the XML line or the first tag, with Windows quote marks in "Latin-1"."""
    found = from_bytes(data.encode() if isinstance(data, str) else data, name)
    assert expected in found.text and "<" not in found.text


@pytest.mark.parametrize("data", [b"x" * 5000 + b"\0" + b"x", "\u200b\u2060".encode()])
def test_late_zero_bytes_and_invisible_files(data: bytes) -> None:
    """Binary, or empty: no article."""
    with pytest.raises(ArticleError, match=r"binary|empty"):
        from_bytes(data, "a.txt")


@pytest.mark.parametrize(("args", "environ", "words"), [
    (["--model", "openai/x", "--base-url", "http://[::1"], {}, "--base-url is an http or https address"),
    (["--model", "openai/x"], {"OPENAI_API_KEY": "“key”"}, "typographic quotes"),
    (["--model", "openai/gpt-6-luna", "--max-cost", "nan"], {}, "is no amount of money"),
])  # fmt: skip
def test_set_up_mistakes_are_one_line(args: list[str], environ: dict[str, str], words: str, tmp_path: Path) -> None:
    """No traceback for what a user can mend."""
    (tmp_path / "a.txt").write_text(TEXT)
    env = {"PATH": os.environ["PATH"], "PYTHONUTF8": "1", **environ}
    ran = subprocess.run(
        [sys.executable, "-m", "summarizer", str(tmp_path / "a.txt"), *args],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    assert ran.returncode in (2, 3) and words in ran.stderr and "Traceback" not in ran.stderr


def test_outputs_that_cannot_be_written(tmp_path: Path) -> None:
    """A full device, a closed input, and a terminal that knows ASCII only."""
    (tmp_path / "a.txt").write_text(TEXT)
    command = f"{sys.executable} -m summarizer {tmp_path / 'a.txt'} --model builtin"
    for line in (
        f"{command} >/dev/full",
        f"{sys.executable} -m summarizer - --model builtin <&-",
        f"PYTHONIOENCODING=ascii {command} --format table",
    ):
        ran = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
        assert "Traceback" not in ran.stderr, (line, ran.stderr)


def test_format_from_the_environment(tmp_path: Path) -> None:
    """Every option has the variable that the contract names."""
    (tmp_path / "a.txt").write_text(TEXT)
    env = {"PATH": os.environ["PATH"], "SUMMARIZER_SUMMARIZE_FORMAT": "md"}
    ran = subprocess.run(
        [sys.executable, "-m", "summarizer", str(tmp_path / "a.txt"), "--model", "builtin"],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    assert ran.stdout.startswith("# ")


def test_nan_is_no_json() -> None:
    """A record is JSON that every parser takes."""
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic_core's own words
        verify.parse('{"a": NaN}')
