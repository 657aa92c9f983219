from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.turns.endpointing import ENDPOINTING_DELAYS, Tuning
from voiceagent.core.turns.table import (
    CALLERS_TURN,
    GOODBYE_SAID,
    NOBODY_SPEAKS,
    OUR_SOUND,
    SUSPENDED,
    TABLE,
    TurnAct,
    TurnEvent,
    TurnState,
    TurnTaking,
    describe,
)
from voiceagent.core.wire import TurnDecider, TurnEnding
from voiceagent.domain.expecting import Completeness, Expecting

EVENTS = st.lists(st.sampled_from(list(TurnEvent)))

PENDING = {TurnState.VOICE_PENDING_IDLE, TurnState.VOICE_PENDING_THINKING}


def state_of(turns: TurnTaking) -> TurnState:
    return turns.state


def after(events: list[TurnEvent]) -> TurnTaking:
    turns = TurnTaking(Tuning())
    for event in events:
        turns.feed(event)
    return turns


def test_every_pair_is_defined() -> None:
    assert set(TABLE) == {(state, event) for state in TurnState for event in TurnEvent}


def test_every_state_is_of_one_kind() -> None:
    """What code beside the table asks of a state are these sets; none is forgotten in them."""
    kinds = [OUR_SOUND, CALLERS_TURN, NOBODY_SPEAKS, PENDING, {TurnState.LEAVING, TurnState.ENDED}]
    for state in TurnState:
        assert sum(state in kind for kind in kinds) == 1, state
    assert SUSPENDED < OUR_SOUND
    assert GOODBYE_SAID - {TurnState.LEAVING} < CALLERS_TURN


def test_the_table_can_be_read() -> None:
    text = describe()
    assert (
        "tentative_barge_in      speech                caller                  clear, hold," in text
    )
    assert "tentative_barge_in      backchannel           backchannel_overlap     resume" in text
    assert len(text.splitlines()) > 30


def test_the_printed_page_shows_this_table_and_no_other() -> None:
    page = (Path(__file__).parents[3] / "docs" / "turn-taking.md").read_text("utf-8")
    printed = page.split("```")[1]
    assert [line.rstrip() for line in printed.strip().splitlines()] == describe().splitlines()


@given(EVENTS)
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
        if turns.state is not TurnState.ENDED:  # the end of the line tells the end of a turn
            assert in_turn == (turns.state in CALLERS_TURN)


@given(EVENTS)
def test_our_sound_never_starts_over_the_caller(events: list[TurnEvent]) -> None:
    """Where the caller speaks or may be speaking sound is held; where we may speak it is not."""
    turns = TurnTaking(Tuning())
    held = suspended = False
    for event in events:
        stopped = event is TurnEvent.STOP and turns.state not in GOODBYE_SAID
        for act in turns.feed(event):
            held = (held or act is TurnAct.HOLD) and act is not TurnAct.RELEASE
            suspended = (suspended or act is TurnAct.SUSPEND) and act not in (
                TurnAct.RESUME,
                TurnAct.CLEAR,
            )
        suspended = suspended and not stopped  # the line clears before it posts this
        if turns.state is not TurnState.ENDED:
            assert held == (turns.state in CALLERS_TURN | PENDING)
            assert suspended == (turns.state in SUSPENDED)


@given(EVENTS)
def test_a_voice_that_means_us_always_takes_the_floor(events: list[TurnEvent]) -> None:
    """Unless we have said goodbye: then it may go on with its turn, and begins none."""
    turns = after(events)
    if turns.state in {TurnState.LEAVING, TurnState.ENDED}:
        assert turns.feed(TurnEvent.SPEECH) == ()
        return
    speaking, leaving = turns.state in OUR_SOUND, turns.state in GOODBYE_SAID
    acts = turns.feed(TurnEvent.SPEECH)
    assert turns.state is (TurnState.LEAVING_CALLER if leaving else TurnState.CALLER)
    assert (TurnAct.CLEAR in acts) == speaking
    if speaking:
        assert acts[0] is TurnAct.CLEAR


