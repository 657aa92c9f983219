from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from voiceagent.app.ops import garbage
from voiceagent.app.ops.garbage import GarbageRounds, RoundTuning, collect_young, settle_garbage


@pytest.fixture
def as_before() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


class Call:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.parametrize(
    ("live", "after"),
    [(0, [0, 0, 1, 1, 1, 2, 2]), (2, [0, 0, 1, 1, 1, 2, 2]), (3, [0, 0, 0, 0, 1, 1, 1])],
)
def test_a_round_is_made_when_few_are_live_and_else_only_for_very_many(
    live: int, after: list[int]
) -> None:
    rounds: list[str] = []
    tuning = RoundTuning(calls=3, quiet=2, most=5)
    keeper = GarbageRounds(lambda: rounds.append("round"), tuning)
    counts = []
    for _ in range(7):
        keeper.call_ended(live)
        counts.append(len(rounds))
    assert counts == after


def test_a_round_frees_what_reference_counts_do_not() -> None:
    gone = weakref.ref(Call())
    GarbageRounds(tuning=RoundTuning(calls=1)).call_ended(0)
    assert gone() is None


@pytest.mark.usefixtures("as_before")
async def test_the_young_are_collected_and_nothing_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(garbage, "YOUNG_EVERY_S", 0.0)
    settle_garbage()
    assert not gc.isenabled()
    assert gc.get_freeze_count() > 0
    gone = weakref.ref(Call())
    assert gone() is not None
    collecting = asyncio.create_task(collect_young())
    for _ in range(10):
        await asyncio.sleep(0)
    assert gone() is None
    collecting.cancel()
