"""The labelled texts beside the project, where they are: every labelled quote is found where the label says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
