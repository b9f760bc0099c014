"""Number words that no library reads: Chinese and Japanese characters, Russian and Ukrainian words in every case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

_HAN_DIGITS = {
    digit: value
    for value, digits in enumerate(("零〇", "一", "二两兩", "三", "四", "五", "六", "七", "八", "九"))
    for digit in digits
}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000, "십": 10, "백": 100, "천": 1000}
_HAN_SCALES = {"万": 10**4, "萬": 10**4, "만": 10**4, "亿": 10**8, "億": 10**8, "억": 10**8, "兆": 10**12, "조": 10**12}
_SCALES = (10**3, 10**6, 10**9, 10**12)
# What may stand behind a figure. 兆瓦 is a megawatt, and 제5조 the fifth article of a law.
HAN_SCALE = "[十百千십백천]?(?:[万萬만亿億억]|兆(?![瓦赫字比帕焦欧])|조(?= ?(?:\\d|원|달러|엔|유로)))|[百千백천]"
_HAN_FIRST = "".join(char for char in (*_HAN_DIGITS, *_HAN_UNITS) if char < "가")
_HAN_NEXT = _HAN_FIRST + "".join(char for char in _HAN_SCALES if char < "가")
# 十分 is "very", and 百分之三 three hundredths. No number that is meant has more characters.
_HAN = re.compile(
    f"(?!十分(?![钟鐘])|[十百千万]分之)[{_HAN_FIRST}][{_HAN_NEXT}]{{0,30}}(?:[点點][{''.join(_HAN_DIGITS)}]{{1,30}})?"
)

_ORDINAL = "ый|ого|ому|ым|ом|ая|ой|ую|ое|ые|ых|ыми|ий|а|у|ої|е|і|им|их|ими"
_FIVE = f"ь|и|ью|еро|ьох|ьом|ьома|{_ORDINAL}"
_TEEN = f"(?:ь|и|ью|ьох|ьом|{_ORDINAL})"
_BIG = "(?:а|у|ом|е|ы|и|і|ов|ів|ам|ами|ах)?"
_APOSTROPHE = "['’ʼ]?"
_CYRILLIC_WORDS = {
    1: f"один|одн(?:а|о|е|ого|ому|им|ом|ой|у|ою|ієї|ій)|пер[вш](?:{_ORDINAL})",
    1.5: "полтор[аы]|полутора|півтор[аи]",
    2: f"дв(?:а|е|ух|ум|умя|ое|оих|і|ох|ом|ома|оє)|об[аеі]|обоих|обеих|обох|втор(?:{_ORDINAL})|другий",
    3: "тр(?:и|[её]х|[её]м|емя|ое|оих|ьох|ьом|ьома|оє)|трет(?:ий|ь(?:его|ему|им|ем|я|ю|ей|е|и|их|ого|ому|ої)|ій|я|є|ю)",
    4: f"четыр(?:е|[её]х|[её]м|ьмя)|четверо|чотир(?:и|ьох|ьом|ма)|четв[её]рт(?:{_ORDINAL})",
    5: f"п{_APOSTROPHE}ят(?:{_FIVE})",
    6: f"шест(?:{_FIVE})|шіст(?:{_FIVE})|шост(?:{_ORDINAL})",
    7: f"сем(?:ь|и|еро)|сім|сімох|сьом(?:{_ORDINAL})|седьм(?:{_ORDINAL})",
    8: f"вос(?:емь|ьми|емью)|вісім|вісьм(?:а|ох|ом)|восьм(?:{_ORDINAL})",
    9: f"дев{_APOSTROPHE}ят(?:{_FIVE})",
    10: f"десят(?:{_FIVE})",
    11: f"одинн?адц[яа]т{_TEEN}",
    12: f"дв[еа]надц[яа]т{_TEEN}",
    13: f"тринадц[яа]т{_TEEN}",
    14: f"(?:четыр|чотир)надц[яа]т{_TEEN}",
    15: f"п{_APOSTROPHE}ятнадц[яа]т{_TEEN}",
    16: f"ш[еі]стнадц[яа]т{_TEEN}",
    17: f"с[еі]мнадц[яа]т{_TEEN}",
    18: f"в[оі]с[еі]мнадц[яа]т{_TEEN}",
    19: f"дев{_APOSTROPHE}ятнадц[яа]т{_TEEN}",
    20: f"двадц[яа]т{_TEEN}",
    30: f"тридц[яа]т{_TEEN}",
    40: f"сорока?|сороков(?:{_ORDINAL})",
    50: "п(?:ять|яти|ятью)десят(?:и|ью)?|п['’ʼ]ятдесяти?",
    60: "шест(?:ь|и|ью)десят(?:и|ью)?|шістдесяти?",
    70: "сем(?:ь|и|ью)десят(?:и|ью)?|сімдесяти?",
    80: "вос(?:емь|ьми|емью)десят(?:и|ью)?|вісімдесяти?",
    90: f"дев{_APOSTROPHE}яност(?:о|а)",
    100: "ст[оа]",
    200: "двести|двухсот|двумстам|двумястами|двісті|двохсот",
    300: "триста|тр[её]хсот|тр[её]мстам|трьохсот",
    400: "четыреста|четыр[её]хсот|чотириста|чотирьохсот",
    500: "п(?:ять|яти)сот|п['’ʼ]ятсот|п['’ʼ]ятисот",
    600: "шест(?:ь|и)сот|шістсот|шестисот",
    700: "сем(?:ь|и)сот|сімсот",
    800: "вос(?:емь|ьми)сот|вісімсот",
    900: f"дев{_APOSTROPHE}ят(?:ь|и)?сот",
    500_000: "полмиллиона|півмільйона",
    500_000_000: "полмиллиарда|півмільярда",
    10**3: "т[иы]сяч(?:а|и|у|е|і|ей|ам|ами|ах|ью)?",
    10**6: f"миллион{_BIG}|мільйон{_BIG}",
    10**9: f"миллиард{_BIG}|мільярд{_BIG}",
    10**12: f"триллион{_BIG}|трильйон{_BIG}",
}
_CYRILLIC_VALUES = {f"n{number}": value for number, value in enumerate(_CYRILLIC_WORDS)}
_LETTERS = re.compile("[\u0400-\u04ff]")
_JOINED = re.compile(r"[ \u00a0-]+")


def in_han(text: str) -> list[float]:
    """The numbers that Chinese and Japanese write in characters: 三千, 一百五十, 二〇二六, 三十四点九."""
    return [] if text.isascii() else [han(match.group()) for match in _HAN.finditer(text)]


def han(number: str) -> float:
    """The value of a numeral, or of what stands behind a figure: 千万."""
    whole, _, after = number.replace("點", "点").partition("点")
    total = section = digit = 0
    for char in whole:
        if char in _HAN_DIGITS:
            digit = 10 * digit + _HAN_DIGITS[char]
        elif char in _HAN_UNITS:
            section, digit = section + (digit or 1) * _HAN_UNITS[char], 0
        else:
            scale, part = _HAN_SCALES[char], section + digit or 1
            total = (total + part) * scale if total < scale else total + part * scale
            section = digit = 0
    return float(f"{total + section + digit}.{''.join(str(_HAN_DIGITS[char]) for char in after)}")


def in_cyrillic(text: str) -> list[float]:
    """The numbers that Russian and Ukrainian words say, in whichever case: двадцать пять, півтора мільйона."""
    return [value for run in _runs(text) for value in _composed(run)] if _LETTERS.search(text) else []


@cache
def _cyrillic() -> re.Pattern[str]:
    """Made when a text needs it: that takes longer than to check one."""
    words = "|".join(f"(?P<n{number}>{words})" for number, words in enumerate(_CYRILLIC_WORDS.values()))
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


def _runs(text: str) -> Iterator[list[float]]:
    """The values of number words that follow one another."""
    run, end = list[float](), 0
    for match in _cyrillic().finditer(text):
        if run and not _JOINED.fullmatch(text, end, match.start()):
            yield run
            run = []
        run.append(_CYRILLIC_VALUES[match.lastgroup or ""])
        end = match.end()
    yield run


def _composed(values: list[float]) -> Iterator[float]:
    """The numbers of such a run: what is no smaller part of a number begins another one, as in "two or three"."""
    total, section, room, least = 0.0, 0.0, 1000.0, 10.0**15
    for value in values:
        scale = value in _SCALES
        if value >= (least if scale else room) and total + section:
            yield total + section
            total, section, least = 0.0, 0.0, 10.0**15
        if scale:
            total, section, room, least = total + (section or 1) * value, 0.0, 1000.0, value
        else:
            section, room = section + value, 100 if value >= 100 else 10 if value >= 20 else 0
    if total + section:
        yield total + section
