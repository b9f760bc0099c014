"""The recordings themselves: complete, used, readable, and without a secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.support import cassettes

FILES = sorted(cassettes.CASSETTES.glob("*/*.yaml"))


def test_every_recording_has_its_test() -> None:
    """An orphan is a recording of something that nobody checks any more."""
    for path in FILES:
        source = Path(__file__).parent / "recorded" / f"{path.parent.name}.py"
        assert re.search(rf"^async def {path.stem}\(", source.read_text(), re.MULTILINE), path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_secret_and_few_interactions(path: Path) -> None:
    """No key, no account, no host, no header but the content type; replay is quadratic, so few interactions."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"sk-|Bearer|canary|authorization|openai-organization|set-cookie|x-request-id", text, re.IGNORECASE
    )
    interactions = yaml.safe_load(text)["interactions"]
    assert 1 <= len(interactions) <= 10
    for interaction in interactions:
        assert interaction["request"]["uri"] == "http://127.0.0.1/v1/chat/completions"
        assert {*interaction["request"]["headers"], *interaction["response"]["headers"]} <= {
            "content-type",
            "Content-Type",
        }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_reply_was_written_for_its_request(path: Path) -> None:
    """The reply's file is named by the hash of the request that it answers."""
    for interaction in yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]:
        digest = cassettes.request_hash(interaction["request"]["body"]["json"])
        if interaction["response"]["body"]["string"]["json"]["model"] == "written-reply":
            assert list(cassettes.REPLIES.glob(f"*-{digest}.reply.*")), digest


def test_every_reply_is_used() -> None:
    """A reply to a request that is no longer made goes."""
    asked = {
        cassettes.request_hash(interaction["request"]["body"]["json"])
        for path in FILES
        for interaction in yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]
    }
    for path in cassettes.REPLIES.iterdir():
        assert path.name.partition(".")[0].rpartition("-")[2] in asked, path.name


def test_texts_survive_the_file_byte_for_byte() -> None:
    """Offsets are code points: a recording that folded quote marks would break them."""
    odd = "“curly” ‘quotes’ – dash\u00a0nbsp\n  two spaces \ttab\u0085nel\u2028ls 🤝 \ufeff trailing \n\n"
    request = {
        "method": "POST",
        "uri": "u",
        "body": '{"messages": [{"content": ' + repr(odd)[:0] + '"x"}]}',
        "headers": {},
    }
    import json

    request["body"] = json.dumps({"content": odd})
    cassette = {
        "version": 1,
        "interactions": [{"request": request, "response": {"body": {"string": odd}, "headers": {}}}],
    }
    again = cassettes.deserialize(cassettes.serialize(cassette))["interactions"][0]
    assert json.loads(again["request"]["body"])["content"] == odd
    assert again["response"]["body"]["string"] == odd


def test_a_crafted_recording_runs_nothing() -> None:
    """A tag that would call a function is refused by the loader."""
    with pytest.raises(yaml.constructor.ConstructorError):
        cassettes.deserialize("interactions: !!python/object/apply:os.system ['true']")
