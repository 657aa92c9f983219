"""Lets the callers of a run call, and puts together what was seen from both ends of the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from loadtest.replay.callers import Cast, RecordedCaller
from loadtest.replay.figures import slowest
from loadtest.replay.results import CallResult, ReplyStages, SpokenLine, WireTurn
from loadtest.replay.schedule import CallSchedule, LoadPlan, NextCall
from loadtest.simulator.carrier import CarrierEmulator
from loadtest.simulator.network import NetworkSpec
from loadtest.simulator.report import CallReport, CarrierEvent, EndedBy, EventKind, TurnReport
from loadtest.simulator.script import CallerScript

BETWEEN_CALLS_S: Final = 1.0
"""From the end of a line's call to its next."""

REDIAL_S: Final = 5.0
"""The same after a call that was refused: nobody dials a number that is engaged once a second, and
an engine that is full should not be measured by how it says so."""

NUMBERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class EngineView:
    """What the engine keeps of a call. `at_s` of its replies count from the call's start."""

    outcome: str = ""
    replies: tuple[ReplyStages, ...] = ()
    transcript: tuple[SpokenLine, ...] = ()


EngineSide = Callable[[Sequence[str]], Awaitable[Mapping[str, EngineView]]]
"""By SIDs of calls, what the engine keeps of them; a call that it does not know is left out."""


class PlaceCall(Protocol):
    """Places one call and sees it to its end."""

    def __call__(
        self,
        number: int,
        script: CallerScript,
        *,
        record_to: Path,
        on_event: Callable[[CarrierEvent], None],
    ) -> Awaitable[CallReport]:
        """See `on_the_carrier`."""


@dataclass(slots=True)
class LoadProgress:
    """What can be told while it goes on. Voice-to-voice is of the calls that have ended."""

    up: int = 0
    begun: int = 0
    done: int = 0
    turns: int = 0
    failed: int = 0
    v2v_ms: list[float] = field(default_factory=list)

    def hear(self, event: CarrierEvent) -> None:
        """Something happened in a call."""
        self.turns += event.kind is EventKind.CALLER_ENDED

    def ended(self, result: CallResult) -> None:
        """A call is over."""
        self.done += 1
        self.failed += result.failed
        self.v2v_ms += result.v2v_ms


def on_the_carrier(
    carrier: CarrierEmulator,
    url: str,
    *,
    to_number: str,
    network: NetworkSpec,
    seed: int,
    max_call_s: float,
) -> PlaceCall:
    """Calls over a running carrier.

    Args:
        carrier: of the account that the engine is configured with.
        url: where the engine's webhooks are, as the carrier knows it.
        to_number: who is called, E.164.
        network: what callers' frames suffer.
        seed: of that; each call has chances of its own.
        max_call_s: longer calls are ended, as failed.
    """

    def place(
        number: int,
        script: CallerScript,
        *,
        record_to: Path,
        on_event: Callable[[CarrierEvent], None],
    ) -> Awaitable[CallReport]:
        return carrier.place_call(
            webhook_url=f"{url}/incoming",
            script=script,
            from_number=f"+1937555{(seed * 1009 + number) % NUMBERS:04d}",
            to_number=to_number,
            record_to=record_to,
            status_callback_url=f"{url}/status",
            max_s=max_call_s,
            on_event=on_event,
            network=network,
            seed=(seed << 20) + number,
        )

    return place


