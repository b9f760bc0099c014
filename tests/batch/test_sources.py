"""Articles in, from everything that holds them, over real sockets and real files."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from summarizer import feeds, sources
from summarizer.errors import UsageError
from summarizer.fetch import Fetcher
from summarizer.records import Article
from summarizer.sources import Broken, Reader, Taken
from tests.support.site import Page, Site

LONG = "The minister met the ambassador and they agreed to reopen the harbour before the end of May. " * 8
PAGE = (
    '<!doctype html><html lang="en"><head><title>Harbour</title></head><body><article><h1>Harbour</h1>'
    f"<p>{LONG}</p><p>{LONG}</p></article></body></html>"
)


async def read(*names: str, **options: Any) -> list[Article | Broken | Taken]:
    async with Fetcher(allow_private=True, delay=0, timeout=options.pop("timeout", 10.0)) as fetcher:
        return [entry async for entry in Reader(fetcher, **options).read(names)]


def rss(*items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>f</title><language>en-gb</language>{"".join(items)}</channel></rss>'


def item(title: str, text: str, link: str = "", moment: str = "Thu, 19 Mar 2026 23:30:00 -0500") -> str:
    return f"<item><title>{title}</title><link>{link}</link><pubDate>{moment}</pubDate><description><![CDATA[{text}]]></description></item>"


async def test_rss_with_full_text(site: Site) -> None:
    """Text, title, link, language, and the day in the publisher's own zone; markup becomes lines."""
    site.pages["/feed"] = Page(
        rss(item("One", f"<p>{LONG}</p><p>Second &amp; last.</p><script>bad()</script>", f"{site.url}/1"))
    )
    (article,) = await read(f"{site.url}/feed")
    assert isinstance(article, Article)
    assert article.text.endswith("\n\nSecond & last.") or article.text.endswith("\nSecond & last.")
    assert (article.title, article.url, article.published, article.language) == (
        "One",
        f"{site.url}/1",
        date(2026, 3, 19),
        "en",
    )
    assert site.asked("/1") == 0 and "bad()" not in article.text


async def test_rss_without_full_text_follows_its_link(site: Site) -> None:
    """A teaser's page is fetched; `never` keeps the teaser, `always` fetches in any case."""
    site.pages["/feed"] = Page(rss(item("One", "Two sentences only.", f"{site.url}/1")))
    site.pages["/1"] = Page(PAGE)
    (followed,) = await read(f"{site.url}/feed")
    assert (
        isinstance(followed, Article)
        and "reopen the harbour" in followed.text
        and followed.published == date(2026, 3, 19)
    )
    (teaser,) = await read(f"{site.url}/feed", follow="never")
    assert isinstance(teaser, Article) and teaser.text == "Two sentences only."
    site.pages["/feed"] = Page(rss(item("One", LONG, f"{site.url}/1")))
    await read(f"{site.url}/feed", follow="always")
    assert site.asked("/1") == 2


async def test_atom_and_json_feed(site: Site) -> None:
    """Both give the same article."""
    atom = (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>f</title><entry><title>One</title>'
        f'<link href="{site.url}/1"/><updated>2026-03-19T10:00:00Z</updated><content type="html">&lt;p&gt;{LONG}&lt;/p&gt;</content></entry></feed>'
    )
    items = [
        {
            "id": "1",
            "url": f"{site.url}/1",
            "title": "One",
            "content_text": LONG.strip(),
            "date_published": "2026-03-19T10:00:00Z",
        }
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "f", "language": "en", "items": items}
    site.pages |= {
        "/atom": Page(atom),
        "/json": Page(json.dumps(feed), headers={"content-type": "application/feed+json"}),
    }
    one, two = await read(f"{site.url}/atom", f"{site.url}/json")
    assert isinstance(one, Article) and isinstance(two, Article)
    assert one.text == two.text and one.published == two.published == date(2026, 3, 19) and one.url == two.url


