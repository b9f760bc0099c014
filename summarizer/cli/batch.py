"""`summarizer batch`: many articles into a store, and out of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from summarizer.characters import printable
from summarizer.cli.options import dated_option, model_options, run_options
from summarizer.errors import UsageError

if TYPE_CHECKING:
    from summarizer.batch import Batch
    from summarizer.sources import Reader
    from summarizer.store import Store

_STORES = (".store", ".db", ".sqlite")
_ANSWERING = (
    "model", "base_url", "prompt", "mode", "strict", "repairs", "timeout", "max_output_tokens", "rpm", "tpm", "max_wait",
)  # fmt: skip
_USUAL: dict[str, Any] = {"follow": "auto", "mapping": {}}
"""How sources are read unless something else is said."""


def _mapping(ctx: click.Context, param: click.Parameter, value: str | None) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for pair in value.split(",") if value else ():
        name, _, column = pair.partition("=")
        pairs[name] = column
    known = ("text", "title", "published", "language", "url")
    wrong = [name for name, column in pairs.items() if name not in known or not column]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r}: write it as text=body,published=date; names are {', '.join(known)}")
    return pairs


@click.command("batch")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Where to: x.store, or an export x.jsonl, x.csv, x.parquet."
)
@click.option(
    "--store", type=click.Path(path_type=Path), help="The store, if -o names an export.  [default: beside it]"
)
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), default=16, show_default=True, help="Articles in work at once."
)
@click.option("--limit", type=click.IntRange(1), help="End at most so many articles in this run.")
@click.option("--follow", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
              help="Fetch the page behind a feed's entry; auto: where its own text is short.")  # fmt: skip
@click.option(
    "--map",
    "mapping",
    envvar="SUMMARIZER_BATCH_MAP",
    callback=_mapping,
    metavar="text=body,…",
    help="Columns of JSONL and CSV.",
)
@dated_option
@click.option("--dedupe", type=click.Choice(["exact", "near"]), default="exact", show_default=True,
              help="near: also skip nearly equal copies.")  # fmt: skip
@click.option("--only-meetings", is_flag=True, help="Skip texts in which the rules see no sign of a meeting or an act.")
@click.option("--allow-private", is_flag=True, help="Also fetch from private and loopback addresses and other ports.")
@click.option(
    "--delay",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    help="Seconds between two requests to one host.",
)
@click.option("--most-entries", type=click.IntRange(1), default=1_000_000, show_default=True, help="Of one source.")
@click.option("--dry-run", is_flag=True, help="Count articles, tokens and money; send nothing to a model.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@model_options
@run_options
def command(sources: tuple[str, ...], out: Path | None, store: Path | None, **options: Any) -> int:
    """Summarise many articles: feeds (RSS, Atom, JSON Feed), addresses, folders, JSONL, CSV, JSON, or - for a list.

    The store keeps everything; the same command goes on where it stopped, and does nothing twice.

    \b
      summarizer batch https://…/feed.xml -o news.store --model openai/gpt-6-luna
      summarizer batch archive/ more.jsonl -o news.jsonl --max-cost 20
      summarizer batch articles.csv --map text=body,published=date --dry-run
    """  # noqa: D301 - \b is click's mark for text that is not wrapped
    from summarizer import files
    from summarizer import sources as articles
    from summarizer.store import Store

    articles.check(sources)
    _check_ending(out)
    place = _store_path(out, store)
    _check_apart(sources, [out, place] if out is None or out.suffix not in _STORES else [place])
    if out is not None and (out.suffix in _STORES) != files.same(out, place):
        raise UsageError(
            f"-o {str(out)!r} and --store {str(place)!r}: with --store, -o names an export of another name"
        )
    if options["dry_run"]:
        from summarizer.cli import estimate
        from summarizer.paths import is_there

        return estimate.dry_run(sources, place if is_there(place) else None, options)
    with Store(place) as opened:
        run = Run(opened, sources, options)
        status = asyncio.run(run.go())
        run.export(out)
        run.report(out)
    return status


def _store_path(out: Path | None, store: Path | None) -> Path:
    if store is not None:
        return store
    if out is None:
        return Path("summaries.store")
    return out if out.suffix in _STORES else out.with_name(out.name + ".store")


def _check_ending(out: Path | None) -> None:
    """Refuse an export that could not be written, before anything is paid."""
    from summarizer.export import check

    if out is not None and out.suffix not in _STORES:
        check(out)


def _check_apart(sources: tuple[str, ...], written: list[Path | None]) -> None:
    """Refuse to write over what is read."""
    from summarizer.files import same

    for source in sources:
        for place in written:
            if place is not None and same(Path(source), place):
                raise UsageError(f"{source!r} is read and would be written over; give the output another name")


class Run:
    """One run: the session, the reader, the signals, the progress and the last words."""

    def __init__(
        self,
        store: Store,
        sources: tuple[str, ...],
        options: dict[str, Any],
        prepare: Callable[[Any], None] = lambda _: None,
    ) -> None:
        self.store, self.sources, self.options = store, sources, options
        self.prepare = prepare
        """What is done with the session once there is one, and before it asks for anything."""
        self.signals: list[int] = []
        self.batch: Batch | None = None
        self.unread: list[str] = []
        self.whole = True

    async def go(self) -> int:
        """Do it, and return the exit status."""
        from summarizer import handles
        from summarizer.batch import Batch, Options

        session = session_for(self.options)
        wanted = _wanted() if self.options["only_meetings"] else None
        slots, near = _concurrency(self.options["concurrency"]), self.options["dedupe"] == "near"
        read_as = _reading(self.options)
        settings = Options(slots, self.options["limit"], near=near, wanted=wanted, reading=read_as)
        if self.sources:
            self.store.remember("run", _remembered(self.options, session))
        self.batch = Batch(session.flow, self.store, session.determining, settings)
        self._listen()
        try:
            await self._work(session)
        except OSError as error:
            if (spent := handles.spent(error)) is None:
                raise
            self.batch.stopped_by = self.batch.stopped_by or spent
        return self._status()

    async def _work(self, session: Any) -> None:
        from summarizer.sources import given_once

        assert self.batch is not None  # noqa: S101 - made before
        noted = self.store.noted()
        # What a feed held without this day is another article with it.
        pages = self.batch.known if self.options["published"] is None else None
        async with session, reading(self.options, pages) as reader:
            self.prepare(session)
            say_who(session)
            shown = asyncio.create_task(self._show())
            try:
                await self.batch.run(reader.read(self.sources))
            finally:
                shown.cancel()
                await asyncio.gather(shown, return_exceptions=True)
                left = [source for source in self.sources if source not in reader.whole]
                self.unread, self.whole = list(filter(given_once, left)), not left
        for source in reader.whole if self.batch.stopped_by is None else ():
            self.store.mended(source if "://" in source else str(Path(source)), noted)

    def _listen(self) -> None:
        """The first signal stops cleanly, the second at once; the store is safe either way."""
        loop = asyncio.get_running_loop()

        def heard(number: int) -> None:
            if self.signals:
                assert self.batch is not None  # noqa: S101 - made before signals are heard
                self.batch.abandon()
                os._exit(128 + number)
            self.signals.append(number)
            assert self.batch is not None  # noqa: S101 - made before signals are heard
            self.batch.stop()
            with contextlib.suppress(OSError):  # nobody may read it any more
                click.echo("summarizer: stopping; articles in work are finished first (again: at once)", err=True)

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, heard, number)

    def _status(self) -> int:
        assert self.batch is not None  # noqa: S101 - the run has ended
        if self.signals:
            return 128 + self.signals[0]
        if self.batch.stopped_by is not None:
            return self.batch.stopped_by.exit_status
        failed = self.store.counts(self.batch.settings).get("failed", 0) + self.batch.progress.broken
        return 1 if failed else 0

    async def _show(self) -> None:
        from summarizer.cli import progress

        assert self.batch is not None  # noqa: S101 - made before
        if not self.options["quiet"]:
            await progress.show(self.batch)

    def export(self, out: Path | None) -> None:
        """Write the export, if one was asked for. Where that fails, the last words are said first: the store has everything."""
        from summarizer.export import export

        try:
            if out is not None and out.suffix not in _STORES:
                export(self.store.records(), out)
        except UsageError:
            self.report(None)
            raise

    def report(self, out: Path | None) -> None:
        """The last words, which cannot be missed: what was done, what failed and why, and what to do about it."""
        from summarizer.cli import progress

        assert self.batch is not None  # noqa: S101 - the run has ended
        for line in progress.summary(self.batch, self.store, out, self.unread, whole=self.whole):
            click.echo(f"summarizer: {printable(line)}", err=True)


def session_for(options: dict[str, Any]) -> Any:
    """The session that the options ask for. Raises UsageError where only the rules would be left to answer."""
    from summarizer.api import Summarizer

    refuse_fallback(options)
    names = (*_ANSWERING, "max_cost")
    return Summarizer(schema=options["schema"] or "", **{name: options[name] for name in names})


def refuse_fallback(options: dict[str, Any]) -> None:
    """A batch that nobody gave a model to must not quietly be answered by rules. Raises UsageError."""
    from summarizer.engines.choose import choose

    choice = choose(options["model"], options["base_url"])
    if choice.is_fallback:
        raise UsageError(
            f"{choice.why}: rules answer many articles only if asked to; "
            "name a model, such as --model openai/gpt-6-luna or builtin"
        )


def _concurrency(wanted: int) -> int:
    """As many articles as the system has connections for."""
    from summarizer import handles

    if (allowed := handles.allowed(wanted)) < wanted:
        why = f"a process may open few files here (ulimit -n), so {allowed} articles are in work at once, not {wanted}"
        click.echo(f"summarizer: {why}", err=True)
    return allowed


def say_who(session: Any) -> None:
    """Name the model and the endpoint that get the articles, before they do."""
    if session.endpoint:
        name = f"{session.choice.engine}/{printable(session.choice.model)}"
        click.echo(f"summarizer: asking {name} at {session.endpoint}", err=True)


def _remembered(options: dict[str, Any], session: Any) -> dict[str, Any]:
    """What `retry` needs to run again what failed: what was decided, for the environment may say something else by then."""
    from summarizer.engines.choose import choose

    choice = session.choice
    model = "builtin" if choice.is_builtin else f"{choice.engine}/{choice.model}"
    address = None if choice.base_url == choose(model, environ={}).base_url else choice.base_url
    kept = {name: options[name] for name in (*_ANSWERING, "schema")}
    return {**kept, "model": model, "base_url": address, "endpoint": session.endpoint}


@asynccontextmanager
async def reading(options: dict[str, Any], pages: Any) -> AsyncIterator[Reader]:
    """A reader of sources, and the fetcher that it needs, closed at the end."""
    from summarizer.fetch import Fetcher
    from summarizer.sources import Reader

    async with Fetcher(allow_private=options["allow_private"], delay=options["delay"]) as fetcher:
        names = ("follow", "mapping", "most_entries", "published")
        yield Reader(fetcher, pages, *(options[name] for name in names))


def _reading(options: dict[str, Any]) -> str:
    """A name for the options that decide what a page's articles are; none for the usual ones, as older stores have none."""
    from summarizer.keys import settings_of

    chosen = {name: options[name] for name, usual in _USUAL.items() if options[name] != usual}
    return settings_of(chosen) if chosen else ""


def _wanted() -> Any:
    from summarizer.engines.builtin import has_signs

    return lambda article: has_signs(article.text)
