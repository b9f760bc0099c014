"""A record for people: one outline, printed as a table on a terminal or as Markdown.

Works from the record's JSON data, so that it shows any schema. Nothing in it can act on a terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from summarizer import phrases
from summarizer.characters import printable

Data = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One line of a section, what is known beside it, and the quotes it stands on."""

    head: str
    details: str = ""
    quotes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    """A heading and its entries; `plain` text stands without a number."""

    title: str
    entries: list[Entry]
    plain: bool = False


def table(record: Data) -> None:
    """Print the record on standard output, legible at 80 columns and without colour."""
    from rich.console import Console, Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)

    def text(words: str, style: str = "") -> Text:
        return Text(printable(words), style=style, overflow="fold")

    for section in outline(record):
        warning = section.title.startswith("PROBLEMS")
        console.print(text(section.title, "bold red" if warning else "bold"))
        grid = Table.grid(padding=(0, 1, 0, 0))
        for number, entry in enumerate(section.entries, 1):
            lines = [text(entry.head)] if entry.head else []
            lines += [text(entry.details, "italic")] if entry.details else []
            lines += [text(f"“{_one_line(quote)}”", "dim") for quote in entry.quotes]
            grid.add_row(*([] if section.plain else [text("!" if warning else f"{number}.")]), Group(*lines))
        if section.entries:
            console.print(Padding(grid, (0, 0, 0, 2), expand=False))
        console.print()
    console.print(text(_footer(record), "dim"))


def markdown(record: Data) -> str:
    """The record as Markdown."""
    out = [f"# {_escape(record['article']['title'] or record['article']['source'])}", ""]
    for section in outline(record):
        out += [f"## {_escape(section.title.capitalize())}", ""]
        for entry in section.entries:
            out.append(_escape(entry.head) if section.plain else f"- {_escape(entry.head)}")
            pad = "" if section.plain else "  "
            out += [f"{pad}*{_escape(entry.details)}*"] if entry.details else []
            out += [f"{pad}> {_escape(_one_line(quote))}" for quote in entry.quotes]
            out += [""] if section.plain else []
        out.append("")
    return "\n".join([*out, f"<sub>{_escape(_footer(record))}</sub>"])


def outline(record: Data) -> Iterator[Section]:
    """The sections of a record, problems last."""
    summary = record["summary"]
    if summary is not None:
        shown = summary if isinstance(summary, dict) else {"summary": summary}
        left_out = phrases.left_out(record["problems"], summary)
        published = record["article"]["published"]
        yield from _meeting(shown, left_out, published) if _is_meeting(shown) else _any(shown, left_out)
    else:
        yield Section("FAILED", [Entry(f"{record['error']['kind']}: {record['error']['message']}")], plain=True)
    if record["problems"]:
        who = "rules" if record["provenance"]["engine"] == "builtin" else "model"
        title = f"PROBLEMS ({len(record['problems'])}): said by the {who}, not confirmed, not in the summary"
        yield Section(title, [_problem(problem, summary) for problem in record["problems"]])


def _is_meeting(summary: Data) -> bool:
    """Whether a summary has the fields of the built-in schema, whatever its class is called."""
    wanted = {"overview", "meeting", "date", "other_meetings", "participants", "agreements", "asks", "offers"}
    return set(summary) == wanted


def _meeting(summary: Data, left_out: Counter[str], published: str | None) -> Iterator[Section]:
    yield Section("OVERVIEW", [Entry(summary["overview"])], plain=True)
    held = summary["meeting"] == "reported"
    when = phrases.date(summary["date"]) if held else phrases.meeting(summary["meeting"], summary["date"])
    yield Section("DATE", [Entry(when + _hint(summary["date"], published))], plain=True)
    others = [Entry(m["what"], phrases.date(m) + _hint(m, published)) for m in summary["other_meetings"]]
    if others:
        yield Section("OTHER MEETINGS", others)
    people = [_person(person) for person in summary["participants"]]
    yield Section(_counted("participants", people, left_out), people)
    for name, first, second in (("agreements", "parties", None), ("asks", "by", "of"), ("offers", "by", "to")):
        entries = [_act(item, first, second) for item in summary[name]]
        yield Section(_counted(name, entries, left_out), entries)


