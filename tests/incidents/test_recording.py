"""The file of a call: what was written is read, junk is refused, the folder stays in its bounds."""

from __future__ import annotations

import os
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.rooms import coolcare
from voiceagent.core.turns.interruption import SoundScores
from voiceagent.dialogue.mouth import Input, InputKind
from voiceagent.dialogue.recorder import WriteHold
from voiceagent.dialogue.tape import Leads, TalkRowKind, TalkStart, TalkTape
from voiceagent.domain.business import Business
from voiceagent.domain.redact import Withhold
from voiceagent.errors import OwnerFixable
from voiceagent.incidents import recording
from voiceagent.incidents.keeping import IncidentFolder
from voiceagent.incidents.recording import CallPart, IncidentHeader, KeptSound, read, write
from voiceagent.media.tape import LineStep, LineTape, ModelQuestion

NOW = datetime(2025, 8, 30, tzinfo=UTC)


def a_part(sid: str = "CA1", *, talk: TalkTape | None = None) -> CallPart:
    line = LineTape()
    line.begun_s = 12.5
    for number in range(50):
        line.begin(12.5 + number * 0.020001234, 13.0)
        line.sound += bytes([number]) * 160
        line.end(LineStep.AUDIO, number * 20, number, 160, x=0.25, flag=number % 2 == 0)
    line.text("agent")
    line.decided("something")
    line.questions.append(ModelQuestion(3, taken=True, answered=7, probability=0.125))
    line.scores[256] = SoundScores(0.5, 0.25, 0.125, 0.125)
    start = TalkStart(NOW, Leads.HOUSE, "+15551230000", "voice", private=False)
    talk = talk or TalkTape()
    talk.start = start
    talk.add(TalkRowKind.SAY, {"text": "Hello."})
    header = IncidentHeader(
        call_id="11111111-1111-4111-8111-111111111111",
        call_sid=sid,
        caller="+15551230000",
        called="+15550001111",
        row_channel="voice",
        business=coolcare().model_dump(mode="json"),
        call_s=1800.0,
        sound=KeptSound.OWN,
        whole=True,
        began_at=start.at,
        caller_number=start.caller_number,
    )
    return CallPart(header, line, talk)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    part, path = a_part(), tmp_path / "one"
    path.write_bytes(write([part, part]))
    for again in read(path):
        assert again.header == part.header
        assert again.talk.rows == part.talk.rows
        assert again.talk.start == part.talk.start
        assert again.line is not None
        assert part.line is not None
        for name in ("begun_s", "steps", "sound", "texts", "questions", "scores", "decisions"):
            assert getattr(again.line, name) == getattr(part.line, name), name
        assert list(again.line.times) == list(part.line.times)
    assert Business.model_validate(part.header.business) == coolcare()


@pytest.mark.parametrize("how", ["empty", "junk", "no header", "newer", "huge"])
def test_what_is_no_recording_is_refused(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MEMBER_MOST_BYTES", 40_000)
    path = tmp_path / "one"
    path.write_bytes(b"" if how == "empty" else b"junk")
    if how not in {"empty", "junk"}:
        header = a_part().header.model_dump_json()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            if how != "no header":
                newer = header.replace('"version":1', '"version":2')
                archive.writestr("0/header.json", newer if how == "newer" else header)
            archive.writestr("0/talk.jsonl", b"0" * 40_001 if how == "huge" else b"")
    with pytest.raises(OwnerFixable, match=r"replay\.file"):
        read(path)


def test_the_lines_of_a_call_are_in_one_file_and_found_by_either_name(tmp_path: Path) -> None:
    folder = IncidentFolder(tmp_path / "kept", 7, 1_000_000)
    folder.keep(a_part(), NOW)
    path = folder.keep(a_part(), NOW)
    assert len(read(path)) == 2
    assert folder.find("CA1") == folder.find(a_part().header.call_id) == path
    assert folder.find("CA") is None
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_the_folder_stays_in_its_bounds(tmp_path: Path) -> None:
    folder = IncidentFolder(tmp_path, 7, 1_000_000)
    for number in range(4):
        path = folder.keep(a_part(f"CA{number}"), NOW)
        at_s = (NOW - timedelta(days=8 - 2 * number)).timestamp()
        os.utime(path, (at_s, at_s))
    folder.prune(NOW)
    assert folder.find("CA0") is None
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 3
    IncidentFolder(tmp_path, 7, sum(sizes) - 1).prune(NOW)
    assert folder.find("CA1") is None
    assert folder.find("CA3") is not None


def test_of_a_card_neither_digits_nor_voice_are_kept(tmp_path: Path) -> None:
    hold = WriteHold(withhold=Withhold.of("4111111111111111"))
    talk = TalkTape()
    talk.took(Input(InputKind.HEARD, "four one one one 1111 it is", holds=(hold,)))
    talk.add(TalkRowKind.SAY, {"text": "Was that 4111 1111 1111 1111?"})
    part = a_part(talk=talk)
    path = IncidentFolder(tmp_path, 7, 1_000_000).keep(part, NOW)
    (kept,) = read(path)
    assert kept.header.sound is KeptSound.SHUFFLED
    assert "1111" not in str(kept.talk.rows)
    assert kept.line is not None
    assert part.line is not None
    assert kept.line.decisions == part.line.decisions


def said(*words: str) -> TalkTape:
    talk = TalkTape()
    for text in words:
        talk.took(Input(InputKind.HEARD, text))
    return talk


@pytest.mark.parametrize("number", range(3))
def test_no_voice_is_kept_of_who_does_not_want_to_be_recorded(tmp_path: Path, number: int) -> None:
    """On whichever of its lines they said it, and those that were put away before are mended."""
    folder = IncidentFolder(tmp_path / "kept", days=7, most_bytes=10_000_000)
    for at in range(3):
        words = "please don't record me" if at == number else "my ac died"
        path = folder.keep(a_part(talk=said(words)), NOW)
    parts = read(path)
    assert [part.header.sound for part in parts] == [KeptSound.SHUFFLED] * 3


def test_the_voice_of_who_says_nothing_of_it_is_kept(tmp_path: Path) -> None:
    folder = IncidentFolder(tmp_path / "kept", days=7, most_bytes=10_000_000)
    (part,) = read(folder.keep(a_part(talk=said("my ac died", "is this line recorded")), NOW))
    assert part.header.sound is KeptSound.OWN
