"""Numbers in words: "50 million", "50m", "fifty million" and "$50,000,000" are one number."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import cache, partial
from typing import Any

from summarizer import numerals, quantities

# The larger first: "mil millones" is no "mil".
_MULTIPLIERS = {
    1e12: "trn|tn|trillions?|billionen|billones|lakh crores?|трлн|триллион\\w*|трильйон\\w*|تريليون",
    1e9: "bn|billions?|milliard\\w*|mrd|mds?|mld|ml[rj]d|miliardi|miliard\\w*|miljard\\w*|milyar|miliar|mil millones|"
    "mil milhões|bilhões|млрд|миллиард\\w*|мільярд\\w*|مليار|میلیارد|מיליארד|tỷ",
    1e7: "crores?|करोड़",
    1e6: "(?-i:M)|mn|mln|millions?|millones|millón|millon|millionen|mio|milioni?|milione|milion[yóů]\\w*|milhões|milhão|miljoen|"
    "miljon\\w*|milyon|млн|миллион\\w*|мільйон\\w*|مليون|ملايين|میلیون|מיליון|juta|triệu",
    1e5: "lakhs?|लाख",
    1e3: "k|thousand|mille|mil|tausend|т[иы]с\\w*|tys|ألف|آلاف|هزار|אלף|ribu|nghìn",
}
_AFTER_FIRST = (  # a space divides no thousands behind a comma that does: "200,000 155mm shells"
    r"(?:\d{0,2}(?=[,.'’\u00a0\u202f ]\d{3})(?:['’\u00a0\u202f ]\d{3})*(?:[,.]\d{3})*(?!\d)(?:[.,]\d+)?|\d*(?:[.,]\d+)?)"
)
_SCALE = "|".join(f"(?P<x{i}>(?i:{words}))" for i, words in enumerate(_MULTIPLIERS.values()))
_SCALES = {f"x{i}": value for i, value in enumerate(_MULTIPLIERS)}
_POINT_DIVIDES = (
    "millones", "billones", "milhões", "bilhões", "milioni", "miliardi", "millionen", "milliarde", "miljoen", "miljard", "mrd",
    "mio",
)  # fmt: skip
_IN_POINTS = re.compile(r"\d{1,3}(?:\.\d{3})+")
# An "m" is metres or millions, and a "B" behind a figure may be part of a name: what they are, money beside them says.
_LETTERS = r"(?P<m>m)|(?P<capital>(?<=\d)[BbTt])"
_CODES = (
    "EUR USD GBP CHF RMB CNY JPY INR AUD CAD NZD SGD HKD SEK NOK DKK PLN CZK HUF RON ZAR AED SAR QAR KWD EGP NGN KES UGX TZS "  # noqa: SIM905
    "GHS BRL MXN ARS CLP COP TRY UAH RUB KRW THB IDR MYR VND PHP PKR BDT LKR ILS US RM Rs Sh Ksh KSh Rp Tk CFA Fr kr".split()
)
_MONEY = rf"[$€£¥₹₩₽₴₺₪]|\b(?:{'|'.join(code for code in _CODES if code != 'US')})\.?"
_MONEY_BEFORE = re.compile(rf"(?:{_MONEY})[ \u00a0]?\Z")
_MONEY_AFTER = re.compile(
    rf"[ \u00a0\u202f]?(?:{_MONEY}|(?i:euro|dollar|pound|franc|yen|yuan|rouble|ruble|rupee|kron))"
)
_UNIT = (
    r"(?:st|nd|rd|th|er|re|e|[èe]me|nde?|km|kg|cm|mm|nm|ha|kw|mw|gw|tw|[kmgt]wh|mt|gt|lbs?|ft|mph|kph|kmh|[gt]b|"
    r"am|pm|hrs?|h|mins?|yrs?|bps?|pct?|p|c)"
)
# What a scale begins with, in its first letter and its second: most words behind a figure need not be compared with all then.
_BEGINS = re.findall(r"(?:\A|\|)(\w)(?:\[(\w+)\]|([^|\\(?]))?", "|".join(_MULTIPLIERS.values()))
_FIRST, _SECOND = (
    "".join(sorted({*letters.lower(), *letters.upper()}))
    for letters in ("".join(first for first, _, _ in _BEGINS), "".join(one + other for _, one, other in _BEGINS))
)
# Not the digits of a name: COVID-19, G20, F-16, 5G.
_LETTER = "[0-9A-Za-z\u00c0-\u024f\u0400-\u04ff]"  # scripts without spaces put no boundary beside a figure
_SCALE_LIKE = rf"[{_FIRST}](?:[{_SECOND}]|(?!{_LETTER}))"
# Nor half past six: 18h30; and R2.5bn, but not R2.
_GLUED = "|".join(
    [rf"(?<=\b{code}\d)" for code in _CODES]
    + [r"(?<=\dh\d)(?=\d\b)", r"(?<=\b[A-Z]\d)(?=[\d.,]*[ -]?(?:bn|m|k|tr?n|[mbtr]+illion|crore|lakh)\b|\d{0,2},\d{3})"]
)
# It begins with its first digit, so that the search goes from digit to digit; what stands before it is looked back at.
_FIGURE = re.compile(
    rf"(?P<digits>\d(?:(?<!{_LETTER}\d)(?<![A-Z]-\d)(?<![A-Z]\d[.,]\d)|{_GLUED}){_AFTER_FIRST})"
    rf"(?:[ \u00a0\u202f-]?(?:(?={_SCALE_LIKE})(?:{_SCALE}|{_LETTERS})(?!{_LETTER})|(?P<han>{numerals.HAN_SCALE}))"
    rf"|(?=[a-zA-Z\u0080-\u024f])(?i:{_UNIT})(?:(?!{_LETTER})|(?<=\dh)(?=\d\d\b))|(?!{_LETTER}))"
)
# Languages whose number words can be read; in others, only figures are.
_WORD_LANGUAGES = ("en", "fr", "es", "de", "pt", "it", "nl")
# What English number words and ordinals begin with, in lower case: ignoring case takes a search three times as long.
_ENGLISH_WORDS = r"\b(?:two|twe|thr|thir|fou|fort|fif|fiv|six|sev|eig|nin|ten|ele|hun|tho|mil|bil|tri|sec|zer|doz)"
_ENGLISH = re.compile(_ENGLISH_WORDS)
# Number words of one of these languages that are ordinary words of another: they count only where the language is known.
_ORDINARY_WORDS = "once cent sei dos onze elf ten due dix otto tre mil set acht".split()  # noqa: SIM905
_ORDINARY = re.compile(rf"\b(?:{'|'.join(_ORDINARY_WORDS)})\b", re.IGNORECASE)
# English ones that other languages have too, alone or within a number: "vingt-six", "un second", "en halv million".
_SHARED = frozenset(_ORDINARY_WORDS) | frozenset(
    "four fours six second seconds cents eleven dozen million millions billion billions trillion trillions".split()  # noqa: SIM905
)
# Small words that other languages do not have, in lower case: names in other texts begin with "The".
_IS_ENGLISH = frozenset(("the", "with", "from", "that", "their", "which", "would"))
_WORDS = re.compile(r"\w+")
_SMALL = 12
_PARTIES = "(?:sides|countries|leaders|parties|governments|nations|ministers|presidents|delegations|neighbou?rs)"
_KNOWN_TWO = re.compile(
    rf"\b(?:[Tt]he|[Tt]hese|[Tt]hose|[Tt]heir|[Bb]oth) (?:two (?=[a-z])|(?:three|four) (?={_PARTIES}\b))"
    rf"|\A[Tt]wo (?={_PARTIES}\b)"
)
_RANGE = re.compile(r"[ \u00a0]?(?:[-\u2010-\u2014]|to|and|or|à|et|bis|und|a|y|до|и)[ \u00a0]?[$€£¥]?")
_ENGLISH_THOUSANDS = re.compile(r"(?<!\d)(?<!\d[ \u00a0\u202f.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]")
_DASH_IN_WORD = re.compile(r"-(?<=[^\W\d_]-)(?=[^\W\d_])")  # first what is looked for: most texts have no dash
_WIDE = re.compile(r"\s+(?=[^\W\d_])")
_SCALE_BEGINS = re.compile(r"\d[ \u00a0\u202f-]?\Z")
_OTHER_SCRIPT = re.compile("[^\u0000-\u024f\u2010-\u2044\u20a0-\u20bf]")


def numbers(text: str, language: str = "en") -> list[frozenset[float]]:
    """The numbers of a text, figures and words, each as the values that it may stand for ("1.500" is 1.5 or 1500).

    "one" is left out, because it is a pronoun more often.
    """
    return _figures(text) + _in_words(text, language)


def unsupported(claim: str, quotes: list[str], languages: Callable[[], Collection[str]] = tuple) -> list[str]:
    """The numbers of `claim`, an English text, that stand in none of the quotes, which may be in another language.

    `languages` tells, where it matters, in which language the quotes are: "once" is no eleven in English.
    "The two countries" refers to who is known, in words that the quote need not have; it is no amount.
    """
    if not (_DIGIT.search(claim) or _ENGLISH.search(claim.casefold())):  # most claims have no number
        return []
    if any(map(claim.__contains__, ("wo ", "hree ", "our "))):  # most claims have none, which is found out faster so
        claim = _KNOWN_TWO.sub("", claim)
    claim = quantities.as_figures(claim)
    if "," in claim:  # it is English, where a comma divides thousands
        claim = _ENGLISH_THOUSANDS.sub(lambda match: match.group().replace(",", ""), claim)
    quotes = [quantities.as_figures(_unwrapped(quote)) for quote in quotes]
    missing = numbers(claim)
    for read in _readers(languages):
        known = {value for quote in quotes for values in read(quote) for value in values}
        missing = [values for values in missing if not values & known]
        if not missing:
            return []
    # The number words of other scripts are not read, so where such a quote has no figure, a small number may be one.
    if any(_mostly_other_script(quote) and not (_figures(quote) or _in_script(quote)) for quote in quotes):
        missing = [values for values in missing if max(values) > _SMALL]
    return [f"{min(values):,.15g}" if min(values) >= 10_000 else f"{min(values):g}" for values in missing]


def cut(before: str, quote: str, after: str) -> bool:
    """Whether the quote was cut from its article inside a number: between "50" and "million"."""
    ends = quote[-1:].isdecimal() and _scale_next().match(after)
    begins = _SCALE_BEGINS.search(before[-2:]) and _scale_next().match(quote)
    return bool(ends or begins)


@cache
def _scale_next() -> re.Pattern[str]:
    """Matches a scale behind a figure. Where it stands outside of a quote, or the figure does, the number was cut."""
    scales = "|".join(_MULTIPLIERS.values())
    return re.compile(rf"[ \u00a0\u202f-]?(?:{scales}|m|{numerals.HAN_SCALE})(?!{_LETTER})", re.IGNORECASE)


def _unwrapped(quote: str) -> str:
    """A quote's words without the ends of its lines and other wide spaces: an amount may be wrapped."""
    return _WIDE.sub(" ", quote) if "\n" in quote or "  " in quote else quote


