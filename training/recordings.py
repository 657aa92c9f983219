"""The project's own recordings, and what the agent asked before each.

Scripted turns answer what the agent asks at that point of the call, everything else what the tables
below say.
"""

from __future__ import annotations

import tomllib
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voiceagent.domain.expecting import Expecting

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
    """One recording and what is said in it; `words` is empty where nobody speaks."""

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


def recordings(
    folder: Path, groups: Sequence[str] = (), *, spoken: bool = True
) -> list[EvaluatedRecording]:
    """The recordings of `groups`, of all when there are none.

    Args:
        folder: with a ``manifest.toml``.
        groups: names.
        spoken: only those that have words.
    """
    entries = tomllib.loads((folder / "manifest.toml").read_text())["file"]
    return [
        EvaluatedRecording(
            folder / entry["path"], entry["group"], entry["voice"], entry.get("words", "")
        )
        for entry in entries
        if (entry.get("words") or not spoken) and (not groups or entry["group"] in groups)
    ]
