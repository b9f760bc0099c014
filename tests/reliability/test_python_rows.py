"""Rows that need no wire: loops, cancelling, clocks, work that grows with the input, old stores, other processes."""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

import summarizer
from summarizer import Summarizer, errors
from summarizer.batch import Options
from summarizer.database import VERSION
from summarizer.errors import SummarizerError
from summarizer.failures import Shape, Signal, classify
from summarizer.keys import settings_of
from summarizer.records import (
    Article,
    ErrorInfo,
    Failure,
    Problem,
    PromptRef,
    Provenance,
    Reply,
    Request,
    SchemaRef,
    Usage,
)
from summarizer.store import Store
from tests.conftest import ROOT
from tests.reliability.conftest import article, kinds
from tests.reliability.stores import DETERMINING, FIXTURES, REPLY, SAVED, WAITING, Stub, batch, stream
from tests.support.faults import Faults


def statuses(store: Store) -> dict[str, int]:
    return store.counts()


@pytest.mark.parametrize("near", [False, True])
def test_r52_work_grows_as_the_articles_do(tmp_path: Path, near: bool) -> None:
    """Four times the articles: as many statements and as many steps of SQLite for each; the first row as soon; few held."""

    async def measured(count: int) -> tuple[float, float, float]:
        seen = {"statements": 0, "steps": 0, "pulled": 0, "most": 0, "first": 0}

        async def articles() -> AsyncIterator[Article]:
            words = random.Random(count)
            for i in range(count):
                seen["pulled"] += 1
                seen["most"] = max(seen["most"], seen["pulled"] - ran.progress.done)
                text = " ".join(f"{words.paretovariate(0.4):.0f}" for _ in range(80))
                yield Article(f"{text}, report {i}.", f"{i}")

        async def answer(_: Request) -> Reply:
            seen["first"] = seen["first"] or seen["pulled"]
            return REPLY

        with Store(tmp_path / f"{count}.store") as store:

            def tally(name: str) -> int:
                seen[name] += 1
                return 0

            store._db.set_trace_callback(lambda _: tally("statements") and None)
            store._db.set_progress_handler(lambda: tally("steps"), 50)
            ran = batch(store, Stub(answer), Options(concurrency=8, near=near))
            await ran.run(articles())
            assert sum(store.counts().values()) == count
            first = seen["statements"], seen["steps"]
            again = batch(store, Stub(answer), Options(concurrency=8, near=near))
            ran.progress.ok = 10**9  # what is held is measured above
            await again.run(articles())
            assert again.progress.seen == count
            assert seen["most"] <= 3 * 8 and seen["first"] <= 2 * 8  # in work, ready, and read ahead
            return first[0] / count, first[1] / count, (seen["steps"] - first[1]) / count

    small, large = (asyncio.run(measured(count)) for count in (150, 600))
    assert all(after <= 1.3 * before for before, after in zip(small, large, strict=True)), (small, large)


def test_r54_one_loop_after_another(server: Faults) -> None:
    """One session, closed in each `asyncio.run`, and the synchronous call between them: no loop is closed to it."""
    session: Summarizer[Any] = Summarizer("openai/test", base_url=server.url())

    async def once(i: int) -> Any:
        async with session:
            return await session.asummarize(article(i))

    found = []
    for i in range(3):
        found.append(asyncio.run(once(2 * i)))
        with session:
            found.append(session.summarize(article(2 * i + 1)))
    assert [one.status for one in found] == ["ok"] * 6 and server.count == 6


LEFT = """
import asyncio, sys
from summarizer import Summarizer
session = Summarizer("openai/test", base_url=sys.argv[1])
found = [asyncio.run(session.asummarize(f"Li asked Lee to wait for report {i}.")) for i in range(3)]
found.append(session.summarize("Li asked Lee to wait for report 3."))
session.close()
print(*(one.status for one in found))
"""


def left(url: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-c", LEFT, url], capture_output=True, text=True, cwd=ROOT, env=env, timeout=60, check=False
    )


def test_r54_loops_that_are_left(server: Faults) -> None:
    """A session that nobody closed in the loops that went still answers in the next one."""
    done = left(server.url())
    assert (done.returncode, done.stdout) == (0, "ok ok ok ok\n") and "is closed" not in done.stderr, done.stderr


def test_r54_loops_that_are_left_in_silence(server: Faults) -> None:
    """And nothing is said of connections that were not closed."""
    assert left(server.url()).stderr == ""


