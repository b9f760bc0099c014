"""Words that stand beside a date, or for one, in the languages of most articles: parts of the day; this, last and next.

Tables that no library has: one that takes "heute Morgen" for tomorrow knows each word, and not what they say together.
"""

from __future__ import annotations

import re
from functools import cache

LAST = re.compile(
    r"\b(?:derni(?:er|ère)|pasad[oa]|passad[oa]|scors[oa]|afgelopen|vergangene[nmrs]?|letzte[nmrs]?|vorige[nmrs]?|прошл\w+|минувш\w+)\b",
    re.IGNORECASE,
)
NEXT = re.compile(
    r"\b(?:prochaine?|próxim[oa]|prossim[oa]|volgende|nächste[nmrs]?|kommende[nmrs]?|следующ\w+|ближайш\w+)\b",
    re.IGNORECASE,
)
AROUND = re.compile(
    rf"{LAST.pattern}|{NEXT.pattern}|soir|matin|après-midi|tarde|noche|abend|nachmittag|vormittag|mittag|früh|вечером|утром|днём|днем|"
    r"ночью|n?est[ae]|na|no|ce|cet|späten|frühen|diesen|эт[уо]т?|в|во|на|am|le|la|el|los|den|der|im",
    re.IGNORECASE,
)
OF_A_MONTH = frozenset(
    "end beginning start middle during mois cours début fin courant mes finales monat ende anfang месяце конце".split()  # noqa: SIM905
)
# Ways to say "today" that the library does not read.
THIS_DAY = re.compile(
    r"\bce jour\b(?!-)|\bheutigen tag|сегодняшн|\bodiern|\bdía de hoy|\bdia de hoje|\bdnia dzisiejszego", re.IGNORECASE
)
# Days beside today in one word or few, which the library does not read, or not alone.
NEAR_DAYS = {
    name: off
    for off, names in {
        -2: "avant-hier|vorgestern|anteayer|antes de ayer|anteontem|antier|l'altro ieri|eergisteren|позавчора|позавчера|"
        "przedwczoraj",
        -1: "вчора|dün|dün akşam|أمس",
        0: "сьогодні|bugün|ce midi|اليوم",
        1: "yarın|غدا|غدًا",
        2: "übermorgen|pasado mañana|depois de amanhã|dopodomani|overmorgen|après-demain|післязавтра|послезавтра|pojutrze",
    }.items()
    for name in names.split("|")
}
_YEARS = {
    -1: "last year|l['’]an(?:née)? derni(?:er|ère)|año pasado|(?:letzt|vorig|vergangen)e[sn] jahr(?:es)?|"
    "(?:прошл|минувш)\\w+ год[ау]?|"
    "ano passado|anno scorso|vorig jaar|去年|昨年",
    0: "this year|cette année|este año|diese[sn] jahr(?:es)?|этом году|este ano|quest['’]anno|dit jaar|今年",
    1: "next year|l['’]an(?:née)? prochaine?|próximo año|año próximo|(?:nächst|kommend)e[sn] jahr(?:es)?|следующ\\w+ год[ау]?|"
    "próximo ano|prossimo anno|anno prossimo|volgend jaar|明年|来年|來年",
}
_WEEKS = {
    -1: "last week|semaine (?:dernière|passée)|semana pasada|(?:letzte|vorige|vergangene)[rn]? woche|"
    "(?:прошл|минувш)\\w+ недел\\w|semana passada|scorsa settimana|settimana scorsa|(?:vorige|afgelopen) week",
    0: "this week|cette semaine|esta semana|diese[rn]? woche|эт\\w+ недел\\w|questa settimana|deze week",
    1: "next week|semaine prochaine|próxima semana|semana próxima|semana que viene|(?:nächste|kommende)[rn]? woche|"
    "следующ\\w+ недел\\w|prossima settimana|settimana prossima|(?:volgende|komende) week",
}


def _named(kind: str, table: dict[int, str]) -> str:
    return "|".join(f"(?P<{kind}{off + 1}>{words})" for off, words in table.items())


