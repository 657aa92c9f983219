"""The examples of docs/rest.md are run, in their order, by curl; each answers as it is printed."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer

from tests.app.rest.rig import BOOTSTRAP, rest_app
from tests.support.present import present
from tests.support.rooms import Line, line

DOCUMENT = (Path(__file__).parents[3] / "docs" / "rest.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```\n(?:\n```json\n(.*?)```)?", DOCUMENT, re.DOTALL)
OPEN = "…"


def fits(printed: Any, given: Any) -> bool:
    """Whether an answer is what is printed of it, where that is not left open."""
    if isinstance(printed, str) and OPEN in printed:
        return isinstance(given, str)
    if isinstance(printed, dict) and isinstance(given, dict):
        return set(printed) == set(given) and all(fits(printed[k], given[k]) for k in printed)
    if isinstance(printed, list) and isinstance(given, list):
        return len(printed) == len(given) and all(map(fits, printed, given))
    return bool(printed == given)


async def ran(script: str, url: str, known: dict[str, str]) -> Any:
    """What a script of curl printed."""
    environment = {"PATH": os.environ["PATH"], "URL": url, "TOKEN": BOOTSTRAP} | known
    shell = present(shutil.which("sh"))
    process = await asyncio.create_subprocess_exec(
        shell, "-euc", script, env=environment, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, script
    return json.loads(printed)


async def known_to(phone: Line) -> dict[str, str]:
    """What the examples name that was there before."""
    return {}


async def test_the_examples_answer_as_they_are_printed() -> None:
    assert EXAMPLES
    phone = line()
    async with TestServer(rest_app(phone, phone.store)) as server:
        known = await known_to(phone)
        for script, printed in EXAMPLES:
            given = await ran(script, f"http://127.0.0.1:{server.port}", known)
            assert fits(json.loads(printed), given), (script, given)
            known |= {k.upper(): v for k, v in given.items() if isinstance(v, str)}


def test_an_example_that_answers_otherwise_is_found() -> None:
    assert fits({"a": "…", "b": [1]}, {"a": "x", "b": [1]})
    for given in ({"a": 1, "b": [1]}, {"a": "x", "b": [2]}, {"a": "x"}, {"a": "x", "b": [1, 2]}):
        assert not fits({"a": "…", "b": [1]}, given)
