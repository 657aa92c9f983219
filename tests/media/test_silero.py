"""The batch must equal one session per call: pipecat's own analyser is the yardstick."""

from __future__ import annotations

import numpy as np
import pytest
from pipecat.audio.vad.silero import SileroVADAnalyzer

from tests.media.rig import load, silence
from voiceagent.core.audio.samples import Pcm, pcm_to_bytes
from voiceagent.core.audio.voice_gate import WINDOW_SAMPLES
from voiceagent.media.silero import RESET_AFTER, BatchedVad

TOLERANCE = 1e-4


def windows(sound: Pcm) -> np.ndarray:
    whole = sound.size // WINDOW_SAMPLES * WINDOW_SAMPLES
    return sound[:whole].reshape(-1, WINDOW_SAMPLES)


def scaled(window: Pcm) -> np.ndarray:
    return (window.astype(np.float32) / 32768.0)[np.newaxis]


def alone(sound: Pcm) -> list[float]:
    """Probabilities of pipecat's analyser; its own state stays quiet, so resets do happen."""
    analyser = SileroVADAnalyzer(sample_rate=8000)
    analyser.set_sample_rate(8000)
    return [
        float(np.squeeze(analyser.voice_confidence(pcm_to_bytes(window))))
        for window in windows(sound)
    ]


@pytest.fixture(scope="module")
def streams() -> list[Pcm]:
    rng = np.random.default_rng(7)
    return [
        np.concatenate((silence(3.0), load("reference/slt/01.wav"), silence(3.0))),
        np.concatenate((load("noise/dog_bark.wav"), load("reference_hard/rms/03.wav"))),
        (rng.standard_normal(8000 * 8) * 900).astype(np.int16),
        np.concatenate((load("reference/awb/05.wav"), silence(2.5), load("speech/yes.wav"))),
    ]


def test_lines_in_a_batch_hear_what_they_would_alone(streams: list[Pcm]) -> None:
    """Lines join and leave the batch at their own times, in any order of rows."""
    vad = BatchedVad(len(streams))
    cut = [windows(stream) for stream in streams]
    got: list[list[float]] = [[] for _ in streams]
    rng = np.random.default_rng(1)
    while any(len(done) < len(parts) for done, parts in zip(got, cut, strict=True)):
        ready = [slot for slot in range(len(streams)) if len(got[slot]) < len(cut[slot])]
        slots = [slot for slot in rng.permutation(ready).tolist() if rng.random() < 0.7]
        if not slots:
            continue
        batch = np.concatenate([scaled(cut[slot][len(got[slot])]) for slot in slots])
        answers = vad.probabilities(slots, batch, [True] * len(slots))
        for slot, answer in zip(slots, answers.tolist(), strict=True):
            got[slot].append(answer)
    for stream, probabilities in zip(streams, got, strict=True):
        assert np.allclose(probabilities, alone(stream), atol=TOLERANCE)


def test_a_reset_is_due_only_in_clear_quiet(streams: list[Pcm]) -> None:
    sound = windows(streams[0])
    free, kept = BatchedVad(1), BatchedVad(1)
    differ = [
        abs(
            float(free.probabilities([0], scaled(w), [True])[0])
            - float(kept.probabilities([0], scaled(w), [False])[0])
        )
        for w in sound
    ]
    assert max(differ[:RESET_AFTER]) == 0.0
    assert max(differ[RESET_AFTER:]) > 0.0


def test_a_new_line_in_a_used_slot_starts_afresh(streams: list[Pcm]) -> None:
    used = BatchedVad(2)
    for window in windows(streams[1]):
        used.probabilities([1], scaled(window), [False])
    used.reset(1)
    again = [float(used.probabilities([1], scaled(w), [True])[0]) for w in windows(streams[3])]
    assert np.allclose(again, alone(streams[3]), atol=TOLERANCE)


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="windows must be"):
        BatchedVad(1).probabilities([0], np.zeros((1, 160), dtype=np.float32), [True])
