"""Recordings of calls in a running engine: pieces of sound on their way to disk.

Calls put their pieces into one bounded queue, which a thread empties. A disk that is slow or full
costs sound, which is counted and is silence in the file; no call ever waits for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from loguru import logger

from voiceagent.app.recording_file import RecordingFile, RecordingFolder

WAITING_MOST_BYTES: Final = 16_000_000
"""Sound that waits to be written at most: about ten seconds of a hundred calls."""


@dataclass(frozen=True, slots=True)
class _Begin:
    call_sid: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Piece:
    call_sid: str
    position: int
    both: bytes


@dataclass(frozen=True, slots=True)
class _Finish:
    call_sid: str


@dataclass(frozen=True, slots=True)
class _Delete:
    call_sid: str


_Step = _Begin | _Piece | _Finish | _Delete


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
        self.dropped = 0
        """Pieces of about a second for which there was no time, or no disk."""
        self._now = now
        self._most = waiting_most_bytes
        self._steps: deque[_Step] = deque()
        self._bytes = 0
        self._added = asyncio.Event()
        self._order = asyncio.Lock()
        self._files: dict[str, RecordingFile] = {}

    def of(self, call_sid: str) -> CallSink | None:
        """Where the sound of a call goes; ``None`` when its caller has refused before."""
        return None if self.folder.is_refused(call_sid) else CallSink(self, call_sid)

    def begin(self, call_sid: str) -> None:
        """See `SoundSink`."""
        self._put(_Begin(call_sid, self._now()))

    def piece(self, call_sid: str, position: int, both: bytes) -> None:
        """See `SoundSink.put`."""
        if self._bytes + len(both) > self._most:
            self._lost("the disk is too slow")
            return
        self._bytes += len(both)
        self._put(_Piece(call_sid, position, both))

    def finish(self, call_sid: str) -> None:
        """See `SoundSink`."""
        self._put(_Finish(call_sid))

    def delete(self, call_sid: str) -> None:
        """See `SoundSink`."""
        self._put(_Delete(call_sid))

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._added.wait()
            self._added.clear()
            await self.drained()

    async def drained(self) -> None:
        """Returns when all that waits has been written."""
        async with self._order:
            while self._steps:
                steps, self._steps = self._steps, deque()
                await asyncio.to_thread(self._do_all, steps)
                self._bytes -= sum(len(one.both) for one in steps if isinstance(one, _Piece))

    def _put(self, step: _Step) -> None:
        self._steps.append(step)
        self._added.set()

    def _lost(self, reason: str) -> None:
        self.dropped += 1
        if self.dropped & (self.dropped - 1) == 0:  # 1, 2, 4, 8 ...: not once a second and call
            logger.warning("recording.lost: {} pieces: {}", self.dropped, reason)

    def _do_all(self, steps: deque[_Step]) -> None:
        for step in steps:
            try:
                self._do(step)
            except OSError as error:
                self._lost(error.strerror or type(error).__name__)

    def _do(self, step: _Step) -> None:
        match step:
            case _Begin():
                path = self.folder.file_of(step.call_sid)
                self._files[step.call_sid] = RecordingFile(path, step.at)
            case _Piece() if step.call_sid in self._files:
                self._files[step.call_sid].write(step.position, step.both)
            case _Piece():
                self._lost("there is no file")
            case _Finish():
                self._close(step.call_sid)
            case _Delete():
                self._close(step.call_sid)
                self.folder.refuse(step.call_sid)

    def _close(self, call_sid: str) -> None:
        if (file := self._files.pop(call_sid, None)) is not None:
            file.close()


@dataclass(frozen=True, slots=True)
class CallSink:
    """Where the sound of one call goes (`SoundSink`)."""

    recorder: CallRecorder
    call_sid: str

    def begin(self) -> None:
        """See `SoundSink`."""
        self.recorder.begin(self.call_sid)

    def put(self, position: int, both: bytes) -> None:
        """See `SoundSink`."""
        self.recorder.piece(self.call_sid, position, both)

    def finish(self) -> None:
        """See `SoundSink`."""
        self.recorder.finish(self.call_sid)

    def delete(self) -> None:
        """See `SoundSink`."""
        self.recorder.delete(self.call_sid)
