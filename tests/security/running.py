"""The command in a process of its own, in an environment that holds nothing but what a test puts there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

Ran = subprocess.CompletedProcess[str]
MODULE = [sys.executable, "-m", "summarizer"]
SCRIPT = [str(Path(sys.executable).with_name("summarizer"))]
# Every logger of every library at its loudest.
LOUD = [sys.executable, "-c", "import logging; logging.basicConfig(level=1)\nfrom summarizer.cli import main; main()"]


def run(
    *args: object,
    by: list[str] = MODULE,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    **environ: str,
) -> Ran:
    """Run it to its end; what it printed is read as UTF-8, whatever it was."""
    bare = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "COLUMNS": "80", **(env or {}), **environ}
    command = [*by, *map(str, args)]
    ran = subprocess.run(command, capture_output=True, env=bare, cwd=cwd, timeout=120, check=False)
    return Ran(command, ran.returncode, ran.stdout.decode("utf-8", "replace"), ran.stderr.decode("utf-8", "replace"))
