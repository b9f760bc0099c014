"""The store under kills and full disks at every single place: exact rows, none double, nothing finished lost or done again."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from summarizer.database import APPLICATION_ID
from summarizer.errors import StoreError
from summarizer.records import Article
from summarizer.store import Ended, Store
from tests.conftest import ROOT
from tests.reliability.conftest import article
from tests.reliability.failing import Ended as Run
from tests.reliability.failing import Runs, driver
from tests.support.faults import Faults
from tests.support.site import Page, Site

COUNT = 6
BRIEF = "from pydantic import BaseModel\n\n\nclass Brief(BaseModel):\n    overview: str\n"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with driver(tmp_path_factory.mktemp("driver")) as running:
        yield running


def source(folder: Path, count: int = COUNT) -> Path:
    path = folder / "in.jsonl"
    path.write_text("".join(json.dumps({"text": article(i).text}) + "\n" for i in range(count)))
    return path


def rules(folder: Path, nth: int) -> list[object]:
    """A batch of the built-in rules into a new store in `folder`."""
    out = folder / f"{nth}.jsonl"
    return ["batch", folder / "in.jsonl", "-o", out, "--model", "builtin", "-q", "--concurrency", "2"]


def asking(folder: Path, url: str, *options: object, name: str = "out") -> list[object]:
    """A batch that asks the fault server, one article at a time."""
    out = folder / f"{name}.store"
    model = ("--model", "openai/x", "--base-url", url)
    return ["batch", folder / "in.jsonl", "-o", out, *model, "-q", "--concurrency", "1", *options]


def finished(store: Path) -> dict[str, str]:
    """The records that a store holds, whole, by key; of a store that a run may have left half made."""
    if not store.exists() or not store.stat().st_size:
        return {}
    with closing(sqlite3.connect(store)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        if not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            return {}
        return dict(db.execute("SELECT key, record FROM articles WHERE record IS NOT NULL"))


def sound(store: Path, before: dict[str, str], count: int = COUNT) -> bool:
    """Every article has one row that is done, and what was done before is byte for byte the same."""
    with closing(sqlite3.connect(store)) as db:
        rows = db.execute("SELECT key, status, text_id FROM articles").fetchall()
        sources = db.execute("SELECT count(*) FROM sources").fetchone()[0]
    after = finished(store)
    whole = len(rows) == len({row[0] for row in rows}) == len({row[2] for row in rows}) == sources == count
    return whole and {row[1] for row in rows} == {"ok"} and before.items() <= after.items()


def ids(path: Path) -> list[str]:
    return [json.loads(line)["article"]["id"] for line in path.read_text().splitlines()]


def test_r02_killed_at_every_statement(runs: Runs, tmp_path: Path) -> None:
    """SIGKILL before each statement that writes, from the making of the file on: the same command ends it exactly.

    The export is there whole, in the order of the input, or not at all.
    """
    source(tmp_path)
    wanted = [article(i).id for i in range(COUNT)]
    kept = set()
    nth = 0
    for nth in range(1, 500):
        out = tmp_path / f"{nth}.jsonl"
        died = runs.run(*rules(tmp_path, nth), how="kill", nth=nth)
        if died.status == 0:
            break
        assert died.status == -9, died.said
        assert not out.exists()
        before = finished(tmp_path / f"{nth}.jsonl.store")
        kept.add(len(before))
        again = runs.run(*rules(tmp_path, nth))
        assert again.status == 0, (nth, again.said)
        assert sound(tmp_path / f"{nth}.jsonl.store", before) and ids(out) == wanted, nth
    assert nth > 12 + 8 * COUNT  # the tables, and at least so much for each article
    assert kept >= {0, 2, 4, COUNT}  # and it died at every stage


def test_r02_killed_at_every_statement_of_a_feed(runs: Runs, site: Site, tmp_path: Path) -> None:
    """The same of a feed with a state: no entry hides behind a 304, and an entry that is none is named once."""
    texts = [f"{article(i).text} {'They talked for a long time. ' * 30}" for i in range(3)]
    items = "".join(f"<item><title>T</title><description>{text}</description></item>" for text in texts)
    feed = f'<rss version="2.0"><channel>{items}</channel></rss>'

    def answer(headers: dict[str, str]) -> Page:
        known = {"etag": '"1"'}
        return Page(status=304, headers=known) if headers.get("if-none-match") else Page(feed, headers=known)

    site.pages["/feed"] = answer
    (tmp_path / "bad.jsonl").write_text('{"text": ""}\n')
    nth, died = 0, Run(-1, "")
    for nth in range(1, 200):
        store = tmp_path / f"{nth}.store"
        command = ["batch", f"{site.url}/feed", tmp_path / "bad.jsonl", "-o", store, "--model", "builtin", "-q"]
        died = runs.run(*command, "--allow-private", "--delay", "0", how="kill", nth=nth)
        if died.status != -9:
            break
        before = finished(store)
        assert runs.run(*command, "--allow-private", "--delay", "0").status == 1
        assert sound(store, before, count=3), nth
        with closing(sqlite3.connect(store)) as db:
            assert db.execute("SELECT etag FROM pages").fetchall() == [('"1"',)], nth
            assert db.execute("SELECT count(*) FROM broken").fetchone()[0] == 1, nth
    assert nth > 40 and died.status == 1, died.said


def test_r03_killed_between_answer_and_commit(server: Faults, runs: Runs, tmp_path: Path) -> None:
    """The article that was answered and not stored is asked for once more, no other is, and each has one row."""
    source(tmp_path)
    paid_twice = 0
    for nth in range(1, 100):
        server.each.clear()
        died = runs.run(*asking(tmp_path, server.url(), name=str(nth)), how="commit", nth=nth)
        server.settled()
        answered = dict(server.each)
        before = finished(tmp_path / f"{nth}.store")
        assert runs.run(*asking(tmp_path, server.url(), name=str(nth))).status == 0
        assert sound(tmp_path / f"{nth}.store", before)
        lost = len(answered) - len(before)
        assert lost in (0, 1) and sorted(server.each.values()) == [1] * (COUNT - lost) + [2] * lost, (nth, server.each)
        paid_twice += lost
        if died.status == 0:
            break
    # Once for the commit of each article's answer, and where the next chunk's commit finds an answer on its way.
    assert COUNT <= paid_twice < 2 * COUNT


def test_r04_full_at_every_commit(runs: Runs, tmp_path: Path) -> None:
    """From whichever commit on the disk is full: one exact line, status 2, earlier rows stay, the same command ends it."""
    source(tmp_path)
    nth = 0
    for nth in range(1, 100):
        store = tmp_path / f"{nth}.jsonl.store"
        full = runs.run(*rules(tmp_path, nth), how="full", nth=nth)
        if full.status == 0:
            break
        line = f"the store {str(store)!r} cannot be written: database or disk is full; what it has is safe"
        assert (full.status, full.said) == (2, f"summarizer: {line}\n"), nth
        before = finished(store)
        assert runs.run(*rules(tmp_path, nth)).status == 0 and sound(store, before), nth
    assert nth >= 2 + COUNT  # opening, settings, three admissions, three ends


def test_r04_no_room_at_any_size(runs: Runs, tmp_path: Path) -> None:
    """The kernel ends writes in the middle, at any size: one line that says where and why, and the same command ends it."""
    source(tmp_path)
    said = set()
    full = Run(-1, "")
    for size in range(0, 400_000, 3_333):
        store = tmp_path / f"{size}.jsonl.store"
        full = runs.run(*rules(tmp_path, size), how="size", nth=size)
        if full.status == 0:
            break
        line = full.said.removesuffix("\n")
        assert full.status == 2 and "\n" not in line and str(tmp_path / f"{size}.jsonl") in line, full
        said.add(line.replace(str(size), "N").partition(" cannot ")[2])
        before = finished(store)
        again = runs.run(*rules(tmp_path, size))
        assert again.status == 0 and sound(store, before), (size, again)
    assert full.status == 0 and said >= {
        "be opened: disk I/O error",
        "be written: disk I/O error; what it has is safe",
    }


def test_r05_killed_during_an_export(runs: Runs, tmp_path: Path) -> None:
    """At whichever record it dies, the file that was there is there still, whole; the next export replaces it."""
    source(tmp_path)
    assert runs.run(*rules(tmp_path, 0)).status == 0
    out = tmp_path / "o.jsonl"
    for nth in range(1, COUNT + 1):
        out.write_text("the old one\n")
        assert runs.run("export", tmp_path / "0.jsonl.store", out, how="export", nth=nth).status == -9
        assert out.read_text() == "the old one\n"
        left = [path for path in tmp_path.iterdir() if path.name.startswith(".o.jsonl.")]
        assert len(left) == nth  # it was under way, under another name
    assert runs.run("export", tmp_path / "0.jsonl.store", out).status == 0
    assert out.read_bytes() == (tmp_path / "0.jsonl").read_bytes() and len(ids(out)) == COUNT


def test_r07_a_lock_of_the_dead_holds_nobody_up(runs: Runs, tmp_path: Path) -> None:
    """After kill -9 the lock's file still names the dead process; the same command starts at once."""
    source(tmp_path)
    assert runs.run(*rules(tmp_path, 0), how="kill", nth=40).status == -9
    lock = tmp_path / "0.jsonl.store.lock"
    dead = lock.read_text()
    assert dead.startswith("pid ") and not Path(f"/proc/{dead.split()[1]}").exists()
    assert runs.run(*rules(tmp_path, 0)).status == 0
    assert lock.read_text() != dead


