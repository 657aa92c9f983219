"""Several requests for one reply: the first that begins it is read on, the others are let go.

A model that is late once is often late by seconds, while the same request sent again would be
answered at once ("hedged requests", Dean and Barroso, The Tail at Scale, 2013). How often that may
be done, and when, is the latency budget's (`core.budget`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from voiceagent.errors import Unavailable
from voiceagent.ports.language_model import LanguageModel, ModelEvent, ModelRequest

MOST: Final = 2
"""Requests that run at once for one reply."""

_GIVEN_UP = Unavailable("model.given_up", "Somebody else answers: the model took too long.")
_CUT_OFF = Unavailable("model.cut_off", "The model's reply broke off.")


@dataclass(frozen=True, slots=True)
class _Begun:
    """A reply that has begun, and its first event."""

    event: ModelEvent
    rest: AsyncGenerator[ModelEvent, None]


class ReplyRace:
    """The requests for one reply; it is read once.

    Args:
        model: who is asked.
        request: what.
    """

    def __init__(self, model: LanguageModel, request: ModelRequest) -> None:
        self._model = model
        self.request = request
        self.entered = 0
        """Requests that were sent; one of them is the reply's."""
        self._wanted = 1
        self._group: asyncio.TaskGroup | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._begun: _Begun | None = None
        self._failure: Exception | None = None
        self._settled = asyncio.Event()

    def enter(self) -> bool:
        """Ask once more; False when that is of no use: it has begun, or was asked twice."""
        if self._settled.is_set() or self._wanted >= MOST:
            return False
        self._wanted += 1
        if self._group is not None:
            self._add(self._group)
        return True

    def give_up(self) -> bool:
        """Wait no longer; False when the reply has begun, or is over."""
        if self._settled.is_set():
            return False
        self._failure = _GIVEN_UP
        self._settled.set()
        return True

    async def events(self) -> AsyncGenerator[ModelEvent, None]:
        """The reply as it comes. Closing it gives it up.

        Raises:
            VoiceAgentError: what the last request failed with; ``model.given_up``,
                ``model.cut_off``.
        """
        begun = await self._first()
        async with aclosing(begun.rest) as rest:
            yield begun.event
            async for event in rest:
                yield event

    async def _first(self) -> _Begun:
        async with asyncio.TaskGroup() as group:
            self._group = group
            for _ in range(self._wanted):
                self._add(group)
            try:
                await self._settled.wait()
            finally:
                self._group = None
                self._settled.set()
                for running in self._running:
                    running.cancel()
        if self._begun is None:
            raise self._failure or _CUT_OFF
        return self._begun

    def _add(self, group: asyncio.TaskGroup) -> None:
        self.entered += 1
        self._running.add(group.create_task(self._ask()))

    async def _ask(self) -> None:
        reply = self._model.reply(self.request)
        failure: Exception = _CUT_OFF
        try:
            event = await anext(reply, None)
        except Exception as error:  # noqa: BLE001 - it is raised where the reply is read
            event, failure = None, error
        if event is not None and not self._settled.is_set():
            self._begun = _Begun(event, reply)
            self._settled.set()
            return
        await reply.aclose()
        self._running -= {task for task in self._running if task is asyncio.current_task()}
        if event is None and not self._running and not self._settled.is_set():
            self._failure = failure
            self._settled.set()
