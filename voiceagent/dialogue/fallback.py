"""Who answers when a model does not: the next model, and in the end nobody (the house policy does).

A chain of models behind the port of one. *Slow* is a failure like others: a reply has a deadline to
its first piece, between pieces, and to each end of a sentence, whoever of the chain is at it, so a
caller never waits longer than `Deadlines.silence_s` for the next sentence. `TABLE` says what then:

* nothing of the reply was given on: the next model is asked the same;
* something was: nobody begins anew, because it would be said twice. The reply is cut off, and who
  asked goes on from what was said.

A chain that is exhausted raises `Unavailable`. Why the chain stands here and not between dialogues:
docs/decisions/0031-a-models-replies-are-inputs.md.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from loguru import logger

from voiceagent.core.breaker import Breaker
from voiceagent.core.clock import Clock
from voiceagent.core.failover.chain import (
    NOBODY,
    ChainKind,
    Failover,
    FailoverReason,
    FailoverWatch,
    ProviderFailure,
)
from voiceagent.errors import Unavailable, VoiceAgentError
from voiceagent.ports.language_model import (
    LanguageModel,
    ModelEvent,
    ModelRequest,
    ReplyEnd,
    StopReason,
    TextPiece,
)


class ReplyState(StrEnum):
    """How far a model is with its reply."""

    ASKED = "asked"
    """Nothing of it was given on."""
    BEGUN = "begun"
    """Some of it was given on."""


class ReplyEvent(StrEnum):
    """What comes of a model that was asked."""

    PIECE = "piece"
    END = "end"
    EMPTY_END = "empty_end"
    SLOW = "slow"
    FAILED = "failed"
    CUT_OFF = "cut_off"


class FallbackAct(StrEnum):
    """What is done about it."""

    GIVE_ON = "give_on"
    FINISH = "finish"
    NEXT = "next"
    BREAK_OFF = "break_off"


TABLE: Final[Mapping[tuple[ReplyState, ReplyEvent], tuple[ReplyState, FallbackAct]]] = {
    (ReplyState.ASKED, ReplyEvent.PIECE): (ReplyState.BEGUN, FallbackAct.GIVE_ON),
    (ReplyState.ASKED, ReplyEvent.EMPTY_END): (ReplyState.ASKED, FallbackAct.NEXT),
    (ReplyState.ASKED, ReplyEvent.SLOW): (ReplyState.ASKED, FallbackAct.NEXT),
    (ReplyState.ASKED, ReplyEvent.FAILED): (ReplyState.ASKED, FallbackAct.NEXT),
    (ReplyState.ASKED, ReplyEvent.CUT_OFF): (ReplyState.ASKED, FallbackAct.NEXT),
    (ReplyState.BEGUN, ReplyEvent.PIECE): (ReplyState.BEGUN, FallbackAct.GIVE_ON),
    (ReplyState.BEGUN, ReplyEvent.END): (ReplyState.BEGUN, FallbackAct.FINISH),
    (ReplyState.BEGUN, ReplyEvent.SLOW): (ReplyState.BEGUN, FallbackAct.BREAK_OFF),
    (ReplyState.BEGUN, ReplyEvent.FAILED): (ReplyState.BEGUN, FallbackAct.BREAK_OFF),
    (ReplyState.BEGUN, ReplyEvent.CUT_OFF): (ReplyState.BEGUN, FallbackAct.BREAK_OFF),
}


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: to a model's first piece, between its pieces, and to the next end of a sentence.

    `silence_s` counts over all models of the chain.
    """

    first_s: float = 2.0
    between_s: float = 2.0
    silence_s: float = 3.5


@dataclass(frozen=True, slots=True)
class Stage:
    """A model of the chain and its breaker, which all calls of a worker share."""

    model: LanguageModel
    breaker: Breaker


@dataclass(frozen=True, slots=True)
class _Failed:
    """The model that was asked before, and why another is."""

    name: str
    reason: FailoverReason


_SENTENCE_ENDS = re.compile(r"[.?!]")


class _Silence:
    """How long the caller has waited for the next sentence, on the running loop's clock."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._time = asyncio.get_running_loop().time
        self._until_s = self._time() + longest_s
        self._paused_s = 0.0

    @property
    def is_over(self) -> bool:
        """Whether there is no time left to ask anybody."""
        return self._time() >= self._until_s

    def due(self, wait_s: float) -> float:
        """When the next piece is too late."""
        return min(self._time() + wait_s, self._until_s)

    def pauses(self) -> None:
        """A piece is given on: whoever takes it may take his time."""
        self._paused_s = self._time()

    def goes_on(self, told: ModelEvent) -> None:
        """It was taken; with a sentence's end in it the wait begins anew."""
        self._until_s += self._time() - self._paused_s
        if isinstance(told, TextPiece) and _SENTENCE_ENDS.search(told.text):
            self._until_s = self._time() + self._longest_s


