"""How a batch takes turns: checks, commits, reading ahead; in this process, with an engine of the test's own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from summarizer import Summarizer, prices, verify
from summarizer.batch import Options, outcomes
from summarizer.errors import CallError, StoreError
from summarizer.failures import Shape, Signal, classify
from summarizer.keys import key_of, settings_of
from summarizer.records import Article, Reply, Request, Usage
from summarizer.sources import Broken
from summarizer.store import Commit, Ended, Store
from summarizer.supply import Entry
from tests.batch.slots import MANY, noting, slowly
from tests.reliability.stores import DETERMINING, REPLY, TWINS, Stub, batch, stream


class Rounds:
    """Counts the rounds of the event loop, and notes in which one a reply is checked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.checks, self._check = 0, list[int](), verify.check
        monkeypatch.setattr(verify, "check", self._noted)

    def _noted(self, *given: Any) -> Any:
        self.checks.append(self.now)
        return self._check(*given)

    async def count(self) -> None:
        while True:
            self.now += 1
            await asyncio.sleep(0)


async def together(request: Request) -> Reply:
    """All replies come at one moment."""
    await asyncio.sleep(0.05)
    return REPLY


async def one_by_one(request: Request) -> Reply:
    """Replies come one after the other."""
    await asyncio.sleep(0.01 * int(request.user.rpartition("Report ")[2].split(".")[0]))
    return REPLY


@pytest.mark.parametrize("kept", [True, False])
async def test_replies_at_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    """Between two checks the loop is served, so that a slot asks again before all others are checked."""
    rounds = Rounds(monkeypatch)
    counting = asyncio.create_task(rounds.count())
    if kept:
        with Store(tmp_path / "o.store") as store:
            await batch(store, Stub(together), Options(concurrency=24)).run(stream(MANY))
            assert store.counts() == {"ok": len(MANY)}
    else:
        session: Summarizer[Any] = Summarizer("builtin")
        object.__setattr__(session.flow, "engine", Stub(together))

        async def articles() -> AsyncIterator[Article]:
            for one in MANY:
                yield one

        assert [one.status async for one in outcomes(session.flow, articles(), 24)] == ["ok"] * len(MANY)
    counting.cancel()
    assert len(rounds.checks) == len(set(rounds.checks)) == len(MANY)


async def test_rows_are_committed_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While many replies queue up to be checked, what ends shares a commit; while few do, no row waits for another."""
    commits: list[int] = []
    ending = Store.ending

    def noted(store: Store, ended: list[Ended]) -> Commit:
        commits.append(len(ended))
        return ending(store, ended)

    monkeypatch.setattr(Store, "ending", noted)
    monkeypatch.setattr("summarizer.commits.LONGEST", 10.0)
    check = verify.check

    def slow(*given: Any) -> Any:
        time.sleep(0.005)
        return check(*given)

    asked = asyncio.Barrier(len(MANY))

    async def at_once(_: Request) -> Reply:
        await asked.wait()
        return REPLY

    monkeypatch.setattr(verify, "check", slow)
    with Store(tmp_path / "o.store") as store:
        await batch(store, Stub(at_once), Options(concurrency=24)).run(stream(MANY))
    assert sum(commits) == len(MANY) and commits[0] >= 4 and len(commits) <= 10


async def test_a_row_does_not_wait_for_replies_that_are_still_to_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where few replies queue up, a row is committed at once, whatever the longest wait is."""
    monkeypatch.setattr("summarizer.commits.LONGEST", 60.0)
    with Store(tmp_path / "o.store") as store:
        async with asyncio.timeout(20):
            await batch(store, Stub(one_by_one), Options(concurrency=4)).run(stream(MANY[:8]))
        assert store.counts() == {"ok": 8}


async def test_replies_are_checked_while_the_disk_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that takes long holds up its own rows only."""
    writing = threading.Event()
    at, check = list[bool](), verify.check

    def noted(*given: Any) -> Any:
        at.append(writing.is_set())
        return check(*given)

    ending = Store.ending
    monkeypatch.setattr(Store, "ending", lambda *given: slowly(ending(*given), writing.set, writing.clear))
    monkeypatch.setattr(verify, "check", noted)
    monkeypatch.setattr("summarizer.commits.LONGEST", 0.0)
    with Store(tmp_path / "o.store") as store:
        await batch(store, Stub(one_by_one), Options(concurrency=12)).run(stream(MANY))
        assert store.counts() == {"ok": len(MANY)}
    assert any(at)


async def test_no_thread_for_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system starts no more threads, commits are done all the same."""

    def none_left(*_: Any) -> Any:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    with Store(tmp_path / "o.store") as store:
        async with asyncio.timeout(20):
            await batch(store, Stub(), Options(concurrency=8)).run(stream(MANY))
        assert store.counts() == {"ok": len(MANY)}


async def test_no_more_is_read_than_may_be_done(tmp_path: Path) -> None:
    """With --limit a source is not read beyond it: its next entry can be a page to fetch, or a line of a pipe."""
    read: list[Entry] = []
    entries: list[Entry] = [Broken("a.jsonl:0", "is no JSON object"), *MANY]

    async def source() -> AsyncIterator[Entry]:
        for entry in entries:
            read.append(entry)
            yield entry

    with Store(tmp_path / "o.store") as store:
        progress = await batch(store, Stub(), Options(concurrency=4, limit=6)).run(source())
        assert progress.ok == 6 and progress.broken == 1 and store.counts() == {"ok": 6}
    assert len(read) == 7


