"""Makes ``gist.npz``: teaches the network what words, hums and noises begin like.

    python -m training.sound_classifier say WORK && … hear WORK && … learn WORK

Synthetic voices *say* short things, some of which ask for the floor and some of which do not; hums,
coughs, bells, horns, barks and engines are made from numbers. All of it goes over a telephone line
and is *heard* by the real voice model, because the network will only ever see what that model takes
for voice, aligned where it begins. Then the network *learns*. Each step leaves its result in the
folder WORK and takes two minutes of a core. The same tool versions give the same weights, but for
the last bit of the synthesisers' sound.

`HELD_OUT` voices, all recorded noises and all recordings of people are kept away from it: the
conversation panel (`loadtest/panel`) measures on those.
"""

from __future__ import annotations

import argparse
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
from voiceagent.core.audio import RATE_8K, SAMPLES_PER_MS, Pcm
from voiceagent.core.voice import WINDOW_SAMPLES, VoiceTuning
from voiceagent.media.ear import BEFORE_RUN_MS
from voiceagent.media.gist import BANDS, FRAMES, KINDS, STRIDE, WEIGHTS, Floats, picture, pieces
from voiceagent.media.silero import BatchedVad

HELD_OUT: Final = ("awb", "kal16", "m6", "m7", "f5", "linda", "david", "en-gb-scotland")

SAMPLE_MS: Final = (128, 192, 192, 224, 256, 256, 320, 384, 448, 480)
SAMPLES: Final = 3
"""Pictures of one sound, after so much of it."""

NODS_HUMMED: Final = 400
HUMS: Final = 300
NOISES: Final = 4000

TOGETHER: Final = 64
"""Sounds heard by the voice model at one time."""

REACH: Final = 5
CHANNELS: Final = (48, 64)
HIDDEN: Final = 64
NETS: Final = 2
"""Networks that are trained apart and asked together: what one has by chance, the other has not."""

DROPPED: Final = 0.25
BATCH: Final = 256

Weights = dict[str, Floats]


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


def fresh(rng: np.random.Generator) -> Weights:
    """A network that knows nothing (He et al., 2015)."""
    count, before, weights = FRAMES, BANDS, Weights()
    for name, channels in zip(("first", "second"), CHANNELS, strict=True):
        inputs = REACH * before
        weights[name] = rng.normal(0, (2 / inputs) ** 0.5, (inputs, channels)).astype(np.float32)
        count, before = (count - REACH) // STRIDE + 1, channels
    inputs = count * before + 1
    weights["third"] = rng.normal(0, (2 / inputs) ** 0.5, (inputs, HIDDEN)).astype(np.float32)
    weights["last"] = rng.normal(0, (0.5 / HIDDEN) ** 0.5, (HIDDEN, len(KINDS))).astype(np.float32)
    for name in list(weights):
        weights[f"{name}_bias"] = np.zeros(weights[name].shape[1], np.float32)
    return weights


def disturbed(inputs: Floats, rng: np.random.Generator) -> Floats:
    """Pictures of the same sounds on worse lines: more noise, a band missing, sooner or later."""
    n = len(inputs)
    image = inputs[:, :-1].reshape(n, FRAMES, BANDS).copy()
    floor = rng.uniform(0, 0.25, (n, 1, 1)) * (rng.random((n, 1, 1)) < 0.5)  # noqa: PLR2004
    image = np.maximum((image - floor) / (1 - floor), 0.0).astype(np.float32)
    deaf = np.flatnonzero(rng.random(n) < 0.3)  # noqa: PLR2004
    image[deaf, :, rng.integers(0, BANDS, deaf.size)] = 0.0
    for step in (1, -1):
        moved = np.flatnonzero(rng.random(n) < 0.2)  # noqa: PLR2004
        image[moved] = np.roll(image[moved], step, axis=1)
    return np.concatenate((image.reshape(n, -1), inputs[:, -1:]), axis=1)