class LoadRun:
    """One run.

    Args:
        plan: how much.
        cast: who.
        place: how a call is placed.
        seed: of the callers' chances.
        folder: where calls are recorded; those that nobody will want to hear are deleted again.
        keep: recordings kept.
    """

    def __init__(
        self,
        plan: LoadPlan,
        cast: Cast,
        place: PlaceCall,
        *,
        seed: int,
        folder: Path,
        keep: int,
    ) -> None:
        self.progress = LoadProgress()
        self._plan = plan
        self._cast = cast
        self._place = place
        self._seed = seed
        self._folder = folder
        self._keep = keep
        self._schedule = CallSchedule(plan)
        self._results: list[CallResult] = []
        self._recordings: dict[str, Path] = {}
        self._began_s = 0.0

    @property
    def recordings(self) -> Mapping[str, Path]:
        """Stereo WAV of the calls that are worth hearing, by SID: caller left, agent right."""
        return self._recordings

    async def calls(self, stop: asyncio.Event | None = None) -> Sequence[CallResult]:
        """Runs it; every call, in the order in which they ended.

        Args:
            stop: when it is set no more calls are placed, and those under way are cut off: they are
                not among the results (`progress` tells how many had begun).
        """
        self._began_s = _now_s()
        async with asyncio.TaskGroup() as tasks:
            lines = [tasks.create_task(self._line(line)) for line in range(self._plan.lines)]
            cutting = tasks.create_task(_cut(lines, stop)) if stop is not None else None
            await asyncio.wait(lines)
            if cutting is not None:
                cutting.cancel()
        return self._results

    async def _line(self, line: int) -> None:
        await asyncio.sleep(self._schedule.begins_s(line))
        while (call := self._schedule.next_call(line, _now_s() - self._began_s)) is not None:
            result = await self._call(call)
            refused = result.ended_by == EndedBy.REFUSED.value
            await asyncio.sleep(REDIAL_S if refused else BETWEEN_CALLS_S)

    async def _call(self, call: NextCall) -> CallResult:
        started_s = _now_s() - self._began_s
        script = self._cast.script(call.number, self._seed)
        path = self._folder / f"call-{call.number}.wav"
        self.progress.begun += 1
        self.progress.up += 1
        try:
            report = await self._place(
                call.number, script, record_to=path, on_event=self.progress.hear
            )
        finally:
            self.progress.up -= 1
        result = seen_on_the_wire(report, call, self._cast.caller(call.number), started_s)
        self._results.append(result)
        self.progress.ended(result)
        if report.recording is not None:
            self._recordings[result.call_sid] = report.recording
            self._forget_recordings()
        return result

    def _forget_recordings(self) -> None:
        worth = {one.call_sid for one in slowest(self._results, self._keep)}
        for sid in set(self._recordings) - worth:
            self._recordings.pop(sid).unlink(missing_ok=True)


async def _cut(lines: Sequence[asyncio.Task[None]], stop: asyncio.Event) -> None:
    await stop.wait()
    for line in lines:
        line.cancel()


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def seen_on_the_wire(
    report: CallReport, call: NextCall, caller: RecordedCaller, started_s: float
) -> CallResult:
    """A call's record, by what the caller's side saw alone.

    Args:
        report: of the carrier.
        call: which.
        caller: who called.
        started_s: when it rang.
    """
    failure = report.failure or ""
    if report.ended_by is EndedBy.REFUSED:
        failure = "the call was refused: the engine's answer had no stream"
    last = len(report.turns) - 1
    return CallResult(
        number=call.number,
        line=call.line,
        call_sid=report.call_sid,
        caller=caller.name,
        started_s=round(started_s, 3),
        duration_s=round(report.duration_s, 3),
        ended_by=report.ended_by.value,
        failure=failure,
        outcome="",
        first_audio_ms=report.first_audio_ms,
        turns=tuple(
            _turn(turn, caller, started_s, last=turn.turn == last) for turn in report.turns
        ),
        replies=(),
        transcript=(),
        clears=report.clears,
        underruns=report.underruns,
        longest_gap_ms=report.longest_gap_ms,
        unheard_ms=report.unheard_ms,
        frames_sent=report.frames_sent,
        frames_late=report.frames_late,
        frames_lost=report.frames_lost,
        protocol_errors=report.protocol_errors,
    )


def _turn(turn: TurnReport, caller: RecordedCaller, started_s: float, *, last: bool) -> WireTurn:
    tells = turn.clear_ms is not None or not turn.agent_sounding_at_end
    spoken = turn.speech_end_s is not None
    return WireTurn(
        at_s=round(started_s + (turn.speech_end_s or turn.speech_start_s or 0.0), 3),
        recording=turn.name,
        words=caller.words.get(turn.name, ""),
        v2v_ms=turn.v2v_ms if tells else None,
        heard_ms=turn.heard_ms,
        barged_in=turn.barged_in,
        clear_ms=turn.clear_ms,
        unanswered=spoken and tells and not last and turn.reply_s is None,
    )


async def with_engine_side(calls: Sequence[CallResult], look: EngineSide) -> tuple[CallResult, ...]:
    """The calls with what the engine keeps of them."""
    views = await look([call.call_sid for call in calls])
    return tuple(_with_view(call, views.get(call.call_sid)) for call in calls)


def _with_view(call: CallResult, view: EngineView | None) -> CallResult:
    if view is None:
        return call
    replies = tuple(
        reply.model_copy(update={"at_s": round(call.started_s + reply.at_s, 3)})
        for reply in view.replies
    )
    return call.model_copy(
        update={"outcome": view.outcome, "replies": replies, "transcript": view.transcript}
    )
