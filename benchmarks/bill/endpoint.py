"""The endpoint of the bill: on 127.0.0.1, keeps every body as it came, and gives each article its right reply."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str], tuple[str, Any]]
"""From the texts of a request's messages to the article's name and what the model says."""


@dataclass(frozen=True)
class Call:
    """One request: the article it was about, its body as it came, and the text of the reply."""

    name: str
    raw: bytes
    reply: str

    @property
    def body(self) -> dict[str, Any]:
        """The body, read."""
        found: dict[str, Any] = json.loads(self.raw)
        return found


@contextmanager
def recording(answer: Answer) -> Iterator[tuple[str, list[Call]]]:
    """The address, and a list that fills with what is asked and answered there."""
    calls: list[Call] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(answer, calls))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", calls
    finally:
        server.shutdown()
        server.server_close()


def handler(answer: Answer, calls: list[Call]) -> type[BaseHTTPRequestHandler]:
    """The class that answers for one run."""

    class Chat(BaseHTTPRequestHandler):
        """Chat completions and nothing else."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            body = json.loads(raw)
            name, said = answer("\n".join(message["content"] or "" for message in body["messages"]))
            calls.append(Call(name, raw, compact(said)))
            out = json.dumps(completion(body, calls[-1].reply)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Chat


def completion(body: dict[str, Any], text: str) -> dict[str, Any]:
    """An answer in the form that the request asked for: the object as text, or as a tool's arguments."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if body.get("tools"):
        call = {"name": body["tools"][0]["function"]["name"], "arguments": text}
        message |= {"content": None, "tool_calls": [{"id": "t", "type": "function", "function": call}]}
    choice = {"index": 0, "finish_reason": "tool_calls" if body.get("tools") else "stop", "message": message}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "bench", "choices": [choice], "usage": usage}


def compact(value: Any) -> str:
    """JSON without any white space: how every structure is counted, whoever sent it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
