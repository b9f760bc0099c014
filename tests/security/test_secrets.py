"""Where the key and the article go, and where not: S09, S15, S16 and S29. Each test knows a word that must not be found."""

from __future__ import annotations

import os
import subprocess
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from summarizer import SetupError, Summarizer
from tests.security.running import LOUD, MODULE, SCRIPT, Ran, run
from tests.support.endpoint import Answer, Endpoint, Seen, completion, serving
from tests.support.loopback import Quiet, listening
from tests.support.site import Page, Site
from tests.test_verify import ask, reply

KEY = "sk-canary-4711"
SENTENCE = "Zwetschgenmus asked Lee to wait for the report."
TEXT = f"Ann Lee met Bo Li in Corval on May 5. {SENTENCE} They signed a lease on the old mill."

ECHO = {"error": {"message": f"Incorrect API key provided: {KEY}. You sent: {SENTENCE}", "code": "invalid_api_key", "param": SENTENCE}}  # fmt: skip
GOOD = Answer(completion(reply(asks=[ask(SENTENCE.rstrip("."), by=[], of=["Lee"])])))
FAILURES = {
    "401": Answer(ECHO, 401), "400": Answer({"error": {**ECHO["error"], "code": SENTENCE, "type": KEY}}, 400), "403": Answer(ECHO, 403),
    "404": Answer(ECHO, 404), "413": Answer(ECHO, 413), "200 with an error": Answer(ECHO), "500": Answer(ECHO, 500), "no JSON": Answer(f"<p>{SENTENCE} {KEY}"),
    "half a JSON": Answer(f'{{"choices": [{{"message": "{SENTENCE} {KEY}'), "a redirect": Answer(ECHO, 307, {"location": f"http://127.0.0.1:9/{KEY}"}),
    "nonsense": Answer(completion(f"{SENTENCE} {KEY}")), "a refusal": Answer(completion(None, refusal=f"{SENTENCE} {KEY}")),
    "cut off": Answer(completion(f'{{"overview": "{SENTENCE}', finish="length")),
}  # fmt: skip


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize(
    ("status", "host"),
    [(301, "127.0.0.1"), (302, "127.0.0.1"), (307, "127.0.0.1"), (307, "localhost"), (308, "127.0.0.1")],
)
def test_s09_a_redirect_of_the_endpoint_is_not_followed(
    endpoint: Endpoint, article: Path, status: int, host: str
) -> None:
    """S09: the other server is not even connected to: neither the prompt nor the key can arrive."""
    with serving() as other:
        location = other.url.replace("127.0.0.1", host) + "/chat/completions"
        endpoint.play(Answer(status=status, headers={"location": location}))
        ran = run(article, "--model", "openai/x", "--base-url", endpoint.url, OPENAI_API_KEY=KEY)
        assert len(endpoint.seen) == 1 and other.seen == []
    assert ran.returncode == 3 and "redirects elsewhere" in ran.stderr


def looking(seen: list[str], behind: Callable[[Seen], Answer]) -> Callable[[Seen], Answer]:
    """Note what `ps` and /proc show of every process while a call is under way."""

    def behaviour(request: Seen) -> Answer:
        seen.append(subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout)
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:  # it has ended
                continue
        return behind(request)

    return behaviour


