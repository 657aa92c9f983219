"""Our Cartesia client on its emulator: sound, word times, cut-offs, each fault at each moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.simulator.providers.cartesia import CartesiaEmulator
from loadtest.simulator.providers.faults import (
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
)
from loadtest.simulator.providers.serving import listening
from pipelines.providers.alone import rendered
from pipelines.providers.cartesia.client import (
    FIRST_SOUND_S,
    NEXT_SOUND_S,
    CartesiaAccount,
    CartesiaClient,
    SpeechEvent,
    together,
)
from pipelines.providers.cartesia.contexts import SentenceDone
from pipelines.providers.cartesia.tts import CartesiaTTS, cartesia_speech
from pipelines.providers.wire import REFUSED_S
from pipelines.ready_speech import SpeechPiece
from tests.support import virtual_time
from voiceagent.errors import Unavailable
from voiceagent.language.aloud import spoken as spoken_form

KEY = "sk_car_secret"
VOICE = "f786b574-daa5-4673-aa0c-cbe3e8534c02"
WORD_8K = 2400
TEXT = "The visit is $248, tonight."


async def voice(text: str) -> bytes:
    """Three tenths of a second a word."""
    return b"\x10\x00" * WORD_8K * len(text.split())


@asynccontextmanager
async def speaking(emulator: CartesiaEmulator) -> AsyncIterator[CartesiaClient]:
    async with (
        listening(emulator.app()) as url,
        CartesiaClient(CartesiaAccount(url, "sonic-3.5", VOICE, KEY)).running() as client,
    ):
        await asyncio.sleep(1.0)
        yield client


async def said(client: CartesiaClient, text: str = TEXT) -> tuple[int, tuple[int, ...]]:
    """Samples of a sentence's sound, and where its words begin."""
    samples = 0
    starts: tuple[int, ...] = ()
    async with aclosing(cartesia_speech(client, text)) as pieces:
        async for piece in pieces:
            samples, starts = samples + piece.samples, starts + piece.word_starts
    return samples, starts


def test_a_sentence_is_spoken_as_people_say_it_with_the_time_of_each_word() -> None:
    async def call() -> None:
        emulator = CartesiaEmulator(voice, key=KEY, voices=frozenset({VOICE}))
        async with speaking(emulator) as client:
            samples, starts = await said(client)
            spoken = "The visit is two hundred forty-eight dollars, tonight."
            assert [request.transcript for request in emulator.requests] == [spoken]
            assert spoken_form(TEXT) == spoken, "which is what its characters are counted by"
            words = spoken.split()
            assert samples == WORD_8K * len(words)
            assert len(starts) == len(words)
            assert starts[0] == 0
            assert list(starts) == sorted(starts)
            assert emulator.cancelled == []

    virtual_time.run(call())


def test_a_worker_has_one_connection_which_is_open_before_it_is_needed() -> None:
    async def call() -> None:
        emulator = CartesiaEmulator(voice, key=KEY)
        async with speaking(emulator) as client:
            assert emulator.connections == 1
            async with asyncio.TaskGroup() as tasks:
                all_said = [tasks.create_task(said(client, f"Call {n}.")) for n in range(10)]
            assert {task.result()[0] for task in all_said} == {2 * WORD_8K}
            assert emulator.connections == 1

    virtual_time.run(call())


@given(
    pieces=st.lists(
        st.tuples(st.binary(min_size=2, max_size=6), st.lists(st.integers(0, 99), max_size=2)),
        min_size=1,
        max_size=6,
    ),
    done=st.booleans(),
)
def test_what_came_together_goes_on_together(
    pieces: list[tuple[bytes, list[int]]], done: bool
) -> None:
    events: list[SpeechEvent] = [SpeechPiece(pcm, tuple(starts)) for pcm, starts in pieces]
    events += [SentenceDone()] if done else []

    async def joined() -> list[SpeechEvent]:
        queue: asyncio.Queue[SpeechEvent] = asyncio.Queue()
        for event in events[1:]:
            queue.put_nowait(event)
        return together(events[0], queue)

    sound = SpeechPiece(
        b"".join(pcm for pcm, _ in pieces), tuple(at for _, starts in pieces for at in starts)
    )
    assert asyncio.run(joined()) == [sound, *([SentenceDone()] if done else [])]


def test_the_service_speaks_in_a_pipeline() -> None:
    async def call() -> None:
        async with speaking(CartesiaEmulator(voice, key=KEY)) as client:
            tts = CartesiaTTS(client, model="sonic-3.5", voice=VOICE)
            pieces = [piece async for piece in rendered(tts, TEXT)]
            assert sum(piece.samples for piece in pieces) == 8 * WORD_8K
            assert sum(len(piece.word_starts) for piece in pieces) == 8

    virtual_time.run(call())


def test_a_sentence_that_is_cut_off_is_cancelled_there() -> None:
    async def call() -> None:
        emulator = CartesiaEmulator(voice, key=KEY)
        async with speaking(emulator) as client:
            async with aclosing(cartesia_speech(client, TEXT)) as pieces:
                async for _ in pieces:
                    break
            await asyncio.sleep(0.1)
            assert emulator.cancelled == [emulator.requests[0].context_id]
            samples, _ = await said(client)
            assert samples == 8 * WORD_8K
            assert emulator.connections == 1

    virtual_time.run(call())


def test_a_voice_that_is_not_there_is_said_as_what_it_is() -> None:
    async def call() -> None:
        emulator = CartesiaEmulator(voice, key=KEY, voices=frozenset({"another"}))
        async with speaking(emulator) as client:
            with pytest.raises(Unavailable) as error:
                await said(client)
            assert error.value.code == "cartesia.voice"

    virtual_time.run(call())


async def end_of(client: CartesiaClient) -> tuple[int, int] | Unavailable:
    """Samples and words of a sentence, or what it ended with."""
    try:
        samples, starts = await said(client)
    except Unavailable as error:
        return error
    return samples, len(starts)


TROUBLE = [
    ProviderFault(name, moment, times=times, wait_s=2.5)
    for name in FaultName
    for moment in FaultMoment
    for times in (1, None)
]


@pytest.mark.parametrize(
    "fault", TROUBLE, ids=lambda f: f"{f.name}-{f.at}-{'once' if f.times else 'always'}"
)
def test_every_fault_ends_in_sound_or_in_an_error_in_time_and_the_next_sentence_sounds(
    fault: ProviderFault,
) -> None:
    async def call() -> None:
        faults = FaultScript([fault])
        emulator = CartesiaEmulator(voice, key=KEY, faults=faults)
        async with speaking(emulator) as client:
            loop = asyncio.get_running_loop()
            began = loop.time()
            ended = await end_of(client)
            if isinstance(ended, Unavailable):
                assert ended.code.startswith("cartesia.")
                assert KEY not in str(ended)
                assert "visit" not in str(ended)
            else:
                assert ended == (8 * WORD_8K, 8)
            spoken_s = 8 * WORD_8K / 8000
            assert loop.time() - began <= FIRST_SOUND_S + spoken_s + NEXT_SOUND_S
            faults.clear()
            await asyncio.sleep(REFUSED_S if fault.name is FaultName.UNAUTHORIZED else 3.0)
            samples, _ = await said(client)
            assert samples == 8 * WORD_8K

    virtual_time.run(call())
