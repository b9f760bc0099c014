"""What every test may use: a loopback endpoint, the example texts, a clean environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.endpoint import Endpoint, serving
from tests.support.site import Site, serving_site

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


_PROVIDERS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE", "DATABRICKS_TOKEN", "DATABRICKS_API_KEY",
              "DATABRICKS_HOST", "DEEPSEEK_API_KEY", "OPENROUTER_API_KEY")  # fmt: skip


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A chat-completions endpoint on loopback."""
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the developer's key or model."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SUMMARIZER_MODEL", *_PROVIDERS):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def corpus() -> Path:
    """The labelled texts beside the project; tests that use them are extra."""
    if not (SHARED / "corpus").is_dir():
        pytest.skip("the labelled texts are not beside the project")
    return SHARED / "corpus"


@pytest.fixture
def site() -> Iterator[Site]:
    """A web site on loopback."""
    with serving_site() as running:
        yield running
