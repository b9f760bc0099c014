"""Text in: a file or standard input becomes an `Article`, or one clear line says why not.

A text file is read as Python reads text: a byte order mark is dropped and line ends become line feeds; nothing else
changes, so that offsets index the file's own characters. Of a web page the main text is taken (trafilatura); a large
page is read in a process of its own, which has a time limit, a memory limit and no key (`apart`).
"""

from __future__ import annotations

import codecs
import json
import logging
import os
import re
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from summarizer.characters import REPLACEMENT, is_blank, printable
from summarizer.errors import ArticleError
from summarizer.records import Article

MAX_BYTES = 10_000_000
"""The largest file that is read as one article."""
APART_FROM = 200_000
"""Characters from which on a page is read in a process of its own: below, the worst page that is known takes two seconds."""
SECONDS = 30
"""How long that process may take; an honest page of MAX_BYTES takes twelve."""
MEMORY = 2**31

log = logging.getLogger("summarizer")

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
# Python calls these encodings, and no document is written in them; one that says so lies.
_NO_CHARSETS = {"utf-7", "idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"}
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
    charset = re.search(r"charset=[\"']?([\w.:-]+)", content_type)
    name, sure = _charset(data, source, encoding, charset[1] if charset else None)
    _refuse_binary(data, source, name)
    text = _decode(data, source, name, strict=sure)
    html = (
        source.lower().endswith((".html", ".htm"))
        or "html" in content_type
        or _HTML.match(text[:4096].encode("utf-8", "replace"))
    )
    article = _from_html(text, source) if html else Article(text, source=source)
    if is_blank(article.text):
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
    except IsADirectoryError:
        hint = "for a folder: summarizer batch, or summarizer render --out"
        raise ArticleError(f"{source}: is a folder, not an article; {hint}") from None
    except OSError as error:
        raise ArticleError(f"{source}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ArticleError(f"{source!r}: is no file name") from error
    if len(data) > MAX_BYTES:
        raise ArticleError(f"{source}: is larger than {MAX_BYTES // 1_000_000} MB, which is no single article")
    if not data.strip():
        raise ArticleError(f"{source}: the article is empty")
    return data


def _refuse_binary(data: bytes, source: str, name: str) -> None:
    for start, what in _KNOWN_BINARY.items():
        if data.startswith(start):
            raise ArticleError(f"{source}: is {what}, not text; convert it to text or HTML first")
    if b"\0" in data and not name.lower().startswith(("utf-16", "utf_16", "utf16", "utf-32", "utf_32", "utf32")):
        raise ArticleError(f"{source}: is binary, not text")


def _charset(data: bytes, source: str, encoding: str | None, charset: str | None) -> tuple[str, bool]:
    """The name of the charset, and whether a byte that does not fit it makes the data no text.

    What a document says of its charset is often a little wrong; what nobody says anything about is UTF-8 or no text.
    """
    if encoding:
        return encoding, True
    page = bool(_HTML.match(data[:4096])) or source.lower().endswith((".html", ".htm"))
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    declared = (_DECLARED.search(data[:4096]) or _XML_DECLARED.match(data[:200])) if page else None
    said = charset or (declared[1].decode("ascii") if declared else None)
    if marked or not said:
        return marked or "utf-8", not marked
    # What pages call Latin-1 is Windows-1252, with its quote marks. (WHATWG Encoding, "Names and labels".)
    if page and said.lower() in ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"):
        return "windows-1252", False
    return said if _may_be(said, data) else "utf-8", False


def _may_be(charset: str, data: bytes) -> bool:
    """Whether data can be in the charset that it, or its server, says."""
    try:
        name = codecs.lookup(charset).name
        "".encode(charset)  # refuses codecs that do not make text
    except (LookupError, UnicodeError):
        return False
    # Every line end and space of UTF-16 has a zero byte.
    return name not in _NO_CHARSETS and (b"\0" in data[:4096] or not name.startswith(("utf-16", "utf-32")))


def _decode(data: bytes, source: str, name: str, *, strict: bool) -> str:
    try:
        text = data.decode(name)
    except LookupError as error:
        raise ArticleError(f"{source}: the encoding {name!r} is not known") from error
    except UnicodeError as error:
        if strict:
            place = f" (byte {error.start})" if isinstance(error, UnicodeDecodeError) else ""
            hint = "; name the right one, such as --encoding windows-1252" if name == "utf-8" else ""
            raise ArticleError(f"{source}: is not {name}{place}{hint}") from error
        text = data.decode(name, "replace")
        report_lost(text, source)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def report_lost(text: str, source: str) -> None:
    """Log how many characters of a text could not be read, so that nobody takes it for what was written."""
    if count := text.count(REPLACEMENT):
        log.warning("%s: %d characters could not be read and stand as U+FFFD", printable(source), count)


def _from_html(html: str, source: str) -> Article:
    found = main_text(html) if len(html) < APART_FROM else apart("summarizer.article:main_text", html, source)
    text, url, title, published = (
        value if isinstance(value := found.get(name), str) else None for name in ("text", "url", "title", "date")
    )
    if not text or is_blank(text):
        raise ArticleError(f"{source}: no article text was found in the page")
    language = _LANGUAGE.search(html[:4096])
    return Article(
        text, source, url or None, title or None, _date(published), language[1].lower() if language else None
    )


def main_text(html: str) -> dict[str, Any]:
    """Text, address, title and date of a page."""
    from trafilatura import bare_extraction

    # Without the extensive search a date is one that the page states, never a guess from whatever looks like one.
    found: Any = bare_extraction(
        html,
        with_metadata=True,
        include_comments=False,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    return {name: getattr(found, name, None) for name in ("text", "url", "title", "date")}


def _date(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def apart(function: str, argument: Any, source: str) -> Any:
    """What `module:function` of this package makes of an argument, in a process that a stranger's document may ruin.

    Argument and answer are JSON data. Raises ArticleError where the process takes too long, or dies.
    """
    import subprocess

    # -P: a file in the working directory is no module of ours. The environment is bare: whoever takes the process over
    # finds no key. In a session of its own, because an interrupt means the run, and not the document.
    known = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    environ = {**known, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-P", "-m", "summarizer.article", function, str(SECONDS), str(MEMORY)]
    try:
        ran = subprocess.run(  # noqa: S603 - the command is ours in every word
            command, input=json.dumps(argument).encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environ, timeout=SECONDS, check=True, start_new_session=True,
        )  # fmt: skip
        return json.loads(ran.stdout)
    except subprocess.TimeoutExpired:
        raise ArticleError(f"{source}: takes longer than {SECONDS} seconds to read, which no article does") from None
    except (OSError, ValueError, subprocess.CalledProcessError):
        raise ArticleError(f"{source}: cannot be read: it breaks what reads it") from None


def _child(function: str, seconds: int, memory: int) -> None:
    """The other side of `apart`. The limits hold also where the process that set them has gone."""
    import importlib

    module, _, name = function.partition(":")
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    except (ImportError, ValueError, OSError):  # a system without such limits still has the other side's clock
        pass
    json.dump(getattr(importlib.import_module(module), name)(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    _child(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
