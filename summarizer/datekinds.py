"""What the words of a date may say: the kinds of it, and the days that there are."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, NamedTuple

Kind = Literal[
    "day", "no_year", "day_alone", "weekday", "weekday_of_week", "weekend", "days_off",
    "day_of_year", "month_of_year", "month", "no_year_month", "months_off", "weeks_off", "year", "years_off",
]  # fmt: skip


MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"]
MONTHS.append("December")
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class Words(NamedTuple):
    """What some words say.

    `weekday` (0 is Monday) stands beside a day where the words give both; `last` is the last day of a span, in the same month
    or in `last_month`.
    """

    kind: Kind
    year: int = 0
    month: int = 0
    day: int = 0
    off: int = 0
    weekday: int | None = None
    last: int = 0
    last_month: int = 0


def has_digits(text: str) -> bool:
    """Whether there is a figure in some words."""
    return re.search(r"\d", text) is not None


def calendar_day(year: int | None, month: int, day: int, weekday: int | None = None) -> Words | None:
    """The day, without its year where that is None; None where there is no such day."""
    try:
        date(year or 2000, month, day)
    except ValueError:
        return None
    return Words("day" if year else "no_year", year or 0, month, day, weekday=weekday)


def from_to(one: Words, two: Words) -> Words | None:
    """From a day of one month to a day of the next; None where the second is not of it."""
    year = one.year or (two.year and two.year - (one.month > two.month))
    if not (0 < (two.month - one.month) % 12 < 3) or two.year not in (0, year, year + 1):
        return None
    return one._replace(kind="day" if year else "no_year", year=year, last=two.day, last_month=two.month)
