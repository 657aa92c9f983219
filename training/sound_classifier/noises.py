"""Sounds made from numbers that teach the sound classifier: hums, coughs, bells, engines.

All take a random generator and return mono at 8 kHz, any level. Nothing at run time needs them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from voiceagent.core.audio.samples import RATE_8K

Floats = NDArray[np.float64]


def hum(rng: np.random.Generator, *, twice: bool) -> Floats:
    """A closed mouth: harmonics under a low formant, one bump or two, gliding."""
    parts = []
    pitch_hz = rng.uniform(85, 260)
    for part in range(2 if twice else 1):
        seconds = rng.uniform(0.12, 0.3) if twice else rng.uniform(0.25, 0.7)
        t = np.arange(int(seconds * RATE_8K)) / RATE_8K
        glide = pitch_hz * (1 + rng.uniform(-0.15, 0.35) * t / seconds + 0.1 * part)
        phase = 2 * np.pi * np.cumsum(glide) / RATE_8K
        roll = rng.uniform(1.2, 2.6)
        tone = sum(np.sin(k * phase + k) * k**-roll for k in range(1, 14))
        parts.append(np.asarray(tone) * np.sin(np.pi * np.minimum(1.0, t / seconds + 0.05)) ** 0.5)
        if twice and part == 0:
            breath = rng.normal(0, 0.06, int(rng.uniform(0.02, 0.1) * RATE_8K))
            parts.append(breath)
    return np.concatenate(parts)


def noises(rng: np.random.Generator) -> Iterator[Floats]:
    """Sounds that nobody says; an endless stream of kinds in turn."""
    while True:
        for kind in (cough, cough, throat, horn, ring, bark, engine, sniff, thump, laugh):
            yield kind(rng)


def _burst(rng: np.random.Generator, seconds: float, low: float, high: float) -> Floats:
    """Noise in a band that comes suddenly and dies away."""
    n = int(seconds * RATE_8K)
    spectrum = np.fft.rfft(rng.normal(0, 1, n))
    hz = np.fft.rfftfreq(n, 1 / RATE_8K)
    spectrum *= np.exp(-(((hz - (low + high) / 2) / (high - low)) ** 2))
    rise = np.minimum(1.0, np.arange(n) / (0.008 * RATE_8K))
    return np.asarray(np.fft.irfft(spectrum, n) * rise * np.exp(-3.0 * np.arange(n) / n))


def _scaled(sound: Floats, peak: float = 1.0) -> Floats:
    return sound * (peak / max(1e-9, float(np.abs(sound).max())))


def cough(rng: np.random.Generator) -> Floats:
    """An explosion of noise through a throat, a little voice in its tail; once to three times."""
    parts = []
    throat_hz = rng.uniform(350, 900)
    for _ in range(rng.integers(1, 4)):
        bang = _scaled(_burst(rng, rng.uniform(0.12, 0.3), throat_hz * 0.5, throat_hz * 3))
        t = np.arange(bang.size) / RATE_8K
        voiced = np.sign(np.sin(2 * np.pi * rng.uniform(110, 280) * t)) * np.exp(-8 * t)
        parts += [bang + rng.uniform(0.0, 0.5) * voiced * rng.uniform(0.3, 1.0)]
        parts += [np.zeros(int(rng.uniform(0.05, 0.25) * RATE_8K))]
    return np.concatenate(parts)


def throat(rng: np.random.Generator) -> Floats:
    """Clearing it: a rough, slow voice."""
    n = int(rng.uniform(0.25, 0.7) * RATE_8K)
    pulses = (np.cumsum(rng.uniform(40, 90) * (1 + 0.3 * rng.normal(0, 1, n))) / RATE_8K) % 1 < 0.08  # noqa: PLR2004
    rough = np.convolve(pulses * rng.normal(0.5, 1, n), _burst(rng, 0.02, 300, 1200), "same")
    return rough * np.sin(np.pi * np.arange(n) / n)


def horn(rng: np.random.Generator) -> Floats:
    """Two notes of a car, all harmonics."""
    t = np.arange(int(rng.uniform(0.3, 1.2) * RATE_8K)) / RATE_8K
    low = rng.uniform(280, 480)
    notes = (low, low * rng.uniform(1.18, 1.3))
    return np.asarray(
        sum(np.sin(2 * np.pi * f * k * t) / k**0.5 for f in notes for k in range(1, 8))
    )


def ring(rng: np.random.Generator) -> Floats:
    """A telephone: two tones, a warble or a melody."""
    t = np.arange(int(rng.uniform(0.4, 1.5) * RATE_8K)) / RATE_8K
    a, b = rng.uniform(400, 1200), rng.uniform(400, 1800)
    warble = np.sin(2 * np.pi * rng.uniform(5, 25) * t) > 0
    if rng.random() < 0.4:  # noqa: PLR2004
        return np.sin(2 * np.pi * a * t) + np.sin(2 * np.pi * b * t)
    return np.where(warble, np.sin(2 * np.pi * a * t), np.sin(2 * np.pi * b * t))


def bark(rng: np.random.Generator) -> Floats:
    """A dog: short, rough, falling."""
    parts = []
    for _ in range(rng.integers(1, 4)):
        n = int(rng.uniform(0.08, 0.25) * RATE_8K)
        x = np.arange(n) / n
        pitch = rng.uniform(250, 900) * (1 + 0.5 * np.sin(np.pi * x))
        tone = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / RATE_8K)) + rng.normal(0, 0.7, n)
        parts += [tone * np.sin(np.pi * x), np.zeros(int(rng.uniform(0.1, 0.4) * RATE_8K))]
    return np.concatenate(parts)


def engine(rng: np.random.Generator) -> Floats:
    """Cylinders firing, with rumble."""
    n = int(rng.uniform(0.8, 2.0) * RATE_8K)
    rate = rng.uniform(25, 120) * (1 + 0.1 * np.sin(np.arange(n) / RATE_8K * 3))
    pulses = np.sin(2 * np.pi * np.cumsum(rate) / RATE_8K) ** 15
    return np.asarray(np.convolve(pulses, _burst(rng, 0.03, 80, 700), "same")) + rng.normal(
        0, 0.1, n
    )


def sniff(rng: np.random.Generator) -> Floats:
    """Air through a nose, or a sneeze."""
    return _burst(rng, rng.uniform(0.15, 0.5), 1200, 3500)


def thump(rng: np.random.Generator) -> Floats:
    """A door, a cup on a table, keys."""
    hits = [_burst(rng, rng.uniform(0.05, 0.2), 80, rng.uniform(400, 3000)) for _ in range(3)]
    gap = np.zeros(int(rng.uniform(0.02, 0.2) * RATE_8K))
    return np.concatenate([piece for hit in hits for piece in (_scaled(hit), gap)])


def laugh(rng: np.random.Generator) -> Floats:
    """Ha ha: breath and a breathy vowel in turn."""
    parts = []
    for _ in range(rng.integers(3, 6)):
        breath = _burst(rng, 0.07, 600, 2500)
        n = int(rng.uniform(0.06, 0.12) * RATE_8K)
        t = np.arange(n) / RATE_8K
        voiced = np.sign(np.sin(2 * np.pi * rng.uniform(180, 420) * t)) * np.sin(np.pi * t / t[-1])
        parts += [_scaled(breath, 0.5), _scaled(voiced, 0.7) + rng.normal(0, 0.2, n)]
    return np.concatenate(parts)
