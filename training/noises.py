"""Two hundred sounds that nobody meant as words: what is heard in them must never become a fact.

Laughs, coughs, throat clearing and breath of people, rooms, a dog, a horn, an engine, a telephone
that rings, and what a line makes by itself: hum, hiss, rumble, tones, clicks. Each comes after one
kind of question; questions and sounds take turns, so that they meet in every combination.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.people import HumanRecording, recordings_of
from training.recordings import recordings
from voiceagent.domain.expecting import Expecting

RATE_8K: Final = 8000
Samples = NDArray[np.int16]
E = Expecting

NOISES: Final = 200
LONGEST_S: Final = 3.0
GAINS: Final = (1.0, 0.35, 2.5)
"""A person's laugh is heard as it is, from far away, and close to the telephone."""

QUESTIONS: Final = (E.ANYTHING, E.YES_NO, E.PHONE, E.CODE, E.ADDRESS, E.TIME, E.NAME)
CLICKS: Final = 0.001
"""Share of samples with a click."""


@dataclass(frozen=True, slots=True)
class Noise:
    """A sound without words. `maker` is a person, "room", or what made it."""

    name: str
    maker: str
    asked: Expecting
    sound: Samples


def noises(people: Path | None, fixtures: Path, count: int = NOISES) -> Iterator[Noise]:
    """The sounds, as many as asked for.

    Args:
        people: a folder like ``shared/audio/human``; ``None`` when there is none.
        fixtures: the project's recordings.
        count: what the recorded ones lack is made.
    """
    found = list(_recorded(people, fixtures))[:count]
    found += [(name, name, sound) for name, sound in made_noises(count - len(found))]
    for number, (name, maker, sound) in enumerate(found):
        asked = QUESTIONS[(number + number // len(QUESTIONS)) % len(QUESTIONS)]
        yield Noise(f"{name}-{number}", maker, asked, sound)


def _recorded(people: Path | None, fixtures: Path) -> Iterator[tuple[str, str, Samples]]:
    every: Sequence[HumanRecording] = recordings_of(people) if people is not None else ()
    for gain in GAINS:
        for one in every:
            if one.is_noise:
                yield one.path.stem, one.speaker, _loud(one.sound(), gain)
    for recording in recordings(fixtures, ("noise",), spoken=False):
        sound = np.frombuffer(recording.sound(), np.int16)
        step = int(LONGEST_S * RATE_8K)
        for at in range(0, len(sound) - RATE_8K // 2, step):
            yield recording.path.stem, recording.voice, sound[at : at + step]


def _loud(sound: Samples, gain: float) -> Samples:
    return np.clip(gain * sound.astype(np.float64), -32768, 32767).astype(np.int16)


def made_noises(count: int, seed: int = 1) -> Iterator[tuple[str, Samples]]:
    """Hum, hiss, rumble, tones and clicks of a line, one to three seconds each, with a name."""
    chance = np.random.default_rng(seed)
    for number in range(count):
        samples = int(chance.uniform(1.0, LONGEST_S) * RATE_8K)
        time_s = np.arange(samples) / RATE_8K
        level = 10 ** chance.uniform(1.5, 3.5)
        white = chance.standard_normal(samples)
        match number % 5:
            case 0:
                mains = chance.choice([50.0, 60.0])
                name = "hum"
                made = sum(np.sin(2 * np.pi * mains * k * time_s) / k for k in range(1, 8))
            case 1:
                name, made = "hiss", white
            case 2:
                name, made = "rumble", np.cumsum(white - 0.02 * np.cumsum(white) / samples)
                made = (made - made.mean()) / max(float(np.abs(made).max()), 1e-9)
            case 3:
                name = "tone"
                made = np.sin(2 * np.pi * chance.uniform(350, 2500) * time_s)
            case _:
                name = "clicks"
                made = white * (chance.random(samples) < CLICKS) * 5
        yield name, np.clip(level * np.asarray(made), -32768, 32767).astype(np.int16)
