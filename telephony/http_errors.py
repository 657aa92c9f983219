"""How the edge says no: one JSON shape, ``{"error": {"code", "message", "field"}}``."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from voiceagent.errors import PeerMisbehaved


class Watch(Protocol):
    """Who counts and hears of what went wrong at the edge. Both must return at once."""

    def count(self, code: str) -> None:
        """Add one to the counter `code` (``area.reason``, a few dozen in all)."""
        ...

    def warn(self, error: PeerMisbehaved) -> None:
        """Something worth a line in the log; already rate limited, free of personal data."""
        ...


class Refused(PeerMisbehaved):
    """An HTTP request that is turned away before it had any effect.

    Args:
        status: HTTP status, 400 to 599.
        field: the form field at fault, if it is one.
    """

    def __init__(self, status: int, code: str, message: str, *, field: str = "") -> None:
        super().__init__(code, message)
        self.status = status
        self.field = field

    def response(self) -> web.Response:
        """The answer to the peer."""
        body = {"error": {"code": self.code, "message": self.message, "field": self.field}}
        return web.json_response(body, status=self.status)
