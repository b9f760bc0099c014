"""The store: exactly once, safe at any moment, and nobody's but its owner's."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from summarizer import prompt
from summarizer.database import APPLICATION_ID
from summarizer.errors import StoreError
from summarizer.keys import key_of
from summarizer.records import Article
from summarizer.store import Ended, Store

ONE = Article("They met.", source="a:1", title="t", published=date(2026, 3, 19), language="en")


def ended(key: str, status: str = "ok", kind: str | None = None) -> Ended:
    return Ended(key, status, kind, '{"x": 1}', 1, 10, 5, 0.25)


def test_the_key_holds_what_determines_the_answer() -> None:
    """Text, title, date, language and settings change it; where the text came from does not."""
    base = key_of(ONE, {"model": "x"})
    assert key_of(Article("They met.", "b:9", "http://other", "t", date(2026, 3, 19), "en"), {"model": "x"}) == base
    for other in (Article("They met!", title="t", published=ONE.published, language="en"), Article("They met.", title="u", published=ONE.published, language="en"),
                  Article("They met.", title="t", language="en")):  # fmt: skip
        assert key_of(other, {"model": "x"}) != base
    assert key_of(ONE, {"model": "y"}) != base
    assert base == "7feb8cba725f70a64765b2c6491ac73d4299e009f18f128e506c11e76efc4987", (
        "stores would forget what they have"
    )


def test_the_key_holds_what_the_prompt_uses() -> None:
    """An address changes it where the prompt shows it, a title only then; the day always does, because dates count from it."""
    assert all(prompt.load(name).uses == ("language", "published", "title") for name in prompt.names())
    keys = {
        (url, title, uses): key_of(Article("They met.", url=url, title=title), {}, uses)
        for url in ("http://a", "http://b")
        for title in ("t", "u")
        for uses in (("url",), ("title",), ())
    }
    assert len(set(keys.values())) == 5
    assert key_of(Article("They met."), {}, ()) != key_of(Article("They met.", published="2026-03-19"), {}, ())


def test_a_text_is_done_once(tmp_path: Path) -> None:
    """Admitted twice it is new once; both sources are kept; its row is replaced, never doubled."""
    with Store(tmp_path / "s.store") as store:
        assert len(store.admit([("k", ONE), ("k", Article("They met.", source="b:2"))])) == 1
        store.end([ended("k")])
        assert store.admit([("k", Article("They met.", source="c:3"))]) == []
        assert store.sources_of("k") == ["a:1", "b:2", "c:3"]
        assert store.counts() == {"ok": 1} and list(store.records()) == ['{"x": 1}']
        assert store.totals()["cost"] == 0.25 and store.ended("k") and not store.ended("other")


def test_articles_come_back_as_they_were(tmp_path: Path) -> None:
    """Pending articles can be done from the store alone."""
    with Store(tmp_path / "s.store") as store:
        store.admit([("k", ONE)])
        store.release()
        assert list(store.pending()) == [("k", ONE)]


def test_what_was_running_is_pending_again(tmp_path: Path) -> None:
    """After two deaths an article is watched; a death while it waits blames nobody, one while it is checked sets it aside."""
    path = tmp_path / "s.store"
    with Store(path) as store:
        store.admit([("k", ONE), ("other", Article("x"))])
        store.end([ended("other")])
    with Store(path) as store:
        assert [key for key, _ in store.pending()] == ["k"]
        store.start(["k"])
    for _ in range(3):
        with Store(path) as store:
            assert list(store.pending()) == [] and [key for key, _ in store.pending(suspects=True)] == ["k"]
            store.start(["k"], "waiting")
    with Store(path) as store:
        store.start(["k"], "checking")
    with Store(path) as store:
        assert store.counts() == {"failed": 1, "ok": 1} and store.kinds() == {"poison": 1}
        assert any('"poison"' in record for record in store.records())


def test_retry(tmp_path: Path) -> None:
    """All failures, or those of one kind; a name with a quote in it is only a name."""
    with Store(tmp_path / "s.store") as store:
        store.admit([(key, Article(key)) for key in "abc"])
        store.end([ended("a"), ended("b", "failed", "server"), ended("c", "failed", "refused")])
        assert store.retry(["' OR 1=1 --"]) == 0
        assert store.retry(["refused"]) == 1 and store.kinds() == {"server": 1}
        assert store.retry() == 1 and store.counts() == {"ok": 1, "pending": 2}


def test_a_second_process_is_told_who_holds_it(tmp_path: Path) -> None:
    """One writer at a time; readers may look; a dead process holds nothing."""
    path = tmp_path / "s.store"
    code = f"from summarizer.store import Store; from pathlib import Path; Store(Path({str(path)!r})); print('open', flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "open\n"
    with pytest.raises(StoreError, match=f"is in use by pid {holder.pid} on "):
        Store(path)
    with Store(path, write=False) as reader:
        assert reader.counts() == {}
    holder.kill()
    holder.wait()
    Store(path).close()
    for stream in (holder.stdin, holder.stdout):
        assert stream is not None
        stream.close()


def test_s22_files_are_the_owners_alone(tmp_path: Path) -> None:
    """S22: whatever the umask."""
    old = os.umask(0)
    try:
        with Store(tmp_path / "s.store") as store:
            store.admit([("k", ONE)])
            names = list(tmp_path.iterdir())
            assert len(names) >= 2
            assert all(stat.S_IMODE(name.stat().st_mode) == 0o600 for name in names), names
    finally:
        os.umask(old)


def test_s21_links_are_not_followed(tmp_path: Path) -> None:
    """S21: a link in the place of the store or of its lock is refused; its target is untouched."""
    target = tmp_path / "precious"
    (tmp_path / "s.store").symlink_to(target)
    with pytest.raises(StoreError):
        Store(tmp_path / "s.store")
    (tmp_path / "t.store.lock").symlink_to(target)
    with pytest.raises(StoreError):
        Store(tmp_path / "t.store")
    assert not target.exists()


def test_s23_other_databases_are_refused(tmp_path: Path) -> None:
    """S23: a database of something else, one that is newer, and bytes that are none; nothing is changed."""
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE articles (x)")
    with pytest.raises(StoreError, match="database of something else"):
        Store(other)
    Store(tmp_path / "new.store").close()
    with closing(sqlite3.connect(tmp_path / "new.store")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer summarizer"):
        Store(tmp_path / "new.store")
    (tmp_path / "bytes.store").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="is no store"):
        Store(tmp_path / "bytes.store")
    with pytest.raises(StoreError, match="no store"):
        Store(tmp_path / "missing.store", write=False)
    assert APPLICATION_ID


def test_r04_a_full_disk_is_a_clean_stop(tmp_path: Path) -> None:
    """R04: what cannot be written is said in one line; what was written stays, and the store opens again."""
    path = tmp_path / "s.store"
    with Store(path) as store:
        store.admit([("k", ONE)])
        store.end([ended("k")])
        store._db.execute(f"PRAGMA max_page_count = {store._db.execute('PRAGMA page_count').fetchone()[0]}")
        with pytest.raises(StoreError, match="cannot be written: database or disk is full; what it has is safe"):
            store.admit([(f"k{i}", Article("x" * 50_000 + str(i))) for i in range(10)])
        assert store.counts() == {"ok": 1}
    with Store(path) as store:
        assert store.counts() == {"ok": 1} and store.check() == "ok"


@pytest.mark.parametrize(("source", "place", "mended"), [
    ("http://h/feed", "http://h/feed", True), ("http://h/feed", "http://h/feed#12", True), ("http://h/feed", "http://h/feed/gone", False),
    ("http://h/feed", "http://h/feed2", False), ("http://h", "http://h:8080", False), ("http://h/a", "http://h/a:3", False),
    ("a.jsonl", "a.jsonl:3", True), ("a.json", "a.json#3", True), ("a.jsonl", "a.jsonl.bak:3", False), ("-", "-:7", True),
    ("folder", "folder/a.txt", True), ("folder", "folder/in/it", True), ("folder", "folder/a.jsonl:3", False),
    ("folder", "folder/a.json#3", False), ("folder", "folders/a.txt", False), ("a_c", "abc:1", False),
])  # fmt: skip
def test_what_a_source_that_was_read_mends(tmp_path: Path, source: str, place: str, mended: bool) -> None:
    """Its own entries, and none of a source whose name only begins like it."""
    with Store(tmp_path / "s.store") as store:
        store.broken(place, "gone")
        store.mended(source)
        assert store.breakages() == ([] if mended else [(place, "gone")])
