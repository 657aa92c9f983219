"""Deepgram's live recognition as a pipecat STT service.

Our turn table decides when a turn is over: `endpointing` is off, and the end of a turn is a
Finalize; Flux's own opinion of it (`flux`) is told to the table. The connection is opened when the
call begins, is kept open between turns, and is replaced when it is lost, refused or silent; see
`recognition` for what a turn then does.

They charge for all sound that is sent, silence too, and not for KeepAlive
(https://developers.deepgram.com/docs/audio-keep-alive): `sent` counts the sound of the turns, with
what is sent again over a new connection. Flux has no KeepAlive; the silence that keeps it open is
sound and is counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import numpy as np
from loguru import logger
from pipecat.frames.frames import (
    EagerEndOfTurnCancelFrame,
    EagerTranscriptionFrame,
    Frame,
    InterimTranscriptionFrame,
    ProposedUserStoppedSpeakingFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameProcessorSetup
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService
from pipecat.utils.time import time_now_iso8601
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from pipelines.providers.deepgram.recognition import (
    CallRecognition,
    RecognitionState,
    TurnSound,
    TurnWords,
    WordsSoFar,
)
from pipelines.providers.wire import SocketVendor, loop_s, open_socket, rest, wait_s
from pipelines.speech_usage import SentSound
from voiceagent.core.audio.g711 import mulaw_encode
from voiceagent.core.wire import TurnEnding
from voiceagent.errors import OwnerFixable, Unavailable

FINAL_P99_S: Final = 0.5
"""Final transcript after the last sound, as Twilio's guide to latency allows for recognition."""

CONNECT_S: Final = 1.0
STABLE_S: Final = 2.0
"""A connection that lasted so long is followed by another at once."""

KEEP_ALIVE_S: Final = 4.0
"""They close a connection after 10 s without sound or KeepAlive, and advise 3 to 5 s."""

ANSWER_S: Final = 0.7
"""A Finalize without an answer for so long is asked again over a new connection."""

STALLED_S: Final = 2.0
"""Sound that comes faster than it is spoken is no sign of a dead connection before so long."""

FINAL_S: Final = 1.4
"""How long the words of a turn may take in all; the cascade waits 1.5 s."""

TOLD_S: Final = 0.25
"""How long an answer to Finalize is waited for when everything was told before: they need not give
one (https://developers.deepgram.com/docs/finalize)."""


TOLD_FAILURES: Final = 3
"""Attempts to connect in a row whose failure is told; later ones are no news."""

VENDOR: Final = SocketVendor(
    "deepgram", "Deepgram", "DEEPGRAM_API_KEY", "DEEPGRAM_URL", "DEEPGRAM_MODEL"
)


@dataclass(frozen=True, slots=True)
class DeepgramAccount:
    """Where, with which key and which model calls are recognised."""

    url: str
    model: str
    key: str = field(repr=False)
    language: str = ""
    """What is spoken: a tag of theirs, ``multi`` for whichever; theirs by default when empty."""

    @property
    def address(self) -> str:
        """With what is asked for; the words come as spoken, which is what the dialogue reads."""
        query = {
            "model": self.model,
            "encoding": "mulaw",
            "sample_rate": "8000",
            "channels": "1",
            "interim_results": "true",
            "endpointing": "false",
            "punctuate": "false",
            "smart_format": "false",
        }
        spoken = {"language": self.language} if self.language else {}
        return f"{self.url.rstrip('/')}/v1/listen?{urlencode(query | spoken)}"


