"""Ask again for what failed, and for nothing else: the note that follows the article, and how its answer is put in.

The note stays within MAX_NOTE bytes whatever the reply was, so that a repair costs the article's cached prefix and little
beside it. The model answers in the same schema with lists that hold only the replacements, in the order asked.
"""

from __future__ import annotations

import json
from typing import Any

from summarizer.evidence import Folded
from summarizer.records import Path
from summarizer.verify import Checked, Fault, get

MAX_NOTE = 2048
"""Bytes of UTF-8 that a repair may add to a request."""

_HEAD = """An earlier record of this article had parts that code could not confirm. Give those parts again, corrected, and \
nothing else: return the same JSON object, in which each list holds only the corrected entries of that list, in the order \
below. Lists that are not named below are empty; other fields are short. An entry that the article does not support gets \
an empty "evidence" list.
"""
_WHOLE = (
    "Your earlier answer could not be used: {reason}. Answer again with one whole JSON object and nothing around it."
)


def note(checked: Checked[Any], folded: Folded) -> str:
    """What to tell the model about the faults of its reply: each by path, the reason, the nearest words of the article."""
    units = _units(checked.repairable)
    if () in units or not isinstance(checked.data, dict):
        reasons = [fault.message for fault in checked.repairable if fault.unit == ()] or ["it is no JSON object"]
        return _WHOLE.format(reason=_cut(reasons[0], 500))
    for width in (300, 150, 60, 0):
        text = _HEAD + "".join(_entry(unit, faults, checked.data, folded, width) for unit, faults in units.items())
        if len(text.encode()) <= MAX_NOTE:
            return text
    return _cut(text, MAX_NOTE)


def merge(checked: Checked[Any], answer: Any) -> Any:
    """The reply's data with the answer's parts in place of those that failed.

    A list whose answer has as many entries as were asked for is replaced one by one. With any other number nobody can
    say which is which: then the old entries stay, as problems, and the new ones are checked beside them.
    """
    units = _units(checked.repairable)
    if () in units or not isinstance(checked.data, dict):
        return answer
    if not isinstance(answer, dict):
        return checked.data
    data = dict(checked.data)
    for name in dict.fromkeys(str(unit[0]) for unit in units):
        places = [unit[1] for unit in units if unit[0] == name and len(unit) > 1]
        data[name] = _put(data.get(name), places, answer.get(name)) if places else answer.get(name, data.get(name))
    return data


def _units(faults: list[Fault]) -> dict[Path, list[Fault]]:
    units: dict[Path, list[Fault]] = {}
    for fault in sorted(
        faults, key=lambda fault: [(str(key), 0) if isinstance(key, str) else ("", key) for key in fault.unit]
    ):
        units.setdefault(fault.unit, []).append(fault)
    return units


def _put(old: Any, places: list[Any], new: Any) -> Any:
    if not isinstance(old, list) or not isinstance(new, list):
        return old
    if len(new) != len(places):
        return old + new
    # An entry without a quote is taken back: then what was claimed at first stays, and ends among the problems.
    replaced = {place: entry for place, entry in zip(places, new, strict=True) if not _taken_back(entry)}
    return [replaced.get(i, entry) for i, entry in enumerate(old)]


def _taken_back(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("evidence") == []


def _entry(unit: Path, faults: list[Fault], data: Any, folded: Folded, width: int) -> str:
    said = get(data, unit)
    lines = [f"\n{'/'.join(map(str, unit))}: {_cut(json.dumps(said, ensure_ascii=False), width)}"]
    for fault in faults:
        lines.append(f"  wrong: {_cut(fault.message, max(width, 80))}")
        near = _nearest(said, folded, width) if fault.kind == "quote_not_found" else ""
        if near:
            lines.append(f"  the article's nearest words: {near}")
    return "\n".join(lines) + "\n"


def _nearest(said: Any, folded: Folded, width: int) -> str:
    for quote in _quotes(said):
        if width and folded.find(quote) is None:
            return folded.nearest(quote, width)
    return ""


def _quotes(said: Any) -> list[str]:
    if isinstance(said, dict):
        own = [said["quote"]] if isinstance(said.get("quote"), str) else []
        return own + [quote for value in said.values() for quote in _quotes(value)]
    return [quote for value in said for quote in _quotes(value)] if isinstance(said, list) else []


def _cut(text: str, size: int) -> str:
    """The text in at most `size` bytes of UTF-8."""
    if len(text.encode()) <= size:
        return text
    return text.encode()[: max(0, size - 3)].decode(errors="ignore") + "…"
