"""Which reply is being spoken in, by the conversation or by the budget's remedies.

The conversation speaks in the reply it has opened (`answer`). A remedy speaks unasked: in that same
reply while it has no words yet, else in one that it opens for the turn; the conversation then goes
on in it, so that a filler and the answer are one utterance. An apology closes its reply, because it
asks the caller to speak; an answer that comes after all gets a reply of its own.

An answer may be made ahead, while the caller's turn is only probably over (`preemptive`): its sound
is withheld until the conversation says that very sentence in answer to the turn, or it is
forgotten.

Sound that is ready goes straight to the line; everything else goes through speech synthesis. The
short way is taken only when nothing is under way on the long one, so nothing is overtaken.
"""

from __future__ import annotations

import asyncio

from pipelines.ready_speech import ReadySentence, ReadyVoice
from pipelines.replies import Replies, Reply
from pipelines.reply_source import ReplySource, sentences
from pipelines.transport import SpeechLine
from pipelines.turn_clock import TurnClock
from voiceagent.core.clock import Clock
from voiceagent.dialogue.house.wording import FILLERS, TOO_SLOW


class Floor:
    """Where a call's words go. Implements `Remedies`.

    Args:
        clock: of the call.
        replies: those under way.
        brain: the way through speech synthesis.
        ready: sentences whose sound is ready.
        line: where sound goes.
    """

    def __init__(
        self,
        clock: Clock,
        replies: Replies,
        brain: ReplySource,
        ready: ReadyVoice,
        line: SpeechLine,
    ) -> None:
        self._clock = clock
        self._replies = replies
        self._brain = brain
        self._ready = ready
        self._fillers_said = 0
        self._preparing = asyncio.Lock()
        self._line = line
        self.answer = 0
        """Number of the reply that the conversation speaks in; 0 when it has none."""
        self.cover: TurnClock | None = None
        """The turn for which a remedy has opened a reply that the conversation is not in yet."""
        self.excused: TurnClock | None = None
        """The turn whose delay was apologised for while the conversation was at it."""
        self._settled = asyncio.Event()
        self._settled.set()

    def taken(self) -> None:
        """The caller speaks: what was opened for them is over."""
        self.cover = self.excused = None

    @property
    def quiet(self) -> bool:
        """Whether everything said has been heard."""
        return self._settled.is_set()

    async def until_quiet(self) -> None:
        """Wait until everything said has been heard, or the call is over."""
        await self._settled.wait()

    def closed_reply(self) -> bool:
        """A reply is over; whether nothing else is being said."""
        if self._replies.speaking:
            return False
        self._settled.set()
        return True

    def over(self) -> None:
        """Nothing will be said any more."""
        self._settled.set()

    def answering(self) -> Reply | None:
        """The reply that the conversation may speak in; ``None`` when it was cut off."""
        return None if self._brain.cut else self._replies.get(self.answer)

    def is_ready(self, sentence: str) -> bool:
        """Whether a sentence needs no synthesis."""
        return self._ready.get(sentence) is not None

    @property
    def preparing(self) -> bool:
        """Whether a reply is being made ahead."""
        return self._replies.preemptive is not None

    async def prepare(self, sentence: str) -> None:
        """Make the first sentence of a reply that may be wanted; nothing of it is heard yet."""
        if self._replies.speaking or self.is_ready(sentence):
            return
        await self.forget()
        reply = self._replies.open(self._brain.reply + 1, TurnClock())
        reply.preemptive, reply.prepared, reply.queued = True, sentence, True
        reply.ledger.plan(sentence)
        self._line.withhold(reply.number)
        async with self._preparing:  # what is said next must not overtake this sentence
            await self._brain.begin()
            if self._replies.get(reply.number) is reply:
                await self._brain.say(sentence)

    async def forget(self) -> None:
        """What was made ahead is not wanted."""
        if (reply := self._replies.preemptive) is None:
            return
        self._replies.discard(reply.number)
        self._line.drop(reply.number)
        await self._brain.take_back()

    async def open(self, clock: TurnClock, *, foreseen: bool = False) -> TurnClock:
        """Open a reply for the conversation, or go on in the one a remedy has opened; its clock.

        Args:
            clock: of the turn it answers.
            foreseen: it answers the turn for which a reply was made ahead.
        """
        self.excused = None
        if self.cover is not None:
            clock, self.cover = self.cover, None
            self.answer = self._brain.reply
        elif foreseen and (reply := self._replies.preemptive) is not None:
            reply.preemptive, reply.clock = False, clock
            self.answer = reply.number
        else:
            self.answer = (await self._start(clock)).number
        return clock

    async def end(self, *, last: bool) -> None:
        """The conversation's reply is complete; one that was closed before needs no end."""
        if self.answer != self._brain.reply:
            return
        if (reply := self._replies.get(self.answer)) is not None:
            reply.last = last
            if reply.prepared:
                reply.preemptive = True
                await self.forget()
            elif not reply.ledger.text:
                self._replies.discard(reply.number)
        await self._brain.end()

    async def grant(self, reply: Reply, sentence: str) -> bool:
        """Say a sentence that was made ahead; False when another one was."""
        if reply.prepared != sentence:
            return False
        reply.prepared = ""
        async with self._preparing:
            pass
        self._settled.clear()
        self._line.grant(reply.number)
        return True

    async def instead(self, reply: Reply) -> Reply:
        """Another reply in place of one that was made ahead in vain."""
        reply.preemptive = True
        await self.forget()
        other = await self._start(reply.clock)
        self.answer = other.number
        return other

    async def speak(self, reply: Reply, sentence: str) -> bool:
        """Say a sentence of the answer; whether its sound was ready."""
        self._settled.clear()
        ready = self._ready.get(sentence)
        if ready is not None and not reply.queued and self._replies.alone(reply.number):
            reply.ledger.sentence(sentence)
            reply.ledger.sound(ready.samples, ready.word_starts)
            self._play(reply, ready)
            return True
        reply.queued = True
        await self._brain.say(sentence)
        return False

    async def fill(self, turn: TurnClock, tool_filler: str) -> float | None:
        """See `Remedies`."""
        choices = (tool_filler, *FILLERS[self._fillers_said :], *FILLERS[: self._fillers_said])
        ready = next((r for r in map(self._ready.get, choices) if r is not None), None)
        if ready is None or (reply := await self._unasked(turn)) is None:
            return None
        if reply.queued:
            return None
        self._fillers_said = (self._fillers_said + 1) % len(FILLERS)
        self._interject(reply, ready, aside=True)
        return ready.seconds

    async def apologise(self, turn: TurnClock) -> bool:
        """See `Remedies`."""
        if (reply := await self._unasked(turn)) is None:
            return False
        lines = sentences(TOO_SLOW)
        ready = [self._ready.get(line) for line in lines]
        if reply.queued and not all(ready):
            return False  # speech synthesis is what the caller is waiting for
        for line, sound in zip(lines, ready, strict=True):
            if sound is not None:
                self._interject(reply, sound, aside=False)
            else:
                turn.covered(self._clock.monotonic(), 0)
                await self._brain.say(line)
        if not reply.queued:
            turn.excused = True
            self.excused = turn if self.answer == reply.number else None
            self.cover, self.answer = None, 0
            await self._brain.end()
        return True

    async def _unasked(self, turn: TurnClock) -> Reply | None:
        """The reply to speak in for a turn whose answer is late; ``None`` while another is."""
        reply = self._replies.get(self._brain.reply)
        if reply is not None and reply.clock is turn and not self._brain.cut:
            return await self.instead(reply) if reply.prepared else reply
        if self._replies.speaking:
            return None
        self.cover = turn
        return await self._start(turn)

    async def _start(self, clock: TurnClock) -> Reply:
        await self.forget()
        reply = self._replies.open(self._brain.reply + 1, clock)
        await self._brain.begin()
        return reply

    def _play(self, reply: Reply, ready: ReadySentence) -> None:
        self._settled.clear()
        for piece in ready.pieces:
            self._line.say(reply.number, piece.pcm_8k)

    def _interject(self, reply: Reply, ready: ReadySentence, *, aside: bool) -> None:
        """Say what nobody asked for, and write it down as what covered the delay."""
        reply.ledger.interject(ready.text, ready.samples, ready.word_starts, aside=aside)
        reply.clock.covered(self._clock.monotonic(), ready.samples)
        self._play(reply, ready)