def written(folder: Path) -> bytes:
    """Every byte of every file: store, log of the store, exports."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def asked(endpoint: Endpoint, folder: Path) -> tuple[Ran, Ran]:
    """The article alone, and as a batch with a store and an export; every logger at its loudest."""
    to = ("--model", "openai/x", "--base-url", endpoint.url, "--timeout", "1.5", "--debug")
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_LOG": "debug"}
    one = run(folder / "article.txt", *to, by=LOUD, env=environ)
    return one, run("batch", folder / "article.txt", "-o", folder / "o.jsonl", *to, by=LOUD, env=environ)


def test_s15_the_key_is_nowhere_after_a_success(endpoint: Endpoint, article: Path) -> None:
    """S15: not in outputs with every logger at its loudest, nor in the store, the exports, `ps` or /proc/PID/cmdline."""
    shown: list[str] = []
    endpoint.behaviour = looking(shown, lambda _: GOOD)
    ran = asked(endpoint, article.parent)
    for name in ("o.csv", "o.parquet"):
        assert (
            run("export", article.parent / "o.jsonl.store", article.parent / name, OPENAI_API_KEY=KEY).returncode == 0
        )
    assert [seen.headers["authorization"] for seen in endpoint.seen] == [f"Bearer {KEY}"] * 2
    assert all(one.returncode == 0 and "DEBUG:asyncio" in one.stderr and " try 1: " in one.stderr for one in ran), ran
    assert any(str(article) in line for line in shown), "the process that asked was not seen"
    everything = "".join([*shown, *(one.stdout + one.stderr for one in ran)])
    assert KEY not in everything
    assert SENTENCE.encode() in written(article.parent) and KEY.encode() not in written(article.parent)


@pytest.mark.parametrize("name", ["401", "400", "500", "half a JSON", "no JSON", "200 with an error", "a redirect"])
def test_s15_the_key_is_nowhere_after_a_failure(endpoint: Endpoint, article: Path, name: str) -> None:
    """S15: also where the endpoint's answer echoes it."""
    endpoint.play(FAILURES[name])
    ran = asked(endpoint, article.parent)
    for one in ran:
        assert one.returncode in (1, 3) and "DEBUG:asyncio" in one.stderr, one
        assert KEY not in one.stdout + one.stderr
    assert b"SQLite" in written(article.parent) and KEY.encode() not in written(article.parent)


def test_s15_the_key_is_nowhere_when_nobody_answers(article: Path) -> None:
    """S15: a connection that is refused."""
    for one in asked(Endpoint("http://127.0.0.1:9/v1"), article.parent):
        assert one.returncode in (1, 3) and KEY not in one.stdout + one.stderr and "connection" in one.stderr
    assert KEY.encode() not in written(article.parent)


