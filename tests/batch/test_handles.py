"""A process that may open few files: no article fails for that, and nothing that was paid for is lost."""

from __future__ import annotations

import errno
import resource
import subprocess
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from summarizer.batch import Options
from summarizer.cli.batch import Run
from summarizer.engines.wire import Wire
from summarizer.errors import SetupError
from summarizer.records import Reply, Request
from summarizer.store import Store
from tests.batch.runs import answering, command, rows, write
from tests.batch.slots import MANY
from tests.reliability.stores import Stub, batch, stream
from tests.support.endpoint import Endpoint

FULL = OSError(errno.EMFILE, "Too many open files")


@pytest.mark.parametrize(("hard", "said"), [(60, "so 28 articles are in work at once, not 80"), (2000, "")])
def test_more_articles_than_connections(endpoint: Endpoint, tmp_path: Path, hard: int, said: str) -> None:
    """The limit is raised as far as the system lets us; where that is too little, fewer articles are in work."""
    endpoint.behaviour = answering(delay=0.3)
    source, out = write(tmp_path / "a.jsonl", 100), tmp_path / "o.store"
    ran = subprocess.run(
        command("batch", source, "-o", out, "--base-url", endpoint.url, "--concurrency", "80"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (60, hard)),
        env={"PATH": "/usr/bin"}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0 and rows(out) == [("ok", None, 100, 100)], ran.stderr
    assert said in ran.stderr and ("few files" in ran.stderr) == bool(said)


async def test_no_more_files_are_no_bug(tmp_path: Path) -> None:
    """Wherever it comes from: the run stops, and no article has failed."""

    async def full(request: Request) -> Reply:
        raise ImportError from FULL

    with Store(tmp_path / "o.store") as store:
        running = batch(store, Stub(full), Options(concurrency=4))
        await running.run(stream(MANY))
        assert isinstance(running.stopped_by, SetupError) and "ulimit -n" in str(running.stopped_by)
        assert store.counts().keys() == {"pending"}


@pytest.mark.parametrize("error", [FULL, aiohttp.ClientOSError(errno.ENFILE, "Too many open files in system")])
async def test_a_connection_that_may_not_be_opened(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Nothing is wrong with the endpoint."""

    def request(*_: Any, **__: Any) -> Any:
        raise error

    wire = Wire("http://127.0.0.1:9/v1", {}, 1.0)
    monkeypatch.setattr(wire._session, "request", request)
    with pytest.raises(SetupError, match="no more files can be opened"):
        await wire.post(b"")
    await wire.aclose()


async def test_the_last_words_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the end itself finds no file: the run is told as one that was stopped."""

    async def work(*_: Any) -> None:
        raise FULL

    options: dict[str, Any] = {
        "model": "builtin", "base_url": None, "prompt": None, "schema": None, "mode": "json_schema", "strict": False, "repairs": 1,
        "timeout": 9.0, "max_output_tokens": 9, "rpm": None, "tpm": None, "max_wait": 9.0, "max_cost": None, "concurrency": 4,
        "only_meetings": False, "limit": None, "dedupe": "exact", "follow": "auto", "mapping": {},
    }  # fmt: skip
    monkeypatch.setattr(Run, "_work", work)
    with Store(tmp_path / "o.store") as store:
        assert await Run(store, (), options).go() == 3
