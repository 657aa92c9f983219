"""The frame scheduler: one per worker, the clock of all its lines.

Each tick (10 ms, absolute deadlines) looks only at lines that have something to do. First those
whose outbound sound falls due before the next tick, earliest deadline first, because the carrier's
buffer drains whatever else we do; then those that got sound: their windows go through the voice
model in one batch, and what follows from the answers is done. A line that waits costs two
comparisons a tick. A line that fails is closed and the others never notice: what is done for each
line is guarded, what is done for many at once is done line by line when it fails, and whatever else
fails costs one tick. All of it is counted by code (`figures`).

The event loop reads its sockets before it looks at its clock, and after a stall there is much to
read. So the sending half of a tick that is overdue is done by the first packet that comes
(`send_if_overdue`).

The scheduler measures itself: how late ticks begin (`lag`), and how many sends left later than they
were due (`pressure`). By that it gives things up in order (`core.capacity.load_shedding`), callers'
frames last.

`tick` is synchronous and takes the time, so that tests and replays run it without an event loop.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import Final

import numpy as np

from voiceagent.core.audio.samples import block_levels, hisses, mulaw_windows
from voiceagent.core.audio.voice_gate import WINDOW_SAMPLES
from voiceagent.core.capacity.load_shedding import (
    OBSERVE_EVERY_S,
    LoadLadder,
    LoadShedding,
    Reading,
)
from voiceagent.core.clock import Clock
from voiceagent.core.figures import (
    ONSET_TO_CLEAR_BOUNDS_S,
    SEND_LATENESS_BOUNDS_S,
    TICK_LAG_BOUNDS_S,
    Distribution,
    LineTotals,
    MediaFigures,
)
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.wire import CarrierLink, LineListener
from voiceagent.errors import Unavailable
from voiceagent.media.inbound_audio import InboundAudio
from voiceagent.media.line import Line, LineFault
from voiceagent.media.pacer import TICK_S
from voiceagent.media.silero import COMFORT, Vad, Windows
from voiceagent.media.smart_turn import TurnModel
from voiceagent.media.sound_classifier import SoundClassifier

_log = logging.getLogger(__name__)

ROUNDS_MOST: Final = 8
"""Windows of one line judged in one tick: after a stall the backlog is worked off over a few."""

STALL_S: Final = 0.5
"""A tick this late means that the worker stood still."""

LAGS_KEPT: Final = 6000
"""One minute of ticks."""

SENDS_KEPT: Final = 20_000
"""Ten seconds of a worker with two hundred calls."""

RECENT_TICKS: Final = 200
"""Two seconds of ticks: what the load is judged by."""

WATCH_S: Final = 0.1
"""How often a line's timers are looked at."""

