"""What the line tells us, one event at a time, and what is done about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pipelines.line_events import (
    BargeIn,
    CallerEvent,
    Closed,
    Finished,
    Key,
    LineEvent,
    LineEvents,
    NearlyFinished,
    Paused,
    Position,
    Progress,
    Resumed,
    Sound,
    Started,
    TimeIsUp,
)
from pipelines.replies import ClosedReply
from pipelines.session.mouth import VoiceMouth
from pipelines.session.shared import Shared
from voiceagent.core.budget.ladder import Passed
from voiceagent.core.budget.preemptive_generation import TurnProgress
from voiceagent.core.wire import Played
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.dialogue.port import PERSON_KEY
from voiceagent.domain.card_watch import Sign

AskPartial = Callable[[], Awaitable[None]]
"""Asks the recogniser for its transcript so far."""


class LineReactor:
    """Turns line events into acts.

    Args:
        shared: of the session.
        events: of the line.
        gate: keeps card numbers out of the keys.
        mouth: says goodbye when the call has lasted as long as one may.
        ask_partial: asks the recogniser for its transcript so far, if it does not push it.
    """

    def __init__(
        self,
        shared: Shared,
        events: LineEvents,
        gate: CallerGate,
        mouth: VoiceMouth,
        ask_partial: AskPartial | None,
    ) -> None:
        self._line = shared.line
        self._input = shared.input
        self._brain = shared.brain
        self._replies = shared.replies
        self._floor = shared.floor
        self._watch = shared.watch
        self._preemptive = shared.preemptive
        self._shared = shared
        self._silence = shared.silence
        self._notes = shared.notes
        self._telling = shared.telling
        self._recording = shared.recording
        self._events = events
        self._gate = gate
        self._mouth = mouth
        self._ask_partial = ask_partial

    async def run(self) -> Closed:
        """React until the line has closed; how it did."""
        while not isinstance(event := await self._events.get(), Closed):
            await self._on(event)
        return event

    async def _on(self, event: LineEvent) -> None:
        match event:
            case Sound():
                await self._input.sound(event.pcm_8k)
            case Progress():
                self._note_sent(event.played)
                if (closed := self._replies.progress(event.played)) is not None:
                    self._reply_heard(closed)
                else:
                    self._telling.heard(event.played)
            case Position():
                self._telling.heard(event.played)
            case Key():
                await self._on_key(event)
            case TimeIsUp():
                await self._mouth.time_is_up()
            case Closed():
                pass
            case _:
                await self._on_caller(event)

    async def _on_caller(self, event: CallerEvent) -> None:
        match event:
            case Started():
                await self._on_started(event)
            case Paused():
                if self._ask_partial is not None:
                    await self._ask_partial()
            case Resumed():
                await self._goes_on()
            case NearlyFinished():
                self._foresee(TurnProgress.PROBABLY_OVER)
            case Finished():
                self._foresee(TurnProgress.OVER)
                self._telling.caller_finished(event.end)
                self._recording.turn_finished()
                self._notes.turn.clock = self._watch.begin(event.end, self._notes.expecting)
                await self._input.voice_finished()
            case BargeIn():
                self._telling.barged_in()
                # sound of theirs that came since must not be heard
                self._line.stop_speaking(event.through)
                await self._cut_off(event.heard, event.through)

    async def _on_started(self, event: Started) -> None:
        self._telling.caller_started()
        self._recording.turn_started()
        self._silence.over()
        await self._goes_on()
        self._floor.taken()
        self._watch.close()
        await self._hush(event.through)
        await self._input.voice_started()

    async def _on_key(self, event: Key) -> None:
        """A key is an answer to what was heard: what was about to be said before it is cut off.

        But for one that goes on a card number: that was refused, and the refusal must be heard; and
        a goodbye is heard, whatever comes after it.
        """
        self._silence.over()
        self._telling.key()
        pressed = self._gate.key(event.digit, self._notes.expecting)
        self._recording.key_judged(Sign.CARD if pressed is None else pressed.sign)
        if pressed is None:
            return
        if self._notes.leaving and event.digit == PERSON_KEY:
            self._line.stay()
        await self._hush(event.through)
        turn = self._notes.turn
        lost, turn.cut_reply = turn.cut_reply, None
        self._notes.cut_by_key = lost or self._notes.cut_by_key
        self._shared.conversation.put(pressed)

    async def _hush(self, through: int) -> None:
        """Cut off what is still to be said of the replies up to a number, but for a goodbye."""
        if not self._notes.leaving and self._replies.speaking_through(through):
            await self._cut_off(self._line.stop_speaking(through), through)

    def _foresee(self, progress: TurnProgress) -> None:
        """The turn has probably ended: with these words, or with those that come now."""
        turn = self._notes.turn
        turn.progress = progress
        self._preemptive.prepare(turn.words, progress)

    async def _goes_on(self) -> None:
        """The caller speaks: what the words so far were taken for is void."""
        self._notes.turn.words, self._notes.turn.progress = "", TurnProgress.SPOKEN
        await self._preemptive.forget()

    async def _cut_off(self, heard: Played | None, through: int) -> None:
        """The caller took the floor: close our replies at what was heard, stop making more.

        Replies with a number above `through` were begun after it happened: they are not touched.
        """
        if self._brain.reply <= through:
            self._floor.taken()
        for reply in self._shared.cut(heard, through=through):
            self._notes.turn.cut_reply = reply
            self._shared.reply_closed(reply)
        await self._brain.interrupt(through, heard)
        self._floor.closed_reply()

    def _note_sent(self, played: Played) -> None:
        self._telling.sounds(played)
        reply = self._replies.get(played.utterance)
        if reply is not None and played.first_sent_s is not None:
            self._watch.passed(reply.clock, Passed.SENT, played.first_sent_s)

    def _reply_heard(self, reply: ClosedReply) -> None:
        self._shared.reply_closed(reply)
        if self._floor.closed_reply() and not reply.last:
            self._silence.begin()
