"""Stores that are damaged, oddly named, or stand where nothing may be written: one line that says what is wrong, or it works."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from summarizer.records import Article
from summarizer.store import Ended, Store
from tests.batch.runs import run, write


def made(path: Path) -> Path:
    """A store with one finished article, closed."""
    with Store(path) as store:
        store.admit([("k", Article("Ann Lee met Bo Li.", "a"))])
        store.end([Ended("k", "ok", None, "{}")])
    return path


def every_command(path: Path) -> list[list[object]]:
    """Each command that opens a store."""
    batch = ["batch", write(path.with_name("in.jsonl"), 1), "-o", path]
    return [["status", path], ["export", path], ["retry", path], ["report", path, "-o", path.with_name("r.html")],
            [*batch, "-q"], [*batch, "--dry-run"]]  # fmt: skip


@pytest.mark.parametrize("place", ["CREATE TABLE articles", "articlesarticles"])
def test_a_byte_of_the_schema_that_is_no_text(tmp_path: Path, place: str) -> None:
    """SQLite says so in a message that is no text itself; it is one line, and no traceback."""
    path = made(tmp_path / "s.store")
    data = bytearray(path.read_bytes())
    data[data.index(place.encode()) + 2] = 0xF5
    for arguments in every_command(path):
        path.write_bytes(data)
        ran = run(*arguments, model="builtin")
        assert ran.returncode == 2 and "names of its tables are damaged" in ran.stderr, ran
        assert len(ran.stderr.splitlines()) == 1


def test_a_time_that_is_none(tmp_path: Path) -> None:
    """Everything else is said all the same."""
    path = made(tmp_path / "s.store")
    for wrong in ("x", "2026-05-05", "2026-05-05T10:00:00", 5):
        with closing(sqlite3.connect(path)) as db:
            db.execute("UPDATE articles SET ended = ?", (wrong,))
            db.execute("INSERT INTO articles (key, text_id, meta, settings, ended) VALUES (?, 't', '{}', '', '2026-05-05T10:00:00Z')", (str(wrong),))  # fmt: skip
            db.commit()
        ran = run("status", path)
        assert ran.returncode == 0 and "time       " in ran.stdout and ran.stderr == "", ran