async def test_charsets_compression_and_redirects(site: Site) -> None:
    """A declared charset, a wrong one, gzip, and a moved feed."""
    french = rss(item("Été", f"{LONG} déjà", ""))
    declared = french.replace('version="1.0"', 'version="1.0" encoding="iso-8859-1"', 1)
    site.pages["/latin"] = Page(declared.encode("iso-8859-1"), headers={"content-type": "application/rss+xml"})
    site.pages["/wrong"] = Page(
        french.encode("iso-8859-1"), headers={"content-type": "application/rss+xml; charset=utf-8"}
    )
    site.pages["/gzip"] = Page(gzip.compress(french.encode()), headers={"content-encoding": "gzip"})
    site.pages["/moved"] = Page(status=301, headers={"location": "/gzip"})
    for path in ("/latin", "/gzip", "/moved"):
        (article,) = await read(f"{site.url}{path}")
        assert isinstance(article, Article) and article.title == "Été" and article.text.endswith("déjà"), path
    (wrong,) = await read(f"{site.url}/wrong")
    assert isinstance(wrong, Article) and wrong.text.startswith("The minister")


class Memory:
    def __init__(self) -> None:
        self.known: dict[str, tuple[str | None, str | None]] = {}

    def page(self, url: str) -> tuple[str | None, str | None]:
        return self.known.get(url, (None, None))


async def test_an_unchanged_feed_is_asked_for_once(site: Site) -> None:
    """ETag and Last-Modified go back; a 304 gives nothing to do. A feed with a failed link is read again."""

    def feed(headers: dict[str, str]) -> Page:
        same = (
            headers.get("if-none-match") == '"1"'
            and headers.get("if-modified-since") == "Thu, 19 Mar 2026 10:00:00 GMT"
        )
        known = {"etag": '"1"', "last-modified": "Thu, 19 Mar 2026 10:00:00 GMT"}
        return (
            Page(status=304, headers=known) if same else Page(rss(item("One", "short", f"{site.url}/1")), headers=known)
        )

    site.pages["/feed"] = feed
    memory = Memory()
    (broken,) = await read(f"{site.url}/feed", pages=memory)
    assert isinstance(broken, Broken) and "status 404" in broken.message and memory.known == {}
    site.pages["/1"] = Page(PAGE)
    one, taken = await read(f"{site.url}/feed", pages=memory)
    assert isinstance(one, Article) and isinstance(taken, Taken)
    memory.known[taken.url] = (taken.etag, taken.modified)
    assert await read(f"{site.url}/feed", pages=memory) == []


@pytest.mark.parametrize("start", ["[Updated] ", "{Reuters} ", "{Reuters}\n", "[1] They met.\n[2] ", "{\n", "[ "])
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a"])
async def test_a_text_that_begins_with_a_bracket(tmp_path: Path, name: str, start: str) -> None:
    """It is a text, unless it really is JSON."""
    (tmp_path / name).write_text(f"{start}They met in the city.\nThey talked.")
    (article,) = await read(str(tmp_path / name))
    assert isinstance(article, Article) and article.text.startswith(start)


@pytest.mark.parametrize(("name", "body", "count"), [
    ("a.txt", '[{"text": "They met."}, {"text": "They talked."}]', 2), ("a.md", '{"text": "They\\nmet."}', 1),
    ("a.txt", '{"text": "They met."}\n{"text": "They talked."}\n', 2), ("a", '{"text": "They met."}\nno\n', 1),
])  # fmt: skip
async def test_json_in_a_file_of_any_name(tmp_path: Path, name: str, body: str, count: int) -> None:
    """What parses is taken as what it is, and a row that does not is named."""
    (tmp_path / name).write_text(body)
    found = await read(str(tmp_path / name))
    assert [entry.text for entry in found if isinstance(entry, Article)][:1] in (["They met."], ["They\nmet."])
    assert sum(isinstance(entry, Article) for entry in found) == count


def test_a_source_without_a_name() -> None:
    """It is no name for the folder where one stands."""
    with pytest.raises(UsageError, match="no name"):
        sources.check([""])


async def test_broken_json_stays_broken(tmp_path: Path) -> None:
    """Where the name says what it is."""
    (tmp_path / "a.json").write_text('[{"text": "They met."}, {]')
    (broken,) = await read(str(tmp_path / "a.json"))
    assert isinstance(broken, Broken) and "is no JSON" in broken.message


