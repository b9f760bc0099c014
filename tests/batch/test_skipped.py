"""What was skipped, and what failed with another model: told apart, and done when it is asked for."""

from __future__ import annotations

import json
from pathlib import Path

from summarizer.batch import Options
from summarizer.errors import CallError
from summarizer.failures import Shape, Signal, classify
from summarizer.records import Reply, Request, Usage
from summarizer.store import Store
from tests.batch.runs import answering, rows, run, text, write
from tests.reliability.stores import TWINS, Stub, batch, stream
from tests.support.endpoint import Answer, Endpoint
from tests.support.site import Page, Site

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


def test_what_was_unreadable_and_is_so_no_more(tmp_path: Path) -> None:
    """A source that is read to its end shows what is unreadable of it now; the rest of what is known stays."""
    out, source, other = tmp_path / "o.store", tmp_path / "a.jsonl", tmp_path / "other.jsonl"
    row = json.dumps({"text": text(1), "url": "https://example.invalid/1"})
    source.write_text(f"{row}\nno\nneither\n")
    other.write_text("no\n")
    assert run("batch", source, other, "-o", out, model="builtin").returncode == 1
    source.write_text(f"{row}\n{json.dumps({'text': text(2), 'url': 'https://example.invalid/2'})}\nneither\n")
    assert run("batch", source, "-o", out, "--limit", "1", model="builtin").returncode == 0
    assert unreadable(out) == {f"{source}:2", f"{source}:3", f"{other}:1"}  # nothing was read to its end
    ran = run("batch", source, "-o", out, model="builtin")
    assert ran.returncode == 1 and f"{source}:2" not in ran.stderr
    assert unreadable(out) == {f"{source}:3", f"{other}:1"}


def test_a_file_and_a_page_that_were_unreadable(site: Site, tmp_path: Path) -> None:
    """They are told by their own name, whatever named them: a folder, or a list."""
    out, folder, addresses = tmp_path / "o.store", tmp_path / "folder", tmp_path / "list.txt"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"\xff\x00")
    addresses.write_text(f"{site.url}/1\n")
    site.pages["/1"] = Page(status=500)
    options = (folder, addresses, "-o", out, "--allow-private", "--delay", "0")
    assert run("batch", *options, model="builtin").returncode == 1
    assert unreadable(out) == {str(folder / "a.txt"), f"{site.url}/1"}
    (folder / "a.txt").write_text(text(1))
    site.pages["/1"] = Page(text(2), headers={"content-type": "text/plain"})
    assert run("batch", *options, model="builtin").returncode == 0 and unreadable(out) == set()


def unreadable(store: Path) -> set[str]:
    lines = run("status", store).stdout.splitlines()
    return {line.removeprefix("unreadable ").split(": ")[0] for line in lines if line.startswith("unreadable ")}


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
