from __future__ import annotations

import asyncio
import os
import signal

import numpy as np
import pytest

from pipelines.offline.resample import Downsampler
from pipelines.offline.speaker import SpeakerClient, SpeechChunk
from voiceagent.errors import Unavailable

TEXT = "Thanks for calling. The visit tonight is two hundred and forty eight dollars. Shall I book?"


async def say(client: SpeakerClient, text: str, voice: str = "en-us") -> list[SpeechChunk]:
    return [c async for c in client.synthesize(text, voice=voice, words_per_minute=165)]


async def test_speech_streams_with_its_words_in_place() -> None:
    async with SpeakerClient().running() as client:
        chunks = await say(client, TEXT)
    assert len(chunks) > 20
    sound = np.frombuffer(b"".join(c.pcm_8k for c in chunks), "<i2").astype(float)
    assert 3 < len(sound) / 8000 < 12
    assert 3000 < np.abs(sound).max() < 32768
    words = [word for chunk in chunks for word in chunk.words]
    offsets = [word.sample_offset for word in words]
    assert offsets == sorted(offsets)
    assert offsets[-1] < len(sound)
    said = [TEXT[w.char_start : w.char_start + w.char_length].strip(".?") for w in words]
    assert said == TEXT.replace(".", "").replace("?", "").split()


async def test_the_first_chunk_comes_before_the_last() -> None:
    async with SpeakerClient().running() as client:
        speech = client.synthesize(TEXT, voice="en-us", words_per_minute=165)
        first = await anext(speech)
        assert 0 < len(first.pcm_8k) < 8000
        await speech.aclose()  # type: ignore[attr-defined]
        after = await say(client, "Yes.")
    assert after


async def test_calls_speak_side_by_side_as_they_do_alone() -> None:
    async with SpeakerClient().running() as client:
        alone = [await say(client, text) for text in ("Hello there.", TEXT)]
        together = await asyncio.gather(say(client, "Hello there."), say(client, TEXT))
    for one, other in zip(alone, together, strict=True):
        # espeak-ng varies the length of a sound by a few samples from one time to the next.
        lengths = [sum(len(c.pcm_8k) for c in chunks) for chunks in (one, other)]
        assert abs(lengths[0] - lengths[1]) < 160
        assert [len(c.words) for c in one if c.words] == [len(c.words) for c in other if c.words]


async def test_a_voice_that_does_not_exist_is_unavailable() -> None:
    async with SpeakerClient().running() as client:
        with pytest.raises(Unavailable):
            await say(client, "Hello.", voice="no-such-voice")
        assert await say(client, "Hello.")


async def test_a_dead_process_fails_its_speech_and_comes_back() -> None:
    async with SpeakerClient().running() as client:
        first = client.pid
        assert first is not None
        speech = client.synthesize(TEXT * 20, voice="en-us", words_per_minute=165)
        await anext(speech)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(Unavailable):
            async for _ in speech:
                pass
        async with asyncio.timeout(20):
            while not await spoken_again(client):  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.05)
        assert client.pid != first


async def spoken_again(client: SpeakerClient) -> bool:
    try:
        return bool(await say(client, "Yes."))
    except Unavailable:
        return False


@pytest.mark.parametrize(("hertz", "passes"), [(500, True), (3000, True), (5000, False)])
def test_the_downsampler_keeps_the_voice_band_and_drops_the_rest(hertz: int, passes: bool) -> None:
    at = np.arange(22050) / 22050
    tone = (8000 * np.sin(2 * np.pi * hertz * at)).astype(np.int16)
    whole = Downsampler(22050)
    out = np.concatenate([whole.feed(tone), whole.finish()])
    pieces = Downsampler(22050)
    cut = [pieces.feed(tone[i : i + 333]) for i in range(0, len(tone), 333)]
    np.testing.assert_array_equal(np.concatenate([*cut, pieces.finish()]), out)
    loudness = np.sqrt(np.mean(out[400:-400].astype(float) ** 2)) / (8000 / np.sqrt(2))
    assert loudness > 0.9 if passes else loudness < 0.02
