"""A result of `summarizer eval` as a table for a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from summarizer.characters import printable


def beside(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """Two results side by side, line by line: precision, recall and F1 of each field that both have, dates and evidence."""
    names = [f"{printable(one['engine'])}/{printable(one['model'])}" for one in (before, after)]
    yield f"{'':14}" + "".join(f"{name[-26:]:>28}" for name in names)
    yield f"{'':14}" + f"{'precision  recall    F1':>28}" * 2
    for field in (name for name in before["fields"] if name in after["fields"]):
        cells = (one["fields"][field] for one in (before, after))
        rates = (f"{cell['precision']:.3f}   {cell['recall']:.3f} {cell['f1']:.3f}" for cell in cells)
        yield f"{field:14}" + "".join(f"{rate:>28}" for rate in rates)
    dates = (f"{one['date']['right']} right of {one['date']['of']}" for one in (before, after))
    yield f"{'date':14}" + "".join(f"{date:>28}" for date in dates)
    yield f"{'evidence':14}" + "".join(f"{one['evidence_validity']:>28.1%}" for one in (before, after))


def show(result: dict[str, Any]) -> None:
    """Print it."""
    click.echo(f"{printable(result['engine'])}/{printable(result['model'])}, {result['articles']} articles")
    click.echo(f"{'':14}{'precision':>10}{'recall':>9}{'F1':>8}   95 % interval   right wrong missed")
    for name, one in result["fields"].items():
        low, high = one["f1_interval"]
        rates = f"{one['precision']:>10.3f}{one['recall']:>9.3f}{one['f1']:>8.3f}"
        click.echo(f"{name:14}{rates}   {low:.2f} to {high:.2f}  {one['tp']:>8}{one['fp']:>6}{one['fn']:>7}")
    click.echo(f"{'date':14}{result['date']['right']} right of {result['date']['of']}")
    click.echo(f"{'evidence':14}{result['evidence_validity']:.1%} of the quotes stand in their article")
    click.echo(f"{'nothing there':14}{result['false_positives_on_empty']} items given in texts without any")
    for what in ("by_language", "by_kind"):
        for group, part in result[what].items():
            items, people = part["fields"]["items"]["f1"], part["fields"]["participants"]["f1"]
            dates = f"date {part['date']['right']}/{part['date']['of']}"
            click.echo(
                f"  {printable(group)[:30]:30} {part['articles']:>3}  people {people:.2f}  items {items:.2f}  {dates}"
            )
    for name, kind in result["failed"].items():
        click.echo(f"  failed: {printable(name)}: {kind}")
    cost = "unknown" if result["cost_usd"] is None else f"${result['cost_usd']:.4f}"
    tokens = f"{result['usage']['input_tokens']} in, {result['usage']['output_tokens']} out"
    click.echo(f"{'tokens':14}{tokens}; cost {cost}; {result['seconds']:.1f} s")
    for name, entries in result["entries"].items():
        for verdict in ("missed", "wrong"):
            for entry in entries[verdict]:
                click.echo(f"  {verdict:6} {printable(name)[:26]}: {printable(entry)}")
