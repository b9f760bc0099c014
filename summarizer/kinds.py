"""What a source holds: a feed, JSON, lines, a table or one text, told from its beginning and its name."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import IO

from summarizer import feeds

TEXT_FILES = (".txt", ".md", ".html", ".htm")


def of_file(file: IO[bytes], name: str, longest: int) -> str:
    """What a file holds; it is at its beginning afterwards. JSON is told from a whole line, of so many bytes at the most."""
    head = file.read(65536)
    if head.lstrip().startswith(b"{") and b"\n" not in head:
        head += file.readline(longest) + file.read(64)
    file.seek(0)
    return of(head, name)


def of(head: bytes, name: str) -> str:
    """What data holds, from its beginning; the name decides only between texts."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if feeds.looks_like_xml_feed(start):
        return "feed"
    if name.lower().endswith((".jsonl", ".ndjson")):
        return "lines"
    if start.startswith((b"{", b"[")):
        first = start.split(b"\n", 1)[0].strip()
        if start.startswith(b"{") and first.endswith(b"}") and b"\n" in start.strip():
            return "lines" if not is_named_as_text(name) or is_json(first) else "text"
        return "feed" if b"jsonfeed.org/version" in head[:2000] else "json"
    if re.match(rb"https?://\S+\s*(?:\n|\Z)", start):
        return "lines"
    return "csv" if name.lower().endswith((".csv", ".tsv")) else "text"


def is_named_as_text(name: str) -> bool:
    """Whether a name says text, or nothing: then a bracket at the beginning, as in "[Updated]", is no sign of anything else."""
    return Path(name).suffix.lower() in ("", *TEXT_FILES)


def is_json(data: bytes) -> bool:
    """Whether data is JSON to its end."""
    try:
        json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return False
    return True
