"""The engine's end of reading short sounds: in turn, bounded, and silent when nobody knows."""

from __future__ import annotations

import asyncio

import pytest

from pipelines.offline.short_sounds import READ_S, WAITING, ShortReading, ShortSoundEars
from voiceagent.core.beside import beside
from voiceagent.core.clock import SystemClock
from voiceagent.errors import Unavailable
from voiceagent.media.second_look import SoundMeaning


class Reader:
    """Reads what it is given as text, surely, when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.asked: list[bytes] = []

    async def read(self, pcm_8k: bytes) -> ShortReading:
        self.asked.append(pcm_8k)
        await self.let.wait()
        if pcm_8k == b"dead":
            raise Unavailable("helper.died", "The speech process ended.")
        return ShortReading(pcm_8k.decode(), 0.9)


async def told(reader: Reader, sounds: list[bytes]) -> list[SoundMeaning]:
    ears = ShortSoundEars(reader.read, SystemClock())
    heard: list[SoundMeaning] = []
    async with beside(ears.run()):
        for sound in sounds:
            ears.ask(sound, heard.append)
        reader.let.set()
        for _ in range(20 * len(sounds)):
            await asyncio.sleep(0)
    return heard


async def test_of_a_dead_process_nobody_knows_and_the_next_sound_is_read() -> None:
    heard = await told(Reader(), [b"dead", b"stop"])
    assert heard == [SoundMeaning.UNKNOWN, SoundMeaning.FLOOR]


async def test_each_is_told_what_it_is_in_turn() -> None:
    heard = await told(Reader(), [b"mm-hm", b"hold on", b"right", b""])
    assert heard == [
        SoundMeaning.ANSWER, SoundMeaning.FLOOR, SoundMeaning.ANSWER, SoundMeaning.NOTHING
    ]  # fmt: skip


async def test_all_are_told_and_no_more_are_read_than_can_be_in_time() -> None:
    reader = Reader()
    heard = await told(reader, [b"stop"] * (WAITING + 3))
    assert len(heard) == WAITING + 3
    assert heard.count(SoundMeaning.UNKNOWN) == 3
    assert len(reader.asked) == WAITING


@pytest.mark.parametrize(
    ("text", "confidence", "meaning"),
    [
        ("Stop.", 0.06, SoundMeaning.FLOOR),
        ("Stop.", 0.01, SoundMeaning.GUESS),
        ("Operator.", 0.2, SoundMeaning.FLOOR),
        ("Okay.", 0.3, SoundMeaning.GUESS),
        ("Five.", 0.3, SoundMeaning.ANSWER),
        ("Okay.", 0.9, SoundMeaning.ANSWER),
        ("Um.", 0.9, SoundMeaning.NOTHING),
        ("Five.", 0.9, SoundMeaning.ANSWER),
        ("M. M. M. M.", 0.9, SoundMeaning.ANSWER),
        ("Got home. Got home.", 0.9, SoundMeaning.ANSWER),
        ("I need a pen.", 0.4, SoundMeaning.ANSWER),
        ("I need a pen.", 0.9, SoundMeaning.FLOOR),
        ("No. No. No.", 0.1, SoundMeaning.GUESS),
        ("No. No. No.", 0.3, SoundMeaning.FLOOR),
    ],
)
def test_what_is_read_means_more_the_surer_it_is(
    text: str, confidence: float, meaning: SoundMeaning
) -> None:
    reading = ShortReading(text, confidence)
    assert ShortReading.read(reading.written()) == reading
    assert reading.meaning is meaning


class Late(SystemClock):
    """A clock on which waiting takes long."""

    def __init__(self) -> None:
        super().__init__()
        self.late_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.late_s


async def test_what_has_waited_for_too_long_is_not_read() -> None:
    reader, clock = Reader(), Late()
    ears = ShortSoundEars(reader.read, clock)
    heard: list[SoundMeaning] = []
    ears.ask(b"stop", heard.append)
    clock.late_s = READ_S
    reader.let.set()
    async with beside(ears.run()):
        for _ in range(20):
            await asyncio.sleep(0)
    assert heard == [SoundMeaning.UNKNOWN]
    assert reader.asked == []


@pytest.mark.parametrize("sounds", [[], [b"stop"]])
async def test_it_ends_with_its_block_though_it_waits(sounds: list[bytes]) -> None:
    reader = Reader()
    ears = ShortSoundEars(reader.read, SystemClock())
    async with beside(ears.run()):
        for sound in sounds:
            ears.ask(sound, lambda _: None)
        await asyncio.sleep(0)
