"""Other meetings: what dates one stands in the article, or it is no fact."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

from summarizer import Article, MeetingSummary, repair, verify
from summarizer.evidence import Folded
from summarizer.schemas import ArticleDate
from tests.test_verify import reply

TEXT = "Ann Lee met Bo Li on March 17, 2026. They had met on February 4, 2026. On 6 February 2026 it rained."
GROUND = verify.Ground(Article(TEXT, published=date(2026, 3, 19)))
TRUE = {"what": "first round", "text": "February 4, 2026", "edtf": "2026-02-04", "basis": "explicit"}


def other(text: str | None, edtf: str | None, basis: str = "explicit") -> dict[str, Any]:
    return {"what": "invented", "text": text, "edtf": edtf, "basis": basis}


def check(data: Any, schema: Any = MeetingSummary) -> Any:
    return verify.check(data, schema, GROUND)


@pytest.mark.parametrize(("wrong", "why"), [
    (other("the sixth of February", "2026-02-06"), "the article does not say 'the sixth of February'"),
    (other("last spring", "2025-05-06"), "the article does not say 'last spring'"),
    (other("last spring", None), "the article does not say 'last spring'"),
    (other(None, "2025-05-06"), "neither the words nor the article say 2025-05-06"),
])  # fmt: skip
def test_one_that_nothing_dates_is_a_problem_whole_and_once(wrong: dict[str, Any], why: str) -> None:
    """Even where the article names the proposed day: of what, its words would have to say."""
    checked = check(reply(other_meetings=[wrong, TRUE]))
    assert [meeting.what for meeting in checked.value.other_meetings] == ["first round"]
    (problem,) = [fault.problem for fault in checked.faults]
    assert (problem.path, problem.kind, problem.message) == ("other_meetings/0", "date_unsupported", why)
    assert problem.value == wrong


@pytest.mark.parametrize(("kept", "resolved", "problems"), [
    (other("February 4, 2026", "2026-02-05"), "2026-02-04", 1), (other(None, "2026-02-06", "inferred"), "2026-02-06", 0),
    (other("it rained", "2025-02-06"), None, 1), (other(None, None, "unknown"), None, 0),
])  # fmt: skip
def test_one_with_words_stays_with_what_they_say(kept: dict[str, Any], resolved: str | None, problems: int) -> None:
    """A proposal that the words do not bear is a problem of the date; a meeting without a date claims none."""
    checked = check(reply(other_meetings=[kept]))
    assert [meeting.resolved for meeting in checked.value.other_meetings] == [resolved]
    assert len(checked.faults) == problems


def test_the_main_date_is_one_problem_too() -> None:
    """Without its words the meeting stays: it is the article's."""
    checked = check(reply(date={"text": "last spring", "edtf": "2025-05-06", "basis": "explicit"}))
    assert checked.value.date.text is None and checked.value.date.resolved is None
    (fault,) = checked.faults
    assert "does not say 'last spring'; neither the words nor the article say 2025-05-06" in fault.message


def test_what_the_model_takes_back_stays_a_problem() -> None:
    """Asked again, it gives the entry without words and date: that is no meeting, and the first claim is not lost."""
    wrong = other("last spring", "2025-05-06")
    checked = check(reply(other_meetings=[wrong, TRUE]))
    assert "other_meetings/0" in repair.note(checked, Folded(TEXT))
    again = check(repair.merge(checked, reply(other_meetings=[other(None, None, "unknown")])))
    assert [meeting.what for meeting in again.value.other_meetings] == ["first round"]
    assert [fault.value for fault in again.faults] == [wrong]


def test_what_the_model_corrects_is_a_meeting() -> None:
    checked = check(reply(other_meetings=[other("last spring", "2025-05-06"), TRUE]))
    right = {**TRUE, "what": "invented"}
    again = check(repair.merge(checked, reply(other_meetings=[right])))
    assert [meeting.what for meeting in again.value.other_meetings] == ["invented", "first round"]
    assert again.faults == []


class _Pair(NamedTuple):
    first: ArticleDate
    last: ArticleDate


class _Dated(BaseModel):
    days: list[ArticleDate]
    by_name: dict[str, ArticleDate]
    pair: _Pair
    when: ArticleDate


def test_dates_in_a_schema_of_ones_own() -> None:
    """Of a list or by name they go as other meetings do; where nothing can be taken out, they stay without false words."""
    wrong, right = (
        {"text": "last spring", "edtf": None, "basis": "relative"},
        {name: TRUE[name] for name in ("text", "edtf", "basis")},
    )
    data = {"days": [wrong, right], "by_name": {"a": wrong}, "pair": [wrong, right], "when": wrong}
    checked = check(data, _Dated)
    assert [day.text for day in checked.value.days] == ["February 4, 2026"] and checked.value.by_name == {}
    assert (checked.value.pair.first.text, checked.value.when.text) == (None, None)
    assert {fault.problem.path for fault in checked.faults} == {"days/0", "by_name/a", "pair/0", "when"}
