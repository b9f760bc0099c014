"""Runs that end before they are done: killed, interrupted, or by an article that takes the process with it."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.batch.runs import Ran, answering, command, rows, run, started, text, wait_for, write
from tests.support.endpoint import Answer, Endpoint
from tests.support.site import Page, Site


def test_r01_killed_at_random(endpoint: Endpoint, tmp_path: Path) -> None:
    """R01, R07: after many SIGKILLs the same command ends with every row once, at most kills x concurrency calls too many."""
    kills = int(os.environ.get("KILLS", "6"))
    endpoint.behaviour = answering(0.015 * kills)  # slow enough that the work outlasts the kills
    source, out, count = write(tmp_path / "a.jsonl", 500), tmp_path / "o.store", 500
    chosen = random.Random(7)
    arguments = command("batch", source, "-o", out, "--base-url", endpoint.url, "--concurrency", "8", "-q")
    killed = 0
    while killed < kills:
        process = subprocess.Popen(
            arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]}
        )
        time.sleep(chosen.uniform(0.3, 2.0))
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed += 1
    assert killed == kills
    last = subprocess.run(
        arguments, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, timeout=120, check=False
    )
    assert last.returncode == 0, last.stderr
    assert rows(out) == [("ok", None, count, count)]
    assert len(endpoint.seen) <= count + killed * 8
    assert run("status", out, "--verify").stdout.strip().endswith("file       ok")


def test_r06_two_runs_on_one_store(endpoint: Endpoint, tmp_path: Path) -> None:
    """R06: the second one says who holds the store; the first one ends well."""
    endpoint.behaviour = answering(0.3)
    source, out = write(tmp_path / "a.jsonl", 30), tmp_path / "o.store"
    first = started("batch", source, "-o", out, "--base-url", endpoint.url, "--concurrency", "4")
    wait_for(lambda: len(endpoint.seen) > 0)
    second = run("batch", source, "-o", out, "--base-url", endpoint.url)
    assert second.returncode == 2 and f"in use by pid {first.pid}" in second.stderr
    assert "30" in run("status", out).stdout or first.poll() is None
    _, errors = first.communicate(timeout=60)
    assert first.returncode == 0, errors
    assert rows(out) == [("ok", None, 30, 30)]


def test_what_is_said_after_a_kill(endpoint: Endpoint, tmp_path: Path) -> None:
    """What a dead process had in work is to be done, and says so; in the next run each article is counted once."""
    endpoint.behaviour = answering(odd=lambda i: Answer("{}", delay=30.0) if i > 7 else None)
    source, out = write(tmp_path / "a.jsonl", 30), tmp_path / "o.store"
    process = started("batch", source, "-o", out, "--base-url", endpoint.url, "--concurrency", "4")
    wait_for(lambda: len(endpoint.seen) >= 12 and bool(rows(out)) and rows(out)[0][2] == 8)
    assert "8 ok, " in (alive := run("status", out).stdout) and "running" in alive
    process.kill()
    process.communicate()
    said = run("status", out).stdout
    assert "running" not in said and re.search(r"8 ok, \d+ pending", said), said
    endpoint.behaviour = answering()
    ran = run("batch", source, "-o", out, "--base-url", endpoint.url)
    assert ran.returncode == 0 and "22 ok, 0 failed, 8 seen before" in ran.stderr, ran.stderr
    assert "30 ok" in run("status", out).stdout


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_r08_a_signal_stops_cleanly(endpoint: Endpoint, tmp_path: Path, number: signal.Signals, status: int) -> None:
    """R08, R09: articles in work end, the rest stays to be done, the last words are printed; the same command goes on."""
    endpoint.behaviour = answering(0.2)
    source, out = write(tmp_path / "a.jsonl", 200), tmp_path / "o.store"
    process = started("batch", source, "-o", out, "--base-url", endpoint.url, "--concurrency", "4")
    wait_for(lambda: len(endpoint.seen) > 8)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == status
    assert "stopping" in errors and " ok, " in errors and "Traceback" not in errors
    assert "of the articles read so far are still to be done; the same command goes on" in errors
    done = {row[0]: row[2] for row in rows(out)}
    assert done["ok"] == len(endpoint.seen) and "running" not in done
    sent = len(endpoint.seen)
    endpoint.behaviour = answering()
    assert run("batch", source, "-o", out, "--base-url", endpoint.url, "-q").returncode == 0
    assert rows(out) == [("ok", None, 200, 200)] and len(endpoint.seen) == 200 and sent < 200


def test_r10_a_signal_during_a_long_wait(endpoint: Endpoint, tmp_path: Path) -> None:
    """R10: an article that only waits for Retry-After does not hold a stop up."""
    endpoint.behaviour = lambda _: Answer({"error": {"code": "rate_limit_exceeded"}}, 429, {"retry-after": "60"})
    source, out = write(tmp_path / "a.jsonl", 5), tmp_path / "o.store"
    process = started("batch", source, "-o", out, "--base-url", endpoint.url)
    wait_for(lambda: len(endpoint.seen) >= 5)
    time.sleep(0.3)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert time.monotonic() - start < 5 and process.returncode == 130
    assert rows(out) == [("pending", None, 5, 5)]


def test_r09_a_second_signal_ends_at_once(endpoint: Endpoint, tmp_path: Path) -> None:
    """R09: no waiting for articles in work; what was committed stays."""
    endpoint.behaviour = answering(20)
    source, out = write(tmp_path / "a.jsonl", 5), tmp_path / "o.store"
    process = started("batch", source, "-o", out, "--base-url", endpoint.url)
    wait_for(lambda: len(endpoint.seen) >= 5)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert time.monotonic() - start < 5 and process.returncode == 130


def test_r46_an_article_that_kills_the_process(endpoint: Endpoint, tmp_path: Path) -> None:
    """R46: it is set aside after three deaths; all others are done."""
    code = (
        "import os, signal, sys\nfrom summarizer import verify\nreal = verify.check\n"
        "def check(data, schema, ground):\n"
        "    if 'report 7.' in ground.article.text: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(data, schema, ground)\n"
        "verify.check = check\nfrom summarizer.cli import main\nmain()"
    )
    endpoint.behaviour = answering(0.01)
    source, out = write(tmp_path / "a.jsonl", 20), tmp_path / "o.store"
    arguments = [
        sys.executable,
        "-c",
        code,
        "batch",
        str(source),
        "-o",
        str(out),
        "--model",
        "openai/x",
        "--base-url",
        endpoint.url,
    ]

    def once() -> Ran:
        return subprocess.run(
            arguments, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, timeout=60, check=False
        )

    deaths, ran = 0, once()
    while ran.returncode == -signal.SIGKILL and deaths < 8:
        deaths, ran = deaths + 1, once()
    assert deaths == 3 and ran.returncode == 1, (deaths, ran.stderr)
    assert rows(out) == [("failed", "poison", 1, 1), ("ok", None, 19, 19)]


def test_a_death_between_feed_and_store_hides_nothing(endpoint: Endpoint, site: Site, tmp_path: Path) -> None:
    """A feed's ETag is kept only when its entries are in the store: killed before that, the next run asks for all again."""
    entries = "".join(
        f"<item><title>T{i}</title><description>{text(i)} {'They talked. ' * 60}</description></item>" for i in range(3)
    )

    def feed(headers: dict[str, str]) -> Page:
        known = {"etag": '"1"'}
        return (
            Page(status=304, headers=known)
            if headers.get("if-none-match")
            else Page(f'<rss version="2.0"><channel>{entries}</channel></rss>', headers=known)
        )

    site.pages["/feed"] = feed
    endpoint.behaviour = answering()
    code = (
        "import os, signal, sys\nfrom summarizer.store import Store\n"
        "Store.admitting = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\nfrom summarizer.cli import main\nmain()"
    )
    options = [
        "batch",
        f"{site.url}/feed",
        "-o",
        str(tmp_path / "o.store"),
        "--base-url",
        endpoint.url,
        "--allow-private",
        "--delay",
        "0",
        "--model",
        "openai/x",
    ]
    env = {"PATH": os.environ["PATH"]}
    died = subprocess.run([sys.executable, "-c", code, *options], env=env, capture_output=True, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    for _ in range(2):
        assert run(*options[:-2]).returncode == 0
    assert rows(tmp_path / "o.store") == [("ok", None, 3, 3)] and len(endpoint.seen) == 3
    assert [headers.get("if-none-match") for _, headers in site.seen] == [None, None, '"1"']