async def test_one_bad_entry_does_not_end_a_feed(site: Site) -> None:
    """A link that times out, one that is gone, and an empty entry: each is named; the good ones come."""
    site.pages["/slow"] = Page(PAGE, delay=3)
    site.pages["/feed"] = Page(
        rss(
            item("a", LONG),
            item("b", "x", f"{site.url}/slow"),
            item("c", "x", f"{site.url}/gone"),
            item("d", ""),
            item("e", LONG + "e"),
        )
    )
    entries = await read(f"{site.url}/feed", timeout=0.5)
    assert [type(entry) for entry in entries] == [Article, Broken, Broken, Broken, Article]
    broken = [entry for entry in entries if isinstance(entry, Broken)]
    assert [entry.place for entry in broken] == [f"{site.url}/feed#{n}" for n in (1, 2, 3)]
    assert "did not answer" in broken[0].message and "404" in broken[1].message and "no text" in broken[2].message


async def test_pages_and_lists_of_addresses(site: Site, tmp_path: Path) -> None:
    """An address is a page; a list of them is a source."""
    site.pages |= {
        "/1": Page(PAGE),
        "/2": Page(PAGE.replace("May", "June")),
        "/bin": Page(b"\x00\x01", headers={"content-type": "image/x"}),
    }
    (tmp_path / "list.txt").write_text(f"{site.url}/1\n# a comment\n\n{site.url}/2\n{site.url}/gone\n{site.url}/bin\n")
    entries = await read(str(tmp_path / "list.txt"))
    assert [type(entry) for entry in entries] == [Article, Article, Broken, Broken]
    assert isinstance(entries[0], Article) and entries[0].url == f"{site.url}/1" and entries[0].title == "Harbour"


async def test_folders_and_sidecars(tmp_path: Path) -> None:
    """Text files in order, deep ones too, with what a JSON file beside them says; others are not touched."""
    (tmp_path / "deep").mkdir()
    for name in ("b.txt", "a.md", "deep/c.html", "notes.pdf", "empty.txt"):
        (tmp_path / name).write_text(
            PAGE if name.endswith("html") else "" if name == "empty.txt" else f"They met in {name}."
        )
    (tmp_path / "b.json").write_text(
        json.dumps({"published": "2026-03-19", "language": "en", "source_url": "https://example.invalid/b"})
    )
    entries = await read(str(tmp_path))
    assert [Path(e.source if isinstance(e, Article) else str(getattr(e, "place", ""))).name for e in entries] == [
        "a.md",
        "b.txt",
        "c.html",
        "empty.txt",
    ]
    assert isinstance(entries[1], Article) and (entries[1].published, entries[1].language) == (date(2026, 3, 19), "en")
    assert isinstance(entries[3], Broken) and "empty" in entries[3].message


async def test_jsonl(tmp_path: Path) -> None:
    """Known names by themselves, others by mapping; a bad line is named and passed over."""
    rows = ['{"articleBody": "They met.", "headline": "T", "datePublished": "2026-03-19T23:00:00-05:00", "inLanguage": "fr"}', "{broken",
            '{"body": "They met again.", "title": "x", "date": "Thu, 19 Mar 2026 10:00:00 GMT"}', '{"title": "no text"}', "[1]",
            '{"text": "ok", "date": "someday"}']  # fmt: skip
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    entries = await read(str(tmp_path / "a.jsonl"))
    assert [type(entry) for entry in entries] == [Article, Broken, Article, Broken, Broken, Broken]
    first = entries[0]
    assert isinstance(first, Article) and (first.title, first.published, first.language) == (
        "T",
        date(2026, 3, 19),
        "fr",
    )
    assert isinstance(entries[1], Broken) and entries[1].place.endswith("a.jsonl:2")
    (tmp_path / "b.jsonl").write_text('{"story": "They met.", "when": "2026-03-19"}\n{"story": "Twice."}\n')
    mapped = await read(str(tmp_path / "b.jsonl"), mapping={"text": "story", "published": "when"})
    assert all(isinstance(entry, Article) for entry in mapped)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
async def test_csv(tmp_path: Path, delimiter: str) -> None:
    """Quoted cells with line breaks, whatever divides them."""
    (tmp_path / "a.csv").write_text(
        delimiter.join(["title", "body", "date"])
        + "\n"
        + delimiter.join(["T", '"They met,\nthen; left."', "2026-03-19"])
        + "\n"
    )
    (article,) = await read(str(tmp_path / "a.csv"))
    assert (
        isinstance(article, Article)
        and article.text == "They met,\nthen; left."
        and article.published == date(2026, 3, 19)
    )


