"""Every golden call on every text channel."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.registry import CHANNELS
from tests.golden.by_text import calls_for, check

EVERY = [
    pytest.param(path, one.name, id=f"{path.stem}-{one.name}")
    for one in CHANNELS
    for path in calls_for(one)
]


@pytest.mark.parametrize(("path", "channel"), EVERY)
async def test_the_same_tool_calls(path: Path, channel: str) -> None:
    await check(path, channel)
