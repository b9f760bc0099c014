"""`summarizer ARTICLE`: one article."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from summarizer.characters import printable
from summarizer.cli.options import article_options, model_options, run_options
from summarizer.errors import UsageError

if TYPE_CHECKING:
    from summarizer.records import Article


@click.command("summarize", hidden=True, context_settings={"allow_extra_args": True})
@article_options
@model_options
@run_options
@click.option(
    "--format",
    "form",
    envvar="SUMMARIZER_SUMMARIZE_FORMAT",
    type=click.Choice(["table", "json", "md"]),
    help="By default a table on a terminal, JSON when piped.",
)
@click.pass_context
def command(ctx: click.Context, /, form: str | None, schema: str | None, article: str, **options: Any) -> int:
    """Summarise one article: a file (txt, md, html), an address, or - for standard input."""
    if ctx.args:
        raise click.UsageError(f"{ctx.args[0]!r} is one article too many; for several: summarizer batch SOURCE...")
    from summarizer import background
    from summarizer.api import Summarizer
    from summarizer.records import Failure, Result

    if sys.stdout is None:
        raise UsageError("standard output is closed, so that nobody could read the answer")
    reading = {name: options.pop(name) for name in ("published", "encoding", "allow_private")}
    read = read_article(article, **reading)

    async def work() -> Result[Any] | Failure:
        made: Summarizer[Any] = Summarizer(schema=schema or "", **options)
        async with made as session:
            _notice(session)
            return await session.outcome(read)

    outcome = background.run(work())
    _print(outcome, form or ("table" if sys.stdout.isatty() else "json"))
    if isinstance(outcome, Failure):
        click.echo(
            f"summarizer: {printable(article)}: {outcome.error.kind}: {printable(outcome.error.message)}", err=True
        )
        return 1
    return 0


def read_article(source: str, *, published: date | None, encoding: str | None, allow_private: bool) -> Article:
    """The article in a file, on standard input, or behind an address."""
    from summarizer import article as articles

    if not source.startswith(("http://", "https://")):
        return articles.read(source, encoding=encoding, published=published)
    from summarizer import background
    from summarizer.fetch import Fetcher, Page

    async def fetched() -> Page:
        async with Fetcher(allow_private=allow_private, delay=0) as fetcher:
            return await fetcher.get(source)

    page = background.run(fetched())
    found = articles.from_bytes(page.body or b"", source, encoding=encoding, content_type=page.content_type)
    return replace(found, url=source, published=published or found.published)


def _notice(session: Any) -> None:
    choice = session.choice
    if choice.is_builtin and choice.why != "asked for":
        click.echo(
            f"summarizer: {choice.why}: the built-in rules answer (English only; see docs/analysts.md)", err=True
        )
    elif session.endpoint:
        from summarizer.cli.batch import say_who

        say_who(session)


def _print(outcome: Any, form: str) -> None:
    if form == "json":
        click.echo(outcome.to_json(indent=2))
        return
    from summarizer.cli import view

    if form == "md":
        click.echo(view.markdown(outcome.to_dict()))
    else:
        view.table(outcome.to_dict())
