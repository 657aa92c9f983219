"""What every speaking process does: take requests in, let its engine speak them, send the sound.

Requests come over standard input, sound leaves over standard output; see `speaker` for both. One
utterance is spoken after the other; a cancelled one is dropped from the queue or stopped within
one buffer. The process ends when its input does.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.offline.messages import READY, HelperMessage, read_message, write_message
from pipelines.offline.priority import stand_back
from pipelines.offline.resample import Downsampler
from pipelines.offline.speaker import SpeakerAnswer, SpeakerRequest, SpokenWord, encode_chunk


@dataclass(frozen=True, slots=True)
class WordMark:
    """A word in the sound: first character (from 0), length, sample at the engine's rate."""

    char_start: int
    char_length: int
    sample: int


SoundCallback = Callable[[NDArray[np.int16], list[WordMark]], bool]
"""Takes a buffer of sound and the words that begin in it; False stops the utterance."""


class SpeechEngineError(RuntimeError):
    """The engine cannot speak this."""


class SpeechEngine(Protocol):
    """What makes the sound of one utterance at a time."""

    @property
    def rate_hz(self) -> int:
        """Of its sound."""
        ...

    @property
    def gain(self) -> float:
        """What makes its sound as loud as people are on a telephone; at most 1."""
        ...

    def speak(self, text: str, *, voice: str, words_per_minute: int, heard: SoundCallback) -> None:
        """Speak `text`; returns when all of it was made, or `heard` wanted no more.

        Raises:
            SpeechEngineError: there is no such voice, or synthesis failed.
        """
        ...


class Cancelled:
    """Streams that nobody wants to hear any more; shared by the reading and the speaking thread."""

    def __init__(self) -> None:
        self._streams: set[int] = set()
        self._lock = threading.Lock()

    def add(self, stream: int) -> None:
        """Drop a stream."""
        with self._lock:
            self._streams.add(stream)

    def __contains__(self, stream: int) -> bool:
        with self._lock:
            return stream in self._streams

    def forget(self, stream: int) -> None:
        """It is over anyway."""
        with self._lock:
            self._streams.discard(stream)


def read_requests(
    pipe: BinaryIO, waiting: queue.Queue[HelperMessage | None], gone: Cancelled
) -> None:
    """Sort what comes in until the pipe ends."""
    while (message := read_message(pipe)) is not None:
        if message.kind == SpeakerRequest.CANCEL:
            gone.add(message.stream)
        else:
            waiting.put(message)
    waiting.put(None)


class Speaking:
    """One utterance on its way out."""

    def __init__(self, stream: int, engine: SpeechEngine, out: BinaryIO, gone: Cancelled) -> None:
        self._stream = stream
        self._rate_hz = engine.rate_hz
        self._gain = np.float32(engine.gain)
        self._out = out
        self._gone = gone
        self._down = Downsampler(engine.rate_hz)

    def heard(self, sound: NDArray[np.int16], words: list[WordMark]) -> bool:
        """Pass a buffer on; False when the utterance was cancelled."""
        if self._stream in self._gone:
            return False
        spoken = [
            SpokenWord(w.char_start, w.char_length, w.sample * 8000 // self._rate_hz) for w in words
        ]
        quieter = np.rint(sound * self._gain).astype(np.int16)
        self._send(self._down.feed(quieter), spoken)
        return True

    def finish(self) -> None:
        """The last of the sound."""
        self._send(self._down.finish(), [])

    def _send(self, pcm: NDArray[np.int16], words: list[SpokenWord]) -> None:
        if len(pcm) or words:
            payload = encode_chunk(pcm.tobytes(), words)
            write_message(self._out, HelperMessage(SpeakerAnswer.SOUND, self._stream, payload))


def speak(engine: SpeechEngine, request: HelperMessage, out: BinaryIO, gone: Cancelled) -> None:
    """Serve one request."""
    asked = json.loads(request.payload)
    speaking = Speaking(request.stream, engine, out, gone)
    try:
        engine.speak(
            asked["text"],
            voice=asked["voice"],
            words_per_minute=asked["words_per_minute"],
            heard=speaking.heard,
        )
    except SpeechEngineError as error:
        write_message(out, HelperMessage(SpeakerAnswer.FAILED, request.stream, str(error).encode()))
        return
    speaking.finish()
    write_message(out, HelperMessage(SpeakerAnswer.DONE, request.stream))


def serve(start: Callable[[], SpeechEngine]) -> None:
    """Speak until standard input ends, with the engine that `start` gives, warm."""
    stand_back(int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started us; calls may go on
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library's print must not break messages
    engine = start()
    gone = Cancelled()
    waiting: queue.Queue[HelperMessage | None] = queue.Queue()
    reader = threading.Thread(
        target=read_requests, args=(sys.stdin.buffer, waiting, gone), daemon=True
    )
    reader.start()
    write_message(out, READY)
    while (request := waiting.get()) is not None:
        if request.stream not in gone:
            speak(engine, request, out, gone)
        gone.forget(request.stream)
