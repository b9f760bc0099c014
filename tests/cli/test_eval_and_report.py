"""Evaluation and the report page as their users meet them: the commands, the files, and a real browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from summarizer.report import stretches
from tests.conftest import ROOT
from tests.support.endpoint import Endpoint

Ran = subprocess.CompletedProcess[str]
TEXT = (
    "Ann Lee met Bo Li on May 5. Li asked Lee to wait. Lee offered Li ten tents. They talked about the weather in the hills and "
    "about the state of the roads, and they went home in the evening."
)


def run(*arguments: object, cwd: Path | None = None) -> Ran:
    env = {"PATH": os.environ["PATH"], "COLUMNS": "80"}
    command = [sys.executable, "-m", "summarizer", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=cwd, timeout=120, check=False)


def act(quote: str, **who: Any) -> dict[str, Any]:
    start = TEXT.index(quote)
    return {**who, "what": quote, "evidence": [{"quote": quote, "start": start, "end": start + len(quote)}]}


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Two texts with their labels: one with an ask and an offer, one with nothing."""
    folder = tmp_path / "labelled"
    folder.mkdir()
    lists: dict[str, Any] = {"participants": [], "agreements": [], "asks": [], "offers": []}
    ask, offer = (
        act("Li asked Lee to wait", by=["Bo Li"], of=["Ann Lee"]),
        act("Lee offered Li ten tents", by=["Ann Lee"], to=["Bo Li"]),
    )
    day = {"text": "May 5", "edtf": "2026-05-05", "resolved": "2026-05-05"}
    golds = {"one": {**lists, "date": day, "asks": [ask], "offers": [offer]}, "two": {**lists, "date": None}}
    for name, text in (("one", TEXT), ("two", "It rained all day in the hills, and the river rose.")):
        (folder / f"{name}.txt").write_text(text)
        (folder / f"{name}.json").write_text(
            json.dumps({"published": "2026-05-07", "language": "en", "kind": "news, short"})
        )
        (folder / f"{name}.gold.json").write_text(json.dumps(golds[name]))
    return folder


def reply(**lists: Any) -> str:
    empty: dict[str, Any] = {
        "other_meetings": [],
        "participants": [],
        "agreements": [],
        "asks": [],
        "offers": [],
        "date": None,
    }
    return json.dumps({"overview": "They met.", "meeting": "reported", **empty, **lists})


def sent(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**item, **more, "evidence": [{"quote": quote["quote"]} for quote in item["evidence"]]}


ASK = sent(act("Li asked Lee to wait", by=["Bo Li"], of=["Ann Lee"]), response=None)
OFFER = sent(act("Lee offered Li ten tents", by=["Ann Lee"], to=["Bo Li"]), status="new", condition=None)


def test_replies_from_elsewhere(labelled: Path, tmp_path: Path) -> None:
    """One request a text, named by its content; replies beside them are verified, repaired and scored; missing ones are named."""
    place = tmp_path / "asked"
    rendered = run("render", labelled, "--out", place, "--model", "openai/test")
    assert rendered.returncode == 0, rendered.stderr
    one, two = sorted(path.name.removesuffix(".request.json") for path in place.glob("*.request.json"))
    assert re.fullmatch(r"one-[0-9a-f]{16}", one) and TEXT in (place / f"{one}.request.json").read_text()
    nothing = run("eval", labelled, "--replies", place, "--model", "openai/test", "--format", "json")
    assert nothing.returncode == 1 and nothing.stderr.count("missing reply") == 2
    made_up = {**ASK, "evidence": [{"quote": "Li promised Lee a bridge"}]}
    (place / f"{one}.reply.json").write_text(reply(asks=[ASK, made_up], offers=[]))
    (place / f"{two}.reply.json").write_text(
        json.dumps(
            {
                "choices": [{"message": {"content": reply(meeting="none")}}],
                "usage": {"prompt_tokens": 9, "completion_tokens": 2},
            }
        )
    )
    half = run("eval", labelled, "--replies", place, "--model", "openai/test", "--format", "json")
    assert f"{one}.reply-2.json" in half.stderr
    result = json.loads(half.stdout)
    assert result["fields"]["asks"]["f1"] == 1.0 and result["fields"]["offers"] == {
        **result["fields"]["offers"],
        "tp": 0,
        "fn": 1,
    }
    assert result["evidence_validity"] == 1.0 and result["date"] == {"right": 0, "of": 1}
    assert "promised Lee a bridge" in (place / f"{one}.request-2.json").read_text()
    (place / f"{one}.reply-2.json").write_text(json.dumps({"asks/1": None, "offers/0": OFFER}))
    again = run("eval", labelled, "--replies", place, "--model", "openai/test", "--format", "json")
    assert again.returncode == 0, again.stderr