def _mostly_other_script(text: str) -> bool:
    other = len(_OTHER_SCRIPT.findall(text))
    return other * 2 > sum(char.isalpha() for char in text)


def _readers(languages: Callable[[], Collection[str]]) -> Iterator[Callable[[str], list[frozenset[float]]]]:
    """How numbers are looked for in a quote, the likeliest first."""
    yield _figures
    yield _in_script
    yield _plainly_english
    yield quantities.also
    known = languages()
    for language in _WORD_LANGUAGES:
        if language in known or not known:
            yield partial(_in_words, language=language, known=bool(known))


def _in_words(text: str, language: str, *, known: bool = True) -> list[frozenset[float]]:
    """The numbers that words say. To find no English one takes a tenth of the time that reading them takes."""
    if language == "en" and not _ENGLISH.search(text.casefold()):
        return []
    between = _between(text if known else _ORDINARY.sub("\n", text))
    return _figures(_spelled_out(between, language)) if _WORD.search(between) else []


def _plainly_english(text: str) -> list[frozenset[float]]:
    """The numbers in the words of a text that shows by itself that it is English: that needs no look around it."""
    words = _WORDS.findall(text)
    shows = not _IS_ENGLISH.isdisjoint(words) and _SHARED.isdisjoint(map(str.lower, words))
    return _in_words(text, "en") if shows else []


