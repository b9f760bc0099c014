"""Documents made to hurt what reads them: S10, S13, S14 and S30. Nothing here may hang, crash, or be paid for."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from summarizer import article as articles
from summarizer import feeds
from summarizer.errors import ArticleError
from summarizer.fetch import Fetcher
from summarizer.records import Article
from summarizer.sources import Broken, Reader, Taken
from tests.security.running import run
from tests.support.endpoint import Answer, Endpoint
from tests.support.memory import PEAK
from tests.support.site import Page, Site

SAID = "<p>The minister met the ambassador and they agreed to reopen the harbour before the end of May.</p>"
HARMLESS = b"<rss version='2.0'><channel><item><title>t</title><description>"


def page(inside: str, size: int = 0) -> bytes:
    filler = f"<!--{'x' * size}-->" if size else ""
    return f"<!doctype html><html><body><article>{SAID * 3}{inside}</article>{filler}</body></html>".encode()


async def read(*names: object, **options: Any) -> list[Article | Broken | Taken]:
    async with Fetcher(allow_private=True, delay=0) as fetcher:
        return [entry async for entry in Reader(fetcher, **options).read(map(str, names))]


def quadratic(size: int = 300_000) -> str:
    return f'<!DOCTYPE rss [<!ENTITY a "{"a" * size}">]><rss version="2.0"><channel><item><title>{"&a;" * 1000}</title></item></channel></rss>'


XML = {
    "a file": '<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{file}">]><rss version="2.0"><channel><item><title>&x;</title></item></channel></rss>',
    "an address": '<!DOCTYPE rss [<!ENTITY % d SYSTEM "{url}/entity"> %d;]><rss version="2.0"><channel><item><title>t</title></item></channel></rss>',
    "an external DTD": '<!DOCTYPE rss SYSTEM "{url}/dtd"><rss version="2.0"><channel><item><title>t</title></item></channel></rss>',
    "behind much else": "<!-- " + "x" * 300_000 + ' --><!DOCTYPE rss [<!ENTITY x SYSTEM "file://{file}">]><rss version="2.0"><channel><item><title>&x;</title></item></channel></rss>',
    "a stylesheet": '<?xml version="1.0"?><?xml-stylesheet href="{url}/style"?><rss version="2.0"><channel><item><title>t</title></item></channel></rss>',
    "an inclusion": '<rss version="2.0" xmlns:xi="http://www.w3.org/2001/XInclude"><channel><item><description><xi:include parse="text" href="file://{file}"/></description></item></channel></rss>',
}  # fmt: skip


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-7"])
async def test_s10_no_file_is_read_and_nothing_fetched(site: Site, tmp_path: Path, name: str, charset: str) -> None:
    """S10: whatever a document names, in whatever encoding its declarations stand."""
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-in-a-file")
    document = XML[name].replace("{file}", str(secret)).replace("{url}", site.url).encode(charset)
    entries = await asyncio.to_thread(lambda: _tried(document, f"application/rss+xml; charset={charset}"))
    assert "canary-in-a-file" not in repr(entries)
    assert site.seen == []
    if "<!ENTITY" in XML[name] and charset != "utf-7":
        assert entries == "declares entities of its own, which no feed needs; it was not read"


def _tried(document: bytes, content_type: str) -> list[feeds.Entry] | str:
    try:
        return list(feeds.entries(document, content_type, "p"))
    except feeds.NotAFeed as error:
        return str(error)


LAUGHS = "<!DOCTYPE rss [" + '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9))
LAUGHS += ']><rss version="2.0"><channel><item><title>&a9;</title></item></channel></rss>'


GROWTH = f"""{PEAK}
import sys
from summarizer import feeds
data = sys.stdin.buffer.read()
list(feeds.entries(b"<rss version='2.0'><channel><item><title>t</title></item></channel></rss>", "", "p"))
before = peak()
try: shown = repr(list(feeds.entries(data, sys.argv[1], "p")))
except feeds.NotAFeed: shown = ""
print(peak() - before, len(shown))
"""


@pytest.mark.parametrize("bomb", [LAUGHS, quadratic()], ids=["billion laughs", "quadratic"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-7"])
def test_s10_bombs_cost_no_memory(bomb: str, charset: str) -> None:
    """S10: less than 20 MB more, in every encoding; also where UTF-7 hides the declaration from the first look."""
    command = [sys.executable, "-c", GROWTH, f"application/rss+xml; charset={charset}"]
    ran = subprocess.run(command, input=bomb.encode(charset), capture_output=True, timeout=60, check=True)
    growth, shown = map(int, ran.stdout.split())
    assert growth < 20_000 and shown < 10_000


ATTRIBUTES = "<p " + " ".join(f"a{i}=1" for i in range(900_000)) + ">x</p>"  # nobody knows why, but quadratic


def test_s13_a_page_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """S13: 10 MB that would take an hour: refused when its time is over, and this process goes on."""
    monkeypatch.setattr(articles, "SECONDS", 2)
    start = time.monotonic()
    with pytest.raises(ArticleError, match="takes longer than 2 seconds to read"):
        articles.from_bytes(page(ATTRIBUTES)[: articles.MAX_BYTES], "http://x/")
    assert 2 <= time.monotonic() - start < 10


@pytest.mark.parametrize("inside", ["<div>" * 1_000_000, "<b>" * 1_000_000, "<!--" * 1_000_000, "<" * 3_000_000, "&amp;" * 1_000_000,
                                    "<p>" + "a a" * 2_000_000, "<p>" + "2020-01-" * 500_000, "<table><tr><td>" * 300_000])  # fmt: skip
def test_s13_tags_without_end(inside: str) -> None:
    """S13: a million nested tags, and texts that make bad patterns slow: an article or one line, and no crash."""
    try:
        told = articles.from_bytes(page(inside), "http://x/").text
    except ArticleError as error:
        told = str(error)
    assert "harbour" in told or "http://x/: " in told


def test_s13_a_page_that_eats_memory_ends_with_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """S13: the process that reads has a bound of its own; what breaks it is one line here."""
    assert articles.from_bytes(page("", 300_000), "http://x/").text.count("harbour") >= 1
    monkeypatch.setattr(articles, "MEMORY", 40_000_000)
    with pytest.raises(ArticleError, match="cannot be read: it breaks what reads it"):
        articles.from_bytes(page("", 300_000), "http://x/")


def test_s13_the_limits_hold_without_their_parent() -> None:
    """S13: killed in the middle, the run leaves no process behind that works for ever."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "summarizer.article",
        "summarizer.article:main_text",
        "1",
        str(articles.MEMORY),
    ]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    child.communicate(json.dumps(page(ATTRIBUTES).decode()).encode(), timeout=60)
    assert child.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def test_s13_the_process_that_reads_has_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """S13: whoever takes it over finds nothing in its environment."""
    monkeypatch.setenv("OPENAI_API_KEY", "key-canary")
    answer = articles.apart("os:getenv", "OPENAI_API_KEY", "x")
    assert answer is None and articles.apart("os:getenv", "PYTHONPATH", "x") == os.pathsep.join(sys.path)


