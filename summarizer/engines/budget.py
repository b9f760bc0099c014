"""An engine that wraps an engine and never lets it spend more than it may."""

from __future__ import annotations

import asyncio
import contextlib

from summarizer import prices
from summarizer.engines.base import Engine
from summarizer.errors import BudgetError, CallError, UsageError
from summarizer.records import Reply, Request, Usage


class Budgeted:
    """Reserves the worst case before each call and settles with the real usage after it.

    `cap` is US dollars. The worst case takes one token a byte for the request, which no tokenizer exceeds, and the whole
    output limit for the reply; a reply that says nothing of its usage counts as the worst case.
    """

    def __init__(self, engine: Engine, cap: float, max_output_tokens: int) -> None:
        if not cap >= 0:  # no number is above nothing that is no number: a budget would never be reached
            raise UsageError(f"--max-cost is an amount of US dollars, not {cap!r}")
        if prices.cost(engine.name, engine.model, Usage(1, 1)) is None:
            raise UsageError(f"--max-cost needs a price, and {engine.name}/{engine.model} has none in the price table")
        self._engine, self._cap, self._output = engine, cap, max_output_tokens
        self.name, self.model, self.repairs, self.endpoint = engine.name, engine.model, engine.repairs, engine.endpoint
        self.spent = 0.0
        self._open = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def complete(self, request: Request) -> Reply:
        """Call if the worst case fits. Raises BudgetError, having sent nothing, if it does not."""
        worst = self._cost(Usage(_bytes(request), self._output))
        await self._room(worst)
        self.spent += worst
        self._open += 1
        usage: Usage | None = None
        try:
            reply = await self._engine.complete(request)
            usage = reply.usage
        except CallError as error:
            usage = error.usage
            raise
        finally:
            self._open -= 1
            if usage is not None and usage.complete:
                self.spent += self._cost(usage) - worst
            self._settled()
        return reply

    async def _room(self, worst: float) -> None:
        """Wait while calls that are under way hold what they will give back."""
        while self.spent + worst > self._cap:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)  # first, or a call that ends in another thread would not see it
            if not self._open:
                raise BudgetError(
                    f"the next call may cost up to ${worst:.4f} and ${max(0.0, self._cap - self.spent):.4f} of --max-cost is left"
                )
            await waiting

    def _settled(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            with contextlib.suppress(RuntimeError):  # its loop is closed
                one.get_loop().call_soon_threadsafe(_wake, one)

    async def aclose(self) -> None:
        """Close the engine inside."""
        await self._engine.aclose()

    def _cost(self, usage: Usage) -> float:
        return prices.cost(self.name, self.model, usage) or 0.0


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _bytes(request: Request) -> int:
    from summarizer import schema

    sent = f"{request.system}{request.user}{request.repair or ''}{schema.sent_json(request.schema)}"
    return len(sent.encode(errors="replace"))