def test_r50_another_question_is_another_row(server: Faults, runs: Runs, tmp_path: Path) -> None:
    """Prompt, schema, model or how it is asked: all is asked under new keys, the old records stay, going back costs nothing."""
    source(tmp_path)
    (tmp_path / "brief.py").write_text(BRIEF)
    prompt = (ROOT / "prompts" / "meeting.md").read_text(encoding="utf-8")
    (tmp_path / "edited.md").write_text(f"{prompt.rstrip()}.\n", encoding="utf-8")
    store = tmp_path / "out.store"
    changes: list[tuple[object, ...]] = [
        (), ("--model", "openai/y"), ("--prompt", tmp_path / "edited.md"), ("--schema", f"{tmp_path / 'brief.py'}:Brief"),
        ("--max-output-tokens", 1000), ("--mode", "tools"), ("--repairs", 0), ("--strict",),
    ]  # fmt: skip
    for number, change in enumerate(changes, 1):
        old = finished(store)
        assert runs.run(*asking(tmp_path, server.url(), *change)).status == 0, change
        assert server.count == number * COUNT, change
        assert len(finished(store)) == number * COUNT and old.items() <= finished(store).items(), change
    for same in (*changes, ("--timeout", 99), ("--max-wait", 5)):
        assert runs.run(*asking(tmp_path, server.url(), *same)).status == 0
    assert server.count == len(changes) * COUNT


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_r51_again_and_elsewhere(server: Faults, runs: Runs, tmp_path: Path, ending: str) -> None:
    """A second run asks nothing and exports the same bytes, also of a copy of the store's one file."""
    source(tmp_path)
    exports = [tmp_path / f"{name}.{ending}" for name in ("first", "second", "copy")]
    for out in exports[:2]:
        assert runs.run(*asking(tmp_path, server.url(), "-o", out, "--store", tmp_path / "out.store")).status == 0
    assert not (tmp_path / "out.store-wal").exists()  # a store that was closed is one file
    shutil.copy(tmp_path / "out.store", tmp_path / "copied.store")
    assert runs.run(*asking(tmp_path, server.url(), "-o", exports[2], "--store", tmp_path / "copied.store")).status == 0
    assert server.count == COUNT and len({out.read_bytes() for out in exports}) == 1


