"""`summarizer retry STORE`: do again what failed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from summarizer.cli.options import Dollars
from summarizer.errors import StoreError

_DEFAULTS: dict[str, Any] = {
    "limit": None, "dedupe": "exact", "only_meetings": False, "allow_private": False, "delay": 1.0, "follow": "auto",
    "mapping": {}, "most_entries": 1, "quiet": False, "rpm": None, "tpm": None, "max_wait": 300.0,
}  # fmt: skip


@click.command("retry")
@click.argument("store", type=click.Path(path_type=Path))
@click.option(
    "--kind",
    "kinds",
    envvar="SUMMARIZER_RETRY_KIND",
    multiple=True,
    help="Only articles that failed in this way; can be given again.",
)
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), default=16, show_default=True, help="Articles in work at once."
)
@click.option("--max-cost", type=Dollars(), metavar="USD", help="Stop before more is spent.")
@click.option("--base-url", metavar="URL", help="By default the one that the store was filled with.")
def command(
    store: Path,
    kinds: tuple[str, ...],
    concurrency: int,
    max_cost: float | None,
    base_url: str | None,
) -> int:
    """Do failed articles again, from the texts in the store, with the settings of the run that filled it."""
    from summarizer.cli import batch
    from summarizer.cli.estimate import flow_for
    from summarizer.store import Store, settings_of

    if not store.is_file():
        raise StoreError(f"no store {str(store)!r}")
    with Store(store) as opened:
        known = opened.setting("run")
        if known is None:
            raise StoreError(f"{str(store)!r} was not filled by a batch; run summarizer batch with it first")
        options = {**_DEFAULTS, **known, "concurrency": concurrency, "max_cost": max_cost}
        options["base_url"] = base_url or options["base_url"]
        _, settings = flow_for(options)
        again = opened.retry(kinds, settings_of(settings))
        click.echo(f"summarizer: {again} articles to do again", err=True)
        run = batch.Run(opened, (), options)
        status = asyncio.run(run.go())
        run.report(None)
    return status
