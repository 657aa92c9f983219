"""Who hears a caller's turn when a recogniser fails. Sans-I/O.

The turn's sound is kept (by whoever owns this), so a recogniser that is asked later is sent all of
it: no word is lost. Its words are told once, by the first that has them: none is told twice.

=======  ========  =================================================  =======
state    event     what is done                                       then
=======  ========  =================================================  =======
any      STARTED   who serves is asked, and who is tried beside it    HEARING
HEARING  FAILED    the next is asked                                  HEARING
HEARING  QUIET     the next is asked as well                          HEARING
HEARING  FINISHED  whoever was asked is told that the turn is over    OWED
OWED     FAILED    the next is asked                                  OWED
OWED     SLOW      the next is asked as well                          OWED
OWED     EMPTY     the next is asked: a second opinion                OWED
OWED     WORDS     they are told                                      RESTING
OWED     OUT       what there is of them is told                      RESTING
RESTING  any else  only the provider's breaker learns of it           RESTING
=======  ========  =================================================  =======

OUT is when everybody has failed or had nothing, or the time is up. That somebody who is asked for a
second opinion hears words makes the empty answer a failure; that nobody does makes it an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from voiceagent.core.failover.chain import Among, FailoverReason, ProviderChain, ProviderFailure


class HearingState(StrEnum):
    """Of a caller's turn."""

    RESTING = "resting"
    HEARING = "hearing"
    OWED = "owed"


class HearingEvent(StrEnum):
    """What happens to it."""

    STARTED = "started"
    FINISHED = "finished"
    WORDS = "words"
    EMPTY = "empty"
    FAILED = "failed"
    QUIET = "quiet"
    SLOW = "slow"
    OUT = "out"


class HearingAct(StrEnum):
    """What is done about it."""

    ASK = "ask"
    ASK_NEXT = "ask_next"
    FINISH = "finish"
    TELL = "tell"
    TELL_BEST = "tell_best"


_S, _E, _A = HearingState, HearingEvent, HearingAct

TABLE: Final[Mapping[tuple[HearingState, HearingEvent], tuple[HearingState, HearingAct]]] = {
    (_S.RESTING, _E.STARTED): (_S.HEARING, _A.ASK),
    (_S.HEARING, _E.STARTED): (_S.HEARING, _A.ASK),
    (_S.OWED, _E.STARTED): (_S.HEARING, _A.ASK),
    (_S.HEARING, _E.FAILED): (_S.HEARING, _A.ASK_NEXT),
    (_S.HEARING, _E.QUIET): (_S.HEARING, _A.ASK_NEXT),
    (_S.HEARING, _E.FINISHED): (_S.OWED, _A.FINISH),
    (_S.OWED, _E.FAILED): (_S.OWED, _A.ASK_NEXT),
    (_S.OWED, _E.SLOW): (_S.OWED, _A.ASK_NEXT),
    (_S.OWED, _E.EMPTY): (_S.OWED, _A.ASK_NEXT),
    (_S.OWED, _E.WORDS): (_S.RESTING, _A.TELL),
    (_S.OWED, _E.OUT): (_S.RESTING, _A.TELL_BEST),
}
"""What is not in it changes nothing."""


@dataclass(frozen=True, slots=True)
class HearingDeadlines:
    """Seconds.

    `quiet_s`: who tells words as they come and has had no new ones for so long is not waited for:
    the next one begins to hear the turn, and need not catch up with all of it. (A caller who is
    silent for so long has finished: `core.turns.endpointing`.)

    `late_s`: from the end of the turn, or from being asked when that is later; who has told nothing
    by then has failed, if there is another to ask. (Twilio's guide to latency allows recognition
    0.5 s.) `out_s`: from the end of the turn; then it is over with the words there are.

    `mute_s`: from being asked, or the end of the turn, for the last who could answer: one that
    tells words as they come and has told none by then is dead, and not worth more silence.
    """

    quiet_s: float = 2.5
    late_s: float = 0.7
    out_s: float = 6.0
    mute_s: float = 1.5


@dataclass(frozen=True, slots=True)
class AskRecogniser:
    """Send a recogniser the turn so far, and its end when that has come."""

    place: int


@dataclass(frozen=True, slots=True)
class FinishTurn:
    """TellWords a recogniser that the turn is over."""

    place: int


@dataclass(frozen=True, slots=True)
class TellWords:
    """The turn's words for good. `lost`: there were some, and nobody of the chain knows them."""

    text: str
    lost: bool = False


Act = AskRecogniser | FinishTurn | TellWords