def test_the_day_of_texts_without_one(labelled: Path, tmp_path: Path) -> None:
    """`eval` and `render --out` give it to those alone, and ask the same."""
    (labelled / "one.json").write_text("{}")
    place, day = tmp_path / "asked", ("--published", "2026-05-08")
    run("render", labelled, "--out", place, "--model", "openai/test", *day)
    asked = {path.name[:3]: path.read_text() for path in place.glob("*.request.json")}
    assert "Published: 2026-05-08" in asked["one"] and "Published: 2026-05-07" in asked["two"]
    for path in list(place.glob("*.request.json")):
        path.with_name(path.name.replace("request", "reply")).write_text(reply())
    assert run("eval", labelled, "--replies", place, "--model", "openai/test", *day).returncode == 0
    assert "missing reply" in run("eval", labelled, "--replies", place, "--model", "openai/test").stderr
    assert run("eval", labelled, "--model", "builtin", "--published", "May").returncode == 2


def test_a_reply_answers_no_other_request(labelled: Path, tmp_path: Path) -> None:
    """Another prompt, model or text asks under another name, so that an old reply is missing and not used."""
    place = tmp_path / "asked"
    run("render", labelled, "--out", place, "--model", "openai/test")
    for path in list(place.glob("*.request.json")):
        path.with_name(path.name.replace("request", "reply")).write_text(reply(asks=[ASK]))
    assert run("eval", labelled, "--replies", place, "--model", "openai/other").stderr.count("missing reply") == 2
    (labelled / "one.txt").write_text(TEXT + " It rained.")
    assert run("eval", labelled, "--replies", place, "--model", "openai/test").stderr.count(".reply.json") == 1


def test_the_table_and_the_comparison(labelled: Path, tmp_path: Path) -> None:
    """The table fits 80 columns but for what it quotes; two results are compared item by item."""
    shown = run("eval", labelled, "--model", "builtin")
    assert shown.returncode == 0 and max(map(len, shown.stdout.splitlines()[:16])) <= 80, shown.stdout
    result = json.loads(run("eval", labelled, "--model", "builtin", "--format", "json").stdout)
    worse = json.loads(json.dumps(result))
    worse["entries"]["one"]["missed"] += worse["entries"]["one"]["right"]
    worse["entries"]["one"]["right"] = []
    for name, data in (("a", result), ("b", worse)):
        (tmp_path / f"{name}.json").write_text(json.dumps(data))
    compared = run("eval", "--compare", tmp_path / "a.json", tmp_path / "b.json")
    assert compared.returncode == 0 and f"{len(result['entries']['one']['right'])} worse" in compared.stdout
    table = compared.stdout.splitlines()[:9]
    assert table[0].count("builtin/rules") == 2 and max(map(len, table)) <= 80
    assert [line.split()[0] for line in table[2:]] == [
        "participants",
        "agreements",
        "asks",
        "offers",
        "items",
        "date",
        "evidence",
    ]
    assert run("eval", "--compare", tmp_path / "a.json", labelled / "one.txt").returncode == 2


def test_records_that_cannot_be_written_are_found_first(labelled: Path, endpoint: Endpoint) -> None:
    """Before anything is asked."""
    to = ("--model", "openai/x", "--base-url", endpoint.url)
    ran = run("eval", labelled, *to, "--records", labelled / "gone" / "r.jsonl")
    assert ran.returncode == 2 and "cannot be written" in ran.stderr and endpoint.seen == []


@pytest.mark.parametrize(
    "arguments", [["eval"], ["eval", "nowhere"], ["eval", "."], ["report", "nowhere", "-o", "x.html"]]
)
def test_mistakes_are_one_line(tmp_path: Path, arguments: list[str]) -> None:
    """Status 2 and what to do, without a traceback."""
    ran = run(*arguments, cwd=tmp_path)
    assert ran.returncode == 2 and "Traceback" not in ran.stderr and ran.stderr.startswith("summarizer: ")


