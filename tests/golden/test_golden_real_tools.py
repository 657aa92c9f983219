"""The golden calls again, in text, with the real tools on a real PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.real import play
from tests.golden.replay import FOLDER, expected, load

CALLS = sorted(FOLDER.glob("*.call"))


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
async def test_golden_call_over_real_tools(path: Path, database: str) -> None:
    golden = load(path)
    wanted = [line for line in expected(golden) if not line.startswith("=")]
    assert await play(golden, database) == wanted
