"""People whom a reverse proxy has signed in: it says who they are in a header.

A header says what its sender likes. So it is read only of a proxy that the owner trusts
(``TRUSTED_PROXIES``), as the next neighbour of the engine, and only when it is there once. The
proxy must take the header away from what its own visitors send; every one that signs people in
does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from voiceagent.app.web.source import is_of
from voiceagent.domain.looks import WHO_CHARACTERS, Role, Visitor
from voiceagent.domain.setting_values import Network

ANYBODY: Final = "*"


@dataclass(frozen=True, slots=True)
class ProxySignIn:
    """What a proxy is believed.

    Attributes:
        header: that says who somebody is.
        roles: by that name; `ANYBODY` for whom the proxy names and the table does not. Without it
            they are nobody.
        proxies: those that are believed.
    """

    header: str
    roles: Mapping[str, Role]
    proxies: Sequence[Network]

    def visitor(self, request: web.Request) -> Visitor | None:
        """Who a request is from by a proxy's word."""
        said = request.headers.getall(self.header, [])
        if len(said) != 1 or not is_of(request.remote or "", self.proxies):
            return None
        name = said[0].strip()
        if not name or len(name) > WHO_CHARACTERS or not name.isprintable():
            return None
        role = self.roles.get(name.lower()) or self.roles.get(ANYBODY)
        return None if role is None else Visitor(name, role)
