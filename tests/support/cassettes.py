"""Recordings that a person can read: YAML with bodies as data and long texts as blocks, and the player behind them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

from tests.support.endpoint import Answer, Seen, completion

ROOT = Path(__file__).parents[2]
CASSETTES = ROOT / "cassettes"
REPLIES = CASSETTES / "replies"
PENDING = ROOT / "build" / "requests"


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def serialize(cassette: dict[str, Any]) -> str:
    """Vcrpy's cassette as YAML; a body that is JSON stands as data."""
    for interaction in cassette["interactions"]:
        request, response = interaction["request"], interaction["response"]
        request["body"] = _as_data(request["body"])
        response["body"] = {"string": _as_data(response["body"]["string"])}
    return yaml.dump(cassette, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)


def deserialize(text: str) -> dict[str, Any]:
    """The reverse of `serialize`."""
    cassette: dict[str, Any] = yaml.safe_load(text)
    for interaction in cassette["interactions"]:
        request, response = interaction["request"], interaction["response"]
        request["body"] = _as_text(request["body"])
        response["body"] = {"string": _as_text(response["body"]["string"])}
    return cassette


def _as_data(body: Any) -> Any:
    text = body.decode() if isinstance(body, bytes) else body
    try:
        return {"json": json.loads(text)}
    except (ValueError, TypeError):
        return text


def _as_text(body: Any) -> Any:
    return json.dumps(body["json"], ensure_ascii=False) if isinstance(body, dict) else body


def only_content_type(message: Any) -> Any:
    """Drop every header but the content type: no key, no account, no host of anyone's."""
    if isinstance(message, dict):
        kept = {name: value for name, value in message["headers"].items() if name.lower() == "content-type"}
        return {**message, "headers": kept}
    for name in [name for name in message.headers if name.lower() != "content-type"]:
        del message.headers[name]
    message.uri = "http://127.0.0.1/v1/chat/completions"
    return message


def request_hash(body: Any) -> str:
    """What names a request: the hash of its canonical body."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def play(name: str, seen: Seen) -> Answer:
    """Answer with the reply that a language model wrote for exactly this request; without one, leave the request."""
    digest = request_hash(seen.body)
    found = list(REPLIES.glob(f"*-{digest}.reply.*"))
    if not found:
        PENDING.mkdir(parents=True, exist_ok=True)
        (PENDING / f"{name}-{digest}.request.json").write_text(json.dumps(seen.body, ensure_ascii=False, indent=1))
        return Answer({"error": {"code": "model_not_found", "message": f"no reply for {name}-{digest}"}}, 404)
    content = found[0].read_text(encoding="utf-8").strip()
    return Answer(_answer(seen.body, content, refused=found[0].suffix == ".refusal"))


def _answer(body: dict[str, Any], content: str, *, refused: bool) -> dict[str, Any]:
    limit = body["max_completion_tokens"]
    cut = content[: limit * 4]
    usage = {"prompt_tokens": len(json.dumps(body)) // 4, "completion_tokens": -(-len(cut) // 4)}
    if refused:
        answer = completion(None, refusal=content)
    elif "tools" in body:
        call = {
            "id": "call_1",
            "type": "function",
            "function": {"name": body["tools"][0]["function"]["name"], "arguments": cut},
        }
        answer = completion(None, finish="tool_calls", tool_calls=[call])
    else:
        answer = completion(cut, finish="stop" if cut == content else "length")
    return answer | {"model": "written-reply", "usage": {**usage, "total_tokens": sum(usage.values())}}
