"""What a stop keeps, whatever it comes into the middle of; in this process, with an engine of the test's own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from summarizer.batch import Batch, Options
from summarizer.errors import StoreError
from summarizer.records import Reply, Request
from summarizer.sources import Broken
from summarizer.store import Commit, Store
from summarizer.supply import Entry
from tests.batch.slots import MANY, again, noting, slowly
from tests.reliability.stores import REPLY, Stub, batch, stream


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


@pytest.mark.parametrize("which", ["admitting", "ending"])
async def test_a_stop_while_the_disk_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    """What a stop finds in a commit is done or pending, never running: the next run does not take it for a death."""
    begin, running, loop = getattr(Store, which), list[Batch](), asyncio.get_running_loop()

    def slow(commit: Commit) -> Commit:
        return slowly(commit, lambda: loop.call_soon_threadsafe(running[0].stop))

    def begun(*given: Any) -> Any:
        found = begin(*given)
        return slow(found) if which == "ending" else (found[0], slow(found[1]))

    monkeypatch.setattr(Store, which, begun)
    with Store(tmp_path / "o.store") as store:
        running.append(batch(store, Stub(), Options(concurrency=8, grace=0.05)))
        await running[0].run(stream(MANY))
        assert store.counts().keys() <= {"ok", "pending"} and store.counts()


async def test_what_was_read_at_a_stop_is_kept(tmp_path: Path) -> None:
    """Entries that came with a stop are pending, since a pipe does not give them again; what is still to come is left."""
    running: list[Batch] = []

    async def source() -> AsyncIterator[Entry]:
        for entry in (MANY[0], Broken("a.jsonl:1", "is no JSON object"), MANY[2]):
            yield entry
        running[0].stop()
        await asyncio.sleep(60)
        yield MANY[3]

    with Store(tmp_path / "o.store") as store:
        running.append(batch(store, Stub(), Options(concurrency=8)))
        async with asyncio.timeout(20):
            await running[0].run(source())
        counts = store.counts()
        assert counts.keys() <= {"ok", "pending"} and sum(counts.values()) == 2
        assert [place for place, _ in store.breakages()] == ["a.jsonl:1"]


@pytest.mark.parametrize("cancelled", [False, True])
async def test_what_was_read_while_all_slots_are_busy_is_kept(tmp_path: Path, cancelled: bool) -> None:
    """A slow pipe gave three articles to work on, one that is ready, and one that nobody has asked for yet; then it ends."""
    running, end = list[Batch](), asyncio.Event()

    async def source() -> AsyncIterator[Entry]:
        for entry in MANY[:5]:
            await asyncio.sleep(0.05)
            yield entry
        end.set()
        await asyncio.sleep(60)

    async def never(request: Request) -> Reply:
        await asyncio.sleep(60)
        return REPLY

    with Store(tmp_path / "o.store") as store:
        running.append(batch(store, Stub(never), Options(concurrency=3, grace=0.1)))
        work = asyncio.create_task(running[0].run(source()))
        async with asyncio.timeout(20):
            await end.wait()
            assert store.counts() == {"running": 4}
            work.cancel() if cancelled else running[0].stop()
            await asyncio.gather(work, return_exceptions=True)
        assert store.counts() == {"pending": 5}


@pytest.mark.parametrize("cancels", [0, 1, 2, 3])
async def test_what_comes_while_the_last_chunk_is_committed_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cancels: int
) -> None:
    """The reading goes on while the disk writes; what it gives until the end is in the store, nothing of it is running.

    A cancel, also one during the end, or a stop.
    """
    given, begin, ends = list[Entry](), Store.admitting, list[Callable[[], object]]()
    loop = asyncio.get_running_loop()

    async def source() -> AsyncIterator[Entry]:
        for entry in MANY:
            await asyncio.sleep(0.02)
            given.append(entry)
            yield entry

    async def never(request: Request) -> Reply:
        await asyncio.sleep(60)
        return REPLY

    def begun(*arguments: Any) -> Any:
        new, commit = begin(*arguments)
        return new, slowly(commit, lambda: loop.call_soon_threadsafe(ends.pop()) if ends and len(given) > 3 else None)

    monkeypatch.setattr(Store, "admitting", begun)
    problems: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, problem: problems.append(problem))
    with Store(tmp_path / "o.store") as store:
        run = batch(store, Stub(never), Options(concurrency=24, grace=0.1))
        work = asyncio.create_task(run.run(source()))
        ends.append(partial(again, work.cancel if cancels else run.stop, cancels or 1))
        async with asyncio.timeout(20):
            await asyncio.gather(work, return_exceptions=True)
        assert store.counts() == {"pending": len(given)} and 3 < len(given) < len(MANY)
        assert work.cancelled() == bool(cancels) and asyncio.all_tasks() == {asyncio.current_task()}
    del work
    gc.collect()  # what nobody retrieved is told when it goes
    assert not problems


async def test_a_disk_that_fills_at_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read and cannot be kept is said."""
    running: list[Batch] = []

    async def source() -> AsyncIterator[Entry]:
        yield MANY[0]
        await asyncio.sleep(0.3)
        monkeypatch.setattr(Store, "admitting", full)
        running[0].stop()
        yield MANY[1]
        await asyncio.sleep(60)

    def full(*_: Any) -> Any:
        raise StoreError("the disk is full")

    with Store(tmp_path / "o.store") as store:
        running.append(batch(store, Stub(), Options(concurrency=1)))
        async with asyncio.timeout(20):
            await asyncio.gather(running[0].run(source()), return_exceptions=True)
        assert isinstance(running[0].stopped_by, StoreError) and store.counts() == {"ok": 1}


