"""`retry` asks whom the store was filled by, and leaves the store as it is where it cannot ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from summarizer.store import Store
from tests.batch.runs import answering, rows, run, write
from tests.support.endpoint import Answer, Endpoint, serving

KEY = {"OPENAI_API_KEY": "sk-test1234567890"}
TOO_LONG = Answer(status=413)


@pytest.fixture
def other() -> Iterator[Endpoint]:
    """Another company."""
    with serving() as endpoint:
        yield endpoint


def filled(tmp_path: Path, endpoint: Endpoint, *options: object, model: str | None = "openai/x", **env: str) -> Path:
    """A store whose two articles failed."""
    endpoint.play(TOO_LONG)
    out = tmp_path / "o.store"
    assert run("batch", write(tmp_path / "a.jsonl", 2), "-o", out, *options, model=model, env=env).returncode == 1
    endpoint.seen.clear()
    endpoint.behaviour = answering()
    return out


def test_a_model_that_the_environment_named(endpoint: Endpoint, other: Endpoint, tmp_path: Path) -> None:
    """The variable is gone, or names another model: the articles are done by the one that failed."""
    out = filled(tmp_path, endpoint, "--base-url", endpoint.url, model=None, SUMMARIZER_MODEL="local/x")
    ran = run("retry", out, env={"SUMMARIZER_MODEL": "local/y"})
    assert ran.returncode == 0 and rows(out) == [("ok", None, 2, 2)], ran.stderr
    assert {seen.body["model"] for seen in endpoint.seen} == {"x"}


def test_an_endpoint_that_the_environment_named(endpoint: Endpoint, other: Endpoint, tmp_path: Path) -> None:
    """The variable is gone, or names another one: who was asked before is named, and nobody gets the key unasked."""
    out = filled(tmp_path, endpoint, **KEY, OPENAI_BASE_URL=endpoint.url)
    for env in (KEY, {**KEY, "OPENAI_BASE_URL": other.url}):
        ran = run("retry", out, env=env)
        assert ran.returncode == 2 and f"the store names the endpoint {endpoint.url}" in ran.stderr
    assert rows(out) == [("failed", "too_long", 2, 2)] and not other.seen and not endpoint.seen
    assert run("retry", out, env={**KEY, "OPENAI_BASE_URL": endpoint.url}).returncode == 0 and len(endpoint.seen) == 2


def test_an_endpoint_that_nobody_named(endpoint: Endpoint, other: Endpoint, tmp_path: Path) -> None:
    """The provider's own was asked, and the environment names another one by now."""
    out = filled(tmp_path, endpoint, "--base-url", endpoint.url)
    with Store(out) as store:
        store.remember("run", {**store.setting("run"), "base_url": None, "endpoint": "api.openai.com"})
    ran = run("retry", out, env={**KEY, "OPENAI_BASE_URL": other.url})
    host = other.url.split("/")[2]
    assert ran.returncode == 2 and f"filled by api.openai.com, and the environment now leads to {host}" in ran.stderr
    assert rows(out) == [("failed", "too_long", 2, 2)] and not other.seen
    assert run("retry", out, "--base-url", endpoint.url).returncode == 0


def test_a_store_that_does_not_say_whom_it_asked(endpoint: Endpoint, tmp_path: Path) -> None:
    """As those before this version: the options as they were given."""
    out = filled(tmp_path, endpoint, "--base-url", endpoint.url)
    with Store(out) as store:
        known = store.setting("run")
        assert known.pop("endpoint") in endpoint.url
        store.remember("run", known)
    assert run("retry", out).returncode == 0 and rows(out) == [("ok", None, 2, 2)]


def test_a_name_of_this_machine_is_no_address_to_confirm(tmp_path: Path) -> None:
    """What follows from the model's name is not kept as if it had been said."""
    from summarizer.cli.batch import _remembered, session_for

    options = {
        "model": "ollama/x", "base_url": None, "prompt": None, "schema": None, "mode": "json_schema", "strict": False, "repairs": 1,
        "timeout": 9.0, "max_output_tokens": 9, "rpm": None, "tpm": None, "max_wait": 9.0, "max_cost": None,
    }  # fmt: skip
    known = _remembered(options, session_for(options))
    assert known["base_url"] is None and known["model"] == "ollama/x" and known["endpoint"] == "127.0.0.1:11434"


@pytest.mark.parametrize(("options", "said"), [(["--max-cost", "1"], "has none in the price table"), ([], "key")])
def test_a_retry_that_cannot_start_changes_nothing(
    endpoint: Endpoint, tmp_path: Path, options: list[str], said: str
) -> None:
    """What failed is in the results still, as it was."""
    out = filled(tmp_path, endpoint, "--base-url", endpoint.url)
    if not options:
        with Store(out) as store:
            store.remember("run", {**store.setting("run"), "base_url": None})
    before = run("export", out).stdout
    ran = run("retry", out, *options)
    assert ran.returncode in (2, 3) and said in ran.stderr
    assert rows(out) == [("failed", "too_long", 2, 2)] and run("export", out).stdout == before
