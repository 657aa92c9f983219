"""What the sound classifier learns from: sounds, and pictures of them from where voice begins."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.sound_classifier.noises import hum, noises
from training.sound_classifier.voices import (
    SyntheticVoice,
    lines,
    other_speaker,
    over_telephone,
    say,
    voices,
)
from voiceagent.core.audio.samples import RATE_8K, SAMPLES_PER_MS, Pcm
from voiceagent.core.audio.voice_gate import WINDOW_SAMPLES, VoiceTuning
from voiceagent.media.inbound_audio import BEFORE_RUN_MS
from voiceagent.media.silero import BatchedVad
from voiceagent.media.sound_classifier import Floats, picture

HELD_OUT: Final = ("awb", "kal16", "m6", "m7", "f5", "linda", "david", "en-gb-scotland")

SAMPLE_MS: Final = (128, 192, 192, 224, 256, 256, 320, 384, 448, 480)
SAMPLES: Final = 3
"""Pictures of one sound, after so much of it."""

NODS_HUMMED: Final = 400
HUMS: Final = 300
NOISES: Final = 4000

TOGETHER: Final = 64
"""Sounds heard by the voice model at one time."""


def spoken(seed: int) -> list[tuple[int, int, Floats]]:
    """Every voice says every nod, filler and command, and a share of the words.

    Returns:
        Kind, lessons and sound of each.
    """

    def work(job: tuple[int, SyntheticVoice]) -> list[tuple[int, int, Floats]]:
        number, voice = job
        rng = np.random.default_rng([seed, number])
        with tempfile.TemporaryDirectory() as folder:
            return [
                (kind, voice.lessons, say(voice, text, rng, Path(folder)).astype(np.float32))
                for kind, text in lines(rng)
            ]

    with ThreadPoolExecutor(2) as pool:
        return [item for part in pool.map(work, enumerate(voices())) for item in part]


def made(seed: int) -> list[tuple[int, int, Floats]]:
    """What is made from numbers; likewise."""
    rng = np.random.default_rng(seed)
    stream = noises(rng)
    sounds = [(1, 2, hum(rng, twice=True)) for _ in range(NODS_HUMMED)]
    sounds += [(2, 2, hum(rng, twice=False)) for _ in range(HUMS)]
    sounds += [(3, 2, next(stream)[: 6 * RATE_8K // 5]) for _ in range(NOISES)]
    return [(kind, lessons, sound.astype(np.float32)) for kind, lessons, sound in sounds]


def onsets(vad: BatchedVad, sounds: Sequence[Pcm]) -> list[int | None]:
    """Where an eager gate hears the first voice in each sound; ``None`` where it hears none."""
    rows = range(len(sounds))
    for row in rows:
        vad.reset(row)
    longest = max(sound.size for sound in sounds)
    grid = np.zeros((len(sounds), longest), dtype=np.float32)
    for row, sound in enumerate(sounds):
        grid[row, : sound.size] = sound / np.float32(32768.0)
    steps = range(0, longest - WINDOW_SAMPLES, WINDOW_SAMPLES)
    quiet = [False] * len(sounds)
    heard = np.array(
        [vad.probabilities(rows, grid[:, at : at + WINDOW_SAMPLES], quiet) for at in steps]
    )
    voiced = heard >= VoiceTuning().eager_on
    begins = voiced & (np.roll(voiced, -1, axis=0) | (heard >= VoiceTuning().eager_sure))
    return [
        int(np.argmax(begins[:, row])) * WINDOW_SAMPLES if begins[:, row].any() else None
        for row in rows
    ]


def examples(
    sounds: Sequence[tuple[int, int, Floats]], seed: int
) -> tuple[NDArray[np.float16], NDArray[np.int64]]:
    """Pictures and their kinds."""
    rng = np.random.default_rng(seed)
    kept = [item for item in sounds if item[2].size > RATE_8K // 20 and np.abs(item[2]).max() > 0]
    kept = [item for item in kept for _ in range(item[1])]
    kept = [kept[int(at)] for at in rng.permutation(len(kept))]
    vad = BatchedVad(TOGETHER)
    inputs, kinds = [], []
    for first in range(0, len(kept), TOGETHER):
        batch = kept[first : first + TOGETHER]
        calls = [
            over_telephone(other_speaker(sound.astype(float), rng), rng) for *_, sound in batch
        ]
        for (kind, _, _), call, heard in zip(batch, calls, onsets(vad, calls), strict=True):
            if heard is None:
                continue
            for run_ms in rng.choice(SAMPLE_MS, SAMPLES):
                begin = heard + int(rng.choice((0, 0, 0, 1))) * WINDOW_SAMPLES
                start = max(0, begin - BEFORE_RUN_MS * SAMPLES_PER_MS)
                image = picture(call[start : begin + int(run_ms) * SAMPLES_PER_MS])
                inputs.append(image.astype(np.float16))
                kinds.append(kind)
    return np.array(inputs), np.array(kinds)
