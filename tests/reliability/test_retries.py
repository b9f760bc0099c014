"""Failures that pass: how often each is asked again, how long is waited, and who waits."""

from __future__ import annotations

import asyncio
import time

import pytest

from summarizer import SetupError, Summarizer
from summarizer.failures import Verdict
from summarizer.pace import Pace, Turn
from summarizer.records import Failure
from tests.reliability.conftest import article, asked, kinds
from tests.support.faults import Faults


def test_r11_a_limit_met_once(server: Faults) -> None:
    """Two requests, the second no earlier than asked, and the record says two."""
    [outcome] = asked(server.url("429ms20,ok"))
    assert kinds([outcome]) == ["ok"] and server.count == 2 and outcome.provenance.attempts == 2
    assert server.asked[1].at - server.asked[0].at >= 0.02


def test_r11_limits_are_not_counted_against_the_article(server: Faults) -> None:
    """Eight refusals by the rate limit, twice as many as any other failure is forgiven, and then an answer."""
    [outcome] = asked(server.url(",".join(["429ms20"] * 8 + ["ok"])))
    assert kinds([outcome]) == ["ok"] and server.count == 9


def test_r12_everybody_waits(server: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of 32 calls in flight is told to wait 2 s: from then on no call of any article starts in these 2 s."""
    server.latency = 0.3
    articles = [article(0, "429after2,ok"), *(article(i) for i in range(1, 120))]
    told, turns = _told_and_turns(monkeypatch)
    assert set(kinds(asked(server.url(), *articles, concurrency=32))) == {"ok"}
    [learned] = told  # by the client's own clock: a busy machine reads the answer later than the server sends it
    assert not [turn - learned for turn in turns if learned < turn < learned + 1.9]
    refused = next(one.at for one in server.asked if one.scenario == "429after2")
    assert sum(one.at >= refused + 2 for one in server.asked) >= 60


def _told_and_turns(monkeypatch: pytest.MonkeyPatch) -> tuple[list[float], list[float]]:
    """When failures were taken note of, and when calls were let go."""
    told: list[float] = []
    turns: list[float] = []
    failed, take = Pace.failed, Pace._take

    def noted_failure(pace: Pace, turn: Turn, verdict: Verdict) -> Verdict:
        told.append(time.monotonic())
        return failed(pace, turn, verdict)

    def noted_turn(pace: Pace, tokens: float) -> Turn:
        turns.append(time.monotonic())
        return take(pace, tokens)

    monkeypatch.setattr(Pace, "failed", noted_failure)
    monkeypatch.setattr(Pace, "_take", noted_turn)
    return told, turns


@pytest.mark.parametrize("scenario", ["429after200", "429after1e9"])
def test_r13_too_long_a_wait_is_a_clean_stop(server: Faults, scenario: str) -> None:
    """More than --max-wait is not waited at all; the error says until when."""
    began = time.monotonic()
    with pytest.raises(SetupError, match=r"asks to wait \d+ s.* longer than --max-wait") as caught:
        asked(server.url(scenario), max_wait=100.0)
    assert caught.value.kind == "rate_limited" and server.count == 1 and time.monotonic() - began < 20


@pytest.mark.parametrize(("scenario", "least"), [("429afterdate", 0.9), ("429afternegative", 0), ("429afternan", 0)])
def test_r13_odd_waits(server: Faults, scenario: str, least: float) -> None:
    """A date is waited for; what makes no sense is no wait, and no error either."""
    assert kinds(asked(server.url(f"{scenario},ok"))) == ["ok"]
    assert server.count == 2 and server.asked[1].at - server.asked[0].at >= least


@pytest.mark.parametrize("fault", ["500", "502html", "503", "529", "408", "409", "slowdown"])
def test_r20_twice_and_then_an_answer(server: Faults, fault: str) -> None:
    """Exactly three requests: nobody else retries, so nothing multiplies."""
    [outcome] = asked(server.url(f"{fault},{fault},ok"))
    assert kinds([outcome]) == ["ok"] and server.count == 3 == outcome.provenance.attempts


@pytest.mark.parametrize(
    ("fault", "kind"), [("500", "server"), ("503", "overloaded"), ("529", "overloaded"), ("409", "server")]
)
def test_r21_never_an_answer(server: Faults, fault: str, kind: str) -> None:
    """Four requests; the article fails, and the others go on."""
    outcomes = asked(server.url(), article(0, fault), *(article(i) for i in range(1, 8)))
    assert kinds(outcomes) == [kind] + ["ok"] * 7
    assert server.each["0"] == 4 == outcomes[0].provenance.attempts and server.count == 11


def test_r21_a_server_that_says_no(server: Faults) -> None:
    """x-should-retry: false is obeyed."""
    assert kinds(asked(server.url("noretry,ok"))) == ["server"] and server.count == 1


def test_r21_a_server_that_is_down(server: Faults) -> None:
    """When half of fifty calls failed no further article fails; after --max-wait the run stops, nothing lost."""
    with pytest.raises(SetupError, match="--max-wait") as caught:
        asked(server.url("500"), *(article(i) for i in range(200)), concurrency=4, max_wait=2.5)
    assert caught.value.kind == "server" and 50 <= server.count <= 70


def test_r21_a_server_that_comes_back(server: Faults) -> None:
    """While it was down twelve articles or so failed, and no more; after it came back all the others were answered."""
    server.down = 60
    found = kinds(asked(server.url(), *(article(i) for i in range(80)), concurrency=4))
    assert 9 <= found.count("server") <= 13 and found.count("ok") == 80 - found.count("server")


@pytest.mark.parametrize("fault", ["reset", "resetbody", "shortbody", "cutchunk"])
def test_r22_broken_connections(server: Faults, fault: str) -> None:
    """Asked again, answered, and both calls are in the record: the first one may have been paid for."""
    [outcome] = asked(server.url(f"{fault},ok"))
    assert kinds([outcome]) == ["ok"] and server.count == 2 == outcome.provenance.attempts
    assert not outcome.provenance.usage.complete and outcome.provenance.cost_usd is None


@pytest.mark.parametrize(("fault", "requests"), [("hang", 2), ("drip", 1)])
def test_r23_r24_the_deadline_holds(server: Faults, fault: str, requests: int) -> None:
    """No answer, or a byte every tenth of a second: the article ends when its time is up. A silence is asked again once."""
    began = time.monotonic()
    [outcome] = asked(server.url(fault), timeout=2.0)
    took = time.monotonic() - began
    assert kinds([outcome]) == ["timeout"] and server.count == requests
    assert 1.8 <= outcome.provenance.seconds < 2.6 and took < 10  # the server's 30 s and 15 s are far


def test_r24_drips_from_a_server_that_is_down(server: Faults) -> None:
    """Once half of fifty calls ended at their deadline no further article fails of it; the run stops, the rest is pending."""
    failed: list[str] = []

    async def main() -> None:
        async with Summarizer("openai/test", base_url=server.url("drip"), timeout=0.2, max_wait=2.0) as session:
            failed.extend(kinds([one async for one in session.abatch([article(i) for i in range(90)], concurrency=16)]))

    with pytest.raises(SetupError, match="--max-wait"):
        asyncio.run(main())
    assert 50 <= server.count < 90


def test_r23_a_silence_and_then_an_answer(server: Faults) -> None:
    """One call that hangs does not use up the article's time."""
    assert kinds(asked(server.url("hang,ok"), timeout=4.0)) == ["ok"] and server.count == 2


def test_r25_a_body_that_breaks_off(server: Faults) -> None:
    """Broken JSON is a fault of the way: the same request again, not a longer one."""
    assert kinds(asked(server.url("brokenjson,brokenjson,ok"))) == ["ok"]
    assert len({one.size for one in server.asked}) == 1 and server.count == 3


def test_r59_what_nobody_knows(server: Faults) -> None:
    """An unknown refusal fails its article: one request, the others go on."""
    assert kinds(asked(server.url(), article(0, "418"), article(1), article(2))) == ["bad_request", "ok", "ok"]
    assert server.each["0"] == 1


def test_r62_failures_carry_what_is_needed(server: Faults) -> None:
    """Kind, article and attempts, and neither the key nor a word of the article or the provider."""
    [outcome] = asked(server.url("400schema"))
    assert isinstance(outcome, Failure) and outcome.error.kind == "bad_request"
    assert outcome.article.id == article().id and outcome.provenance.attempts == 1
    assert "canary" not in outcome.to_json() and "asked Lee" not in outcome.to_json()
    assert "code invalid_json_schema, parameter response_format" in outcome.error.message
