"""Commit the rows of a batch, those that come at one time together, while the event loop goes on.

Statements are run by the event loop's thread, and only the commit by another one: replies are checked while the disk writes,
and a thread that has one thing to do waits for Python's lock once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from summarizer.flow import Desk
from summarizer.store import Commit, Ended, Store

SHARE = 4
"""A commit waits for others while so many times its rows queue up to be checked: what is short then is CPU, so that no call is
late for it, and fewer commits take less. Where few replies queue up, their slots must not wait."""
LONGEST = 0.01
"""Seconds that it waits at the most."""


class Writer:
    """Writes how articles ended. Whoever holds `turn` may write something else."""

    def __init__(self, store: Store, desk: Desk) -> None:
        self._store, self._desk = store, desk
        self._thread = ThreadPoolExecutor(1, "commits")
        self.turn = asyncio.Lock()
        self._waiting: list[tuple[Ended, asyncio.Future[None]]] = []
        self._some = asyncio.Event()
        self._enough = asyncio.Event()
        self._closed = False

    async def write(self, ended: Ended) -> None:
        """Return when the row is safe."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((ended, done))
        self._some.set()
        if SHARE * len(self._waiting) >= self._desk.queued:
            self._enough.set()
        await done

    def close(self) -> None:
        """Let `run` end, once everything is written."""
        self._closed = True
        self._some.set()
        self._enough.set()

    async def run(self) -> None:
        """Write until the end."""
        while not (self._closed and not self._waiting):
            await self._some.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST):
                    await self._enough.wait()
            self._some.clear()
            self._enough.clear()
            async with self.turn:
                batch, self._waiting = self._waiting, []
                if batch:
                    await self._commit(batch)
            if self._closed:
                self.close()
        self._thread.shutdown()

    async def committed(self, commit: Commit) -> None:
        """Let a commit be done, and return when it is; it is done too where the waiting is given up."""
        try:
            done = asyncio.get_running_loop().run_in_executor(self._thread, commit)
        except RuntimeError:  # the system starts no more threads
            return commit()
        done.add_done_callback(asyncio.Future.exception)  # or asyncio complains where nobody waits any more
        await asyncio.wait([done])
        return done.result()

    async def _commit(self, batch: list[tuple[Ended, asyncio.Future[None]]]) -> None:
        try:
            await self.committed(self._store.ending([ended for ended, _ in batch]))
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever the disk said
            for done in _awaited(batch):
                done.set_exception(error)
            return
        for done in _awaited(batch):
            done.set_result(None)


def _awaited(batch: list[tuple[Ended, asyncio.Future[None]]]) -> Iterator[asyncio.Future[None]]:
    """What those wait for who have not given up."""
    return (done for _, done in batch if not done.done())
