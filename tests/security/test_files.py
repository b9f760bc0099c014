"""Files that are written: S17 and S20 to S22."""

from __future__ import annotations

import csv
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from summarizer import export
from tests.security.running import MODULE, run
from tests.support.endpoint import Answer, Endpoint, completion
from tests.test_verify import ask, reply

TEXT = "Ann Lee met Bo Li on May 5. Li asked Lee to wait for the report."
FORMULAS = [
    "=cmd|' /C calc'!A0", '=HYPERLINK("http://localhost/?"&A1)', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\u00a0=1", " =1", "\ufeff=1",
    "\u200b=1", "\uff1dcmd", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", '"=1', "'=1", "\x00=1", "\x0b=1",
]  # fmt: skip


def record(words: str) -> dict[str, Any]:
    """A record in which every text is these words."""
    item = {"by": [words], "of": [words, words], "what": words, "status": words, "response": words, "condition": words,
            "evidence": [{"quote": words, "start": 0, "end": 1}]}  # fmt: skip
    article = {"id": "sha256:0", "source": words, "url": words, "title": words, "published": None, "language": words}
    date = {"text": words, "edtf": words, "resolved": words, "basis": "explicit"}
    person = {"name": words, "role": words, "evidence": []}
    problem = {"path": words, "kind": words, "message": words, "value": {"what": words}}
    return {"article": article, "status": "ok", "summary": {"overview": words, "meeting": words, "date": date, "asks": [item], words: [words],
            "participants": [person]}, "problems": [problem], "provenance": {"engine": words, "model": words}, "error": {"kind": words}}  # fmt: skip


