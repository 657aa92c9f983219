"""Whole lines in simulated time, with recorded callers and the real voice model."""

from __future__ import annotations

import gc
import weakref
from dataclasses import astuple

import numpy as np
import pytest

from tests.media.rig import Rig, SimulatedTurnModel, load, silence, speech_spans, tone
from voiceagent.core.clock import ManualClock
from voiceagent.core.supervisor import LIMITS, Timer
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.turns.table import TurnState
from voiceagent.core.wire import LineEnd, Played, TurnDecider, TurnEnd, TurnEnding
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.media.line_acts import PIECE_MS
from voiceagent.media.silero import BatchedVad
from voiceagent.media.sound_classifier import SoundClassifier

SPANS = speech_spans()


@pytest.fixture(scope="module")
def vad() -> BatchedVad:
    return BatchedVad(2)


def rig(
    vad: BatchedVad,
    *,
    done: float | None = 0.9,
    tuning: Tuning | None = None,
    echoes: bool = True,
    classifier: SoundClassifier | None = None,
) -> Rig:
    """A line whose turn model always gives the same answer, or none."""
    made = Rig(vad, tuning=tuning, echoes=echoes, classifier=classifier)
    if done is not None:
        made.line.endpoint._model = SimulatedTurnModel(made.clock, done)
    return made


def finished(made: Rig) -> list[TurnEnd]:
    return made.listener.values("finished", TurnEnd)


def say(made: Rig, utterance: int, seconds: float) -> None:
    made.line.say(utterance, tone(seconds))
    made.line.end_utterance(utterance)


def suspected(vad: BatchedVad, seconds: float) -> Rig:
    """We say so much, and a voice begins over it."""
    made = rig(vad)
    say(made, 1, seconds)
    made.run(0.5)
    made.hears(load("reference/slt/04.wav")[3000:])
    while made.state() is TurnState.SPEAKING:
        made.run(0.01)
    return made


def test_the_greeting_leaves_at_once_and_is_heard_to_its_end(vad: BatchedVad) -> None:
    made = rig(vad)
    say(made, 1, 1.0)
    assert made.carrier.times("audio")[0] == 0.0
    made.run(1.5)
    progress = made.listener.values("played", Played)
    assert progress[-1] == Played(1, 8000, True, 0.0)
    steps = np.diff([0, *(played.samples for played in progress)])
    assert steps.max() <= 1600
    assert made.state() is TurnState.LISTENING


@pytest.mark.parametrize("voice", ["awb", "kal16", "slt"])
@pytest.mark.parametrize("turn", ["01", "04", "06", "07"])
def test_a_turn_is_placed_within_a_frame_or_two(vad: BatchedVad, voice: str, turn: str) -> None:
    name = f"reference/{voice}/{turn}.wav"
    made = rig(vad, done=None)
    made.line.expect(Expecting.PHONE)
    made.run(0.5)
    starts = made.hears(load(name))
    made.run(9.0)
    (end,) = finished(made)
    begin_s, end_s = (starts + at for at in SPANS[name])
    assert end.speech_end_s == pytest.approx(end_s, abs=0.05)
    assert end.speech_start_s == pytest.approx(begin_s, abs=0.12)
    assert end.decided_s - end.speech_end_s == pytest.approx(1.8, abs=0.04)
    assert end.decided_by is TurnDecider.SILENCE
    sound = made.listener.heard_audio()
    assert sound.size >= (end.decided_s - begin_s + 0.2) * 8000


