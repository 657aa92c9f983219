"""The engine's end of reading short sounds: in turn, bounded, and silent when nobody knows."""

from __future__ import annotations

import asyncio

import pytest

from pipelines.offline.short_sounds import READ_S, WAITING, ShortSoundEars
from voiceagent.core.beside import beside
from voiceagent.core.clock import SystemClock
from voiceagent.errors import Unavailable
from voiceagent.media.second_look import SoundMeaning


class Reader:
    """Reads what it is given as text, when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.asked: list[bytes] = []

    async def read(self, pcm_8k: bytes) -> str:
        self.asked.append(pcm_8k)
        await self.let.wait()
        if pcm_8k == b"dead":
            raise Unavailable("helper.died", "The speech process ended.")
        return pcm_8k.decode()


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


async def test_a_dead_process_tells_nothing_and_the_next_sound_is_read() -> None:
    assert await told(Reader(), [b"dead", b"stop"]) == [SoundMeaning.FLOOR]


async def test_each_is_told_what_it_is_in_turn() -> None:
    heard = await told(Reader(), [b"mm-hm", b"hold on", b"right", b""])
    assert heard == [
        SoundMeaning.OTHER, SoundMeaning.FLOOR, SoundMeaning.OTHER, SoundMeaning.OTHER
    ]  # fmt: skip


async def test_no_more_wait_than_are_worth_reading() -> None:
    reader = Reader()
    assert len(await told(reader, [b"stop"] * (WAITING + 3))) == WAITING


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
    assert heard == []
    assert reader.asked == []


@pytest.mark.parametrize("sounds", [[], [b"stop"]])
async def test_it_ends_with_its_block_though_it_waits(sounds: list[bytes]) -> None:
    reader = Reader()
    ears = ShortSoundEars(reader.read, SystemClock())
    async with beside(ears.run()):
        for sound in sounds:
            ears.ask(sound, lambda _: None)
        await asyncio.sleep(0)
