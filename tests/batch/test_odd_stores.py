"""Stores that are damaged, oddly named, or stand where nothing may be written: one line that says what is wrong, or it works."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from summarizer.errors import StoreError
from summarizer.records import Article
from summarizer.store import Ended, Store
from tests.batch.runs import run, write
from tests.security.running import run as by_itself


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


def test_results_are_utf8_in_any_locale(tmp_path: Path) -> None:
    """What a program reads is JSON, whatever characters the terminal knows; notices may be replaced."""
    (tmp_path / "é.txt").write_text("Ann Lee met Bo Li in Łódź 🤝.")
    for encoding in ("latin-1", "cp1252"):
        ran = by_itself(tmp_path / "é.txt", "--model", "builtin", PYTHONIOENCODING=encoding)
        assert json.loads(ran.stdout)["article"]["source"].endswith("é.txt") and ran.returncode == 0, ran
    with Store(tmp_path / "s.store") as store:
        store.admit([("k", Article("Ann Lee met Bo Li.", "a"))])
        store.end([Ended("k", "ok", None, '{"x":"Łódź"}')])
    assert by_itself("export", tmp_path / "s.store", PYTHONIOENCODING="latin-1").stdout == '{"x":"Łódź"}\n'


@pytest.mark.parametrize("name", [":memory:", "file:x", "a?mode=memory", "b#c%41", " ", "é", os.fsdecode(b"n\xff")])
def test_a_store_is_the_file_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """SQLite knows names that are no files; what a run pays for must not vanish with them."""
    monkeypatch.chdir(tmp_path)
    made(Path(name))
    assert {os.fsencode(path.name) for path in tmp_path.iterdir()} == {os.fsencode(name), os.fsencode(f"{name}.lock")}
    with Store(Path(name), write=False) as store:
        assert list(store.records()) == ["{}"]


@contextmanager
def nobody() -> Iterator[None]:
    """As a user who may write nothing; whoever runs the tests may be one who may write anywhere."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def shut() -> Iterator[Path]:
    """A folder that anybody may read, and nobody may write."""
    folder = Path(tempfile.mkdtemp())
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


def closed(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)


def test_a_store_where_nothing_may_be_written(shut: Path) -> None:
    """It is read, if the last run closed it."""
    path = made(shut / "a?b.store")
    closed(shut)
    with nobody(), Store(path, write=False) as store:
        assert list(store.records()) == ["{}"] and store.check() == "ok"
    assert {entry.name for entry in shut.iterdir()} == {"a?b.store", "a?b.store.lock"}
    with nobody(), pytest.raises(StoreError, match="Permission denied"):
        Store(path)


def test_a_store_with_a_log_where_nothing_may_be_written(shut: Path, tmp_path: Path) -> None:
    """What is in the log only would be missing: the line says what to copy."""
    with Store(tmp_path / "s.store") as store:
        store.admit([("k", Article("Ann Lee met Bo Li.", "a"))])
        for name in ("s.store", "s.store-wal"):
            shutil.copy(tmp_path / name, shut / name)
    closed(shut)
    with nobody(), pytest.raises(StoreError, match=r"its -wal file says .* copy both"):
        Store(shut / "s.store", write=False)
    for path in shut.iterdir():
        shutil.copy(path, tmp_path / f"copied.{path.name}")
        (tmp_path / f"copied.{path.name}").chmod(0o600)
    with Store(tmp_path / "copied.s.store", write=False) as store:
        assert store.counts() == {"running": 1}
