"""What people read of a record, in the same words on a terminal, in Markdown and on the page.

Works from the record's JSON data; a file can come from anybody, so that no part of it need be there.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from summarizer import datewords

Data = dict[str, Any]

_ONE = {
    "other_meetings": "other meeting", "participants": "participant", "agreements": "agreement", "asks": "ask", "offers": "offer",
}  # fmt: skip
_MOST = 500  # characters of what was said; the whole stands in the record
MEETINGS = {"reported": "meeting held", "announced": "meeting announced", "none": "no meeting"}


def date(found: Data | None) -> str:
    """A date: the article's words, the day that was made of them, and on what grounds."""
    if found is None:
        return "not given"
    words = f"“{found['text']}”" if found.get("text") else "no words"
    edtf, resolved = found.get("edtf"), found.get("resolved")
    day = resolved or (f"EDTF {edtf}, not resolved" if edtf else "not resolved")
    return f"{words}: {day} ({found.get('basis') or 'unknown'})"


def needs_publication(found: Data) -> bool:
    """Whether the words of a date say which day it is only together with the day of publication."""
    words = datewords.read(found["text"]) if found["text"] else None
    return "XXXX" in (found["edtf"] or "") or (words is not None and words.kind not in ("day", "month", "year"))


def meeting(kind: str, found: Data | None) -> str:
    """Whether there was a meeting, and when."""
    if found is None:
        return MEETINGS[kind] + ("" if kind == "none" else ", date not given")
    return f"{MEETINGS[kind]}, {date(found)}"


def problem(found: Data, summary: Any) -> str:
    """What a problem is about and what became of it.

    By its words: its place in the reply, counted from 0 and before anything was taken out, is that of another item on screen.
    """
    keys, value = _keys(found), found.get("value")
    if not keys:
        return "the reply"
    about, said = _about(keys), _said(value)
    if found["kind"] == "extra_field":
        around = f" of {_about(keys[:-1], article=True)}" if len(keys) > 1 else ""
        about = f"field “{keys[-1]}”{around}"
    elif found["kind"] == "side_not_found":
        about, said = f"side of {about} {said}", ""
    elif found["kind"] == "date_unsupported" and keys[-1].isdigit() and _is_kept(found, summary):
        about, said = f"date of {about} {said}", ""
    fate = "" if summary is None else " left out" if _is_out(found, summary) else " not taken over as given"
    return f"{about}{fate}" + (f": {said}" if said else "")


def left_out(problems: list[Data], summary: Any) -> Counter[str]:
    """How many entries of each list of the reply are not in the summary."""
    gone = {found["path"]: keys[0] for found in problems if len(keys := _keys(found)) == 2 and keys[1].isdigit()
            and found["kind"] != "side_not_found" and _is_out(found, summary)}  # fmt: skip
    return Counter(gone.values())


def _keys(found: Data) -> list[str]:
    return found["path"].split("/") if found["path"] else []


def _about(keys: list[str], *, article: bool = False) -> str:
    """The nearest thing that has a name: an entry of a list, or a field."""
    name = next((key for key in reversed(keys) if not key.isdigit()), "the reply")
    if not keys[-1].isdigit():
        return f"the {name}" if article else name.replace("_", " ")
    one = _ONE.get(name, f"entry of {name}")
    return f"{'an' if one[0] in 'aeio' else 'a'} {one}" if article else one


def _said(value: Any) -> str:
    """What a problem's value says, for telling it from others."""
    if value is None:
        return ""
    if isinstance(value, dict):
        if not value.get("what") and {"text", "edtf"} <= value.keys():
            days = (f"“{value['text']}”" if value["text"] else "", str(value["edtf"] or ""))
            return _cut(", ".join(filter(None, days)) or "no date")
        texts = [value.get("what"), value.get("name"), *value.values()]
        value = next((text for text in texts if isinstance(text, str) and text), value)
    return f"“{_cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))}”"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST else line[: _MOST - 1] + "…"


def _is_out(found: Data, summary: Any) -> bool:
    """Whether what a problem is about was taken out; of a date only what the words do not bear is not taken over."""
    if found["kind"] != "date_unsupported":
        return True
    return _keys(found)[-1].isdigit() and not _is_kept(found, summary)


def _is_kept(found: Data, summary: Any) -> bool:
    """Whether a dated entry is in the summary all the same, with its words."""
    value, entries = found.get("value"), summary
    for key in _keys(found)[:-1]:
        entries = entries.get(key) if isinstance(entries, dict) else None
    if not isinstance(value, dict) or not isinstance(entries, list) or not value.get("text"):
        return False
    same = [(entry.get("text"), entry.get("what")) for entry in entries if isinstance(entry, dict)]
    return (value["text"], value.get("what")) in same
