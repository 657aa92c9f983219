"""Teaches the sound classifier's networks: two convolutions and two layers, by Adam."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiceagent.media.sound_classifier import BANDS, FRAMES, KINDS, STRIDE, Floats, pieces

REACH: Final = 5
CHANNELS: Final = (48, 64)
HIDDEN: Final = 64
DROPPED: Final = 0.25
BATCH: Final = 256

Weights = dict[str, Floats]


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
        x: pictures, shape (n, `classifier.INPUTS`).
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


def train(
    inputs: NDArray[np.float16],
    kinds: NDArray[np.int64],
    epochs: int,
    seed: int,
    *,
    begun: Weights | None = None,
) -> Weights:
    """By Adam; kinds weighed alike.

    Args:
        inputs: pictures, shape (n, `classifier.INPUTS`).
        kinds: theirs, shape (n,).
        epochs: times that all pictures are seen.
        seed: of the order, of what is disturbed and of what is dropped.
        begun: weights of a network that has learnt already and goes on; by default a fresh one.
    """
    rng = np.random.default_rng(seed)
    weights = fresh(rng) if begun is None else {name: w.copy() for name, w in begun.items()}
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
