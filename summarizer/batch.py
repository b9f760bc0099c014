"""Many articles: bounded concurrency, a store that loses nothing, and a clean stop for every reason there is.

Slots are taken by articles, not by calls: a slot is free again when its article's row is committed. So memory, and what a
death can cost, are bounded by `concurrency`. Sources are read one chunk ahead, so that a slot that is free has its article
at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from summarizer import store as stores
from summarizer.chunks import Chunks
from summarizer.commits import Writer
from summarizer.engines.base import Engine
from summarizer.errors import Interrupted, SetupError, StoreError, SummarizerError
from summarizer.failures import Kind
from summarizer.flow import Desk, Flow
from summarizer.records import Article, Failure, Reply, Request, Result, without_summary
from summarizer.sources import Broken, Taken
from summarizer.store import Ended, Store

CHUNK = 64
"""Articles that are admitted in one transaction at the most."""

Entry: TypeAlias = Article | Broken | Taken
_Job: TypeAlias = tuple[str, Article]


@dataclass
class Progress:
    """What a run has done so far; `seen` are articles that the store had already."""

    ok: int = 0
    failed: int = 0
    skipped: int = 0
    seen: int = 0
    broken: int = 0
    problems: int = 0
    cost: float = 0.0
    unpriced: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def done(self) -> int:
        """Articles that this run has ended."""
        return self.ok + self.failed + self.skipped


@dataclass(frozen=True)
class Options:
    """How a run goes.

    Args:
        concurrency: articles in work at once.
        limit: articles that this run ends at the most.
        grace: seconds that a stop waits for articles in work.
        near: whether near copies of an article that is already there are skipped.
        wanted: a test on the text, such as a sign of a meeting; articles that fail it are skipped.

    """

    concurrency: int = 16
    limit: int | None = None
    grace: float = 15.0
    near: bool = False
    wanted: Callable[[Article], bool] | None = None


class Batch:
    """One run over a store: first what the store has pending, then the sources."""

    def __init__(self, flow: Flow[Any], store: Store, determining: dict[str, Any], options: Options) -> None:
        self._stop = asyncio.Event()
        desk = Desk()
        self._flow = replace(flow, sleep=self._sleep, desk=desk)
        self._store, self._determining, self._options = store, determining, options
        self._settings = stores.settings_of(determining)
        self._writer = Writer(store, desk)
        self._ready: deque[_Job] = deque()
        self._safe = 0
        self._running: set[str] = set()
        self._watched: set[str] = set()
        self._refused: list[str] = []
        self._taken = 0
        self._chunks: Chunks[Entry] | None = None
        self._ahead: asyncio.Task[int] | None = None
        self.progress = Progress()
        self.stopped_by: SummarizerError | None = None

    @property
    def waiting(self) -> float:
        """Seconds for which the endpoint is left alone from now on."""
        return self._flow.pace.waiting

    def stop(self, why: SummarizerError | None = None) -> None:
        """Take no more articles, and wake those that only wait. The first reason stays."""
        if not self._stop.is_set():
            self.stopped_by = why
        self._stop.set()
        if self._chunks is not None:
            self._chunks.stop()

    async def run(self, articles: AsyncIterator[Entry]) -> Progress:
        """Do everything that is pending, then every article of the iterator, until a stop. Rows are safe at any moment."""
        writing = asyncio.create_task(self._writer.run())
        try:
            await self._all(articles)
        finally:
            self._writer.close()
            await writing
            self.abandon()  # where a full disk forbids it, the next run recovers these rows
            self._take_back()
        return self.progress

    async def _all(self, articles: AsyncIterator[Entry]) -> None:
        chunks = self._chunks = Chunks(articles, self._most)
        resumed = self._resumed()
        try:
            await self._together(
                [asyncio.create_task(self._work(resumed, chunks)) for _ in range(self._options.concurrency)]
            )
        finally:
            await self._keep_what_came()

    async def _keep_what_came(self) -> None:
        """End the reading; what it has got is in the store then, because a pipe does not give it again."""
        if self._chunks is None:
            return
        self._chunks.stop()
        ahead = [self._ahead] if self._ahead else []
        problems = await asyncio.gather(*ahead, return_exceptions=True)
        await self._chunks.close()
        problems += await asyncio.gather(self._more(self._chunks), return_exceptions=True)
        lost = next((problem for problem in problems if isinstance(problem, StoreError)), None)
        self.stopped_by = self.stopped_by or lost

    def abandon(self) -> None:
        """Give back what is in work, for a stop that does not wait: it is no fault of these articles."""
        with contextlib.suppress(StoreError):
            self._store.release(self._running | {key for key, _ in self._ready})

    def _take_back(self) -> None:
        """Make pending again what was refused before it was known that the endpoint refuses everything."""
        if isinstance(self.stopped_by, SetupError) and self.stopped_by.kind == Kind.BAD_REQUEST:
            self._store.reopen(self._refused)
            self.progress.failed -= len(self._refused)

    async def _together(self, workers: list[asyncio.Task[None]]) -> None:
        try:
            await self._until_done(workers)
        finally:
            await _cancelled(workers)

    async def _until_done(self, workers: list[asyncio.Task[None]]) -> None:
        stopped = asyncio.create_task(self._stop.wait())
        everything = asyncio.ensure_future(asyncio.gather(*workers))
        both: list[asyncio.Future[Any]] = [everything, stopped]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not everything.done():
                await self._keep_what_came()  # now, because a second signal ends the process at once
                await asyncio.wait(both[:1], timeout=self._options.grace)
        finally:
            ended = everything.done()
            await _cancelled(both)  # asked for their end, or asyncio prints a traceback for them
        if ended:
            everything.result()

    async def _work(self, resumed: Iterator[_Job], chunks: Chunks[Entry]) -> None:
        while (job := await self._next(resumed, chunks)) is not None:
            await self._one(*job)

    async def _next(self, resumed: Iterator[_Job], chunks: Chunks[Entry]) -> _Job | None:
        """What to do next: what the store has pending, then what is new in the sources; None at the end.

        Slots that wait for the source go on in one round. One behind the other, with a lock, each would take a round, and
        in each round a reply is checked.
        """
        while not self._stop.is_set() and self._taken != self._options.limit:
            job = next(resumed, None) or self._given()
            if job is not None:
                self._taken += 1
                return job
            if not await self._refilled(chunks):
                break
        return None

    def _resumed(self) -> Iterator[_Job]:
        try:
            for suspects in (False, True):
                for key, article in self._store.pending(self._settings, suspects=suspects):
                    # One by one: of two near copies, one that is not begun must not count as in work.
                    self._store.start([key], "waiting" if suspects else "running")
                    self._watched |= {key} if suspects else set()
                    yield key, article
        except StoreError:
            self.stop()  # or the other slots would ask the sources for what cannot be stored
            raise

    def _given(self) -> _Job | None:
        if not self._safe:
            return None
        self._safe -= 1
        return self._ready.popleft()

    async def _refilled(self, chunks: Chunks[Entry]) -> bool:
        """Whether the sources have more. While one chunk is given out, the next one is read and admitted."""
        ahead = self._ahead = self._ahead or asyncio.create_task(self._more(chunks))
        count = await _end_of(ahead)
        if count and ahead is self._ahead:  # of those that waited, the first
            self._safe += count
            self._ahead = asyncio.create_task(self._more(chunks))
        return count > 0

    async def _more(self, chunks: Chunks[Entry]) -> int:
        """Read and admit until something is new. Returns how many articles that are: none at the end, or after a stop."""
        while entries := await chunks.next():
            if count := await self._admit(entries):
                return count
        return 0

    async def _admit(self, entries: list[Entry]) -> int:
        """Make the store remember entries; the articles that are new are ready then. Returns how many."""
        chunk = [(self._key(entry), entry) for entry in entries if isinstance(entry, Article)]
        async with self._writer.turn:
            new, commit = self._store.admitting(chunk, self._settings)
            self._ready.extend(new)  # before they are safe, or a stop in this wait would leave them as running
            await self._writer.committed(commit)
        self.progress.seen += len(chunk) - len(new)
        for entry in entries:
            if isinstance(entry, Broken):
                self.progress.broken += 1
                self._store.broken(entry.place, entry.message)
            elif isinstance(entry, Taken):  # only now are the feed's entries safe
                self._store.remember_page(f"{self._settings} {entry.url}", entry.etag, entry.modified)
                self._store.mended(entry.url)
        return len(new)

    def _most(self) -> int:
        """How many entries may be read next: so many slots, at the most, and never more than may still be taken."""
        most = min(CHUNK, self._options.concurrency)
        return most if self._options.limit is None else min(most, self._options.limit - self._taken - len(self._ready))

    def _key(self, article: Article) -> str:
        return stores.key_of(article, self._determining)

    async def _one(self, key: str, article: Article) -> None:
        self._running.add(key)
        try:
            ended = self._skipped(key, article) or _ended(key, await self._run(key, article))
        except Interrupted:
            return
        except SummarizerError as error:
            self.stop(error)
            return
        except Exception as error:  # noqa: BLE001 - one article must not end a night's work; the record says what happened
            ended = _without_summary(key, article, "failed", Kind.INTERNAL, f"a bug: {_where(error)}; please report it")
        await self._writer.write(ended)
        self._running.discard(key)
        if ended.kind == Kind.BAD_REQUEST and not self.progress.ok:
            self._refused.append(key)
        self._count(ended)

    async def _run(self, key: str, article: Article) -> Result[Any] | Failure:
        """Summarise one article. Of a suspect the store knows at each moment whether it is worked on or waited for.

        Between two waits nothing else runs, so a death while it is worked on is this article's. Hence no desk, where it would
        wait again.
        """
        if key not in self._watched:
            return await self._flow.run(article)
        watched = _Watched(self._flow.engine, lambda status: self._store.start([key], status))
        flow = replace(self._flow, engine=watched, desk=None)
        self._store.start([key], "checking")
        try:
            return await flow.run(article)
        finally:
            self._store.start([key], "waiting")

    def _skipped(self, key: str, article: Article) -> Ended | None:
        if self._options.wanted is not None and not self._options.wanted(article):
            return _without_summary(
                key,
                article,
                "skipped",
                Kind.NO_MEETING,
                "no sign of a meeting, agreement, ask or offer (--only-meetings)",
            )
        if self._options.near:
            twin = self._store.near(key, fingerprint(article.text))
            if twin is not None:
                message = f"nearly the same as {self._store.article_id(twin)}"
                return _without_summary(key, article, "skipped", Kind.NEAR_DUPLICATE, message)
        return None

    def _count(self, ended: Ended) -> None:
        setattr(self.progress, ended.status, getattr(self.progress, ended.status) + 1)
        self.progress.cost += ended.cost or 0.0
        self.progress.unpriced += ended.cost is None and ended.attempts > 0
        self.progress.problems += ended.problems

    async def _sleep(self, seconds: float) -> None:
        """Wait, unless a stop comes first: an article that only waits must not hold it up."""
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return
        raise Interrupted("a stop was asked for")


class _Watched:
    """An engine that tells when an article is waited for, and when it is worked on again."""

    def __init__(self, engine: Engine, tell: Callable[[str], None]) -> None:
        self._engine, self._tell = engine, tell
        self.name, self.model, self.repairs, self.endpoint = engine.name, engine.model, engine.repairs, engine.endpoint

    async def complete(self, request: Request) -> Reply:
        """Ask the engine inside."""
        self._tell("waiting")
        try:
            return await self._engine.complete(request)
        finally:
            self._tell("checking")

    async def aclose(self) -> None:
        """Close the engine inside."""
        await self._engine.aclose()


@dataclass(frozen=True)
class Known:
    """What a store knows of pages for one way of answering: with another one, every page is new."""

    store: Store
    settings: str

    def page(self, url: str) -> tuple[str | None, str | None]:
        """ETag and Last-Modified of the last answer."""
        return self.store.page(f"{self.settings} {url}")


async def outcomes(
    flow: Flow[Any], articles: AsyncIterator[Article], concurrency: int
) -> AsyncIterator[Result[Any] | Failure]:
    """The outcome of each article as it ends, without a store; at most `concurrency` articles are held at once.

    Raises SetupError or BudgetError, or what the iterator itself raised, after what was in work has ended.
    """
    results: asyncio.Queue[Result[Any] | Failure | None] = asyncio.Queue(concurrency)
    pull = asyncio.Lock()
    errors: list[Exception] = []

    async def work() -> None:
        try:
            while not errors:
                async with pull:
                    article = await anext(articles, None)
                if article is None:
                    break
                await results.put(await flow.run(article))
        except Exception as error:  # noqa: BLE001 - whoever iterates is told, whatever it was
            errors.append(error)
        await results.put(None)

    flow = replace(flow, desk=Desk())
    workers = [asyncio.create_task(work()) for _ in range(concurrency)]
    try:
        left = concurrency
        while left:
            result = await results.get()
            if result is None:
                left -= 1
            else:
                yield result
        for worker in workers:
            worker.result()
    finally:
        await _cancelled(workers)
    if errors:
        raise errors[0]


def fingerprint(text: str) -> int:
    """64 bits that change little when a text changes little (simhash)."""
    from trafilatura.deduplication import Simhash

    return int(Simhash(text, length=64).hash)


def _ended(key: str, outcome: Result[Any] | Failure) -> Ended:
    provenance = outcome.provenance
    return Ended(
        key, outcome.status, outcome.error.kind if isinstance(outcome, Failure) else None, outcome.to_json(), provenance.attempts,
        provenance.usage.input_tokens, provenance.usage.output_tokens, provenance.cost_usd, len(outcome.problems),
    )  # fmt: skip


def _without_summary(key: str, article: Article, status: str, kind: Kind, message: str) -> Ended:
    return Ended(key, status, str(kind), without_summary(article.to_dict(), status, str(kind), message))


def _where(error: Exception) -> str:
    """The kind of an unexpected error and where it arose; never its text, which may hold the article."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name} ({Path(last.filename).name}:{last.lineno})"


async def _end_of(task: asyncio.Task[int]) -> int:
    """What a task returns or raises; it goes on where the waiting is given up."""
    await asyncio.wait([task])
    return task.result()


async def _cancelled(tasks: list[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
