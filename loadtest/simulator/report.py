"""What one call showed, as measured on the wire by the caller's side alone.

All times ending in `_s` count from the moment the line was opened, when the first stream started.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class EndedBy(StrEnum):
    """Why a call ended."""

    AGENT = "agent"
    """The engine closed the stream with nothing to follow, or completed the call over REST."""
    CALLER = "caller"
    """The script hung up."""
    GAVE_UP = "gave_up"
    """The agent did not hang up after the script's last step, so the caller did."""
    TRANSFERRED = "transferred"
    """New TwiML took the caller to a `<Dial>`."""
    REFUSED = "refused"
    """The webhook's TwiML had no stream."""
    TIMED_OUT = "timed_out"
    """A step's moment did not come, or the call outlasted its limit."""
    FAILED = "failed"
    """Webhook, TwiML or stream broke the carrier's rules or did not answer."""


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text message accepted over REST."""

    sid: str
    from_: str
    to: str
    body: str


@dataclass(frozen=True, slots=True)
class TurnReport:
    """One caller turn and the agent's reply to it.

    Attributes:
        turn: from 0.
        name: of the recording.
        speech_start_s: wire time of the frame with the first sample of speech; None for noise.
        speech_end_s: wire time of the frame with the last sample of speech; None for noise or if
            the call ended first.
        reply_s: arrival of the first media message after the speech ended and, if the agent was
            interrupted by this turn, after its `clear`; None if none came before the next turn.
        v2v_ms: `reply_s` less `speech_end_s`, milliseconds.
        heard_ms: end of speech to the first sound of the reply as played, to 20 ms.
        reply_sound_ms: how much of the agent was heard until the next turn, milliseconds.
        barged_in: the agent was being heard when the speech started.
        clear_ms: for a barge-in, start of speech to the engine's `clear`; None if none came.
        agent_sounding_at_end: the agent was being heard when the speech ended; without a `clear`
            `v2v_ms` then measures the agent's own stream, not a reply.
    """

    turn: int
    name: str
    speech_start_s: float | None
    speech_end_s: float | None
    reply_s: float | None
    v2v_ms: float | None
    heard_ms: float | None
    reply_sound_ms: float
    barged_in: bool
    clear_ms: float | None
    agent_sounding_at_end: bool


@dataclass(frozen=True, slots=True)
class CallReport:
    """One call.

    Attributes:
        call_sid: of the call.
        stream_sids: of its streams, in order.
        from_number: caller, E.164.
        to_number: called business number, E.164.
        ended_by: see `EndedBy`.
        failure: in words, when the call did not go as scripted.
        duration_s: from opening the line to its end; 0 if it never opened.
        first_audio_ms: stream `start` sent to the first media message received.
        turns: caller turns in order.
        clears: `clear` messages received.
        marks_played: marks echoed because their audio had played.
        marks_cleared: marks returned by `clear` or by the end of the stream's audio.
        gaps: times the buffer ran dry inside an utterance (under 0.5 s).
        underruns: those gaps with sound on both edges: the caller heard a chop.
        longest_gap_ms: of `gaps`.
        agent_sound_ms: all sound heard from the agent.
        unheard_ms: audio still buffered when the engine ended the stream: a cut-off goodbye.
        frames_sent: caller frames put on the wire.
        frames_late: of these, more than 5 ms behind their deadline; over 2 % voids a measurement.
        worst_late_ms: of `frames_sent`.
        frames_lost: caller frames that the order's network lost; they are not among `frames_sent`.
        refused_twiml: the webhook's answer when it had no stream.
        twiml: every document the call was given, in order.
        transfers: documents that dialled someone else.
        messages: texts sent to the caller's number while the call lived.
        protocol_errors: what the engine sent that the carrier rejects, and callbacks it failed.
        recording: stereo WAV, caller left as sent, agent right as heard.
    """

    call_sid: str
    stream_sids: tuple[str, ...]
    from_number: str
    to_number: str
    ended_by: EndedBy
    failure: str | None
    duration_s: float
    first_audio_ms: float | None
    turns: tuple[TurnReport, ...]
    clears: int
    marks_played: int
    marks_cleared: int
    gaps: int
    underruns: int
    longest_gap_ms: float
    agent_sound_ms: float
    unheard_ms: float
    frames_sent: int
    frames_late: int
    worst_late_ms: float
    frames_lost: int
    refused_twiml: str | None
    twiml: tuple[str, ...]
    transfers: tuple[str, ...]
    messages: tuple[TextMessage, ...]
    protocol_errors: tuple[str, ...]
    recording: Path | None

    @property
    def v2v_ms(self) -> tuple[float, ...]:
        """Voice-to-voice of every answered turn that did not end under the agent's own voice."""
        return tuple(
            turn.v2v_ms
            for turn in self.turns
            if turn.v2v_ms is not None
            and (turn.clear_ms is not None or not turn.agent_sounding_at_end)
        )

    def to_json(self, *, indent: int | None = None) -> str:
        """The report as JSON, with the field names above."""
        return json.dumps(asdict(self), default=str, indent=indent)


class EventKind(StrEnum):
    """What a progress event tells."""

    CALLING = "calling"
    REFUSED = "refused"
    STREAM_STARTED = "stream_started"
    CALLER_STARTED = "caller_started"
    CALLER_ENDED = "caller_ended"
    AGENT_STARTED = "agent_started"
    AGENT_STOPPED = "agent_stopped"
    CLEARED = "cleared"
    KEY_PRESSED = "key_pressed"
    RAW_SENT = "raw_sent"
    PHRASE_HEARD = "phrase_heard"
    TRANSFERRED = "transferred"
    ON_HOLD = "on_hold"
    CONNECTED = "connected"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """One thing that just happened on a call, for showing it live.

    Attributes:
        kind: what.
        call_sid: where.
        at_s: when; 0 before the line is open.
        text: recording name, key, phrase or reason; may be empty.
    """

    kind: EventKind
    call_sid: str
    at_s: float
    text: str = ""
