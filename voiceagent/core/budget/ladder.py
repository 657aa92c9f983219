"""The tables behind a turn's latency budget: stages, what they report, and the ladder of acts.

`budget` walks them. Print them with
``python -c "from voiceagent.core.budget.ladder import describe; print(describe())"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class BudgetStage(StrEnum):
    """What the caller is waiting for.

    HEARING: the final transcript · THINKING: the first words · TOOL: a tool's result, then words ·
    VOICING: the first sound · SENDING: its first frame on the wire · DONE: nothing any more.
    """

    HEARING = "hearing"
    THINKING = "thinking"
    TOOL = "tool"
    VOICING = "voicing"
    SENDING = "sending"
    DONE = "done"


class Passed(StrEnum):
    """What a stage reports."""

    TRANSCRIPT = "transcript"
    TOOL_STARTED = "tool_started"
    TOOL_FINISHED = "tool_finished"
    WORDS = "words"
    SOUND = "sound"
    SENT = "sent"


class BudgetAct(StrEnum):
    """What can be done about a late answer, in the order in which it is tried.

    CLAUSE_FLUSH: speak the first clause without waiting for its sentence · CACHED_FILLER: a short
    sentence whose sound is ready · HEDGE: the same request to a second provider · FALLBACK: the
    next model, or the house policy · SHORT_REPLY: ask for one sentence · APOLOGY: say honestly that
    it takes too long, and what the caller can do.
    """

    CLAUSE_FLUSH = "clause_flush"
    CACHED_FILLER = "cached_filler"
    HEDGE = "hedge"
    FALLBACK = "fallback"
    SHORT_REPLY = "short_reply"
    APOLOGY = "apology"


_S, _P, _A = BudgetStage, Passed, BudgetAct

_ON_WORDS = {(stage, _P.WORDS): _S.VOICING for stage in (_S.HEARING, _S.THINKING, _S.TOOL)}
_ON_SOUND = {
    (stage, _P.SOUND): _S.SENDING for stage in (_S.HEARING, _S.THINKING, _S.TOOL, _S.VOICING)
}

_MOVES: Final[Mapping[tuple[BudgetStage, Passed], BudgetStage]] = {
    (_S.HEARING, _P.TRANSCRIPT): _S.THINKING,
    (_S.THINKING, _P.TOOL_STARTED): _S.TOOL,
    (_S.TOOL, _P.TOOL_FINISHED): _S.THINKING,
    **_ON_WORDS,
    **_ON_SOUND,
    (_S.SENDING, _P.SENT): _S.DONE,
}

TABLE: Final[Mapping[tuple[BudgetStage, Passed], BudgetStage]] = MappingProxyType(
    {
        (stage, passed): _MOVES.get((stage, passed), stage)
        for stage in BudgetStage
        for passed in Passed
    }
)
"""Every (stage, report); pairs not written down above change nothing."""

AHEAD: Final[Mapping[BudgetStage, tuple[BudgetStage, ...]]] = MappingProxyType(
    {
        _S.HEARING: (_S.THINKING, _S.VOICING, _S.SENDING),
        _S.THINKING: (_S.VOICING, _S.SENDING),
        _S.TOOL: (_S.THINKING, _S.VOICING, _S.SENDING),
        _S.VOICING: (_S.SENDING,),
        _S.SENDING: (),
        _S.DONE: (),
    }
)
"""Stages still to come after the one under way. A tool is expected only once it has started."""

ENDS: Final[Mapping[BudgetStage, frozenset[Passed]]] = MappingProxyType(
    {
        _S.HEARING: frozenset({_P.TRANSCRIPT}),
        _S.THINKING: frozenset({_P.WORDS, _P.TOOL_STARTED}),
        _S.TOOL: frozenset({_P.TOOL_FINISHED}),
        _S.VOICING: frozenset({_P.SOUND}),
        _S.SENDING: frozenset({_P.SENT}),
        _S.DONE: frozenset(),
    }
)
"""Reports that tell how long a stage takes; one that was skipped teaches nothing."""

PRIORS_S: Final[Mapping[BudgetStage, float]] = MappingProxyType(
    {
        _S.HEARING: 0.10,
        _S.THINKING: 0.02,
        _S.TOOL: 0.10,
        _S.VOICING: 0.06,
        _S.SENDING: 0.02,
    }
)
"""Expected 90th percentile of each stage before anything was seen: the offline parts' figures."""


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """A rung: it acts when slack is at most `slack_s`, in stages where it `helps`.

    `slack_s` is ``None`` for the last rung, which waits for the hard deadline. `gain_s` is what
    must be there to win: the answer is expected to be at least this far away. A filler that is
    longer than the wait it covers would make the caller wait for the filler; the first rung can
    only shorten synthesis, so there it is the expected length of VOICING that counts. `outlived` is
    the share of turns whose stage was over by then: what costs a second request, or a poorer
    answer, is kept for the turns that are slower than most, however slow the provider is.
    """

    act: BudgetAct
    slack_s: float | None
    gain_s: float
    helps: frozenset[BudgetStage]
    outlived: float = 0.0


_WORDLESS = frozenset({_S.HEARING, _S.THINKING, _S.TOOL})

LADDER: Final[tuple[BudgetRule, ...]] = (
    BudgetRule(_A.CLAUSE_FLUSH, 0.1, 0.1, _WORDLESS),
    BudgetRule(_A.CACHED_FILLER, 0.0, 0.6, _WORDLESS),
    BudgetRule(_A.HEDGE, -0.2, 0.3, frozenset({_S.HEARING, _S.THINKING, _S.VOICING}), 0.75),
    BudgetRule(_A.FALLBACK, -0.5, 0.3, frozenset({_S.THINKING}), 0.97),
    BudgetRule(_A.SHORT_REPLY, -0.8, 0.3, frozenset({_S.THINKING, _S.TOOL}), 0.97),
    BudgetRule(_A.APOLOGY, None, 0.0, _WORDLESS | {_S.VOICING}),
)

PLACE: Final = MappingProxyType({rule.act: place for place, rule in enumerate(LADDER)})
"""How far down the ladder an act stands, from 0."""


def describe() -> str:
    """The ladder and the stages as text."""
    lines = [
        f"{'act':<14} {'slack at most':<14} {'gain':<7} {'outlived':<9} helps while waiting for"
    ]
    for rule in LADDER:
        slack = "hard deadline" if rule.slack_s is None else f"{rule.slack_s * 1000:+.0f} ms"
        gain = f"{rule.gain_s * 1000:.0f} ms"
        helps = ", ".join(stage for stage in BudgetStage if stage in rule.helps)
        outlived = f"{rule.outlived:.0%}" if rule.outlived else ""
        lines.append(f"{rule.act:<14} {slack:<14} {gain:<7} {outlived:<9} {helps}")
    lines += ["", f"{'stage':<10} {'report':<14} {'next':<10} p90 before anything was seen"]
    for (stage, passed), after in TABLE.items():
        if after is not stage:
            prior = f"{PRIORS_S[stage] * 1000:.0f} ms"
            lines.append(f"{stage:<10} {passed:<14} {after:<10} {prior}")
    return "\n".join(lines)
