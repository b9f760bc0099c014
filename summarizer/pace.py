"""When the next call to an endpoint may start, and what its failures together mean.

One `Pace` belongs to one endpoint and is shared by every article that asks it: a pause that the endpoint asks for holds
for all of them, and a failure that many calls share is the endpoint's and not the articles'. What one call's failure
means for itself is said in `failures`; how fast calls may follow one another, in `rates`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from summarizer import failures, rates
from summarizer.errors import CallError
from summarizer.failures import Action, Kind, Verdict
from summarizer.rates import Bucket, Learned
from summarizer.records import Quota, Reply

log = logging.getLogger("summarizer")

Sleep = Callable[[float], Awaitable[None]]

_REFUSED = {Kind.RATE_LIMITED, Kind.OVERLOADED}
_DOWN = {Kind.OVERLOADED, Kind.SERVER, Kind.TIMEOUT, Kind.CONNECTION, Kind.BROKEN_REPLY}
_LONG = 5.0
"""Seconds of waiting that are worth a word."""
_SAME = 5
"""So many refused requests, all in the same way and not one answer before: the set-up is wrong, not the articles."""


@dataclass(frozen=True)
class Limits:
    """What may be asked of an endpoint.

    Args:
        rpm: requests a minute; None for what the endpoint says or is found to take.
        tpm: tokens a minute, sent and received.
        max_wait: seconds that an endpoint may refuse every call, or ask to wait, before the run is stopped.

    """

    rpm: float | None = None
    tpm: float | None = None
    max_wait: float = 300.0


@dataclass(slots=True)
class Turn:
    """One call that may start."""

    started: float
    tokens: float
    probe: bool


class Pace:
    """The pace of one endpoint. `clock` gives seconds that never go back."""

    def __init__(self, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits or Limits()
        self._clock = clock
        now = clock()
        self._asked = {what: Bucket(rate / 60, max(1.0, rate / 60), now) for what, rate in self._rates() if rate}
        self._told: dict[str, Bucket] = {}
        self._learned = Learned(0.5 / failures.BASE)  # then the first wait is twice the first between two tries
        self._health = _Health()
        self._until = float("-inf")
        self._refusing: float | None = None
        self._output = 0.0
        self._ends: list[Verdict] = []
        self._queue: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def waiting(self) -> float:
        """Seconds for which the endpoint is left alone from now on."""
        return max(0.0, self._until - self._clock())

    @property
    def counts_tokens(self) -> bool:
        """Whether a limit on tokens is known, so that a call's tokens are worth estimating."""
        return "tokens" in self._asked or "tokens" in self._told

    async def turn(self, sleep: Sleep, tokens: float = 0.0) -> Turn:
        """Wait until a call with so many tokens to send may start. `sleep` may raise to end the waiting.

        Calls start in the order in which they came; those that wait do not all start at the end of a pause. Raises
        CallError for all that wait when one of them gives the endpoint up.
        """
        queue, ends = self._ours(), self._ends
        if queue.locked() or self._wait(tokens) > 0:
            async with queue:
                await sleep(0)
                while (seconds := self._wait(tokens)) > 0:
                    self._check_stated(tokens)
                    if seconds >= _LONG and self._refusing is not None:
                        log.warning("waiting %.0f s: the endpoint refuses calls", seconds)
                    await sleep(max(seconds, 0.001))  # less than a clock can tell would never pass
                    self._check(ends)
                self._check(ends)
                return self._take(tokens)
        return self._take(tokens)

    def _check_stated(self, tokens: float) -> None:
        """Raises CallError where the endpoint itself says that the next call must wait longer than may be waited."""
        seconds = max((self._lacking(bucket, what, tokens) for what, bucket in self._told.items()), default=0.0)
        if seconds > self.limits.max_wait:
            spent = f"the endpoint's limit is used up: the next call may start in {seconds:.0f} s{_until(seconds)}"
            raise CallError(
                Verdict(Action.STOP_BATCH, Kind.RATE_LIMITED, f"{spent}, longer than --max-wait; run it again then")
            )

    def _lacking(self, bucket: Bucket, what: str, tokens: float) -> float:
        return bucket.wait(1.0 if what == "requests" else tokens + self._output, self._clock())

    def _check(self, ends: list[Verdict]) -> None:
        if ends is not self._ends:
            raise CallError(self._ends[-1])

    def answered(self, turn: Turn, reply: Reply) -> None:
        """The call was answered."""
        now = self._clock()
        self._ended(turn, now)
        self._refusing = None
        self._learned.accepted(turn.started, now)
        self._health.good()
        for quota in reply.quotas:
            self._tell(quota, now)
        if self.counts_tokens and reply.usage.complete:
            used = reply.usage.input_tokens + reply.usage.output_tokens
            self._use("tokens", used - turn.tokens, now)
            self._output += (reply.usage.output_tokens - self._output) / 8

    def failed(self, turn: Turn, verdict: Verdict) -> Verdict:
        """The call failed; gives the verdict as it is in the light of all calls."""
        now = self._clock()
        self._ended(turn, now)
        if self._health.bad(verdict) or (turn.probe and self._health.open):
            self._pause(self._health.gap(), now)
        if verdict.kind in _REFUSED:
            wait = self._pause(verdict.wait, now)
            self._learned.refused(turn.started, now, wait=wait, overloaded=verdict.kind is Kind.OVERLOADED)
        if verdict.kind is Kind.BAD_REQUEST and self._health.all_the_same(verdict):
            return replace(verdict, action=Action.STOP_BATCH, message=f"{verdict.message}, as every one before it")
        return self._excused(verdict, now) if self._is_endpoints(verdict) else verdict

    def _is_endpoints(self, verdict: Verdict) -> bool:
        """Whether a failure is the endpoint's and not the article's: then it counts against nobody."""
        if self._health.open and verdict.kind is Kind.TIMEOUT:
            return True  # an article's own time is not used up by an endpoint that is down
        asked_to_wait = verdict.kind is Kind.OVERLOADED and verdict.wait > 0
        limited = verdict.kind is Kind.RATE_LIMITED or asked_to_wait or verdict.wait > self.limits.max_wait
        return verdict.action is Action.RETRY and (limited or self._health.open)

    def gone(self, turn: Turn) -> None:
        """The call was given up before it ended."""
        self._ended(turn, self._clock())

    def _excused(self, verdict: Verdict, now: float) -> Verdict:
        self._refusing = now if self._refusing is None else self._refusing
        wait = max(verdict.wait, self._until - now)
        if now - self._refusing + wait <= self.limits.max_wait:
            return replace(verdict, action=Action.RETRY, excused=True)
        if verdict.wait > self.limits.max_wait:
            why = (
                f"it asks to wait {verdict.wait:.0f} s{_until(verdict.wait)}, longer than --max-wait; run it again then"
            )
        else:
            why = f"so it has answered every call for {now - self._refusing:.0f} s (--max-wait); run it again later"
        verdict = replace(verdict, action=Action.STOP_BATCH, message=f"{verdict.message}: {why}")
        self._ends = [verdict]  # a new one each time: those that began to wait after it are not meant
        return verdict

    def _rates(self) -> tuple[tuple[str, float | None], ...]:
        return (("requests", self.limits.rpm), ("tokens", self.limits.tpm))

    def _ours(self) -> asyncio.Lock:
        """The queue of the running loop: a lock that one loop has waited for is of no use in another."""
        loop = asyncio.get_running_loop()
        if self._queue is None or self._loop is not loop:
            self._queue, self._loop = asyncio.Lock(), loop
        return self._queue

    def _wait(self, tokens: float) -> float:
        now = self._clock()
        waits = [self._until - now, self._learned.wait(now), self._health.wait()]
        for buckets in (self._asked, self._told):
            waits += (self._lacking(bucket, what, tokens) for what, bucket in buckets.items())
        return max(waits)

    def _take(self, tokens: float) -> Turn:
        now = self._clock()
        self._learned.take(now)
        self._use("requests", 1.0, now)
        self._use("tokens", tokens + self._output, now)
        return Turn(now, tokens + self._output, self._health.take())

    def _use(self, what: str, amount: float, now: float) -> None:
        for buckets in (self._asked, self._told):
            if what in buckets:
                buckets[what].take(amount, now)

    def _tell(self, quota: Quota, now: float) -> None:
        if quota.what in self._told:
            self._told[quota.what].told(quota, now)
        else:
            self._told[quota.what] = rates.of(quota, now)

    def _pause(self, seconds: float, now: float) -> float:
        """Leave the endpoint alone for so long, or for as long as may be waited; gives that."""
        seconds = min(seconds, self.limits.max_wait)
        self._until = max(self._until, now + seconds)
        return seconds

    def _ended(self, turn: Turn, now: float) -> None:
        if turn.probe:
            self._health.probing = False


