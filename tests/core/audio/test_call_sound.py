"""Both sides of a call on one time line: against a carrier that plays, echoes and forgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.core.audio.call_sound import RESYNC_AFTER, TOLERANCE, CallSound
from voiceagent.core.audio.g711 import SILENCE
from voiceagent.core.audio.samples import FRAME_SAMPLES, RATE_8K

FRAME_S: Final = 0.02
FRAME: Final = FRAME_SAMPLES
VOICE: Final = bytes([200]) * FRAME


@dataclass
class Carrier:
    """The other end, in steps of a frame: it plays what it has, and its clock is the call's.

    Messages to it and from it take a whole number of frames.
    """

    way: int
    sound: CallSound = field(default_factory=lambda: CallSound(0.0))
    tick: int = 0
    heard: bytearray = field(default_factory=bytearray)
    said: bytearray = field(default_factory=bytearray)
    buffer: list[bytes | str] = field(default_factory=list)
    to_it: list[tuple[int, str, bytes]] = field(default_factory=list)
    to_us: list[tuple[int, str, bytes]] = field(default_factory=list)

    @property
    def shift(self) -> int:
        """How late its first frame came: where its time begins on ours."""
        return max(0, self.way - 1) * FRAME

    def send(self, mulaw: bytes, mark: str = "") -> None:
        self.to_it.append((self.tick + self.way, "audio", mulaw))
        self.sound.agent(mulaw, "", self.tick * FRAME_S)
        if mark:
            self.to_it.append((self.tick + self.way, mark, b""))
            self.sound.mark(mark)

    def clear(self) -> None:
        self.to_it.append((self.tick + self.way, "clear", b""))
        self.sound.clear(self.tick * FRAME_S)

    def turn(self, caller: bytes = SILENCE * FRAME, *, lost: bool = False) -> None:
        """One frame's time: it hears and plays, then we get what it sent a while ago."""
        while self.to_it and self.to_it[0][0] <= self.tick:
            _, what, mulaw = self.to_it.pop(0)
            match what:
                case "audio":
                    self.buffer += [mulaw[i : i + FRAME] for i in range(0, len(mulaw), FRAME)]
                case "clear":
                    marks = [one for one in self.buffer if isinstance(one, str)]
                    self.buffer.clear()
                    self.to_us += [(self.tick + self.way, mark, b"") for mark in marks]
                case _:
                    self.buffer.append(what)
        self._marks_back()
        played = self.buffer.pop(0) if self.buffer else b""
        assert isinstance(played, bytes)
        self.heard += played.ljust(FRAME, SILENCE)
        self.said += SILENCE * FRAME if lost else caller
        if not lost:
            self.to_us.append((self.tick + self.way, f"@{self.tick * 20}", caller))
        self.tick += 1
        self._marks_back()
        while self.to_us and self.to_us[0][0] <= self.tick:
            _, what, mulaw = self.to_us.pop(0)
            if what.startswith("@"):
                self.sound.caller(mulaw, int(what[1:]), self.tick * FRAME_S)
            else:
                self.sound.echo(what, self.tick * FRAME_S)

    def play_all(self) -> None:
        """Until it has nothing more to play, and we know."""
        while self.buffer or self.to_it:
            self.turns(1)
        self.turns(2 * self.way + 2)

    def turns(self, count: int, *, lost: bool = False) -> None:
        """Frames in which the caller makes a sound."""
        for _ in range(count):
            self.turn(VOICE, lost=lost)

    def _marks_back(self) -> None:
        while self.buffer and isinstance(self.buffer[0], str):
            self.to_us.append((self.tick + self.way, str(self.buffer.pop(0)), b""))

    def recording(self) -> tuple[bytes, bytes]:
        """Caller and agent, from the carrier's first frame, which is heard of a little later."""
        first = self.shift
        both = self.sound.look(first, first + len(self.heard))
        return both[0::2], both[1::2]


def spans(side: bytes) -> dict[int, tuple[int, int]]:
    """Where each sound (a value of its own) begins and how long it is in all."""
    return {value: (side.index(value), side.count(value)) for value in set(side) - {SILENCE[0]}}


def test_the_caller_lies_where_the_timestamps_say() -> None:
    sound = CallSound(0.0)
    for number in (0, 1, 4, 2, 9):  # one is late, some are lost
        sound.caller(bytes([number]) * FRAME, 1000 + 20 * number, 0.02 * (number + 1))
    first = sound.look(0, sound.newest)[0::2]
    assert {value: at for value, (at, _) in spans(first).items()} == {
        number: number * FRAME for number in (0, 1, 2, 4, 9)
    }


def test_an_hour_does_not_drift() -> None:
    """A carrier's clock that is 50 ppm fast: its own count counts."""
    sound = CallSound(0.0)
    frames = 3600 * 50
    for number in range(frames):
        now_s = (number + 1) * FRAME_S / 1.00005
        sound.caller(SILENCE * FRAME, 20 * number, now_s)
        sound.forget(sound.newest - RATE_8K)
    assert sound.newest == frames * FRAME


def test_a_counter_that_is_restarted_goes_on() -> None:
    sound = CallSound(0.0)
    for number in range(500):
        sound.caller(b"\x01" * FRAME, 20 * number, 0.02 * (number + 1))
    for number in range(100):
        sound.caller(b"\x02" * FRAME, 20 * number, 10.0 + 0.02 * (number + 1))
    begun, size = spans(sound.look(0, sound.newest)[0::2])[2]
    assert abs(begun - (500 + RESYNC_AFTER - 1) * FRAME) <= FRAME
    assert size == (100 - RESYNC_AFTER + 1) * FRAME