def test_s13_large_and_small_pages_are_read_alike() -> None:
    """S13: the process apart gives what the process itself gives, whatever the characters."""
    inside = f"<h1>“Ωmega” \u2028 {chr(0x1F91D)}</h1>{SAID}" * 5
    small, large = (articles.from_bytes(page(inside, size), "http://x/") for size in (0, articles.APART_FROM))
    assert small == large and "Ωmega" in large.text


async def test_s13_others_go_on_meanwhile(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """S13: while one page takes all its time, the loop turns; the next entries of the feed come."""
    monkeypatch.setattr(articles, "SECONDS", 2)
    links = "".join(f"<item><title>{name}</title><link>{site.url}/{name}</link></item>" for name in ("bad", "good"))
    site.pages |= {"/feed": Page(f"<rss version='2.0'><channel>{links}</channel></rss>"),
                   "/bad": Page(page(ATTRIBUTES)[: articles.MAX_BYTES]), "/good": Page(page(""))}  # fmt: skip
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.02)
            turns += 1

    counting = asyncio.create_task(count())
    bad, good = await read(f"{site.url}/feed")
    counting.cancel()
    assert isinstance(bad, Broken) and bad.place.endswith("#0") and "takes longer than 2 seconds" in bad.message
    assert isinstance(good, Article) and "harbour" in good.text
    assert turns > 50


async def test_s13_a_feed_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S13: comments that never close take the feed's parser hours; the sources after it are read."""
    monkeypatch.setattr(articles, "SECONDS", 2)
    (tmp_path / "a.xml").write_bytes(
        HARMLESS + b"<![CDATA[" + b"<!--" * 1_000_000 + b"]]></description></item></channel></rss>"
    )
    (tmp_path / "b.txt").write_text("They met.")
    bad, good = await read(tmp_path / "a.xml", tmp_path / "b.txt")
    assert isinstance(bad, Broken) and "takes longer than 2 seconds" in bad.message
    assert isinstance(good, Article)


