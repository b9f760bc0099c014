"""What a path names. `Path.exists` and its like say "nothing" from Python 3.14 on where they cannot tell; these say why."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

_NOTHING = (errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP)


def is_there(path: Path) -> bool:
    """Whether a path names something. Raises OSError where nobody can tell: a name too long, a folder that is shut."""
    return _mode(path) != 0


def is_file(path: Path) -> bool:
    """Whether a path names a regular file, or a link to one. Raises OSError where nobody can tell."""
    return stat.S_ISREG(_mode(path))


def is_folder(path: Path) -> bool:
    """Whether a path names a folder, or a link to one. Raises OSError where nobody can tell."""
    return stat.S_ISDIR(_mode(path))


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except ValueError:  # no name at all: it holds a NUL
        return 0
    except OSError as error:
        if error.errno in _NOTHING:
            return 0
        raise
