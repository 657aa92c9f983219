"""Multinomial logistic regression over hashed features, by L-BFGS (Nocedal 1980), in numpy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from voiceagent.language.en_us.caller_acts import ACTS, BUCKETS, ActModel

Doubles = NDArray[np.float64]
_MEMORY = 8
_LEAST_STEP = 1e-4


def fit(
    turns: Sequence[NDArray[np.int64]],
    acts: Sequence[int],
    *,
    penalty: float = 5e-5,
    rounds: int = 80,
) -> ActModel:
    """The model of labelled turns.

    Args:
        turns: `features` of each.
        acts: the index in `ACTS` of each.
        penalty: of the squared weights, for each turn.
        rounds: at most so many steps.
    """
    there = np.unique(np.concatenate(turns))
    seen = np.zeros((len(turns), len(there) + 1), dtype=np.float32)
    seen[:, -1] = 1
    for row, turn in enumerate(turns):
        seen[row, np.searchsorted(there, turn)] = len(turn) ** -0.5
    right = np.eye(len(ACTS), dtype=np.float32)[np.asarray(acts)]
    best = _minimum(lambda at: _loss(at, seen, right, penalty), seen.shape[1] * len(ACTS), rounds)
    found = best.reshape(seen.shape[1], len(ACTS)).astype(np.float32)
    weights = np.zeros((BUCKETS, len(ACTS)), dtype=np.float32)
    weights[there] = found[:-1]
    return ActModel(weights, found[-1])


def _loss(
    at: Doubles, seen: NDArray[np.float32], right: NDArray[np.float32], penalty: float
) -> tuple[float, Doubles]:
    weights = at.reshape(seen.shape[1], -1).astype(np.float32)
    logits = seen @ weights
    logits -= logits.max(axis=1, keepdims=True)
    shares = np.exp(logits)
    shares /= shares.sum(axis=1, keepdims=True)
    kept = weights.copy()
    kept[-1] = 0
    slope = seen.T @ (shares - right) / len(seen) + penalty * kept
    loss = -float(np.log((shares * right).sum(axis=1) + 1e-12).mean())
    return loss + penalty / 2 * float((kept**2).sum()), slope.astype(np.float64).ravel()


def _minimum(valued: Callable[[Doubles], tuple[float, Doubles]], size: int, rounds: int) -> Doubles:
    at = np.zeros(size)
    loss, slope = valued(at)
    past: deque[tuple[Doubles, Doubles]] = deque(maxlen=_MEMORY)
    for _ in range(rounds):
        way = -_scaled(slope, past)
        step, drop = 1.0 if past else 10.0, float(slope @ way)
        while True:
            there = at + step * way
            lower, steeper = valued(there)
            if lower <= loss + _LEAST_STEP * step * drop or step < _LEAST_STEP:
                break
            step *= 0.5
        moved, turned = there - at, steeper - slope
        if float(moved @ turned) > 1e-12:  # noqa: PLR2004 - else the curvature is lost in rounding
            past.append((moved, turned))
        if loss - lower < 1e-6:  # noqa: PLR2004 - nothing left to win
            return there
        at, loss, slope = there, lower, steeper
    return at


def _scaled(slope: Doubles, past: deque[tuple[Doubles, Doubles]]) -> Doubles:
    """The slope times the inverse curvature that the past steps tell of."""
    left, shares = slope.copy(), []
    for moved, turned in reversed(past):
        share = float(moved @ left) / float(moved @ turned)
        shares.append(share)
        left -= share * turned
    if past:
        moved, turned = past[-1]
        left *= float(moved @ turned) / float(turned @ turned)
    for (moved, turned), share in zip(past, reversed(shares), strict=True):
        left += (share - float(turned @ left) / float(moved @ turned)) * moved
    return left


def sharpness(logits: Sequence[NDArray[np.float32]], acts: Sequence[int]) -> float:
    """What logits of turns that were not learnt from have to be multiplied by to be calibrated."""
    tried = np.geomspace(0.3, 3.0, 40)
    held, right = np.stack(logits), np.asarray(acts)

    def surprise(factor: float) -> float:
        sharp = held * factor
        sharp -= sharp.max(axis=1, keepdims=True)
        log = sharp - np.log(np.exp(sharp).sum(axis=1, keepdims=True))
        return -float(log[np.arange(len(right)), right].mean())

    return float(min(tried, key=surprise))
