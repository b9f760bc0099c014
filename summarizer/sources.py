"""Articles in: feeds, pages, folders, JSONL, CSV, JSON and lists of addresses, told apart by what they hold.

Everything is streamed: an article is read when there is room for it. What is no article becomes one `Broken` that names its
place, and the rest goes on.
"""

from __future__ import annotations

import io
import json
import os
import re
import stat
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, Protocol

from summarizer import article as articles
from summarizer import feeds, files, kinds, tables
from summarizer.background import in_thread
from summarizer.characters import is_blank
from summarizer.errors import ArticleError, FetchError, UsageError
from summarizer.fetch import Fetcher, Page
from summarizer.paths import is_folder
from summarizer.records import Article

MAX_LINE = 10_000_000
MAX_DOCUMENT = 100_000_000
"""Bytes of a file that is one document, such as a feed. What is fetched is smaller (`fetch.MAX_BYTES`)."""
MAX_TEXT = articles.MAX_BYTES
"""Characters of one article, wherever it comes from: every one of them would be paid for."""
# The names that a field goes by: ours, schema.org's NewsArticle, IPTC ninjs, JSON Feed, and what exports are called.
_FIELDS = {
    "text": ("text", "articleBody", "body_text", "content_text", "body", "content", "article"),
    "title": ("title", "headline"),
    "published": ("published", "datePublished", "versioncreated", "date_published", "pubDate", "date"),
    "language": ("language", "inLanguage", "lang"),
    "url": ("url", "link", "uri", "source_url"),
}


