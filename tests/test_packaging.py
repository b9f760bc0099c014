"""What is uploaded holds the schemas and the prompts, and runs where nothing of the checkout is."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was made from it as an upload's would be."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return out


def tracked(folder: str) -> set[str]:
    files = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(files.stdout.split()) or {str(p.relative_to(ROOT)) for p in (ROOT / folder).glob("*.*")}


def test_wheel_holds_schemas_and_prompts(built: Path) -> None:
    """Every file of the two folders is inside the package, and nothing stands beside it."""
    names = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())
    for name in tracked("schemas") | tracked("prompts"):
        assert f"summarizer/{name}" in names
    assert {"summarizer/py.typed", "summarizer/engines/builtin.toml"} <= names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"summarizer"}


def test_sdist_holds_what_a_build_needs(built: Path) -> None:
    """The two folders are real folders there, and the tests and recordings come along."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert tracked("schemas") | tracked("prompts") | {"tests/conftest.py", "LICENSE"} <= names
    assert any(name.startswith("cassettes/test_recorded/") for name in names)


def test_wheel_runs_in_an_empty_environment(built: Path, tmp_path: Path) -> None:
    """The installed command summarises an article; the checkout is not on its path."""
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    wheel = str(next(built.glob("*.whl")))
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True, timeout=300)
    article = tmp_path / "article.txt"
    article.write_text((ROOT / "examples" / "harbour-talks.txt").read_text())
    # The dependencies come from this environment: a path entry does not follow .pth files, so the editable install
    # of the project itself is not found through it.
    site = next(path for path in sys.path if path.endswith("site-packages"))
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": site, "HOME": str(tmp_path)}
    ran = subprocess.run(
        [tmp_path / "env" / "bin" / "summarizer", article, "--format", "md"],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "Mara Veld" in ran.stdout
    where = subprocess.run(
        [python, "-c", "import summarizer.schemas as s; print(s.__file__)"],
        cwd=tmp_path, env=environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(tmp_path) in where.stdout
