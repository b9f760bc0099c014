"""Whatever is done to a store, against a model of it; whatever faults meet a batch, against a model of the contract.

Each property runs for FUZZ_SECONDS (3 unless told); without it the examples are the same each time.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from summarizer import Summarizer, feeds, verify
from summarizer.batch import Batch, Options
from summarizer.engines import envelope
from summarizer.errors import CallError
from summarizer.records import Article
from summarizer.store import MAX_CRASHES, Ended, Store
from tests.reliability.conftest import article
from tests.reliability.stores import stream
from tests.reliability.test_properties import FINAL, JSON, PASSING, SEQUENCE, predicted
from tests.support.faults import Faults, faults

SECONDS = float(os.environ.get("FUZZ_SECONDS", "3"))
NIGHT = "FUZZ_SECONDS" in os.environ
KEYS = st.lists(st.sampled_from("abcdefgh"), max_size=5)


def rounds(examples: int, **more: Any) -> settings:
    """So many examples, always the same; or, of a night, whatever the time allows."""
    return settings(
        max_examples=10**6 if NIGHT else examples, deadline=None, database=None, derandomize=not NIGHT, **more
    )


class Clock:
    """Ends a night's property: Hypothesis counts examples, not seconds."""

    def __init__(self) -> None:
        self.end = time.monotonic() + SECONDS

    def over(self) -> bool:
        return NIGHT and time.monotonic() > self.end


@dataclass
class Row:
    """What the model knows of an article."""

    settings: str
    status: str = "running"
    kind: str | None = None
    crashes: int = 0
    attempts: int = 0


class StoreMachine(RuleBasedStateMachine):
    """A store, whatever is done to it in whatever order, and its process dying at any moment."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "s.store"
        self.store = Store(self.path)
        self.rows: dict[str, Row] = {}
        self.broken: dict[str, str] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    @rule(keys=KEYS, name=st.sampled_from(["s", "t"]))
    def admit(self, keys: list[str], name: str) -> None:
        new = self.store.admit([(name + key, Article(f"{key}{name}", f"from {key}")) for key in keys], name)
        wanted = [name + key for key in dict.fromkeys(keys) if name + key not in self.rows]
        assert [key for key, _ in new] == wanted
        self.rows |= {key: Row(name) for key in wanted}

    @rule(keys=KEYS, status=st.sampled_from(["running", "waiting", "checking"]))
    def start(self, keys: list[str], status: str) -> None:
        self.store.start(["s" + key for key in keys], status)
        for row in (self.rows["s" + key] for key in keys if "s" + key in self.rows):
            row.status = status

    @rule(
        keys=KEYS,
        end=st.sampled_from([("ok", None), ("failed", "server"), ("failed", "refused"), ("skipped", "no_meeting")]),
    )
    def end(self, keys: list[str], end: tuple[str, str | None]) -> None:
        self.store.end([Ended("s" + key, *end, json.dumps([key, *end]), attempts=2) for key in keys])
        for row in (self.rows["s" + key] for key in keys if "s" + key in self.rows):
            row.status, row.kind, row.attempts = *end, row.attempts + 2

    @rule()
    def release(self) -> None:
        self.store.release()
        for row in self.rows.values():
            row.status = "pending" if row.status in ("running", "waiting", "checking") else row.status

    @rule(
        kinds=st.lists(st.sampled_from(["server", "refused", "poison", "no_meeting", "'"]), max_size=2, unique=True),
        name=st.sampled_from(["s", "t"]),
    )
    def retry(self, kinds: list[str], name: str) -> None:
        meant = [
            row
            for row in self.rows.values()
            if row.settings == name
            and (row.status == "failed" or (row.status == "skipped" and kinds))
            and (not kinds or row.kind in kinds)
        ]
        assert self.store.retry(kinds, name) == len(meant)
        for row in meant:
            row.status, row.crashes = "pending", 0

    @rule(keys=KEYS)
    def reopen(self, keys: list[str]) -> None:
        self.store.reopen(["s" + key for key in keys])
        for row in (self.rows["s" + key] for key in keys if "s" + key in self.rows):
            row.status = "pending"

    @rule()
    def die(self) -> None:
        """The process ends without a word; the next one recovers."""
        self.store.close()
        self.store = Store(self.path)
        for row in self.rows.values():
            if row.status == "running":
                row.crashes = min(row.crashes + 1, MAX_CRASHES - 1)
            elif row.status == "checking":
                row.crashes += 1
            if row.status in ("running", "waiting", "checking"):
                row.status = "pending"
            if row.status == "pending" and row.crashes >= MAX_CRASHES:
                row.status, row.kind = "failed", "poison"

    @rule(
        place=st.sampled_from(["f", "f#1", "f#2", "ff#1", "f%", "g#1"]),
        message=st.text(max_size=5).map(lambda t: t.encode("utf-8", "replace").decode()),
    )
    def note(self, place: str, message: str) -> None:
        self.store.broken(place, message)
        self.broken[place] = message

    @rule(place=st.sampled_from(["f", "ff", "f%", "g", ""]))
    def mended(self, place: str) -> None:
        self.store.mended(place)
        self.broken = {
            known: why for known, why in self.broken.items() if known != place and not known.startswith(f"{place}#")
        }

    @invariant()
    def the_same(self) -> None:
        """Rows, orders, counts and kinds are the model's."""
        if not hasattr(self, "store"):
            return
        counts: dict[str, int] = {}
        for row in self.rows.values():
            counts[row.status] = counts.get(row.status, 0) + 1
        assert self.store.counts() == counts
        for name in "st":
            ready = [key for key, row in self.rows.items() if row.settings == name and row.status == "pending"]
            suspects = [key for key in ready if self.rows[key].crashes >= MAX_CRASHES - 1]
            assert [key for key, _ in self.store.pending(name, suspects=True)] == suspects
            assert [key for key, _ in self.store.pending(name)] == [key for key in ready if key not in suspects]
        failed = [row.kind for row in self.rows.values() if row.status == "failed"]
        assert self.store.kinds() == {kind: failed.count(kind) for kind in failed}
        assert dict(self.store.breakages()) == self.broken
        assert (self.store.totals()["attempts"] or 0) == sum(row.attempts for row in self.rows.values())


