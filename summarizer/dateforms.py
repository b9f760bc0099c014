"""A date's words in the form in which they are read: without the hour, brackets and endings that say nothing of the day."""

from __future__ import annotations

import re
from functools import cache

from summarizer.datekinds import WEEKDAYS, has_digits

# "Monday at 10am", "lundi à 17h30", "a las 5", "2-4 pm": without a sign of its own an hour must be led in.
_HOUR = r"(?:[01]?\d|2[0-4])"
_UNIT = r"(?:[ap]\.?m\b\.?|o['’]clock|uhr\b|uur\b|h(?:oras?|eures?|rs)?\b|час\w*|годин\w*)"
_MINUTES_BEHIND = r"(?:(?<!m)(?<!m\.) [0-5]\d\b(?![./-]| ?[^\W\d_]))?"
_LED_IN = r"\b(?:at|a las?|(?:sobre|hacia) las|às|pelas|alle(?: ore)?|dalle|ore)"
_FIRST_HOUR = rf"(?:\b{_HOUR}(?:[:.]\d\d)? ?(?:[ap]\.?m\.? ?)?(?:[-–—]|to|and|till|until|a|à|bis) ?)?"
ZONE = r"(?:gmt|utc|bst|[ew]?ces?t|ees?t|e[sd]?t|p[sd]?t|msk|ist|jst|aes?t|sast|pkt|local time|hours|hrs)"
_CLOCK = (
    rf",?\s*(?:(?:(?:{_LED_IN}|\b(?:around|about|from|starting|vers|à|в|о|у|om|um|gegen|ab)) )?"
    rf"{_FIRST_HOUR}\b{_HOUR}(?::\d\d(?::\d\d)?(?: ?{_UNIT})?|\.\d\d ?{_UNIT}| ?h ?\d\d\b| ?{_UNIT}{_MINUTES_BEHIND})"
    rf"|{_LED_IN} {_HOUR}(?:[:.]\d\d)?(?![\d/.-]| ?(?-i:[A-Z]))|(?:\bat )?\b(?:noon|midday|midnight)\b)"
    rf"(?: ?{ZONE}\b)?"
)
_MAY_BE_CLOCK = re.compile(r"\d ?[:hapuoчг]|\d\.\d\d|(?:at|as|la|às|le|re) \d|noon|mid", re.IGNORECASE)
_NO_CLOCK = re.compile(r"\b(?:ago|il y a|hace|within|dans|depuis|durante|pendant|seit|for|during)\b", re.IGNORECASE)

_POSSESSIVE = re.compile(r"(?<=day)['’]s\Z")
_BRACKETS = re.compile(r" ?\(([^()]*)\)")
_DAY_BEHIND = re.compile(rf"\A(.*\d[^,(]*?),? \(?({'|'.join(WEEKDAYS)})\)?\Z")
_SPAN_LED = re.compile(r"\A(?:[Ff]rom|[Bb]etween) (?=.*\d.* ?(?:to|and|till|until|[-–—]) ?.*\d)")
# Another day than the one that they name: "the night before Friday"; its own night is its own.
NEXT_TO = r"(?:(?:eve|day|night|evening|morning|afternoon|weeks?|days) (?:before|after|following)|(?:eve|weeks?) of)"
_BESIDE = re.compile(rf"\b(?:{NEXT_TO}|days of)(?! (?:yesterday|tomorrow)\b)|\bbefore\W*\Z", re.IGNORECASE)

# The same in Chinese, Japanese and Korean: a neighbouring day, a bound, one of several days, every week, another calendar.
_ASIAN_HOUR = re.compile(
    r"(?:上午|下午|中午|晚上?|凌晨|早上|傍晚|午前|午後|오전|오후)?"
    r"\s*\d{1,2}\s*(?:点|點|时|時|시)(?:半|\s*\d{1,2}\s*[分분])?(?:[许許頃경])?"
)
_ASIAN_BESIDE = re.compile(
    "前夕|前一天|[次翌]日|翌|전날|다음 ?날|以来|以降|以[后後前]|之[后後前]|이후|이전|截至|农历|農曆"
    "|[每毎隔]|第|先々|再来|前[週周]|오늘날|매주|(?<=[日天])(?:前|后|後|起)"
    "|[日天一二三四五六曜期](?:曜日|日)?(?:和|与|與|或|、|・|と|か(?!ら)|과|至[周星]|到[周星]|から[月火水木金土日]|, ?\\d)"
    "|[와과] ?(?=오늘|내일|어제|\\d)"
)
_ASIAN_UNTIL = re.compile("まで|까지")
_ASIAN = re.compile("[月日年周週曜天日월일년昨今明後后어오내모]")


@cache
def _clock() -> re.Pattern[str]:
    """Made when it is first needed."""
    return re.compile(_CLOCK, re.IGNORECASE)


def bare(words: str) -> str:
    """The words with nothing around the day that does not change it; empty where they name another day than they say."""
    words = _without_clock(_POSSESSIVE.sub("", words))
    if "(" in words:
        words = _BRACKETS.sub(_without_brackets, words)
    words = _SPAN_LED.sub("", _DAY_BEHIND.sub(r"\2 \1", words))
    if not words.isascii() and _ASIAN.search(words):
        words = _ASIAN_HOUR.sub("", words)
        until = _ASIAN_UNTIL.search(words) and not re.search("から|부터", words)
        return "" if until or _ASIAN_BESIDE.search(words) else words
    return "" if _BESIDE.search(words) else words


def _without_brackets(found: re.Match[str]) -> str:
    """What stands in brackets, where it is a day: "Friday (8 May)", and not "Friday (8)"."""
    inner = found[1]
    is_day = has_digits(inner) and re.search("[A-Za-z]", inner) is not None
    return f" {inner}" if is_day else found[0]


def _without_clock(words: str) -> str:
    if _MAY_BE_CLOCK.search(words) is None or _NO_CLOCK.search(words):
        return words
    left = _clock().sub(" ", words)
    return " ".join(left.split()).strip(" ,") if left != words else words
