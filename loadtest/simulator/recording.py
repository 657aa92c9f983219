"""What a caller says: a recording, and where in it the speech is."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np

from loadtest.simulator import g711, wav
from loadtest.simulator.g711 import Samples

_BLOCK_8K: Final = 40
_BELOW_PEAK: Final = 10 ** (-36 / 20)
_FLOOR_RMS: Final = 60.0


class ManifestError(ValueError):
    """A manifest does not have the shape described at `read_manifest`."""


@dataclass(frozen=True, slots=True)
class SampleSpan:
    """Samples at 8 kHz, from `start_8k` up to but not including `end_8k`."""

    start_8k: int
    end_8k: int


@dataclass(frozen=True, slots=True)
class Recording:
    """One caller turn, coded for the line.

    Attributes:
        name: how reports call it.
        audio: μ-law, one byte a sample, as it will be sent.
        speech: first to last sample of speech; None when there is only noise.
    """

    name: str
    audio: bytes
    speech: SampleSpan | None

    @classmethod
    def read(
        cls, path: Path | str, *, speech: SampleSpan | None = None, clean: Path | str | None = None
    ) -> Self:
        """Reads a WAV file.

        Args:
            path: what is sent.
            speech: where the speech is, if a manifest says so.
            clean: the same recording without its noise, of the same length: there the speech is
                found by energy. Default: in the recording itself, which must then be clean.

        Raises:
            WavError: not a readable WAV.
        """
        samples = wav.read(path)
        if speech is None:
            speech = speech_span(samples if clean is None else wav.read(clean))
        return cls(Path(path).stem, g711.encode(samples), speech)

    @classmethod
    def of(cls, name: str, samples: Samples, *, speech: SampleSpan | None = None) -> Self:
        """A recording made in memory; its speech is found by energy unless given."""
        return cls(name, g711.encode(samples), speech or speech_span(samples))


def speech_span(samples: Samples) -> SampleSpan | None:
    """Where the speech of a clean recording is, by energy, to 5 ms.

    A block counts as speech when its level is within 36 dB of the loudest block and above the
    noise floor of the line. Quieter word endings than that are missed.
    """
    whole = len(samples) // _BLOCK_8K * _BLOCK_8K
    if not whole:
        return None
    blocks = samples[:whole].astype(np.float64).reshape(-1, _BLOCK_8K)
    level = np.sqrt((blocks**2).mean(axis=1))
    loud = np.flatnonzero(level > max(_FLOOR_RMS, level.max() * _BELOW_PEAK))
    if not len(loud):
        return None
    return SampleSpan(int(loud[0]) * _BLOCK_8K, (int(loud[-1]) + 1) * _BLOCK_8K)


def read_manifest(path: Path | str) -> dict[Path, SampleSpan]:
    """Speech spans by resolved file path.

    The manifest is TOML: one `[[file]]` table a recording, with `path` relative to the manifest
    and `speech_ms = [[start, end], …]`. Files without speech are left out.

    Raises:
        ManifestError: another shape.
    """
    folder = Path(path).parent
    spans: dict[Path, SampleSpan] = {}
    try:
        with Path(path).open("rb") as file:
            tables = tomllib.load(file)["file"]
        for table in tables:
            if table["speech_ms"]:
                first, last = table["speech_ms"][0], table["speech_ms"][-1]
                span = SampleSpan(int(first[0]) * 8, int(last[1]) * 8)
                spans[(folder / table["path"]).resolve()] = span
    except (tomllib.TOMLDecodeError, KeyError, TypeError, IndexError, ValueError) as error:
        raise ManifestError(f"{path}: not a manifest of recordings: {error!r}") from error
    return spans