class _Health:
    """Whether an endpoint works at all: a breaker that opens when half of the last calls failed through no fault of theirs."""

    WINDOW = 50

    def __init__(self) -> None:
        self.probing = False
        self.open = False
        self._recent: deque[bool] = deque(maxlen=self.WINDOW)
        self._gap = 0.0
        self._first: list[str] | None = []

    def good(self) -> None:
        self._first = None
        if self.open:
            self.open, self._gap = False, 0.0
            self._recent.clear()
        self._recent.append(False)

    def bad(self, verdict: Verdict) -> bool:
        """Note a failure; whether it was the one that opened the breaker."""
        self._recent.append(verdict.kind in _DOWN)
        full = len(self._recent) == self.WINDOW
        opens = not self.open and full and sum(self._recent) * 2 >= self.WINDOW
        if opens:
            self.open = True
            log.warning("half of the last %d calls failed (%s): one at a time from here", self.WINDOW, verdict.kind)
        return opens

    def all_the_same(self, verdict: Verdict) -> bool:
        """Whether the first calls of all were refused in one and the same way."""
        if self._first is None:
            return False
        self._first.append(verdict.message)
        if len(set(self._first)) > 1:
            self._first = None
            return False
        return len(self._first) >= _SAME

    def wait(self) -> float:
        """Seconds until it is worth asking again whether a probe may start."""
        return 0.1 if self.open and self.probing else 0.0

    def take(self) -> bool:
        """Whether the call that starts is a probe."""
        self.probing = self.probing or self.open
        return self.open

    def gap(self) -> float:
        """Seconds until the next probe: twice the last gap, half a minute at most."""
        self._gap = min(30.0, self._gap * 2 or 2 * failures.BASE)
        return self._gap


def _until(seconds: float) -> str:
    if seconds > 7 * 86_400:
        return ""
    return f" (until {datetime.now(UTC) + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S} UTC)"
