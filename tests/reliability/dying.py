"""Runs the command line, and does something to it at its k-th write to the store: `python -m tests.reliability.dying K HOW ARGS…`.

HOW is `before` or `after` (SIGKILL before or after the commit) or `full` (the disk is full from then on). It says how many
writes there were.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from summarizer.cli import main
from summarizer.database import Database
from summarizer.store import Store

real = Database._transaction
writes = 0


@contextmanager
def dying(self: Database) -> Iterator[sqlite3.Connection]:
    global writes
    writes += 1
    reached = writes >= NTH
    with real(self) as db:
        if reached and HOW == "full":
            db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
            raise sqlite3.OperationalError("database or disk is full")
        yield db
        if reached and HOW == "before":
            os.kill(os.getpid(), signal.SIGKILL)
    if reached and HOW == "after":
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    NTH, HOW = int(sys.argv[1]), sys.argv[2]
    sys.argv = ["summarizer", *sys.argv[3:]]
    Store._transaction = dying  # type: ignore[method-assign]
    try:
        main()
    finally:
        sys.stderr.write(f"writes={writes}\n")
