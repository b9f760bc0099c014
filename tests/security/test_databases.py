"""Databases that a stranger made: S23. The marks are right, what is inside is not."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

from summarizer import export
from summarizer.database import APPLICATION_ID
from summarizer.errors import UsageError
from summarizer.records import Article
from summarizer.store import Ended, Store
from tests.security.running import Ran, run
from tests.security.test_files import TEXT, record
from tests.support.endpoint import Endpoint


def stored(path: Path) -> None:
    """A store with one finished and one pending article."""
    with Store(path) as store:
        store.admit([("k", Article(TEXT, "a")), ("l", Article(f"{TEXT} Again.", "b"))])
        line = json.dumps(record("words"))
        store.end([Ended("k", "ok", None, line, 1, 1, 1, 0.0)])


EVIL = {
    "a trigger that loads code": "CREATE TRIGGER t AFTER UPDATE ON articles BEGIN SELECT load_extension('{file}'); END",
    "a trigger that writes a file": "CREATE TRIGGER t AFTER UPDATE ON articles BEGIN SELECT writefile('{file}', 'x'); END",
    "a trigger that changes the schema": "CREATE TRIGGER t AFTER UPDATE ON articles BEGIN SELECT fts3_tokenizer('simple', x'4141414141414141'); END",
    "a view for a table": "ALTER TABLE articles RENAME TO hidden; CREATE VIEW articles AS SELECT *, load_extension('{file}') AS x FROM hidden",
    "a huge blob": "UPDATE articles SET record = zeroblob(20000000), meta = zeroblob(10000000)",
    "a record that is none": "UPDATE articles SET record = 'no json'",
    "a record of another shape": "UPDATE articles SET record = '[1]' WHERE record IS NOT NULL",
    "metadata that is none": "UPDATE articles SET meta = '{{', status = 'pending'",
    "metadata of another shape": "UPDATE articles SET meta = '[]', status = 'pending'",
    "a date that is none": "UPDATE articles SET meta = json_set(meta, '$.published', 'x'), status = 'running', crashes = 1",
    "settings that are none": "UPDATE settings SET value = '{{'",
    "settings of another shape": "UPDATE settings SET value = '{{\"model\": {{}}, \"base_url\": 5}}'",
    "code for a schema": "UPDATE settings SET value = json_set(value, '$.schema', '{code}:Evil')",
    "a number for a status": "UPDATE articles SET status = 5, kind = x'ff00'",
    "no tables": "DROP TABLE articles",
    "an index that runs": "CREATE INDEX i ON articles (abs(seq)); CREATE TABLE x (a GENERATED ALWAYS AS (hex(seq)), seq)",
    "a virtual table": "CREATE VIRTUAL TABLE v USING fts5(x); CREATE TRIGGER t AFTER UPDATE ON articles BEGIN INSERT INTO v VALUES ('x'); END",
}  # fmt: skip


@cache
def genuine() -> bytes:
    """A store of two articles that were done by the rules, so that the next run has the same settings."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        for name in ("a", "b"):
            (path / f"{name}.txt").write_text(f"{TEXT} {name}")
        assert (
            run("batch", path / "a.txt", path / "b.txt", "-o", path / "s.store", "--model", "builtin", "-q").returncode
            == 0
        )
        return (path / "s.store").read_bytes()


def crafted(path: Path, evil: str) -> Path:
    path.write_bytes(genuine())
    code = path.with_name("evil.py")
    code.write_text(f"import os; os.close(os.open({str(path.with_name('ran'))!r}, os.O_CREAT))\nclass Evil: pass")
    with closing(sqlite3.connect(path)) as db:
        db.executescript(evil.format(file=path.with_name("ran"), code=code))
    return path


def commands(path: Path) -> Iterator[list[object]]:
    source = path.with_name("a.txt")
    source.write_text(f"{TEXT} Once more.")
    yield ["status", path, "--verify"]
    yield ["export", path]
    yield ["export", path, path.with_name("x.csv")]
    yield ["export", path, path.with_name("x.parquet")]
    yield ["retry", path]
    yield ["batch", source, "-o", path, "--model", "builtin", "-q"]


