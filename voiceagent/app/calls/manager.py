"""The call manager: opens calls, serves them, closes them with their one outcome.

It performs the acts of `core.call_life` and decides nothing beside that table. A stream that is let
in is one task of the carrier's edge (`accept`), a line that is served is one task of ours.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from loguru import logger

from telephony.twilio.socket import CallAccepted
from voiceagent.app.calls.book import CallBook, Intake
from voiceagent.app.calls.drain import Drain
from voiceagent.app.calls.hand_over import ASKED_FOR, HandOver
from voiceagent.app.calls.live_call import Lines, LiveCall, ServedLine
from voiceagent.app.calls.outcomes import OutcomeWriter, outcome_of
from voiceagent.app.calls.sweeping import Sweeper
from voiceagent.app.ops.garbage import GarbageRounds
from voiceagent.core.call_life import TALKING, CallAct, CallLifeEvent, CallStage, event_of
from voiceagent.core.clock import Clock
from voiceagent.core.wire import CarrierEvents, LineEnd
from voiceagent.domain.business import Business
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart, Outcome
from voiceagent.errors import CallerFixable, Unavailable, VoiceAgentError
from voiceagent.ports.carrier import CallControl
from voiceagent.ports.live import CallTellers, LineClosed, LineOpened, Untold
from voiceagent.ports.meter import CallMeter, Unmetered
from voiceagent.ports.store import Store
from voiceagent.ports.tracing import trace_of

COMES_BACK_S: Final = 4.0
"""How long a call that has lost its line may come back on a new one before it is over, unless the
carrier says before that it is."""

TAKE_OVER_S: Final = 3.0
"""How long a new line waits for the one before it to write down what it heard."""


class CallManager:
    """Serves calls until told to stop.

    Args:
        business: whose calls they are.
        clock: for deadlines.
        store: where calls are kept.
        call_control: what the carrier can do with a call.
        lines: where lines come from.
        tasks: the worker's task group; each line is one task in it.
        meter: hears of every outcome.
        live: is told what happens.
    """

    def __init__(
        self,
        *,
        business: Business,
        clock: Clock,
        store: Store,
        call_control: CallControl,
        lines: Lines,
        tasks: asyncio.TaskGroup,
        meter: CallMeter | None = None,
        live: CallTellers | None = None,
    ) -> None:
        self._clock = clock
        self._store = store
        self._lines = lines
        self._tasks = tasks
        self._book = CallBook(clock)
        self._live = live or Untold()
        self._outcomes = OutcomeWriter(store.calls, self._book, meter or Unmetered(), self._live)
        self.sweeper = Sweeper(store.calls, self._book, meter)
        self._hand_over = HandOver(
            business,
            call_control,
            now=clock.now,
            over=self.call_settled,
            asks_again=self.carrier_asks_again,
        )
        self._drain = Drain(self._book, self._hand_over)
        self._garbage = GarbageRounds()

    @property
    def live(self) -> int:
        """Calls being served now."""
        return self._book.talking

    @property
    def draining(self) -> bool:
        """Whether no new calls are taken any more."""
        return self._book.intake is not Intake.OPEN

    @property
    def live_calls(self) -> list[CallId]:
        """Calls whose outcome is still this worker's to write."""
        return self._book.owed

    def free_slots(self, pending: int) -> int:
        """How many more calls can be taken beside the live ones and `pending` expected ones."""
        free = self._lines.free_slots - self._book.waiting - pending
        return max(0, free) if self._book.intake is Intake.OPEN else 0

    # --- a stream is let in -------------------------------------------------------------------

    async def accept(self, accepted: CallAccepted) -> CarrierEvents:
        """Open a call whose token was good; the line that hears it.

        Raises:
            Unavailable: no line is free, the call is over, or the store is down.
        """
        if self._book.intake in {Intake.HANDING_OVER, Intake.CUT}:
            raise Unavailable("calls.closing", "This worker takes no more calls.")
        call = self._book.coming_in(accepted.call.call_sid)
        before = call.served
        acts = self._book.feed(call, CallLifeEvent.START)
        if CallAct.OPEN not in acts:
            raise Unavailable("calls.over", "This call has ended already.")
        if CallAct.CLOSE_LINE in acts and before is not None:
            before.close(LineEnd.FAILED)
        call.streams += 1
        call.waiting += 1  # its token is spent and its line not made: its place stays taken
        try:
            return await self._open(call, accepted, call.streams)
        finally:
            call.waiting -= 1

    async def _open(self, call: LiveCall, accepted: CallAccepted, stream: int) -> CarrierEvents:
        try:
            start, known = await self._on_record(call, accepted)
            await self._left_its_line(call)
            first_turn = await self._store.calls.turn_count(start.call_id) if known else 0
            self._may_have_a_line(call, stream)
            served = self._lines.open(start, accepted, known=known, first_turn=first_turn)
        except BaseException:
            self._not_opened(call)
            raise
        self._live.of(call.call_sid).tell(LineOpened(resumed=known, from_number=start.from_number))
        call.served = served
        if CallAct.SERVE in self._book.feed(call, CallLifeEvent.OPENED):
            self._tasks.create_task(self._serve(call, served))
        return served.heard_by

    async def _on_record(self, call: LiveCall, accepted: CallAccepted) -> tuple[CallStart, bool]:
        """The call's row, and whether it was there before.

        Raises:
            Unavailable: the call has ended, or the store is down.
        """
        if call.start is not None:
            return call.start, True
        rung = accepted.call
        new = CallId(str(uuid.uuid4()))
        start = CallStart(new, rung.call_sid, "voice", rung.from_number, rung.to_number)
        await self.sweeper.rests()
        call_id = await self._store.calls.open(start)
        # Our own id came back: the row is new, and there is nothing of the call to read. The caller
        # waits for the greeting, and each question to a busy database costs them some of it.
        known = call_id != new
        if known and await self._store.calls.outcome(call_id) is not None:
            raise Unavailable("calls.over", "This call has ended already.")
        call.start = replace(start, call_id=call_id)
        return call.start, known

    def _may_have_a_line(self, call: LiveCall, stream: int) -> None:
        if call.streams != stream:
            raise Unavailable("calls.moved", "A newer stream has this call.")
        if self._book.intake is Intake.CUT:
            raise Unavailable("calls.closing", "This worker takes no more calls.")

    async def _left_its_line(self, call: LiveCall) -> None:
        """Wait (bounded) until an older line has written what it heard."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TAKE_OVER_S):
                while call.served is not None:
                    await call.moved()

    def _not_opened(self, call: LiveCall) -> None:
        """A stream got no line. Where another one may still, that is nothing to the call."""
        if call.waiting > 1:
            return
        if call.start is None:
            self._book.feed(call, CallLifeEvent.REFUSED)
            return
        call.line_end = LineEnd.FAILED
        if CallAct.WAIT in self._book.feed(call, CallLifeEvent.STRANDED):
            self._tasks.create_task(self._wait(call))

    # --- a line is served -----------------------------------------------------------------------

    async def _serve(self, call: LiveCall, served: ServedLine) -> None:
        """One line of a call, from its first sound to what is next. Never raises to the worker."""
        with logger.contextualize(call=trace_of(call.call_sid)):
            await self._serve_line(call, served)

    async def _serve_line(self, call: LiveCall, served: ServedLine) -> None:
        end = LineEnd.FAILED
        try:
            end = await served.talk()
        except* VoiceAgentError as group:
            logger.error("calls.call_failed: {}", group.exceptions[0])
        except* Exception:  # noqa: BLE001 - one call's defect must not end the others
            logger.exception("calls.call_failed")
        call.left(served, end)
        self._live.of(call.call_sid).tell(LineClosed(end))
        acts: tuple[CallAct, ...] = ()
        if call.served is served:
            call.served = None
            acts = self._book.feed(call, event_of(end))
        self._garbage.call_ended(self._book.talking)
        if not acts:
            logger.info("calls.goes_on: line closed by {}", end)
        await self._perform(call, acts)

    async def _perform(self, call: LiveCall, acts: tuple[CallAct, ...]) -> None:
        if CallAct.WAIT in acts:
            await self._wait(call)
        if CallAct.WRITE in acts:
            with logger.contextualize(call=trace_of(call.call_sid)):
                await self._outcomes.write(call)

    async def _wait(self, call: LiveCall) -> None:
        """A call has no line: give it time to come back, then let it end."""
        stream = call.streams
        if self._book.intake is Intake.CUT:
            await self._perform(call, self._book.feed(call, CallLifeEvent.OVER))
            return
        while call.on_hold and _is_away(call, stream):
            await call.moved()
        with suppress(TimeoutError):
            async with asyncio.timeout(COMES_BACK_S):
                while _is_away(call, stream):
                    await call.moved()
        if call.streams == stream:
            await self._perform(call, self._book.feed(call, CallLifeEvent.NOT_BACK))

    # --- what the carrier says and asks -----------------------------------------------------------

    def call_settled(self, call_sid: str) -> None:
        """The carrier says that a call is over; nobody need wait for it any longer."""
        self._book.asks_again(call_sid, None)
        if (call := self._book.find(call_sid)) is not None:
            acts = self._book.feed(call, CallLifeEvent.OVER)
            if CallAct.WRITE in acts:
                self._tasks.create_task(self._perform(call, acts))

    async def outcome_of(self, call_sid: str, *, wait_s: float) -> Outcome | None:
        """How a call ended; see `outcomes.outcome_of`."""
        return await outcome_of(self._book, self._store.history, call_sid, wait_s=wait_s)

    def last_end(self, call_sid: str) -> LineEnd | None:
        """How the last line of a call that is over ended; ``None`` when unknown here."""
        return self._book.last_end(call_sid)

    def carrier_asks_again(self, call_sid: str, within_s: float) -> None:
        """The carrier will probably ask about the call once more; it must find somebody."""
        self._book.asks_again(call_sid, self._clock.monotonic() + within_s)

    async def voicemail_left(self, call_sid: str) -> None:
        """The caller left a message instead of talking to the agent."""
        history = await self._store.history.call(call_sid)
        if history is not None:
            left = Evidence.of(Outcome.VOICEMAIL)
            await self._store.calls.close(history.summary.call.call_id, left)

    def on_hold(self, call_sid: str) -> None:
        """A call is sent to a conference, to wait for a person: losing its line is no end of it."""
        if (call := self._book.find(call_sid)) is not None:
            call.hold(on=True)

    def off_hold(self, call_sid: str) -> None:
        """It comes back within the usual time, or is over."""
        if (call := self._book.find(call_sid)) is not None:
            call.hold(on=False)

    def person_has(self, call_sid: str) -> None:
        """A person talks to the caller of a call that was on hold: its outcome is that."""
        if (call := self._book.find(call_sid)) is not None:
            call.evidence |= Evidence.of(Outcome.TRANSFERRED)
            call.hold(on=False)
            self.call_settled(call_sid)

    def pause(self) -> None:
        """Take no new calls until `reopen`; those there are go on, and may come back."""
        if self._book.intake is Intake.OPEN:
            self._book.intake = Intake.PAUSED

    def reopen(self) -> None:
        """Take new calls again; nothing when the server is being stopped."""
        if self._book.intake is Intake.PAUSED:
            self._book.intake = Intake.OPEN

    def hand_over(self, call_sid: str) -> None:
        """Have a person take a call over; it has begun when this returns.

        Raises:
            CallerFixable: ``calls.not_talking``, no such call is on a line here.
        """
        call = self._book.find(call_sid)
        if call is None or call.served is None or call.stage not in TALKING:
            raise CallerFixable("calls.not_talking", "This call is not on a line now.")
        self._tasks.create_task(self._hand_over.hand_over(call, call.served, ASKED_FOR))

    async def drain(
        self, limit_s: float, *, at_once: asyncio.Event, announced: Callable[[], int]
    ) -> None:
        """Take no new calls; those there are end by themselves, after `limit_s` with a person.

        Returns when all are over and the carrier has probably no more questions, or `at_once`.

        Args:
            limit_s: how long calls may go on.
            at_once: set when nobody is waited for any more; what still goes on is cut.
            announced: calls that rang before and have not connected yet.
        """
        self._book.intake = Intake.CLOSING
        self._outcomes.leaving()
        await self._drain.run(limit_s, at_once=at_once, announced=announced)


def _is_away(call: LiveCall, stream: int) -> bool:
    return call.stage is CallStage.AWAY and call.streams == stream