YEAR_OFF = re.compile(
    r"\W*(?:\b(?:in|en|im|v|в|no|do|of|during|the|el|il|nell?) ?)*['’]?(?:" + _named("y", _YEARS) + r")\W*",
    re.IGNORECASE,
)
# Beside a day or month, or a weekday: "of last year", "на прошлой неделе". "Last year's" belongs to what follows.
OTHER_TIME = (
    r"(?:\b(?:of|in|the|en|im|de|la|le|el|del|der|des|do|da|no|na|nella|della|van|v|в|на|у) |\b(?:d|l|dell|nell)['’])*"
    rf"(?:{_named('y', _YEARS)}|{_named('w', _WEEKS)})(?![\w'’])"
)
WHICH = r"(?P<d0>this past|past|last)|(?P<d2>this coming|coming|next)"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, made when it is first asked: most articles need none of them."""
    return re.compile(pattern, re.IGNORECASE)


def other_time(words: str) -> tuple[str, int, str] | None:
    """A year ("y"), week ("w") or neither ("d") that words count from the present one, how many off, and what is left."""
    found = _compiled(rf"{OTHER_TIME}|\b(?:{WHICH})(?= [A-Z\d])").search(words)
    if found is None or found.lastgroup is None:
        return None
    left = words[: found.start()].rstrip(" ,") + " " + words[found.end() :].lstrip(" ,")
    return found.lastgroup[0], int(found.lastgroup[1]) - 1, left.strip()


# "Morgen" and "mañana" are tomorrow only where nothing stands before them that makes them the morning.
_TOMORROW = r"\W*(?:(?:ab|bis|für|schon|erst|noch|i|de|para|desde|hasta|tot|om) )?(?:morgen|mañana)\b"
_THIS_PART = (
    r"\b(?:n?esta (?:mañana|tarde|noche|madrugada|manhã|noite)|ce (?:matin|soir)|cet après-midi|stamattina|stamane|stasera|"
    r"quest[ao] (?:mattina|sera|pomeriggio)|(?:an )?diese[mn] (?:morgen|vormittag|mittag|nachmittag|abend)|"
    r"van(?:ochtend|morgen|middag|avond)|i (?:morse|morges|kväll|kveld|aften))\b"
)
_LAST_PART = r"\b(?:anoche|gister(?:avond|ochtend|middag|nacht))\b"
# "Earlier this week" says the week.
_WITHIN = r"\A(?:earlier|later|early|late) (?=(?:this|last|next) (?:week|month|year)\b)"
# Which is meant by the English "next weekend", the coming one or the one after, is not known.
_WEEKEND = (
    r"\W*(?:(?:over|at|during|on|the|this|pendant|durant|d[eu]|le|ce|am|an|im|diese[ms]|dem|das|el|este|durante|en|no|neste|nel|il|lo|questo|"
    r"in|het|dit|в|на|эти) )*(?P<which>\S+ )?"
    r"(?:week-?end|wochenende|fin de semana|fim de semana|fine settimana|weekeinde|выходны[ех])(?P<behind> \S+)?\W*"
)
# "Más tarde" is later. The night of a Monday may be the one before it, so that the German one stays unless it leads there.
_PARTS = (
    r"(?:(?:am|gegen) )?(?:(?:frühen|späten) )?(?:morgen|vormittag|mittag|nachmittag|abend|früh)s?",
    r"in der nacht (?:auf|zum?)(?: den)?",
    r"(?:(?:por|en|a|de|durante) )?la (?:mañana|tarde|noche|madrugada)",
    r"de mañana|(?<!más )(?<!mais )tarde|noche|mañana|a(?:l| )mediodía",
    r"(?:(?:n?a|à|da|de|pela) )?(?:manhã|noite|madrugada)|(?:à|pela|da) tarde",
    r"(?:(?:di|in|nella|nel|alla|al|della|la) )?(?:mattina|mattinata|mattino|pomeriggio|sera|serata)",
    r"(?:(?:dans|en|au|le|de) )*(?:la |l['’])?(?:matin|matinée|après-midi|soir|soirée)",
    r"(?:(?:in|op) )?(?:de )?(?:ochtend|morgen|middag|namiddag|avond)",
    r"(?:på )?(?:kvällen|kväll|kvelden|kveld|aften|aftenen)|rano|wieczorem|po południu|вранці|ввечері|увечері",
)
_ENDING = (
    r"(?:(?<=tag)|(?<=woch)|(?<=dag)) ?s?"
    r"(?:morgen|vormittag|mittag|nachmittag|abend|früh|ochtend|middag|avond|kväll|kveld|aften)s?"
)
_PART = rf"(?:\b(?:{'|'.join(_PARTS)})|{_ENDING})\b(?: (?:del?|des|vom|d[aoi]s?|du|van)\b)?"


def without_part(words: str) -> str:
    """The words without the part of the day, which says no day itself: of "ayer por la mañana", "ayer" is left."""
    tomorrow = _compiled(_TOMORROW).match(words)
    kept = tomorrow.end() if tomorrow else 0
    days = _compiled(_LAST_PART).sub("yesterday", _compiled(_THIS_PART).sub("today", words[kept:]))
    left = _compiled(_PART).sub(" ", _compiled(_WITHIN).sub("", days))
    return " ".join((words[:kept] + left).split()) if left != words[kept:] else words


def weekend(words: str) -> int | None:
    """Of words for a weekend: -1 for the last one, 1 for the coming one, 0 where they do not say which."""
    found = _compiled(_WEEKEND).fullmatch(words)
    which = "".join(filter(None, found.group("which", "behind"))).strip(" .,").lower() if found else None
    if not which:
        return None if which is None else 0
    if which in ("last", "past") or LAST.fullmatch(which):
        return -1
    return 1 if which == "coming" or _compiled("prochain|kommende[ns]").fullmatch(which) else None
