"""A standard error that nobody can write to: the work is done, and ends with its own status."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.batch.runs import answering, command, rows, write
from tests.support.endpoint import Answer, Endpoint

ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


def unheard(*args: object) -> int:
    """The exit status of a command whose messages cannot be written."""
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(command(*args), stdout=subprocess.PIPE, stderr=full, env=ENV, timeout=120, check=False)
    return ran.returncode


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_messages_that_cannot_be_written(endpoint: Endpoint, tmp_path: Path) -> None:
    """They are dropped, of every command that has some."""
    source, out = write(tmp_path / "a.jsonl", 2), tmp_path / "o.store"
    endpoint.play(Answer(status=413))
    assert unheard("batch", source, "-o", out, "--base-url", endpoint.url, "--debug") == 1
    assert rows(out) == [("failed", "too_long", 2, 2)]
    endpoint.behaviour = answering()
    assert unheard("retry", out) == 0 and rows(out) == [("ok", None, 2, 2)]
    assert unheard("export", out, tmp_path / "x.csv") == 0 and (tmp_path / "x.csv").exists()
    assert unheard("report", out, "-o", tmp_path / "x.html") == 0 and (tmp_path / "x.html").exists()
    assert unheard("status", tmp_path / "no.store") == 2
