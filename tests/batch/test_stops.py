"""What a stop keeps, whatever it comes into the middle of; in this process, with an engine of the test's own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from summarizer.batch import Batch, Options
from summarizer.records import Article, Reply, Request
from summarizer.store import Store
from tests.reliability.stores import REPLY, Stub, batch, stream

MANY = [Article(f"Ann Lee met Bo Li. Report {i}.", f"a.jsonl:{i}") for i in range(24)]


@pytest.mark.parametrize("cancelled", [False, True])
async def test_replies_that_came_as_the_grace_ended_are_kept(tmp_path: Path, cancelled: bool) -> None:
    """All replies are there and paid for, and wait to be checked one after the other; there is no time left for that."""
    came = asyncio.Barrier(len(MANY))

    async def together(request: Request) -> Reply:
        await came.wait()
        if not running[0].progress.ok:
            work[0].cancel() if cancelled else running[0].stop()
        return REPLY

    with Store(tmp_path / "o.store") as store:
        running: list[Batch] = [batch(store, Stub(together), Options(concurrency=len(MANY), grace=0.0))]
        work = [asyncio.create_task(running[0].run(stream(MANY)))]
        async with asyncio.timeout(20):
            await asyncio.gather(*work, return_exceptions=True)
        assert work[0].cancelled() == cancelled
        assert store.counts() == {"ok": len(MANY)}
