"""Fetching what strangers name: S05 to S08, S11 and S12. Refused addresses are never connected to: a counter proves it."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from typing import Any

import httpcore2
import pytest

from summarizer import fetch
from summarizer.addresses import is_public
from summarizer.errors import FetchError, UsageError
from summarizer.fetch import Fetcher
from tests.support.site import Page, Site

REFUSED = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1",
    "168.63.129.16", "192.0.0.8", "192.0.2.1", "192.88.99.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "::127.0.0.1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::",
    "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1", "not an address", "",
]  # fmt: skip
ALLOWED = ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", REFUSED)
def test_s05_addresses_that_are_not_public(address: str) -> None:
    """S05: private, special and wrapped addresses, in every form."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_s05_public_addresses(address: str) -> None:
    """S05: the guard lets the internet through."""
    assert is_public(address)


class Net:
    """Stands in for names and connections: what a name resolves to, and how often anything was connected to."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {}
        self.connected: list[str] = []

    async def resolve(self, host: str, port: int) -> list[str]:
        answers = self.names.get(host, [host])
        return [answers.pop(0)] if len(answers) > 1 else answers

    async def connect(self, host: str, *_: Any, **__: Any) -> Any:
        self.connected.append(host)
        raise httpcore2.ConnectError("the test connects to nothing")


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Net:
    """A fake resolver and a connector that only counts."""
    fake = Net()
    monkeypatch.setattr(fetch, "resolve", fake.resolve)
    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", lambda _, *args, **kwargs: fake.connect(*args, **kwargs))
    return fake


async def get(url: str, **options: Any) -> fetch.Page:
    async with fetch.Fetcher(delay=0, **options) as fetcher:
        return await fetcher.get(url)


@pytest.mark.parametrize("host", [
    "localhost.example", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "169.254.169.254", "10.1.2.3", "metadata.internal",
])  # fmt: skip
async def test_s05_nothing_is_connected(net: Net, host: str) -> None:
    """S05: a name that leads to a refused address is refused before anything is connected."""
    net.names |= {"localhost.example": ["127.0.0.1"], "metadata.internal": ["169.254.169.254"]}
    with pytest.raises(FetchError, match="private or special address"):
        await get(f"http://{host}/")
    assert net.connected == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "127。0。0。1"])
async def test_s05_other_spellings_of_loopback(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """S05: whatever the system's resolver makes of them, it is checked; these all mean 127.0.0.1 to it."""
    connected: list[str] = []

    async def connect(_: object, host: str, *__: Any, **___: Any) -> Any:
        connected.append(host)
        raise httpcore2.ConnectError("no")

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect)
    with pytest.raises(FetchError):
        await get(f"http://{host}/")
    assert connected == []


async def test_s07_the_checked_address_is_the_one_connected_to(net: Net) -> None:
    """S07: a name that answers publicly first and privately then gains nothing: it is resolved once."""
    net.names["rebind.example"] = ["93.184.216.34", "127.0.0.1"]
    with pytest.raises(FetchError, match="cannot be fetched"):
        await get("http://rebind.example/")
    assert net.connected == ["93.184.216.34"]
    with pytest.raises(FetchError, match="private or special"):
        await get("http://rebind.example/")
    assert net.connected == ["93.184.216.34"]


@pytest.mark.parametrize("url", [
    "http://user:secret@example.com/", "http://example.com:22/", "http://example.com:8080/", "ftp://example.com/", "file:///etc/passwd",
    "gopher://example.com/", "javascript:alert(1)", "http:///nothing", "http://example.com/a b", "http://example.com/\r\nHost: x",
    "http://example.com/" + "a" * 5000, "http://example.com:99999/", "//example.com/",
])  # fmt: skip
async def test_s08_addresses_that_are_refused_as_written(net: Net, url: str) -> None:
    """S08: user names, ports, line breaks, other schemes and endless addresses are not even resolved."""
    with pytest.raises(FetchError):
        await get(url)
    assert net.connected == []


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/x", "http://user@127.0.0.1/"]
)
async def test_s06_redirects_are_checked_at_every_hop(site: Site, target: str) -> None:
    """S06: another scheme or a user name behind a redirect is refused."""
    site.pages["/"] = Page(status=302, headers={"location": target})
    with pytest.raises(FetchError):
        await get(f"{site.url}/", allow_private=True)
    assert len(site.seen) == 1


