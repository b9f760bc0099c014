"""One self-contained page that shows records to a person: each text with its evidence marked, items, problems, figures.

The page is written as it is rendered, one article at a time. Everything that an article or a model said is escaped by the
template; the page loads nothing and runs one script, which is named by its hash in the page's own policy.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

from summarizer import phrases
from summarizer.characters import printable
from summarizer.errors import UsageError

LISTS = {
    "other_meetings": "Other meetings",
    "participants": "Participants",
    "agreements": "Agreements",
    "asks": "Asks",
    "offers": "Offers",
}

Record = dict[str, Any]


@dataclass
class Figures:
    """What the records hold together."""

    articles: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    problems: int = 0
    undated: int = 0
    tokens: Counter[str] = field(default_factory=Counter)
    costs: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    unpriced: int = 0
    models: Counter[str] = field(default_factory=Counter)

    def add(self, record: Record) -> None:
        """Count one record."""
        self.articles += 1
        error = record.get("error")
        outcome = f"{record['status']}: {error['kind']}" if error else record["status"]
        self.outcomes[outcome] += 1
        self.problems += len(record["problems"])
        self.undated += not _day(record)
        for name in LISTS:
            self.items[name] += len(_list(record, name))
        provenance = record.get("provenance")
        if provenance:
            self.models[f"{provenance['engine']}/{provenance['model']}"] += 1
            self.tokens.update(provenance["usage"])
            self.costs[outcome] += provenance["cost_usd"] or 0.0
            self.unpriced += provenance["cost_usd"] is None

    @property
    def cost(self) -> float:
        """US dollars in all, as far as prices are known."""
        return sum(self.costs.values())


def page(records: Callable[[], Iterable[tuple[Record, str | None]]], title: str) -> Iterator[str]:
    """The page in pieces. `records` gives each record and its text, where that is known; it is called twice.

    Raises UsageError for what is no record: a file can come from anybody.
    """
    number = 0

    def counted() -> Iterator[tuple[int, Record, str | None]]:
        nonlocal number
        for number, (record, text) in enumerate(records(), 1):
            yield number, record, text

    try:
        yield from _pieces(counted, title)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise UsageError(f"record {number} is none of summarizer ({type(error).__name__})") from error


def _pieces(records: Callable[[], Iterator[tuple[int, Record, str | None]]], title: str) -> Iterator[str]:
    figures = Figures()
    for _, record, _ in records():
        figures.add(record)
    entries = (_entry(number, record, text) for number, record, text in records())
    template, script = _template()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    yield from template.generate(
        title=title,
        figures=figures,
        entries=entries,
        lists=LISTS,
        dated=phrases.date,
        about=phrases.problem,
        script=script,
        digest=digest,
        plain=str,
        costs=sorted(figures.costs.items(), key=lambda pair: -pair[1]),
        plainly=_plainly,
    )


@cache
def _template() -> tuple[Any, str]:
    from jinja2 import Environment
    from markupsafe import Markup

    folder = resources.files("summarizer") / "templates"
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["p"] = lambda value: printable(str(value))
    style = (folder / "page.css").read_text(encoding="utf-8")
    environment.globals["style"] = Markup(style)  # noqa: S704 - our own file
    script = (folder / "page.js").read_text(encoding="utf-8")
    return environment.from_string((folder / "page.html").read_text(encoding="utf-8")), Markup(script)  # noqa: S704


def _entry(number: int, record: Record, text: str | None) -> dict[str, Any]:
    """What the template shows of one record."""
    items = [
        {"id": f"a{number}-{name}-{place}", "list": name, "data": item, "quotes": item.get("evidence") or []}
        for name in LISTS
        for place, item in enumerate(_list(record, name), 1)
    ]
    summary = record["summary"] if isinstance(record.get("summary"), dict) else {}
    return {
        "number": number,
        "record": record,
        "summary": summary,
        "met": _met(summary, _date(record)),
        "day": _day(record),
        "people": [
            item.get("name") or item.get("role") or item.get("country") or "?" for item in _list(record, "participants")
        ],
        "kinds": sorted({item["list"] for item in items}),
        "items": items,
        "stretches": stretches(text, items) if text is not None else None,
        "link": _link(record["article"].get("url")),
    }


def _date(record: Record) -> dict[str, Any] | None:
    summary = record.get("summary")
    date = summary.get("date") if isinstance(summary, dict) else None
    return date if isinstance(date, dict) else None


def _met(summary: dict[str, Any], date: dict[str, Any] | None) -> str | None:
    """Whether there was a meeting, and when; of a schema of a user's own only a date that is shaped like one."""
    kind = summary.get("meeting")
    if isinstance(kind, str) and kind in phrases.MEETINGS:
        return phrases.meeting(kind, date)
    return f"date {phrases.date(date)}" if date and not {"text", "edtf", "resolved"}.isdisjoint(date) else None


def _day(record: Record) -> str:
    """The day that the filters know a record by: the meeting's, else the publication's; empty where neither is known."""
    day: str = (_date(record) or {}).get("resolved") or record["article"].get("published") or ""
    return day[:10]


def stretches(text: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The text cut where evidence begins or ends; each piece with the kinds that mark it and the quotes that begin in it."""
    spans = [
        (quote["start"], quote["end"], item["list"], f"{item['id']}-q{place}", item["id"])
        for item in items
        for place, quote in enumerate(item["quotes"], 1)
    ]
    cuts = sorted({0, len(text), *(cut for span in spans for cut in span[:2] if 0 <= cut <= len(text))})
    return [
        {
            "text": text[start:end],
            "kinds": sorted({kind for low, high, kind, _, _ in spans if low <= start and end <= high}),
            "begin": [(quote, item) for low, _, _, quote, item in spans if low == start],
        }
        for start, end in pairwise(cuts)
    ]


def _list(record: Record, name: str) -> list[dict[str, Any]]:
    """A list of the summary, where the schema has one of that name; a schema of a user's own may not."""
    summary = record.get("summary")
    found = summary.get(name) if isinstance(summary, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _plainly(value: Any) -> str:
    """A problem's value as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def _link(url: Any) -> str | None:
    """An address that may be clicked: of the web, and nothing that runs."""
    return url if isinstance(url, str) and url.startswith(("http://", "https://")) else None
