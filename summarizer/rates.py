"""How often calls may start: limits that somebody stated, and one that is found by being refused.

Pure arithmetic: every time is seconds of one monotonic clock, which the caller reads.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from summarizer.records import Quota

# How the endpoint's own words for a duration are read: 6ms, 1.5s, 7m12s, 1h30m0s.
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Bucket:
    """A stated limit: `rate` a second, of which up to `burst` can be saved. An amount above `burst` needs it full."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate, self.burst = rate, burst
        self._level, self._at = burst, now

    def wait(self, amount: float, now: float) -> float:
        """Seconds until so much is there."""
        self._fill(now)
        return max(0.0, (min(amount, self.burst) - self._level) / self.rate)

    def take(self, amount: float, now: float) -> None:
        """Use so much; a negative amount gives back."""
        self._fill(now)
        self._level = min(self.burst, self._level - amount)

    def told(self, quota: Quota, now: float) -> None:
        """Learn from what an endpoint says of itself: how fast it fills, and that no more is left than this."""
        self._fill(now)
        if quota.reset > 0 and quota.left < quota.limit:
            self.rate = (quota.limit - quota.left) / quota.reset
        self.burst = max(1.0, quota.limit)
        self._level = min(self._level, quota.left)

    def _fill(self, now: float) -> None:
        self._level = min(self.burst, self._level + (now - self._at) * self.rate)
        self._at = now


def of(quota: Quota, now: float) -> Bucket:
    """The bucket of a limit that an endpoint has stated for the first time; most are by the minute."""
    bucket = Bucket(quota.limit / 60, max(1.0, quota.limit), now)
    bucket.told(quota, now)
    return bucket


def quotas(headers: Mapping[str, str]) -> tuple[Quota, ...]:
    """The limits in an answer's `x-ratelimit-*` headers, as OpenAI, Azure, Groq and most gateways send them."""
    if "x-ratelimit-limit-requests" not in headers and "x-ratelimit-limit-tokens" not in headers:
        return ()
    found = (_quota(what, headers) for what in ("requests", "tokens"))
    return tuple(quota for quota in found if quota is not None)


def _quota(what: str, headers: Mapping[str, str]) -> Quota | None:
    try:
        limit = float(headers[f"x-ratelimit-limit-{what}"])
        left = float(headers[f"x-ratelimit-remaining-{what}"])
    except (KeyError, ValueError):
        return None
    if not (0 < limit < float("inf") and 0 <= left <= limit):
        return None
    return Quota(what, limit, left, _duration(headers.get(f"x-ratelimit-reset-{what}", "")))


def _duration(text: str) -> float:
    """Seconds; 0 where the text says none."""
    parts = _PART.findall(text)
    if parts:
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return float(text) if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", text) else 0.0


@dataclass(slots=True)
class _Opening:
    """The answers to calls that started before the first refusal: they tell a rate to begin with."""

    begun: float = math.inf
    times: deque[float] = field(default_factory=lambda: deque(maxlen=4096))

    def answered(self, started: float, now: float) -> None:
        self.begun = min(self.begun, started)
        self.times.append(now)

    def rate(self, now: float) -> float:
        """Answers a second: over the last second or the last fifty, whichever goes further back, or since the first call."""
        count, at = 0, now
        for count, at in enumerate(reversed(self.times), 1):
            if count >= 50 and now - at >= 1.0:
                break
        else:
            at = self.begun
        return count / max(now - at, 0.05) if count else 0.0


@dataclass(slots=True)
class _Count:
    """What was answered since the rate was last cut."""

    at: float = -math.inf
    waited: float = 0.0
    """Seconds that the endpoint asked to wait after the cut."""
    answers: int = 0
    older: int = 0
    """Answers to calls that were under way at the cut."""
    beyond: int = 0
    """Answers above the ceiling while nothing but the rate held the calls back."""


