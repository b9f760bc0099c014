"""The work of the store grows with the articles and no faster. It is counted in steps of SQLite's machine, not in seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from summarizer.records import Article
from summarizer.store import MAX_CRASHES, Ended, Store

FEW, MANY = 200, 1600
CHUNK = 64


def article(number: int) -> tuple[str, Article]:
    text = f"Ann Lee met Bo Li. Report {number}."
    return hashlib.sha256(text.encode()).hexdigest(), Article(text, f"a.jsonl:{number}")


def chunks(count: int) -> Iterator[list[tuple[str, Article]]]:
    for first in range(0, count, CHUNK):
        yield [article(number) for number in range(first, min(count, first + CHUNK))]


def admit(store: Store, count: int) -> None:
    for chunk in chunks(count):
        store.admit(chunk, "s")


def end(store: Store, count: int, status: str = "ok") -> None:
    for chunk in chunks(count):
        store.end([Ended(key, status, "server" if status == "failed" else None, "{}") for key, _ in chunk])


def suspect(store: Store, count: int) -> None:
    """One article in fifty was running at two deaths."""
    with store._transaction() as db:
        db.execute("UPDATE articles SET crashes = ? WHERE seq % 50 = 0", (MAX_CRASHES - 1,))


def near(store: Store, count: int) -> None:
    for number in range(count):
        assert store.near(article(number)[0], int(article(number)[0][:16], 16)) is None


def read(store: Store, _: int) -> None:
    assert len(list(store.records())) == len(list(store.records_with_texts())) > 0


def take_up(store: Store, _: int) -> None:
    for suspects in (False, True):
        for key, _article in store.pending("s", suspects=suspects):
            store.start([key])


def look(store: Store, _: int) -> None:
    assert store.counts() and store.kinds() is not None and store.totals()


Step = Callable[[Store, int], object]


@pytest.mark.parametrize(
    ("before", "measured"),
    [
        ([], admit),
        ([admit], admit),
        ([admit], end),
        ([admit, end], read),
        ([admit], near),
        ([admit, lambda store, _: store.release(), suspect], take_up),
        ([admit], lambda store, _: store.release()),
        ([admit, lambda store, count: end(store, count, "failed")], lambda store, _: store.retry(settings="s")),
        ([admit, end], look),
    ],
    ids=["admit", "admit what is known", "end", "read", "near", "take up", "release", "retry", "look"],
)
def test_eight_times_the_articles_are_eight_times_the_work(tmp_path: Path, before: list[Step], measured: Step) -> None:
    """A list that is sorted anew for every page is not."""
    few, many = (_steps(tmp_path / str(count), count, before, measured) for count in (FEW, MANY))
    assert many < 1.3 * few * MANY / FEW


def _steps(path: Path, count: int, before: list[Step], measured: Step) -> int:
    with Store(path) as store:
        for step in before:
            step(store, count)
        with _counted(store) as steps:
            measured(store, count)
    return len(steps)


@contextmanager
def _counted(store: Store) -> Iterator[list[None]]:
    steps: list[None] = []
    store._db.set_progress_handler(lambda: steps.append(None), 1)
    yield steps
    store._db.set_progress_handler(None, 1)
