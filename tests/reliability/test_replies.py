"""Replies that are none, or not quite: what each costs, what is kept of it, and what never reaches a record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from summarizer.records import Failure, Result
from summarizer.verify import parse
from tests.reliability.conftest import article, asked, kinds
from tests.support.faults import Faults
from tests.support.memory import PEAK


@pytest.mark.parametrize("fault", ["nochoices", "nullchoices", "nullmessage", "nullcontent"])
def test_r28_nothing_in_the_answer(server: Faults, fault: str) -> None:
    """Asked once more, then failed as empty; and one that says something the second time is fine."""
    assert kinds(asked(server.url(fault))) == ["empty"] and server.count == 2
    assert kinds(asked(server.url(), article(1, f"{fault},ok"))) == ["ok"] and server.each["1"] == 2


@pytest.mark.parametrize("fault", ["filter0", "filter1", "filter2"])
def test_r30_a_filter_by_its_other_names(server: Faults, fault: str) -> None:
    """Google's name for it, in any case and behind another: one request."""
    assert kinds(asked(server.url(fault))) == ["content_filter"] and server.count == 1


@pytest.mark.parametrize(("fault", "kind", "requests"), [
    ("error:rate_limit_exceeded,ok", "ok", 2), ("google429,ok", "ok", 2), ("error:server_error,ok", "ok", 2),
    ("error:context_length_exceeded", "too_long", 1), ("oddcode", "unknown", 1),
])  # fmt: skip
def test_r27_an_error_with_status_200_is_read_by_its_names(
    server: Faults, fault: str, kind: str, requests: int
) -> None:
    """As an answer with the status that its code or name stands for; a code that is no number is only a name."""
    assert kinds(asked(server.url(fault))) == [kind] and server.count == requests


@pytest.mark.parametrize("fault", ["plainbroken", "nothing"])
def test_r25_half_an_answer_without_a_type(server: Faults, fault: str) -> None:
    """A body that begins as JSON, or has not begun, broke off, whatever its header calls it."""
    assert kinds(asked(server.url(f"{fault},ok"))) == ["ok"] and server.count == 2


@pytest.mark.parametrize(("fault", "kind", "kept"), [
    ("length", "truncated", "cut he"), ("filter", "content_filter", None), ("refusal", "refused", "I would rather not."),
])  # fmt: skip
@pytest.mark.parametrize("mode", ["json_schema", "tools", "json"])
def test_r29_r30_r31_an_end_that_asking_again_does_not_change(
    server: Faults, mode: str, fault: str, kind: str, kept: str | None
) -> None:
    """One request in every mode, no part of an object, and what was said stands in problems."""
    [outcome] = asked(server.url(fault), mode=mode)
    assert kinds([outcome]) == [kind] and server.count == 1
    assert outcome.summary is None and outcome.provenance.usage.output_tokens == 50
    said = [problem.value for problem in outcome.problems]
    assert said == [] if kept is None else kept in str(said)


def test_r32_two_calls_that_differ(server: Faults) -> None:
    """Neither is silently taken: asked once more, then failed with both in problems."""
    [outcome] = asked(server.url("twocalls"), mode="tools")
    assert kinds([outcome]) == ["invalid_reply"] and server.count == 2
    assert "quarrelled" in str(outcome.problems) and "They met" in str(outcome.problems)


def test_r33_fenced_and_talkative(server: Faults) -> None:
    """One fenced block is taken off here: one request."""
    assert kinds(asked(server.url("fenced"))) == ["ok"] and server.count == 1


@pytest.mark.parametrize("fault", [
    "duplicate", "nan", "infinity", "hugeint", "surrogate", "nannumber", "infinitynumber", "hugenumber",
])  # fmt: skip
def test_r34_what_other_readers_let_pass(server: Faults, fault: str) -> None:
    """A key twice, no number, too many digits, half a character: one request more, and a good second answer is taken."""
    [outcome] = asked(server.url(f"{fault},ok"))
    assert kinds([outcome]) == ["ok"] and server.count == 2
    assert isinstance(outcome, Result) and outcome.summary.overview == "They met."
    assert kinds(asked(server.url(), article(1, fault))) == ["invalid_reply"] and server.each["1"] == 2


def test_r35_a_hundred_thousand_brackets(server: Faults) -> None:
    """Refused at once, and the question that follows has at most 2 KB more than the first."""
    assert kinds(asked(server.url("deep"))) == ["invalid_reply"] and server.count == 2
    assert 0 < server.asked[1].size - server.asked[0].size <= 2048
    began = time.process_time()
    with pytest.raises(ValueError, match="recursion"):
        parse("[" * 100_000 + "]" * 100_000)
    assert time.process_time() - began < 0.1


def test_r35_marks_that_take_two_bytes(server: Faults) -> None:
    """Forty items of quote marks and backslashes: the bound is on what is sent."""
    asked(server.url("marks"))
    assert server.count == 2 and 0 < server.asked[1].size - server.asked[0].size <= 2048


