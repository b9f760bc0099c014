"""One POST over aiohttp: bytes in, status, headers and bytes out, and a name for whatever goes wrong on the way.

The SDK's own route makes and copies a request, a response and their options for every call, which is most of what a call
costs (docs/decisions/speed.md). Nothing here retries, follows a redirect, keeps a cookie, or reads an answer past LARGEST.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import aiohttp
import httpx2

from summarizer import handles
from summarizer.failures import Shape
from summarizer.proxies import proxy_of

LARGEST = 8 * 2**20
"""Bytes of an unpacked answer; the longest reply of a model is far below a tenth of it."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class WireError(Exception):
    """No whole answer came; `shape` says why."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(str(shape))
        self.shape = shape


class Wire:
    """Connections to one address, for one event loop. `silence` is how long, in seconds, it may send nothing."""

    def __init__(self, url: str, headers: Mapping[str, str], silence: float) -> None:
        self._url, self._proxy = url, proxy_of(url)
        self._loop = asyncio.get_running_loop()
        self._session = aiohttp.ClientSession(
            # As many connections as there are calls: how many that may be is decided above. Whom to believe is what the
            # SDK believes.
            connector=aiohttp.TCPConnector(
                limit=0, ssl=httpx2.create_ssl_context() if url.startswith("https") else True
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(30.0, silence), sock_read=silence),
        )

    async def send(self, method: str, url: str, body: bytes | None = None) -> Answer:
        """Send once. Raises WireError, or SetupError where no connection may be opened."""
        try:
            async with self._session.request(
                method, url, data=body, allow_redirects=False, proxy=self._proxy
            ) as response:
                content = bytearray()
                async for part in response.content.iter_any():
                    content += part
                    if len(content) > LARGEST:
                        response.close()
                        raise WireError(Shape.OVERSIZE)
                return Answer(response.status, response.headers, bytes(content))
        except (TimeoutError, aiohttp.ServerTimeoutError):
            raise WireError(Shape.TIMEOUT) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise handles.spent(error) or WireError(Shape.CONNECTION) from None

    async def post(self, body: bytes) -> Answer:
        """Send a body to the address. Raises WireError."""
        return await self.send("POST", self._url, body)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()

    def drop(self) -> None:
        """Close the connections from outside of their loop: by the loop if it runs, or here if there is nothing to wait for."""
        try:
            if self._loop.is_running():
                self._loop.call_soon_threadsafe(self._drop)
                return
        except RuntimeError:  # it was closed this moment
            pass
        self._drop()

    def _drop(self) -> None:
        connector = self._session.connector
        self._session.detach()
        if connector is not None:
            aiohttp.BaseConnector.close(connector).__await__()  # a TCPConnector's own would wait for its resolver
