"""One file a call: what was kept of it, self-contained, in a versioned form.

A zip archive with a folder for each line that served the call (one, unless the line was cut):

    0/header.json    what it is, by which business file, whether the sound is the caller's own
    0/steps.bin      what was done to the line (`media.tape.STEP`), byte planes
    0/times.bin      clock readings: nanoseconds since the one before, byte planes
    0/sound.ulaw     the caller, mu-law at 8 kHz, as it came in
    0/line.json      texts, and what the three networks answered
    0/turns.jsonl    what the line decided: a time and a line of words each
    0/talk.jsonl     what the conversation took in and decided (`dialogue.tape`)

Byte planes (all first bytes, then all second ones) are what a compressor can do something with.
Files come from strangers too: sizes are bounded, and everything is checked as it is read.
"""

from __future__ import annotations

import io
import json
import zipfile
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError

from voiceagent.core.turns.interruption import SoundScores
from voiceagent.dialogue.port import Channel
from voiceagent.dialogue.tape import Leads, TalkRow, TalkStart, TalkTape
from voiceagent.errors import OwnerFixable
from voiceagent.media.tape import STEP, Decision, LineTape, ModelQuestion

FORMAT: Final = "voiceagent-incident"
VERSION: Final = 1

MEMBER_MOST_BYTES: Final = 64_000_000
"""A member that says it is larger is refused unread."""

SUFFIX: Final = ".incident.zip"


class KeptSound(StrEnum):
    """What the sound in a file is.

    OWN: the caller's own · SHUFFLED: noise, as loud as the caller at every moment (`shuffle`) ·
    NONE: there is no line, the conversation was written.
    """

    OWN = "own"
    SHUFFLED = "shuffled"
    NONE = "none"


class IncidentHeader(BaseModel):
    """What a recording is of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["voiceagent-incident"] = FORMAT
    version: Literal[1] = VERSION
    call_id: str
    call_sid: str
    caller: str
    called: str
    row_channel: str
    business: dict[str, JsonValue]
    call_s: float
    sound: KeptSound
    whole: bool
    """Whether all of the line and of the conversation is there."""
    exported: bool = False
    """Whether personal data was replaced."""
    began_at: datetime | None = None
    leads: Leads = Leads.HOUSE
    caller_number: str | None = None
    channel: Channel = "voice"
    private: bool = False


@dataclass(frozen=True, slots=True)
class CallPart:
    """One line's time of a call, or all of a written conversation."""

    header: IncidentHeader
    line: LineTape | None
    talk: TalkTape


