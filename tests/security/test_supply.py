"""What the project itself is made of: S24 and S26 to S28. The checks are tried on something that must fail them."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.support import cassettes
from tests.support.loopback import Quiet, listening

TAGS = [
    "!!python/object/apply:os.system ['touch {file}']", "!!python/object/new:os.system ['touch {file}']", "!!python/name:os.system", "!!python/module:os",
    "!!python/object:subprocess.Popen {{args: [touch, {file}]}}", "!!python/object/apply:subprocess.check_call [[touch, {file}]]",
]  # fmt: skip


@pytest.mark.parametrize("tag", TAGS)
def test_s24_a_crafted_recording_runs_nothing(tmp_path: Path, tag: str) -> None:
    """S24: our loader and vcrpy's own refuse every tag that names Python, wherever it stands."""
    from vcr.serializers import yamlserializer

    evil = tag.format(file=tmp_path / "ran")
    for text in (f"interactions: {evil}", f"version: 1\ninteractions:\n- request: {{body: {evil} }}\n  response: {{}}"):
        for load in (cassettes.deserialize, yamlserializer.deserialize):
            with pytest.raises(yaml.constructor.ConstructorError):
                load(text)
    assert list(tmp_path.iterdir()) == []


def test_s24_the_floor_of_vcrpy() -> None:
    """S24: loaders before 8.2.1 ran code; the floor is in the requirement, in the lock, and in what is installed."""
    required = re.search(r'"vcrpy>=([\d.]+)', (ROOT / "pyproject.toml").read_text())
    locked = re.search(r"^vcrpy==([\d.]+)", (ROOT / "constraints" / "dev.txt").read_text(), re.MULTILINE)
    assert required and locked
    for found in (required[1], locked[1], version("vcrpy")):
        assert tuple(map(int, found.split("."))) >= (8, 2, 1)


CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "os.execvp", "os.spawnv", "pickle.load", "pickle.loads", "yaml.load", "yaml.unsafe_load",
         "yaml.full_load", "marshal.loads", "shelve.open", "tempfile.mktemp", "subprocess.getoutput", "ssl._create_unverified_context"}  # fmt: skip
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "telnetlib", "ftplib"}
SWITCHES = {
    ("shell", True),
    ("verify", False),
    ("check_hostname", False),
    ("autoescape", False),
    ("resolve_entities", True),
}
PLACES = ("summarizer", "schemas", "prompts", "benchmarks", "tests/support")


def dangerous(source: str) -> Iterator[str]:
    """Every construct of a module that runs data as code, or trusts whom nobody checked."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            yield from [node.module or ""] if (node.module or "").partition(".")[0] in MODULES else []
            yield from (f"{node.module}.{name.name}" for name in node.names if f"{node.module}.{name.name}" in CALLS)
        elif isinstance(node, ast.Call):
            yield from [ast.unparse(node.func)] if ast.unparse(node.func) in CALLS else []
            yield from (f"{word.arg}={word.value.value!r}" for word in node.keywords
                        if isinstance(word.value, ast.Constant) and (word.arg, word.value.value) in SWITCHES)  # fmt: skip
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "ssl.CERT_NONE":
            yield "ssl.CERT_NONE"


def test_s26_nothing_runs_data() -> None:
    """S26: no module of the package, of its schemas, of the benchmarks or of the tests' support has any of these."""
    files = [path for place in PLACES for path in (ROOT / place).rglob("*.py")]
    assert len(files) > 50
    assert {str(path): found for path in files if (found := list(dangerous(path.read_text(encoding="utf-8"))))} == {}


@pytest.mark.parametrize("line", [
    "import pickle", "from pickle import loads", "import pickle as p", "eval('1')", "exec('1')", "import subprocess; subprocess.run('x', shell=True)", "yaml.load(x)",
    "from yaml import load", "httpx2.get(u, verify=False)", "os.system('x')", "from os import system", "ssl.CERT_NONE", "def f():\n    __import__('x')",
])  # fmt: skip
def test_s26_the_check_finds_each_of_them(line: str) -> None:
    """S26: a check that finds nothing anywhere would pass, too."""
    assert list(dangerous(line))


def test_s26_code_is_loaded_from_named_files_alone() -> None:
    """S26: the one place that runs a file is the schema that a user names; the process apart loads our own modules by name."""
    users = {
        path.name
        for path in (ROOT / "summarizer").rglob("*.py")
        if "importlib.util" in (text := path.read_text()) and "exec_module" in text
    }
    assert users == {"schema.py"}
    by_name = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "summarizer").rglob("*.py")
        if "import_module(" in path.read_text()
    }
    assert by_name <= {
        "summarizer/schema.py",
        "summarizer/article.py",
        "summarizer/cli/root.py",
        "summarizer/__init__.py",
    }


class Advisories(Quiet):
    """A vulnerability service: says of `bad` that it is vulnerable, of everything else that it is not."""

    bad = ""
    status = 200
    asked: list[str]

    def do_POST(self) -> None:
        name = json.loads(self.rfile.read(int(self.headers["content-length"])))["package"]["name"]
        self.asked.append(name)
        found = {
            "vulns": [
                {"id": "X-2026-1", "summary": "bad", "affected": [{"package": {"name": name, "ecosystem": "PyPI"}}]}
            ]
        }
        body = json.dumps(found if name == self.bad else {}).encode()
        self.send_response(self.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def audit(url: str, home: Path, extra: str = "") -> subprocess.CompletedProcess[str]:
    """`make audit` with another service; what is installed is not looked at again."""
    command = ["make", "--no-print-directory", "-o", ".venv/.dev", "audit", f"AUDIT=-s osv --osv-url {url} {extra}"]
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home)}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300, env=env)


