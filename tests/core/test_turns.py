from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.expecting import Completeness, Expecting
from voiceagent.core.patience import PATIENCE, Tuning
from voiceagent.core.turns import TABLE, Act, Event, State, TurnTaking, describe
from voiceagent.core.wire import TurnDecider

OURS = (State.SPEAKING, State.SUSPECT, State.OVERLAP, State.NOTED)


def test_every_pair_is_defined() -> None:
    assert set(TABLE) == {(state, event) for state in State for event in Event}


def test_the_table_can_be_read() -> None:
    text = describe()
    assert "suspect    meant       caller     clear, hold, barged, begin" in text
    assert "suspect    slight      overlap    proceed" in text
    assert len(text.splitlines()) > 30


def test_the_printed_page_shows_this_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "turn-taking.md").read_text("utf-8")
    missing = [line for line in describe().splitlines() if line.rstrip() not in page]
    assert not missing, missing


@given(st.lists(st.sampled_from(list(Event))))
def test_turns_are_begun_once_and_finished_once(events: list[Event]) -> None:
    """BEGIN and FINISH alternate, whatever happens; PAUSED and RESUMED stay inside a turn."""
    turns = TurnTaking(Tuning())
    in_turn = False
    for event in events:
        for act in turns.feed(event):
            if act is Act.BEGIN:
                assert not in_turn
                in_turn = True
            elif act is Act.FINISH:
                assert in_turn
                in_turn = False
            elif act in (Act.PAUSED, Act.RESUMED):
                assert in_turn
        assert in_turn == (turns.state in (State.CALLER, State.PAUSE))


@given(st.lists(st.sampled_from(list(Event))))
def test_our_sound_never_starts_over_the_caller(events: list[Event]) -> None:
    """Where the caller speaks or may be speaking sound is held; where we may speak it is not."""
    turns = TurnTaking(Tuning())
    held = suspended = False
    for event in events:
        for act in turns.feed(event):
            held = (held or act is Act.HOLD) and act is not Act.RELEASE
            suspended = (suspended or act is Act.SUSPEND) and act not in (Act.PROCEED, Act.CLEAR)
            suspended = (
                suspended and event is not Event.STOP
            )  # the line clears before it posts this
        theirs = (State.CALLER, State.PAUSE, State.STIRRING, State.ROUSED)
        assert held == (turns.state in theirs)
        assert suspended == (turns.state is State.SUSPECT)


@given(st.lists(st.sampled_from(list(Event))))
def test_a_voice_that_means_us_always_takes_the_floor(events: list[Event]) -> None:
    turns = TurnTaking(Tuning())
    for event in events:
        turns.feed(event)
    speaking = turns.state in OURS
    acts = turns.feed(Event.MEANT)
    assert turns.state is State.CALLER
    assert (Act.CLEAR in acts) == speaking
    if speaking:
        assert acts[0] is Act.CLEAR


@given(st.lists(st.sampled_from(list(Event))))
def test_nobody_is_told_of_a_suspicion(events: list[Event]) -> None:
    """Until a sound is judged the control plane hears nothing: no turn, no barge-in."""
    turns = TurnTaking(Tuning())
    for event in events:
        turns.feed(event)
    told = {Act.BEGIN, Act.BARGED, Act.CLEAR}
    if turns.state in (*OURS, State.LISTENING, State.THINKING):
        assert not told & set(turns.feed(Event.VOICE))
        assert turns.state in (State.SUSPECT, State.ROUSED, State.STIRRING, State.OVERLAP)


@given(st.lists(st.sampled_from(list(Event))), st.sampled_from([Event.NOISE, Event.SILENCE]))
def test_a_suspicion_always_ends_and_our_sound_goes_on(events: list[Event], end: Event) -> None:
    turns = TurnTaking(Tuning())
    for event in events:
        turns.feed(event)
    if turns.state is State.SUSPECT:
        assert Act.PROCEED in turns.feed(end)
        assert turns.state in (State.SPEAKING, State.NOTED)


@given(st.lists(st.sampled_from(list(Event))))
def test_a_short_answer_just_before_we_finish_is_a_turn(events: list[Event]) -> None:
    turns = TurnTaking(Tuning())
    for event in events:
        turns.feed(event)
    if turns.state is State.NOTED:
        assert Act.BEGIN in turns.feed(Event.HEARD)


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
    assert Act.FINISH in turns.feed(Event.DUE)


@pytest.mark.parametrize("expecting", list(Expecting))
def test_patience_grows_with_what_is_missing(expecting: Expecting) -> None:
    row = PATIENCE[expecting]
    assert row.complete <= row.sounds_done <= row.no_verdict <= row.sounds_open <= row.incomplete
    assert row.complete <= row.enough <= row.sounds_open


def pausing(
    expecting: Expecting,
    hint: Completeness = Completeness.UNKNOWN,
    done: bool | None = None,
) -> TurnTaking:
    turns = TurnTaking(Tuning())
    turns.expect(expecting)
    turns.feed(Event.MEANT)
    turns.feed(Event.SILENCE)
    turns.hint(hint)
    if done is not None:
        turns.verdict(done=done)
    return turns


def test_somebody_dictating_is_not_cut_off_and_ten_digits_end_it_at_once() -> None:
    assert pausing(Expecting.PHONE, done=True).due(1500) is None
    assert pausing(Expecting.PHONE).due(1800) is TurnDecider.PATIENCE
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
    assert pausing(Expecting.ANYTHING, done=False).due(900) is TurnDecider.PATIENCE
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
    assert turns.foresees_end() is foreseen


def test_an_end_is_foreseen_once_a_pause() -> None:
    turns = pausing(Expecting.ANYTHING, Completeness.COMPLETE)
    assert turns.foresees_end()
    assert not turns.foresees_end()
    turns.feed(Event.VOICE)
    turns.hint(Completeness.COMPLETE)
    assert not turns.foresees_end(), "the caller speaks"
    turns.feed(Event.SILENCE)
    assert turns.foresees_end()


def test_going_on_makes_the_hint_void() -> None:
    turns = pausing(Expecting.PHONE, Completeness.COMPLETE)
    turns.feed(Event.VOICE)
    turns.feed(Event.SILENCE)
    assert turns.due(1000) is None


def test_the_turn_model_is_asked_early_and_only_when_it_matters() -> None:
    turns = pausing(Expecting.ANYTHING)
    assert not turns.asks(100)
    assert turns.asks(112)
    assert not turns.asks(200)
    turns.verdict(done=False)
    assert turns.asks(400)
    assert not turns.asks(900)
    assert not pausing(Expecting.PHONE).asks(500)
    assert not pausing(Expecting.ANYTHING, Completeness.COMPLETE).asks(500)
