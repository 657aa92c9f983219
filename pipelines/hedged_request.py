"""Several requests for one answer: the first that comes counts, and the others are let go.

A model that is late once is often late by seconds, while the same request sent again would be
answered at once ("hedged requests", Dean and Barroso, The Tail at Scale, 2013).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


class HedgedRequest:
    """Requests for one answer. Needs a running event loop."""

    def __init__(self) -> None:
        self._first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._running: set[asyncio.Future[str]] = set()

    @property
    def over(self) -> bool:
        """Whether there is an answer, or will be none."""
        return self._first.done()

    def enter(self, request: Coroutine[object, object, str]) -> None:
        """One more request."""
        running = asyncio.ensure_future(request)
        self._running.add(running)
        running.add_done_callback(self._ended)

    def settle(self, answer: str) -> None:
        """An answer from elsewhere; no request is needed any more."""
        if not self._first.done():
            self._first.set_result(answer)
        self.close()

    def close(self) -> None:
        """Nobody needs the answer any more: let every request go."""
        for running in list(self._running):
            running.cancel()
        if not self._first.done():
            self._first.set_result("")

    async def answer(self) -> str:
        """The first answer; empty when it was closed before there was one.

        Raises:
            Exception: what the last request failed with, when all of them did.
        """
        return await asyncio.shield(self._first)

    def _ended(self, request: asyncio.Future[str]) -> None:
        self._running.discard(request)
        if self._first.done() or request.cancelled():
            return
        if (error := request.exception()) is None:
            self._first.set_result(request.result())
            self.close()
        elif not self._running:
            self._first.set_exception(error)
