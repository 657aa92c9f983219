"""From what was played and what was heard to the figures of the panel. Pure functions.

Definitions (tau-voice, interaction metrics): time is cut into ticks of 200 ms; a tick is
silent when no sound of the agent falls into it. Over the agent's speech, a backchannel, a tic or
something not meant for it is handled well when no tick is silent within 1 s of its onset. In the
quiet, a tic or something not meant for it is handled well when the agent starts nothing from its
onset to 2 s after its end. An interruption is yielded to when a tick is silent within 2 s.

Ours are stricter where a pause could pass for more than it is: *yielding* also means to stay silent
until the caller has finished and not to go on with the old sentence then, and the latency runs, in
samples, to the last moment the agent was heard before that. Where replies cannot be told from the
old sentence by their first sound, time has to do (`RESUME_8K`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

from loadtest.panel.script import During, Kind
from loadtest.simulator.recording import SampleSpan

MS_8K: Final = 8
TICK_8K: Final = 200 * MS_8K
NO_YIELD_8K: Final = 2000 * MS_8K
OVERLAP_8K: Final = 1000 * MS_8K
RESPONSE_8K: Final = 2000 * MS_8K
REPLY_8K: Final = 5000 * MS_8K
"""A turn that was not answered after this long was not answered."""

RESUME_8K: Final = 350 * MS_8K
"""Sound of the agent sooner than this after an interruption is taken for the old sentence going on:
a reply takes the end of turn, recognition, a model and speech."""

GRAIN_8K: Final = 20 * MS_8K
"""Spans of sound begin up to this much before the sound does."""

START_GAP_8K: Final = 200 * MS_8K
"""Sound after a shorter silence is the same speech."""


@dataclass(frozen=True, slots=True)
class PlayedStep:
    """A sound of the script, and where on the call it was: samples of the line's clock."""

    name: str
    kind: Kind
    during: During
    sound: SampleSpan


@dataclass(frozen=True, slots=True)
class CallLog:
    """One call: what was played, and when the agent was heard.

    `agent` are spans of sound, merged only where they touch. `clears_8k` is when a clear came,
    `replies_8k` when a reply began, as its first sound gave away; empty where it does not.
    """

    name: str
    events: tuple[PlayedStep, ...]
    agent: tuple[SampleSpan, ...]
    clears_8k: tuple[int, ...] = ()
    replies_8k: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """How one event went. Latencies in ms, ``None`` where there was nothing to measure."""

    event: PlayedStep
    right: bool
    latency_ms: float | None = None
    clear_ms: float | None = None
    pause_ms: float = 0.0
    resumed_ms: float | None = None
    interrupted: int = 0
    note: str = ""


def score(log: CallLog) -> list[StepOutcome]:
    """Every event of a call."""
    ends = [event.sound.start_8k for event in log.events[1:]]
    outcomes = []
    for event, next_8k in zip(log.events, [*ends, 10**12], strict=True):
        if event.kind is Kind.TURN:
            outcomes.append(_turn(log, event, next_8k))
        elif event.kind is Kind.INTERRUPTION:
            outcomes.append(_interruption(log, event))
        elif event.during is During.SPEECH:
            outcomes.append(_talked_through(log, event))
        else:
            outcomes.append(_ignored(log, event))
    return outcomes