@pytest.mark.parametrize("stamp", [10**9, 2**40])
def test_one_wild_timestamp_takes_no_room(stamp: int) -> None:
    sound = CallSound(0.0)
    sound.caller(SILENCE * FRAME, 0, 0.02)
    sound.caller(SILENCE * FRAME, stamp, 0.04)
    assert sound.newest == FRAME


def test_without_timestamps_a_long_silence_stays_as_long() -> None:
    sound = CallSound(0.0)
    sound.caller(b"\x01" * FRAME, None, 0.02)
    sound.caller(b"\x02" * FRAME, None, 0.04)
    sound.caller(b"\x03" * FRAME, None, 5.0)
    found = spans(sound.look(0, sound.newest)[0::2])
    assert (found[2][0], found[3][0]) == (FRAME, 5 * RATE_8K - FRAME)


@pytest.mark.parametrize("way", [0, 1, 5, 10])
def test_what_was_cut_off_is_not_in_it(way: int) -> None:
    carrier = Carrier(way)
    for _ in range(50):
        carrier.turn()
    for _ in range(3):  # the way there is known after the first echo
        for number in range(4):
            carrier.send(b"\x05" * 10 * FRAME, f"{carrier.tick}.{number}")
        for _ in range(80):
            carrier.turn()
    for number in range(5):
        carrier.send(bytes([10 + number]) * 10 * FRAME, str(number))
    for _ in range(2 * way + 25):
        carrier.turn()
    carrier.clear()
    for _ in range(50):
        carrier.turn()
    heard, kept = spans(bytes(carrier.heard)), spans(carrier.recording()[1])
    assert set(heard) == set(kept)
    for value, (at, size) in heard.items():
        assert abs(kept[value][0] - at) <= FRAME
        assert abs(kept[value][1] - size) <= FRAME


def test_a_line_that_closes_plays_no_more() -> None:
    carrier = Carrier(0)
    for _ in range(10):
        carrier.turn()
    carrier.send(b"\x05" * 100 * FRAME)
    for _ in range(10):
        carrier.turn()
    carrier.sound.clear(carrier.tick * FRAME_S)
    assert abs(carrier.recording()[1].count(5) - 10 * FRAME) <= FRAME


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["say", "say", "cut", "wait", "lose"]), st.integers(1, 60), st.booleans()
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 8), STEPS)
def test_each_sound_lies_within_a_frame_of_where_it_was_heard(
    way: int, steps: list[tuple[str, int, bool]]
) -> None:
    """Utterances of any length, pauses, cuts, lost packets: caller exactly, agent by one frame.

    What is in the ear when it is cut counts by its length, by the same frame.
    """
    carrier, number = Carrier(way), 0
    carrier.turns(20)
    for part in "ab":  # their echoes tell how far the carrier is
        carrier.send(bytes([150]) * 10 * FRAME, part)
    carrier.play_all()
    for what, frames, marked in steps:
        if what == "say":
            number = number % 100 + 1
            carrier.send(bytes([number]) * frames * FRAME, f"{carrier.tick}.{number}")
            carrier.turns(frames + 2 * way + 3 if marked else 1)
        elif what == "cut":
            carrier.clear()
            carrier.turns(2 * way + 1)
        elif what == "lose":
            carrier.play_all()
            carrier.turns(frames, lost=True)
            carrier.turns(1)
        else:
            carrier.turns(frames)
    carrier.play_all()
    caller, agent = carrier.recording()
    known = carrier.sound.newest - carrier.shift
    assert caller[:known] == carrier.said[:known].ljust(known, SILENCE)
    heard, kept = spans(bytes(carrier.heard)), spans(agent)
    off = FRAME + TOLERANCE
    for value, (at, size) in heard.items():
        if size > off:
            assert value in kept
            assert abs(kept[value][0] - at) <= off, (value, kept[value], at)


@pytest.mark.parametrize("late", [0, 3, 10, 40])
def test_one_late_echo_moves_nothing(late: int) -> None:
    carrier = Carrier(0)
    carrier.turns(50)
    for number in range(6):
        carrier.send(bytes([number + 1]) * 10 * FRAME, str(number))
    held = carrier.sound.echo
    waiting: list[str] = []

    def echo(name: str, now_s: float) -> None:
        if name == "2":
            waiting.append(name)
        else:
            held(name, now_s)

    carrier.sound.echo = echo  # type: ignore[method-assign]
    carrier.turns(30)
    for _ in range(late):
        carrier.turns(1)
        if waiting and len(waiting) <= 1:
            held(waiting.pop(), carrier.tick * FRAME_S)
    carrier.play_all()
    heard, kept = spans(bytes(carrier.heard)), spans(carrier.recording()[1])
    assert all(abs(kept[value][0] - at) <= FRAME for value, (at, _) in heard.items())


def test_a_carrier_that_ran_dry_in_between_is_believed() -> None:
    carrier = Carrier(0)
    carrier.turns(50)
    for number in range(6):
        carrier.send(bytes([number + 1]) * 10 * FRAME, str(number))
        if number == 2:
            while carrier.to_it:
                carrier.turns(1)
            carrier.buffer += [SILENCE * FRAME] * 8
    carrier.play_all()
    heard, kept = spans(bytes(carrier.heard)), spans(carrier.recording()[1])
    assert abs(kept[6][0] - heard[6][0]) <= FRAME
