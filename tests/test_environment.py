"""What is installed is what is tested, and importing costs nothing that is not used."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import summarizer
from summarizer import proxies
from summarizer.errors import SetupError
from tests.conftest import ROOT
from tests.security.running import run

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


def test_a_proxy_that_cannot_be_used(tmp_path: Path) -> None:
    """One line and status 3 before anything is asked, without the proxy's password; NO_PROXY lifts it."""
    source = tmp_path / "a.jsonl"
    source.write_text('{"text": "Ann Lee met Bo Li."}')
    model = ("--model", "openai/x", "--base-url", "http://127.0.0.1:9/v1")
    proxy = "socks5://user:secret@127.0.0.1:9"
    for arguments in (("batch", source, "-o", tmp_path / "o.store", *model, "-q"), ("doctor", *model)):
        ran = run(*arguments, ALL_PROXY=proxy)
        said = ran.stderr + ran.stdout
        assert ran.returncode == 3 and "ALL_PROXY cannot be used" in said and "secret" not in said, ran
        assert "Traceback" not in said
    ran = run("doctor", *model, ALL_PROXY=proxy, NO_PROXY="127.0.0.1")
    assert "does not answer: the connection" in ran.stdout and ran.returncode == 3, ran


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's own are."""
    for name in ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "://x", "http://", "http://[", "http://127.0.0.1:99999"])
def test_what_is_no_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """It is an error for an address that would go through it, and for no other."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(SetupError, match=r"HTTPS_PROXY cannot be used: .* NO_PROXY=example\.org"):
        proxies.proxy_of("https://example.org/v1")
    assert proxies.proxy_of("http://example.org/v1") is None


@pytest.mark.usefixtures("no_proxies")
def test_a_proxy_as_it_is_often_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a scheme it is an http proxy; the address's own scheme counts before all."""
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "127.0.0.1:3128")
    assert proxies.proxy_of("http://example.org/v1") == "http://127.0.0.1:3128"
