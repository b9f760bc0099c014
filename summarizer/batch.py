"""Many articles: bounded concurrency, a store that loses nothing, and a clean stop for every reason there is.

Slots are taken by articles, not by calls: a slot is free again when its article's row is committed. So memory, and what a
death can cost, are bounded by `concurrency`.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from summarizer import handles
from summarizer import store as stores
from summarizer.commits import Writer
from summarizer.engines.base import Engine
from summarizer.errors import Interrupted, SetupError, StoreError, SummarizerError
from summarizer.failures import Kind
from summarizer.flow import Desk, Flow, Meter
from summarizer.keys import key_of, settings_of
from summarizer.pace import Sleep
from summarizer.progress import Progress
from summarizer.records import Article, Failure, Reply, Request, Result, without_summary
from summarizer.sources import Broken, Taken
from summarizer.store import Ended, Store
from summarizer.supply import Entry, Job, Supply


@dataclass(frozen=True)
class Options:
    """How a run goes.

    Args:
        concurrency: articles in work at once.
        limit: articles that this run ends at the most.
        grace: seconds that a stop waits for articles in work.
        near: whether near copies of an article that is already there are skipped.
        wanted: a test on the text, such as a sign of a meeting; articles that fail it are skipped.
        reading: a name for how sources are read, as in `Known`.

    """

    concurrency: int = 16
    limit: int | None = None
    grace: float = 15.0
    near: bool = False
    wanted: Callable[[Article], bool] | None = None
    reading: str = ""


class Batch:
    """One run over a store: first what the store has pending, then the sources."""

    def __init__(self, flow: Flow[Any], store: Store, determining: dict[str, Any], options: Options) -> None:
        self._stop = asyncio.Event()
        self._desk = Desk()
        self._flow = replace(flow, sleep=self._sleep, desk=self._desk, stopped=lambda: self.stopped_by is not None)
        self._store, self._determining, self._options = store, determining, options
        self.settings = settings_of(determining)
        self.known = Known(store, self.settings, options.reading)
        self._writer = Writer(store, self._desk)
        self._watched: set[str] = set()
        self._refused: list[str] = []
        self._unended: dict[str, Meter] = {}
        self._resumed_keys: set[str] = set()
        self._taken = 0
        self._supply: Supply | None = None
        self.progress = Progress()
        self.stopped_by: SummarizerError | None = None

    @property
    def waiting(self) -> float:
        """Seconds for which the endpoint is left alone from now on."""
        return self._flow.pace.waiting

    @property
    def stopped(self) -> bool:
        """Whether a stop was asked for, whatever for."""
        return self._stop.is_set()

    def stop(self, why: SummarizerError | None = None) -> None:
        """Take no more articles, and wake those that only wait. The first reason stays."""
        if not self._stop.is_set():
            self.stopped_by = why
        self._stop.set()
        if self._supply is not None:
            self._supply.stop()

    async def run(self, articles: AsyncIterator[Entry]) -> Progress:
        """Do everything that is pending, then every article of the iterator, until a stop. Rows are safe at any moment.

        Raises what the iterator or the store raised, when what was in work has ended.
        """
        supply = self._supply = Supply(articles, self._admit, self._options.concurrency, self._left)
        resumed = self._resumed()
        writing = asyncio.create_task(self._writer.run())
        workers = [asyncio.create_task(self._work(resumed, supply)) for _ in range(self._options.concurrency)]
        try:
            await self._until_done(workers)
        finally:
            await _to_its_end(self._end(workers, writing))
        return self.progress

    async def _until_done(self, workers: list[asyncio.Task[None]]) -> None:
        either = [asyncio.create_task(asyncio.wait(workers)), asyncio.create_task(self._stop.wait())]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            errors = await self._keep_what_came()  # now, because a second signal ends the process at once
            await asyncio.wait(workers, timeout=self._options.grace)
        finally:
            await _cancelled(either)  # asked for their end, or asyncio prints a traceback for them
        errors = [worker.exception() for worker in workers if worker.done() and not worker.cancelled()] + errors
        for error in filter(None, errors):
            raise error

    async def _end(self, workers: list[asyncio.Task[None]], writing: asyncio.Task[None]) -> None:
        await self._desk.clear()
        await _cancelled(workers)
        await self._keep_what_came()
        self._writer.close()
        await writing
        self.abandon()  # where a full disk forbids it, the next run recovers these rows
        self._take_back()

    async def _keep_what_came(self) -> list[BaseException | None]:
        """End the reading. Returns what the sources raised, which is no slot's then if none asks again."""
        assert self._supply is not None  # noqa: S101 - the run has begun
        errors = await self._supply.close()
        lost = next((error for error in errors if isinstance(error, StoreError)), None)
        self.stopped_by = self.stopped_by or lost
        return [error for error in errors if not isinstance(error, StoreError)]

    def abandon(self) -> None:
        """Give back what is in work, for a stop that does not wait: it is no fault of these articles. What they cost is kept."""
        paid = {key: meter for key, meter in self._unended.items() if meter.attempts}
        self._unended.clear()
        for meter in paid.values():
            self.progress.paid(self._flow.cost(meter))
        spent = [self._spent(key, meter) for key, meter in paid.items()]
        with contextlib.suppress(StoreError):
            self._store.release(spent)

    def _take_back(self) -> None:
        """Make pending again what was refused before it was known that the endpoint refuses everything."""
        if isinstance(self.stopped_by, SetupError) and self.stopped_by.kind == Kind.BAD_REQUEST:
            self._store.reopen(self._refused)
            self.progress.failed -= len(self._refused)

    async def _work(self, resumed: Iterator[Job], supply: Supply) -> None:
        try:
            while not self._stop.is_set() and self._left() > 0:
                job = next(resumed, None) or await supply.take()
                if job is None:
                    break
                self._taken += 1
                await self._one(*job)
        except Exception:
            self.stop()  # the other slots end what is paid for, and take no more
            raise

    def _left(self) -> int:
        """How many articles may still be taken."""
        limit = self._options.limit
        return sys.maxsize if limit is None else limit - self._taken

    def _resumed(self) -> Iterator[Job]:
        if self._options.near:
            self._store.reopen_copies(self.settings)
        for suspects in (False, True):
            for key, article in self._store.pending(self.settings, suspects=suspects):
                # One by one: of two near copies, one that is not begun must not count as in work.
                self._store.start([key], "waiting" if suspects else "running")
                self._watched |= {key} if suspects else set()
                self._resumed_keys.add(key)
                yield key, article

    async def _admit(self, entries: list[Entry]) -> list[Job]:
        """Make the store remember entries. Returns the articles that are new."""
        chunk = [(self._key(entry), entry) for entry in entries if isinstance(entry, Article)]
        async with self._writer.turn:
            new, commit = self._store.admitting(chunk, self.settings)
            await self._writer.committed(commit)
        if len(new) < len(chunk):
            self.progress.seen += self._seen(chunk, new)
        for entry in entries:
            if isinstance(entry, Broken):
                self.progress.broken += 1
                self._store.broken(entry.place, entry.message)
            elif isinstance(entry, Taken):  # only now are the feed's entries safe
                self.known.remember(entry)
                self._store.mended(entry.url)
        return new

    def _seen(self, chunk: list[Job], new: list[Job]) -> int:
        """How many of a chunk the store had, without those that this run takes up from it: they count for how they end."""
        known = Counter(key for key, _ in chunk) - Counter(key for key, _ in new)
        resumed = self._resumed_keys & known.keys()
        self._resumed_keys -= resumed
        return known.total() - len(resumed)

    def _key(self, article: Article) -> str:
        return key_of(article, self._determining, self._flow.prompt.uses)

    async def _one(self, key: str, article: Article) -> None:
        meter = self._unended[key] = Meter()
        try:
            ended = self._skipped(key, article) or _ended(key, await self._run(key, article, meter))
        except Interrupted:
            return
        except SummarizerError as error:
            self.stop(error)
            return
        except Exception as error:  # noqa: BLE001 - one article must not end a night's work; the record says what happened
            if (spent := handles.spent(error)) is not None:
                self.stop(spent)
                return
            why = f"a bug: {_where(error)}; please report it"
            said = _without_summary(key, article, "failed", Kind.INTERNAL, why)
            ended = replace(self._spent(key, meter), status=said.status, kind=said.kind, record=said.record)
        self._unended.pop(key, None)  # the writer's from here on, whatever stops
        await self._writer.write(ended)
        if ended.kind == Kind.BAD_REQUEST and not self.progress.ok:
            self._refused.append(key)
        self.progress.count(ended)

    def _spent(self, key: str, meter: Meter) -> Ended:
        """What an article took so far. That it cost nothing is not noted: the price of what is still to come may not be known."""
        usage, cost = meter.usage, self._flow.cost(meter) or None
        return Ended(key, "pending", None, "", meter.attempts, usage.input_tokens, usage.output_tokens, cost)

    async def _run(self, key: str, article: Article, meter: Meter) -> Result[Any] | Failure:
        """Summarise one article. Of a suspect the store knows at each moment whether it is worked on or waited for.

        Between two waits nothing else runs, so a death while it is worked on is this article's. Hence no desk, where it would
        wait again.
        """
        if key not in self._watched:
            return await self._flow.run(article, meter)
        watched = _Watched(self._flow.engine, lambda status: self._store.start([key], status), self._sleep)
        flow = replace(self._flow, engine=watched, sleep=watched.sleep, desk=None)
        self._store.start([key], "checking")
        try:
            return await flow.run(article, meter)
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
                message = stores.COPY_OF + self._store.article_id(twin)
                return _without_summary(key, article, "skipped", Kind.NEAR_DUPLICATE, message)
        return None

    async def _sleep(self, seconds: float) -> None:
        """Wait, unless a stop comes first: an article that only waits must not hold it up."""
        if not self._stop.is_set():  # a wait of no length would not see it
            try:
                await asyncio.wait_for(self._stop.wait(), seconds)
            except TimeoutError:
                return
        raise Interrupted("a stop was asked for")


