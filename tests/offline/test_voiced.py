"""Where in a sound there is a voice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.offline.voiced import AROUND_S, Voiced, VoiceFinder, VoiceTracks, voiced
from training.noises import made_noises
from training.recordings import FIXTURES, recordings
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.audio.voice_gate import WINDOW_SAMPLES

AROUND = int(AROUND_S * RATE_8K)
LONG = 60 * WINDOW_SAMPLES


@pytest.mark.parametrize(
    ("likely", "found"),
    [
        ((), Voiced(0.0, 0, 0)),
        ([0.1] * 60, Voiced(0.0, 0, 0)),
        ([0.9] * 60, Voiced(60 * WINDOW_SAMPLES / RATE_8K, 0, LONG)),
        (
            [0.1] * 30 + [0.9] + [0.1] * 29,
            Voiced(
                WINDOW_SAMPLES / RATE_8K,
                30 * WINDOW_SAMPLES - AROUND,
                31 * WINDOW_SAMPLES + AROUND,
            ),
        ),
    ],
)
def test_a_voice_is_heard_with_what_is_around_it(likely: Sequence[float], found: Voiced) -> None:
    assert voiced(likely, LONG) == found


def test_there_is_a_voice_where_somebody_speaks_and_none_in_what_a_line_makes() -> None:
    finder = VoiceFinder()
    spoken = np.frombuffer(recordings(FIXTURES, ["human"])[0].sound(), np.int16)
    quiet = np.zeros(2 * RATE_8K, np.int16)
    found = finder.of(np.concatenate([quiet, spoken, quiet]))
    assert found.seconds > 1.0
    assert RATE_8K < found.start < found.end < 3 * RATE_8K + len(spoken)
    assert finder.of(quiet).seconds == 0.0
    heard = [name for name, sound in made_noises(15) if finder.of(sound).seconds > 0.0]
    assert not heard


@given(st.lists(st.integers(0, 3000), max_size=12), st.integers(0, 10_000))
@settings(max_examples=5, deadline=None)
def test_a_turn_that_is_followed_has_its_voice_where_the_whole_has_it(
    pieces: list[int], start: int
) -> None:
    spoken = np.frombuffer(recordings(FIXTURES, ["human"])[0].sound(), np.int16)[
        start : start + 12_000
    ]
    tracks = VoiceTracks(2)
    busy, track = tracks.begin(), tracks.begin()
    assert busy is not None
    assert track is not None
    assert tracks.begin() is None
    at = 0
    for length in pieces:
        track.feed(spoken[at : at + length])
        busy.feed(spoken[:length])
        at = min(at + length, len(spoken))
    assert track.so_far() == VoiceFinder().of(spoken[:at])
    tracks.end(track)
    again = tracks.begin()
    assert again is not None
    again.feed(spoken[:at])
    assert again.so_far() == track.so_far()
