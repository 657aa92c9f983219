"""What the tools ask of an outside dispatcher, so that nothing is lost, doubled or promised.

Before it is asked, a note to a person of the business is put where it leaves by itself after a
while. Once it is known how it ended the note is taken back. Whatever else happens (silence, an odd
answer, a process that dies) the note leaves: a person then finds out how it stands, and calls the
customer back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from loguru import logger

from voiceagent.domain.records import JobId, OutboundMessage
from voiceagent.domain.rota import lead_for_messages
from voiceagent.errors import PeerMisbehaved, Unavailable
from voiceagent.ports.dispatch import DispatchAnswer, order_id_of
from voiceagent.toolkit.context import ToolContext

NOTE_AFTER: Final = timedelta(minutes=2)
"""A caller who tries again meanwhile may still get it settled."""

_NOT_CONFIRMED: Final = "I'm sorry, our dispatch did not confirm that, so I can't promise it."
_WILL_CALL: Final = "I've asked our team to look into it and call you back."
_CALL_AGAIN: Final = "Please call us again about it."


@dataclass(frozen=True, slots=True)
class DispatchWish:
    """What is asked of the dispatcher.

    Attributes:
        key: the idempotency key of the change that it is for.
        about: the same in words, for the person who has to find out.
        call_back: the customer's number.
    """

    key: str
    about: str
    call_back: str


async def order_of(job_id: JobId, ctx: ToolContext) -> str:
    """What an outside dispatcher knows a booking by; "" where there is none to ask.

    Raises:
        CallerFixable: ``job.unknown``.
        Unavailable: the store is away.
    """
    if ctx.dispatch.is_ours:
        return ""
    return order_id_of(await ctx.store.jobs.made_by(job_id))


async def agreed(
    wish: DispatchWish, ask: Callable[[], Awaitable[DispatchAnswer]], ctx: ToolContext
) -> bool:
    """Whether an outside dispatcher takes it on; with our own calendar, the store will say.

    Call `settle` once the store has it. Until then the note waits.

    Raises:
        Unavailable: ``dispatch.unsettled``, with what the caller is told; a person will be told,
            too. The store's own codes when no note could be kept; then nothing was asked.
    """
    if ctx.dispatch.is_ours:
        return await ask() is DispatchAnswer.ACCEPTED
    noted = await _note(wish, ctx)
    try:
        answer = await ask()
    except (Unavailable, PeerMisbehaved) as error:
        logger.warning("dispatch.unsettled: {}", error.code)
        say = f"{_NOT_CONFIRMED} {_WILL_CALL if noted else _CALL_AGAIN}"
        raise Unavailable("dispatch.unsettled", error.message, say=say) from error
    if answer is DispatchAnswer.TAKEN:
        await settle(wish, ctx)
    return answer is DispatchAnswer.ACCEPTED


async def settle(wish: DispatchWish, ctx: ToolContext) -> None:
    """It is known how a wish ended: no person has to find out.

    When the store is away now the note leaves all the same; it says no more than that somebody is
    to look.
    """
    if ctx.dispatch.is_ours:
        return
    try:
        await ctx.store.outbox.withdraw(_key(wish))
    except Unavailable as error:
        logger.warning("dispatch.note_stays: {}", error.code)


async def let_go(wish: DispatchWish, order_id: str, ctx: ToolContext) -> bool:
    """Have the dispatcher let a visit go; never raises. False when it did not say that it did:
    then a person sees to it.
    """  # noqa: D205
    if ctx.dispatch.is_ours:
        return True
    try:
        await _note(wish, ctx)
        await ctx.dispatch.cancel(order_id)
    except (Unavailable, PeerMisbehaved) as error:
        logger.warning("dispatch.not_let_go: {}", error.code)
        return False
    await settle(wish, ctx)
    return True


async def _note(wish: DispatchWish, ctx: ToolContext) -> bool:
    lead = lead_for_messages(ctx.business, ctx.clock.now())
    if lead is None:
        return False
    body = (
        f"{ctx.business.name}: please call back {wish.call_back}. Dispatch may not have "
        f"taken this in: {wish.about}. Check there how it stands."
    )
    note = OutboundMessage(_key(wish), "sms", lead.phone, body, call_id=ctx.call.call_id)
    await ctx.store.outbox.put(note, after=NOTE_AFTER)
    return True


def _key(wish: DispatchWish) -> str:
    return f"dispatch:{wish.key}"
