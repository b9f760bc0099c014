"""The store: one SQLite file that is the truth about a batch. Everything else is derived from it.

Each article is one row under a key made from what determines its answer. A row is written when its article is admitted and
again when it ends, so a run that dies goes on where it stopped: rows that were running are pending again. One process holds
a store at a time; another one is told who does.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from summarizer.errors import StoreError
from summarizer.records import Article, without_summary

APPLICATION_ID = 0x53554D31
VERSION = 1
MAX_CRASHES = 3
"""How often an article may be running when the process dies, before it is set aside as `poison`."""
COPY_OF = "nearly the same as "
"""What the record of a near copy says before the id of the article that it is a copy of."""

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


@dataclass(frozen=True, slots=True)
class Ended:
    """How an article ended: what is written to its row."""

    key: str
    status: str
    kind: str | None
    record: str
    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    problems: int = 0


Commit: TypeAlias = Callable[[], None]
"""Ends a transaction whose statements are done. It must be called, and may be from another thread; others wait for it."""


def settings_of(determining: dict[str, Any]) -> str:
    """A name for everything but the article that determines an answer."""
    return hashlib.sha256(json.dumps(determining, sort_keys=True, default=str).encode()).hexdigest()[:16]


def key_of(article: Article, determining: dict[str, Any]) -> str:
    """The key of an article's answer: its text, the metadata that the prompt and the dates use, and the run's settings."""
    meta = {"title": article.title, "published": article.published, "language": article.language}
    parts = {"text": article.id, **meta, **determining}
    return hashlib.sha256(
        json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False).encode("utf-8", "surrogatepass")
    ).hexdigest()


class Store:
    """An open store. Writing methods commit before they return; what they were told is then safe from a crash.

    Raises StoreError where the file is no store, is newer than this program, or is held by another process.
    """

    def __init__(self, path: Path, *, write: bool = True) -> None:
        self.path = path
        self._lock = _locked(path) if write else None
        self._turn = threading.Lock()
        try:
            self._db = _connected(path, write=write)
            if write:
                self._recover()
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

    # --- writing ------------------------------------------------------------------------------------------------------

    def admit(self, articles: Iterable[tuple[str, Article]], settings: str = "") -> list[tuple[str, Article]]:
        """Note articles and where they came from. Returns those that are new, which now count as running.

        `settings` names how they are to be answered; only a run with the same settings takes them up again.
        """
        new, commit = self.admitting(articles, settings)
        commit()
        return new

    def admitting(
        self, articles: Iterable[tuple[str, Article]], settings: str = ""
    ) -> tuple[list[tuple[str, Article]], Commit]:
        """`admit` up to its commit, which is left to the caller."""
        new = []
        with ExitStack() as transaction:
            db = transaction.enter_context(self._transaction())
            for key, article in articles:
                row = (key, article.id, json.dumps(article.to_dict(), ensure_ascii=False), settings)
                if db.execute(
                    "INSERT OR IGNORE INTO articles (key, text_id, meta, settings, status) VALUES (?, ?, ?, ?, 'running')",
                    row,
                ).rowcount:
                    text = article.text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
                    db.execute("INSERT OR IGNORE INTO texts VALUES (?, ?)", (article.id, text))
                    new.append((key, article))
                db.execute("INSERT OR IGNORE INTO sources VALUES (?, ?, ?)", (key, article.source, article.url))
                db.execute("DELETE FROM broken WHERE place = ?", (article.source,))
            return new, transaction.pop_all().close

    def start(self, keys: Iterable[str], status: str = "running") -> None:
        """Note that articles are in work: `running`; of suspects, whether they are `waiting` for an answer or `checking` it."""
        with self._transaction() as db:
            db.executemany("UPDATE articles SET status = ? WHERE key = ?", ((status, key) for key in keys))

    def end(self, ended: Iterable[Ended]) -> None:
        """Write how articles ended; all of them or none."""
        self.ending(ended)()

    def ending(self, ended: Iterable[Ended]) -> Commit:
        """`end` up to its commit, which is left to the caller."""
        now = _now()
        rows = [
            (e.status, e.kind, e.record, e.attempts, e.input_tokens, e.output_tokens, e.cost, now, e.key) for e in ended
        ]
        with ExitStack() as transaction:
            db = transaction.enter_context(self._transaction())
            db.executemany(
                "UPDATE articles SET status = ?1, kind = ?2, record = ?3, attempts = attempts + ?4, ended = ?8,"
                " input_tokens = input_tokens + ?5, output_tokens = output_tokens + ?6,"
                " cost = CASE WHEN ?7 IS NULL THEN cost ELSE coalesce(cost, 0) + ?7 END WHERE key = ?9",
                rows,
            )
            return transaction.pop_all().close

    def release(self) -> None:
        """Every article that was started and not finished is pending again, through no fault of its own."""
        with self._transaction() as db:
            db.execute("UPDATE articles SET status = 'pending' WHERE status IN ('running', 'waiting', 'checking')")

    def broken(self, place: str, message: str) -> None:
        """Note an entry of a source that is no article."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO broken (place, message, at) VALUES (?, ?, ?)", (place, message, _now()))

    def retry(self, kinds: Iterable[str] = (), settings: str = "") -> int:
        """Make articles of these settings pending again: all that failed, or those that failed or were skipped in some ways.

        Returns how many.
        """
        wanted = json.dumps(list(kinds))
        with self._transaction() as db:
            changed = db.execute(
                "UPDATE articles SET status = 'pending', crashes = 0 WHERE status IN ('failed', 'skipped') AND settings = ?2"
                " AND ((?1 = '[]' AND status = 'failed') OR kind IN (SELECT value FROM json_each(?1)))",
                (wanted, settings),
            )
            return changed.rowcount

    def reopen(self, keys: Iterable[str]) -> None:
        """Make these pending again, whatever they ended as."""
        with self._transaction() as db:
            db.executemany("UPDATE articles SET status = 'pending' WHERE key = ?", [(key,) for key in keys])

    def reopen_copies(self, settings: str) -> None:
        """Make near copies pending again whose original failed: they are not copies of anything that is there."""
        with self._transaction() as db:
            db.execute(
                "UPDATE articles SET status = 'pending' WHERE status = 'skipped' AND settings = ?1 AND kind = 'near_duplicate'"
                " AND json_valid(record) AND json_extract(record, '$.error.message') IN"
                " (SELECT ?2 || text_id FROM articles WHERE status = 'failed' AND settings = ?1)",
                (settings, COPY_OF),
            )

    def near(self, key: str, print_: int, distance: int = 3) -> str | None:
        """The key of an article of the same settings, done or in work, whose fingerprint differs in at most `distance` bits.

        Without one, this article's fingerprint is noted for those that come later.
        """
        bands = [(band, print_ >> (16 * band) & 0xFFFF) for band in range(4)]  # of 4 bands at least one is equal
        counts = (
            "SELECT 1 FROM articles WHERE key = ? AND status IN ('ok', 'running', 'waiting', 'checking')"
            " AND settings = (SELECT settings FROM articles WHERE key = ?)"
        )
        for band, bits in bands:
            for other, found in self._read("SELECT key, print FROM prints WHERE band = ? AND bits = ?", band, bits):
                close = (int(found) ^ print_).bit_count() <= distance
                if close and other != key and self._read(counts, other, key):
                    return str(other)
        with self._transaction() as db:
            db.executemany(
                "INSERT INTO prints VALUES (?, ?, ?, ?)", ((band, bits, str(print_), key) for band, bits in bands)
            )
        return None

    def remember_page(self, url: str, etag: str | None, modified: str | None) -> None:
        """Keep what a feed's next request is asked with."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO pages VALUES (?, ?, ?)", (url, etag, modified))

    def remember(self, name: str, value: Any) -> None:
        """Keep one setting of the run that fills this store."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))

    # --- reading ------------------------------------------------------------------------------------------------------

    def setting(self, name: str) -> Any:
        """A setting that was remembered, or None."""
        rows = self._read("SELECT value FROM settings WHERE name = ?", name)
        try:
            return json.loads(rows[0][0]) if rows else None
        except (ValueError, TypeError, RecursionError):
            raise StoreError(f"the store {str(self.path)!r} has damaged settings") from None

    def page(self, url: str) -> tuple[str | None, str | None]:
        """ETag and Last-Modified of the last answer of an address."""
        rows = self._read("SELECT etag, modified FROM pages WHERE url = ?", url)
        return rows[0] if rows else (None, None)

    def pending(self, settings: str = "", *, suspects: bool = False) -> Iterator[tuple[str, Article]]:
        """The articles of these settings that are still to be done, in the order in which they came; rows may change meanwhile.

        Suspects were running twice when a process died: they are watched, so that the next death names the culprit.
        """
        query = (
            "SELECT seq, key, meta, text FROM articles JOIN texts ON texts.id = text_id"
            " WHERE status = 'pending' AND settings = ? AND (crashes >= ?) = ? AND seq > ? ORDER BY seq LIMIT 50"
        )
        for key, meta, text in self._paged(query, settings, MAX_CRASHES - 1, suspects):
            yield key, _article(self._meta(key, meta), text)

    def records(self) -> Iterator[str]:
        """Every finished record as JSON text, in the order in which the articles came.

        A row that is to be done again keeps its old record until then, but that is no outcome any more.
        """
        # In the order of the rows: by the index of the status, all rows would be sorted anew for every page.
        query = (
            "SELECT seq, record FROM articles NOT INDEXED"
            " WHERE record IS NOT NULL AND status IN ('ok', 'failed', 'skipped') AND seq > ? ORDER BY seq LIMIT 50"
        )
        return (str(record) for (record,) in self._paged(query))

    def records_with_texts(self) -> Iterator[tuple[str, str]]:
        """`records`, each with the text that it was made from."""
        query = (
            "SELECT seq, record, text FROM articles NOT INDEXED JOIN texts ON texts.id = text_id"
            " WHERE record IS NOT NULL AND status IN ('ok', 'failed', 'skipped') AND seq > ? ORDER BY seq LIMIT 50"
        )
        return ((str(record), str(text)) for record, text in self._paged(query))

    def counts(self, settings: str | None = None) -> dict[str, int]:
        """How many articles have each status, of all or of these settings."""
        query = (
            "SELECT status, count(*) FROM articles WHERE ?1 IS NULL OR settings = ?1 GROUP BY status ORDER BY status"
        )
        return dict(self._read(query, settings))

    def kinds(self, settings: str | None = None, status: str = "failed") -> dict[str, int]:
        """How many articles failed, or were skipped, in each way, of all or of these settings."""
        query = (
            "SELECT kind, count(*) FROM articles WHERE status = ?2 AND (?1 IS NULL OR settings = ?1)"
            " GROUP BY kind ORDER BY 2 DESC, 1"
        )
        return dict(self._read(query, settings, status))

    def noted(self) -> int:
        """The number of the last entry that was noted as unreadable."""
        return int(self._read("SELECT coalesce(max(seq), 0) FROM broken")[0][0])

    def mended(self, place: str, until: int | None = None) -> None:
        """A source was read whole: what was unreadable of it before, or up to the number `until`, is no more."""
        with self._transaction() as db:
            db.execute(
                "DELETE FROM broken WHERE (?2 IS NULL OR seq <= ?2) AND (place = ?1 OR (substr(place, 1, length(?1)) = ?1"
                " AND substr(place, length(?1) + 1, 1) IN ('#', ':', '/')))",
                (place, until),
            )

    def breakages(self) -> list[tuple[str, str]]:
        """The entries of sources that were no articles: place and reason."""
        return self._read("SELECT place, message FROM broken ORDER BY seq")

    def totals(self) -> dict[str, Any]:
        """What all articles together took, and how many have a cost that is not known."""
        query = (
            "SELECT sum(attempts), sum(input_tokens), sum(output_tokens), sum(cost),"
            " sum(cost IS NULL AND status IN ('ok', 'failed') AND attempts > 0), min(ended), max(ended) FROM articles"
        )
        names = ("attempts", "input_tokens", "output_tokens", "cost", "unpriced", "first", "last")
        return dict(zip(names, self._read(query)[0], strict=True))

    def sources_of(self, key: str) -> list[str]:
        """Where an article came from; one text can come from several places."""
        return [row[0] for row in self._read("SELECT source FROM sources WHERE key = ? ORDER BY rowid", key)]

    def has(self, key: str) -> bool:
        """Whether an article is in the store, done or not."""
        return bool(self._read("SELECT 1 FROM articles WHERE key = ?", key))

    def article_id(self, key: str) -> str:
        """The id of the article under a key."""
        rows = self._read("SELECT text_id FROM articles WHERE key = ?", key)
        return str(rows[0][0]) if rows else key

    def check(self) -> str:
        """SQLite's own check of the whole file: `ok`, or what is wrong."""
        return str(self._read("PRAGMA integrity_check")[0][0])

    # --- inside -------------------------------------------------------------------------------------------------------

    def _read(self, query: str, *values: Any) -> list[Any]:
        try:
            with self._turn:  # one thread at a time: Python waits for SQLite's own lock without letting go of its own
                return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"the store {str(self.path)!r} cannot be read: {error}") from error

    def _paged(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a query without their first column, the `seq` that its last placeholder goes on from; rows may change."""
        last = 0
        while rows := self._read(query, *values, last):
            last = rows[-1][0]
            for row in rows:
                yield row[1:]

    def _meta(self, key: str, text: str) -> dict[str, Any]:
        try:
            meta: dict[str, Any] = json.loads(text)
            _article(meta, "")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise StoreError(f"the store {str(self.path)!r} holds under {key[:16]!r} what is no article") from error
        return meta

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
        except sqlite3.Error as error:
            raise StoreError(f"the store {str(self.path)!r} cannot be written: {error}; what it has is safe") from error

    def _recover(self) -> None:
        """What was running when the last process died is pending again; what was running too often is set aside."""
        with self._transaction() as db:
            most = MAX_CRASHES - 1
            db.execute(
                "UPDATE articles SET status = 'pending', crashes = min(crashes + 1, ?) WHERE status = 'running'",
                (most,),
            )
            db.execute("UPDATE articles SET status = 'pending', crashes = crashes + 1 WHERE status = 'checking'")
            db.execute("UPDATE articles SET status = 'pending' WHERE status = 'waiting'")
            rows = db.execute(
                "SELECT key, meta FROM articles WHERE status = 'pending' AND crashes >= ?", (MAX_CRASHES,)
            ).fetchall()
            for key, meta in rows:
                message = f"the process died {MAX_CRASHES} times while this article was running"
                text = without_summary(self._meta(key, meta), "failed", "poison", message)
                db.execute(
                    "UPDATE articles SET status = 'failed', kind = 'poison', record = ? WHERE key = ?", (text, key)
                )

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _article(meta: dict[str, Any], text: str) -> Article:
    published = date.fromisoformat(meta["published"]) if meta["published"] else None
    return Article(text, meta["source"], meta["url"], meta["title"], published, meta["language"])


def _connected(path: Path, *, write: bool) -> sqlite3.Connection:
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


def _locked(path: Path) -> int:
    """Hold the lock beside the store as long as this process lives; the system lets go of it when the process dies."""
    lock = path.with_name(path.name + ".lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreError(f"the store {str(path)!r} cannot be made: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(handle, 200).decode(errors="replace").strip() or "another process"
        os.close(handle)
        raise StoreError(f"the store {str(path)!r} is in use by {holder}") from None
    with suppress(OSError):  # on a full disk the lock holds all the same; only its holder has no name
        os.truncate(handle, 0)
        os.write(handle, f"pid {os.getpid()} on {socket.gethostname()} since {_now()}".encode())
    return handle


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
