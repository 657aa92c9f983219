"""Frames that must not hurt a call: each has a name, and the fault it is counted under.

`torture(stream_sid, call_sid)` builds them for a live stream. None of them is sound for the caller,
a key, a mark or the end of the call; each is to be dropped, and the call goes on.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

SILENCE = base64.b64encode(b"\xff" * 160).decode()


@dataclass(frozen=True, slots=True)
class Torture:
    """One frame. `binary` ones are sent as such; the others as text, be they UTF-8 or not."""

    name: str
    frame: bytes
    fault: str
    binary: bool = False


def torture(stream_sid: str, call_sid: str) -> tuple[Torture, ...]:
    """All cases, aimed at the stream and call named."""

    def media(**changes: object) -> dict[str, object]:
        body = {"track": "inbound", "chunk": "2", "timestamp": "20", "payload": SILENCE, **changes}
        body = {key: value for key, value in body.items() if value is not ...}
        return {
            "event": "media",
            "sequenceNumber": "3",
            "media": body,
            "streamSid": stream_sid,
        }

    def about(event: object, **fields: object) -> dict[str, object]:
        return {"event": event, "streamSid": stream_sid, **fields}

    def start(**changes: object) -> dict[str, object]:
        body: dict[str, object] = {
            "streamSid": stream_sid,
            "accountSid": "ACother",
            "callSid": call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {},
            **changes,
        }
        return about("start", sequenceNumber="9", start=body)

    objects: tuple[tuple[str, object, str], ...] = (
        ("empty array", [], "not_an_object"),
        ("array of a good message", [media()], "not_an_object"),
        ("number", 5, "not_an_object"),
        ("null", None, "not_an_object"),
        ("true", True, "not_an_object"),
        ("string", "media", "not_an_object"),
        ("empty object", {}, "missing_field"),
        ("event null", about(None), "missing_field"),
        ("event a number", about(7), "wrong_type"),
        ("event a list", about(["media"]), "wrong_type"),
        ("event unknown", about("hangup"), "unknown_event"),
        ("event in capitals", about("MEDIA", media={"payload": SILENCE}), "unknown_event"),
        ("event empty", about(""), "unknown_event"),
        ("event very long", about("m" * 5000), "unknown_event"),
        ("our own clear sent back", about("clear"), "unknown_event"),
        ("media null", about("media", media=None), "missing_field"),
        ("media missing", about("media"), "missing_field"),
        ("media a list", about("media", media=[SILENCE]), "wrong_type"),
        ("media a string", about("media", media=SILENCE), "wrong_type"),
        ("media false", about("media", media=False), "wrong_type"),
        ("media empty", about("media", media={}), "missing_field"),
        ("payload missing", media(payload=...), "missing_field"),
        ("payload null", media(payload=None), "missing_field"),
        ("payload a number", media(payload=12345), "wrong_type"),
        ("payload a list", media(payload=[255] * 160), "wrong_type"),
        ("payload an object", media(payload={"b64": SILENCE}), "wrong_type"),
        ("payload true", media(payload=True), "wrong_type"),
        ("payload empty", media(payload=""), "empty_payload"),
        ("payload not base64", media(payload="!!not base64!!"), "bad_base64"),
        ("payload base64 without padding", media(payload="/////w"), "bad_base64"),
        ("payload base64 with too much padding", media(payload="//8===="), "bad_base64"),
        ("payload base64 padded in the middle", media(payload="//8=//8="), "bad_base64"),
        ("payload base64 in lines", media(payload="////\n////"), "bad_base64"),
        ("payload base64url", media(payload="__-_"), "bad_base64"),
        ("payload one letter", media(payload="A"), "bad_base64"),
        ("payload not ASCII", media(payload="ÿÿÿÿ"), "bad_base64"),
        ("payload with NUL", media(payload="AA\x00A"), "bad_base64"),
        ("track outbound", media(track="outbound"), "wrong_track"),
        ("track empty", media(track=""), "wrong_track"),
        ("track a list", media(track=["inbound"]), "wrong_track"),
        ("track null", media(track=None), "wrong_track"),
        ("timestamp negative", media(timestamp="-20"), "bad_number"),
        ("timestamp words", media(timestamp="soon"), "bad_number"),
        ("timestamp huge", media(timestamp="9" * 400), "bad_number"),
        ("timestamp huge integer", media(timestamp=10**30), "bad_number"),
        ("timestamp a fraction", media(timestamp=20.5), "bad_number"),
        ("timestamp true", media(timestamp=True), "bad_number"),
        ("timestamp in Arabic digits", media(timestamp="٢٠"), "bad_number"),
        ("chunk empty", media(chunk=""), "bad_number"),
        ("chunk an object", media(chunk={}), "bad_number"),
        ("chunk a power of two in superscript", media(chunk="2²"), "bad_number"),
        ("streamSid foreign", {**media(), "streamSid": "MZ" + "0" * 32}, "foreign_stream"),
        ("streamSid null", {**media(), "streamSid": None}, "missing_field"),
        ("streamSid a number", {**media(), "streamSid": 1}, "wrong_type"),
        ("streamSid a list", {**media(), "streamSid": [stream_sid]}, "wrong_type"),
        ("streamSid empty", {**media(), "streamSid": ""}, "foreign_stream"),
        ("dtmf null", about("dtmf", dtmf=None), "missing_field"),
        ("dtmf missing", about("dtmf"), "missing_field"),
        ("dtmf a string", about("dtmf", dtmf="5"), "wrong_type"),
        ("digit missing", about("dtmf", dtmf={"track": "inbound_track"}), "missing_field"),
        ("digit a number", about("dtmf", dtmf={"digit": 5}), "wrong_type"),
        ("digit empty", about("dtmf", dtmf={"digit": ""}), "bad_digit"),
        ("digits two", about("dtmf", dtmf={"digit": "00"}), "bad_digit"),
        ("digit a letter", about("dtmf", dtmf={"digit": "Z"}), "bad_digit"),
        ("digit not ASCII", about("dtmf", dtmf={"digit": "\uff10"}), "bad_digit"),
        ("mark null", about("mark", mark=None), "missing_field"),
        ("mark a list", about("mark", mark=["m1"]), "wrong_type"),
        ("mark without name", about("mark", mark={}), "missing_field"),
        ("mark name a number", about("mark", mark={"name": 1}), "wrong_type"),
        ("mark name empty", about("mark", mark={"name": ""}), "bad_identifier"),
        ("mark name endless", about("mark", mark={"name": "m" * 9000}), "bad_identifier"),
        ("mark name half a surrogate", about("mark", mark={"name": "\ud800"}), "bad_utf8"),
        ("mark foreign", {**about("mark", mark={"name": "1"}), "streamSid": "x"}, "foreign_stream"),
        ("stop foreign", {"event": "stop", "streamSid": "MZother"}, "foreign_stream"),
        ("stop without stream", {"event": "stop"}, "missing_field"),
        ("stop null", about("stop", stop=None), "missing_field"),
        ("stop of another call", about("stop", stop={"callSid": "CAother"}), "foreign_stream"),
        ("start null", about("start", start=None), "missing_field"),
        ("start empty", about("start", start={}), "missing_field"),
        ("start for another call", start(callSid="CAother"), "foreign_stream"),
        ("start with two streams", start(streamSid="MZother"), "foreign_stream"),
        ("start CallSid a path", start(callSid="../../etc"), "bad_identifier"),
        ("start without format", start(mediaFormat=None), "missing_field"),
        ("start format empty", start(mediaFormat={}), "missing_field"),
        ("start tracks a string", start(tracks="inbound"), "wrong_type"),
        ("start tracks of numbers", start(tracks=[1]), "wrong_type"),
        ("start parameters a list", start(customParameters=[]), "wrong_type"),
        ("start token a number", start(customParameters={"token": 1}), "wrong_type"),
        ("start token half a surrogate", start(customParameters={"token": "\udfff"}), "bad_utf8"),
        ("connected again, protocol null", {"event": "connected"}, "missing_field"),
        ("too long by padding", {**media(), "pad": "x" * 70_000}, "too_long"),
    )
    good = json.dumps(media()).encode()
    quoted = json.dumps(stream_sid).encode()
    raw: tuple[tuple[str, bytes, str], ...] = (
        ("nothing", b"", "bad_json"),
        ("blanks", b"   ", "bad_json"),
        ("NUL", b"\x00", "bad_json"),
        ("not JSON", b"hello", "bad_json"),
        ("cut short", good[:-1], "bad_json"),
        ("two in one frame", good + good, "bad_json"),
        ("trailing comma", good[:-1] + b",}", "bad_json"),
        ("single quotes", good.replace(b'"', b"'"), "bad_json"),
        ("comment", b"// " + good, "bad_json"),
        ("byte order mark", b"\xef\xbb\xbf" + good, "bad_json"),
        ("UTF-16", good.decode().encode("utf-16"), "bad_utf8"),
        ("not UTF-8", b'{"event":"media\xff\xfe"}', "bad_utf8"),
        ("overlong UTF-8", b'{"event":"\xc0\xaf"}', "bad_utf8"),
        ("raw control character", b'{"event":"me\ndia"}', "bad_json"),
        ("bare NaN", b"NaN", "bad_json"),
        ("NaN inside", good.replace(b'"20"', b"NaN"), "bad_json"),
        ("infinity inside", good.replace(b'"20"', b"-Infinity"), "bad_json"),
        ("float overflow", good.replace(b'"20"', b"1e999"), "bad_number"),
        ("integer of 5000 digits", good.replace(b'"20"', b"9" * 5000), "bad_json"),
        ("leading zero", good.replace(b'"20"', b"020"), "bad_json"),
        ("arrays all the way down", b"[" * 60_000, "too_deep"),
        ("objects all the way down", b'{"a":' * 12_000, "too_deep"),
        (
            "deep in a field",
            good[:-1] + b',"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
            "too_deep",
        ),
        ("event twice", b'{"event":"stop",' + good[1:], "duplicate_key"),
        (
            "streamSid twice",
            b'{"streamSid":"MZother",' + good[1:],
            "duplicate_key",
        ),
        (
            "payload twice",
            b'{"event":"media","streamSid":'
            + quoted
            + b',"media":{"payload":"AAAA","payload":""}}',
            "duplicate_key",
        ),
        ("100 kB of blanks", b" " * 100_000, "too_long"),
        ("65,537 bytes", b"x" * 65_537, "too_long"),
    )
    cases = [
        Torture(name, json.dumps(value, ensure_ascii="\\ud" in json.dumps(value)).encode(), fault)
        for name, value, fault in objects
    ]
    cases += [Torture(name, frame, fault) for name, frame, fault in raw]
    cases.append(Torture("binary frame, not UTF-8", b"\x80\xff\xfe", "binary_frame", binary=True))
    cases.append(Torture("binary frame, a good message", good, "binary_frame", binary=True))
    cases.append(Torture("binary frame, raw mu-law", b"\xff" * 160, "binary_frame", binary=True))
    return tuple(cases)
