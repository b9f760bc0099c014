"""The command line: thin commands that parse options, call, print, and map errors to exit statuses."""

from __future__ import annotations

from summarizer.cli.root import main

__all__ = ["main"]
