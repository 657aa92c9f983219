"""The sound of calls for the page: small enough to be in it, and playable everywhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import soundfile

SHOWN: Final = 5
"""Calls that can be listened to."""

CLIP_S: Final = 180.0
"""Of each so much, from its beginning."""

MOST_BYTES: Final = 8_000_000
"""Of all sound in a page, before it is written as text."""


@dataclass(frozen=True, slots=True)
class Clip:
    """The sound of a call: stereo, caller left, agent right.

    Attributes:
        uri: ``data:`` of an MP3.
        seconds: how long it is.
        whole: whether that is the whole call.
    """

    uri: str
    seconds: float
    whole: bool


def clips(recordings: Mapping[str, Path], worth: Sequence[str]) -> dict[str, Clip]:
    """Sound by the calls' SIDs, until `MOST_BYTES` are used up.

    Args:
        recordings: stereo WAV, by SID.
        worth: SIDs, those first that matter most.
    """
    found: dict[str, Clip] = {}
    left = MOST_BYTES
    for sid in worth[:SHOWN]:
        path = recordings.get(sid)
        made = _clip(path) if path is not None else None
        if made is None or made[1] > left:
            continue
        found[sid], left = made[0], left - made[1]
    return found


def _clip(path: Path) -> tuple[Clip, int] | None:
    """A clip and its size in bytes; None when there is nothing that can be played."""
    coded = io.BytesIO()
    try:
        with soundfile.SoundFile(path) as file:
            rate, length = file.samplerate, len(file)
            samples = file.read(int(CLIP_S * rate), dtype="int16")
        if not len(samples):
            return None
        soundfile.write(coded, samples, rate, format="MP3", subtype="MPEG_LAYER_III")
    except (soundfile.LibsndfileError, OSError):
        return None
    data = coded.getvalue()
    uri = "data:audio/mpeg;base64," + base64.b64encode(data).decode("ascii")
    return Clip(uri, len(samples) / rate, whole=len(samples) >= length), len(data)
