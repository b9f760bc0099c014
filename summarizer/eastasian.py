"""Dates in Chinese, Japanese and Korean: days with their months, weekdays, and days that are counted from today."""

from __future__ import annotations

import re

from summarizer.datekinds import Words, calendar_day, from_to, has_digits

_CHINESE = re.compile(
    r"(?:(?<!\d)(\d{4})[年년]\s*|(?<![年년\d])(?<![年년] ))"
    r"(\d{1,2})[月월]\s*(\d{1,2})[日일](?:\s*(?:至|到|から|부터|[-–—~～〜])\s*(?:(\d{1,2})[月월]\s*)?(\d{1,2})[日일])?"
)
_CHINESE_MONTH = re.compile(r"(\d{4})[年년]\s*(\d{1,2})[月월]\W*")
# The longer first: 一昨日 is not 昨日.
_CHINESE_DAYS = {
    "一昨日": -2, "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "昨晚": -1, "今天": 0, "今日": 0, "今晚": 0,
    "おととい": -2, "きのう": -1, "昨夜": -1, "きょう": 0, "本日": 0, "今朝": 0, "あす": 1, "あさって": 2,
    "大后天": 3, "明後日": 2, "后天": 2, "後天": 2, "明天": 1, "明日": 1,
    "그저께": -2, "어제": -1, "오늘": 0, "내일모레": 2, "내일": 1, "모레": 2,
}  # fmt: skip
_WEEKS = {"上上": -2, "上": -1, "先": -1, "本": 0, "这": 0, "這": 0, "今": 0, "下": 1, "来": 1, "來": 1, "下下": 2}
_CHINESE_WEEKDAY = re.compile(
    "(?:(上上|下下|上|下|本|这|這)[个個]?)?(?:周|週|星期|礼拜|禮拜)([一二三四五六日天])|(?:(先|来|來|今)週の?)?([月火水木金土日])曜"
    "|\\A([월화수목금토일])요일(?:에)?\\W*\\Z"
)
# A year beside a day that is none of the last one: 去年3月5日.
OTHER_YEAR = re.compile("[去昨前明来來]年|[上先下来來]个?月|지난해|작년|내년")


def read(words: str) -> Words | None:
    """What the words say, or None where they say no one date that can be read."""
    of_a_year = _CHINESE_MONTH.fullmatch(words)
    if of_a_year and 1 <= int(of_a_year[2]) <= 12:
        return Words("month", int(of_a_year[1]), int(of_a_year[2]))
    chinese = _CHINESE.search(words)
    if chinese:
        if has_digits(words[: chinese.start()] + words[chinese.end() :]):
            return None
        year, month, number, other_month, last = chinese.groups()
        found = calendar_day(int(year) if year else None, int(month), int(number))
        if not year and OTHER_YEAR.search(words):
            return None
        if found and other_month and other_month != month:
            end = calendar_day(found.year or None, int(other_month), int(last))
            return from_to(found, end) if end else None
        return found._replace(last=int(last)) if found and last and int(last) > found.day else found
    near = next((name for name in _CHINESE_DAYS if name in words), None)
    if near is not None:
        several = any(name in words.replace(near, "") for name in _CHINESE_DAYS)
        return None if several else Words("days_off", off=_CHINESE_DAYS[near])
    weekday = _CHINESE_WEEKDAY.search(words)
    if weekday is None:
        return None
    week, number = weekday[1] or weekday[3], "一二三四五六日".find((weekday[2] or "").replace("天", "日"))
    if not weekday[2]:
        number = "月火水木金土日".index(weekday[4]) if weekday[4] else "월화수목금토일".index(weekday[5])
    return Words("weekday_of_week", off=_WEEKS[week], weekday=number) if week else Words("weekday", weekday=number)
