"""Writes of a call that must happen in order but that nobody should wait for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from loguru import logger

from voiceagent.domain.card_marks import without_digits
from voiceagent.domain.redact import Withhold
from voiceagent.errors import VoiceAgentError
from voiceagent.toolkit.context import WriteWithout

Write = Callable[[], Awaitable[object]]

AT_ONCE_S: Final = 0.1
"""How long a caller may wait for what is written before they are answered."""


@dataclass(eq=False, slots=True)
class WriteHold:
    """Writes that wait until it is known what must be taken out of them."""

    settled: asyncio.Event = field(default_factory=asyncio.Event)
    withhold: Withhold = field(default_factory=Withhold)


Holds = tuple[WriteHold, ...]
"""What holds back a write: those of all the inputs that it tells of; of nobody's words, none."""


class Recorder:
    """One call's ordered background writer: turns, journal, events.

    The queue is bounded; when the database stalls so long that it fills up, the newest write is
    dropped and counted, and the call goes on. A write that fails, whatever it fails with, is
    counted and logged, and the queue goes on.

    Digits that may be the beginning of a card number hold back what is written from then on, until
    the next turn tells or the call is over. A crash in that time loses these writes: the successor
    asks once more. What must never be kept is better lost than kept and wiped out later.

    Args:
        limit: writes that may wait.
    """

    def __init__(self, *, limit: int = 256) -> None:
        self._limit = limit
        self._waiting: deque[tuple[Holds, WriteWithout]] = deque()
        self._added = asyncio.Event()
        self._order = asyncio.Lock()
        self._hold = WriteHold()
        self._hold.settled.set()
        self.dropped = 0
        self.failed = 0

    @property
    def current_hold(self) -> WriteHold:
        """What holds back whatever is put now."""
        return self._hold

    def put(self, write: Write) -> None:
        """Queue a write; it runs after all earlier ones."""
        self.put_said(lambda _: write())

    def put_said(self, write: WriteWithout, *holds: WriteHold) -> None:
        """Queue a write of what was said.

        Args:
            write: does it.
            holds: of the inputs that it tells of; by default the current one.
        """
        if len(self._waiting) >= self._limit:
            self.dropped += 1
            logger.warning("recorder.full: {} writes dropped", self.dropped)
            return
        self._waiting.append((holds or (self._hold,), write))
        self._added.set()

    async def write_when_settled(self, holds: Holds, write: WriteWithout) -> None:
        """Write at once what nothing holds back; let the rest wait in order, and return.

        A caller waits for who waits here: what takes longer than `AT_ONCE_S` is begun again behind
        the others. So such a write is one that may be done twice.
        """
        if all(hold.settled.is_set() for hold in holds):
            try:
                async with asyncio.timeout(AT_ONCE_S) as patience:
                    await write(_all_of(holds))
            except TimeoutError:
                if not patience.expired():
                    raise
            else:
                return
        self.put_said(write, *holds)

    def shown(self, holds: Holds, text: str) -> str:
        """What may be shown of words that are not written yet, to whoever watches the call.

        Args:
            holds: of the inputs that decided them; by default the current one.
            text: the words.
        """
        back = holds or (self._hold,)
        if all(hold.settled.is_set() for hold in back):
            return _all_of(back).text(text)
        return without_digits(text)

    def hold(self) -> None:
        """Hold back what is put from now on; what is held already goes on being held."""
        if self._hold.settled.is_set():
            self._hold = WriteHold()

    def release(self, secret: str = "") -> None:
        """Write what was held back, without the digits of `secret`."""
        if not self._hold.settled.is_set():
            self._hold.withhold = Withhold.of(secret)
            self._hold.settled.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._added.wait()
            self._added.clear()
            await self._write_all()

    async def drained(self) -> None:
        """Nothing more will be said: returns when all that waits has been written.

        It writes too, so it needs nobody who runs.
        """
        self.release()
        await self._write_all()

    async def _write_all(self) -> None:
        while True:
            async with self._order:  # nobody overtakes a write under way
                if not self._waiting:
                    return
                holds, write = self._waiting[0]
                for hold in holds:
                    await hold.settled.wait()
                self._waiting.popleft()
                await self._write(_all_of(holds), write)

    async def _write(self, out: Withhold, write: WriteWithout) -> None:
        try:
            await write(out)
        except VoiceAgentError as error:
            self.failed += 1
            logger.warning("recorder.failed: {}", error.code)
        except asyncio.CancelledError as error:
            self.failed += 1
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise  # it is we who are cancelled, not something inside the store
            logger.opt(exception=error).error("recorder.failed: cancelled")
        except Exception as error:  # noqa: BLE001 - one lost write must not lose those after it
            self.failed += 1
            logger.opt(exception=error).error("recorder.failed: {}", type(error).__name__)


def _all_of(holds: Holds) -> Withhold:
    """What all of these have to take out."""
    out = Withhold()
    for hold in holds:
        out |= hold.withhold
    return out