def _counted(name: str, entries: list[Entry], left_out: Counter[str]) -> str:
    """A title; an overview may count what stands under problems."""
    more = f", {left_out[name]} LEFT OUT" if left_out[name] else ""
    return f"{name.upper()} ({len(entries)}{more})"


def _hint(date: Data | None, published: str | None) -> str:
    if published or date is None or date["resolved"] or not phrases.needs_publication(date):
        return ""
    return "; give --published to count from"


def _person(person: Data) -> Entry:
    name = person["name"] or f"({person['kind']}, not named)"
    about = ", ".join(filter(None, [person["role"], person["organization"], person["country"]]))
    return Entry(name + (f", {about}" if about else ""), "" if person["present"] else "not present at the meeting")


def _act(item: Data, first: str, second: str | None) -> Entry:
    who = ", ".join(item[first]) or "not said who"
    if second:
        who += f" to {', '.join(item[second]) or 'not said whom'}"
    rest = [item.get("status"), f"answer: {item['response']}" if item.get("response") else None,
            f"condition: {item['condition']}" if item.get("condition") else None]  # fmt: skip
    return Entry(item["what"], "; ".join(filter(None, [who, *rest])), _quotes(item))


def _any(summary: Data, left_out: Counter[str]) -> Iterator[Section]:
    """A schema that this module does not know: its fields, in their order."""
    for name, value in summary.items():
        if isinstance(value, list):
            entries = [_entry(entry) for entry in value]
            yield Section(_counted(name, entries, left_out), entries)
        else:
            yield Section(name.upper(), [_entry(value)], plain=True)


def _entry(value: Any) -> Entry:
    if not isinstance(value, dict):
        return Entry("none" if value is None else str(value))
    if "quote" in value and "start" in value:
        return Entry("", quotes=[value["quote"]])
    shown = [(name, entry) for name, entry in value.items() if not _is_evidence(entry)]
    text = [str(entry) for _, entry in shown if isinstance(entry, str)]
    rest = [
        f"{name}: {_flat(entry)}" for name, entry in shown if not isinstance(entry, str) and entry not in (None, [])
    ]
    return Entry(" · ".join(text), "; ".join(rest), _quotes(value))


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_flat, value))
    if isinstance(value, dict):
        return " ".join(_flat(entry) for entry in value.values() if entry is not None and not _is_evidence(entry))
    return str(value)


def _is_evidence(value: Any) -> bool:
    one = value[0] if isinstance(value, list) and value else value
    return isinstance(one, dict) and {"quote", "start", "end"} <= one.keys()


def _quotes(value: Any) -> list[str]:
    if isinstance(value, dict) and isinstance(value.get("quote"), str):
        return [value["quote"]]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [quote for entry in inside for quote in _quotes(entry)]


def _problem(problem: Data, summary: Any) -> Entry:
    said = problem["value"] if not problem["path"] and isinstance(problem["value"], str) else ""
    details = f"{problem['message']} ({problem['kind']})" + (f"; it said: {said}" if said else "")
    return Entry(phrases.problem(problem, summary), details)


def _footer(record: Data) -> str:
    p = record["provenance"]
    prompt = f"prompt {p['prompt']['name']} v{p['prompt']['version']}"
    if p["engine"] == "builtin":
        return f"Found by the built-in rules ({p['model']}), not by a model. Nothing was sent, nothing was paid."
    usage, cost = p["usage"], p["cost_usd"]
    money = "cost unknown" if cost is None else f"${cost:.5f}"
    calls = f"{p['attempts']} call{'s' if p['attempts'] != 1 else ''}"
    return f"{p['engine']}/{p['model']}, {prompt}, {calls}, {usage['input_tokens']} + {usage['output_tokens']} tokens, {money}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escape(text: str) -> str:
    """Text that Markdown shows as it stands: no link, no picture, no HTML comes out of an article."""
    cleaned = printable(_one_line(text))
    return "".join(f"\\{char}" if char in "\\`*_[]<>#!|~" else char for char in cleaned).replace("://", ":\u200b//")
