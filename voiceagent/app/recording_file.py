"""Recordings of calls as files: an ordinary WAV file a call, which grows while it goes on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from voiceagent.app.ops import recordings
from voiceagent.app.settings import Settings
from voiceagent.core.audio.g711 import SILENCE
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.audio.wav_mulaw import HEADER_BYTES, SIDES, began, header
from voiceagent.incidents.keeping import plain_name
from voiceagent.ports.recording import KeptRecording

SUFFIX: Final = ".wav"
REFUSED: Final = ".refused"
"""Stands in the place of a recording that the caller did not want: nothing of the call is recorded
by another line or worker either."""

GAP_MOST_S: Final = 900.0
"""Longest time between two lines of a call that is kept as silence."""

_SILENT_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class RecordingFolder:
    """Where the recordings of an engine are; its workers share it.

    Attributes:
        path: made for the first recording, for its owner's eyes only.
    """

    path: Path

    def file_of(self, call_sid: str) -> Path:
        """Where the recording of a call is, or would be."""
        return self.path / f"{plain_name(call_sid)}{SUFFIX}"

    def find(self, call_sid: str) -> Path | None:
        """The recording of a call, if there is one."""
        path = self.file_of(call_sid)
        return path if path.is_file() else None

    def kept(self, call_sid: str) -> KeptRecording | None:
        """What is known of it; see `Recordings`."""
        if (path := self.find(call_sid)) is None:
            return None
        try:
            with path.open("rb") as file:
                at = began(file.read(HEADER_BYTES))
                samples = (file.seek(0, os.SEEK_END) - HEADER_BYTES) // SIDES
        except (OSError, ValueError):  # it was deleted meanwhile, or is not of ours
            return None
        return KeptRecording(at, samples / RATE_8K)

    def is_refused(self, call_sid: str) -> bool:
        """Whether the caller did not want it."""
        return self.file_of(call_sid).with_suffix(REFUSED).exists()

    def refuse(self, call_sid: str) -> None:
        """Delete the recording of a call, and keep none of it any more.

        Raises:
            OSError: the folder is not ours.
        """
        path = self.file_of(call_sid)
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.with_suffix(REFUSED).touch(mode=0o600)
        path.unlink(missing_ok=True)

    def check(self) -> None:
        """Write and remove a file.

        Raises:
            OSError: recordings cannot be written.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        trial = self.path / ".trial"
        trial.write_bytes(b"")
        trial.unlink()


def recording_folder(settings: Settings) -> RecordingFolder:
    """Where recordings of these settings are, whether more are made or not."""
    return RecordingFolder(settings.state_dir / recordings.FOLDER)


class RecordingFile:
    """A recording under way. Every method blocks: for a thread.

    Its header is right after each `write`, so that it plays while it grows and after a crash. One
    that is there already (the call was on another line before) is gone on with, in its place.

    Args:
        path: of it.
        at: aware; when the recording, or this part of it, begins.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, at: datetime) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._began, self._samples, self._offset = at, 0, 0
        try:
            self._go_on(at)
            self._write_header()
        except BaseException:
            os.close(self._file)
            raise

    def _go_on(self, at: datetime) -> None:
        try:
            self._began = began(os.pread(self._file, HEADER_BYTES, 0))
        except ValueError:
            return  # it is new
        self._samples = max(0, os.fstat(self._file).st_size - HEADER_BYTES) // SIDES
        since_s = (at - self._began).total_seconds()
        gap_s = since_s - self._samples / RATE_8K
        known = 0 <= gap_s <= GAP_MOST_S
        self._offset = round(since_s * RATE_8K) if known else self._samples

    def write(self, position: int, both: bytes) -> None:
        """Put a piece where it belongs (see `SoundSink.put`); what is missing before is silence."""
        at = position + self._offset
        skipped = max(0, self._samples - at)
        both, at = both[skipped * SIDES :], at + skipped
        self._pad(at)
        self._append(both)
        self._write_header()

    def close(self) -> None:
        """Let go of it."""
        os.close(self._file)

    def _pad(self, until: int) -> None:
        missing = (until - self._samples) * SIDES
        while missing > 0:
            size = min(missing, _SILENT_BYTES)
            self._append(SILENCE * size)
            missing -= size

    def _append(self, both: bytes) -> None:
        at = HEADER_BYTES + self._samples * SIDES
        written = 0
        while written < len(both):
            written += os.pwrite(self._file, both[written:], at + written)
        self._samples += len(both) // SIDES

    def _write_header(self) -> None:
        os.pwrite(self._file, header(self._samples, self._began), 0)
