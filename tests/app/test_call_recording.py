"""Recordings on disk: whole files at every moment, deleted when they must be, never waited for."""

from __future__ import annotations

import asyncio
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from voiceagent.app.call_recording import CallRecorder
from voiceagent.app.ops import recordings
from voiceagent.app.recording_file import RecordingFile, RecordingFolder
from voiceagent.app.settings import Settings
from voiceagent.core.audio.g711 import SILENCE
from voiceagent.core.audio.wav_mulaw import HEADER_BYTES, header

AT = datetime(2025, 8, 29, 12, tzinfo=UTC)
SID = "CA11"
SECOND = b"\x01\x02" * 8000


class Machine:
    """A recorder on a folder, and its time."""

    def __init__(self, path: Path, most: int = 1_000_000) -> None:
        self.now = AT
        self.folder = RecordingFolder(path / "recordings")
        self.recorder = CallRecorder(self.folder, lambda: self.now, waiting_most_bytes=most)

    def file(self) -> bytes:
        """The recording as it lies on disk, with its header as it should be."""
        content = self.folder.file_of(SID).read_bytes()
        assert content[:HEADER_BYTES] == header((len(content) - HEADER_BYTES) // 2, AT)
        return content[HEADER_BYTES:]


async def test_a_recording_is_whole_after_every_piece(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    sink = machine.recorder.of(SID)
    assert sink is not None
    sink.begin()
    for number in range(3):
        sink.put(number * 8000, SECOND)
        await machine.recorder.queue.drained()
        assert machine.file() == SECOND * (number + 1)  # also if it ended here
    path = machine.folder.file_of(SID)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    sink.finish()
    await machine.recorder.queue.drained()
    kept = machine.folder.kept(SID)
    assert kept is not None
    assert (kept.began, kept.seconds) == (AT, 3.0)


async def test_a_slow_disk_costs_sound_that_is_counted_and_silent(tmp_path: Path) -> None:
    machine = Machine(tmp_path, most=2 * len(SECOND))
    sink = machine.recorder.of(SID)
    assert sink is not None
    sink.begin()
    for number in range(5):  # nobody writes meanwhile
        sink.put(number * 8000, SECOND)
    await machine.recorder.queue.drained()
    sink.put(5 * 8000, SECOND)
    await machine.recorder.queue.drained()
    assert machine.recorder.dropped == 3
    assert machine.file() == 2 * SECOND + SILENCE * 3 * len(SECOND) + SECOND


async def test_a_call_that_comes_back_goes_on_in_its_place(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for line in range(2):
        sink = machine.recorder.of(SID)
        assert sink is not None
        machine.now = AT + timedelta(seconds=5 * line)
        sink.begin()
        sink.put(0, SECOND)
        sink.finish()
        await machine.recorder.queue.drained()
    assert machine.file() == SECOND + SILENCE * 4 * len(SECOND) + SECOND


async def test_a_line_that_takes_the_call_over_is_not_closed_with_the_one_before(
    tmp_path: Path,
) -> None:
    """The one before may need seconds to end, and the other has begun by then."""
    machine = Machine(tmp_path)
    first, second = machine.recorder.of(SID), machine.recorder.of(SID)
    assert first is not None
    assert second is not None
    first.begin()
    first.put(0, SECOND)
    await machine.recorder.queue.drained()
    machine.now = AT + timedelta(seconds=2)
    second.begin()
    first.finish()
    second.put(0, SECOND)
    await machine.recorder.queue.drained()
    assert machine.recorder.dropped == 0
    assert machine.file() == SECOND + SILENCE * len(SECOND) + SECOND


async def test_whatever_fails_on_disk_is_one_piece_that_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(tmp_path)
    sink = machine.recorder.of(SID)
    assert sink is not None
    sink.begin()
    await machine.recorder.queue.drained()

    def broken(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(RecordingFile, "write", broken)
        sink.put(0, SECOND)
        await machine.recorder.queue.drained()
    sink.put(8000, SECOND)
    await machine.recorder.queue.drained()
    assert machine.recorder.dropped == 1
    assert machine.recorder.queue.waiting_bytes == 0
    assert machine.file() == SILENCE * len(SECOND) + SECOND


@pytest.mark.parametrize("begun", [True, False])
async def test_a_refusal_leaves_nothing_and_holds_for_the_whole_call(
    tmp_path: Path, begun: bool
) -> None:
    machine = Machine(tmp_path)
    sink = machine.recorder.of(SID)
    assert sink is not None
    if begun:
        sink.begin()
        sink.put(0, SECOND)
        await machine.recorder.queue.drained()
    sink.delete()
    sink.put(8000, SECOND)
    await machine.recorder.queue.drained()
    assert machine.folder.find(SID) is None
    assert machine.folder.kept(SID) is None
    assert machine.recorder.of(SID) is None
    assert CallRecorder(machine.folder, lambda: AT).of(SID) is None  # another worker, later


async def test_a_disk_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (tmp_path / "recordings").write_text("a file stands in its way")
    sink = machine.recorder.of(SID)
    assert sink is not None
    sink.begin()
    sink.put(0, SECOND)
    sink.finish()
    await machine.recorder.queue.drained()
    assert machine.recorder.dropped == 2
    with pytest.raises(OSError):  # noqa: PT011 - whatever this system calls it
        machine.folder.check()


async def test_it_is_written_while_calls_go_on(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    sink = machine.recorder.of(SID)
    assert sink is not None
    running = asyncio.get_running_loop().create_task(machine.recorder.queue.run())
    sink.begin()
    sink.put(0, SECOND)
    async with asyncio.timeout(5):
        while machine.folder.kept(SID) is None:  # noqa: ASYNC110 - a thread writes it
            await asyncio.sleep(0.005)
    running.cancel()


def test_forgetting_and_retention_find_it_by_its_name_and_age(tmp_path: Path) -> None:
    folder = RecordingFolder(tmp_path / recordings.FOLDER)
    RecordingFile(folder.file_of(SID), AT).close()
    RecordingFile(folder.file_of("CA22"), AT).close()
    assert recordings.of_calls(folder.path, [SID, "id of it"]) == [folder.file_of(SID)]
    os.utime(folder.file_of(SID), (1000, 1000))
    assert recordings.older_than(folder.path, 2000) == [folder.file_of(SID)]


def test_a_file_that_is_none_of_ours_is_no_recording(tmp_path: Path) -> None:
    folder = RecordingFolder(tmp_path)
    folder.file_of(SID).write_bytes(b"something else")
    assert folder.kept(SID) is None


def test_no_call_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = RecordingFolder(tmp_path / "recordings")
    assert folder.file_of("../../etc/passwd").parent == folder.path


def test_it_is_off_unless_it_is_turned_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALL_RECORDING", raising=False)
    assert Settings.read().call_recording == "off"
    monkeypatch.setenv("CALL_RECORDING", "ON")
    assert Settings.read().call_recording == "on"
