"""The root of the command line: which command runs, and how every error ends."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from typing import Any, NoReturn

import click

from summarizer.characters import printable
from summarizer.cli import streams
from summarizer.errors import SummarizerError

# Commands are loaded when they run: `--help` needs none of what they need.
_COMMANDS = {
    "batch": "Summarise many articles: feeds, addresses, folders, JSONL, CSV.",
    "status": "Say what a store holds: done, failed and why, money.",
    "retry": "Do failed articles of a store again.",
    "export": "Write a store's records as JSONL, CSV or Parquet.",
    "report": "Write a page that shows a store's records with their evidence marked.",
    "eval": "Score a model, a prompt or a schema on labelled articles.",
    "render": "Print the exact request that would be sent, and what it would cost.",
    "prompts": "List the built-in prompts, or print one.",
    "schema": "Print a schema as JSON Schema.",
    "doctor": "Say which engine would run and why, and whether it answers.",
}


class Root(click.Group):
    """A group whose default command summarises one article."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Whatever is no command and no option of the root is an article or an option of the default command."""
        if args and args[0] not in _COMMANDS and args[0] not in ("--help", "--version", "summarize"):
            args = ["summarize", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the help."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name in _COMMANDS or cmd_name == "summarize":
            command: click.Command = importlib.import_module(f"summarizer.cli.{cmd_name}").command
            _not_from_variables(command.get_help_option(ctx))
            return command
        return None

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option --help of the root."""
        return _not_from_variables(super().get_help_option(ctx))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


def _not_from_variables(option: click.Option | None) -> click.Option | None:
    """A variable such as SUMMARIZER_HELP would have every command print something else."""
    if option is not None:
        option.allow_from_autoenv = False
    return option


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        from summarizer import __version__

        click.echo(f"summarizer {__version__}")
        ctx.exit()


@click.group(
    cls=Root,
    context_settings={"auto_envvar_prefix": "SUMMARIZER", "max_content_width": 100},
    options_metavar="[OPTIONS]",
    subcommand_metavar="ARTICLE | COMMAND [ARGS]...",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    allow_from_autoenv=False,
    callback=_version,
    help="Print the version.",
)
def root() -> None:
    """Summarise an article about a meeting: participants, date, agreements, asks and offers.

    Every item stands on a quote that was found in the article. What could not be found is shown as a problem.

    \b
      summarizer article.txt --published 2026-03-19
      summarizer article.html --model openai/gpt-6-luna --format json
      cat article.txt | summarizer -
      summarizer article.txt --model openai/qwen3 --base-url http://127.0.0.1:8000/v1
      summarizer article.txt --schema brief.py:Brief --prompt brief.md
      summarizer batch https://…/feed.xml archive/ -o news.store --model openai/gpt-6-luna

    `summarizer ARTICLE --help` lists the options. Documentation: docs/ in the repository.
    """  # noqa: D301 - \b is click's mark for text that is not wrapped


def main() -> NoReturn:
    """Run the command line and end the process with the exit status of the contract."""
    # What is imported is no garbage; by Python's own 700 it is looked through again and again, for a sixth of a start.
    gc.set_threshold(10_000)
    streams.readable(sys.stdout, data=sys.stdout is not None and not sys.stdout.isatty())
    streams.readable(sys.stderr, data=False)
    sys.stderr = streams.forgiving(sys.stderr)
    try:
        status = root.main(standalone_mode=False, prog_name="summarizer")
    except SummarizerError as error:
        _say(str(error))
        status = error.exit_status
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        status = 2
    except click.ClickException as error:
        hint = f"\nTry '{error.ctx.command_path} --help'." if isinstance(error, click.UsageError) and error.ctx else ""
        _say(error.format_message() + hint)
        status = 2
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        status = 130
    except OSError as error:
        status = _lost(error)
    sys.exit(status if isinstance(status, int) else 0)


def _lost(error: OSError) -> int:
    """Say what cannot be read or written, and give the exit status. Standard output alone has no name."""
    if error.filename is not None:
        _say(f"{str(error.filename)!r} cannot be used: {error.strerror}")
        return 2
    if not isinstance(error, BrokenPipeError):
        _say(f"the output cannot be written: {error.strerror}")
    # Whoever read the output has gone; nothing is left to tell, also not at interpreter exit.
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _say(message: Any) -> None:
    with contextlib.suppress(OSError, ValueError):
        click.echo(f"summarizer: {printable(' '.join(str(message).split()))}", err=True)
