"""Dates: what an article's words say as EDTF (ISO 8601-2), and which day that is.

The model copies the words and proposes EDTF; code decides. The publication date is the only day that anything is counted
from; today's date is never used. Where code can read the words, its reading stands, and a proposal that says something else
is a problem; where it cannot, a proposal stands only if the article names every day of it. Rules: terms of the field.

- A day and month without a year: the latest such day not after publication; for an announced meeting, the next.
- A day without its month ("the 14th"): the latest of that number, or of a month that the article names beside another day.
- A weekday: the last one not after publication (the same day counts); for an announced meeting, the next.
- A weekday beside a day checks it; where they disagree, the date is marked uncertain (`?`) and not resolved.
- A weekend is its two days: the last one begun by publication, or for an announced meeting the next.
- Words that the article goes on from ("May 5" of "May 5, 2021") are read as it says them; where they stand at several places
  and mean different days, the proposal must be one of them, and without it nothing is resolved.
- Words of a month or a year resolve to no day, and a part of a day is none.
- Without a publication date, nothing that needs one is resolved.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from summarizer import datearound, datecount, datewords
from summarizer.datecount import Basis, Context, Reading
from summarizer.datekinds import Words

__all__ = ["DATELINE", "Context", "Found", "Reading", "first_in", "plain", "resolve", "valid"]

_DAY = r"\d{4}-\d{2}-\d{2}"
_PLAIN = re.compile(rf"({_DAY})(?:/({_DAY}))?\Z")
_NO_YEAR = re.compile(r"XXXX-(\d{2})-(\d{2})\Z")
_SET = re.compile(rf"\{{({_DAY}(?:, ?{_DAY})*)\}}\Z")
_EDTF = re.compile(r"[\dXYES?~%.,/{}\[\] -]{4,100}\Z")
# "LINDHAVEN, March 18 (Agency) - ": the publication's place and day, not the meeting's (terms: rule 39).
DATELINE = re.compile(r"[A-Z]{3}[^a-z\n]{0,40}\b[^.\n]{0,40}? [-–—] ")


def resolve(text: str | None, edtf: str | None, basis: Basis, context: Context) -> Reading:
    """Read a proposed date against its words and the publication date. Never raises for what a model can say."""
    meant: list[Words | None] = datearound.meanings(text, context.text) if text else [None]
    if len(meant) == 1:
        return _proposed(meant[0], text, edtf, basis, context)
    readings = {_proposed(words, text, None, basis, context).edtf for words in meant}
    return (
        _proposed(meant[0], text, edtf, basis, context)
        if len(readings) == 1
        else _of_several(meant, text, edtf, context)
    )


def _of_several(meant: list[Words | None], text: str | None, edtf: str | None, context: Context) -> Reading:
    """Words that mean another day at each of their places: the proposal may say which, and without one no day is resolved."""
    proposed = [_proposed(words, text, edtf, "relative", context) for words in meant]
    fitting = [reading for reading in proposed if not reading.problem]
    if fitting and edtf and len({reading.edtf for reading in fitting}) == 1:
        return fitting[0]
    alone = datewords.read(text) if text else None
    unknown = datecount.unknown(alone) if alone else Reading(None, None, "unknown")
    return unknown if fitting else _instead(unknown, f"the words do not say {edtf}")


def _proposed(words: Words | None, text: str | None, edtf: str | None, basis: Basis, context: Context) -> Reading:
    own = datecount.counted(words, context) if words else None
    if edtf is None:
        return own or Reading(None, None, "unknown" if basis == "explicit" else basis)
    if not valid(edtf):
        return _instead(own, f"{edtf!r} is no EDTF date")
    if words and words.kind == "day_alone" and _in_its_month(edtf, words, context):
        return Reading(edtf, edtf, "inferred")
    if words is None or own is None:
        return _unread(text, edtf, basis, context)
    reading = _compared(own, edtf, context)
    if reading.problem and context.future is None:
        ahead = _compared(datecount.counted(words, replace(context, future=True)), edtf, context)
        return reading if ahead.problem else ahead
    return reading


@lru_cache(maxsize=4096)
def valid(edtf: str) -> bool:
    """Whether the text is EDTF of level 0 to 2, and a date that exists."""
    if re.fullmatch(_DAY, edtf):
        return datecount.exists(*map(int, edtf.split("-")))
    without_year = _NO_YEAR.match(edtf)
    if without_year:
        return datecount.exists(2000, int(without_year[1]), int(without_year[2]))
    plain_days = _PLAIN.match(edtf)
    if plain_days and plain_days[2] and plain_days[1] > plain_days[2]:
        return False
    return bool(_EDTF.match(edtf)) and _parses(edtf)


def plain(edtf: str) -> str | None:
    """The ISO date or `start/end` interval that the EDTF fixes, or None where it fixes none."""
    found = _PLAIN.match(edtf)
    if found:
        return edtf if found[2] is None or found[1] <= found[2] else None
    several = _SET.match(edtf)
    if several:
        days = sorted(day.strip() for day in several[1].split(","))
        return days[0] if days[0] == days[-1] else f"{days[0]}/{days[-1]}"
    return None


@dataclass(frozen=True, slots=True)
class Found:
    """A date in a text: the words as they stand, and the EDTF that they give by themselves (None for relative words)."""

    text: str
    edtf: str | None


def first_in(text: str) -> Found | None:
    """The first date that an English text names, a calendar date before a relative one; None if it names none."""
    found = []
    for match in datewords.ENGLISH.finditer(text):
        words = datewords.read(match.group())
        if words:
            reading = datecount.counted(words, Context(None))
            found.append(Found(match.group(), reading.edtf))
    return next((entry for entry in found if entry.edtf), found[0] if found else None)


def _compared(own: Reading, edtf: str, context: Context) -> Reading:
    """The words' own reading, unless the proposal says the same in a way that says more."""
    days = _days(edtf)
    if own.problem or edtf == own.edtf:
        return own
    if own.edtf and _same_day(own.edtf, edtf):
        return own if edtf.rstrip("?~%") == edtf and "/" not in edtf else Reading(edtf, plain(edtf), "inferred")
    if own.edtf and days and edtf.startswith(("/", "../")) and all(_bounds_month(day, own.edtf) for day in days):
        return Reading(edtf, plain(edtf), "inferred")
    if own.edtf in days and _named(days - {own.edtf}, context):
        return Reading(edtf, plain(edtf), "explicit")
    return _instead(own, f"the words do not say {edtf}" + (f" but {own.edtf}" if own.edtf else ""))


