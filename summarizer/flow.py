"""The whole flow on one screen: render, complete, verify, repair once, Result.

Article → Request → Reply → Checked → Result. Each arrow is one function in a module below this one.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from typing import Generic

from summarizer import prices, repair, schema, verify
from summarizer.characters import is_blank, writable
from summarizer.engines.base import Engine
from summarizer.engines.budget import Budget
from summarizer.errors import BudgetError, CallError, Interrupted, SetupError, SummarizerError
from summarizer.failures import Action, Kind, Shape, Signal, classify, retrying
from summarizer.pace import Pace, Turn, log
from summarizer.prompt import Prompt
from summarizer.records import Article, ErrorInfo, Failure, Problem, Provenance, Reply, Request, Result, S, Usage
from summarizer.verify import Checked, Fault, Ground


@dataclass
class Meter:
    """What one article has cost so far: requests, tokens and the model that answered, over every attempt.

    `worked` is seconds of calls and of waits between tries; waiting for the endpoint's pace is nobody's time.
    """

    attempts: int = 0
    worked: float = 0.0
    usage: Usage = field(default_factory=Usage)
    model: str | None = None
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: float = field(default_factory=time.monotonic)

    def add(self, usage: Usage | None, model: str | None) -> None:
        """Count what one answer said of itself."""
        self.usage += usage or Usage()
        self.model = model or self.model


class Desk:
    """Where replies are checked one at a time, each in a round of the event loop of its own.

    Where many replies come at one moment, what is done with one of them, the next call above all, need not wait until all
    are checked.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._serving = False

    @property
    def queued(self) -> int:
        """Replies that wait for their turn."""
        return len(self._waiting)

    async def turn(self) -> None:
        """Return when it is this reply's turn, which ends with the round."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append(turn)
        if not self._serving:
            self._serving = True
            loop.call_soon(self._serve, loop)
        await turn

    async def clear(self) -> None:
        """Have all that wait checked at once: whoever is about to be cancelled holds a reply that is paid for."""
        for turn in self._waiting:
            if not turn.done():
                turn.set_result(None)
        await asyncio.sleep(0)

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Call the next one, once a round; those that gave up meanwhile take no turn."""
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft()
        self._serving = bool(self._waiting)
        if self._serving:
            self._waiting.popleft().set_result(None)
            loop.call_soon(self._serve, loop)


