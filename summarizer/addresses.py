"""Which network addresses may be fetched from: public ones. Checked on the resolved address, when connecting.

Python's `is_global` alone is no guard: on 3.11 it is true for IPv4 addresses inside IPv6 forms, for multicast and for some
special blocks.
"""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_REFUSED = [
    ipaddress.ip_network(block)
    for block in (
        "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10", "198.18.0.0/15", "240.0.0.0/4",
        "64:ff9b:1::/48", "2001::/23", "2001:db8::/32", "3fff::/20", "fec0::/10", "100::/64",
    )
]  # fmt: skip
# IPv6 blocks whose addresses hold an IPv4 address: its own rules apply.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


def is_public(address: str) -> bool:
    """Whether a resolved address is one that the public internet routes to."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_plain_public(inner) for inner in _unwrapped(parsed))


def _unwrapped(address: Address) -> list[Address]:
    """The address, and the IPv4 addresses that it holds."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    held: list[Address] = [address.sixtofour] if address.sixtofour else []
    held += address.teredo or ()
    if address in _NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    if address in _COMPATIBLE:
        held.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *held]


def _is_plain_public(address: Address) -> bool:
    if any(address.version == block.version and address in block for block in _REFUSED):
        return False
    special = (
        address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback or address.is_link_local
        or address.is_private
    )  # fmt: skip
    return address.is_global and not special
