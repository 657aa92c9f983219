"""How calls ended: who asks for it, and writing it however long the store is down."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from loguru import logger

from voiceagent.app.calls.book import CallBook
from voiceagent.app.calls.live_call import LiveCall
from voiceagent.core.call_life import TALKING, CallAct, CallLifeEvent, CallStage
from voiceagent.domain.records import Outcome
from voiceagent.errors import Unavailable
from voiceagent.ports.calls import Calls
from voiceagent.ports.history import History
from voiceagent.ports.live import CallOver, CallTellers
from voiceagent.ports.meter import CallMeter

PAUSE_S: Final = 1.0
"""Between the first tries; each later pause is longer by `GROWTH`."""
GROWTH: Final = 1.5
LONGEST_PAUSE_S: Final = 15.0

LEAVING_TRIES: Final = 5
"""Tries of a worker that is asked to end, and would be killed for staying; then the next start's
sweep has to find what was not written."""

SETTLING_MOST: Final = 4096
"""Calls that wait for the store at one time; more are left to the sweep."""

NOTICE_S: Final = 0.5
"""How long after the carrier said that a stream is over its line may still not know of it."""

POLL_S: Final = 0.1

HOPELESS: Final = frozenset({"call.unknown", "store.refused"})
"""Answers of the store that it would give again: nothing is tried a second time."""


class OutcomeWriter:
    """Writes outcomes, each until the store has it.

    While the store is down one call at a time asks whether it is back; the others wait behind it.

    Args:
        calls: where outcomes are kept.
        book: whose calls they are.
        meter: hears of every outcome.
        live: is told the outcome of each call that is watched.
    """

    def __init__(self, calls: Calls, book: CallBook, meter: CallMeter, live: CallTellers) -> None:
        self._meter = meter
        self._live = live
        self._calls = calls
        self._book = book
        self._again = asyncio.Lock()
        self._failed = 0
        self._failed_leaving = 0
        self._woken = asyncio.Event()

    def leaving(self) -> None:
        """The worker has been asked to end: nobody pauses for long any more."""
        self._woken.set()

    async def write(self, call: LiveCall) -> None:
        """Write the outcome of a call that is settling, and end it. Raises nothing of the store."""
        if await self._write(call):
            return
        async with self._again:
            while not self._given_up():
                if await self._write(call):
                    return
                await self._pause()
        logger.error("calls.outcome_lost: left to the next start's sweep")
        self._book.feed(call, CallLifeEvent.LEFT)

    async def _write(self, call: LiveCall) -> bool:
        """Try once; whether there is nothing more to be tried."""
        if call.start is None:
            raise RuntimeError("a call that settles is on record")
        try:
            call.outcome = await self._calls.close(call.start.call_id, call.evidence)
        except Unavailable as error:
            self._failed += 1
            if error.code not in HOPELESS:
                return CallAct.WRITE_LATER not in self._book.feed(call, CallLifeEvent.UNWRITTEN)
            logger.error("calls.outcome_lost: {}", error.code)
            self._book.feed(call, CallLifeEvent.LEFT)
            return True
        except Exception:  # noqa: BLE001 - one call's defect must not end the others
            logger.exception("calls.outcome_lost")
            self._book.feed(call, CallLifeEvent.LEFT)
            return True
        self._failed = self._failed_leaving = 0
        self._book.feed(call, CallLifeEvent.WRITTEN)
        self._meter.ended(call.outcome, channel=call.start.channel)
        self._live.of(call.call_sid).tell(CallOver(call.outcome))
        logger.info("calls.ended: {}, line closed by {}", call.outcome, call.line_end)
        return True

    def _given_up(self) -> bool:
        settling = sum(one.stage is CallStage.SETTLING for one in self._book.live())
        return self._failed_leaving >= LEAVING_TRIES or settling > SETTLING_MOST

    async def _pause(self) -> None:
        if self._book.intake.is_for_good:
            self._failed_leaving += 1
            await asyncio.sleep(PAUSE_S)
            return
        pause_s = min(LONGEST_PAUSE_S, PAUSE_S * GROWTH ** min(self._failed, 20))
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._woken.wait()


async def outcome_of(
    book: CallBook, history: History, call_sid: str, *, wait_s: float
) -> Outcome | None:
    """The outcome of a call, waiting a moment while it is being decided.

    ``None`` means that the call is unknown or was cut off without an end: it may go on. The store
    is asked about calls that are not known here only.

    Args:
        book: the worker's calls.
        history: what the store knows.
        call_sid: whose outcome.
        wait_s: how long a call whose line has closed may take to end.
    """
    waited_s = 0.0
    while (call := book.find(call_sid)) is not None:
        if call.outcome is not None:
            return call.outcome
        if waited_s >= _ends_within_s(call, wait_s):
            return None
        await asyncio.sleep(POLL_S)
        waited_s += POLL_S
    ended = book.ended(call_sid)
    if ended is not None and ended.outcome is not None:
        return ended.outcome
    found = await history.call(call_sid)
    return None if found is None else found.summary.outcome


def _ends_within_s(call: LiveCall, wait_s: float) -> float:
    """How long the end of a call is worth waiting for: not at all when nobody serves it."""
    if call.stage in TALKING and call.served is not None:
        return NOTICE_S if call.served.end is None else wait_s
    return NOTICE_S if call.stage is CallStage.MOVING else 0.0
