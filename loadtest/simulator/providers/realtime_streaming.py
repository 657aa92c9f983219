"""A response of an emulated Realtime session while it is streamed: its delays, and what goes wrong.

`RealtimeService` is what all sessions of an emulator are served with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from loadtest.simulator import g711
from loadtest.simulator.providers.chat import ChatRequest, ChatScript
from loadtest.simulator.providers.faults import (
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
    on_the_socket,
)
from loadtest.simulator.providers.hearing import Recognise
from loadtest.simulator.providers.latency import DelayDraws, Sleep
from loadtest.simulator.providers.realtime_answer import ResponseWire
from loadtest.simulator.providers.realtime_items import SessionItems
from loadtest.simulator.providers.realtime_wire import Json

Render = Callable[[str], Awaitable[bytes]]
"""Speaks a text: 16-bit PCM at 8 kHz."""

Send = Callable[[Json], Awaitable[None]]
"""Sends an event to the client."""

SAID: Final = {
    FaultName.RATE_LIMITED: ("rate_limit_exceeded", "Rate limit reached. Please try again later."),
    FaultName.SERVER_ERROR: ("server_error", "The server had an error while processing."),
    FaultName.UNAUTHORIZED: ("invalid_api_key", "Incorrect API key provided."),
}
"""How the service says what it refuses: a code and words."""


@dataclass(slots=True)
class RealtimeService:
    """What sessions are served with; see `RealtimeEmulator`.

    Attributes:
        asked: what the model was asked, oldest first.
    """

    script: ChatScript
    render: Render
    recognise: Recognise
    model: str
    faults: FaultScript
    first_sound: DelayDraws
    gap: DelayDraws
    sleep: Sleep = asyncio.sleep
    asked: list[ChatRequest] = field(default_factory=list)

    async def speak(self, text: str) -> bytes:
        """A sentence as μ-law."""
        pcm = await self.render(text)
        return g711.encode(np.frombuffer(pcm, "<i2").astype(np.int16))


@dataclass(slots=True)
class ResponseStream:
    """One response.

    Args:
        service: what it is served with.
        wire: writes its events.
        conversation: gets its items.
        send: to the client.
        transport: of the connection, for faults.
        is_over: told that another response may be asked for, before the client is.
    """

    service: RealtimeService
    wire: ResponseWire
    conversation: SessionItems
    send: Send
    transport: asyncio.BaseTransport | None
    is_over: Callable[[], None]
    _crumb_s: float | None = None

    async def run(self) -> None:
        """All of it.

        Raises:
            ConnectionGone: by a fault.
        """
        service, wire = self.service, self.wire
        first = service.faults.take(FaultMoment.FIRST_BYTE)
        if first is not None and first.name.of_the_socket:
            await on_the_socket(first, self.transport, service.sleep)
            first = None
        await self.send(wire.begun())
        await service.sleep(service.first_sound.next_s())
        if first is not None and await self._strikes(first):
            return
        held = service.faults.take(FaultMoment.MID_STREAM)
        sent = 0
        async for event in wire.pieces():
            if held is not None and sent >= held.after:
                struck, held = held, None
                if await self._strikes(struck):
                    return
            await self._piece(event)
            sent += held is not None and held.of in {"", event["type"]}
        self.is_over()
        await self.send(wire.done("completed"))

    async def cancel(self) -> None:
        """The client wants no more of it; whoever runs it has stopped."""
        self.is_over()
        details: Json = {"type": "cancelled", "reason": "client_cancelled"}
        await self.send(self.wire.done("cancelled", details))

    async def _piece(self, event: Json) -> None:
        if event["type"] == "response.output_audio.delta":
            usual_s = self.service.gap.next_s()
            await self.service.sleep(usual_s if self._crumb_s is None else self._crumb_s)
        await self.send(event)
        if event["type"] == "response.output_item.added":
            item = self.wire.items[-1]
            before = self.conversation.add(item)
            body: Json = {"previous_item_id": before, "item": item.wire("in_progress")}
            await self.send({"type": "conversation.item.added", **body})

    async def _strikes(self, fault: ProviderFault) -> bool:
        """Lets a fault happen; whether the response is over with it."""
        if fault.name is FaultName.DRIBBLE:
            self._crumb_s = fault.wait_s
            return False
        if not fault.name.in_words:
            await on_the_socket(fault, self.transport, self.service.sleep)
            return False
        self.is_over()
        if fault.name is FaultName.EMPTY_SUCCESS:
            await self.send(self.wire.done("completed"))
            return True
        code, message = SAID[fault.name]
        error: Json = {"type": "invalid_request_error", "code": code, "message": message}
        await self.send(self.wire.done("failed", {"type": "failed", "error": error}))
        return True
