"""Recognition of the recordings that a manifest knows, from the sound that was really received.

A recording is known by its μ-law frames: each audible frame of 20 ms is a key of 24 samples, and
the sound that came is searched for keys at every sample. μ-law to PCM and back is exact, so keys
survive the wire, a cut, a shift and a lost packet; what does not come is not found. A word is heard
when at least half of the audible frames in its time came. Word times are not measured: the words of
a recording share its speech time by their letters.

What is mixed with other sound on its way (noise, echo) is not recognised: add its result to the
manifest as a recording of its own. The recording must have been coded first by `g711.encode`, as
the carrier's simulator does: another coder rounds some samples to the next code.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from loadtest.simulator import g711, wav
from loadtest.simulator.g711 import FRAME_8K, Samples
from loadtest.simulator.providers.hearing import HeardWord
from loadtest.simulator.recording import ManifestError

KEY_8K: Final = 24
"""Samples of a frame that make its key."""

AUDIBLE: Final = 40.0
"""RMS of a key, 16-bit scale, below which it says nothing of the recording."""

DISTINCT: Final = 8
"""Different bytes a key must have; tones and hum repeat themselves."""

FEWEST: Final = 4
"""Frames by which a recording is known at least."""

_MINUS_ZERO: Final = bytes.maketrans(b"\x7f", b"\xff")


@dataclass(frozen=True, slots=True)
class KnownRecording:
    """A recording: its words with their samples, and the audible frames it is known by."""

    name: str
    words: tuple[HeardWord, ...]
    frames: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Hit:
    """Frame `frame` of a recording came at sample `at_8k`."""

    at_8k: int
    frame: int


class ByManifest:
    """Implements `Recognise` for the recordings it was given.

    Args:
        recordings: name, μ-law sound, words and speech spans (samples) of each.
    """

    def __init__(
        self, recordings: Iterable[tuple[str, bytes, Sequence[str], Sequence[tuple[int, int]]]]
    ) -> None:
        self._known: list[KnownRecording] = []
        self._places: dict[bytes, list[tuple[int, int]]] = {}
        for name, sound, words, spans in recordings:
            frames = []
            for frame, key in _keys(sound.translate(_MINUS_ZERO)):
                self._places.setdefault(key, []).append((len(self._known), frame))
                frames.append(frame)
            self._known.append(KnownRecording(name, placed_words(words, spans), tuple(frames)))

    @classmethod
    def read(cls, manifest: Path | str, group: str = "") -> ByManifest:
        """All recordings of a manifest that have words, or those of a group.

        Raises:
            ManifestError: no manifest, or a recording without ``speech_ms``.
            WavError: a recording that cannot be read.
        """
        return cls(manifest_recordings(Path(manifest), group))

    def __call__(self, sound: Samples) -> list[HeardWord]:
        """See `Recognise`."""
        hits = self._hits(g711.encode(sound).translate(_MINUS_ZERO))
        found: list[HeardWord] = []
        while hits:
            counts = Counter(number for number, of in hits.items() for _ in of)
            best, frames = counts.most_common(1)[0]
            if frames < FEWEST:
                break
            for run in _runs(hits[best]):
                if len(run) >= FEWEST:
                    found += _heard(self._known[best], run)
                    hits = _without(hits, run[0].at_8k, run[-1].at_8k + FRAME_8K)
            hits.pop(best, None)
        return sorted(found, key=lambda word: word.start_8k)

    def _hits(self, mulaw: bytes) -> dict[int, list[_Hit]]:
        """Where the keys of each recording were found.

        Behind a key the next one is looked for where it would be first; only if it is not there
        the sound is searched sample by sample.
        """
        hits: dict[int, list[_Hit]] = {}
        places, at, last = self._places, 0, len(mulaw) - KEY_8K
        while at <= last:
            came = places.get(mulaw[at : at + KEY_8K])
            if came is None:
                at += 1
                continue
            for number, frame in came:
                hits.setdefault(number, []).append(_Hit(at, frame))
            follows = at + FRAME_8K
            at = follows if mulaw[follows : follows + KEY_8K] in places else at + 1
        return hits


def _keys(mulaw: bytes) -> Iterator[tuple[int, bytes]]:
    """Audible frames and their keys."""
    for frame in range(len(mulaw) // FRAME_8K):
        key = mulaw[frame * FRAME_8K : frame * FRAME_8K + KEY_8K]
        if len(set(key)) >= DISTINCT and g711.rms(key) > AUDIBLE:
            yield frame, key


def _runs(hits: Sequence[_Hit]) -> list[list[_Hit]]:
    """The times a recording was played: a new one begins where its frames go back."""
    runs: list[list[_Hit]] = []
    for hit in sorted(hits, key=lambda hit: hit.at_8k):
        if runs and hit.frame > runs[-1][-1].frame:
            runs[-1].append(hit)
        elif not runs or hit.frame < runs[-1][-1].frame:
            runs.append([hit])
    return runs


def _without(hits: dict[int, list[_Hit]], start: int, end: int) -> dict[int, list[_Hit]]:
    """The hits outside a stretch that is explained."""
    left = {
        number: [hit for hit in of if not start <= hit.at_8k < end] for number, of in hits.items()
    }
    return {number: of for number, of in left.items() if of}


def _heard(recording: KnownRecording, run: Sequence[_Hit]) -> Iterator[HeardWord]:
    """The words of a recording that came in a run."""
    came = {hit.frame: hit.at_8k for hit in run}
    for word in recording.words:
        first, end = word.start_8k // FRAME_8K, -(-word.end_8k // FRAME_8K)
        there = [frame for frame in recording.frames if first <= frame < end]
        here = [frame for frame in there if frame in came]
        if not here or 2 * len(here) < len(there):
            continue
        shift = came[here[0]] - here[0] * FRAME_8K
        start = max(0, word.start_8k + shift)
        yield HeardWord(word.text, start, max(start, word.end_8k + shift))


def placed_words(words: Sequence[str], spans: Sequence[tuple[int, int]]) -> tuple[HeardWord, ...]:
    """Words laid over the speech by their letters; pauses between the spans belong to no word.

    Args:
        words: in order.
        spans: of speech, samples at 8 kHz.
    """
    letters = [len(word) + 1 for word in words]
    speech = sum(end - start for start, end in spans)
    if not letters or not speech:
        return ()
    edges = [0.0]
    for count in letters:
        edges.append(edges[-1] + count * speech / sum(letters))
    return tuple(
        HeardWord(word, _on_the_line(start, spans, begins=True), _on_the_line(end, spans))
        for word, (start, end) in zip(words, pairwise(edges), strict=True)
    )


def _on_the_line(spoken: float, spans: Sequence[tuple[int, int]], *, begins: bool = False) -> int:
    """The sample at which so many samples of speech were spoken."""
    left = spoken
    for start, end in spans:
        if left < end - start or (not begins and left <= end - start):
            return start + int(left)
        left -= end - start
    return spans[-1][1]


def manifest_recordings(
    manifest: Path, group: str = ""
) -> Iterator[tuple[str, bytes, Sequence[str], Sequence[tuple[int, int]]]]:
    """What `ByManifest` takes, of a manifest's recordings with words; raises as `read` does."""
    try:
        with manifest.open("rb") as file:
            tables = tomllib.load(file)["file"]
        for table in tables:
            words = str(table.get("words", "")).split()
            spans = [(int(start) * 8, int(end) * 8) for start, end in table["speech_ms"]]
            if words and spans and group in {"", table.get("group")}:
                samples = wav.read(manifest.parent / table["path"])
                yield table["path"], g711.encode(samples), words, spans
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ManifestError(f"{manifest}: not a manifest of recordings: {error!r}") from error
