"""Leaving the voice model alone in silence: where words begin, with it and without.

Some onsets move, because a line at rest goes on from faint noise instead of from its own silence.
They may move to either side, as between two draws of noise, but not to the caller's disadvantage.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.media.rig import FIXTURES, Carrier, Listener, load, silence
from voiceagent.core.audio.g711 import mulaw_encode
from voiceagent.core.audio.samples import FRAME_SAMPLES, Pcm
from voiceagent.core.audio.voice_gate import WINDOW_SAMPLES
from voiceagent.core.clock import ManualClock
from voiceagent.media.inbound_audio import InboundAudio
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.silero import BatchedVad

BEFORE_S = 1.0
"""Silence before each recording: long enough to rest in."""

LONGEST_S = 3.0

FOLDERS = ("golden", "reference", "held_out", "human_digits", "panel")

RECORDINGS = [
    path.relative_to(FIXTURES)
    for folder in FOLDERS
    for path in sorted((FIXTURES / folder).rglob("*.wav"))[::2]
]

MAY_MOVE = 0.15
MAY_BE_LATE = 0.01
"""Shares of the recordings: whose first onset moves at all, and by more than a window later."""


def onsets(sounds: list[Pcm]) -> list[int | None]:
    """Where the first run of voice of each sound begins, samples; one line each, all at once."""
    clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
    scheduler = FrameScheduler(clock, BatchedVad(len(sounds)))
    lines = [scheduler.add(Carrier(clock), Listener(clock)) for _ in sounds]
    found: list[int | None] = [None] * len(sounds)
    for at in range(0, max(sound.size for sound in sounds), FRAME_SAMPLES):
        clock.advance(FRAME_SAMPLES / 8000)
        for line, sound in zip(lines, sounds, strict=True):
            frame = sound[at : at + FRAME_SAMPLES]
            line.on_audio(mulaw_encode(frame), timestamp_ms=None, chunk=None)
        scheduler.tick(clock.monotonic())
        for index, line in enumerate(lines):
            if found[index] is None and line.inbound.gate.active:
                found[index] = line.inbound.gate.onset
    return found


def test_words_are_found_as_soon_as_without_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    longest = int((BEFORE_S + LONGEST_S) * 8000)
    sounds = [
        np.concatenate((silence(BEFORE_S), load(str(name)), silence(LONGEST_S)))[:longest]
        for name in RECORDINGS
    ]
    assert len(sounds) >= 200
    resting = onsets(sounds)
    monkeypatch.setattr(InboundAudio, "count_rest", lambda *_: False)
    asked = onsets(sounds)
    pairs = [(r, a) for r, a in zip(resting, asked, strict=True) if r is not None or a is not None]
    found = [r - a for r, a in pairs if r is not None and a is not None]
    assert len(pairs) - len(found) <= MAY_BE_LATE * len(pairs)
    assert sum(by != 0 for by in found) <= MAY_MOVE * len(found)
    assert sum(by > WINDOW_SAMPLES for by in found) <= MAY_BE_LATE * len(found)
    assert sum(found) <= WINDOW_SAMPLES // 8 * len(found)
