"""Files that appear whole or not at all, that only their owner may read, and that follow no link."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from summarizer.errors import UsageError


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its place when the block ends well, and leaves no trace when it does not."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent or ".")
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UsageError(f"{str(path)!r} cannot be written: {error.strerror}") from error
        raise
    folder = os.open(path.parent or ".", os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def write(path: Path, text: str) -> None:
    """Write a text to a file, as `atomic` does; what UTF-8 cannot write is replaced. Raises UsageError."""
    with atomic(path) as file:
        file.write(text.encode("utf-8", "replace"))
