"""The proxy that the environment names for an address, as other tools read it."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from summarizer.errors import SetupError


def proxy_of(url: str) -> str | None:
    """The proxy for an address. Raises SetupError where it cannot be used; it may hold a password, so it is not shown."""
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    proxies = getproxies()
    name = next((name for name in (parts.scheme, "all") if proxies.get(name)), None)
    if name is None:
        return None
    proxy = proxies[name] if "://" in proxies[name] else f"http://{proxies[name]}"
    if not _is_http(proxy):
        raise SetupError(
            f"the proxy in {name.upper()}_PROXY cannot be used: it is no http:// or https:// address;"
            f" name one that is, or set NO_PROXY={parts.hostname}"
        )
    return proxy


def _is_http(proxy: str) -> bool:
    try:
        parts = urlsplit(proxy)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
