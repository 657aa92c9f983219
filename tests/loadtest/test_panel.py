"""The panel's figures from logs whose answer is known."""

from __future__ import annotations

import pytest

from loadtest.panel.report import panel
from loadtest.panel.run import calls
from loadtest.panel.scoring import (
    CallLog,
    PlayedStep,
    StepOutcome,
    figures,
    score,
    silent_tick,
    starts,
)
from loadtest.panel.script import During, Kind
from loadtest.simulator.recording import SampleSpan


def span(start_ms: float, end_ms: float) -> SampleSpan:
    return SampleSpan(int(start_ms * 8), int(end_ms * 8))


def one(
    kind: Kind,
    during: During,
    sound: tuple[float, float],
    agent: list[tuple[float, float]],
    clears_ms: tuple[float, ...] = (),
    replies_ms: tuple[float, ...] = (),
) -> StepOutcome:
    event = PlayedStep("it", kind, during, span(*sound))
    spans = tuple(span(*times) for times in agent)
    clears, replies = (tuple(int(at * 8) for at in times) for times in (clears_ms, replies_ms))
    (outcome,) = score(CallLog("call", (event,), spans, clears, replies))
    return outcome


def test_a_tick_with_any_sound_is_not_silent() -> None:
    agent = [span(0, 1050), span(1350, 3000)]
    assert silent_tick(agent, 8000, 8000) is None
    assert silent_tick([span(0, 990), span(1210, 3000)], 8000, 8000) == 0
    assert silent_tick([span(0, 1150), span(1401, 3000)], 8000, 8000) == 1


def test_speech_begins_anew_only_after_a_silence() -> None:
    assert starts([span(0, 500), span(600, 900), span(1200, 1500)]) == [0, 9600]


@pytest.mark.parametrize(
    ("agent", "right"),
    [
        ([(0, 5000)], True),
        ([(0, 1100), (1290, 5000)], True),
        ([(0, 1100), (1700, 5000)], False),
        ([(0, 1100)], False),
        ([(0, 2050)], True),
    ],
)
def test_a_backchannel_is_talked_through(agent: list[tuple[float, float]], right: bool) -> None:
    outcome = one(Kind.BACKCHANNEL, During.SPEECH, (1000, 1400), agent)
    assert outcome.right is right


def test_the_pause_and_the_going_on_are_measured() -> None:
    outcome = one(Kind.VOCAL_TIC, During.SPEECH, (1000, 1300), [(0, 1100), (1550, 5000)])
    assert outcome.pause_ms == 450
    assert outcome.resumed_ms == 250


@pytest.mark.parametrize(
    ("agent", "note"),
    [
        ([(0, 1120), (3000, 6000)], ""),
        ([(0, 1120), (1300, 1700), (3000, 6000)], ""),
        ([(0, 6000)], "kept talking"),
        ([(0, 1120), (2300, 6000)], "went on with its sentence"),
        ([(0, 1120), (1300, 6000)], "went on with its sentence"),
    ],
)
def test_an_interruption_is_yielded_to(agent: list[tuple[float, float]], note: str) -> None:
    outcome = one(Kind.INTERRUPTION, During.SPEECH, (1000, 2000), agent, (1110,))
    assert outcome.note == note
    assert outcome.right is not bool(note)
    assert outcome.clear_ms == 110


@pytest.mark.parametrize(
    ("begins_ms", "note"),
    [
        (2100, ""),
        (1850, ""),
        (1500, "went on with its sentence"),
        (2800, "went on with its sentence"),
    ],
)
def test_a_prompt_reply_is_told_from_the_old_sentence(begins_ms: float, note: str) -> None:
    """By its first sound: 2800 is another sound that comes before the reply does."""
    agent: list[tuple[float, float]] = [(0, 1120), (begins_ms - 9, 6000)]
    replies = (0.0, 3500.0) if begins_ms == 2800 else (0.0, begins_ms)
    outcome = one(Kind.INTERRUPTION, During.SPEECH, (1000, 2000), agent, (), replies)
    assert outcome.note == note


def test_the_latency_of_a_yield_runs_to_the_last_sound_over_the_caller() -> None:
    outcome = one(Kind.INTERRUPTION, During.SPEECH, (1000, 2000), [(0, 1120), (1300, 1700)])
    assert outcome.latency_ms == 700


def test_a_yield_that_comes_after_two_seconds_is_none() -> None:
    outcome = one(Kind.INTERRUPTION, During.SPEECH, (1000, 4000), [(0, 3300)])
    assert outcome.note == "stopped too late"


@pytest.mark.parametrize(("reply_ms", "right"), [(3900, False), (4100, True), (1200, False)])
def test_nothing_is_answered_that_was_not_said_to_us(reply_ms: float, right: bool) -> None:
    agent = [(reply_ms, reply_ms + 500)]
    outcome = one(Kind.NON_DIRECTED, During.QUIET, (1000, 2000), agent)
    assert outcome.right is right


def test_turns_are_answered_and_not_cut_into() -> None:
    answered = one(Kind.TURN, During.QUIET, (1000, 2000), [(2600, 3000)])
    assert (answered.right, answered.latency_ms, answered.interrupted) == (True, 600, 0)
    cut = one(Kind.TURN, During.QUIET, (1000, 2000), [(1500, 1700), (2600, 3000)])
    assert cut.interrupted == 1
    assert not one(Kind.TURN, During.QUIET, (1000, 2000), []).right


def test_figures_and_misses_by_name() -> None:
    outcomes = [
        one(Kind.TURN, During.QUIET, (1000, 2000), [(2600, 3000)]),
        one(Kind.BACKCHANNEL, During.SPEECH, (1000, 1400), [(0, 5000)]),
        one(Kind.BACKCHANNEL, During.SPEECH, (1000, 1400), [(0, 1100)]),
    ]
    found = {figure.name: figure for figure in figures(outcomes)}
    assert found["L_R"].value == 0.6
    assert (found["S_BC"].value, found["S_BC"].count) == (0.5, 2)
    assert found["R_Y"].value is None
    text = panel(outcomes, ["that one"])
    assert "miss: it: silent for" in text
    assert "that one" in text


def test_the_script_has_enough_of_every_kind_and_all_its_sounds() -> None:
    steps = [step for call in calls() for step in call.steps]
    assert len(steps) >= 200
    for kind in Kind:
        assert sum(step.kind is kind for step in steps) >= 20
    assert len({step.name for step in steps}) == len(steps)
