"""What a call is asked for, how it ended, and the report made of the two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loadtest.simulator.line import TelephoneLine
from loadtest.simulator.network import NetworkSpec
from loadtest.simulator.report import CallReport, CarrierEvent, EndedBy, TextMessage
from loadtest.simulator.script import CallerScript


@dataclass(frozen=True, slots=True)
class CallOrder:
    """What `CarrierEmulator.place_call` was asked for; see there."""

    webhook_url: str
    script: CallerScript
    from_number: str
    to_number: str
    record_to: Path | None
    status_callback_url: str | None
    extra_params: Mapping[str, str]
    hold_s: float
    max_s: float
    on_event: Callable[[CarrierEvent], None] | None
    network: NetworkSpec
    seed: int | None


@dataclass(frozen=True, slots=True)
class Ending:
    """Who ended a call, and what went wrong, if anything did."""

    by: EndedBy
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class CallPapers:
    """What piled up beside the line while a call ran.

    Attributes:
        documents: every TwiML the engine answered, oldest first.
        transfers: of these, those that dialled somebody.
        stream_sids: streams that were opened.
        messages: texts that the engine sent to the caller.
        errors: callbacks that the engine did not take.
    """

    documents: Sequence[str]
    transfers: Sequence[str]
    stream_sids: Sequence[str]
    messages: Sequence[TextMessage]
    errors: Sequence[str]


def call_report(
    call_sid: str, order: CallOrder, ending: Ending, line: TelephoneLine, papers: CallPapers
) -> CallReport:
    """The report of a finished call; also writes its recording, where one was asked for."""
    times, gaps, end_8k = line.wire_times, line.playout.gaps, line.now_8k()
    if order.record_to is not None and line.is_open:
        line.save(order.record_to)
    return CallReport(
        call_sid=call_sid,
        stream_sids=tuple(papers.stream_sids),
        from_number=order.from_number,
        to_number=order.to_number,
        ended_by=ending.by,
        failure=ending.failure,
        duration_s=end_8k / 8000,
        first_audio_ms=times.first_audio_ms(),
        turns=times.turn_reports(line.heard, end_8k),
        clears=len(times.clears_s),
        marks_played=times.marks_played,
        marks_cleared=times.marks_cleared,
        gaps=len(gaps),
        underruns=sum(gap.cuts_sound for gap in gaps),
        longest_gap_ms=max((gap.length_8k for gap in gaps), default=0) / 8,
        agent_sound_ms=line.heard.sound_8k(0) / 8,
        unheard_ms=times.unheard_8k / 8,
        frames_sent=times.frames_sent,
        frames_late=times.frames_late,
        worst_late_ms=round(times.worst_late_s * 1000, 2),
        frames_lost=times.frames_lost,
        refused_twiml=papers.documents[0] if ending.by is EndedBy.REFUSED else None,
        twiml=tuple(papers.documents),
        transfers=tuple(papers.transfers),
        messages=tuple(papers.messages),
        protocol_errors=(*times.protocol_errors, *papers.errors),
        recording=order.record_to if line.is_open else None,
    )
