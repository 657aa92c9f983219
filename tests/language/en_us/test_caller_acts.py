"""The model that proposes acts: its features, its file, and that the weights fit their corpus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.act_model import ACT_MODEL
from voiceagent.language.en_us.caller_acts import (
    ACTS,
    BUCKETS,
    NO_PROPOSAL,
    ActModel,
    CallerAct,
    features,
)


@given(st.text(max_size=400), st.sampled_from(["help", "time", ""]))
def test_any_text_has_features_and_shares(text: str, question: str) -> None:
    found = features(text, question)
    assert len(found)
    assert (np.diff(found) > 0).all()
    assert (found >= 0).all()
    assert (found < BUCKETS).all()
    shares = ACT_MODEL.shares(text, question)
    assert shares.sum() == pytest.approx(1, abs=1e-3)
    assert 0 <= ACT_MODEL.propose(text, question).sure <= 1 + 1e-3


@pytest.mark.parametrize("text", ["", " ", "?!", "\n"])
def test_a_turn_without_words_proposes_nothing(text: str) -> None:
    assert ACT_MODEL.propose(text, "help") == NO_PROPOSAL


def test_a_long_turn_is_read_at_both_ends() -> None:
    middle = "well " * 500
    ends = ACT_MODEL.propose(f"I need to cancel my appointment {middle}", "help")
    assert ends.act is CallerAct.CANCEL
    assert len(features(middle, "help")) < BUCKETS


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    chance = np.random.default_rng(4)
    weights = chance.normal(size=(BUCKETS, len(ACTS))).astype(np.float32)
    model = ActModel(weights, chance.normal(size=len(ACTS)).astype(np.float32), 1.5)
    model.save(tmp_path / "model.npz")
    read = ActModel.load(tmp_path / "model.npz")
    assert np.abs(read.weights - weights).max() < np.abs(weights).max() / 100
    assert (read.biases == model.biases).all()
    assert read.sharpness == 1.5


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("what kind of work do you do", CallerAct.ASK),
        ("could you push my visit back a day", CallerAct.RESCHEDULE),
        ("we won't be needing anybody tomorrow", CallerAct.CANCEL),
        ("there is a charge on my card that I do not know", CallerAct.INVOICE),
    ],
)
def test_the_shipped_weights_know_acts(text: str, act: CallerAct) -> None:
    assert ACT_MODEL.propose(text, "help").act is act
