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
    made = {"article": article, "status": "ok", "summary": whole, "problems": [], "provenance": provenance}
    return {**made, "error": None, **copy.deepcopy(changes)}


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
        self.words += " " if tag == "span" else ""

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


@views
def test_a_condition_stands_as_it_is(view: View) -> None:
    """It brings its own conjunction, or none; a fixed word before it made "if if" and "if in return for"."""
    for words in ("if the talks resume", "in return for fish"):
        shown = view(record({"offers": [{**OFFER, "condition": words}]}))
        assert f"condition: {words}" in shown and f"if {words}" not in shown


@pytest.mark.parametrize(("meeting", "date", "said"), [
    ("reported", MAIN, "meeting held, “on Tuesday”: 2026-03-17 (relative)"), ("reported", None, "meeting held, date not given"),
    ("announced", MAIN, "meeting announced, “on Tuesday”: 2026-03-17 (relative)"),
    ("announced", None, "meeting announced, date not given"), ("none", None, "no meeting"),
    ("none", MAIN, "no meeting, “on Tuesday”: 2026-03-17 (relative)"),
])  # fmt: skip
def test_the_page_says_whether_there_was_a_meeting(meeting: str, date: dict[str, Any] | None, said: str) -> None:
    shown = page(record({"meeting": meeting, "date": date}))
    assert f"ok {said} a.txt" in shown


@pytest.mark.parametrize(("meeting", "date", "said"), [
    ("reported", None, "not given"), ("announced", MAIN, "meeting announced, “on Tuesday”: 2026-03-17 (relative)"),
    ("announced", None, "meeting announced, date not given"), ("none", None, "no meeting"),
    ("none", MAIN, "no meeting, “on Tuesday”: 2026-03-17 (relative)"),
])  # fmt: skip
def test_the_table_says_whether_there_was_a_meeting(meeting: str, date: dict[str, Any] | None, said: str) -> None:
    (section,) = [found for found in view.outline(record({"meeting": meeting, "date": date})) if found.title == "DATE"]
    assert section.entries == [view.Entry(said)]


@pytest.mark.parametrize(("summary", "said"), [
    ({"date": {"resolved": "2026-03-17", "text": "on Tuesday"}}, "ok date “on Tuesday”: 2026-03-17 (unknown) a.txt"),
    ({"date": {"first": 1}, "meeting": ["a"]}, "ok a.txt"), ({"date": "soon"}, "ok a.txt"),
])  # fmt: skip
def test_a_schema_of_ones_own_tells_of_no_meeting(summary: dict[str, Any], said: str) -> None:
    """A date without the word whether there was one, and fields of these names that hold something else."""
    made = {**record(), "summary": summary}
    assert said in page(made)


def problem(path: str, kind: str, value: Any, message: str = "why it is none") -> dict[str, Any]:
    return {"path": path, "kind": kind, "message": message, "value": value}


PERSON: dict[str, Any] = {
    "name": "Ann Lee", "role": "minister", "organization": None, "country": None, "kind": "person", "present": True, "evidence": [],
}  # fmt: skip
BOATS = {**OFFER, "what": "deliver 12 patrol boats"}


@views
@pytest.mark.parametrize(("found", "said"), [
    (problem("offers/2", "quote_not_found", BOATS), "offer left out: “deliver 12 patrol boats”"),
    (problem("offers/0/extra", "extra_field", 7), "field “extra” of an offer left out: “7”"),
    (problem("mood", "extra_field", "good"), "field “mood” left out: “good”"),
    (problem("participants/4", "name_not_found", {**PERSON, "name": "Bo Li"}), "participant left out: “Bo Li”"),
    (problem("participants/4", "name_not_found", {**PERSON, "name": None}), "participant left out: “minister”"),
    (problem("participants/0", "side_not_found", {**PERSON, "country": "Norway"}), "side of participant “Ann Lee” left out"),
    (problem("other_meetings/3", "date_unsupported", {**EARLIER, "what": "a visit"}), "other meeting left out: “a visit”"),
    (problem("other_meetings/3", "date_unsupported", EARLIER), "date of other meeting “the first round” not taken over as given"),
    (problem("date", "date_unsupported", MAIN), "date not taken over as given: “on Tuesday”, 2026-03-17"),
    (problem("date", "invalid_reply", {"text": 7}), "date left out: “{\"text\": 7}”"),
    (problem("asks", "invalid_reply", None), "asks left out"),
    (problem("branches/0/leaves/1", "quote_not_found", {"claim": "c", "proof": {"quote": "q"}}), "entry of leaves left out: “c”"),
    (problem("", "repair_failed", "no JSON"), "the reply"),
])  # fmt: skip
def test_a_problem_says_what_it_is_about(view: View, found: dict[str, Any], said: str) -> None:
    """Not by a place in the reply, counted from 0: what is shown is numbered from 1, after what failed was taken out."""
    shown = view(record({"offers": [OFFER], "participants": [PERSON], "other_meetings": [EARLIER]}, problems=[found]))
    assert said in shown and "why it is none" in shown and found["kind"] in shown
    assert not re.search(r"[a-z]/\d", shown)


@pytest.mark.parametrize("view", [table, markdown])
def test_what_is_left_out_is_counted_where_it_would_stand(view: View) -> None:
    """The overview of the rules counts what they found."""
    problems = [problem("offers/1", "quote_not_found", BOATS), problem("participants/0", "side_not_found", PERSON)]
    shown = view(record({"offers": [OFFER], "participants": [PERSON]}, problems=problems)).casefold()
    assert "offers (1, 1 left out)" in shown and "participants (1)" in shown and "asks (0)" in shown


@pytest.mark.parametrize("view", [table, markdown])
def test_problems_name_who_said_it(view: View) -> None:
    rules = {**record()["provenance"], "engine": "builtin"}
    found = [problem("offers/0", "quote_not_found", BOATS)]
    assert "problems (1): said by the rules, not" in view(record(provenance=rules, problems=found)).casefold()
    assert "problems (1): said by the model, not" in view(record(problems=found)).casefold()


@views
def test_nothing_is_left_out_of_what_is_not_there(view: View) -> None:
    """A failed article has no summary; its problems are all that is left of the reply."""
    failed = {"status": "failed", "summary": None, "error": {"kind": "unsupported", "message": "strict"}}
    shown = view({**record(problems=[problem("offers/2", "quote_not_found", BOATS)]), **failed})
    assert "offer: “deliver 12 patrol boats”" in shown and "left out" not in shown


@pytest.mark.parametrize("view", [table, markdown])
@pytest.mark.parametrize(("words", "edtf", "hint"), [
    ("on Tuesday", None, True), ("вчера", None, True), ("October 13", "XXXX-10-13", True), ("le 14", None, True), ("last month", None, True),
    ("December 9 and the board on December 14", "{XXXX-12-09,XXXX-12-14}", True),
    ("in March 2026", "2026-03", False), ("at the summit", None, False), ("2026", "2026", False), (None, None, False),
])  # fmt: skip
def test_words_that_count_from_the_publication_ask_for_it(
    view: View, words: str | None, edtf: str | None, hint: bool
) -> None:
    """Only where it is not known; what says no day by itself would say none with it either."""
    date = {"text": words, "edtf": edtf, "resolved": None, "basis": "unknown"}
    for summary in ({"date": date}, {"other_meetings": [{"what": "a visit", **date}]}):
        made = record(summary)
        assert ("give --published" in view(made)) is hint
        made["article"]["published"] = "2026-03-19"
        assert "--published" not in view(made)
