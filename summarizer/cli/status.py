"""`summarizer status STORE`: what a store holds."""

from __future__ import annotations

from pathlib import Path

import click

from summarizer.characters import printable


@click.command("status")
@click.argument("store", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Also check the whole file.")
def command(store: Path, verify: bool) -> int:
    """Say how many articles are done, failed (and why), or still to do, and what they cost. Works while a batch runs."""
    from summarizer.cli import progress
    from summarizer.store import Store

    with Store(store, write=False) as opened:
        for line in progress.status_lines(opened):
            click.echo(printable(line))
        if verify:
            found = opened.check()
            click.echo(f"file       {found}")
            return 0 if found == "ok" else 1
    return 0
