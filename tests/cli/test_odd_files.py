"""Files that are not what a command takes them for, and an interrupt before it began: one line, and no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from summarizer import sources
from summarizer.errors import UsageError
from tests.batch.runs import run
from tests.cli.test_command_line import EXAMPLE
from tests.cli.test_eval_and_report import run as run_only

GOOD: dict[str, Any] = {
    "article": {"id": "sha256:0", "source": "a.txt", "url": None, "title": None, "published": None, "language": "en"},
    "status": "ok", "summary": {"overview": "They met.", "asks": []}, "problems": [], "provenance": None, "error": None,
}  # fmt: skip


def test_a_record_is_shown(tmp_path: Path) -> None:
    """The one that the odd ones below are made from."""
    (tmp_path / "r.jsonl").write_text(json.dumps(GOOD))
    assert run("report", tmp_path / "r.jsonl", "-o", tmp_path / "r.html").returncode == 0


@pytest.mark.parametrize("odd", [
    b"\xff\xfe\x00", b"[" * 100_000, {"article": None}, {"article": "a"}, {"article": {"source": 5}, "summary": 5}, {"problems": 5},
    {"problems": [5]}, {"error": "no"}, {"provenance": "x"}, {"provenance": {}}, {"summary": {"asks": [{"evidence": "no"}]}},
    {"summary": {"asks": [{"evidence": [{}]}]}}, {"summary": {"asks": [{"by": 5}]}}, {"summary": {"date": {"resolved": 5}}},
])  # fmt: skip
def test_a_report_of_odd_records(tmp_path: Path, odd: bytes | dict[str, Any]) -> None:
    """It is made, or the odd record is named and no page is left."""
    source, page = tmp_path / "r.jsonl", tmp_path / "r.html"
    line = odd if isinstance(odd, bytes) else json.dumps({**GOOD, **odd}).encode()
    source.write_bytes(json.dumps(GOOD).encode() + b"\n" + line + b"\n")
    (tmp_path / "a.txt").write_text("They met.")
    for texts in ((), ("--texts", tmp_path)):
        ran = run("report", source, "-o", page, *texts)
        assert ran.returncode in (0, 2) and "Traceback" not in ran.stderr, ran.stderr
        assert page.exists() == (ran.returncode == 0) and (ran.returncode == 0 or "2" in ran.stderr.split("jsonl")[-1])
        assert len(ran.stderr.splitlines()) == 1
        page.unlink(missing_ok=True)


@pytest.mark.parametrize("odd", [
    {"entries": []}, {"entries": {}}, {"entries": {"a": 5}}, {"fields": []}, {"fields": {"items": 5}}, {"date": None}, {"engine": None},
    {"entries": {"a": {"right": [[]]}}}, {"evidence_validity": "x"},
])  # fmt: skip
def test_a_comparison_of_what_is_no_result(tmp_path: Path, odd: dict[str, Any]) -> None:
    """The file is named, whichever of the two it is."""
    rate = {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    good = {
        "engine": "e",
        "model": "m",
        "fields": {"items": rate},
        "date": {"right": 1, "of": 1},
        "evidence_validity": 1.0,
        "entries": {},
    }
    whole, wrong = tmp_path / "a.json", tmp_path / "b.json"
    whole.write_text(json.dumps(good))
    assert run("eval", "--compare", whole, whole).returncode == 0
    wrong.write_text(json.dumps(odd if len(odd.get("entries", "x")) == 0 else {**good, **odd}))
    for pair in ((whole, wrong), (wrong, whole)):
        ran = run("eval", "--compare", *pair)
        assert ran.returncode == 2 and f"{wrong} is no result" in ran.stderr and ran.stdout == "", ran.stderr
        assert "Traceback" not in ran.stderr


LONG = "a" * 300 + ".txt"


@pytest.mark.parametrize("arguments", [
    ["batch", LONG, "--model", "builtin"], ["batch", EXAMPLE, "--model", "builtin", "--dry-run", "--store", LONG], [LONG], ["report", LONG, "-o", "x.html"],
    ["batch", EXAMPLE, "--model", "builtin", "-o", "a" * 300 + ".csv"], ["status", LONG], ["retry", LONG], ["eval", LONG, "--model", "builtin"],
    [EXAMPLE, "--model", "builtin", "--prompt", LONG + ".md"], ["render", EXAMPLE, "--model", "openai/x", "--out", LONG],
])  # fmt: skip
def test_a_name_that_is_too_long(arguments: list[str]) -> None:
    """It is input or usage that is wrong; no output was tried."""
    ran = run_only(*arguments)
    assert ran.returncode == 2 and "too long" in ran.stderr and "output" not in ran.stderr, ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_source_where_nobody_may_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may look everywhere, so the system's answer is played."""

    def refused(path: Path, **_: Any) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", refused)
    with pytest.raises(UsageError, match=r"shut/a\.txt: cannot be read: Permission denied"):
        sources.check(["shut/a.txt"])


def test_an_interrupt_before_anything_is_loaded() -> None:
    """It ends like every other."""
    code = (
        "import sys\n"
        "class Interrupting:\n"
        "    @staticmethod\n"
        "    def find_spec(name, *_):\n"
        "        if name == 'click': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting)\n"
        "from summarizer.cli import main\nmain()"
    )
    ran = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=False)
    assert ran.returncode == 130 and ran.stderr == "summarizer: interrupted\n", ran.stderr
