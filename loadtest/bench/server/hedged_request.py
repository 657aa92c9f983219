"""Several requests for one answer: the first that comes counts, and the others are let go.

A model that is late once is often late by seconds, while the same request sent again would be
answered at once ("hedged requests", Dean and Barroso, The Tail at Scale, 2013).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


class HedgedRequest:
    """Requests for one answer. Needs a running event loop.

    Args:
        tasks: whose life the requests do not outlast; one that fails does not end it.
    """

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._running: set[asyncio.Task[None]] = set()

    @property
    def over(self) -> bool:
        """Whether there is an answer, or will be none."""
        return self._first.done()

    def enter(self, request: Coroutine[object, object, str]) -> None:
        """One more request."""
        running = self._tasks.create_task(self._ask(request))
        self._running.add(running)
        running.add_done_callback(lambda _: request.close())  # let go before it had begun

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

    async def _ask(self, request: Coroutine[object, object, str]) -> None:
        failure: Exception | None = None
        answer = ""
        try:
            answer = await request
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
            failure = error
        finally:
            self._running -= {task for task in self._running if task is asyncio.current_task()}
        if failure is None:
            self.settle(answer)
        elif not self._running and not self._first.done():
            self._first.set_exception(failure)
