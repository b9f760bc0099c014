"""`summarizer retry STORE`: do again what failed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import click

from summarizer.cli.options import Dollars
from summarizer.errors import StoreError, UsageError
from summarizer.failures import Kind

_DEFAULTS: dict[str, Any] = {
    "limit": None, "dedupe": "exact", "only_meetings": False, "allow_private": False, "delay": 1.0, "follow": "auto",
    "mapping": {}, "most_entries": 1, "published": None, "quiet": False, "rpm": None, "tpm": None, "max_wait": 300.0,
}  # fmt: skip


@click.command("retry")
@click.argument("store", type=click.Path(path_type=Path))
@click.option(
    "--kind",
    "kinds",
    envvar="SUMMARIZER_RETRY_KIND",
    multiple=True,
    type=click.Choice([str(kind) for kind in Kind]),
    metavar="KIND",
    help="Only articles that failed, or were skipped, in this way; can be given again.",
)
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), default=16, show_default=True, help="Articles in work at once."
)
@click.option("--max-cost", type=Dollars(), metavar="USD", help="Stop before more is spent.")
@click.option(
    "--base-url", metavar="URL", help="By default the one that the store was filled with, if there is no key to lose."
)
@click.option(
    "--schema", metavar="FILE.py:Class|module:Class", help="Again, where the store was filled with code of your own."
)
def command(
    store: Path,
    kinds: tuple[str, ...],
    concurrency: int,
    max_cost: float | None,
    base_url: str | None,
    schema: str | None,
) -> int:
    """Do failed articles again, from the texts in the store, with the settings of the run that filled it.

    What a run skipped is done as well where --kind names it: near_duplicate, no_meeting.
    """
    from summarizer.cli import batch
    from summarizer.keys import settings_of
    from summarizer.paths import is_file
    from summarizer.store import Store

    if not is_file(store):
        raise StoreError(f"no store {str(store)!r}")
    with Store(store) as opened:
        known = _known(opened.setting("run"), store)
        _confirm(known, base_url, schema)
        options = {**_DEFAULTS, **known, "concurrency": concurrency, "max_cost": max_cost}
        options["base_url"] = base_url or options["base_url"]

        def reopen(session: Any) -> None:  # what cannot be asked again stays as it ended
            _check_endpoint(known, session.endpoint, base_url)
            again = opened.retry(kinds, settings_of(session.determining))
            click.echo(f"summarizer: {again} articles to do again", err=True)

        run = batch.Run(opened, (), options, reopen)
        status = asyncio.run(run.go())
        run.report(None)
    return status


def _known(settings: Any, store: Path) -> dict[str, Any]:
    """The settings of the run that filled the store, if they are that."""
    if settings is None:
        raise StoreError(f"{str(store)!r} was not filled by a batch; run summarizer batch with it first")
    texts = ("model", "base_url", "prompt", "schema", "mode", "endpoint")
    needed = texts[:-1]  # older stores do not say whom they asked
    numbers = ("repairs", "timeout", "max_output_tokens", "rpm", "tpm", "max_wait", "strict")
    sound = isinstance(settings, dict) and all(isinstance(settings.get(name), str | None) for name in texts)
    sound = sound and all(isinstance(settings.get(name), int | float | None) for name in numbers)
    if not sound or not settings.keys() <= {*texts, *numbers} or not {*needed, "repairs", "timeout"} <= settings.keys():
        raise StoreError(f"{str(store)!r} has damaged settings; run summarizer batch with it instead")
    return dict(settings)


def _confirm(known: dict[str, Any], base_url: str | None, schema: str | None) -> None:
    """A store can come from anybody: what it names as endpoint gets the key, and what it names as schema is run.

    So both must be said again, unless there is nothing to lose. Raises UsageError.
    """
    chosen = base_url or os.environ.get("OPENAI_BASE_URL")
    if known["base_url"] and known["base_url"] != chosen and not base_url and os.environ.get("OPENAI_API_KEY"):
        raise UsageError(
            f"the store names the endpoint {known['base_url']}, which would get your key; say --base-url again to confirm"
        )
    if known["schema"] and ":" in known["schema"] and known["schema"] != schema:
        raise UsageError(f"the store names the schema {known['schema']}, which is code; say --schema again to confirm")


def _check_endpoint(known: dict[str, Any], endpoint: str | None, base_url: str | None) -> None:
    """Whoever was asked for the store gets its articles again, and nobody else unless named now. Raises UsageError."""
    if not base_url and known.get("endpoint", endpoint) != endpoint:
        raise UsageError(
            f"the store was filled by {known['endpoint']}, and the environment now leads to {endpoint}; "
            "mend it (OPENAI_BASE_URL), or say --base-url to ask another one"
        )
