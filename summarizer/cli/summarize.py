"""`summarizer ARTICLE`: one article."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

import click

from summarizer.characters import printable
from summarizer.cli.options import article_options, model_options, run_options


@click.command("summarize", hidden=True)
@article_options
@model_options
@run_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "md"]),
    help="By default a table on a terminal, JSON when piped.",
)
def command(
    article: str, published: date | None, encoding: str | None, form: str | None, schema: str | None, **options: Any
) -> int:
    """Summarise one article: a file (txt, md, html), or - for standard input."""
    from summarizer import article as articles
    from summarizer import background
    from summarizer.api import Summarizer
    from summarizer.records import Failure, Result

    read = articles.read(article, encoding=encoding, published=published)

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


def _notice(session: Any) -> None:
    choice = session.choice
    if choice.is_builtin and choice.why != "asked for":
        click.echo(
            f"summarizer: {choice.why}: the built-in rules answer (English only; see docs/analysts.md)", err=True
        )
    elif choice.base_url:
        click.echo(f"summarizer: asking {choice.engine}/{printable(choice.model)} at {session.endpoint}", err=True)


def _print(outcome: Any, form: str) -> None:
    if form == "json":
        click.echo(outcome.to_json(indent=2))
        return
    from summarizer.cli import view

    if form == "md":
        click.echo(view.markdown(outcome.to_dict()))
    else:
        view.table(outcome.to_dict())
