"""Text in: a file or standard input becomes an `Article`, or one clear line says why not.

A text file is read as Python reads text: a byte order mark is dropped and line ends become line feeds; nothing else
changes, so that offsets index the file's own characters. Of a web page the main text is taken (trafilatura).
"""

from __future__ import annotations

import codecs
import re
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from summarizer.characters import clean
from summarizer.errors import ArticleError
from summarizer.records import Article

MAX_BYTES = 10_000_000
"""The largest file that is read as one article."""

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
          (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_KNOWN_BINARY = {b"%PDF": "a PDF", b"PK\x03\x04": "a zip archive or an Office file", b"\x89PNG": "a picture",
                 b"\xff\xd8\xff": "a picture", b"\x1f\x8b": "gzip", b"SQLite format 3": "a database"}  # fmt: skip
_HTML = re.compile(
    rb"\A\s*(?:<\?xml[^>]*>\s*)?(?>(?:(?><!--.*?-->)\s*)*)<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_DECLARED = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_XML_DECLARED = re.compile(rb"\A\s*<\?xml[^>]*encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_LANGUAGE = re.compile(r"<html[^>]*?\slang\s*=\s*[\"']?([A-Za-z]{2,3})\b", re.IGNORECASE)


def read(source: str, *, encoding: str | None = None, published: date | None = None) -> Article:
    """The article in the file `source`, or on standard input for `-`. `published` wins over what a page says of itself.

    Raises ArticleError where there is no readable text.
    """
    article = from_bytes(_bytes(source), source, encoding=encoding)
    return replace(article, published=published) if published else article


def from_bytes(data: bytes, source: str, *, encoding: str | None = None, content_type: str = "") -> Article:
    """The article in some data: text, or the main text of a page. An HTTP content type tells kind and charset.

    Raises ArticleError where there is no readable text.
    """
    _refuse_binary(data, source)
    charset = re.search(r"charset=[\"']?([\w.:-]+)", content_type)
    text = _decode(data, source, encoding, charset[1] if charset else None)
    html = (
        source.lower().endswith((".html", ".htm"))
        or "html" in content_type
        or _HTML.match(text[:4096].encode("utf-8", "replace"))
    )
    article = _from_html(text, source) if html else Article(text, source=source)
    if not clean(article.text).strip():
        raise ArticleError(f"{source}: the article is empty")
    return article


def _bytes(source: str) -> bytes:
    try:
        if source == "-":
            if sys.stdin is None:
                raise ArticleError("-: standard input is closed")
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ArticleError(f"{source}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ArticleError(f"{source!r}: is no file name") from error
    if len(data) > MAX_BYTES:
        raise ArticleError(f"{source}: is larger than {MAX_BYTES // 1_000_000} MB, which is no single article")
    if not data.strip():
        raise ArticleError(f"{source}: the article is empty")
    return data


def _refuse_binary(data: bytes, source: str) -> None:
    for start, what in _KNOWN_BINARY.items():
        if data.startswith(start):
            raise ArticleError(f"{source}: is {what}, not text; convert it to text or HTML first")
    if b"\0" in data and not data.startswith(tuple(mark for mark, _ in _MARKS)):
        raise ArticleError(f"{source}: is binary, not text")


def _decode(data: bytes, source: str, encoding: str | None, charset: str | None = None) -> str:
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    page = _HTML.match(data[:4096]) or source.lower().endswith((".html", ".htm"))
    declared = (_DECLARED.search(data[:4096]) or _XML_DECLARED.match(data[:200])) if page else None
    said = charset or (declared[1].decode("ascii") if declared else None)
    name = encoding or marked or said or "utf-8"
    # What pages call Latin-1 is Windows-1252, with its quote marks. (WHATWG Encoding, "Names and labels".)
    name = "windows-1252" if page and name.lower() in ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii") else name
    try:
        # What a page says of its charset is often a little wrong; what nobody says anything about is UTF-8 or no text.
        text = data.decode(name, "strict" if encoding or marked or not said else "replace")
    except LookupError as error:
        raise ArticleError(f"{source}: the encoding {name!r} is not known") from error
    except UnicodeDecodeError as error:
        hint = "" if encoding else "; name the right one, such as --encoding windows-1252"
        raise ArticleError(f"{source}: is not {name} (byte {error.start}){hint}") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _from_html(html: str, source: str) -> Article:
    from trafilatura import bare_extraction

    # Without the extensive search a date is one that the page states, never a guess from whatever looks like one.
    found: Any = bare_extraction(
        html,
        with_metadata=True,
        include_comments=False,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if found is None or not (found.text or "").strip():
        raise ArticleError(f"{source}: no article text was found in the page")
    language = _LANGUAGE.search(html[:4096])
    return Article(
        found.text,
        source,
        found.url or None,
        found.title or None,
        _date(found.date),
        language[1].lower() if language else None,
    )


def _date(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None
