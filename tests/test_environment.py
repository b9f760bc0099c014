"""What is installed is what is tested, and importing costs nothing that is not used."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version

import pytest

import summarizer
from tests.conftest import ROOT

LOCKED = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "constraints" / "dev.txt").read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    "package", ["openai", "instructor", "jiter", "pydantic", "vcrpy", "tenacity", "pytest-recording"]
)
def test_tested_versions(package: str) -> None:
    """Two resolvers can disagree by sixty releases (instructor holds jiter, jiter holds openai); the lock decides."""
    assert version(package) == LOCKED[package]


def test_run_lock_agrees_with_the_development_lock() -> None:
    """Users of the lock run what was tested."""
    run = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "constraints" / "run.txt").read_text(), re.MULTILINE))
    assert {name: LOCKED.get(name) for name in run} == run


@pytest.mark.parametrize("name", ["run", "dev"])
def test_locks_have_hashes_and_no_address(name: str) -> None:
    """Every locked package has a hash, and no line names a registry."""
    text = (ROOT / "constraints" / f"{name}.txt").read_text()
    blocks = re.split(r"\n(?=[a-z])", text.strip())
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)
    assert "://" not in text and "--index-url" not in text


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after running `code`."""
    script = f"{code}\nimport sys; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(ran.stdout.split("\n")[-2].split())


def test_import_loads_nothing() -> None:
    """`import summarizer` is cheaper than `import pydantic`: it does not even load that."""
    assert not loaded("import summarizer") & {
        "pydantic",
        "openai",
        "instructor",
        "click",
        "rich",
        "trafilatura",
        "asyncio",
    }


def test_help_loads_no_engine() -> None:
    """`summarizer --help` needs click and nothing of what the commands need."""
    code = "import sys; sys.argv=['summarizer','--help']\nfrom summarizer.cli import main\ntry: main()\nexcept SystemExit: pass"
    heavy = {"pydantic", "openai", "instructor", "trafilatura", "rich", "genai_prices", "tenacity", "edtf"}
    assert not loaded(code) & heavy


def test_builtin_loads_no_sdk() -> None:
    """The rules need neither an SDK nor a price table nor a page parser, and English words no dates of other languages."""
    code = "import summarizer; summarizer.summarize('Ann Lee met Bo Li on May 5.', model='builtin')"
    assert not loaded(code) & {
        "openai",
        "instructor",
        "trafilatura",
        "genai_prices",
        "httpx2",
        "edtf",
        "dateparser",
        "babel",
    }


def test_public_names() -> None:
    """Everything in __all__ exists, and nothing else is invented."""
    names = [name for name in summarizer.__all__ if name != "__version__"]
    assert all(getattr(summarizer, name) for name in names)
    with pytest.raises(AttributeError, match="Sumarizer"):
        summarizer.Sumarizer  # noqa: B018
