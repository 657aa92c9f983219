"""What a call of the bench server is served with: stubs, inside the process or behind sockets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from aiohttp import ClientSession
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from loadtest.bench.server.socket_stubs import SocketSTT, SocketTTS
from loadtest.bench.server.stub_model import Model, StubConversation
from loadtest.bench.server.stub_speech import StubSTT, StubTTS
from loadtest.bench.stubs import REPLY_S, Delays, noise
from pipelines.reply_source import ReplySource
from pipelines.session import Answering, VoiceSession

Services = Callable[[VoiceSession], tuple[STTService, TTSService, Answering]]
"""The services of a call."""


def stub_services(delays: Delays, model: Model) -> Services:
    """Stubs inside the process.

    Args:
        delays: how long they take.
        model: shared by all calls.
    """
    reply_pcm_8k = noise(REPLY_S)

    def services(session: VoiceSession) -> tuple[STTService, TTSService, Answering]:
        answering = StubConversation(session.mouth, partial(_is_cut, session.brain), model)
        return StubSTT(delays), StubTTS(reply_pcm_8k, delays), answering

    return services


def socket_services(http: ClientSession, url: str, model: Model) -> Services:
    """Stubs behind the sockets of another process."""

    def services(session: VoiceSession) -> tuple[STTService, TTSService, Answering]:
        answering = StubConversation(session.mouth, partial(_is_cut, session.brain), model)
        return SocketSTT(http, url), SocketTTS(http, url), answering

    return services


def _is_cut(replies: ReplySource) -> bool:
    return replies.cut
