"""The helper processes, for real: what they say and hear, and what happens when they die."""

from __future__ import annotations

import asyncio
import os
import signal
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from pipelines.offline.priority import NICENESS
from pipelines.offline.recogniser import CallerStream, RecogniserClient
from pipelines.offline.speaker import SpeakerClient
from pipelines.offline.voices import VoiceEngine
from voiceagent.domain.business_file import load_business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.open_question import OpenQuestion
from voiceagent.errors import Unavailable
from voiceagent.media.second_look import SoundMeaning

FIXTURES = Path("audio_fixtures")
CACHE = Path(".state/speech")


@pytest.fixture(params=list(VoiceEngine), ids=str)
async def speaker(request: pytest.FixtureRequest) -> AsyncIterator[SpeakerClient]:
    async with SpeakerClient(request.param).running() as client:
        yield client


@pytest.fixture
async def recogniser() -> AsyncIterator[RecogniserClient]:
    async with RecogniserClient(load_business("business/coolcare.toml"), CACHE).running() as client:
        yield client


def recording(name: str) -> bytes:
    with wave.open(str(FIXTURES / name)) as file:
        frames: bytes = file.readframes(file.getnframes())
    return frames


async def heard(ear: CallerStream, name: str, expecting: Expecting) -> str:
    utterance = ear.start(OpenQuestion(expecting))
    pcm = recording(name)
    for start in range(0, len(pcm), 960):
        utterance.feed(pcm[start : start + 960])
    return (await utterance.finish()).text


async def spoken(speaker: SpeakerClient, text: str) -> tuple[int, list[int], list[str]]:
    samples, offsets, words = 0, [], []
    async for chunk in speaker.synthesize(text, voice="en-us", words_per_minute=175):
        samples += len(chunk.pcm_8k) // 2
        offsets += [word.sample_offset for word in chunk.words]
        words += [text[w.char_start : w.char_start + w.char_length] for w in chunk.words]
    return samples, offsets, words


async def test_words_have_their_places_in_the_sound(speaker: SpeakerClient) -> None:
    samples, offsets, words = await spoken(speaker, "thanks for calling")
    assert words == ["thanks", "for", "calling"]
    assert offsets == sorted(offsets)
    assert 0 <= offsets[0] < offsets[-1] < samples
    assert 4000 < samples < 24000


async def test_an_unknown_voice_is_refused_and_the_next_utterance_is_spoken(
    speaker: SpeakerClient,
) -> None:
    with pytest.raises(Unavailable, match=r"speaker\.failed"):
        async for _ in speaker.synthesize("hello", voice="nobody", words_per_minute=175):
            pass
    assert (await spoken(speaker, "hello"))[0] > 0


async def test_leaving_early_cancels_the_rest(speaker: SpeakerClient) -> None:
    long = "the quick brown fox jumps over the lazy dog " * 200
    async for _ in speaker.synthesize(long, voice="en-us", words_per_minute=175):
        break
    async with asyncio.timeout(5):
        assert (await spoken(speaker, "hello"))[0] > 0


async def test_a_dead_speaker_is_unavailable_and_comes_back(speaker: SpeakerClient) -> None:
    assert speaker.pid is not None
    os.kill(speaker.pid, signal.SIGKILL)
    while speaker.pid is not None:  # noqa: ASYNC110 - until the death was noticed
        await asyncio.sleep(0.01)
    with pytest.raises(Unavailable):
        await spoken(speaker, "hello")
    async with asyncio.timeout(20):
        while True:
            try:
                samples, _, _ = await spoken(speaker, "hello")
                break
            except Unavailable:
                await asyncio.sleep(0.1)
    assert samples > 0


async def test_a_caller_is_understood(recogniser: RecogniserClient) -> None:
    ear = recogniser.caller()
    name = "reference/awb/04.wav"
    assert await heard(ear, name, Expecting.ADDRESS) == (
        "one twenty three oak street springfield ohio"
    )


async def test_callers_at_the_same_time_do_not_disturb_each_other(
    recogniser: RecogniserClient,
) -> None:
    plan = [
        ("reference/slt/04.wav", Expecting.ADDRESS),
        ("reference/awb/02.wav", Expecting.YES_NO),
        ("reference/kal16/09.wav", Expecting.ANYTHING),
    ]
    alone = [await heard(recogniser.caller(), *one) for one in plan]
    ears = [recogniser.caller() for _ in plan]
    together = await asyncio.gather(
        *(heard(ear, *one) for ear, one in zip(ears, plan, strict=True))
    )
    assert together == alone


async def test_silence_has_no_words(recogniser: RecogniserClient) -> None:
    utterance = recogniser.caller().start()
    utterance.feed(np.zeros(8000, dtype=np.int16).tobytes())
    assert len((await utterance.finish()).text.split()) <= 1


async def test_a_dead_recogniser_fails_the_turn_in_flight(recogniser: RecogniserClient) -> None:
    utterance = recogniser.caller().start()
    utterance.feed(recording("reference/awb/04.wav"))
    assert recogniser.pid is not None
    os.kill(recogniser.pid, signal.SIGKILL)
    with pytest.raises(Unavailable, match=r"helper\.d"):
        await utterance.finish()


async def test_helpers_stand_back_for_the_process_that_sends_sound(
    recogniser: RecogniserClient, speaker: SpeakerClient
) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    for client in (recogniser, speaker):
        assert client.pid is not None
        assert os.getpriority(os.PRIO_PROCESS, client.pid) == min(19, own + NICENESS)


async def test_a_short_word_is_read_beside_a_turn_that_is_open(
    recogniser: RecogniserClient,
) -> None:
    turn = recogniser.caller().start()
    turn.feed(recording("reference/awb/04.wav"))
    read = [
        await recogniser.read_short(recording(name))
        for name in ("panel/awb/wait.wav", "panel/espeak_m7/mm_hm.wav")
    ]
    turn.abandon()
    assert [one.meaning for one in read] == [SoundMeaning.FLOOR, SoundMeaning.ANSWER]