class FallbackModel:
    """A chain of models, as one; see the module.

    Args:
        stages: the first that answers in time does.
        clock: for breakers.
        deadlines: how long a caller may wait.
        watch: told who took over from whom; nobody when the house policy did.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        clock: Clock,
        deadlines: Deadlines | None = None,
        watch: FailoverWatch | None = None,
    ) -> None:
        self._stages = tuple(stages)
        self._clock = clock
        self._deadlines = deadlines or Deadlines()
        self._watch = watch

    @property
    def name(self) -> str:
        """The models' names in their order."""
        return " > ".join(stage.model.name for stage in self._stages)

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `LanguageModel.reply`.

        Raises:
            Unavailable: ``model.exhausted``, ``model.cut_off``.
        """
        silence = _Silence(self._deadlines.silence_s)
        failed: _Failed | None = None
        for stage in self._stages:
            if silence.is_over:
                break
            if not stage.breaker.admits(self._clock.monotonic()):
                continue
            self._passed_on(failed, stage.model.name)
            state = ReplyState.ASKED
            async with aclosing(stage.model.reply(request)) as events:
                while True:
                    event, told, why = await self._next(stage, events, silence, state)
                    state, act = TABLE[state, event]
                    if told is not None:
                        silence.pauses()
                        try:
                            yield _signed(told, stage.model.name)
                        except GeneratorExit:  # enough of it was taken
                            stage.breaker.succeeded()
                            raise
                        silence.goes_on(told)
                    if act is not FallbackAct.GIVE_ON:
                        break
            if act is FallbackAct.FINISH:
                return
            failed = _Failed(stage.model.name, why)
            if act is FallbackAct.BREAK_OFF:
                self._passed_on(failed, NOBODY)
                raise Unavailable("model.cut_off", "The reply was cut off.")
        self._passed_on(failed, NOBODY)
        raise Unavailable("model.exhausted", "No model answered.")

    def _passed_on(self, failed: _Failed | None, to: str) -> None:
        if failed is not None and self._watch is not None:
            self._watch.failed_over(Failover(ChainKind.LLM, failed.name, to, failed.reason))

    async def _next(
        self, stage: Stage, events: AsyncIterator[ModelEvent], silence: _Silence, state: ReplyState
    ) -> tuple[ReplyEvent, ModelEvent | None, FailoverReason]:
        """What comes next of a model, and what its breaker learns by it; why it failed, if so."""
        told: ModelEvent | None = None
        event, code, retry_after_s = ReplyEvent.FAILED, "", None
        why = FailoverReason.STALLED
        asked = state is ReplyState.ASKED
        wait_s = self._deadlines.first_s if asked else self._deadlines.between_s
        try:
            async with asyncio.timeout_at(silence.due(wait_s)):
                told = await anext(events, None)
                while asked and _is_blank(told):
                    told = await anext(events, None)
        except TimeoutError:
            event, code = ReplyEvent.SLOW, "slow"
            why = FailoverReason.SLOW if asked else why
        except VoiceAgentError as error:
            failure = ProviderFailure.of(error)
            code, retry_after_s, why = error.code, failure.retry_after_s, failure.reason
        else:
            if told is None:
                event, code = ReplyEvent.CUT_OFF, "cut_off"
            elif not isinstance(told, ReplyEnd):
                return ReplyEvent.PIECE, told, why
            elif asked:
                event, code, why = ReplyEvent.EMPTY_END, "empty", FailoverReason.EMPTY
            elif told.why is StopReason.WITHHELD:
                event, code = ReplyEvent.CUT_OFF, "withheld"
            else:
                stage.breaker.succeeded()
                return ReplyEvent.END, told, why
        name = stage.model.name
        logger.warning("model.fell_back: {} {}", name, code)
        stage.breaker.failed(self._clock.monotonic(), retry_after_s=retry_after_s)
        return event, None, why


def _signed(told: ModelEvent, model: str) -> ModelEvent:
    """With the name of who wrote it."""
    return replace(told, model=model) if isinstance(told, TextPiece | ReplyEnd) else told


def _is_blank(told: ModelEvent | None) -> bool:
    return isinstance(told, TextPiece) and not told.text.strip()
