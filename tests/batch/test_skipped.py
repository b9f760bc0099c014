"""What was skipped, and what failed with another model: told apart, and done when it is asked for."""

from __future__ import annotations

import json
from pathlib import Path

from summarizer.batch import Options
from summarizer.errors import CallError
from summarizer.failures import Shape, Signal, classify
from summarizer.records import Reply, Request, Usage
from summarizer.store import Store
from tests.batch.test_runs import answering, rows, run, write
from tests.reliability.stores import TWINS, Stub, batch, stream
from tests.support.endpoint import Answer, Endpoint

TOWER = "The tower is white and 34 metres high. It was built of stone in the town."


def test_a_skipped_article_is_done_when_it_is_asked_for(endpoint: Endpoint, tmp_path: Path) -> None:
    """By its kind, which the last words name; other retries, and the same command, leave it."""
    endpoint.behaviour = answering()
    source, out = write(tmp_path / "a.jsonl", 1), tmp_path / "o.store"
    source.write_text(source.read_text() + json.dumps({"text": TOWER}) + "\n")
    ran = run("batch", source, "-o", out, "--only-meetings", "--base-url", endpoint.url)
    assert ran.returncode == 0 and f"summarizer retry {out} --kind no_meeting" in ran.stderr, ran.stderr
    assert run("retry", out).returncode == 0 and run("retry", out, "--kind", "refused").returncode == 0
    assert rows(out) == [("ok", None, 1, 1), ("skipped", "no_meeting", 1, 1)]
    done = run("retry", out, "--kind", "no_meeting")
    assert done.returncode == 0 and "1 articles to do again" in done.stderr and "no_meeting" not in done.stderr
    assert rows(out) == [("ok", None, 2, 2)]


def test_a_kind_that_there_is_not(tmp_path: Path) -> None:
    """Refused, with the kinds that there are."""
    out = tmp_path / "o.store"
    assert run("batch", write(tmp_path / "a.jsonl", 1), "-o", out, model="builtin").returncode == 0
    ran = run("retry", out, "--kind", "sever")
    assert ran.returncode == 2 and "server" in ran.stderr and "Traceback" not in ran.stderr


async def test_a_copy_of_what_failed_afterwards(tmp_path: Path) -> None:
    """The next run that skips copies asks about it: there is no other one of it."""

    async def refused(request: Request) -> Reply:
        raise CallError(classify(Signal(shape=Shape.REFUSAL)), Usage(9, 1), "stub-1", "I would rather not.")

    near = Options(concurrency=1, near=True)
    with Store(tmp_path / "o.store") as store:
        await batch(store, Stub(), near).run(stream(TWINS))
        await batch(store, Stub(refused), near).run(stream([]))
        assert store.counts() == {"ok": 1, "skipped": 1}  # a copy of what is there stays one
        store.reopen([key for (key,) in store._read("SELECT key FROM articles WHERE status = 'ok'")])
        await batch(store, Stub(refused), near).run(stream([]))
        assert store.counts() == {"failed": 1, "skipped": 1}
        await batch(store, Stub(), near).run(stream([]))
        assert store.counts() == {"failed": 1, "ok": 1}


def test_failures_of_another_model(endpoint: Endpoint, tmp_path: Path) -> None:
    """They are said, but do not make every later run a failure, and what is advised finds what it is advised for."""
    source, out = write(tmp_path / "a.jsonl", 2), tmp_path / "o.store"
    endpoint.behaviour = answering(odd=lambda number: Answer(status=413) if number == 0 else None)
    assert run("batch", source, "-o", out, "--base-url", endpoint.url, model="local/A").returncode == 1
    endpoint.behaviour = answering()
    ran = run("batch", source, "-o", out, "--base-url", endpoint.url, model="local/B")
    assert ran.returncode == 0 and "FAILED" not in ran.stderr and "try them again" not in ran.stderr, ran.stderr
    assert "1 articles failed with another model, prompt or schema" in ran.stderr
    assert run("retry", out).returncode == 0 and rows(out)[0] == ("failed", "too_long", 1, 1)
    assert run("batch", source, "-o", out, "--base-url", endpoint.url, model="local/A").returncode == 1
    assert run("retry", out).returncode == 0 and rows(out) == [("ok", None, 4, 2 + 2)]
