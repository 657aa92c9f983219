from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from pipelines.offline.language import Language
from pipelines.offline.recogniser import CallerStream, Ears, RecogniserClient
from training.hearing import CHUNK
from training.recordings import EvaluatedRecording, recordings
from training.scores import errors as word_errors
from training.scores import said
from voiceagent.domain.business import Business
from voiceagent.domain.open_question import OpenQuestion
from voiceagent.errors import Unavailable

FIXTURES = Path(__file__).resolve().parents[2] / "audio_fixtures"


def some_recordings() -> list[EvaluatedRecording]:
    """A few turns that differ in kind and in voice."""
    wanted = {("human", "awb"), ("quote", "slt"), ("cancel", "rms")}
    found = recordings(FIXTURES, sorted({group for group, _ in wanted}))
    return [r for r in found if (r.group, r.voice) in wanted][::3]


async def hear(ear: CallerStream, recording: EvaluatedRecording) -> str:
    utterance = ear.start(OpenQuestion(recording.asked))
    sound = recording.sound()
    for at in range(0, len(sound), 2 * CHUNK):
        utterance.feed(sound[at : at + 2 * CHUNK])
        await asyncio.sleep(0)
    return (await utterance.finish()).text


@pytest.mark.parametrize("ears", Ears)
async def test_most_words_of_several_voices_are_understood(
    business: Business, cache: Path, spoken: Language, ears: Ears
) -> None:
    played = some_recordings()
    assert {recording.voice for recording in played} == {"rms", "slt", "awb"}
    async with RecogniserClient(business, cache, ears=ears).running() as client:
        heard = [await hear(client.caller(), recording) for recording in played]
    errors = sum(word_errors(said(r.words), said(t)) for r, t in zip(played, heard, strict=True))
    assert errors <= 0.2 * sum(len(said(r.words)) for r in played)
    assert sum(client.turns.values()) == len(played)


async def test_the_transcript_so_far_grows(
    business: Business, cache: Path, spoken: Language
) -> None:
    recording = next(r for r in recordings(FIXTURES, ["cancel"]))
    sound = recording.sound()
    async with RecogniserClient(business, cache).running() as client:
        utterance = client.caller().start(OpenQuestion(recording.asked))
        assert await utterance.partial() == ""
        utterance.feed(sound[: len(sound) * 3 // 4])
        assert len((await utterance.partial()).split()) >= 2
        utterance.abandon()


async def test_a_dead_process_fails_its_turns_and_comes_back(
    business: Business, cache: Path, spoken: Language
) -> None:
    recording = next(r for r in recordings(FIXTURES, ["human"]))
    async with RecogniserClient(business, cache).running() as client:
        first = client.pid
        assert first is not None
        utterance = client.caller().start()
        utterance.feed(recording.sound())
        os.kill(first, signal.SIGKILL)
        with pytest.raises(Unavailable):
            await utterance.finish()
        async with asyncio.timeout(30):
            text = await heard_again(client, recording)
        assert client.pid != first
    assert "person" in text


async def heard_again(client: RecogniserClient, recording: EvaluatedRecording) -> str:
    """Hear a recording as soon as the process is back."""
    while True:
        try:
            return await hear(client.caller(), recording)
        except Unavailable:
            await asyncio.sleep(0.05)
