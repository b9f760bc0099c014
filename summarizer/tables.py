"""CSV: the rows of a file as dictionaries; what cannot be read of it is named, and the rows behind it follow."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import IO, Any

MAX_ROW = 10_000_000
"""Characters of one row; the rest of it is passed over without being kept."""
NO_UTF8 = "is no UTF-8; convert the file first, such as with iconv -f windows-1252 -t utf-8"
_ENDS = ("\n", "\r")
_TORN = re.compile("[\ud800-\udfff]")


def rows(file: IO[bytes]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Each row with the number of its last line, without spaces around the names of columns; or why it cannot be read."""
    # What is no UTF-8 comes as lone surrogates, which UTF-8 cannot hold: nobody takes it for what was written.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    lines = _Lines(text)
    csv.field_size_limit(MAX_ROW)
    try:
        reader = csv.DictReader(lines, delimiter=_delimiter(text))
        if why := _unreadable_head(reader):
            yield lines.number, f"no row is read, because the first one, which names the columns, {why}"
            return
        for row in _each(reader, lines):
            yield lines.number, row
    finally:
        text.detach()


def _delimiter(text: io.TextIOWrapper) -> str:
    head = text.readline(65536)
    text.seek(0)
    return max(",;\t", key=head.count)


def _unreadable_head(reader: csv.DictReader[str]) -> str | None:
    try:
        reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
    except csv.Error as error:
        return str(error)
    return NO_UTF8 if any(map(_TORN.search, reader.fieldnames)) else None


class _Lines:
    """The lines of a file for a reader of CSV, which asks for as many as a row has. A row without end is refused."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.number = 0
        self.next_row()

    def next_row(self) -> None:
        self.left, self._quotes = MAX_ROW, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self.left + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self.left -= len(line)
        self._quotes += line.count('"')
        if self.left < 0:
            self._pass_over(line)
            raise csv.Error(f"is longer than {MAX_ROW // 1_000_000} MB; is a quotation mark missing?")
        return line

    def _pass_over(self, part: str) -> None:
        """To the end of a line up to which every quotation mark has its other one: what is in a cell is no row."""
        while part and not (part.endswith(_ENDS) and self._quotes % 2 == 0):
            ended, part = part.endswith(_ENDS), self._text.readline(65536)
            self.number += ended and part != ""
            self._quotes += part.count('"')


def _each(reader: csv.DictReader[str], lines: _Lines) -> Iterator[dict[str, Any] | str]:
    while True:
        lines.next_row()
        try:
            row: dict[str | None, Any] = dict(next(reader))
        except StopIteration:
            return
        except csv.Error as error:
            yield str(error) if lines.left < 0 else f"is no CSV: {error}"
            continue
        yield _checked(row)


def _checked(row: dict[str | None, Any]) -> dict[str, Any] | str:
    if any(row.pop(None, None) or ()):
        return "has more cells than the first row names; a text with the delimiter in it stands in quotation marks"
    if any(_TORN.search(value) for value in row.values() if value):
        return NO_UTF8
    return {name: value for name, value in row.items() if name}
