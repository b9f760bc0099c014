"""The file of a store: how it is made, opened, checked, read and written, and held by one process at a time."""

from __future__ import annotations

import fcntl
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from summarizer.errors import StoreError
from summarizer.paths import is_folder, is_there

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
# SQLite quotes a damaged schema in its message, and Python reads the message as UTF-8.
_ERRORS = (sqlite3.Error, UnicodeDecodeError)
_NOTHING_WRITTEN = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


class Database:
    """An open file of a store: what reads and writes it, one thread at a time. To write, its lock is held until `close`.

    Raises StoreError where the file is no store, is newer than this program, or is held by another process.
    """

    def __init__(self, path: Path, *, write: bool) -> None:
        self.path = path
        self._lock = locked(path) if write else None
        self._turn = threading.Lock()
        try:
            self._db = connected(path, write=write)
        except BaseException:
            self._unlock()
            raise

    def close(self) -> None:
        """Close the file and let go of the lock."""
        self._db.close()
        self._unlock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, query: str, *values: Any) -> list[Any]:
        try:
            with self._turn:  # one thread at a time: Python waits for SQLite's own lock without letting go of its own
                return self._db.execute(query, values).fetchall()
        except _ERRORS as error:
            raise StoreError(f"the store {str(self.path)!r} cannot be read: {_why(error)}") from error

    def _paged(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a query without their first column, the `seq` that its last placeholder goes on from; rows may change."""
        last = 0
        while rows := self._read(query, *values, last):
            last = rows[-1][0]
            for row in rows:
                yield row[1:]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._turn:
                # A transaction that begins by reading could not wait for another writer; this one takes its turn at once.
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                    self._db.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):  # a full disk may have ended the transaction already
                        self._db.execute("ROLLBACK")
                    raise
        except _ERRORS as error:
            why = f"{_why(error)}; what it has is safe"
            raise StoreError(f"the store {str(self.path)!r} cannot be written: {why}") from error

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def connected(path: Path, *, write: bool) -> sqlite3.Connection:
    """An open store; to write, one is made of a file that is empty or not there.

    Raises StoreError where the file is no store, is newer than this program, or cannot be opened.
    """
    if path.is_symlink():
        raise StoreError(f"the store {str(path)!r} is a link, which is not followed; name the file itself")
    empty = not is_there(path) or path.stat().st_size == 0
    if is_folder(path):
        raise StoreError(f"{str(path)!r} is a folder, no store")
    if empty and not write:
        raise StoreError(f"no store {str(path)!r}")
    if empty:
        _create_file(path)
    return _opened(path, write=True) if write else _opened_to_read(path)


def _opened_to_read(path: Path) -> sqlite3.Connection:
    """Where nothing may be written, SQLite reads a file in WAL mode only if it is told that nobody changes it.

    So it is where there is no log beside it: whoever writes a store has one.
    """
    try:
        return _opened(path)
    except StoreError as error:
        if getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF not in _NOTHING_WRITTEN:
            raise
        if path.with_name(path.name + "-wal").exists():
            raise StoreError(
                f"the store {str(path)!r} cannot be read where nothing may be written: its -wal file says that a run was cut off"
                " or is under way; copy both to a folder of yours"
            ) from error
    return _opened(path, unchanged=True)


def _address(path: Path, *, unchanged: bool) -> str:
    """A file's name as an address: SQLite takes some names, such as :memory:, for something else than a file."""
    name = os.fsencode(path if path.is_absolute() else f"./{path}")
    return f"file:{quote(name)}{'?immutable=1' if unchanged else ''}"


def _opened(path: Path, *, write: bool = False, unchanged: bool = False) -> sqlite3.Connection:
    db = sqlite3.connect(
        _address(path, unchanged=unchanged), isolation_level=None, timeout=10, check_same_thread=False, uri=True
    )
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
    except _ERRORS as error:
        db.close()
        raise StoreError(f"{str(path)!r} is no store: {_why(error)}") from error
    except BaseException:
        db.close()
        raise
    return db


def _why(error: sqlite3.Error | UnicodeDecodeError) -> str:
    return str(error) if isinstance(error, sqlite3.Error) else "the names of its tables are damaged"


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
        raise StoreError(f"the lock of the store {str(path)!r} cannot be made: {error.strerror}") from error
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
