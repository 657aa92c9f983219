"""The golden calls by SMS; the other text channels' are in `tests/matrix`."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.sms import SMS
from tests.golden.by_text import calls_for, check


@pytest.mark.parametrize("path", calls_for(SMS), ids=lambda path: path.stem)
async def test_the_same_tool_calls(path: Path) -> None:
    await check(path, SMS.name)
