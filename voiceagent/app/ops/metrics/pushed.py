"""Rows that are written when something happens (`voiceagent.app.ops.watch`)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from voiceagent.app.ops.metrics.rows import Label, Metric, MetricKind
from voiceagent.core.budget.ladder import BudgetAct
from voiceagent.core.budget.preemptive_generation import PreemptiveResult
from voiceagent.domain.records import Outcome, TurnLatency
from voiceagent.ports.meter import TurnedAway

STAGE_BOUNDS_S: Final = (
    *(0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.3),
    *(0.5, 0.8, 1.2, 1.8, 2.5, 5.0),
)
"""What `core.budget.ladder` expects of each stage before it has seen any: 20 ms to send, 20 to
think, 60 to speak, 100 to transcribe. What ends a turn: silences between 0.3 s and the 1.8 s that
somebody gets who reads out a number. And 2.5 s, by which the whole must be over."""

V2V_BOUNDS_S: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9, 1.15, 1.5, 2.0, 2.5, 4.0, 8.0)
"""Target (0.9 s) and hard deadline (2.5 s) of `docs/latency-budget.md`; the goal for a reply (0.6)
and the best published one (1.15); 4 s is the longest silence a failing provider may cause."""


class LatencyStage(StrEnum):
    """Where the time of a reply goes; the six sum to voice-to-voice time (`TurnLatency`)."""

    ENDPOINT = "endpoint"
    STT = "stt"
    THINK = "think"
    TOOLS = "tools"
    TTS = "tts"
    SEND = "send"


def by_stage(latency: TurnLatency) -> dict[LatencyStage, float]:
    """Milliseconds of each stage, in the order in which they follow each other."""
    return {
        LatencyStage.ENDPOINT: latency.endpoint_ms,
        LatencyStage.STT: latency.stt_ms,
        LatencyStage.THINK: latency.think_ms,
        LatencyStage.TOOLS: latency.tools_ms,
        LatencyStage.TTS: latency.tts_ms,
        LatencyStage.SEND: latency.send_ms,
    }


OTHER_CHANNEL: Final = "other"

CALLS: Final = Metric(
    "voiceagent_calls_total",
    MetricKind.COUNTER,
    "Calls that this process saw the end of, by the outcome it wrote, those among them "
    "that a run before it had left open; unwritten when the store was "
    "down. A message that is left afterwards changes the row of a call, and nothing here",
    (
        Label("outcome", (*(one.value for one in Outcome), "unwritten")),
        Label("channel", ("voice", OTHER_CHANNEL)),
    ),
)
TURNED_AWAY: Final = Metric(
    "voiceagent_calls_turned_away_total",
    MetricKind.COUNTER,
    "Callers who got a person or a message instead of the agent: no place for them, their line was "
    "lost, or we failed",
    (Label.of("why", TurnedAway),),
)
RESUMED: Final = Metric(
    "voiceagent_calls_resumed_total",
    MetricKind.COUNTER,
    "Calls that went on after their line or their worker had been lost",
)
STAGES: Final = Metric(
    "voiceagent_turn_stage_seconds",
    MetricKind.HISTOGRAM,
    "Where the time of a reply went; the six stages of a turn sum to its voice-to-voice time",
    (Label.of("stage", LatencyStage),),
    STAGE_BOUNDS_S,
)
V2V: Final = Metric(
    "voiceagent_turn_voice_to_voice_seconds",
    MetricKind.HISTOGRAM,
    "From the caller's last voiced sample to the first frame of our reply on the wire",
    bounds=V2V_BOUNDS_S,
)
ANSWER: Final = Metric(
    "voiceagent_turn_answer_seconds",
    MetricKind.HISTOGRAM,
    "From the caller's last voiced sample to the answer itself, where a filler or an apology "
    "was heard before it",
    bounds=V2V_BOUNDS_S,
)
ACTS: Final = Metric(
    "voiceagent_budget_acts_total",
    MetricKind.COUNTER,
    "Rungs of the latency ladder reached in callers' turns, and whether they could be done",
    (Label.of("act", BudgetAct), Label("result", ("done", "not_available"))),
)
GUESSES: Final = Metric(
    "voiceagent_preemptive_generations_total",
    MetricKind.COUNTER,
    "Answers made before the caller's turn was known to be over, by how that ended",
    (Label.of("result", PreemptiveResult),),
)
EDGE: Final = Metric(
    "voiceagent_edge_events_total",
    MetricKind.COUNTER,
    "Things refused, dropped, repeated or failed at the carrier's edge, by code",
    (Label("code"),),
)
WRITES_LOST: Final = Metric(
    "voiceagent_recorder_lost_writes_total",
    MetricKind.COUNTER,
    "Turns, journal rows and events of calls that are over which were not written: the queue was "
    "full, or the store refused",
    (Label("reason", ("queue_full", "store")),),
)
AUDITS_LOST: Final = Metric(
    "voiceagent_tool_lost_audits_total",
    MetricKind.COUNTER,
    "Runs of tools whose audit the store did not take, of calls that are over",
)
INPUTS_DROPPED: Final = Metric(
    "voiceagent_dialogue_dropped_inputs_total",
    MetricKind.COUNTER,
    "Inputs that found the dialogue's inbox full, of calls that are over",
)
SOUNDS_DROPPED: Final = Metric(
    "voiceagent_stt_dropped_sounds_total",
    MetricKind.COUNTER,
    "Pieces of callers' sound that recognition was too slow for, of calls that are over",
)
STRAY: Final = Metric(
    "voiceagent_stray_interruptions_total",
    MetricKind.COUNTER,
    "Interruptions aimed at nothing that was still spoken, of calls that are over",
)
STALE_SPEECH: Final = Metric(
    "voiceagent_stale_speech_total",
    MetricKind.COUNTER,
    "Pieces of speech and cuts that came for a reply that was over, of calls that are over",
)

PUSHED: Final = (
    *(CALLS, TURNED_AWAY, RESUMED, STAGES, V2V, ANSWER, ACTS, GUESSES, EDGE),
    *(WRITES_LOST, AUDITS_LOST, INPUTS_DROPPED, SOUNDS_DROPPED, STRAY, STALE_SPEECH),
)
