"""What is always true of the ladder, and its rungs one by one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.budget.ladder import (
    LADDER,
    PRIORS_S,
    TABLE,
    BudgetAct,
    BudgetStage,
    Passed,
    describe,
)
from voiceagent.core.budget.turn_budget import Budget, BudgetTuning, Deed, Expected
from voiceagent.core.wire import TurnDecider, TurnEnd
from voiceagent.domain.expecting import Expecting

ALL = frozenset(BudgetAct)
ORDER = [rule.act for rule in LADDER]


def end(decided_s: float = 0.2, speech_end_s: float = 0.0) -> TurnEnd:
    return TurnEnd(speech_end_s - 1.0, speech_end_s, decided_s, TurnDecider.TURN_MODEL)


def budget(
    means: frozenset[BudgetAct] = ALL,
    *,
    decided_s: float = 0.2,
    expecting: Expecting = Expecting.ANYTHING,
    voicing_s: float = 0.1,
) -> Budget:
    made = Budget(Expected({**PRIORS_S, BudgetStage.VOICING: voicing_s}), means)
    made.begin(end(decided_s), expecting)
    return made


def wait(waiting: Budget, until_s: float) -> list[tuple[float, BudgetAct]]:
    """Let time pass without a report; when which rung was reached."""
    acted: list[tuple[float, BudgetAct]] = []
    now_s = 0.0
    while (due_s := waiting.next_check_s(now_s)) is not None and due_s <= until_s:
        now_s = max(now_s, due_s)
        acted += [(now_s, deed.act) for deed in waiting.check(now_s)]
    return acted


reports = st.lists(
    st.tuples(st.sampled_from(list(Passed)), st.floats(min_value=0, max_value=2.0)), max_size=12
)
answers = st.sampled_from([Expecting.ANYTHING, Expecting.YES_NO, Expecting.PHONE])


def play(
    turn: Budget, steps: Sequence[tuple[Passed, float]]
) -> list[tuple[BudgetStage, float, tuple[Deed, ...]]]:
    """Pass the reports in order; what was reached, in which stage, when."""
    now_s, seen = 0.2, []
    for report, after_s in steps:
        now_s += after_s
        seen.append((turn.stage, now_s, turn.check(now_s)))
        turn.passed(report, now_s)
    return seen


class TestAlways:
    @given(reports, answers, st.frozensets(st.sampled_from(list(BudgetAct))))
    def test_rungs_come_in_order_and_once(
        self, steps: list[tuple[Passed, float]], expecting: Expecting, means: frozenset[BudgetAct]
    ) -> None:
        turn = budget(means, expecting=expecting)
        play(turn, steps)
        places = [ORDER.index(deed.act) for deed in turn.deeds]
        assert places == sorted(set(places))
        assert all(deed.able == (deed.act in means) for deed in turn.deeds)

    @given(reports, answers)
    def test_a_rung_acts_only_where_it_helps_and_never_after_the_first_sound(
        self, steps: list[tuple[Passed, float]], expecting: Expecting
    ) -> None:
        helps = {rule.act: rule.helps for rule in LADDER}
        for stage, _, deeds in play(budget(expecting=expecting), steps):
            assert all(stage in helps[deed.act] for deed in deeds)
            assert not (deeds and stage in (BudgetStage.SENDING, BudgetStage.DONE))

    @given(
        st.sampled_from([(), (Passed.TRANSCRIPT,), (Passed.TRANSCRIPT, Passed.TOOL_STARTED)]),
        st.lists(st.floats(min_value=0, max_value=0.5), min_size=2, max_size=20),
    )
    def test_slack_never_grows_while_a_stage_lasts(
        self, reached: tuple[Passed, ...], waits: list[float]
    ) -> None:
        turn = budget()
        for report in reached:
            turn.passed(report, 0.3)
        now_s, before = 0.3, turn.slack_s(0.3)
        for wait_s in waits:
            now_s += wait_s
            assert turn.slack_s(now_s) <= before + 1e-9
            before = turn.slack_s(now_s)

    @given(st.floats(min_value=0.05, max_value=2.4), st.lists(st.floats(0, 1), min_size=6))
    def test_a_turn_within_its_expectations_triggers_nothing(
        self, decided_s: float, shares: list[float]
    ) -> None:
        turn, now_s = budget(decided_s=decided_s), decided_s
        path = [
            (BudgetStage.HEARING, Passed.TRANSCRIPT),
            (BudgetStage.THINKING, Passed.TOOL_STARTED),
            (BudgetStage.TOOL, Passed.TOOL_FINISHED),
            (BudgetStage.THINKING, Passed.WORDS),
            (BudgetStage.VOICING, Passed.SOUND),
            (BudgetStage.SENDING, Passed.SENT),
        ]
        for share, (stage, report) in zip(shares, path, strict=False):
            now_s += share * PRIORS_S[stage]
            assert turn.check(now_s) == ()
            turn.passed(report, now_s)
        assert turn.stage is BudgetStage.DONE
        assert turn.check(now_s + 60) == ()

    @given(reports, answers)
    def test_the_promised_moment_is_the_moment(
        self, steps: list[tuple[Passed, float]], expecting: Expecting
    ) -> None:
        turn = budget(expecting=expecting)
        now_s = 0.2
        for report, after_s in steps:
            now_s += after_s
            turn.check(now_s)
            turn.passed(report, now_s)
        turn.check(now_s)
        due_s = turn.next_check_s(now_s)
        if due_s is not None:
            assert due_s > now_s
            assert turn.check(due_s - 1e-3) == () or due_s - now_s < 1e-3
            assert turn.check(due_s)


class TestLadder:
    def test_a_stuck_turn_climbs_the_whole_ladder_and_stops(self) -> None:
        turn = budget()
        turn.passed(Passed.TRANSCRIPT, 0.3)
        acted = wait(turn, 60)
        assert [act for _, act in acted] == ORDER
        assert acted[-1][0] == pytest.approx(2.5)
        assert turn.next_check_s(60) is None

    def test_fast_speech_is_not_hurried(self) -> None:
        acted = wait(budget(voicing_s=0.02), 60)
        assert BudgetAct.CLAUSE_FLUSH not in [act for _, act in acted]

    def test_a_rung_comes_when_slack_has_fallen_to_its_own(self) -> None:
        """Once a stage is overdue, the wait it has had and the one it has yet both grow."""
        turn = budget()
        turn.passed(Passed.TRANSCRIPT, 0.3)
        assert turn.slack_s(0.3) > 0.1
        due_s = turn.next_check_s(0.3)
        assert due_s is not None
        assert turn.slack_s(due_s) == pytest.approx(0.1)
        assert [deed.act for deed in turn.check(due_s)] == [BudgetAct.CLAUSE_FLUSH]

    def test_a_report_from_before_its_stage_began_does_not_turn_time_back(self) -> None:
        turn = budget(decided_s=0.5)
        turn.passed(Passed.TRANSCRIPT, 0.1)
        in_order = budget(decided_s=0.5)
        in_order.passed(Passed.TRANSCRIPT, 0.5)
        assert turn.next_check_s(0.5) == in_order.next_check_s(0.5)

    def test_the_filler_waits_for_the_target_as_its_sound_is_ready(self) -> None:
        times = {act: at for at, act in wait(budget(), 60)}
        assert times[BudgetAct.CACHED_FILLER] == pytest.approx(0.82)

    def test_no_filler_within_target_after_a_yes(self) -> None:
        turn = budget(expecting=Expecting.YES_NO)
        turn.passed(Passed.TRANSCRIPT, 0.3)
        times = {act: at for at, act in wait(turn, 60)}
        assert times[BudgetAct.CACHED_FILLER] == pytest.approx(0.9)

    def test_no_filler_for_an_answer_that_is_about_to_come(self) -> None:
        turn = budget()
        turn.passed(Passed.TRANSCRIPT, 0.3)
        turn.passed(Passed.TOOL_STARTED, 0.3)
        turn.check(0.8)
        turn.passed(Passed.TOOL_FINISHED, 0.81)
        assert BudgetAct.CACHED_FILLER not in [deed.act for deed in turn.check(0.9)]

    def test_no_filler_in_two_turns_in_a_row(self) -> None:
        turn = budget()
        wait(turn, 1.0)
        assert Deed(BudgetAct.CACHED_FILLER, able=True) in turn.deeds
        turn.begin(end(0.2), Expecting.ANYTHING)
        assert BudgetAct.CACHED_FILLER not in [act for _, act in wait(turn, 60)]
        turn.begin(end(0.2), Expecting.ANYTHING)
        assert BudgetAct.CACHED_FILLER in [act for _, act in wait(turn, 60)]

    def test_no_filler_after_the_first_words(self) -> None:
        turn = budget()
        turn.passed(Passed.TRANSCRIPT, 0.3)
        turn.passed(Passed.WORDS, 0.3)
        assert [act for _, act in wait(turn, 60)] == [BudgetAct.HEDGE, BudgetAct.APOLOGY]

    def test_what_this_worker_cannot_do_is_said_once_and_the_next_rung_is_tried(self) -> None:
        turn = budget(
            frozenset({BudgetAct.CLAUSE_FLUSH, BudgetAct.CACHED_FILLER, BudgetAct.APOLOGY})
        )
        turn.passed(Passed.TRANSCRIPT, 0.3)
        wait(turn, 60)
        assert [deed.label for deed in turn.deeds] == [
            "clause_flush",
            "cached_filler",
            "hedge:not_available",
            "fallback:not_available",
            "short_reply:not_available",
            "apology",
        ]

    def test_a_filler_buys_time_before_the_apology(self) -> None:
        turn = budget()
        wait(turn, 1.0)
        turn.covered(2.0)
        times = {act: at for at, act in wait(turn, 60)}
        assert times[BudgetAct.APOLOGY] == pytest.approx(3.6)

    def test_patience_with_a_number_is_not_lateness(self) -> None:
        turn = budget(decided_s=1.8, expecting=Expecting.PHONE)
        assert turn.check(1.8) == ()
        assert turn.target_s == pytest.approx(2.3)
        assert turn.hard_s == pytest.approx(3.4)

    def test_when_a_rung_may_still_help_those_below_wait(self) -> None:
        turn = budget()
        assert BudgetAct.HEDGE not in [deed.act for deed in turn.check(0.81)]

    def test_only_the_first_rungs_can_be_asked_for(self) -> None:
        turn = budget()
        assert turn.check(2.0, last=BudgetAct.CLAUSE_FLUSH) == (
            Deed(BudgetAct.CLAUSE_FLUSH, able=True),
        )
        assert turn.check(2.0, last=BudgetAct.CLAUSE_FLUSH) == ()

    def test_a_closed_turn_does_nothing(self) -> None:
        turn = budget()
        turn.close()
        assert turn.next_check_s(0.0) is None
        assert turn.check(60) == ()


class TestExpected:
    def test_it_starts_from_the_priors(self) -> None:
        assert {s: Expected().p90_s(s) for s in PRIORS_S} == dict(PRIORS_S)
        assert Expected().p90_s(BudgetStage.DONE) == 0.0

    def test_it_learns_and_forgets(self) -> None:
        expected = Expected(window=20)
        for _ in range(20):
            expected.observe(BudgetStage.VOICING, 0.5)
        assert expected.p90_s(BudgetStage.VOICING) == 0.5
        for _ in range(20):
            expected.observe(BudgetStage.VOICING, 0.1)
        assert expected.p90_s(BudgetStage.VOICING) == 0.1

    def test_one_slow_turn_does_not_move_it(self) -> None:
        expected = Expected()
        expected.observe(BudgetStage.VOICING, 9.0)
        assert expected.p90_s(BudgetStage.VOICING) == PRIORS_S[BudgetStage.VOICING]

    def test_a_slow_provider_makes_the_ladder_act_sooner(self) -> None:
        expected = Expected()
        for _ in range(64):
            expected.observe(BudgetStage.VOICING, 0.7)
        turn = Budget(expected, ALL)
        turn.begin(end(0.2), Expecting.ANYTHING)
        assert [deed.act for deed in turn.check(0.2)] == [BudgetAct.CLAUSE_FLUSH]

    def test_a_turn_teaches_its_stages(self) -> None:
        expected = Expected(window=1)
        turn = Budget(expected, ALL)
        turn.begin(end(0.2), Expecting.ANYTHING)
        turn.passed(Passed.TRANSCRIPT, 0.5)
        turn.passed(Passed.WORDS, 0.6)
        assert expected.p90_s(BudgetStage.HEARING) == pytest.approx(0.3)
        assert expected.p90_s(BudgetStage.THINKING) == pytest.approx(0.1)

    def test_a_stage_that_was_skipped_teaches_nothing(self) -> None:
        expected = Expected(window=1)
        turn = Budget(expected, ALL)
        turn.begin(end(0.2), Expecting.ANYTHING)
        turn.passed(Passed.SOUND, 2.0)
        assert expected.p90_s(BudgetStage.HEARING) == PRIORS_S[BudgetStage.HEARING]

    def test_the_frame_of_a_filler_teaches_nothing(self) -> None:
        expected = Expected(window=1)
        turn = Budget(expected, ALL, BudgetTuning())
        turn.begin(end(0.2), Expecting.ANYTHING)
        turn.covered(1.5)
        turn.passed(Passed.SOUND, 2.0)
        turn.passed(Passed.SENT, 2.1)
        assert expected.p90_s(BudgetStage.SENDING) == PRIORS_S[BudgetStage.SENDING]


def test_every_stage_and_report_is_in_the_table() -> None:
    assert set(TABLE) == {(stage, passed) for stage in BudgetStage for passed in Passed}
    assert list(BudgetAct) == ORDER


def test_the_tables_can_be_printed() -> None:
    printed = describe()
    assert "cached_filler  +0 ms          600 ms" in printed
    assert "hearing    transcript     thinking" in printed


def test_the_documented_ladder_is_the_one_in_force() -> None:
    assert describe() in Path("docs/latency-budget.md").read_text()


class TestAtOnce:
    """A second request that goes out with the first."""

    @staticmethod
    def thinking(think_s: float, means: frozenset[BudgetAct] = ALL) -> Budget:
        slow = Expected({**PRIORS_S, BudgetStage.THINKING: think_s})
        made = Budget(slow, means)
        made.begin(end(), Expecting.ANYTHING)
        made.passed(Passed.TRANSCRIPT, 0.3)
        return made

    def test_a_model_that_is_slow_as_a_rule_is_asked_twice_when_there_is_plenty(self) -> None:
        assert BudgetAct.HEDGE in [one.act for one in self.thinking(1.2).check(0.3, plenty=True)]

    @pytest.mark.parametrize(
        ("think_s", "plenty", "means"),
        [
            (0.1, True, ALL),
            (1.2, False, ALL),
            (1.2, True, ALL - {BudgetAct.HEDGE}),
        ],
    )
    def test_else_it_waits_for_its_rung(
        self, think_s: float, plenty: bool, means: frozenset[BudgetAct]
    ) -> None:
        turn = self.thinking(think_s, means)
        assert BudgetAct.HEDGE not in [one.act for one in turn.check(0.3, plenty=plenty)]

    def test_nothing_is_asked_before_the_words_are_there(self) -> None:
        slow = Budget(Expected({**PRIORS_S, BudgetStage.THINKING: 1.2}), ALL)
        slow.begin(end(), Expecting.ANYTHING)
        assert BudgetAct.HEDGE not in [one.act for one in slow.check(0.2, plenty=True)]

    @given(st.lists(st.floats(0.0, 4.0), min_size=1, max_size=8))
    def test_the_other_rungs_come_in_order_and_it_comes_once(self, times: Sequence[float]) -> None:
        turn = self.thinking(1.2)
        acts = [
            deed.act for now_s in sorted(times) for deed in turn.check(0.3 + now_s, plenty=True)
        ]
        assert acts.count(BudgetAct.HEDGE) == 1
        others = [act for act in acts if act is not BudgetAct.HEDGE]
        assert others == sorted(others, key=ORDER.index)
        assert len(set(others)) == len(others)
