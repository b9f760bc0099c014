"""Batches in this process, answered at once by an engine of the test's own, and the store that is kept as a fixture.

`python -m tests.reliability.stores` writes `tests/fixtures/store-N.gz` for the present version N of the store, once: a
fixture of a version that was released is never written again.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from summarizer import Summarizer
from summarizer.batch import Batch, Options
from summarizer.database import VERSION
from summarizer.errors import CallError
from summarizer.failures import Shape, Signal, classify
from summarizer.keys import key_of, settings_of
from summarizer.records import Article, Reply, Request, Usage
from summarizer.sources import Broken, Taken
from summarizer.store import Store
from summarizer.supply import Entry

FIXTURES = Path(__file__).parents[1] / "fixtures"
DETERMINING = {"fixture": 1}
"""Instead of prompt, schema and model, so that a fixture's keys stay what they are."""
EMPTY: dict[str, Any] = {
    "overview": "They met.", "meeting": "reported", "date": None, "other_meetings": [], "participants": [], "agreements": [],
    "asks": [], "offers": [],
}  # fmt: skip
REPLY = Reply(json.dumps(EMPTY), "stub-1", Usage(100, 50))


class Stub:
    """An engine that answers as a function says, or at once."""

    name = model = "stub"
    repairs = True
    endpoint: str | None = None

    def __init__(self, answer: Callable[[Request], Awaitable[Reply]] | None = None) -> None:
        self.asked: list[str] = []
        self._answer = answer

    async def complete(self, request: Request) -> Reply:
        self.asked.append(request.article.text)
        return await self._answer(request) if self._answer else REPLY

    async def aclose(self) -> None: ...


async def stream(entries: Iterable[Entry]) -> AsyncIterator[Entry]:
    for entry in entries:
        yield entry


def batch(store: Store, engine: Stub, options: Options | None = None) -> Batch:
    """A batch of a session whose engine is a stub."""
    session: Summarizer[Any] = Summarizer("builtin")
    return Batch(replace(session.flow, engine=engine), store, DETERMINING, options or Options(concurrency=4))


LONG = " ".join(f"Ann Lee met Bo Li in the hall on day {i} and they spoke of harbour number {i}." for i in range(40))
ARTICLES = [Article(f"Ann Lee met Bo Li. Report {i}.", f"a.jsonl:{i}", title=f"T{i}", language="en") for i in range(4)]
FAILING = ARTICLES[1:3]
TWINS = [Article(LONG, "a.jsonl:4"), Article(LONG.replace("day 7 ", "day seven "), "a.jsonl:5")]
WAITING = [Article("Cy Roe met Di Poe. Report 6.", "c.jsonl:1"), Article("Di Poe met Ed Noe. Report 7.", "c.jsonl:2")]
SAVED: list[Entry] = [
    *ARTICLES, *TWINS, replace(ARTICLES[0], source="b.jsonl:1", url="https://example.invalid/0"),
    Broken("a.jsonl:7", "is no JSON object"), Taken("https://example.invalid/feed", '"1"', None),
]  # fmt: skip


async def _answer(request: Request) -> Reply:
    if request.article in FAILING:
        raise CallError(classify(Signal(shape=Shape.REFUSAL)), Usage(9, 1), "stub-1", "I would rather not.")
    return REPLY


def build(path: Path) -> None:
    """A store with everything in it: done, failed, skipped, pending, a suspect, two sources, a broken entry, a feed's state."""
    with Store(path) as store:
        store.remember("run", {"model": "builtin", "schema": None})
        ran = batch(store, Stub(_answer), Options(concurrency=1, near=True))
        asyncio.run(ran.run(stream(SAVED)))
        pending, suspect = ((key_of(article, DETERMINING), article) for article in WAITING)
        store.admit([pending], settings_of(DETERMINING))
        store.release()
        store.admit([suspect], settings_of(DETERMINING))
    for _ in range(2):  # the other one was running at two deaths
        with Store(path) as store:
            store.start([suspect[0]])
    Store(path).close()


def main() -> None:
    place = FIXTURES / f"store-{VERSION}.gz"
    if place.exists():
        raise SystemExit(f"{place} is there; a released version's store stays as it was written")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.store"
        build(path)
        place.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


if __name__ == "__main__":
    main()
