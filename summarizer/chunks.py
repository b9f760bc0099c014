"""Read a source in chunks: what it has at once comes together, and what is on its way keeps nobody waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

GATHER = 0.002
"""Seconds that a chunk waits for more entries, once it has one."""

T = TypeVar("T")


class Chunks(Generic[T]):
    """The entries of a source, as they come.

    Args:
        entries: the source. It is asked for one entry after the other, never beyond what `most` allows.
        most: how many entries the next chunk may have; with 0 there is no next one.

    """

    def __init__(self, entries: AsyncIterator[T], most: Callable[[], int]) -> None:
        self._entries, self._most = entries, most
        self._came: list[T] = []
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._stopped = False

    async def next(self) -> list[T]:
        """The next entries: one at least, and with it what comes at once. Empty at the end, or after a stop.

        What is still on its way then is kept for the next call. Raises what the source raised, after what came before it.
        """
        if self._reading is None:
            if self._stopped:
                return self._take()
            self._reading = asyncio.create_task(self._read(self._most()))
        if not self._reading.done():
            await self._news.wait()
        if not self._stopped:
            await asyncio.wait([self._reading], timeout=GATHER)
        entries = self._take()
        if not self._stopped:
            self._news.clear()
        if self._reading.done() and not (entries and _failed(self._reading)):
            reading, self._reading = self._reading, None
            reading.result()
        return entries

    def stop(self) -> None:
        """Begin no more reading: the next chunk is what has come already, and comes at once."""
        self._stopped = True
        self._news.set()

    async def close(self) -> None:
        """Give up what is still on its way. What has come until then is the next chunk, and the last."""
        self.stop()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
            self._reading = None

    def _take(self) -> list[T]:
        entries, self._came = self._came, []
        return entries

    async def _read(self, most: int) -> None:
        """Tell of each entry: one task for all of a chunk, because most sources have many at once."""
        try:
            for _ in range(most):
                if (entry := await anext(self._entries, None)) is None:
                    break
                self._came.append(entry)
                self._news.set()
        finally:
            self._news.set()


def _failed(task: asyncio.Task[None]) -> bool:
    return task.cancelled() or task.exception() is not None
