"""Labelled articles: a folder of `NAME.txt`, `NAME.json` (what is known of it) and `NAME.gold.json` (the right answer)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from summarizer import article as articles
from summarizer.errors import UsageError
from summarizer.paths import is_file, is_folder
from summarizer.records import Article

_LISTS = ("participants", "agreements", "asks", "offers")


@dataclass(frozen=True)
class Labelled:
    """One article with its right answer. `kind` is what its sidecar says of it, such as "readout, call"."""

    name: str
    article: Article
    gold: dict[str, Any]
    language: str
    kind: str


def read(folder: Path, *, labels: bool = True, published: date | None = None) -> list[Labelled]:
    """Every article of a folder, by name; with `labels`, only those that have an answer. Raises UsageError.

    `published` is the day of those that say none.
    """
    if not is_folder(folder):
        raise UsageError(f"no folder {str(folder)!r}")
    found = [
        _one(path, published)
        for path in sorted(folder.glob("*.txt"))
        if not labels or is_file(path.with_suffix(".gold.json"))
    ]
    if not found:
        raise UsageError(f"{str(folder)!r} holds no articles{' with NAME.gold.json beside them' if labels else ''}")
    return found


def _one(path: Path, published: date | None) -> Labelled:
    side, gold = _json(path.with_suffix(".json")), _json(path.with_suffix(".gold.json"))
    wrong = [name for name in _LISTS if gold and not isinstance(gold.get(name), list)]
    if wrong:
        raise UsageError(f"{path.with_suffix('.gold.json')} has no list {wrong[0]!r}; a label has {', '.join(_LISTS)}")
    plain = articles.read(str(path))
    day = side.get("published") or published
    try:
        article = Article(plain.text, plain.source, side.get("url"), side.get("title"), day, side.get("language"))
    except ValueError:
        raise UsageError(f"{path.with_suffix('.json')}: published is no day; write it as 2026-03-19") from None
    return Labelled(path.stem, article, gold, side.get("language") or "?", (side.get("kind") or "?").split(",")[0])


def _json(path: Path) -> dict[str, Any]:
    if not is_file(path):
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise UsageError(f"{path} holds no JSON object")
    return found
