"""Articles for the slots of a batch: read from its sources, made safe, and given out.

Reading is ahead of the slots, by less than two chunks, so that one that is free has its article at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

from summarizer.chunks import Chunks
from summarizer.records import Article
from summarizer.sources import Broken, Taken

CHUNK = 64
"""Entries that are read and made safe together, at the most."""

Entry: TypeAlias = Article | Broken | Taken
Job: TypeAlias = tuple[str, Article]


class Supply:
    """What a run takes from its sources.

    Args:
        entries: the sources. They are asked for nothing before the first article is, and never for more than `left` allows.
        admit: makes entries safe, and returns what is to be done: an article's key and the article.
        slots: how many take articles.
        left: how many articles may still be taken.

    """

    def __init__(
        self,
        entries: AsyncIterator[Entry],
        admit: Callable[[list[Entry]], Awaitable[list[Job]]],
        slots: int,
        left: Callable[[], int],
    ) -> None:
        self._chunks = Chunks(entries, self._most)
        self._admit, self._slots, self._left = admit, slots, left
        self._size = min(CHUNK, slots)
        self._ready: asyncio.Queue[Job | None] = asyncio.Queue()
        self._short = asyncio.Event()
        self._feeding: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[list[BaseException]] | None = None
        self._came: list[Entry] = []
        self._stopped = False

    async def take(self) -> Job | None:
        """The next article; None at the end, or after a stop.

        As many slots go on in one round of the event loop as there are articles: in each round a reply is checked. Raises what
        the sources or `admit` raised, after what came before is given out.
        """
        self._feeding = self._feeding or asyncio.create_task(self._feed())
        job = await self._ready.get()
        self._level()
        if job is None:
            self._feeding.result()
        return None if self._stopped else job

    def stop(self) -> None:
        """Read no more, and give out no more. What has come already is still made safe."""
        self._stopped = True
        self._chunks.stop()
        self._level()

    async def close(self) -> list[BaseException]:
        """End the reading. What it has got is safe then, because a pipe does not give it again.

        Returns what the sources and `admit` raised.
        """
        self.stop()
        self._closing = self._closing or asyncio.create_task(self._close())
        await asyncio.wait([self._closing])
        return self._closing.result()

    async def _feed(self) -> None:
        try:
            while not self._stopped and (entries := await self._chunks.next()):
                for job in await self._admitted(entries):
                    self._ready.put_nowait(job)
                self._level()
                await self._short.wait()
        finally:
            for _ in range(self._slots):
                self._ready.put_nowait(None)

    async def _close(self) -> list[BaseException]:
        ends = await asyncio.gather(*filter(None, [self._feeding]), return_exceptions=True)
        await self._chunks.close()
        ends += await asyncio.gather(self._rest(), return_exceptions=True)
        return [end for end in ends if end is not None]

    async def _rest(self) -> None:
        if entries := self._came + await self._chunks.next():
            await self._admit(entries)

    async def _admitted(self, entries: list[Entry]) -> list[Job]:
        self._came = entries
        jobs = await self._admit(entries)
        self._came = []
        return jobs

    def _level(self) -> None:
        if self._stopped or self._ready.qsize() < self._size:
            self._short.set()
        else:
            self._short.clear()

    def _most(self) -> int:
        return min(self._size, self._left() - self._ready.qsize())
