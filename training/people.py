"""Recordings of people in a folder with a ``manifest.tsv``, like ``shared/audio/human``.

Columns that are read: path, words_or_label, speaker, sex, accent, phone, asked. What lies in
``speech`` and ``digits`` has words; what lies in ``backchannel`` and ``noise`` has a label, and
nothing that may become a fact, unless the label names words. The folder is not in the repository.
"""

from __future__ import annotations

import csv
import tomllib
import wave
from collections.abc import Sequence
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
though none for us, and is no noise here."""

SPEAKERS: Final = Path(__file__).with_name("ears_speakers.toml")


class Half(StrEnum):
    """What a speaker's recordings are for; nobody's are for both."""

    TUNE = "tune"
    JUDGE = "judge"


class Halves:
    """Who belongs where, by ``ears_speakers.toml``; who is not named there is judged by.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path = SPEAKERS) -> None:
        self._tune = frozenset(tomllib.loads(path.read_text("utf-8"))["tune"])

    def of(self, speaker: str) -> Half:
        """The half of a speaker."""
        return Half.TUNE if speaker in self._tune else Half.JUDGE


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
    def is_noise(self) -> bool:
        """Whether nothing of it may become a fact."""
        return not self.words and self.label.split(":")[0].strip() in NO_WORDS

    def sound(self) -> Samples:
        """Its samples at 8 kHz."""
        with wave.open(str(self.path)) as recording:
            return np.frombuffer(recording.readframes(recording.getnframes()), np.int16)


def recordings_of(folder: Path) -> list[HumanRecording]:
    """Every recording of a folder.

    Raises:
        OSError: there is no manifest.
    """
    with (folder / "manifest.tsv").open(newline="", encoding="utf-8") as manifest:
        return [_recording(folder, row) for row in csv.DictReader(manifest, delimiter="\t")]


def rooms_of(folder: Path) -> list[Samples]:
    """The folder's noises, to be mixed with speech."""
    return [one.sound() for one in recordings_of(folder) if one.path.parent.name == "noise"]


def _recording(folder: Path, row: dict[str, str]) -> HumanRecording:
    kind, label = row["path"].split("/")[0], row["words_or_label"]
    words = label if kind in ("speech", "digits") else ""
    group = kind
    if kind == "speech":
        group = "sentences" if len(label.split()) > 1 else label.lower()
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
