"""A batch as operators run it: a process with a store, and an endpoint that answers for each article."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.support.endpoint import Answer, Seen, completion
from tests.test_verify import ask, reply

Ran = subprocess.CompletedProcess[str]


def text(i: int) -> str:
    return f"Ann Lee met Bo Li on May 5. Li asked Lee to wait for report {i}."


def write(path: Path, count: int) -> Path:
    path.write_text(
        "".join(json.dumps({"text": text(i), "title": f"t{i}", "published": "2026-05-07"}) + "\n" for i in range(count))
    )
    return path


def answering(delay: float = 0.0, odd: Callable[[int], Answer | None] = lambda _: None) -> Callable[[Seen], Answer]:
    def behaviour(seen: Seen) -> Answer:
        found = re.search(r"report (\d+)\.", seen.user)
        number = int(found[1]) if found else -1
        good = Answer(completion(reply(asks=[ask(f"Li asked Lee to wait for report {number}")])), delay=delay)
        return odd(number) or good

    return behaviour


def command(*args: object, model: str | None = "openai/x") -> list[str]:
    chosen = ["--model", model] if args[0] == "batch" and model else []
    return [sys.executable, "-m", "summarizer", *map(str, args), *chosen]


def run(*args: object, cwd: Path | None = None, env: dict[str, str] | None = None, **options: Any) -> Ran:
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "COLUMNS": "80", **(env or {})}
    return subprocess.run(
        command(*args, **options), capture_output=True, text=True, env=env, cwd=cwd, timeout=120, check=False
    )


def started(*args: object) -> subprocess.Popen[str]:
    """A run that goes on while the test does something to it."""
    return subprocess.Popen(
        command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]}
    )


def rows(store: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(store)) as db:
        return db.execute(
            "SELECT status, kind, count(*), count(DISTINCT key) FROM articles GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
