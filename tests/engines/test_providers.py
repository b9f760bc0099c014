"""Providers that do not speak chat completions, through instructor: one of them for real, on a real socket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, computed_field

from summarizer import ArticleFailed, Evidence, SetupError, Summarizer
from tests.support.endpoint import Answer, Endpoint, serving
from tests.test_verify import TEXT, ask, reply


@pytest.fixture
def anthropic(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-canary")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", endpoint.url.removesuffix("/v1"))
    return endpoint


def message(data: dict[str, Any], tool: str = "MeetingSummary") -> Answer:
    """An answer of the messages API that calls the one tool."""
    block = {"type": "tool_use", "id": "toolu_1", "name": tool, "input": data}
    usage = {"input_tokens": 70, "output_tokens": 30}
    return Answer({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-test-2026", "content": [block],
                   "stop_reason": "tool_use", "stop_sequence": None, "usage": usage})  # fmt: skip


def test_a_summary_through_the_providers_own_api(anthropic: Endpoint) -> None:
    """Its SDK, its protocol, our verification, our record."""
    anthropic.play(message(reply(asks=[ask("Li asked Lee to wait")])))
    with Summarizer("anthropic/claude-test") as session:
        result = session.summarize(TEXT)
    assert anthropic.seen[0].path == "/v1/messages" and len(anthropic.seen) == 1
    quote = result.summary.asks[0].evidence[0]
    assert TEXT[quote.start : quote.end] == quote.quote
    assert result.provenance.engine == "anthropic" and result.provenance.model_answered == "claude-test-2026"
    assert result.provenance.usage.to_dict() == {"input_tokens": 70, "output_tokens": 30}


@pytest.mark.parametrize(
    ("status", "kind", "requests"), [(400, "bad_request", 1), (413, "too_long", 1), (500, "server", 4)]
)
def test_its_failures_are_ours(
    anthropic: Endpoint, status: int, kind: str, requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same table, and the SDK's own retries do not multiply ours."""
    monkeypatch.setattr("summarizer.failures.BASE", 0.001)
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": TEXT}}
    anthropic.play(Answer(error, status))
    with Summarizer("anthropic/claude-test") as session, pytest.raises(ArticleFailed) as caught:
        session.summarize(TEXT)
    assert (caught.value.kind, len(anthropic.seen)) == (kind, requests)
    assert TEXT not in str(caught.value)


def test_a_wrong_key_stops(anthropic: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    """Set-up, not an article's failure; neither key nor article in a log."""
    anthropic.play(Answer({"type": "error", "error": {"type": "authentication_error", "message": "x"}}, 401))
    with (
        Summarizer("anthropic/claude-test") as session,
        pytest.raises(SetupError, match="key; check ANTHROPIC_API_KEY"),
    ):
        session.summarize(TEXT)
    assert "canary" not in caplog.text and TEXT not in caplog.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_s09_its_redirects_are_not_followed(anthropic: Endpoint, host: str) -> None:
    """S09: the article does not go where an answer points."""
    with serving() as other:
        location = other.url.removesuffix("/v1").replace("127.0.0.1", host) + "/v1/messages"
        anthropic.play(Answer(status=307, headers={"location": location}))
        with Summarizer("anthropic/claude-test") as session, pytest.raises(SetupError, match="redirects elsewhere"):
            session.summarize(TEXT)
        assert other.seen == [] and len(anthropic.seen) == 1


def test_s29_its_endpoint_is_named(anthropic: Endpoint) -> None:
    """S29: who is asked is said, also where the provider's own variable chose it."""
    with Summarizer("anthropic/claude-test") as session:
        assert session.endpoint == anthropic.url.split("/")[2]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("mistral/x", "pip install mistral"),
        ("cohere/x", "pip install cohere"),
        ("nobody/x", "no provider is called 'nobody'"),
    ],
)
def test_missing_sdks(model: str, message: str) -> None:
    """Which package to install, or that there is no such provider."""
    with pytest.raises(SetupError, match=message):
        Summarizer(model)


@pytest.fixture
def keyless(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Endpoint:
    """No key, no login that an SDK might find, and an endpoint that would hear a call."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", endpoint.url.removesuffix("/v1"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return endpoint


@pytest.mark.parametrize(
    ("model", "variable"),
    [
        ("anthropic/claude-test", "ANTHROPIC_API_KEY"),
        ("deepseek/x", "DEEPSEEK_API_KEY"),
        ("openrouter/x", "OPENROUTER_API_KEY"),
        ("databricks/x", "DATABRICKS_TOKEN"),
    ],
)
def test_without_a_key_nothing_is_asked(keyless: Endpoint, model: str, variable: str) -> None:
    """Set-up, said before any call, with the variable of this provider; instructor has none of them in common."""
    with pytest.raises(SetupError, match=rf"^the model {model} needs a key: set {variable}, or run --model builtin$"):
        Summarizer(model)
    assert keyless.seen == []


def test_what_else_a_provider_wants(keyless: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is there, and instructor names what is not."""
    monkeypatch.setenv("DATABRICKS_TOKEN", "key-canary")
    with pytest.raises(SetupError, match="cannot be set up: set DATABRICKS_HOST") as caught:
        Summarizer("databricks/x")
    assert "canary" not in str(caught.value) and keyless.seen == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ANTHROPIC_AUTH_TOKEN", "token-canary"), ("ANTHROPIC_CUSTOM_HEADERS", "Authorization: Bearer token-canary")],
)
def test_other_ways_to_say_who_asks(
    keyless: Endpoint, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """What the SDK finds by itself is not refused for want of a key."""
    monkeypatch.setenv(variable, value)
    keyless.play(message(reply()))
    with Summarizer("anthropic/claude-test") as session:
        session.summarize(TEXT)
    assert keyless.seen[0].headers["authorization"] == "Bearer token-canary"


def test_a_key_that_cannot_be_one(anthropic: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for OpenAI's: no header can hold it, so no call is tried."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "“key-canary”")
    with pytest.raises(SetupError, match="ANTHROPIC_API_KEY holds characters that no key has") as caught:
        Summarizer("anthropic/claude-test")
    assert "canary" not in str(caught.value) and anthropic.seen == []


class Said(BaseModel):
    """What the reply calls otherwise than the record, and a field that code computes."""

    model_config = ConfigDict(extra="forbid")

    proof: Evidence = Field(validation_alias="theProof", serialization_alias="proven")

    @computed_field
    def length(self) -> int:
        return len(self.proof.quote)


def test_a_schema_with_aliases_and_computed_fields(anthropic: Endpoint) -> None:
    """What is checked is what the model wrote, not what the provider's client made of it."""
    anthropic.play(message({"theProof": {"quote": "They signed an MoU"}}, "Said"))
    with Summarizer("anthropic/claude-test", schema=Said) as session:
        result = session.summarize(TEXT)
    assert result.problems == () and result.summary.proof.start > 0
    assert set(result.to_dict()["summary"]) == {"proven", "length"}