def test_r60_half_made_and_damaged_stores(tmp_path: Path) -> None:
    """A store that an older program left without tables is made; damage is one line, whoever looks."""
    half = tmp_path / "half.store"
    with closing(sqlite3.connect(half)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    with pytest.raises(StoreError, match="no version"):
        Store(half, write=False)
    Store(half).close()
    path = tmp_path / "s.store"
    with Store(path) as store:
        store.admit([(f"k{i}", Article("x" * 3000 + str(i))) for i in range(50)])
        store.end([Ended("k1", "ok", None, "{}")])
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE articles SET meta = '{', status = 'pending' WHERE key = 'k2'")
        db.commit()
    with Store(path, write=False) as store, pytest.raises(StoreError, match="'k2' what is no article"):
        list(store.pending())
    data = bytearray(path.read_bytes())
    for place in range(8192, len(data), 4096):
        data[place : place + 64] = b"\xff" * 64
    path.write_bytes(data)
    for look in ("counts", "kinds", "totals", "breakages", "records", "pending"):
        with Store(path, write=False) as store, pytest.raises(StoreError, match=r"cannot be read: .* malformed"):
            list(getattr(store, look)())
    (tmp_path / "empty.store").touch()
    with pytest.raises(StoreError, match="no store"):
        Store(tmp_path / "empty.store", write=False)


def test_r04_a_lock_without_room_for_a_name(runs: Runs, tmp_path: Path) -> None:
    """With no room for a single byte it is the store that cannot be opened, and the lock that was taken is let go."""
    source(tmp_path)
    began = time.monotonic()
    full = runs.run(*rules(tmp_path, 0), how="size", nth=0)
    assert full.status == 2 and "0.jsonl.store' cannot be opened: disk I/O error" in full.said
    assert runs.run(*rules(tmp_path, 0)).status == 0 and time.monotonic() - began < 30
    assert (tmp_path / "0.jsonl.store").stat().st_mode & 0o777 == 0o600
