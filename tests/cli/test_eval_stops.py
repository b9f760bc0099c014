"""What a stop leaves of an evaluation: whatever was paid for is written, and the last words are true."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.batch.runs import answering, text, wait_for
from tests.reliability.stores import EMPTY
from tests.support.endpoint import Answer, Endpoint, completion

COUNT = 6
NO_MONEY = Answer({"error": {"code": "insufficient_quota"}}, 429)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Texts in which there is nothing to find, with labels that say so."""
    place = tmp_path / "labelled"
    place.mkdir()
    for i in range(COUNT):
        (place / f"t{i}.txt").write_text(text(i))
        (place / f"t{i}.gold.json").write_text(
            json.dumps({"participants": [], "agreements": [], "asks": [], "offers": []})
        )
    return place


def started(folder: Path, url: str, *options: object, model: str = "openai/x") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "summarizer", "eval", folder, "--model", model, "--base-url", url, *options]
    return subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"PATH": os.environ["PATH"], "OPENAI_API_KEY": "sk-canary"},
    )  # fmt: skip


def names(records: Path) -> list[str]:
    return [Path(json.loads(line)["article"]["source"]).stem for line in records.read_text().splitlines()]


def test_an_account_that_ends_in_the_middle(endpoint: Endpoint, folder: Path, tmp_path: Path) -> None:
    """What was answered is written; without a file for it, it is said that it is lost."""
    endpoint.behaviour = answering(odd=lambda i: NO_MONEY if i == 3 else None)
    records = tmp_path / "r.jsonl"
    running = started(folder, endpoint.url, "--concurrency", 1, "--records", records)
    shown, said = running.communicate(timeout=60)
    assert running.returncode == 3 and shown == "" and names(records) == ["t0", "t1", "t2"], said
    assert f"3 of 6 articles are done (300 tokens in, 150 out; cost unknown); their records are in {records}" in said
    assert "quota" in said.splitlines()[-1] and "nothing was lost" not in said
    _, said = started(folder, endpoint.url, "--concurrency", 1).communicate(timeout=60)
    assert "3 of 6 articles are done" in said and "not kept without --records" in said


def test_a_budget_that_ends_in_the_middle(endpoint: Endpoint, folder: Path, tmp_path: Path) -> None:
    """What was paid for is written. An answer costs nearly what a call may cost at the most."""
    usage = {"prompt_tokens": 9000, "completion_tokens": 900}
    endpoint.behaviour = answering(odd=lambda _: Answer({**completion(EMPTY), "usage": usage}))
    records = tmp_path / "r.jsonl"
    options = ("--concurrency", 1, "--records", records, "--max-cost", "0.0035", "--max-output-tokens", "1000")
    running = started(folder, endpoint.url, *options, model="openai/gpt-6-luna")
    _, said = running.communicate(timeout=60)
    assert running.returncode == 4 and "--max-cost" in said, said
    assert len(names(records)) == len(endpoint.seen) == 2 and re.search(r"out; \$0\.00\d\d\)", said)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal(endpoint: Endpoint, folder: Path, tmp_path: Path, number: signal.Signals) -> None:
    """The first one ends the articles in work, and keeps them with what was done before."""
    endpoint.behaviour = answering(delay=0.7)
    records = tmp_path / "r.jsonl"
    running = started(folder, endpoint.url, "--concurrency", 2, "--records", records)
    wait_for(lambda: len(endpoint.seen) >= 3)
    running.send_signal(number)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 128 + number and len(names(records)) == len(endpoint.seen) < COUNT, said
    assert "stopping; articles in work are finished first" in said and f"{len(endpoint.seen)} of 6" in said


def test_a_second_signal(endpoint: Endpoint, folder: Path, tmp_path: Path) -> None:
    """It does not wait for what is in work; what was done is written all the same."""
    endpoint.behaviour = answering(odd=lambda i: Answer("{}", delay=20.0) if i == 2 else None)
    records = tmp_path / "r.jsonl"
    running = started(folder, endpoint.url, "--concurrency", 1, "--records", records)
    wait_for(lambda: len(endpoint.seen) == 3)
    running.send_signal(signal.SIGTERM)
    assert running.stderr is not None and any("again: at once" in line for line in running.stderr)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=15)
    assert running.returncode == 128 + signal.SIGTERM and names(records) == ["t0", "t1"], said
