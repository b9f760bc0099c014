"""An engine that wraps an engine and never lets it spend more than it may."""

from __future__ import annotations

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
        if prices.cost(engine.name, engine.model, Usage(1, 1)) is None:
            raise UsageError(f"--max-cost needs a price, and {engine.name}/{engine.model} has none in the price table")
        self._engine, self._cap, self._output = engine, cap, max_output_tokens
        self.name, self.model, self.repairs, self.endpoint = engine.name, engine.model, engine.repairs, engine.endpoint
        self.spent = 0.0

    async def complete(self, request: Request) -> Reply:
        """Call if the worst case fits. Raises BudgetError, having sent nothing, if it does not."""
        worst = self._cost(Usage(_bytes(request), self._output))
        if self.spent + worst > self._cap:
            raise BudgetError(
                f"the next call may cost up to ${worst:.4f} and ${max(0.0, self._cap - self.spent):.4f} of --max-cost is left"
            )
        self.spent += worst
        usage: Usage | None = None
        try:
            reply = await self._engine.complete(request)
            usage = reply.usage
        except CallError as error:
            usage = error.usage
            raise
        finally:
            if usage is not None and usage.complete:
                self.spent += self._cost(usage) - worst
        return reply

    async def aclose(self) -> None:
        """Close the engine inside."""
        await self._engine.aclose()

    def _cost(self, usage: Usage) -> float:
        return prices.cost(self.name, self.model, usage) or 0.0


def _bytes(request: Request) -> int:
    from summarizer import schema

    sent = f"{request.system}{request.user}{request.repair or ''}{schema.sent_json(request.schema)}"
    return len(sent.encode(errors="replace"))
