"""The money that calls may cost together: never more than was allowed, whatever they turn out to cost."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from summarizer import prices
from summarizer.engines.base import Engine
from summarizer.errors import BudgetError, UsageError
from summarizer.records import Request, Usage

_LONG = 3600.0
"""Seconds of one wait for money. It ends with a call that is under way, or with a stop, long before."""


class Budget:
    """Reserves the worst case before each call and settles with the real usage after it.

    `cap` is US dollars. The worst case takes one token a byte for the request, which no tokenizer exceeds, and the whole
    output limit for the reply; a reply that says nothing of its usage counts as the worst case.
    """

    def __init__(self, engine: Engine, cap: float, max_output_tokens: int) -> None:
        if not cap >= 0:  # no number is above nothing that is no number: a budget would never be reached
            raise UsageError(f"--max-cost is an amount of US dollars, not {cap!r}")
        if prices.cost(engine.name, engine.model, Usage(1, 1)) is None:
            raise UsageError(f"--max-cost needs a price, and {engine.name}/{engine.model} has none in the price table")
        self._name, self._model, self._cap, self._output = engine.name, engine.model, cap, max_output_tokens
        self.spent = 0.0
        self._open = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._queue: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def room(self, request: Request, sleep: Callable[[float], Awaitable[None]]) -> float:
        """Reserve what a call may cost at the most, and return it. `sleep` may raise to end the waiting.

        Those that wait take their turns: a call that ends wakes one of them and not all. Raises BudgetError if it does not fit.
        """
        worst = self._cost(Usage(_bytes(request), self._output))
        queue = self._ours()
        if queue.locked() or not self._fits(worst):
            async with queue:
                await sleep(0)
                while not self._fits(worst):
                    await self._change(worst, sleep)
        self.spent += worst
        self._open += 1
        return worst

    def settle(self, worst: float, usage: Usage | None) -> None:
        """The call has ended, and cost what its usage says; the worst where that is not known."""
        self._open -= 1
        if usage is not None and usage.complete:
            self.spent += self._cost(usage) - worst
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            with contextlib.suppress(RuntimeError):  # its loop is closed
                one.get_loop().call_soon_threadsafe(_wake, one)

    def _fits(self, worst: float) -> bool:
        return self.spent + worst <= self._cap

    async def _change(self, worst: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Wait until a call that is under way gives back what it did not need."""
        settled = asyncio.get_running_loop().create_future()
        self._waiting.append(settled)  # first, or a call that ends in another thread would not see it
        if not self._open:
            left = max(0.0, self._cap - self.spent)
            raise BudgetError(f"the next call may cost up to ${worst:.4f} and ${left:.4f} of --max-cost is left")
        asleep = asyncio.ensure_future(sleep(_LONG))
        try:
            await asyncio.wait([settled, asleep], return_when=asyncio.FIRST_COMPLETED)
        finally:
            asleep.cancel()
            await asyncio.gather(asleep, return_exceptions=True)
        await sleep(0)  # what ended may have ended the run

    def _ours(self) -> asyncio.Lock:
        """The queue of the running loop: a lock that one loop has waited for is of no use in another."""
        loop = asyncio.get_running_loop()
        if self._queue is None or self._loop is not loop:
            self._queue, self._loop = asyncio.Lock(), loop
        return self._queue

    def _cost(self, usage: Usage) -> float:
        return prices.cost(self._name, self._model, usage) or 0.0


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _bytes(request: Request) -> int:
    from summarizer import schema

    sent = f"{request.system}{request.user}{request.repair or ''}{schema.sent_json(request.schema)}"
    return len(sent.encode(errors="replace"))
