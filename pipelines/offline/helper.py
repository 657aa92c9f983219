"""The engine's end of a helper process: start it, speak to it, start it again when it dies.

Streams that were in flight when the process died fail with `Unavailable`; the next stream finds a
new process. Nothing here blocks the event loop.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Self

from loguru import logger

from pipelines.offline.messages import HEADER, LARGEST, READY, HelperMessage
from voiceagent.core.beside import beside
from voiceagent.errors import Unavailable

START_SETTING: Final = "SPEECH_START_S"
"""Gives the helpers more time to start, seconds."""

BACKLOG_BYTES: Final = 1024 * 1024
"""More than this waiting to be written means that the helper has fallen behind for good."""

START_S: Final = 180.0
"""How long a helper may take to be ready. Alone it takes seconds; beside other work on the same
processors, or when it has to build its language model, minutes."""

STOP_S: Final = 2.0
PAUSE_S: Final = 0.2
"""Between a death and the next start."""

SILENT_S: Final = 3.0
"""A helper that owes an answer and has said nothing to anybody for so long hangs: one that is slow,
as many callers finish at once, answers others, or says that it works (`messages.BEAT`). Who waits
for it is told, and is not kept waiting as for a slow one: R5 allows 8 s until a person."""

HUNG_S: Final = 10.0
"""And after so long it is ended, and another one started."""


@dataclass(slots=True)
class Pulse:
    """Whether a helper lives; seconds of the loop's clock.

    `news_s`: when it last said anything to anybody · `owes_since_s`: since when somebody waits for
    it and it has said nothing.
    """

    news_s: float = 0.0
    owes_since_s: float | None = None

    def asked(self, now_s: float) -> None:
        """Somebody begins to wait."""
        if self.owes_since_s is None:
            self.owes_since_s = now_s

    def beats(self, now_s: float) -> None:
        """It said something."""
        self.news_s, self.owes_since_s = now_s, None

    def silent_s(self, asked_s: float) -> float:
        """When one who has waited since `asked_s` need not wait any more."""
        return max(asked_s, self.news_s) + SILENT_S

    def hangs(self, now_s: float) -> bool:
        """Whether it will not say anything any more."""
        return self.owes_since_s is not None and now_s - self.owes_since_s >= HUNG_S


class Stream:
    """One utterance's messages from the helper, in order.

    Args:
        number: as on the wire.
        pulse: of the helper.
        silent: told when it was waited for in vain.
    """

    def __init__(self, number: int, pulse: Pulse, silent: Callable[[], None]) -> None:
        self.number = number
        self._pulse = pulse
        self._silent = silent
        self._inbox: deque[HelperMessage | None] = deque()
        self._there = asyncio.Event()

    def deliver(self, message: HelperMessage | None) -> None:
        """Take a message in; ``None`` when the helper died."""
        self._inbox.append(message)
        self._there.set()

    async def get(self) -> HelperMessage:
        """The next message.

        Raises:
            Unavailable: ``helper.died``, or ``helper.silent``, see `SILENT_S`.
        """
        if not self._inbox:
            await self._until_there()
        if (message := self._inbox.popleft()) is None:
            raise Unavailable("helper.died", "The speech process ended; it is being restarted.")
        return message

    async def _until_there(self) -> None:
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        self._pulse.asked(asked_s)
        while not self._inbox:
            silent_s = self._pulse.silent_s(asked_s)
            if loop.time() >= silent_s:
                self._silent()
                raise Unavailable("helper.silent", "The speech process says nothing.")
            self._there.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(silent_s):
                    await self._there.wait()


class Helper:
    """A helper process and its streams.

    Args:
        module: what to run with ``python -m``.
        arguments: its command line.
        start_s: how long it may take to be ready.
    """

    def __init__(
        self, module: str, arguments: Sequence[str] = (), *, start_s: float = START_S
    ) -> None:
        self._command = (sys.executable, "-m", module, *arguments)
        self._name = module.rpartition(".")[2]
        self._start_s = start_s
        self._streams: dict[int, Stream] = {}
        self._next = 1
        self._pulse = Pulse()
        self._process: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self.restarts = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Keep the helper running for a block.

        Raises:
            Unavailable: ``helper.start``, when it is not ready in time.
        """
        async with beside(self._keep()):
            await self._until_ready()
            yield self

    def open(self) -> Stream:
        """A new stream.

        Raises:
            Unavailable: ``helper.down``, while the process is being restarted.
        """
        if not self._ready.is_set():
            raise Unavailable("helper.down", "The speech process is being restarted.")
        stream = Stream(self._next, self._pulse, self._end_if_it_hangs)
        self._next += 1
        self._streams[stream.number] = stream
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a stream; what still comes for it is dropped."""
        self._streams.pop(stream.number, None)
        if not self._streams:
            self._pulse.owes_since_s = None

    def send(self, kind: int, stream: int, payload: bytes = b"") -> None:
        """Send a message; returns at once.

        Raises:
            Unavailable: ``helper.down``, or ``helper.behind`` when too much is waiting.
        """
        process = self._process
        if process is None or process.stdin is None or not self._ready.is_set():
            raise Unavailable("helper.down", "The speech process is being restarted.")
        if process.stdin.transport.get_write_buffer_size() > BACKLOG_BYTES:
            raise Unavailable("helper.behind", "The speech process has fallen behind.")
        process.stdin.write(HelperMessage(kind, stream, payload).encode())

    @property
    def pid(self) -> int | None:
        """Process id, ``None`` between two lives."""
        return self._process.pid if self._process is not None else None

    def _end_if_it_hangs(self) -> None:
        """See `HUNG_S`; `_keep` starts another."""
        if self._process is not None and self._pulse.hangs(asyncio.get_running_loop().time()):
            logger.error("helper.hangs: {} is ended", self._name)
            self._process.kill()

    async def _until_ready(self) -> None:
        try:
            async with asyncio.timeout(self._start_s):
                await self._ready.wait()
        except TimeoutError:
            raise Unavailable("helper.start", self._why_not_ready()) from None

    def _why_not_ready(self) -> str:
        """In words that say what to do."""
        if self.restarts:
            return (
                f"{self._name} ended {self.restarts} times before it was ready."
                " What it wrote about it stands in the log above."
            )
        return (
            f"{self._name} was not ready after {self._start_s:.0f} s: this machine is too busy"
            f" (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors). Stop other work on"
            f" it, or give it more time: {START_SETTING}={2 * self._start_s:.0f}"
        )

    async def _keep(self) -> None:
        """Run the process; when it ends, tell its streams and start another."""
        while True:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LARGEST,
            )
            self._process, self._pulse.owes_since_s = process, None
            try:
                await self._listen(process)
            finally:
                self._ready.clear()
                self._process = None
                for stream in self._streams.values():
                    stream.deliver(None)
                self._streams.clear()
                await _end(process)
            self.restarts += 1
            logger.warning("helper.died: {} is started again", self._name)
            await asyncio.sleep(PAUSE_S)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Deliver messages until the process closes its pipe."""
        if process.stdout is None:
            return
        with suppress(asyncio.IncompleteReadError):
            while True:
                header = await process.stdout.readexactly(HEADER.size)
                length, kind, number = HEADER.unpack(header)
                payload = await process.stdout.readexactly(length)
                self._pulse.beats(asyncio.get_running_loop().time())
                if kind == READY.kind:
                    self._ready.set()
                elif (stream := self._streams.get(number)) is not None:
                    stream.deliver(HelperMessage(kind, number, payload))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its input, which ends it; insist after a while."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