@given(EVENTS)
def test_nobody_is_told_of_a_suspicion(events: list[TurnEvent]) -> None:
    """Until a sound is judged the control plane hears nothing: no turn, no barge-in."""
    turns = after(events)
    told = {TurnAct.BEGIN_TURN, TurnAct.REPORT_BARGE_IN, TurnAct.CLEAR}
    if turns.state in OUR_SOUND | NOBODY_SPEAKS:
        assert not told & set(turns.feed(TurnEvent.VOICE))
        assert turns.state in (
            TurnState.TENTATIVE_BARGE_IN,
            TurnState.VOICE_PENDING_IDLE,
            TurnState.VOICE_PENDING_THINKING,
            TurnState.BACKCHANNEL_OVERLAP,
        )


@given(
    EVENTS,
    st.sampled_from(
        [
            (TurnEvent.NOISE,),
            (TurnEvent.BACKCHANNEL,),
            (TurnEvent.SILENCE, TurnEvent.SILENCE_LASTED),
            (TurnEvent.SILENCE, TurnEvent.VOICE, TurnEvent.NOISE),
        ]
    ),
)
def test_a_suspicion_always_ends_and_our_sound_goes_on(
    events: list[TurnEvent], end: tuple[TurnEvent, ...]
) -> None:
    turns = after(events)
    if turns.state is TurnState.TENTATIVE_BARGE_IN:
        acts = [act for event in end for act in turns.feed(event)]
        assert acts == [TurnAct.RESUME]
        assert turns.state in OUR_SOUND - SUSPENDED


def test_a_short_sound_over_ours_is_given_a_moment_to_come_back() -> None:
    turns = after([TurnEvent.AGENT_AUDIO, TurnEvent.VOICE])
    assert not turns.silence_lasted(1000), "it still sounds"
    turns.feed(TurnEvent.SILENCE)
    assert not turns.silence_lasted(Tuning().resume_ms - 1)
    assert turns.silence_lasted(Tuning().resume_ms)
    turns.feed(TurnEvent.SILENCE_LASTED)
    assert not turns.silence_lasted(1000), "told once"
    assert not turns.early_answer_expired(Tuning().early_answer_ms)
    assert turns.early_answer_expired(Tuning().early_answer_ms + 1)


GOODBYE_ENDS = {TurnEvent.GOODBYE_HEARD, TurnEvent.GOODBYE_EXPIRED, TurnEvent.CLOSED}


@given(EVENTS, EVENTS)
def test_a_goodbye_ends_by_being_heard_by_time_or_by_somebody_closing_the_line(
    before: list[TurnEvent], then: list[TurnEvent]
) -> None:
    """Nothing else ends or changes it: no voice, no key, no order; its sound is not touched."""
    turns = after(before)
    turns.feed(TurnEvent.GOODBYE)
    for event in then:
        was = turns.state
        acts = turns.feed(event)
        if was is TurnState.ENDED:
            assert acts == ()
        if turns.state is TurnState.ENDED is not was:
            assert event in GOODBYE_ENDS
            assert (TurnAct.CLOSE in acts) == (event is not TurnEvent.CLOSED)
        elif was in GOODBYE_SAID:
            assert turns.state in GOODBYE_SAID
        assert not {TurnAct.SUSPEND, TurnAct.CLEAR, TurnAct.HOLD, TurnAct.REPORT_BARGE_IN} & {*acts}


@given(EVENTS)
def test_a_goodbye_is_always_timed_and_two_time_outs_end_the_call(events: list[TurnEvent]) -> None:
    """The first may have to end a turn of the caller's; the goodbye is timed anew then."""
    turns = after(events)
    if state_of(turns) is not TurnState.ENDED:
        assert TurnAct.TIME_GOODBYE in turns.feed(TurnEvent.GOODBYE)
        acts = turns.feed(TurnEvent.GOODBYE_EXPIRED)
        if state_of(turns) is TurnState.LEAVING:
            assert acts == (TurnAct.END_TURN, TurnAct.RELEASE, TurnAct.TIME_GOODBYE)
            acts = turns.feed(TurnEvent.GOODBYE_EXPIRED)
        assert acts == (TurnAct.CLOSE,)
        assert state_of(turns) is TurnState.ENDED