class Learned:
    """A limit that nobody stated. There is none until a call is refused; then the rate follows what was accepted.

    A limiter that refuses has nothing saved, so from one refusal to the next it accepts at most its rate times the time:
    its rate lies between what was accepted and what was tried, and that is halved until it is found. The calls then stay
    a little below this ceiling, then at it, and from time to time go a tenth above, and on, until they are refused or more
    was accepted than the ceiling allows. In the first case it is looked beyond less often; in the second it has been
    lifted, and the rate doubles every few seconds until the next refusal. Calls that were under way at a refusal prove
    nothing of the kind; of the very first refusal, their answers tell a rate to begin with. Where everything was refused
    for a while, the first answer brings back a quarter of what was known. `least` is the rate, in calls a second, after a
    refusal before which nothing was accepted.
    """

    BELOW, ABOVE = 0.98, 1.10
    HOLD = 150, 600
    """So many answers before a look beyond the ceiling, three quarters of them at it: at first, and at the most."""
    WORTH = 10, 50
    """The same in multiples of the answers that a look costs where the endpoint asks to wait after it; the larger one holds."""
    FURTHER = 300
    """So many answers of a look until it goes as far again beyond."""
    STEP = 1 / 16
    """The most that one answer can raise the rate, in doublings: enough answers must come between two refusals."""
    SLACK = 0.05
    """Seconds of lateness that are made up; a late wake-up does not lower the rate."""

    def __init__(self, least: float = 1.0) -> None:
        self.least = least
        self.rate: float | None = None
        self._ceiling: float | None = None
        self._hold: float = self.HOLD[0]
        self._doubling = 3.0
        self._before = 0.0
        self._opening: _Opening | None = _Opening()
        self._count = _Count()
        self._grown = 0.0
        self._next = -math.inf

    def wait(self, now: float) -> float:
        """Seconds until the next call may start."""
        return max(0.0, self._next - now) if self.rate is not None else 0.0

    def take(self, now: float) -> None:
        """A call starts."""
        if self.rate is not None:
            self._next = max(self._next, now - self.SLACK) + 1 / self.rate

    def accepted(self, started: float, now: float) -> None:
        """A call was answered."""
        count = self._count
        older = started < count.at
        count.answers += 1
        count.older += older
        if self._opening and (self.rate is None or older):
            self._opening.answered(started, now)
        if self.rate is None:
            return
        # By this rate; where something else holds the calls back, nothing is learned.
        held_back = self._next > now - self.SLACK
        if self._ceiling is None:
            self.rate = max(self.rate, self._before / 4, self._opened(now) / 4 if older else 0.0)
            self._before = 0.0
            if held_back:
                self.rate *= 2 ** min(max(0.0, now - self._grown) / self._doubling, self.STEP)
        elif count.answers - count.older - self._ceiling * (now - count.at) > max(5.0, 0.01 * count.answers):
            self._ceiling, self._doubling, self._hold = None, 4.0, self.HOLD[0]
        elif count.answers < self._hold:
            self.rate = self._ceiling * (self.BELOW if count.answers < self._hold / 4 else 1.0)
        else:
            count.beyond += held_back
            self.rate = self._ceiling * self.ABOVE ** (1 + count.beyond / self.FURTHER)
        self._grown = now

    def refused(self, started: float, now: float, *, wait: float = 0.0, overloaded: bool = False) -> None:
        """A call was refused, and the next is to wait. Those that were under way at the last cut say nothing new."""
        if started < self._count.at:
            return
        self._slow(now, wait, overloaded)
        assert self.rate is not None  # noqa: S101 - just set
        self._grown, self._next = now, now + 1 / self.rate
        self._count = _Count(now, wait)

    def _slow(self, now: float, wait: float, overloaded: bool) -> None:
        before, known, answers = self.rate, self._ceiling, self._count.answers
        looked = known is not None and answers >= self._hold
        self._hold = self._patience(wait * (known or before or 0.0), looked)
        if before is None:
            self._search(max(self._opened(now) / (2 if overloaded else 4), self.least), 30.0 if overloaded else 3.0)
            return
        self._opening = None
        if overloaded:
            self._search(before / 2, 30.0)
        elif answers < (10 if known is None else 1):  # too few to tell
            self._before = known or self._before
            self._search(before / 2, 8.0)
        else:
            self._stay(self._between(before, now, known if looked else None))

    def _patience(self, cost: float, looked: bool) -> float:
        """Answers until the next look, where the wait after it costs so many: twice as many as before the last one."""
        first, most = (max(hold, worth * cost) for hold, worth in zip(self.HOLD, self.WORTH, strict=True))
        return min(max(self._hold * 2, first), most) if looked else first

    def _between(self, tried: float, now: float, held: float | None) -> float:
        """A ceiling between what was tried and what was accepted since the last refusal, which is at most the limit's rate.

        Of the wait since then, nothing or all may have been saved. `held` is a ceiling that stood until a look beyond it:
        that is kept, unless more was accepted.
        """
        count = self._count
        time = max(now - count.at, 0.001)
        active = max(time - count.waited, time / 4)
        least = max(tried / 4, count.answers / math.sqrt(time * active))
        found = math.sqrt(tried * min(tried, least))
        return found if held is None else min(found, math.sqrt(held * max(held, count.answers / active)))

    def _stay(self, ceiling: float) -> None:
        self._ceiling = max(ceiling, self.least / 32)
        self.rate = self._ceiling * self.BELOW

    def _search(self, rate: float, doubling: float) -> None:
        self._ceiling, self._doubling = None, doubling
        self.rate = max(rate, self.least / 32)

    def _opened(self, now: float) -> float:
        return self._opening.rate(now) if self._opening else 0.0
