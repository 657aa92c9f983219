"""Whose request it is: the address that somebody else than its sender vouches for."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from aiohttp import web

from voiceagent.domain.setting_values import Network

FORWARDED_FOR: Final = "X-Forwarded-For"
HOUSEHOLD: Final = 64
"""Bits of an IPv6 address that one subscriber has all of: its last ones are theirs to choose."""


def source_of(request: web.Request, proxies: Sequence[Network]) -> str:
    """Where a request comes from, as a key: an IPv4 address, an IPv6 network, "" when unknown.

    A header says what its sender likes. So it is read only where a proxy that the owner trusts has
    put it, and from its end: up to the first address that is no such proxy's.

    Args:
        request: any.
        proxies: those that are trusted (``TRUSTED_PROXIES``).
    """
    address = _address(request.remote or "")
    hops = ",".join(request.headers.getall(FORWARDED_FOR, [])).split(",")
    while address is not None and hops and _within(address, proxies):
        before = _address(hops.pop())
        if before is None:
            break
        address = before
    return "" if address is None else _key(address)


def is_of(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address is in one of the networks."""
    found = _address(address)
    return found is not None and _within(found, networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address, with or without port and brackets."""
    plain = text.strip()
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        found = ip_address(plain)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return found if mapped is None else mapped


def _within(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in one for one in networks if one.version == address.version)


def _key(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((int(address), HOUSEHOLD), strict=False))