class _Watched:
    """An engine that tells when an article is waited for, and when it is worked on again."""

    def __init__(self, engine: Engine, tell: Callable[[str], None], sleep: Sleep) -> None:
        self._engine, self._tell, self._sleep = engine, tell, sleep
        self.name, self.model, self.repairs, self.endpoint = engine.name, engine.model, engine.repairs, engine.endpoint

    async def complete(self, request: Request) -> Reply:
        """Ask the engine inside."""
        self._tell("waiting")
        try:
            return await self._engine.complete(request)
        finally:
            self._tell("checking")

    async def sleep(self, seconds: float) -> None:
        """Wait for the pace, for money, or between two tries."""
        self._tell("waiting")
        try:
            await self._sleep(seconds)
        finally:
            self._tell("checking")

    async def aclose(self) -> None:
        """Close the engine inside."""
        await self._engine.aclose()


@dataclass(frozen=True)
class Known:
    """What a store knows of pages, for one way of answering and of reading them: with another one, every page is new."""

    store: Store
    settings: str
    reading: str = ""

    def page(self, url: str) -> tuple[str | None, str | None]:
        """ETag and Last-Modified of the last answer."""
        return self.store.page(self._key(url))

    def remember(self, page: Taken) -> None:
        """Keep what the next request is asked with."""
        self.store.remember_page(self._key(page.url), page.etag, page.modified)

    def _key(self, url: str) -> str:
        return " ".join(filter(None, (self.settings, self.reading, url)))


