"""A share of conversations tries another model: always the same callers, and no harm for long."""

from __future__ import annotations

import random
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.canary import (
    FEWEST,
    TABLE,
    Arm,
    Canary,
    CanaryFinding,
    CanaryState,
    HarmTally,
    finding,
    place_of,
)

KEYS = st.text(min_size=1, max_size=20)
TALLIES = st.integers(0, 400).flatmap(lambda n: st.builds(HarmTally, st.just(n), st.integers(0, n)))


def test_the_table_is_whole_and_a_roll_back_is_for_good() -> None:
    assert set(TABLE) == set(product(CanaryState, CanaryFinding))
    for found in CanaryFinding:
        assert TABLE[CanaryState.ROLLED_BACK, found] is CanaryState.ROLLED_BACK


@given(KEYS, st.floats(0, 1), st.floats(0, 1))
def test_a_caller_keeps_an_arm_and_a_greater_share_only_adds(key: str, a: float, b: float) -> None:
    less, more = Canary("m", min(a, b)), Canary("m", max(a, b))
    assert less.arm(key) is less.arm(key)
    assert less.arm(key) is Arm.STABLE or more.arm(key) is Arm.CANARY


def test_a_share_is_that_share_and_each_trial_draws_others() -> None:
    keys = [f"+1555{number:07d}" for number in range(20_000)]
    tried = {key for key in keys if Canary("m", 0.05).arm(key) is Arm.CANARY}
    others = {key for key in keys if Canary("n", 0.05).arm(key) is Arm.CANARY}
    assert 0.045 < len(tried) / len(keys) < 0.055
    assert len(tried & others) < 0.1 * len(tried)
    assert all(0 <= place_of(key, "m") < 1 for key in keys[:100])


@given(TALLIES, TALLIES)
def test_no_worse_than_the_other_is_never_taken_back(stable: HarmTally, canary: HarmTally) -> None:
    if canary.harmed * stable.conversations <= stable.harmed * canary.conversations and (
        canary.harmed * 2 <= canary.conversations
    ):
        assert finding(stable, canary) is not CanaryFinding.HARMFUL


@given(TALLIES, TALLIES)
def test_more_harm_is_never_better(stable: HarmTally, canary: HarmTally) -> None:
    if finding(stable, canary) is CanaryFinding.HARMFUL and canary.harmed < canary.conversations:
        worse = HarmTally(canary.conversations, canary.harmed + 1)
        assert finding(stable, worse) is CanaryFinding.HARMFUL


def told(stable_rate: float, canary_rate: float, conversations: int, seed: int) -> Canary:
    """A trial of half the conversations, with harm at these rates."""
    chance, trial = random.Random(seed), Canary("m", 0.5)
    for number in range(conversations):
        arm = trial.arm(f"caller {number}")
        trial.began(arm)
        if chance.random() < (canary_rate if arm is Arm.CANARY else stable_rate):
            trial.harmed(arm)
    return trial


def test_a_harmful_model_is_taken_back_and_a_good_one_is_not() -> None:
    for seed in range(10):
        assert told(0.1, 0.7, 200, seed).state is CanaryState.ROLLED_BACK
        assert told(0.1, 0.1, 1000, seed).state is CanaryState.TRYING
    rolled_back = told(0.0, 1.0, 200, 0)
    assert rolled_back.tallies[Arm.CANARY].conversations <= 2 * FEWEST
    assert rolled_back.arm("anybody") is Arm.STABLE
