"""The pace of calls, in virtual time: against limits that are stated, found, changed, or broken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from summarizer.errors import CallError
from summarizer.failures import Action, Kind, Shape, Signal, Verdict, classify
from summarizer.pace import Limits, Pace
from summarizer.rates import Bucket, quotas
from summarizer.records import Quota, Reply, Usage
from tests.support import virtual


@dataclass
class Simulated:
    """An endpoint with a token bucket: what it accepts is answered after `latency`, what it refuses, after `refusing`."""

    rate: float
    burst: float
    latency: float = 0.3
    refusing: float | None = None
    states: bool = False
    after: float | None = None
    change: Callable[[float], float | None] = lambda _: None
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    level: float = -1.0
    at: float = 0.0

    def ask(self, now: float) -> Verdict | tuple[Quota, ...]:
        self.rate = self.change(now) or self.rate
        self.level = self.burst if self.level < 0 else min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            self.refused.append(now)
            headers = {} if self.after is None else {"retry-after": str(self.after)}
            return classify(Signal(429, "rate_limit_exceeded", headers=headers))
        self.level -= 1
        self.accepted.append(now)
        if not self.states:
            return ()
        return (Quota("requests", self.burst, int(self.level), (self.burst - int(self.level)) / self.rate),)


def driven(simulated: Simulated, calls: int, concurrency: int = 64, limits: Limits | None = None) -> float:
    """Seconds that it takes to have so many calls answered."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        pace = Pace(limits, loop.time)
        left = iter(range(calls))

        async def work() -> None:
            for _ in left:
                while True:
                    turn = await pace.turn(asyncio.sleep, 100)
                    answer = simulated.ask(loop.time())
                    quick = simulated.refusing if isinstance(answer, Verdict) else None
                    await asyncio.sleep(simulated.latency if quick is None else quick)
                    if not isinstance(answer, Verdict):
                        pace.answered(turn, Reply("", usage=Usage(100, 50), quotas=answer))
                        break
                    assert pace.failed(turn, answer).excused

        await asyncio.gather(*(work() for _ in range(concurrency)))
        return loop.time()

    return virtual.run(main())


@pytest.mark.parametrize(("rate", "burst", "states", "after"), [
    (50, 50, False, None), (50, 5, False, None), (50, 500, False, 1), (10, 10, False, 1), (5, 1, False, None),
    (1, 5, False, None), (100, 100, False, 1), (40, 40, False, 1), (50, 3000, True, 1), (10, 600, True, 1), (100, 100, True, None),
])  # fmt: skip
def test_the_rate_of_an_endpoint_is_found_and_held(
    rate: float, burst: float, states: bool, after: float | None
) -> None:
    """Without being told: at least 95 % of what the endpoint takes, and less than 1 % of the calls refused."""
    simulated, calls = Simulated(rate, burst, states=states, after=after), 12_000
    seconds = driven(simulated, calls)
    assert calls >= 0.95 * (burst + rate * seconds)
    assert len(simulated.refused) < 0.01 * calls


@pytest.mark.parametrize("states", [False, True])
@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_limit_that_changes(factor: float, states: bool) -> None:
    """After a limit was halved or doubled the new one is found, again with under 1 % of the calls refused."""
    simulated = Simulated(50, 50, states=states, after=1, change=lambda now: 50 * factor if now > 200 else None)
    driven(simulated, 10_000 + int(20_000 * factor))
    late = [at for at in simulated.accepted if at > 400]
    assert len(late) / (late[-1] - late[0]) >= 0.95 * 50 * factor
    assert len(simulated.refused) < 0.01 * len(simulated.accepted)


