"""Defects of batches that reviewers found, each with the fact that would have caught it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from summarizer import export, feeds
from summarizer.article import from_bytes
from summarizer.errors import ArticleError, CallError, FetchError
from summarizer.failures import Signal, classify
from summarizer.fetch import Fetcher
from summarizer.records import Article, Reply, Request, Usage
from summarizer.store import Store
from tests.batch.runs import answering, command, rows, run, text, wait_for, write
from tests.reliability import stores
from tests.reliability.stores import Stub
from tests.support.endpoint import Answer, Endpoint, completion
from tests.support.site import Page, Site
from tests.test_flow import BAD
from tests.test_verify import reply


def test_a_row_is_answered_by_its_own_settings(endpoint: Endpoint, tmp_path: Path) -> None:
    """What model A left pending is A's; a run with B does B's rows, once each, and a retry does not mix them."""
    source, out = write(tmp_path / "a.jsonl", 3), tmp_path / "o.store"
    endpoint.play(Answer(status=401))
    assert run("batch", source, "-o", out, "--base-url", endpoint.url, model="local/A").returncode == 3
    asked = len(endpoint.seen)
    endpoint.behaviour = answering()
    assert run("batch", source, "-o", out, "--base-url", endpoint.url, model="local/B").returncode == 0
    assert len(endpoint.seen) == asked + 3 and rows(out) == [("ok", None, 3, 3), ("pending", None, 3, 3)]
    assert run("batch", source, "-o", out, "--base-url", endpoint.url, model="local/A").returncode == 0
    assert len(endpoint.seen) == asked + 6 and rows(out) == [("ok", None, 6, 6)]


def test_another_model_sees_an_unchanged_feed(endpoint: Endpoint, site: Site, tmp_path: Path) -> None:
    """A 304 counts only for the settings that have seen the entries."""
    body = f'<rss version="2.0"><channel><item><title>T</title><description>{text(1)} {"They talked. " * 60}</description></item></channel></rss>'
    site.pages["/feed"] = lambda headers: (
        Page(status=304) if headers.get("if-none-match") else Page(body, headers={"etag": '"1"'})
    )
    endpoint.behaviour = answering()
    options = ("-o", tmp_path / "o.store", "--base-url", endpoint.url, "--allow-private", "--delay", "0")
    for model in ("local/A", "local/A", "local/B"):
        assert run("batch", f"{site.url}/feed", *options, model=model).returncode == 0
    assert len(endpoint.seen) == 2


@pytest.mark.parametrize(
    ("body", "options"),
    [
        (f'<rss version="2.0"><channel><item><title>T</title><link>URL/1</link><description>{text(2)}</description></item></channel></rss>',
         ("--follow", "never")),
        (json.dumps([{"text": text(2), "long": text(1)}]), ("--map", "text=long")),
    ],
)  # fmt: skip
def test_another_way_of_reading_sees_an_unchanged_page(
    endpoint: Endpoint, site: Site, tmp_path: Path, body: str, options: tuple[str, str]
) -> None:
    """A 304 counts only for the options that have made these articles of it."""
    site.pages["/1"] = Page(f"<html><body><article><p>{text(1)}</p></article></body></html>")
    site.pages["/page"] = lambda headers: (
        Page(status=304)
        if headers.get("if-none-match")
        else Page(body.replace("URL", site.url), headers={"etag": '"1"'})
    )
    endpoint.behaviour = answering()
    common = (
        f"{site.url}/page",
        "-o",
        tmp_path / "o.store",
        "--base-url",
        endpoint.url,
        "--allow-private",
        "--delay",
        "0",
    )
    for more, asked in ((options, 1), (options, 1), ((), 2), ((), 2), (options, 2)):
        assert run("batch", *common, *more).returncode == 0 and len(endpoint.seen) == asked


@pytest.mark.parametrize("line", [
    '{"text": "They met.", "title": "\\ud800"}', '{"text": "They met.", "published": 1e20}',
    '{"text": "They met.", "date": "Mon, 1 Jan 2024 00:00:00 +99999999999999999999"}', '{"text": "They met \\ud800."}', "{" * 100_000,
    '{"text": "' + "x" * 11_000_000 + '"}',
])  # fmt: skip
def test_odd_lines_break_only_themselves(tmp_path: Path, line: str) -> None:
    """The lines behind them are done."""
    (tmp_path / "a.jsonl").write_text(f"{line}\n" + json.dumps({"text": text(1)}) + "\n")
    ran = run("batch", tmp_path / "a.jsonl", "-o", tmp_path / "o.jsonl", model="builtin")
    assert "Traceback" not in ran.stderr
    last = json.loads((tmp_path / "o.jsonl").read_text().splitlines()[-1])
    assert last["article"]["source"].endswith("a.jsonl:2") and last["status"] == "ok"


def test_a_first_line_longer_than_a_look(tmp_path: Path) -> None:
    """JSON lines are told by more than their first 64 KB."""
    (tmp_path / "a.data").write_text(
        json.dumps({"text": text(1) + " The two of them talked in the city. " * 3000})
        + "\n"
        + json.dumps({"text": text(2)})
        + "\n"
    )
    assert "2 ok" in run("batch", tmp_path / "a.data", "-o", tmp_path / "o.store", model="builtin").stderr


def test_a_file_name_that_is_no_utf8(tmp_path: Path) -> None:
    """A folder from another system."""
    (tmp_path / "folder").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "folder") + b"/caf\xe9.txt")).write_text(text(1))
    assert "1 ok" in run("batch", tmp_path / "folder", "-o", tmp_path / "o.store", model="builtin").stderr


@pytest.mark.parametrize("location", ["http://[", "//[x", "http://127.0.0.1:99999/", "\u00e9"])
async def test_odd_redirects_and_validators(site: Site, location: str) -> None:
    """A FetchError, whatever stands in a header."""
    site.pages["/"] = Page(status=302, headers={"location": location})
    async with Fetcher(allow_private=True, delay=0) as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get(f"{site.url}/")
        site.pages["/tag"] = Page("x", headers={"etag": '"\u00e9"'})
        page = await fetcher.get(f"{site.url}/tag")
        assert (await fetcher.get(f"{site.url}/tag", etag=page.etag)).body == b"x"


async def test_the_wait_for_a_turn_is_no_timeout(site: Site) -> None:
    """Politeness does not use up the time of a page."""
    site.pages["/"] = Page("x")
    async with Fetcher(allow_private=True, delay=1.0, timeout=0.6) as fetcher:
        for _ in range(2):
            assert (await fetcher.get(f"{site.url}/")).body == b"x"


@pytest.mark.parametrize("count", [50, 2000])
def test_comments_and_tags_take_no_time(count: int) -> None:
    """Patterns that try every way to read them would never end."""
    start = time.monotonic()
    assert not feeds.looks_like_xml_feed(b"<!--a-->" * count + b"<div>")
    with pytest.raises(ArticleError):
        from_bytes(b"<!--a-->" * count + b"<html><body></body></html>", "a.html")
    feeds.plain("<script " * (count * 20))
    feeds.plain("<" * (count * 100))
    assert time.monotonic() - start < 20
    assert feeds.plain("<p>a</p><SCRIPT>b</script >c<style>d") == "a\nc"


def test_a_silent_standard_input_stops_at_a_signal(tmp_path: Path) -> None:
    """What came is done while more is waited for, and a signal ends the waiting."""
    arguments = command("batch", "-", "-o", tmp_path / "o.store", model="builtin")
    process = subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"]}
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({"text": text(1)}).encode() + b"\n")
    process.stdin.flush()
    wait_for(lambda: (tmp_path / "o.store").exists() and bool(rows_or_none(tmp_path / "o.store")))
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
    assert time.monotonic() - start < 10 and process.returncode == 143
    for stream in (process.stdin, process.stderr):
        assert stream is not None
        stream.close()
    assert rows(tmp_path / "o.store") == [("ok", None, 1, 1)]


def rows_or_none(path: Path) -> bool:
    try:
        return rows(path) == [("ok", None, 1, 1)]
    except sqlite3.Error:  # the tables are not there yet
        return False


@pytest.mark.parametrize(("first", "status"), [("prose", "pending"), (json.dumps(reply(asks=[BAD])), "ok")])
async def test_a_stop_during_a_repair(tmp_path: Path, first: str, status: str) -> None:
    """What a first reply gave is kept; where it gave nothing, the article has not failed but waits for the next run."""

    async def answer(request: Request) -> Reply:
        if request.repair is None:
            return Reply(first, "stub-1", Usage(100, 50))
        running.stop()
        raise CallError(classify(Signal(status=500)))

    with Store(tmp_path / "o.store") as store:
        running = stores.batch(store, Stub(answer))
        await running.run(stores.stream([Article("Ann Lee met Bo Li. Li asked Lee to wait.")]))
        assert running.stopped_by is None and store.counts() == {status: 1}


def test_a_slow_source_holds_nobody_up(endpoint: Endpoint, site: Site, tmp_path: Path) -> None:
    """Entries that have come are asked for while a slow feed is waited for."""
    items = "".join(
        f"<item><title>T{i}</title><description>{text(i)} {'They talked. ' * 60}</description></item>"
        for i in range(10)
    )
    site.pages |= {"/a": Page(f'<rss version="2.0"><channel>{items}</channel></rss>'), "/b": Page("<rss/>", delay=6)}
    endpoint.behaviour = answering()
    options = ("-o", tmp_path / "o.store", "--base-url", endpoint.url, "--allow-private", "--delay", "0")
    process = subprocess.Popen(
        command("batch", f"{site.url}/a", f"{site.url}/b", *options),
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"]},
    )
    wait_for(lambda: site.asked("/b") == 1)
    wait_for(lambda: len(endpoint.seen) == 10, seconds=4.5)
    process.wait(timeout=60)


def test_unreadable_is_forgotten_when_it_reads_again(site: Site, tmp_path: Path) -> None:
    """The exit status is of this run; a page that is back is not held against the next one."""
    site.pages["/p"] = Page("gone", 503)
    options = ("-o", tmp_path / "o.store", "--allow-private", "--delay", "0")
    assert run("batch", f"{site.url}/p", *options, model="builtin").returncode == 1
    site.pages["/p"] = Page(
        f"<html><body><article><p>{text(1)} {'They talked in the city for long. ' * 20}</p></article></body></html>"
    )
    assert run("batch", f"{site.url}/p", *options, model="builtin").returncode == 0


def test_absurd_usage_is_unknown_usage(endpoint: Endpoint, tmp_path: Path) -> None:
    """A number that no counter has is not stored, and ends nothing."""
    endpoint.play(Answer({**completion(reply()), "usage": {"prompt_tokens": 10**30, "completion_tokens": 1}}))
    assert (
        run("batch", write(tmp_path / "a.jsonl", 3), "-o", tmp_path / "o.store", "--base-url", endpoint.url).returncode
        == 0
    )


def test_an_export_that_cannot_be_is_refused_first(endpoint: Endpoint, tmp_path: Path) -> None:
    """Before anything is paid."""
    ran = run("batch", write(tmp_path / "a.jsonl", 1), "-o", tmp_path / "o.json", "--base-url", endpoint.url)
    assert ran.returncode == 2 and ".jsonl, .csv or .parquet" in ran.stderr and endpoint.seen == []


@pytest.mark.parametrize("summary", [
    {"asks": [{"what": 5}]}, {"asks": [{"status": True}]}, {"asks": [{"evidence": [{"x": 1}]}]}, {"asks": [{"evidence": 5}]}, [1, 2], {"a": "\ud800"},
])  # fmt: skip
@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_any_schema_can_be_exported(tmp_path: Path, summary: object, ending: str) -> None:
    """Cells are texts or whole numbers, whatever a user's schema holds."""
    article = {"id": "sha256:1", "source": "s", "url": None, "title": "\ud800", "published": None, "language": None}
    record = json.dumps(
        {"article": article, "status": "ok", "summary": summary, "problems": [], "provenance": None, "error": None}
    )
    assert export.export([record], tmp_path / f"x.{ending}") == 1
