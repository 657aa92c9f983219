"""The latency budget of one caller turn: a deadline, what is still to come, and a ladder of acts.

A caller who has stopped speaking waits for the first sound of ours. Between the two lie stages, and
each has an expected length (the 90th percentile of what this worker has seen). *Slack* is what is
left over: deadline, minus now, minus what is expected to remain. It never grows while a stage
lasts. A stage that outlives its expectation is expected to last as long again as it is overdue:
waits in this trade have heavy tails.

As slack falls the ladder acts, cheapest remedy first. Four rules shape it. *In order*: while a rung
can still help, those below it wait. *Once*: no rung acts twice in a turn. *Only if it can help*: a
filler does nothing for words that are already being spoken. *Honestly*: a rung for which this
worker has no means (a second provider) is written down as not available, and the next one is tried.

Sans-I/O and without a clock: times are readings of the monotonic clock, given as arguments.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from voiceagent.core.budget.ladder import (
    AHEAD,
    ENDS,
    LADDER,
    PLACE,
    PRIORS_S,
    TABLE,
    BudgetAct,
    BudgetRule,
    BudgetStage,
    Passed,
)
from voiceagent.core.wire import TurnEnd
from voiceagent.domain.expecting import Expecting


@dataclass(frozen=True, slots=True)
class BudgetTuning:
    """Every number of the budget, seconds.

    `target_s`: first sound after the caller's last voiced sample · `hard_s`: the most the caller
    may wait in silence · `after_decision_s`, `hard_after_decision_s`: what the engine has at least
    after the end of the turn was decided, because patience with somebody who reads out a number is
    not lateness · `filler_lead_s`: a filler starts this long before the target ·
    `after_filler_s`: silence that may follow it.
    """

    target_s: float = 0.9
    hard_s: float = 2.5
    after_decision_s: float = 0.5
    hard_after_decision_s: float = 1.6
    filler_lead_s: float = 0.08
    after_filler_s: float = 1.6


class Expected:
    """The 90th percentile of each stage's length over the last turns. One per worker.

    It starts from the priors, which weigh as much as ten turns and leave the window as turns come.

    Args:
        priors_s: expected lengths before anything was seen.
        window: observations kept for a stage.
    """

    QUANTILE: Final = 0.9
    PRIOR_WEIGHT: Final = 10

    def __init__(
        self, priors_s: Mapping[BudgetStage, float] = PRIORS_S, *, window: int = 64
    ) -> None:
        self._seen = {
            stage: deque([prior] * min(self.PRIOR_WEIGHT, window), maxlen=window)
            for stage, prior in priors_s.items()
        }
        self._sorted = {stage: sorted(seen) for stage, seen in self._seen.items()}

    def observe(self, stage: BudgetStage, seconds: float) -> None:
        """A stage has taken `seconds`."""
        if (seen := self._seen.get(stage)) is not None:
            seen.append(seconds)
            self._sorted[stage] = sorted(seen)

    def p90_s(self, stage: BudgetStage) -> float:
        """How long the stage is expected to take; 0 for DONE."""
        return self.quantile_s(stage, self.QUANTILE)

    def quantile_s(self, stage: BudgetStage, share: float) -> float:
        """By when the stage is over in this share of turns; 0 for DONE."""
        lengths = self._sorted.get(stage)
        return lengths[int(share * (len(lengths) - 1))] if lengths else 0.0


@dataclass(frozen=True, slots=True)
class Deed:
    """A rung that was reached; `able` is whether this worker has the means for it."""

    act: BudgetAct
    able: bool

    @property
    def label(self) -> str:
        """As it is written into the turn's record."""
        return self.act.value if self.able else f"{self.act.value}:not_available"


def _is_hedge(deed: Deed) -> bool:
    return deed.act is BudgetAct.HEDGE


_EPSILON_S = 1e-6
"""Times that are this close are the same; sums of floats differ in their last bits."""


