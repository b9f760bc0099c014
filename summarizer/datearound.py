"""What an article says directly around the words of a date: of "May 5, 2021" a reply may copy "May 5" alone.

The words are looked up in the article. Where it goes on with a year, a calendar date or a "last week", or comes from one, the
whole is read; where the whole cannot be read, nothing is. Words that stand at several places may mean several days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice

from summarizer import dateforms, datewords, timewords
from summarizer.datekinds import MONTHS, Words

# More places say no more: what is read of them is one day or several.
_PLACES = 50
_OTHER_TIME = re.sub(r"\(\?P<\w+>", "(?:", timewords.OTHER_TIME)
_WHICH = re.sub(r"\(\?P<\w+>", "(?:", timewords.WHICH)
_WHICH_BEHIND = rf"\s(?:{timewords.LAST.pattern}|{timewords.NEXT.pattern})"
_WHICH = rf"\b(?:{_WHICH}|{timewords.LAST.pattern}|{timewords.NEXT.pattern})"
_TH = r"(?:st|nd|rd|th)?"
_ORDINAL = r"(?:st|nd|rd|th|er|[.º])?"
# "On May 5, 2030 GMT" says an hour, and a year does not stand behind the end of a line or sentence.
_OF_YEAR = (
    r"(?:\s?,\s{0,3}|[ \xa0\u202f]{1,3})\(?(?:(?:in|of|de|del|do|di|van|del año|dell['’]anno|des jahres) )?"
    r"(?:19|20)\d\d(?:г|(?![\w%]|[.,:-]\d"
    rf"| (?:{dateforms.ZONE}|z|h|lt|local|(?:\w+ )?time|people|troops|delegates|soldiers|km)\b))"
)
_MONTH = (
    r"(?:jan|feb|fév|mar|mär|maa|apr|abr|avr|ma[iyjg]|ju[nil]|giu|lug|aug|ago|aoû|sep|set|o[ckt]t|out|nov|de[cz]|déc|dic|gen|ene|"
    r"янв|фев|мар|апр|ма[яй]|июн|июл|авг|сен|окт|ноя|дек)[^\W\d_]*\.?"
)
_TILL = (
    r"\s?(?:[-–—]|\b(?:to|and|until|through|au|al|et|y|e|bis|und|по|до|и|a|à)\b)\s?(?:[^\W\d_]{3,9}\.?\s)?"
    rf"\d{{1,2}}{_ORDINAL}(?:\s(?:de\s)?{_MONTH})?"
)
_CALENDAR = (
    rf"(?:{_MONTH}\s\d{{1,2}}\b|\d{{1,2}}{_ORDINAL}\s(?:(?:of|de|di)\s)?{_MONTH}|(?:\d{{4}}年)?\d{{1,2}}月\d{{1,2}}[日号號]"
    rf"|\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}\b|\d{{4}}-\d\d-\d\d\b)(?:{_OF_YEAR}|\s{_OTHER_TIME})?"
)
_NUMBERED = "floor|time|anniversary|round|session|summit|meeting|edition|century|grade|street|avenue"
_DAYTIME = "(?:morning|afternoon|evening|night)"
_ARTICLE = r"(?:(?:the|den|dem|le|el|il|dia|día)\s)?"
# "Last year, on 5 May": after a comma it may belong to other words, unless it begins the sentence.
_TIME_BEFORE = rf"(?:(?-i:(?=[A-ZÀ-ÞА-Я])){_OTHER_TIME},? ?|{_OTHER_TIME} )(?:(?:on|am|le|el|il|в|во) )?(?:the )?\Z"


# Without one of these nothing of the kind stands near, and the long patterns are neither asked nor made.
_NEAR = 40
_HINTS = (
    "year", "week", "last", "next", "past", "coming", "jahr", "woche", "nächst", "kommend", "letzt", "vorig", "vergang",
    "ann", "ano", "año", "jaar", "semain", "seman", "settim", "derni", "prochain", "passad", "pasad", "próxim", "prossim",
    "scors", "afgelopen", "volgend", "год", "недел", "прошл", "минувш", "следующ", "ближайш",
)  # fmt: skip
_SIGN = re.compile(r"[\d(]")
_CHINESE = re.compile("[（年周週上下本这這先来來今去昨前明]")


def _either(*patterns: str) -> str:
    return "|".join(patterns)


_NOWHERE = r"(?!)"
# For each kind of words, what makes them more than they say alone: behind them, and before them.
_AROUND = {
    "no_year": (
        _either(rf"{_TH}(?:{_TILL})?{_OF_YEAR}", rf"{_TH},?\s{_OTHER_TIME}", _WHICH_BEHIND),
        _either(_TIME_BEFORE, rf"{_WHICH} \Z", r"(?:\d{4} ?[年년]|[去昨今前明来來]年) ?\Z"),
    ),
    "no_year_month": (_either(_OF_YEAR, rf"\s{_OTHER_TIME}"), _either(_TIME_BEFORE)),
    "weekday": (
        _either(
            rf"(?P<date>(?: {_DAYTIME})?,?\s?[(（]?{_ARTICLE}{_CALENDAR}|\s?[(（]\d{{1,2}}[)）]"
            rf"|,?\s(?:the )?\d{{1,2}}(?:st|nd|rd|th)\b(?!\s(?:{_NUMBERED})\b))",
            rf",?\s{_OTHER_TIME}",
            rf"\s(?:of|in)\s(?:{'|'.join(MONTHS)}|(?:19|20)\d\d)\b",
            _WHICH_BEHIND,
            r" before last\b",
        ),
        _either(
            rf"(?P<date>{_CALENDAR})(?:,? a |\s?[(（])\Z",
            _TIME_BEFORE,
            rf"{_WHICH} \Z",
            r"\bweeks? (?:ago|from)(?: on)? \Z",
            r"(?:上上|下下|[上下本这這先来來今])[个個週]?の?\Z",
        ),
    ),
    "weekend": (_either(rf"\s(?:of|du|del|vom|van) (?:the )?{_CALENDAR}", _WHICH_BEHIND), rf"{_WHICH} \Z"),
    "day_alone": (
        _either(
            rf"(?:\s(?:of|de|di))?\s{_MONTH}(?:{_OF_YEAR}|\s{_OTHER_TIME})?",
            rf"\s(?:of\s)?(?:last|next|the previous)\smonth\b|\s(?:{_NUMBERED})\b",
            r"\s(?:du mois dernier|del mes pasado|do mês passado|des vormonats|прошлого месяца|del mese scorso)\b",
        ),
        r"(?:[上先下来來][个個]?月|\d月|지난달 ?|다음 ?달 ?|\d월 ?)\Z",
    ),
    "days_off": (
        _NOWHERE,
        _either(
            r"\b(?:heute|(?:vor)?gestern|am|diese[mn]|frühen|nächsten|jeden|dem|den|zum|vom|gegen|\w+tag|mittwoch|la|esta) \Z"
        ),
    ),
}
_BESIDE = re.compile(rf"[()（）]|\b(?:the|of|in(?= \d{{4}}))(?= )|(?<=day) {_DAYTIME}(?=\W)", re.IGNORECASE)
_MORNING = frozenset(("morgen", "mañana"))
_NEAR_DAYS = frozenset((*_MORNING, "yesterday", "today", "tomorrow"))
# "The night before May 8", "a week ago today", "every Friday": another day than the words say, or none.
_ANOTHER = re.compile(
    rf"\b(?:{dateforms.NEXT_TO}|(?:day|night|evening|morning|afternoon|weeks?|days) (?:from|ago)|every"
    r"|each|any|one|easter|good|ash|black) (?:the )?\Z",
    re.IGNORECASE,
)


def meanings(words: str, article: str) -> list[Words | None]:
    """What the words say at each of their places in the article, each thing once; None where the whole is not read."""
    alone = datewords.read(words)
    if alone is None or alone.kind not in _AROUND or (alone.kind == "days_off" and words.lower() not in _NEAR_DAYS):
        return [alone]
    places = islice(_places(words, article), _PLACES)
    return list(dict.fromkeys(_whole(alone, article, *place) for place in places)) or [alone]


def _places(words: str, article: str) -> Iterator[tuple[int, int]]:
    """Where the words stand by themselves: neither "5 May" of "15 May", nor "Friday" of "Fridays"."""
    for start, end in _found(words, article):
        before, behind = article[max(0, start - 1) : start], article[end : end + 1]
        if not _joined(before, article[start]) and not _joined(behind, article[end - 1]):
            yield start, end


def _found(words: str, article: str) -> Iterator[tuple[int, int]]:
    start = article.find(words)
    if start < 0:  # as a quote is found: in other spaces, or begun with another letter
        spaced = r"\s+".join(map(re.escape, words.split()))
        yield from (match.span() for match in re.finditer(spaced, article, re.IGNORECASE))
    while start >= 0:
        yield start, start + len(words)
        start = article.find(words, start + len(words))


def _joined(outer: str, inner: str) -> bool:
    """Whether two characters belong to one number or one word; Chinese puts no space between words."""
    return outer.isdigit() if inner.isdigit() else outer.isalnum() and inner.isalnum() and inner < "\u3000"


@cache
def _patterns(kind: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    behind, before = _AROUND[kind]
    return re.compile(behind, re.IGNORECASE), re.compile(before, re.IGNORECASE)


def _hinted(near: str) -> bool:
    return any(map(near.lower().__contains__, _HINTS))


def _signed(near: str) -> bool:
    return _SIGN.search(near) is not None or (not near.isascii() and _CHINESE.search(near) is not None)


def _in_a_month(alone: Words, behind: str) -> bool:
    """Whether "Monday" may go on as "Monday of May"."""
    return alone.kind == "weekday" and behind.startswith((" of ", " in "))


def _whole(alone: Words, article: str, start: int, end: int) -> Words | None:
    after = before = None
    first = max(0, start - _NEAR)
    left, right = article[first:start], article[end : end + _NEAR]
    if _ANOTHER.search(left):
        return None
    if alone.kind == "days_off" and article[start:end].lower() not in _MORNING:
        return alone
    hinted = _hinted(f"{left}\n{right}")
    if alone.kind in ("day_alone", "days_off") or hinted or _signed(right) or _in_a_month(alone, right):
        after = _patterns(alone.kind)[0].match(article, end)
    if alone.kind in ("day_alone", "days_off") or (hinted and _hinted(left)) or _signed(left):
        before = _patterns(alone.kind)[1].search(article, first, start)
    if after is None and before is None:
        return alone
    for beside in (before, after):
        date = beside.groupdict().get("date") if beside else None
        bare = date.strip(" ,()（）") if date else ""
        dated = datewords.read(bare) or datewords.read(f"the {bare}") if bare else None
        if dated or (date and beside is before):
            return dated._replace(weekday=alone.weekday) if dated else alone
    words = article[before.start() if before else start : after.end() if after else end]
    whole = datewords.read(" ".join(_BESIDE.sub(" ", words).replace(",", ", ").split()).replace(" ,", ","))
    if whole is None:
        return alone if after and after.groupdict().get("date") else None
    return _with_rest(alone, whole)


def _with_rest(alone: Words, whole: Words) -> Words:
    """The words with the year, the week or the day that the whole adds, where it is of the same day or month."""
    if alone.kind == "no_year":
        weekday = whole.weekday if alone.day == whole.day else alone.weekday
        return (
            alone._replace(kind=whole.kind, year=whole.year, off=whole.off, weekday=weekday)
            if _of_one(alone, whole)
            else alone
        )
    if alone.kind == "no_year_month" and alone.month == whole.month:
        return alone._replace(kind="month_of_year" if whole.off else "month", year=whole.year, off=whole.off)
    same = alone.weekday in (None, whole.weekday) or whole.weekday is None
    return whole._replace(weekday=whole.weekday or alone.weekday) if same and alone.day in (0, whole.day) else alone


def _of_one(alone: Words, whole: Words) -> bool:
    """Whether both are of one day; "May 5 and 6, 2021" is of May 5 and of May 6."""
    return (
        alone.month == whole.month
        and alone.day in (whole.day, whole.last)
        and whole.kind in ("day", "no_year", "day_of_year")
    )
