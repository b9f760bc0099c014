"""Batches as operators run them: real processes, real sockets."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from summarizer import Article, SetupError, Summarizer
from summarizer.cli.progress import failures
from summarizer.failures import HOPELESS
from tests.batch.runs import answering, command, rows, run, text, write
from tests.conftest import ROOT
from tests.support.endpoint import Answer, Endpoint, completion
from tests.support.site import Page, Site
from tests.test_verify import ask, reply

if TYPE_CHECKING:
    from summarizer.store import Store


def test_a_batch_and_its_second_run(endpoint: Endpoint, tmp_path: Path) -> None:
    """R51: everything once, in input order; run again it sends nothing and writes the same bytes."""
    endpoint.behaviour = answering()
    source, out = write(tmp_path / "a.jsonl", 50), tmp_path / "o.jsonl"
    first = run("batch", source, "-o", out, "--base-url", endpoint.url)
    assert first.returncode == 0 and "50 ok, 0 failed" in first.stderr, first.stderr
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [record["article"]["title"] for record in records] == [f"t{i}" for i in range(50)]
    assert all(record["summary"]["asks"] for record in records) and len(endpoint.seen) == 50
    before = out.read_bytes()
    again = run("batch", source, "-o", out, "--base-url", endpoint.url)
    assert again.returncode == 0 and "50 seen before" in again.stderr
    assert len(endpoint.seen) == 50 and out.read_bytes() == before


def test_failures_are_told_and_retried(endpoint: Endpoint, tmp_path: Path) -> None:
    """What failed, why, and whether trying again may help; the command that tries again does so for all kinds."""
    bad = {3: Answer(completion(None, refusal="no")), 5: Answer({"error": {"code": "context_length_exceeded"}}, 400)}
    endpoint.behaviour = answering(odd=bad.get)
    source, out = write(tmp_path / "a.jsonl", 10), tmp_path / "o.store"
    ran = run("batch", source, "-o", out, "--base-url", endpoint.url)
    assert ran.returncode == 1
    for words in (
        "2 failed",
        "FAILED 1: refused",
        "FAILED 1: too_long",
        f"asking again does not help refused, too_long; each record says why: summarizer export {out}",
    ):
        assert words in ran.stderr, ran.stderr
    assert "try them again" not in ran.stderr and "summarizer retry" not in ran.stderr
    assert run("batch", source, "-o", out, "--base-url", endpoint.url).returncode == 1 and len(endpoint.seen) == 10
    endpoint.behaviour = answering()
    assert run("retry", out, "--kind", "refused").returncode == 1 and len(endpoint.seen) == 11
    assert run("retry", out).returncode == 0 and len(endpoint.seen) == 12
    assert rows(out) == [("ok", None, 10, 10)]
    shown = run("status", out).stdout
    assert "10 ok" in shown and "calls      12" in shown


@pytest.mark.parametrize("answer", [
    Answer({"error": {"type": "insufficient_quota", "code": "credit_balance_exhausted"}}, 429), Answer(status=401),
    Answer({"error": {"code": "model_not_found"}}, 404), Answer("<html>"),
])  # fmt: skip
def test_r14_account_failures_stop_everything(endpoint: Endpoint, tmp_path: Path, answer: Answer) -> None:
    """R14 to R17: at most `concurrency` requests for a thousand articles, none marked failed, exit 3, one line."""
    endpoint.play(answer)
    source, out = write(tmp_path / "a.jsonl", 1000), tmp_path / "o.store"
    ran = run("batch", source, "-o", out, "--base-url", endpoint.url, "--concurrency", "8")
    assert ran.returncode == 3 and "stopped: openai/x: " in ran.stderr
    assert len(endpoint.seen) <= 8
    assert {row[0] for row in rows(out)} == {"pending"}


def test_r41_the_budget(endpoint: Endpoint, tmp_path: Path) -> None:
    """R41: never a cent over, exit 4, the rest stays to be done; an unknown price refuses to start."""
    endpoint.behaviour = answering()
    source, out = write(tmp_path / "a.jsonl", 200), tmp_path / "o.store"
    options = ("--base-url", endpoint.url, "--max-cost", "0.005", "--max-output-tokens", "1000")
    ran = run("batch", source, "-o", out, *options, model="openai/gpt-6-luna")
    assert ran.returncode == 4 and "--max-cost" in ran.stderr, ran.stderr
    with closing(sqlite3.connect(out)) as db:
        assert db.execute("SELECT sum(cost) FROM articles").fetchone()[0] <= 0.005
    done = {row[0]: row[2] for row in rows(out)}
    assert done["ok"] == len(endpoint.seen) and done["pending"] > 0
    assert run("batch", source, "-o", tmp_path / "p.store", *options).returncode == 2


def test_r48_one_text_in_five_feeds(endpoint: Endpoint, site: Site, tmp_path: Path) -> None:
    """R48, R49: one call and five references; an edited text is one new call; a run an hour later sends nothing."""
    body = text(1) + " They talked for a long time about many things. " * 20
    for i in range(5):
        entry = f"<item><title>T</title><link>{site.url}/{i}</link><description>{body}</description></item>"
        site.pages[f"/feed{i}"] = Page(f'<rss version="2.0"><channel>{entry}</channel></rss>')
    endpoint.behaviour = answering()
    out = tmp_path / "o.store"
    feeds = [f"{site.url}/feed{i}" for i in range(5)]
    options = ("-o", out, "--base-url", endpoint.url, "--allow-private", "--delay", "0")
    assert run("batch", *feeds, *options).returncode == 0
    assert len(endpoint.seen) == 1 and rows(out) == [("ok", None, 1, 1)]
    with closing(sqlite3.connect(out)) as db:
        assert db.execute("SELECT count(*) FROM sources").fetchone()[0] == 5
    run("batch", *feeds, *options)
    assert len(endpoint.seen) == 1
    edited = (
        f'<rss version="2.0"><channel><item><title>T</title><description>{body}!</description></item></channel></rss>'
    )
    site.pages["/feed0"] = Page(edited)
    run("batch", *feeds, *options)
    assert len(endpoint.seen) == 2


def test_a_prompt_with_an_address_asks_for_each(endpoint: Endpoint, tmp_path: Path) -> None:
    """What the prompt shows of an article is part of what is asked; what it does not show asks for nothing again."""
    endpoint.behaviour = answering()
    (tmp_path / "my.md").write_text(
        "---\nschema: meeting\nversion: 1\ndescription: d\n---\n# System\nDo it.\n# Article\n$url\n$text\n"
    )
    lines = [{"text": text(1), "url": f"http://x/{url}", "title": title} for url, title in ("ab", "ac", "bb")]
    source = tmp_path / "a.jsonl"
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    options = (source, "-o", tmp_path / "o.store", "--prompt", tmp_path / "my.md")
    shown = run("batch", *options, "--dry-run").stdout
    assert "2 to do, 1 seen before or twice" in shown
    ran = run("batch", *options, "--base-url", endpoint.url)
    assert "2 ok, 0 failed, 1 seen before" in ran.stderr, ran.stderr
    assert ["http://x/a" in seen.user for seen in endpoint.seen].count(True) == 1 and len(endpoint.seen) == 2


def test_the_day_of_articles_without_one(endpoint: Endpoint, tmp_path: Path) -> None:
    """It is given to those alone, is part of what is asked, and a retry knows it from the store."""
    endpoint.behaviour = answering(odd=lambda i: Answer(completion(None, refusal="no")) if i == 1 else None)
    source, out = tmp_path / "a.jsonl", tmp_path / "o.store"
    lines = [{"text": text(0), "published": "2026-05-07"}, {"text": text(1)}]
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    given = (source, "-o", out, "--published", "2025-05-09")
    ran = run("batch", *given, "--base-url", endpoint.url)
    assert ran.returncode == 1, ran.stderr
    days = sorted(day for seen in endpoint.seen for day in re.findall(r"Published: (\S+)", seen.user))
    assert days == ["2025-05-09", "2026-05-07"]
    assert "0 to do, 2 seen" in run("batch", *given, "--dry-run").stdout
    assert "1 to do, 1 seen" in run("batch", source, "-o", out, "--dry-run").stdout
    endpoint.behaviour = answering()
    assert run("retry", out).returncode == 0 and "Published: 2025-05-09" in endpoint.seen[-1].user


def test_a_feed_that_is_read_with_another_day(endpoint: Endpoint, site: Site, tmp_path: Path) -> None:
    """Its entries are other articles then, so that it is asked for whole."""
    body = text(1) + " They talked for a long time about many things. " * 20
    entry = f"<item><title>T</title><description>{body}</description></item>"
    feed = Page(f'<rss version="2.0"><channel>{entry}</channel></rss>', headers={"etag": '"1"'})
    site.pages["/feed"] = lambda asked: Page(status=304) if "if-none-match" in asked else feed
    endpoint.behaviour = answering()
    options = (f"{site.url}/feed", "-o", tmp_path / "o.store", "--base-url", endpoint.url, "--allow-private")
    assert run("batch", *options).returncode == 0
    ran = run("batch", *options, "--published", "2026-05-07")
    assert "1 ok" in ran.stderr and "Published: 2026-05-07" in endpoint.seen[-1].user, ran.stderr


def test_near_copies_and_texts_without_a_meeting(endpoint: Endpoint, tmp_path: Path) -> None:
    """A wire copy points to the one that was summarised; a text without any sign is skipped; both are recorded."""
    wire = " ".join(
        f"The ministers met in the capital and they agreed to continue the talks on item {i}." for i in range(40)
    )
    texts = [
        wire,
        wire.replace("item 7.", "item 7, officials said."),
        "The tower is white and 34 metres high. It was built of stone in the town.",
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    endpoint.say(reply())
    options = ("--dedupe", "near", "--only-meetings", "--base-url", endpoint.url)
    ran = run("batch", tmp_path / "a.jsonl", "-o", tmp_path / "o.jsonl", *options)
    assert ran.returncode == 0 and "2 skipped" in ran.stderr and len(endpoint.seen) == 1
    records = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert [record["status"] for record in records] == ["ok", "skipped", "skipped"]
    assert records[0]["article"]["id"] in records[1]["error"]["message"] and records[2]["error"]["kind"] == "no_meeting"


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ({"server": 2, "unsupported": 1}, ["try them again: summarizer retry o.store  (or --kind KIND)"]),
        (
            {"language": 3, "timeout": 2, "empty": 1},
            [
                "try these again: summarizer retry o.store --kind timeout --kind empty",
                "asking again does not help language; each record says why: summarizer export o.store",
            ],
        ),
    ],
)
def test_what_may_help(kinds: dict[str, int], said: list[str]) -> None:
    """Only kinds that another try may end otherwise are advised to be tried again."""

    class Counted:
        path = Path("o.store")

        def kinds(self, settings: str | None = None, status: str = "failed") -> dict[str, int]:
            return kinds if status == "failed" else {}

        def breakages(self, *, new: bool = False) -> list[tuple[str, str]]:
            return []

    lines = list(failures(cast("Store", Counted()), "settings"))
    assert lines == [*(f"FAILED {count}: {kind}" for kind, count in kinds.items()), *said]


def test_the_operators_page_lists_what_does_not_help() -> None:
    """The page and the last words say it of the same kinds."""
    page = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if "asking again does not help" in line)
    assert {*re.findall(r"`(\w+)`", row.split("|")[1]), "no_text"} == HOPELESS


def test_bad_entries_are_named_and_counted(endpoint: Endpoint, tmp_path: Path) -> None:
    """They do not end the run; they are in the last words, in `status`, and in the exit status."""
    endpoint.behaviour = answering()
    source = write(tmp_path / "a.jsonl", 3)
    source.write_text(source.read_text() + "{broken\n" + json.dumps({"text": text(9)}) + "\n")
    ran = run("batch", source, "-o", tmp_path / "o.store", "--base-url", endpoint.url)
    assert ran.returncode == 1 and f"UNREADABLE {source}:4" in ran.stderr and len(endpoint.seen) == 4
    assert f"unreadable {source}:4" in run("status", tmp_path / "o.store").stdout


def test_a_dry_run_counts_what_is_still_to_be_done(endpoint: Endpoint, tmp_path: Path) -> None:
    """What a stop left is done by the next run, whether its sources still hold it or not."""
    source, out = write(tmp_path / "a.jsonl", 3), tmp_path / "o.store"
    endpoint.play(Answer(status=401))
    assert run("batch", source, "-o", out, "--base-url", endpoint.url).returncode == 3
    assert "3 to do, 0 seen" in run("batch", source, "-o", out, "--dry-run").stdout
    assert "2 to do, 0 seen" in run("batch", source, "-o", out, "--dry-run", "--limit", "2").stdout
    lines = source.read_text().splitlines()
    source.write_text("\n".join([lines[0], lines[0], '{"text": "They met."}']))
    assert "4 to do, 1 seen" in run("batch", source, "-o", out, "--dry-run").stdout
    assert "2 to do, 1 seen" in run("batch", source, "-o", out, "--dry-run", model="openai/other").stdout


def test_dry_run_limit_and_standard_input(endpoint: Endpoint, tmp_path: Path) -> None:
    """Counting sends nothing; a limit ends a run cleanly; a dash takes a list."""
    endpoint.behaviour = answering()
    source, out = write(tmp_path / "a.jsonl", 20), tmp_path / "o.store"
    dry = run("batch", source, "--dry-run", model="openai/gpt-6-luna", cwd=tmp_path)
    assert dry.returncode == 0 and "20 to do" in dry.stdout and re.search(r"about \$0\.\d+", dry.stdout)
    assert endpoint.seen == [] and not list(tmp_path.glob("*.store"))
    assert (
        run("batch", source, "-o", out, "--base-url", endpoint.url, "--limit", "5", "--concurrency", "3").returncode
        == 0
    )
    assert len(endpoint.seen) == 5 and rows(out) == [("ok", None, 5, 5)]
    assert "15 to do, 5 seen" in run("batch", source, "-o", out, "--dry-run").stdout
    unnamed = run("batch", source, "--dry-run", model=None, cwd=tmp_path)
    assert unnamed.returncode == 0 and unnamed.stdout == dry.stdout
    assert unnamed.stderr == (
        "summarizer: no model was named and OPENAI_API_KEY is not set; counted as for openai/gpt-6-luna\n"
    )
    env = {"PATH": os.environ["PATH"]}
    piped = subprocess.run(
        command("batch", "-", "-o", out, "--base-url", endpoint.url),
        input=source.read_bytes(),
        env=env,
        capture_output=True,
        check=False,
    )
    assert piped.returncode == 0 and rows(out) == [("ok", None, 20, 20)]


def test_mistakes(tmp_path: Path) -> None:
    """Before anything is sent or made: one line, exit 2."""
    source = write(tmp_path / "a.jsonl", 1)
    for args, words in (
        (["batch", str(source)], "rules answer many articles only if asked to"),
        (["batch", "nowhere", "--model", "builtin"], "no such file or folder"),
        (["batch", str(source), "--model", "builtin", "--map", "txt=body"], "write it as text=body"),
        (["status", str(tmp_path / "no.store")], "no store"), (["retry", str(tmp_path / "no.store")], "no store"),
        (["export", str(tmp_path / "no.store"), "x.csv"], "no store"),
    ):  # fmt: skip
        env = {"PATH": os.environ["PATH"]}
        ran = subprocess.run(
            [sys.executable, "-m", "summarizer", *args],
            capture_output=True,
            text=True,
            env=env,
            cwd=tmp_path,
            check=False,
        )
        assert ran.returncode == 2 and words in ran.stderr and "Traceback" not in ran.stderr, ran.stderr


def test_exports(endpoint: Endpoint, tmp_path: Path) -> None:
    """S17: CSV and Parquet have one row an item; what a spreadsheet would run is text; JSONL is unchanged."""
    import csv

    import pyarrow.parquet as pq

    evil = ask(f"Li asked Lee to wait for report {0}", what='=HYPERLINK("http://localhost/")') | {"response": None}
    endpoint.say(reply(asks=[evil, ask("Ann Lee met Bo Li on May 5", what="@SUM(A)")]))
    source, out = write(tmp_path / "a.jsonl", 1), tmp_path / "o.store"
    run("batch", source, "-o", out, "--base-url", endpoint.url)
    for name in ("x.csv", "x.parquet", "x.jsonl"):
        assert run("export", out, tmp_path / name).returncode == 0
    with (tmp_path / "x.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["what"] for row in table] == ['\'=HYPERLINK("http://localhost/")', "'@SUM(A)"]
    assert [row["list"] for row in table] == ["asks", "asks"] and table[0]["quote"].startswith("Li asked")
    parquet = pq.read_table(tmp_path / "x.parquet").to_pylist()
    assert parquet[0]["what"].startswith("=HYPERLINK") and parquet[0]["start"] == int(table[0]["start"])
    assert json.loads((tmp_path / "x.jsonl").read_text())["summary"]["asks"][1]["what"] == "@SUM(A)"
    assert run("export", out).stdout == (tmp_path / "x.jsonl").read_text()
    wrong = run("export", out, tmp_path / "x.xls")
    assert wrong.returncode == 2 and ".jsonl, .csv or .parquet" in wrong.stderr
    assert not [name for name in tmp_path.iterdir() if name.name.startswith(".")]
    target = tmp_path / "precious"
    target.write_text("mine")
    (tmp_path / "link.csv").symlink_to(target)
    run("export", out, tmp_path / "link.csv")
    assert target.read_text() == "mine" and not (tmp_path / "link.csv").is_symlink()


def test_builtin_batch(tmp_path: Path) -> None:
    """The rules take a batch too, when they are asked to."""
    source = write(tmp_path / "a.jsonl", 5)
    ran = run("batch", source, "-o", tmp_path / "o.jsonl", model="builtin")
    assert ran.returncode == 0, ran.stderr
    assert json.loads((tmp_path / "o.jsonl").read_text().splitlines()[0])["provenance"]["engine"] == "builtin"


def test_a_bug_of_ours_is_one_articles_failure(tmp_path: Path) -> None:
    """An unexpected error ends its article, names its place and not its text, and the batch goes on."""
    code = (
        "from summarizer import verify\nreal = verify.check\n"
        "def check(data, schema, ground):\n"
        "    if 'report 2.' in ground.article.text: raise KeyError(ground.article.text)\n"
        "    return real(data, schema, ground)\n"
        "verify.check = check\nfrom summarizer.cli import main\nmain()"
    )
    source, out = write(tmp_path / "a.jsonl", 5), tmp_path / "o.jsonl"
    arguments = [sys.executable, "-c", code, "batch", str(source), "-o", str(out), "--model", "builtin"]
    ran = subprocess.run(
        arguments, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, timeout=60, check=False
    )
    assert ran.returncode == 1 and "FAILED 1: internal" in ran.stderr
    error = json.loads(out.read_text().splitlines()[2])["error"]
    assert "KeyError in check" in error["message"] and "Ann Lee" not in error["message"]


async def test_abatch(endpoint: Endpoint) -> None:
    """The Python twin: outcomes as they end, articles pulled when a slot is free, account failures raised at the end."""
    endpoint.behaviour = answering(0.02)
    pulled = 0

    def articles() -> Any:
        nonlocal pulled
        for i in range(40):
            pulled += 1
            yield Article(text(i))

    async with Summarizer("openai/x", base_url=endpoint.url) as session:
        seen = []
        async for outcome in session.abatch(articles(), concurrency=4):
            seen.append(outcome)
            assert pulled <= len(seen) + 2 * 4 + 1
        assert len({outcome.article.id for outcome in seen}) == 40 and all(outcome.status == "ok" for outcome in seen)
        endpoint.play(Answer(status=401))
        with pytest.raises(SetupError):
            async for _ in session.abatch([Article(text(i)) for i in range(100)], concurrency=4):
                pass
    assert len(endpoint.seen) <= 44