async def test_a_source_that_fails_behind_its_entries(tmp_path: Path) -> None:
    """What came before is done or pending, and the error is raised."""

    async def source() -> AsyncIterator[Entry]:
        for entry in MANY[:3]:
            yield entry
        raise ZeroDivisionError

    with Store(tmp_path / "o.store") as store:
        with pytest.raises(ZeroDivisionError):
            await batch(store, Stub(), Options(concurrency=8)).run(source())
        assert sum(store.counts().values()) == 3 and not store.counts().keys() & {"running", "waiting", "checking"}


async def test_a_source_that_fails_leaves_work_its_time(tmp_path: Path) -> None:
    """While some slots are idle: what is paid for is kept, and then the error is raised."""

    async def source() -> AsyncIterator[Entry]:
        for entry in MANY[:3]:
            yield entry
        await asyncio.sleep(0.1)
        raise ZeroDivisionError

    async def late(request: Request) -> Reply:
        await asyncio.sleep(0.3)
        return REPLY

    with Store(tmp_path / "o.store") as store:
        with pytest.raises(ZeroDivisionError):
            await batch(store, Stub(late), Options(concurrency=8)).run(source())
        assert store.counts() == {"ok": 3}


async def test_a_source_that_fails_at_a_stop(tmp_path: Path) -> None:
    """No slot asks it again; its error is raised all the same."""
    running: list[Batch] = []

    async def source() -> AsyncIterator[Entry]:
        yield MANY[0]
        running[0].stop()
        raise ZeroDivisionError

    with Store(tmp_path / "o.store") as store:
        running.append(batch(store, Stub(), Options(concurrency=1)))
        with pytest.raises(ZeroDivisionError):
            await running[0].run(source())
        assert sum(store.counts().values()) == 1 and not store.counts().keys() & {"running", "waiting", "checking"}


async def test_a_store_that_fails_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run stops and says so; the entries that could not be stored then are stored at its end, for a pipe forgets them."""
    read, begin, tries = list[Entry](), Store.admitting, list[int]()

    def begun(store: Store, *given: Any) -> Any:
        tries.append(1)
        if len(tries) == 2:
            raise StoreError("the disk is full")
        return begin(store, *given)

    monkeypatch.setattr(Store, "admitting", begun)
    with Store(tmp_path / "o.store") as store:
        with pytest.raises(StoreError, match="full"):
            await batch(store, Stub(), Options(concurrency=4)).run(noting(read))
        counts = store.counts()
        assert sum(counts.values()) == len(read) >= 8 and counts.keys() <= {"ok", "pending"}


@pytest.mark.parametrize("signals", [1, 2])
async def test_what_a_stop_gives_up_was_paid_for(tmp_path: Path, signals: int) -> None:
    """A first reply was paid for, and the repair is given up: its article is pending, and its call and tokens are counted."""
    repairing = asyncio.Event()

    async def prose(request: Request) -> Reply:
        if request.repair is not None:
            repairing.set()
            await asyncio.sleep(60)
        return replace(REPLY, text="I would rather not.")

    with Store(tmp_path / "o.store") as store:
        running = batch(store, Stub(prose), Options(concurrency=1, grace=0.05))
        work = asyncio.create_task(running.run(stream(MANY[:1])))
        async with asyncio.timeout(20):
            await repairing.wait()
            if signals == 2:
                running.abandon()  # all that a second signal leaves time for
                assert store.totals()["input_tokens"] == 100
            running.stop()
            await work
        found = store.totals()
        assert store.counts() == {"pending": 1}
        assert (found["attempts"], found["input_tokens"], found["output_tokens"]) == (2, 100, 50)
        assert running.progress.unpriced == 1


async def test_what_a_bug_cost(tmp_path: Path) -> None:
    """An article that fails by a bug of ours tells what was paid for it."""

    async def broken(request: Request) -> Reply:
        if request.repair is not None:
            raise RuntimeError
        return replace(REPLY, text="I would rather not.")

    with Store(tmp_path / "o.store") as store:
        await batch(store, Stub(broken), Options(concurrency=1)).run(stream(MANY[:1]))
        assert store.kinds() == {"internal": 1} and store.totals()["input_tokens"] == 100