def test_r36_characters_that_do_things(server: Faults) -> None:
    """NUL, ESC, C1 and direction overrides in a field: no raw control character in a record, which is valid UTF-8."""
    [outcome] = asked(server.url("controls"))
    written = outcome.to_json()
    assert not [
        char
        for char in written
        if (ord(char) < 32 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0 or char == "\u202e"
    ]
    assert json.loads(written.encode()) == outcome.to_dict()


def test_r36_no_export_acts(
    server: Faults, batch: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Escaped in JSON, a control character would be itself again in every other file: it is replaced before it is stored."""
    assert batch(server.url("acting"), 1, "-q").returncode == 0
    for name in ("o.jsonl", "o.csv", "o.parquet"):
        command = [sys.executable, "-m", "summarizer", "export", str(tmp_path / "out.store"), str(tmp_path / name)]
        subprocess.run(command, capture_output=True, check=True)
    import pyarrow.parquet as pq

    cells = {row["what"] for row in pq.read_table(tmp_path / "o.parquet").to_pylist()}
    assert "to wait\ufffd\ufffdc\ufffdx" in cells
    assert "to wait\ufffd\ufffdc\ufffdx" in json.loads((tmp_path / "o.jsonl").read_text())["summary"]["asks"][0]["what"]
    assert not {0, 0x1B, 0x9D} & set(map(ord, (tmp_path / "o.csv").read_text()))


GROWTH = f"""{PEAK}
import asyncio, sys
from summarizer import Summarizer
async def main():
    async with Summarizer("openai/test", base_url=sys.argv[1]) as session:
        await session.outcome("Ann Lee met Bo Li. Li asked Lee to wait for report 1. [[fault: ok]]")
        before = peak()
        outcome = await session.outcome("Ann Lee met Bo Li. Li asked Lee to wait for report 2.")
        print(outcome.error.kind, outcome.provenance.attempts, peak() - before)
asyncio.run(main())
"""


@pytest.mark.parametrize("fault", ["hugefield", "gzipbomb"])
def test_r37_answers_without_end(server: Faults, fault: str) -> None:
    """20 MB in a field, or 300 KB that unpack to 300 MB: given up at 8 MiB, once, and memory grows by less than 50 MB."""
    env = {"PATH": os.environ["PATH"]}
    ran = subprocess.run(
        [sys.executable, "-c", GROWTH, server.url(fault)], capture_output=True, text=True, env=env, check=True
    )
    kind, attempts, growth = ran.stdout.split()
    assert (kind, attempts) == ("reply_too_large", "1") and server.each["2"] == 1
    assert int(growth) < 50_000  # kilobytes


def test_r38_bad_and_then_good(server: Faults) -> None:
    """Both answers are counted and paid for."""
    [outcome] = asked(server.url("prose,ok"), model="openai/gpt-6-luna")
    assert kinds([outcome]) == ["ok"]
    assert (outcome.provenance.usage.input_tokens, outcome.provenance.usage.output_tokens) == (200, 100)
    [single] = asked(server.url(), article(1), model="openai/gpt-6-luna")
    assert (
        outcome.provenance.cost_usd == pytest.approx(2 * (single.provenance.cost_usd or 0))
        and outcome.provenance.cost_usd
    )


@pytest.mark.parametrize("repairs", [0, 1, 3])
def test_r39_always_bad(server: Faults, repairs: int) -> None:
    """One request and so many repairs; what was said last is kept, and all of it is counted."""
    [outcome] = asked(server.url("prose"), repairs=repairs)
    assert kinds([outcome]) == ["invalid_reply"] and server.count == 1 + repairs
    assert "weather" in str(outcome.problems) and outcome.provenance.usage.output_tokens == 50 * (1 + repairs)


def test_r40_usage_that_is_not_said(server: Faults) -> None:
    """The cost is unknown, which is not nothing; a budget keeps the worst case reserved."""
    [outcome] = asked(server.url("nousage"), model="openai/gpt-6-luna")
    assert kinds([outcome]) == ["ok"] and outcome.provenance.cost_usd is None
    from summarizer import BudgetError

    with pytest.raises(BudgetError):
        asked(
            server.url("nousage"),
            *(article(i) for i in range(50)),
            model="openai/gpt-6-luna",
            max_cost=0.05,
            concurrency=1,
        )
    assert server.count < 12


def test_r41_never_above_the_budget(server: Faults) -> None:
    """A thousand articles and money for a few: what was spent is known and within the cap."""
    from summarizer import BudgetError

    with pytest.raises(BudgetError, match="of --max-cost is left"):
        asked(server.url(), *(article(i) for i in range(1000)), model="openai/gpt-6-luna", max_cost=0.03, concurrency=4)
    [one] = asked(server.url(), model="openai/gpt-6-luna")
    assert 0 < (server.count - 1) * (one.provenance.cost_usd or 1) <= 0.03


def test_r42_an_invented_quote(server: Faults) -> None:
    """Asked for again once; then it is a problem, whole, and not in the summary."""
    [outcome] = asked(server.url("invented"))
    assert isinstance(outcome, Result) and outcome.summary.asks == [] and server.count == 2
    assert any(
        "a bridge over the river" in str(problem.value) and problem.kind == "quote_not_found"
        for problem in outcome.problems
    )


def test_r31_the_article_is_not_in_a_failure(server: Faults) -> None:
    """A failed record names the article by hash and source, and its message holds nothing of it."""
    [outcome] = asked(server.url("filter"))
    assert (
        isinstance(outcome, Failure) and "Lee" not in outcome.error.message and outcome.article.id.startswith("sha256:")
    )
