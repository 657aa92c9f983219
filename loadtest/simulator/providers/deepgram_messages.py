"""Deepgram's live messages, as its reference writes them.

Forms: https://developers.deepgram.com/reference/speech-to-text/listen-streaming (Results, Metadata,
UtteranceEnd, SpeechStarted), https://developers.deepgram.com/docs/errors (bodies of HTTP errors),
https://developers.deepgram.com/docs/stt-troubleshooting-websocket-data-and-net-errors (how it
closes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from loadtest.simulator.g711 import RATE_HZ
from loadtest.simulator.providers.faults import FaultName
from loadtest.simulator.providers.hearing import HeardWord

Json = dict[str, object]

NO_DATA: Final = (1011, b"NET-0001")
"""Close code and reason: neither sound nor a text message for ten seconds."""

NOT_AUDIO: Final = (1008, b"DATA-0000")
"""Close code and reason: what came cannot be decoded."""

INTERNAL: Final = (1011, b"NET-0000")
"""Close code and reason: something went wrong on their side."""

HTTP_ERRORS: Final = {
    FaultName.UNAUTHORIZED: (401, "INVALID_AUTH", "Invalid credentials."),
    FaultName.RATE_LIMITED: (
        429,
        "TOO_MANY_REQUESTS",
        "Too many requests. Please try again later.",
    ),
    FaultName.SERVER_ERROR: (500, "INTERNAL_SERVER_ERROR", "An internal error occurred."),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a connection's sound, samples at 8 kHz since its first."""

    start_8k: int
    end_8k: int


def seconds(samples_8k: int) -> float:
    """As the wire counts."""
    return round(samples_8k / RATE_HZ, 4)


def results(
    span: Span,
    words: Sequence[HeardWord],
    *,
    request_id: str,
    model: str,
    is_final: bool,
    speech_final: bool = False,
    from_finalize: bool = False,
) -> Json:
    """A `Results` message: what is heard in a stretch. Times of `words` count from its start."""
    transcript = " ".join(word.text for word in words)
    alternative: Json = {
        "transcript": transcript,
        "confidence": 0.99 if words else 0.0,
        "words": [
            {
                "word": word.text,
                "start": seconds(span.start_8k + word.start_8k),
                "end": seconds(span.start_8k + word.end_8k),
                "confidence": 0.99,
            }
            for word in words
        ],
    }
    return {
        "type": "Results",
        "channel_index": [0, 1],
        "duration": seconds(span.end_8k - span.start_8k),
        "start": seconds(span.start_8k),
        "is_final": is_final,
        "speech_final": speech_final,
        "channel": {"alternatives": [alternative]},
        "metadata": {
            "request_id": request_id,
            "model_info": {"name": model, "version": "2025-04-17.21547", "arch": "nova-3"},
            "model_uuid": "00000000-0000-4000-8000-000000000003",
        },
        "from_finalize": from_finalize,
    }


def metadata(request_id: str, samples_8k: int) -> Json:
    """The `Metadata` message that ends a stream."""
    return {
        "type": "Metadata",
        "transaction_key": "deprecated",
        "request_id": request_id,
        "sha256": "0" * 64,
        "created": "2026-01-01T00:00:00.000Z",
        "duration": seconds(samples_8k),
        "channels": 1,
    }


def speech_started(at_8k: int) -> Json:
    """Voice begins (with ``vad_events``)."""
    return {"type": "SpeechStarted", "channel": [0], "timestamp": seconds(at_8k)}


def utterance_end(last_word_end_8k: int) -> Json:
    """No word for ``utterance_end_ms``."""
    return {
        "type": "UtteranceEnd",
        "channel": [0, 1],
        "last_word_end": seconds(last_word_end_8k),
    }


def error(variant: str, description: str) -> Json:
    """An `Error` message."""
    return {
        "type": "Error",
        "variant": variant,
        "description": description,
        "message": description,
    }


def http_error(code: str, message: str, request_id: str) -> Json:
    """Body of an answer that refuses the upgrade."""
    return {"err_code": code, "err_msg": message, "request_id": request_id}
