"""An answer that goes on, to a reader who may be slow, or gone; most are server-sent events.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

UNREAD_S: Final = 10.0
"""How long a reader may leave what was sent unread."""

AGAIN_MS: Final = 500
"""When a browser that lost the connection asks again."""

BEAT: Final = b'data: {"kind":"beat"}\n\n'
"""Nothing has happened; who hears nothing for longer has lost the connection."""


class LongAnswer:
    """The answer to one reader.

    Args:
        request: theirs.
        content_type: of what is sent.
        begins: what is sent first.
    """

    def __init__(self, request: web.Request, content_type: str, begins: bytes = b"") -> None:
        self._request = request
        self._begins = begins
        self.response = web.StreamResponse(
            headers={
                "Content-Type": content_type,
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",  # nginx would hold it back otherwise
                "X-Content-Type-Options": "nosniff",
            }
        )

    @asynccontextmanager
    async def opened(self, count: Callable[[str], None]) -> AsyncIterator[None]:
        """Begin; it is over, and nothing is raised, when the reader has gone or does not read.

        Args:
            count: told ``live.unread`` of a reader who was cut off.
        """
        try:
            self.response.force_close()
            await self.response.prepare(self._request)
            if self._begins:
                await self.send(self._begins)
            yield
        except ConnectionError:  # the reader has gone
            pass
        except TimeoutError:
            count("live.unread")
            if self._request.transport is not None:
                self._request.transport.abort()

    async def send(self, data: bytes) -> None:
        """Send something as it stands on the wire.

        Raises:
            ConnectionError: the reader has gone.
            TimeoutError: they leave it unread.
        """
        async with asyncio.timeout(UNREAD_S):
            await self.response.write(data)


class EventStream(LongAnswer):
    """Server-sent events.

    Args:
        request: of the reader.
    """

    def __init__(self, request: web.Request) -> None:
        begins = b"retry: %d\n\n" % AGAIN_MS
        super().__init__(request, "text/event-stream; charset=utf-8", begins)
