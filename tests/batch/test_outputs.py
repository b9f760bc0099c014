"""Where a batch writes, and what it cannot read: nothing is written over, and nothing is left out in silence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from summarizer import Article, files
from summarizer.store import Store
from tests.batch.runs import answering, command, run, write
from tests.support.endpoint import Answer, Endpoint, Seen


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    """Refused before anything is done."""
    source = write(tmp_path / "in.jsonl", 1)
    before = source.read_bytes()
    ran = run("batch", source, "-o", source, model="builtin")
    assert ran.returncode == 2 and "would be written over" in ran.stderr and source.read_bytes() == before
    for out, store in (("x.jsonl", "x.jsonl"), ("x.store", "y.store")):
        ran = run("batch", source, "-o", tmp_path / out, "--store", tmp_path / store, model="builtin")
        assert ran.returncode == 2 and not (tmp_path / out).exists() and not (tmp_path / store).exists()
    assert run("batch", source, "-o", tmp_path / "x.store", model="builtin").returncode in (0, 1)
    kept = (tmp_path / "x.store").read_bytes()
    ran = run("report", tmp_path / "x.store", "-o", tmp_path / "x.store")
    assert ran.returncode == 2 and "written over" in ran.stderr and (tmp_path / "x.store").read_bytes() == kept


@pytest.mark.parametrize("out", ["missing/o.jsonl", "file/o.csv", "folder.jsonl"])
def test_an_export_that_cannot_be_written_is_found_first(endpoint: Endpoint, tmp_path: Path, out: str) -> None:
    """Before anything is asked, and so paid."""
    (tmp_path / "file").touch()
    (tmp_path / "folder.jsonl").mkdir()
    options = ("-o", tmp_path / out, "--store", tmp_path / "o.store", "--base-url", endpoint.url)
    ran = run("batch", write(tmp_path / "in.jsonl", 1), *options)
    assert ran.returncode == 2 and "cannot be written" in ran.stderr and endpoint.seen == [], ran.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.jsonl", "in.jsonl"]


def test_an_export_that_fails_at_the_end(endpoint: Endpoint, tmp_path: Path) -> None:
    """The summary is there all the same, with the command that gets the records out of the store."""
    out, folder = tmp_path / "o.store", tmp_path / "folder"

    def removed(seen: Seen) -> Answer:
        folder.rmdir()
        return answering()(seen)

    endpoint.behaviour = removed
    folder.mkdir()
    options = ("-o", folder / "o.jsonl", "--store", out, "--base-url", endpoint.url)
    ran = run("batch", write(tmp_path / "in.jsonl", 1), *options)
    assert ran.returncode == 2 and "1 ok, 0 failed" in ran.stderr and "cannot be written" in ran.stderr, ran.stderr
    assert f"results: {out}; summarizer export {out} FILE" in ran.stderr and "Traceback" not in ran.stderr


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "a.store").mkdir()
    ran = run("status", tmp_path / "a.store")
    assert ran.returncode == 2 and "is a folder" in ran.stderr and "Traceback" not in ran.stderr


def test_what_a_folder_cannot_show_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link to nothing, and a folder that may not be looked into; whoever runs the tests may look into any."""
    (tmp_path / "b.txt").write_text("Ann Lee met Bo Li.")
    (tmp_path / "a.txt").symlink_to(tmp_path / "gone")
    (tmp_path / "shut").mkdir()
    scan = os.scandir

    def scanned(place: str | Path) -> object:
        if Path(place).name == "shut":
            raise PermissionError(13, "Permission denied", str(place))
        return scan(place)

    monkeypatch.setattr(os, "scandir", scanned)
    found, shut = files.inside(tmp_path, {".txt"})
    assert found == [tmp_path / "b.txt"]
    assert shut == [
        (str(tmp_path / "a.txt"), "is a link to what is not there"),
        (str(tmp_path / "shut"), "cannot be read: Permission denied"),
    ]
    ran = run("batch", tmp_path, "-o", tmp_path / "x.store", model="builtin")
    assert ran.returncode == 1 and "a.txt: is a link to what is not there" in ran.stderr


