"""Structured summaries of articles about meetings; every item stands on a quote that code found in the article.

    from summarizer import Article, Summarizer, summarize

Importing this package loads nothing else; each name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from summarizer.api import Summarizer, summarize
    from summarizer.errors import (
        ArticleError,
        ArticleFailed,
        BudgetError,
        PromptError,
        SchemaError,
        SetupError,
        SummarizerError,
        UsageError,
    )
    from summarizer.records import Article, Failure, Problem, Result
    from summarizer.schemas import ArticleDate, Evidence, MeetingSummary

__all__ = [
    "Article",
    "ArticleDate",
    "ArticleError",
    "ArticleFailed",
    "BudgetError",
    "Evidence",
    "Failure",
    "MeetingSummary",
    "Problem",
    "PromptError",
    "Result",
    "SchemaError",
    "SetupError",
    "Summarizer",
    "SummarizerError",
    "UsageError",
    "__version__",
    "summarize",
]

_ROOMS = {
    "api": ("Summarizer", "summarize"),
    "records": ("Article", "Failure", "Problem", "Result"),
    "schemas": ("ArticleDate", "Evidence", "MeetingSummary"),
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("summarizer")
    if name not in __all__:
        raise AttributeError(f"module 'summarizer' has no attribute {name!r}")
    room = next((room for room, names in _ROOMS.items() if name in names), "errors")
    value = getattr(importlib.import_module(f"summarizer.{room}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
