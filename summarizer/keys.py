"""Under which key a store keeps an answer: everything that determines it, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import Any

from summarizer.records import Article

USUAL = ("title", "published", "language")
"""What the built-in prompts say of an article beside its text."""


def settings_of(determining: dict[str, Any]) -> str:
    """A name for everything but the article that determines an answer."""
    return hashlib.sha256(json.dumps(determining, sort_keys=True, default=str).encode()).hexdigest()[:16]


def key_of(article: Article, determining: dict[str, Any], uses: Collection[str] = USUAL) -> str:
    """The key of an article's answer: its text, the metadata that the prompt uses, the day, and the run's settings.

    The day counts whatever the prompt uses: dates are read by it.
    """
    meta = {name: getattr(article, name) for name in uses}
    parts = {"text": article.id, "published": article.published, **meta, **determining}
    return hashlib.sha256(
        json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False).encode("utf-8", "surrogatepass")
    ).hexdigest()
