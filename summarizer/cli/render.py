"""`summarizer render ARTICLE`: what would be sent, and what it would cost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from summarizer.cli.options import article_options, model_options

if TYPE_CHECKING:
    from summarizer.corpus import Labelled
    from summarizer.engines.llm import ChatEngine
    from summarizer.records import Article, Request


@click.command("render")
@article_options
@model_options
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="One request file for each article of a folder."
)
def command(article: str, schema: str | None, prompt: str | None, out: Path | None, **options: Any) -> int:
    """Print the exact request that would be sent, as JSON; what it would cost goes to standard error. Sends nothing.

    With --out, ARTICLE is a folder of texts; summarizer eval FOLDER --replies DIR reads what answers the requests. --published
    is then the day of texts that have none of their own.
    """
    from summarizer import corpus
    from summarizer.api import pair

    reading = {name: options.pop(name) for name in ("published", "encoding", "allow_private")}
    template, model_class = pair(prompt, schema)
    if out is not None:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        texts = corpus.read(Path(article), labels=False, published=reading["published"])
        return _write(texts, out, asking(options), lambda read: template.render(read, model_class))
    from summarizer.cli.summarize import read_article

    read = read_article(article, **reading)
    engine, request = asking(options), template.render(read, model_class)
    click.echo(json.dumps(engine.body(request), ensure_ascii=False, indent=2))
    click.echo(_cost(engine, request, options["max_output_tokens"]), err=True)
    return 0


def asking(options: dict[str, Any]) -> ChatEngine:
    """The engine that would send the requests. Nothing is sent, so no key is needed."""
    from summarizer.engines import keys
    from summarizer.engines.choose import DEFAULT_OPENAI_MODEL, build, choose
    from summarizer.engines.llm import ChatEngine

    choice = choose(options["model"], options["base_url"])
    if choice.is_builtin:
        why = choice.why if choice.is_fallback else "the built-in rules are sent nothing"
        click.echo(f"summarizer: {why}; this is what openai/{DEFAULT_OPENAI_MODEL} would be sent", err=True)
        choice = choose(f"openai/{DEFAULT_OPENAI_MODEL}")
    sent = {name: options[name] for name in ("mode", "max_output_tokens")}
    engine = build(choice, environ=keys.UNSENT, **sent)
    if not isinstance(engine, ChatEngine):
        raise click.UsageError(f"{choice.engine} does not speak chat completions; its SDK builds the request")
    return engine


def _write(texts: list[Labelled], out: Path, engine: ChatEngine, render: Callable[[Article], Request]) -> int:
    from summarizer import files
    from summarizer.engines.replies import stem

    for labelled in texts:
        body = engine.body(render(labelled.article))
        path = out / f"{stem(labelled.article, body)}.request.json"
        files.write(path, json.dumps(body, ensure_ascii=False, indent=2))
        click.echo(path)
    return 0


def _cost(engine: Any, request: Request, max_output: int) -> str:
    from summarizer import prices
    from summarizer.cli.estimate import tokens_of
    from summarizer.records import Usage

    tokens = tokens_of(request)
    line = f"summarizer: POST {engine.url}; about {tokens} tokens in, at most {max_output} out"
    most = prices.cost(engine.name, engine.model, Usage(tokens, max_output))
    typical = prices.cost(engine.name, engine.model, Usage(tokens, 1000))
    if most is None or typical is None:
        return f"{line}; the price of {engine.name}/{engine.model} is not known"
    return f"{line}; about ${typical:.5f} with 1000 tokens out, at most ${most:.4f}"
