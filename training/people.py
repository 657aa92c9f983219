"""Recordings of people in a folder with a ``manifest.tsv``, like ``shared/audio/human``.

Columns that are read: path, words_or_label, speaker, sex, accent, phone, asked. What lies in
``speech`` and ``digits`` has words; what lies in ``backchannel`` and ``noise`` has a label, and
nothing that may become a fact, unless the label names words.
"""

from __future__ import annotations

import csv
import hashlib
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiceagent.domain.expecting import Expecting

RATE_8K: Final = 8000
Samples = NDArray[np.int16]

NO_WORDS: Final = ("tic", "room noise", "noise")
"""Labels of sounds that nobody meant as words. Background speech ("people talking") has words,
though none for us, and is measured by itself."""


CLICKS: Final = 0.001
"""Share of samples with a click."""


class Half(StrEnum):
    """Speakers are divided by a hash of their name: what is tuned on one half is told of both."""

    ALL = "all"
    TUNE = "tune"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class HumanRecording:
    """A recording of somebody, or of something."""

    path: Path
    group: str
    words: str
    label: str
    speaker: str
    sex: str
    accent: str
    line: str
    asked: Expecting

    @property
    def half(self) -> Half:
        """Where its speaker belongs."""
        odd = hashlib.sha256(self.speaker.encode()).digest()[0] % 2
        return Half.REPORT if odd == 0 else Half.TUNE

    @property
    def is_noise(self) -> bool:
        """Whether nothing of it may become a fact."""
        return not self.words and self.label.split(":")[0].strip() in NO_WORDS

    def sound(self) -> Samples:
        """Its samples at 8 kHz."""
        with wave.open(str(self.path)) as recording:
            return np.frombuffer(recording.readframes(recording.getnframes()), np.int16)


def recordings_of(folder: Path, half: Half = Half.ALL) -> list[HumanRecording]:
    """Every recording of a folder.

    Raises:
        OSError: there is no manifest.
    """
    with (folder / "manifest.tsv").open(newline="", encoding="utf-8") as manifest:
        found = [_recording(folder, row) for row in csv.DictReader(manifest, delimiter="\t")]
    return [one for one in found if half in (Half.ALL, one.half)]


def rooms_of(folder: Path) -> list[Samples]:
    """The folder's noises, to be mixed with speech."""
    return [one.sound() for one in recordings_of(folder) if one.path.parent.name == "noise"]


def _recording(folder: Path, row: dict[str, str]) -> HumanRecording:
    kind, label = row["path"].split("/")[0], row["words_or_label"]
    words = label if kind in ("speech", "digits") else ""
    group = kind
    if kind == "speech":
        group = "sentences" if len(label.split()) > 1 else f"'{label.lower()}'"
    asked = row.get("asked") or ""
    known = asked in {one.value for one in Expecting}
    return HumanRecording(
        path=folder / row["path"],
        group=group,
        words=words,
        label=label,
        speaker=row["speaker"],
        sex=row.get("sex") or "?",
        accent=row.get("accent") or "?",
        line=row.get("phone") or "?",
        asked=Expecting(asked) if known else Expecting.ANYTHING,
    )


def mixed(sound: Samples, noises: Sequence[Samples], ratio_db: float, seed: int) -> Samples:
    """A recording with noise beside it: by turns one of `noises`, and pink noise.

    Args:
        sound: the speech.
        noises: recorded ones; may be none.
        ratio_db: speech to noise, measured where the speech is loud.
        seed: the same gives the same.
    """
    chance = np.random.default_rng(seed)
    count = len(sound)
    pick = seed % (len(noises) + 1)
    if pick < len(noises):
        start = int(chance.integers(len(noises[pick])))
        noise = np.resize(np.roll(noises[pick], -start), count).astype(np.float64)
    else:
        spectrum = np.fft.rfft(chance.standard_normal(count))
        hertz = np.maximum(np.fft.rfftfreq(count, 1 / RATE_8K), 60.0)
        noise = np.fft.irfft(spectrum / np.sqrt(hertz), count)
    speech = sound.astype(np.float64)
    powers = (speech[: count // 160 * 160].reshape(-1, 160) ** 2).mean(axis=1)
    loud = powers[powers > powers.max() / 300].mean()
    gain = np.sqrt(loud / max(float((noise**2).mean()), 1e-9) / 10 ** (ratio_db / 10))
    loudened = np.clip(speech + gain * noise, -32768, 32767)
    return np.asarray(loudened, dtype=np.int16)


def made_noises(count: int, seed: int = 1) -> Iterator[tuple[str, Samples]]:
    """Hum, hiss, tones and clicks of a telephone line, one to three seconds each, with a name."""
    chance = np.random.default_rng(seed)
    for number in range(count):
        samples = int(chance.uniform(1.0, 3.0) * RATE_8K)
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
