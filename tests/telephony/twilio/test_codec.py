from __future__ import annotations

import base64
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telephony.twilio.codec import (
    Connected,
    Decoder,
    Dtmf,
    Encoder,
    Malformed,
    Mark,
    Media,
    MediaFormat,
    Start,
    Stop,
)
from telephony.twilio.fields import MAX_MESSAGE_BYTES, Fault
from tests.telephony.torture import Torture, torture

STREAM, CALL = "MZ" + "a" * 32, "CA" + "b" * 32
CASES = torture(STREAM, CALL)


def bound() -> Decoder:
    decoder = Decoder()
    decoder.bind(STREAM, CALL)
    return decoder


def start_message(**changes: object) -> bytes:
    body = {
        "streamSid": STREAM,
        "accountSid": "AC1",
        "callSid": CALL,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "t"},
        **changes,
    }
    message = {"event": "start", "sequenceNumber": "1", "start": body, "streamSid": STREAM}
    return json.dumps(message).encode()


def test_there_are_enough_ways_to_be_wrong_and_each_has_its_own_name() -> None:
    assert len(CASES) >= 64
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", [c for c in CASES if not c.binary], ids=lambda c: c.name)
def test_torture_is_dropped_under_its_reason(case: Torture) -> None:
    decoder = bound()
    assert decoder.decode(case.frame) == Malformed(Fault(case.fault))
    assert decoder.faults == {Fault(case.fault): 1}


@pytest.mark.parametrize("case", [c for c in CASES if not c.binary], ids=lambda c: c.name)
def test_torture_before_the_start_never_raises(case: Torture) -> None:
    assert Decoder().decode(case.frame) is not None


def test_every_fault_but_the_sockets_own_is_reached() -> None:
    assert {case.fault for case in CASES} == {fault.value for fault in Fault}


@given(st.binary(max_size=300) | st.text(max_size=300))
@example("\ud800")
@example("\u00ff" * (MAX_MESSAGE_BYTES - 1))
def test_any_input_gives_an_event(message: bytes | str) -> None:
    decoder = bound()
    assert isinstance(decoder.decode(message), Malformed)
    assert decoder.faults.total() == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SHAPES = st.fixed_dictionaries(
    {
        "event": st.sampled_from(["media", "mark", "dtmf", "stop", "start", "connected"]),
        "streamSid": st.just(STREAM) | JSON,
    },
    optional={
        key: JSON
        | st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(
                [
                    *("payload", "chunk", "timestamp", "track", "name", "digit", "tracks"),
                    *("callSid", "accountSid", "streamSid", "mediaFormat"),
                ],
                JSON,
            ),
        )
        for key in ("media", "mark", "dtmf", "stop", "start")
    },
)


@given(SHAPES)
def test_any_json_of_the_right_shape_gives_an_event(message: dict[str, object]) -> None:
    text = json.dumps(message)
    event = bound().decode(text)
    assert isinstance(event, Malformed | Media | Mark | Dtmf | Stop | Start | Connected)


@given(st.binary(min_size=1, max_size=8000))
def test_sound_of_any_length_survives_the_round_trip(mulaw: bytes) -> None:
    assert bound().decode(Encoder(STREAM).media(mulaw)) == Media(mulaw)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=256))
def test_marks_survive_the_round_trip(name: str) -> None:
    assert bound().decode(Encoder(STREAM).mark(name)) == Mark(name)


@given(st.text(st.characters(codec="utf-8")), st.binary(min_size=1, max_size=40))
def test_what_we_send_is_json_for_the_stream_whatever_it_is_called(sid: str, mulaw: bytes) -> None:
    encoder = Encoder(sid)
    payload = base64.b64encode(mulaw).decode()
    assert json.loads(encoder.media(mulaw)) == {
        "event": "media",
        "streamSid": sid,
        "media": {"payload": payload},
    }
    assert json.loads(encoder.clear()) == {"event": "clear", "streamSid": sid}
    assert json.loads(encoder.mark("é")) == {
        "event": "mark",
        "streamSid": sid,
        "mark": {"name": "é"},
    }


USUAL = {
    "event": "media",
    "sequenceNumber": "4",
    "media": {"track": "inbound", "chunk": "2", "timestamp": "20", "payload": "f38="},
    "streamSid": STREAM,
}
STREAM_FIRST = {key: USUAL[key] for key in ("event", "sequenceNumber", "streamSid", "media")}


@given(
    base=st.sampled_from([USUAL, STREAM_FIRST]),
    separators=st.sampled_from([(",", ":"), (", ", ": ")]),
    sid=st.sampled_from([STREAM, "MZother"]),
    body=st.fixed_dictionaries(
        {
            "track": st.just("inbound"),
            "chunk": st.integers(-1, 10**16).map(str),
            "timestamp": st.integers(-1, 10**16).map(str),
            "payload": st.binary(max_size=50).map(lambda raw: base64.b64encode(raw).decode())
            | st.text("A/+=", max_size=9),
        }
    ),
    cut=st.tuples(st.integers(0, 250), st.integers(0, 2), st.text('"\\ {}:,0A=', max_size=3)),
)
def test_the_short_cut_says_what_the_long_way_says(
    base: dict[str, object],
    separators: tuple[str, str],
    sid: str,
    body: dict[str, str],
    cut: tuple[int, int, str],
) -> None:
    message = json.dumps({**base, "streamSid": sid, "media": body}, separators=separators)
    at, gone, new = cut
    for variant in (message, message[:at] + new + message[at + gone :]):
        assert bound().decode(variant.encode()) == bound().decode(variant)


