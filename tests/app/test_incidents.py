"""What a running engine keeps of calls: written one after the other, and nothing ends by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.postgres import a_call
from tests.support.rooms import SARAH, coolcare
from voiceagent.app.incidents import WAITING_MOST, IncidentRecorder, LineTapes, incident_folder
from voiceagent.app.settings import Settings
from voiceagent.app.sound_keeping import SoundKeeping
from voiceagent.dialogue.tape import Leads, TalkStart
from voiceagent.errors import OwnerFixable
from voiceagent.incidents.recording import read
from voiceagent.media.tape import LineTape

START = TalkStart(datetime(2025, 8, 30, tzinfo=UTC), Leads.MODEL, SARAH, "voice", private=True)


def settings_in(folder: Path) -> Settings:
    return Settings(state_dir=folder, incident_recording="on")


def recorder_in(folder: Path) -> IncidentRecorder:
    return IncidentRecorder(incident_folder(settings_in(folder)), coolcare(), 1800.0)


async def test_the_tapes_of_a_line_are_put_away(tmp_path: Path) -> None:
    recorder, tapes, call = recorder_in(tmp_path), LineTapes(LineTape(limit=0)), a_call(SARAH)
    tapes.talk.start = START
    recorder.put(call, tapes)
    recorder.put(replace(call, call_sid="CA2"), LineTapes())
    await recorder.queue.drained()
    folder = incident_folder(settings_in(tmp_path))
    path = folder.find(call.call_sid)
    assert path is not None
    (part,) = read(path)
    assert part.talk.start == START
    assert part.header.whole
    other = folder.find("CA2")
    assert other is not None
    assert read(other)[0].talk.start is None


async def test_what_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "incidents").write_text("no folder")
    recorder = recorder_in(tmp_path)
    for _ in range(WAITING_MOST + 1):
        recorder.put(a_call(SARAH), LineTapes())
    await recorder.queue.drained()
    assert (tmp_path / "incidents").read_text() == "no folder"
    assert recorder.dropped == WAITING_MOST + 1
    assert SoundKeeping(incidents=recorder).lost == {"incident": WAITING_MOST + 1}


@pytest.mark.parametrize("wrong", ["maybe", "1"])
def test_the_setting_is_on_or_off(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCIDENT_RECORDING", "ON")
    assert Settings.read().incident_recording == "on"
    monkeypatch.setenv("INCIDENT_RECORDING", wrong)
    with pytest.raises(OwnerFixable, match="INCIDENT_RECORDING"):
        Settings.read()
