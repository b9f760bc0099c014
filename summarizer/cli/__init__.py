"""The command line: thin commands that parse options, call, print, and map errors to exit statuses."""

from __future__ import annotations

import sys
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command line. An interrupt while it is still being loaded ends like every other."""
    try:
        from summarizer.cli import root
    except KeyboardInterrupt:
        sys.stderr.write("summarizer: interrupted\n")
        sys.exit(130)
    root.main()
