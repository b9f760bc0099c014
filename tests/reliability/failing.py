"""Runs the command line many times from one process, and lets each run fail at one place: `python -m tests.reliability.failing`.

A line of JSON in is one run, a line out how it ended. Everything is imported once and each run is a fork, so that a run takes
a tenth of a second and every single place can be tried. `how` says what happens at the `nth` place:

`kill`: SIGKILL before the nth statement that writes, those that make the file included. `commit`: SIGKILL before the nth
COMMIT. `full`: from the nth COMMIT on the disk is full. `size`: no file may grow beyond `nth` bytes, as the kernel enforces
it: writes end in the middle. `export`: SIGKILL when the nth record is exported.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
READING = re.compile(r"SELECT|PRAGMA (?!application_id = |user_version = |journal_mode)|--", re.IGNORECASE)
real = sqlite3.connect


@dataclass
class Ended:
    """How a run ended: its exit status (negative for a signal), and what it wrote to standard error."""

    status: int
    said: str


class Runs:
    """The driver, seen from a test."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self._errors = process, folder / "stderr"

    def run(self, *arguments: object, how: str = "none", nth: int = 0) -> Ended:
        """Run the command line once, with a failure at one place."""
        assert self._process.stdin is not None and self._process.stdout is not None
        asked = {"how": how, "nth": nth, "arguments": [str(a) for a in arguments], "errors": str(self._errors)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the driver has ended"
        return Ended(int(line), self._errors.read_text())


@contextmanager
def driver(folder: Path) -> Iterator[Runs]:
    """The driver, for the length of a block."""
    command = [sys.executable, "-m", "tests.reliability.failing"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    env = {"PATH": os.environ["PATH"]}
    with subprocess.Popen(command, cwd=ROOT, env=env, **pipes) as process:
        yield Runs(process, folder)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0


def _dead(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _counting(nth: int, counts: Callable[[str], bool], then: Callable[[], object]) -> Callable[[str], None]:
    seen = 0

    def statement(text: str) -> None:
        nonlocal seen
        seen += counts(text)
        if counts(text) and seen >= nth:
            then()

    return statement


class _Full(sqlite3.Connection):
    left = 0

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        _Full.left -= sql == "COMMIT"
        if sql == "COMMIT" and _Full.left <= 0:
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(sql, parameters)


def _watched(nth: int, counts: Callable[[str], bool]) -> Callable[..., sqlite3.Connection]:
    noted = _counting(nth, counts, _dead)

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        db: sqlite3.Connection = real(*args, **options)
        db.set_trace_callback(noted)
        return db

    return connect


def _exporting(nth: int) -> None:
    from summarizer import export

    whole = export._jsonl

    def jsonl(records: Iterable[str], file: IO[bytes]) -> int:
        def few() -> Iterator[str]:
            for number, record in enumerate(records, 1):
                if number == nth:
                    file.flush()  # a part of the file is really there
                    _dead()
                yield record

        return whole(few(), file)

    export._jsonl = jsonl


def _prepare(how: str, nth: int) -> None:
    connect: Any = sqlite3.connect
    if how == "kill":
        connect = _watched(nth, lambda text: not READING.match(text.lstrip()))
    elif how == "commit":
        connect = _watched(nth, lambda text: text.startswith("COMMIT"))
    elif how == "full":
        _Full.left = nth
        connect = functools.partial(real, factory=_Full)
    elif how == "size":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (nth, nth))
    elif how == "export":
        _exporting(nth)
    sqlite3.connect = connect


def _forked(asked: dict[str, Any]) -> int:
    """Run the command line in a child; its exit status. What it says goes through a pipe: a limit on files is not one on it."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        from summarizer.cli import main

        null = os.open(os.devnull, os.O_RDWR)
        for number, place in ((0, null), (1, null), (2, writer)):
            os.dup2(place, number)
        os.close(reader)
        _prepare(asked["how"], asked["nth"])
        sys.argv = ["summarizer", *asked["arguments"]]
        status = 70
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        except BaseException:  # noqa: BLE001 - what Python would do with it, before a child of a child goes on
            import traceback

            traceback.print_exc()
        finally:
            with suppress(Exception):
                sys.stderr.flush()
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as said:
        Path(asked["errors"]).write_bytes(said.read())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _warm() -> None:
    """Import what the runs import, once."""
    import instructor  # noqa: F401
    import openai  # noqa: F401
    import trafilatura.deduplication  # noqa: F401

    import summarizer.cli.batch
    import summarizer.engines.llm
    import summarizer.fetch  # noqa: F401
    from summarizer import Summarizer

    asyncio.run(Summarizer("builtin").outcome("Ann Lee met Bo Li on May 5. Li asked Lee to wait for the report."))


if __name__ == "__main__":
    _warm()
    for line in sys.stdin:
        sys.stdout.write(f"{_forked(json.loads(line))}\n")
        sys.stdout.flush()
