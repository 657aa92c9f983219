"""Warm transfers: performs the acts of `core.hand_off` and decides nothing beside that table.

The state is a row. A webhook may reach any worker and a worker may die; whoever hears of something
reads the row, moves it by the table, and keeps it if nobody was faster. Acts are performed by the
worker that made the move. One that dies over them loses them; then the stage's limit is what moves
the hand-off on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final, Protocol

from loguru import logger

from telephony.contract import Answer, Goodbye, IncomingCall, LegEvent, LegReport
from telephony.twilio.hand_off_webhook import HandOffHooks, RoomSeat
from telephony.twilio.twiml import new_leg
from voiceagent.core.clock import Clock
from voiceagent.core.hand_off import (
    LEADS_MOST,
    LIMITS_S,
    WITH_A_LEAD,
    HandOff,
    HandOffAct,
    HandOffEnd,
    HandOffEvent,
    HandOffStage,
    feed,
)
from voiceagent.domain.business import Business
from voiceagent.domain.records import CallId, OutboundMessage
from voiceagent.errors import Unavailable, VoiceAgentError
from voiceagent.ports.carrier import WaitingRoom
from voiceagent.ports.hand_off import HandOffAnswer, HandOffWish
from voiceagent.ports.store import Store
from voiceagent.toolkit.call_back import CallBack, leave_message

LOOK_S: Final = 1.0
"""Between two looks at the clock while this worker has callers on hold."""

LOOK_SELDOM_S: Final = 5.0
"""The same while it has none: another worker's may be due, if that one has died."""

JUST_BACK_S: Final = 30.0
"""Who comes back within this time of being sent for is told why they are back."""

_AGAIN: Final = 8
"""Tries to move a row that others move at the same time."""

_WHY: Final = {
    "asked": "The caller asked for a person.",
    "anger": "The caller is upset.",
    "legal": "The caller spoke of legal steps.",
    "emergency": "The caller reported an emergency.",
    "stuck": "The assistant could not help.",
    "technician": "The customer would like a technician on the line.",
}

_OVER: Final = {
    LegEvent.MACHINE: HandOffEvent.MACHINE,
    LegEvent.OVER: HandOffEvent.LEG_OVER,
}


class Waiting(Protocol):
    """What a call manager does for callers who wait in a conference."""

    def on_hold(self, call_sid: str) -> None:
        """The call loses its line now and is not over."""
        ...

    def person_has(self, call_sid: str) -> None:
        """A person talks to the caller: the call is over for the agent."""
        ...

    def off_hold(self, call_sid: str) -> None:
        """The call comes back on a new line at once, or not at all."""
        ...


