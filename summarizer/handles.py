"""Files and connections that this process may have open at once, and the end of them."""

from __future__ import annotations

import errno
import resource
from contextlib import suppress

from summarizer.errors import SetupError

OTHERS = 32
"""What a run has open beside a connection for each article: the store, a source, pages, resolvers, modules that load late."""


def allowed(wanted: int) -> int:
    """How many of so many articles may be in work at once. Where the system lets us, the limit is raised to what they need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft not in (-1, resource.RLIM_INFINITY) and soft < wanted + OTHERS:
        most = wanted + OTHERS if hard in (-1, resource.RLIM_INFINITY) else min(hard, wanted + OTHERS)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
        return max(1, min(wanted, soft - OTHERS))
    return wanted


def spent(error: BaseException | None) -> SetupError | None:
    """What an error means that arose because no more can be opened: a wrong set-up, and no fault of an article; else None."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            return SetupError("no more files can be opened; lower --concurrency or raise the limit (ulimit -n)")
        error = error.__cause__ or error.__context__
    return None
