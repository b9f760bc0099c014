"""`summarizer batch --dry-run`: how many articles, tokens and dollars; nothing is sent to a model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from summarizer.characters import printable

if TYPE_CHECKING:
    from summarizer.records import Article, Request
    from summarizer.store import Store


def dry_run(sources: tuple[str, ...], store: Path | None, options: dict[str, Any]) -> int:
    """Read the sources and say what a run would do. Fetches pages and feeds, as the run would."""
    from summarizer.store import Store

    options = {**options, "model": options["model"] or _assumed(options["base_url"])}
    if store is None:
        return asyncio.run(_count(sources, None, options))
    with Store(store, write=False) as opened:
        return asyncio.run(_count(sources, opened, options))


def _assumed(base_url: str | None) -> str | None:
    """The model to count for where a run would ask for one; None where the environment names it."""
    from summarizer.engines.choose import DEFAULT_OPENAI_MODEL, choose

    choice = choose(None, base_url)
    if not choice.is_fallback:
        return None
    click.echo(f"summarizer: {choice.why}; counted as for openai/{DEFAULT_OPENAI_MODEL}", err=True)
    return f"openai/{DEFAULT_OPENAI_MODEL}"


async def _count(sources: tuple[str, ...], store: Store | None, options: dict[str, Any]) -> int:
    from summarizer.cli.batch import reading
    from summarizer.keys import key_of, settings_of
    from summarizer.sources import Broken, Taken

    flow, settings = flow_for(options)
    new, seen, broken, tokens, keys = 0, 0, 0, 0, set[str]()

    def count(article: Article) -> None:
        nonlocal new, tokens
        if options["limit"] is None or new < options["limit"]:
            new += 1
            tokens += tokens_of(flow.prompt.render(article, flow.schema))

    pending = set[str]()
    for key, article in _pending(store, settings_of(settings)):
        count(article)
        pending.add(key)
    async with reading(options, None) as reader:
        async for entry in reader.read(sources):
            if isinstance(entry, Broken):
                broken += 1
                click.echo(f"summarizer: unreadable: {printable(entry.place)}: {printable(entry.message)}", err=True)
                continue
            if isinstance(entry, Taken):
                continue
            key = key_of(entry, settings, flow.prompt.uses)
            if key not in keys and key in pending:
                pass  # it is counted
            elif key in keys or (store is not None and store.ended(key)):
                seen += 1
            else:
                count(entry)
            keys.add(key)
    click.echo(f"articles   {new} to do, {seen} seen before or twice, {broken} unreadable")
    click.echo(f"tokens     about {tokens} in; with 1000 out each, {new * 1000} out")
    click.echo(f"cost       {_money(flow.engine, tokens, new)}")
    return 0


def tokens_of(request: Request) -> int:
    """About how many tokens a model reads of a request: the JSON around its texts and its schema is the endpoint's."""
    from summarizer import prices, schema

    return prices.estimated_tokens(f"{request.system}{schema.sent_json(request.schema)}{request.user}")


def _pending(store: Store | None, settings: str) -> Iterator[tuple[str, Article]]:
    """What a run would do first: what is in the store and to be done."""
    if store is not None:
        yield from store.pending(settings)
        yield from store.pending(settings, suspects=True)


def flow_for(options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """What the run would do to each article. Nothing is sent, so no key is needed."""
    from summarizer.api import determining, pair
    from summarizer.cli.batch import refuse_fallback
    from summarizer.engines import keys
    from summarizer.engines.choose import build, choose
    from summarizer.flow import Flow

    refuse_fallback(options)
    template, model_class = pair(options["prompt"], options["schema"])
    names = ("mode", "timeout", "max_output_tokens")
    choice = choose(options["model"], options["base_url"])
    engine = build(choice, environ=keys.UNSENT, **{name: options[name] for name in names})
    flow: Flow[Any] = Flow(engine, template, model_class)
    return flow, determining(flow, options)


def _money(engine: Any, tokens: int, articles: int) -> str:
    from summarizer.prices import cost
    from summarizer.records import Usage

    dollars = (
        0.0
        if engine.endpoint is None and engine.name == "builtin"
        else cost(engine.name, engine.model, Usage(tokens, articles * 1000))
    )
    if dollars is None:
        return f"unknown: {engine.name}/{engine.model} has no price in the price table"
    return f"about ${dollars:.4f} (repairs and long replies come on top)"
