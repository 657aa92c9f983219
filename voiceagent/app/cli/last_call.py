"""The sound of the last call that a command placed: both sides, as the carrier heard them.

It lies with the recordings, under its caller's number and its call's name: `forget` finds it by
either, also when the call's database was one for the try-out, and it goes by age as they do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from voiceagent.incidents.keeping import plain_name

_BEGINS: Final = "last-call."


def place_for(caller: str, folder: Path) -> Path:
    """Where a call that is about to be placed is kept; the one before it is deleted.

    Args:
        caller: number it is placed from.
        folder: of recordings; made here if need be.

    Raises:
        OSError: the folder is not ours.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for earlier in folder.glob(f"{_BEGINS}*"):
        earlier.unlink(missing_ok=True)
    return folder / f"{_BEGINS}{plain_name(caller)}.wav"


def named_after(call_sid: str, recording: Path) -> Path:
    """The file under its call's name, too; as it was where nothing was recorded."""
    if not recording.exists():
        return recording
    return recording.rename(recording.with_stem(f"{recording.stem}.{plain_name(call_sid)}"))
