"""`summarizer render ARTICLE`: what would be sent, and what it would cost."""

from __future__ import annotations

import json
from typing import Any

import click

from summarizer.cli.options import article_options, model_options


@click.command("render")
@article_options
@model_options
def command(article: str, schema: str | None, prompt: str | None, **options: Any) -> int:
    """Print the exact request that would be sent, as JSON; what it would cost goes to standard error. Sends nothing."""
    from summarizer.api import pair
    from summarizer.cli.summarize import read_article
    from summarizer.engines.choose import DEFAULT_OPENAI_MODEL, build, choose
    from summarizer.engines.llm import ChatEngine

    reading = {name: options.pop(name) for name in ("published", "encoding", "allow_private")}
    read = read_article(article, **reading)
    template, model_class = pair(prompt, schema)
    choice = choose(options.pop("model"), options.pop("base_url"))
    if choice.is_builtin:
        click.echo(f"summarizer: {choice.why}; this is what openai/{DEFAULT_OPENAI_MODEL} would be sent", err=True)
        choice = choose(f"openai/{DEFAULT_OPENAI_MODEL}")
    # Nothing is sent, so no key is needed.
    engine = build(
        choice, mode=options["mode"], max_output_tokens=options["max_output_tokens"], environ={"OPENAI_API_KEY": "none"}
    )
    if not isinstance(engine, ChatEngine):
        raise click.UsageError(f"{choice.engine} does not speak chat completions; its SDK builds the request")
    body = json.dumps(engine.body(template.render(read, model_class)), ensure_ascii=False, indent=2)
    click.echo(body)
    click.echo(_cost(engine, body, options["max_output_tokens"]), err=True)
    return 0


def _cost(engine: Any, body: str, max_output: int) -> str:
    from summarizer import prices
    from summarizer.records import Usage

    tokens = prices.estimated_tokens(body)
    line = f"summarizer: POST {engine.url}; about {tokens} tokens in, at most {max_output} out"
    most = prices.cost(engine.name, engine.model, Usage(tokens, max_output))
    typical = prices.cost(engine.name, engine.model, Usage(tokens, 1000))
    if most is None or typical is None:
        return f"{line}; the price of {engine.name}/{engine.model} is not known"
    return f"{line}; about ${typical:.5f} with 1000 tokens out, at most ${most:.4f}"
