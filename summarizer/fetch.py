"""Fetch feeds and pages from addresses that strangers chose: bounded in size, time and hops, and to public addresses only.

The client is its own: no key, no cookie and no proxy of the model's client can reach a page. Each hop is checked anew, and
the address is checked when connecting, after it was resolved, so that a name that changes its address gains nothing.
"""

from __future__ import annotations

import asyncio
import math
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpcore2
import httpx2

from summarizer.addresses import is_public
from summarizer.errors import FetchError, UsageError

MAX_BYTES = 10_000_000
"""The most bytes of a body, after decompression."""
MAX_HOPS = 5
MAX_URL = 4_000
_ACCEPTED = (
    "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/feed+json, "
    "application/json;q=0.9, text/plain;q=0.8, */*;q=0.1"
)
USER_AGENT = "summarizer/0.1 (news summaries; one request at a time per host)"


@dataclass(frozen=True, slots=True)
class Page:
    """What an address answered. `body` is None where it has not changed since `etag` or `modified`."""

    url: str
    body: bytes | None
    content_type: str = ""
    etag: str | None = None
    modified: str | None = None


@dataclass
class _Host:
    """The turn-taking of one host: one request at a time, `delay` seconds apart."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0


class Fetcher:
    """An HTTP client for what strangers publish.

    Args:
        allow_private: also fetch from private and loopback addresses, and from any port.
        timeout: seconds for one page with all its redirects.
        delay: seconds between two requests to one host.

    Raises UsageError for a delay that is no time. `get` raises FetchError, which names the address and what is wrong.

    """

    def __init__(self, *, allow_private: bool = False, timeout: float = 30.0, delay: float = 1.0) -> None:
        if not 0 <= delay < math.inf:  # such as nan, which no comparison would ever hold up
            raise UsageError(f"--delay is a number of seconds, 0 or more, not {delay}")
        self._private, self._timeout, self._delay = allow_private, timeout, delay
        self._hosts: dict[str, _Host] = {}
        certificates = _certificates()
        transport = httpx2.AsyncHTTPTransport(verify=certificates, retries=0)
        # The transport's own pool has no public place for a network back end; the pool's constructor has.
        transport._pool = httpcore2.AsyncConnectionPool(
            ssl_context=certificates,
            max_connections=20,
            network_backend=_Guard(allow_private=allow_private),
        )
        headers = {"user-agent": USER_AGENT, "accept": _ACCEPTED}
        self._client = httpx2.AsyncClient(
            transport=transport, headers=headers, follow_redirects=False, trust_env=False, timeout=timeout
        )

    async def get(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Page:
        """The page behind an address, after at most MAX_HOPS redirects."""
        conditions = {"if-none-match": etag, "if-modified-since": modified}
        headers = {name: value for name, value in conditions.items() if value and value.isascii()}
        try:
            return await self._followed(url, headers)
        except TimeoutError:
            raise FetchError(url, f"did not answer within {self._timeout:g} seconds") from None
        except ValueError as error:  # an address or a header that no library takes
            raise FetchError(url, f"answers with something that cannot be read ({type(error).__name__})") from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _followed(self, url: str, headers: dict[str, str]) -> Page:
        first, left = url, self._timeout
        for _ in range(MAX_HOPS + 1):
            check_url(url, allow_private=self._private)
            answer, seconds = await self._one(url, headers, left)
            left = max(0.0, left - seconds)
            if isinstance(answer, Page):
                return answer
            if urlsplit(url).scheme == "https" and urlsplit(answer).scheme == "http":
                raise FetchError(first, "redirects from https to http")
            url = answer
        raise FetchError(first, f"redirects more than {MAX_HOPS} times")

    async def _one(self, url: str, headers: dict[str, str], seconds: float) -> tuple[Page | str, float]:
        """One request: a page, or the address that it redirects to; and how long it took, its turn aside."""
        host = self._hosts.setdefault(urlsplit(url).netloc, _Host())
        async with host.lock:
            await asyncio.sleep(max(0.0, host.free_at - time.monotonic()))
            start = time.monotonic()
            try:
                async with asyncio.timeout(seconds), self._client.stream("GET", url, headers=headers) as response:
                    return await self._read(url, response), time.monotonic() - start
            except httpx2.HTTPError as error:
                raise FetchError(url, _why(error)) from None
            finally:
                host.free_at = time.monotonic() + self._delay

    async def _read(self, url: str, response: httpx2.Response) -> Page | str:
        etag, modified = response.headers.get("etag"), response.headers.get("last-modified")
        if response.status_code == 304:
            return Page(url, None, "", etag, modified)
        if response.is_redirect:
            return urljoin(url, response.headers.get("location", ""))
        if response.status_code != 200:
            raise FetchError(url, f"answered with status {response.status_code}")
        body = bytearray()
        async for chunk in response.aiter_bytes(65536):
            body += chunk
            if len(body) > MAX_BYTES:
                raise FetchError(url, f"is larger than {MAX_BYTES // 1_000_000} MB")
        return Page(url, bytes(body), response.headers.get("content-type", ""), etag, modified)


def _certificates() -> ssl.SSLContext:
    """Whom to believe: what the system or SSL_CERT_FILE says. Raises UsageError where that cannot be read."""
    try:
        return httpx2.create_ssl_context()
    except OSError as error:
        why = error.strerror or "no certificates"
        raise UsageError(f"SSL_CERT_FILE or SSL_CERT_DIR names certificates that cannot be read: {why}") from None


def check_url(url: str, *, allow_private: bool = False) -> None:
    """Refuse what is no plain http address. Raises FetchError; nothing is resolved or connected."""
    if len(url) > MAX_URL or any(char.isspace() or ord(char) < 32 for char in url):
        raise FetchError(url[:80], "is no address: too long, or with white space")
    try:
        parts = urlsplit(url)
        port = parts.port
        httpx2.URL(url)
    except (ValueError, httpx2.InvalidURL):
        raise FetchError(url, "is no address that can be read") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError(url, "is no http address")
    if parts.username is not None or parts.password is not None:
        raise FetchError(url, "holds a user name, which is not sent")
    if port not in (None, 80, 443) and not allow_private:
        raise FetchError(url, f"names port {port}; only 80 and 443 are fetched (--allow-private lifts this)")


class _Guard(httpcore2.AsyncNetworkBackend):
    """Connects to addresses that may be fetched from, and to those that were checked: the name is resolved once."""

    def __init__(self, *, allow_private: bool) -> None:
        self._backend: Any = httpcore2.AnyIOBackend()
        self._private = allow_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the base class's parameter
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Any:
        addresses = await resolve(host, port)
        allowed = [address for address in addresses if self._private or is_public(address)]
        if not allowed:
            raise httpcore2.ConnectError("refused address")
        return await self._backend.connect_tcp(allowed[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> Any:
        raise httpcore2.ConnectError("refused address")

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system resolves it. Raises httpcore2.ConnectError."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore2.ConnectError("unknown host") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _why(error: httpx2.HTTPError) -> str:
    if "refused address" in str(error):
        return "leads to a private or special address, which is not fetched (--allow-private lifts this)"
    if "unknown host" in str(error):
        return "names a host that is not known"
    if isinstance(error, httpx2.TimeoutException):
        return "did not answer in time"
    if isinstance(error, httpx2.DecodingError):
        return "is compressed in a way that cannot be read"
    return f"cannot be fetched ({type(error).__name__})"
