"""What a few words say of a date, before anything is counted: a day, a day without a year, a weekday, so many days ago.

English and the numeric forms are read here; other languages by the dateparser library, which also knows relative words. It
is asked twice, with two different days for "today": what changes between the answers is what the words leave open. So its
answer never depends on the present day, and can be kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

from summarizer import dateforms, eastasian, timewords
from summarizer.datekinds import MONTHS, WEEKDAYS, Kind, Words, calendar_day, from_to, has_digits

# The languages that are tried, the field's most frequent first: each costs time for words that are no date.
LANGUAGES = ["en", "fr", "es", "de", "ru", "pt", "it", "nl", "uk", "pl", "sv", "da", "nb", "fi", "cs", "tr", "ar", "fa",
             "he", "id", "vi", "ko"]  # fmt: skip

_MONTH = "|".join(f"{name}|{name[:3]}\\.?" for name in MONTHS) + "|Sept\\.?"
_WEEKDAY = "|".join(WEEKDAYS)
_SHORT = rf"{_WEEKDAY}|(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\.?"
_TO = r"(?: ?[-–—] ?| and | & | to )"
_DATED = (
    rf"(?P<m>{_MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:{_TO}(?P<l>\d{{1,2}})(?:st|nd|rd|th)?\b(?! ?(?:{_MONTH}|%)))?"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:{_TO}(?P<l2>\d{{1,2}})(?:st|nd|rd|th)?)?(?: |(?<=[a-z]) of )(?P<m2>{_MONTH})\b"
)
ENGLISH = re.compile(
    rf"(?:(?:[Oo]n )?(?P<with>{_SHORT}),? (?:the )?)?(?:{_DATED})(?:,? (?P<y>\d{{4}})\b)?|(?P<iso>\b\d{{4}}-\d\d-\d\d(?!\d))"
    rf"|\b(?:[Oo]n )?(?:(?P<which>[Nn]ext|[Ll]ast) )?(?P<weekday>{_WEEKDAY})\b|\b(?P<near>[Tt]oday|[Yy]esterday|[Tt]omorrow)\b"
)
# What may stand around an English date without changing which day it is.
_HARMLESS = re.compile(
    r"(?:[\s,.;:()-]|\b(?:on|in|the|at|early|late|this|morning|afternoon|evening|night|noon|local|time|before|by|until|and|of"
    r"|earlier|later|just|lunchtime|dawn|dusk)\b)*",
    re.IGNORECASE,
)
# Words of a day that is counted from today. What else a parser takes for one is an hour, a decade or how long something took.
_DAYS_OFF = re.compile(
    r"hier|aujourd|demain|ayer|hoy|mañana|anteayer|gestern|heute|\bmorgen|вчера|сегодня|завтра|ontem|hoje|"
    r"amanhã|\bieri|\boggi|domani|gisteren|vandaag|wczoraj|dzi[sś]|jutro|\bi ?går|\bi ?dag|yesterday|today|tomorrow|\bdays? ago|"
    r"il y a .*jours?|hace .*d[ií]as?|"
    r"\bvor .*tag|(?:день|дня|дней) назад|eilen|tänään|včera|dnes|dün|bugün|أمس|اليوم|kemarin|hari ini|hôm qua|hôm nay",
    re.IGNORECASE,
)
_HOURS = re.compile(r"\b(?:hours?|heures?|horas?|stunden?|uhr|a\.m|p\.m)|час", re.IGNORECASE)
_IDIOMS = {"day before yesterday": -2, "day after tomorrow": 2, "last night": -1, "tonight": 0}
_IDIOMS |= {f"this {part}": 0 for part in ("morning", "afternoon", "evening")}
_IDIOM = re.compile(rf"\b(?:{'|'.join(_IDIOMS)})\b", re.IGNORECASE)
_DAY_ALONE = re.compile(
    r"(?:(?:on )?the (\d{1,2})(?:st|nd|rd|th)|(?:le|el|il|am|dia|no dia|el día|el pasado) (\d{1,2})\.?|(\d{1,2})(?:-го)? числа|"
    r"(?:本月|今月)?(\d{1,2})[日号號일](?:上午|下午|晚|夜)?)",
    re.IGNORECASE,
)
_WEEKDAY_AND_DAY = re.compile(r"(.*[^\W\d_])[ ,]*\(?(\d{1,2})\)?")
# "In August" as "of August", because the library does not read the former in Russian and Ukrainian.
_IN_A_MONTH = (
    (re.compile(r"\b(январ|феврал|апрел|июн|июл|сентябр|октябр|ноябр|декабр)е\b", re.IGNORECASE), r"\1я"),
    (re.compile(r"\b(март|август)е\b|\b(листопад)і\b", re.IGNORECASE), r"\1\2а"),
    (re.compile(r"\bмае\b", re.IGNORECASE), "мая"),
    (re.compile(r"\b(січ|берез|квіт|трав|черв|лип|серп|верес|жовт|груд)ні\b", re.IGNORECASE), r"\1ня"),
)
_TILL = re.compile(r" ?[–—] ?| - |(?<=\w)-(?=[^\W\d_])| (?:to|until|through|au|al|bis|zum|по|до|a|à|tot|do) ")
_FROM = re.compile(r"\A(?:from|between|du|del|vom|von|с|со|от|з|dal|van) ", re.IGNORECASE)
# Two days joined by a sign or a short word, in any language: only the English forms above are read as a span.
_SPAN = re.compile(r"\b\d{1,2}\.? ?(?:[-–—/]|\b\w{1,3}\b) ?\d{1,2}\b(?!\d)")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
_DOTTED = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b")  # dots put the day first
_YEAR_FIRST = re.compile(r"\b(\d{4})/(\d{1,2})/(\d{1,2})\b")
_TODAY = (datetime(2026, 3, 19), datetime(2031, 8, 6))  # two days that share neither weekday, month nor year  # noqa: DTZ001


@lru_cache(maxsize=4096)
def read(words: str) -> Words | None:
    """What the words say, or None where they say no one date that can be read."""
    bare = dateforms.bare(words)
    return _read(bare) if bare else None


def _read(words: str) -> Words | None:
    found = _idiomatic(words) or _span(words)
    if found or _IDIOM.search(words):
        return found
    english = ENGLISH.search(words)
    if english:
        left = words[: english.start()] + " " + words[english.end() :]
        return _english(english) if _HARMLESS.fullmatch(left) else _of_other_time(words) or _of_this_month(words)
    found = None if words.isascii() else eastasian.read(words)
    if found or eastasian.OTHER_YEAR.search(words):
        return found
    if timewords.THIS_DAY.search(words):
        return Words("days_off", off=0)
    weekend = timewords.weekend(words)
    other = Words("weekend", off=weekend) if weekend is not None else _of_other_time(words)
    if other:
        return other
    bare = timewords.without_part(words)
    if bare != words:
        return _of_its_day(read(bare), bare) if bare else None
    for in_month, of_month in () if words.isascii() else _IN_A_MONTH:
        words = in_month.sub(of_month, words)
    numeric = _DOTTED.search(words) or _YEAR_FIRST.search(words) or _SLASHED.search(words)
    if numeric:
        return _of_numbers(numeric, words)
    return None if _SPAN.search(words) else _of_this_month(words) or _beside(words) or _other(words)


def _idiomatic(words: str) -> Words | None:
    """An idiom, a year, or a day without its month, which are counted from publication."""
    idiom = _IDIOM.search(words)
    if idiom:
        left = words[: idiom.start()] + " " + words[idiom.end() :]
        return Words("days_off", off=_IDIOMS[idiom.group().lower()]) if _HARMLESS.fullmatch(left) else None
    near = timewords.NEAR_DAYS.get(words.strip(" ,.").lower().replace("’", "'"))
    if near is not None:
        return Words("days_off", off=near)
    year = timewords.YEAR_OFF.fullmatch(words)
    if year:
        return Words("years_off", off=int((year.lastgroup or "y1")[1:]) - 1)
    alone = _DAY_ALONE.fullmatch(words.strip(" ,."))
    if alone:
        day = int(next(filter(None, alone.groups())))
        return Words("day_alone", day=day) if 1 <= day <= 31 else None
    return None


def _of_its_day(found: Words | None, bare: str) -> Words | None:
    """What is left of words without their part of the day; a number that is left may have been the hour."""
    dated = ("day", "no_year") if has_digits(bare) else ("weekday", "days_off", "weeks_off", "months_off", "years_off")
    return found if found and found.kind in dated else None


_OF_OTHER_TIME: dict[tuple[str, str], Kind] = {
    ("no_year", "y"): "day_of_year", ("no_year_month", "y"): "month_of_year", ("weekday", "w"): "weekday_of_week",
    ("no_year", "d"): "no_year", ("weekday", "d"): "weekday",
}  # fmt: skip


def _of_other_time(words: str) -> Words | None:
    """A day of another year, or a weekday of another week: "5 May last year", "Tuesday of last week"."""
    other = timewords.other_time(words)
    found = read(other[2]) if other and other[2] else None
    if other is None or found is None or found.off:
        return None
    kind = _OF_OTHER_TIME.get((found.kind, other[0]))
    return found._replace(kind=kind, off=other[1]) if kind else None


def _of_this_month(words: str) -> Words | None:
    """A weekday and its day: "Tuesday 5". Asked last, because what else stands before a number is read by the slow library."""
    beside = _WEEKDAY_AND_DAY.fullmatch(words)
    named = read(beside[1]) if beside else None
    if beside and named and named.kind == "weekday" and not named.off and 1 <= int(beside[2]) <= 31:
        return Words("day_alone", day=int(beside[2]), weekday=named.weekday)
    return None


def _span(words: str) -> Words | None:
    """From a day of one month to a day of the next; the year may stand with the last alone."""
    for sign in _TILL.finditer(words):
        first, last = _FROM.sub("", words[: sign.start()]), words[sign.end() :]
        if not all(re.search(r"\d", part) and re.search(r"[^\W\d_]", part) for part in (first, last)):
            continue
        one, two = read(first), read(last)
        if one and two and {one.kind, two.kind} <= {"day", "no_year"} and not one.last and not two.last:
            return from_to(one, two)
    return None


def mentioned(text: str) -> Iterator[tuple[int, Words]]:
    """Every calendar date that a text names, with its place: English, Chinese and ISO forms, and day-month in any language."""
    for match in ENGLISH.finditer(text):
        found = _english(match)
        if found:
            yield match.start(), found
    for match in re.finditer(
        r"\b\d{1,2}(?:er|[.º°])?(?: \w+){1,2}?(?: \d{4})?\b|\d{4}年\d{1,2}月\d{1,2}日|\d{1,2}月\d{1,2}日", text
    ):
        found = read(match.group())
        if found and found.kind in ("day", "no_year"):
            yield match.start(), found


def _english(match: re.Match[str]) -> Words | None:
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
        return calendar_day(year, month, day)
    if match["near"]:
        return Words("days_off", off={"today": 0, "yesterday": -1, "tomorrow": 1}[match["near"].lower()])
    if match["weekday"]:
        which = (match["which"] or "").lower()
        return Words("weekday", off={"next": 1, "last": -1}.get(which, 0), weekday=WEEKDAYS.index(match["weekday"]))
    name = str(match["m"] or match["m2"])
    number = next(i for i, month in enumerate(MONTHS, 1) if month.startswith(name[:3]))
    named = match["with"]
    weekday = next(i for i, day in enumerate(WEEKDAYS) if day.startswith(named[:3])) if named else None
    found = calendar_day(int(match["y"]) if match["y"] else None, number, int(match["d"] or match["d2"]), weekday)
    last = int(match["l"] or match["l2"] or 0)
    if not found or not last:
        return found
    return found._replace(last=last) if found.day < last <= 31 else None


def _of_numbers(found: re.Match[str], words: str) -> Words | None:
    """A date in figures; of a span, which has more of them, nothing is read."""
    if has_digits(words[: found.start()] + words[found.end() :]):
        return None
    one, two, three = map(int, found.groups())
    if found.re is _SLASHED:
        return _slashed(one, two, three)
    return calendar_day(three, two, one) if found.re is _DOTTED else calendar_day(one, two, three)


def _slashed(first: int, second: int, year: int) -> Words | None:
    """12/05/2025 is December or May: only an order that cannot be mistaken is read."""
    if first == second or second > 12:
        return calendar_day(year, first, second)
    return calendar_day(year, second, first) if first > 12 else None


def _beside(words: str) -> Words | None:
    """A weekday or a "yesterday" with words for this, last, next, or a part of the day, in several languages."""
    left = [word for word in words.split() if not timewords.AROUND.fullmatch(word)]
    found = _asked(" ".join(left)) if left and len(left) < len(words.split()) else None
    off = -1 if timewords.LAST.search(words) else 1 if timewords.NEXT.search(words) else 0
    if found and (found.kind == "weekday" or (found.kind == "no_year" and off)):
        return found._replace(off=off)
    return found if found and found.kind == "days_off" and not off else None


def _other(words: str) -> Words | None:
    """Ask the library for the longest run of the words that it knows as one date; nothing of a date may be left over."""
    parts = words.split()[:8]
    for length in range(len(parts), 0, -1):
        for start in range(len(parts) - length + 1):
            left = parts[:start] + parts[start + length :]
            found = _asked(" ".join(parts[start : start + length])) if not any(map(has_digits, left)) else None
            beside_a_day = found is not None and found.kind in ("day", "no_year")
            if found and all(_harmless(word, weekday=beside_a_day) for word in left):
                return found
    return None


def _harmless(word: str, *, weekday: bool) -> bool:
    """A small word, or a weekday beside its day: what else is left over may change which day is meant."""
    if _HARMLESS.fullmatch(word) or word.lower() in timewords.OF_A_MONTH:
        return True
    if len(word.strip(",.")) <= 3 and not has_digits(word) and word.lower() != "day":
        return _asked(word) is None
    found = _asked(word)
    return weekday and found is not None and found.kind == "weekday"


@lru_cache(maxsize=4096)
def _asked(words: str) -> Words | None:
    # A bare number, or a word without a letter, is no date however a parser may read it.
    if not re.search(r"[^\W\d_]{2}", words):
        return Words("year", int(words)) if re.fullmatch(r"(?:19|20)\d\d", words) else None
    found = _in_languages(words, LANGUAGES)
    if found and found.year and str(found.year) not in words:
        # The first language that reads it took a day for a year; another one may know better.
        each = (_in_languages(words, [language]) for language in LANGUAGES)
        return next((other for other in each if other and (not other.year or str(other.year) in words)), None)
    return found


def _in_languages(words: str, languages: list[str]) -> Words | None:
    from dateparser.date import DateDataParser

    answers = []
    for today in _TODAY:
        settings = {"RELATIVE_BASE": today, "PREFER_DATES_FROM": "past", "RETURN_AS_TIMEZONE_AWARE": False}
        answers.append(DateDataParser(languages=languages, settings=settings).get_date_data(words))
    if any(answer.date_obj is None for answer in answers):
        return None
    (one, two), period = (answer.date_obj.date() for answer in answers), answers[0].period
    return _compared(words, one, two, period)


def _compared(words: str, one: date, two: date, period: str) -> Words | None:
    """What the words say: what is the same in both answers. What differs is counted from the day that was given."""
    days = list(zip((one, two), (today.date() for today in _TODAY), strict=True))
    if period == "year":
        return Words("year", one.year) if one.year == two.year else None
    if period == "month":
        return _month(words, one, two, [(day.year - today.year) * 12 + day.month - today.month for day, today in days])
    offs = [(day - today).days for day, today in days]
    if period == "week":
        return Words("weeks_off", off=round(offs[0] / 7))
    if (one.month, one.day) == (two.month, two.day):
        year = one.year if one == two else 0
        return Words("day" if year else "no_year", year, one.month, one.day, weekday=_weekday_beside(words))
    if offs[0] == offs[1]:
        return Words("days_off", off=offs[0]) if _DAYS_OFF.search(words) and not _HOURS.search(words) else None
    # "next Monday" and "last Friday" of other languages are not told apart from "Monday": more words, no reading.
    alone = len([word for word in words.split() if len(word) > 3]) == 1
    return Words("weekday", weekday=one.weekday()) if one.weekday() == two.weekday() and alone else None


def _month(words: str, one: date, two: date, offs: list[int]) -> Words | None:
    if one.year == two.year:
        return Words("month", one.year, one.month)
    if re.search(r"\d|\bdays?\b|\bjours?\b|\bd[ií]as?\b|\btage?n?\b", words, re.IGNORECASE):
        return None  # an hour or a duration that a parser took for a month
    return Words("months_off", off=offs[0]) if offs[0] == offs[1] else Words("no_year_month", month=one.month)


def _weekday_beside(words: str) -> int | None:
    """The weekday that stands beside a day: "le lundi 11 mai"."""
    if not re.search(r"\d", words):
        return None
    for word in re.findall(r"[^\W\d_]{4,}", words):
        alone = read(word)
        if alone and alone.kind == "weekday":
            return alone.weekday
    return None


def latest(weekday: int, day: date) -> date:
    """The last such weekday that is not after `day`."""
    return day - timedelta(days=(day.weekday() - weekday) % 7)