@dataclass(frozen=True)
class Flow(Generic[S]):
    """Everything that stays the same from article to article; with a `desk` for those who ask for many at once.

    Nothing is sent once `stopped` says so; articles in work end as they are then.
    """

    engine: Engine
    prompt: Prompt
    schema: type[S]
    repairs: int = 1
    strict: bool = False
    deadline: float = 300.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    pace: Pace = field(default_factory=Pace)
    desk: Desk | None = None
    budget: Budget | None = None
    stopped: Callable[[], bool] = bool

    async def run(self, article: Article, meter: Meter | None = None) -> Result[S] | Failure:
        """Summarise one article. Raises SetupError where no article could succeed; every other failure is a record.

        A `meter` of the caller's own tells what was paid where there is no record.
        """
        meter = meter or Meter()
        if is_blank(article.text):  # a model makes something up for it, and is paid
            return Failure(article, ErrorInfo(str(Kind.NO_TEXT), "the article is empty"), (), self._provenance(meter))
        try:
            checked = await self._checked(article, meter)
        except CallError as error:
            if error.verdict.action is Action.STOP_BATCH:
                raise self._stopped(article, meter, error) from None
            return self._failure(article, meter, error)
        problems = tuple(fault.problem for fault in checked.faults)
        if checked.value is None:
            return self._unusable(article, meter, checked)
        if self.strict and problems:
            why = ErrorInfo(str(Kind.UNSUPPORTED), f"{len(problems)} problem(s), and strict mode allows none")
            whole = Problem(
                "", str(Kind.UNSUPPORTED), "the whole reply, what was confirmed and what was not", checked.data
            )
            return Failure(article, why, (*problems, whole), self._provenance(meter))
        return Result(article, checked.value, problems, self._provenance(meter))

    async def _checked(self, article: Article, meter: Meter) -> Checked[S]:
        request = self.prompt.render(article, self.schema)
        ground = Ground(article)
        checked = self._check((await self._complete(request, meter)).text, ground)
        for _ in range(self.repairs if self.engine.repairs else 0):
            if not checked.repairable:
                break
            checked = await self._repaired(checked, request, ground, meter)
        return checked

    async def _repaired(self, checked: Checked[S], request: Request, ground: Ground, meter: Meter) -> Checked[S]:
        """The reply with its failed parts asked for again; as it was, and saying so, where the repair itself fails.

        A reply without a summary is not kept when the whole run stops: its article would fail for what is not its fault.
        """
        try:
            reply = await self._complete(replace(request, repair=repair.note(checked, ground.folded)), meter)
        except (CallError, BudgetError, Interrupted) as problem:
            if checked.value is None and _stops_everything(problem):
                raise
            return _with_failed_repair(checked, str(problem), getattr(problem, "value", None))
        try:
            answer = verify.parse(reply.text)
        except ValueError:
            return _with_failed_repair(checked, "its answer was no JSON", reply.text)
        return verify.check(repair.merge(checked, answer), self.schema, ground)

    def _check(self, text: str, ground: Ground) -> Checked[S]:
        try:
            return verify.check(verify.parse(text), self.schema, ground)
        except ValueError:
            return verify.unreadable(text)

    async def _complete(self, request: Request, meter: Meter) -> Reply:
        """Ask until there is an answer, as often as `failures` says and no longer than the article's deadline."""
        if not self.engine.repairs:
            meter.attempts += 1
            return await self.engine.complete(request)
        prices.expect(self.engine.name, self.engine.model)
        last: CallError | None = None

        async def once() -> Reply:
            nonlocal last
            try:
                return await self._call(request, meter)
            except CallError as error:
                last = error
                raise

        async def pause(seconds: float) -> None:
            meter.worked += seconds
            if meter.worked >= self.deadline and last is not None:
                raise last  # no time is left to try again: what went wrong is what the last call said
            await self.sleep(seconds)

        reply = await retrying(once, sleep=pause)
        if self.desk is not None:
            await self.desk.turn()
        return reply

    async def _call(self, request: Request, meter: Meter) -> Reply:
        """One request, when there is money for it: a wait for that is nobody's time, as one for the pace is."""
        if self.budget is None:
            return await self._sent(request, meter)
        worst, before = await self.budget.room(request, self.sleep), meter.attempts
        usage: Usage | None = None
        try:
            reply = await self._sent(request, meter)
            usage = reply.usage
        except CallError as error:
            usage = error.usage
            raise
        finally:
            self.budget.settle(worst, usage if meter.attempts > before else Usage())
        return reply

    async def _sent(self, request: Request, meter: Meter) -> Reply:
        """One request in its turn. The SDK's timeout bounds one silence, not a call: a body that drips can last for ever."""
        tokens = prices.estimated_tokens(request.system + request.user) if self.pace.counts_tokens else 0
        turn = await self.pace.turn(self.sleep, tokens)
        if self.stopped():
            self.pace.gone(turn)
            raise Interrupted("the run has stopped")
        meter.attempts += 1
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.deadline - meter.worked):
                reply = await self.engine.complete(request)
        except (TimeoutError, CallError) as error:
            late = CallError(
                classify(Signal(shape=Shape.DEADLINE)), Usage(complete=False)
            )  # it may be billed all the same
            failed = self._failed(turn, error if isinstance(error, CallError) else late, request, meter)
            meter.worked += 0.0 if failed.verdict.excused else time.monotonic() - began
            raise failed from None
        except BaseException as error:
            self.pace.gone(turn)
            if isinstance(error, SummarizerError):
                meter.attempts -= 1  # nothing was sent
            else:
                meter.add(Usage(complete=False), None)
            raise
        meter.worked += time.monotonic() - began
        self.pace.answered(turn, reply)
        meter.add(reply.usage, reply.model)
        log.debug("%s try %d: answered, %s", request.article.id[:19], meter.attempts, reply.usage)
        return reply

    def _failed(self, turn: Turn, error: CallError, request: Request, meter: Meter) -> CallError:
        meter.add(error.usage, error.model)
        error.verdict = self.pace.failed(turn, error.verdict)
        verdict = error.verdict
        log.debug("%s try %d: %s, %s", request.article.id[:19], meter.attempts, verdict.kind, verdict.action)
        return error

    def _stopped(self, article: Article, meter: Meter, error: CallError) -> SetupError:
        said = f"{self.engine.name}/{self.engine.model}: {error.verdict.message}"
        paid = meter.usage
        if paid.input_tokens or paid.output_tokens:
            said += (
                f"; an unusable reply before it is not kept ({paid.input_tokens} tokens in, {paid.output_tokens} out)"
            )
        stop = SetupError(said, error.kind)
        stop.article, stop.attempts = article.id, meter.attempts
        return stop

    def _provenance(self, meter: Meter) -> Provenance:
        return Provenance(
            engine=self.engine.name,
            model=self.engine.model,
            model_answered=meter.model,
            prompt=self.prompt.ref,
            schema=schema.reference(self.schema),
            summarizer=_version(),
            attempts=meter.attempts,
            usage=meter.usage,
            cost_usd=self.cost(meter),
            started=meter.started,
            seconds=time.monotonic() - meter.clock,
        )

    def cost(self, meter: Meter) -> float | None:
        """The price of the model that answered; where the table does not know that name, of the one that was asked for."""
        names = dict.fromkeys((meter.model or self.engine.model, self.engine.model))
        costs = (prices.cost(self.engine.name, name, meter.usage) for name in names)
        return next((cost for cost in costs if cost is not None), None)

    def _failure(self, article: Article, meter: Meter, error: CallError) -> Failure:
        kind = str(error.verdict.kind)
        value = writable(error.value)
        problems = () if value is None else (Problem("", kind, error.verdict.message, value),)
        return Failure(article, ErrorInfo(kind, error.verdict.message), problems, self._provenance(meter))

    def _unusable(self, article: Article, meter: Meter, checked: Checked[S]) -> Failure:
        problems = [fault.problem for fault in checked.faults]
        if not any(problem.path == "" and problem.value is not None for problem in problems):
            problems.append(
                Problem("", str(Kind.INVALID_REPLY), "the whole reply, which nothing else keeps", checked.data)
            )
        message = "the reply does not fit the schema; what it said stands in problems"
        return Failure(article, ErrorInfo(str(Kind.INVALID_REPLY), message), tuple(problems), self._provenance(meter))


def _stops_everything(problem: Exception) -> bool:
    return not isinstance(problem, CallError) or problem.verdict.action is Action.STOP_BATCH


def _with_failed_repair(checked: Checked[S], why: str, value: object) -> Checked[S]:
    return replace(checked, faults=[*checked.faults, Fault((), "repair_failed", why, value, final=True)])


@cache
def _version() -> str:
    return metadata.version("summarizer")
