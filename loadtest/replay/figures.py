"""What the calls of a run come to: percentiles by name, and counts by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from loadtest.replay.results import STAGES, CallResult, Spread

VOID_PERCENT: Final = 2.0
"""A run whose own callers were late with more of their frames says nothing about the engine."""

ABOUT_SPREADS: Final[Mapping[str, str]] = {
    "v2v": "last sample of the caller sent → first sound of the reply received, on the wire",
    "heard": "last sample of the caller spoken → first audible sound of the reply played",
    "first_audio": "stream start → first sound of the greeting",
    "clear": "caller begins to speak over the agent → the agent is stopped",
    "engine_v2v": "voice-to-voice as the engine measures it: the sum of the six stages",
    "endpoint": "stage 1: last sample arrives → the end of the turn is decided",
    "stt": "stage 2: → final transcript",
    "think": "stage 3: → first words of the reply, without tools",
    "tools": "stage 4: time inside tools before those words",
    "tts": "stage 5: → first sound of the voice",
    "send": "stage 6: → first frame on the wire",
}
"""Latency -> what it is, in the order in which they are shown."""

ABOUT_COUNTS: Final[Mapping[str, str]] = {
    "calls": "calls placed",
    "failed_calls": "calls that did not go as their script says",
    "failed_percent": "the same, of all calls",
    "turns": "caller turns that were spoken to their end",
    "unanswered_turns": "turns after which nothing was heard, a call's last turn aside",
    "unanswered_percent": "the same, of all turns",
    "barge_ins": "turns that began while the agent was heard",
    "underruns": "times the agent's voice was chopped: the carrier's buffer ran dry within sound",
    "cut_off_goodbyes": "calls that the agent ended with sound still unheard",
    "protocol_errors": "messages of the engine that a carrier would refuse",
    "frames_lost_percent": "frames of callers that the network was told to lose",
    "late_frames_percent": "frames of callers that this rig itself sent over 5 ms late",
    "rig_core_percent": "processor time of this rig, of one core",
    "engine_core_percent": "the engine's, its helper processes included, of one core",
    "engine_cpu_ms": "the same for one second of one call, milliseconds",
    "providers_core_percent": "the emulated providers', of one core",
}
"""Count -> what it is. An engine elsewhere does not tell its processor time."""


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Processor time that a run took, seconds; None where it cannot be told.

    `rig`: the callers · `engine`: with its helper processes · `providers`: the emulated ones.
    """

    rig: float = 0.0
    engine: float | None = None
    providers: float | None = None

    def since(self, before: CpuTimes) -> CpuTimes:
        """What was taken from one look to the next."""
        return CpuTimes(
            self.rig - before.rig,
            _taken(before.engine, self.engine),
            _taken(before.providers, self.providers),
        )


def _taken(first: float | None, last: float | None) -> float | None:
    return None if first is None or last is None else last - first


def spreads(calls: Sequence[CallResult]) -> dict[str, Spread]:
    """Every latency of `ABOUT_SPREADS` that was measured at least once."""
    turns = [turn for call in calls for turn in call.turns]
    replies = [reply for call in calls for reply in call.replies]
    values: dict[str, list[float | None]] = {
        "v2v": [turn.v2v_ms for turn in turns],
        "heard": [turn.heard_ms for turn in turns if turn.v2v_ms is not None],
        "first_audio": [call.first_audio_ms for call in calls],
        "clear": [turn.clear_ms for turn in turns if turn.barged_in],
        "engine_v2v": [reply.v2v_ms for reply in replies],
    }
    for index, stage in enumerate(STAGES):
        values[stage] = [reply.by_stage()[index] for reply in replies]
    found = {name: [one for one in values[name] if one is not None] for name in ABOUT_SPREADS}
    return {name: spread(measured) for name, measured in found.items() if measured}


def spread(values_ms: Sequence[float]) -> Spread:
    """Percentiles of at least one value."""
    p50, p95, p99 = np.percentile(values_ms, (50, 95, 99), method="inverted_cdf")
    return Spread(
        count=len(values_ms),
        p50_ms=round(float(p50), 1),
        p95_ms=round(float(p95), 1),
        p99_ms=round(float(p99), 1),
        max_ms=round(max(values_ms), 1),
    )


def counts(
    calls: Sequence[CallResult], *, cpu_s: CpuTimes | None = None, seconds: float = 0.0
) -> dict[str, float]:
    """Every count of `ABOUT_COUNTS` that was measured.

    Args:
        calls: all of the run.
        cpu_s: processor time that it took.
        seconds: how long the run was.
    """
    cpu_s = cpu_s or CpuTimes()
    turns = [turn for call in calls for turn in call.turns]
    failed = sum(call.failed for call in calls)
    unanswered = sum(turn.unanswered for turn in turns)
    sent = sum(call.frames_sent for call in calls)
    lost = sum(call.frames_lost for call in calls)
    return {
        "calls": len(calls),
        "failed_calls": failed,
        "failed_percent": _percent(failed, len(calls)),
        "turns": len(turns),
        "unanswered_turns": unanswered,
        "unanswered_percent": _percent(unanswered, len(turns)),
        "barge_ins": sum(turn.barged_in for turn in turns),
        "underruns": sum(call.underruns for call in calls),
        "cut_off_goodbyes": sum(call.unheard_ms > 0 for call in calls),
        "protocol_errors": sum(len(call.protocol_errors) for call in calls),
        "frames_lost_percent": _percent(lost, sent + lost),
        "late_frames_percent": _percent(sum(call.frames_late for call in calls), sent),
        "rig_core_percent": _percent(cpu_s.rig, seconds),
        **_of_processes(calls, cpu_s, seconds),
    }


def _of_processes(calls: Sequence[CallResult], cpu_s: CpuTimes, seconds: float) -> dict[str, float]:
    """What the processes beside the rig took."""
    found: dict[str, float] = {}
    call_s = sum(call.duration_s for call in calls)
    if cpu_s.engine is not None:
        found["engine_core_percent"] = _percent(cpu_s.engine, seconds)
        if call_s:
            found["engine_cpu_ms"] = round(1000.0 * cpu_s.engine / call_s, 2)
    if cpu_s.providers is not None:
        found["providers_core_percent"] = _percent(cpu_s.providers, seconds)
    return found


def _percent(part: float, whole: float) -> float:
    return round(100.0 * part / whole, 2) if whole else 0.0


def slowest(calls: Sequence[CallResult], count: int) -> list[CallResult]:
    """The calls with the slowest replies, failed ones first: those one wants to hear."""

    def badness(call: CallResult) -> tuple[bool, float]:
        return call.failed, max(call.v2v_ms, default=0.0)

    return sorted(calls, key=badness, reverse=True)[:count]
