"""Characters that must not pass: what a person cannot see, and what a terminal would obey.

Three readers need the same lists: the copy of the article that is sent, the search for a quote in the article, and
whatever writes to a terminal.
"""

from __future__ import annotations

import re
from typing import Any

# The tag block, variation selectors, zero-width characters, direction marks and overrides, soft hyphens: a person does
# not see them, a model reads them. (OWASP LLM01:2026.) Some scripts need a few of them, so the article keeps them all.
_UNSEEN = (
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef"
)
INVISIBLE = re.compile(f"[{_UNSEEN}]")
_BLANK = re.compile(rf"[\s{_UNSEEN}]*")
# Control characters but for line feed and tab, and lone surrogates, which UTF-8 cannot write.
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
REPLACEMENT = "\ufffd"

_FOR_TERMINAL = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ASCII = bytes(range(128))
_WRITABLE_ASCII = b"\t\n" + bytes(range(0x20, 0x7F))


def has_invisible(text: str) -> bool:
    """Whether there is anything in a text that nobody sees; only its few characters beyond ASCII are looked at."""
    if text.isascii():
        return False
    others = text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")
    return INVISIBLE.search(others) is not None


def is_blank(text: str) -> bool:
    """Whether there is nothing to see in a text; it is looked at as far as its first visible character."""
    return _BLANK.fullmatch(text) is not None


def has_unwritable(text: str) -> bool:
    """Whether there is anything in a text that cannot be written; none of it is printable, and to ask that is cheap."""
    if text.isascii():
        return bool(text.encode().translate(None, _WRITABLE_ASCII))
    return not text.replace("\n", " ").isprintable() and UNWRITABLE.search(text) is not None


def clean(text: str) -> str:
    """`text` without what cannot be seen, and with U+FFFD for what cannot be written; line ends are line feeds."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = INVISIBLE.sub("", text) if has_invisible(text) else text
    return UNWRITABLE.sub(REPLACEMENT, text) if has_unwritable(text) else text


def writable(value: Any) -> Any:
    """JSON data with U+FFFD for what no text holds: control characters and lone surrogates, in every string of it."""
    if isinstance(value, str):
        return UNWRITABLE.sub(REPLACEMENT, value.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(value, list):
        return [writable(entry) for entry in value]
    return {writable(key): writable(entry) for key, entry in value.items()} if isinstance(value, dict) else value


def one_line(text: str | None) -> str:
    """`text` cleaned and on one line, so that a title cannot pretend to be another part of what it stands in."""
    return " ".join(clean(text or "").split())


def printable(text: str) -> str:
    """`text` for a terminal: no control sequence can act, no direction override can reorder a line."""
    return _FOR_TERMINAL.sub("", UNWRITABLE.sub(REPLACEMENT, text))