class DeepgramSTT(STTService):
    """Recognises the caller's turns of one call.

    Args:
        account: see there.
        recognition: of the protocol that the account's address speaks; ``/v1/listen`` by default.
    """

    def __init__(self, account: DeepgramAccount, recognition: TurnSound | None = None) -> None:
        super().__init__(
            audio_passthrough=False,
            ttfs_p99_latency=FINAL_P99_S,
            settings=STTSettings(model=account.model, language=None),
        )
        self._account = account
        self._recognition = recognition if recognition is not None else CallRecognition()
        self._to_send = asyncio.Event()
        self._wanted = asyncio.Event()
        self._changed = asyncio.Event()
        self._final: TurnWords | None = None
        self._problem: Unavailable | OwnerFixable | None = None
        self._line: ClientConnection | None = None
        self._since_s = 0.0
        self.sent = SentSound()
        """See `CountsSound`: what they charge for."""
        self.words_lost = False
        """Whether the last turn's words were lost, and not merely none."""
        self.words_cut = False
        """Whether the last turn was not recognised to its end."""
        self.confidence: float | None = None
        """How sure they were of the last turn's words, 0..1."""

    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]
        """Begin to connect: the greeting gives it time."""
        await super().setup(setup)
        self._connecting = self.create_task(self._stay_connected(), "deepgram")

    async def cleanup(self) -> None:
        """Let go of the call."""
        await super().cleanup()  # type: ignore[no-untyped-call]
        await self.cancel_task(self._connecting)

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Send a piece of the caller's turn; transcripts come by themselves."""
        self._recognition.sound(mulaw_encode(np.frombuffer(audio, np.int16)))
        self._to_send.set()
        if self._recognition.stalled and loop_s() - self._since_s > STALLED_S:
            self._drop_line("stalled")
        yield None

    async def _handle_vad_user_started_speaking(self, frame: VADUserStartedSpeakingFrame) -> None:
        await super()._handle_vad_user_started_speaking(frame)
        self._final, self.words_lost, self.words_cut = None, False, False
        self.confidence = None
        self._recognition.start()
        self._wanted.set()

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        await super()._handle_vad_user_stopped_speaking(frame)
        words = await self._words()
        self.words_lost, self.confidence = words.lost, words.confidence
        if words.lost:
            self._drop_line("lost")
            error = self._problem or Unavailable("deepgram.lost", "Deepgram told no words.")
            await self.push_error(error_msg=str(error), exception=error)
        final = TranscriptionFrame(words.text, "caller", time_now_iso8601())
        final.finalized = True
        await self.push_frame(final)

    async def _words(self) -> TurnWords:
        """The turn's words, or what there is of them when the time is up."""
        if (known := self._recognition.finish()) is not None:
            return known
        self._to_send.set()
        asked_s = loop_s()
        by_s, again_s = asked_s + FINAL_S, asked_s + ANSWER_S
        while self._final is None and (now_s := loop_s()) < by_s:
            if not self._recognition.connected and self._hopeless(by_s - now_s):
                break
            told_s = asked_s + TOLD_S if self._recognition.all_told else by_s
            if now_s >= told_s:
                break
            if now_s >= again_s:
                self._drop_line("slow")
                again_s = by_s
            self._changed.clear()
            try:
                async with asyncio.timeout(min(by_s, told_s, again_s) - now_s):
                    await self._changed.wait()
            except TimeoutError:
                pass
        if self._final is not None:
            return self._final
        told, words = self._recognition.all_told, self._recognition.conclude()
        self.words_cut = not told
        if not told:
            self._drop_line("slow")
        return words

    def _hopeless(self, left_s: float) -> bool:
        """Whether no connection will come in time: the key is refused, or we were told to wait."""
        return self._problem is not None and wait_s(0, self._problem) > left_s

    async def _stay_connected(self) -> None:
        """Has a connection as long as the call lasts."""
        failures = 0
        while True:
            try:
                headers = {"Authorization": f"Token {self._account.key}"}
                line = await open_socket(VENDOR, self._account.address, headers, CONNECT_S)
            except (Unavailable, OwnerFixable) as error:
                self._problem = error
                failures += 1
                self._changed.set()
                logger.warning("deepgram.no_connection: {}", error.code)
                if failures <= TOLD_FAILURES:
                    await self.push_error(error_msg=str(error), exception=error)
                await rest(wait_s(failures, error), self._wanted, error)
                continue
            self._problem, opened_s = None, loop_s()
            await self._serve(line)
            if self._recognition.state is RecognitionState.HEARING:
                lost = "The connection to Deepgram was lost in the middle of a turn."
                again = Unavailable("deepgram.reconnects", lost, retry_after_s=0.0)
                await self.push_error(error_msg=str(again), exception=again)
            failures = 0 if loop_s() - opened_s >= STABLE_S else failures + 1
            if failures:
                await rest(wait_s(failures, None), self._wanted, None)

    async def _serve(self, line: ClientConnection) -> None:
        """Moves messages over one connection until it is lost or dropped."""
        self._line, self._since_s = line, loop_s()
        self._recognition.connect()
        self._to_send.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self._send(line))
                try:
                    await self._receive(line)
                finally:
                    sending.cancel()
        except* ConnectionClosed:
            pass
        finally:
            self._line = None
            self._recognition.disconnect()
            self._changed.set()
            if line.close_code is None:
                line.transport.abort()

    async def _send(self, line: ClientConnection) -> None:
        while True:
            self._to_send.clear()
            while self._recognition.outgoing:
                await self._send_one(line, self._recognition.outgoing.pop(0))
            try:
                async with asyncio.timeout(KEEP_ALIVE_S):
                    await self._to_send.wait()
            except TimeoutError:
                await self._send_one(line, self._recognition.keep_alive())

    async def _send_one(self, line: ClientConnection, message: bytes | str) -> None:
        await line.send(message)
        if isinstance(message, bytes):
            self.sent.samples += len(message)  # G.711: a byte a sample

    async def _receive(self, line: ClientConnection) -> None:
        async for message in line:
            self._since_s = loop_s()
            match self._recognition.receive(message):
                case WordsSoFar() as words:
                    await self._tell(words)
                    self._changed.set()
                case TurnWords() as words:
                    self._final = words
                    self._changed.set()
                case None:
                    pass

    async def _tell(self, words: WordsSoFar) -> None:
        """The words so far as pipecat's frames, and what is said of the turn's end."""
        if words.ending is TurnEnding.PROBABLE:
            eager = EagerTranscriptionFrame(words.text, "caller", time_now_iso8601())
            await self.push_frame(eager)
            return
        if words.text:
            await self.push_frame(
                InterimTranscriptionFrame(words.text, "caller", time_now_iso8601())
            )
        if words.ending is TurnEnding.CERTAIN:
            await self.push_frame(ProposedUserStoppedSpeakingFrame())
        elif words.ending is TurnEnding.VOID:
            await self.push_frame(EagerEndOfTurnCancelFrame())

    def _drop_line(self, code: str) -> None:
        """Ends a connection that does not serve; another one is opened at once."""
        if self._line is not None and self._recognition.connected:
            logger.warning("deepgram.reconnect: {}", code)
            self._recognition.disconnect()
            self._line.transport.abort()


class NovaSTT(DeepgramSTT):
    """Of ``/v1/listen``, where a pause can be asked about; Flux decides that by itself."""

    async def ask_partial(self) -> None:
        """See `AsksPartial`: the caller has paused; what is told of it comes by itself."""
        self._recognition.paused()
        self._to_send.set()
