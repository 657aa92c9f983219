"""pipecat services for the stub provider behind sockets (`loadtest.baselines.provider`)."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601

from loadtest.baselines.provider import FINAL_S, RATE_HZ


class SocketSTT(STTService):
    """Streams all sound; asks for the transcript when the voice has stopped.

    Args:
        http: the process's client.
        url: of the provider.
    """

    def __init__(self, http: ClientSession, url: str) -> None:
        super().__init__(
            ttfs_p99_latency=FINAL_S, settings=STTSettings(model="stub", language=None)
        )
        self._http = http
        self._url = url
        self._socket: ClientWebSocketResponse | None = None

    async def start(self, frame: StartFrame) -> None:
        """Connect."""
        await super().start(frame)
        self._socket = await self._http.ws_connect(f"{self._url}/stt")
        self.create_task(self._listen(self._socket), "listen")

    async def stop(self, frame: EndFrame) -> None:
        """Disconnect."""
        await self._close()
        await super().stop(frame)

    async def cancel(self, frame: CancelFrame) -> None:
        """Disconnect."""
        await self._close()
        await super().cancel(frame)

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Send sound."""
        if self._socket is not None:
            await self._socket.send_bytes(audio)
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Tell the provider of turns."""
        await super().process_frame(frame, direction)
        if self._socket is None:
            return
        if isinstance(frame, VADUserStartedSpeakingFrame):
            await self._socket.send_str("begin")
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            await self._socket.send_str("final")

    async def _listen(self, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            body = json.loads(message.data)
            await self.push_frame(
                TranscriptionFrame(
                    body["text"], "caller", time_now_iso8601(), finalized=body["final"]
                )
            )

    async def _close(self) -> None:
        if self._socket is not None:
            await self._socket.close()


class SocketLLM(LLMService):
    """Streams the model's words over HTTP.

    Args:
        http: the process's client.
        url: of the provider.
        settings: as the in-process stub has them.
    """

    def __init__(self, http: ClientSession, url: str, settings: LLMSettings) -> None:
        super().__init__(settings=settings)
        self._http = http
        self._url = url

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer a context."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        async with self._http.post(f"{self._url}/llm", json={"messages": []}) as answer:
            async for line in answer.content:
                if line.startswith(b"data: "):
                    await self.push_frame(LLMTextFrame(json.loads(line[6:])["text"]))
        await self.push_frame(LLMFullResponseEndFrame())


class SocketTTS(TTSService):
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
        self._http = http
        self._url = url
        self._socket: ClientWebSocketResponse | None = None

    async def start(self, frame: StartFrame) -> None:
        """Connect."""
        await super().start(frame)
        self._socket = await self._http.ws_connect(f"{self._url}/tts")

    async def stop(self, frame: EndFrame) -> None:
        """Disconnect."""
        await self._close()
        await super().stop(frame)

    async def cancel(self, frame: CancelFrame) -> None:
        """Disconnect."""
        await self._close()
        await super().cancel(frame)

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Sound as it comes."""
        if self._socket is None:
            return
        await self._socket.send_str(json.dumps({"text": text}))
        async for message in self._socket:
            if message.type is not WSMsgType.BINARY:
                return
            yield TTSAudioRawFrame(message.data, RATE_HZ, 1, context_id=context_id)

    async def _close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
