"""A short sound over ours that was passed over is shown to somebody who reads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.media.rig import Rig, load, silence, tone
from voiceagent.core.audio.samples import Pcm
from voiceagent.core.turns.table import CALLERS_TURN, TurnState
from voiceagent.core.wire import Played
from voiceagent.media.second_look import LATEST_MS, SoundMeaning
from voiceagent.media.silero import BatchedVad
from voiceagent.media.sound_classifier import SoundClassifier

SLIGHT = "panel/espeak_f5/mm_hm.wav"
"""Whatever it says: to the sound classifier it is a nod."""


class Look:
    """Keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Pcm, Callable[[SoundMeaning], None]]] = []

    def ask(self, pcm_8k: bytes, tell: Callable[[SoundMeaning], None]) -> None:
        self.asked.append((np.frombuffer(pcm_8k, "<i2"), tell))


@pytest.fixture(scope="module")
def vad() -> BatchedVad:
    return BatchedVad(1)


def passed_over(vad: BatchedVad, look: Look, sound: Pcm, *, speaking_s: float = 6.0) -> Rig:
    """We have been speaking, a sound came, and somebody was asked about it."""
    made = Rig(vad, classifier=SoundClassifier(), second_look=look)
    made.line.say(1, tone(speaking_s))
    made.line.end_utterance(1)
    made.run(1.0)
    made.hears(sound)
    for _ in range(100):
        made.run(0.01)
        if look.asked:
            break
    return made


def test_a_sound_that_is_late_to_be_read_changes_nothing(vad: BatchedVad) -> None:
    look = Look()
    made = passed_over(vad, look, load(SLIGHT))
    made.run(LATEST_MS / 1000)
    look.asked[0][1](SoundMeaning.FLOOR)
    made.run(6.0)
    assert made.listener.of("barge_in") == made.listener.of("started") == []
    assert made.carrier.played == 6 * 8000


def test_a_nod_that_is_read_costs_no_word(vad: BatchedVad) -> None:
    look = Look()
    made = passed_over(vad, look, load(SLIGHT))
    look.asked[0][1](SoundMeaning.ANSWER)
    made.run(7.0)
    assert made.listener.of("barge_in") == made.listener.of("started") == []
    assert made.listener.values("played", Played)[-1].done


def test_a_word_that_is_read_cuts_us_off_and_is_the_callers_turn(vad: BatchedVad) -> None:
    look = Look()
    made = passed_over(vad, look, load(SLIGHT))
    made.run(0.15)
    assert made.state() is not TurnState.PAUSE
    look.asked[0][1](SoundMeaning.FLOOR)
    assert made.state() is TurnState.PAUSE
    assert [kind for _, kind, _ in made.carrier.log][-1] == "clear"
    made.run(3.0)
    assert made.listener.kinds()[:3] == ["barge_in", "started", "paused"]
    assert made.listener.kinds()[-1] == "finished"
    shown, turn = look.asked[0][0], made.listener.heard_audio()
    assert np.abs(shown).max() == pytest.approx(np.abs(turn).max(), rel=0.05)


def test_what_is_asked_holds_the_sound_from_before_its_onset(vad: BatchedVad) -> None:
    look = Look()
    passed_over(vad, look, load(SLIGHT))
    loud = np.flatnonzero(np.abs(look.asked[0][0]) > 1000)
    assert loud[0] >= 0.05 * 8000
    assert len(look.asked[0][0]) - loud[-1] < 0.25 * 8000


def test_a_word_that_is_read_when_the_caller_has_a_turn_is_no_second_one(vad: BatchedVad) -> None:
    look = Look()
    made = passed_over(vad, look, np.concatenate((load(SLIGHT), load("reference/slt/04.wav"))))
    while made.state() not in CALLERS_TURN:
        made.run(0.01)
    look.asked[0][1](SoundMeaning.FLOOR)
    assert len(made.listener.of("started")) == 1


def test_a_word_that_was_said_just_before_we_finished_is_an_answer(vad: BatchedVad) -> None:
    look = Look()
    made = passed_over(vad, look, load(SLIGHT), speaking_s=2.3)
    while made.state() is not TurnState.LISTENING and not made.listener.of("started"):
        made.run(0.01)
    look.asked[0][1](SoundMeaning.FLOOR)
    assert len(made.listener.of("started")) == 1


@pytest.mark.parametrize("sound", ["reference/slt/04.wav", None])
def test_nobody_is_asked_about_what_cuts_us_off_or_about_nothing(
    vad: BatchedVad, sound: str | None
) -> None:
    look = Look()
    made = passed_over(vad, look, load(sound)[3000:] if sound else silence(1.0))
    assert look.asked == []
    assert bool(made.listener.of("barge_in")) is (sound is not None)
