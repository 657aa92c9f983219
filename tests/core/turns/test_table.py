from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.turns.endpointing import ENDPOINTING_DELAYS, Tuning
from voiceagent.core.turns.table import TABLE, TurnAct, TurnEvent, TurnState, TurnTaking, describe
from voiceagent.core.wire import TurnDecider
from voiceagent.domain.expecting import Completeness, Expecting

OURS = (
    TurnState.SPEAKING,
    TurnState.TENTATIVE_BARGE_IN,
    TurnState.BACKCHANNEL_OVERLAP,
    TurnState.EARLY_ANSWER,
)


def test_every_pair_is_defined() -> None:
    assert set(TABLE) == {(state, event) for state in TurnState for event in TurnEvent}


def test_the_table_can_be_read() -> None:
    text = describe()
    assert (
        "tentative_barge_in      speech                caller                  clear, hold," in text
    )
    assert "tentative_barge_in      backchannel           backchannel_overlap     resume" in text
    assert len(text.splitlines()) > 30


def test_the_printed_page_shows_this_table() -> None:
    page = (Path(__file__).parents[3] / "docs" / "turn-taking.md").read_text("utf-8")
    missing = [line for line in describe().splitlines() if line.rstrip() not in page]
    assert not missing, missing


@given(st.lists(st.sampled_from(list(TurnEvent))))
def test_turns_are_begun_once_and_finished_once(events: list[TurnEvent]) -> None:
    """BEGIN_TURN and END_TURN alternate, whatever happens; pauses stay inside a turn."""
    turns = TurnTaking(Tuning())
    in_turn = False
    for event in events:
        for act in turns.feed(event):
            if act is TurnAct.BEGIN_TURN:
                assert not in_turn
                in_turn = True
            elif act is TurnAct.END_TURN:
                assert in_turn
                in_turn = False
            elif act in (TurnAct.PAUSE_TURN, TurnAct.RESUME_TURN):
                assert in_turn
        assert in_turn == (turns.state in (TurnState.CALLER, TurnState.PAUSE))


@given(st.lists(st.sampled_from(list(TurnEvent))))
def test_our_sound_never_starts_over_the_caller(events: list[TurnEvent]) -> None:
    """Where the caller speaks or may be speaking sound is held; where we may speak it is not."""
    turns = TurnTaking(Tuning())
    held = suspended = False
    for event in events:
        for act in turns.feed(event):
            held = (held or act is TurnAct.HOLD) and act is not TurnAct.RELEASE
            suspended = (suspended or act is TurnAct.SUSPEND) and act not in (
                TurnAct.RESUME,
                TurnAct.CLEAR,
            )
            suspended = (
                suspended and event is not TurnEvent.STOP
            )  # the line clears before it posts this
        theirs = (
            TurnState.CALLER,
            TurnState.PAUSE,
            TurnState.VOICE_PENDING_THINKING,
            TurnState.VOICE_PENDING_IDLE,
        )
        assert held == (turns.state in theirs)
        assert suspended == (turns.state is TurnState.TENTATIVE_BARGE_IN)


@given(st.lists(st.sampled_from(list(TurnEvent))))
def test_a_voice_that_means_us_always_takes_the_floor(events: list[TurnEvent]) -> None:
    turns = TurnTaking(Tuning())
    for event in events:
        turns.feed(event)
    speaking = turns.state in OURS
    acts = turns.feed(TurnEvent.SPEECH)
    assert turns.state is TurnState.CALLER
    assert (TurnAct.CLEAR in acts) == speaking
    if speaking:
        assert acts[0] is TurnAct.CLEAR


@given(st.lists(st.sampled_from(list(TurnEvent))))
def test_nobody_is_told_of_a_suspicion(events: list[TurnEvent]) -> None:
    """Until a sound is judged the control plane hears nothing: no turn, no barge-in."""
    turns = TurnTaking(Tuning())
    for event in events:
        turns.feed(event)
    told = {TurnAct.BEGIN_TURN, TurnAct.REPORT_BARGE_IN, TurnAct.CLEAR}
    if turns.state in (*OURS, TurnState.LISTENING, TurnState.THINKING):
        assert not told & set(turns.feed(TurnEvent.VOICE))
        assert turns.state in (
            TurnState.TENTATIVE_BARGE_IN,
            TurnState.VOICE_PENDING_IDLE,
            TurnState.VOICE_PENDING_THINKING,
            TurnState.BACKCHANNEL_OVERLAP,
        )


@given(
    st.lists(st.sampled_from(list(TurnEvent))),
    st.sampled_from([TurnEvent.NOISE, TurnEvent.SILENCE]),
)
def test_a_suspicion_always_ends_and_our_sound_goes_on(
    events: list[TurnEvent], end: TurnEvent
) -> None:
    turns = TurnTaking(Tuning())
    for event in events:
        turns.feed(event)
    if turns.state is TurnState.TENTATIVE_BARGE_IN:
        assert TurnAct.RESUME in turns.feed(end)
        assert turns.state in (TurnState.SPEAKING, TurnState.EARLY_ANSWER)