def test_the_rules_are_a_baseline_worth_having(corpus: Path) -> None:
    """The floors of tests/floors.json, on the labelled texts beside the project."""
    floors = json.loads((ROOT / "tests" / "floors.json").read_text())
    result = json.loads(run("eval", corpus, "--model", "builtin", "--format", "json").stdout)
    english = result["by_language"]["en"]["fields"]
    for name, floor in floors["english"].items():
        assert english[name]["f1"] >= floor, name
    assert result["evidence_validity"] == floors["evidence_validity"]
    assert result["false_positives_on_empty"] <= floors["false_positives_on_empty"]
    assert result["date"]["right"] >= floors["dates_right"]


# --- the page ---------------------------------------------------------------------------------------------------------

EVIL = "</style></mark><script>window.hit=1</script><img src=x onerror='window.hit=1'> ![](http://127.0.0.1:9/x) "


HOSTILE = f"{TEXT} {EVIL}"


def record(number: int, status: str = "ok", text: str = HOSTILE, **more: Any) -> dict[str, Any]:
    people: list[dict[str, Any]] = [
        {
            "name": f"Person {number}",
            "role": EVIL,
            "organization": EVIL,
            "country": EVIL,
            "kind": "person",
            "present": True,
            "evidence": [{"quote": EVIL, "start": len(TEXT) + 1, "end": len(HOSTILE)}],
        }
    ]
    summary = {"overview": f"{EVIL}They met.", "meeting": "reported", "date": None, "other_meetings": [], "participants": people, "agreements": [],
               "asks": [{**ASK, **act("Li asked Lee to wait", by=[EVIL], of=["Ann Lee"]), "condition": EVIL, "response": EVIL}], "offers": [{**OFFER, **act("Lee offered Li ten tents", by=["Ann Lee"], to=[])}]}  # fmt: skip
    from summarizer import Article

    day = date(2026, 5, number % 28 + 1)
    article = Article(text, f"{number}.txt", more.get("url"), f"{EVIL}{number}", day).to_dict()
    problem = {"path": "asks/1", "kind": "quote_not_found", "message": EVIL, "value": {"what": EVIL}}
    provenance = {"engine": "openai", "model": EVIL, "usage": {"input_tokens": 3, "output_tokens": 2}, "cost_usd": 0.01}
    return {"article": article, "status": status, "summary": summary if status == "ok" else None, "problems": [problem], "provenance": provenance,
            "error": None if status == "ok" else {"kind": "refused", "message": EVIL}}  # fmt: skip


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A report of three records: one with a hostile address, one failed."""
    texts = tmp_path / "texts"
    texts.mkdir()
    for number in (1, 2, 3):
        (texts / f"{number}.txt").write_text(HOSTILE)
    lines = [record(1, url="javascript:alert(1)"), record(2, url="https://example.org/a"), record(3, status="failed")]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    made = run("report", tmp_path / "r.jsonl", "--texts", texts, "-o", tmp_path / "r.html")
    assert made.returncode == 0, made.stderr
    return tmp_path / "r.html"


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_s18_nothing_in_the_page_acts(page: Path) -> None:
    """Scripts, handlers, addresses that run, images and forms that send: none of what an article or a model said is active."""
    tags = Tags()
    tags.feed(page.read_text(encoding="utf-8"))
    names = [tag for tag, _ in tags.found]
    assert (
        names.count("script") == 1
        and names.count("style") == 1
        and not {"img", "iframe", "object", "base", "svg"} & set(names)
    )
    assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on") or name == "src"]
    links = [attributes.get("href") or "" for tag, attributes in tags.found if tag == "a"]
    assert all(link.startswith(("#", "https://example.org/")) for link in links)
    assert "default-src 'none'" in page.read_text(encoding="utf-8")


def test_stretches_hold_the_whole_text() -> None:
    """Evidence that overlaps cuts the text into pieces that together are the text, each marked with all that cover it."""
    items = [
        {"id": "a", "list": "asks", "quotes": [{"start": 0, "end": 20}]},
        {"id": "b", "list": "offers", "quotes": [{"start": 10, "end": 30}, {"start": 10, "end": 12}]},
    ]
    pieces = stretches(TEXT, items)
    assert "".join(piece["text"] for piece in pieces) == TEXT
    assert [piece["kinds"] for piece in pieces[:4]] == [["asks"], ["asks", "offers"], ["asks", "offers"], ["offers"]]
    assert [quote for piece in pieces for quote, _ in piece["begin"]] == ["a-q1", "b-q1", "b-q2"]


def test_the_page_in_a_browser(page: Path, browser: Any) -> None:
    """Click an item to its quote and back, filter by each field, by mouse and keyboard; nothing that was injected has run."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select, WebDriverWait

    def shown(*expected: str) -> None:
        articles = browser.find_elements(By.CSS_SELECTOR, "article")
        WebDriverWait(browser, 10).until(
            lambda _: [one.get_attribute("id") for one in articles if one.is_displayed()] == list(expected)
        )

    def field(name: str) -> Any:
        return browser.find_element(By.NAME, name)

    browser.get(page.as_uri())
    shown("a1", "a2", "a3")
    assert browser.execute_script("return window.hit") is None
    browser.find_element(By.CSS_SELECTOR, "#a1-asks-1 a.quote").click()
    assert browser.current_url.endswith("#a1-asks-1-q1")
    marked = browser.find_element(By.CSS_SELECTOR, "#a1-asks-1-q1 + mark")
    assert marked.text == "Li asked Lee to wait" and "asks" in marked.get_attribute("class")
    browser.find_element(By.ID, "a1-asks-1-q1").send_keys(Keys.ENTER)
    assert browser.current_url.endswith("#a1-asks-1")
    field("who").send_keys("person 2")
    shown("a2")
    assert "1 of 3" in browser.find_element(By.TAG_NAME, "output").text
    browser.find_element(By.CSS_SELECTOR, "button[type=reset]").click()
    shown("a1", "a2", "a3")
    Select(field("status")).select_by_value("failed")
    shown("a3")
    Select(field("status")).select_by_value("")
    Select(field("kind")).select_by_value("agreements")
    shown()
    Select(field("kind")).select_by_value("problems")
    shown("a1", "a2", "a3")
    browser.find_element(By.CSS_SELECTOR, "#a2 details.problems summary").click()
    assert "quote_not_found" in browser.find_element(By.CSS_SELECTOR, "#a2 details.problems").text
    browser.execute_script(
        "document.querySelector('[name=from]').value = '2026-05-03'; document.forms[0].dispatchEvent(new Event('input'))"
    )
    shown("a2", "a3")
    assert browser.execute_script("return window.hit") is None
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []


def test_a_thousand_articles_do_not_lag(tmp_path: Path, browser: Any) -> None:
    """A filter over 1,000 articles answers within a frame or a few: far below what a person notices as waiting."""
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(record(number)) + "\n" for number in range(1000)))
    assert run("report", tmp_path / "r.jsonl", "-o", tmp_path / "r.html").returncode == 0
    browser.get((tmp_path / "r.html").as_uri())
    script = (
        "const began = performance.now(); document.querySelector('[name=who]').value = 'person 77';"
        "document.forms[0].dispatchEvent(new Event('input')); document.body.offsetHeight; return performance.now() - began"
    )
    assert browser.execute_script(script) < 2000  # a hang guard; typically tens of milliseconds
    assert (
        browser.execute_script("return [...document.querySelectorAll('article')].filter(one => !one.hidden).length")
        == 11
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.gold.json", '{"asks": []}', "no list 'participants'"),
        ("a.json", '{"published": "soon"}', "published is no day"),
    ],
)
def test_labels_that_are_none(tmp_path: Path, name: str, content: str, words: str) -> None:
    """Said before anything is asked."""
    (tmp_path / "a.txt").write_text("Ann Lee met Bo Li.")
    (tmp_path / "a.gold.json").write_text(
        '{"participants": [], "agreements": [], "asks": [], "offers": [], "date": null}'
    )
    (tmp_path / name).write_text(content)
    ran = run("eval", str(tmp_path), "--model", "builtin")
    assert ran.returncode == 2 and words in ran.stderr and "Traceback" not in ran.stderr