async def test_s06_a_public_page_cannot_lead_inside(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """S06: the first hop is allowed and its target is not; the target sees no request."""
    public = is_public
    monkeypatch.setattr(fetch, "is_public", lambda address: address == "127.0.0.1" or public(address))
    monkeypatch.setattr(fetch, "check_url", lambda url, **_: None)
    site.pages["/"] = Page(status=302, headers={"location": "http://10.0.0.1/admin"})
    with pytest.raises(FetchError, match="private or special"):
        await get(f"{site.url}/")
    assert len(site.seen) == 1


async def test_s06_no_redirect_leaves_https(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """S06: what was asked for over TLS is not fetched without it; the second address is not even asked."""
    asked: list[str] = []

    async def one(_: object, url: str, *__: object) -> tuple[str, float]:
        asked.append(url)
        return "http://example.com/", 0.0

    monkeypatch.setattr(fetch.Fetcher, "_one", one)
    with pytest.raises(FetchError, match="redirects from https to http"):
        await get("https://example.com/")
    assert asked == ["https://example.com/"] and net.connected == []


async def test_s06_twenty_hops(site: Site) -> None:
    """S06: five are followed, and a circle ends."""
    for i in range(20):
        site.pages[f"/{i}"] = Page(status=301, headers={"location": f"/{i + 1}"})
    with pytest.raises(FetchError, match="redirects more than 5 times"):
        await get(f"{site.url}/0", allow_private=True)
    assert len(site.seen) == fetch.MAX_HOPS + 1
    site.pages["/4"] = Page("found")
    assert (await get(f"{site.url}/0", allow_private=True)).body == b"found"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip"])
async def test_s11_decompressed_bytes_count(site: Site, encoding: str) -> None:
    """S11: a small body that unpacks to hundreds of megabytes is stopped at the cap, also behind a redirect."""
    data = b"0" * 300_000_000
    packed = zlib.compress(data) if encoding == "deflate" else gzip.compress(data)
    packed = gzip.compress(packed) if encoding == "gzip, gzip" else packed
    site.pages["/bomb"] = Page(packed, headers={"content-encoding": encoding})
    site.pages["/"] = Page(status=302, headers={"location": "/bomb"})
    with pytest.raises(FetchError, match="is larger than 10 MB"):
        await get(f"{site.url}/", allow_private=True)


async def test_s12_a_dripping_body_meets_the_deadline(site: Site) -> None:
    """S12: bytes that keep coming do not keep a fetch alive."""
    site.pages["/"] = Page(b"x" * 1000, drip=0.05)
    start = time.monotonic()
    with pytest.raises(FetchError, match=r"did not answer within 0\.5 seconds"):
        await get(f"{site.url}/", allow_private=True, timeout=0.5)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br", "compress", "gzip" + ", gzip" * 50])
async def test_s11_other_encodings(site: Site, encoding: str) -> None:
    """S11: packings that were not asked for, and packings of packings: unread or refused, never more than the cap."""
    site.pages["/"] = Page(b"\x1b\x00\xf8\x24\xc2\xa2\xc0" * 1000, headers={"content-encoding": encoding})
    try:
        body = (await get(f"{site.url}/", allow_private=True)).body
    except FetchError:
        body = b""
    assert body is not None and len(body) <= 7000
    assert "br" not in site.seen[0][1]["accept-encoding"] or encoding == "br"


@contextlib.contextmanager
def talking(start: bytes, again: bytes, pause: float) -> Iterator[str]:
    """A server that says something, and then the same for as long as somebody listens."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            caller, _ = server.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(start)
                while True:
                    caller.sendall(again)
                    time.sleep(pause)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    thread.join(timeout=10)
    assert not thread.is_alive()


@pytest.mark.parametrize(("start", "again", "pause", "why"), [
    (b"HTTP/1.1 200 OK\r\n", b"x: y\r\n", 0.05, "did not answer within 1"),
    (b"", b"H", 0.05, "did not answer within 1|RemoteProtocolError"),
    (b"HTTP/1.1 200 OK\r\n", b"x: " + b"y" * 50_000, 0, "RemoteProtocolError"),
    (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536, 0, "is larger than 10 MB"),
    (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n", 0, "is larger than 10 MB"),
    (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", b"x" * 65536, 0, None),
])  # fmt: skip
async def test_s12_answers_without_end(start: bytes, again: bytes, pause: float, why: str | None) -> None:
    """S12: headers that drip or never end, a body that never ends or is longer than it says: the clock or the cap ends them."""
    begun = time.monotonic()
    with talking(start, again, pause) as url:
        if why is None:
            assert (await get(url, allow_private=True, timeout=1)).body == b"xxxxx"
        else:
            with pytest.raises(FetchError, match=why):
                await get(url, allow_private=True, timeout=1)
    assert time.monotonic() - begun < 10


async def test_s12_a_lying_length(site: Site) -> None:
    """S12: a body that is shorter than it says is an error, not half an article."""
    site.pages["/"] = Page(b"short", headers={"content-length": "500", "connection": "close"})
    with pytest.raises(FetchError):
        await get(f"{site.url}/", allow_private=True, timeout=2)


async def test_requests_say_who_asks_and_carry_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that a robots file can name; no key, no cookie, no proxy."""
    monkeypatch.setenv("OPENAI_API_KEY", "key-canary")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    site.pages["/"] = Page("x", headers={"set-cookie": "a=b"})
    async with fetch.Fetcher(allow_private=True, delay=0) as fetcher:
        await fetcher.get(f"{site.url}/")
        await fetcher.get(f"{site.url}/")
    for _, headers in site.seen:
        assert headers["user-agent"].startswith("summarizer/") and "canary" not in str(headers)
    assert "authorization" not in site.seen[1][1]


async def test_hosts_are_treated_politely(site: Site) -> None:
    """One request at a time for each host, and a pause between two."""
    site.pages["/"] = Page("x")
    async with fetch.Fetcher(allow_private=True, delay=0.3) as fetcher:
        start = time.monotonic()
        await fetcher.get(f"{site.url}/")
        await fetcher.get(f"{site.url}/")
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize("delay", [float("nan"), float("inf"), -1.0])
def test_a_delay_that_is_no_time(delay: float) -> None:
    """It would let requests go at once, or never."""
    with pytest.raises(UsageError, match="--delay is a number of seconds"):
        Fetcher(delay=delay)