@given(st.lists(st.sampled_from(list(TurnEvent))))
def test_a_short_answer_just_before_we_finish_is_a_turn(events: list[TurnEvent]) -> None:
    turns = TurnTaking(Tuning())
    for event in events:
        turns.feed(event)
    if turns.state is TurnState.EARLY_ANSWER:
        assert TurnAct.BEGIN_TURN in turns.feed(TurnEvent.PLAYED_OUT)


@given(
    expecting=st.sampled_from(list(Expecting)),
    hint=st.sampled_from(list(Completeness)),
    done=st.none() | st.booleans(),
)
def test_a_turn_ends_in_bounded_time_after_silence(
    expecting: Expecting, hint: Completeness, done: bool | None
) -> None:
    turns = pausing(expecting, hint, done)
    assert turns.due(100) is None
    assert turns.due(2400) is not None
    assert TurnAct.END_TURN in turns.feed(TurnEvent.END_OF_TURN)


@pytest.mark.parametrize("expecting", list(Expecting))
def test_patience_grows_with_what_is_missing(expecting: Expecting) -> None:
    row = ENDPOINTING_DELAYS[expecting]
    assert row.complete <= row.sounds_done <= row.no_verdict <= row.sounds_open <= row.incomplete
    assert row.complete <= row.enough <= row.sounds_open


def pausing(
    expecting: Expecting,
    hint: Completeness = Completeness.UNKNOWN,
    done: bool | None = None,
) -> TurnTaking:
    turns = TurnTaking(Tuning())
    turns.expect(expecting)
    turns.feed(TurnEvent.SPEECH)
    turns.feed(TurnEvent.SILENCE)
    turns.hint(hint)
    if done is not None:
        turns.verdict(done=done)
    return turns


def test_somebody_dictating_is_not_cut_off_and_ten_digits_end_it_at_once() -> None:
    assert pausing(Expecting.PHONE, done=True).due(1500) is None
    assert pausing(Expecting.PHONE).due(1800) is TurnDecider.SILENCE
    complete = pausing(Expecting.PHONE, Completeness.COMPLETE)
    assert complete.due(160) is TurnDecider.FIELD


def test_a_note_that_holds_a_fact_is_waited_for_a_breath_and_no_longer() -> None:
    """People add to notes; a voice that sounds unfinished does not make it a second and more."""
    note = pausing(Expecting.NOTES, Completeness.ENOUGH, done=False)
    assert note.due(600) is None
    assert note.due(640) is TurnDecider.FIELD
    assert pausing(Expecting.NOTES, Completeness.ENOUGH, done=True).due(500) is not None
    assert pausing(Expecting.NOTES, Completeness.INCOMPLETE).due(1700) is None


def test_who_decided_is_told() -> None:
    assert pausing(Expecting.ANYTHING, done=True).due(280) is TurnDecider.TURN_MODEL
    assert pausing(Expecting.ANYTHING, done=False).due(900) is TurnDecider.SILENCE
    told = pausing(Expecting.ANYTHING, Completeness.COMPLETE)
    assert told.due(200) is TurnDecider.TRANSCRIPT


@pytest.mark.parametrize(
    ("hint", "done", "foreseen"),
    [
        (Completeness.COMPLETE, None, True),
        (Completeness.ENOUGH, None, True),
        (Completeness.UNKNOWN, True, True),
        (Completeness.UNKNOWN, False, False),
        (Completeness.UNKNOWN, None, False),
        (Completeness.INCOMPLETE, True, False),
    ],
)
def test_an_end_is_foreseen_by_words_or_voice_and_not_by_patience(
    hint: Completeness, *, done: bool | None, foreseen: bool
) -> None:
    turns = pausing(Expecting.ANYTHING, hint, done)
    assert turns.announce_end() is foreseen


def test_an_end_is_foreseen_once_a_pause() -> None:
    turns = pausing(Expecting.ANYTHING, Completeness.COMPLETE)
    assert turns.announce_end()
    assert not turns.announce_end()
    turns.feed(TurnEvent.VOICE)
    turns.hint(Completeness.COMPLETE)
    assert not turns.announce_end(), "the caller speaks"
    turns.feed(TurnEvent.SILENCE)
    assert turns.announce_end()


def test_going_on_makes_the_hint_void() -> None:
    turns = pausing(Expecting.PHONE, Completeness.COMPLETE)
    turns.feed(TurnEvent.VOICE)
    turns.feed(TurnEvent.SILENCE)
    assert turns.due(1000) is None


def test_the_turn_model_is_asked_early_and_only_when_it_matters() -> None:
    turns = pausing(Expecting.ANYTHING)
    assert not turns.take_question(100)
    assert turns.take_question(112)
    assert not turns.take_question(200)
    turns.verdict(done=False)
    assert turns.take_question(400)
    assert not turns.take_question(900)
    assert not pausing(Expecting.PHONE).take_question(500)
    assert not pausing(Expecting.ANYTHING, Completeness.COMPLETE).take_question(500)
