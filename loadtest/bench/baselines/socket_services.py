"""pipecat services for the stub provider behind sockets (`loadtest.bench.baselines.provider`)."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.ai_service import AIService
from pipecat.services.settings import STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601

from loadtest.bench.baselines.stub_services import WordsLLM
from loadtest.bench.stubs import RATE_HZ, Delays


class _OneSocket(AIService):
    """A service that keeps one socket to its provider while a call lasts."""

    http: ClientSession
    address: str
    socket: ClientWebSocketResponse | None = None

    async def start(self, frame: StartFrame) -> None:
        """Connect."""
        await super().start(frame)
        self.socket = await self.http.ws_connect(self.address)

    async def stop(self, frame: EndFrame) -> None:
        """Disconnect."""
        await self._close()
        await super().stop(frame)

    async def cancel(self, frame: CancelFrame) -> None:
        """Disconnect."""
        await self._close()
        await super().cancel(frame)

    async def _close(self) -> None:
        if self.socket is not None:
            await self.socket.close()


class BotSocketSTT(_OneSocket, STTService):
    """Streams all sound; asks for the transcript when the voice has stopped.

    Args:
        http: the process's client.
        url: of the provider.
    """

    def __init__(self, http: ClientSession, url: str) -> None:
        super().__init__(
            ttfs_p99_latency=Delays().final_s, settings=STTSettings(model="stub", language=None)
        )
        self.http = http
        self.address = f"{url}/stt"

    async def start(self, frame: StartFrame) -> None:
        """Connect, and listen."""
        await super().start(frame)
        if self.socket is not None:
            self.create_task(self._listen(self.socket), "listen")

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Send sound."""
        if self.socket is not None:
            await self.socket.send_bytes(audio)
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Tell the provider of turns."""
        await super().process_frame(frame, direction)
        if self.socket is None:
            return
        if isinstance(frame, VADUserStartedSpeakingFrame):
            await self.socket.send_str("begin")
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            await self.socket.send_str("final")

    async def _listen(self, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            body = json.loads(message.data)
            await self.push_frame(
                TranscriptionFrame(
                    body["text"], "caller", time_now_iso8601(), finalized=body["final"]
                )
            )


class SocketLLM(WordsLLM):
    """Streams the model's words over HTTP.

    Args:
        http: the process's client.
        url: of the provider.
    """

    def __init__(self, http: ClientSession, url: str) -> None:
        super().__init__()
        self._http = http
        self._url = url

    async def words(self) -> AsyncIterator[str]:
        """Server-sent events, a word each."""
        async with self._http.post(f"{self._url}/llm", json={"messages": []}) as answer:
            async for line in answer.content:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])["text"]


class BotSocketTTS(_OneSocket, TTSService):
    """Speech over one socket a call.

    Args:
        http: the process's client.
        url: of the provider.
    """

    def __init__(self, http: ClientSession, url: str) -> None:
        super().__init__(
            sample_rate=RATE_HZ,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model="stub", voice="", language=None),
        )
        self.http = http
        self.address = f"{url}/tts"

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Sound as it comes."""
        if self.socket is None:
            return
        await self.socket.send_str(json.dumps({"text": text}))
        async for message in self.socket:
            if message.type is not WSMsgType.BINARY:
                return
            yield TTSAudioRawFrame(message.data, RATE_HZ, 1, context_id=context_id)