async def test_a_store_that_cannot_resume_reads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pending rows cannot be taken up, no other slot asks the sources: a pipe does not give its entries again."""
    read: list[Entry] = []

    def full(*_: Any) -> Any:
        raise StoreError("the disk is full")

    with Store(tmp_path / "o.store") as store:
        key = key_of(MANY[0], DETERMINING)
        store.admit([(key, MANY[0])], settings_of(DETERMINING))
        store.release()
        monkeypatch.setattr(store, "start", full)
        monkeypatch.setattr(store, "admitting", full)
        with pytest.raises(StoreError, match="full"):
            await batch(store, Stub(), Options(concurrency=8)).run(noting(read))
    assert not read


async def test_slots_that_wait_for_the_source_go_on_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a source gives at one moment is asked at one moment: not one article in each round, with a check between."""
    rounds, begun = Rounds(monkeypatch), list[int]()
    counting = asyncio.create_task(rounds.count())

    async def answer(_: Request) -> Reply:
        begun.append(rounds.now)
        return REPLY

    with Store(tmp_path / "o.store") as store:
        await batch(store, Stub(answer), Options(concurrency=12)).run(stream(MANY))
    counting.cancel()
    assert len(begun) == len(MANY) and len(set(begun[:12])) <= 2


async def test_a_source_that_trickles_wakes_no_slot_in_vain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An article wakes the slot that takes it: hundreds may be idle, in a batch that follows a feed."""
    handles, marks, loop = 0, list[int](), asyncio.get_running_loop()
    call_soon = loop.call_soon

    def counted(*given: Any, **named: Any) -> Any:
        nonlocal handles
        handles += 1
        return call_soon(*given, **named)

    async def source() -> AsyncIterator[Entry]:
        for entry in MANY:
            await asyncio.sleep(0.02)
            marks.append(handles)
            yield entry

    monkeypatch.setattr(loop, "call_soon", counted)
    with Store(tmp_path / "o.store") as store:
        await batch(store, Stub(), Options(concurrency=500)).run(source())
        assert store.counts() == {"ok": len(MANY)}
    assert marks[-1] - marks[1] < 100 * len(MANY)


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_limit_that_leaves_nothing(tmp_path: Path, limit: int) -> None:
    """Nothing is read and nothing is done, pending rows included."""
    read: list[Entry] = []

    with Store(tmp_path / "o.store") as store:
        store.admit([(key_of(MANY[0], DETERMINING), MANY[0])], settings_of(DETERMINING))
        store.release()
        assert (await batch(store, Stub(), Options(concurrency=4, limit=limit)).run(noting(read))).done == 0
        assert store.counts() == {"pending": 1}
    assert not read


async def test_the_next_chunk_is_there_when_slots_are_free(tmp_path: Path) -> None:
    """It is read and safe while all slots are busy, and no more than it: four articles are asked about, and four are ready."""
    read, asked, ahead, go = list[Entry](), list[str](), asyncio.Event(), asyncio.Event()

    async def source() -> AsyncIterator[Entry]:
        for entry in MANY:
            read.append(entry)
            if len(read) == 8:
                ahead.set()
            yield entry

    async def answer(request: Request) -> Reply:
        asked.append(request.article.text)
        await go.wait()
        return REPLY

    with Store(tmp_path / "o.store") as store:
        running = asyncio.create_task(batch(store, Stub(answer), Options(concurrency=4)).run(source()))
        async with asyncio.timeout(20):
            await ahead.wait()
        await asyncio.sleep(0.3)
        assert len(asked) == 4 and len(read) == 8 and store.counts() == {"running": 8}
        go.set()
        assert (await running).ok == len(MANY)


async def test_the_limit_counts_what_is_ready(tmp_path: Path) -> None:
    """Reading ahead does not go beyond --limit either."""
    read: list[Entry] = []

    with Store(tmp_path / "o.store") as store:
        assert (await batch(store, Stub(together), Options(concurrency=4, limit=6)).run(noting(read))).ok == 6
        assert store.counts() == {"ok": 6}
    assert len(read) == 6


async def test_two_near_copies_that_failed(tmp_path: Path) -> None:
    """Done again at one time, one of them is asked about and the other is its copy; never each the other's."""

    async def refused(request: Request) -> Reply:
        raise CallError(classify(Signal(shape=Shape.REFUSAL)), Usage(9, 1), "stub-1", "I would rather not.")

    with Store(tmp_path / "o.store") as store:
        await batch(store, Stub(refused), Options(concurrency=1, near=True)).run(stream(TWINS))
        store.retry(settings=settings_of(DETERMINING))
        await batch(store, Stub(together), Options(concurrency=4, near=True)).run(stream([]))
        assert store.counts() == {"ok": 1, "skipped": 1}


async def test_prices_are_read_while_an_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Once for a model, behind the first calls, and not by the event loop's thread."""
    found, before, read, loop = list[str](), list[int](), asyncio.Event(), asyncio.get_running_loop()

    def known(*_: str) -> bool:
        found.append(threading.current_thread().name)
        loop.call_soon_threadsafe(read.set)
        return False

    monkeypatch.setattr(prices, "_is_known", known)
    prices.expect.cache_clear()

    async def answer(request: Request) -> Reply:
        before.append(len(found))
        async with asyncio.timeout(20):
            await read.wait()
        return REPLY

    with Store(tmp_path / "o.store") as store:
        progress = await batch(store, Stub(answer), Options(concurrency=1)).run(stream(MANY[:2]))
    assert progress.ok == 2 and before[0] == 0 and found[0] == "prices" and found.count("prices") == 1
