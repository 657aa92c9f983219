"""What a load test is remembered by: the record behind the page, written as JSON beside it.

`docs/loadtest.md` tells every field. Times ending in ``_s`` count from the start of the run, unless
a field says otherwise; latencies are milliseconds.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

SCHEMA: Final = "voiceagent-loadtest-1"

STAGES: Final = ("endpoint", "stt", "think", "tools", "tts", "send")
"""Where the time of a reply goes, in order; they sum to voice-to-voice."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReplyStages(_Record):
    """One reply as the engine measured it; the stages sum to `v2v_ms`."""

    at_s: float
    endpoint_ms: float
    stt_ms: float
    think_ms: float
    tools_ms: float
    tts_ms: float
    send_ms: float

    @property
    def v2v_ms(self) -> float:
        """Voice-to-voice."""
        return sum(self.by_stage())

    def by_stage(self) -> tuple[float, ...]:
        """In the order of `STAGES`."""
        return (
            self.endpoint_ms,
            self.stt_ms,
            self.think_ms,
            self.tools_ms,
            self.tts_ms,
            self.send_ms,
        )


class WireTurn(_Record):
    """One caller turn as the caller's side saw it on the wire.

    `v2v_ms` is None when no reply came, or none that can be told from the agent's own talking on.
    """

    at_s: float
    recording: str
    words: str
    v2v_ms: float | None
    heard_ms: float | None
    barged_in: bool
    clear_ms: float | None
    unanswered: bool


class SpokenLine(_Record):
    """A line of the transcript: what was said, and what of it was heard."""

    who: Literal["caller", "agent"]
    text: str
    heard: str


class CallResult(_Record):
    """One call. `outcome`, `replies` and `transcript` are the engine's, where it could be asked."""

    number: int
    line: int
    call_sid: str
    caller: str
    started_s: float
    duration_s: float
    ended_by: str
    failure: str
    outcome: str
    first_audio_ms: float | None
    turns: tuple[WireTurn, ...]
    replies: tuple[ReplyStages, ...]
    transcript: tuple[SpokenLine, ...]
    clears: int
    underruns: int
    longest_gap_ms: float
    unheard_ms: float
    frames_sent: int
    frames_late: int
    frames_lost: int
    protocol_errors: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether it did not go as its script says."""
        return bool(self.failure)

    @property
    def v2v_ms(self) -> tuple[float, ...]:
        """Voice-to-voice of its answered turns, on the wire."""
        return tuple(turn.v2v_ms for turn in self.turns if turn.v2v_ms is not None)


class Injected(_Record):
    """Something that was done on purpose to make it harder.

    `times` is how often it struck, None where that is not counted. `at_s` is when, None for what
    went on all the time.
    """

    what: str
    detail: str
    at_s: float | None
    times: int | None


class Spread(_Record):
    """Percentiles of a latency, milliseconds, nearest rank."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class BudgetVerdict(StrEnum):
    """What became of a budget. All but KEPT count as blown.

    NOT_MEASURED: there is no value. VOID: there is one that says nothing of the engine.
    """

    KEPT = "kept"
    BLOWN = "blown"
    NOT_MEASURED = "not measured"
    VOID = "void"


class BudgetResult(_Record):
    """A budget, and what it was held against; `sentence` says so in words.

    `value` is None where nothing was measured, and nowhere else.
    """

    name: str
    limit: float
    value: float | None
    verdict: BudgetVerdict
    sentence: str

    @model_validator(mode="after")
    def _measured_or_not(self) -> Self:
        if (self.value is None) is not (self.verdict is BudgetVerdict.NOT_MEASURED):
            raise ValueError("a value stands beside every verdict but `not measured`")
        return self


class Target(_Record):
    """What was called: where, what it says its parts are, and who started it."""

    url: str
    business: str
    started_by_us: bool
    parts: dict[str, str]


class RunResult(_Record):
    """A whole run, or with `cut_short` what was measured of it before it was stopped."""

    version: Literal["voiceagent-loadtest-1"] = SCHEMA
    began_at: str
    machine: str
    command: str
    target: Target
    lines: int
    ramp_s: float
    seconds: float
    cut_short: bool = False
    seed: int
    injected: tuple[Injected, ...]
    spreads: dict[str, Spread]
    counts: dict[str, float]
    budgets: tuple[BudgetResult, ...]
    notes: tuple[str, ...]
    calls: tuple[CallResult, ...]

    @property
    def kept(self) -> bool:
        """Whether no budget was blown."""
        return all(one.verdict is BudgetVerdict.KEPT for one in self.budgets)
