"""The command as people and scripts run it: a real process, its two outputs and its exit status."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from summarizer.cli.root import root
from tests.conftest import ROOT
from tests.support.endpoint import Answer, Endpoint, completion
from tests.test_verify import TEXT, ask, reply

EXAMPLE = str(ROOT / "examples" / "harbour-talks.txt")
Ran = subprocess.CompletedProcess[str]


def run(*args: str, stdin: str | bytes | None = None, **environ: str) -> Ran:
    """Run `summarizer` in a bare environment."""
    env = {"PATH": os.environ["PATH"], "COLUMNS": "80", "HOME": "/nonexistent", **environ}
    data = stdin.encode() if isinstance(stdin, str) else stdin
    ran = subprocess.run(
        [sys.executable, "-m", "summarizer", *args], input=data, capture_output=True, env=env, timeout=60, check=False
    )
    return subprocess.CompletedProcess(args, ran.returncode, ran.stdout.decode(), ran.stderr.decode())


@pytest.fixture
def article(tmp_path: Path) -> str:
    path = tmp_path / "article.txt"
    path.write_text(TEXT)
    return str(path)


def test_without_a_key_the_rules_answer() -> None:
    """JSON when piped; the notice goes to standard error."""
    ran = run(EXAMPLE, "--published", "2026-03-19")
    assert ran.returncode == 0
    assert "the built-in rules answer" in ran.stderr
    record = json.loads(ran.stdout)
    assert record["status"] == "ok" and record["summary"]["date"]["resolved"] == "2026-03-17"
    assert record["provenance"]["engine"] == "builtin"


def test_table_is_legible() -> None:
    """80 columns, no colour codes in a pipe, every quote shown."""
    ran = run(EXAMPLE, "--published", "2026-03-19", "--format", "table", "--model", "builtin")
    assert ran.returncode == 0 and ran.stderr == ""
    assert all(len(line) <= 80 for line in ran.stdout.splitlines())
    assert "\x1b" not in ran.stdout
    text = " ".join(ran.stdout.split())
    for words in (
        "Mara Veld, Foreign Minister",
        "“on Tuesday”: 2026-03-17",
        "AGREEMENTS (2)",
        "“Veld asked Oster to release",
    ):
        assert words in text


def test_standard_input_and_markdown() -> None:
    """A dash reads standard input."""
    ran = run("-", "--format", "md", "--model", "builtin", stdin=Path(EXAMPLE).read_text())
    assert ran.returncode == 0 and "## Offers (1)" in ran.stdout and "> Oster was prepared" in ran.stdout


def test_a_model_behind_an_address(endpoint: Endpoint, article: str) -> None:
    """The key goes to the endpoint and nowhere else; the endpoint is named."""
    endpoint.say(reply(asks=[ask("Li asked Lee to wait")]))
    ran = run(article, "--model", "openai/x", "--base-url", endpoint.url, OPENAI_API_KEY="key-canary")
    assert ran.returncode == 0, ran.stderr
    assert endpoint.seen[0].headers["authorization"] == "Bearer key-canary"
    assert "canary" not in ran.stdout + ran.stderr and f"openai/x at {endpoint.url.split('/')[2]}" in ran.stderr
    assert json.loads(ran.stdout)["summary"]["asks"][0]["evidence"][0]["start"] == TEXT.index("Li asked")


def test_problems_cannot_be_missed(endpoint: Endpoint, article: str) -> None:
    """They come last, under their own heading, in every view; strict mode fails."""
    endpoint.say(reply(asks=[ask("Li begged Lee to wait")]))
    options = ("--model", "openai/x", "--base-url", endpoint.url)
    table = run(article, *options, "--format", "table")
    assert table.returncode == 0
    assert "PROBLEMS (1): said by the model, not confirmed" in table.stdout.split("OFFERS")[1]
    assert "Problems (1)" in run(article, *options, "--format", "md").stdout
    strict = run(article, *options, "--strict")
    assert strict.returncode == 1 and "unsupported" in strict.stderr
    record = json.loads(strict.stdout)
    assert record["status"] == "failed" and record["summary"] is None and record["problems"]


@pytest.mark.parametrize(("args", "status", "message"), [
    (["no-such-file.txt"], 2, "no-such-file.txt: cannot be read: No such file or directory"),
    ([EXAMPLE, "--published", "19.3.2026"], 2, "is no day; write it as 2026-03-19"),
    ([EXAMPLE, "--model", "gpt"], 2, "--model is ENGINE/NAME or builtin"),
    ([EXAMPLE, "--schema", "meting"], 2, "did you mean 'meeting'?"),
    ([EXAMPLE, "--prompt", "meating"], 2, "did you mean 'meeting'?"),
    ([EXAMPLE, "--model", "openai/x"], 3, "needs a key: set OPENAI_API_KEY"),
    ([EXAMPLE, "--model", "mistral/x"], 3, "pip install"),
    ([EXAMPLE, "--model", "nobody/x"], 3, "no provider is called 'nobody'"),
    ([EXAMPLE, "--model", "openai/x", "--base-url", "ftp://a"], 2, "--base-url is an http or https address"),
    ([EXAMPLE, "--model", "openai/x", "--base-url", ""], 2, "--base-url is empty"),
    ([EXAMPLE, "--base-url", "http://127.0.0.1:9/v1"], 2, "--base-url needs --model"),
    ([EXAMPLE, "--model", "ollama/x", "--max-cost", "1"], 2, "has none in the price table"),
    ([EXAMPLE, "--unknown"], 2, "No such option"),
    ([EXAMPLE, "second.txt"], 2, "'second.txt' is one article too many; for several: summarizer batch SOURCE..."),
    ([EXAMPLE, "2.txt", "3.txt"], 2, "'2.txt' is one article too many; for several: summarizer batch SOURCE..."),
    ([str(ROOT / "examples") + "/"], 2, "examples/: is a folder, not an article; for a folder: summarizer batch"),
    (["render", str(ROOT / "examples")], 2, "examples: is a folder, not an article; for a folder: summarizer batch"),
])  # fmt: skip
def test_mistakes(args: list[str], status: int, message: str) -> None:
    """One clear line on standard error, the exit status of the contract, nothing on standard output, no traceback."""
    ran = run(*args)
    assert (ran.returncode, ran.stdout) == (status, "")
    assert message in ran.stderr and "Traceback" not in ran.stderr
    assert ran.stderr.startswith("summarizer: ")


def test_another_providers_key(endpoint: Endpoint, article: str, tmp_path: Path) -> None:
    """Without it nothing is connected, no article fails, and doctor names the same variable; counting needs none."""
    options = ("--model", "anthropic/claude-test")
    there = {"ANTHROPIC_BASE_URL": endpoint.url.removesuffix("/v1")}
    store = tmp_path / "o.store"
    for args in ([article], ["batch", article, "-o", str(store)]):
        ran = run(*args, *options, **there)
        assert (ran.returncode, ran.stdout) == (3, "")
        assert ran.stderr == (
            "summarizer: the model anthropic/claude-test needs a key: set ANTHROPIC_API_KEY, or run --model builtin\n"
        )
    assert "articles   none" in run("status", str(store)).stdout
    doctor = run("doctor", *options, **there)
    assert doctor.returncode == 3 and "key        ANTHROPIC_API_KEY is not set" in doctor.stdout
    assert "endpoint   the model anthropic/claude-test needs a key" in doctor.stdout
    doctor = run("doctor", *options, ANTHROPIC_API_KEY="key-canary", **there)
    assert doctor.returncode == 0 and "key        ANTHROPIC_API_KEY is set" in doctor.stdout
    assert "canary" not in doctor.stdout
    dry = run("batch", EXAMPLE, *options, "--dry-run", **there)
    assert dry.returncode == 0 and "1 to do" in dry.stdout, dry.stderr
    assert endpoint.seen == []


def test_binary_and_empty_input() -> None:
    """Bytes that are no text, and nothing at all."""
    assert "is binary, not text" in run("-", stdin=b"\x00\x01\x02").stderr
    empty = run("-", stdin="")
    assert empty.returncode == 2 and "the article is empty" in empty.stderr


@pytest.mark.parametrize(("answer", "status"), [
    (Answer(status=401), 3), (Answer("<html>"), 3), (Answer(completion(None, refusal="no")), 1),
])  # fmt: skip
def test_exit_status_of_failures(endpoint: Endpoint, article: str, answer: Answer, status: int) -> None:
    """Account and set-up end with 3, an article with 1 and its record."""
    endpoint.play(answer)
    ran = run(article, "--model", "openai/x", "--base-url", endpoint.url)
    assert ran.returncode == status
    assert bool(ran.stdout) == (status == 1)


def test_budget_ends_with_4(endpoint: Endpoint, article: str) -> None:
    """Nothing was sent."""
    ran = run(article, "--model", "openai/gpt-6-luna", "--base-url", endpoint.url, "--max-cost", "0.0001")
    assert ran.returncode == 4 and endpoint.seen == [] and "--max-cost" in ran.stderr


def test_options_from_the_environment(endpoint: Endpoint, article: str) -> None:
    """Every option has a variable; SUMMARIZER_MODEL is the default model; the command line wins."""
    endpoint.say(reply())
    by_environment = {
        "SUMMARIZER_MODEL": "openai/y",
        "SUMMARIZER_SUMMARIZE_BASE_URL": endpoint.url,
        "SUMMARIZER_SUMMARIZE_PUBLISHED": "2026-05-07",
    }
    record = json.loads(run(article, **by_environment).stdout)
    assert record["provenance"]["model"] == "y" and record["article"]["published"] == "2026-05-07"
    assert json.loads(run(article, "--model", "builtin", **by_environment).stdout)["provenance"]["engine"] == "builtin"


def test_one_price_for_one_request() -> None:
    """What `render` says of an article is what `batch --dry-run` says of it: of what is sent, not of how it is printed."""
    asked = ("--model", "openai/gpt-6-luna")
    shown = run("render", EXAMPLE, *asked)
    [tokens] = re.findall(r"about (\d+) tokens in", shown.stderr)
    assert f"about {tokens} in;" in run("batch", EXAMPLE, "--dry-run", *asked).stdout
    body = json.dumps(json.loads(shown.stdout), ensure_ascii=False, separators=(",", ":"))
    assert 0.9 < 4 * int(tokens) / len(body) <= 1


def test_what_no_variable_can_say() -> None:
    """SUMMARIZER_VERSION is what a script may well call the version that it installs."""
    ran = run("prompts", SUMMARIZER_VERSION="0.1.0", SUMMARIZER_HELP="1", SUMMARIZER_PROMPTS_HELP="1")
    assert ran.returncode == 0 and "meeting" in ran.stdout and ran.stderr == ""
    context = click.Context(root)
    commands = [root, *(root.get_command(context, name) for name in root.list_commands(context))]
    helps = [command.get_help_option(context) for command in commands if command is not None]
    assert not any(option is None or option.allow_from_autoenv for option in helps)


NASTY = "Ann Lee met Bo Li on May 5. Li asked Lee to \x1b[2J\x1b]52;c;aGk=\x07 wait\u202e now\x9b31m."


@pytest.mark.parametrize("form", ["table", "md", "json"])
def test_no_control_character_reaches_a_terminal(endpoint: Endpoint, tmp_path: Path, form: str) -> None:
    """Neither from the article nor from the reply, in any view, on a real terminal."""
    path = tmp_path / "nasty\x1b[31m.txt"
    path.write_text(NASTY)
    item = ask(NASTY[28:], what="\x1b[31mred\x07\u202e")
    endpoint.say(reply(overview="\x1b]0;title\x07", asks=[item, ask("gone \x1b[2J")]))
    main, other = pty.openpty()
    env = {"PATH": os.environ["PATH"], "COLUMNS": "80", "TERM": "dumb", "HOME": "/nonexistent", "NO_COLOR": "1"}
    command = [
        sys.executable,
        "-m",
        "summarizer",
        str(path),
        "--model",
        "openai/x",
        "--base-url",
        endpoint.url,
        "--format",
        form,
    ]
    process = subprocess.Popen(command, stdout=other, stderr=other, env=env)
    os.close(other)
    shown = b""
    try:
        while chunk := os.read(main, 65536):
            shown += chunk
    except OSError:  # the terminal's end when the process has gone
        pass
    assert process.wait(timeout=60) == 0
    text = shown.decode()
    assert "Ann Lee" in text or "Li asked Lee" in text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_render_shows_what_would_be_sent(endpoint: Endpoint, article: str) -> None:
    """The body is the one that goes over the wire; nothing is sent; the estimate goes to standard error."""
    options = ("--model", "openai/gpt-6-luna", "--base-url", endpoint.url)
    shown = run("render", article, *options)
    assert shown.returncode == 0 and endpoint.seen == []
    assert re.search(r"about \d+ tokens in.*about \$0\.\d+ with 1000 tokens out", shown.stderr)
    endpoint.say(reply())
    run(article, *options)
    assert json.loads(shown.stdout) == endpoint.seen[0].body
    would = "this is what openai/gpt-6-luna would be sent\n"
    assert f"summarizer: no model was named and OPENAI_API_KEY is not set; {would}" in run("render", article).stderr
    ruled = run("render", article, "--model", "builtin").stderr
    assert f"summarizer: the built-in rules are sent nothing; {would}" in ruled and "asked for" not in ruled
    assert "the built-in rules are sent nothing" in run("render", article, SUMMARIZER_MODEL="builtin").stderr
    assert (
        "price of openai/x is not known"
        in run("render", article, "--model", "openai/x", "--base-url", endpoint.url).stderr
    )


def test_prompts_and_schema(tmp_path: Path) -> None:
    """Listed and printed; what is printed is a prompt file again."""
    assert "meeting" in run("prompts").stdout
    printed = run("prompts", "meeting").stdout
    (tmp_path / "copy.md").write_text(printed)
    again = run("prompts", str(tmp_path / "copy.md"))
    assert again.returncode == 0 and again.stdout == printed
    assert "resolved" in run("schema").stdout and "resolved" not in run("schema", "--sent").stdout
    assert run("schema", "nothing").returncode == 2


def test_custom_schema_and_prompt(endpoint: Endpoint, article: str, tmp_path: Path) -> None:
    """Ten lines each, from the command line, in every view."""
    recorded = ROOT / "tests" / "recorded"
    endpoint.say(
        {"headline": "They met", "promises": [{"by": "Lee", "what": "pay", "proof": {"quote": "They signed an MoU"}}]}
    )
    for form in ("json", "table", "md"):
        options = (
            "--schema",
            f"{recorded / 'brief.py'}:Brief",
            "--prompt",
            str(recorded / "brief.md"),
            "--format",
            form,
        )
        ran = run(article, "--model", "openai/x", "--base-url", endpoint.url, *options)
        assert ran.returncode == 0, ran.stderr
        assert "They signed an MoU" in ran.stdout and "They met" in ran.stdout
    no_schema = run(article, "--model", "openai/x", "--base-url", endpoint.url, "--prompt", str(recorded / "brief.md"))
    assert no_schema.returncode == 2 and "--schema FILE.py:Brief" in no_schema.stderr


def test_doctor(endpoint: Endpoint) -> None:
    """Which engine and why, whether it answers, which versions; never the key."""
    rules = run("doctor")
    assert rules.returncode == 0 and "builtin" in rules.stdout and "nothing leaves this machine" in rules.stdout
    up = run("doctor", "--model", "openai/x", "--base-url", endpoint.url, OPENAI_API_KEY="key-canary")
    assert up.returncode == 0 and "answers" in up.stdout and "canary" not in up.stdout + up.stderr
    assert re.search(r"openai +3\.", up.stdout)
    down = run("doctor", "--model", "openai/x", "--base-url", "http://127.0.0.1:9/v1")
    assert down.returncode == 3 and "does not answer" in down.stdout


def test_help() -> None:
    """Every command has a help with its first line; the root shows what can be pasted."""
    assert "summarizer article.txt" in run("--help").stdout
    for command in ("summarize", "batch", "status", "retry", "export", "render", "prompts", "schema", "doctor"):
        ran = run(command, "--help")
        assert ran.returncode == 0 and len(ran.stdout.splitlines()) > 4
    assert run().returncode == 2
    assert run("--version").stdout.startswith("summarizer 0.")


def test_a_reader_that_leaves_is_no_error() -> None:
    """`summarizer … | head -1` ends without a traceback."""
    command = f"{sys.executable} -m summarizer {EXAMPLE} --model builtin | head -c 1"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in ran.stderr and "BrokenPipe" not in ran.stderr


def test_interrupt(endpoint: Endpoint, article: str) -> None:
    """Ctrl-C while waiting ends with 130 and one line."""
    import signal
    import time

    endpoint.play(Answer(completion(reply()), delay=30))
    command = [sys.executable, "-m", "summarizer", article, "--model", "openai/x", "--base-url", endpoint.url]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]}
    )
    deadline = time.monotonic() + 30
    while not endpoint.seen and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130 and "interrupted" in errors and "Traceback" not in errors
