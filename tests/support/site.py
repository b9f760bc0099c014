"""A web site on a real loopback socket: feeds and pages that a test decides, and what was asked of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.loopback import Quiet, listening


@dataclass
class Page:
    """One page. `drip` sends the body a byte at a time, so many seconds apart."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0


@dataclass
class Site:
    """The running site: its pages by path, and every request as path and headers."""

    url: str
    pages: dict[str, Page | Callable[[dict[str, str]], Page]] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def asked(self, path: str) -> int:
        return sum(seen == path for seen, _ in self.seen)


@contextmanager
def serving_site() -> Iterator[Site]:
    """Run a site on a free port of 127.0.0.1 for the length of a block."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.seen.append((self.path, headers))
            found = site.pages.get(self.path, Page("not here", 404))
            self._send(found(headers) if callable(found) else found)

        def _send(self, page: Page) -> None:
            time.sleep(page.delay)
            body = page.body.encode() if isinstance(page.body, str) else page.body
            self.send_response(page.status)
            for name, value in {"content-type": "text/html; charset=utf-8", **page.headers}.items():
                self.send_header(name, value)
            if "content-length" not in page.headers:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            if not page.drip:
                self.wfile.write(body)
                return
            for i in range(len(body)):
                self.wfile.write(body[i : i + 1])
                self.wfile.flush()
                time.sleep(page.drip)

    with listening(Handler) as url:
        site = Site(url)
        yield site
