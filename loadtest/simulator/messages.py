"""The carrier's side of Media Streams: the JSON it sends and what it accepts (Twilio's pages).

Numeric-looking values are strings, except in `mediaFormat`. Sans-I/O.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from loadtest.simulator.g711 import RATE_HZ

CONNECTED: Final = '{"event":"connected","protocol":"Call","version":"1.0.0"}'
"""The first message of every stream."""


@dataclass(frozen=True, slots=True)
class OutboundMedia:
    """Audio for the caller, μ-law."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class OutboundMark:
    """A mark to be echoed when the audio before it has played."""

    name: str


@dataclass(frozen=True, slots=True)
class OutboundClear:
    """Empty the buffer."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """Something the carrier would reject or ignore."""

    why: str


Incoming = OutboundMedia | OutboundMark | OutboundClear | Invalid


@dataclass(frozen=True, slots=True)
class StreamIds:
    """Who a stream belongs to."""

    account_sid: str
    call_sid: str
    stream_sid: str


class StreamWriter:
    """Numbers and formats the messages of one stream."""

    def __init__(self, ids: StreamIds, parameters: Mapping[str, str]) -> None:
        self._ids = ids
        self._parameters = dict(parameters)
        self._sequence = 0
        self._chunk = 0
        self._lost = 0

    def start(self) -> str:
        """Second message: who calls, the format and the custom parameters."""
        start = {
            "accountSid": self._ids.account_sid,
            "streamSid": self._ids.stream_sid,
            "callSid": self._ids.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": RATE_HZ, "channels": 1},
            "customParameters": self._parameters,
        }
        return self._message("start", "start", start)

    def media(self, audio: bytes) -> str:
        """The next frame of the caller; its timestamp counts from the first one."""
        self._sequence += 1
        self._chunk += 1
        payload = base64.b64encode(audio).decode("ascii")
        return (
            f'{{"event":"media","sequenceNumber":"{self._sequence}","media":{{"track":"inbound",'
            f'"chunk":"{self._chunk}","timestamp":"{(self._chunk + self._lost - 1) * 20}",'
            f'"payload":"{payload}"}},"streamSid":"{self._ids.stream_sid}"}}'
        )

    def lose_frame(self) -> None:
        """A frame of the caller was lost on its way: timestamps go on, numbers do not."""
        self._lost += 1

    def dtmf(self, digit: str) -> str:
        """The caller pressed a key."""
        return self._message("dtmf", "dtmf", {"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> str:
        """An echo."""
        return self._message("mark", "mark", {"name": name})

    def stop(self) -> str:
        """Last message."""
        ids = {"accountSid": self._ids.account_sid, "callSid": self._ids.call_sid}
        return self._message("stop", "stop", ids)

    def _message(self, event: str, key: str, body: Mapping[str, object]) -> str:
        self._sequence += 1
        return json.dumps(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                key: body,
                "streamSid": self._ids.stream_sid,
            },
            separators=(",", ":"),
        )


def parse(text: str | bytes, stream_sid: str) -> Incoming:
    """Reads one message of the engine; whatever is wrong with it comes back as `Invalid`."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return Invalid(f"31950 not JSON: {text[:80]!r}")
    if not isinstance(message, dict) or message.get("streamSid") != stream_sid:
        return Invalid(f"31951 not a message for {stream_sid}: {text[:80]!r}")
    match message:
        case {"event": "media", "media": {"payload": str(payload)}}:
            return _media(payload)
        case {"event": "mark", "mark": {"name": str(name)}}:
            return OutboundMark(name)
        case {"event": "clear"}:
            return OutboundClear()
        case _:
            return Invalid(f"31951 unknown or incomplete message: {text[:80]!r}")


def _media(payload: str) -> Incoming:
    try:
        return OutboundMedia(base64.b64decode(payload, validate=True))
    except ValueError:
        return Invalid("31951 media payload is not base64")