@dataclass(frozen=True, slots=True)
class Broken:
    """An entry of a source that is no article: where, and why."""

    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Follows the last entry of an address whose entries all came well: what its next request may be asked with.

    Whoever keeps it does so after the entries are safe, or a death in between would hide them behind a 304.
    """

    url: str
    etag: str | None
    modified: str | None


class Pages(Protocol):
    """What is known of pages that were fetched before; a store is one."""

    def page(self, url: str) -> tuple[str | None, str | None]:
        """ETag and Last-Modified of the last answer."""
        ...


@dataclass(frozen=True)
class Reader:
    """How sources are read.

    Args:
        fetcher: fetches addresses.
        pages: remembers the state of feeds from run to run; None asks for everything anew.
        follow: whether a feed entry's link is fetched: where its text is short (`auto`), `always`, or `never`.
        mapping: our field names to the columns of JSONL and CSV.
        most: entries taken from one source at the most.
        published: the day of articles that have none of their own.
        whole: the sources that were read to their end; `read` notes them.

    """

    fetcher: Fetcher
    pages: Pages | None = None
    follow: Literal["auto", "always", "never"] = "auto"
    mapping: dict[str, str] = field(default_factory=dict)
    most: int = 1_000_000
    published: date | None = None
    whole: list[str] = field(default_factory=list)

    async def read(self, sources: Iterable[str]) -> AsyncIterator[Article | Broken | Taken]:
        """Every article of every source, in order."""
        for source in sources:
            count = 0
            async for entry in self._whatever(source):
                count += not isinstance(entry, Taken)
                if count > self.most:
                    yield Broken(source, f"has more than {self.most} entries; the rest was not read (--most-entries)")
                    break
                yield entry
            else:
                self.whole.append(source)

    async def _whatever(self, source: str) -> AsyncIterator[Article | Broken | Taken]:
        """A source's entries as what can be stored; a source that fails in a way nobody thought of is one that is broken."""
        try:
            async for entry in self._source(source):
                yield _storable(entry, self.published)
        except Exception as error:  # noqa: BLE001 - one source must not end a run
            yield Broken(_utf8(source), f"cannot be read ({type(error).__name__})")

    async def _source(self, source: str) -> AsyncIterator[Article | Broken | Taken]:
        if re.match(r"https?://", source):
            async for entry in self._address(source):
                yield entry
        elif source == "-":
            if sys.stdin is None:
                yield Broken("-", "standard input is closed")
                return
            # A copy of its own: a thread that still waits for a line must not hold what the interpreter closes at its end.
            async for entry in self._lines(os.fdopen(os.dup(0), "rb"), "-"):
                yield entry
        elif is_folder(Path(source)):
            paths, shut = files.inside(Path(source), kinds.TEXT_FILES)
            for place, why in shut:
                yield Broken(place, why)
            for path in paths:
                yield await in_thread(_file, path)
        else:
            async for entry in self._path(Path(source)):
                yield entry

    async def _path(self, path: Path) -> AsyncIterator[Article | Broken | Taken]:
        try:
            with await in_thread(files.opened, path) as file:
                kind = kinds.of_file(file, path.name, MAX_LINE)
                if kind in ("lines", "csv"):
                    rows = self._lines(file, str(path)) if kind == "lines" else self._csv(file, str(path))
                    async for entry in rows:
                        yield entry
                    return
                data = file.read((MAX_TEXT if kind == "text" else MAX_DOCUMENT) + 1)
        except OSError as error:
            yield Broken(str(path), f"cannot be read: {error.strerror}")
            return
        if kind == "json" and kinds.is_named_as_text(path.name) and not kinds.is_json(data):
            kind = "text"
        if kind == "text":
            yield await in_thread(_file, path, data)
            return
        if len(data) > MAX_DOCUMENT:
            yield Broken(str(path), f"is larger than {MAX_DOCUMENT // 1_000_000} MB; JSONL may be of any size")
            return
        async for entry in self._document(kind, data, str(path), None):
            yield entry

    async def _address(self, url: str) -> AsyncIterator[Article | Broken | Taken]:
        etag, modified = self.pages.page(url) if self.pages else (None, None)
        try:
            page = await self.fetcher.get(url, etag=etag, modified=modified)
        except FetchError as error:
            yield Broken(url, str(error).removeprefix(f"{url}: "))
            return
        if page.body is None:
            return
        kind = kinds.of(page.body, url)
        if kind in ("text", "lines", "csv"):
            yield await in_thread(_page, page, url)
            return
        whole = True
        async for entry in self._document(kind, page.body, url, page):
            whole = whole and not isinstance(entry, Broken)
            yield entry
        if whole and (page.etag or page.modified):
            yield Taken(url, page.etag, page.modified)

    async def _document(
        self, kind: str, data: bytes, place: str, page: Page | None
    ) -> AsyncIterator[Article | Broken | Taken]:
        if kind == "json":
            for entry in self._json(data, place):
                yield entry
            return
        try:
            entries = await in_thread(_feed, data, page.content_type if page else "", place)
        except feeds.NotAFeed as error:
            yield Broken(place, str(error))
            return
        except ArticleError as error:
            yield Broken(place, str(error).removeprefix(f"{place}: "))
            return
        for feed_entry in entries:
            yield await self._entry(feed_entry)

    async def _entry(self, entry: feeds.Entry) -> Article | Broken:
        """The article of a feed entry: its own text, or that of the page that it links to."""
        short = len(entry.text) < feeds.SHORT
        if entry.url and (self.follow == "always" or (self.follow == "auto" and short)):
            try:
                page = await self.fetcher.get(entry.url)
            except FetchError as error:
                return Broken(entry.place, f"its link failed: {error}")
            found = await in_thread(_page, page, entry.url)
            if isinstance(found, Broken):
                return Broken(entry.place, found.message)
            return replace(
                found,
                title=found.title or entry.title,
                published=entry.published or found.published,
                language=found.language or entry.language,
            )
        if is_blank(entry.text):
            return Broken(entry.place, "has no text and no link that may be followed")
        articles.report_lost(entry.text, entry.place)
        return Article(entry.text, entry.url or entry.place, entry.url, entry.title, entry.published, entry.language)

    async def _lines(self, file: io.BufferedIOBase | Any, place: str) -> AsyncIterator[Article | Broken | Taken]:
        """JSON objects or addresses, one a line."""

        async def pull(most: int) -> bytes:  # standard input may be silent for hours, and a file never is
            found: bytes = await in_thread(file.readline, most) if place == "-" else file.readline(most)
            return found

        number = 0
        while line := await pull(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                yield Broken(f"{place}:{number}", f"the line is longer than {MAX_LINE // 1_000_000} MB")
                while line and not line.endswith(b"\n"):
                    line = await pull(MAX_LINE)
                continue
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError:
                yield Broken(f"{place}:{number}", tables.NO_UTF8)
                continue
            if not text or text.startswith("#"):
                continue
            if re.match(r"https?://\S+\Z", text):
                async for entry in self._address(text):
                    yield entry
            else:
                yield self._object(text, f"{place}:{number}")

    def _object(self, text: str, place: str) -> Article | Broken:
        try:
            row = json.loads(text)
        except (ValueError, RecursionError):
            return Broken(place, "is no JSON and no address")
        return self._row(row, place) if isinstance(row, dict) else Broken(place, "is no JSON object")

    async def _csv(self, file: Any, place: str) -> AsyncIterator[Article | Broken | Taken]:
        for number, row in tables.rows(file):
            here = f"{place}:{number}"
            yield Broken(here, row) if isinstance(row, str) else self._row(row, here)

    def _json(self, data: bytes, place: str) -> Iterator[Article | Broken]:
        """One object, or a list of them, as schema.org's NewsArticle, IPTC ninjs, or with our own names."""
        try:
            value = json.loads(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            yield Broken(place, tables.NO_UTF8)
            return
        except (ValueError, RecursionError):
            yield Broken(place, "is no JSON")
            return
        several = value if isinstance(value, list) else [value]
        for number, row in enumerate(several):
            here = f"{place}#{number}" if len(several) > 1 else place
            yield self._row(row, here) if isinstance(row, dict) else Broken(here, "is no JSON object")

    def _row(self, row: dict[str, Any], place: str) -> Article | Broken:
        values = {name: self._value(row, name) for name in _FIELDS}
        text = values["text"]
        if not isinstance(text, str) or is_blank(text):
            named = self.mapping.get("text")
            return Broken(
                place, f"has no text in {named!r}" if named else "has no text; name its field with --map text=FIELD"
            )
        try:
            published = feeds.day(values["published"])
        except ValueError:
            said = str(values["published"])[:40]
            return Broken(place, f"its date {said!r} cannot be read; name another field with --map published=FIELD")
        title, language, url = (v if isinstance(v := values[n], str) else None for n in ("title", "language", "url"))
        articles.report_lost(text, place)
        return Article(text.replace("\r\n", "\n"), url or place, url, title, published, language)

    def _value(self, row: dict[str, Any], name: str) -> Any:
        if name in self.mapping:
            return row.get(self.mapping[name])
        value = next((row[known] for known in _FIELDS[name] if row.get(known) not in (None, "")), None)
        # ninjs 2 has lists of objects: [{"value": "..."}].
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value = value[0].get("value")
        return value


def _utf8(text: str) -> str:
    """A text that can be written as UTF-8: what cannot (a file name of another encoding) is replaced."""
    return text.encode("utf-8", "replace").decode()


def _storable(entry: Article | Broken | Taken, published: date | None) -> Article | Broken | Taken:
    if isinstance(entry, Broken):
        return Broken(_utf8(entry.place), _utf8(entry.message))
    if isinstance(entry, Taken):
        return entry
    if len(entry.text) > MAX_TEXT:
        return Broken(_utf8(entry.source), f"is larger than {MAX_TEXT // 1_000_000} MB, which is no single article")
    texts = {name: getattr(entry, name) for name in ("text", "source", "url", "title", "language")}
    changed: dict[str, Any] = {
        name: _utf8(value) for name, value in texts.items() if value is not None and _utf8(value) != value
    }
    if published and not entry.published:
        changed["published"] = published
    return replace(entry, **changed) if changed else entry


def check(sources: Iterable[str]) -> None:
    """Refuse a source that is not there, before anything is done. Raises UsageError."""
    for source in sources:
        if not source:
            raise UsageError("a source has no name; name the folder where you are as .")
        if source != "-" and not re.match(r"https?://", source) and not files.is_there(Path(source)):
            raise UsageError(f"{source}: no such file or folder, and no address")


def given_once(source: str) -> bool:
    """Whether a source gives what it holds only once, as a pipe does."""
    try:
        return not stat.S_ISREG(os.fstat(0).st_mode) if source == "-" else Path(source).is_fifo()
    except OSError:  # standard input is closed
        return False


def _file(path: Path, data: bytes | None = None) -> Article | Broken:
    """The article in a file, or in what was read of it already."""
    if data is not None and len(data) > MAX_TEXT:
        return Broken(str(path), f"is larger than {MAX_TEXT // 1_000_000} MB, which is no single article")
    try:
        found = articles.read(str(path)) if data is None else articles.from_bytes(data, str(path))
    except ArticleError as error:
        return Broken(str(path), str(error).removeprefix(f"{path}: "))
    return _with_sidecar(found, path.with_suffix(".json"))


def _with_sidecar(found: Article, path: Path) -> Article:
    """What a NAME.json beside a text says of it: published, title, language, url."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        published = feeds.day(known.get("published")) or found.published
    except (OSError, ValueError, AttributeError):
        return found
    texts = {name: known.get(name) for name in ("title", "language")} | {
        "url": known.get("url") or known.get("source_url")
    }
    return replace(
        found, published=published, **{name: value for name, value in texts.items() if isinstance(value, str)}
    )


def _page(page: Page, url: str) -> Article | Broken:
    try:
        found = articles.from_bytes(page.body or b"", url, content_type=page.content_type)
    except ArticleError as error:
        return Broken(url, str(error).removeprefix(f"{url}: "))
    return replace(found, url=url)


def _feed(data: bytes, content_type: str, place: str) -> Iterator[feeds.Entry]:
    """The entries of a feed. Raises NotAFeed, or ArticleError where it could not be read in time."""
    if len(data) < feeds.APART_FROM:
        return feeds.entries(data, content_type, place)
    document = {"data": data.decode("latin-1"), "content_type": content_type, "place": place}
    return feeds.from_data(articles.apart("summarizer.feeds:as_data", document, place))