LATE_S: Final = 0.025
"""A send this much behind its due time is late: two ticks were missed, and the loop worked on.
The lead at the carrier covers it; a worker that does it often is full."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How late ticks began over the last minute, milliseconds."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    worst_ms: float


@dataclass(frozen=True, slots=True)
class Pressure:
    """Outbound sound since the start: for admission, and for whoever looks at the worker.

    `sends`: times sound was due and left · `late_sends`: of these, later than `LATE_S` after they
    were due · `underruns`: times a carrier's buffer ran dry in the middle of an utterance.
    """

    sends: int
    late_sends: int
    underruns: int


@dataclass(frozen=True, slots=True)
class InboundLoss:
    """Callers' sound that was never judged, since the start; samples (see `EarCounts`).

    `refused`: came much faster than real time · `dropped`: waited until newer sound pushed it out ·
    `late`: came too late, or twice.
    """

    refused: int = 0
    dropped: int = 0
    late: int = 0

    def plus(self, inbound: InboundAudio) -> InboundLoss:
        """With what one line lost."""
        counts, jitter = inbound.counts, inbound.jitter.counts
        return InboundLoss(
            self.refused + counts.refused,
            self.dropped + counts.dropped + jitter.dropped,
            self.late + jitter.late,
        )


_due_s = attrgetter("due_s")


class FrameScheduler:
    """Hosts the lines of a worker.

    Args:
        clock: the worker's clock.
        vad: voice model with a slot per line; its slots are the capacity.
        turn_model: shared by all lines, ``None`` to do without.
        tuning: every number of turn-taking.
        classifier: tells words from hums and noises, ``None`` to do without; shared by all lines.
    """

    def __init__(
        self,
        clock: Clock,
        vad: Vad,
        turn_model: TurnModel | None = None,
        tuning: Tuning | None = None,
        classifier: SoundClassifier | None = None,
    ) -> None:
        self._clock = clock
        self._vad = vad
        self._turn_model = turn_model
        self._tuning = tuning or Tuning()
        self._classifier = classifier
        self._lines: dict[int, Line] = {}
        self._free = list(range(vad.slots - 1, -1, -1))
        self._lags: deque[float] = deque(maxlen=LAGS_KEPT)
        self._last_tick_s: float | None = None
        self._overdue_s = math.inf
        self._watch_at_s = 0.0
        self._sends = 0
        self._late_sends = 0
        self._lateness_ms: deque[float] = deque(maxlen=SENDS_KEPT)
        self._audible = self._audible_before = 0
        self._look_at_s = 0.0
        self.ladder = LoadLadder(vad.slots)
        """What is given up while the core is short; `free_slots` follows it."""
        self._past_underruns = 0
        self._past = InboundLoss()
        self._gone = LineTotals()
        self._ticks = 0
        self._lag_spread = Distribution(TICK_LAG_BOUNDS_S)
        self._lateness_spread = Distribution(SEND_LATENESS_BOUNDS_S)
        self._clear_spread = Distribution(ONSET_TO_CLEAR_BOUNDS_S)
        self._faults: Counter[LineFault] = Counter()
        self._tick_faults = 0
        self._busy = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []

    def add(self, link: CarrierLink, listener: LineListener) -> Line:
        """A line for a new call.

        Raises:
            Unavailable: ``media.full`` when every slot is taken.
        """
        if not self._free:
            raise Unavailable("media.full", "all lines of this worker are taken")
        slot = self._free.pop()
        self._vad.reset(slot)
        line = Line(
            link,
            listener,
            clock=self._clock,
            tuning=self._tuning,
            turn_model=self._turn_model,
            classifier=self._classifier,
            slot=slot,
            send_if_overdue=self.send_if_overdue,
        )
        if self.ladder.shedding is not LoadShedding.NONE:
            line.shed(self.ladder.shedding)
        self._lines[slot] = line
        if self._last_tick_s is None:
            self._last_tick_s = self._clock.monotonic()
        self._busy.set()
        return line

    def remove(self, line: Line) -> None:
        """Forget a line without telling anybody; lines that have ended are forgotten by the tick.

        To end a call use `Line.close`.
        """
        if self._lines.get(line.slot) is line:
            del self._lines[line.slot]
            self._past = self._past.plus(line.inbound)
            self._gone = LineTotals.sum((self._gone, line.totals()))
            self._clear_spread.add(line.onset_to_clear_s)
            if line.fault is not None:
                self._faults[line.fault] += 1
            line.inbound.forget()  # what is left of a call waits for the collector, without this
            self._past_underruns += line.pacer.underruns
            self._free.append(line.slot)

    @property
    def lines(self) -> int:
        """Lines hosted now."""
        return len(self._lines)

    @property
    def free_slots(self) -> int:
        """Lines that may be added now: none while the core is short, never more than it carries."""
        if self.ladder.shedding is LoadShedding.NO_NEW_CALLS:
            return 0
        return max(0, self.ladder.ceiling - len(self._lines))

    def lag(self) -> Lag:
        """How late the ticks were."""
        if not self._lags:
            return Lag(0.0, 0.0, 0.0, 0.0)
        p50, p95, p99, worst = np.percentile(list(self._lags), [50, 95, 99, 100])
        return Lag(float(p50), float(p95), float(p99), float(worst))

    def pressure(self) -> Pressure:
        """Whether outbound sound leaves when it is due."""
        underruns = sum(line.pacer.underruns for line in self._lines.values())
        return Pressure(self._sends, self._late_sends, self._past_underruns + underruns)

    def send_lateness_ms(self, percentile: float) -> float:
        """How much later than due outbound sound left, over the last `SENDS_KEPT` sends."""
        kept = list(self._lateness_ms)
        return float(np.percentile(kept, percentile)) if kept else 0.0

    def inbound_loss(self) -> InboundLoss:
        """What was not heard of callers, on all lines so far."""
        loss = self._past
        for line in self._lines.values():
            loss = loss.plus(line.inbound)
        return loss

    def figures(self) -> dict[str, float]:
        """`lag`, `pressure`, `inbound_loss` and faults by name, for metrics."""
        lag, pressure, loss = self.lag(), self.pressure(), self.inbound_loss()
        faults = {f"media_line_faults_{fault}": float(self._faults[fault]) for fault in LineFault}
        return faults | {
            "media_tick_faults": self._tick_faults,
            "media_refused_samples": loss.refused,
            "media_dropped_samples": loss.dropped,
            "media_late_samples": loss.late,
            "media_lines": self.lines,
            "media_free_slots": self.free_slots,
            "media_load_shedding": self.ladder.shedding,
            "media_audibly_late_sends": self._audible,
            "media_lag_p50_ms": lag.p50_ms,
            "media_lag_p99_ms": lag.p99_ms,
            "media_lag_worst_ms": lag.worst_ms,
            "media_sends": pressure.sends,
            "media_late_sends": pressure.late_sends,
            "media_send_lateness_p99_ms": self.send_lateness_ms(99.0),
            "media_underruns": pressure.underruns,
        }

    def media_figures(self) -> MediaFigures:
        """All that is counted here and on the lines, for metrics."""
        self._sort()
        lag = self.lag()
        return MediaFigures(
            totals=LineTotals.sum((self._gone, *(line.totals() for line in self._lines.values()))),
            tick_lag=self._lag_spread,
            send_lateness=self._lateness_spread,
            onset_to_clear=self._clear_spread,
            lines=self.lines,
            slots=self._vad.slots,
            free_slots=self.free_slots,
            shedding=self.ladder.shedding,
            late_sends=self._late_sends,
            audibly_late_sends=self._audible,
            tick_faults=self._tick_faults,
            recent_lag_s={
                "p50": lag.p50_ms / 1000.0,
                "p99": lag.p99_ms / 1000.0,
                "worst": lag.worst_ms / 1000.0,
            },
            recent_lateness_p99_s=self.send_lateness_ms(99.0) / 1000.0,
            faults={fault.value: self._faults[fault] for fault in LineFault},
        )

    def _sort(self) -> None:
        """Sort into buckets what was late since the last time."""
        self._lag_spread.follow(self._lags, self._ticks, 1e-3)
        self._lateness_spread.follow(self._lateness_ms, self._sends, 1e-3)
        for line in self._lines.values():
            self._clear_spread.add(line.onset_to_clear_s)
            line.onset_to_clear_s.clear()

    async def run(self) -> None:
        """Tick until cancelled; sleeps while there is no line.

        Deadlines are absolute, so lateness does not add up; ticks missed in a stall are not made
        up for, the pacers catch up on their own.
        """
        while True:
            if not self._lines:
                self._busy.clear()
                self._last_tick_s = None
                await self._busy.wait()
            due_s = self._clock.monotonic() + TICK_S
            while self._lines:
                await asyncio.sleep(max(0.0, due_s - self._clock.monotonic()))
                now_s = self._clock.monotonic()
                self.began((now_s - due_s) * 1000.0)
                self.tick(now_s)
                self._let_others()
                due_s = max(due_s + TICK_S, now_s)

    async def between_ticks(self) -> None:
        """Wait until a tick has just been done: what takes milliseconds hurts no call then."""
        if not self._lines:
            return
        ticked = asyncio.get_running_loop().create_future()
        self._waiting.append(ticked)
        with suppress(TimeoutError):
            async with asyncio.timeout(STALL_S):
                await ticked

    def _let_others(self) -> None:
        """Whoever waited for the end of a tick has their turn."""
        waiting, self._waiting = self._waiting, []
        for ticked in waiting:
            if not ticked.done():
                ticked.set_result(None)

    def began(self, late_ms: float) -> None:
        """Note how late a tick begins."""
        self._lags.append(late_ms)
        self._ticks += 1

    def tick(self, now_s: float) -> None:
        """One turn of the wheel; never raises.

        Args:
            now_s: the clock's monotonic reading.
        """
        try:
            self._turn(now_s)
        except Exception as error:  # noqa: BLE001 - one tick may fail, the wheel turns on
            self._tick_faults += 1
            if self._tick_faults & (self._tick_faults - 1) == 0:  # 1, 2, 4, 8 ...: not 100 a second
                _log.error("media.tick_failed: %d times", self._tick_faults, exc_info=error)
        for line in [line for line in self._lines.values() if line.end is not None]:
            self.remove(line)

    def _turn(self, now_s: float) -> None:
        """What a tick does."""
        lines = list(self._lines.values())
        if self._last_tick_s is not None and now_s - self._last_tick_s > STALL_S:
            for line in lines:
                line.stalled(now_s)
        self._last_tick_s = now_s
        self._send(now_s)
        self._hear([line for line in lines if line.stirred], now_s)
        if now_s >= self._watch_at_s:
            self._watch_at_s = now_s + WATCH_S
            for line in lines:
                line.guarded(line.watch, now_s)
        if now_s >= self._look_at_s:
            self._look_at_s = now_s + OBSERVE_EVERY_S
            self._look(now_s)

    def send_if_overdue(self, now_s: float) -> None:
        """Something else has its turn: send first if a tick should have come by now."""
        if now_s >= self._overdue_s:
            self._send(now_s)

    def _send(self, now_s: float) -> None:
        """What falls due before the next tick, earliest deadline first."""
        self._overdue_s = now_s + TICK_S
        due = [line for line in self._lines.values() if line.due_s <= now_s + TICK_S]
        due.sort(key=_due_s)
        for line in due:
            if line.due_s:  # 0 was never a deadline: something has changed, and is looked at now
                self._sends += 1
                late_s = max(0.0, now_s - line.due_s)
                self._lateness_ms.append(late_s * 1000.0)
                self._late_sends += late_s > LATE_S
                self._audible += late_s > line.pacer.lead_s
            line.guarded(line.pump, now_s)

    def _look(self, now_s: float) -> None:
        """See whether the core is short, and give up or take back accordingly."""
        self._sort()
        recent = list(islice(reversed(self._lags), RECENT_TICKS))
        p95 = float(np.percentile(recent, 95)) if recent else 0.0
        reading = Reading(p95, self._audible - self._audible_before, len(self._lines))
        self._audible_before = self._audible
        before = self.ladder.shedding
        shedding = self.ladder.observe(reading, now_s)
        if shedding is before:
            return
        for line in self._lines.values():
            line.guarded(line.shed, shedding)
        _log.warning(
            "media.shedding: %s (lag p95 %.0f ms, %d calls)",
            shedding.name.lower(),
            p95,
            reading.calls,
        )

    def _hear(self, stirred: list[Line], now_s: float) -> None:
        """What came in since the last tick, and what follows from it."""
        for line in stirred:
            if line.inbound.jitter.waiting:
                line.guarded(line.listen, now_s)
        ready = stirred
        for _ in range(ROUNDS_MOST):
            if not (ready := self._judge(ready)):
                break
        for line in stirred:
            line.guarded(line.settle, now_s)

    def _judge(self, lines: list[Line]) -> list[Line]:
        """One window of every line that has one, in one batch; the lines that had one."""
        ready: list[Line] = []
        mulaw: list[bytes] = []
        for line in lines:
            if line.end is not None:
                continue
            try:
                window = line.inbound.window()
                if window is None:
                    continue
                _check(window)
            except Exception as error:  # noqa: BLE001 - this line's end, see `Line.guarded`
                line.fail(error, LineFault.WINDOW)
                continue
            ready.append(line)
            mulaw.append(window)
        if not ready:
            return ready
        sound = mulaw_windows(b"".join(mulaw), WINDOW_SAMPLES)
        levels = block_levels(sound).tolist()
        asked = self._stirring(ready, levels)
        if asked:
            heard = sound[asked]
            hissing = hisses(heard).tolist()
            answers = self._answers([ready[row] for row in asked], heard)
            for row, answer, hiss in zip(asked, answers, hissing, strict=True):
                if answer is not None:
                    line = ready[row]
                    line.guarded(line.judged, answer, levels[row], hiss)
        return ready

    def _stirring(self, ready: list[Line], levels: list[list[float]]) -> list[int]:
        """The rows to be put before the voice model; the others' silence is judged at once."""
        asked: list[int] = []
        for row, line in enumerate(ready):
            try:
                inbound = line.inbound
                if not inbound.count_rest(levels[row]):
                    asked.append(row)
                    continue
                inbound.judged(0.0, levels[row], eager=False)  # silence in silence is no event
                if inbound.begins_rest:
                    self._vad.rest(line.slot)
            except Exception as error:  # noqa: BLE001 - this line's end, see `Line.guarded`
                line.fail(error, LineFault.WINDOW)
        return asked

    def _answers(self, lines: list[Line], sound: Windows) -> list[float | None]:
        """The voice model's answers, all at once; one by one if that fails.

        Dead quiet gets comfort noise. ``None`` for a line that could not be answered for: it has
        been closed.
        """
        for row, line in enumerate(lines):
            if line.inbound.gate.dead_quiet:
                sound[row] += COMFORT[line.inbound.gate.position // WINDOW_SAMPLES % len(COMFORT)]
        try:
            return [*self._ask(lines, sound)]
        except Exception as error:  # noqa: BLE001 - whose fault it is shows below
            if len(lines) == 1:
                lines[0].fail(error, LineFault.MODEL)
                return [None]
        one_by_one: list[float | None] = []
        for row, line in enumerate(lines):
            try:
                one_by_one += self._ask([line], sound[row : row + 1])
            except Exception as error:  # noqa: BLE001 - this line's end, see `Line.guarded`
                line.fail(error, LineFault.MODEL)
                one_by_one.append(None)
        return one_by_one

    def _ask(self, lines: Sequence[Line], sound: Windows) -> list[float]:
        """The voice model's answers for a window of each line."""
        slots = [line.slot for line in lines]
        quiet = [not line.inbound.gate.active for line in lines]
        answers: list[float] = self._vad.probabilities(slots, sound, quiet).tolist()
        if len(answers) != len(lines):
            raise ValueError(f"{len(answers)} answers for {len(lines)} lines")
        return answers


def _check(window: bytes) -> None:
    """A window of another length would shift everybody else's in the batch."""
    if len(window) != WINDOW_SAMPLES:
        raise ValueError(f"a window of {len(window)} samples")
