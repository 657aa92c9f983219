"""A caller who wants a person waits, is joined by a briefed lead, or is honestly brought back.

Real sockets and a real database; the carrier's simulator plays conference, leads, machine detection
and keys. The scenarios ring the same two leads and so come one after the other, on one engine.
"""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
import pytest_asyncio
from py_nanotts import NanoTTS

from loadtest.simulator.leads import LeadScript, OutgoingLeg, PickUp
from loadtest.simulator.report import CarrierEvent, EventKind
from loadtest.simulator.rooms import Room
from loadtest.simulator.script import At, CallerScript, EndCall, PlayWav, Press, Silence
from loadtest.simulator.wav import read, resample, write_mono
from tests.integration.stage import Row, agent_texts, outcome, rows
from tests.support.ears import emulated_ears
from tests.support.live import Live, live_engine
from voiceagent.app.cli import phone
from voiceagent.store.embedded import EmbeddedPostgres

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

ON_CALL, OFFICE, MIKE = "+19375550111", "+19375550112", "+19375550121"
WANTS_MIKE = "Can I talk to Mike?"
ASKS = Press("0", At(1.0))
"""The caller asks for a person during the greeting."""


@dataclass(frozen=True)
class Seen:
    """A finished scenario."""

    call: phone.PhoneCall
    outcome: str
    row: Row
    legs: list[OutgoingLeg]
    rooms: list[Room]
    said: list[str]
    events: list[EventKind]
    texts: list[str]
    recording: Path


