"""Standard output and standard error as they are: of other encodings, or full."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import TextIO


def readable(stream: TextIO | None, *, data: bool) -> None:
    """Data is UTF-8, whoever reads it; a terminal that cannot show a character shows its number."""
    if isinstance(stream, io.TextIOWrapper) and (stream.encoding or "").lower().replace("-", "") != "utf8":
        stream.reconfigure(encoding="utf-8" if data else None, errors="backslashreplace")


def forgiving(stream: TextIO | None) -> TextIO | None:
    """The stream, or one to the same place that drops what cannot be written: what only tells of the work must not end it."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    with suppress(OSError, ValueError):
        raw = _Forgiving(stream.fileno(), "wb", closefd=False)
        return io.TextIOWrapper(
            io.BufferedWriter(raw), encoding=stream.encoding, errors=stream.errors, line_buffering=True
        )
    return stream


class _Forgiving(io.FileIO):
    def write(self, data: object) -> int:
        """Write what can be written, and say that all was."""
        with suppress(OSError):
            if (written := super().write(data)) is not None:  # type: ignore[arg-type]
                return written
        return memoryview(data).nbytes  # type: ignore[arg-type]