class WarmTransfers:
    """`ports.hand_off.WarmTransfer`, and the hooks of its webhooks.

    Args:
        business: whose leads are rung.
        clock: for limits.
        store: where hand-offs, outcomes and texts are kept.
        room: the carrier's.
        card: link to what the lead of an attempt should know.
        calls: gives the worker's, which are made after this: their lines ask it for words.
    """

    def __init__(
        self,
        business: Business,
        clock: Clock,
        store: Store,
        room: WaitingRoom,
        card: Callable[[HandOff, int], str],
        calls: Callable[[], Waiting],
    ) -> None:
        self._card = card
        self._business = business
        self._clock = clock
        self._store = store
        self._room = room
        self._calls = calls
        self._mine: set[CallId] = set()
        self._todo: asyncio.Queue[tuple[HandOff, HandOff, tuple[HandOffAct, ...]]] = asyncio.Queue()
        self._woken = asyncio.Event()

    # --- a caller is to talk to a person --------------------------------------------------------

    async def begin(self, wish: HandOffWish) -> HandOffAnswer:
        """See `ports.hand_off.WarmTransfer.begin`."""
        leads = wish.leads[:LEADS_MOST]
        call_sid = wish.call.call_sid
        new = HandOff(
            key=new_leg(),
            call_id=wish.call.call_id,
            call_sid=call_sid,
            leads=tuple(lead.id for lead in leads),
            legs=tuple(new_leg() for _ in leads),
            reason=wish.reason,
            summary=wish.summary,
            call_back=wish.call_back,
            guest="" if wish.guest is None else wish.guest.id,
            guest_leg="" if wish.guest is None else new_leg(),
            due_at=self._clock.now() + timedelta(seconds=LIMITS_S[HandOffStage.PLACING]),
        )
        if not await self._store.hand_offs.open(new):
            return _answer_again(await self._store.hand_offs.of_call(wish.call.call_id))
        self._calls().on_hold(call_sid)
        self._mine.add(new.call_id)
        self._woken.set()
        held = False
        try:
            held = await self._room.hold(call_sid, new.key)
        except VoiceAgentError as error:
            logger.warning("hand_off.not_held: {}", error.code)
        finally:
            if not held:
                self._calls().off_hold(call_sid)
        with suppress(Unavailable):  # then the limit of the stage brings them back
            await self._feed(new, HandOffEvent.HELD if held else HandOffEvent.NOT_HELD)
        return HandOffAnswer.WAITING if held else HandOffAnswer.REFUSED

    async def words_for(self, call_id: CallId) -> str:
        """What a caller who was just brought back is told; ``""`` for anybody else.

        The message that these words speak of is left before.
        """
        row = await self._store.hand_offs.of_call(call_id)
        if row is None or row.ended is not HandOffEnd.RETURNED:
            return ""
        if self._clock.now() - row.due_at > timedelta(seconds=JUST_BACK_S):
            return ""
        asked = CallBack(call_id, row.call_back, row.reason, row.summary)
        lead = self._business.rung_as(row.leads[0])
        _, told = await leave_message(self._store, self._business, lead, asked)
        return told

    # --- what the carrier tells and asks --------------------------------------------------------

    def hooks(self, come_back: Callable[[str], Answer]) -> HandOffHooks:
        """For the carrier's edge.

        Args:
            come_back: sends a call to the agent again, or takes a message.
        """

        async def caller_out(call: IncomingCall) -> Answer:
            return await self._caller_out(call.call_sid, come_back)

        return HandOffHooks(
            caller_out=caller_out,
            caller_gone=self.caller_gone,
            lead_answered=self._lead_answered,
            lead_decided=self._lead_decided,
            told=self._told,
        )

    async def caller_gone(self, call_sid: str) -> None:
        """The carrier says that a call is over, whether it was on hold or not."""
        row = await self._store.hand_offs.of_call_sid(call_sid)
        if row is not None:
            await self._feed(row, HandOffEvent.CALLER_GONE)

    async def _caller_out(self, call_sid: str, come_back: Callable[[str], Answer]) -> Answer:
        """A lead has talked to them: goodbye. Otherwise they talk to the agent again."""
        row = await self._store.hand_offs.of_call_sid(call_sid)
        if row is None:
            return Goodbye()
        row = await self._feed(row, HandOffEvent.CALLER_OUT)
        returning = row.stage is HandOffStage.RETURNING or row.ended is HandOffEnd.RETURNED
        if not returning:
            return Goodbye()
        answer = come_back(call_sid)
        await self._feed(row, HandOffEvent.BACK)
        return answer

    async def _lead_answered(self, leg: str, leg_sid: str) -> str | None:
        row = await self._for_guest(leg)
        if row is None:
            row = await self._of_leg(leg, HandOffEvent.ANSWERED, leg_sid)
            if row is None or row.stage not in WITH_A_LEAD:
                return None
        elif row.stage is not HandOffStage.JOINED:
            return None
        why = _WHY.get(row.reason, "")
        return f"A call for {self._business.name}. {why} {row.summary}"

    async def _for_guest(self, leg: str) -> HandOff | None:
        """The hand-off whose guest has this leg; ``None`` for the legs of all others."""
        row = await self._store.hand_offs.by_key(leg)
        return row if row is not None and row.guest_leg == leg else None

    async def _lead_decided(self, leg: str, leg_sid: str, wants: bool) -> RoomSeat | None:
        row = await self._for_guest(leg)
        if row is not None:
            talking = wants and row.stage is HandOffStage.JOINED
            return RoomSeat(row.key, guest=True) if talking else None
        event = HandOffEvent.PRESSED if wants else HandOffEvent.UNPRESSED
        row = await self._of_leg(leg, event, leg_sid)
        if row is None or not wants or row.stage is not HandOffStage.JOINING:
            return None
        return RoomSeat(row.key)

    async def _told(self, report: LegReport) -> None:
        if report.event is not LegEvent.IN_ROOM:
            guest = await self._for_guest(report.key)
            if guest is None:
                await self._of_leg(report.key, _OVER[report.event], report.leg_sid)
            elif report.event is LegEvent.MACHINE:
                await self._end_leg(report.leg_sid)
            return
        row = await self._store.hand_offs.by_key(report.key)
        if row is None:
            return
        if report.leg_sid == row.leg_sid:
            await self._feed(row, HandOffEvent.LEAD_IN, attempt=row.attempt)
        elif report.leg_sid not in {row.call_sid, row.guest_sid}:
            await self._end_leg(report.leg_sid)  # one that was given up

    async def _of_leg(self, leg: str, event: HandOffEvent, leg_sid: str) -> HandOff | None:
        """Feed what a lead's leg tells; ``None`` when another attempt, or none, is under way."""
        row = await self._store.hand_offs.by_key(leg)
        attempt = None if row is None else row.attempt_of(leg)
        if row is None or attempt is None:
            return None
        row = await self._feed(row, event, attempt=attempt, leg_sid=leg_sid)
        return row if row.attempt == attempt else None

    # --- moving the row -----------------------------------------------------------------------

    async def _feed(
        self,
        row: HandOff,
        event: HandOffEvent,
        *,
        attempt: int | None = None,
        leg_sid: str = "",
    ) -> HandOff:
        """Move a hand-off on, and have the acts performed; as it is afterwards.

        Raises:
            Unavailable: it cannot be kept, or others move it all the time.
        """
        acts: tuple[HandOffAct, ...] = ()

        def by_the_table(row: HandOff) -> HandOff:
            nonlocal acts
            moved, acts = feed(row, event, self._clock.now(), attempt=attempt)
            of_leg = moved is not row and moved.attempt == attempt
            return _with_leg(moved, leg_sid) if of_leg else moved

        before, moved = await self._change(row, by_the_table)
        if moved is not before:
            logger.info("hand_off.moved: {} at {}, now {}", event, before.stage, moved.stage)
            if before.attempt == attempt:
                before = _with_leg(before, leg_sid)
            self._todo.put_nowait((before, moved, acts))
        return moved

    async def _change(
        self, row: HandOff, change: Callable[[HandOff], HandOff]
    ) -> tuple[HandOff, HandOff]:
        """Keep what `change` makes of a hand-off, of the newer one if others were faster.

        Returns:
            it before and after; the same twice where there was nothing to change.

        Raises:
            Unavailable: it cannot be kept, or others move it all the time.
        """
        for _ in range(_AGAIN):
            changed = change(row)
            if changed is row or await self._store.hand_offs.change(changed):
                return row, changed
            newer = await self._store.hand_offs.of_call(row.call_id)
            if newer is None:
                return row, row
            row = newer
        raise Unavailable("hand_off.contended", "Others move this hand-off all the time.")

    async def run(self) -> None:
        """Perform acts and keep the limits until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_limits())
            while True:
                before, moved, acts = await self._todo.get()
                tasks.create_task(self._perform(before, moved, acts))

    async def _perform(self, before: HandOff, moved: HandOff, acts: tuple[HandOffAct, ...]) -> None:
        """In their order. A defect or an outage leaves the rest to the stage's limit."""
        works: dict[HandOffAct, Callable[[], Awaitable[None]]] = {
            HandOffAct.END_LEG: lambda: self._end_leg(before.leg_sid),
            HandOffAct.RING: lambda: self._ring(moved),
            HandOffAct.BRING_BACK: lambda: self._bring_back(moved),
            HandOffAct.END_CALLER: lambda: self._room.hang_up(moved.call_sid),
            HandOffAct.SEND_CARD: lambda: self._send_card(moved),
            HandOffAct.JOIN: lambda: self._tell(moved),
            HandOffAct.RING_GUEST: lambda: self._ring_guest(moved),
            HandOffAct.CLOSE: lambda: self._close(moved),
        }
        for act in acts:
            try:
                await works[act]()
            except VoiceAgentError as error:
                logger.warning("hand_off.act_failed: {}: {}", act, error.code)
            except Exception:  # noqa: BLE001 - one hand-off's defect must not end the others
                logger.exception("hand_off.act_failed: {}", act)

    async def _ring(self, row: HandOff) -> None:
        lead, leg = self._business.rung_as(row.leads[row.attempt]), row.legs[row.attempt]
        try:
            leg_sid = "" if lead is None else await self._room.ring_lead(lead.phone, leg)
        except VoiceAgentError as error:
            logger.warning("hand_off.unrung: {}", error.code)
            leg_sid = ""
        if not leg_sid:
            await self._feed(row, HandOffEvent.UNRUNG, attempt=row.attempt)
        elif not await self._learn(row, leg_sid):
            await self._end_leg(leg_sid)  # it was given up while it was being rung

    async def _learn(self, rung: HandOff, leg_sid: str) -> bool:
        """Keep the name of a leg; False when its attempt is over."""

        def named(row: HandOff) -> HandOff:
            rings = row.attempt == rung.attempt and row.stage in WITH_A_LEAD
            if row.leg_sid == leg_sid or not rings:
                return row
            return replace(row, leg_sid=leg_sid, version=row.version + 1)

        _, row = await self._change(rung, named)
        return row.leg_sid == leg_sid

    async def _ring_guest(self, row: HandOff) -> None:
        """Ring the third one; the two talk on whether or not that can be done."""
        guest = self._business.rung_as(row.guest)
        if guest is None:
            return
        leg_sid = await self._room.ring_lead(guest.phone, row.guest_leg)

        def named(row: HandOff) -> HandOff:
            if row.stage is not HandOffStage.JOINED or row.guest_sid:
                return row
            return replace(row, guest_sid=leg_sid, version=row.version + 1)

        _, now = await self._change(row, named)
        if now.guest_sid != leg_sid:
            await self._end_leg(leg_sid)  # the two were done while it was being rung

    async def _close(self, row: HandOff) -> None:
        await self._tell(row)
        await self._end_leg(row.guest_sid)

    async def _send_card(self, row: HandOff) -> None:
        lead = self._business.rung_as(row.leads[row.attempt])
        if lead is None:
            return
        body = f"{self._business.name}: the call you take. {self._card(row, row.attempt)}"
        key = f"hand-off-card:{row.legs[row.attempt]}"
        note = OutboundMessage(key, "sms", lead.phone, body, call_id=row.call_id)
        await self._store.outbox.put(note)

    async def _bring_back(self, row: HandOff) -> None:
        if not await self._room.bring_back(row.call_sid):
            await self._feed(row, HandOffEvent.CALLER_GONE)

    async def _end_leg(self, leg_sid: str) -> None:
        if leg_sid:
            await self._room.hang_up(leg_sid)

    async def _tell(self, row: HandOff) -> None:
        """The worker's own calls hear how it stands; a call that is not here is no matter."""
        if row.has_joined:
            self._calls().person_has(row.call_sid)
        elif row.stage is not HandOffStage.ENDED:
            return
        elif row.ended is not HandOffEnd.UNPLACED:
            self._calls().off_hold(row.call_sid)
        self._mine.discard(row.call_id)

    # --- what nobody tells ----------------------------------------------------------------------

    async def _keep_limits(self) -> None:
        while True:
            try:
                for row in await self._store.hand_offs.due(self._clock.now()):
                    await self._feed(row, HandOffEvent.TIME_UP)
                if self._mine:  # moved by another worker, perhaps
                    for row in await self._store.hand_offs.of_calls(tuple(self._mine)):
                        await self._tell(row)
            except Unavailable as error:
                logger.warning("hand_off.clock: {}", error.code)
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S if self._mine else LOOK_SELDOM_S):
                    await self._woken.wait()


def _answer_again(row: HandOff | None) -> HandOffAnswer:
    """What a wish is told whose call has had its hand-off."""
    match row:
        case None | HandOff(ended=HandOffEnd.UNPLACED):
            return HandOffAnswer.REFUSED
        case HandOff(ended=None):
            return HandOffAnswer.WAITING
        case _:
            return HandOffAnswer.NOBODY


def _with_leg(row: HandOff, leg_sid: str) -> HandOff:
    return replace(row, leg_sid=row.leg_sid or leg_sid)