async def scenario(
    live: Live,
    name: str,
    leads: dict[str, LeadScript],
    *steps: Any,
    copies: int = 1,
    asks: Press | PlayWav = ASKS,
) -> Seen:
    """One call of somebody who asks for a person; what leads do, then what the caller does."""
    carrier = live.carrier.emulator
    carrier.leads.clear()
    carrier.leads.update(leads)
    carrier.rooms.copies = copies
    legs, rooms, texts = len(carrier.legs), len(carrier.rooms.every), len(carrier.messages)
    events: list[EventKind] = []
    recording = live.log.with_name(f"{name}.wav")

    def note(event: CarrierEvent) -> None:
        events.append(event.kind)

    call = await phone.phone(
        live.engine,
        live.carrier,
        live.store,
        live.business,
        CallerScript([asks, *steps]),
        caller="+15551230031",
        record_to=recording,
        on_event=note,
    )
    call_sid = call.report.call_sid
    ended = await outcome(live.store, call_sid)
    await asyncio.sleep(1.0)  # legs that are being ended
    (row,) = await rows(live.store, "SELECT * FROM hand_offs WHERE call_sid = $1", call_sid)
    return Seen(
        call,
        ended,
        row,
        carrier.legs[legs:],
        carrier.rooms.every[rooms:],
        await agent_texts(live.store, call_sid),
        events,
        [one.body for one in carrier.messages[texts:]],
        recording,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def warm(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Live]:
    folder = tmp_path_factory.mktemp("hand-off")
    async with emulated_ears(manifest=spoken(WANTS_MIKE, folder)) as ears:
        how = {**ears, "HAND_OFF": "warm"}
        async with live_engine(postgres, folder, ears=how) as live:
            yield live


def spoken(text: str, folder: Path) -> Path:
    """A recording of a sentence in a folder; its manifest, from which emulated ears know it."""
    sound = np.frombuffer(NanoTTS().speak(text, voice="en-US", volume=1.0), dtype="<i2")
    sound_8k = resample(sound.astype(np.float64), 16_000, 8_000).astype(np.int16)
    write_mono(folder / "spoken.wav", sound_8k)
    loud = np.flatnonzero(np.abs(sound_8k) > 500) // 8
    words = "".join(c for c in text.lower() if c.isalpha() or c == " ")
    manifest = folder / "spoken.toml"
    manifest.write_text(
        f'[[file]]\npath = "spoken.wav"\ngroup = "spoken"\nvoice = "pico"\nwords = "{words}"\n'
        f'text = "{text}"\nspeech_ms = [[{loud[0]}, {loud[-1]}]]\n',
        "utf-8",
    )
    return manifest


def seconds_of(recording: Path, hz: float) -> float:
    """How long a tone sounds in what the caller heard."""
    heard = read(recording).astype(np.float64)  # the caller is silent meanwhile
    frames = heard[: len(heard) // 800 * 800].reshape(-1, 800)
    spectrum = np.abs(np.fft.rfft(frames, axis=1))
    loud = np.sqrt((frames**2).mean(axis=1)) > 300
    peak = np.abs(np.fft.rfftfreq(800, 1 / 8000)[spectrum.argmax(axis=1)] - hz) < 11
    return float((loud & peak).sum()) / 10


async def test_a_lead_is_briefed_presses_one_and_has_the_caller(warm: Live) -> None:
    seen = await scenario(warm, "joined", {ON_CALL: LeadScript(talks_s=1.5)}, copies=2)
    assert seen.outcome == "transferred"
    assert (seen.row["stage"], seen.row["ended"]) == ("ended", "transferred")
    (leg,) = seen.legs
    assert leg.to_number == ON_CALL
    assert warm.business.name in leg.heard[0]
    assert "asked for a person" in leg.heard[0]
    assert leg.pressed == "1"
    assert leg.joined
    assert [room.most for room in seen.rooms] == [2]
    assert seen.events.index(EventKind.ON_HOLD) < seen.events.index(EventKind.CONNECTED)
    assert seconds_of(seen.recording, 440.0) >= 0.3
    (link,) = [word for text in seen.texts for word in text.split() if "/handoff/" in word]
    async with aiohttp.ClientSession() as http:
        async with http.get(link) as card:
            assert card.status == 200
            shown = await card.text()
        async with http.get(link[:-1] + ("0" if link[-1] != "0" else "1")) as forged:
            assert forged.status == 403
    assert "+15551230031" in shown
    assert warm.business.voice.greeting.split()[0] in shown
    (look,) = await warm.store.looks.recent(1)
    assert (look.look.visitor.name, look.look.what) == ("on-call by link", "GET /handoff/{id}")
    assert leg.errors == []
    assert seen.call.report.protocol_errors == ()


async def test_a_busy_lead_and_a_mailbox_are_passed_over(warm: Live) -> None:
    busy = await scenario(
        warm, "busy", {ON_CALL: LeadScript(PickUp.BUSY), OFFICE: LeadScript(talks_s=1.0)}
    )
    assert [leg.to_number for leg in busy.legs] == [ON_CALL, OFFICE]
    assert [leg.joined for leg in busy.legs] == [False, True]
    assert busy.outcome == "transferred"
    mailbox = await scenario(
        warm, "mailbox", {ON_CALL: LeadScript(PickUp.MACHINE), OFFICE: LeadScript(talks_s=1.0)}
    )
    assert [leg.joined for leg in mailbox.legs] == [False, True]
    assert mailbox.outcome == "transferred"
    assert max(room.most for room in busy.rooms + mailbox.rooms) == 2


EDGES = {
    "voicemail": LeadScript(PickUp.MACHINE),
    "declined": LeadScript(key="2"),
    "no-key": LeadScript(key=None),
    "hung-up-on-the-briefing": LeadScript(hangs_up_after_s=0.3),
    "no-such-line": LeadScript(PickUp.FAILED),
    "rang-out": LeadScript(PickUp.NOBODY),
}
"""What the first of two leads does, by the name of the recording."""


@pytest.mark.parametrize("edge", EDGES)
async def test_whatever_the_first_does_the_caller_hears_music_and_then_the_second(
    warm: Live, edge: str
) -> None:
    leads = {ON_CALL: EDGES[edge], OFFICE: LeadScript(talks_s=1.0)}
    seen = await scenario(warm, edge, leads)
    assert [leg.to_number for leg in seen.legs] == [ON_CALL, OFFICE]
    assert [leg.joined for leg in seen.legs] == [False, True]
    assert (seen.row["ended"], seen.outcome) == ("transferred", "transferred")
    assert max(room.most for room in seen.rooms) == 2
    listened_to(seen)


async def test_two_voicemails_bring_the_caller_back_to_an_honest_sentence(warm: Live) -> None:
    both = LeadScript(PickUp.MACHINE)
    leads = {ON_CALL: both, OFFICE: both}
    seen = await scenario(warm, "voicemails", leads, EndCall(At(24.0)))
    assert [leg.joined for leg in seen.legs] == [False, False]
    assert (seen.row["ended"], seen.outcome) == ("returned", "abandoned")
    assert any(warm.business.escalation.unavailable in text for text in seen.said), seen.said
    listened_to(seen)


def listened_to(seen: Seen) -> None:
    """The recording has both sides, the music while the caller waits, and nothing left undone."""
    with wave.open(str(seen.recording)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (2, 8000)
    assert seconds_of(seen.recording, 440.0) >= 0.3
    assert seen.call.report.protocol_errors == ()
    assert [leg.errors for leg in seen.legs] == [[] for _ in seen.legs]


async def test_when_nobody_takes_it_the_agent_says_so_and_leaves_a_message(warm: Live) -> None:
    seen = await scenario(
        warm,
        "all-gone",
        {ON_CALL: LeadScript(PickUp.BUSY), OFFICE: LeadScript(key="2")},
        EndCall(At(24.0)),
    )
    assert [leg.joined for leg in seen.legs] == [False, False]
    assert seen.row["ended"] == "returned"
    assert seen.outcome == "abandoned"
    assert len(seen.call.report.stream_sids) == 2
    assert any(warm.business.escalation.unavailable in text for text in seen.said), seen.said
    assert not any("cut off" in text for text in seen.said)
    assert any("please call back" in text for text in seen.texts), seen.texts


async def test_a_caller_who_hangs_up_while_waiting_takes_the_lead_off_the_phone(
    warm: Live,
) -> None:
    seen = await scenario(warm, "left", {ON_CALL: LeadScript(after_s=15.0)}, EndCall(At(9.0)))
    assert EventKind.ON_HOLD in seen.events
    (leg,) = seen.legs
    assert leg.status == "canceled"
    assert not leg.joined
    assert seen.row["ended"] == "caller_left"
    assert seen.outcome == "abandoned"


async def test_a_technician_who_is_asked_for_joins_and_then_somebody_of_the_office(
    warm: Live,
) -> None:
    """By what the caller says and by the tool; the third leaves before the technician does."""
    seen = await scenario(
        warm,
        "three",
        {MIKE: LeadScript(after_s=3.0, talks_s=5.0), ON_CALL: LeadScript(talks_s=1.5)},
        asks=PlayWav(warm.log.with_name("spoken.wav"), Silence(600)),
    )
    (tool,) = await rows(
        warm.store,
        "SELECT a.name FROM tool_audit a JOIN calls c ON c.id = a.call_id WHERE c.call_sid = $1",
        seen.call.report.call_sid,
    )
    assert tool["name"] == "join_customer_call"
    assert seen.row["reason"] == "technician"
    assert [leg.to_number for leg in seen.legs] == [MIKE, ON_CALL]
    assert [leg.joined for leg in seen.legs] == [True, True]
    assert [room.most for room in seen.rooms] == [3]
    assert seen.outcome == "transferred"
    listened_to(seen)
