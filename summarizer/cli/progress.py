"""How a run goes: a bar on a terminal, a line a minute in a log, and the last words."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from summarizer.batch import Batch
    from summarizer.progress import Progress
    from summarizer.store import Store

LOG_EVERY = 60.0


async def show(batch: Batch) -> None:
    """Show how far a run is, until cancelled."""
    if not sys.stderr.isatty():
        while True:
            await asyncio.sleep(LOG_EVERY)
            click.echo(f"summarizer: {line(batch.progress)}{_waiting(batch)}", err=True)
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True), transient=True, refresh_per_second=4) as live:
        while True:
            live.update(line(batch.progress) + _waiting(batch))
            await asyncio.sleep(0.25)


def line(progress: Progress) -> str:
    """How many ended in which way, rate and cost in one line. Sources are streams, so there is no end to count down to."""
    seconds = max(0.001, time.monotonic() - progress.started)
    parts = [f"{progress.ok} ok", f"{progress.failed} failed"]
    parts += [f"{progress.skipped} skipped"] if progress.skipped else []
    parts += [f"{progress.seen} seen before"] if progress.seen else []
    parts += [f"{progress.broken} unreadable"] if progress.broken else []
    return f"{', '.join(parts)}; {progress.done / seconds:.1f}/s, {money(progress.cost, progress.unpriced)}"


def _waiting(batch: Batch) -> str:
    return f"; waiting {seconds:.0f} s for the endpoint" if (seconds := batch.waiting) >= 1 else ""


def money(cost: float | None, unpriced: int) -> str:
    """Dollars, saying so where some of them are not known."""
    known = f"${cost or 0:.4f}"
    if unpriced:
        return f"{known} and an unknown price for {unpriced}" if cost else "cost unknown"
    return known


def summary(
    batch: Batch, store: Store, out: Path | None, unread: Iterable[str] = (), *, whole: bool = True
) -> Iterator[str]:
    """The last lines of a run. `unread` are sources that give nothing twice and were not read to their end.

    `whole` says whether all sources were: else nobody knows how many articles are left.
    """
    progress = batch.progress
    yield f"{line(progress)}; {progress.problems} unconfirmed statements in problems"
    pending = store.counts(batch.settings).get("pending", 0)
    others = store.counts().get("pending", 0) - pending
    if batch.stopped_by is not None:
        yield f"stopped: {batch.stopped_by}"
    if pending:
        yield f"{pending} {'articles' if whole else 'of the articles read so far'} are still to be done; the same command goes on"
    elif not whole and batch.stopped and not unread:
        yield "the sources were not read to their end; the same command goes on"
    if others:
        yield f"{others} articles of runs with another model, prompt or schema are still to be done; their commands go on"
    for source in unread:
        name = "standard input" if source == "-" else source
        yield f"{name} was not read to its end; what is not in the store has to be sent again"
    yield from failures(store, batch.settings)
    where = f"{out} (from {store.path})" if out and out != store.path else str(store.path)
    yield f"results: {where}; summarizer export {store.path} FILE.jsonl|csv|parquet"


def failures(store: Store, settings: str) -> Iterator[str]:
    """What failed or was skipped with these settings and why, and the command that does it again where that may help."""
    kinds = store.kinds(settings)
    for kind, count in kinds.items():
        yield f"FAILED {count}: {kind}"
    yield from _advice(list(kinds), store.path)
    others = sum(store.kinds().values()) - sum(kinds.values())
    if others:
        yield f"{others} articles failed with another model, prompt or schema; after a run with that, retry finds them"
    for kind, count in store.kinds(settings, "skipped").items():
        yield f"skipped {count}: {kind}; do them all the same: summarizer retry {store.path} --kind {kind}"
    broken = store.breakages(new=True)
    for place, message in broken[:10]:
        yield f"UNREADABLE {place}: {message}"
    if len(broken) > 10:
        yield f"UNREADABLE: {len(broken) - 10} more; summarizer status {store.path} lists them"
    if older := len(store.breakages()) - len(broken):
        yield f"{older} entries were unreadable in earlier runs; summarizer status {store.path} lists them"


def _advice(kinds: list[str], store: Path) -> Iterator[str]:
    """Which failures another try may mend, and where to look at the others."""
    from summarizer.failures import HOPELESS

    hopeless = [kind for kind in kinds if kind in HOPELESS]
    again = [kind for kind in kinds if kind not in HOPELESS]
    if again and not hopeless:
        yield f"try them again: summarizer retry {store}  (or --kind KIND)"
    elif again:
        yield f"try these again: summarizer retry {store} {' '.join(f'--kind {kind}' for kind in again)}"
    if hopeless:
        yield f"asking again does not help {', '.join(hopeless)}; each record says why: summarizer export {store}"


def status_lines(store: Store) -> Iterator[str]:
    """Everything that `summarizer status` says."""
    counts, totals = _counts(store), store.totals()
    yield f"store      {store.path}"
    yield "articles   " + (", ".join(f"{count} {status}" for status, count in counts.items()) or "none")
    for kind, count in store.kinds().items():
        yield f"  failed   {count} {kind}"
    yield f"calls      {totals['attempts'] or 0}"
    yield f"tokens     {totals['input_tokens'] or 0} in, {totals['output_tokens'] or 0} out"
    yield f"cost       {money(totals['cost'], totals['unpriced'] or 0)}"
    if totals["first"]:
        yield f"time       {_times(counts, totals)}"
    for place, message in store.breakages():
        yield f"unreadable {place}: {message}"


def _counts(store: Store) -> dict[str, int]:
    """How many articles have each status; what a process left in work when it died is to be done."""
    from summarizer.database import is_held

    counts = store.counts()
    left = [status for status in ("running", "waiting", "checking") if status in counts]
    if not left or is_held(store.path):
        return counts
    pending = counts.pop("pending", 0) + sum(counts.pop(status) for status in left)
    return {**counts, "pending": pending}


def _times(counts: dict[str, int], totals: dict[str, Any]) -> str:
    from datetime import datetime

    try:
        first, last = (datetime.fromisoformat(totals[name]) for name in ("first", "last"))
        seconds = (last - first).total_seconds()
    except (ValueError, TypeError):
        return "not known: the store is damaged where it says when articles ended"
    done = sum(count for status, count in counts.items() if status not in ("pending", "running"))
    rate = f", {done / seconds:.2f} articles a second" if seconds > 0 else ""
    return f"{totals['first']} to {totals['last']}{rate}"