@cache
def opened(name: str) -> tuple[list[Ran], set[str]]:
    """What every command makes of such a store, and which files there are afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        ran = [run(*arguments) for arguments in commands(crafted(Path(folder) / "s.store", EVIL[name]))]
        return ran, {path.name for path in Path(folder).iterdir()}


@pytest.mark.parametrize("name", EVIL)
def test_s23_a_strangers_database_runs_nothing(name: str) -> None:
    """S23: with the right marks and whatever inside: every command ends by itself, and no code of it was run."""
    every, files = opened(name)
    assert len(every) == 6 and all(ran.returncode in (0, 1, 2) for ran in every), every
    assert files <= {"evil.py", "s.store", "s.store.lock", "a.txt", "x.csv", "x.parquet", "s.store-wal", "s.store-shm"}


@pytest.mark.parametrize("name", EVIL)
def test_s23_a_strangers_database_is_told_in_one_line(name: str) -> None:
    """S23: no traceback, whatever it holds."""
    for ran in opened(name)[0]:
        assert "Traceback" not in ran.stderr, ran


def test_s23_the_schema_is_not_trusted(tmp_path: Path) -> None:
    """S23: of an open store, for writing and for reading; nothing can be loaded into it."""
    stored(tmp_path / "s.store")
    for write in (True, False):
        with Store(tmp_path / "s.store", write=write) as store:
            assert store._db.execute("PRAGMA trusted_schema").fetchone() == (0,)
            with pytest.raises(sqlite3.OperationalError, match="not authorized"):
                store._db.execute("SELECT load_extension('x')")


@pytest.mark.parametrize("damage", ["cut", "other mark", "text", "zeros"])
def test_s23_a_damaged_database_is_told(tmp_path: Path, damage: str) -> None:
    """S23: one line and status 2, and the file is as it was."""
    path = tmp_path / "s.store"
    stored(path)
    data = path.read_bytes()
    mark = data[:68] + (APPLICATION_ID ^ 1).to_bytes(4, "big") + data[72:]
    broken = {
        "cut": data[:5000],
        "zeros": data[:100] + bytes(len(data) - 100),
        "other mark": mark,
        "text": b"no database " * 500,
    }[damage]
    path.write_bytes(broken)
    ran = run("status", path)
    assert ran.returncode == 2 and ran.stderr.startswith("summarizer: ") and "Traceback" not in ran.stderr, ran
    assert path.read_bytes() == broken


def test_s23_an_export_of_a_strangers_records_is_one_line(tmp_path: Path) -> None:
    """S23: what is no record is refused by its number, and the export that was there before stays."""
    (tmp_path / "x.csv").write_text("mine")
    for line in (
        "no json",
        "[1]",
        "{}",
        '{"article": 1}',
        "[" * 100_000,
        json.dumps({**record("x"), "problems": 5, "article": {}}),
    ):
        for name in ("x.csv", "x.parquet"):
            with pytest.raises(UsageError, match="record 2 of the store is none"):
                export.export([json.dumps(record("x")), line], tmp_path / name)
    assert (tmp_path / "x.csv").read_text() == "mine" and {path.name for path in tmp_path.iterdir()} == {"x.csv"}


def test_s23_a_strangers_store_gets_no_key(endpoint: Endpoint, tmp_path: Path) -> None:
    """S23: the endpoint that stands in a store is not asked with the user's key, unless the user names it too."""
    address = json.dumps(endpoint.url)
    evil = f"UPDATE settings SET value = json_set(value, '$.model', 'openai/x', '$.base_url', json('{address}'))"
    store = crafted(tmp_path / "s.store", evil)
    from summarizer.cli.estimate import flow_for
    from summarizer.keys import settings_of

    with Store(store) as opened_store:
        known = {**opened_store.setting("run"), "max_cost": None}
        name = settings_of(flow_for(known)[1])
        opened_store._db.execute("UPDATE articles SET settings = ?, status = 'failed', kind = 'server'", (name,))
    ran = run("retry", store, OPENAI_API_KEY="key-canary")
    assert "2 articles to do again" in ran.stderr or ran.returncode == 2, ran
    assert not [seen for seen in endpoint.seen if "key-canary" in str(seen.headers)]
