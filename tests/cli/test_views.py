"""What people read of a record: the table, Markdown and the page say the same of it, and nothing that is not so."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from summarizer import report
from summarizer.cli import view

MAIN = {"text": "on Tuesday", "edtf": "2026-03-17", "resolved": "2026-03-17", "basis": "relative"}
EARLIER = {
    "what": "the first round", "text": "February 4", "edtf": "2026-02-04", "resolved": "2026-02-04", "basis": "relative",
}  # fmt: skip
QUOTE = {"quote": "Oster offered two boats", "start": 0, "end": 23}
OFFER = {
    "by": ["Oster"], "to": ["Veldania"], "what": "two boats", "status": "new", "condition": "if the talks resume", "evidence": [QUOTE],
}  # fmt: skip


def record(summary: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {name: [] for name in ("other_meetings", "participants", "agreements", "asks", "offers")}
    whole = {"overview": "They spoke.", "meeting": "reported", "date": None, **empty, **(summary or {})}
    article = {"id": "sha256:0", "source": "a.txt", "url": None, "title": None, "published": None, "language": "en"}
    provenance = {
        "engine": "openai", "model": "x", "prompt": {"name": "meeting", "version": 3}, "attempts": 1,
        "usage": {"input_tokens": 1, "output_tokens": 1}, "cost_usd": None,
    }  # fmt: skip
    made = {"article": article, "status": "ok", "summary": whole, "problems": [], "provenance": provenance, "error": None}
    return {**made, **copy.deepcopy(changes)}


def table(made: dict[str, Any]) -> str:
    def lines() -> Iterator[str]:
        for section in view.outline(made):
            yield section.title
            for entry in section.entries:
                yield from (entry.head, entry.details, *entry.quotes)

    return " ".join(lines())


def markdown(made: dict[str, Any]) -> str:
    return " ".join(re.sub(r"\\(.)", r"\1", view.markdown(made)).split())


class _Words(HTMLParser):
    """The text of a page's articles."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.words = False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = self.inside or tag == "main"

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "main"

    def handle_data(self, data: str) -> None:
        self.words += data if self.inside else ""


def page(made: dict[str, Any]) -> str:
    words = _Words()
    words.feed("".join(report.page(lambda: [(made, None)], "t")))
    return " ".join(words.words.split())


views = pytest.mark.parametrize("view", [table, markdown, page])
View = Callable[[dict[str, Any]], str]


@views
def test_other_meetings_are_shown_with_their_dates(view: View) -> None:
    """The article's words beside the day, as for the main meeting."""
    shown = view(record({"date": MAIN, "other_meetings": [EARLIER]}))
    assert "the first round" in shown and "“February 4”: 2026-02-04 (relative)" in shown
    assert "“on Tuesday”: 2026-03-17 (relative)" in shown and "Nothing was found" not in shown
