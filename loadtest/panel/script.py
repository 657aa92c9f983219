"""The calls of the panel as data (`calls.toml`), with their sounds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from loadtest.simulator import g711, wav
from loadtest.simulator.g711 import Samples
from loadtest.simulator.recording import SampleSpan, read_manifest, speech_span


class Kind(StrEnum):
    """What a sound is.

    TURN: the caller's turn, in the quiet · INTERRUPTION: the caller wants the floor ·
    BACKCHANNEL: the caller agrees · VOCAL_TIC: a cough, an "um" · NON_DIRECTED: not meant for the
    agent: other people, television, traffic, animals, machines.
    """

    TURN = "turn"
    INTERRUPTION = "interruption"
    BACKCHANNEL = "backchannel"
    VOCAL_TIC = "vocal_tic"
    NON_DIRECTED = "non_directed"


class During(StrEnum):
    """When a sound is made: over the agent's speech, or in the quiet after it."""

    SPEECH = "speech"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class PanelStep:
    """One sound of a call.

    Attributes:
        name: for the list of misses.
        kind: what it is.
        during: when.
        at_ms: over speech: how long the agent has been speaking when the sound itself begins.
        samples: linear, as sent.
        sound: where in them the sound itself is.
    """

    name: str
    kind: Kind
    during: During
    at_ms: int
    samples: Samples
    sound: SampleSpan


@dataclass(frozen=True, slots=True)
class PanelCall:
    """One call of the panel."""

    name: str
    steps: tuple[PanelStep, ...]


class PanelScriptError(ValueError):
    """`calls.toml` does not have the shape it must have."""


def read_calls(path: Path, fixtures: Path) -> list[PanelCall]:
    """The calls of a script.

    Args:
        path: TOML: ``[[call]]`` with `name` and `steps`; a step has `kind`, `sound` (a path below
            `fixtures`), `during`, and may have `at_ms` and `db`.
        fixtures: folder of recordings, with its manifests.

    Raises:
        ScriptError: another shape, or a sound that is not there.
    """
    spans: dict[Path, SampleSpan] = {}
    for manifest in (fixtures / "manifest.toml", fixtures / "panel" / "manifest.toml"):
        spans |= read_manifest(manifest)
    try:
        tables = tomllib.loads(path.read_text("utf-8"))["call"]
        return [
            PanelCall(
                table["name"],
                tuple(
                    _step(f"{table['name']} #{number}", step, fixtures, spans)
                    for number, step in enumerate(table["steps"], 1)
                ),
            )
            for table in tables
        ]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, OSError) as error:
        raise PanelScriptError(f"{path}: {error!r}") from error


def _step(
    place: str, table: Mapping[str, object], fixtures: Path, spans: Mapping[Path, SampleSpan]
) -> PanelStep:
    source = fixtures / str(table["sound"])
    samples = wav.read(source)
    sound = spans.get(source.resolve()) or speech_span(samples) or SampleSpan(0, len(samples))
    gain = 10 ** (float(str(table.get("db", 0.0))) / 20)
    loud = np.clip(samples.astype(np.float64) * gain, -32768, 32767).astype(np.int16)
    kind = Kind(str(table["kind"]))
    during = During(str(table["during"]))
    db = f" {table['db']} dB" if table.get("db") else ""
    name = f"{kind} {str(table['sound']).removesuffix('.wav')}{db} over {during} ({place})"
    return PanelStep(name, kind, during, int(str(table.get("at_ms", 0))), loud, sound)


def coded(samples: Samples, noise: Samples) -> bytes:
    """A frame as it goes on the line: the sound on the line's own noise."""
    mixed = samples.astype(np.int32) + noise[: len(samples)]
    return g711.encode(np.clip(mixed, -32768, 32767).astype(np.int16))
