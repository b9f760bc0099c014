"""How a batch takes turns: checks, commits, reading ahead; in this process, with an engine of the test's own."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from summarizer import Summarizer, prices, verify
from summarizer.batch import Batch, Options, outcomes
from summarizer.errors import CallError, StoreError
from summarizer.failures import Shape, Signal, classify
from summarizer.records import Article, Reply, Request, Usage
from summarizer.sources import Broken
from summarizer.store import Commit, Ended, Store, key_of, settings_of
from summarizer.supply import Entry
from tests.reliability.stores import DETERMINING, REPLY, TWINS, Stub, batch, stream

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


async def test_two_near_copies_that_failed(tmp_path: Path) -> None:
    """Done again at one time, one of them is asked about and the other is its copy; never each the other's."""

    async def refused(request: Request) -> Reply:
        raise CallError(classify(Signal(shape=Shape.REFUSAL)), Usage(9, 1), "stub-1", "I would rather not.")

    with Store(tmp_path / "o.store") as store:
        await batch(store, Stub(refused), Options(concurrency=1, near=True)).run(stream(TWINS))
        store.retry(settings=settings_of(DETERMINING))
        await batch(store, Stub(together), Options(concurrency=4, near=True)).run(stream([]))
        assert store.counts() == {"ok": 1, "skipped": 1}


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
