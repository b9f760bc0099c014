"""One verdict for each failure, and exactly the requests that it says."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from summarizer import errors, failures
from summarizer.failures import Action, Kind, Shape, Signal, classify

RETRY, FAIL, STOP = Action.RETRY, Action.FAIL_ITEM, Action.STOP_BATCH


@pytest.mark.parametrize(
    ("signal", "action", "kind"),
    [
        (Signal(429, "rate_limit_exceeded"), RETRY, Kind.RATE_LIMITED),
        (Signal(429, "insufficient_quota"), STOP, Kind.QUOTA),
        *((Signal(429, code, "insufficient_quota"), STOP, Kind.QUOTA) for code in (
            None, "credit_balance_exhausted", "organization_spend_limit_exceeded",
            "project_spend_limit_exceeded", "organization_usage_limit_exceeded")),
        *((Signal(429, code), STOP, Kind.QUOTA) for code in (
            "credit_balance_exhausted", "organization_spend_limit_exceeded", "project_spend_limit_exceeded",
            "organization_usage_limit_exceeded", "billing_hard_limit_reached")),
        (Signal(400, "server_is_overloaded"), RETRY, Kind.OVERLOADED),
        (Signal(400, type="overloaded_error"), RETRY, Kind.OVERLOADED),
        (Signal(429, "slow_down", headers={"x-should-retry": "false"}), FAIL, Kind.OVERLOADED),
        (Signal(401, headers={"x-should-retry": "true"}), STOP, Kind.AUTH),
        (Signal(400, "context_length_exceeded", headers={"x-should-retry": "true"}), FAIL, Kind.TOO_LONG),
        # An error in an answer with status 200 has only its names.
        (Signal(None, "rate_limit_exceeded"), RETRY, Kind.RATE_LIMITED),
        (Signal(None, type="authentication_error"), STOP, Kind.AUTH),
        (Signal(None, type="server_error"), RETRY, Kind.SERVER),
        (Signal(None, type="UNAVAILABLE"), RETRY, Kind.OVERLOADED),
        (Signal(401), STOP, Kind.AUTH),
        (Signal(403), STOP, Kind.FORBIDDEN),
        (Signal(404, "model_not_found"), STOP, Kind.MODEL_NOT_FOUND),
        (Signal(307), STOP, Kind.REDIRECT),
        (Signal(400, "context_length_exceeded"), FAIL, Kind.TOO_LONG),
        (Signal(400, "string_above_max_length"), FAIL, Kind.TOO_LONG),
        (Signal(400, "content_filter"), FAIL, Kind.CONTENT_FILTER),
        (Signal(400, "whatever"), FAIL, Kind.BAD_REQUEST),
        (Signal(408), RETRY, Kind.TIMEOUT),
        (Signal(409), RETRY, Kind.SERVER),
        (Signal(500), RETRY, Kind.SERVER),
        (Signal(502), RETRY, Kind.SERVER),
        (Signal(503), RETRY, Kind.OVERLOADED),
        (Signal(529), RETRY, Kind.OVERLOADED),
        (Signal(500, headers={"x-should-retry": "false"}), FAIL, Kind.SERVER),
        (Signal(shape=Shape.TIMEOUT), RETRY, Kind.TIMEOUT),
        (Signal(shape=Shape.CONNECTION), RETRY, Kind.CONNECTION),
        (Signal(shape=Shape.BROKEN_JSON), RETRY, Kind.BROKEN_REPLY),
        (Signal(shape=Shape.NOT_JSON), STOP, Kind.NOT_AN_API),
        (Signal(shape=Shape.NO_CHOICES), RETRY, Kind.EMPTY),
        (Signal(shape=Shape.NO_CONTENT), RETRY, Kind.EMPTY),
        (Signal(shape=Shape.LENGTH), FAIL, Kind.TRUNCATED),
        (Signal(shape=Shape.CONTENT_FILTER), FAIL, Kind.CONTENT_FILTER),
        (Signal(shape=Shape.REFUSAL), FAIL, Kind.REFUSED),
        (Signal(shape=Shape.SEVERAL_CALLS), RETRY, Kind.INVALID_REPLY),
        (Signal(), FAIL, Kind.UNKNOWN),
        (Signal(418), FAIL, Kind.BAD_REQUEST),
        (Signal(200, "new_code_of_2027"), FAIL, Kind.UNKNOWN),
    ],
)  # fmt: skip
def test_table(signal: Signal, action: Action, kind: Kind) -> None:
    """What is not known fails the article: never the batch, never for ever."""
    verdict = classify(signal)
    assert (verdict.action, verdict.kind) == (action, kind)
    assert verdict.message and 1 <= verdict.tries <= 4


def test_every_shape_has_a_verdict() -> None:
    """A new shape without a row would be a KeyError in the night."""
    for shape in Shape:
        assert classify(Signal(shape=shape)).message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0), ({"retry-after": "2"}, 2), ({"retry-after": "1.5"}, 1.5), ({"retry-after-ms": "20", "retry-after": "9"}, 0.02),
        ({"retry-after": "-3"}, 0), ({"retry-after": "nan"}, 0), ({"retry-after": "inf"}, 0), ({"retry-after": "soon"}, 0),
        ({"retry-after": "Thu, 19 Mar 2026 10:00:30 GMT"}, 30), ({"retry-after": "Thu, 19 Mar 2020 10:00:30 GMT"}, 0),
        ({"retry-after": "1e9"}, 1e9), ({"retry-after": "Thu, 19 Mar 2026 10:00:30 +9999999999999999"}, 0),
    ],
)  # fmt: skip
def test_retry_after(headers: dict[str, str], seconds: float) -> None:
    """Seconds, milliseconds or a date; never negative, never a number that is none."""
    assert failures.retry_after(headers, datetime(2026, 3, 19, 10, 0, 0, tzinfo=UTC)) == pytest.approx(seconds)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "BASE", 0.001)


async def tried(verdict: failures.Verdict, succeed_at: int = 9999) -> int:
    calls = 0

    async def call() -> str:
        nonlocal calls
        calls += 1
        if calls < succeed_at:
            raise errors.CallError(verdict)
        return "ok"

    if succeed_at < 9999:
        assert await failures.retrying(call) == "ok"
        return calls
    with pytest.raises(errors.CallError) as caught:
        await failures.retrying(call)
    assert caught.value.verdict is verdict
    return calls


@pytest.mark.parametrize(("signal", "requests"), [
    (Signal(500), 4), (Signal(shape=Shape.TIMEOUT), 2), (Signal(401), 1), (Signal(400), 1), (Signal(shape=Shape.NO_CONTENT), 2),
])  # fmt: skip
async def test_tries(signal: Signal, requests: int) -> None:
    """As many calls as the verdict says."""
    assert await tried(classify(signal)) == requests


async def test_waits_between_tries() -> None:
    """Full jitter: no two waits alike, each below twice the bound of the one before, and never less than was asked for."""
    waits: list[list[float]] = []
    for least in (0.0, 0.003):
        for _ in range(40):
            slept: list[float] = []

            async def call(least: float = least) -> str:
                raise errors.CallError(replace(classify(Signal(500)), wait=least))

            async def sleep(seconds: float, slept: list[float] = slept) -> None:
                slept.append(seconds)

            with pytest.raises(errors.CallError):
                await failures.retrying(call, sleep=sleep)
            waits.append(slept)
            assert len(slept) == 3 and all(
                least <= wait <= max(least, bound) for wait, bound in zip(slept, (0.001, 0.002, 0.004), strict=True)
            )
    assert len({wait for slept in waits[:40] for wait in slept}) == 120
    assert max(slept[2] for slept in waits[:40]) > 0.002


async def test_excuses_have_an_end() -> None:
    """An article that alone is refused for its rate, such as for its size, fails in the end instead of asking for ever."""
    verdict = replace(classify(Signal(429)), excused=True)
    assert await tried(verdict) == failures.MOST_EXCUSED


async def test_success_after_failures() -> None:
    """Two failures and then an answer: three calls."""
    assert await tried(classify(Signal(500)), succeed_at=3) == 3


def test_errors_pickle() -> None:
    """Worker processes send errors home."""
    for kind in (errors.UsageError, errors.SetupError, errors.BudgetError, errors.PromptError):
        again = pickle.loads(pickle.dumps(kind("what happened")))
        assert type(again) is kind and str(again) == "what happened"
    call = errors.CallError(classify(Signal(500)), value={"a": 1})
    again = pickle.loads(pickle.dumps(call))
    assert again.verdict == call.verdict and again.value == {"a": 1} and str(again) == str(call)