def silent_tick(agent: Sequence[SampleSpan], start_8k: int, window_8k: int) -> int | None:
    """The first tick in a window that has no sound of the agent; counted from the window's own."""
    first = start_8k // TICK_8K
    for tick in range(first, first + window_8k // TICK_8K):
        if not sounds(agent, tick * TICK_8K, (tick + 1) * TICK_8K):
            return tick - first
    return None


def sounds(agent: Sequence[SampleSpan], start_8k: int, end_8k: int) -> bool:
    """Whether any sound of the agent falls between two times."""
    return any(span.start_8k < end_8k and span.end_8k > start_8k for span in agent)


def starts(agent: Sequence[SampleSpan]) -> list[int]:
    """When the agent began to speak, after a silence that is none within its speech."""
    found = []
    before = -START_GAP_8K
    for span in agent:
        if span.start_8k - before >= START_GAP_8K:
            found.append(span.start_8k)
        before = span.end_8k
    return found


def longest_pause_8k(agent: Sequence[SampleSpan], start_8k: int, end_8k: int) -> int:
    """The longest silence of the agent between two times."""
    at, longest = start_8k, 0
    for span in agent:
        if span.end_8k <= start_8k or span.start_8k >= end_8k:
            continue
        longest = max(longest, span.start_8k - at)
        at = max(at, span.end_8k)
    return max(longest, end_8k - at)


def _interruptions_of(log: CallLog, sound: SampleSpan) -> int:
    return sum(sound.start_8k < at < sound.end_8k for at in starts(log.agent))


def _turn(log: CallLog, event: PlayedStep, next_8k: int) -> StepOutcome:
    end_8k = event.sound.end_8k
    limit_8k = min(next_8k, end_8k + REPLY_8K)
    reply = next((at for at in starts(log.agent) if end_8k <= at < limit_8k), None)
    interrupted = _interruptions_of(log, event.sound)
    if reply is None:
        note = "interrupted" if interrupted else "not answered"
        return StepOutcome(event, right=False, interrupted=interrupted, note=note)
    return StepOutcome(
        event, right=True, latency_ms=(reply - end_8k) / MS_8K, interrupted=interrupted
    )


def _interruption(log: CallLog, event: PlayedStep) -> StepOutcome:
    onset, end = event.sound.start_8k, event.sound.end_8k
    clear = next((at for at in log.clears_8k if at >= onset), None)
    clear_ms = None if clear is None or clear > end + TICK_8K else (clear - onset) / MS_8K
    until = _old_sentence_until(log, end)
    over = [span for span in log.agent if span.start_8k < until and span.end_8k > onset]
    stopped = over[-1].end_8k if over else onset
    note = ""
    if stopped >= until:
        note = "kept talking" if over[-1].start_8k <= onset else "went on with its sentence"
    elif silent_tick(log.agent, onset, NO_YIELD_8K) is None or stopped > onset + NO_YIELD_8K:
        note = "stopped too late"
    return StepOutcome(
        event,
        right=not note,
        latency_ms=(stopped - onset) / MS_8K,
        clear_ms=clear_ms,
        note=note,
    )


def _old_sentence_until(log: CallLog, end: int) -> int:
    """Sound before this is not the reply to an interruption that ended at `end`.

    The engine may hear the end a tick sooner than the script has it.
    """
    if not log.replies_8k:
        return end + RESUME_8K
    reply = next((at for at in log.replies_8k if at >= end - TICK_8K), end + NO_YIELD_8K)
    return min(reply - GRAIN_8K, end + NO_YIELD_8K)


def _talked_through(log: CallLog, event: PlayedStep) -> StepOutcome:
    onset, end = event.sound.start_8k, event.sound.end_8k
    tick = silent_tick(log.agent, onset, OVERLAP_8K)
    pause_8k = longest_pause_8k(log.agent, onset, onset + OVERLAP_8K)
    resumed = [
        span.start_8k
        for before, span in zip(log.agent, log.agent[1:], strict=False)
        if onset < before.end_8k < end and span.start_8k > before.end_8k
    ]
    resumed_ms = (resumed[-1] - end) / MS_8K if resumed else None
    note = "" if tick is None else f"silent for {pause_8k / MS_8K:.0f} ms"
    return StepOutcome(
        event,
        right=tick is None,
        pause_ms=pause_8k / MS_8K,
        resumed_ms=resumed_ms,
        note=note,
    )


def _ignored(log: CallLog, event: PlayedStep) -> StepOutcome:
    onset, end = event.sound.start_8k, event.sound.end_8k
    answered = [at for at in starts(log.agent) if onset <= at <= end + RESPONSE_8K]
    note = f"answered after {(answered[0] - end) / MS_8K:.0f} ms" if answered else ""
    return StepOutcome(event, right=not answered, note=note)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the panel; `value` is ``None`` when nothing was measured."""

    name: str
    value: float | None
    count: int


def figures(outcomes: Sequence[StepOutcome]) -> list[Figure]:
    """L_R and L_Y in seconds, I_A per turn, the others as shares of right ones."""
    of = {kind: [o for o in outcomes if o.event.kind is kind] for kind in Kind}
    turns, breaks = of[Kind.TURN], of[Kind.INTERRUPTION]
    replies = [o.latency_ms for o in turns if o.right and o.latency_ms is not None]
    yields = [o.latency_ms for o in breaks if o.right and o.latency_ms is not None]
    cut_in = sum(o.interrupted for o in turns) / len(turns) if turns else None
    return [
        Figure("L_R", mean(replies) / 1000 if replies else None, len(replies)),
        Figure("L_Y", mean(yields) / 1000 if yields else None, len(yields)),
        _share("R_R", turns),
        _share("R_Y", breaks),
        Figure("I_A", cut_in, len(turns)),
        _share("S_BC", of[Kind.BACKCHANNEL]),
        _share("S_VT", of[Kind.VOCAL_TIC]),
        _share("S_ND", of[Kind.NON_DIRECTED]),
    ]


def _share(name: str, outcomes: Sequence[StepOutcome]) -> Figure:
    right = sum(outcome.right for outcome in outcomes)
    return Figure(name, right / len(outcomes) if outcomes else None, len(outcomes))