def test_r57_a_store_whatever_is_done_to_it() -> None:
    """Any order of admitting, ending, retrying and dying leaves exactly the rows that a plain model has."""
    run_state_machine_as_test(StoreMachine, settings=rounds(40, stateful_step_count=30))


@pytest.fixture(scope="module")
def running() -> Iterator[Faults]:
    with faults() as server:
        yield server


@rounds(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SEQUENCE, min_size=1, max_size=4), st.integers(0, 40))
def test_r57_any_faults_and_a_stop_at_any_moment(running: Faults, sequences: list[list[str]], moment: int) -> None:
    """A batch that is stopped, and then goes on: each row is what its article's faults say, asked for no more than that.

    What a stop interrupts between two tries is begun anew, so each article is asked at most once more for that.
    """
    running.each.clear()
    articles = [article(9), *(article(i, ",".join([*names, names[-1]])) for i, names in enumerate(sequences))]

    unseen: list[str] = []

    async def run(store: Store, after: int | None) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context["message"]))
        async with Summarizer("openai/test", base_url=running.url()) as session:
            batch = Batch(session.flow, store, {}, Options(concurrency=3, grace=0.002 if after is not None else 15))
            task = asyncio.create_task(batch.run(stream(articles)))
            if after is not None:
                await asyncio.sleep(after / 1000)
                batch.stop()
            await task
            assert batch.stopped_by is None, batch.stopped_by

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.store"
        with Store(path) as store:
            asyncio.run(run(store, moment))
            before = dict(store._db.execute("SELECT key, record FROM articles WHERE record IS NOT NULL"))
            assert not store.counts().keys() & {"running", "waiting", "checking"}
            running.settled()
            asked = running.each.copy()
        with Store(path) as store:
            asyncio.run(run(store, None))
        running.settled()
        with closing(sqlite3.connect(path)) as db:
            rows = db.execute(
                "SELECT meta, status, kind, attempts, key, record FROM articles JOIN texts ON texts.id = text_id ORDER BY seq"
            ).fetchall()
    found = {json.loads(row[0])["id"]: row[1:] for row in rows}
    assert not unseen, unseen
    assert len(rows) == len(found) == len({one.id for one in articles})
    assert all(before.get(key, record) == record for *_, key, record in rows)
    for i, names in enumerate(sequences):
        status, kind, attempts, key, _ = found[articles[i + 1].id]
        assert status == ("ok" if kind is None else "failed")
        requests = running.each[str(i)]
        if key in before or not asked[str(i)]:
            assert ((kind or "ok"), requests) == predicted(names), names
        else:
            assert kind is None or kind in {*FINAL.values(), *(kind for kind, _ in PASSING.values()), "invalid_reply"}
        # A call that the stop cut off may not have reached the server, and counts.
        assert requests <= attempts <= requests + (key not in before), names


def test_r58_any_answer_to_its_end() -> None:
    """From the bytes of an answer to a checked summary: a value, problems or an error of ours, within its time."""
    from summarizer import MeetingSummary

    text = "Ann Lee met Bo Li on May 5. Li asked Lee to wait for report 3."
    clock = Clock()
    words = st.text(max_size=30) | st.sampled_from(
        [text, text[:30], "```json\n{}\n```", '{"asks": [{"what": ', "{" * 500, "NaN", "1" * 5000, "\ud800"]
    )
    contents = (
        words
        | JSON.map(json.dumps)
        | st.dictionaries(st.sampled_from([*MeetingSummary.model_fields]), JSON, max_size=9).map(json.dumps)
    )

    @rounds(150)
    @given(contents, st.sampled_from(["stop", "length", "content_filter", None]), st.none() | words)
    def fuzz(content: str, finish: str | None, refusal: str | None) -> None:
        if clock.over():
            return
        message = {"content": content, "refusal": refusal}
        body = json.dumps({"choices": [{"message": message, "finish_reason": finish}]}).encode()
        began = time.monotonic()
        try:
            reply = envelope.read(body)
            checked = verify.check(verify.parse(reply.text), MeetingSummary, verify.Ground(Article(text)))
        except (CallError, ValueError):
            return
        assert time.monotonic() - began < 5
        assert checked.value is not None or checked.faults

    fuzz()


def test_r58_any_date_of_a_feed() -> None:
    """A day, none, or ValueError, for whatever stands where a date should."""
    clock = Clock()
    moments = st.datetimes(timezones=st.none() | st.timezones()).map(lambda moment: moment.isoformat())
    parts = st.lists(
        st.sampled_from(
            ["Thu, ", "19 ", "Mar ", "2026 ", "0001-01-01", "9999-12-31", "T", "24:00:00", "+14:00", "-99:99", "Z", "٣"]
        ),
        max_size=6,
    )

    @rounds(400)
    @given(JSON | moments | parts.map("".join))
    def fuzz(value: Any) -> None:
        if clock.over():
            return
        try:
            found = feeds.day(value)
        except ValueError:
            return
        assert found is None or isinstance(found, date)

    fuzz()
