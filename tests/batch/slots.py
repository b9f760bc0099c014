"""What tests of a batch's turns and of its stops share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from summarizer.records import Article
from summarizer.store import Commit
from summarizer.supply import Entry

MANY = [Article(f"Ann Lee met Bo Li. Report {i}.", f"a.jsonl:{i}") for i in range(24)]


def slowly(commit: Commit, before: Callable[[], object], after: Callable[[], object] = bool) -> Commit:
    """A commit by a disk that takes long."""

    def committed() -> None:
        before()
        time.sleep(0.2)
        commit()
        after()

    return committed


async def noting(read: list[Entry]) -> AsyncIterator[Entry]:
    """A source that notes what is read of it."""
    for entry in MANY:
        read.append(entry)
        yield entry


def again(what: Callable[[], object], times: int) -> None:
    """Do something now, and again while what it began goes on."""
    for number in range(times):
        asyncio.get_running_loop().call_later(0.02 * number, what)
