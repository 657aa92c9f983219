"""How a call takes its leave when a part of it has died: sorry, by whatever way still works.

Speech synthesis, the floor or the conversation may be what died, so nothing here goes through
them when the sound of the words is ready. When it is not, synthesis is tried if it still runs; and
if that is gone too, the line closes in silence, which is better than an open line that nobody is
on.
"""

from __future__ import annotations

import asyncio
from typing import Final

from loguru import logger

from pipelines.line_events import Closed, LineEvents, Progress
from pipelines.ready_speech import ReadySentence, ReadyVoice
from pipelines.reply_source import sentences
from pipelines.session.shared import Shared
from pipelines.turn_clock import TurnClock
from voiceagent.core.wire import LineEnd, Played

APOLOGY: Final = "I'm sorry, I can't go on with this call."
"""True whatever comes next: the carrier then offers a person, or hangs up if all is done. Short, as
the caller has waited by now and does so until it was said."""

LAST_WORDS_S: Final = 10.0
"""Longest time for the apology to be made and heard."""


class LastWords:
    """The end of one broken call.

    Args:
        shared: of the session.
        events: of the line; nobody else reads them any more.
        ready: sentences whose sound is ready.
    """

    def __init__(self, shared: Shared, events: LineEvents, ready: ReadyVoice) -> None:
        self._shared = shared
        self._line = shared.line
        self._brain = shared.brain
        self._replies = shared.replies
        self._transcript = shared.transcript
        self._events = events
        self._ready = ready
        self._newest = events.newest

    async def say(self, *, synthesis: bool) -> Closed:
        """Say sorry, wait until it was heard, and close the line.

        What was being said is cut off: its end may never come.

        Args:
            synthesis: whether the pipeline still runs.

        Returns:
            how the line closed.
        """
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                self._cut_off()
                if await self._apologise(synthesis=synthesis):
                    return await self._closed()
        except Exception as error:  # noqa: BLE001 - too late, or this too is broken: in silence
            logger.opt(exception=error).debug("session.no_last_words")
        self._line.close(LineEnd.FAILED)
        return await self._closed_now()

    def _cut_off(self) -> None:
        if (ahead := self._replies.preemptive) is not None:
            self._replies.discard(ahead.number)
            self._line.drop(ahead.number)
            self._newest.number = max(self._newest.number, ahead.number)
        for reply in self._shared.cut(self._line.stop_speaking(self._newest.number)):
            self._transcript.agent(reply)

    async def _apologise(self, *, synthesis: bool) -> bool:
        """Whether there was a way to say it."""
        lines = sentences(APOLOGY)
        sounds = [sound for sound in map(self._ready.get, lines) if sound is not None]
        if len(sounds) == len(lines):
            self._play(sounds)
        elif synthesis:
            await self._synthesise(lines)
        else:
            return False
        self._line.close_when_heard(self._newest.number)
        return True

    def _play(self, sounds: list[ReadySentence]) -> None:
        self._newest.number += 1
        reply = self._replies.open(self._newest.number, TurnClock())
        for sound in sounds:
            reply.ledger.sentence(sound.text)
            reply.ledger.sound(sound.samples, sound.word_starts)
            for piece in sound.pieces:
                self._line.say(reply.number, piece.pcm_8k)
        self._line.end_utterance(reply.number)

    async def _synthesise(self, lines: list[str]) -> None:
        await self._brain.interrupt(self._newest.number)
        reply = self._replies.open(self._newest.number + 1, TurnClock())
        await self._brain.begin()
        for line in lines:
            reply.ledger.plan(line)
            await self._brain.say(line)
        await self._brain.end()

    async def _closed(self) -> Closed:
        """Follow the line to its end."""
        while not isinstance(event := await self._events.get(), Closed):
            if isinstance(event, Progress):
                self._heard(event.played)
        return event

    async def _closed_now(self) -> Closed:
        """A line that was closed says so at once."""
        try:
            async with asyncio.timeout(0.0):
                return await self._closed()
        except TimeoutError:
            return Closed(LineEnd.FAILED, None)

    def _heard(self, played: Played) -> None:
        if (closed := self._replies.progress(played)) is not None:
            self._transcript.agent(closed)
