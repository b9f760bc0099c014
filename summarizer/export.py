"""A store's records as files for others: JSONL (whole), CSV and Parquet (flat, one row an item).

A file appears whole or not at all: it is written beside its place, synced, and moved there. Order is that of the input.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from summarizer import files
from summarizer.errors import UsageError

COLUMNS: tuple[str, ...] = (
    "article_id", "source", "url", "title", "published", "language", "status", "error", "meeting", "date_text", "date_edtf",
    "date_resolved", "list", "number", "who", "whom", "what", "item_status", "response", "condition", "quote", "start", "end",
    "engine", "model",
)  # fmt: skip
_WHOLE = ("number", "start", "end")
_DATE = frozenset(("text", "edtf", "resolved", "basis"))
# What a spreadsheet would take for a formula, with its full-width twins, also behind what it may leave out when it reads.
# (OWASP, "CSV Injection".)
_FORMULA = re.compile("[\t\r\n]|[\\s\x00-\x20\u200b-\u200f\u2060\ufeff]*[=+@\uff1d\uff0b\uff0d\uff20-]")


def export(records: Iterable[str], path: Path) -> int:
    """Write records to a file whose ending says how: .jsonl, .csv or .parquet. Returns how many records it holds.

    Raises UsageError for another ending, a missing package, or a place that cannot be written.
    """
    check(path)
    writers: dict[str, Callable[[Iterable[str], IO[bytes]], int]] = {
        ".jsonl": _jsonl,
        ".csv": _csv,
        ".parquet": _parquet,
    }
    writer = writers[path.suffix.lower()]
    with files.atomic(path) as file:
        return writer(records, file)


def check(path: Path) -> None:
    """Whether a file of that ending could be written there. Raises UsageError."""
    if path.suffix.lower() not in (".jsonl", ".csv", ".parquet"):
        raise UsageError(f"{str(path)!r}: the ending says the format: .jsonl, .csv or .parquet")
    if path.suffix.lower() == ".parquet" and find_spec("pyarrow") is None:
        raise UsageError("Parquet needs pyarrow: pip install 'summarizer[parquet]'")
    files.check(path)


def rows(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The flat rows of a record: one for each entry of its lists and for each problem, at least one."""
    article, summary, provenance = record["article"], record["summary"], record["provenance"] or {}
    summary = summary if isinstance(summary, dict) else {}
    date = summary.get("date")
    base = {
        "article_id": article["id"], **{name: article[name] for name in ("source", "url", "title", "published", "language")},
        "status": record["status"], "error": (record["error"] or {}).get("kind"), "meeting": summary.get("meeting"),
        **_dated(date if isinstance(date, dict) else {}),
        "engine": provenance.get("engine"), "model": provenance.get("model"),
    }  # fmt: skip
    count = 0
    lists = {**summary, "problems": record["problems"]}
    for name, entries in lists.items():
        for number, entry in enumerate(entries if isinstance(entries, list) else ()):
            count += 1
            yield _row({**base, "list": name, "number": number, **_item(entry), **_own_date(entry)})
    if not count:
        yield _row(base)


def _all_rows(records: Iterable[str]) -> Iterator[list[dict[str, Any]]]:
    """The flat rows of each record. Raises UsageError for what is none: a store can come from anybody."""
    for number, record in enumerate(records, 1):
        try:
            found = list(rows(json.loads(record)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UsageError(f"record {number} of the store is none ({type(error).__name__})") from None
        yield found


def _row(known: dict[str, Any]) -> dict[str, Any]:
    return {name: _cell(name, known.get(name)) for name in COLUMNS}


def _item(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        return {"what": str(entry)}
    known = {"by", "parties", "name", "of", "to", "what", "message", "status", "response", "condition", "evidence"}
    rest = {name: value for name, value in entry.items() if name not in known and value not in (None, [])}
    evidence = entry.get("evidence")
    quotes = (
        [quote for quote in evidence if isinstance(quote, dict) and "quote" in quote]
        if isinstance(evidence, list)
        else []
    )
    what = entry.get("what") or entry.get("message") or (json.dumps(rest, ensure_ascii=False) if rest else None)
    return {
        "who": _joined(entry.get("by") or entry.get("parties") or entry.get("name")),
        "whom": _joined(entry.get("of") or entry.get("to")), "what": what, "item_status": entry.get("status"),
        "response": entry.get("response"), "condition": entry.get("condition"),
        "quote": " | ".join(str(quote["quote"]) for quote in quotes) or None,
        "start": quotes[0].get("start") if quotes else None, "end": quotes[0].get("end") if quotes else None,
    }  # fmt: skip


def _own_date(entry: Any) -> dict[str, Any]:
    """The date of an entry that has one, another meeting for example; a row would else give it the main meeting's."""
    return _dated(entry) if isinstance(entry, dict) and entry.keys() >= _DATE else {}


def _dated(date: dict[str, Any]) -> dict[str, Any]:
    return {"date_text": date.get("text"), "date_edtf": date.get("edtf"), "date_resolved": date.get("resolved")}


def _joined(value: Any) -> str | None:
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def _cell(name: str, value: Any) -> Any:
    """A cell of a column: a whole number or a text, whatever a user's own schema put there."""
    if name in _WHOLE:
        return value if isinstance(value, int) else None
    if value is None or isinstance(value, str):
        return value if value is None else value.encode("utf-8", "replace").decode()
    return json.dumps(value, ensure_ascii=False)


def safe_cell(value: Any) -> Any:
    """A text that a spreadsheet takes for text: an apostrophe goes before what would be a formula."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _jsonl(records: Iterable[str], file: IO[bytes]) -> int:
    count = 0
    for record in records:
        file.write(record.encode() + b"\n")
        count += 1
    return count


def _csv(records: Iterable[str], file: IO[bytes]) -> int:
    import io

    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    count = 0
    for found in _all_rows(records):
        writer.writerows({name: safe_cell(value) for name, value in row.items()} for row in found)
        count += 1
    text.detach()
    return count


def _parquet(records: Iterable[str], file: IO[bytes]) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise UsageError("Parquet needs pyarrow: pip install 'summarizer[parquet]'") from error
    schema = pa.schema([(name, pa.int64() if name in _WHOLE else pa.string()) for name in COLUMNS])
    count = 0
    with pq.ParquetWriter(file, schema) as writer:
        waiting: list[dict[str, Any]] = []
        for found in _all_rows(records):
            waiting += found
            count += 1
            if len(waiting) >= 10_000:
                writer.write_table(pa.Table.from_pylist(waiting, schema))
                waiting = []
        writer.write_table(pa.Table.from_pylist(waiting, schema))
    return count
