"""The parts of the documentation that are written by running the program."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import click

from summarizer.cli.root import root
from tests.conftest import ROOT

COMMANDS = ("summarize", *root.list_commands(click.Context(root)))


def output(*args: str) -> str:
    """What a command prints at 80 columns."""
    env = {"PATH": os.environ["PATH"], "COLUMNS": "80", "HOME": "/nonexistent"}
    command = [sys.executable, "-m", "summarizer", *args]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=env, cwd=ROOT)
    return "\n".join(line.rstrip() for line in ran.stdout.strip().splitlines())


def readme() -> str:
    """The README with its example's present output."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(
        r"(<!-- example: .*?\n```console\n\$ summarizer (.*?)\n)(.*?)(```\n<!-- end of example -->)", text, re.DOTALL
    )
    assert block is not None
    return text[: block.start(3)] + output(*block[2].split()) + "\n" + text[block.start(4) :]


def command_line() -> str:
    """Every command's help, as a page."""
    parts = ["# The command line\n\nWritten by `make snapshots` from the commands' own help.\n"]
    for title, args in [("summarizer", ()), *((f"summarizer {name}", (name,)) for name in COMMANDS)]:
        parts.append(f"## {title}\n\n```text\n{output(*args, '--help')}\n```\n")
    return "\n".join(parts)
