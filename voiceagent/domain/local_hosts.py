"""Which hosts are the owner's own: this machine, and the network that it stands in. Sans-I/O.

Decided by what an address is written as, because nothing may be looked up or dialled to decide it:
a name means what some name server says it means, and that may be anywhere. So a name is elsewhere,
unless it is `localhost` or the owner vouches for it.

Sources: RFC 1122 §3.2.1.3 (127/8), RFC 1918 (10/8, 172.16/12, 192.168/16), RFC 3927 and RFC 4291
§2.5.6 (link-local), RFC 4193 (fc00::/7), RFC 4291 §2.5.5.2 (IPv4 inside IPv6). The standard
library's `is_private` is wider: it holds ranges for documentation and "this network".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

_OWN: Final = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)

_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")

_AMBIGUOUS: Final = re.compile(r"[\s\\@\x00-\x1f\x7f]")
"""Signs at which readers of URLs part: one sees a user's name where another sees the host."""


class Privacy(StrEnum):
    """Where what callers say may go. LOCAL: to the owner's own hosts only."""

    ANY = "any"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class LocalHosts:
    """The hosts that are the owner's own.

    `names` are those that the owner vouches for, as `written` reads them; an IPv4 address may be
    among them (100.64/10 of a private overlay, say).
    """

    names: frozenset[str] = frozenset()

    @classmethod
    def written(cls, text: str) -> LocalHosts:
        """Names with commas or blanks between.

        Raises:
            ValueError: one of them is no plain host name (a URL, a port, a pattern).
        """
        names = [_plain(name) for name in re.split(r"[\s,]+", text) if name]
        for name in names:
            if not _NAME.fullmatch(name):
                raise ValueError("Write host names without scheme or port, like ollama.lan, gpu1")
        return cls(frozenset(names))

    def hold(self, host: str) -> bool:
        """Whether a host is one of them.

        Args:
            host: a name or an IP literal, without port and brackets.
        """
        name = _plain(host)
        if name == "localhost" or name in self.names:
            return True
        try:
            address = ip_address(host)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in _OWN if network.version == address.version)

    def hold_url(self, url: str) -> bool:
        """Whether a URL's host is one of them; what is no plain URL is not."""
        if _AMBIGUOUS.search(url):
            return False
        try:
            host = urlsplit(url).hostname
        except ValueError:
            return False
        return bool(host) and self.hold(host or "")


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")
