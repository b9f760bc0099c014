"""`summarizer eval CORPUS`: how good a model, a prompt or a schema is, on labelled articles."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from summarizer.characters import printable
from summarizer.cli.options import dated_option, model_options, run_options
from summarizer.errors import UsageError

if TYPE_CHECKING:
    from summarizer.corpus import Labelled
    from summarizer.evaluate import Evaluated
    from summarizer.flow import Flow

GRACE = 15.0
"""Seconds that a stop waits for articles in work."""


@click.command("eval")
@click.argument("corpus", type=click.Path(path_type=Path), required=False)
@model_options
@run_options
@dated_option
@click.option("--replies", type=click.Path(path_type=Path), metavar="DIR",
              help="Score replies in files, for the requests that summarizer render CORPUS --out DIR wrote.")  # fmt: skip
@click.option("--records", type=click.Path(path_type=Path), metavar="FILE", help="Also write the records, as JSONL.")
@click.option("--concurrency", type=click.IntRange(1, 1000), default=8, show_default=True)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
              envvar="SUMMARIZER_EVAL_FORMAT")  # fmt: skip
@click.option("--compare", nargs=2, type=click.Path(path_type=Path), metavar="A.json B.json", default=None,
              help="Instead: what the second result has right that the first had not, and the other way round.")  # fmt: skip
def command(
    corpus: Path | None,
    replies: Path | None,
    records: Path | None,
    form: str,
    compare: tuple[Path, Path] | None,
    **options: Any,
) -> int:
    """Score a model on a folder of NAME.txt, NAME.json (published, language, kind) and NAME.gold.json (the right answer).

    \b
      summarizer eval labelled/ --model builtin
      summarizer eval labelled/ --model openai/gpt-6-luna --format json > a.json
      summarizer eval --compare a.json b.json
    """  # noqa: D301 - \b is click's mark for text that is not wrapped
    if compare is not None:
        return _compare(*compare)
    if corpus is None:
        raise click.UsageError("which folder of labelled articles? (or --compare A.json B.json)")
    from summarizer import corpus as labelled
    from summarizer import evaluate, files

    if records is not None:
        files.check(records)
    run = Run(labelled.read(corpus, published=options.pop("published")), records)
    missing = run.whole(_replied(run, replies, options) if replies is not None else _asked(run, options))
    if run.signals:
        return 128 + run.signals[0]
    result = evaluate.summed(run.evaluated)
    run.write()
    if form == "json":
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    elif run.evaluated:
        from summarizer.cli import scores

        scores.show(result)
    for path in missing:
        click.echo(f"summarizer: missing reply: {path}", err=True)
    return 1 if missing or result["failed"] else 0


class Run:
    """One evaluation: what it has so far, and what a stop leaves of it."""

    def __init__(self, corpus: list[Labelled], records: Path | None) -> None:
        self.corpus, self.records = corpus, records
        self.signals: list[int] = []
        self._found: list[Evaluated] = []

    @property
    def evaluated(self) -> list[Evaluated]:
        """What has ended, by name."""
        return sorted(self._found, key=lambda one: one.labelled.name)

    def whole(self, work: Coroutine[Any, Any, list[Path]]) -> list[Path]:
        """Do the work, which returns the replies that are missing. Where it stops, what was paid for is written and said."""
        try:
            missing = asyncio.run(work)
        except BaseException:
            self._keep()
            raise
        if self.signals:
            self._keep()
        return missing

    async def all(self, flow: Flow[Any], concurrency: int) -> None:
        """Every article, or what a signal lets end: the first begins no more articles, the second gives up those in work."""
        from summarizer import evaluate

        self._listen()
        try:
            async for one in evaluate.run(flow, self.corpus, concurrency, lambda: not self.signals):
                self._found.append(one)
        except asyncio.CancelledError:
            if not self.signals:
                raise
        if len(self._found) == len(self.corpus):
            self.signals.clear()  # they came too late to stop anything

    def drop(self, names: set[str]) -> None:
        """Take out articles that were not answered."""
        self._found = [
            one for one in self._found if not any(name.startswith(f"{one.labelled.name}-") for name in names)
        ]

    def write(self) -> None:
        """Write the records, if they were asked for."""
        from summarizer import files

        if self.records is not None:
            files.write(self.records, "".join(one.outcome.to_json() + "\n" for one in self.evaluated))

    def _listen(self) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine of `asyncio.run`

        def heard(number: int) -> None:
            self.signals.append(number)
            loop.call_later(GRACE if len(self.signals) == 1 else 0, task.cancel)
            with contextlib.suppress(OSError):  # nobody may read it any more
                click.echo("summarizer: stopping; articles in work are finished first (again: at once)", err=True)

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, heard, number)

    def _keep(self) -> None:
        """Write what there is, before the reason of the stop is said."""
        if not self._found:
            return
        self.write()
        kept = "not kept without --records" if self.records is None else f"in {self.records}"
        line = f"{self._done()}; their records are {kept}, and the same command asks for all articles again"
        with contextlib.suppress(OSError):
            click.echo(f"summarizer: {printable(line)}", err=True)

    def _done(self) -> str:
        from summarizer.evaluate import spent

        cost = spent(self._found)
        sent, received = cost["usage"].values()
        dollars = "cost unknown" if cost["cost_usd"] is None else f"${cost['cost_usd']:.4f}"
        return (
            f"{len(self._found)} of {len(self.corpus)} articles are done ({sent} tokens in, {received} out; {dollars})"
        )


async def _asked(run: Run, options: dict[str, Any]) -> list[Path]:
    """Ask a model."""
    from summarizer.cli.batch import say_who, session_for

    async with session_for(options) as session:
        say_who(session)
        await run.all(session.flow, options["concurrency"])
    return []


async def _replied(run: Run, replies: Path, options: dict[str, Any]) -> list[Path]:
    """Read the replies that were produced elsewhere. Returns those that are not there."""
    from dataclasses import replace

    from summarizer.cli.estimate import flow_for
    from summarizer.cli.render import asking
    from summarizer.engines.replies import Replies

    player = Replies(replies, asking(options))
    flow, _ = flow_for({**options, "model": f"{player.name}/{player.model}"})
    await run.all(
        replace(flow, engine=player, repairs=options["repairs"], strict=options["strict"]), options["concurrency"]
    )
    run.drop({path.name.rsplit(".", 2)[0] for path in player.missing if path.name.endswith(".reply.json")})
    return player.missing


def _compare(before: Path, after: Path) -> int:
    for line in _beside(_loaded(before), _loaded(after)):
        click.echo(line)
    return 0


def _beside(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    from summarizer.cli import scores
    from summarizer.evaluate import compare

    yield from scores.beside(old, new)
    better = worse = 0
    for sign, name, what in compare(old, new):
        better, worse = better + (sign == "+"), worse + (sign == "-")
        yield f"{sign} {printable(name)}: {printable(what)}"
    f1 = [one["fields"]["items"]["f1"] for one in (old, new)]
    yield f"{better} better, {worse} worse; items F1 {f1[0]:.3f} -> {f1[1]:.3f}"


def _loaded(path: Path) -> dict[str, Any]:
    """A result, which is one if it can be compared: with itself."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        list(_beside(found, found))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"{path} is no result of summarizer eval --format json") from None
    return found
