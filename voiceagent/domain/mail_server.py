"""Where e-mail is handed in, as one address: ``smtps://user:password@mail.example.com:465``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

_PORTS: Final = {"smtps": 465, "smtp": 587}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_EMAIL: Final = re.compile(r"[^@\s,;<>\"]{1,64}@(?!-)[A-Za-z0-9.-]{1,253}")
_WRONG: Final = "Write a server like smtps://user:password@mail.example.com, with %-escapes"


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes e-mail.

    `secure`: encrypted from the start (``smtps``, RFC 8314); else it is asked to encrypt before
    anything is said (``smtp`` with STARTTLS), but for one on this machine.
    """

    host: str
    port: int
    secure: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def local(self) -> bool:
        """Whether it is on this machine, which nobody can listen to."""
        return self.host in _LOOPBACK

    @classmethod
    def read(cls, url: str) -> MailServer:
        """Read an address; an empty one is nobody's.

        Raises:
            ValueError: it is none; says what to write, never the value.
        """
        if not url:
            return cls("", 0, secure=True)
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError(_WRONG) from None
        host = parts.hostname or ""
        plain = parts.scheme in _PORTS and host and not parts.query and not parts.fragment
        if not plain or parts.path not in {"", "/"} or not url.isprintable() or " " in url:
            raise ValueError(_WRONG)
        if bool(parts.username) is not bool(parts.password):
            raise ValueError("Write both a user and a password into the server's address, or none")
        return cls(
            host,
            port or _PORTS[parts.scheme],
            secure=parts.scheme == "smtps",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )


def is_email(text: str) -> bool:
    """Whether a text is one e-mail address, fit for a header."""
    return _EMAIL.fullmatch(text) is not None and text.isascii()
