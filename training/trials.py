"""What the ears are tried with: every recording, by what it is to show.

Numbers and sentences of people come a second time with noise at 15 dB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from training.noises import noises
from training.people import Half, Halves, HumanRecording, Samples, mixed, recordings_of, rooms_of
from training.recordings import ASKED, FIXTURES, EvaluatedRecording, recordings
from voiceagent.domain.expecting import Expecting

NOISE_DB: Final = 15.0


class Trial(StrEnum):
    """What a recording shows."""

    SCRIPTS = "scripts"
    UNKNOWN_VOICES = "unknown voices"
    DICTATED = "dictated numbers, synthetic"
    DIGITS = "people: ten digits"
    DIGITS_15_DB = "people: ten digits, 15 dB"
    YES_NO = "people: yes / no"
    OPERATOR = "people: operator"
    SENTENCES = "people: sentences"
    SENTENCES_15_DB = "people: sentences, 15 dB"
    SHORT = "people: stop"
    NOISE = "noises"


_FIXTURES: Final = {
    **dict.fromkeys(ASKED, Trial.SCRIPTS),
    "held_out": Trial.UNKNOWN_VOICES,
    "digits": Trial.DICTATED,
    "human_digits": Trial.DIGITS,
}
_PEOPLE: Final = {
    "digits": Trial.DIGITS,
    "yes": Trial.YES_NO,
    "no": Trial.YES_NO,
    "operator": Trial.OPERATOR,
    "sentences": Trial.SENTENCES,
}
_WITH_NOISE: Final = {
    Trial.DIGITS: Trial.DIGITS_15_DB,
    Trial.SENTENCES: Trial.SENTENCES_15_DB,
}


@dataclass(frozen=True, slots=True)
class TrialRecording:
    """A sound, and what should be heard in it.

    Attributes:
        key: names it among all.
        trial: what it shows.
        speaker: who, or what made a noise.
        half: whether the ears may have been tuned with the speaker.
        sex: "f", "m" or "?".
        line: the telephone, or "synthetic", or "?".
        asked: what the agent asked before.
        words: what is said; empty for a noise.
        sound: makes its samples at 8 kHz.
    """

    key: str
    trial: Trial
    speaker: str
    half: Half
    sex: str
    line: str
    asked: Expecting
    words: str
    sound: Callable[[], Samples]


def trials(people: Path | None, fixtures: Path = FIXTURES) -> Iterator[TrialRecording]:
    """Everything that is there.

    Args:
        people: a folder of recordings of people; ``None`` leaves those trials out.
        fixtures: the project's recordings.
    """
    halves = Halves()
    rooms = rooms_of(people) if people is not None else []
    spoken = [_ours(one, fixtures, halves) for one in recordings(fixtures, tuple(_FIXTURES))]
    if people is not None:
        spoken += [_theirs(one, people, halves) for one in recordings_of(people) if one.words]
    yield from spoken
    for number, one in enumerate(spoken):
        noisy = _WITH_NOISE.get(one.trial)
        if noisy is not None:
            sound = partial(_noisy, one.sound, rooms, number)
            yield TrialRecording(
                f"15dB/{one.key}", noisy, one.speaker, one.half, one.sex, one.line, one.asked,
                one.words, sound,
            )  # fmt: skip
    for noise in noises(people, fixtures):
        yield TrialRecording(
            f"noise/{noise.name}", Trial.NOISE, noise.maker, halves.of(noise.maker), "?", "?",
            noise.asked, "", partial(_same, noise.sound),
        )  # fmt: skip


def _ours(one: EvaluatedRecording, fixtures: Path, halves: Halves) -> TrialRecording:
    trial = _FIXTURES[one.group]
    line = "?" if trial is Trial.DIGITS else "synthetic"
    return TrialRecording(
        str(one.path.relative_to(fixtures)), trial, one.voice, halves.of(one.voice), "?", line,
        one.asked, one.words, partial(_samples, one),
    )  # fmt: skip


def _theirs(one: HumanRecording, people: Path, halves: Halves) -> TrialRecording:
    return TrialRecording(
        f"people/{one.path.relative_to(people)}", _PEOPLE.get(one.group, Trial.SHORT), one.speaker,
        halves.of(one.speaker), one.sex, one.line, one.asked, one.words, one.sound,
    )  # fmt: skip


def _samples(one: EvaluatedRecording) -> Samples:
    return np.frombuffer(one.sound(), np.int16)


def _noisy(sound: Callable[[], Samples], rooms: Sequence[Samples], number: int) -> Samples:
    return mixed(sound(), rooms, NOISE_DB, number)


def _same(sound: Samples) -> Samples:
    return sound