def test_r54_used_again_after_closing(server: Faults) -> None:
    """A session that was closed opens again, or says so in an error of ours."""
    session: Summarizer[Any] = Summarizer("openai/test", base_url=server.url())
    with session:
        session.summarize(article(0))
    try:
        with session:
            assert session.summarize(article(1)).status == "ok"
    except RuntimeError as error:
        assert isinstance(error, SummarizerError), error  # noqa: PT017 - any error but one of ours is the defect


def test_r55_an_iterator_that_raises(server: Faults) -> None:
    """What the caller's own articles raise reaches the caller after what was in work; nothing hangs."""

    def articles() -> Iterator[Article]:
        yield article(0)
        raise ValueError("the feed broke")

    found: list[str] = []

    async def main() -> None:
        async with Summarizer("openai/test", base_url=server.url()) as session:
            async for one in session.abatch(articles(), concurrency=3):
                found.append(one.status)  # noqa: PERF401 - what came before the error is kept

    with pytest.raises(ValueError, match="the feed broke"):
        asyncio.run(asyncio.wait_for(main(), 20))
    assert found == ["ok"]


def test_r54_from_many_threads(server: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module's own function, from eight threads at once and inside a running loop."""
    monkeypatch.setenv("SUMMARIZER_MODEL", "openai/test")
    found: list[Any] = []

    async def notebook() -> None:
        found.append(summarizer.summarize(article(9), base_url=server.url()))

    def call(i: int) -> None:
        found.append(summarizer.summarize(article(i), base_url=server.url()))

    threads = [threading.Thread(target=call, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    asyncio.run(notebook())
    assert [one.status for one in found] == ["ok"] * 9


async def test_r55_a_batch_whose_caller_gives_up(tmp_path: Path) -> None:
    """Cancelled at any moment: it passes through, no task stays, what was counted is stored, the rest goes on later."""
    done_before = set()
    for moment in range(0, 120, 3):
        path, before = tmp_path / f"{moment}.store", asyncio.all_tasks()
        steps = 0

        async def answer(_: Request) -> Reply:
            nonlocal steps
            for _step in range(3):
                steps += 1
                await asyncio.sleep(0.001)
            return REPLY

        engine = Stub(answer)
        with Store(path) as store:
            ran = batch(store, engine)
            task = asyncio.create_task(ran.run(stream(SAVED)))
            for _ in range(moment):
                await asyncio.sleep(0.0005)
            ended = task.done()
            task.cancel()
            if not ended:
                with pytest.raises(asyncio.CancelledError):
                    await task
            assert asyncio.all_tasks() == before
            counts = statuses(store)
            assert counts.get("ok", 0) >= ran.progress.ok and not counts.keys() & {"running", "waiting", "checking"}
            done_before.add(counts.get("ok", 0))
        with Store(path) as store:
            await batch(store, engine).run(stream(SAVED))
            assert statuses(store) == {"ok": 6} and store.check() == "ok"
        assert len(engine.asked) <= 6 + 4  # at most what was in work is asked for again
    assert len(done_before) > 2  # it was cancelled early and late


async def test_r55_a_loop_that_is_left(server: Faults) -> None:
    """Leaving the loop over outcomes ends what is in work; nothing goes on behind the caller's back."""
    server.latency = 0.2
    before = asyncio.all_tasks()
    async with Summarizer("openai/test", base_url=server.url()) as session:
        outcomes = session.abatch((article(i) for i in range(100)), concurrency=4)
        async for _ in outcomes:
            break
        await outcomes.aclose()
        await asyncio.sleep(0.1)  # for what was on the wire already
        asked = server.count
        await asyncio.sleep(0.5)
        assert server.count == asked <= 12
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("jump", [-86_400, 86_400, -400 * 86_400])
async def test_r56_a_clock_that_jumps_in_the_middle(server: Faults, tmp_path: Path, jump: float) -> None:
    """The clock is set anew during calls, pauses and commits: all end soon, no duration is negative, no row is missing."""
    server.latency = 0.05
    began = time.monotonic()
    with time_machine.travel(time.time(), tick=True) as clock:
        async with Summarizer("openai/test", base_url=server.url("429ms20,500,ok"), timeout=30.0) as session:

            async def jumping() -> None:
                for turn in range(20):
                    await asyncio.sleep(0.02)
                    clock.shift(jump if turn % 2 else -jump / 2)

            task = asyncio.create_task(jumping())
            found = [outcome async for outcome in session.abatch((article(i) for i in range(12)), concurrency=4)]
            await task
        with Store(tmp_path / "s.store") as store:

            async def answer(_: Request) -> Reply:
                clock.shift(jump)
                return REPLY

            await batch(store, Stub(answer)).run(stream(SAVED))
            assert statuses(store) == {"ok": 6}
    assert kinds(found) == ["ok"] * 12 and time.monotonic() - began < 20
    assert all(0 <= outcome.provenance.seconds < 20 for outcome in found)


def unpacked(tmp_path: Path, version: int) -> Path:
    path = tmp_path / f"{version}.store"
    path.write_bytes(gzip.decompress((FIXTURES / f"store-{version}.gz").read_bytes()))
    return path


@pytest.mark.parametrize("version", range(1, VERSION + 1))
async def test_r60_a_store_of_every_version(tmp_path: Path, version: int) -> None:
    """A store that an earlier release left: read, shown and continued; what it has is kept, and nothing is asked for twice."""
    path = unpacked(tmp_path, version)
    with Store(path, write=False) as store:
        before = list(store.records())
        assert statuses(store) == {"ok": 3, "failed": 2, "skipped": 1, "pending": 2} and store.check() == "ok"
        assert store.kinds() == {"refused": 2} and store.breakages() == [("a.jsonl:7", "is no JSON object")]
        assert store.totals()["attempts"] == 5 and store.setting("run")["model"] == "builtin"
        settings = settings_of(DETERMINING)
        assert store.page(f"{settings} https://example.invalid/feed") == ('"1"', None)
        assert [found for _, found in store.pending(settings)] == WAITING[:1]
        [(key, suspect)] = store.pending(settings, suspects=True)
        assert suspect == WAITING[1] and store.sources_of(key) == ["c.jsonl:2"]
    engine = Stub()
    with Store(path) as store:
        await batch(store, engine).run(stream([*SAVED, Article("They met. Report 99.", "d.jsonl:1")]))
        assert sorted(engine.asked) == sorted([*(waiting.text for waiting in WAITING), "They met. Report 99."])
        assert statuses(store) == {"ok": 6, "failed": 2, "skipped": 1} and set(before) <= set(store.records())
        assert store.retry(settings=settings) == 2
        await batch(store, engine).run(stream([]))
        assert statuses(store) == {"ok": 8, "skipped": 1} and store.check() == "ok"
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)


@pytest.mark.parametrize("write", [True, False])
def test_r60_a_store_of_a_later_version(tmp_path: Path, write: bool) -> None:
    """It is refused, whoever asks, with what to do, and not a byte of it is changed."""
    path = unpacked(tmp_path, VERSION)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    data = path.read_bytes()
    with pytest.raises(errors.StoreError, match=rf"newer summarizer \(store version {VERSION + 1}\); update this one"):
        Store(path, write=write)
    assert path.read_bytes() == data


FAILURE = Failure(
    article(1), ErrorInfo("refused", "the model refused"), (Problem("asks/0", "refused", "said", {"x": [1, None]}),),
    Provenance("openai", "x", None, PromptRef("meeting", 1, "a"), SchemaRef("M", "b"), "0.1.0", 2, Usage(1, 2), None, datetime(2026, 3, 19, tzinfo=UTC), 0.5),
)  # fmt: skip


def every_error() -> list[SummarizerError]:
    """One of each class that the project raises, with all that it can carry."""
    call = errors.CallError(classify(Signal(shape=Shape.REFUSAL)), Usage(5, 6, complete=False), "x-1", {"said": "no"})
    setup = errors.SetupError("openai/x: no quota", "quota")
    setup.article, setup.attempts = "sha256:1", 3
    special = [call, setup, errors.FetchError("https://example.invalid/", "status 404"), errors.ArticleFailed(FAILURE)]
    made: dict[type[SummarizerError], SummarizerError] = {type(error): error for error in special}
    classes, found = [SummarizerError], list[SummarizerError]()
    while classes:
        kind = classes.pop()
        classes += kind.__subclasses__()
        if kind.__module__ == errors.__name__:
            found.append(made.get(kind) or kind(f"a {kind.__name__}\nwith ‘two’ lines"))
    return found


def raise_one(name: str) -> None:
    raise next(error for error in every_error() if type(error).__name__ == name)


def test_r62_every_error_comes_home_from_another_process() -> None:
    """Raised in a process that was started anew, each arrives as what it was: class, words, exit status, all it carries."""
    wanted = every_error()
    assert len(wanted) == len({type(error) for error in wanted}) >= 12
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        for error in wanted:
            with pytest.raises(type(error)) as caught:
                pool.submit(raise_one, type(error).__name__).result(60)
            assert type(caught.value) is type(error) and str(caught.value) == str(error)
            carried = {name: value for name, value in vars(caught.value).items() if not name.startswith("__")}
            assert carried == vars(error), type(error)
            assert (caught.value.exit_status, caught.value.kind) == (error.exit_status, error.kind)