class _LineNotes(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    begun_s: float
    texts: list[str]
    questions: list[tuple[int, bool, int, float]]
    scores: list[tuple[int, float, float, float, float]]
    times: Literal["ns", "s"]
    reads_again: bool = False


_DECISIONS: Final = TypeAdapter(list[Decision])
_ROWS: Final = TypeAdapter(list[TalkRow])


def write(parts: Sequence[CallPart]) -> bytes:
    """The file of a call."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(parts):
            _write(archive, f"{number}/", part)
    return out.getvalue()


def read(path: Path) -> list[CallPart]:
    """What `write` wrote.

    Raises:
        OwnerFixable: ``replay.file``: it is nothing of the kind, or of a newer version.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            numbers = sorted({int(name.partition("/")[0]) for name in names})
            return [_read(archive, f"{number}/") for number in numbers]
    except OSError as error:
        raise OwnerFixable("replay.file", "It cannot be read.", where=str(path)) from error
    except (zipfile.BadZipFile, KeyError, ValueError, ValidationError) as error:
        why = "It is no recording of a call, or one of another version."
        raise OwnerFixable("replay.file", why, where=str(path)) from error


def _write(archive: zipfile.ZipFile, folder: str, part: CallPart) -> None:
    archive.writestr(f"{folder}header.json", part.header.model_dump_json(indent=1))
    archive.writestr(f"{folder}talk.jsonl", _lines(_ROWS.dump_python(part.talk.rows, mode="json")))
    line = part.line
    if line is None:
        return
    exact, times = _packed_times(line.times)
    notes = _LineNotes(
        begun_s=line.begun_s,
        texts=line.texts,
        questions=[(q.asked, q.taken, q.answered, q.probability) for q in line.questions],
        scores=[(at, s.words, s.nod, s.filler, s.noise) for at, s in line.scores.items()],
        times="ns" if exact else "s",
        reads_again=line.reads_again,
    )
    archive.writestr(f"{folder}line.json", notes.model_dump_json())
    archive.writestr(f"{folder}steps.bin", _planes(bytes(line.steps), STEP.size))
    archive.writestr(f"{folder}times.bin", times)
    archive.writestr(f"{folder}sound.ulaw", bytes(line.sound))
    decided = _DECISIONS.dump_python(line.decisions, mode="json")
    archive.writestr(f"{folder}turns.jsonl", _lines(decided))


def _read(archive: zipfile.ZipFile, folder: str) -> CallPart:
    header = IncidentHeader.model_validate_json(_member(archive, f"{folder}header.json"))
    rows = _ROWS.validate_python(_objects(_member(archive, f"{folder}talk.jsonl")))
    start = None
    if header.began_at is not None:
        start = TalkStart(
            header.began_at, header.leads, header.caller_number, header.channel, header.private
        )
    talk = TalkTape(start, rows)
    if header.sound is KeptSound.NONE:
        return CallPart(header, None, talk)
    notes = _LineNotes.model_validate_json(_member(archive, f"{folder}line.json"))
    line = LineTape()
    line.begun_s = notes.begun_s
    line.steps = bytearray(_from_planes(_member(archive, f"{folder}steps.bin"), STEP.size))
    line.times = _times(_member(archive, f"{folder}times.bin"), exact=notes.times == "ns")
    line.sound = bytearray(_member(archive, f"{folder}sound.ulaw"))
    line.texts = list(notes.texts)
    line.reads_again = notes.reads_again
    line.questions = [ModelQuestion(*one) for one in notes.questions]
    line.scores = {one[0]: SoundScores(*one[1:]) for one in notes.scores}
    line.decisions = _DECISIONS.validate_python(_objects(_member(archive, f"{folder}turns.jsonl")))
    return CallPart(header, line, talk)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MEMBER_MOST_BYTES:
        raise ValueError("a member is too large")
    with archive.open(name) as file:
        content = file.read(MEMBER_MOST_BYTES + 1)
    if len(content) > MEMBER_MOST_BYTES:
        raise ValueError("a member is too large")
    return content


def _lines(objects: Sequence[object]) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects)


def _objects(text: bytes) -> list[object]:
    return [json.loads(line) for line in text.decode("utf-8").splitlines() if line]


def _planes(content: bytes, size: int) -> bytes:
    return np.frombuffer(content, dtype=np.uint8).reshape(-1, size).T.tobytes()


def _from_planes(content: bytes, size: int) -> bytes:
    return np.frombuffer(content, dtype=np.uint8).reshape(size, -1).T.tobytes()


def _packed_times(times: array[float]) -> tuple[bool, bytes]:
    """Clock readings, small; and whether they are whole nanoseconds, as a system's clock gives."""
    seconds = np.frombuffer(times, dtype=np.float64)
    if np.any(np.abs(seconds) > 2.0**52 / 1e9):
        return False, _planes(seconds.tobytes(), 8)
    whole_ns = np.rint(seconds * 1e9).astype(np.int64)
    if np.any(whole_ns / 1e9 != seconds):
        return False, _planes(seconds.tobytes(), 8)
    return True, _planes(np.diff(whole_ns, prepend=np.int64(0)).tobytes(), 8)


def _times(content: bytes, *, exact: bool) -> array[float]:
    plain = _from_planes(content, 8)
    if exact:
        plain = (np.cumsum(np.frombuffer(plain, dtype=np.int64)) / 1e9).tobytes()
    out = array("d")
    out.frombytes(plain)
    return out