def test_recognition_gets_every_sample_of_the_turn_in_order(vad: BatchedVad) -> None:
    made = rig(vad)
    speech = load("reference_hard/rms/06.wav")
    made.run(0.5)
    made.hears(speech)
    made.run(3.5)
    heard = made.listener.heard_audio().astype(float)
    sent = np.concatenate((silence(2.0), speech, silence(2.0))).astype(float)
    lag = int(np.argmax(np.correlate(sent, heard[:6000], "valid")))
    assert np.corrcoef(heard, sent[lag : lag + heard.size])[0, 1] > 0.999
    sizes = [len(pcm) // 2 for pcm in made.listener.values("audio", bytes)]
    assert max(sizes) == PIECE_MS * 8
    assert min(sizes[:-1]) >= 8


def test_an_ending_the_turn_model_hears_ends_the_turn_soon(vad: BatchedVad) -> None:
    made = rig(vad)
    made.hears(load("reference_hard/rms/01.wav"))
    made.run(6.0)
    end = finished(made)[-1]
    assert end.decided_by is TurnDecider.TURN_MODEL
    assert 0.27 <= end.decided_s - end.speech_end_s <= 0.32
    assert made.state() is TurnState.THINKING


def test_ten_digits_end_a_dictation_at_once(vad: BatchedVad) -> None:
    made = rig(vad)
    made.line.expect(Expecting.PHONE)
    sound = load("human_digits/theo/555-123-0000.wav")
    starts = made.hears(sound)
    made.run(SPANS["human_digits/theo/555-123-0000.wav"][1] + 0.4)
    assert finished(made) == []
    assert "nearly_finished" not in made.listener.kinds()
    made.line.hint(Completeness.COMPLETE)
    assert made.listener.kinds()[-2:] == ["nearly_finished", "finished"]
    (end,) = finished(made)
    assert end.decided_by is TurnDecider.FIELD
    assert end.decided_s == made.clock.monotonic()
    assert end.speech_end_s > starts


def test_words_told_while_they_were_spoken_announce_an_end_with_the_pause(vad: BatchedVad) -> None:
    made = rig(vad, done=None)
    made.hears(load("reference/slt/06.wav"))
    made.run(SPANS["reference/slt/06.wav"][1] - 0.1)
    assert made.listener.kinds()[-1] == "started"
    made.line.hint(Completeness.COMPLETE)
    made.run(0.35)
    assert made.listener.kinds()[-3:] == ["paused", "nearly_finished", "finished"]


def test_an_end_that_the_recogniser_is_sure_of_ends_the_turn_soon(vad: BatchedVad) -> None:
    made = rig(vad, done=None)
    made.hears(load("reference/slt/06.wav"))
    made.run(SPANS["reference/slt/06.wav"][1] + 0.2)
    assert finished(made) == []
    made.line.ending(TurnEnding.CERTAIN)
    assert made.listener.kinds()[-1] == "nearly_finished"
    made.run(0.15)
    (end,) = finished(made)
    assert end.decided_by is TurnDecider.RECOGNISER


def test_pauses_inside_a_dictated_number_do_not_end_it(vad: BatchedVad) -> None:
    made = rig(vad)
    made.line.expect(Expecting.PHONE)
    name = "human_digits/jackson/555-123-0000.wav"
    begin, end = (int(at * 8000) for at in SPANS[name])
    half = load(name)[begin:end]
    made.hears(np.concatenate((half, silence(1.4), half)))
    made.run(2 * half.size / 8000 + 2.0)
    assert finished(made) == []
    assert "resumed" in made.listener.kinds()
    made.run(2.5)
    assert len(finished(made)) == 1


def test_barge_in_clears_within_a_quarter_second_of_voice(vad: BatchedVad) -> None:
    made = rig(vad, done=None, classifier=SoundClassifier())
    say(made, 1, 10.0)
    made.run(1.0)
    name = "reference/slt/04.wav"
    voice_s = made.hears(load(name)) + SPANS[name][0]
    made.run(1.0)
    (cleared,) = made.carrier.times("clear")
    assert cleared - voice_s <= 0.2
    stopped = made.scheduler.media_figures().onset_to_clear
    assert stopped.count == 1
    assert stopped.total == pytest.approx(cleared - voice_s, abs=0.1)
    assert (made.line.totals().barge_ins, made.line.totals().resumptions) == (1, 0)
    ((at, _),) = made.listener.of("barge_in")
    (heard,) = made.listener.values("barge_in", Played)
    assert cleared < at <= voice_s + 0.7
    assert heard.samples == pytest.approx(cleared * 8000, abs=1600)
    assert not heard.done
    assert heard.samples <= made.carrier.played
    assert [kind for _, kind, _ in made.carrier.log][-1] == "clear"
    sounds = len(made.carrier.times("audio"))
    started = made.listener.of("started")[0][0]
    assert started == at
    made.line.say(1, tone(1.0))
    made.run(0.2)
    assert len(made.carrier.times("audio")) == sounds
    made.run(6.0)
    end = finished(made)[0]
    assert end.speech_start_s == pytest.approx(voice_s, abs=0.1)
    first_sound = made.listener.heard_audio()[: int(0.6 * 8000)]
    assert np.abs(first_sound[: int(0.15 * 8000)]).max() < 200
    assert np.abs(first_sound).max() > 1000


def test_a_car_horn_or_dog_within_our_sentence_costs_nothing_said_before(vad: BatchedVad) -> None:
    made = rig(vad)
    say(made, 1, 8.0)
    made.run(1.0)
    made.hears(load("noise/dog_bark.wav")[:16000])
    made.run(8.0)
    assert made.listener.of("barge_in") == []
    assert made.listener.values("played", Played)[-1].done


@pytest.mark.parametrize(
    "sound",
    ["panel/espeak_f5/mm_hm.wav", "panel/sounds/cough_2.wav", "noise/car_horn.wav", None],
)
def test_a_sound_that_is_not_for_us_costs_no_word(vad: BatchedVad, sound: str | None) -> None:
    """Whether or not it stops us for a moment: all of ours is heard, once, and nobody is told."""
    made = rig(vad, classifier=SoundClassifier())
    say(made, 1, 5.0)
    made.run(1.0)
    made.hears(load(sound)[:16000] if sound else silence(1.0))
    made.run(6.0)
    assert made.listener.of("barge_in") == made.listener.of("started") == []
    assert made.carrier.played == 5 * 8000
    steps = [played.samples for played in made.listener.values("played", Played)]
    assert steps == sorted(steps)
    assert made.listener.values("played", Played)[-1] == Played(1, 5 * 8000, True, 0.0)


@pytest.mark.parametrize("word", ["hello", "yes", "no", "help_me"])
def test_what_people_say_in_the_quiet_is_a_turn(vad: BatchedVad, word: str) -> None:
    """Recorded people, whom the classifier takes for a noise now and then."""
    for late in (0, 60, 130, 200):
        made = rig(vad, classifier=SoundClassifier())
        made.run(0.5)
        sound = load(f"speech/{word}.wav")
        made.hears(np.concatenate((np.zeros(late, dtype=np.int16), sound)))
        made.run(4.0)
        assert len(finished(made)) == 1


def test_a_goodbye_that_was_suspended_goes_on(vad: BatchedVad) -> None:
    made = suspected(vad, 2.0)
    assert made.state() is TurnState.TENTATIVE_BARGE_IN
    made.line.close_when_heard(1)
    made.run(2.5)
    assert made.carrier.closed
    assert made.carrier.played == 2 * 8000
    seen = made.scheduler.media_figures()  # the line has gone, what it counted has not
    assert (seen.lines, seen.totals.barge_ins, seen.totals.resumptions) == (0, 0, 1)
    assert seen.onset_to_clear.count == 1


def test_silencing_us_in_the_middle_of_a_suspicion_leaves_nothing_behind(vad: BatchedVad) -> None:
    made = suspected(vad, 5.0)
    heard = made.line.stop_speaking()
    assert heard is not None
    assert heard.samples <= made.carrier.played
    played = made.carrier.played
    made.run(1.0)
    assert made.carrier.played == played
    assert len(made.carrier.times("clear")) == 1


def test_a_short_answer_at_the_very_end_of_our_question_is_kept(vad: BatchedVad) -> None:
    made = rig(vad, tuning=Tuning())
    say(made, 1, 3.0)
    word = load("speech/no.wav")
    begin_s, end_s = SPANS["speech/no.wav"]
    word = word[int(begin_s * 8000) : int(min(end_s, begin_s + 0.12) * 8000)]
    made.run(2.5)
    made.hears(word)
    made.run(2.5)
    kinds = made.listener.kinds()
    if "started" not in kinds:
        pytest.skip("this word is too short for the voice model")
    assert made.listener.of("barge_in") == []
    assert kinds[:4] == ["started", "paused", "nearly_finished", "finished"]


def test_our_sound_waits_while_the_caller_speaks(vad: BatchedVad) -> None:
    made = rig(vad)
    made.hears(load("reference/awb/01.wav"))
    made.run(1.0)
    assert made.state() is TurnState.CALLER
    say(made, 1, 0.5)
    made.run(1.0)
    assert made.carrier.times("audio") == []
    made.run(5.0)
    decided = finished(made)[-1].decided_s
    assert made.carrier.times("audio")[0] == pytest.approx(decided, abs=0.011)
    assert made.listener.values("played", Played)[-1].done


def test_a_key_cuts_us_off_and_is_passed_on(vad: BatchedVad) -> None:
    made = rig(vad)
    say(made, 1, 5.0)
    made.run(1.0)
    made.line.on_key("0")
    assert made.listener.kinds() == ["barge_in", "key"]
    assert made.carrier.times("clear") == [pytest.approx(1.0)]
    assert made.line.totals().barge_ins == 1
    assert made.scheduler.media_figures().onset_to_clear.count == 0  # a key has no first sound


def test_a_key_ends_the_callers_turn(vad: BatchedVad) -> None:
    made = rig(vad)
    made.hears(load("reference/awb/01.wav"))
    made.run(1.5)
    made.line.on_key("#")
    assert finished(made)[0].decided_by is TurnDecider.KEY
    assert made.listener.kinds()[-2:] == ["finished", "key"]


def test_stop_speaking_tells_how_far_it_came(vad: BatchedVad) -> None:
    made = rig(vad)
    say(made, 1, 5.0)
    made.run(1.0)
    heard = made.line.stop_speaking()
    assert heard is not None
    assert heard.samples == pytest.approx(8000, abs=1600)
    assert made.listener.of("barge_in") == []
    assert made.line.stop_speaking() is None
    say(made, 2, 0.5)
    made.run(1.0)
    last = made.listener.values("played", Played)[-1]
    assert astuple(last) == (2, 4000, True, pytest.approx(1.0))


def test_a_listener_may_answer_from_inside_a_callback(
    vad: BatchedVad, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = rig(vad)

    def answer(end: TurnEnd) -> None:
        made.line.stop_speaking()
        say(made, 7, 0.5)

    monkeypatch.setattr(made.listener, "caller_finished", answer)
    made.hears(load("reference_hard/rms/01.wav"))
    made.run(6.0)
    assert made.listener.values("played", Played)[-1].utterance == 7
    assert made.listener.values("played", Played)[-1].done


def test_a_goodbye_whose_sound_is_still_to_come_is_waited_for_and_heard(vad: BatchedVad) -> None:
    made = rig(vad)
    made.line.close_when_heard(1)
    made.run(0.5)
    assert not made.carrier.closed
    say(made, 1, 7.0)
    made.run(6.9)
    assert not made.carrier.closed
    made.run(0.4)
    assert made.carrier.closed
    assert made.carrier.played == 7 * 8000


def test_a_goodbye_whose_sound_never_comes_is_not_waited_for_for_ever(vad: BatchedVad) -> None:
    made = rig(vad)
    made.line.close_when_heard(1)
    made.run(LIMITS[Timer.GOODBYE].after_s + 0.5)
    assert made.carrier.closed


def test_a_line_that_stays_after_the_goodbye_closes_when_the_new_last_words_were_heard(
    vad: BatchedVad,
) -> None:
    made = rig(vad)
    say(made, 1, 1.0)
    made.line.close_when_heard(1)
    made.run(0.5)
    made.line.stay()
    made.run(3.0)
    assert not made.carrier.closed
    say(made, 2, 1.0)
    made.run(1.5)
    assert not made.carrier.closed, "nobody has said that these are the last"
    made.line.close_when_heard(2)
    made.run(0.1)
    assert made.carrier.closed
    assert made.carrier.played == 2 * 8000


def test_a_line_that_stays_and_hears_no_more_closes_all_the_same(vad: BatchedVad) -> None:
    made = rig(vad)
    made.line.stay()
    made.run(1.0)
    made.line.close_when_heard(1)
    made.line.stay()
    made.run(LIMITS[Timer.GOODBYE].after_s + 0.5)
    assert made.carrier.closed


def test_goodbye_is_heard_in_full_then_the_line_closes_once(vad: BatchedVad) -> None:
    made = rig(vad)
    say(made, 1, 2.0)
    made.line.close_when_heard(1)
    made.hears(load("reference_hard/rms/01.wav"))
    made.run(1.9)
    assert not made.carrier.closed
    made.run(0.3)
    assert made.carrier.closed
    made.line.on_closed(LineEnd.CALLER)
    assert [reason for _, reason in made.listener.of("closed")] == [LineEnd.AGENT]
    assert made.listener.values("played", Played)[-1].done
    assert made.scheduler.lines == 0


@pytest.mark.parametrize("when_s", [0.0, 0.1, 1.9])
def test_a_key_during_the_goodbye_is_passed_on_and_the_goodbye_is_heard(
    vad: BatchedVad, when_s: float
) -> None:
    made = rig(vad)
    say(made, 1, 2.0)
    made.line.close_when_heard(1)
    made.run(when_s)
    made.line.on_key("0")
    assert made.listener.kinds() == ["key"]
    made.run(1.95 - when_s)
    assert not made.carrier.closed
    made.run(0.4)
    assert made.carrier.closed
    assert made.carrier.played == 2 * 8000
    assert made.carrier.times("clear") == []


@pytest.mark.parametrize("through", [None, 1, 7])
def test_a_goodbye_is_not_stopped_by_whoever_has_not_heard_of_it(
    vad: BatchedVad, through: int | None
) -> None:
    """The control plane may still be about to silence what it had said before."""
    made = rig(vad)
    say(made, 1, 1.0)
    made.line.stop_speaking(1)
    say(made, 2, 2.0)
    made.line.close_when_heard(2)
    made.run(0.5)
    assert made.line.stop_speaking(through) is None
    made.run(2.0)
    last = made.listener.values("played", Played)[-1]
    assert astuple(last) == (2, 2 * 8000, True, pytest.approx(0.0))
    assert made.carrier.closed


def test_a_goodbye_waits_for_a_caller_who_is_speaking(vad: BatchedVad) -> None:
    made = rig(vad)
    made.hears(load("reference/awb/01.wav"))
    made.run(1.0)
    assert made.state() is TurnState.CALLER
    say(made, 1, 1.0)
    made.line.close_when_heard(1)
    assert made.state() is TurnState.LEAVING_CALLER
    made.run(1.0)
    assert made.carrier.times("audio") == []
    made.run(6.0)
    decided = finished(made)[-1].decided_s
    assert made.carrier.times("audio")[0] == pytest.approx(decided, abs=0.011)
    assert made.carrier.played == 8000
    assert made.carrier.closed


def test_a_caller_who_talks_on_for_ever_hears_the_goodbye_all_the_same(vad: BatchedVad) -> None:
    made = rig(vad)
    speech = load("reference/awb/01.wav")[8000:16000]
    made.hears(np.tile(speech, 20))
    made.run(2.0)
    say(made, 1, 1.0)
    made.line.close_when_heard(1)
    made.run(LIMITS[Timer.GOODBYE].after_s + 0.8)
    assert made.carrier.played == 0
    made.run(1.6)
    assert made.carrier.closed
    assert made.carrier.played == 8000
    assert made.listener.kinds()[-2:] == ["finished", "closed"]


def test_a_short_sound_that_ends_as_we_are_silenced_withholds_nothing(vad: BatchedVad) -> None:
    """Whatever it was, it has ended: nobody else will tell that our sound may go on."""
    made = rig(vad)
    say(made, 1, 5.0)
    made.run(1.0)
    name = "speech/no.wav"
    begin_s, end_s = SPANS[name]
    made.hears(load(name)[int(begin_s * 8000) : int(min(end_s, begin_s + 0.12) * 8000)])
    for _ in range(100):
        made.run(0.01)
        if made.state() is TurnState.TENTATIVE_SILENCE:
            break
    assert made.state() is TurnState.TENTATIVE_SILENCE
    made.line.stop_speaking()
    made.run(3.0)
    say(made, 2, 1.0)
    made.run(1.5)
    assert made.listener.values("played", Played)[-1].utterance == 2


def test_a_carrier_that_never_echoes_marks_does_not_hold_the_line(vad: BatchedVad) -> None:
    made = rig(vad, echoes=False)
    say(made, 1, 1.0)
    made.run(1.5)
    assert made.state() is TurnState.SPEAKING
    made.run(1.0)
    assert made.state() is TurnState.LISTENING
    assert made.listener.of("played") == []


def test_no_sound_for_three_seconds_closes_the_line(vad: BatchedVad) -> None:
    made = rig(vad)
    made.run(1.0)
    for _ in range(310):
        made.clock.advance(0.01)
        made.scheduler.tick(made.clock.monotonic())
    assert made.listener.of("closed")[0][1] is LineEnd.MEDIA_GAP
    assert made.carrier.closed


def test_a_stall_of_the_worker_is_not_a_gap_of_the_carrier(vad: BatchedVad) -> None:
    made = rig(vad)
    made.run(1.0)
    made.clock.advance(5.0)
    made.scheduler.tick(made.clock.monotonic())
    made.run(1.0)
    assert made.line.end is None


def test_a_call_that_is_too_long_is_told_so_and_ends_when_that_was_heard(
    vad: BatchedVad, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = rig(vad, tuning=Tuning(call_s=2.0))

    def last_words() -> None:
        say(made, 1, 3.0)
        made.line.close_when_heard(1)

    monkeypatch.setattr(made.listener, "time_is_up", last_words)
    made.run(4.9)
    assert not made.carrier.closed
    made.run(0.6)
    assert made.carrier.played == 3 * 8000
    assert made.listener.of("closed")[0][1] is LineEnd.TOO_LONG


def test_a_line_that_is_over_waits_for_no_collector(vad: BatchedVad) -> None:
    """A worker's memory grows by every call whose parts keep each other."""
    made = rig(vad, done=None)
    say(made, 1, 0.5)
    made.line.close_when_heard(1)
    made.run(1.0)
    assert made.line.end is LineEnd.AGENT
    line = weakref.ref(made.line)
    gc.disable()
    try:
        made.carrier.line = None
        del made.line
        assert line() is None
    finally:
        gc.enable()


def test_a_call_that_is_too_long_ends_though_nobody_says_goodbye(vad: BatchedVad) -> None:
    made = rig(vad, tuning=Tuning(call_s=2.0))
    made.run(2.1)
    assert made.listener.kinds() == ["time_is_up"]
    made.run(LIMITS[Timer.GOODBYE].after_s - 0.3)
    assert not made.carrier.closed
    made.run(0.4)
    assert made.listener.of("closed")[0][1] is LineEnd.TOO_LONG


def test_a_goodbye_that_is_being_said_when_the_time_is_up_is_heard(vad: BatchedVad) -> None:
    made = rig(vad, tuning=Tuning(call_s=2.0))
    say(made, 1, 9.0)
    made.line.close_when_heard(1)
    made.run(8.9)
    assert made.listener.kinds() == ["time_is_up"]
    made.run(0.4)
    assert made.carrier.played == 9 * 8000
    assert made.carrier.closed


def test_the_real_turn_model_on_a_real_question(vad: BatchedVad) -> None:
    from voiceagent.media.smart_turn import SmartTurn

    clock = ManualClock(rig(vad).clock.now())
    made = Rig(vad, SimulatedTurnModel(clock, SmartTurn()), clock=clock)
    made.hears(load("reference/slt/01.wav"))
    made.run(6.0)
    (end,) = finished(made)
    assert end.decided_by is TurnDecider.TURN_MODEL
    assert end.decided_s - end.speech_end_s < 0.35


@pytest.mark.parametrize("by_caller", [True, False])
def test_how_far_we_were_heard_is_told_when_the_line_is_gone(
    vad: BatchedVad, *, by_caller: bool
) -> None:
    made = rig(vad)
    say(made, 1, 3.0)
    made.run(1.0)
    if by_caller:
        made.line.on_closed(LineEnd.CALLER)
    else:
        made.line.close()
    heard = made.listener.heard
    assert heard is not None
    assert not heard.done
    assert heard.samples == pytest.approx(made.carrier.played, abs=160)
