"""`summarizer eval CORPUS`: how good a model, a prompt or a schema is, on labelled articles."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from summarizer.characters import printable
from summarizer.cli.options import model_options, run_options
from summarizer.errors import UsageError

if TYPE_CHECKING:
    from summarizer.evaluate import Evaluated


@click.command("eval")
@click.argument("corpus", type=click.Path(path_type=Path), required=False)
@model_options
@run_options
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
    from summarizer import evaluate, files

    if records is not None:
        files.check(records)
    evaluated, missing = asyncio.run(_evaluated(corpus, replies, options))
    result = evaluate.summed(evaluated)
    if records is not None:
        _write(records, evaluated)
    if form == "json":
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    elif evaluated:
        from summarizer.cli import scores

        scores.show(result)
    for path in missing:
        click.echo(f"summarizer: missing reply: {path}", err=True)
    return 1 if missing or result["failed"] else 0


async def _evaluated(corpus: Path, replies: Path | None, options: dict[str, Any]) -> tuple[list[Evaluated], list[Path]]:
    from dataclasses import replace

    from summarizer import corpus as labelled
    from summarizer import evaluate
    from summarizer.cli.batch import session_for

    texts = labelled.read(corpus)
    concurrency = options.pop("concurrency")
    if replies is None:
        async with session_for(options) as session:
            return await evaluate.run(session.flow, texts, concurrency), []
    from summarizer.cli.estimate import flow_for
    from summarizer.cli.render import asking
    from summarizer.engines.replies import Replies

    player = Replies(replies, asking(options))
    flow, _ = flow_for({**options, "model": f"{player.name}/{player.model}"})
    flow = replace(flow, engine=player, repairs=options["repairs"], strict=options["strict"])
    found = await evaluate.run(flow, texts, concurrency)
    first = {path.name.rsplit(".", 2)[0] for path in player.missing if path.name.endswith(".reply.json")}
    return [one for one in found if not any(name.startswith(f"{one.labelled.name}-") for name in first)], player.missing


def _write(path: Path, evaluated: list[Evaluated]) -> None:
    from summarizer import files

    files.write(path, "".join(one.outcome.to_json() + "\n" for one in evaluated))


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
