"""What breaks into a call from outside its documents: the caller leaves, REST, a fault of ours."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from loadtest.simulator.stream import MediaStream, StreamEnd
from loadtest.simulator.twiml import Document


@dataclass(frozen=True, slots=True)
class NewInstructions:
    """Given over REST, or by a document's verb: another document, or where to ask for one."""

    document: Document | None
    url: str | None


class CallSignals:
    """The one signal of a call that has not been acted on yet. An end stays; nothing changes it."""

    def __init__(self) -> None:
        self._signal: StreamEnd | None = None
        self._signalled = asyncio.Event()
        self._instructions: NewInstructions | None = None
        self._stream: MediaStream | None = None

    @property
    def pending(self) -> bool:
        """Whether there is one."""
        return self._signal is not None

    def attach(self, stream: MediaStream) -> None:
        """A stream runs now; signals end it, one that is already there at once."""
        self._stream = stream
        if self._signal is not None:
            stream.end(self._signal)

    def detach(self) -> None:
        """It does not any more."""
        self._stream = None

    def send(self, why: StreamEnd) -> None:
        """Signals; an update gives way to whatever ends the call."""
        if self._signal not in (None, StreamEnd.UPDATED):
            return  # the call is ending; nothing changes that
        self._signal = why
        self._signalled.set()
        if self._stream is not None:
            self._stream.end(why)

    def update(self, instructions: NewInstructions) -> None:
        """Signals that the call is to go on elsewhere."""
        self._instructions = instructions
        self.send(StreamEnd.UPDATED)

    async def wait(self) -> None:
        """Until there is a signal."""
        await self._signalled.wait()

    def take(self) -> StreamEnd | None:
        """The signal, which is acted on now."""
        signal, self._signal = self._signal, None
        self._signalled.clear()
        return signal

    def take_instructions(self) -> NewInstructions:
        """What came with `StreamEnd.UPDATED`.

        Raises:
            RuntimeError: it was signalled without any.
        """
        instructions, self._instructions = self._instructions, None
        if instructions is None:
            raise RuntimeError("an update was signalled but not given")
        return instructions
