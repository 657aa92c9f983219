from __future__ import annotations

import asyncio

import pytest

from voiceagent.core.beside import beside


async def test_the_work_ends_with_the_block() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with beside(work()):
        await asyncio.sleep(0)
        assert not ended.is_set()
    assert ended.is_set()


async def test_an_error_of_the_block_is_raised_as_it_is() -> None:
    with pytest.raises(KeyError, match="of the block"):
        async with beside(asyncio.Event().wait()):
            raise KeyError("of the block")


async def test_work_that_fails_ends_the_block() -> None:
    async def fails() -> None:
        raise KeyError("of the work")

    with pytest.raises(KeyError, match="of the work"):
        async with beside(fails()):
            await asyncio.Event().wait()


async def test_work_that_is_done_leaves_the_block_alone() -> None:
    async with beside(asyncio.sleep(0)):
        for _ in range(3):
            await asyncio.sleep(0)