def test_linked_folders_are_read_once(tmp_path: Path) -> None:
    """By their own names where they have one in the folder; circles end, and folders in linked ones are read too."""
    folder, other = tmp_path / "folder", tmp_path / "other"
    for place in (folder / "b", other / "deep"):
        place.mkdir(parents=True)
    for path in (folder / "b" / "one.txt", other / "two.txt", other / "deep" / "three.txt"):
        path.write_text("Ann Lee met Bo Li.")
    (folder / "a").symlink_to("b")
    (folder / "circle").symlink_to(folder)
    (folder / "linked.txt").symlink_to(other)
    (other / "back").symlink_to(folder / "b")
    found, shut = files.inside(folder, {".txt"})
    assert [str(path.relative_to(folder)) for path in found] == ["b/one.txt", "linked.txt/deep/three.txt", "linked.txt/two.txt"]  # fmt: skip
    assert shut == []


def test_what_is_no_file_in_a_folder_is_said(tmp_path: Path) -> None:
    """A pipe, a device, a link in a circle, and what may have been the link of a folder; what is named as no text is none."""
    os.mkfifo(tmp_path / "pipe.txt")
    for name, aim in {"zero.txt": "/dev/zero", "2024": "gone", "photo.jpg": "gone", "self.md": "self.md"}.items():
        (tmp_path / name).symlink_to(aim)
    (tmp_path / "README").write_text("no text by its name")
    found, shut = files.inside(tmp_path, {".txt", ".md"})
    assert found == [] and [Path(place).name for place, _ in shut] == ["2024", "pipe.txt", "self.md", "zero.txt"]
    assert [why.partition(";")[0] for _, why in shut] == [
        "is a link to what is not there", "is a pipe, a socket or a device",
        "cannot be read: Too many levels of symbolic links", "is a pipe, a socket or a device",
    ]  # fmt: skip


def test_closed_standard_streams(tmp_path: Path) -> None:
    """Said, and no success."""
    for redirected, words in (("<&-", "standard input is closed"), (">&-", "standard output is closed")):
        what = ["batch", "-", "-o", str(tmp_path / "x.store")] if redirected == "<&-" else [str(tmp_path / "a.txt")]
        (tmp_path / "a.txt").write_text("Ann Lee met Bo Li.")
        shell = f"exec {sys.executable} -m summarizer {' '.join(what)} --model builtin {redirected}"
        ran = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode in (1, 2) and words in ran.stderr and "Traceback" not in ran.stderr


def test_a_signal_stops_a_run_whose_messages_nobody_reads(endpoint: Endpoint, tmp_path: Path) -> None:
    """The reader of standard error has gone; the first signal stops all the same."""
    endpoint.behaviour = answering(delay=0.2)
    source = write(tmp_path / "in.jsonl", 500)
    ours = command("batch", source, "-o", tmp_path / "x.store", "--base-url", endpoint.url, "--concurrency", 2)
    reader, writer = os.pipe()
    with subprocess.Popen(ours, stderr=writer, env={"PATH": os.environ["PATH"], "OPENAI_API_KEY": "none"}) as process:
        os.close(writer)
        deadline = time.monotonic() + 30
        while len(endpoint.seen) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        os.close(reader)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 128 + signal.SIGTERM
    assert len(endpoint.seen) < 400


def test_what_other_runs_left_is_told_apart(tmp_path: Path) -> None:
    """The same command does not go on with the articles of another model."""
    place = tmp_path / "x.store"
    with Store(place) as store:
        store.admit([("k", Article("Ann Lee met Bo Li."))], "another model's")
        store.release()
    ran = run("batch", write(tmp_path / "in.jsonl", 1), "-o", place, model="builtin")
    assert "1 articles of runs with another model" in ran.stderr and "the same command" not in ran.stderr


def test_last_words_are_of_this_run(tmp_path: Path) -> None:
    """What an earlier run of another source could not read is counted, and not held against this one."""
    (tmp_path / "bad.jsonl").write_text("no json\n")
    options = ("-o", tmp_path / "x.store", "-q")
    ran = run("batch", tmp_path / "bad.jsonl", *options, model="builtin")
    assert ran.returncode == 1 and f"UNREADABLE {tmp_path / 'bad.jsonl'}:1" in ran.stderr
    ran = run("batch", write(tmp_path / "in.jsonl", 1), *options, model="builtin")
    assert ran.returncode == 0 and "UNREADABLE" not in ran.stderr
    assert "1 entries were unreadable in earlier runs; summarizer status" in ran.stderr
    ran = run("batch", tmp_path / "bad.jsonl", *options, model="builtin")
    assert ran.returncode == 1 and "UNREADABLE" in ran.stderr and "earlier runs" not in ran.stderr
