"""The frozen records that cross boundaries: what goes in, what travels between rooms, what comes out.

Units: offsets are Unicode code points of `Article.text`, durations are seconds, money is US dollars.
The JSON shape that other tools rely on is `Record.to_dict()`; its names are a contract.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel

from summarizer.errors import DayError

S = TypeVar("S", bound=BaseModel)
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Article:
    """One text to summarise, and what is known about it.

    `text` is what is summarised, unchanged: every offset of a record indexes it.
    `published` is the day of publication at the publisher; relative dates count from it and from nothing else.
    """

    text: str = field(repr=False)
    source: str = "-"
    url: str | None = None
    title: str | None = None
    published: date | None = None
    language: str | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            text: str,
            source: str = "-",
            url: str | None = None,
            title: str | None = None,
            published: date | str | None = None,
            language: str | None = None,
        ) -> None:
            """A day may be given as a text, such as 2026-03-19; a time behind it is left out. Raises DayError for others."""

    def __post_init__(self) -> None:
        if isinstance(self.published, str):
            object.__setattr__(self, "published", _day(self.published))
        if isinstance(self.published, datetime):
            object.__setattr__(self, "published", self.published.date())

    @cached_property
    def id(self) -> str:
        """`sha256:` and the hash of the text in UTF-8 (lone surrogates as they are)."""
        return "sha256:" + hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """The `article` part of a record: everything but the text."""
        return {
            "id": self.id,
            "source": self.source,
            "url": self.url,
            "title": self.title,
            "published": self.published.isoformat() if self.published else None,
            "language": self.language,
        }


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date() if text[10:11] in ("T", " ") else date.fromisoformat(text)
    except ValueError:
        raise DayError(f"an article is published on a day such as 2026-03-19, not {text!r}") from None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them, summed over every attempt; `complete` is false where a reply said nothing."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    complete: bool = True

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            self.complete and other.complete,
        )

    def to_dict(self) -> dict[str, int]:
        """The `usage` part of a record."""
        return {"input_tokens": self.input_tokens, "output_tokens": self.output_tokens}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the model said and that is not in the summary, whole, with the reason.

    `path` is the place in the model's reply, such as `asks/1`; `value` is what stood there, as JSON data.
    """

    path: str
    kind: str
    message: str
    value: Any = None

    def to_dict(self) -> dict[str, Any]:
        """One entry of a record's `problems`."""
        return {"path": self.path, "kind": self.kind, "message": self.message, "value": self.value}


@dataclass(frozen=True, slots=True)
class PromptRef:
    """Which prompt was used; `sha256` is of the template's text."""

    name: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SchemaRef:
    """Which schema was used; `sha256` is of the JSON schema that the model was sent, as canonical JSON."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Request:
    """What an engine is asked: the rendered prompt, and for a repair the short note that follows it.

    `system` and `user` are byte-identical in the first call and in its repairs, so that a provider's prompt cache
    serves the second.
    """

    article: Article
    schema: type[BaseModel]
    system: str
    user: str
    repair: str | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit as an endpoint states it with an answer: `left` of `limit` "requests" or "tokens", all back in `reset` s."""

    what: str
    limit: float
    left: float
    reset: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What an engine answered: the text that should be a JSON object, what it cost, and which limits came with it."""

    text: str
    model: str | None = None
    usage: Usage = Usage()
    quotas: tuple[Quota, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything needed to say where a record came from and to make it again."""

    engine: str
    model: str
    model_answered: str | None
    prompt: PromptRef
    schema: SchemaRef
    summarizer: str
    attempts: int
    usage: Usage
    cost_usd: float | None
    started: datetime
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The `provenance` part of a record."""
        return {
            "engine": self.engine,
            "model": self.model,
            "model_answered": self.model_answered,
            "prompt": {"name": self.prompt.name, "version": self.prompt.version, "sha256": self.prompt.sha256},
            "schema": {"name": self.schema.name, "sha256": self.schema.sha256},
            "summarizer": self.summarizer,
            "attempts": self.attempts,
            "usage": self.usage.to_dict(),
            "cost_usd": self.cost_usd,
            "started": self.started.isoformat()[:19] + "Z",
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """Why an article failed: a kind that stays the same from release to release, and one line for a person."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Result(Generic[S]):
    """A summary in which code has found every quote, and beside it whatever could not be found."""

    article: Article
    summary: S
    problems: tuple[Problem, ...]
    provenance: Provenance
    status: Literal["ok"] = "ok"
    error: None = None

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON data."""
        return _record(self, _data(self.summary), None)

    def to_json(self, indent: int | None = None) -> str:
        """The record as JSON text; one line unless `indent` is given."""
        return to_json(_record(self, self.summary, None) if indent is None else self.to_dict(), indent)


@dataclass(frozen=True, slots=True)
class Failure:
    """The record of an article that has no summary, and why."""

    article: Article
    error: ErrorInfo
    problems: tuple[Problem, ...]
    provenance: Provenance
    status: Literal["failed"] = "failed"
    summary: None = None

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON data."""
        return _record(self, None, {"kind": self.error.kind, "message": self.error.message})

    def to_json(self, indent: int | None = None) -> str:
        """The record as JSON text; one line unless `indent` is given."""
        return to_json(self.to_dict(), indent)


def _record(outcome: Result[Any] | Failure, summary: Any, error: dict[str, str] | None) -> dict[str, Any]:
    return {
        "article": outcome.article.to_dict(),
        "status": outcome.status,
        "summary": summary,
        "problems": [problem.to_dict() for problem in outcome.problems],
        "provenance": outcome.provenance.to_dict(),
        "error": error,
    }


def _data(summary: BaseModel) -> dict[str, Any]:
    """A summary as data, its fields called as in its schema: by their aliases."""
    return summary.model_dump(mode="json", by_alias=True)


def without_summary(article: dict[str, Any], status: str, kind: str, message: str) -> str:
    """The record, as JSON text, of an article that no engine was asked about, or none that lived to say so."""
    record: dict[str, Any] = {"article": article, "status": status, "summary": None, "problems": [], "provenance": None}
    return to_json({**record, "error": {"kind": kind, "message": message}})


# A lone surrogate cannot be written as UTF-8, and a terminal obeys some controls that JSON lets through; the escape says
# the same to every reader.
_ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]")


def to_json(record: dict[str, Any], indent: int | None = None) -> str:
    """A record as JSON text that is valid UTF-8 and does nothing to a terminal."""
    text = _line(record) if indent is None else json.dumps(record, ensure_ascii=False, indent=indent)
    return text if text.isascii() and "\x7f" not in text else _ESCAPED.sub(_escape, text)


def _line(record: dict[str, Any]) -> str:
    from pydantic_core import PydanticSerializationError
    from pydantic_core import to_json as serialized

    try:
        return serialized(record).decode()
    except (PydanticSerializationError, UnicodeError):  # a lone surrogate, which is no UTF-8
        summary = record["summary"]
        data = _data(summary) if isinstance(summary, BaseModel) else summary
        return json.dumps({**record, "summary": data}, ensure_ascii=False, separators=(",", ":"))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
