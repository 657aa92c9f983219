"""One answer of Realtime's outside any call, to see whether it works: asked for, and heard."""

from __future__ import annotations

import asyncio
from typing import Final

from pipelines.providers.openai.realtime.call import CONNECT_S, VENDOR, RealtimeAccount
from pipelines.providers.openai.realtime.caller_sounds import CallerSounds
from pipelines.providers.openai.realtime.change_signal import ChangeSignal
from pipelines.providers.openai.realtime.events import ResponseOver
from pipelines.providers.openai.realtime.session import ServerSession
from pipelines.providers.wire import loop_s, open_socket
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.ports.language_model import CallerSaid, Instruction, ModelRequest

VOICE: Final = "OPENAI_REALTIME_VOICE"
_VOICES_PARAMETER: Final = "voice"

_ASKED: Final = ModelRequest(
    (Instruction("You are tried. Answer with one short sentence."), CallerSaid("Are you ready?")),
    max_tokens=64,
)


async def spoken_answer(account: RealtimeAccount) -> str:
    """Asks for one sentence and listens to it; what came of it, in a few words.

    Raises:
        OwnerFixable: see `open_socket`; ``realtime.voice``.
        Unavailable: see `open_socket`; ``realtime.silent``, ``realtime.lost``, ``realtime.busy``,
            ``realtime.failed``.
    """
    socket = await open_socket(VENDOR, account.address, account.headers, CONNECT_S)
    session = ServerSession(socket, account.voice, ChangeSignal())
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(session.serve())
        try:
            return await _answer(session, account)
        finally:
            serving.cancel()


async def _answer(session: ServerSession, account: RealtimeAccount) -> str:
    began_s, first_s = loop_s(), 0.0
    reply = await session.ask(_ASKED, CallerSounds())
    while not isinstance(event := await reply.coming.get(), ResponseOver):
        first_s = first_s or loop_s()
    if any(one.parameter.endswith(_VOICES_PARAMETER) for one in session.refusals):
        raise OwnerFixable("realtime.voice", "OpenAI's Realtime has no such voice.", where=VOICE)
    if event.problem is not None:
        raise event.problem
    seconds = reply.speech.samples / RATE_8K
    if not seconds:
        raise Unavailable("realtime.silent", "OpenAI's Realtime answered without any sound.")
    first_ms = ((first_s or loop_s()) - began_s) * 1000
    return f"{account.model}: first sentence after {first_ms:.0f} ms, {seconds:.1f} s of speech"
