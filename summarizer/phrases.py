"""What people read of a record, in the same words on a terminal, in Markdown and on the page.

Works from the record's JSON data; a file can come from anybody, so that no part of it need be there.
"""

from __future__ import annotations

from typing import Any

Data = dict[str, Any]

MEETINGS = {"reported": "meeting held", "announced": "meeting announced", "none": "no meeting"}


def date(found: Data | None) -> str:
    """A date: the article's words, the day that was made of them, and on what grounds."""
    if found is None:
        return "not given"
    words = f"“{found['text']}”" if found.get("text") else "no words"
    edtf, resolved = found.get("edtf"), found.get("resolved")
    day = resolved or (f"EDTF {edtf}, not resolved" if edtf else "not resolved")
    return f"{words}: {day} ({found.get('basis') or 'unknown'})"


def meeting(kind: str, found: Data | None) -> str:
    """Whether there was a meeting, and when."""
    if found is None:
        return MEETINGS[kind] + ("" if kind == "none" else ", date not given")
    return f"{MEETINGS[kind]}, {date(found)}"
