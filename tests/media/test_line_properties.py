"""What holds on a line whatever the caller and the control plane do, in any order."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.rig import Rig, silence, tone
from tests.media.voice_by_level import VoiceByLevel
from voiceagent.core import wire
from voiceagent.core.supervisor import LIMITS, Timer
from voiceagent.core.turns.table import (
    CALLERS_TURN,
    GOODBYE_SAID,
    SUSPENDED,
    TurnState,
)
from voiceagent.core.wire import LineEnd

VOICE = np.frombuffer(tone(4.0), dtype="<i2")
SILENT = CALLERS_TURN | SUSPENDED | {TurnState.VOICE_PENDING_IDLE, TurnState.VOICE_PENDING_THINKING}

Deed = tuple[str, float]

DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["voice", "quiet", "say", "key", "stop", "think"]),
        st.sampled_from([0.04, 0.1, 0.3, 0.7, 1.5]),
    ),
    max_size=12,
)


class Played:
    """A line, what is done to it, and the states in which our sound left."""

    def __init__(self) -> None:
        self.rig = Rig(VoiceByLevel(1))
        self.line = self.rig.line
        self.newest = 0
        self.sent_in: set[TurnState] = set()
        send = self.rig.carrier.send_audio

        def noted(mulaw: bytes, mark: str = "") -> None:
            self.sent_in.add(self.line.state)
            send(mulaw, mark)

        self.rig.carrier.send_audio = noted  # type: ignore[method-assign]  # on its way

    def does(self, deeds: list[Deed]) -> None:
        for what, seconds in deeds:
            match what:
                case "voice":
                    self.rig.hears(VOICE[: int(seconds * 8000)])
                case "quiet":
                    self.rig.hears(silence(seconds))
                case "say":
                    self.says(2 * seconds)
                case "key":
                    self.line.on_key("0")
                case "stop":
                    self.line.stop_speaking()
                case _:
                    self.line.thinking()
            self.rig.run(seconds)

    def says(self, seconds: float) -> None:
        self.newest += 1
        self.line.say(self.newest, tone(seconds))
        self.line.end_utterance(self.newest)


@settings(max_examples=60, deadline=None)
@given(DEEDS)
def test_no_sound_of_ours_leaves_while_the_caller_speaks_or_may_be_speaking(
    deeds: list[Deed],
) -> None:
    call = Played()
    call.does(deeds)
    assert not call.sent_in & SILENT
    assert call.line.end is None


@settings(max_examples=60, deadline=None)
@given(DEEDS)
def test_what_we_say_is_heard_once_the_caller_has_fallen_silent(deeds: list[Deed]) -> None:
    """However the sounds before it ended, nothing keeps our sound back for good."""
    call = Played()
    call.does(deeds)
    call.rig.run(8.0)
    call.says(0.5)
    call.rig.run(1.5)
    last = call.rig.listener.values("played", wire.Played)[-1]
    assert last.utterance == call.newest
    assert last.done


@settings(max_examples=60, deadline=None)
@given(DEEDS, DEEDS)
def test_a_goodbye_is_heard_in_full_whatever_is_done_meanwhile(
    before: list[Deed], then: list[Deed]
) -> None:
    call = Played()
    call.does(before)
    call.says(1.0)
    goodbye = call.newest
    call.line.close_when_heard(goodbye)
    call.does([deed for deed in then if deed[0] != "say"])
    assert call.line.state in GOODBYE_SAID | {TurnState.ENDED}
    call.rig.run(LIMITS[Timer.GOODBYE].after_s + 8.0)
    assert [end for _, end in call.rig.listener.of("closed")] == [LineEnd.AGENT]
    last = call.rig.listener.values("played", wire.Played)[-1]
    assert (last.utterance, last.done) == (goodbye, True)
    assert not call.sent_in & SILENT
