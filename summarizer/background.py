"""One event loop on one background thread, so that the synchronous API works in scripts, threads and notebooks.

And the other way round: what blocks, beside an event loop.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from summarizer.errors import UsageError

T = TypeVar("T")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end on the background loop and return what it returns, or raise what it raises.

    Callable from any thread, also while that thread runs an event loop of its own; an interrupt cancels the work. Raises
    UsageError from within the background loop, by a validator of a schema for example: it would wait for itself.
    """
    loop = _running_loop()
    if asyncio._get_running_loop() is loop:
        work.close()
        raise UsageError(
            "a summary cannot be asked for, or a session closed, while a reply is checked (by a validator?)"
        )
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


async def in_thread(call: Callable[..., T], *args: Any) -> T:
    """What a blocking call returns or raises, from a thread that holds up neither the loop nor the end of the process."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def tell(setter: Callable[[Any], None], value: Any) -> None:
        if not result.done():
            setter(value)

    def work() -> None:
        try:
            told: tuple[Callable[[Any], None], Any] = result.set_result, call(*args)
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits for it gets it
            told = result.set_exception, error
        with contextlib.suppress(RuntimeError):  # the loop has gone
            loop.call_soon_threadsafe(tell, *told)

    threading.Thread(target=work, daemon=True).start()
    return await result


def _forget() -> None:
    """A forked child has no thread that runs the parent's loop."""
    global _loop, _lock
    _loop, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)


def _running_loop() -> asyncio.AbstractEventLoop:
    global _loop  # noqa: PLW0603 - one loop a process is the point
    with _lock:
        if _loop is None or _loop.is_closed():
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="summarizer", daemon=True).start()
            atexit.register(_loop.call_soon_threadsafe, _loop.stop)
        return _loop
