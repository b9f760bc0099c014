"""Amounts that no number word says: "half a billion", "two dozen", "2026-28", and "twice" or "half the cost"."""

from __future__ import annotations

import re
from functools import cache

_BIG = r"(?:thousand|billion|trillion|[Mm]illi[oa]|mill[oó]n|milh|milj|mili[oa])\w*"
_WHOLES = {word: number for number, word in enumerate("two three four five six seven eight nine ten".split(), 2)}  # noqa: SIM905
# Each of the amounts below has one of these. To look for each is faster than one pattern.
_PARTS = (
    *(
        "alf",
        "alb",
        "emi",
        "edi",
        "eio",
        "ezz",
        "uarter",
        "ozen",
        "ozij",
        "utzend",
        "ocena",
        "ecena",
        "zia",
        "ecina",
        "aine",
    ),
    *("tena", "tina", "zina", "enar", "inaio", "¼", "½", "¾", "⅓", "⅔", "20", "19"),
)
_FRACTIONS = {"¼": ".25", "½": ".5", "¾": ".75", "⅓": ".33", "⅔": ".67"}
_COLLECTIVE = {
    10: "dizaine|decena|diecina", 12: "dozen|douzaine|docena|dozzina|dozijn|dutzend|d[úu]zia", 15: "quinzaine|quincena",
    20: "vingtaine|veintena|ventina", 30: "trentaine|treintena|trentina", 50: "cinquantaine|cincuentena|cinquantina",
    100: "centaine|centenar|centinaio",
}  # fmt: skip
# What the words of a quote may also stand for; read only where a claim has a number that nothing else bears.
_ALSO = {
    "one|first|single|once|une?|un[oa]|eine[nmrs]?|een|premi(?:er|ère)s?|primer[oa]?|prim[oa]|erste[nrs]?|eerste": (1,),
    "twice|doubl(?:e[sd]?|ing)|couple|pair|both|twofold": (2,),
    "trebl(?:e[sd]?|ing)|tripl(?:e[sd]?|ing)|threefold": (3,),
    "tenfold|decade": (10,),
    "fortnight": (2, 14),
    "hal(?:f|ve[sd]?|ving)|moitié|mitad|Hälfte|metà|metade": (0.5, 50),
    "quarter|quart|cuarto|Viertel": (0.25, 25),
    "three[ -]quarters": (0.75, 75),
    "one[ -]third|a third": (33,),
    "two[ -]thirds": (67, 66),
    "zero|nil": (0,),
}


def as_figures(text: str) -> str:
    """The text with such amounts in figures: "half a billion" is 0.5 billion, "two dozen" 24, and "2026-28" 2026-2028."""
    return _amounts().sub(_figure, text) if any(map(text.__contains__, _PARTS)) else text  # most texts have none


def also(quote: str) -> list[frozenset[float]]:
    """The numbers for which words of a quote may stand, although they name none: "twice" is two times."""
    return [frozenset(map(float, values)) for word, values in _ALSO.items() if _word(word).search(quote)]


@cache
def _word(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


@cache
def _amounts() -> re.Pattern[str]:
    number = rf"(?:{'|'.join(_WHOLES)}|\d+)"
    collective = "|".join(f"(?P<c{value}>{words})" for value, words in _COLLECTIVE.items())
    return re.compile(
        rf"\b(?:(?P<half>half (?:an? )?|halbe[nr]? |demi[- ]|medi[oa] |meio |mezzo )(?={_BIG})"
        rf"|(?P<quarter>(?:an?|one) quarter|three[ -]quarters) of an? (?={_BIG})"
        rf"|(?:an?|one|une?|u[mn]|ein[en]*|een|(?P<more>\d+)) (?P<big>{_BIG}) "
        r"(?:and a half|et demie?|y medi[oa]|e meio|e mezzo)\b"
        rf"|(?:(?P<whole>{number}) and a half|one and a half|anderthalb|eineinhalb|anderhal(?:f|ve)) (?={_BIG})"
        rf"|(?:(?P<times>{number}) |(?P<part>half (?:an? )?|une demi-|media )|(?:an?|une?|un[oa]?|u[mn]a?|ein|een) )"
        rf"(?:{collective})(?:e?s)?\b"
        r"|(?P<from>(?:19|20)(?P<year>\d\d))(?P<to>[-–/])(?P<until>\d\d)(?![-–/\d])"
        r"|(?P<digits>\d+)(?P<fraction>[¼½¾⅓⅔]))",
        re.IGNORECASE,
    )


def _figure(match: re.Match[str]) -> str:
    """One amount in figures; a year's second one only where it comes after the first: 2026-05 is a month."""
    found = match.groupdict()
    collected = next((value for value in _COLLECTIVE if found[f"c{value}"]), None)
    if collected:
        return f"{_whole(found['times']) * collected * (0.5 if found['part'] else 1):g}"
    if found["from"]:
        later = int(found["until"]) > int(found["year"])
        return f"{found['from']}{found['to']}{found['from'][:2]}{found['until']}" if later else match.group()
    if found["digits"]:
        return found["digits"] + _FRACTIONS[found["fraction"]]
    if found["quarter"]:
        return "0.75 " if found["quarter"][0] in "tT" else "0.25 "
    return f"{0 if found['half'] else _whole(found['whole'] or found['more'])}.5 {found['big'] or ''}"


def _whole(word: str | None) -> int:
    return 1 if word is None else _WHOLES.get(word.casefold()) or int(word)
