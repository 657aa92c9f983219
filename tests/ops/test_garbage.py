from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from voiceagent.ops.garbage import THRESHOLDS, GarbageRounds, RoundTuning, settle_garbage


@pytest.fixture
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
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
    garbage = GarbageRounds(lambda: rounds.append("round"), tuning)
    counts = []
    for _ in range(7):
        garbage.call_ended(live)
        counts.append(len(rounds))
    assert counts == after


def test_a_round_frees_what_reference_counts_do_not() -> None:
    gone = weakref.ref(Call())
    GarbageRounds(tuning=RoundTuning(calls=1)).call_ended(0)
    assert gone() is None


@pytest.mark.usefixtures("as_before")
def test_full_collections_do_not_come_by_themselves_once_a_worker_is_ready() -> None:
    settle_garbage()
    assert gc.get_threshold() == THRESHOLDS
    assert gc.get_freeze_count() > 0
