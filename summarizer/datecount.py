"""Count from publication what the words of a date say: a day, a span, or what remains where its year is not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from summarizer import datewords
from summarizer.datekinds import WEEKDAYS, Words

Basis = Literal["explicit", "relative", "inferred", "unknown"]


@dataclass(frozen=True, slots=True)
class Context:
    """What a date is read against: the article's publication and text, and whether the meeting is still to come.

    Where `future` is not known (None), a day without a year is a past one unless the proposal says the next one.
    """

    published: date | None
    text: str = ""
    future: bool | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of a date. `resolved` is an ISO date, `start/end`, or None; `problem` says what was not accepted."""

    edtf: str | None
    resolved: str | None
    basis: Basis
    problem: str | None = None


def counted(words: Words, context: Context) -> Reading:
    """The reading of words alone, counted from publication where they need it."""
    published = context.published
    if words.kind == "day":
        return _checked(date(words.year, words.month, words.day), words, "explicit")
    if words.kind == "no_year":
        ahead = words.off > 0 if words.off else context.future
        if ahead and words.last and _runs(words, published):
            ahead = False
        day = of_a_year(words.month, words.day, Context(published, context.text, ahead))
        return _checked(day, words, "relative") if day else unknown(words)
    if words.kind == "month":
        return Reading(f"{words.year}-{words.month:02}", None, "explicit")
    if words.kind == "year":
        return Reading(f"{words.year}", None, "explicit")
    if published is None:
        return unknown(words)
    try:
        return _counted_from(words, published, context.future)
    except OverflowError:  # feeds carry years 1 and 9999 for "unknown"
        return Reading(None, None, "unknown")


def _counted_from(words: Words, published: date, future: bool | None) -> Reading:
    count = _COUNTS.get(words.kind)
    if count:
        return count(words, published, future)
    day = published + timedelta(days=words.off)
    return Reading(day.isoformat(), day.isoformat(), "relative")


def _month(words: Words, published: date, future: bool | None) -> Reading:
    later = words.month > published.month
    year = published.year + (words.month < published.month if future else -later)
    return Reading(f"{year}-{words.month:02}", None, "relative")


def _year_off(words: Words, published: date, _: bool | None) -> Reading:
    year = published.year + words.off
    return Reading(f"{year:04}", None, "relative") if 1 <= year <= 9999 else Reading(None, None, "unknown")


def _month_off(words: Words, published: date, _: bool | None) -> Reading:
    months = published.year * 12 + published.month - 1 + words.off
    first = date(months // 12, months % 12 + 1, 1) if 12 <= months < 120_000 else None
    return Reading(first.isoformat()[:7] if first else None, None, "relative" if first else "unknown")


def _week_off(words: Words, published: date, _: bool | None) -> Reading:
    monday = published - timedelta(days=published.weekday()) + timedelta(weeks=words.off)
    return Reading(f"{monday}/{monday + timedelta(days=6)}", None, "relative")


def _month_of_year(words: Words, published: date, _: bool | None) -> Reading:
    year = published.year + words.off
    return Reading(f"{year:04}-{words.month:02}", None, "relative") if 1 <= year <= 9999 else unknown(words)


def _day_of_year(words: Words, published: date, _: bool | None) -> Reading:
    year = published.year + words.off
    if not exists(year, words.month, words.day):
        return unknown(words)
    return _checked(date(year, words.month, words.day), words, "relative")


def _weekday(words: Words, published: date, future: bool | None) -> Reading:
    day = datewords.latest(words.weekday or 0, published)
    day += timedelta(weeks=1) if words.off > 0 or (future and not words.off and day < published) else timedelta()
    day -= timedelta(weeks=1) if words.off < 0 and day == published else timedelta()
    return Reading(day.isoformat(), day.isoformat(), "relative")


def _weekday_of_week(words: Words, published: date, _: bool | None) -> Reading:
    day = published + timedelta(days=(words.weekday or 0) - published.weekday(), weeks=words.off)
    return Reading(day.isoformat(), day.isoformat(), "relative")


def _weekend(words: Words, published: date, future: bool | None) -> Reading:
    saturday = datewords.latest(5, published)
    now = published - saturday < timedelta(days=2)
    if words.off < 0 and now:
        saturday -= timedelta(weeks=1)
    if words.off > 0 or (future and not words.off and not now):
        saturday += timedelta(weeks=1)
    span = f"{saturday}/{saturday + timedelta(days=1)}"
    return Reading(span, span, "relative")


_COUNTS: dict[str, Callable[[Words, date, bool | None], Reading]] = {
    "no_year_month": _month, "years_off": _year_off, "months_off": _month_off, "weeks_off": _week_off,
    "month_of_year": _month_of_year, "day_of_year": _day_of_year, "weekday": _weekday, "weekday_of_week": _weekday_of_week,
    "weekend": _weekend,
    "day_alone": lambda words, published, future: _checked(_of_a_month(words.day, published, future), words, "relative"),
}  # fmt: skip


def _runs(words: Words, published: date | None) -> bool:
    """Whether a span has begun by publication and is not over: it is no next year's."""
    begun = of_a_year(words.month, words.day, Context(published))
    end = of_a_year(words.last_month or words.month, words.last, Context(published, future=True))
    return begun is not None and end is not None and (end - begun).days < 62


def unknown(words: Words) -> Reading:
    """What words say whose year is not known."""
    if words.day and words.month:
        return Reading(_without_year(words), None, "unknown")
    return Reading(f"XXXX-{words.month:02}" if words.month else None, None, "unknown")


def _checked(day: date, words: Words, basis: Basis) -> Reading:
    if words.weekday is not None and words.weekday != day.weekday():
        named, real = WEEKDAYS[words.weekday], WEEKDAYS[day.weekday()]
        return Reading(f"{day}?", None, basis, f"the words say {named}, but {day} was a {real}")
    month = words.last_month or day.month
    year = day.year + (month < day.month)
    if words.last and exists(year, month, words.last):
        span = f"{day}/{date(year, month, words.last)}"
        return Reading(span, span, basis)
    return Reading(day.isoformat(), day.isoformat(), basis)


def _without_year(words: Words) -> str:
    day = f"XXXX-{words.month:02}-{words.day:02}"
    return f"{day}/XXXX-{words.last_month or words.month:02}-{words.last:02}" if words.last else day


def of_a_year(month: int, day: int, context: Context) -> date | None:
    """The latest such day not after publication (terms: rule 1), or the next one for what is still to come."""
    if context.published is None:
        return None
    step = 1 if context.future else -1
    for year in range(
        context.published.year, context.published.year + 9 * step, step
    ):  # 29 February comes every 4 or 8
        if exists(year, month, day):
            found = date(year, month, day)
            if found == context.published or (found > context.published) == bool(context.future):
                return found
    return None


def _of_a_month(number: int, published: date, future: bool | None) -> date:
    """The latest day of that number not after publication, or the next one for what is still to come."""
    step = timedelta(days=1 if future else -1)
    return next(day for day in (published + count * step for count in range(62)) if day.day == number)


def exists(year: int, month: int, day: int) -> bool:
    """Whether there is such a day."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