def gradients(
    weights: Weights, x: Floats, target: Floats, weigh: Floats, rng: np.random.Generator
) -> Weights:
    """How the loss of a batch (cross entropy, `weigh` by row) depends on each weight.

    Args:
        weights: of the network.
        x: pictures, shape (n, `gist.INPUTS`).
        target: their kinds, shape (n, kinds), one-hot.
        weigh: shape (n, 1).
        rng: for what is dropped.
    """
    n = len(x)

    def kept(shape: tuple[int, ...]) -> Floats:
        drawn = rng.random(shape, dtype=np.float32) > DROPPED
        return drawn.astype(np.float32) / np.float32(1 - DROPPED)

    seen = pieces(np.ascontiguousarray(x[:, :-1].reshape(n, FRAMES, BANDS)), REACH)
    first = np.maximum(0, seen @ weights["first"] + weights["first_bias"])
    joined = pieces(first, REACH)
    second = np.maximum(0, joined @ weights["second"] + weights["second_bias"])
    flat = np.concatenate((second.reshape(n, -1), x[:, -1:]), axis=1)
    flat_kept = kept(flat.shape)
    flat = flat * flat_kept
    raw = flat @ weights["third"] + weights["third_bias"]
    third_kept = kept(raw.shape)
    third = np.maximum(0, raw) * third_kept
    scores = third @ weights["last"] + weights["last_bias"]
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    error = (odds / odds.sum(axis=1, keepdims=True) - target) * weigh / np.float32(n)

    on_third = (error @ weights["last"].T) * third_kept * (raw > 0)
    on_flat = (on_third @ weights["third"].T) * flat_kept
    on_second = on_flat[:, :-1].reshape(second.shape) * (second > 0)
    spread = (on_second @ weights["second"].T).reshape(n, second.shape[1], REACH, -1)
    on_first = np.zeros_like(first)
    for at in range(REACH):
        on_first[:, at : at + STRIDE * second.shape[1] : STRIDE] += spread[:, :, at]
    on_first *= first > 0
    return {
        "first": np.tensordot(seen, on_first, ((0, 1), (0, 1))),
        "first_bias": on_first.sum(axis=(0, 1)),
        "second": np.tensordot(joined, on_second, ((0, 1), (0, 1))),
        "second_bias": on_second.sum(axis=(0, 1)),
        "third": flat.T @ on_third,
        "third_bias": on_third.sum(axis=0),
        "last": third.T @ error,
        "last_bias": error.sum(axis=0),
    }


def train(inputs: NDArray[np.float16], kinds: NDArray[np.int64], epochs: int, seed: int) -> Weights:
    """By Adam; kinds weighed alike."""
    rng = np.random.default_rng(seed)
    weights = fresh(rng)
    mean = {name: np.zeros_like(value) for name, value in weights.items()}
    square = {name: np.zeros_like(value) for name, value in weights.items()}
    share = np.bincount(kinds, minlength=len(KINDS)) / kinds.size
    weigh = (1 / (len(KINDS) * share)).astype(np.float32)[kinds, np.newaxis]
    target = np.eye(len(KINDS), dtype=np.float32)[kinds]
    step = 0
    for epoch in range(epochs):
        rate = 1e-3 * (1 + np.cos(np.pi * epoch / epochs)) + 1e-5
        for rows in np.array_split(rng.permutation(kinds.size), max(1, kinds.size // BATCH)):
            step += 1
            x = disturbed(inputs[rows].astype(np.float32), rng)
            slopes = gradients(weights, x, target[rows], weigh[rows], rng)
            for name, slope in slopes.items():
                decay = 3e-5 * weights[name] if weights[name].ndim > 1 else 0.0
                mean[name] += 0.1 * (slope + decay - mean[name])
                square[name] += 0.001 * ((slope + decay) ** 2 - square[name])
                unbiased = square[name] / (1 - 0.999**step)
                change = rate * mean[name] / (1 - 0.9**step) / (np.sqrt(unbiased) + 1e-8)
                weights[name] -= change.astype(np.float32)
    return weights


def main() -> None:
    """One step of three; the last writes the weights."""
    parser = argparse.ArgumentParser(description="Makes gist.npz.")
    parser.add_argument("step", choices=("say", "hear", "learn"))
    parser.add_argument("work", type=Path, help="folder for what the steps leave to each other")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    given = parser.parse_args()
    said, heard = given.work / "said.npz", given.work / "heard.npz"
    if given.step == "say":
        given.work.mkdir(parents=True, exist_ok=True)
        _keep_sounds(said, spoken(given.seed) + made(given.seed))
    elif given.step == "hear":
        inputs, kinds = examples(_kept_sounds(said), given.seed)
        np.savez(heard, inputs=inputs, kinds=kinds)
    else:
        with np.load(heard) as data:
            inputs, kinds = data["inputs"], data["kinds"]
        nets = [train(inputs, kinds, given.epochs, given.seed + net) for net in range(NETS)]
        _write(given.out, nets)


def _keep_sounds(path: Path, sounds: Sequence[tuple[int, int, Floats]]) -> None:
    kinds = [kind for kind, _, _ in sounds]
    lessons = [lessons for _, lessons, _ in sounds]
    ends = np.cumsum([sound.size for *_, sound in sounds])
    joined = np.concatenate([sound for *_, sound in sounds])
    np.savez(path, kinds=kinds, lessons=lessons, ends=ends, sound=joined)


def _kept_sounds(path: Path) -> list[tuple[int, int, Floats]]:
    with np.load(path) as data:
        sounds = np.split(data["sound"], data["ends"][:-1])
        return list(zip(data["kinds"].tolist(), data["lessons"].tolist(), sounds, strict=True))


def _write(path: Path, nets: Sequence[Weights]) -> None:
    """The networks side by side, as `gist.Gist` reads them."""
    half = {name: np.stack([net[name] for net in nets]).astype(np.float16) for name in nets[0]}
    np.savez_compressed(path, allow_pickle=False, **half)


if __name__ == "__main__":
    main()
