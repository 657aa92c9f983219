"""What the value of a setting may look like: one rule a kind, whoever reads the setting. Sans-I/O.

A value that breaks its rule is told in a sentence that says what to write and never what was
written: a key may have been pasted there by mistake.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from voiceagent.domain.looks import Role
from voiceagent.errors import OwnerFixable

_QUOTES: Final = frozenset("\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
"""Categories of Unicode that show nothing: a byte order mark, a zero-width space, a bell."""

_NUMBER: Final = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]-?[0-9]{1,2})?", re.ASCII)
_LABEL: Final = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_HOST_NAME: Final = re.compile(rf"(?:{_LABEL}\.)*(?![0-9]+\.?\Z){_LABEL}\.?")
"""RFC 1123, and the underscores of container networks; a last label of digits alone is an address
that was written wrongly."""

ADDRESS_SCHEMES: Final = frozenset({"http", "https", "ws", "wss"})


def key_fault(value: str) -> str | None:
    """What is wrong with a key, token or account number as text; ``None`` when nothing is."""
    for character in value:
        if character in _QUOTES:
            return "It holds a quotation mark: write the key without any around it"
        if character.isspace():
            return "It holds a blank or a line end: copy it again, without any"
        if unicodedata.category(character) in _UNSEEN:
            return "It holds a character that cannot be seen: type the line anew, and copy the key"
        if not character.isascii():
            return "It holds a character that no key has: copy it again"
    return None


def address_fault(value: str) -> str | None:
    """What is wrong with the address of a server; ``None`` when nothing is."""
    wrong = "Write an address like https://api.example.com"
    if key_fault(value) is not None:
        return f"{wrong}, without blanks or quotation marks"
    try:
        parts = urlsplit(value)
        plain = parts.scheme in ADDRESS_SCHEMES and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        plain = False
    return None if plain else wrong


def plain_address(value: str) -> str:
    """An address that is shown to people and written down: of a server, and without a password.

    Raises:
        ValueError: it is neither that nor empty; says what to write, never the value.
    """
    try:
        parts = urlsplit(value)  # which passes over line ends
        plain = value.isprintable() and " " not in value
        plain = plain and (
            not value or (parts.scheme in {"http", "https"} and bool(parts.hostname))
        )
        _ = parts.port
    except ValueError:
        plain = False
    if not plain:
        raise ValueError("Write an address like https://voice.example.com")
    if parts.username or parts.password or "@" in value:
        raise ValueError("Write the address without a user and password")
    return value


def plain_key(value: str) -> str:
    """A key that can be sent in a header.

    Raises:
        ValueError: see `key_fault`.
    """
    if (fault := key_fault(value)) is not None:
        raise ValueError(fault)
    return value


def is_address(host: str) -> bool:
    """Whether a host is written as an address, which nobody need be asked about."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def plain_host(value: str) -> str:
    """A host without port, as it is listened on: an address or a name.

    Raises:
        ValueError: it is neither.
    """
    if not is_address(value) and (len(value) > 253 or not _HOST_NAME.fullmatch(value)):  # noqa: PLR2004 - RFC 1035, 2.3.4
        raise ValueError("Write an address of this machine like 127.0.0.1, or 0.0.0.0 for all")
    return value


@dataclass(frozen=True, slots=True)
class NumberSetting:
    """A setting that is a number from `least` to `most`, both included.

    `default` is what it is without being set or when it is empty; `like` is one that can be
    written.
    """

    name: str
    default: float
    least: float
    most: float
    like: str
    whole: bool = False

    def read(self, text: str) -> float:
        """The number that a text is.

        Raises:
            OwnerFixable: ``settings.value``: it is none, or lies outside.
        """
        if not text:
            return self.default
        number = float(text) if _NUMBER.fullmatch(text) else -1.0
        whole = not self.whole or text.isdecimal()
        if not (whole and self.least <= number <= self.most):
            kind = "a whole number" if self.whole else "a number"
            span = f"{kind} from {self.least:g} to {self.most:g}, like {self.like}"
            raise OwnerFixable("settings.value", f"Write {span}.", where=self.name)
        return number


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks with commas or blanks between.

    Raises:
        ValueError: one of them is neither.
    """
    try:
        return tuple(ipaddress.ip_network(one) for one in re.split(r"[\s,]+", text) if one)
    except ValueError:
        raise ValueError("Write addresses or networks, like 127.0.0.1, 10.0.0.0/8") from None


def roles_of(value: str) -> dict[str, Role]:
    """Roles by name of a setting like ``ann@example.com=owner, *=viewer``; names in lower case.

    Raises:
        ValueError: it is none; says what to write.
    """
    found: dict[str, Role] = {}
    for one in filter(None, map(str.strip, value.split(","))):
        name, equals, role = (part.strip().lower() for part in one.rpartition("="))
        if not (name and equals) or role not in set(Role) or name in found:
            roles = ", ".join(Role)
            raise ValueError(
                f"Write names and roles like ann@example.com=owner, *=viewer ({roles})"
            )
        found[name] = Role(role)
    return found
