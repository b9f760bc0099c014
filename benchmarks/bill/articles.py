"""The articles that are billed, the right reply to each, and what each client's model would say of it."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.speed import material

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# The replies to the project's examples: those of cassettes/replies, with the one false quote put right.
EXAMPLES = {
    "harbour-talks": "2026-03-19",
    "lighthouse-paint": "2026-06-02",
    "port-de-lissange": "2026-05-12",
    "rail-link": "2026-09-09",
}
MADE_UP = " without any delay at all"
"""Words that no article has: behind a quote they make it a false one, and no field's list of values has them."""


@dataclass(frozen=True)
class Sample:
    """An article, its day, and the whole right reply to it."""

    name: str
    text: str
    published: str
    reply: dict[str, Any]

    @property
    def task(self) -> dict[str, str]:
        """What every client is told of it."""
        return {"name": self.name, "text": self.text, "published": self.published}


def samples(made: int) -> list[Sample]:
    """So many articles of the speed benchmark, then the project's examples."""
    texts = [material.text(number) for number in range(made)]
    speed = [Sample(f"made-{i}", text, "2026-05-07", material.summary(text)) for i, text in enumerate(texts)]
    return speed + [example(name, published) for name, published in EXAMPLES.items()]


def example(name: str, published: str) -> Sample:
    """One of the examples that the repository shows."""
    text = (ROOT / "examples" / f"{name}.txt").read_text(encoding="utf-8").strip()
    return Sample(name, text, published, json.loads((HERE / "replies" / f"{name}.json").read_text(encoding="utf-8")))


def chosen(reply: dict[str, Any]) -> str | None:
    """The list whose last item is made wrong; None where the reply has no item."""
    return next((kind for kind in ("offers", "asks", "agreements") if reply[kind]), None)


def falsified(reply: dict[str, Any], fault: str) -> dict[str, Any]:
    """The reply with one item made wrong: its `quote` is not the article's, or it has a `value` that the schema has not."""
    wrong, kind = copy.deepcopy(reply), chosen(reply)
    item = wrong[kind or ""][-1]
    if fault == "quote":
        item["evidence"][0]["quote"] += MADE_UP
    else:
        item["status" if "status" in item else "response"] = MADE_UP.strip()
    return wrong


def repaired(reply: dict[str, Any]) -> dict[str, Any]:
    """What our note asks for: the same object, whose lists hold the corrected entries alone; other fields are short."""
    kind = chosen(reply) or ""
    empty = {name: [] if isinstance(value, list) else value for name, value in reply.items()}
    return {**empty, "overview": "They met.", kind: [reply[kind][-1]]}


def extractions(reply: dict[str, Any]) -> list[dict[str, Any]]:
    """The same reply in langextract's form: a flat list, each entry on one verbatim text, the rest as attributes.

    An entry has one span, so second quotes are left out, and what has no quote of its own (an overview, a date, whether
    there was a meeting) hangs on the words that carry it.
    """
    found = []
    if reply["participants"]:
        about = {"overview": reply["overview"], "kind": reply["meeting"]}
        found.append(entry("meeting", reply["participants"][0]["evidence"][0]["quote"], about))
    if reply["date"]:
        found.append(entry("date", reply["date"]["text"], beside(reply["date"], "text")))
    found += [entry("other_meeting", other["text"], beside(other, "text")) for other in reply["other_meetings"]]
    for kind in ("participants", "agreements", "asks", "offers"):
        found += [entry(kind[:-1], item["evidence"][0]["quote"], beside(item, "evidence")) for item in reply[kind]]
    return found


def entry(kind: str, text: str, attributes: dict[str, Any]) -> dict[str, Any]:
    """One extraction as langextract writes it into its own prompt."""
    return {kind: text, f"{kind}_attributes": attributes}


def beside(item: dict[str, Any], name: str) -> dict[str, Any]:
    """The item without one of its fields."""
    return {key: value for key, value in item.items() if key != name}
