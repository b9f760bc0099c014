"""The fault server: a chat-completions endpoint on a real loopback socket that fails in every way there is.

What it does with a request is named by the address (`http://…/500,500,ok/v1`) or, before that, by a mark in the article
(`[[fault: reset,ok]]`): the first name for the article's first request and so on; the last one stays. It counts requests and
notes when each came. `SCENARIOS` is the list of names; `ok` answers with a summary that passes verification.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

MARK = re.compile(r"\[\[fault: ([\w:,.-]+)\]\]")
NUMBER = re.compile(r"report (\d+)")


@dataclass
class Asked:
    """One request: when it came (seconds of a monotonic clock), for which article, playing what."""

    at: float
    article: str
    scenario: str
    body: dict[str, Any]
    size: int
    headers: dict[str, str]
    refused: bool = False


@dataclass
class Bucket:
    """A token bucket: `rate` requests a second, `burst` saved. `states`: with x-ratelimit headers."""

    rate: float
    burst: float
    states: bool = False
    level: float = -1.0
    at: float = 0.0

    def take(self) -> bool:
        now = time.monotonic()
        self.level = self.burst if self.level < 0 else min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True

    def headers(self) -> dict[str, str]:
        reset = (self.burst - int(self.level)) / self.rate
        return {
            "x-ratelimit-limit-requests": f"{self.burst:.0f}",
            "x-ratelimit-remaining-requests": f"{max(0, int(self.level))}",
            "x-ratelimit-reset-requests": f"{reset * 1000:.0f}ms",
        } if self.states else {}  # fmt: skip


@dataclass
class Faults:
    """The running server. `ok` waits `latency` seconds, obeys `bucket`, and fails for the first `down` requests."""

    origin: str
    asked: list[Asked] = field(default_factory=list, repr=False, init=False)
    each: Counter[str] = field(default_factory=Counter)
    flying: int = 0
    most: int = 0
    latency: float = 0.0
    bucket: Bucket | None = None
    refused: int = 0
    down: int = 0
    open: int = 0
    met: set[int] = field(default_factory=set, repr=False, init=False)
    elsewhere: str = "http://127.0.0.1:9/elsewhere"

    def url(self, scenario: str = "ok") -> str:
        return f"{self.origin}/{scenario}/v1"

    @property
    def count(self) -> int:
        return len(self.asked)

    def settled(self) -> None:
        """Return when all that was sent on connections that are closed by now has been read and counted."""
        address, port = self.origin.removeprefix("http://").split(":")
        with socket.create_connection((address, int(port)), timeout=5) as last:
            mine = last.getsockname()[1]
        end = time.monotonic() + 10
        while mine not in self.met or self.open:  # connections are accepted in the order in which they were made
            assert time.monotonic() < end, f"{self.open} connections are still open"
            time.sleep(0.001)


class Wire:
    """What a scenario may do with the connection."""

    def __init__(self, writer: asyncio.StreamWriter, server: Faults, asked: Asked) -> None:
        self._writer, self.server, self.asked = writer, server, asked

    async def answer(self, body: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        named = {"content-type": "application/json", "content-length": str(len(data)), **(headers or {})}
        head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in named.items())
        await self.raw(head.encode() + b"\r\n" + data)

    async def raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def reset(self) -> None:
        """Cut the connection with RST."""
        sock: socket.socket = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def close(self) -> None:
        self._writer.close()


Scenario = Callable[[Wire], Awaitable[None]]


def number(asked: Asked) -> str:
    found = NUMBER.search(asked.body["messages"][-1]["content"])
    return found[1] if found else "0"


def summary(asked: Asked, quote: str | None = None) -> dict[str, Any]:
    """A summary of the test's article that passes verification, unless `quote` says something else."""
    act = {"quote": quote or f"Li asked Lee to wait for report {number(asked)}"}
    ask = {"by": ["Bo Li"], "of": ["Ann Lee"], "what": "to wait", "response": None, "evidence": [act]}
    lists: dict[str, Any] = {"other_meetings": [], "participants": [], "agreements": [], "asks": [ask], "offers": []}
    return {"overview": "They met.", "meeting": "reported", "date": None, **lists}


def completion(content: Any, *, finish: str = "stop", usage: bool = True, **message: Any) -> dict[str, Any]:
    text = content if content is None or isinstance(content, str) else json.dumps(content)
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    used = {"usage": {"prompt_tokens": 100, "completion_tokens": 50}} if usage else {}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "test-model", "choices": [choice], **used}


def error(code: str | None = None, kind: str | None = None, **more: str) -> dict[str, Any]:
    return {"error": {"message": "no: sk-canary, and the article says so", "code": code, "type": kind, **more}}


