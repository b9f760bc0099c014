"""Ask again for what failed, and for nothing else: the note that follows the article, and how its answer is put in.

The note stays within MAX_NOTE bytes whatever the reply was, so that a repair costs the article's cached prefix and little
beside it. The model answers in the same schema with lists that hold only the replacements, in the order asked.
"""

from __future__ import annotations

import json
import re
from typing import Any

from summarizer.evidence import Folded
from summarizer.grounding import Fault, get, quoted
from summarizer.records import Path
from summarizer.verify import Checked

MAX_NOTE = 2048
"""Bytes that a repair may add to a request, as they are sent: in JSON, where quote marks and line ends take two."""

_HEAD = """An earlier record of this article had parts that code could not confirm. Give those parts again, corrected, and \
nothing else: return the same JSON object, in which each list holds only the corrected entries of that list, in the order \
below. Lists that are not named below are empty; other fields are short. An entry that the article does not support is given \
again without a quote.
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
        if _sent(text) <= MAX_NOTE:
            return text
    size = MAX_NOTE
    while _sent(cut := _cut(text, size)) > MAX_NOTE:
        size -= 64
    return cut


def _sent(text: str) -> int:
    """Bytes of a text in a request, with the two line ends before it."""
    return len(json.dumps(f"\n\n{text}", ensure_ascii=False).encode(errors="replace")) - 2


def merge(checked: Checked[Any], answer: Any) -> Any:
    """The reply's data with the answer's parts in place of those that failed, at whatever depth they stand.

    A list whose answer has as many entries as were asked for is replaced one by one; one with all entries of the list, place
    by place. With any other number, or where an answer claims something else, nobody can say which is which: then the old
    entries stay, as problems, and the new ones are checked beside them.
    """
    if any(not fault.path for fault in checked.repairable) or not isinstance(checked.data, dict):
        return answer
    tree: dict[Any, Any] = {}
    for fault in checked.repairable:
        node = tree
        for key in fault.path:
            node = node.setdefault(key, {})
    return _merged(checked.data, tree, answer)


def _merged(old: Any, tree: dict[Any, Any], new: Any) -> Any:
    """`old` with the parts of `new` that the tree of failed places names; a leaf of the tree is taken whole."""
    if not tree:
        return old if new is None or _taken_back(old, new) else new
    if isinstance(old, list) and isinstance(new, list):
        return _merged_list(old, tree, new)
    if isinstance(old, dict) and isinstance(new, dict):
        return {
            key: _merged(value, tree[key], new.get(key)) if key in tree and key in new else value
            for key, value in old.items()
        } | {key: new[key] for key in tree if key not in old and key in new}
    return old


def _merged_list(old: list[Any], tree: dict[Any, Any], new: list[Any]) -> list[Any]:
    places = sorted(key for key in tree if isinstance(key, int) and key < len(old))
    if len(new) == len(old) != len(places):
        new = [new[place] for place in places]
    if len(new) != len(places):
        return old + new
    merged, more = list(old), []
    for place, entry in zip(places, new, strict=True):
        if _undated(old[place], entry):
            continue
        if tree[place] or _taken_back(old[place], entry) or _same_claim(old[place], entry):
            merged[place] = _merged(old[place], tree[place], entry)
        else:
            more.append(entry)
    return merged + more


def _same_claim(old: Any, new: Any) -> bool:
    """Whether an answer is about what was asked: it shares half of the words beside the quotes, where there are any."""
    one, other = _claimed(old), _claimed(new)
    return not one or not other or 2 * len(one & other) >= min(len(one), len(other))


def _claimed(entry: Any) -> set[str]:
    if not isinstance(entry, dict):
        return set()
    beside = ("evidence", "quote", "status", "response", "kind", "present", "by", "of", "to", "parties", "country")
    said = {name: value for name, value in entry.items() if name not in beside}
    return set(re.findall(r"\w{4,}", json.dumps(said, ensure_ascii=False).lower())) - set(entry)


def _units(faults: list[Fault]) -> dict[Path, list[Fault]]:
    units: dict[Path, list[Fault]] = {}
    for fault in sorted(
        faults, key=lambda fault: [(str(key), 0) if isinstance(key, str) else ("", key) for key in fault.unit]
    ):
        units.setdefault(fault.unit, []).append(fault)
    return units


def _taken_back(old: Any, new: Any) -> bool:
    """Whether an answer has no quote where the first claim had one."""
    return isinstance(old, dict) and isinstance(new, dict) and bool(old.get("evidence")) and new.get("evidence") == []


def _undated(old: Any, new: Any) -> bool:
    """Whether an answer has neither words nor day where the first claim, another meeting for example, had some."""
    if not isinstance(old, dict) or not isinstance(new, dict) or not {"text", "edtf"} <= new.keys():
        return False
    before, after = ([entry.get(name) for name in ("text", "edtf")] for entry in (old, new))
    return any(before) and not any(after)


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
    for quote in quoted(said):
        if width and folded.find(quote) is None:
            return folded.nearest(quote, width)
    return ""


def _cut(text: str, size: int) -> str:
    """The text in at most `size` bytes of UTF-8."""
    if len(text.encode(errors="replace")) <= size:
        return text
    return text.encode(errors="replace")[: max(0, size - 3)].decode(errors="ignore") + "…"
