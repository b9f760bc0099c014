"""`summarizer report STORE|RECORDS.jsonl -o report.html`: the records as a page for a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from summarizer.errors import UsageError

Records = Callable[[], Iterator[tuple[dict[str, Any], str | None]]]


@click.command("report")
@click.argument("records", type=click.Path(path_type=Path), metavar="STORE|RECORDS.jsonl")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, metavar="FILE.html", help="Where to.")
@click.option("--texts", type=click.Path(path_type=Path), metavar="DIR",
              help="For JSONL, which holds no texts: the folder that the articles were read from.")  # fmt: skip
@click.option("--title", default=None, help="By default the name of the file.")
def command(records: Path, out: Path, texts: Path | None, title: str | None) -> int:
    """Write one page that shows every article with its evidence marked, its items, its problems, and the figures of all.

    The page works from the file, without a network.
    """
    from summarizer.files import atomic, same
    from summarizer.paths import is_file
    from summarizer.report import page

    if not is_file(records):
        raise UsageError(f"no file {str(records)!r}")
    if same(out, records):
        raise UsageError(f"{str(out)!r} is read and would be written over; give the page another name")
    with ExitStack() as opened:
        found = (
            _of_lines(records, texts) if records.suffix.lower() in (".jsonl", ".json") else _of_store(records, opened)
        )
        with atomic(out) as file:
            for piece in page(found, title or records.stem):
                file.write(piece.encode("utf-8", "replace"))
    click.echo(f"summarizer: {out}", err=True)
    return 0


def _of_store(path: Path, opened: ExitStack) -> Records:
    from summarizer.store import Store

    store = opened.enter_context(Store(path, write=False))
    return lambda: (
        (_record(record, f"record {number} of {path}"), text)
        for number, (record, text) in enumerate(store.records_with_texts(), 1)
    )


def _of_lines(path: Path, texts: Path | None) -> Records:
    def records() -> Iterator[tuple[dict[str, Any], str | None]]:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                record = _record(line, f"{path}, line {number}")
                yield record, _text(record, texts)

    return records


def _record(line: str | bytes, place: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{place}: no JSON: {error}") from None
    if not isinstance(record, dict) or not {"article", "status", "summary", "problems"} <= record.keys():
        raise UsageError(f"{place}: no record of summarizer")
    return record


def _text(record: dict[str, Any], folder: Path | None) -> str | None:
    """The text of a record, if the file that it names is in the folder and still has the text that was summarised."""
    article = record["article"]
    if folder is None or not isinstance(article, dict) or not isinstance(article.get("source"), str):
        return None
    from summarizer import article as articles
    from summarizer.errors import ArticleError

    path = folder / Path(article["source"]).name
    try:
        found = articles.read(str(path))
    except ArticleError:
        return None
    return found.text if found.id == article.get("id") else None