async def test_newsroom_json(tmp_path: Path) -> None:
    """ninjs, also with its second version's lists, and a list of NewsArticles."""
    ninjs = {
        "uri": "urn:1",
        "headline": "H",
        "body_text": "They met.",
        "versioncreated": "2026-03-19T10:00:00Z",
        "language": "en",
    }
    second = {"headlines": [], "body_text": [{"value": "They met."}], "versioncreated": "2026-03-19T10:00:00Z"}
    (tmp_path / "a.json").write_text(json.dumps(ninjs, indent=1))
    (tmp_path / "b.json").write_text(json.dumps([second, {"articleBody": "Again."}, 3], indent=1))
    one, two, three, bad = await read(str(tmp_path / "a.json"), str(tmp_path / "b.json"))
    assert isinstance(one, Article) and one.title == "H" and one.url == "urn:1"
    assert (
        isinstance(two, Article) and two.text == "They met." and isinstance(three, Article) and isinstance(bad, Broken)
    )


@pytest.mark.parametrize("bomb", [
    '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><rss version="2.0"><channel><item><title>&b;</title></item></channel></rss>',
    '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>&x;</title></item></channel></rss>',
    '<!DOCTYPE rss [<!ENTITY % d SYSTEM "http://127.0.0.1:9/d"> %d;]><rss version="2.0"><channel></channel></rss>',
])  # fmt: skip
async def test_s10_feeds_with_entities_are_refused(tmp_path: Path, bomb: str) -> None:
    """S10: no parser sees a document that declares entities; nothing is read or fetched for it."""
    (tmp_path / "a.xml").write_text(bomb)
    (entry,) = await read(str(tmp_path / "a.xml"))
    assert isinstance(entry, Broken) and "declares entities" in entry.message


async def test_a_broken_feed_and_the_cap(tmp_path: Path) -> None:
    """What only begins like a feed is named; a feed without end is cut, and says so."""
    (tmp_path / "a.xml").write_text("<rss version='2.0'><channel><item><title>x")
    (tmp_path / "b.xml").write_text(rss(*(item(str(i), LONG + str(i)) for i in range(5))))
    assert all(isinstance(entry, Broken) for entry in await read(str(tmp_path / "a.xml")))
    entries = await read(str(tmp_path / "b.xml"), most=3)
    assert len(entries) == 4 and isinstance(entries[3], Broken) and "more than 3" in entries[3].message


async def test_nothing_is_read_before_it_is_wanted(tmp_path: Path) -> None:
    """The first article of an endless source comes at once."""
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": f"They met {i}."}) for i in range(20_000)))
    async with Fetcher() as fetcher:
        stream = Reader(fetcher).read([str(tmp_path / "a.jsonl")])
        first = await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
    assert isinstance(first, Article)


def test_missing_sources_are_refused_first() -> None:
    """A typing mistake costs nothing."""
    with pytest.raises(UsageError, match=r"nowhere\.xml: no such file or folder"):
        sources.check(["https://example.invalid/feed", "nowhere.xml"])


def test_days() -> None:
    """The day in the zone that the moment names."""
    assert feeds.day("2026-03-19T23:30:00-05:00") == feeds.day("Thu, 19 Mar 2026 23:30:00 -0500") == date(2026, 3, 19)
    assert feeds.day(None) is None and feeds.day("2026-03-19") == date(2026, 3, 19)
    with pytest.raises(ValueError, match="someday"):
        feeds.day("someday")


async def test_csv_rows_that_cannot_be_read(tmp_path: Path) -> None:
    """Each is named, and those behind it are read; spaces around the names of columns do not count."""
    rows = ["text, published", "Ann Lee met Bo Li.,2026-05-05", "Bo Li met Ann Lee on Tuesday,2026-05-05, and left"]
    (tmp_path / "a.csv").write_text("\n".join([*rows, "x" * 11_000_000, "Cy Roe met Di Poe.,2026-05-06"]) + "\n")
    one, more, huge, last = await read(str(tmp_path / "a.csv"))
    assert isinstance(one, Article) and one.published == date(2026, 5, 5)
    assert isinstance(more, Broken) and more.place.endswith(":3") and "more cells" in more.message
    assert isinstance(huge, Broken) and huge.place.endswith(":4") and "longer than 10 MB" in huge.message
    assert isinstance(last, Article) and last.published == date(2026, 5, 6)