def cells(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return [cell for row in csv.reader(file) for cell in row]


def runs(cell: str) -> bool:
    """Whether a spreadsheet might run a cell: it, or what is left without what it may strip, begins as formulas do."""
    bare = cell.lstrip(" \t\r\n\x00\x0b\u00a0\ufeff\u200b")
    return cell.startswith(("\t", "\r")) or bare.startswith(
        ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    )


@pytest.mark.parametrize("words", FORMULAS, ids=ascii)
def test_s17_no_cell_is_a_formula(tmp_path: Path, words: str) -> None:
    """S17: in no column; read again, a cell is the text behind an apostrophe. JSONL and Parquet are unchanged."""
    import pyarrow.parquet as pq

    line = json.dumps(record(words), ensure_ascii=False)
    for name in ("x.csv", "x.jsonl", "x.parquet"):
        assert export.export([line], tmp_path / name) == 1
    found = cells(tmp_path / "x.csv")
    assert not [cell for cell in found if runs(cell)]
    assert found.count(f"'{words}" if runs(words) else words) >= 20
    assert (tmp_path / "x.jsonl").read_text(encoding="utf-8") == line + "\n"
    row = pq.read_table(tmp_path / "x.parquet").to_pylist()[0]
    assert row["what"] == row["title"] == row["condition"] == words and row["whom"] == f"{words}; {words}"


def test_s17_formulas_from_an_article_to_a_cell(endpoint: Endpoint, tmp_path: Path) -> None:
    """S17: through a whole run, from title, source and reply."""
    (tmp_path / "a.jsonl").write_text(
        json.dumps({"text": f"{TEXT} =1+1 they said.", "title": "=1+1", "url": "@SUM(A1)"})
    )
    endpoint.say(reply(overview="-1", asks=[ask("=1+1 they said", what="+1", by=[], of=[])]))
    ran = run(
        "batch", tmp_path / "a.jsonl", "-o", tmp_path / "o.csv", "--model", "openai/x", "--base-url", endpoint.url
    )
    assert ran.returncode == 0, ran.stderr
    found = cells(tmp_path / "o.csv")
    assert {"'=1+1", "'@SUM(A1)", "'=1+1 they said"} <= {*found} and not [cell for cell in found if runs(cell)]


NAMES = ["../../../etc/x", "..", "/etc/passwd", "CON", "NUL.txt", "-rf", "--help", "a" * 300, "a\x00b", "~root", "$(touch ran)", "`touch ran`", "; touch ran",
         "C:\\x", "a\nb", "\u202egpj", "file:///etc/passwd", "%2e%2e%2f", " ", "."]  # fmt: skip


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_s20_no_file_is_named_by_what_is_read(endpoint: Endpoint, tmp_path: Path) -> None:
    """S20: after a batch of hostile titles, sources and file names there are exactly the files that were asked for."""
    inside = tmp_path / "deep" / "er"
    (inside / "in").mkdir(parents=True)
    rows = [{"text": f"{TEXT} {i}", "title": name, "url": name, "language": name} for i, name in enumerate(NAMES)]
    (inside / "in" / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for i, name in enumerate(
        name for name in NAMES if "/" not in name and "\0" not in name and 0 < len(name.strip(" .")) < 200
    ):
        (inside / "in" / f"{name}.txt").write_text(f"{TEXT} {i} again")
    before = tree(tmp_path)
    endpoint.behaviour = lambda _: Answer(completion(reply(asks=[ask("Li asked Lee to wait")])))
    to = ("-o", "o.jsonl", "--model", "openai/x", "--base-url", endpoint.url)
    ran = run("batch", "in/a.jsonl", "in", *to, cwd=inside)
    assert ran.returncode == 0 and len(endpoint.seen) > len(NAMES) + 8, ran.stderr
    for name in ("o.csv", "o.parquet"):
        assert run("export", "o.jsonl.store", name, cwd=inside).returncode == 0
    made = {f"deep/er/{name}" for name in ("o.jsonl", "o.jsonl.store", "o.jsonl.store.lock", "o.csv", "o.parquet")}
    assert tree(tmp_path) == before | made
    titles = {json.loads(line)["article"]["title"] for line in (inside / "o.jsonl").read_text().splitlines()}
    assert {"../../../etc/x", "a\x00b", "-rf"} <= titles


def test_s20_requests_are_named_by_hash(tmp_path: Path) -> None:
    """S20: the one command that writes a file for each article keeps them in the folder that was named."""
    (tmp_path / "in").mkdir()
    for name in ("-rf", "$(touch ran)", "a" * 200, "..x"):
        (tmp_path / "in" / f"{name}.txt").write_text(f"{TEXT} {name}")
    before = tree(tmp_path)
    ran = run(
        "render", "in", "--out", "out", "--model", "openai/x", "--base-url", "http://127.0.0.1:9/v1", cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    made = tree(tmp_path) - before
    assert len(made) == 5 and all(
        name == "out" or (name.startswith("out/") and name.endswith(".request.json") and name.count("/") == 1)
        for name in made
    )


@contextmanager
def umask(mask: int) -> Iterator[None]:
    old = os.umask(mask)
    try:
        yield
    finally:
        os.umask(old)


def modes(folder: Path) -> dict[str, str]:
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()}


def test_s22_whatever_the_umask(endpoint: Endpoint, tmp_path: Path) -> None:
    """S22: store, log, shared memory, lock and every export are their owner's alone, while a run goes on and after it."""
    source, out = tmp_path / "a.txt", tmp_path / "out"
    source.write_text(TEXT)
    out.mkdir(mode=0o777)
    (out / "o.csv").touch(mode=0o666)  # an older export that was left open to everybody
    during: list[dict[str, str]] = []

    def look(_: object) -> Answer:
        during.append(modes(out))
        return Answer(completion(reply()))

    endpoint.behaviour = look
    with umask(0):
        ran = run("batch", source, "-o", out / "o.jsonl", "--model", "openai/x", "--base-url", endpoint.url)
        assert ran.returncode == 0, ran.stderr
        for name in ("o.csv", "o.parquet"):
            assert run("export", out / "o.jsonl.store", out / name).returncode == 0
    (seen,) = during
    assert {"o.jsonl.store", "o.jsonl.store-wal", "o.jsonl.store-shm", "o.jsonl.store.lock"} <= seen.keys()
    assert {mode for name, mode in seen.items() if name != "o.csv"} == {"0o600"}
    assert {*modes(out)} == {"o.jsonl", "o.jsonl.store", "o.jsonl.store.lock", "o.csv", "o.parquet"}
    assert {*modes(out).values()} == {"0o600"}


@pytest.mark.parametrize(
    "name", ["o.jsonl", "o.csv", "o.parquet", "o.store", "o.store.lock", "o.store-wal", "o.store-journal"]
)
@pytest.mark.parametrize("dangling", [True, False])
def test_s21_no_link_is_written_through(tmp_path: Path, name: str, dangling: bool) -> None:
    """S21: a link in the place of anything that is written: its target stays as it was."""
    (tmp_path / "a.txt").write_text(TEXT)
    target = tmp_path / "precious"
    if not dangling:
        target.write_text("mine")
    (tmp_path / name).symlink_to(target)
    out = tmp_path / (name if name.startswith("o.") and "store" not in name else "o.jsonl")
    ran = run("batch", tmp_path / "a.txt", "-o", out, "--store", tmp_path / "o.store", "--model", "builtin")
    expected = {"o.store": {2}, "o.store.lock": {2}, "o.store-wal": {0, 2}, "o.store-journal": {0, 2}}.get(name, {0})
    assert "Traceback" not in ran.stderr and ran.returncode in expected, ran.stderr
    assert (target.read_text() == "mine") if not dangling else not target.exists()


def test_s21_a_link_to_a_real_store_is_refused(tmp_path: Path) -> None:
    """S21: also where what it points to would open."""
    (tmp_path / "a.txt").write_text(TEXT)
    assert run("batch", tmp_path / "a.txt", "-o", tmp_path / "real.store", "--model", "builtin").returncode == 0
    before = (tmp_path / "real.store").read_bytes()
    (tmp_path / "o.store").symlink_to(tmp_path / "real.store")
    ran = run("batch", tmp_path / "a.txt", "-o", tmp_path / "o.store", "--model", "builtin")
    assert ran.returncode == 2 and "is a link" in ran.stderr and (tmp_path / "real.store").read_bytes() == before


def test_s21_s22_what_evaluation_writes(tmp_path: Path) -> None:
    """S21, S22: records and requests hold articles: only their owner may read them, and no link is written through."""
    corpus, asked = tmp_path / "corpus", tmp_path / "asked"
    corpus.mkdir()
    (corpus / "a.txt").write_text(TEXT)
    gold: dict[str, Any] = {"participants": [], "agreements": [], "asks": [], "offers": [], "date": None}
    (corpus / "a.gold.json").write_text(json.dumps(gold))
    target = tmp_path / "precious"
    target.write_text("mine")
    (tmp_path / "r.jsonl").symlink_to(target)
    wide = ["sh", "-c", 'umask 0; exec "$@"', "sh", *MODULE]
    assert run("eval", corpus, "--model", "builtin", "--records", tmp_path / "r.jsonl", by=wide).returncode == 0
    assert run("render", corpus, "--out", asked, "--model", "openai/x", by=wide).returncode == 0
    [request] = asked.glob("*.request.json")
    assert target.read_text() == "mine" and json.loads((tmp_path / "r.jsonl").read_text())["status"] == "ok"
    for path, mode in ((tmp_path / "r.jsonl", 0o600), (asked, 0o700), (request, 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode, path
    request.unlink()
    request.symlink_to(target)
    assert run("render", corpus, "--out", asked, "--model", "openai/x").returncode == 0
    assert target.read_text() == "mine" and not request.is_symlink()


def test_s20_a_name_is_never_an_option(tmp_path: Path) -> None:
    """S20: a file called like an option is read with ./ before it, and no shell ever sees it."""
    (tmp_path / "--help").write_text(TEXT)
    ran = subprocess.run(
        [sys.executable, "-m", "summarizer", "./--help", "--model", "builtin"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0 and json.loads(ran.stdout)["article"]["source"] == "./--help"