@pytest.mark.parametrize("case", [c for c in CASES if not c.binary], ids=lambda c: c.name)
def test_the_short_cut_lets_no_torture_pass(case: Torture) -> None:
    assert bound()._usual_media(case.frame) is None


@pytest.mark.parametrize("usual", [USUAL, STREAM_FIRST])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_usual_media_take_the_short_cut(
    usual: dict[str, object], separators: tuple[str, str]
) -> None:
    message = json.dumps(usual, separators=separators).encode()
    assert bound()._usual_media(message) == Media(b"\x7f\x7f", timestamp_ms=20, chunk=2)


USUAL_MARK = {"event": "mark", "sequenceNumber": "4", "streamSid": STREAM, "mark": {"name": "0.7"}}


@given(
    separators=st.sampled_from([(",", ":"), (", ", ": ")]),
    sid=st.sampled_from([STREAM, "MZother"]),
    name=st.from_regex(r"[0-9]{1,3}\.[0-9]{1,4}", fullmatch=True) | st.text(max_size=70),
    cut=st.tuples(st.integers(0, 130), st.integers(0, 2), st.text('"\\ {}:,0A=', max_size=3)),
)
def test_the_short_cut_for_marks_says_what_the_long_way_says(
    separators: tuple[str, str], sid: str, name: str, cut: tuple[int, int, str]
) -> None:
    mark = {**USUAL_MARK, "streamSid": sid, "mark": {"name": name}}
    message = json.dumps(mark, separators=separators)
    at, gone, new = cut
    for variant in (message, message[:at] + new + message[at + gone :]):
        short = bound().echoed(variant.encode())
        assert short is None or bound().decode(variant) == Mark(short)


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_usual_marks_take_the_short_cut(separators: tuple[str, str]) -> None:
    message = json.dumps(USUAL_MARK, separators=separators).encode()
    assert bound().echoed(message) == "0.7"


@pytest.mark.parametrize("case", [c for c in CASES if not c.binary], ids=lambda c: c.name)
def test_the_short_cut_for_marks_lets_no_torture_pass(case: Torture) -> None:
    short = bound().echoed(case.frame)
    assert short is None or bound().decode(case.frame) == Mark(short)


def test_the_short_cut_leaves_a_stream_named_twice_to_the_long_way() -> None:
    sid = json.dumps(STREAM).encode()
    twice = json.dumps(STREAM_FIRST).encode()[:-1] + b', "streamSid": ' + sid + b"}"
    assert bound().decode(twice) == Malformed(Fault.DUPLICATE_KEY)


@pytest.mark.parametrize("chunk", ["2", 2])
def test_media_as_twilio_writes_it(chunk: object) -> None:
    message = {
        "event": "media",
        "sequenceNumber": "4",
        "media": {"track": "inbound", "chunk": chunk, "timestamp": "20", "payload": "f38="},
        "streamSid": STREAM,
    }
    assert bound().decode(json.dumps(message)) == Media(b"\x7f\x7f", timestamp_ms=20, chunk=2)


@pytest.mark.parametrize("digit", list("0123456789*#ABCD"))
def test_keys(digit: str) -> None:
    message = {
        "event": "dtmf",
        "streamSid": STREAM,
        "dtmf": {"track": "inbound_track", "digit": digit},
    }
    assert bound().decode(json.dumps(message)) == Dtmf(digit)


@pytest.mark.parametrize(
    "extra", [{}, {"stop": {}}, {"stop": {"accountSid": "AC1", "callSid": CALL}}]
)
def test_stop(extra: dict[str, object]) -> None:
    message = {"event": "stop", "streamSid": STREAM, **extra}
    assert bound().decode(json.dumps(message)) == Stop()


def test_connected_and_start() -> None:
    decoder = Decoder()
    hello = b'{"event":"connected","protocol":"Call","version":"1.0.0"}'
    assert decoder.decode(hello) == Connected("Call", "1.0.0")
    assert decoder.decode(start_message()) == Start(
        stream_sid=STREAM,
        account_sid="AC1",
        call_sid=CALL,
        tracks=("inbound",),
        media_format=MediaFormat("audio/x-mulaw", 8000, 1),
        parameters={"token": "t"},
    )
    assert not decoder.faults


@pytest.mark.parametrize(
    ("sound", "decodable"),
    [
        (MediaFormat("audio/x-mulaw", 8000, 1), True),
        (MediaFormat("audio/x-mulaw", 16000, 1), False),
        (MediaFormat("audio/x-mulaw", 8000, 2), False),
        (MediaFormat("audio/l16", 8000, 1), False),
    ],
)
def test_only_one_format_can_be_decoded(sound: MediaFormat, decodable: bool) -> None:
    assert sound.decodable is decodable


def test_the_largest_message_is_read_and_one_byte_more_is_not() -> None:
    good = Encoder(STREAM).media(b"\xff" * 100)
    full = good[:-1] + b" " * (MAX_MESSAGE_BYTES - len(good)) + b"}"
    assert isinstance(bound().decode(full), Media)
    assert bound().decode(full + b" ") == Malformed(Fault.TOO_LONG)
