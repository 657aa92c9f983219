"""A call over sockets, its recording, and what somebody heard who listened in: against what the
carrier sent and played."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from loadtest.simulator import g711
from tests.integration.measured import Evening, measured_calls
from voiceagent.core.audio.wav_mulaw import HEADER_BYTES

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(150)]

FRAME: Final = 160
EXCERPT: Final = 1600
LOUD: Final = 300.0


def sides(both: bytes) -> list[g711.Samples]:
    """Caller and agent of stereo mu-law."""
    return [g711.decode(both[first::2]) for first in (0, 1)]


def at_the_carrier(path: Path) -> list[g711.Samples]:
    """Caller as sent, agent as heard."""
    with wave.open(str(path)) as file:
        both = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    return [np.ascontiguousarray(both[:, first]).astype(np.int16) for first in (0, 1)]


def places(kept: g711.Samples, carrier: g711.Samples) -> list[tuple[int, int]]:
    """Loud excerpts of 200 ms of what was kept: where each lies, and how far off the carrier's.

    The sound passed unchanged, so it is found by its samples; near the one before, since a sentence
    that is said twice is there twice.
    """
    there, found, near = carrier.tobytes(), [], None
    for at in range(0, len(kept) - EXCERPT, EXCERPT):
        excerpt = kept[at : at + EXCERPT]
        if np.abs(excerpt.astype(np.float64)).mean() < LOUD:
            continue
        since = 0 if near is None else max(0, 2 * (at + near - 8 * FRAME))
        until = len(there) if near is None else 2 * (at + near + 8 * FRAME + EXCERPT)
        place = there.find(excerpt.tobytes(), since, until)
        while place > 0 and place % 2:
            place = there.find(excerpt.tobytes(), place + 1, until)
        if place < 0:
            found.append((at, -1))
            continue
        near = place // 2 - at
        found.append((at, near))
    return found


@pytest.mark.ahead.with_args(measured_calls)
async def test_both_sides_lie_within_a_frame_over_the_whole_call(ahead: Evening) -> None:
    for measured in ahead.polite:
        report = measured.call.report
        assert report.recording is not None
        carrier = at_the_carrier(report.recording)
        file = (ahead.recordings / f"{report.call_sid}.wav").read_bytes()
        caller, agent = sides(file[HEADER_BYTES:])
        of_caller = [off for _, off in places(caller, carrier[0]) if off >= 0]
        assert len(of_caller) >= 20
        assert len(set(of_caller)) == 1  # not a sample of drift
        of_agent = places(agent, carrier[1])
        known = [off for _, off in of_agent if off >= 0]
        assert len(known) >= 50
        assert len(known) >= 0.9 * len(of_agent)  # the rest holds where a sound was cut or moved
        beside = sorted(abs(off - of_caller[0]) for off in known)
        assert beside[int(0.9 * len(beside))] <= FRAME
        assert beside[-1] <= 3 * FRAME  # where a crowded machine began a reply a tick late
        began = of_caller[0]
        spoken = [np.abs(side.astype(np.float64)) > LOUD for side in (carrier[0][began:], caller)]
        assert spoken[1].sum() >= 0.8 * spoken[0].sum()  # not the turn in which it ended


@pytest.mark.ahead.with_args(measured_calls)
async def test_nothing_is_kept_of_who_has_not_heard_the_disclosure(ahead: Evening) -> None:
    kept = {path.stem for path in ahead.recordings.iterdir()}
    for call in (*(one.call for one in ahead.polite), ahead.interrupting):
        kinds = [event.kind for event in call.history.events]
        assert (call.report.call_sid in kept) == ("disclosure.heard" in kinds)
        assert ("recording.began" in kinds) == ("disclosure.heard" in kinds)


@pytest.mark.ahead.with_args(measured_calls)
async def test_who_listens_in_hears_what_the_carrier_played(ahead: Evening) -> None:
    report = ahead.polite[0].call.report
    assert report.recording is not None
    carrier = at_the_carrier(report.recording)
    caller, agent = sides(ahead.listened)
    offs = {off for _, off in places(caller, carrier[0]) if off >= 0}
    assert len(offs) == 1
    heard = [off for _, off in places(agent, carrier[1]) if off >= 0]
    assert len(heard) >= 50
    assert max(abs(off - min(offs)) for off in heard) <= 2 * FRAME


@pytest.mark.ahead.with_args(measured_calls)
async def test_a_part_of_it_is_given_and_written_down_before(ahead: Evening) -> None:
    sid = ahead.polite[0].call.report.call_sid
    file = (ahead.recordings / f"{sid}.wav").read_bytes()
    assert ahead.ranged.status == 206
    assert ahead.ranged.content_range == f"bytes 100-1099/{len(file)}"
    assert ahead.ranged.body == file[100:1100]
    looks = set(ahead.ranged.looks)
    assert {"GET /calls/{worker}/{sid}/sound", "GET /console/calls/{sid}/recording"} <= looks
