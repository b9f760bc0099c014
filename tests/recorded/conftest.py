"""Recorded tests: replayed by default with no network at all; `make record` records them again.

cassettes/README.md says where the replies come from.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from vcr.errors import CannotOverwriteExistingCassetteException

from summarizer import Summarizer
from tests.support import cassettes
from tests.support.endpoint import serving

MODEL = os.environ.get("RECORD_MODEL", "openai/gpt-6-luna")


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    vcr.register_serializer("yaml", cassettes)


@pytest.fixture(scope="module")
def vcr_config() -> dict[str, Any]:
    return {
        # Not the host: a recording from another endpoint must replay here. The body is what the tests are about.
        "match_on": ["method", "path", "body"],
        "before_record_request": cassettes.only_content_type,
        "before_record_response": cassettes.only_content_type,
        "decode_compressed_response": True,
    }


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    return str(cassettes.CASSETTES / Path(str(request.path)).stem)


@pytest.fixture(autouse=True)
def _played_exactly(
    request: pytest.FixtureRequest, record_mode: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A request that was not recorded fails with the difference, and so does a recording that was not used up.

    The SDK turns vcrpy's own error into a connection error, which the product would retry and report as one; so the
    misses are noted where they arise.
    """
    misses: list[str] = []
    told = CannotOverwriteExistingCassetteException.__init__

    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        told(self, *args, **kwargs)
        misses.append(str(self))

    monkeypatch.setattr(CannotOverwriteExistingCassetteException, "__init__", noted)
    cassette = request.getfixturevalue("vcr")
    yield
    if misses:
        pytest.fail(f"{misses[0]}\n\nIf the change is meant, record again: make record (cassettes/README.md).")
    if record_mode == "none":
        assert cassette.all_played, f"{cassette.play_count} of {len(cassette)} recorded answers were played"


@pytest.fixture
def base_url(request: pytest.FixtureRequest, record_mode: str) -> Iterator[str]:
    if record_mode == "none":
        yield "http://127.0.0.1:9/v1"  # nothing listens there; the cassette answers
    elif os.environ.get("RECORD_BASE_URL"):
        if request.node.get_closest_marker("scripted"):
            pytest.skip("plays a fault on purpose, which a real model cannot be asked for")
        yield os.environ["RECORD_BASE_URL"]
    else:
        with serving() as endpoint:
            name = request.node.name.removeprefix("test_")
            endpoint.behaviour = lambda seen: cassettes.play(name, seen)
            yield endpoint.url


@pytest.fixture
def session(base_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a Summarizer that talks to the recording."""
    if not os.environ.get("RECORD_BASE_URL"):
        monkeypatch.setenv("OPENAI_API_KEY", "test-key-canary")

    def make(**options: Any) -> Summarizer[Any]:
        return Summarizer(MODEL, base_url=base_url, **options)

    return make