def says(content: Callable[[Asked], Any], **options: Any) -> Scenario:
    return lambda wire: wire.answer(completion(content(wire.asked), **options))


def status(code: int, body: Any = None, **headers: str) -> Scenario:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda wire: wire.answer(error() if body is None else body, code, named)


def limited(**headers: str) -> Scenario:
    return status(429, error("rate_limit_exceeded", "requests"), **headers)


async def _ok(wire: Wire) -> None:
    if wire.server.down > 0:
        wire.server.down -= 1
        await wire.answer(error(), 500)
        return
    bucket = wire.server.bucket
    if bucket is not None and not bucket.take():
        wire.server.refused += 1
        wire.asked.refused = True
        await wire.answer(error("rate_limit_exceeded"), 429, bucket.headers())
        return
    if wire.server.latency:
        await asyncio.sleep(wire.server.latency)
    headers = bucket.headers() if bucket is not None else None
    await wire.answer(completion(summary(wire.asked)), 200, headers)


async def _reset(wire: Wire) -> None:
    wire.reset()


async def _cut(wire: Wire, head: bytes) -> None:
    body = json.dumps(completion(summary(wire.asked))).encode()
    await wire.raw(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + head % len(body) + body[:50])


async def _reset_body(wire: Wire) -> None:
    await _cut(wire, b"content-length: %d\r\n\r\n")
    await asyncio.sleep(0.01)
    wire.reset()


async def _short_body(wire: Wire) -> None:
    await _cut(wire, b"content-length: %d\r\n\r\n")
    wire.close()


async def _cut_chunk(wire: Wire) -> None:
    await _cut(wire, b"transfer-encoding: chunked\r\n\r\n%x\r\n")
    wire.close()


async def _hang(wire: Wire) -> None:
    await asyncio.sleep(30)
    wire.close()


async def _drip(wire: Wire) -> None:
    body = json.dumps(completion(summary(wire.asked))).encode()
    await wire.raw(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body))
    for byte in body:
        await wire.raw(bytes([byte]))
        await asyncio.sleep(0.1)


async def _after_date(wire: Wire) -> None:
    await limited(retry_after=formatdate(time.time() + 2, usegmt=True))(wire)


async def _elsewhere(wire: Wire) -> None:
    await wire.answer(error(), 307, {"location": wire.server.elsewhere})


async def _bomb(wire: Wire) -> None:
    await wire.answer(gzip.compress(b" " * 300_000_000, 9), 200, {"content-encoding": "gzip"})


def _calls(asked: Asked) -> list[dict[str, Any]]:
    contents = [json.dumps(summary(asked)), json.dumps({**summary(asked), "overview": "They quarrelled."})]
    return [
        {"id": f"{i}", "type": "function", "function": {"name": "f", "arguments": text}}
        for i, text in enumerate(contents)
    ]


def _inside(text: str) -> Callable[[Asked], str]:
    """The summary with its overview replaced by a piece of raw JSON."""
    return lambda asked: json.dumps(summary(asked)).replace('"They met."', text)


def _evidence_with(number: str) -> Callable[[Asked], str]:
    """The summary with a raw number in a field that is a number."""
    return lambda asked: json.dumps(summary(asked)).replace('"quote": ', f'"start": {number}, "quote": ')


