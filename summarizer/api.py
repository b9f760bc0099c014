"""The Python API: `summarize` for one text, `Summarizer` for many with one set-up."""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypeAlias, cast, get_args, overload

from pydantic import BaseModel

from summarizer import background, schema
from summarizer import prompt as prompts
from summarizer.characters import is_blank
from summarizer.engines.base import ReplyMode
from summarizer.engines.budget import Budget
from summarizer.engines.choose import DEFAULT_OPENAI_MODEL, Choice, build, choose
from summarizer.errors import ArticleError, ArticleFailed, PromptError, SchemaError, UsageError
from summarizer.flow import Flow
from summarizer.pace import Limits, Pace
from summarizer.prompt import Prompt
from summarizer.records import Article, Failure, Result, S
from summarizer.schema import reference
from summarizer.schemas import MeetingSummary

_Meeting: TypeAlias = Literal["meeting", "MeetingSummary"] | None
"""How the built-in schema is named."""


class Summarizer(Generic[S]):
    """One engine, one prompt and one schema, ready for any number of articles.

    Args:
        model: `ENGINE/NAME` or `builtin`; by default SUMMARIZER_MODEL, else with OPENAI_API_KEY OpenAI's least expensive, else
            the built-in rules, with a warning and for single articles only. `choice` says which, and why.
        base_url: the address of another endpoint that speaks chat completions.
        schema: a Pydantic model, or what `--schema` takes; by default what the prompt was written for.
        prompt: a built-in name or a path to a prompt file; by default `meeting`, or `any` for a schema of your own.
        mode: how the model is made to answer in the schema.
        strict: whether any problem fails the article.
        repairs: how often failing parts are asked for again.
        timeout: seconds for one article, with all retries and repairs; not counted is waiting for the pace or for `max_cost`.
        max_cost: US dollars that all calls together may cost.
        max_output_tokens: the most one reply may have.
        rpm: requests a minute; by default what the endpoint says of itself or is found to take.
        tpm: tokens a minute, sent and received.
        max_wait: seconds that the endpoint may refuse every call, or ask to wait, before SetupError is raised.

    Raises UsageError or SetupError where these cannot work.

    """

    @overload
    def __init__(self: Summarizer[MeetingSummary], model: str | None = None, *, schema: _Meeting = None,
                 base_url: str | None = None, prompt: str | Path | None = None,
                 mode: ReplyMode = "json_schema", strict: bool = False,
                 repairs: int = 1, timeout: float = 300.0, max_cost: float | None = None,
                 max_output_tokens: int = 16_384, rpm: float | None = None, tpm: float | None = None,
                 max_wait: float = 300.0) -> None: ...  # fmt: skip
    @overload
    def __init__(self, model: str | None = None, *, schema: type[S], base_url: str | None = None,
                 prompt: str | Path | None = None, mode: ReplyMode = "json_schema", strict: bool = False,
                 repairs: int = 1, timeout: float = 300.0, max_cost: float | None = None,
                 max_output_tokens: int = 16_384, rpm: float | None = None, tpm: float | None = None,
                 max_wait: float = 300.0) -> None: ...  # fmt: skip
    @overload
    def __init__(self: Summarizer[Any], model: str | None = None, *, schema: str, base_url: str | None = None,
                 prompt: str | Path | None = None, mode: ReplyMode = "json_schema", strict: bool = False,
                 repairs: int = 1, timeout: float = 300.0, max_cost: float | None = None,
                 max_output_tokens: int = 16_384, rpm: float | None = None, tpm: float | None = None,
                 max_wait: float = 300.0) -> None: ...  # fmt: skip

    def __init__(  # noqa: PLR0913 - these are the options of a run; a settings object would only hide them
        self,
        model: str | None = None,
        *,
        base_url: str | None = None,
        schema: type[BaseModel] | str | None = None,
        prompt: str | Path | None = None,
        mode: ReplyMode = "json_schema",
        strict: bool = False,
        repairs: int = 1,
        timeout: float = 300.0,
        max_cost: float | None = None,
        max_output_tokens: int = 16_384,
        rpm: float | None = None,
        tpm: float | None = None,
        max_wait: float = 300.0,
    ) -> None:
        _check_types(strict, model=model, base_url=base_url)
        _check_numbers(timeout=timeout, rpm=rpm, tpm=tpm, max_wait=max_wait, max_cost=max_cost)
        _check_counts(max_output_tokens=max_output_tokens, repairs=repairs)
        if mode not in get_args(ReplyMode):
            raise UsageError(f"mode is one of {', '.join(get_args(ReplyMode))}, not {mode!r}")
        self.choice: Choice = choose(model, base_url)
        template, model_class = pair(prompt, schema)
        engine = build(self.choice, mode=mode, timeout=timeout, max_output_tokens=max_output_tokens)
        free = max_cost is None or self.choice.is_builtin
        budget = None if free else Budget(engine, cast("float", max_cost), max_output_tokens)
        self._asked = {"mode": mode, "strict": strict, "repairs": repairs, "max_output_tokens": max_output_tokens}
        pace = Pace(Limits(rpm, tpm, max_wait))
        self._flow = Flow(
            engine, template, cast("type[S]", model_class), repairs, strict, timeout, pace=pace, budget=budget
        )

    @property
    def endpoint(self) -> str | None:
        """The host that is asked, or None where nothing leaves the process or the provider's SDK decides."""
        return self._flow.engine.endpoint

    @property
    def flow(self) -> Flow[S]:
        """What this session does to each article; for the rooms that do it to many."""
        return self._flow

    @property
    def determining(self) -> dict[str, Any]:
        """Everything but the article that determines an answer: part of the key under which a store keeps it.

        Not the endpoint's address, the timeout or the budget: they decide whether there is an answer, not which.
        """
        return determining(self._flow, self._asked)

    async def abatch(
        self, articles: Iterable[Article] | AsyncIterable[Article], *, concurrency: int = 16
    ) -> AsyncGenerator[Result[S] | Failure, None]:
        """The outcome of each article as it ends; at most `concurrency` articles are held at once, pulled when needed.

        Nothing is kept: `summarizer batch` has a store. Raises SetupError or BudgetError after what was in work has ended, and
        UsageError where no model was named: rules do not quietly answer for many articles.
        """
        from summarizer.batch import outcomes

        _check_counts(concurrency=concurrency)
        if isinstance(articles, str | Article):
            raise UsageError("abatch takes several articles, not one; asummarize takes one")
        if not isinstance(articles, Iterable | AsyncIterable):
            raise UsageError(f"abatch takes several articles, such as a list of them, not {type(articles).__name__}")
        if self.choice.is_fallback:
            raise UsageError(f"{self.choice.why}: name a model, such as openai/{DEFAULT_OPENAI_MODEL} or builtin")
        async for outcome in outcomes(self._flow, _as_async(articles), concurrency):
            yield outcome

    async def outcome(self, article: Article | str) -> Result[S] | Failure:
        """Summarise one article; one that fails gives its record. Raises SetupError or BudgetError."""
        return await self._flow.run(_article(article))

    async def asummarize(self, article: Article | str) -> Result[S]:
        """Summarise one article. Raises ArticleFailed, which carries the record, or SetupError or BudgetError."""
        _announce(self.choice)
        return await self._summarized(article)

    async def _summarized(self, article: Article | str) -> Result[S]:
        outcome = await self.outcome(article)
        if isinstance(outcome, Failure):
            raise ArticleFailed(outcome)
        return outcome

    def summarize(self, article: Article | str) -> Result[S]:
        """`asummarize` for code that is not async; works in scripts, threads and inside a running event loop."""
        _announce(self.choice)
        return background.run(self._summarized(article))

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._flow.engine.aclose()

    def close(self) -> None:
        """`aclose` for code that is not async."""
        background.run(self.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


@overload
def summarize(
    article: Article | str, *, schema: _Meeting = None, model: str | None = None,
    base_url: str | None = None, prompt: str | Path | None = None, strict: bool = False,
) -> Result[MeetingSummary]: ...  # fmt: skip
@overload
def summarize(
    article: Article | str, *, schema: type[S], model: str | None = None, base_url: str | None = None,
    prompt: str | Path | None = None, strict: bool = False,
) -> Result[S]: ...  # fmt: skip
@overload
def summarize(
    article: Article | str, *, schema: str, model: str | None = None, base_url: str | None = None,
    prompt: str | Path | None = None, strict: bool = False,
) -> Result[Any]: ...  # fmt: skip
def summarize(
    article: Article | str,
    *,
    schema: type[BaseModel] | str | None = None,
    model: str | None = None,
    base_url: str | None = None,
    prompt: str | Path | None = None,
    strict: bool = False,
) -> Result[Any]:
    """Summarise one text. Without a model and without OPENAI_API_KEY the built-in rules answer, with a warning.

    Raises ArticleFailed (which carries the record), SetupError or UsageError.
    """
    _check_types(strict, model=model, base_url=base_url)
    _announce(choose(model, base_url))

    async def work() -> Result[Any]:
        session: Summarizer[Any] = Summarizer(
            model, base_url=base_url, schema=schema or "", prompt=prompt, strict=strict
        )
        async with session:
            return await session._summarized(article)

    return background.run(work())


def pair(prompt: str | Path | None, spec: type[BaseModel] | str | None) -> tuple[Prompt, type[BaseModel]]:
    """The prompt and the schema that go together; what was named wins over what the prompt was written for."""
    named = schema.load(spec) if isinstance(spec, str) and spec else spec or None
    if named is not None and not (isinstance(named, type) and issubclass(named, BaseModel)):
        raise SchemaError(f"a schema is a Pydantic model class or a name, not {named!r}")
    if prompt is None:
        return prompts.load("meeting" if named in (None, MeetingSummary) else "any"), named or MeetingSummary
    template = prompts.load(str(prompt))
    return template, named or _schema_of(template)


def _schema_of(template: Prompt) -> type[BaseModel]:
    if template.schema_name in (*schema.names(), "MeetingSummary"):
        return schema.load(template.schema_name)
    raise PromptError(
        f"prompt {template.name!r} is written for the schema {template.schema_name!r}, which is not built in; "
        f"name it as well: --schema FILE.py:{template.schema_name}"
    )


def determining(flow: Flow[Any], options: dict[str, Any]) -> dict[str, Any]:
    """What of a session determines its answers: engine, model, prompt, schema, and of its options how the model is asked."""
    asked = {name: options[name] for name in ("mode", "strict", "repairs", "max_output_tokens")}
    model_class: type[BaseModel] = flow.schema
    schema_ref = reference(model_class)
    return {
        "engine": flow.engine.name, "model": flow.engine.model, "prompt": flow.prompt.sha256,
        "schema": [schema_ref.name, schema_ref.sha256], **asked,
    }  # fmt: skip


def _announce(choice: Choice) -> None:
    """Warn whoever calls the caller that rules answer."""
    if choice.is_fallback:
        warnings.warn(f"{choice.why}: the built-in rules answer", stacklevel=3)


def _check_types(strict: Any, **texts: Any) -> None:
    """Raises UsageError for what is no text, or neither true nor false; how a text must look is checked where it is read."""
    if not isinstance(strict, bool):
        raise UsageError(f"strict is True or False, not {strict!r}")
    for name, value in texts.items():
        if not isinstance(value, str | None):
            raise UsageError(f"{name} is a str or None, not {value!r}")


def _check_numbers(**options: Any) -> None:
    """Raises UsageError for what is no number above nothing; the command line refuses the same. Waiting may last no time."""
    for name, value in options.items():
        if (value is None and name in ("rpm", "tpm", "max_cost")) or (name == "max_wait" and value == 0):
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise UsageError(f"{name} is a number above 0, not {value!r}")


def _check_counts(**options: Any) -> None:
    """Raises UsageError for what cannot be counted; only repairs may be none."""
    for name, value in options.items():
        least = 0 if name == "repairs" else 1
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise UsageError(f"{name} is a whole number, {least} or more, not {value!r}")


async def _as_async(articles: Iterable[Article] | AsyncIterable[Article]) -> AsyncIterator[Article]:
    if isinstance(articles, AsyncIterable):
        async for article in articles:
            yield _typed(article)
    else:
        for article in articles:
            yield _typed(article)


_PARTS: dict[str, tuple[Any, str]] = {
    "text": (str, "a str"), "source": (str, "a str"), "published": (date | None, "a date or None"),
    **dict.fromkeys(("url", "title", "language"), (str | None, "a str or None")),
}  # fmt: skip


def _typed(article: Any) -> Article:
    article = Article(article) if isinstance(article, str) else article
    if not isinstance(article, Article):
        raise ArticleError(f"an article is a text or an Article, not {type(article).__name__}")
    for name, (kind, called) in _PARTS.items():
        if not isinstance(value := getattr(article, name), kind):
            raise ArticleError(f"{article.source}: the {name} of an article is {called}, not {type(value).__name__}")
    return article


def _article(article: Article | str) -> Article:
    article = _typed(article)
    if is_blank(article.text):
        raise ArticleError(f"{article.source}: the article is empty")
    return article
