"""How well the offline recogniser hears the recordings: word errors, speed, latency.

    python -m training.evaluate [--group held_out …] [--errors]

Every recording of ``audio_fixtures`` with words is played into the decoder in 60 ms pieces as a
call would, without waiting in between. Scripted turns are heard with the model of what the agent
asks at that point, everything else as the table below says; each recording is a caller never heard
before, so nothing is carried from turn to turn.
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

from pipelines.offline import language
from pipelines.offline.front_end import RATE_8K, Centring, FrontEnd, Network
from pipelines.offline.recogniser_process import DecodedTurn, Decoders
from voiceagent.core.clock import Clock, SystemClock
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
        """Words wrong, missing or too many."""
        return word_errors(self.recording.words.split(), self.heard.split())


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Least number of substitutions, deletions and insertions (Levenshtein, over words)."""
    row = list(range(len(heard) + 1))
    for index, word in enumerate(said, 1):
        above, row[0] = row[0], index
        for column, other in enumerate(heard, 1):
            here = min(row[column] + 1, row[column - 1] + 1, above + (word != other))
            above, row[column] = row[column], here
    return row[-1]


def error_rate(hearings: Iterable[Hearing]) -> float:
    """Word errors per word said, in per cent."""
    every = list(hearings)
    said = sum(len(hearing.recording.words.split()) for hearing in every)
    return 100 * sum(hearing.errors for hearing in every) / max(said, 1)


def recordings(folder: Path, groups: Sequence[str] = ()) -> list[EvaluatedRecording]:
    """The recordings that have words; of `groups` when there are any."""
    entries = tomllib.loads((folder / "manifest.toml").read_text())["file"]
    return [
        EvaluatedRecording(folder / entry["path"], entry["group"], entry["voice"], entry["words"])
        for entry in entries
        if entry.get("words") and (not groups or entry["group"] in groups)
    ]


def evaluate(
    played: Iterable[EvaluatedRecording], decoders: Decoders, clock: Clock
) -> list[Hearing]:
    """Hear each recording."""
    network = Network.load()
    return [_hear(recording, decoders, network, clock) for recording in played]


def _hear(
    recording: EvaluatedRecording, decoders: Decoders, network: Network, clock: Clock
) -> Hearing:
    sound = recording.sound()
    decoder = decoders.take()
    started = clock.monotonic()
    turn = DecodedTurn(
        decoder, FrontEnd(network, Centring(network.centre)), 0, recording.asked.value
    )
    for at in range(0, len(sound), CHUNK_BYTES):
        turn.feed(sound[at : at + CHUNK_BYTES])
    last = clock.monotonic()
    heard = turn.finish()
    ended = clock.monotonic()
    decoders.give_back(decoder)
    return Hearing(recording, heard, len(sound) / 2 / RATE_8K, ended - started, ended - last)


def report(hearings: Sequence[Hearing], write: Callable[[str], object]) -> None:
    """Error rates by group and voice, speed and latency."""
    for key in ("group", "voice"):
        names = dict.fromkeys(getattr(hearing.recording, key) for hearing in hearings)
        write(f"{key:16} word errors\n")
        for name in names:
            part = [h for h in hearings if getattr(h.recording, key) == name]
            write(f"  {name:14} {error_rate(part):5.1f} %  ({len(part)} turns)\n")
    finish = sorted(hearing.finish_s for hearing in hearings)
    spent, sound = sum(h.spent_s for h in hearings), sum(h.sound_s for h in hearings)
    write(f"real-time factor {spent / sound:.3f}\n")
    p95 = finish[int(len(finish) * 0.95)]
    write(f"finish p50 {finish[len(finish) // 2] * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms\n")


def main() -> None:
    """Evaluate and print."""
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluate", description="Measures the offline recogniser."
    )
    parser.add_argument("--business", type=Path, default=Path("business/coolcare.toml"))
    parser.add_argument("--group", action="append", default=[])
    parser.add_argument("--errors", action="store_true", help="show every turn with an error")
    options = parser.parse_args()
    business = Business.model_validate(tomllib.loads(options.business.read_text()))
    with tempfile.TemporaryDirectory() as cache:
        decoders = Decoders(language.build(business, Path(cache)))
        hearings = evaluate(recordings(FIXTURES, options.group), decoders, SystemClock())
    report(hearings, sys.stdout.write)
    for hearing in hearings if options.errors else ():
        if hearing.errors:
            said = hearing.recording
            sys.stdout.write(f"{said.group} {said.voice}: {said.words} | {hearing.heard}\n")


if __name__ == "__main__":
    main()
