"""The filters of the page in a real browser: what they leave out for want of a date is said, and can be had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from summarizer import report
from tests.cli.test_views import MAIN, record


def _written(path: Path, records: list[dict[str, Any]]) -> str:
    path.write_text("".join(report.page(lambda: [(made, None) for made in records], "t")), encoding="utf-8")
    return path.as_uri()


def _set(browser: Any, name: str, value: str) -> None:
    browser.execute_script(
        "document.getElementsByName(arguments[0])[0].value = arguments[1];"
        "document.forms[0].dispatchEvent(new Event('input'))",
        name,
        value,
    )


def _shown(browser: Any) -> tuple[list[str], str]:
    script = "return [...document.querySelectorAll('article')].filter(one => !one.hidden).map(one => one.id)"
    return browser.execute_script(script), browser.find_element("tag name", "output").text


def test_articles_without_a_date_do_not_disappear_in_silence(tmp_path: Path, browser: Any) -> None:
    """A span of days leaves them out, says how many, and a box brings them back; the other filters hold for them too."""
    ask = {"by": ["Li"], "of": [], "what": "wait", "response": None, "evidence": []}
    undated = {**MAIN, "edtf": None, "resolved": None}
    records = [record({"date": MAIN}), record({"date": undated}), record({"asks": [ask]}), record({"date": MAIN})]
    records[3]["summary"]["date"] = {**MAIN, "resolved": "2025-01-01"}
    browser.get(_written(tmp_path / "r.html", records))
    assert _shown(browser) == (["a1", "a2", "a3", "a4"], "4 articles")
    _set(browser, "from", "2026-01-01")
    assert _shown(browser) == (["a1"], "1 of 4 articles; 2 without a known day left out")
    _set(browser, "kind", "asks")
    assert _shown(browser) == ([], "0 of 4 articles; 1 without a known day left out")
    _set(browser, "kind", "")
    box = browser.find_element("name", "undated")
    box.click()
    assert _shown(browser) == (["a1", "a2", "a3"], "3 of 4 articles, 2 of them without a known day")
    browser.find_element("css selector", "button[type=reset]").click()
    assert not box.is_selected()


def test_a_page_of_dated_articles_has_no_box_for_others(tmp_path: Path, browser: Any) -> None:
    browser.get(_written(tmp_path / "r.html", [record({"date": MAIN})]))
    assert browser.find_elements("name", "undated") == []
    _set(browser, "to", "2026-01-01")
    assert _shown(browser) == ([], "0 of 1 articles")
