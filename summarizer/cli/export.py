"""`summarizer export STORE FILE`: a store's records as a file."""

from __future__ import annotations

from pathlib import Path

import click

from summarizer.characters import printable


@click.command("export")
@click.argument("store", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path), required=False)
def command(store: Path, file: Path | None) -> int:
    """Write every finished record to FILE, in the order of the input; without FILE, JSONL to standard output.

    The ending says the format: .jsonl holds whole records, .csv and .parquet one row an item. The file appears whole or not
    at all. In CSV, an apostrophe goes before what a spreadsheet would take for a formula; JSONL is the unchanged form.
    """
    from summarizer.export import export
    from summarizer.store import Store

    with Store(store, write=False) as opened:
        if file is None:
            for record in opened.records():
                click.echo(printable(record))  # ours have no such characters, a stranger's store may
            return 0
        count = export(opened.records(), file)
    click.echo(f"summarizer: {count} records in {file}", err=True)
    return 0
