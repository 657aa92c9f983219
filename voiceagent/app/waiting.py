"""The waiting list at work: freed windows are offered by text, and answers to that are taken in.

An answer books by the tools that a conversation books by, in the name of the conversation in which
the customer asked to wait: price, dispatcher, texts and audit are theirs. Composition-level.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import time, timedelta
from typing import Final

from loguru import logger

from voiceagent.app.composition import Engine
from voiceagent.core.clock import Clock
from voiceagent.core.waiting import WaitStage
from voiceagent.dialogue.house.moves import TOOL_OF, ToolUse
from voiceagent.domain import calendar
from voiceagent.domain.areas import area_of_address
from voiceagent.domain.business import Business
from voiceagent.domain.pricing import dollars
from voiceagent.domain.quiet_hours import quiet_s
from voiceagent.domain.records import CallStart, OutboundMessage, Quote, Window
from voiceagent.domain.rota import is_on_leave
from voiceagent.domain.texting import WAITING
from voiceagent.errors import Unavailable
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no
from voiceagent.ports.carrier import CallControl
from voiceagent.ports.dispatch import Dispatch
from voiceagent.ports.outside import OutsideAgents
from voiceagent.ports.store import Store
from voiceagent.ports.waiting import FreedWindow, WaitingPlace, window_name
from voiceagent.toolkit.answers import ToolOutcome
from voiceagent.toolkit.context import Signals, ToolContext
from voiceagent.toolkit.toolbox import Toolbox

EVERY_S: Final = 15.0

_NOT_NOW = "I'm sorry, I can't book that just now. Please call {phone}."


class WaitingDesk:
    """Offers freed windows, and answers those they were offered to.

    Args:
        business: whose list.
        clock: the engine's.
        store: where the list is.
        toolbox: prices and books.
        call_control: of the carrier; nothing here asks it anything.
        dispatch: who has the last word on visits.
        agents: whom tools ask and tell.
    """

    def __init__(
        self,
        business: Business,
        clock: Clock,
        store: Store,
        toolbox: Toolbox,
        call_control: CallControl,
        dispatch: Dispatch,
        agents: OutsideAgents,
    ) -> None:
        self._business = business
        self._clock = clock
        self._store = store
        self._toolbox = toolbox
        self._call_control = call_control
        self._dispatch = dispatch
        self._agents = agents

    async def run(self) -> None:
        """Offer again and again, until cancelled. What fails is tried again."""
        while True:
            try:
                await self.once()
            except Unavailable as error:
                logger.warning("waiting.put_off: {}", error.code)
            await asyncio.sleep(EVERY_S)

    async def once(self) -> int:
        """Take back what nobody answered, and offer what is free; how many offers were made."""
        if count := await self._store.waiting.lapse():
            logger.info("waiting.lapsed: {}", count)
        if quiet_s(self._business, self._clock.now()) > 0:
            return 0  # a window that is freed at night waits
        offered = 0
        for freed in await self._store.waiting.freed():
            offered += await self._offer(freed)
        return offered

    async def _offer(self, freed: FreedWindow) -> bool:
        """Offer a window to the first whom it suits; it is let be when it suits nobody."""
        for place in await self._store.waiting.waiting():
            if not self._suits(place, freed):
                continue
            quote = await self._price(place, freed.window)
            if quote is None:
                continue
            minutes = self._business.slots.waiting_hold_minutes
            text = self._text(place, freed, quote, minutes)
            if await self._store.waiting.offer(place, freed, text, minutes=minutes):
                logger.info("waiting.offered")
                return True
        await self._store.waiting.let_be(freed)
        return False

    def _suits(self, place: WaitingPlace, freed: FreedWindow) -> bool:
        """Whether a window is one that was waited for, and its technician may go there."""
        business, wish = self._business, place.wish
        service = business.service(wish.service_type)
        who = next((one for one in business.technicians if one.id == freed.technician_id), None)
        start = calendar.local(business, freed.window.start)
        end = calendar.local(business, freed.window.end)
        if service is None or who is None or service.skill not in who.skills:
            return False
        if quiet_s(business, self._clock.now(), wish.text_to) > 0:
            return False  # the time to answer would be over before they were told
        area = area_of_address(business, wish.address)
        there = area is None or area.id in who.areas
        lead = timedelta(minutes=business.slots.urgent_lead_minutes)
        ends = end.time() if end.date() == start.date() else time.max
        return (
            there
            and wish.technician_id in {None, who.id}
            and wish.first_day <= start.date() <= wish.last_day
            and (wish.not_before is None or start.time() >= wish.not_before)
            and (wish.not_after is None or ends <= wish.not_after)
            and not is_on_leave(who.leave, start.date())
            and freed.window.start - self._clock.now() >= lead
            and window_name(who.id, freed.window.start) not in place.passed
        )

    async def _price(self, place: WaitingPlace, window: Window) -> Quote | None:
        """What that very visit costs: it is told with the offer, and booked at."""
        asked = {
            "service_type": place.wish.service_type,
            "description": place.wish.description,
            "is_after_hours": False,
            "visit_time": window.start.isoformat(),
            "address": place.wish.address,
        }
        outcome = await self._use(TOOL_OF[ToolUse.PRICE], asked, place)
        if outcome.failure is not None:
            logger.warning("waiting.no_price: {}", outcome.error_code)
            return None
        return await self._store.quotes.latest(place.wish.call_id, place.wish.service_type)

    def _text(
        self, place: WaitingPlace, freed: FreedWindow, quote: Quote, minutes: int
    ) -> OutboundMessage:
        business, wish = self._business, place.wish
        service = business.service(wish.service_type)
        name = service.name if service is not None else "visit"
        when = calendar.display_window(business, freed.window)
        price = f" The estimate is ${dollars(quote.estimate):,}." if quote.estimate else ""
        body = (
            f"{business.name}: a time for your {name} became free: {when}.{price} "
            f"Reply YES within {minutes} minutes to book it, or NO."
        )
        key = f"{WAITING}{place.place_id}:{window_name(freed.technician_id, freed.window.start)}"
        signed = business.brand.signed(body)
        return OutboundMessage(key, wish.channel, wish.text_to, signed, call_id=wish.call_id)

    async def answer(self, from_number: str, text: str) -> str | None:
        """What to say to a text that answers an offer; ``None`` for any other text.

        Args:
            from_number: E.164, as the carrier vouches for it.
            text: what was written.

        Raises:
            Unavailable: the store is away.
        """
        place = await self._store.waiting.offered_to(from_number)
        if place is None or place.offer is None or place.stage is not WaitStage.OFFERED:
            return None
        match hear_yes_no(text):
            case YesNo.YES:
                return await self._book(place, place.offer.window)
            case YesNo.NO:
                await self._store.waiting.passed(place)
                return "All right. You stay on our waiting list."
            case YesNo.UNCLEAR:
                return None

    async def _book(self, place: WaitingPlace, window: Window) -> str:
        wish = place.wish
        quote = await self._store.quotes.latest(wish.call_id, wish.service_type)
        booking = {
            "customer_name": wish.customer_name,
            "phone": wish.phone,
            "address": wish.address,
            "service_type": wish.service_type,
            "description": wish.description,
            "scheduled_time": window.start.isoformat(),
            "estimated_cost": 0 if quote is None else dollars(quote.estimate),
            "is_emergency": False,
            "notes": wish.notes,
        }
        outcome = await self._use(TOOL_OF[ToolUse.BOOK], booking, place)
        if outcome.failure is None:
            return f"{outcome.wire['message']}"
        logger.warning("waiting.not_booked: {}", outcome.error_code)
        if outcome.failure.fixable or outcome.error_code.startswith("dispatch."):
            return outcome.failure.say
        return _NOT_NOW.format(phone=self._business.phone)

    async def _use(
        self, name: str, arguments: Mapping[str, object], place: WaitingPlace
    ) -> ToolOutcome:
        """Use a tool as the conversation in which they asked to wait would have."""
        wish = place.wish
        call = CallStart(
            wish.call_id, wish.call_sid, wish.channel, wish.text_to, self._business.phone
        )
        before = await self._store.history.call(wish.call_sid)
        signals = Signals(phone=wish.phone, tool_calls=0 if before is None else len(before.tools))
        async with asyncio.TaskGroup() as side_effects:
            ctx = ToolContext(
                call=call,
                business=self._business,
                clock=self._clock,
                store=self._store,
                call_control=self._call_control,
                spawn=side_effects.create_task,
                signals=signals,
                dispatch=self._dispatch,
                agents=self._agents,
            )
            outcome = await self._toolbox.call(name, arguments, ctx)
            for run in tuple(ctx.runs.values()):
                outcome = await run
        return outcome


def waiting_desk(engine: Engine) -> WaitingDesk:
    """The engine's; it keeps nothing, so there may be several."""
    return WaitingDesk(
        engine.business,
        engine.clock,
        engine.store,
        engine.toolbox,
        engine.rest,
        engine.dispatch,
        engine.agents,
    )
