"""Twilio Media Streams, as messages: text in, typed events out, and the other way round.

A media stream is a WebSocket that carries JSON text frames. Twilio sends, in this order,

    connected   once; says which protocol this is
    start       once; names the stream, the call and the sound format
    media       a piece of the caller's sound, usually 20 ms, which nobody promises
    dtmf        a key was pressed
    mark        something we sent has been played, or was thrown away by `clear`
    stop        once; the stream is over

and understands `media`, `mark` and `clear` from us. Values that look like numbers are strings,
except in `mediaFormat`. `Decoder` reads the first list, `Encoder` writes the second; neither knows
a socket or a clock.

The one rule of this module: **no message can hurt a call**. Whatever arrives, `Decoder.decode`
returns an event; what cannot be used comes back as `Malformed` with the reason and has been
counted. Reading is strict where a wrong value would be believed (types, base64, the stream's id,
the track, a key given twice), and lenient where a value is merely missing and not needed.

Media come fifty times a second and call, and marks six times while we speak, so there are short
cuts for them: a regular expression each for the shape in which Twilio writes them, three times as
fast as parsing. They may only say yes, and then say what the long way would have said; for
everything else the long way decides.

Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from __future__ import annotations

import binascii
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from telephony.twilio.fields import (
    MAX_MESSAGE_BYTES,
    Dropped,
    Fault,
    Fields,
    count,
    identifier,
    lacks,
    object_of,
    parse,
    required_count,
    strings,
    text,
)

_USUAL_MEDIA = re.compile(
    rb'\{"event": ?"media", ?"sequenceNumber": ?"\d{1,15}", ?'
    rb'(?:"streamSid": ?"([A-Za-z0-9_-]{1,64})", ?)?'
    rb'"media": ?\{"track": ?"inbound", ?"chunk": ?"(\d{1,15})", ?"timestamp": ?"(\d{1,15})", ?'
    rb'"payload": ?"([^"]+)"\}'
    rb'(?:, ?"streamSid": ?"([A-Za-z0-9_-]{1,64})")?\}'
)
_USUAL_MARK = re.compile(
    rb'\{"event": ?"mark", ?"sequenceNumber": ?"\d{1,15}", ?'
    rb'"streamSid": ?"([A-Za-z0-9_-]{1,64})", ?'
    rb'"mark": ?\{"name": ?"([A-Za-z0-9._-]{1,64})"\}\}'
)
_KEYS = frozenset("0123456789*#ABCD")
_MAX_MARK = 256


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket speaks `protocol` (``"Call"``) in `version`."""

    protocol: str
    version: str


@dataclass(frozen=True, slots=True)
class MediaFormat:
    """How the sound is coded."""

    encoding: str
    sample_rate: int
    channels: int

    @property
    def decodable(self) -> bool:
        """Whether it is G.711 mu-law, 8 kHz, one channel: the only thing the engine speaks."""
        return (self.encoding, self.sample_rate, self.channels) == ("audio/x-mulaw", 8000, 1)


@dataclass(frozen=True, slots=True)
class Start:
    """The stream begins. `parameters` are what our TwiML sent along; anybody can forge them."""

    stream_sid: str
    account_sid: str
    call_sid: str
    tracks: tuple[str, ...]
    media_format: MediaFormat
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Media:
    """Sound of the caller: mu-law bytes, at least one; 8 of them are a millisecond.

    `timestamp_ms` counts from the stream's start, `chunk` from 1; ``None`` when not given.
    """

    mulaw: bytes
    timestamp_ms: int | None = None
    chunk: int | None = None


@dataclass(frozen=True, slots=True)
class Dtmf:
    """A key: one of 0-9, *, #, A-D. Keys can be a card number, so it stays out of logs."""

    digit: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of ours came back."""

    name: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The stream is over: the caller hung up or the call was sent elsewhere."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A message that was dropped and counted."""

    fault: Fault


Event = Connected | Start | Media | Dtmf | Mark | Stop | Malformed


