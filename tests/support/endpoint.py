"""A chat-completions endpoint on a real loopback socket, whose answers a test decides."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.loopback import Quiet, listening


@dataclass
class Answer:
    """What the endpoint sends back. `body` may be JSON data, text or bytes; `delay` is in seconds."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0

    def payload(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)).encode()


@dataclass
class Seen:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def user(self) -> str:
        return str(self.body["messages"][-1]["content"])


Behaviour = Callable[[Seen], Answer]


@dataclass
class Endpoint:
    """The running endpoint: its address, and every request it has seen."""

    url: str
    seen: list[Seen] = field(default_factory=list)
    behaviour: Behaviour = lambda _: Answer(status=500)

    def play(self, *answers: Answer) -> None:
        """Answer the first request with the first of these, and so on; the last one stays."""
        left = list(answers)
        self.behaviour = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def say(self, *contents: str | dict[str, Any]) -> None:
        """Answer with these contents, one a request."""
        self.play(*(Answer(completion(content)) for content in contents))


def completion(
    content: str | dict[str, Any] | None, *, finish: str = "stop", usage: bool = True, **message: Any
) -> dict[str, Any]:
    """A chat-completions answer around a content."""
    text = json.dumps(content, ensure_ascii=False) if isinstance(content, dict) else content
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "test-model-2026",
        "choices": [
            {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
        ],
    }
    if usage:
        body["usage"] = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
    return body


@contextmanager
def serving() -> Iterator[Endpoint]:
    """Run an endpoint on a free port of 127.0.0.1 for the length of a block."""

    class Handler(Quiet):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            seen = Seen(self.path, {name.lower(): value for name, value in self.headers.items()}, raw)
            endpoint.seen.append(seen)
            self._send(endpoint.behaviour(seen))

        def do_GET(self) -> None:
            endpoint.seen.append(Seen(self.path, {name.lower(): value for name, value in self.headers.items()}, b""))
            self._send(Answer({"object": "list", "data": []}))

        def _send(self, answer: Answer) -> None:
            time.sleep(answer.delay)
            payload = answer.payload()
            self.send_response(answer.status)
            for name, value in {"content-type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

    with listening(Handler) as url:
        endpoint = Endpoint(f"{url}/v1")
        yield endpoint