def _in_script(text: str) -> list[frozenset[float]]:
    """The numbers in the words of a script that has its own reader."""
    if text.isascii():
        return []
    between = _between(text)
    return [frozenset((value,)) for value in (*numerals.in_cyrillic(between), *numerals.in_han(between))]


def _between(text: str) -> str:
    """What stands between the figures: the scale of one is no number of its own."""
    return _FIGURE.sub("\n", text) if _DIGIT.search(text) else text


def _figures(text: str) -> list[frozenset[float]]:
    if not _DIGIT.search(text):
        return []
    found, before, scale = list[frozenset[float]](), None, 1.0
    for match in _FIGURE.finditer(text):
        last, (scale, *others) = scale, _scales(match) or (0.0,)
        if not scale:
            continue
        values = frozenset([value * one for value in _values(_digits(match)) for one in (scale, *others)])
        if before and last > scale and _goes_on(before, match):
            found[-1] = frozenset(one + other for one in found[-1] for other in values)
        else:
            found.append(values)
            if before and scale > 1.0 == last and _RANGE.fullmatch(text, before.end(), match.start()):
                found[-2] |= {value * scale for value in found[-2]}  # "20-30 million": the scale is of both
        before = match
    return found


def _goes_on(before: re.Match[str], match: re.Match[str]) -> bool:
    """Whether a figure is the smaller part of the one before it: 1亿2000万."""
    return before.lastgroup == "han" and before.string[before.end() : match.start()] in ("", " ")


def _scales(match: re.Match[str]) -> tuple[float, ...]:
    """What a figure is to be multiplied by; none where it is part of a name."""
    kind = match.lastgroup or ""
    if kind == "han":
        return (numerals.han(match["han"]),)
    if kind not in ("m", "capital"):
        return (_SCALES.get(kind, 1.0),)
    start, end = match.span()
    money = _MONEY_BEFORE.search(match.string[max(0, start - 5) : start]) or _MONEY_AFTER.match(match.string, end)
    if kind == "capital":
        if not money:  # "40t" are tonnes, and 4B is part of a name
            return (1.0,) if match["capital"] == "t" else ()
        return ((1e9 if match["capital"] in "Bb" else 1e12),)
    metres = match.end("digits") < match.start("m")
    return (1e6,) if money else (1.0,) if metres else (1e6, 1.0)


def _digits(match: re.Match[str]) -> str:
    """A figure's digits, without the points that divide thousands in the language of its scale: 1.500 millones."""
    kind, digits = match.lastgroup or "", match["digits"]
    divided = "." in digits and kind in _SCALES and match[kind].casefold().startswith(_POINT_DIVIDES)
    return digits.replace(".", "") if divided and _IN_POINTS.fullmatch(digits) else digits


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