@dataclass(slots=True)
class _Asked:
    """A recogniser that was asked for this turn.

    `over`: it has answered or failed, and nothing of it counts any more. `judged`: its breaker was
    told. `beside`: it is on trial, and nobody waits for it.
    """

    since_s: float
    news_s: float
    beside: bool = False
    over: bool = False
    judged: bool = False
    empty: bool = False
    so_far: str = ""


@dataclass(slots=True)
class CallHearing:
    """The turns of one call.

    Its owner does the acts that come back, in their order, and calls `tick` at `due_s`, and with
    every piece of sound. `streams` are the places of those that tell words as they come, `among`
    those that may be asked.
    """

    chain: ProviderChain
    deadlines: HearingDeadlines = field(default_factory=HearingDeadlines)
    streams: Collection[int] = ()
    among: Among = None
    state: HearingState = HearingState.RESTING
    _asked: dict[int, _Asked] = field(default_factory=dict)
    _newest: int = 0
    _serves: int = 0
    _had_words: bool = False
    _finished_s: float = 0.0
    _exhausted: bool = False

    @property
    def lead(self) -> int:
        """Who serves, by place in the chain: the one that was asked last and is not on trial."""
        return self._newest

    def hears(self, place: int) -> bool:
        """Whether a recogniser is to be sent the turn's sound."""
        return place in self._asked and not self._asked[place].over

    @property
    def due_s(self) -> float | None:
        """When `tick` is due; ``None`` while nothing is owed."""
        if self.state is not HearingState.OWED:
            return None
        return self._out_s() if self._exhausted else min(self._out_s(), self._late_s())

    def started(self, now_s: float) -> list[Act]:
        """The caller's turn begins."""
        if now_s >= self._finished_s + self.deadlines.late_s:
            for place, one in self._asked.items():
                if not one.over:
                    self._judge(place, ProviderFailure(FailoverReason.SLOW), now_s)
        self._asked, self._exhausted, self._had_words = {}, False, False
        self._move(HearingEvent.STARTED)
        start = self.chain.start(now_s, self.among)
        if start.serving > self._serves:  # it has failed between turns, or in another call
            self.chain.passed_on(self._serves, start.serving, self.chain.last_failure(self._serves))
        self._newest = self._serves = start.serving
        self._asked[start.serving] = _Asked(now_s, now_s)
        acts: list[Act] = [AskRecogniser(start.serving)]
        if start.trial is not None:
            self._asked[start.trial] = _Asked(now_s, now_s, beside=True)
            acts.append(AskRecogniser(start.trial))
        return acts

    def finished(self, now_s: float) -> list[Act]:
        """The caller's turn is over; its words are owed."""
        if self._move(HearingEvent.FINISHED) is not HearingAct.FINISH:
            return []
        self._finished_s = now_s
        acts: list[Act] = [FinishTurn(place) for place, one in self._asked.items() if not one.over]
        return acts or self._out(now_s)

    def so_far(self, place: int, text: str, now_s: float) -> bool:
        """Words so far of a recogniser; whether they are those of who serves."""
        if (one := self._asked.get(place)) is None or one.over:
            return False
        one.so_far, one.news_s = text, now_s
        return place == self._newest and self.state is not HearingState.RESTING

    def told(self, place: int, text: str, now_s: float, *, cut: bool = False) -> list[Act]:
        """The words of the turn, of a recogniser that was told its end.

        Args:
            place: of it.
            text: empty when it heard none.
            now_s: now.
            cut: some may be missing.
        """
        one = self._asked.get(place)
        if one is None or one.over:
            return []
        one.so_far = text or one.so_far
        if self.state is HearingState.HEARING:  # it cannot have heard all of it
            return []
        if cut:
            return self.failed(place, ProviderFailure(FailoverReason.STALLED), now_s)
        one.over = True
        if not text:
            one.empty = True
            if self._had_words:  # of another
                self._judge(place, ProviderFailure(FailoverReason.EMPTY), now_s)
            return self._next(place, HearingEvent.EMPTY, FailoverReason.EMPTY, now_s)
        self._judge_words(place, one, now_s)
        if self._move(HearingEvent.WORDS) is not HearingAct.TELL:
            return []
        self._had_words = True
        for other, heard in self._asked.items():
            if heard.empty:
                self._judge(other, ProviderFailure(FailoverReason.EMPTY), now_s)
                if not heard.beside:
                    self.chain.passed_on(other, place, FailoverReason.EMPTY)
        return [TellWords(text)]

    def _judge_words(self, place: int, one: _Asked, now_s: float) -> None:
        """It had words: in time, or so late that they are a failure."""
        late_s = max(self._finished_s, one.since_s) + self.deadlines.late_s
        if place != self._newest and now_s > late_s:
            self._judge(place, ProviderFailure(FailoverReason.SLOW), now_s)
        elif not one.judged:
            one.judged = True
            self.chain.succeeded(place)

    def failed(self, place: int, failure: ProviderFailure, now_s: float) -> list[Act]:
        """A recogniser has failed, in a turn or between turns."""
        one = self._asked.get(place)
        if one is None or self.state is HearingState.RESTING:
            self.chain.failed(place, failure, now_s)
            return []
        if one.over:
            return []
        one.over = True
        self._judge(place, failure, now_s)
        return self._next(place, HearingEvent.FAILED, failure.reason, now_s)

    def confine(self, places: Collection[int], now_s: float) -> list[Act]:
        """Only these may be asked from now on; what the others still say is not heard.

        Args:
            places: one at least.
            now_s: now.
        """
        self.among = tuple(places)
        self._asked = {place: one for place, one in self._asked.items() if place in self.among}
        self._newest = self._serves = self.chain.start(now_s, self.among).serving
        if self.state is HearingState.RESTING:
            return []
        self._exhausted = False
        if self._newest in self._asked:
            return []
        self._asked[self._newest] = _Asked(now_s, now_s)
        return [AskRecogniser(self._newest)]

    def shaken(self, place: int, now_s: float) -> list[Act]:
        """A recogniser begins again within a turn; it may still have the words in time."""
        if self.state is not HearingState.HEARING or self._exhausted or place != self._newest:
            return []
        return self._next(place, HearingEvent.QUIET, FailoverReason.FAILED, now_s)

    def tick(self, now_s: float) -> list[Act]:
        """Time has passed."""
        if self.state is HearingState.HEARING and not self._exhausted:
            one = self._asked[self._newest]
            quiet = now_s >= one.news_s + self.deadlines.quiet_s
            if quiet and self._newest in self.streams:
                return self._next(self._newest, HearingEvent.QUIET, FailoverReason.STALLED, now_s)
        if self.state is not HearingState.OWED:
            return []
        if now_s >= self._out_s():
            return self._best(now_s)
        if self._exhausted or now_s < self._late_s():
            return []
        place = self._newest
        if len(self._asked) < (len(self.chain) if self.among is None else len(self.among)):
            self._judge(place, ProviderFailure(FailoverReason.SLOW), now_s)
        return self._next(place, HearingEvent.SLOW, FailoverReason.SLOW, now_s)

    def _out_s(self) -> float:
        """When the turn is over with the words there are.

        The last who tells words as they come, and has told none, is not waited for as long.
        """
        out_s, one = self._finished_s + self.deadlines.out_s, self._asked[self._newest]
        if self._exhausted and self._newest in self.streams and not one.so_far:
            asked_s = max(self._finished_s, one.since_s)
            return min(out_s, asked_s + self.deadlines.mute_s)
        return out_s

    def _late_s(self) -> float:
        return max(self._finished_s, self._asked[self._newest].since_s) + self.deadlines.late_s

    def _next(
        self, place: int, event: HearingEvent, reason: FailoverReason, now_s: float
    ) -> list[Act]:
        """The next recogniser is asked, if this one was waited for."""
        if place != self._newest:  # another serves in its place, or beside it
            return self._out(now_s)
        if self._move(event) is not HearingAct.ASK_NEXT:
            return []
        if not self._exhausted:
            following = self.chain.after(self._asked, now_s, self.among)
            if event is not HearingEvent.EMPTY and (
                following is not None or event is HearingEvent.FAILED
            ):
                self.chain.passed_on(place, following, reason)
            if following is not None:
                self._newest = self._serves = following
                self._asked[following] = _Asked(now_s, now_s)
                return [AskRecogniser(following)]
            self._exhausted = True
        return self._out(now_s)

    def _out(self, now_s: float) -> list[Act]:
        """The turn is over when nobody can tell more of it."""
        owed = any(not one.over for one in self._asked.values())
        return [] if owed or self.state is not HearingState.OWED else self._best(now_s)

    def _best(self, now_s: float) -> list[Act]:
        self._move(HearingEvent.OUT)
        best = max((one.so_far for one in self._asked.values()), key=len)
        silent = any(one.empty for one in self._asked.values())
        for place, one in self._asked.items():
            if one.empty and not best:
                one.judged = True
                self.chain.succeeded(place)
            elif not one.over:
                self._judge(place, ProviderFailure(FailoverReason.SLOW), now_s)
        return [TellWords(best, lost=not best and not silent)]

    def _judge(self, place: int, failure: ProviderFailure, now_s: float) -> None:
        one = self._asked[place]
        if not one.judged:
            one.judged = True
            self.chain.failed(place, failure, now_s)

    def _move(self, event: HearingEvent) -> HearingAct | None:
        self.state, act = TABLE.get((self.state, event), (self.state, None))
        return act
