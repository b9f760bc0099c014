"""The batch promise under kills, full disks, edits, clocks and odd inputs: one row an article, whatever happens."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import time_machine

from summarizer import Summarizer
from tests.conftest import ROOT
from tests.reliability.conftest import article, asked, kinds
from tests.reliability.test_account_stops import statuses
from tests.support.faults import Faults
from tests.support.memory import PEAK

Batch = Callable[..., CompletedProcess[str]]
COUNT = 4


def doing(folder: Path, url: str, *options: str) -> list[str]:
    """The arguments of a batch over a few articles in `folder`."""
    source = folder / "in.jsonl"
    if not source.exists():
        source.write_text("".join(json.dumps({"text": article(i).text}) + "\n" for i in range(COUNT)))
    store = str(folder / "out.store")
    return [
        "batch",
        str(source),
        "-o",
        store,
        "--model",
        "openai/x",
        "--base-url",
        url,
        "--concurrency",
        "2",
        "-q",
        *options,
    ]


def ran(*arguments: str, nth: int = 0, how: str = "none") -> CompletedProcess[str]:
    """Run the command line, dying at its `nth` write if `how` says so."""
    start = ["-m", "summarizer"] if how == "none" else ["-m", "tests.reliability.dying", str(nth), how]
    env = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, *start, *arguments], capture_output=True, text=True, env=env, cwd=ROOT, timeout=60, check=False
    )


def sound(folder: Path) -> bool:
    """Every article has exactly one row, and the file is whole."""
    with closing(sqlite3.connect(folder / "out.store")) as db:
        [rows, keys] = db.execute("SELECT count(*), count(DISTINCT key) FROM articles").fetchone()
        return (
            statuses(folder) == {"ok": COUNT}
            and rows == keys
            and db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        )


@pytest.mark.parametrize("how", ["before", "after"])
def test_r02_r03_r07_killed_at_writes(server: Faults, tmp_path: Path, how: str) -> None:
    """SIGKILL before or after a commit: the same command ends with every row once, with no step by hand.

    Before the commit of an answer it is paid again, at most for the articles that were in work. Each process is a new one here,
    and every fourth commit is tried; `test_store_rows` forks and tries every statement.
    """
    nth = 0
    for nth in range(1 if how == "before" else 2, 200, 4):
        folder = tmp_path / str(nth)
        folder.mkdir()
        before = server.count
        died = ran(*doing(folder, server.url()), nth=nth, how=how)
        if died.returncode == 0:
            break
        assert died.returncode == -9, died.stderr
        last = ran(*doing(folder, server.url()))
        assert last.returncode == 0 and sound(folder), (nth, last.stderr)
        assert server.count - before <= COUNT + 2, nth
        server.each.clear()
    assert nth > COUNT  # there were that many writes to die at


def test_r04_full_at_writes(server: Faults, tmp_path: Path) -> None:
    """A disk that is full from a write on: one line, earlier rows stay, and the same command ends it.

    In processes of their own; `test_store_rows` forks and tries every commit and every size.
    """
    for nth in (2, 5):
        folder = tmp_path / str(nth)
        folder.mkdir()
        full = ran(*doing(folder, server.url()), nth=nth, how="full")
        assert full.returncode == 2 and "Traceback" not in full.stderr, full.stderr
        assert "cannot be written: database or disk is full; what it has is safe" in full.stderr
        assert ran(*doing(folder, server.url())).returncode == 0 and sound(folder)


TORN = """
import os, sys
from pathlib import Path
from summarizer import export
from summarizer.store import Store
os.replace = lambda *_: os._exit(9)
export.export(Store(Path(sys.argv[1])).records(), Path(sys.argv[2]))
"""


def test_r05_a_torn_line_and_a_torn_export(server: Faults, tmp_path: Path) -> None:
    """A source whose last line is torn loses that line alone; an export appears whole or stays as it was."""
    arguments = doing(tmp_path, server.url())
    source, out = tmp_path / "in.jsonl", tmp_path / "o.jsonl"
    source.write_text(source.read_text() + '{"text": "Ann Lee met')
    first = ran(*arguments)
    assert first.returncode == 1 and statuses(tmp_path) == {"ok": COUNT} and "UNREADABLE" in first.stderr
    out.write_text("the old one\n")
    command = [sys.executable, "-c", TORN, str(tmp_path / "out.store"), str(out)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
    assert out.read_text() == "the old one\n"
    assert ran("export", str(tmp_path / "out.store"), str(out)).returncode == 0
    assert len([json.loads(line) for line in out.read_text().splitlines()]) == COUNT


def test_r47_odd_articles(server: Faults, tmp_path: Path) -> None:
    """Empty, one character, 5 MB, fifty scripts, right to left, emoji: each has an outcome, none a traceback."""
    texts = {
        "empty": "", "spaces": " \n ", "one": "x", "large": "They met again. " * 320_000, "rtl": "التقى الوزيران في عمّان. " * 20,
        "emoji": "🤝🇫🇷🇯🇵👍🏽" * 50, "scripts": "".join(map(chr, range(0x100, 0x3000))), "zalgo": "H\u0316\u0317\u0318e\u0316met" * 99,
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    found = ran(
        "batch",
        str(tmp_path),
        "-o",
        str(tmp_path / "out.store"),
        "--model",
        "openai/x",
        "--base-url",
        server.url("prose"),
    )
    assert found.returncode == 1 and "Traceback" not in found.stderr and "internal" not in found.stderr
    assert statuses(tmp_path) == {"failed": 6} and found.stderr.count("UNREADABLE") == 2


def test_r49_r50_r51_only_what_changed(server: Faults, tmp_path: Path) -> None:
    """An edited byte is one new call, another model all of them beside the old rows, and nothing changed no call at all."""
    arguments = doing(tmp_path, server.url())
    ran(*arguments)
    exported = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    ran("export", str(tmp_path / "out.store"), str(exported[0]))
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.copy(tmp_path / "out.store", moved / "out.store")
    shutil.copy(tmp_path / "in.jsonl", moved / "in.jsonl")
    assert ran(*doing(moved, server.url())).returncode == 0 and server.count == COUNT
    ran("export", str(moved / "out.store"), str(exported[1]))
    assert exported[0].read_bytes() == exported[1].read_bytes()
    source = tmp_path / "in.jsonl"
    source.write_text(source.read_text().replace("report 3.", "report 8."))
    assert ran(*arguments).returncode == 0 and server.count == COUNT + 1
    assert ran(*arguments, "--model", "openai/y").returncode == 0 and server.count == 2 * COUNT + 1
    assert statuses(tmp_path) == {"ok": 2 * COUNT + 1}


MEASURED = f"""{PEAK}
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_module("summarizer", run_name="__main__")
except SystemExit:
    print(peak(), file=sys.stderr)
