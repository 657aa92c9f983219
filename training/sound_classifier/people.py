"""Recordings of people that teach the sound classifier; who teaches is in ``speakers.tsv``.

A folder of recordings holds ``manifest.tsv`` (`path`, `words_or_label`, `speaker`; tab-separated,
8 kHz, 16 bits). The recordings are not in the repository. Of the three parts of the speakers,
*teach* is heard here, thresholds are chosen on *choose*, and *report* is for figures alone:
``python -m loadtest.panel --sounds FOLDER --speakers …/speakers.tsv --part report``.
"""

from __future__ import annotations

import csv
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiceagent.core.audio.samples import RATE_8K

Floats = NDArray[np.float32]

SPEAKERS: Final = Path(__file__).with_name("speakers.tsv")

TEACH: Final = "teach"

_LONGEST_8K: Final = int(1.2 * RATE_8K)
_AGAIN_8K: Final = int(0.4 * RATE_8K)
"""A laugh goes on: it teaches from its beginning and from each later burst."""

_BLOCK_8K: Final = 64
_QUIETER_DB: Final = 28.0
_FLOOR_DB: Final = 9.0

_NODS: Final = frozenset({"yes", "yeah", "right", "okay"})
_SENTENCE_WORDS: Final = 4

_LESSONS: Final = {
    "stop": 12, "no": 8, "wait": 24, "hold": 24, "hello": 24, "hold on": 24, "yes": 8, "right": 8,
    "wait just a second": 12,
}  # fmt: skip
_LESSONS_OF_WORDS: Final = 4
_LESSONS_OF_RARE: Final = 48
"""Nods, fillers and laughs of people are few: each comes over many lines and many throats."""


def part_of_speakers(path: Path = SPEAKERS) -> dict[str, str]:
    """Speaker -> "teach", "choose" or "report"."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["speaker"]: row["part"] for row in csv.DictReader(file, delimiter="\t")}


def kind_of(text: str) -> tuple[int, int] | None:
    """Kind (`classifier.KINDS`) and lessons of a manifest's `words_or_label`, if it teaches."""
    before, colon, after = text.partition(":")
    kind = before.strip().lower() if colon else ""
    said = (after if colon else text).strip().lower().replace("_", " ")
    if kind == "filler":
        return 2, _LESSONS_OF_RARE
    if kind == "tic":
        return 3, _LESSONS_OF_RARE
    if kind == "nod":
        return 1, _LESSONS_OF_RARE
    if said in _NODS:
        return 1, _LESSONS.get(said, _LESSONS_OF_WORDS)
    words = said.split()
    if not kind and len(words) >= _SENTENCE_WORDS and words[0].strip(",") in {"um", "uh", "ah"}:
        return None
    return (0, _LESSONS.get(said, _LESSONS_OF_WORDS)) if words and "noise" not in said else None


def taught_by_people(folders: Sequence[Path]) -> list[tuple[int, int, Floats]]:
    """What the teaching speakers say in the folders: kind, lessons and sound of each."""
    parts = part_of_speakers()
    sounds = []
    for folder in folders:
        with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        for row in rows:
            kind = kind_of(row["words_or_label"])
            if kind is None or parts.get(row["speaker"]) != TEACH:
                continue
            laughs = row["words_or_label"].startswith("tic")
            sounds += [
                (*kind, piece) for piece in _beginnings(_read(folder / row["path"]), again=laughs)
            ]
    return sounds


def _read(path: Path) -> Floats:
    with wave.open(str(path)) as file:
        if file.getframerate() != RATE_8K:
            raise ValueError(f"{path}: not at 8 kHz")
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return np.asarray(samples / 32768, dtype=np.float32)


def _beginnings(sound: Floats, *, again: bool) -> list[Floats]:
    """From just before its first sound on; with `again` also from each later burst."""
    blocks = sound[: sound.size // _BLOCK_8K * _BLOCK_8K].reshape(-1, _BLOCK_8K)
    if not blocks.size:
        return []
    levels = 10 * np.log10((blocks**2).mean(axis=1) + 1e-9)
    loudest = float(levels.max())
    floor = min(float(np.percentile(levels, 10)) + _FLOOR_DB, loudest - 6.0)
    loud = levels >= max(floor, loudest - _QUIETER_DB)
    starts = np.flatnonzero(loud & ~np.concatenate(([False], loud[:-1]))) * _BLOCK_8K
    end = (int(np.flatnonzero(loud)[-1]) + 1) * _BLOCK_8K + RATE_8K // 20
    chosen = [int(starts[0])]
    if again:
        for start in starts.tolist():
            if start >= chosen[-1] + _AGAIN_8K and end - start > _AGAIN_8K // 2:
                chosen.append(start)
    return [sound[max(0, at - RATE_8K // 100) : min(end, at + _LONGEST_8K)] for at in chosen]
