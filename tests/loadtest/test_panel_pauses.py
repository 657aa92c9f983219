"""Pauses inside a turn: where they are, and which of them ended it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loadtest.panel.pauses import RecordedTurn, TurnOutcome, outcome, pauses_in, read_turns, table
from loadtest.panel.sounds import SoundFolderError
from loadtest.simulator import wav
from loadtest.simulator.g711 import Samples
from loadtest.simulator.recording import SampleSpan
from voiceagent.domain.expecting import Expecting

VOICE = SampleSpan(800, 24000)
PAUSE = SampleSpan(8000, 12000)


def spoken(*pieces: tuple[int, bool]) -> Samples:
    """Milliseconds of voice or of the line's silence, one after the other."""
    rng = np.random.default_rng(3)
    parts = [
        rng.normal(0, 20, 8 * ms) + (3000 * np.sin(np.arange(8 * ms) * 0.5) if voice else 0)
        for ms, voice in pieces
    ]
    return np.concatenate(parts).astype(np.int16)


@pytest.mark.parametrize(("pause_ms", "found"), [(200, 0), (280, 0), (320, 1), (900, 1)])
def test_silence_of_a_third_of_a_second_inside_a_turn_is_a_pause(pause_ms: int, found: int) -> None:
    sound = spoken((600, True), (pause_ms, False), (600, True))
    pauses = pauses_in(sound, SampleSpan(0, len(sound)))
    assert len(pauses) == found
    for pause in pauses:
        assert abs(pause.start_8k - 4800) <= 64
        assert abs(pause.end_8k - 4800 - 8 * pause_ms) <= 64


@pytest.mark.parametrize(
    ("ends_8k", "cut", "after_ms"),
    [
        ([], 0, None),
        ([10000], 1, None),
        ([10000, 26400], 1, 300.0),
        ([13000, 26400], 1, 300.0),  # decided before the voice after it was known
        ([7000, 26400], 0, 300.0),
        ([26400], 0, 300.0),
    ],
)
def test_a_pause_is_cut_where_the_turn_ended_in_it(
    ends_8k: list[int], cut: int, after_ms: float | None
) -> None:
    turn = RecordedTurn("a.wav", "s", Expecting.ANYTHING, spoken((10, True)), VOICE, (PAUSE,))
    assert outcome(turn, ends_8k) == TurnOutcome(turn, cut, after_ms)


def test_the_table_counts_by_what_was_asked_and_knows_no_share_of_nothing() -> None:
    calm = RecordedTurn("a.wav", "s", Expecting.YES_NO, spoken((10, True)), VOICE, ())
    cut = RecordedTurn("b.wav", "s", Expecting.PHONE, spoken((10, True)), VOICE, (PAUSE, PAUSE))
    rows = table([TurnOutcome(calm, 0, 300.0), TurnOutcome(cut, 1, None)]).splitlines()
    assert [row.split() for row in rows[1:]] == [
        ["phone", "1", "2", "1", "0.500", "-", "-"],
        ["yes_no", "1", "0", "0", "-", "300", "300"],
        ["all", "2", "2", "1", "0.500", "300", "300"],
    ]


def test_turns_are_the_recordings_that_answer_something(tmp_path: Path) -> None:
    wav.write_mono(tmp_path / "a.wav", spoken((500, True), (400, False), (500, True)))
    rows = ["path\tspeaker\tasked", "a.wav\tone\tyes_no", "gone.wav\ttwo\t"]
    (tmp_path / "manifest.tsv").write_text("\n".join(rows))
    (turn,) = read_turns(tmp_path)
    assert (turn.asked, turn.speaker, len(turn.pauses)) == (Expecting.YES_NO, "one", 1)
    (tmp_path / "manifest.tsv").write_text("path\tspeaker\tasked\ngone.wav\ttwo\tyes_no")
    with pytest.raises(SoundFolderError):
        read_turns(tmp_path)
