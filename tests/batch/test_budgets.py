"""Articles that wait for money: no time of theirs passes, and nothing is sent once the run has stopped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from summarizer import Summarizer, batch
from summarizer.batch import Batch, Options
from summarizer.engines.budget import Budget
from summarizer.errors import BudgetError, CallError, SetupError
from summarizer.failures import Signal, classify
from summarizer.flow import Flow
from summarizer.records import Article, Reply, Request, Usage
from summarizer.store import Store
from tests.batch.slots import MANY
from tests.reliability.stores import DETERMINING, REPLY, Stub, stream
from tests.test_flow import BAD
from tests.test_verify import reply

FEW = MANY[:6]
DEAR = 0.02
"""Dollars: enough for one call of this model and the worst that it may cost, and not for two."""


class Priced(Stub):
    name, model = "openai", "gpt-4o-mini"


def flow(engine: Stub, cap: float = DEAR, deadline: float = 300.0) -> Flow[Any]:
    session: Summarizer[Any] = Summarizer("builtin")
    return replace(session.flow, engine=engine, deadline=deadline, budget=Budget(engine, cap, 16_384))


def run(store: Store, engine: Stub, **options: Any) -> Batch:
    return Batch(flow(engine, **options), store, DETERMINING, Options(concurrency=len(FEW), grace=5.0))


async def test_a_wait_for_money_is_nobodys_time(tmp_path: Path) -> None:
    """Six calls one after the other take longer than any article may."""

    async def late(request: Request) -> Reply:
        await asyncio.sleep(0.2)
        return REPLY

    with Store(tmp_path / "o.store") as store:
        await run(store, Priced(late), deadline=0.5).run(stream(FEW))
        assert store.counts() == {"ok": len(FEW)} and store.totals()["attempts"] == len(FEW)


async def test_what_waits_at_the_end_of_the_money_is_no_call(tmp_path: Path) -> None:
    """An answer that does not say what it cost keeps the worst; the others stay to be done, and were not asked."""

    async def silent(request: Request) -> Reply:
        await asyncio.sleep(0.1)
        return replace(REPLY, usage=Usage(complete=False))

    engine = Priced(silent)
    with Store(tmp_path / "o.store") as store:
        running = run(store, engine, deadline=0.3)
        await running.run(stream(FEW))
        assert isinstance(running.stopped_by, BudgetError) and len(engine.asked) == 1
        assert store.counts() == {"ok": 1, "pending": len(FEW) - 1} and store.totals()["attempts"] == 1


@pytest.mark.parametrize("refused", [False, True])
async def test_nothing_that_waits_for_money_is_sent_after_a_stop(tmp_path: Path, refused: bool) -> None:
    """After a signal, or where the key is refused: the call that is under way ends, and makes room for nobody."""
    running: list[Batch] = []

    async def stopping(request: Request) -> Reply:
        await asyncio.sleep(0.1)
        if refused:
            raise CallError(classify(Signal(status=401)), Usage())
        running[0].stop()
        await asyncio.sleep(0.1)
        return REPLY

    engine = Priced(stopping)
    with Store(tmp_path / "o.store") as store:
        running.append(run(store, engine))
        await running[0].run(stream(FEW))
        assert len(engine.asked) == 1 and isinstance(running[0].stopped_by, SetupError) == refused
        assert store.counts() == ({"pending": len(FEW)} if refused else {"ok": 1, "pending": len(FEW) - 1})


async def test_nothing_is_sent_without_a_store_either() -> None:
    """`abatch` ends what is in work, and begins nothing."""

    async def refusing(request: Request) -> Reply:
        await asyncio.sleep(0.1)
        raise CallError(classify(Signal(status=401)), Usage())

    async def articles() -> AsyncIterator[Article]:
        for article in FEW:
            yield article

    engine = Priced(refusing)
    with pytest.raises(SetupError, match="refused the key"):
        _ = [one async for one in batch.outcomes(flow(engine), articles(), len(FEW))]
    assert len(engine.asked) == 1


async def test_no_repair_is_sent_to_an_account_that_is_refused(tmp_path: Path) -> None:
    """Two calls are under way: one is refused, and the answer of the other is kept as it is."""

    async def either(request: Request) -> Reply:
        await asyncio.sleep(0.1)
        if request.article == FEW[0]:
            raise CallError(classify(Signal(status=401)), Usage())
        await asyncio.sleep(0.1)
        return Reply(json.dumps(reply(asks=[BAD])), "stub-1", Usage(100, 50))

    engine = Priced(either)
    with Store(tmp_path / "o.store") as store:
        await run(store, engine, cap=1.0).run(stream(FEW[:2]))
        assert len(engine.asked) == 2 and store.counts() == {"ok": 1, "pending": 1}


async def test_what_was_never_sent_costs_nothing(tmp_path: Path) -> None:
    """Who gives up while waiting for the pace gives back what was reserved."""
    engine = Priced()
    paced = flow(engine)

    async def giving_up(seconds: float) -> None:
        raise asyncio.CancelledError

    paced.pace._until = float("inf")
    with pytest.raises(asyncio.CancelledError):
        await replace(paced, sleep=giving_up).run(FEW[0])
    assert paced.budget is not None and paced.budget.spent == 0.0 and not engine.asked
