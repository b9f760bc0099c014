"""Feeds: RSS, Atom and JSON Feed, from bytes to entries with a text, a link and a day.

feedparser reads the XML ones. A document with entities of its own, or with more entries than any feed has, is refused
before any parser sees it.
"""

from __future__ import annotations

import contextlib
import html
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

SHORT = 600
"""Below this many characters an entry's own text is taken for a teaser, and its link is followed."""
MOST = 100_000
"""Entries of one feed; the feed that has more was made to cost somebody something."""
APART_FROM = 100_000
"""Bytes from which on a feed is read in a process of its own: below, the worst feed that is known takes two seconds."""

# Atomic, so that a page of comments is read once and not in every way.
_ROOT = re.compile(
    rb"(?:<\?xml[^>]*\?>)?\s*(?>(?:(?><!--.*?-->)|<!DOCTYPE[^>\[]*(?:\[.*?\])?>|<\?[^>]*\?>)\s*)*<(?:!DOCTYPE\s+)?(?:rss|feed|rdf:RDF)\b",
    re.DOTALL,
)
_TAG = re.compile(r"<(?:/?(?:p|div|br|li|h[1-6]|tr|blockquote)\b[^<>]*)>", re.IGNORECASE)


class NotAFeed(ValueError):
    """The document cannot be read as a feed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its text as plain text, and where it stands in its feed."""

    text: str
    place: str
    url: str | None = None
    title: str | None = None
    published: date | None = None
    language: str | None = None


def looks_like_xml_feed(start: bytes) -> bool:
    """Whether a document begins as an RSS or Atom feed does."""
    return bool(_ROOT.match(start[:4096]))


def entries(data: bytes, content_type: str, place: str) -> Iterator[Entry]:
    """The entries of a feed in its order. Raises NotAFeed at once where it is none."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(data, place)
    if re.search(rb"<!ENTITY", data.replace(b"\0", b""), re.IGNORECASE):  # UTF-16 has zeros between the letters
        raise NotAFeed("declares entities of its own, which no feed needs; it was not read")
    _refuse_many(data.count(b"<item") + data.count(b"<entry"))
    return _xml_feed(data, content_type, place)


def as_data(document: dict[str, str]) -> dict[str, Any]:
    """`entries` of a document whose bytes stand as Latin-1 text, as JSON data: its entries, or why it is no feed."""
    try:
        found = list(entries(document["data"].encode("latin-1"), document["content_type"], document["place"]))
    except NotAFeed as error:
        return {"refused": str(error)}
    days = (entry.published.isoformat() if entry.published else None for entry in found)
    return {"entries": [asdict(entry) | {"published": day} for entry, day in zip(found, days, strict=True)]}


def from_data(answer: dict[str, Any]) -> Iterator[Entry]:
    """The entries that `as_data` gave. Raises NotAFeed at once where it refused."""
    if "refused" in answer:
        raise NotAFeed(answer["refused"])
    return (Entry(**row | {"published": day(row["published"])}) for row in answer["entries"])


def day(value: Any) -> date | None:
    """The day that a feed's or export's date means, in the zone that it names. Raises ValueError for what is none."""
    if value in (None, ""):
        return None
    try:
        if isinstance(value, int | float) and not 10_000_000 <= value < 100_000_000:  # eight digits write a day
            return _moment(value)
        text = str(value).strip()
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(text).date()
        return parsedate_to_datetime(text).date()
    except (OverflowError, OSError, TypeError, IndexError) as error:
        raise ValueError(f"{str(value)[:40]!r} is no date") from error


def _moment(value: float) -> date:
    """The day of a count of seconds or milliseconds since 1970; one of the first years is a mistake. Raises ValueError."""
    seconds = value / 1000 if value >= 100_000_000_000 else value
    if isinstance(value, bool) or seconds < 100_000_000:
        raise ValueError(f"{value!r} is no date")
    return datetime.fromtimestamp(seconds, UTC).date()


def _refuse_many(count: int) -> None:
    if count > MOST:
        raise NotAFeed(f"has more than {MOST} entries, which no feed has; it was not read")


def _xml_feed(data: bytes, content_type: str, place: str) -> Iterator[Entry]:
    import feedparser

    headers = {"content-type": content_type} if content_type else {}
    feed = feedparser.parse(data, response_headers=headers, sanitize_html=True, resolve_relative_uris=True)
    if not feed.entries and feed.bozo:
        raise NotAFeed("is a feed that cannot be read")
    language = (feed.feed.get("language") or "")[:2].lower() or None
    return (_xml_entry(entry, f"{place}#{number}", language) for number, entry in enumerate(feed.entries))


def _xml_entry(entry: Any, place: str, language: str | None) -> Entry:
    contents = [content.get("value", "") for content in entry.get("content", [])]
    body = max([*contents, entry.get("summary", "")], key=len)
    try:
        published = day(entry.get("published") or entry.get("updated"))
    except (ValueError, TypeError):
        published = _parsed(entry.get("published_parsed") or entry.get("updated_parsed"))
    title = plain(entry.get("title", "")).strip() or None
    return Entry(plain(body), place, entry.get("link") or None, title, published, language)


def _parsed(moment: Any) -> date | None:
    return date(*moment[:3]) if moment else None


def _json_feed(data: bytes, place: str) -> Iterator[Entry]:
    try:
        feed = json.loads(data.decode("utf-8-sig", "replace"))
        items = feed["items"]
        if not isinstance(items, list):
            raise NotAFeed("is a JSON feed without items")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotAFeed("is a JSON feed that cannot be read") from error
    _refuse_many(len(items))
    language = feed.get("language")
    found = (item if isinstance(item, dict) else {} for item in items)
    return (_json_entry(item, f"{place}#{number}", language) for number, item in enumerate(found))


def _json_entry(item: dict[str, Any], place: str, language: Any) -> Entry:
    text = item.get("content_text") or plain(str(item.get("content_html") or item.get("summary") or ""))
    try:
        published = day(item.get("date_published") or item.get("date_modified"))
    except (ValueError, TypeError):
        published = None
    known = item.get("language") or language
    url, title = (item.get(name) if isinstance(item.get(name), str) else None for name in ("url", "title"))
    return Entry(str(text), place, url, title, published, known[:2].lower() if isinstance(known, str) else None)


def _without(markup: str, tag: str) -> str:
    """The markup without elements of one tag, in one pass; one that is not closed goes to the end."""
    lower, kept, at = markup.lower(), [], 0
    while (start := lower.find(f"<{tag}", at)) >= 0:
        kept.append(markup[at:start])
        end = lower.find(f"</{tag}", start)
        close = lower.find(">", end) if end >= 0 else -1
        at = close + 1 if close >= 0 else len(markup)
    return "".join([*kept, markup[at:]])


def plain(markup: str) -> str:
    """The text of a feed's markup: blocks become lines, tags go, entities are read."""
    if "<" not in markup and "&" not in markup:
        return markup
    shown = _without(_without(markup, "script"), "style")
    text = html.unescape(re.sub(r"<[^<>]*>", "", _TAG.sub("\n", shown)))
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+", "\n\n", text).strip()