"""


def test_r52_memory_does_not_grow_with_the_work(tmp_path: Path) -> None:
    """Eight times the articles, of 10 kB each: no more memory, within a tenth (the full table is in benchmarks/)."""
    peaks = []
    for count in (300, 2400):
        source = tmp_path / f"{count}.jsonl"
        rows = ({"text": article(i).text, "title": "on and on " * 1000} for i in range(count))
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
        command = [
            "summarizer",
            "batch",
            str(source),
            "-o",
            str(tmp_path / f"{count}.store"),
            "--model",
            "builtin",
            "-q",
        ]
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *command],
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"]},
            check=True,
        )
        assert f"{count} ok" in done.stderr
        peaks.append(int(done.stderr.split()[-1]))
    assert peaks[1] < 1.1 * peaks[0], peaks


def test_r53_256_at_once(server: Faults) -> None:
    """No call waits for a connection: all 256 are under way together, and all are answered."""
    server.latency = 1.0
    assert kinds(asked(server.url(), *(article(i) for i in range(512)), concurrency=256)) == ["ok"] * 512
    assert server.most >= 200 and server.count == 512


def test_r54_called_from_anywhere(server: Faults) -> None:
    """Twice, from a thread, and from code that runs in a loop, as a notebook's does: no loop is closed, none is missing."""
    session: Summarizer[Any] = Summarizer("openai/test", base_url=server.url())

    async def notebook() -> Any:
        return session.summarize(article(2))

    with session:
        found = [session.summarize(article(0)), session.summarize(article(1)), asyncio.run(notebook())]
        thread = threading.Thread(target=lambda: found.append(session.summarize(article(3))))
        thread.start()
        thread.join(20)
    assert [one.status for one in found] == ["ok"] * 4


async def test_r55_a_caller_that_gives_up(server: Faults) -> None:
    """Cancelling passes through at once and leaves no task behind; the session can be used again."""
    server.latency = 5.0
    before = asyncio.all_tasks()
    async with Summarizer("openai/test", base_url=server.url()) as session:
        task = asyncio.create_task(session.asummarize(article()))
        await asyncio.sleep(1.0)
        assert server.flying == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        server.latency = 0.0
        assert (await session.asummarize(article(1))).status == "ok"
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("seconds", [-86_400, 86_400])
def test_r56_a_clock_that_jumps(server: Faults, seconds: float) -> None:
    """The wall clock goes a day back or forward during a pause: the pause ends, and no duration is negative."""
    with time_machine.travel(time.time() + seconds, tick=True):
        [outcome] = asked(server.url("429ms20,500,ok"), timeout=20.0)
    assert kinds([outcome]) == ["ok"] and 0 <= outcome.provenance.seconds < 20


def test_r60_a_store_of_this_version_and_of_a_later_one(server: Faults, tmp_path: Path) -> None:
    """0.1.0 is the only release so far: its store opens and goes on; a later one's is refused with what to do."""
    arguments = doing(tmp_path, server.url())
    assert ran(*arguments).returncode == 0 and ran("status", str(tmp_path / "out.store"), "--verify").returncode == 0
    with closing(sqlite3.connect(tmp_path / "out.store")) as db:
        db.execute(f"PRAGMA user_version = {db.execute('PRAGMA user_version').fetchone()[0] + 1}")
    later = ran(*arguments)
    assert later.returncode == 2 and re.search(r"newer|later", later.stderr) and server.count == COUNT


def test_r63_a_missing_recording_fails_its_test(tmp_path: Path) -> None:
    """One interaction less in a cassette, and the test that plays it fails: it is not taken for a failed article."""
    for name in ("tests", "cassettes", "prompts", "schemas", "examples", "pyproject.toml"):
        place = ROOT / name
        (shutil.copytree if place.is_dir() else shutil.copy)(place, tmp_path / name)
    cassette = tmp_path / "cassettes" / "test_recorded" / "test_bad_quote_is_asked_again.yaml"
    text = cassette.read_text(encoding="utf-8")
    test = "tests/recorded/test_recorded.py::test_bad_quote_is_asked_again"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
    whole = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert whole.returncode == 0 and "1 passed" in whole.stdout, whole.stdout[-2000:]
    blocks = re.split(r"(?m)^(?=- request:)", text)
    assert len(blocks) == 3
    rest = blocks[2].partition("\nversion:")
    cassette.write_text("".join(blocks[:2]) + rest[1].lstrip() + rest[2], encoding="utf-8")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "1 failed" in done.stdout, done.stdout[-2000:]
