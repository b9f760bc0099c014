"""The endpoint of the speed benchmark: a process of its own that answers each article with the reply of `material`.

    python benchmarks/speed/server.py LATENCY_MS

Makes its answers beforehand, says its port, then serves until it is killed; `GET /stats` gives how many calls there were and how long from the first
request to the last answer. One event loop on one core: it must never be the slower side, and the page says its load.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.speed import material

NUMBER = re.compile(rb"report (\d+) says")  # what tells the articles of `material` apart


class Chat(asyncio.Protocol):
    """One connection. Requests are not pipelined."""

    latency = 0.0
    calls = 0
    first = last = before = 0.0
    known: list[bytes] = []  # noqa: RUF012 - shared by all connections on purpose

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        if head.startswith(b"GET"):
            self.buffer = b""
            self.write(self.stats())
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        self.buffer = b""
        self.answer(body)

    def answer(self, body: bytes) -> None:
        if not Chat.calls:
            Chat.first, Chat.before = time.monotonic(), time.process_time()
        Chat.calls += 1
        reply = answer_to(body)
        if self.latency:
            asyncio.get_running_loop().call_later(self.latency, self.write, reply)
        else:
            self.write(reply)

    def write(self, reply: bytes) -> None:
        Chat.last = time.monotonic()
        self.transport.write(  # type: ignore[attr-defined]
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(reply) + reply
        )

    def stats(self) -> bytes:
        span = Chat.last - Chat.first
        return json.dumps({"calls": Chat.calls, "span": span, "cpu": time.process_time() - Chat.before}).encode()


def answer_to(body: bytes) -> bytes:
    """The completion for a request; made before, because a model's time is not what is measured."""
    number = NUMBER.search(body)
    assert number is not None
    return Chat.known[int(number[1]) % material.KINDS]


def completion(article: str) -> bytes:
    """The body of an answer with the summary of an article."""
    tokens = len(article) // 4
    content = json.dumps(material.summary(article), ensure_ascii=False)
    message = {"role": "assistant", "content": content}
    return json.dumps({
        "id": "c", "object": "chat.completion", "created": 1, "model": "bench",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": tokens, "completion_tokens": len(content) // 4, "total_tokens": tokens},
    }, ensure_ascii=False).encode()  # fmt: skip


async def main() -> None:
    """Serve on a free port of 127.0.0.1."""
    Chat.latency = float(sys.argv[1]) / 1000
    Chat.known = [completion(material.text(i)) for i in range(material.KINDS)]
    server = await asyncio.get_running_loop().create_server(Chat, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