class Budget:
    """The budget of one call's turns, one turn at a time.

    Args:
        expected: what this worker's stages take; learns from every turn.
        means: the acts that the present parts can perform.
        tuning: every number.
    """

    def __init__(
        self, expected: Expected, means: frozenset[BudgetAct], tuning: BudgetTuning | None = None
    ) -> None:
        self._expected = expected
        self._means = means
        self._tuning = tuning or BudgetTuning()
        self.stage = BudgetStage.DONE
        self.deeds: tuple[Deed, ...] = ()
        """Rungs reached in this turn, in order."""
        self.target_s = 0.0
        """When the first sound of this turn should be on the wire."""
        self.hard_s = 0.0
        """When the caller has waited too long."""
        self._since_s = 0.0
        self._covered = False
        self._hedged = False
        self._yes_no = False
        self._covered_before = False

    def begin(self, end: TurnEnd, expecting: Expecting) -> None:
        """The caller's turn is over.

        Args:
            end: when the last voiced sample came, and when the turn was decided to be over.
            expecting: what the caller was answering.
        """
        tuning = self._tuning
        self._covered_before = Deed(BudgetAct.CACHED_FILLER, able=True) in self.deeds
        self._yes_no = expecting is Expecting.YES_NO
        self._covered = self._hedged = False
        self.deeds = ()
        self.stage, self._since_s = BudgetStage.HEARING, end.decided_s
        self.target_s = max(
            end.speech_end_s + tuning.target_s, end.decided_s + tuning.after_decision_s
        )
        self.hard_s = max(
            end.speech_end_s + tuning.hard_s, end.decided_s + tuning.hard_after_decision_s
        )

    def passed(self, report: Passed, at_s: float) -> None:
        """A stage reports; reports out of their order change nothing."""
        after = TABLE[self.stage, report]
        if after is self.stage:
            return
        # A covered answer follows its filler: nobody sees its own first frame go.
        if report in ENDS[self.stage] and not (self._covered and report is Passed.SENT):
            self._expected.observe(self.stage, max(0.0, at_s - self._since_s))
        self.stage, self._since_s = after, max(at_s, self._since_s)

    def covered(self, until_s: float) -> None:
        """A filler is being said; its sound ends at `until_s`. Silence counts from there."""
        self._covered = True
        self.hard_s = max(self.hard_s, until_s + self._tuning.after_filler_s)

    def close(self) -> None:
        """Nobody waits any more: the caller speaks, or something else was said."""
        self.stage = BudgetStage.DONE

    def slack_s(self, now_s: float) -> float:
        """Deadline, minus now, minus what is expected to remain; falls as time passes."""
        return self.target_s - now_s - self._remaining_s(now_s)

    def check(
        self, now_s: float, *, last: BudgetAct = BudgetAct.APOLOGY, plenty: bool = False
    ) -> tuple[Deed, ...]:
        """Climb the ladder as far as slack demands.

        Args:
            now_s: the time.
            last: the last rung that may be reached, for whoever can use only the first ones.
            plenty: a second request need not wait until the answer is later than most: where the
                provider is too slow for the target as a rule, it is sent with the first.

        Returns:
            The rungs reached now, in order; those that are `able` must be performed.
        """
        reached: list[Deed] = []
        if plenty and self._is_slow_as_a_rule():
            self._hedged = True
            reached.append(Deed(BudgetAct.HEDGE, able=True))
            self.deeds = (*self.deeds, reached[-1])
        while (rule := self._next(now_s)) is not None and PLACE[rule.act] <= PLACE[last]:
            due_s = self._due_s(rule, now_s)
            if due_s is None or due_s > now_s + _EPSILON_S:
                break
            reached.append(Deed(rule.act, rule.act in self._means))
            self.deeds = (*self.deeds, reached[-1])
        return tuple(reached)

    def next_check_s(self, now_s: float) -> float | None:
        """When the ladder acts next if no stage reports before; ``None`` when it will not."""
        rule = self._next(now_s)
        return None if rule is None else self._due_s(rule, now_s)

    def _is_slow_as_a_rule(self) -> bool:
        """Whether the answer, asked for just now, is expected well after the target."""
        rule = LADDER[PLACE[BudgetAct.HEDGE]]
        if self.stage is not BudgetStage.THINKING or self._hedged or rule.act not in self._means:
            return False
        undone = all(deed.act is not rule.act for deed in self.deeds)
        return undone and rule.slack_s is not None and self.slack_s(self._since_s) <= rule.slack_s

    def _next(self, now_s: float) -> BudgetRule | None:
        """The first rung below those reached that can still help."""
        climbed = [deed for deed in self.deeds if not (self._hedged and _is_hedge(deed))]
        below = PLACE[climbed[-1].act] + 1 if climbed else 0
        for rule in LADDER[below:]:
            if self._hedged and rule.act is BudgetAct.HEDGE:
                continue
            if self._due_s(rule, now_s) is not None:
                return rule
        return None

    def _due_s(self, rule: BudgetRule, now_s: float) -> float | None:
        """When a rung acts, not before `now_s`; ``None`` when it cannot help this turn as it is."""
        if self.stage not in rule.helps:
            return None
        if rule.slack_s is None:
            return max(self.hard_s, now_s)
        due_s = max(now_s, self._slack_falls_to(rule.slack_s))
        if rule.act is BudgetAct.CLAUSE_FLUSH:
            worth_it = self._expected.p90_s(BudgetStage.VOICING) >= rule.gain_s
            return due_s if worth_it and due_s < self.hard_s else None
        if rule.act is BudgetAct.CACHED_FILLER:
            if self._covered_before:
                return None
            if rule.act not in self._means:  # noted at once: those below need not wait for it
                return due_s if due_s < self.hard_s else None
            # A yes is answered with an answer: before the target, not even a late one is covered.
            lead_s = 0.0 if self._yes_no else self._tuning.filler_lead_s
            due_s = max(due_s, self.target_s - lead_s)
        if rule.outlived:
            usual_s = self._expected.quantile_s(self.stage, rule.outlived)
            due_s = max(due_s, self._since_s + usual_s)
        due_s = self._far_enough(due_s, rule.gain_s)
        return due_s if due_s < self.hard_s else None

    def _slack_falls_to(self, slack_s: float) -> float:
        """When slack falls to a value; slack stands still till the stage is overdue."""
        overdue_s = self._since_s + self._expected.p90_s(self.stage)
        standing_s = self.slack_s(self._since_s)
        if standing_s <= slack_s:
            return self._since_s
        return overdue_s + (standing_s - slack_s) / 2.0

    def _far_enough(self, from_s: float, gain_s: float) -> float:
        """The first moment from `from_s` on when the answer is expected to be `gain_s` away."""
        if self._remaining_s(from_s) >= gain_s - _EPSILON_S:
            return from_s
        expected_s = self._expected.p90_s(self.stage)
        return self._since_s + expected_s + gain_s - self._ahead_s()

    def _remaining_s(self, now_s: float) -> float:
        """Expected time to the first frame: this stage's rest, and the stages to come."""
        elapsed_s = max(0.0, now_s - self._since_s)
        return abs(self._expected.p90_s(self.stage) - elapsed_s) + self._ahead_s()

    def _ahead_s(self) -> float:
        return sum(self._expected.p90_s(stage) for stage in AHEAD[self.stage])
