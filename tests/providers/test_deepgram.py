"""Our Deepgram client on its emulator: words, missing words, and every fault at every moment."""

from __future__ import annotations

import asyncio
import logging

import pytest
from loguru import logger

from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.deepgram import DeepgramEmulator
from loadtest.simulator.providers.faults import (
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
)
from loadtest.simulator.providers.latency import RECOGNITION, DelayDraws
from loadtest.simulator.providers.serving import listening
from pipelines.providers.deepgram.stt import FINAL_S, DeepgramAccount, NovaSTT
from pipelines.providers.wire import REFUSED_S
from tests.providers.emulated import listening_to, recording, silence
from tests.support import virtual_time

HEARS = ByManifest.read("audio_fixtures/manifest.toml")
KEY = "dg-secret-key"
FIRST = recording("reference/slt/01.wav")
SECOND = recording("reference/slt/05.wav")
FIRST_WORDS = "hi my air conditioner stopped cooling and the outdoor unit is rattling"
SECOND_WORDS = "yes that's fine please go ahead"


def test_a_turn_gives_its_words_and_missing_sound_misses_words() -> None:
    async def call() -> None:
        emulator = DeepgramEmulator(HEARS, key=KEY, delays=DelayDraws(RECOGNITION, seed=3))
        async with listening(emulator.app()) as url:
            stt = NovaSTT(DeepgramAccount(url, "nova-3", KEY))
            async with listening_to(stt) as caller:
                words, _ = await caller.says(FIRST)
                assert words == FIRST_WORDS
                assert not stt.words_lost
                assert caller.partials
                assert all(FIRST_WORDS.startswith(partial) for partial in caller.partials)
                words, _ = await caller.says(FIRST[:12000], FIRST[20000:])
                assert words == FIRST_WORDS.replace("stopped ", "")
                words, _ = await caller.says(SECOND)
                assert words == SECOND_WORDS
                words, _ = await caller.says(silence(0.8))
                assert (words, stt.words_lost) == ("", False)
        assert len(emulator.connections) == 1

    virtual_time.run(call())


@pytest.mark.parametrize("is_reset", [False, True], ids=["one connection", "sent again"])
def test_what_they_heard_is_what_is_counted(*, is_reset: bool) -> None:
    async def call() -> None:
        reset = ProviderFault(FaultName.RESET, FaultMoment.MID_STREAM, times=1)
        faults = FaultScript([reset] if is_reset else [])
        emulator = DeepgramEmulator(HEARS, key=KEY, faults=faults)
        async with listening(emulator.app()) as url:
            stt = NovaSTT(DeepgramAccount(url, "nova-3", KEY))
            sent = stt.sent  # outlives the pipeline
            async with listening_to(stt) as caller:
                await caller.says(FIRST)
                await asyncio.sleep(60.0)  # kept alive by messages, which cost nothing
                await caller.says(silence(0.8))
            heard = sum(len(one.heard) for one in emulator.connections)
            said = len(FIRST) + len(silence(0.8))
            assert len(emulator.connections) == 1 + is_reset
            assert sent.samples > said if is_reset else sent.samples == said == heard

    virtual_time.run(call())


TROUBLE = [
    ProviderFault(name, moment, times=times, wait_s=wait_s)
    for name in FaultName
    for moment in FaultMoment
    for times, wait_s in ((1, 2.0), (None, 2.0))
]


@pytest.mark.parametrize(
    "fault", TROUBLE, ids=lambda f: f"{f.name}-{f.at}-{'once' if f.times else 'always'}"
)
def test_every_fault_ends_in_words_or_in_lost_in_time_and_the_next_turn_works(
    fault: ProviderFault,
) -> None:
    async def call() -> None:
        faults = FaultScript([fault])
        emulator = DeepgramEmulator(HEARS, key=KEY, faults=faults)
        async with listening(emulator.app()) as url:
            stt = NovaSTT(DeepgramAccount(url, "nova-3", KEY))
            async with listening_to(stt) as caller:
                words, took_s = await caller.says(FIRST)
                assert took_s <= FINAL_S + 0.05
                assert bool(words) != stt.words_lost
                assert FIRST_WORDS.startswith(words) or fault.name is FaultName.DRIBBLE
                if stt.words_lost:
                    assert caller.errors
                    assert all(KEY not in error and "air" not in error for error in caller.errors)
                faults.clear()
                await virtual_wait(fault)
                words, took_s = await caller.says(SECOND)
                assert (words, stt.words_lost) == (SECOND_WORDS, False)
                assert took_s <= FINAL_S

    virtual_time.run(call())


async def virtual_wait(fault: ProviderFault) -> None:
    """The agent speaks; after a refused key somebody sets it right."""
    await asyncio.sleep(REFUSED_S if fault.name is FaultName.UNAUTHORIZED else 3.0)


def test_neither_key_nor_words_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    lines: list[str] = []
    sink = logger.add(lines.append, level="INFO")

    async def call() -> None:
        fault = ProviderFault(FaultName.RESET, FaultMoment.MID_STREAM)
        emulator = DeepgramEmulator(HEARS, key=KEY, faults=FaultScript([fault]))
        async with listening(emulator.app()) as url:
            stt = NovaSTT(DeepgramAccount(url, "nova-3", KEY))
            async with listening_to(stt) as caller:
                words, _ = await caller.says(FIRST)
                assert words == FIRST_WORDS
        assert len(emulator.connections) == 2

    try:
        virtual_time.run(call())
    finally:
        logger.remove(sink)
    for line in [*lines, *(record.getMessage() for record in caplog.records)]:
        assert KEY not in line
        assert "conditioner" not in line