@pytest.fixture
def advisories() -> Iterator[str]:
    Advisories.bad, Advisories.status, Advisories.asked = "", 200, []
    with listening(Advisories) as url:
        yield url


def test_s27_the_audit_passes_where_nothing_is_known(advisories: str, tmp_path: Path) -> None:
    """S27: it asks of every locked package that this system installs."""
    ran = audit(advisories, tmp_path)
    assert ran.returncode == 0, ran.stderr
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "constraints" / "run.txt").read_text(), re.MULTILINE))
    assert len({name for name in locked if name in Advisories.asked}) > 0.8 * len(locked)


def test_s27_the_audit_fails_on_a_vulnerability(advisories: str, tmp_path: Path) -> None:
    """S27: one package is enough, and it is named."""
    Advisories.bad = "click"
    ran = audit(advisories, tmp_path)
    assert ran.returncode != 0 and re.search(r"click +[\d.]+ +X-2026-1", ran.stdout)


@pytest.mark.parametrize("status", [500, 404, 403])
def test_s27_the_audit_fails_where_its_source_fails(advisories: str, tmp_path: Path, status: int) -> None:
    """S27: a service that answers with an error has not said that all is well."""
    Advisories.status = status
    assert audit(advisories, tmp_path).returncode != 0


def test_s27_the_audit_fails_where_its_source_is_away(tmp_path: Path) -> None:
    """S27: refused, and behind a proxy that is refused, as without a network; also with the service that is the default."""
    assert audit("http://127.0.0.1:9/", tmp_path).returncode != 0
    command = ["make", "-o", ".venv/.dev", "audit"]
    env = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300, env=env)
    assert ran.returncode != 0 and "No known vulnerabilities" not in ran.stdout


def test_s27_what_cannot_be_looked_up_is_no_pass(advisories: str, tmp_path: Path) -> None:
    """S27: pip-audit passes over what it cannot audit, and succeeds; --strict, which `make audit` has, makes it fail."""
    (tmp_path / "r.txt").write_text("thing @ file:///nowhere/thing-1.0.tar.gz\n")
    lax = [
        str(ROOT / ".venv/bin/pip-audit"),
        "--disable-pip",
        "--no-deps",
        "--progress-spinner",
        "off",
        "-s",
        "osv",
        "--osv-url",
        advisories,
    ]
    runs = [
        subprocess.run(
            [*lax, *more, "-r", str(tmp_path / "r.txt")], capture_output=True, text=True, check=False, timeout=300
        )
        for more in ((), ("--strict",))
    ]
    assert runs[0].returncode == 0 and "thing" in runs[0].stdout
    assert runs[1].returncode != 0
    assert re.search(r"^audit:.*\n\t\S*pip-audit .*--strict", (ROOT / "Makefile").read_text(), re.MULTILINE)


def unpinned(text: str) -> list[str]:
    """The requirements of a lock that are no exact version or have no hash, and lines that name a place to get things from."""
    logical = [
        line.strip()
        for line in re.sub(r"\\\n", " ", text).splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]
    exact = re.compile(r"[\w.-]+(?:\[[\w,]+\])?==[\w.!+]+(?: *;[^#]*?)?(?: +--hash=sha256:[0-9a-f]{64})+")
    return [line for line in logical if not exact.fullmatch(re.sub(r" +", " ", line))]


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_s28_locks_are_exact_and_hashed(name: str) -> None:
    """S28: every line of every lock is one version with its hashes."""
    text = (ROOT / "constraints" / name).read_text()
    assert text.count("==") > 30 and unpinned(text) == []
    assert {path.name for path in (ROOT / "constraints").iterdir()} == {"run.txt", "dev.txt"}


@pytest.mark.parametrize("line", [
    "click==8.2", "click>=8 --hash=sha256:" + "0" * 64, "click --hash=sha256:" + "0" * 64, "click==8.2 --hash=md5:" + "0" * 32, "--index-url http://localhost/",
    "click @ http://localhost/click.whl", "git+http://localhost/click", "click==8.* --hash=sha256:" + "0" * 64, "click==8.2 --hash=sha256:00",
])  # fmt: skip
def test_s28_the_check_finds_each_of_them(line: str) -> None:
    """S28: and passes what a lock should hold."""
    assert unpinned(f"{line}\n") == [line]
    assert unpinned(f'click==8.2 ; sys_platform == "win32" \\\n    --hash=sha256:{"0" * 64}\n') == []


def test_s28_the_locks_are_what_is_installed_from() -> None:
    """S28: `make` takes hashes from the locks and nothing else; no workflow of a host runs actions that move."""
    makefile = (ROOT / "Makefile").read_text()
    installs = re.findall(r"\$\(install\) (.*)", makefile)
    assert installs and all(
        "--require-hashes -r constraints/" in line or "--no-deps --no-build-isolation" in line for line in installs
    )
    used = [
        line.strip()
        for path in ROOT.glob(".github/**/*.y*ml")
        for line in path.read_text().splitlines()
        if "uses:" in line
    ]
    assert [line for line in used if not re.search(r"@[0-9a-f]{40}\b", line)] == []
    shell = "".join(path.read_text() for path in (ROOT / ".ci").iterdir() if path.is_file())
    assert not re.search(r"pip install(?!.*(--require-hashes|--no-deps|--upgrade pip))", shell) and "curl" not in shell
