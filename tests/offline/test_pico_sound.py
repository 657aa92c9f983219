"""Pico's sound as it goes on the line: no click, no gap, no clipping, as fast as was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise

import numpy as np
import pytest

from pipelines.offline.pico import LEAD_S, TAIL_S
from pipelines.offline.speaker import SpeakerClient
from pipelines.offline.voices import PICO_VOICES, VoiceEngine
from pipelines.offline.word_places import Sounding
from voiceagent.language.aloud import spoken

RATE = 8000
SAID = (
    "Thanks for calling CoolCare.",
    "First, for your safety: do you smell gas or burning, see smoke, or is an alarm going off?",
    "Thank you, Sarah. I have (555) 123-0000. What is the address for the visit?",
    "The after-hours visit is $248, credited toward the repair.",
    "I have tonight, 9-11 PM, or tomorrow, 8-10 AM. Which works better for you?",
    "Your booking code is 482937.",
    "One.",
)


@pytest.fixture
async def pico() -> AsyncIterator[SpeakerClient]:
    async with SpeakerClient(VoiceEngine.PICO).running() as client:
        yield client


async def sound(
    pico: SpeakerClient, text: str, voice: str = "en-us", wpm: int = 165
) -> tuple[np.ndarray, list[np.ndarray], list[int]]:
    """All of it, its pieces as they came, and where its words begin."""
    pieces, starts = [], []
    async for chunk in pico.synthesize(spoken(text), voice=voice, words_per_minute=wpm):
        pieces.append(np.frombuffer(chunk.pcm_8k, np.int16).astype(int))
        starts += [word.sample_offset for word in chunk.words]
    return np.concatenate(pieces), pieces, starts


async def test_it_is_clean(pico: SpeakerClient) -> None:
    for text in SAID:
        heard, _, _ = await sound(pico, text)
        voiced = Sounding.of(heard.astype(np.int16), RATE)
        assert abs(heard).max() < 29_000, f"clips: {text}"
        assert abs(heard.mean()) < 16, f"is off centre: {text}"
        assert abs(heard[:8]).max() < 64, f"begins with a click: {text}"
        assert abs(heard[-8:]).max() < 64, f"ends with a click: {text}"
        assert voiced.start <= (LEAD_S + 0.015) * RATE, f"begins late: {text}"
        assert len(heard) - voiced.end <= (TAIL_S + 0.04) * RATE, f"ends late: {text}"
        longest = max((p.end - p.start for p in voiced.pauses), default=0)
        assert longest <= 0.6 * RATE, f"has a gap: {text}"
        level = 20 * np.log10(heard[voiced.start : voiced.end].std() / 32768)
        assert -26 <= level <= -14, f"is as loud as {level:.0f} dBFS: {text}"


async def test_nothing_jumps_where_the_voice_rests(pico: SpeakerClient) -> None:
    """A click is a step in a quiet place, with nothing before it and nothing after."""
    for text in SAID:
        heard, _, _ = await sound(pico, text)
        steps = abs(np.diff(heard))[: len(heard) // 40 * 40 - 40].reshape(-1, 40).max(axis=1)
        alone = (steps[2:-2] > 150) & (np.maximum(steps[:-4], steps[4:]) < 40)
        assert not alone.any(), text


async def test_sentences_join_without_a_step(pico: SpeakerClient) -> None:
    _, pieces, _ = await sound(pico, " ".join(SAID))
    spoken_pieces = [piece for piece in pieces if len(piece)]
    assert len(spoken_pieces) > len(SAID)
    for before, after in pairwise(spoken_pieces):
        assert abs(before[-1] - after[0]) < 64


async def test_it_speaks_as_fast_as_was_asked(pico: SpeakerClient) -> None:
    """But for its pauses, which last as long at every speed."""
    spoken_s = {}
    for wpm in (110, 165, 300):
        voiced = [Sounding.of((await sound(pico, text, wpm=wpm))[0], RATE) for text in SAID[1:4]]
        pauses = sum(p.end - p.start for one in voiced for p in one.pauses)
        spoken_s[wpm] = (sum(one.end - one.start for one in voiced) - pauses) / RATE
    words = sum(len(spoken(text).split()) for text in SAID[1:4])
    assert words / spoken_s[165] * 60 == pytest.approx(165, rel=0.15)
    assert spoken_s[110] / spoken_s[165] == pytest.approx(165 / 110, rel=0.08)
    assert spoken_s[165] / spoken_s[300] == pytest.approx(300 / 165, rel=0.08)


async def test_every_word_has_its_place(pico: SpeakerClient) -> None:
    for text in (*SAID, " ".join(SAID)):
        heard, _, starts = await sound(pico, text)
        assert len(starts) == len(spoken(text).split())
        assert starts == sorted(starts)
        assert starts[0] >= 0
        assert starts[-1] < len(heard)


async def test_it_speaks_its_six_languages(pico: SpeakerClient) -> None:
    sounds = [await sound(pico, "Radio, taxi, hotel.", voice) for voice in PICO_VOICES]
    lengths = {len(heard) for heard, _, _ in sounds}
    assert len(lengths) == len(PICO_VOICES)
    assert min(lengths) > RATE