@pytest.mark.parametrize("refusing", [0.005, 0.2])
@pytest.mark.parametrize("phases", [(40, 20, 40), (50, 25, 50), (30, 60, 30), (100, 50, 100)])
def test_a_limit_is_found_within_half_a_minute(phases: tuple[float, ...], refusing: float) -> None:
    """Of an endpoint that says nothing, also when the limit is lifted: at least 95 % in the second half of each minute.

    Refusals may come long before the first answer, when nothing is known but that some calls are under way.
    """
    simulated = Simulated(
        phases[0], phases[0], latency=0.2, refusing=refusing, change=lambda now: phases[min(2, int(now // 60))]
    )
    driven(simulated, int(70 * sum(phases)))
    for number, rate in enumerate(phases):
        half = [at for at in simulated.accepted if 30 <= at - 60 * number < 60]
        assert len(half) >= 0.95 * 30 * rate
    assert sum(15 <= at < 30 for at in simulated.accepted) >= 0.9 * 15 * phases[0]
    assert len(simulated.refused) < 0.015 * 60 * sum(phases)


@pytest.mark.parametrize("after", [None, 5])
@pytest.mark.parametrize("seconds", [20, 120])
def test_a_storm_of_refusals_is_over_when_it_is_over(seconds: float, after: float | None) -> None:
    """An endpoint that refused everything for a while says nothing of its limit; in minutes most of it is held again."""
    simulated = Simulated(50, 50, after=after, change=lambda now: 1e-9 if 200 < now < 200 + seconds else 50)
    driven(simulated, 30_000)
    late = [at for at in simulated.accepted if 400 + seconds < at < 460 + seconds]
    assert len(late) >= 0.7 * 60 * 50


@pytest.mark.parametrize(("latency", "concurrency"), [(0.3, 64), (3.0, 256)])
def test_answers_that_were_under_way_prove_no_lifted_limit(latency: float, concurrency: int) -> None:
    """They come right after a refusal that asks to wait, when little time has passed; the rate must not double for them."""
    simulated = Simulated(50, 50, latency=latency, after=5, change=lambda now: 100 if now > 300 else None)
    driven(simulated, 20_000, concurrency)
    late = [at for at in simulated.refused if at > 100]
    assert len(late) < 0.005 * 20_000


def test_what_else_holds_the_calls_back_says_nothing_of_the_limit() -> None:
    """While answers take long, fewer calls are made than the limit allows; when they are quick again, it still holds."""
    simulated = Simulated(50, 50)

    def slow(now: float) -> None:
        simulated.latency = 10.0 if 300 < now < 1500 else 0.3

    simulated.change = slow
    driven(simulated, 30_000)
    assert sum(300 < at < 1500 for at in simulated.accepted) < 8_000
    assert sum(1500 < at < 1530 for at in simulated.refused) < 5


def test_no_limit_no_wait() -> None:
    """An endpoint that refuses nothing is not slowed down."""
    simulated = Simulated(1e6, 1e6)
    assert driven(simulated, 6_400) == pytest.approx(0.3 * 100)


@pytest.mark.parametrize(("limits", "seconds"), [
    (Limits(rpm=60), 599), (Limits(rpm=600), 59), (Limits(tpm=9_000), 595), (Limits(rpm=600, tpm=9_000), 595),
])  # fmt: skip
def test_stated_limits_are_kept(limits: Limits, seconds: float) -> None:
    """600 calls of 150 tokens take as long as `rpm` or `tpm` say, spread evenly."""
    simulated = Simulated(1e6, 1e6)
    assert driven(simulated, 600, limits=limits) == pytest.approx(seconds, rel=0.03)
    gaps = [late - early for early, late in zip(simulated.accepted[100:], simulated.accepted[101:], strict=False)]
    assert max(gaps) < 4 * seconds / 600


def test_a_pause_is_everybodys() -> None:
    """While one call was asked to wait 2 s, no other starts; afterwards they do not start all at once."""
    refused = iter([True])

    class Once(Simulated):
        def ask(self, now: float) -> Verdict | tuple[Quota, ...]:
            if now > 3 and next(refused, False):
                self.refused.append(now)
                return classify(Signal(429, headers={"retry-after": "2"}))
            return super().ask(now)

    simulated = Once(1e6, 1e6)
    driven(simulated, 2_000, concurrency=32)
    told = simulated.refused[0] + simulated.latency
    assert not [at for at in simulated.accepted if told < at < told + 2]
    first = [at for at in simulated.accepted if at >= told + 2][:32]
    assert first[-1] - first[0] > 0.1


def verdicts(pace: Pace, *signals: Signal) -> list[Verdict]:
    async def main() -> list[Verdict]:
        found = []
        for signal in signals:
            turn = await pace.turn(asyncio.sleep)
            found.append(pace.failed(turn, classify(signal)))
        return found

    return virtual.run(main())


def timed(limits: Limits | None = None) -> Pace:
    """A pace that reads whichever virtual clock runs."""

    def clock() -> float:
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:
            return 0.0

    return Pace(limits, clock)


@pytest.mark.parametrize(("wait", "action", "words"), [
    ("299", Action.RETRY, "rate limit"), ("301", Action.STOP_BATCH, "asks to wait 301 s (until 2"),
    ("1e9", Action.STOP_BATCH, "asks to wait 1000000000 s, longer than --max-wait"), ("-5", Action.RETRY, "rate limit"),
    ("nan", Action.RETRY, "rate limit"), ("inf", Action.RETRY, "rate limit"),
])  # fmt: skip
def test_how_long_is_too_long(wait: str, action: Action, words: str) -> None:
    """A wait within `max_wait` is waited; a longer one is a clean stop that says when to come back."""
    [verdict] = verdicts(timed(), Signal(429, headers={"retry-after": wait}))
    assert (verdict.action, verdict.kind) == (action, Kind.RATE_LIMITED) and words in verdict.message
    assert verdict.excused is (action is Action.RETRY)


def test_refusals_without_end_stop_the_run() -> None:
    """An endpoint that refuses everything is asked ever less often, and given up after `max_wait`."""
    found = verdicts(timed(Limits(max_wait=300)), *[Signal(429)] * 16)
    assert found[-1].action is Action.STOP_BATCH and "--max-wait" in found[-1].message
    assert [one.excused for one in found].index(False) < 16


def test_an_endpoint_that_asks_for_longer_than_may_be_waited() -> None:
    """Overloaded or broken: a wait beyond `max_wait` stops the run, and within it an overload's wait is nobody's failure."""
    for status in (503, 529, 500):
        [verdict] = verdicts(timed(Limits(max_wait=20)), Signal(status, headers={"retry-after": "400"}))
        assert verdict.action is Action.STOP_BATCH and "asks to wait 400 s" in verdict.message
    [verdict] = verdicts(timed(), Signal(503, headers={"retry-after": "2"}))
    assert verdict.excused and verdict.action is Action.RETRY


def test_a_stated_limit_that_is_used_up_for_too_long() -> None:
    """200 calls a day, none left, 432 s to the next one: a clean stop that says when, and no call."""
    pace = timed(Limits(max_wait=60))

    async def main() -> None:
        quota = Quota("requests", 200, 0, 86_400)
        pace.answered(await pace.turn(asyncio.sleep), Reply("", quotas=(quota,)))
        await pace.turn(asyncio.sleep)

    with pytest.raises(CallError, match=r"may start in 432 s \(until 2") as caught:
        virtual.run(main())
    assert caught.value.verdict.action is Action.STOP_BATCH


def test_headers_that_make_no_sense() -> None:
    """Hundreds of digits are no time; nothing is divided by it."""
    [quota] = quotas({
        "x-ratelimit-limit-requests": "100", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "9" * 400 + "s",
    })  # fmt: skip
    bucket = Bucket(quota.limit / 60, quota.limit, 0)
    bucket.told(quota, 0)
    assert bucket.rate > 0 and bucket.wait(1, 0) < float("inf")


def test_half_of_the_last_fifty() -> None:
    """When the endpoint is down its failures are not the articles' any more, and one probe at a time is sent."""
    down = Signal(500)
    found = verdicts(timed(Limits(max_wait=100)), *[down] * 60)
    assert not any(one.excused for one in found[:49]) and all(one.excused for one in found[49:54])
    assert found[-1].action is Action.STOP_BATCH and found[-1].kind is Kind.SERVER


def test_one_success_closes_it_again() -> None:
    """After a probe was answered, calls go on at once and failures count again."""
    pace = timed()

    async def main() -> None:
        for _ in range(50):
            pace.failed(await pace.turn(asyncio.sleep), classify(Signal(503, shape=Shape.CONNECTION)))
        probe = await pace.turn(asyncio.sleep)
        second = asyncio.create_task(pace.turn(asyncio.sleep))
        await asyncio.sleep(60)
        assert probe.probe and not second.done()
        pace.answered(probe, Reply(""))
        after = await second
        assert not after.probe
        assert not pace.failed(after, classify(Signal(500))).excused

    virtual.run(main())


def test_the_same_refusal_from_the_start() -> None:
    """Five requests refused alike before any answer: the set-up is wrong. Different ones are the articles' own."""
    alike = [Signal(400, "unsupported_parameter", param="max_tokens")] * 5
    found = verdicts(timed(), *alike)
    assert [one.action for one in found] == [Action.FAIL_ITEM] * 4 + [Action.STOP_BATCH]
    assert "status 400, code unsupported_parameter, parameter max_tokens" in found[-1].message
    mixed = verdicts(timed(), *alike[:3], Signal(400, "other"), *alike)
    assert {one.action for one in mixed} == {Action.FAIL_ITEM}


def test_a_stop_ends_the_waiting() -> None:
    """Nobody waits on, and nobody starts, once `sleep` says so."""
    pace = timed(Limits(rpm=1))

    async def stopped(_: float) -> None:
        raise InterruptedError

    async def main() -> list[Any]:
        await pace.turn(asyncio.sleep)
        return await asyncio.gather(*(pace.turn(stopped) for _ in range(3)), return_exceptions=True)

    assert [type(one) for one in virtual.run(main())] == [InterruptedError] * 3


@pytest.mark.parametrize(("reset", "rate"), [
    ("6ms", 1 / 0.006), ("1s", 1), ("7m12s", 1 / 432), ("1h0m0s", 1 / 3600), ("2", 0.5), ("", 10_000 / 60), ("soon", 10_000 / 60),
])  # fmt: skip
def test_headers(reset: str, rate: float) -> None:
    """How fast a limit fills, from what an answer says of it; one that says nothing is by the minute."""
    [quota] = quotas({
        "x-ratelimit-limit-requests": "10000", "x-ratelimit-remaining-requests": "9999", "x-ratelimit-reset-requests": reset,
        "x-ratelimit-limit-tokens": "many", "x-ratelimit-remaining-tokens": "1",
    })  # fmt: skip
    bucket = Bucket(quota.limit / 60, quota.limit, 0)
    bucket.told(quota, 0)
    assert bucket.rate == pytest.approx(rate)
