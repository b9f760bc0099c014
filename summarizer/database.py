"""The file of a store: how it is made, opened, checked, and held by one process at a time."""

from __future__ import annotations

import fcntl
import os
import socket
import sqlite3
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from summarizer.errors import StoreError

APPLICATION_ID = 0x53554D31
VERSION = 1

# Texts have row numbers, so that they are written one behind the other and only their ids in order; the other way round, each
# lands in a page of its own, which is read first.
_TABLES = """
CREATE TABLE texts (id TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL);
CREATE TABLE articles (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, text_id TEXT NOT NULL, meta TEXT NOT NULL,
    settings TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending', kind TEXT, record TEXT, crashes INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, input_tokens INTEGER NOT NULL DEFAULT 0, output_tokens INTEGER NOT NULL DEFAULT 0,
    cost REAL, ended TEXT
);
CREATE INDEX articles_status ON articles (status, settings, seq);
CREATE TABLE sources (key TEXT NOT NULL, source TEXT NOT NULL, url TEXT, PRIMARY KEY (key, source));
CREATE TABLE broken (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, place TEXT NOT NULL UNIQUE, message TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE prints (band INTEGER NOT NULL, bits INTEGER NOT NULL, print TEXT NOT NULL, key TEXT NOT NULL);
CREATE INDEX prints_band ON prints (band, bits);
CREATE TABLE pages (url TEXT PRIMARY KEY, etag TEXT, modified TEXT) WITHOUT ROWID;
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
# From version n to n + 1; a released store is never refused for being old.
_MIGRATIONS: dict[int, str] = {}


def connected(path: Path, *, write: bool) -> sqlite3.Connection:
    """An open store; to write, one is made of a file that is empty or not there.

    Raises StoreError where the file is no store, is newer than this program, or cannot be opened.
    """
    if path.is_symlink():
        raise StoreError(f"the store {str(path)!r} is a link, which is not followed; name the file itself")
    empty = not path.exists() or path.stat().st_size == 0
    if path.is_dir():
        raise StoreError(f"{str(path)!r} is a folder, no store")
    if empty and not write:
        raise StoreError(f"no store {str(path)!r}")
    if empty:
        _create_file(path)
    db = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        if write:
            db.execute("PRAGMA synchronous = FULL")
            _create_tables(db)
        _check_version(db, path)
        if write:
            db.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:  # the disk is full, or the folder is nobody's to write
        db.close()
        raise StoreError(f"the store {str(path)!r} cannot be opened: {error}") from error
    except sqlite3.DatabaseError as error:
        db.close()
        raise StoreError(f"{str(path)!r} is no store: {error}") from error
    except BaseException:
        db.close()
        raise
    return db


def _create_tables(db: sqlite3.Connection) -> None:
    """Fill an empty file, in one transaction: a death on the way leaves it empty, or whole. Only the file itself can say."""
    marks = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if marks[0] in (0, APPLICATION_ID) and marks[1] == 0 and tables == 0:
        script = f"PRAGMA application_id = {APPLICATION_ID};{_TABLES}PRAGMA user_version = {VERSION};"
        db.executescript(f"BEGIN IMMEDIATE;{script}COMMIT;")


def _check_version(db: sqlite3.Connection, path: Path) -> None:
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreError(f"{str(path)!r} is a database of something else; name another file")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise StoreError(f"{str(path)!r} was written by a newer summarizer (store version {version}); update this one")
    if version < 1:
        raise StoreError(f"{str(path)!r} is no store: it has no version")
    for step in range(version, VERSION):
        db.executescript(f"BEGIN;{_MIGRATIONS[step]};PRAGMA user_version = {step + 1};COMMIT;")


def _create_file(path: Path) -> None:
    """Made here, so that only its owner may read it whatever the umask; a link in its place is refused."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        raise StoreError(f"the store {str(path)!r} cannot be made: {error.strerror}") from error


def locked(path: Path) -> int:
    """Hold the lock beside the store as long as this process lives; the system lets go of it when the process dies.

    Returns its file descriptor. Raises StoreError where another process has it: the message says which.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreError(f"the store {str(path)!r} cannot be made: {error.strerror}") from error
    try:
        _taken(handle)
    except OSError:
        holder = os.read(handle, 200).decode(errors="replace").strip() or "another process"
        os.close(handle)
        raise StoreError(f"the store {str(path)!r} is in use by {holder}") from None
    with suppress(OSError):  # on a full disk the lock holds all the same; only its holder has no name
        os.truncate(handle, 0)
        os.write(handle, f"pid {os.getpid()} on {socket.gethostname()} since {now()}".encode())
    return handle


def _taken(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(0.05)  # whoever asks `is_held` has it for a moment
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(path: Path) -> bool:
    """Whether a process holds the lock of a store, or nobody can tell."""
    try:
        handle = os.open(path.with_name(path.name + ".lock"), os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def now() -> str:
    """The time as a store writes it: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
