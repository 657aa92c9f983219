from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from voiceagent.ops.garbage import THRESHOLDS, GarbageRounds, settle_garbage


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


def test_what_calls_leave_is_collected_once_for_many_of_them() -> None:
    rounds: list[str] = []
    garbage = GarbageRounds(lambda: rounds.append("round"), calls=3)
    after = []
    for _ in range(7):
        garbage.call_ended()
        after.append(len(rounds))
    assert after == [0, 0, 1, 1, 1, 2, 2]


def test_a_round_frees_what_reference_counts_do_not() -> None:
    gone = weakref.ref(Call())
    GarbageRounds(calls=1).call_ended()
    assert gone() is None


@pytest.mark.usefixtures("as_before")
def test_full_collections_do_not_come_by_themselves_once_a_worker_is_ready() -> None:
    settle_garbage()
    assert gc.get_threshold() == THRESHOLDS
    assert gc.get_freeze_count() > 0