SCENARIOS: dict[str, Scenario] = {
    "ok": _ok,
    **{str(code): status(code) for code in (401, 402, 403, 405, 408, 409, 418, 500, 503, 529)},
    "429": limited(), "429ms20": limited(retry_after_ms="20"), "429after2": limited(retry_after="2"),
    "429after200": limited(retry_after="200"), "429afterdate": _after_date, "429after60": limited(retry_after="60"),
    "429afternegative": limited(retry_after="-3"), "429afternan": limited(retry_after="nan"), "429after1e9": limited(retry_after="1e9"),
    "slowdown": status(429, error("slow_down")), "noretry": status(500, x_should_retry="false"),
    "502html": status(502, "<html>bad gateway</html>", content_type="text/html"),
    "403region": status(403, error("unsupported_country_region_territory")), "404model": status(404, error("model_not_found")),
    "400context": status(400, error("context_length_exceeded")), "400schema": status(400, error("invalid_json_schema", param="response_format")),
    "reset": _reset, "resetbody": _reset_body, "shortbody": _short_body, "cutchunk": _cut_chunk, "hang": _hang, "drip": _drip,
    "brokenjson": lambda wire: wire.answer('{"choices": [{"mess'),
    "html": status(200, "<html>Please log in</html>", content_type="text/html"),
    "nochoices": lambda wire: wire.answer({"choices": []}), "nullchoices": lambda wire: wire.answer({"choices": None}),
    "nullmessage": lambda wire: wire.answer({"choices": [{"message": None}]}), "nullcontent": says(lambda _: None),
    "length": says(lambda _: '{"overview": "cut he', finish="length"), "filter": says(lambda _: None, finish="content_filter"),
    "refusal": says(lambda _: None, refusal="I would rather not."),
    "twocalls": lambda wire: wire.answer(completion(None, finish="tool_calls", tool_calls=_calls(wire.asked))),
    "fenced": says(lambda asked: f"Here it is:\n```json\n{json.dumps(summary(asked))}\n```\nAnything else?"),
    "duplicate": says(_inside('"They met.", "overview": "They quarrelled."')), "nan": says(_inside("NaN")), "infinity": says(_inside("Infinity")),
    "hugeint": says(_inside("1" * 6000)), "deep": says(_inside("[" * 100_000 + "]" * 100_000)),
    "controls": says(_inside(r'"They\u0000 \u001b[2Jmet\u009d \u202e."')), "surrogate": says(_inside(r'"They \ud800 met."')),
    "hugefield": says(lambda asked: {**summary(asked), "overview": "x" * 20_000_000}), "gzipbomb": _bomb,
    "marks": says(lambda asked: {**summary(asked), "asks": [{**summary(asked)["asks"][0], "what": '"\\' * 40, "evidence": [{"quote": f'"{i}\\' * 30}]} for i in range(40)]}),
    "nannumber": says(_evidence_with("NaN")), "infinitynumber": says(_evidence_with("-Infinity")), "hugenumber": says(_evidence_with("1" * 6000)),
    "acting": says(lambda asked: {**summary(asked), "asks": [{**summary(asked)["asks"][0], "what": "to wait\0\x1bc\x9dx"}]}),
    **{f"filter{i}": says(lambda _: None, finish=name) for i, name in enumerate(("PROHIBITED_CONTENT", "prohibited_content", "content_filter: PROHIBITED_CONTENT"))},
    "plainbroken": lambda wire: wire.answer('{"choices": [{"mess', headers={"content-type": "text/plain"}),
    "nothing": lambda wire: wire.answer(b"", headers={"content-type": "application/octet-stream"}),
    "oddcode": lambda wire: wire.answer(error("\u00b2")), "google429": lambda wire: wire.answer({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "x"}}),
    "nousage": says(summary, usage=False), "invented": says(lambda asked: summary(asked, "Li promised Lee a bridge over the river")),
    "prose": says(lambda _: "I would rather talk about the weather."), "307": _elsewhere,
}  # fmt: skip


def _scenario(name: str) -> Scenario:
    if name.startswith("quota:"):
        return status(429, error(name.removeprefix("quota:"), "insufficient_quota"))
    if name.startswith("error:"):
        return lambda wire: wire.answer(error(name.removeprefix("error:")))
    return SCENARIOS[name]


async def _serve(server: Faults, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    server.open += 1
    server.met.add(writer.get_extra_info("peername")[1])
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            first, *lines = head.decode().split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name
            }
            data = await reader.readexactly(int(headers.get("content-length", "0")))
            asked = _asked(server, first.split()[1], data, headers)
            server.flying += 1
            server.most = max(server.most, server.flying)
            try:
                await _scenario(asked.scenario)(Wire(writer, server, asked))
            finally:
                server.flying -= 1
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
        pass
    finally:
        server.open -= 1
        writer.close()


def _asked(server: Faults, path: str, data: bytes, headers: dict[str, str]) -> Asked:
    body = json.loads(data)
    user = body["messages"][-1]["content"]
    marked, numbered = MARK.search(user), NUMBER.search(user)
    article = numbered[1] if numbered else "0"
    names = (marked[1] if marked else path.split("/")[1]).split(",")
    asked = Asked(time.monotonic(), article, names[min(server.each[article], len(names) - 1)], body, len(data), headers)
    server.each[article] += 1
    server.asked.append(asked)
    return asked


@contextmanager
def faults() -> Iterator[Faults]:
    """Run the server on a free port of 127.0.0.1 for the length of a block."""
    loop = asyncio.new_event_loop()
    started: list[Faults] = []
    ready = threading.Event()
    stop = asyncio.Event()

    async def main() -> None:
        server = Faults("")
        tasks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = loop.create_task(_serve(server, reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        listening = await asyncio.start_server(connected, "127.0.0.1", 0, limit=2**20, backlog=1024)
        server.origin = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        started.append(server)
        ready.set()
        await stop.wait()
        listening.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield started[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
