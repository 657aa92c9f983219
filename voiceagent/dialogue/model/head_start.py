"""A reply that was asked for before it was known whether it is needed.

Whoever guesses the caller's turn to be over reads it for its first sentence, and whoever answers
the turn reads it from the beginning; both may read at once. Nothing is done by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from voiceagent.dialogue.model.race import ReplyRace
from voiceagent.errors import Unavailable, VoiceAgentError
from voiceagent.ports.language_model import (
    LanguageModel,
    ModelEvent,
    ModelRequest,
    ReplyEnd,
    TextPiece,
)


class HeadStart:
    """One reply, kept as it comes.

    Args:
        model: who is asked, at the first reading.
        request: what.
    """

    def __init__(self, model: LanguageModel, request: ModelRequest) -> None:
        self.race = ReplyRace(model, request)
        self._coming = self.race.events()
        self._kept: list[ModelEvent] = []
        self._failure: Exception | None = None
        self._over = False
        self._reading = asyncio.Lock()
        self.is_wanted = True
        """Whether somebody may still read it; who reads it last closes it."""

    @property
    def request(self) -> ModelRequest:
        """What was asked for."""
        return self.race.request

    @property
    def is_whole(self) -> bool:
        """Whether its end has come."""
        return bool(self._kept) and isinstance(self._kept[-1], ReplyEnd)

    @property
    def is_spoilt(self) -> bool:
        """Whether it broke off, so that a new request does better."""
        return self._over and not self.is_whole

    @property
    def characters(self) -> int:
        """Of the text that has come."""
        return sum(len(event.text) for event in self._kept if isinstance(event, TextPiece))

    async def events(self) -> AsyncGenerator[ModelEvent, None]:
        """The reply from its beginning, for any reader.

        Raises:
            VoiceAgentError: see `ReplyRace.events`.
        """
        place = 0
        while True:
            while place < len(self._kept):
                yield self._kept[place]
                place += 1
            async with self._reading:
                if place == len(self._kept) and not await self._read():
                    break
        if self._failure is not None:
            raise self._failure

    async def _read(self) -> bool:
        """One event more; False when there is none."""
        if self._over:
            return False
        event: ModelEvent | None = None
        try:
            event = await anext(self._coming, None)
        except VoiceAgentError as error:
            self._failure = error
        except asyncio.CancelledError:
            self._over = True
            self._failure = Unavailable("model.cut_off", "Nobody waited for the reply.")
            raise
        if event is None:
            self._over = True
            return False
        self._kept.append(event)
        return True

    async def close(self) -> None:
        """Nobody needs it; whoever is reading it gets nothing more, and closes it then."""
        self.is_wanted, self._over = False, True
        if not self._reading.locked():
            await self._coming.aclose()
