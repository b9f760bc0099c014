"""Numbers in words: "50 million", "50m", "fifty million" and "$50,000,000" are one number."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

_MULTIPLIERS = {
    1e3: "k|thousand|mille|mil|tausend|тыс\\w*",
    1e6: "m|mn|mln|million|millions|millones|millón|millon|millionen|mio|milioni|milhões|miljoen|млн|миллион\\w*",
    1e9: "bn|billion|billions|milliard|milliards|milliarden|mrd|млрд|миллиард\\w*|miliardi|bilhões|mil millones",
    1e12: "trn|trillion|trillions|billionen|трлн|триллион\\w*",
    1e4: "万|萬|만",
    1e8: "亿|億|억",
}
_AFTER_FIRST = r"(?:\d{0,2}(?:[,.'’\u00a0\u202f ]\d{3})+(?![\d])(?:[.,]\d+)?|\d*(?:[.,]\d+)?)"
_SCALE = "|".join(f"(?P<x{i}>(?i:{words}))" for i, words in enumerate(_MULTIPLIERS.values()))
_SCALES = {f"x{i}": value for i, value in enumerate(_MULTIPLIERS)}
_UNIT = r"(?:st|nd|rd|th|km|kg|cm|mm|ha|kw|mw|gw|kwh|mwh|gwh)"
# Not the digits of a name: COVID-19, G20, F-16, 5G.
_LETTER = "[0-9A-Za-z\u00c0-\u024f\u0400-\u04ff]"  # scripts without spaces put no boundary beside a figure
_CURRENCY = "".join(f"(?<={code}\\d)|" for code in ("EUR", "USD", "GBP", "CHF", "RMB", "JPY", "US"))
# It begins with its first digit, so that the search goes from digit to digit; what stands before it is looked back at.
_FIGURE = re.compile(
    rf"(?P<digits>\d(?:{_CURRENCY}(?<!{_LETTER}\d)(?<![A-Z]-\d)){_AFTER_FIRST})"
    rf"(?:[ \u00a0\u202f-]?(?:{_SCALE})(?!{_LETTER})|(?i:{_UNIT})(?!{_LETTER})|(?!{_LETTER}))"
)
# A quote that ends in a figure whose scale was cut off, or begins with a scale whose figure was.
_SCALE_NEXT = re.compile(rf"[ \u00a0\u202f-]?(?:{'|'.join(_MULTIPLIERS.values())})(?!{_LETTER})", re.IGNORECASE)
# Languages whose number words can be read; in others, only figures are.
_WORD_LANGUAGES = ("en", "fr", "es", "de", "pt", "it", "nl")
# What English number words and ordinals begin with, in lower case: ignoring case takes a search three times as long.
_ENGLISH_WORDS = r"\b(?:two|twe|thr|thir|fou|fort|fif|fiv|six|sev|eig|nin|ten|ele|hun|tho|mil|bil|tri|sec|zer|doz)"
_ENGLISH = re.compile(_ENGLISH_WORDS)
_COUNTS = re.compile(rf"\d|{_ENGLISH_WORDS}")
_RUSSIAN = re.compile(
    r"\b(?:(?P<n2>дв(?:а|е|ух|ум|умя|ое|оих)|об[ае]|обоих)|(?P<n3>тр(?:и|[её]х|[её]м|емя|ое|оих))|(?P<n4>четыр\w+|четверо)|"
    r"(?P<n5>пят(?:ь|и|ью|еро))|(?P<n6>шест(?:ь|и|ью|еро))|(?P<n7>сем(?:ь|и|ью|еро))|(?P<n8>вос(?:емь|ьми|емью))|"
    r"(?P<n9>девят(?:ь|и|ью))|(?P<n10>десят(?:ь|и|ью))|(?P<n11>одиннадцат\w+)|(?P<n12>двенадцат\w+))\b",
    re.IGNORECASE,
)
_HAN_DIGITS = {
    digit: value
    for value, digits in enumerate(("零〇", "一", "二两兩", "三", "四", "五", "六", "七", "八", "九"))
    for digit in digits
}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_SCALES = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}
_HAN_FIRST, _HAN_NEXT = "".join((*_HAN_DIGITS, *_HAN_UNITS)), "".join((*_HAN_DIGITS, *_HAN_UNITS, *_HAN_SCALES))
_HAN = re.compile(f"[{_HAN_FIRST}][{_HAN_NEXT}]*(?:[点點][{''.join(_HAN_DIGITS)}]+)?")
_SMALL = 12
_KNOWN_TWO = re.compile(r"\b(?:the|these|those|their|both) two (?=[a-z])")
_RANGE = re.compile(r"[ \u00a0]?(?:[-\u2010-\u2014]|to|and|or|à|et|bis|und|a|y|до|и)[ \u00a0]?[$€£¥]?")
_BIG = r"(?:thousand|million|billion|trillion)"
_HALF = re.compile(
    rf"\b(?:half (?:an? )?(?={_BIG}\b)|(?:one|an?)(?P<after> {_BIG}) and a half\b|(?P<more>one and a half (?={_BIG}\b)))"
)
_ENGLISH_THOUSANDS = re.compile(r"(?<!\d)(?<!\d[ \u00a0\u202f.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]")
_DASH_IN_WORD = re.compile(r"-(?<=[^\W\d_]-)(?=[^\W\d_])")  # first what is looked for: most texts have no dash
_SCALE_BEGINS = re.compile(r"\d[ \u00a0\u202f-]?\Z")
_OTHER_SCRIPT = re.compile("[^\u0000-\u024f\u2010-\u2044\u20a0-\u20bf]")


def numbers(text: str, language: str = "en") -> list[frozenset[float]]:
    """The numbers of a text, figures and words, each as the values that it may stand for ("1.500" is 1.5 or 1500).

    "one" is left out, because it is a pronoun more often.
    """
    return _figures(text) + _in_words(text, language)


def unsupported(claim: str, quotes: list[str]) -> list[str]:
    """The numbers of `claim`, an English text, that stand in none of the quotes, which may be in another language.

    "The two countries" refers to who is known, in words that the quote need not have; it is no amount.
    """
    if not _COUNTS.search(claim.casefold()):  # most claims have no number
        return []
    claim = _with_halves(_KNOWN_TWO.sub("", claim))
    if "," in claim:  # it is English, where a comma divides thousands
        claim = _ENGLISH_THOUSANDS.sub(lambda match: match.group().replace(",", ""), claim)
    quotes = [_with_halves(quote) for quote in quotes]
    missing = numbers(claim)
    for read in _READERS:
        known = {value for quote in quotes for values in read(quote) for value in values}
        missing = [values for values in missing if not values & known]
        if not missing:
            return []
    # The number words of other scripts are not read, so where such a quote has no figure, a small number may be one.
    if any(_mostly_other_script(quote) and not (_figures(quote) or _in_han(quote)) for quote in quotes):
        missing = [values for values in missing if max(values) > _SMALL]
    return [f"{min(values):,.10g}" if min(values) >= 10_000 else f"{min(values):g}" for values in missing]


def cut(before: str, quote: str, after: str) -> bool:
    """Whether the quote was cut from its article inside a number: between "50" and "million"."""
    ends = quote[-1:].isdecimal() and _SCALE_NEXT.match(after)
    begins = _SCALE_BEGINS.search(before[-2:]) and _SCALE_NEXT.match(quote)
    return bool(ends or begins)


def _with_halves(text: str) -> str:
    """English halves of a scale as figures: "half a billion" is 0.5 billion, and not a billion."""
    if "half" not in text:
        return text
    return _HALF.sub(
        lambda match: f"1.5{match['after']}" if match["after"] else "1.5 " if match["more"] else "0.5 ", text
    )


def _mostly_other_script(text: str) -> bool:
    other = len(_OTHER_SCRIPT.findall(text))
    return other * 2 > sum(char.isalpha() for char in text)


def _in_words(text: str, language: str) -> list[frozenset[float]]:
    """The numbers that words say. To find no English one takes a tenth of the time that reading them takes."""
    if language == "en" and not _ENGLISH.search(text.casefold()):
        return []
    between = _FIGURE.sub("\n", text) if _DIGIT.search(text) else text
    return _figures(_spelled_out(between, language)) if _WORD.search(between) else []


def _in_russian(text: str) -> list[frozenset[float]]:
    """The small numbers that Russian words say, in whichever case."""
    found = (match.lastgroup for match in _RUSSIAN.finditer(text))
    return [frozenset((float(name.removeprefix("n")),)) for name in found if name]


def _in_han(text: str) -> list[frozenset[float]]:
    """The numbers that Chinese and Japanese write in characters: 三千, 一百五十, 二〇二六, 三十四点九."""
    return [] if text.isascii() else [frozenset((_han(match.group()),)) for match in _HAN.finditer(text)]


def _han(number: str) -> float:
    whole, _, after = number.replace("點", "点").partition("点")
    total = section = digit = 0
    for char in whole:
        if char in _HAN_DIGITS:
            digit = 10 * digit + _HAN_DIGITS[char]
        elif char in _HAN_UNITS:
            section, digit = section + (digit or 1) * _HAN_UNITS[char], 0
        else:
            scale, part = _HAN_SCALES[char], section + digit
            total = (total + part) * scale if total < scale else total + part * scale
            section = digit = 0
    return float(f"{total + section + digit}.{''.join(str(_HAN_DIGITS[char]) for char in after)}")


def _figures(text: str) -> list[frozenset[float]]:
    if not _DIGIT.search(text):
        return []
    found, before = list[frozenset[float]](), None
    for match in _FIGURE.finditer(text):
        scale = _SCALES.get(match.lastgroup or "", 1.0)
        found.append(frozenset([value * scale for value in _values(match["digits"])]))
        if scale > 1.0 and before is not None and _RANGE.fullmatch(text, before.end(), match.start()):
            found[-2] |= {value * scale for value in found[-2]}  # "20-30 million": the scale is of both
        before = match if scale == 1.0 else None
    return found


def _values(digits: str) -> set[float]:
    """What a written number may mean: a point or comma divides thousands, or begins a fraction."""
    if digits.isascii() and digits.isdigit():
        return {float(digits)}
    bare = re.sub(r"['’\u00a0\u202f ]", "", digits)
    readings = {bare.replace(",", "."), bare if bare.count(".") < 2 else ""}
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d+)?", bare):  # thousands stand in groups of exactly three
        readings |= {bare.replace(",", ""), bare.replace(".", "").replace(",", ".")}
    values = {float(reading) for reading in readings if re.fullmatch(r"\d+(?:\.\d+)?", reading)}
    return values or {float(re.sub(r"\D", "", digits))}  # "1 222,000,000": whatever divides it, it has these digits


def _spelled_out(text: str, language: str) -> str:
    """The text with its number words as figures, "one" excepted."""
    apart = _DASH_IN_WORD.sub(" ", text)
    return "\n".join([str(_alpha2digit()(part, language, 1.5)) for part in apart.split("\n")])


@cache
def _alpha2digit() -> Any:
    from text_to_num import alpha2digit

    return alpha2digit


# How numbers are looked for in a quote, the likeliest first.
_READERS: tuple[Callable[[str], list[frozenset[float]]], ...] = (
    _figures,
    *(partial(_in_words, language=language) for language in _WORD_LANGUAGES),
    _in_russian,
    _in_han,
)
