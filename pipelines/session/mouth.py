"""The conversation's mouth in a phone call (`Mouth`): its words on their way to the line."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from pipelines.replies import ClosedReply, Reply
from pipelines.reply_source import sentences
from pipelines.session.shared import Carried, Shared
from pipelines.turn_clock import TurnClock
from voiceagent.core.budget.ladder import Passed
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.recorder import Holds
from voiceagent.domain.expecting import Expecting
from voiceagent.toolkit.answers import ToolOutcome

SETTLE_S: Final = 8.0
"""Longest wait for words to be heard before a tool that ends the line (a transfer)."""

TIME_IS_UP: Final = (
    "I'm sorry, we have reached the longest time a call can take. "
    "Please call again if you need anything else. Goodbye."
)

TYPED: Final = frozenset({Expecting.PHONE, Expecting.NAME_AND_PHONE, Expecting.CODE})
"""What may be typed instead of said: a key that has no answer is part of it."""


class VoiceMouth:
    """The mouth of one call.

    Args:
        shared: of the session.
    """

    def __init__(self, shared: Shared) -> None:
        self._clock = shared.clock
        self._line = shared.line
        self._brain = shared.brain
        self._replies = shared.replies
        self._floor = shared.floor
        self._watch = shared.watch
        self._first_sound = shared.first_sound
        self._preemptive = shared.preemptive
        self._silence = shared.silence
        self._notes = shared.notes
        self._privacy = shared.privacy
        self._telling = shared.telling
        self._current = TurnClock()
        self._cause = InputKind.BEGIN

    async def begin(self, cause: Input) -> None:
        """See `Mouth`."""
        self._silence.over()
        self._cause = cause.kind
        if self._notes.leaving and cause.kind is InputKind.KEY:
            self._line.stay()  # the answer to it are the last words now
        if cause.kind is not InputKind.HEARD:
            self._line.thinking()
        clock = self._notes.clocks.pop(cause.turn, TurnClock())
        if clock.cover_s is not None and self._floor.cover is not clock:
            clock = clock.after_apology()
        foreseen = cause.kind is InputKind.HEARD and self._preemptive.taken()
        if foreseen:
            clock.acts.append("preemptive_generation")
        await self._open_reply(clock, foreseen=foreseen)

    async def say(self, text: str, holds: Holds = ()) -> None:
        """See `Mouth`. Words of a reply that was cut off are carried into the next one."""
        if (excused := self._floor.excused) is not None:
            await self._open_reply(excused.after_apology())
        if (reply := self._floor.answering()) is None:
            self._notes.carried.append(Carried(text, holds))
            return
        parts = sentences(text)
        if parts and reply.prepared:
            reply.said_in(holds)
            reply, parts = await self._say_prepared(reply, parts)
        reply.said_in(holds)
        if parts and reply.clock.words_s is None and not self._floor.is_ready(parts[0]):
            parts[:1] = self._watch.flushed(reply.clock, parts[0])
        reply.clock.worded(self._clock.monotonic())
        self._watch.passed(reply.clock, Passed.WORDS)
        for index, part in enumerate(parts):
            if self._floor.answering() is not reply:
                self._notes.carried.append(Carried(" ".join(parts[index:]), holds))
                return
            reply.ledger.plan(part)
            if await self._floor.speak(reply, part):
                self._first_sound.is_there(reply.number)

    async def _say_prepared(self, reply: Reply, parts: list[str]) -> tuple[Reply, list[str]]:
        """Say what was made ahead, if it is what is to be said; the reply, and what is left."""
        other = await self._preemptive.said(reply, parts[0])
        if other is not None:
            return other, parts
        reply.clock.worded(self._clock.monotonic())
        self._watch.passed(reply.clock, Passed.WORDS)
        if reply.ledger.samples:
            self._first_sound.is_there(reply.number)
        return reply, parts[1:]

    async def say_again(self, lost: ClosedReply | None) -> None:
        """What cut us off had no words: say what was lost, or wait for the caller again."""
        if lost is not None and lost.unheard:
            self._notes.carried.insert(0, Carried(lost.unheard, lost.holds))
        elif self._floor.cover is None and not self._notes.carried:
            self._silence.begin()
            return
        await self._open_reply(TurnClock())
        await self._floor.end(last=lost is not None and lost.last)

    async def tool_started(self, filler: str) -> None:
        """See `Mouth`."""
        if self._notes.leaving:
            self._line.stay()  # however long it takes
        self._watch.tool_started(self._current, filler)

    async def tool_finished(self, outcome: ToolOutcome) -> None:
        """See `Mouth`."""
        self._current.tool_ran(outcome.elapsed_ms / 1000.0)
        self._telling.tool_ran(outcome)
        self._watch.tool_finished(self._current)

    async def keep_private(self) -> None:
        """See `Mouth`."""
        self._privacy.close()

    async def settle(self) -> None:
        """See `Mouth`."""
        if self._floor.quiet:
            return
        await self._brain.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                await self._floor.until_quiet()
        await self._open_reply(TurnClock())

    async def announce(self, text: str) -> None:
        """Say something that nobody asked for; returns when it was heard or cut off."""
        await self.begin(Input(InputKind.SILENCE))
        await self.say(text)
        await self.end(self._notes.expecting, hang_up=None)
        await self._floor.until_quiet()

    async def time_is_up(self) -> None:
        """The call has lasted as long as one may: say goodbye, if that is not being done."""
        if not self._notes.leaving:
            await self.begin(Input(InputKind.SILENCE))
            await self.say(TIME_IS_UP)
            await self.end(Expecting.ANYTHING, hang_up="too_long")

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> None:
        """See `Mouth`."""
        self._notes.expecting = expecting
        self._floor.excused = None
        if self._current.words_s is None and self._current is self._watch.turn:
            self._watch.close()
        self._line.expect(expecting)
        if hang_up is not None and self._notes.carried:
            await self._open_reply(TurnClock())  # last words are said, whatever cut them off
        await self._answered(hang_up=hang_up)
        leaves = hang_up is not None or (self._notes.leaving and self._cause is InputKind.KEY)
        if hang_up is not None or self._has_words:
            self._notes.last_words = self._brain.reply
        await self._floor.end(last=leaves)
        if leaves:
            self._notes.leaving = True
            self._line.close_when_heard(self._notes.last_words)

    @property
    def _has_words(self) -> bool:
        reply = self._floor.answering()
        return reply is not None and bool(reply.ledger.text)

    async def _answered(self, *, hang_up: str | None) -> None:
        """If nothing was said: say what a stray key has cut off, or wait for the caller."""
        reply, lost = self._floor.answering(), None
        if self._cause is InputKind.KEY:
            lost, self._notes.cut_by_key = self._notes.cut_by_key, None
        if reply is None or hang_up is not None or (reply.ledger.text and not reply.prepared):
            return
        if lost is not None and lost.unheard and self._notes.expecting not in TYPED:
            await self.say(lost.unheard, lost.holds)
        elif not self._replies.saying(other_than=reply.number):
            self._silence.begin()

    async def _open_reply(self, clock: TurnClock, *, foreseen: bool = False) -> None:
        self._current = await self._floor.open(clock, foreseen=foreseen)
        carried, self._notes.carried = self._notes.carried, []
        for words in carried:
            await self.say(words.text, words.holds)
