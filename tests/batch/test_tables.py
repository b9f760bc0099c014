"""CSV whose rows have no end, and rows and lines in another encoding: each is named, and nothing else suffers."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from summarizer.records import Article
from summarizer.sources import Broken
from tests.batch.test_sources import read

GOOD = b"Ann Lee met Bo Li,x\n"
LONG = "is longer than 10 MB; is a quotation mark missing?"


async def places(path: Path) -> list[tuple[str, str]]:
    """Of each entry the number of its line, and its text or what is wrong with it."""
    found = []
    for entry in await read(str(path)):
        place, words = (entry.source, entry.text) if isinstance(entry, Article) else (entry.place, entry.message)  # type: ignore[union-attr]
        found.append((place.removeprefix(f"{path}:"), words))
    return found


@pytest.mark.parametrize("quote", [b"", b'"'])
async def test_memory_does_not_depend_on_a_row(tmp_path: Path, quote: bytes) -> None:
    """A row of 60 MB is passed over; those around it come."""
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(b"text,title\n" + GOOD + quote)
        file.seek(60_000_000, 1)
        file.write(quote + b",t\n" + GOOD)
    tracemalloc.start()
    found = await places(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [("2", "Ann Lee met Bo Li"), ("3", LONG), ("4", "Ann Lee met Bo Li")]
    assert peak < 45_000_000


async def test_a_row_of_many_lines_has_an_end(tmp_path: Path) -> None:
    """Also of cells that are small each; what is in the cells is not taken for rows."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,title\n" + (b'"' + b"a" * 99_990 + b'\n",') * 150 + b"\n" + GOOD)
    assert await places(path) == [("152", LONG), ("153", "Ann Lee met Bo Li")]


async def test_a_quotation_mark_that_is_missing(tmp_path: Path) -> None:
    """What is behind it belongs to its cell, to the end of the file if need be; it is named, and not taken for an article."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,title\n" + GOOD + b'"Cy met Di,x\n' + GOOD * 600_000)
    assert await places(path) == [("2", "Ann Lee met Bo Li"), ("600003", LONG)]


async def test_a_head_without_end(tmp_path: Path) -> None:
    """Without names for the columns no row can be read; that is said once."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * 11_000_000 + b"\n" + GOOD + GOOD)
    [(number, why)] = await places(path)
    assert number == "1" and f"no row is read, because the first one, which names the columns, {LONG}" == why


async def test_rows_in_another_encoding(tmp_path: Path) -> None:
    """What cannot be decoded is refused by its number, and never summarised with U+FFFD; one that is written stays."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbftext,title\n" + GOOD + b"Ren\xe9 met Bo Li,x\n" + "A\ufffd met é,\n".encode())
    one, torn, last = await places(path)
    assert one[1] == "Ann Lee met Bo Li" and last == ("4", "A\ufffd met é")
    assert torn == ("3", "is no UTF-8; convert the file first, such as with iconv -f windows-1252 -t utf-8")
    path.write_bytes(b"text,\xfcber\n" + GOOD)
    [(_, why)] = await places(path)
    assert "names the columns, is no UTF-8" in why


async def test_lines_in_another_encoding(tmp_path: Path) -> None:
    """The same of JSONL, and of a JSON document."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "Ann Lee met Bo Li"}\n{"text": "Ren\xe9 met Bo Li"}\n{"text": "Cy met Di"}\n')
    assert [(place, "no UTF-8" in words) for place, words in await places(path)] == [("1", False), ("2", True), ("3", False)]  # fmt: skip
    (tmp_path / "a.json").write_bytes(b'{\n"text": "Ren\xe9 met Bo Li"}')
    (entry,) = await read(str(tmp_path / "a.json"))
    assert isinstance(entry, Broken) and entry.message.startswith("is no UTF-8")


async def test_line_ends_of_three_systems(tmp_path: Path) -> None:
    """Each ends a row."""
    for end in (b"\n", b"\r\n", b"\r"):
        path = tmp_path / "a.csv"
        path.write_bytes(end.join([b"text,title", b'"Ann Lee met Bo Li",x', b"Cy met Di,y", b""]))
        assert await places(path) == [("2", "Ann Lee met Bo Li"), ("3", "Cy met Di")]
        path.write_bytes(path.read_bytes().removesuffix(end))
        assert await places(path) == [("2", "Ann Lee met Bo Li"), ("3", "Cy met Di")]
