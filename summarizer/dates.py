"""Dates: what an article's words say as EDTF (ISO 8601-2), and which day that is.

The model copies the words and proposes EDTF; code decides. The publication date is the only day that anything is counted
from; today's date is never used. Rules: a day and month without a year are the latest such day not after publication, and
without a publication date they stay `XXXX-MM-DD`, unresolved.
"""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Basis = Literal["explicit", "relative", "inferred", "unknown"]

_DAY = r"\d{4}-\d{2}-\d{2}"
_PLAIN = re.compile(rf"({_DAY})(?:/({_DAY}))?\Z")
_NO_YEAR = re.compile(r"XXXX-(\d{2})-(\d{2})\Z")
_SET = re.compile(rf"\{{({_DAY}(?:, ?{_DAY})*)\}}\Z")
_EDTF = re.compile(r"[\dXYES?~%.,/{}\[\] -]{4,100}\Z")


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONTH = "|".join(f"{name}|{name[:3]}\\.?" for name in _MONTHS)
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_WEEKDAY = "|".join(_WEEKDAYS)
_MONTH_DAY = rf"(?P<m>{_MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b|(?P<d2>\d{{1,2}}) (?P<m2>{_MONTH})"
_IN_WORDS = re.compile(
    rf"(?:(?:[Oo]n )?(?:{_WEEKDAY}),? )?(?:{_MONTH_DAY})(?:,? (?P<y>\d{{4}}))?|(?P<iso>{_DAY})"
    rf"|(?:[Oo]n )?(?P<weekday>{_WEEKDAY})\b|(?P<near>\b[Tt]oday|\b[Yy]esterday|\b[Tt]omorrow)\b"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A date in a text: the words as they stand, and the EDTF that they give by themselves (None for relative words)."""

    text: str
    edtf: str | None


def first_in(text: str) -> Found | None:
    """The first date that an English text names, a calendar date before a relative one; None if it names none."""
    found = [_found(match) for match in _IN_WORDS.finditer(text)]
    dated = [entry for entry in found if entry.edtf]
    return next(iter(dated or found), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of a date. `resolved` is an ISO date, `start/end`, or None; `problem` says what was not accepted."""

    edtf: str | None
    resolved: str | None
    basis: Basis
    problem: str | None = None


def resolve(text: str | None, edtf: str | None, basis: Basis, published: date | None) -> Reading:
    """Read a proposed date against the publication date. Never raises for what a model can say."""
    if edtf is None:
        day = relative(text or "", published)
        if day:
            return Reading(day.isoformat(), day.isoformat(), "relative")
        return Reading(None, None, "unknown" if basis == "explicit" else basis)
    if not valid(edtf):
        return Reading(None, None, "unknown", f"{edtf!r} is no EDTF date")
    without_year = _NO_YEAR.match(edtf)
    if without_year:
        day = latest(int(without_year[1]), int(without_year[2]), published)
        return Reading(day.isoformat(), day.isoformat(), "relative") if day else Reading(edtf, None, "unknown")
    return Reading(edtf, plain(edtf), basis)


def valid(edtf: str) -> bool:
    """Whether the text is EDTF of level 0 to 2, and a date that exists."""
    if re.fullmatch(_DAY, edtf):
        return _exists(*map(int, edtf.split("-")))
    without_year = _NO_YEAR.match(edtf)
    if without_year:
        return _exists(2000, int(without_year[1]), int(without_year[2]))
    return bool(_EDTF.match(edtf)) and _parses(edtf)


def plain(edtf: str) -> str | None:
    """The ISO date or `start/end` interval that the EDTF fixes, or None where it fixes none."""
    if _PLAIN.match(edtf):
        return edtf
    several = _SET.match(edtf)
    if several:
        days = sorted(day.strip() for day in several[1].split(","))
        return days[0] if days[0] == days[-1] else f"{days[0]}/{days[-1]}"
    return None


def relative(text: str, published: date | None) -> date | None:
    """The day that words such as `yesterday` or `on Monday` mean, counted from publication; None without one."""
    match = _IN_WORDS.search(text)
    if match is None or published is None:
        return None
    if match["near"]:
        return published + timedelta(days={"today": 0, "yesterday": -1, "tomorrow": 1}[match["near"].lower()])
    if match["weekday"]:
        return published - timedelta(days=(published.weekday() - _WEEKDAYS.index(match["weekday"])) % 7)
    return None


def latest(month: int, day: int, published: date | None) -> date | None:
    """The latest such day that is not after publication (terms: rule 1); None without a publication date."""
    if published is None:
        return None
    for year in range(published.year, published.year - 9, -1):  # 29 February is at most eight years back
        if _exists(year, month, day) and date(year, month, day) <= published:
            return date(year, month, day)
    return None


def _found(match: re.Match[str]) -> Found:
    if match["iso"]:
        return Found(match.group(), match["iso"])
    month, day = match["m"] or match["m2"], match["d"] or match["d2"]
    if month is None:
        return Found(match.group(), None)
    number = next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(month[:3]))
    return Found(match.group(), f"{match['y'] or 'XXXX'}-{number:02}-{int(day):02}")


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _parses(edtf: str) -> bool:
    from edtf import parse_edtf

    try:
        # The library prints about, and raises all sorts of errors for, some texts that are no EDTF.
        with contextlib.redirect_stdout(io.StringIO()):
            parse_edtf(edtf)
    except Exception:  # noqa: BLE001
        return False
    return True
