"""Dates are arithmetic: EDTF in, a day out, counted from publication and from nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from summarizer import dates

DAY = date(2026, 3, 19)  # a Thursday


@pytest.mark.parametrize("edtf", [
    "2026-03-17", "XXXX-10-13", "2014-10-08/2014-10-11", "/2025-05-12", "{2021-12-09,2021-12-14}", "2004-07-XX", "2013-02",
    "2025-06-13?", "2025", "2001-21",
])  # fmt: skip
def test_valid(edtf: str) -> None:
    """The forms that the field uses."""
    assert dates.valid(edtf)


@pytest.mark.parametrize("edtf", [
    "", "soon", "2026-13-40", "2026-02-30", "XXXX-02-30", "2026-1X", "20260317", "03/17/2026", "2026-W12-2", "0" * 200, "..",
    "2026-03-17\n",
])  # fmt: skip
def test_invalid(edtf: str) -> None:
    """What is no date, or a day that does not exist, or another way of writing."""
    assert not dates.valid(edtf)


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The parser prints about some texts; standard output belongs to results."""
    dates.valid("2026-1X")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("edtf", "published", "resolved", "basis"), [
    ("XXXX-10-13", date(2022, 10, 14), "2022-10-13", "relative"),
    ("XXXX-10-13", date(2022, 10, 13), "2022-10-13", "relative"),
    ("XXXX-10-13", date(2023, 3, 1), "2022-10-13", "relative"),
    ("XXXX-02-29", date(2026, 3, 1), "2024-02-29", "relative"),
    ("XXXX-10-13", None, None, "unknown"),
    ("2022-10-13", None, "2022-10-13", "explicit"),
    ("2014-10-08/2014-10-11", None, "2014-10-08/2014-10-11", "explicit"),
    ("{2021-12-09,2021-12-14}", None, "2021-12-09/2021-12-14", "explicit"),
    ("/2025-05-12", DAY, None, "explicit"),
    ("2013-02", DAY, None, "explicit"),
])  # fmt: skip
def test_resolve(edtf: str, published: date | None, resolved: str | None, basis: str) -> None:
    """A missing year comes from publication; without publication nothing is resolved."""
    reading = dates.resolve("words", edtf, "explicit", published)
    assert (reading.resolved, reading.basis, reading.problem) == (resolved, basis, None)


@pytest.mark.parametrize(("words", "resolved"), [
    ("yesterday", "2026-03-18"), ("today", "2026-03-19"), ("on Tuesday", "2026-03-17"), ("Thursday", "2026-03-19"),
    ("on Friday", "2026-03-13"),
])  # fmt: skip
def test_relative_words(words: str, resolved: str) -> None:
    """Counted from publication; published on that weekday, it is the same day."""
    assert dates.resolve(words, None, "relative", DAY).resolved == resolved
    assert dates.resolve(words, None, "relative", None).resolved is None


def test_an_impossible_proposal_is_a_problem() -> None:
    """Nothing is guessed in its place."""
    reading = dates.resolve("February 30", "2026-02-30", "explicit", DAY)
    assert reading.resolved is None and reading.edtf is None and "2026-02-30" in (reading.problem or "")
