"""Phrase spotting, on recordings of the repository taken as the agent's voice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from loadtest.simulator import g711, wav
from loadtest.simulator.spotter import PhraseError, Spotter

RECORDINGS = Path(__file__).parents[2] / "audio_fixtures/reference_hard/rms"


async def spot(phrase: str, recording: str, wait_s: float) -> list[str]:
    heard: list[str] = []
    found = asyncio.Event()

    def note(said: str) -> None:
        heard.append(said)
        found.set()

    spotter = Spotter((phrase,), note)
    await spotter.load()
    running = asyncio.create_task(spotter.run())
    audio = g711.encode(wav.read(RECORDINGS / recording)) + g711.SILENCE * 8000
    for at in range(0, len(audio), 160):
        spotter.listen(audio[at : at + 160])
    waiting = asyncio.create_task(found.wait())
    await asyncio.wait({waiting, running}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if running.done():
        running.result()
    running.cancel()
    await asyncio.gather(waiting, running, return_exceptions=True)
    return heard


async def test_a_phrase_is_spotted() -> None:
    assert set(await spot("friendly dog", "07.wav", 10)) == {"friendly dog"}


async def test_a_phrase_not_said_is_not() -> None:
    assert await spot("please go ahead", "07.wav", 1.0) == []


async def test_a_word_outside_the_dictionary_is_refused() -> None:
    with pytest.raises(PhraseError, match="zzqx"):
        await spot("zzqx please", "07.wav", 5)
