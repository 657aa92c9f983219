"""What a call of the bench server is served with: stubs, inside the process or behind sockets."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import ClientSession
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from pipelines.providers.socket_stub import SocketConversation, SocketSTT, SocketTTS
from pipelines.providers.stub import REPLY_S, StubConversation, StubSTT, StubTTS, noise
from pipelines.session import Answering, VoiceSession

Services = Callable[[VoiceSession], tuple[STTService, TTSService, Answering]]
"""The services of a call."""


def stub_services() -> Services:
    """Stubs inside the process."""
    reply_pcm_8k = noise(REPLY_S)

    def services(session: VoiceSession) -> tuple[STTService, TTSService, Answering]:
        answering = StubConversation(session, lambda: session.brain.cut)
        return StubSTT(), StubTTS(reply_pcm_8k), answering

    return services


def socket_services(http: ClientSession, url: str) -> Services:
    """Stubs behind the sockets of another process."""

    def services(session: VoiceSession) -> tuple[STTService, TTSService, Answering]:
        answering = SocketConversation(session, http, url)
        return SocketSTT(http, url), SocketTTS(http, url), answering

    return services
