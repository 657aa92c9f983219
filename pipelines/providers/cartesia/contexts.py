"""Sentences spoken over one connection to Cartesia. Sans-I/O.

Each sentence is a *context* of its own, and the connection carries many at once: a worker's calls
share it. Protocol: https://docs.cartesia.ai/api-reference/tts/websocket.

========  ==========================================  =======
state     event                                       then
========  ==========================================  =======
ASKED     CHUNK, TIMESTAMPS                           SOUNDING
ASKED     DONE: it ended without sound                FAILED
SOUNDING  CHUNK, TIMESTAMPS                           SOUNDING
SOUNDING  DONE after the last word ended              DONE
SOUNDING  DONE before that                            FAILED
any       ERROR, the connection lost                  FAILED
========  ==========================================  =======
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import accumulate
from typing import Final

from pydantic import BaseModel, ValidationError

from pipelines.ready_speech import SpeechPiece
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.errors import OwnerFixable, Unavailable

SpeechError = Unavailable | OwnerFixable

EXACT_S: Final = 0.1
"""How exact the end of a word is taken to be."""


class _WordTimes(BaseModel):
    words: list[str]
    start: list[float]
    end: list[float] = []


class Message(BaseModel):
    """What we read of any message; they may add to it."""

    type: str
    context_id: str = ""
    data: str = ""
    status_code: int = 0
    error_code: str = ""
    word_timestamps: _WordTimes | None = None


def read(message: str | bytes) -> Message | None:
    """A message, ``None`` when it is none of theirs."""
    try:
        return Message.model_validate_json(message)
    except ValidationError:
        return None


def speak_request(
    context_id: str, spoken: str, language: str = "en", *, model: str, voice: str
) -> str:
    """Asks for a whole sentence in a language (ISO 639-1)."""
    return json.dumps(
        {
            "context_id": context_id,
            "model_id": model,
            "transcript": spoken,
            "voice": {"mode": "id", "id": voice},
            "language": language,
            "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": RATE_8K},
            "add_timestamps": True,
            "continue": False,
            "max_buffer_delay_ms": 0,
        }
    )


def cancel_request(context_id: str) -> str:
    """Asks for no more of it."""
    return json.dumps({"context_id": context_id, "cancel": True})


@dataclass(frozen=True, slots=True)
class SentenceDone:
    """All of a sentence's sound came. `rest` holds words whose times came after it."""

    rest: SpeechPiece | None = None


class WordPlaces:
    """Where the spoken words begin, from word times that may divide the text otherwise.

    What both have in common is letters and digits: a spoken word begins with the first of their
    words before which so many letters went by.

    Args:
        spoken: the text that is spoken, words separated by spaces.
    """

    def __init__(self, spoken: str) -> None:
        counts = [_letters(word) for word in spoken.split()]
        self._begins = [0, *accumulate(counts)][: len(counts)]
        self._placed = 0
        self._gone = 0

    def add(self, words: list[str], start_s: list[float]) -> tuple[int, ...]:
        """Samples at which spoken words begin, of those that these are the first news of."""
        starts: list[int] = []
        for word, start in zip(words, start_s, strict=False):
            while self._placed < len(self._begins) and self._begins[self._placed] <= self._gone:
                starts.append(round(start * RATE_8K))
                self._placed += 1
            self._gone += _letters(word)
        return tuple(starts)


def _letters(word: str) -> int:
    return sum(character.isalnum() for character in word)


@dataclass(slots=True)
class SpokenSentence:
    """One context as its messages come.

    Attributes:
        seconds: of sound that came.
    """

    places: WordPlaces
    seconds: float = 0.0
    _waiting: tuple[int, ...] = field(default=(), init=False)
    _half: bytes = field(default=b"", init=False)
    _told_s: float = field(default=0.0, init=False)

    def receive(self, message: Message) -> SpeechPiece | SentenceDone | SpeechError | None:
        """What a message of this context brings; an error ends it."""
        match message.type:
            case "chunk":
                return self._sound(message.data)
            case "timestamps" if message.word_timestamps is not None:
                times = message.word_timestamps
                self._waiting += self.places.add(times.words, times.start)
                ends = (end - EXACT_S for end in times.end)
                self._told_s = max([self._told_s, *times.start, *ends])
                return None
            case "done":
                return self._end()
            case "error":
                return _problem(message)
            case _:
                return None

    def _end(self) -> SentenceDone | SpeechError:
        if self.seconds == 0.0:
            return Unavailable("cartesia.no_sound", "Cartesia ended without any sound.")
        if self.seconds < self._told_s:
            return Unavailable("cartesia.cut_short", "Cartesia ended within a sentence.")
        starts, self._waiting = self._waiting, ()
        return SentenceDone(SpeechPiece(bytes(2), starts) if starts else None)

    def _sound(self, data: str) -> SpeechPiece | SpeechError | None:
        try:
            came = self._half + base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            return Unavailable("cartesia.garbled", "Cartesia sent sound that cannot be read.")
        whole = len(came) // 2 * 2
        pcm, self._half = came[:whole], came[whole:]
        if not pcm:
            return None
        self.seconds += len(pcm) / 2 / RATE_8K
        starts, self._waiting = self._waiting, ()
        return SpeechPiece(pcm, starts)


def _problem(message: Message) -> SpeechError:
    """An error of theirs, by who can act; their text is not ours to log."""
    if message.status_code in (401, 403):
        where = "CARTESIA_API_KEY"
        problem = f"Cartesia refuses the key ({message.status_code})."
        return OwnerFixable("cartesia.key_refused", problem, where=where)
    if message.error_code in ("voice_not_found", "model_not_found"):
        what = message.error_code.removesuffix("_not_found")
        problem = f"Cartesia has no such {what}."
        return OwnerFixable(f"cartesia.{what}", problem, where=f"CARTESIA_{what.upper()}")
    if message.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return Unavailable("cartesia.too_many", "Cartesia has too many requests of ours.")
    return Unavailable("cartesia.failed", f"Cartesia failed with status {message.status_code}.")
