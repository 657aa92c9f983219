"""The end of a worker: calls end by themselves, then with a person, and then it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from loguru import logger

from telephony.twilio.twiml import RING_S
from voiceagent.app.call_hooks import ANSWERING_S, on_call_number
from voiceagent.app.calls.book import CallBook, Intake
from voiceagent.app.calls.live_call import LiveCall, ServedLine
from voiceagent.core.call_life import TALKING
from voiceagent.core.wire import LineEnd
from voiceagent.domain.business import Business
from voiceagent.errors import VoiceAgentError
from voiceagent.ports.carrier import CallControl

HANDED_OVER: Final = "I have to hand you over to a person now, one moment please."
WHISPER: Final = (
    "A call in progress is handed over to you, because our telephone server is being stopped."
)
ANNOUNCED_S: Final = 8.0
"""How long a caller may take to hear that; they are handed over all the same."""

SETTLED_S: Final = 150.0
"""How long a server that has no more calls waits for the last questions of the carrier."""

MOVED_S: Final = 3.0
"""How long the line of a caller who was handed over may take to close by itself."""

POLL_S: Final = 0.1


class Drain:
    """Empties a call book.

    Args:
        book: the worker's calls.
        business: who takes over.
        call_control: how they do.
        over: told the CallSid of a call that nobody need wait for.
        asks_again: told the CallSid of a call that the carrier will ask about within so long.
    """

    def __init__(
        self,
        book: CallBook,
        business: Business,
        call_control: CallControl,
        *,
        over: Callable[[str], None],
        asks_again: Callable[[str, float], None],
    ) -> None:
        self._book = book
        self._business = business
        self._call_control = call_control
        self._over = over
        self._asks_again = asks_again

    async def run(
        self, limit_s: float, *, at_once: asyncio.Event, announced: Callable[[], int]
    ) -> None:
        """See `CallManager.drain`."""
        await _until(lambda: not self._book.live() and not announced(), limit_s, at_once)
        if not at_once.is_set():
            self._book.intake = Intake.HANDING_OVER
            async with asyncio.TaskGroup() as tasks:
                handing = tasks.create_task(self._hand_all_over())
                await _until(lambda: handing.done() and self._book.all_is_said, SETTLED_S, at_once)
                handing.cancel()
        self._book.intake = Intake.CUT
        for call in self._book.live():
            if call.served is not None:
                call.served.close(LineEnd.FAILED)
            self._over(call.call_sid)

    async def _hand_all_over(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for call in self._book.live():
                if call.stage in TALKING and call.served is not None:
                    tasks.create_task(self._hand_over(call, call.served))

    async def _hand_over(self, call: LiveCall, served: ServedLine) -> None:
        """Connect a caller to a person, who need not be there: then they leave a message.

        Where the carrier cannot be asked to, closing the line makes it ask us what is next.
        """
        number, moved = on_call_number(self._business), False
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(ANNOUNCED_S):
                    await served.announce(HANDED_OVER)
            if number is not None and served.end is None:
                moved = await self._call_control.transfer(
                    call.call_sid, to_number=number, whisper=WHISPER
                )
        except VoiceAgentError as error:
            logger.warning("calls.hand_over: {}", error.code)
        except Exception:  # noqa: BLE001 - one call's defect must not keep the others from a person
            logger.exception("calls.hand_over")
        if not moved:
            served.close(LineEnd.FAILED)
            return
        served.handed_over()
        self._over(call.call_sid)
        self._asks_again(call.call_sid, RING_S + ANSWERING_S)
        await _until(lambda: served.end is not None, MOVED_S, asyncio.Event())
        served.close(LineEnd.AGENT)


async def _until(done: Callable[[], bool], limit_s: float, at_once: asyncio.Event) -> None:
    """Wait for what is looked at now and then; no longer than allowed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            while not done() and not at_once.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await at_once.wait()