def _unread(text: str | None, edtf: str, basis: Basis, context: Context) -> Reading:
    """A proposal for words that code cannot read stands only if the article names all of it."""
    days = _days(edtf)
    if days and _named(days, context):
        dated = _with_years(edtf, context)
        return Reading(dated, plain(dated), "relative" if dated != edtf else basis if text else "inferred")
    if not days and _years_named(edtf, context):
        return Reading(edtf, None, basis)
    return Reading(None, None, "unknown", f"neither the words nor the article say {edtf}")


def _with_years(edtf: str, context: Context) -> str:
    """The EDTF with the year of each day that lacks one, counted from publication as for a single day."""

    def dated(found: re.Match[str]) -> str:
        day = datecount.of_a_year(int(found[1]), int(found[2]), context)
        return day.isoformat() if day else found[0]

    dated_all = re.sub(r"XXXX-(\d{2})-(\d{2})", dated, edtf)
    return dated_all if valid(dated_all) else edtf


def _instead(own: Reading | None, problem: str) -> Reading:
    if own is None:
        return Reading(None, None, "unknown", problem)
    return Reading(own.edtf, own.resolved, own.basis, problem)


def _days(edtf: str) -> set[str]:
    """The days that an EDTF names, `XXXX-MM-DD` among them."""
    return set(re.findall(rf"{_DAY}|XXXX-\d{{2}}-\d{{2}}", edtf))


def _same_day(own: str, edtf: str) -> bool:
    """`XXXX-10-13` and `2022-10-13` are one day once it has its year; so are a day and the bound that it gives."""
    bare = edtf.rstrip("?~%").removeprefix("../").removeprefix("/").removesuffix("/..")
    return bare == own or (bare.startswith("XXXX") and bare[4:] == own[4:] and own[:4] != "XXXX")


def _bounds_month(day: str, month: str) -> bool:
    """Whether the day is the first or last of the month: "before the end of May"."""
    if day[:7] != month or day.startswith("X"):
        return False
    return day[8:] == "01" or not datecount.exists(int(day[:4]), int(day[5:7]), int(day[8:]) + 1)


def _in_its_month(edtf: str, words: Words, context: Context) -> bool:
    """Whether a proposal gives "the 14th" the month of another day that the article names."""
    if not re.fullmatch(_DAY, edtf) or int(edtf[8:]) != words.day:
        return False
    weekday = date.fromisoformat(edtf).weekday()
    return words.weekday in (None, weekday) and edtf[:7] in {day[:7] for day in _named_days(context)}


def _named(days: Iterable[str], context: Context) -> bool:
    """Whether the article names each of the days, in its own year or counted from publication."""
    named = _named_days(context)
    # Of "13 et 14 mai" only the second stands beside its month; the first must stand in the article all the same.
    months = {day[:7] for day in named}
    joined = r"\b{}\.?\W{{0,3}}(?:\w{{1,3}}\W{{1,3}})?\d{{1,2}}\b"
    return all(
        day in named or (day[:7] in months and re.search(joined.format(int(day[8:])), context.text)) for day in days
    )


def _named_days(context: Context) -> set[str]:
    return {
        day
        for words in _mentions(context.text)
        for known in (context, Context(None))
        for day in _days(datecount.counted(words, known).edtf or "")
    }


def _years_named(edtf: str, context: Context) -> bool:
    """Whether the article names each year, and of a month the month too."""
    years, known = set(re.findall(r"\d{4}", edtf)), set(re.findall(r"\d{4}", context.text))
    months = set(re.findall(r"\d{4}-(?:0[1-9]|1[0-2])\b", edtf))
    return bool(years) and years <= known and all(_month_named(month, context) for month in months)


def _month_named(month: str, context: Context) -> bool:
    """Whether the article names a month beside its year, or a day of it."""
    if month in {day[:7] for day in _named_days(context)}:
        return True
    beside = re.findall(rf"[^\W\d_]{{3,}}\.?,?(?: de| del)? {month[:4]}\b|\b{month[:4]}年\d{{1,2}}月", context.text)
    read = (datewords.read(words) for words in dict.fromkeys(beside[:50]))
    return any(words and words.kind == "month" and f"{words.year}-{words.month:02}" == month for words in read)


@lru_cache(maxsize=8)
def _mentions(text: str) -> frozenset[Words]:
    return frozenset(words for _, words in datewords.mentioned(text[:200_000]))


def _parses(edtf: str) -> bool:
    from edtf import parse_edtf

    try:
        # The library prints about, and raises all sorts of errors for, some texts that are no EDTF.
        with contextlib.redirect_stdout(io.StringIO()):
            parse_edtf(edtf)
    except Exception:  # noqa: BLE001
        return False
    return True
