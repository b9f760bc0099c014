"""Whether the words before a quote, or within it, turn around what it is to bear: "has no plans to | send boats".

English, French, Spanish, German and Russian; some of it Portuguese, Ukrainian and Chinese.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Right before a quote these turn it around: "was not | prepared to offer".
# For words in lower case: ignoring case takes a search three times as long.
_NEGATION = re.compile(
    r"(?:\b(?:not|never|no longer|neither|nor|without|cannot|hardly|(?:refus|declin)(?:es?|ed|ing) to|"
    r"(?<!not )(?<!n['’]t )(?<!never )fail(?:s|ed|ing)? to|den(?:y|ies|ied|ying)(?: that)?|rather than|instead of|ne|n['’]|pas|"
    r"jamais|nullement|aucunement|sans|refusé de|refuse de|no|nunca|jamás|tampoco|sin|nicht|kein\w*|nie|niemals|niemand|ohne|"
    r"не|ни|никогда|отказал\w* )|n['’]t)"
    r"(?: (?:to|zu|yet|be|been|even|at all|\w+ly|encore|être|noch|ещё))?\s*\Z"
)
_AND = "(?:and|or|but|while|when|who|et|ou|mais|und|oder|aber|y|o|pero|и|или|но|і|але)"
_CONTRAST = "(?:but|though|although|yet|while|mais|aber|pero|но)"
# The same, with words between; and scripts and languages that have no spaces or other words for it.
_DENIAL = re.compile(
    r"(?:\b(?:refused|failed|declined|(?:ruled|rules) out|no (?!descart)\w+|não|non|se negó a|no quiso|(?<!no )descart[aó]|"
    r"a exclu (?:de |d['’])|bestreitet, dass|bestritt, dass|schloss aus,|keine absicht,)|"
    r"\b(?:not true|untrue|false|denied|doubt(?:s|ed)|rejected \w+|no evidence|unclear) that|没有|未|不会|不|拒绝|否认)\s*\Z"
)
_NOBODY = re.compile(  # it begins with its first letter, so that the search goes from one to the next
    rf"n(?<!\wn)(?:either\b(?:(?!,? {_CONTRAST}\b)[^.;]){{0,50}}(?<![,–—])(?<![,–—] )|"
    rf"(?:obody|o one|one|othing)(?: (?!{_AND}\b)[^\W\d_]+){{0,4}})\s*\Z"
)
_DENYING = (
    "not",
    "n't",
    "n’t",
    "never",
    "no ",
    "without",
    "refus",
    "declin",
    "fail",
    "deni",
    "deny",
    "instead",
    "rather",
)
_JOINING = (" to", " for", " of", " that")
# A report that is denied, a plan or a promise that is given up: "scrapped its plan to | send boats".
_GIVEN_UP = re.compile(
    r"\b(?:(?:den(?:y|ies|ied)|dismiss(?:es|ed)?|reject(?:s|ed)?|refut(?:es|ed)) (?:\w+ ){0,2}?"
    r"(?:reports?|claims?|suggestions?|allegations?|rumou?rs?|speculation|ideas?|plans?) (?:that|of|to|for)|"
    r"(?:scrap(?:s|ped)?|withdr[ae]ws?|abandon(?:s|ed)?|drop(?:s|ped)?|cancell?(?:s|ed)|shelve[sd]?|broken?|breaks|oppose[sd]?|"
    r"reneg(?:es|ed) on|(?:backed|backs) (?:out of|away from)) (?:\w+ ){0,2}?"
    r"(?:plans?|offers?|promises?|pledges?|commitments?|proposals?) (?:to|for|of))\s*\Z"
)
# A negated word whose complement the quote is: a "to" or a "that" joins them, or the quote begins with an article or an
# infinitive ("has no plans to | send", "did not accept | the offer"). Else it may be none ("those who did not sign | met").
_NEGATED = re.compile(
    r"(?:\b(?P<no>no|non|não|nunca|jamás)|\b(?:not|never|cannot|pas|jamais|nicht|keinen?|не)|n['’]t)"
    rf"(?: (?:yet|even|immediately|encore|noch|ещё|ще))?(?P<words>(?: (?!{_AND}\b)[^\W\d_]+){{1,2}}?)"
    r"(?P<joined> (?:to|on|of|that|whether|de|à|que|a|zu))?\s*\Z"
)
_COMPLEMENT = re.compile(
    r"(?:to|that|whether|the|an?|any|its|his|her|their|de|à|que|les?|la|des|une?|el|los|las|una|di|o|os|as|zu|dass|die|der|das|den|"
    r"einen?|что|чтобы|на|[а-яіїє]+(?:ть|ти|чь|ться|тися))\b|[dl]['’]"
)
_INFINITIVE = re.compile(r"[^\W\d_]{2,}(?:ar|er|ir|are|ere|ire)\b")
# What is denied here is a limit, a doubt or a refusal.
_NO_DENIAL = re.compile(
    r" (?:only|just|simply|merely|solely|seulement|s[oó]lo|nur|только|later|fewer|less|more|least|until|before|limited|confined|"
    r"doubt|hesit|rule|fail|ceas|stop|choice|question|secret|object|oppos|avers|relucta|afraid|forget|wait|time|reject|refus|den[yi]|"
    r"disput|surpris|wonder|coinciden|acciden|matter|strang|moins|menos|plus|doute|hésit|manqu|cess|tard|exclu|dud|dej|ausgeschl|descart|"
    r"zuletzt|weniger|mehr|später|zöger|позднее|поздніше|менее|менш|более|раз\b|исключ|отказ|перестан|возраж|забы|прочь)"
)
_REFUSING = re.compile(
    r"(?:\b(?:unwilling|unable|(?:has|have|had) yet|opposed|(?:rejected|refused|dismissed) \w+) to|\bstopped short of|"
    r"\brefused to \w+(?: \w+)?|\bdenied (?:that )?\w+ (?:had|has|have|was|were|would)|\brefus\w+ d(?:e |['’])\w+(?: de)?|"
    r"\blehnten? (?:es |\w+ )?ab,?|\bweigert\w* sich,?|\bnicht (?:bereit|gewillt|willens|vor|zugesagt|zugestimmt|versprochen),?|"
    r"(?:没有|未能?|不)(?:就此|再|能)?(?:同意|接受|承诺|答应|计划|打算|愿意?|准备|签署|达成|批准|支持|允许)|"
    r"(?:拒绝|不愿)(?:接受|同意|签署))\s*\Z"
)
_ONLY_ADDS = re.compile(r"\b(?:not only|not just|non seulement|no sólo|no solo|nicht nur|не только)\s*\Z")


@lru_cache(maxsize=1024)
def turn(before: str, begins: str) -> bool:
    """Whether words turn around a quote that begins so; asked when its place is chosen and again when its item is judged."""
    if before.rstrip()[-1:] in ("", ".", ";"):  # a sentence begins; no pattern goes on over its end
        return False
    words = before.casefold()
    if _ONLY_ADDS.search(words):
        return False
    return (
        any(pattern.search(words) for pattern in (_NEGATION, _DENIAL, _REFUSING, _NOBODY))
        or (words.rstrip().endswith(_JOINING) and _GIVEN_UP.search(words) is not None)
        or _denied(words, begins.casefold())
    )


def may_deny(words: str) -> bool:
    """Whether some words, in lower case, have what it takes to deny something; most have not, and are not read further."""
    return any(map(words.__contains__, _DENYING))


def denies(before: str, begins: str) -> bool:
    """Whether words within a quote deny what comes behind them: "agreed not to | attack"; both in lower case."""
    words = before[-60:]
    denied = may_deny(words) and (_NEGATION.search(words) is not None or _denied(words, begins))
    return denied and _ONLY_ADDS.search(words) is None


def _denied(before: str, begins: str) -> bool:
    """Whether a negated word stands before a quote that is its complement."""
    found = _NEGATED.search(before)
    if found is None or _NO_DENIAL.search(found["words"]):
        return False
    return bool(found["joined"] or _COMPLEMENT.match(begins) or (found["no"] and _INFINITIVE.match(begins)))
