"""Services for a stub provider in another process: what talking to providers costs, and no more.

The provider (`loadtest.bench.baselines.provider`) has the words, sounds and delays of
`loadtest.bench.stubs` behind the kinds of connection that providers have: a WebSocket for
recognition and one for speech a call, server-sent events over HTTP for the model.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InterimTranscriptionFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.services.ai_service import AIService
from pipecat.services.settings import STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601

from loadtest.bench.stubs import Delays
from pipelines.transport import SAMPLE_RATE_8K


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


class SocketSTT(_OneSocket, STTService):
    """Sends sound over a WebSocket of the call; takes transcripts from it.

    Args:
        http: the worker's client.
        url: of the provider.
    """

    def __init__(self, http: ClientSession, url: str) -> None:
        super().__init__(
            audio_passthrough=False,
            ttfs_p99_latency=Delays().final_s,
            settings=STTSettings(model="stub", language=None),
        )
        self.http = http
        self.address = f"{url}/stt"

    async def start(self, frame: StartFrame) -> None:
        """Connect, and listen."""
        await super().start(frame)
        if self.socket is not None:
            self.create_task(self._listen(self.socket), "listen")

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Send a piece of the caller's turn."""
        if self.socket is not None:
            await self.socket.send_bytes(audio)
        yield None

    async def ask_partial(self) -> None:
        """Ask for the words so far."""
        await self._tell("partial")

    async def _handle_vad_user_started_speaking(self, frame: VADUserStartedSpeakingFrame) -> None:
        await super()._handle_vad_user_started_speaking(frame)
        await self._tell("begin")

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        await super()._handle_vad_user_stopped_speaking(frame)
        await self._tell("final")

    async def _tell(self, what: str) -> None:
        if self.socket is not None:
            await self.socket.send_str(what)

    async def _listen(self, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            body = json.loads(message.data)
            if body["final"]:
                final = TranscriptionFrame(body["text"], "caller", time_now_iso8601())
                final.finalized = True
                await self.push_frame(final)
            elif body["text"]:
                await self.push_frame(
                    InterimTranscriptionFrame(body["text"], "caller", time_now_iso8601())
                )


class SocketTTS(_OneSocket, TTSService):
    """Speech over a WebSocket of the call.

    Args:
        http: the worker's client.
        url: of the provider.
    """

    def __init__(self, http: ClientSession, url: str) -> None:
        super().__init__(
            sample_rate=SAMPLE_RATE_8K,
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
            yield TTSAudioRawFrame(message.data, SAMPLE_RATE_8K, 1, context_id=context_id)


class SocketModel:
    """A model behind HTTP: streams its one sentence. See `StubModel`.

    Args:
        http: the worker's client.
        url: of the provider.
    """

    def __init__(self, http: ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self.asked = 0
        self.answered = 0

    async def answer(self) -> str:
        """All that it said."""
        self.asked += 1
        said = ""
        async with self._http.post(f"{self._url}/llm", json={"messages": []}) as answer:
            async for line in answer.content:
                if line.startswith(b"data: "):
                    said += json.loads(line[6:])["text"]
        return said
