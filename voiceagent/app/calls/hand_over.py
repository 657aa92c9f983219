"""A person takes a call over: when an operator says so, and when the worker is being stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from loguru import logger

from telephony.twilio.twiml import RING_S
from voiceagent.app.call_hooks import ANSWERING_S, on_call_number
from voiceagent.app.calls.live_call import LiveCall, ServedLine
from voiceagent.core.wire import LineEnd
from voiceagent.domain.business import Business
from voiceagent.errors import VoiceAgentError
from voiceagent.ports.carrier import CallControl

ANNOUNCED_S: Final = 8.0
"""How long a caller may take to hear that; they are handed over all the same."""

MOVED_S: Final = 3.0
"""How long the line of a caller who was handed over may take to close by itself."""

POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class HandOverWords:
    """What is said when a call is handed over: to the caller, and to who takes it."""

    caller: str
    whisper: str


STOPPING: Final = HandOverWords(
    "I have to hand you over to a person now, one moment please.",
    "A call in progress is handed over to you, because our telephone server is being stopped.",
)
ASKED_FOR: Final = HandOverWords(
    "I'm handing you over to a person now, one moment please.",
    "A call in progress is handed over to you from the console.",
)


class HandOver:
    """Connects callers with the person on call.

    Args:
        business: whose.
        call_control: how.
        now: the time, for who is on duty.
        over: told the CallSid of a call that nobody need wait for.
        asks_again: told the CallSid of a call that the carrier will ask about within so long.
    """

    def __init__(
        self,
        business: Business,
        call_control: CallControl,
        *,
        now: Callable[[], datetime],
        over: Callable[[str], None],
        asks_again: Callable[[str, float], None],
    ) -> None:
        self._business = business
        self._call_control = call_control
        self._now = now
        self.over = over
        self._asks_again = asks_again
        self._under_way: set[str] = set()

    async def hand_over(self, call: LiveCall, served: ServedLine, words: HandOverWords) -> None:
        """Connect a caller to a person, who need not be there: then they leave a message.

        Where the carrier cannot be asked to, closing the line makes it ask us what is next. A call
        that is being handed over already, or has left its line, is left alone.
        """
        if call.call_sid in self._under_way or served.end is not None:
            return
        self._under_way.add(call.call_sid)
        try:
            await self._connect(call, served, words)
        finally:
            self._under_way.discard(call.call_sid)

    async def _connect(self, call: LiveCall, served: ServedLine, words: HandOverWords) -> None:
        number, moved = on_call_number(self._business, self._now()), False
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(ANNOUNCED_S):
                    await served.announce(words.caller)
            if number is not None and served.end is None:
                moved = await self._call_control.transfer(
                    call.call_sid, to_number=number, whisper=words.whisper
                )
        except VoiceAgentError as error:
            logger.warning("calls.hand_over: {}", error.code)
        except Exception:  # noqa: BLE001 - one call's defect must not keep the others from a person
            logger.exception("calls.hand_over")
        if not moved:
            served.close(LineEnd.FAILED)
            return
        served.handed_over()
        self.over(call.call_sid)
        self._asks_again(call.call_sid, RING_S + ANSWERING_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(MOVED_S):
                while served.end is None:  # noqa: ASYNC110 - a line tells nobody that it has closed
                    await asyncio.sleep(POLL_S)
        served.close(LineEnd.AGENT)