class Decoder:
    """Reads what Twilio sends on one socket.

    `faults` counts the dropped messages by reason. Once the handshake has believed a `start`,
    `bind` it: from then on messages of any other stream or call are foreign.
    """

    def __init__(self) -> None:
        self.faults: Counter[Fault] = Counter()
        self._stream_sid: str | None = None
        self._call_sid: str | None = None
        self._usual_sid: bytes | None = None
        self._usual_sids: tuple[tuple[bytes | None, bytes | None], ...] = ()

    def bind(self, stream_sid: str, call_sid: str) -> None:
        """From now on only this stream of this call is ours."""
        self._stream_sid, self._call_sid = stream_sid, call_sid
        sid = self._usual_sid = stream_sid.encode()
        self._usual_sids = ((None, sid), (sid, None))  # after `media` or before it, not both

    def decode(self, message: bytes | str) -> Event:
        """The event in one text frame; never raises."""
        if isinstance(message, bytes) and (usual := self._usual_media(message)):
            return usual
        try:
            fields = parse(message)
            return self._read(fields)
        except Dropped as dropped:
            return self.drop(dropped.fault)
        except RecursionError:
            return self.drop(Fault.TOO_DEEP)

    def drop(self, fault: Fault) -> Malformed:
        """Count a message as dropped; for those the socket can tell by their frame alone."""
        self.faults[fault] += 1
        return Malformed(fault)

    def sound(self, message: bytes) -> tuple[bytes, int, int] | None:
        """The short cut: mu-law, timestamp (ms) and chunk of a usual `media` of the bound stream.

        ``None`` says nothing about the message: `decode` it.
        """
        if len(message) > MAX_MESSAGE_BYTES:
            return None
        match = _USUAL_MEDIA.fullmatch(message)
        if match is None:
            return None
        before, chunk, timestamp, payload, after = match.groups()
        if (before, after) not in self._usual_sids:
            return None
        try:
            mulaw = binascii.a2b_base64(payload, strict_mode=True)  # no escapes, nothing but base64
        except ValueError:
            return None
        return mulaw, int(timestamp), int(chunk)

    def echoed(self, message: bytes) -> str | None:
        """The short cut for marks: the name in a usual `mark` of the bound stream.

        ``None`` says nothing about the message: `decode` it.
        """
        match = _USUAL_MARK.fullmatch(message)
        if match is None or match[1] != self._usual_sid:
            return None
        return match[2].decode()

    def _usual_media(self, message: bytes) -> Media | None:
        sound = self.sound(message)
        return Media(*sound) if sound is not None else None

    def _read(self, fields: Fields) -> Event:
        event = fields.get("event")
        if not isinstance(event, str):
            lacks(event)
        match event:
            case "media":
                return self._media(fields)
            case "mark":
                return self._mark(fields)
            case "dtmf":
                return self._dtmf(fields)
            case "connected":
                return self._connected(fields)
            case "start":
                return self._start(fields)
            case "stop":
                return self._stop(fields)
            case _:
                raise Dropped(Fault.UNKNOWN_EVENT)

    def _media(self, fields: Fields) -> Media:
        self._check_stream(fields)
        media = object_of(fields, "media")
        if media.get("track", "inbound") != "inbound":
            raise Dropped(Fault.WRONG_TRACK)
        payload = media.get("payload")
        if not isinstance(payload, str):
            lacks(payload)
        try:
            mulaw = binascii.a2b_base64(payload, strict_mode=True)
        except ValueError:
            raise Dropped(Fault.BAD_BASE64) from None
        if not mulaw:
            raise Dropped(Fault.EMPTY_PAYLOAD)
        return Media(mulaw, count(media.get("timestamp")), count(media.get("chunk")))

    def _mark(self, fields: Fields) -> Mark:
        self._check_stream(fields)
        name = text(object_of(fields, "mark"), "name")
        if not 0 < len(name) <= _MAX_MARK:
            raise Dropped(Fault.BAD_IDENTIFIER)
        return Mark(name)

    def _dtmf(self, fields: Fields) -> Dtmf:
        self._check_stream(fields)
        digit = text(object_of(fields, "dtmf"), "digit")
        if digit not in _KEYS:
            raise Dropped(Fault.BAD_DIGIT)
        return Dtmf(digit)

    def _connected(self, fields: Fields) -> Connected:
        return Connected(text(fields, "protocol"), text(fields, "version"))

    def _start(self, fields: Fields) -> Start:
        self._check_stream(fields)
        body = object_of(fields, "start")
        stream_sid = identifier(fields, "streamSid")
        call_sid = identifier(body, "callSid")
        if identifier(body, "streamSid") != stream_sid or self._call_sid not in (None, call_sid):
            raise Dropped(Fault.FOREIGN_STREAM)
        sound = object_of(body, "mediaFormat")
        return Start(
            stream_sid=stream_sid,
            account_sid=identifier(body, "accountSid"),
            call_sid=call_sid,
            tracks=strings(body.get("tracks", [])),
            media_format=MediaFormat(
                encoding=text(sound, "encoding"),
                sample_rate=required_count(sound, "sampleRate"),
                channels=required_count(sound, "channels"),
            ),
            parameters=_parameters(body),
        )

    def _stop(self, fields: Fields) -> Stop:
        self._check_stream(fields)
        if "stop" in fields:
            call_sid = object_of(fields, "stop").get("callSid", self._call_sid)
            if self._call_sid is not None and call_sid != self._call_sid:
                raise Dropped(Fault.FOREIGN_STREAM)
        return Stop()

    def _check_stream(self, fields: Fields) -> None:
        stream_sid = fields.get("streamSid")
        if not isinstance(stream_sid, str):
            lacks(stream_sid)
        if self._stream_sid is not None and stream_sid != self._stream_sid:
            raise Dropped(Fault.FOREIGN_STREAM)


class Encoder:
    """Writes what Twilio understands on one stream; each message is one text frame in UTF-8.

    Args:
        stream_sid: as given in `Start`.
    """

    def __init__(self, stream_sid: str) -> None:
        sid = json.dumps(stream_sid)
        self._media = f'{{"event":"media","streamSid":{sid},"media":{{"payload":"'.encode()
        self._mark = f'{{"event":"mark","streamSid":{sid},"mark":{{"name":'.encode()
        self._clear = f'{{"event":"clear","streamSid":{sid}}}'.encode()

    def media(self, mulaw: bytes) -> bytes:
        """Sound for the caller, any length, played in order after what was sent before."""
        return b"%b%b%b" % (self._media, binascii.b2a_base64(mulaw, newline=False), b'"}}')

    def mark(self, name: str) -> bytes:
        """Asks for an echo of `name` (1 to 256 characters) when all before it has been played."""
        return b"%b%b}}" % (self._mark, json.dumps(name).encode())

    def clear(self) -> bytes:
        """Empties the carrier's buffer; all pending marks come back, which proves nothing."""
        return self._clear


def _parameters(body: Fields) -> Mapping[str, str]:
    if "customParameters" not in body:
        return {}
    given = object_of(body, "customParameters")
    return {key: text(given, key) for key in given}
