"""What no article could survive stops everything at once: nothing fails, and one line says what to do."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from summarizer.store import Store
from tests.support.faults import Faults

Batch = Callable[..., CompletedProcess[str]]


def statuses(folder: Path) -> dict[str, int]:
    """How many rows of the store have which status."""
    with closing(sqlite3.connect(folder / "out.store")) as db:
        return dict(db.execute("SELECT status, count(*) FROM articles GROUP BY 1"))


def stopped(ran: CompletedProcess[str], folder: Path, server: Faults, most: int) -> str:
    """Check what every such stop has in common; give its line."""
    assert ran.returncode == 3, ran.stderr
    found = statuses(folder)
    assert "failed" not in found and "ok" not in found and found["pending"] >= 1
    assert 1 <= server.count <= most
    assert "canary" not in ran.stderr and "Traceback" not in ran.stderr and "asked Lee" not in ran.stderr
    [line] = [line for line in ran.stderr.splitlines() if "stopped:" in line]
    return line


@pytest.mark.parametrize("code", [
    "insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded", "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
])  # fmt: skip
def test_r14_no_quota(server: Faults, batch: Batch, tmp_path: Path, code: str) -> None:
    """A thousand articles cost at most `concurrency` requests, whichever code says that the money is gone."""
    line = stopped(batch(server.url(f"quota:{code}"), 1000), tmp_path, server, 16)
    assert "quota or spending limit is used up" in line


@pytest.mark.parametrize(("fault", "words"), [
    ("401", "check OPENAI_API_KEY"), ("402", "no credit left"), ("403", "forbids this account or region"),
    ("405", "check --base-url"), ("307", "redirects elsewhere, which is not followed"),
])  # fmt: skip
def test_r15_a_wrong_account(server: Faults, batch: Batch, tmp_path: Path, fault: str, words: str) -> None:
    """The key, the money, the address: the line says which."""
    assert words in stopped(batch(server.url(fault), 1000), tmp_path, server, 16)


def test_r15_a_stop_that_a_repair_meets(server: Faults, batch: Batch, tmp_path: Path) -> None:
    """An article whose first reply held no summary is pending then, not failed: the money ran out, not its chances.

    The calls and the tokens were paid for, and are told.
    """
    line = stopped(batch(server.url("prose,402"), 1), tmp_path, server, 2)
    assert "no credit left; an unusable reply before it is not kept (100 tokens in, 50 out)" in line
    assert server.count == 2
    with Store(tmp_path / "out.store", write=False) as store:
        found = store.totals()
    assert (found["attempts"], found["input_tokens"], found["output_tokens"], found["unpriced"]) == (2, 100, 50, 1)
    assert batch(server.url(), 1).returncode == 0
    with Store(tmp_path / "out.store", write=False) as store:
        assert store.totals()["attempts"] == 3


def test_r16_an_unknown_model(server: Faults, batch: Batch, tmp_path: Path) -> None:
    """The line names the model that was asked for."""
    assert "openai/test: the endpoint knows no such model" in stopped(
        batch(server.url("404model"), 1000), tmp_path, server, 16
    )


def test_r17_a_region_that_is_not_served(server: Faults, batch: Batch, tmp_path: Path) -> None:
    """By its code."""
    assert "region" in stopped(batch(server.url("403region"), 1000), tmp_path, server, 16)


def test_r18_one_article_is_too_long(server: Faults, batch: Batch, tmp_path: Path) -> None:
    """It fails alone, by its own fault; status 1."""
    ran = batch(server.url(), 40, odd={7: "400context"})
    assert ran.returncode == 1 and statuses(tmp_path) == {"failed": 1, "ok": 39} and server.count == 40
    assert "FAILED 1: too_long" in ran.stderr


def test_r19_every_request_is_refused_alike(server: Faults, batch: Batch, tmp_path: Path) -> None:
    """A request that the endpoint does not understand is not sent a thousand times, and no article is to blame."""
    line = stopped(batch(server.url("400schema"), 1000), tmp_path, server, 16 + 5)
    assert "status 400, code invalid_json_schema, parameter response_format" in line


def test_r19_the_same_command_goes_on(server: Faults, batch: Batch, tmp_path: Path) -> None:
    """After the set-up was mended every article is done."""
    batch(server.url("400schema"), 30)
    exported = tmp_path / "o.jsonl"
    subprocess.run([sys.executable, "-m", "summarizer", "export", tmp_path / "out.store", exported], check=True)
    assert exported.read_text() == ""  # what is to be done again has no outcome
    again = batch(server.url(), 30)
    assert again.returncode == 0 and statuses(tmp_path) == {"ok": 30}


def test_r26_no_api(server: Faults, batch: Batch, tmp_path: Path) -> None:
    """A login page with status 200 is no reply to be asked again for."""
    assert "did not answer JSON; check --base-url" in stopped(batch(server.url("html"), 1000), tmp_path, server, 16)


def test_r27_an_error_with_status_200(server: Faults, batch: Batch, tmp_path: Path) -> None:
    """What a gateway hides in a good answer is read by its code."""
    assert "quota" in stopped(batch(server.url("error:insufficient_quota"), 1000), tmp_path, server, 16)


def test_r13_a_wait_that_is_too_long_for_a_batch(server: Faults, batch: Batch, tmp_path: Path) -> None:
    """Status 3, everything pending, and the line says when to come back."""
    line = stopped(batch(server.url("429after200"), 100, "--max-wait", "60"), tmp_path, server, 16)
    assert "asks to wait 200 s (until 2" in line
