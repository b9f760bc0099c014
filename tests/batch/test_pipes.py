"""What a pipe gives comes once: it can be read and stopped, and what was not read of it is said."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.batch.runs import answering, command, rows, run, text, wait_for, write
from tests.support.endpoint import Endpoint

AGAIN = "was not read to its end; what is not in the store has to be sent again"


def test_a_stop_says_what_a_pipe_still_had(endpoint: Endpoint, tmp_path: Path) -> None:
    """What was not read is in no store: no command goes on with it."""
    endpoint.behaviour = answering(delay=0.2)
    arguments = command("batch", "-", "-o", tmp_path / "o.store", "--base-url", endpoint.url, "--concurrency", "2")
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"]}
    ) as process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(b"".join(json.dumps({"text": text(i)}).encode() + b"\n" for i in range(50)))
        process.stdin.flush()
        wait_for(lambda: len(endpoint.seen) >= 2)
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read().decode()
        process.stdin.close()
    assert process.returncode == 143 and f"standard input {AGAIN}" in said, said


def test_what_can_be_read_again_needs_no_such_word(endpoint: Endpoint, tmp_path: Path) -> None:
    """A file, also as standard input; and a pipe that was read to its end."""
    endpoint.behaviour = answering()
    source = write(tmp_path / "a.jsonl", 3)
    limited = command("batch", "-", "-o", tmp_path / "o.store", "--base-url", endpoint.url, "--limit", "1")
    with source.open() as file:
        assert AGAIN not in subprocess.run(limited, stdin=file, capture_output=True, text=True, check=True).stderr
    whole = command("batch", "-", "-o", tmp_path / "o.store", "--base-url", endpoint.url)
    piped = subprocess.run(whole, input=source.read_text(), capture_output=True, text=True, check=True)
    assert AGAIN not in piped.stderr and rows(tmp_path / "o.store") == [("ok", None, 3, 3)]


@pytest.mark.parametrize("kind", ["line", "open", "read"])
def test_a_pipe_that_never_ends_can_be_stopped(tmp_path: Path, kind: str) -> None:
    """A line without an end, a pipe that nobody writes to, and one whose writer says nothing: a signal ends each at once."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR) if kind == "read" else None
    source = ["bash", "-c", "exec yes | tr -d '\\n'"] if kind == "line" else ["true"]
    to = ("-o", tmp_path / "o.store", "--base-url", "http://127.0.0.1:9/v1")
    arguments = command("batch", "-" if kind == "line" else fifo, *to)
    with (
        subprocess.Popen(source, stdout=subprocess.PIPE, start_new_session=True) as given,
        subprocess.Popen(arguments, stdin=given.stdout, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stderr is not None and "asking" in process.stderr.readline()  # from here on it hears signals
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        try:
            said = process.communicate(timeout=10)[1]
        finally:
            process.kill()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(given.pid, signal.SIGKILL)
    if writer is not None:
        os.close(writer)
    assert process.returncode == 143 and AGAIN in said, said


@pytest.mark.parametrize("what", ["lines", "text", "feed"])
def test_a_named_pipe_is_a_source(tmp_path: Path, what: str) -> None:
    """As a shell writes it, `<(…)`; whatever the pipe holds."""
    body = f"{text(1)} " + "They talked of it in the city. " * 40
    holds = {
        "lines": "".join(json.dumps({"text": text(i)}) + "\n" for i in range(900)),
        "text": "\n".join(text(i) for i in range(2)),
        "feed": f'<rss version="2.0"><channel><item><title>T</title><description>{body}</description></item></channel></rss>',
    }[what]
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    threading.Thread(target=fifo.write_text, args=(holds,), daemon=True).start()
    ran = run("batch", fifo, "-o", tmp_path / "o.store", model="builtin")
    count = 900 if what == "lines" else 1
    assert ran.returncode == 0 and rows(tmp_path / "o.store") == [("ok", None, count, count)], ran.stderr
    shell = f"exec {sys.executable} -m summarizer batch <(cat {tmp_path / 'x'}) -o {tmp_path}/p.store --model builtin"
    (tmp_path / "x").write_text(holds)
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and rows(tmp_path / "p.store") == [("ok", None, count, count)], done.stderr
