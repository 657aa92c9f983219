"""Coverage-guided fuzzing of what reads the carrier's messages: ``./run fuzz``.

Whatever bytes arrive on a live stream: reading them never raises, has one answer, says the same by
the short cut as by the long way, and moves the call's machine only where the table says so. The tap
in front of it hands on, in order, every byte that nobody took, however the stream is cut. A
counter-example stops the run and is written to ``.state/fuzz`` as ``crash-…``; run it again with
``./run fuzz .state/fuzz/crash-…``. Options are libFuzzer's, like ``-runs=5000000``.

The corpus starts from the torture cases and one good message of each kind, and is kept.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["telephony"]):
    from telephony.twilio.codec import Decoder, Malformed, Media
    from telephony.twilio.handshake import Handshake, HandshakeAct, HandshakeState
    from telephony.twilio.media_tap import MediaTap

from telephony.contract import IncomingCall
from tests.telephony.torture import SILENCE, torture

STATE = Path(".state/fuzz")
ACCOUNT, CALL_SID, STREAM_SID = "AC" + "1" * 32, "CA" + "2" * 32, "MZ" + "3" * 32
START = {
    "streamSid": STREAM_SID,
    "accountSid": ACCOUNT,
    "callSid": CALL_SID,
    "tracks": ["inbound"],
    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    "customParameters": {"token": "t"},
}
GOOD: tuple[dict[str, object], ...] = (
    {"event": "connected", "protocol": "Call", "version": "1.0.0"},
    {"event": "start", "sequenceNumber": "1", "streamSid": STREAM_SID, "start": START},
    {
        "event": "media",
        "sequenceNumber": "2",
        "media": {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": SILENCE},
        "streamSid": STREAM_SID,
    },
    {"event": "dtmf", "streamSid": STREAM_SID, "dtmf": {"track": "inbound_track", "digit": "1"}},
    {"event": "mark", "streamSid": STREAM_SID, "mark": {"name": "0.1"}},
    {"event": "stop", "streamSid": STREAM_SID, "stop": {"callSid": CALL_SID}},
)


def machine() -> Handshake:
    """A call whose `start` has been believed."""
    call = IncomingCall(CALL_SID, "+15551230000", "+15559870000")
    begun = Handshake(account_sid=ACCOUNT, redeem=lambda *_: call)
    reader = Decoder()
    for message in GOOD[:2]:
        begun.feed(reader.decode(json.dumps(message)))
    return begun


def bound() -> Decoder:
    decoder = Decoder()
    decoder.bind(STREAM_SID, CALL_SID)
    return decoder


class LongWay(Decoder):
    """The decoder without its short cut."""

    def _usual_media(self, message: bytes) -> Media | None:
        return None


def bent(data: bytes) -> bytes:
    """A good message with values replaced as `data` says: what bytes alone would take long to find.

    Every value within reach is one of JSON's kinds, keys go missing, and keys come twice.
    """
    source = atheris.FuzzedDataProvider(data)
    message = json.loads(json.dumps(source.PickValueInList(list(GOOD))))
    for _ in range(source.ConsumeIntInRange(1, 3)):
        inside = message
        while True:
            key = source.PickValueInList(list(inside))
            if not (isinstance(inside[key], dict) and inside[key] and source.ConsumeBool()):
                break
            inside = inside[key]
        if source.ConsumeBool():
            words = source.ConsumeUnicodeNoSurrogates(40)
            number = source.ConsumeIntInRange(-(2**70), 2**70)
            kinds = [words, number, number / 7, None, True, [], {}, [words], {words: number}, "A"]
            inside[key] = source.PickValueInList(kinds)
        else:
            del inside[key]
        if not message:
            break
    text = json.dumps(message, separators=source.PickValueInList([(",", ":"), (", ", ": ")]))
    if source.ConsumeBool():
        text = text[:-1] + "," + text[1:]
    return text.encode()


def one(data: bytes) -> None:
    """One message to a live call, as it is or by way of `bent`; or a stream of frames."""
    if data[:1] == b"\x01":
        passes(data[1:])
    else:
        holds(bent(data[1:]) if data[:1] == b"\0" else data)


class Behind(asyncio.Protocol):
    """What the tap hands on."""

    def __init__(self) -> None:
        self.got = b""

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self.got += data


def passes(data: bytes) -> None:
    """Raises when the tap loses, adds or moves a byte of a stream that is cut as `data` says."""
    size = 1 + data[0] % 64 if data else 1
    for takes in (False, True):
        behind, taken = Behind(), list[bytes]()

        def take(message: bytes, taken: list[bytes] = taken, *, takes: bool = takes) -> bool:
            taken.append(message)
            return takes

        tap = MediaTap(behind)
        tap.open(take)
        for at in range(0, len(data), size):
            tap.data_received(data[at : at + size])
        if not takes and not data.startswith(behind.got):
            raise AssertionError("the tap changed what nobody took")
        if takes and len(behind.got) + sum(map(len, taken)) > len(data):
            raise AssertionError("the tap made more of it")


def holds(data: bytes) -> None:
    """Raises when something does not hold that must."""
    reader, slow = bound(), LongWay()
    slow.bind(STREAM_SID, CALL_SID)
    event = reader.decode(data)
    if event != slow.decode(data):
        raise AssertionError("the short cut and the long way differ")
    if isinstance(event, Malformed) != bool(reader.faults.total()):
        raise AssertionError("a dropped message is counted once, and no other")
    if isinstance(event, Media) and not event.mulaw:
        raise AssertionError("sound without sound")
    life = machine()
    act = life.feed(event)
    if isinstance(event, Malformed) and (
        act is not HandshakeAct.DROP or life.state is not HandshakeState.STREAMING
    ):
        raise AssertionError(f"a malformed message made the call {life.state}")
    Decoder().decode(data)


def main() -> None:
    """Fuzz until told to stop."""
    corpus = STATE / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    cases = [case.frame for case in torture(STREAM_SID, CALL_SID)]
    cases += [json.dumps(message).encode() for message in GOOD]
    for number, frame in enumerate(cases):
        (corpus / f"seed-{number:03}").write_bytes(frame)
    (corpus / "seed-bent").write_bytes(bytes(200))
    (corpus / "seed-frames").write_bytes(b"\x01" + b"\x81\x85\0\0\0\0media\x89\x80\0\0\0\0" * 3)
    given = sys.argv[1:]
    folders = [] if any(not option.startswith("-") for option in given) else [str(corpus)]
    prefix = f"-artifact_prefix={STATE}/"
    atheris.Setup([sys.argv[0], prefix, "-max_len=4096", *given, *folders], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
