"""The fit behind the proposals, on a corpus of its own, and the labels it learns from."""

from __future__ import annotations

from tests.corpus.rows import Split, act_rows, split_of
from training.caller_acts.examples import act_of, examples, left_out
from training.caller_acts.fitting import fit, sharpness
from voiceagent.language.en_us.caller_acts import ACTS, CallerAct, features

SAID = {
    CallerAct.CANCEL: ("cancel it", "please cancel that", "I want to cancel", "cancel my visit"),
    CallerAct.PRICE: ("how much is it", "what does it cost", "how much", "what is the cost"),
}


def test_a_fit_tells_acts_apart() -> None:
    turns = [(features(text, "help"), ACTS.index(act)) for act in SAID for text in SAID[act]]
    model = fit([turn for turn, _ in turns], [act for _, act in turns], rounds=30)
    assert model.propose("can I cancel", "help").act is CallerAct.CANCEL
    assert model.propose("the cost please", "help").act is CallerAct.PRICE
    held = [model.logits(turn) for turn, _ in turns]
    assert sharpness(held, [act for _, act in turns]) >= 1


def test_no_unseen_author_is_learnt_from() -> None:
    splits = split_of()
    found = examples()
    assert {splits[one.row.author] for one in found} == {Split.SEEN}
    for learnt, left in left_out(found):
        assert not {one.row.author for one in learnt} & {one.row.author for one in left}
    assert sum(len(left) for _, left in left_out(found)) == len(found)


def test_every_act_of_the_corpus_has_a_name() -> None:
    nameless = {row.act for row in act_rows() if act_of(row) is None}
    assert nameless <= {"matter", "invoice"}
