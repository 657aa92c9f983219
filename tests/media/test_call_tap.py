"""What of a call's sound may be had, and by whom: disclosure, refusal, cards, who listens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from voiceagent.core.audio.call_sound import CallSound
from voiceagent.core.audio.g711 import SILENCE
from voiceagent.core.clock import ManualClock
from voiceagent.core.wire import LineEnd
from voiceagent.domain.card_watch import Sign
from voiceagent.errors import CallerFixable
from voiceagent.media.call_tap import CallTap, Consent, TappedLine, TappedLink

FRAME = 160
VOICE = 0x11
OURS = 0x22


@dataclass
class Sink:
    """A recording as it was told, in order."""

    told: list[str] = field(default_factory=list)
    sound: bytearray = field(default_factory=bytearray)

    def begin(self) -> None:
        self.told.append("begin")

    def put(self, position: int, both: bytes) -> None:
        assert position == len(self.sound) // 2
        self.sound += both

    def finish(self) -> None:
        self.told.append("finish")

    def delete(self) -> None:
        self.told.append("delete")


@dataclass
class Ear:
    """Somebody who listens."""

    heard: bytearray = field(default_factory=bytearray)
    ended: bool = False

    def put(self, both: bytes) -> None:
        self.heard += both

    def over(self) -> None:
        self.ended = True


@dataclass
class Wire:
    """Socket and line in one, which do nothing but count."""

    sent: list[str] = field(default_factory=list)

    def send_audio(self, mulaw: bytes, mark: str = "") -> None:
        self.sent.append(f"audio {len(mulaw)} {mark}")

    def send_mark(self, name: str) -> None:
        self.sent.append(f"mark {name}")

    def send_clear(self) -> None:
        self.sent.append("clear")

    def close(self) -> None:
        self.sent.append("close")

    def on_audio(self, mulaw: bytes, *, timestamp_ms: int | None, chunk: int | None) -> None:
        self.sent.append(f"heard {len(mulaw)} {timestamp_ms} {chunk}")

    def on_mark(self, name: str) -> None:
        self.sent.append(f"echo {name}")

    def on_key(self, digit: str) -> None:
        self.sent.append(f"key {digit}")

    def on_closed(self, reason: LineEnd) -> None:
        self.sent.append(f"closed {reason}")


class Call:
    """A line with a tap on it, in steps of a frame."""

    def __init__(self, *, recorded: bool = True, told: bool = False) -> None:
        self.clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
        self.sink, self.events, self.wire = Sink(), list[str](), Wire()
        sink = self.sink if recorded else None
        self.tap = CallTap(self.clock, sink, self.events.append)
        if told:
            self.tap.disclosed()
        self.link, self.line = TappedLink(self.wire, self.tap), TappedLine(self.wire, self.tap)
        self.frames = 0

    def speaks(self, seconds: float, value: int = VOICE) -> None:
        for _ in range(round(seconds * 50)):
            self.clock.advance(0.02)
            self.line.on_audio(
                bytes([value]) * FRAME, timestamp_ms=20 * self.frames, chunk=self.frames
            )
            self.frames += 1

    def over(self) -> tuple[bytes, bytes]:
        """The two sides of what was recorded."""
        self.line.on_closed(LineEnd.CALLER)
        self.tap.finish()
        return bytes(self.sink.sound[0::2]), bytes(self.sink.sound[1::2])


def test_nothing_is_kept_before_the_disclosure_was_heard() -> None:
    call = Call()
    call.speaks(5, 1)
    assert (call.sink.told, call.events) == ([], [])
    call.tap.disclosed()
    call.speaks(4, 2)
    caller, agent = call.over()
    assert (call.sink.told, call.events) == (["begin", "finish"], ["recording.began"])
    assert caller == bytes([2]) * 4 * 8000
    assert agent == SILENCE * 4 * 8000


def test_a_call_that_never_got_there_leaves_nothing() -> None:
    call = Call()
    call.speaks(5)
    call.over()
    assert call.sink.told == []


def test_a_call_that_is_told_already_goes_on_at_once() -> None:
    call = Call(told=True)
    call.speaks(4)
    assert len(call.over()[0]) == 4 * 8000


@pytest.mark.parametrize("before", [True, False])
def test_a_refusal_deletes_and_ends_it_for_good(before: bool) -> None:
    call = Call()
    ear = Ear()
    if before:
        call.tap.disclosed()
        call.tap.listen(ear)
    call.speaks(6)
    call.tap.refused()
    kept = len(call.sink.sound)
    call.tap.disclosed()
    call.speaks(6)
    call.over()
    assert call.sink.told == ["begin", "delete"][0 if before else 1 :]
    assert call.events[-1] == "recording.refused"
    assert len(call.sink.sound) == kept
    assert ear.ended is before


def test_a_card_is_silence_and_the_rest_is_not() -> None:
    call = Call(told=True)
    call.speaks(6, 1)
    call.tap.turn_started()
    call.speaks(4, 2)
    call.tap.turn_finished()
    call.speaks(1, 3)
    call.tap.turn_judged(Sign.CARD)
    call.speaks(6, 4)
    caller, _ = call.over()
    assert len(caller) == 17 * 8000
    assert caller.count(2) == caller.count(3) == 0
    assert caller.count(1) == 4 * 8000
    assert caller.count(4) == 6 * 8000


def test_what_may_be_a_card_is_not_on_disk_before_it_is_known() -> None:
    call = Call(told=True)
    call.speaks(6, 1)
    call.tap.turn_started()
    call.speaks(4, 2)
    call.tap.turn_judged(Sign.MAYBE)
    call.speaks(20, 3)
    assert 2 not in call.sink.sound
    call.tap.turn_judged(Sign.PLAIN)
    call.speaks(4, 4)
    assert call.over()[0].count(2) == 4 * 8000


def test_a_turn_in_which_the_call_ends_is_silence() -> None:
    call = Call(told=True)
    call.speaks(6, 1)
    call.tap.turn_started()
    call.speaks(2, 2)
    assert call.over()[0].count(2) == 0


def test_ours_is_as_it_was_heard_and_ends_with_the_line() -> None:
    call = Call(told=True)
    call.speaks(3)
    call.link.send_audio(bytes([OURS]) * 16000, "a")
    call.speaks(1)
    call.link.send_clear()
    call.speaks(1)
    call.link.send_audio(bytes([OURS + 1]) * 16000, "b")
    call.speaks(1)
    _, agent = call.over()
    assert (agent.count(OURS), agent.count(OURS + 1)) == (8000, 8000)
    assert agent.index(OURS) == 3 * 8000


def test_everything_passes_as_it_came() -> None:
    call = Call()
    call.link.send_audio(b"\x01" * 320, "m")
    call.link.send_mark("n")
    call.link.send_clear()
    call.line.on_audio(b"\x02" * FRAME, timestamp_ms=7, chunk=3)
    call.line.on_mark("m")
    call.line.on_key("4")
    call.link.close()
    call.line.on_closed(LineEnd.AGENT)
    assert call.wire.sent == [
        "audio 320 m", "mark n", "clear", "heard 160 7 3", "echo m", "key 4", "close",
        "closed agent",
    ]  # fmt: skip


@pytest.mark.parametrize("what", ["caller", "agent", "mark", "echo", "clear", "take"])
def test_a_tap_that_fails_ends_no_call(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Call(told=True)

    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(CallSound, what, fails)
    call.speaks(1)
    call.link.send_audio(bytes([OURS]) * 800, "m1")
    call.link.send_mark("m2")
    call.line.on_mark("m1")
    call.link.send_clear()
    call.tap.finish()
    assert call.tap.consent is Consent.OVER
    assert len([one for one in call.wire.sent if one.startswith("heard")]) == 50
    assert call.sink.told[-1] == "finish"


@pytest.mark.parametrize("recorded", [True, False])
def test_who_listens_hears_both_sides_a_little_late(recorded: bool) -> None:
    call, ear = Call(recorded=recorded), Ear()
    call.tap.disclosed()
    call.speaks(5, 1)
    call.tap.listen(ear)
    call.speaks(1, 2)
    call.link.send_audio(bytes([OURS]) * 8000)
    call.speaks(2, 2)
    caller, agent = bytes(ear.heard[0::2]), bytes(ear.heard[1::2])
    assert 3 * 8000 - len(caller) <= 0.4 * 8000
    assert set(caller) <= {2, *([SILENCE[0]] if not recorded else [])}
    assert agent.count(OURS) == 8000
    call.over()
    assert ear.ended


def test_who_listens_hears_no_digits_that_may_be_a_card() -> None:
    call, ear = Call(told=True), Ear()
    call.tap.listen(ear)
    call.speaks(2, 1)
    call.tap.turn_judged(Sign.MAYBE)
    call.speaks(1)
    call.speaks(2, 2)
    call.tap.turn_judged(Sign.PLAIN)
    call.speaks(2, 3)
    heard = bytes(ear.heard[0::2])
    assert (1 in heard, 2 in heard, 3 in heard) == (True, False, True) or heard.count(2) <= 1600 * 2


@pytest.mark.parametrize(
    ("consent", "code"),
    [
        (Consent.UNTOLD, "listen.not_yet"),
        (Consent.REFUSED, "listen.refused"),
        (Consent.OVER, "listen.unknown"),
    ],
)
def test_nobody_listens_where_nobody_may(consent: Consent, code: str) -> None:
    call = Call()
    call.tap.consent = consent
    with pytest.raises(CallerFixable) as refused:
        call.tap.listen(Ear())
    assert refused.value.code == code


def test_nobody_who_wants_it_is_no_work() -> None:
    call, ear = Call(recorded=False), Ear()
    call.tap.disclosed()
    call.tap.listen(ear)
    call.speaks(1)
    call.tap.leave(ear)
    heard = len(ear.heard)
    call.speaks(1)
    assert len(ear.heard) == heard
    assert call.tap._sound is None
