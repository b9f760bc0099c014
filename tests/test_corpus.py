"""The labelled texts beside the project, where they are: every labelled quote is found where the label says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from summarizer import Article, MeetingSummary, verify
from summarizer.evidence import Folded


def quotes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "quote" in node and "start" in node:
            yield node
        for value in node.values():
            yield from quotes(value)
    elif isinstance(node, list):
        for value in node:
            yield from quotes(value)


def test_labelled_quotes_are_found(corpus: Path) -> None:
    """English, French and Russian; at the labelled offsets."""
    seen = 0
    for path in sorted(corpus.glob("*.gold.json")):
        text = (corpus / f"{path.name.removesuffix('.gold.json')}.txt").read_text(encoding="utf-8")
        folded = Folded(text)
        for gold in quotes(json.loads(path.read_text(encoding="utf-8"))):
            assert text[gold["start"] : gold["end"]] == gold["quote"]
            assert (gold["start"], gold["end"]) in folded.find_all(gold["quote"]), gold["quote"]
            seen += 1
    assert seen > 30


def replied(gold: dict[str, Any]) -> dict[str, Any]:
    """A labelled text as the reply of a model that finds just what was labelled."""
    fill: dict[str, Any] = {"kind": "person", "evidence": [], "condition": None, "response": None}
    shapes = {
        "participants": ("name", "role", "organization", "country", "kind", "present", "evidence"),
        "agreements": ("parties", "what", "status", "condition", "evidence"),
        "asks": ("by", "of", "what", "response", "evidence"),
        "offers": ("by", "to", "what", "status", "condition", "evidence"),
    }
    data = {key: gold[key] for key in ("overview", "meeting")} | {"other_meetings": [], "date": None}
    if gold["date"]:
        data["date"] = {"text": gold["date"]["text"], "edtf": gold["date"]["edtf"], "basis": "explicit"}
    for name, fields in shapes.items():
        data[name] = [{field: item.get(field, fill.get(field)) for field in fields} for item in gold[name]]
        for item in data[name]:
            item["evidence"] = [{"quote": quote["quote"]} for quote in item["evidence"]]
            # Words of the labels that are not the schema's.
            for field, other, known in (("kind", "organisation", "organization"), ("status", "delivered", "existing")):
                item.update({field: known} if item.get(field) == other else {})
            item.update(
                {"response": None} if item.get("response") not in (None, "accepted", "refused", "deferred") else {}
            )
    return data


def labelled(corpus: Path) -> Iterator[tuple[str, Article, dict[str, Any]]]:
    for path in sorted(corpus.glob("*.gold.json")):
        name = path.name.removesuffix(".gold.json")
        side = json.loads((corpus / f"{name}.json").read_text(encoding="utf-8"))
        published = date.fromisoformat(side["published"]) if side.get("published") else None
        yield (
            name,
            Article((corpus / f"{name}.txt").read_text(encoding="utf-8"), published=published),
            json.loads(path.read_text()),
        )


# Labels that the rules rightly refuse: their "what" has a number, or their party a name, that quote and article do not have.
REFUSED = {
    "03-wh-mississippi-ceos": {"agreements/0", "offers/0"},
    "10-wh-trump-abdullah": {"asks/0"},
    "32-ru-putin-pezeshkian-call": {"agreements/1"},
    "42-wikinews-sensitive-document": {"offers/0"},
}


def test_labelled_items_verify(corpus: Path) -> None:
    """What people labelled passes: quotes, names, numbers and dates, in English, French and Russian."""
    items = 0
    for name, article, gold in labelled(corpus):
        data = replied(gold)
        result = verify.check(data, MeetingSummary, verify.Ground(article))
        assert result.value is not None, name
        assert {fault.problem.path for fault in result.repairable} == REFUSED.get(name, set()), name
        if gold["date"]:
            assert result.value.date is not None
            assert (result.value.date.edtf, result.value.date.resolved) == (
                gold["date"]["edtf"],
                gold["date"]["resolved"],
            ), name
        items += sum(len(data[kind]) for kind in ("agreements", "asks", "offers"))
    assert items > 30


def altered(item: dict[str, Any], text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The item with one thing changed: a number, a negation, a word, a letter, a name."""
    quote = item["evidence"][0]["quote"]
    words = quote.split()
    middle = len(words) // 2
    others = item["evidence"][1:]

    def with_quote(changed: str) -> dict[str, Any]:
        return {**item, "evidence": [{"quote": changed}, *others]}

    yield "negation", with_quote(" ".join([*words[:middle], {"Р": "не"}.get(quote[0], "not"), *words[middle:]]))
    yield (
        "number",
        with_quote(
            re.sub(r"\d+", lambda n: str(int(n[0]) + 1), quote, count=1) if re.search(r"\d", quote) else f"{quote} 7"
        ),
    )
    yield "claimed number", {**item, "what": f"{item['what']} worth 987 million"}
    yield "word", with_quote(" ".join([*words[:middle], "zebra", *words[middle + 1 :]]))
    yield "look-alike", with_quote(quote.replace("e", "\u0435", 1) if "e" in quote else quote.replace("\u0435", "e", 1))
    for field in ("parties", "by"):
        if item.get(field):
            yield "name", {**item, field: ["Zebulon Quimby", *item[field][1:]]}
    assert "zebra" not in text and "Quimby" not in text


def test_one_alteration_is_refused(corpus: Path) -> None:
    """For each labelled item: a changed number, negation, word, letter or name never passes as a fact."""
    refused = 0
    for name, article, gold in labelled(corpus):
        data = replied(gold)
        for kind in ("agreements", "asks", "offers"):
            for item in data[kind]:
                for change, wrong in altered(item, article.text):
                    empty = {**data, "agreements": [], "asks": [], "offers": [], kind: [wrong]}
                    result = verify.check(empty, MeetingSummary, verify.Ground(article))
                    assert result.value is not None and getattr(result.value, kind) == [], (name, change, wrong)
                    refused += 1
    assert refused > 150