@pytest.mark.parametrize("name", ["401", "403", "404", "no JSON", "a redirect"])
def test_s15_the_key_is_in_no_exception(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """S15: neither its text, its state, nor a traceback with everything that was handled on the way."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    endpoint.play(FAILURES[name])
    with Summarizer("openai/x", base_url=endpoint.url) as session, pytest.raises(SetupError) as raised:
        session.summarize(TEXT)
    error = raised.value
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__dict__)
    told += "".join(traceback.format_exception(error.__context__ or error))
    assert "SetupError" in told and KEY not in told and SENTENCE not in told
    assert KEY not in repr(session) + repr(session.flow) + repr(session.flow.engine)


@pytest.mark.parametrize("name", FAILURES)
def test_s16_the_article_is_in_no_message(endpoint: Endpoint, article: Path, name: str) -> None:
    """S16: whatever fails, standard error holds no sentence of the article and not what the endpoint said of it."""
    endpoint.play(FAILURES[name])
    to = ("--model", "openai/x", "--base-url", endpoint.url, "--timeout", "1.5")
    one = run(article, *to, "--debug", OPENAI_API_KEY=KEY)
    many = run("batch", article, "-o", article.parent / "o.store", *to, OPENAI_API_KEY=KEY)
    assert " try 1: " in one.stderr and ("stopped: " in many.stderr or "FAILED 1: " in many.stderr)
    for ran in (one, many):
        assert ran.returncode in (1, 3) and ran.stderr.startswith("summarizer: ")
        assert "Zwetschgenmus" not in ran.stderr and KEY not in ran.stderr


def test_s16_the_article_is_in_no_message_about_itself(tmp_path: Path) -> None:
    """S16: files, pages and lines that cannot be read are told by their place."""
    (tmp_path / "a.txt").write_bytes(f"{SENTENCE} \xff".encode("latin-1"))
    (tmp_path / "a.jsonl").write_text(f'{{"text": "{SENTENCE}\n{{"text": "{SENTENCE}", "date": "someday"}}\n')
    (tmp_path / "a.csv").write_text(f'title,nothing\n{SENTENCE},"{SENTENCE}"\n')
    (tmp_path / "a.html").write_text(f"<html><script>{SENTENCE}</script></html>")
    for name in ("a.txt", "a.html"):
        ran = run(tmp_path / name, "--model", "builtin")
        assert ran.returncode == 2 and name in ran.stderr and "Zwetschgenmus" not in ran.stderr
    files = sorted(tmp_path.glob("a.*"))
    ran = run("batch", *files, "-o", tmp_path / "o.store", "--model", "builtin")
    assert ran.returncode == 1 and ran.stderr.count("UNREADABLE") >= 4 and "Zwetschgenmus" not in ran.stderr


HOSTILE = "OPENAI_API_KEY={key}\nOPENAI_BASE_URL={url}\nSUMMARIZER_MODEL=openai/x\nSUMMARIZER_BATCH_BASE_URL={url}\n"


@pytest.mark.parametrize("by", [MODULE, SCRIPT], ids=["module", "script"])
def test_s29_no_env_file_is_read(endpoint: Endpoint, article: Path, by: list[str]) -> None:
    """S29: what lies in the working directory decides neither the endpoint nor the key."""
    for name in (".env", ".env.local", "summarizer.toml", ".netrc"):
        (article.parent / name).write_text(HOSTILE.format(key=KEY, url=endpoint.url))
    ran = run(article.name, by=by, cwd=article.parent)
    assert ran.returncode == 0 and "OPENAI_API_KEY is not set" in ran.stderr
    assert run("batch", article.name, by=by, cwd=article.parent).returncode == 2
    assert "not set" in run("doctor", by=by, cwd=article.parent).stdout
    assert endpoint.seen == []


def test_s29_the_endpoint_is_named(endpoint: Endpoint, article: Path) -> None:
    """S29: standard error names the host that is asked, also where the environment chose it."""
    endpoint.play(GOOD)
    ran = run(article, "--model", "openai/x", OPENAI_BASE_URL=endpoint.url, OPENAI_API_KEY=KEY)
    assert ran.returncode == 0 and f"asking openai/x at {endpoint.url.split('/')[2]}" in ran.stderr


@pytest.mark.parametrize("command", [(), ("batch", "-o", "o.store"), ("render",)])
def test_s15_no_password_in_an_address(endpoint: Endpoint, article: Path, command: tuple[str, ...]) -> None:
    """S15: an address with a password is refused before it is used, kept or shown."""
    address = endpoint.url.replace("://", "://someone:hush-canary@")
    words = (*command[:1], article, *command[1:])
    ran = run(*words, "--model", "openai/x", cwd=article.parent, OPENAI_BASE_URL=address, OPENAI_API_KEY=KEY)
    assert ran.returncode == 2 and "no password" in ran.stderr and endpoint.seen == []
    assert "hush-canary" not in ran.stderr + ran.stdout and b"hush-canary" not in written(article.parent)


@pytest.mark.parametrize(("environ", "status", "words"), [
    ({"OPENAI_API_KEY": KEY + "\n"}, 3, "holds characters that no key has"),
    ({"OPENAI_API_KEY": KEY, "SSL_CERT_FILE": "/nonexistent"}, 3, "SSL_CERT_FILE"),
    ({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://a\x1bc/v1"}, 2, "--base-url is an http or https address"),
])  # fmt: skip
def test_r15_a_set_up_that_cannot_work(article: Path, environ: dict[str, str], status: int, words: str) -> None:
    """One line that says which, no traceback, no call."""
    ran = run(article, "--model", "openai/x", env=environ)
    assert ran.returncode == status and words in ran.stderr and "Traceback" not in ran.stderr and KEY not in ran.stderr


ECHOES = {
    "code and parameter": Answer({"error": {"code": KEY, "param": KEY, "message": "x"}}, 400),
    "model": Answer({**completion(reply(asks=[ask(SENTENCE.rstrip("."), by=[], of=["Lee"])])), "model": KEY}),
    "refusal": Answer(completion(None, refusal=f"I will not, {KEY}")), "reply": Answer(completion(f"Your key is {KEY}.")),
    "summary": Answer(completion(reply(overview=f"They met. {KEY}"))),
}  # fmt: skip


@pytest.mark.parametrize("name", ECHOES)
def test_s15_an_endpoint_that_tells_the_key(endpoint: Endpoint, article: Path, name: str) -> None:
    """S15: wherever in its answer it stands, it is in no output, store or export."""
    endpoint.play(ECHOES[name])
    ran = asked(endpoint, article.parent)
    assert all(one.returncode in (0, 1) and KEY not in one.stdout + one.stderr for one in ran), ran
    assert endpoint.seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert b"SQLite" in written(article.parent) and KEY.encode() not in written(article.parent)


def test_s29_the_endpoint_of_a_batch_is_named(endpoint: Endpoint, article: Path) -> None:
    """S29: a batch says it as one article does."""
    endpoint.play(GOOD)
    ran = run("batch", article, "-o", article.parent / "o.store", "--model", "openai/x", OPENAI_BASE_URL=endpoint.url)
    assert ran.returncode == 0 and len(endpoint.seen) == 1
    assert f"asking openai/x at {endpoint.url.split('/')[2]}" in ran.stderr


class Proxy(Quiet):
    """Notes what it is asked to pass on."""

    asked: list[str]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.asked.append(f"{self.command} {self.path}")
        self.send_response(502)
        self.send_header("content-length", "0")
        self.end_headers()

    do_POST = do_CONNECT = do_GET  # noqa: N815 - the names that the server calls


PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def test_s29_fetching_ignores_proxies(article: Path, endpoint: Endpoint, site: Site) -> None:
    """S29: pages are fetched past them; the endpoint is asked through them, because they are the operator's choice."""
    Proxy.asked = []
    endpoint.play(GOOD)
    with listening(Proxy) as url:
        environ: dict[str, str] = dict.fromkeys(PROXIES, url)
        site.pages["/"] = Page(TEXT, headers={"content-type": "text/plain"})
        page = run(f"{site.url}/", "--allow-private", "--model", "builtin", env=environ)
        assert page.returncode == 0 and site.asked("/") == 1 and Proxy.asked == []
        to = ("--model", "openai/x", "--base-url", endpoint.url, "--timeout", "2")
        run(article, *to, env=environ)
        assert set(Proxy.asked) == {f"POST {endpoint.url}/chat/completions"} and endpoint.seen == []
        Proxy.asked.clear()
        assert run(article, *to, env=environ, NO_PROXY="127.0.0.1").returncode == 0
        assert Proxy.asked == [] and len(endpoint.seen) == 1


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_s29_certificates_that_cannot_be_read_are_said(tmp_path: Path, content: bytes | None) -> None:
    """S29: SSL_CERT_FILE counts, and a wrong one stops before anything is fetched rather than trusting something else."""
    if content:
        (tmp_path / "ca.pem").write_bytes(content)
    ran = run("http://127.0.0.1:9/", "--allow-private", "--model", "builtin", SSL_CERT_FILE=str(tmp_path / "ca.pem"))
    assert ran.returncode == 2 and "SSL_CERT_FILE" in ran.stderr and "Traceback" not in ran.stderr


def test_s29_modules_of_the_working_directory_are_not_loaded(tmp_path: Path) -> None:
    """S29: neither the command nor the process that reads a large page takes code from where it happens to stand."""
    for name in ("trafilatura", "lxml", "json", "summarizer", "feedparser", "click"):
        (tmp_path / f"{name}.py").write_text("import os; os.close(os.open('ran', os.O_CREAT)); raise SystemExit(9)")
    body = "<p>The minister met the ambassador and they agreed to reopen the harbour.</p>" * 4
    (tmp_path / "a.html").write_text(f"<html><body><article>{body}</article><!--{'x' * 300_000}--></body></html>")
    ran = run("a.html", "--model", "builtin", by=SCRIPT, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert not (tmp_path / "ran").exists()
    assert os.listdir(tmp_path)  # noqa: PTH208 - nothing was removed to make this pass
