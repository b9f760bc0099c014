"""The options that every command shares which calls a model."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Day(click.ParamType[date]):
    """A calendar day, YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a usage error that shows the form."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-03-19", param, ctx)


class Dollars(click.FloatRange):
    """An amount of money above nothing; what is no number is refused, or a budget would never be reached."""

    def __init__(self) -> None:
        super().__init__(0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The amount, or a usage error."""
        amount = float(super().convert(value, param, ctx))
        if not math.isfinite(amount):
            self.fail(f"{value!r} is no amount of money", param, ctx)
        return amount


def _logged(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Let the package's own log reach standard error; it holds neither keys nor texts."""
    import logging

    from summarizer.characters import printable

    class Line(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return f"summarizer: {printable(record.getMessage())}"

    log, handler = logging.getLogger("summarizer"), logging.StreamHandler()
    handler.setFormatter(Line())
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.DEBUG if value else logging.WARNING)


_MODEL = (
    click.option(
        "--model", metavar="ENGINE/NAME", help="Such as openai/gpt-6-luna, anthropic/…, ollama/…; or builtin."
    ),
    click.option("--base-url", metavar="URL", help="An endpoint that speaks chat completions."),
    click.option(
        "--mode",
        type=click.Choice(["json_schema", "tools", "json"]),
        default="json_schema",
        show_default=True,
        help="How the model is made to answer in the schema.",
    ),
    click.option("--prompt", metavar="NAME|FILE", help="A built-in prompt, or a Markdown file of your own."),
    click.option("--schema", metavar="NAME|FILE.py:Class|module:Class", help="A built-in schema, or a Pydantic model."),
    click.option("--max-output-tokens", type=click.IntRange(1), default=16_384, show_default=True, metavar="N"),
)
_RUN = (
    click.option("--strict", is_flag=True, help="Any problem fails the article."),
    click.option(
        "--repairs",
        type=click.IntRange(0, 5),
        default=1,
        show_default=True,
        help="How often failing parts are asked for again.",
    ),
    click.option("--max-cost", type=Dollars(), metavar="USD", help="Stop before more is spent."),
    click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        default=300.0,
        show_default=True,
        metavar="SECONDS",
        help="For one article, with all retries.",
    ),
    click.option("--rpm", type=click.FloatRange(0, min_open=True), metavar="N", help="Requests a minute at the most."),
    click.option("--tpm", type=click.FloatRange(0, min_open=True), metavar="N", help="Tokens a minute at the most."),
    click.option(
        "--max-wait",
        type=click.FloatRange(0),
        default=300.0,
        show_default=True,
        metavar="SECONDS",
        help="Stop if the endpoint refuses every call for so long, or asks to wait longer.",
    ),
    click.option(
        "--debug", is_flag=True, expose_value=False, callback=_logged, help="Say on standard error how each call went."
    ),
)
_ARTICLE = (
    click.option("--allow-private", is_flag=True, help="Also fetch from private and loopback addresses."),
    click.argument("article", metavar="ARTICLE"),
    click.option("--published", type=Day(), metavar="DATE", help="Day of publication; relative dates count from it."),
    click.option("--encoding", metavar="NAME", help="Of the file, if it is not UTF-8 and does not say."),
)


def _all(decorators: tuple[Callable[[Any], Any], ...]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


article_options = _all(_ARTICLE)
model_options = _all(_MODEL)
run_options = _all(_RUN)
dated_option = click.option(
    "--published", type=Day(), metavar="DATE", help="Day of publication of articles that have none of their own."
)
