"""What the reliability rows share: the fault server, sessions that ask it, batches as subprocesses."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from summarizer import Article, Summarizer
from summarizer.records import Failure, Result
from tests.support.faults import Faults, faults

Outcome = Result[Any] | Failure


@pytest.fixture
def server() -> Iterator[Faults]:
    """The fault server."""
    with faults() as running:
        yield running


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("summarizer.failures.BASE", 0.001)


def article(i: int = 0, marked: str = "") -> Article:
    """One of many articles; `marked` says how the server answers for it."""
    mark = f" [[fault: {marked}]]" if marked else ""
    return Article(f"Ann Lee met Bo Li on May 5. Li asked Lee to wait for report {i}.{mark}", source=f"a{i}.txt")


def asked(
    url: str, *articles: Article, concurrency: int = 8, model: str = "openai/test", **options: Any
) -> list[Outcome]:
    """The outcomes of these articles, in their order; a stop raises."""

    async def main() -> list[Outcome]:
        async with Summarizer(model, base_url=url, **options) as session:
            return [outcome async for outcome in session.abatch(articles or [article()], concurrency=concurrency)]

    found = asyncio.run(main())
    places = {one.id: place for place, one in enumerate(articles)}
    return sorted(found, key=lambda outcome: places.get(outcome.article.id, 0))


def kinds(outcomes: list[Outcome]) -> list[str]:
    """`ok`, or how each failed."""
    return [outcome.error.kind if isinstance(outcome, Failure) else "ok" for outcome in outcomes]


@pytest.fixture
def batch(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `summarizer batch` over so many articles, into `tmp_path/out.store`."""

    def run(url: str, count: int, *options: str, odd: dict[int, str] | None = None) -> subprocess.CompletedProcess[str]:
        source = tmp_path / "in.jsonl"
        texts = [article(i, (odd or {}).get(i, "")).text for i in range(count)]
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        command = ["batch", str(source), "-o", str(tmp_path / "out.store"), "--model", "openai/test", "--base-url", url]
        env = {"PATH": os.environ["PATH"], "OPENAI_API_KEY": "sk-canary"}
        return subprocess.run(
            [sys.executable, "-m", "summarizer", *command, *options], capture_output=True, text=True, env=env, timeout=120, check=False,
        )  # fmt: skip

    return run