async def outcomes(
    flow: Flow[Any], articles: AsyncIterator[Article], concurrency: int
) -> AsyncIterator[Result[Any] | Failure]:
    """The outcome of each article as it ends, without a store; at most `concurrency` articles are held at once.

    Raises SetupError or BudgetError, or what the iterator itself raised, after what was in work has ended.
    """
    results: asyncio.Queue[tuple[Result[Any] | Failure, asyncio.Event] | None] = asyncio.Queue()
    pull = asyncio.Lock()
    errors: list[BaseException] = []

    async def work() -> None:
        try:
            while not errors:
                async with pull:
                    article = await anext(articles, None)
                if article is None:
                    break
                taken = asyncio.Event()
                results.put_nowait((await flow.run(article), taken))
                await taken.wait()
        except BaseException as error:  # noqa: BLE001 - whoever iterates is told, whatever it was; a source may be cancelled too
            errors.append(error)
        finally:
            results.put_nowait(None)

    flow = replace(flow, desk=Desk(), stopped=lambda: bool(errors))
    workers = [asyncio.create_task(work()) for _ in range(concurrency)]
    try:
        left = concurrency
        while left:
            if (ended := await results.get()) is None:
                left -= 1
                continue
            outcome, taken = ended
            taken.set()
            yield outcome
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


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do what must not be given up half-way; who is cancelled meanwhile is so after it."""
    task, cancelled = asyncio.create_task(work), None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled


async def _cancelled(tasks: list[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
