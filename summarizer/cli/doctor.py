"""`summarizer doctor`: what would run, whether it answers, and on which versions."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import click

from summarizer.errors import SummarizerError

_PACKAGES = (
    "summarizer",
    "openai",
    "instructor",
    "jiter",
    "pydantic",
    "tenacity",
    "trafilatura",
    "genai-prices",
    "edtf",
)


@click.command("doctor")
@click.option("--model", metavar="ENGINE/NAME", help="As for an article.")
@click.option("--base-url", metavar="URL", help="As for an article.")
def command(model: str | None, base_url: str | None) -> int:
    """Say which engine would run and why, whether its endpoint answers, and which versions are installed."""
    from summarizer.engines import keys
    from summarizer.engines.choose import choose

    choice = choose(model, base_url)
    variable = "OPENAI_API_KEY" if choice.is_builtin else keys.variable(choice.engine, choice.base_url)
    click.echo(f"engine     {choice.engine}/{choice.model} ({choice.why})")
    held = f"{variable} is {'set' if os.environ.get(variable) else 'not set'}" if variable else "what the SDK finds"
    click.echo(f"key        {held}")
    status = _endpoint(choice)
    click.echo(f"python     {platform.python_version()}")
    for package in _PACKAGES:
        try:
            click.echo(f"{package:<10} {version(package)}")
        except PackageNotFoundError:
            click.echo(f"{package:<10} is missing: pip install {package}")
            status = 3
    return status


def _endpoint(choice: object) -> int:
    from summarizer import background
    from summarizer.engines.choose import Choice, build

    assert isinstance(choice, Choice)  # noqa: S101 - for the type checkers
    try:
        engine = build(choice, timeout=10.0)
    except SummarizerError as error:
        click.echo(f"endpoint   {error}")
        return error.exit_status
    probe = getattr(engine, "probe", None)
    if probe is None:
        click.echo(
            "endpoint   none: nothing leaves this machine"
            if choice.is_builtin
            else "endpoint   the provider's own; not asked"
        )
        return 0

    async def ask() -> str:
        try:
            return str(await probe())
        finally:
            await engine.aclose()

    answer = background.run(ask())
    click.echo(f"endpoint   {engine.endpoint} {answer}")
    return 0 if answer == "answers" else 3
