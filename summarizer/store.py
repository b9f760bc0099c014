"""The store: one SQLite file that is the truth about a batch. Everything else is derived from it.

Each article is one row under a key made from what determines its answer. A row is written when its article is admitted and
again when it ends, so a run that dies goes on where it stopped: rows that were running are pending again. One process holds
a store at a time; another one is told who does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from summarizer import database
from summarizer.errors import StoreError
from summarizer.records import Article, without_summary

MAX_CRASHES = 3
"""How often an article may be running when the process dies, before it is set aside as `poison`."""
# A place within the source ?1: an entry of a document, by its number; of a file a line; of a folder a file, and none of its
# lines, which were read from a source of their own. What only begins with the same address is another one.
_OF_SOURCE = """(place = ?1 OR substr(place, 1, length(?1)) = ?1 AND (
    rtrim(substr(place, length(?1) + 1), '0123456789') = '#'
    OR ?1 NOT LIKE '%://%' AND (
        rtrim(substr(place, length(?1) + 1), '0123456789') = ':'
        OR substr(place, length(?1) + 1, 1) = '/' AND substr(rtrim(place, '0123456789'), -1) NOT IN ('#', ':'))))"""
COPY_OF = "nearly the same as "
"""What the record of a near copy says before the id of the article that it is a copy of."""


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


class Store(database.Database):
    """An open store. Writing methods commit before they return; what they were told is then safe from a crash.

    Raises StoreError where the file is no store, is newer than this program, or is held by another process.
    """

    def __init__(self, path: Path, *, write: bool = True) -> None:
        super().__init__(path, write=write)
        try:
            self._before = self.noted() if write else 0
            if write:
                self._recover()
        except BaseException:
            self.close()
            raise

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
        new, sources = [], []
        with ExitStack() as transaction:
            db = transaction.enter_context(self._transaction())
            for key, article in articles:
                row = (key, article.id, json.dumps(article.to_dict(), ensure_ascii=False), settings)
                sources.append((key, article.source, article.url))
                if db.execute(
                    "INSERT OR IGNORE INTO articles (key, text_id, meta, settings, status) VALUES (?, ?, ?, ?, 'running')",
                    row,
                ).rowcount:
                    new.append((key, article))
            # One call for all rows: Python's own part of a statement takes longer than SQLite's.
            db.executemany("INSERT OR IGNORE INTO texts VALUES (?, ?)", map(_text_of, new))
            db.executemany("INSERT OR IGNORE INTO sources VALUES (?, ?, ?)", sources)
            if db.execute("SELECT 1 FROM broken LIMIT 1").fetchone():
                db.executemany("DELETE FROM broken WHERE place = ?", [(source,) for _, source, _ in sources])
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
        now = database.now()
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

    def release(self, spent: Iterable[Ended] = ()) -> None:
        """Every article that was started and not finished is pending again, through no fault of its own.

        `spent` says what some of them took all the same.
        """
        rows = [(e.attempts, e.input_tokens, e.output_tokens, e.cost, e.key) for e in spent]
        with self._transaction() as db:
            db.executemany(
                "UPDATE articles SET attempts = attempts + ?1, input_tokens = input_tokens + ?2,"
                " output_tokens = output_tokens + ?3,"
                " cost = CASE WHEN ?4 IS NULL THEN cost ELSE coalesce(cost, 0) + ?4 END WHERE key = ?5",
                rows,
            )
            db.execute("UPDATE articles SET status = 'pending' WHERE status IN ('running', 'waiting', 'checking')")

    def broken(self, place: str, message: str) -> None:
        """Note an entry of a source that is no article."""
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO broken (place, message, at) VALUES (?, ?, ?)", (place, message, database.now())
            )

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
            db.execute(f"DELETE FROM broken WHERE (?2 IS NULL OR seq <= ?2) AND {_OF_SOURCE}", (place, until))  # noqa: S608

    def breakages(self, *, new: bool = False) -> list[tuple[str, str]]:
        """The entries of sources that were no articles, all or those noted since the store was opened: place and reason."""
        last = self._before if new else 0
        return self._read("SELECT place, message FROM broken WHERE seq > ? ORDER BY seq", last)

    def totals(self) -> dict[str, Any]:
        """What all articles together took, and how many have a cost that is not known."""
        query = (
            "SELECT sum(attempts), sum(input_tokens), sum(output_tokens), sum(cost),"
            " sum(cost IS NULL AND attempts > 0 AND (status IN ('ok', 'failed') OR input_tokens + output_tokens > 0)),"
            " min(ended), max(ended) FROM articles"
        )
        names = ("attempts", "input_tokens", "output_tokens", "cost", "unpriced", "first", "last")
        return dict(zip(names, self._read(query)[0], strict=True))

    def sources_of(self, key: str) -> list[str]:
        """Where an article came from; one text can come from several places."""
        return [row[0] for row in self._read("SELECT source FROM sources WHERE key = ? ORDER BY rowid", key)]

    def ended(self, key: str) -> bool:
        """Whether an article is in the store and has ended, in whichever way."""
        return bool(self._read("SELECT 1 FROM articles WHERE key = ? AND status IN ('ok', 'failed', 'skipped')", key))

    def article_id(self, key: str) -> str:
        """The id of the article under a key."""
        rows = self._read("SELECT text_id FROM articles WHERE key = ?", key)
        return str(rows[0][0]) if rows else key

    def check(self) -> str:
        """SQLite's own check of the whole file: `ok`, or what is wrong."""
        return str(self._read("PRAGMA integrity_check")[0][0])

    # --- inside -------------------------------------------------------------------------------------------------------

    def _meta(self, key: str, text: str) -> dict[str, Any]:
        try:
            meta: dict[str, Any] = json.loads(text)
            _article(meta, "")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise StoreError(f"the store {str(self.path)!r} holds under {key[:16]!r} what is no article") from error
        return meta

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


def _text_of(job: tuple[str, Article]) -> tuple[str, str]:
    """A new article's row of `texts`, with U+FFFD for what UTF-8 cannot write."""
    article = job[1]
    return article.id, article.text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _article(meta: dict[str, Any], text: str) -> Article:
    published = date.fromisoformat(meta["published"]) if meta["published"] else None
    return Article(text, meta["source"], meta["url"], meta["title"], published, meta["language"])
