"""Files that appear whole or not at all, that only their owner may read, and that follow no link; and what a folder holds."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from summarizer import paths
from summarizer.errors import UsageError


def check(path: Path) -> None:
    """Whether `atomic` can write there. Raises UsageError; afterwards might be too late, when what is written has been paid."""
    handle, name = _beside(path)
    os.close(handle)
    Path(name).unlink()
    if paths.is_folder(path):
        raise UsageError(f"{str(path)!r} cannot be written: it is a folder")


def _beside(path: Path) -> tuple[int, str]:
    try:
        return tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent or ".")
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be written: {error.strerror}") from error


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its place when the block ends well, and leaves no trace when it does not."""
    handle, name = _beside(path)
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


def is_there(path: Path) -> bool:
    """Whether a path names something. Raises UsageError where nobody can tell."""
    try:
        return paths.is_there(path)
    except OSError as error:
        raise UsageError(f"{path}: {_why(error)}") from error


def opened(path: Path) -> IO[Any]:
    """A file to be read, from its beginning again if need be: what a pipe gives until its end is kept for that."""
    file = path.open("rb")
    if not path.is_fifo():
        return file
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
    with file:
        shutil.copyfileobj(file, kept)
    kept.seek(0)
    return kept


def inside(folder: Path, endings: Container[str]) -> tuple[list[Path], list[tuple[str, str]]]:
    """The files with these endings in a folder and in those in it, in order; and what cannot be read of it, and why."""
    shut = list[tuple[str, str]]()
    named = [path for path in _names(folder, shut) if path.suffix.lower() in endings or _may_be_folder(path)]
    reasons = {path: _no_file(path) for path in named}
    shut += ((str(path), why) for path, why in reasons.items() if why)
    return sorted(path for path, why in reasons.items() if not why), sorted(shut)


def _names(folder: Path, shut: list[tuple[str, str]]) -> Iterator[Path]:
    """Everything in a folder that is none itself. One that is linked to is looked into too, behind those that stand in it.

    Each is looked into once, because links can go in circles.
    """
    roots, seen = [folder], set[tuple[int, int]]()
    for root in roots:  # grows meanwhile
        for place, folders, names in os.walk(
            root, onerror=lambda error: shut.append((str(error.filename), _why(error)))
        ):
            known = Path(place).stat()
            if (known.st_dev, known.st_ino) in seen:
                folders.clear()
                continue
            seen.add((known.st_dev, known.st_ino))
            roots += sorted(path for name in folders if (path := Path(place, name)).is_symlink())
            yield from (Path(place, name) for name in names)


def _may_be_folder(path: Path) -> bool:
    """Whether a link to nothing may have been a folder's."""
    return not path.suffix and path.is_symlink() and not path.exists()


def _no_file(path: Path) -> str | None:
    """Why something cannot be read as a file."""
    try:
        if stat.S_ISREG(path.stat().st_mode):
            return None
    except FileNotFoundError:
        return "is a link to what is not there"
    except OSError as error:
        return _why(error)
    return "is a pipe, a socket or a device; it is read only where it is named as a source itself"


def _why(error: OSError) -> str:
    return f"cannot be read: {error.strerror}"


def same(one: Path, other: Path) -> bool:
    """Whether two names are of one file, also of one that is not there yet."""
    try:
        return one.absolute() == other.absolute() or one.samefile(other)
    except (OSError, ValueError):  # one of them is not there
        return False
