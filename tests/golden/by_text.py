"""The golden calls again, written, on a text channel: the same tool calls and the same rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from channels.contract import KnownBy, TextChannel
from channels.email import EMAIL
from tests.channels.rig import ANN, writing
from tests.golden.real import FaultyToolbox, ScriptedCarrier, seeded
from tests.golden.replay import FOLDER, Golden, canonical, expected, load
from voiceagent.core.clock import ManualClock
from voiceagent.store.memory import MemoryStore

SOMEBODY = "+19375550142"
CALLS = [
    path
    for path in sorted(FOLDER.glob("*.call"))
    if "[silence]" not in path.read_text(encoding="utf-8")  # nobody is silent in writing
]

BY_CALLER_ID = ("already_booked",)
"""Calls in which the number that they come from tells something; a chat has none."""


def calls_for(channel: TextChannel) -> list[Path]:
    """The golden calls that can be written on a channel."""
    by_number = channel.known_by is KnownBy.NUMBER
    return [path for path in CALLS if by_number or path.stem not in BY_CALLER_ID]


def written(golden: Golden) -> Iterator[str]:
    """What the caller would write: keys in a row are typed together."""
    keys = [re.fullmatch(r"\[key (.)\]", line) for line in golden.caller_lines]
    pairs = zip(golden.caller_lines, keys, strict=True)
    for is_keyed, group in groupby(pairs, key=lambda one: one[1] is not None):
        if is_keyed:
            yield "".join(key[1] for _, key in group if key is not None)
        else:
            yield from (line for line, _ in group)


async def check(path: Path, channel: str) -> None:
    """Play a call on a channel: the same tool calls, and no other bookings."""
    golden = load(path)
    clock = ManualClock(golden.now)
    store = MemoryStore(clock)
    for seed in golden.seeds:
        await seeded(store, seed)
    before = len(store.kept.jobs)
    async with writing(
        store,
        clock,
        business=golden.business,
        toolbox=FaultyToolbox(golden),
        control=ScriptedCarrier(golden),
    ) as here:
        for line in written(golden):
            sender = ANN if channel == EMAIL.name else golden.caller or SOMEBODY
            await here.says(line, sender=sender, channel=channel)
    wanted = [line for line in expected(golden) if line.startswith("* ")]
    made = [canonical("*", f"{audit.name} {audit.arguments_json}") for audit in store.kept.audits]
    assert made == [one for one in wanted if not _injected(one, golden)]
    ours = [job for job in store.kept.jobs.values() if job.code != "111111"]
    assert len(ours) - before == sum('"already_booked": false' in one for one in results(store))


def results(store: MemoryStore) -> list[str]:
    """What tools answered."""
    return [audit.result_json for audit in store.kept.audits]


def _injected(line: str, golden: Golden) -> bool:
    """Whether the file answers a call with a fault of the world, so that no tool was asked."""
    lines = expected(golden)
    places = [place for place, one in enumerate(lines) if one == line]
    return any(
        place + 1 < len(lines)
        and lines[place + 1].startswith("=")
        and json.loads(lines[place + 1][2:])
        .get("error", {})
        .get("code", "")
        .startswith(("slot.taken", "store.", "tool.slow", "tool.failed"))
        for place in places
    )