async def test_s13_large_and_small_feeds_are_read_alike(tmp_path: Path) -> None:
    """S13: every field of an entry survives the process apart; what is no feed is told by its reason."""
    entry = f"<item><title>T €</title><link>http://x/1</link><pubDate>Thu, 19 Mar 2026 23:30:00 -0500</pubDate><description><![CDATA[{SAID * 9}]]></description></item>"
    for name, size in (("a", 0), ("b", feeds.APART_FROM)):
        (tmp_path / f"{name}.xml").write_text(
            f"<rss version='2.0'><channel><language>en</language>{entry}<!--{'x' * size}--></channel></rss>"
        )
    (small,), (large,) = await read(tmp_path / "a.xml"), await read(tmp_path / "b.xml")
    assert small == large and isinstance(large, Article) and large.title == "T €" and large.published
    (tmp_path / "c.xml").write_text(f"<!DOCTYPE rss [<!ENTITY a '{'x' * feeds.APART_FROM}'>]><rss version='2.0'></rss>")
    (refused,) = await read(tmp_path / "c.xml")
    assert isinstance(refused, Broken) and "declares entities" in refused.message


@pytest.mark.parametrize(("unit", "size", "seconds"), [
    *((unit, 100_000, 20) for unit in ("a", "1,", "“a", "(", "on May ", "\u0301", " \n", "A and ")),
    ("Ann asked Bo to ", 100_000, 20), ("Minister of ", 100_000, 20),
])  # fmt: skip
def test_s13_texts_that_make_patterns_slow(tmp_path: Path, unit: str, size: int, seconds: float) -> None:
    """S13: the rules, which are patterns, end soon on whatever text."""
    (tmp_path / "a.txt").write_text("Ann Lee met Bo Li on May 5. " + unit * (size // len(unit)))
    start = time.monotonic()
    assert run(tmp_path / "a.txt", "--model", "builtin").returncode in (0, 1)
    assert time.monotonic() - start < seconds


LETTERS = "Le ministre a reçu l'ambassadeur à Nice. Ils sont convenus de rouvrir le port. " * 5
MIXED = LETTERS.encode() + b"\xe9t\xe9 \x93quoted\x94 \xc3\x28 \xff\xfe" + LETTERS.encode("latin-1")
SAYS = ["utf-7", "utf-8", "utf-16", "utf-16le", "utf-32", "us-ascii", "iso-8859-1", "shift_jis", "gb18030", "iso-2022-jp", "hz", "undefined",
        "idna", "punycode", "unicode_escape", "raw_unicode_escape", "hex", "zip", "rot13", "mbcs", "no-such", "..", "x" * 500]  # fmt: skip


@pytest.mark.parametrize("said", SAYS)
@pytest.mark.parametrize("by", ["header", "page", "xml"])
def test_s14_a_charset_that_lies(said: str, by: str, caplog: pytest.LogCaptureFixture) -> None:
    """S14: no exception, the readable part is read, and the log says how many characters are lost."""
    meta = f'<meta charset="{said}">' if by == "page" else ""
    start = f'<?xml version="1.0" encoding="{said}"?>' if by == "xml" else ""
    data = f"{start}<html><head>{meta}</head><body><article><p>".encode() + MIXED + b"</p></article></body></html>"
    with caplog.at_level(logging.WARNING, "summarizer"):
        found = articles.from_bytes(
            data, "http://x/", content_type=f"text/html; charset={said}" if by == "header" else ""
        )
    assert "port" in found.text and "<p>" not in found.text
    lost = found.text.count("\ufffd")
    assert lost or said not in ("utf-8", "utf-7", "no-such")
    assert not lost or [record.getMessage() for record in caplog.records] == [
        f"http://x/: {lost} characters could not be read and stand as U+FFFD"
    ]
    found.text.encode("utf-8", "strict" if said != "utf-7" else "replace")


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_s14_utf_16_without_a_mark(tmp_path: Path, charset: str) -> None:
    """S14: read where somebody says it, refused in one line where nobody does; half a character at the end is counted."""
    data = LETTERS.encode(charset)
    assert articles.from_bytes(data, "x", content_type=f"text/plain; charset={charset}").text == LETTERS
    assert articles.from_bytes(data, "x", encoding=charset).text == LETTERS
    with pytest.raises(ArticleError, match="is binary, not text"):
        articles.from_bytes(data, "x")
    cut = articles.from_bytes(data[:-1], "x", content_type=f"text/plain; charset={charset}").text
    assert cut == LETTERS[:-1] + "\ufffd"
    (tmp_path / "a.txt").write_bytes(data)
    assert "is binary" in run(tmp_path / "a.txt", "--model", "builtin").stderr


def test_s14_the_count_reaches_the_user(site: Site, tmp_path: Path) -> None:
    """S14: on standard error, for one article and for a batch of pages, lines, cells and feeds; the name does nothing."""
    text = "Ann Lee met Bo Li on May 5. Li asked Lee to wait \xff\xfe for the report. " * 9
    site.pages["/"] = Page(text.encode("latin-1"), headers={"content-type": "text/plain; charset=utf-8"})
    one = run(f"{site.url}/", "--allow-private", "--model", "builtin")
    assert one.returncode == 0 and "/: 18 characters could not be read and stand as U+FFFD\n" in one.stderr
    lost = text.replace("\xff\xfe", "\ufffd\ufffd")  # by whoever wrote the file; what is no UTF-8 in it is refused
    (tmp_path / "a\x1b[2J.jsonl").write_text(json.dumps({"text": lost}, ensure_ascii=False), encoding="utf-8")
    (tmp_path / "a.csv").write_text(f'title,text\nT,"{lost}"\n', encoding="utf-8")
    (tmp_path / "a.xml").write_bytes(
        HARMLESS + text.encode().replace(b"\xc3\xbf", "\ufffd".encode()) + b"</description></item></channel></rss>"
    )
    many = run("batch", *sorted(tmp_path.iterdir()), "-o", tmp_path / "o.store", "--model", "builtin")
    assert many.stderr.count("characters could not be read") == 3 and "\x1b" not in many.stderr


async def test_s30_a_feed_of_a_million_entries(site: Site, endpoint: Endpoint, tmp_path: Path) -> None:
    """S30: refused by a count before it is parsed; nothing is fetched for it and no model is asked."""
    entry = f"<item><link>{site.url}/x</link></item>"
    site.pages["/feed"] = Page(f"<rss version='2.0'><channel>{entry * (9_900_000 // len(entry))}</channel></rss>")
    items = ",".join([json.dumps({"url": f"{site.url}/x"})] * 150_000)
    site.pages["/json"] = Page(f'{{"version":"https://jsonfeed.org/version/1.1","items":[{items}]}}')
    endpoint.play(Answer(status=500))
    to = ("--model", "openai/x", "--base-url", endpoint.url, "--allow-private", "--delay", "0")
    ran = await asyncio.to_thread(run, "batch", f"{site.url}/feed", f"{site.url}/json", "-o", tmp_path / "o.store", *to)
    assert ran.returncode == 1 and ran.stderr.count("has more than 100000 entries, which no feed has") == 2
    assert endpoint.seen == [] and [path for path, _ in site.seen] == ["/feed", "/json"]


async def test_s30_an_entry_of_100_megabytes(site: Site, tmp_path: Path) -> None:
    """S30: whatever it comes in, it is one line and not one prompt; the entries beside it are taken."""
    huge = "They met. " * 10_100_000
    site.pages["/feed"] = Page(HARMLESS + huge.encode() + b"</description></item></channel></rss>")
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": huge}) + "\n" + json.dumps({"text": "They met."}) + "\n")
    (tmp_path / "a.csv").write_text(f"title,text\nT,{huge}\nU,They met.\n")
    (tmp_path / "a.json").write_text(json.dumps({"title": "T", "text": huge[:20_000_000]}, indent=1))
    (tmp_path / "b.json").write_text(json.dumps({"title": "T", "text": huge}, indent=1))
    (tmp_path / "a.txt").write_text(huge)
    entries = await read(f"{site.url}/feed", *sorted(tmp_path.glob("a.*")), tmp_path / "b.json")
    taken = [entry.text for entry in entries if isinstance(entry, Article)]
    assert taken == ["They met."] * 2  # of the JSONL and of the CSV
    broken = [entry.message for entry in entries if isinstance(entry, Broken)]
    assert len(broken) == 6 and all(
        "larger than" in message or "longer than" in message or "field" in message for message in broken
    ), broken


async def test_s30_caps_of_a_source_and_of_a_run(endpoint: Endpoint, site: Site, tmp_path: Path) -> None:
    """S30: --most-entries of one source, --limit of one run, --max-cost of one purse: no call goes beyond any of them."""
    item = (
        "<item><title>T{0}</title><description>Ann Lee met Bo Li on May 5 for the {0}th time. {1}</description></item>"
    )
    entries = "".join(item.format(i, "They talked. " * 60) for i in range(50))
    site.pages["/feed"] = Page(f"<rss version='2.0'><channel>{entries}</channel></rss>")
    endpoint.play(Answer({"error": {"code": "context_length_exceeded"}}, 400))
    to = ("--base-url", endpoint.url, "--allow-private", "--delay", "0", "--model")
    for number, (more, calls) in enumerate([(("openai/x", "--most-entries", 7), 7), (("openai/x", "--limit", 5), 5),
                                            (("openai/gpt-6-luna", "--max-cost", "0.0001"), 0)]):  # fmt: skip
        endpoint.seen.clear()
        await asyncio.to_thread(run, "batch", f"{site.url}/feed", "-o", tmp_path / f"{number}.store", *to, *more)
        assert len(endpoint.seen) == calls
