"""How well the offline recogniser hears the recordings: word errors, speed, latency.

    python -m training.evaluate [--group held_out …] [--errors] [--ears pocketsphinx]
    python -m training.evaluate --folder shared/audio/human [--noise-db 15] [--half report]

Every recording of ``audio_fixtures`` with words is played into the ears in 60 ms pieces as a call
would, without waiting in between. Scripted turns are heard with the model of what the agent asks at
that point, everything else as the table below says; each recording is a caller never heard before,
so nothing is carried from turn to turn. With ``--folder`` people are heard (`training.people`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
import wave
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from pipelines.offline import language
from pipelines.offline.front_end import RATE_8K
from pipelines.offline.recogniser import Ears
from training.hearing import EarsHere
from training.people import Half, recordings_of, rooms_of
from training.people_report import hear_people, write_speed
from training.scores import errors, said
from voiceagent.core.clock import SystemClock
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting

CHUNK_BYTES: Final = 960
FIXTURES: Final = Path("audio_fixtures")

_E = Expecting
ASKED: Final[Mapping[str, tuple[Expecting, ...]]] = {
    "reference": (
        _E.ANYTHING, _E.YES_NO, _E.NAME_AND_PHONE, _E.ADDRESS, _E.YES_NO, _E.TIME, _E.NOTES,
        _E.YES_NO, _E.ANYTHING,
    ),
    "reference_hard": (
        _E.ANYTHING, _E.YES_NO, _E.NAME_AND_PHONE, _E.ADDRESS, _E.YES_NO, _E.TIME, _E.NOTES,
        _E.YES_NO, _E.ANYTHING,
    ),
    "reschedule": (_E.ANYTHING, _E.PHONE, _E.CODE, _E.TIME, _E.YES_NO, _E.ANYTHING),
    "quote": (_E.ANYTHING, _E.YES_NO, _E.NAME_AND_PHONE, _E.ADDRESS, _E.YES_NO, _E.ANYTHING),
    "cancel": (_E.ANYTHING, _E.PHONE, _E.CODE, _E.YES_NO, _E.ANYTHING),
}  # fmt: skip
"""What the agent asked before each turn of a script."""

ASKED_ALWAYS: Final[Mapping[str, Expecting]] = {"digits": _E.PHONE, "human_digits": _E.PHONE}
"""The same for all recordings of a group; what is in neither table answers an open question."""


@dataclass(frozen=True, slots=True)
class EvaluatedRecording:
    """One recording and what is said in it."""

    path: Path
    group: str
    voice: str
    words: str

    @property
    def asked(self) -> Expecting:
        """What the agent asked before."""
        turns = ASKED.get(self.group)
        if turns is not None and self.path.stem.isdigit():
            return turns[int(self.path.stem) - 1]
        return ASKED_ALWAYS.get(self.group, Expecting.ANYTHING)

    def sound(self) -> bytes:
        """16-bit PCM at 8 kHz."""
        with wave.open(str(self.path)) as recording:
            sound: bytes = recording.readframes(recording.getnframes())
            return sound


@dataclass(frozen=True, slots=True)
class Hearing:
    """What became of one recording. `spent_s` is decoding time, `finish_s` the part at the end."""

    recording: EvaluatedRecording
    heard: str
    sound_s: float
    spent_s: float
    finish_s: float

    @property
    def errors(self) -> int:
        """Words wrong, missing or too many; numbers by their digits (`scores.said`)."""
        return errors(said(self.recording.words), said(self.heard))


def error_rate(hearings: Iterable[Hearing]) -> float:
    """Word errors per word said, in per cent."""
    every = list(hearings)
    words = sum(len(said(hearing.recording.words)) for hearing in every)
    return 100 * sum(hearing.errors for hearing in every) / max(words, 1)


def recordings(folder: Path, groups: Sequence[str] = ()) -> list[EvaluatedRecording]:
    """The recordings that have words; of `groups` when there are any."""
    entries = tomllib.loads((folder / "manifest.toml").read_text())["file"]
    return [
        EvaluatedRecording(folder / entry["path"], entry["group"], entry["voice"], entry["words"])
        for entry in entries
        if entry.get("words") and (not groups or entry["group"] in groups)
    ]


def evaluate(played: Iterable[EvaluatedRecording], ears: EarsHere) -> list[Hearing]:
    """Hear each recording."""
    return [_hear(recording, ears) for recording in played]


def _hear(recording: EvaluatedRecording, ears: EarsHere) -> Hearing:
    sound = np.frombuffer(recording.sound(), np.int16)
    heard = ears.hear(sound, recording.asked)
    seconds = len(sound) / RATE_8K
    return Hearing(recording, heard.verdict.text, seconds, heard.spent_s, heard.finish_s)


def report(hearings: Sequence[Hearing], write: Callable[[str], object]) -> None:
    """Error rates by group and voice, speed and latency."""
    for key in ("group", "voice"):
        names = dict.fromkeys(getattr(hearing.recording, key) for hearing in hearings)
        write(f"{key:16} word errors\n")
        for name in names:
            part = [h for h in hearings if getattr(h.recording, key) == name]
            write(f"  {name:14} {error_rate(part):5.1f} %  ({len(part)} turns)\n")
    scripts = [h for h in hearings if h.recording.group in ASKED]
    if scripts:
        write(f"scripts together {error_rate(scripts):5.1f} %\n")
    write_speed([(h.sound_s, h.spent_s, h.finish_s) for h in hearings], write)


def main() -> None:
    """Evaluate and print."""
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluate", description="Measures the offline ears."
    )
    parser.add_argument("--business", type=Path, default=Path("business/coolcare.toml"))
    parser.add_argument("--ears", type=Ears, choices=list(Ears), default=Ears.BOTH)
    parser.add_argument("--group", action="append", default=[])
    parser.add_argument("--folder", type=Path, help="people, in a folder with a manifest.tsv")
    parser.add_argument("--noise-db", type=float, help="speech to noise, with --folder")
    parser.add_argument("--half", type=Half, choices=list(Half), default=Half.ALL)
    parser.add_argument("--part", default="", help="FROM:TO of the recordings, for a busy machine")
    parser.add_argument("--errors", action="store_true", help="show every turn with an error")
    options = parser.parse_args()
    business = Business.model_validate(tomllib.loads(options.business.read_text()))
    low, _, high = options.part.partition(":")
    part = slice(int(low or 0), int(high) if high else None)
    with tempfile.TemporaryDirectory() as cache:
        spoken = language.build(business, Path(cache))
        both = options.ears is Ears.BOTH
        ears = EarsHere.of(business, spoken, SystemClock(), both=both)
        if options.folder is not None:
            played = recordings_of(options.folder, options.half)[part]
            rooms = rooms_of(options.folder)
            people = hear_people(played, ears, rooms, noise_db=options.noise_db)
            people.report(sys.stdout.write, errors=options.errors)
            return
        hearings = evaluate(recordings(FIXTURES, options.group)[part], ears)
    report(hearings, sys.stdout.write)
    for hearing in hearings if options.errors else ():
        if hearing.errors:
            of = hearing.recording
            sys.stdout.write(f"{of.group} {of.voice}: {of.words} | {hearing.heard}\n")


if __name__ == "__main__":
    main()
