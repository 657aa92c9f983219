"""Keeps the latency budget of a call's turns: stages report here, and the ladder's acts are done.

One small task a call. It sleeps until the next moment at which the ladder could act, as the budget
tells it, and a report in between moves that moment. It decides nothing (`core.budget.turn_budget`
does) and says nothing (its `Remedies` do); what was done is written into the turn's clock and
counted.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from loguru import logger

from pipelines.ready_speech import ReadyVoice
from pipelines.turn_clock import TurnClock
from voiceagent.core.budget.ladder import BudgetAct, Passed
from voiceagent.core.budget.preemptive_generation import ModelCalls
from voiceagent.core.budget.turn_budget import Budget, BudgetTuning, Deed, Expected
from voiceagent.core.clock import Clock
from voiceagent.core.wire import TurnEnd
from voiceagent.dialogue.house.wording import FILLERS
from voiceagent.domain.expecting import Expecting
from voiceagent.language.en_us.clauses import first_clause
from voiceagent.ports.meter import TurnMeter, Unmetered


@dataclass(frozen=True, slots=True)
class BudgetParts:
    """What the calls of a worker share: expectations that learn, ready sentences, a counter.

    `dialogue` are the acts that whoever answers the caller can do about a late answer (`Rescue`).
    `preemptive_generation` is whether answers are made while a turn is only probably over.
    """

    expected: Expected = field(default_factory=Expected)
    ready: ReadyVoice = field(default_factory=ReadyVoice)
    counter: TurnMeter = field(default_factory=Unmetered)
    tuning: BudgetTuning = field(default_factory=BudgetTuning)
    dialogue: frozenset[BudgetAct] = frozenset()
    preemptive_generation: bool = True

    @property
    def means(self) -> frozenset[BudgetAct]:
        """Acts that these parts can perform."""
        means = {BudgetAct.CLAUSE_FLUSH, BudgetAct.APOLOGY, *self.dialogue}
        if any(self.ready.get(text) is not None for text in FILLERS):
            means.add(BudgetAct.CACHED_FILLER)
        return frozenset(means)


class Remedies(Protocol):
    """Who can speak unasked. Implemented by the floor."""

    async def fill(self, turn: TurnClock, tool_filler: str) -> float | None:
        """Say a filler now.

        Args:
            turn: the turn whose answer is late.
            tool_filler: what the tool that runs would have said; empty when none runs.

        Returns:
            Seconds it lasts; ``None`` when it cannot be said.
        """
        ...

    async def apologise(self, turn: TurnClock) -> bool:
        """Say that it takes too long, and what the caller can do; False when it cannot be said."""
        ...


class Rescue(Protocol):
    """Who can do something about an answer that the dialogue is late with."""

    def rescue(self, act: BudgetAct) -> bool:
        """Hedge, fall back or shorten; False when there is nothing to be done now."""
        ...


class BudgetWatch:
    """The budget of one call's turns.

    Args:
        clock: of the call.
        parts: shared by the worker's calls.
        remedies: performs acts that need a voice.
        calls: what may be spent on a second request.
    """

    def __init__(
        self, clock: Clock, parts: BudgetParts, remedies: Remedies, calls: ModelCalls
    ) -> None:
        self._clock = clock
        self._counter = parts.counter
        self._remedies = remedies
        self._calls = calls
        self._budget = Budget(parts.expected, parts.means, parts.tuning)
        self._changed = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._tool_filler = ""
        self.turn = TurnClock()
        """The clock of the caller's turn that is being answered."""

    def begin(self, end: TurnEnd, expecting: Expecting) -> TurnClock:
        """The caller's turn is over; the clock of the answer."""
        self.turn, self._tool_filler = TurnClock(end=end), ""
        self._budget.begin(end, expecting)
        self.wake()
        return self.turn

    def passed(self, turn: TurnClock, report: Passed, at_s: float | None = None) -> None:
        """A stage reports, now or at `at_s`.

        Words or sound that belong to another turn (an answer that was still under way, a key's)
        end the caller's wait as well.
        """
        before = self._budget.stage
        if turn is self.turn:
            self._budget.passed(report, self._clock.monotonic() if at_s is None else at_s)
        elif report in (Passed.WORDS, Passed.SOUND):
            self._budget.close()
        if self._budget.stage is not before:
            self.wake()

    def tool_started(self, turn: TurnClock, filler: str) -> None:
        """A tool runs; `filler` is what may be said meanwhile."""
        self._tool_filler = filler
        self.passed(turn, Passed.TOOL_STARTED)

    def tool_finished(self, turn: TurnClock) -> None:
        """It has run."""
        self._tool_filler = ""
        self.passed(turn, Passed.TOOL_FINISHED)

    def close(self) -> None:
        """Nobody waits for an answer any more."""
        self._budget.close()
        self.wake()

    def flushed(self, turn: TurnClock, sentence: str) -> list[str]:
        """The first sentence of the answer, its first clause apart if slack demands it."""
        if turn is not self.turn:
            return [sentence]
        now_s = self._clock.monotonic()
        for deed in self._budget.check(now_s, last=BudgetAct.CLAUSE_FLUSH):
            self._note(self.turn, deed.act, able=deed.able)
        if Deed(BudgetAct.CLAUSE_FLUSH, able=True) not in self._budget.deeds:
            return [sentence]
        return [part for part in first_clause(sentence) if part]

    def wake(self) -> None:
        """Look again; for whoever changed something, the clock included."""
        self._changed.set()

    async def run(self, dialogue: Rescue) -> None:
        """BudgetAct when slack demands it, until cancelled.

        Args:
            dialogue: who answers the caller.
        """
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                await self._act(dialogue)
                self._sleep_until(self._budget.next_check_s(self._clock.monotonic()))
        finally:
            self._sleep_until(None)

    def _sleep_until(self, due_s: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due_s is not None:
            delay_s = max(0.0, due_s - self._clock.monotonic())
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._changed.set)

    async def _act(self, dialogue: Rescue) -> None:
        turn = self.turn
        plenty = self._calls.plenty
        for deed in self._budget.check(self._clock.monotonic(), plenty=plenty):
            able = deed.able and await self._perform(dialogue, turn, deed.act)
            self._note(turn, deed.act, able=able)

    async def _perform(self, dialogue: Rescue, turn: TurnClock, act: BudgetAct) -> bool:
        """Do it; an act that fails is one that was not available, and the call goes on."""
        try:
            match act:
                case BudgetAct.CACHED_FILLER:
                    seconds = await self._remedies.fill(turn, self._tool_filler)
                    if seconds is not None:
                        self._budget.covered(self._clock.monotonic() + seconds)
                    return seconds is not None
                case BudgetAct.APOLOGY:
                    return await self._remedies.apologise(turn)
                case BudgetAct.HEDGE:
                    return self._calls.take() and self._hedged(dialogue)
                case BudgetAct.FALLBACK | BudgetAct.SHORT_REPLY:
                    return dialogue.rescue(act)
                case BudgetAct.CLAUSE_FLUSH:
                    return True
        except Exception:  # noqa: BLE001 - a remedy must never be worse than the delay
            logger.exception("budget.act_failed: {}", act)
            return False

    def _hedged(self, dialogue: Rescue) -> bool:
        done = dialogue.rescue(BudgetAct.HEDGE)
        if not done:
            self._calls.give_back()
        return done

    def _note(self, turn: TurnClock, act: BudgetAct, *, able: bool) -> None:
        turn.acts.append(Deed(act, able).label)
        self._counter.acted(act.value, able=able)