@given(EVENTS)
def test_the_goodbye_is_not_said_over_the_caller(events: list[TurnEvent]) -> None:
    """A turn that is open when it is asked for ends first, and is heard to its end."""
    turns = after(events)
    in_turn = turns.state in CALLERS_TURN
    acts = turns.feed(TurnEvent.GOODBYE)
    assert TurnAct.END_TURN not in acts
    if turns.state is not TurnState.ENDED:
        assert (turns.state is TurnState.LEAVING) == (not in_turn)
    if state_of(turns) is TurnState.LEAVING_PAUSE:
        assert turns.due(2400) is not None
        assert TurnAct.END_TURN in turns.feed(TurnEvent.END_OF_TURN)
        assert state_of(turns) is TurnState.LEAVING


@given(EVENTS)
def test_a_short_answer_just_before_we_finish_is_a_turn(events: list[TurnEvent]) -> None:
    turns = after(events)
    if turns.state in {TurnState.EARLY_ANSWER, TurnState.TENTATIVE_SILENCE}:
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
    turns.note_completeness(hint)
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


@pytest.mark.parametrize(
    ("expecting", "hint", "ending", "over_ms", "decider", "foreseen"),
    [
        (Expecting.ANYTHING, Completeness.UNKNOWN, TurnEnding.CERTAIN, 280, "recogniser", True),
        (Expecting.ANYTHING, Completeness.UNKNOWN, TurnEnding.PROBABLE, 800, "silence", True),
        (Expecting.ANYTHING, Completeness.UNKNOWN, TurnEnding.VOID, 800, "silence", False),
        (Expecting.ANYTHING, Completeness.COMPLETE, TurnEnding.CERTAIN, 200, "transcript", True),
        (Expecting.ANYTHING, Completeness.INCOMPLETE, TurnEnding.CERTAIN, 1800, "silence", False),
        (Expecting.ANYTHING, Completeness.INCOMPLETE, TurnEnding.PROBABLE, 1800, "silence", False),
        (Expecting.NOTES, Completeness.ENOUGH, TurnEnding.CERTAIN, 500, "recogniser", True),
        (Expecting.PHONE, Completeness.UNKNOWN, TurnEnding.CERTAIN, 1800, "silence", False),
        (Expecting.PHONE, Completeness.UNKNOWN, TurnEnding.PROBABLE, 1800, "silence", False),
        (Expecting.PHONE, Completeness.COMPLETE, TurnEnding.VOID, 160, "field", True),
    ],
)
def test_what_a_recogniser_says_of_the_end_is_weighed_as_the_voice_is(
    expecting: Expecting,
    hint: Completeness,
    ending: TurnEnding,
    over_ms: int,
    decider: str,
    *,
    foreseen: bool,
) -> None:
    turns = pausing(expecting, hint)
    turns.note_ending(ending)
    assert turns.announce_end() is foreseen
    assert turns.due(over_ms - 1) is None
    assert turns.due(over_ms) == decider


def test_a_recognisers_end_is_void_once_the_caller_goes_on_or_it_takes_it_back() -> None:
    turns = pausing(Expecting.ANYTHING)
    turns.note_ending(TurnEnding.CERTAIN)
    assert not turns.take_question(112), "it has been said"
    turns.note_ending(TurnEnding.VOID)
    assert turns.due(700) is None
    turns.note_ending(TurnEnding.CERTAIN)
    turns.feed(TurnEvent.VOICE)
    turns.feed(TurnEvent.SILENCE)
    assert turns.due(700) is None


def test_nobodys_turn_is_not_ended_by_a_recogniser() -> None:
    turns = TurnTaking(Tuning())
    turns.note_ending(TurnEnding.CERTAIN)
    turns.feed(TurnEvent.SPEECH)
    turns.feed(TurnEvent.SILENCE)
    assert turns.due(700) is None


def test_an_end_is_foreseen_once_a_pause() -> None:
    turns = pausing(Expecting.ANYTHING, Completeness.COMPLETE)
    assert turns.announce_end()
    assert not turns.announce_end()
    turns.feed(TurnEvent.VOICE)
    turns.note_completeness(Completeness.COMPLETE)
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


def test_the_turn_model_is_asked_again_when_a_short_silence_was_none() -> None:
    """Sound came back before the gate called it a pause; the next silence is another one."""
    turns = pausing(Expecting.ANYTHING)
    assert turns.take_question(112)
    turns.verdict(done=True)
    turns.voice_went_on()
    assert turns.due(700) is None, "what was heard in that silence is void"
    assert turns.take_question(112)
