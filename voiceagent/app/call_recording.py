"""Recordings of calls in a running engine: pieces of sound on their way to disk.

Calls put their pieces into one bounded queue, which a thread empties. A disk that is slow or full
costs sound, which is counted and is silence in the file; no call ever waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from loguru import logger

from voiceagent.app.disk_queue import DiskQueue
from voiceagent.app.recording_file import RecordingFile, RecordingFolder

WAITING_MOST_BYTES: Final = 16_000_000
"""Sound that waits to be written at most: about ten seconds of a hundred calls."""


class CallRecorder:
    """Writes the recordings of a worker.

    Args:
        folder: where to.
        now: the machine's time, aware.
        waiting_most_bytes: sound that may wait.
    """

    def __init__(
        self,
        folder: RecordingFolder,
        now: Callable[[], datetime],
        *,
        waiting_most_bytes: int = WAITING_MOST_BYTES,
    ) -> None:
        self.folder = folder
        self.now = now
        self.queue = DiskQueue(self._failed)
        self.dropped = 0
        """Pieces of about a second for which there was no time, or no disk."""
        self._most = waiting_most_bytes

    def of(self, call_sid: str) -> CallSink | None:
        """Where the sound of a call goes; ``None`` when its caller has refused before."""
        return None if self.folder.is_refused(call_sid) else CallSink(self, call_sid)

    def has_time_for(self, size_bytes: int) -> bool:
        """Whether so much more may wait."""
        return self.queue.waiting_bytes + size_bytes <= self._most

    def lost(self, reason: str) -> None:
        """A piece is not written."""
        self.dropped += 1
        if self.dropped & (self.dropped - 1) == 0:  # 1, 2, 4, 8 ...: not once a second and call
            logger.warning("recording.lost: {} pieces: {}", self.dropped, reason)

    def _failed(self, error: Exception) -> None:
        told = error.strerror if isinstance(error, OSError) else None
        self.lost(told or type(error).__name__)


class CallSink:
    """Where the sound of one line of a call goes (`SoundSink`).

    Args:
        recorder: writes it.
        call_sid: names the file; a line that takes the call over goes on in it.
    """

    def __init__(self, recorder: CallRecorder, call_sid: str) -> None:
        self._recorder = recorder
        self._call_sid = call_sid
        self._file: RecordingFile | None = None

    def begin(self) -> None:
        """See `SoundSink`."""
        self._recorder.queue.put(partial(self._open, self._recorder.now()))

    def put(self, position: int, both: bytes) -> None:
        """See `SoundSink`."""
        if not self._recorder.has_time_for(len(both)):
            self._recorder.lost("the disk is too slow")
            return
        self._recorder.queue.put(partial(self._write, position, both), len(both))

    def finish(self) -> None:
        """See `SoundSink`."""
        self._recorder.queue.put(self._close)

    def delete(self) -> None:
        """See `SoundSink`."""
        self._recorder.queue.put(self._refuse)

    # In the thread.

    def _open(self, at: datetime) -> None:
        self._file = RecordingFile(self._recorder.folder.file_of(self._call_sid), at)

    def _write(self, position: int, both: bytes) -> None:
        if self._file is None:
            self._recorder.lost("there is no file")
        else:
            self._file.write(position, both)

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _refuse(self) -> None:
        self._close()
        self._recorder.folder.refuse(self._call_sid)
