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

The scheduler measures itself (`media/scheduler_figures.py`): how late ticks begin, and how many
sends left later than they were due. By that it gives things up in order
(`core.capacity.load_shedding`), callers' frames last.

`tick` is synchronous and takes the time, so that tests and replays run it without an event loop.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from operator import attrgetter
from typing import Final

from voiceagent.core.capacity.load_shedding import (
    OBSERVE_EVERY_S,
    LoadLadder,
    LoadShedding,
    Reading,
)
from voiceagent.core.clock import Clock
from voiceagent.core.figures import MediaFigures
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.wire import CarrierLink, LineListener
from voiceagent.errors import Unavailable
from voiceagent.media.line import Line
from voiceagent.media.pacer import TICK_S
from voiceagent.media.recorded_line import RecordedLine
from voiceagent.media.scheduler_figures import SchedulerFigures
from voiceagent.media.second_look import SecondLook
from voiceagent.media.silero import Vad
from voiceagent.media.smart_turn import TurnModel
from voiceagent.media.sound_classifier import SoundClassifier
from voiceagent.media.tape import LineTape
from voiceagent.media.vad_batch import VadBatch

_log = logging.getLogger(__name__)

ROUNDS_MOST: Final = 8
"""Windows of one line judged in one tick: after a stall the backlog is worked off over a few."""

STALL_S: Final = 0.5
"""A tick this late means that the worker stood still."""

WATCH_S: Final = 0.1
"""How often a line's timers are looked at."""

_due_s = attrgetter("due_s")


class FrameScheduler:
    """Hosts the lines of a worker.

    Args:
        clock: the worker's clock.
        vad: voice model with a slot per line; its slots are the capacity.
        turn_model: shared by all lines, ``None`` to do without.
        tuning: every number of turn-taking.
        classifier: tells words from hums and noises, ``None`` to do without; shared by all lines.
        second_look: reads short sounds that were passed over, ``None`` to do without; likewise.
    """

    def __init__(
        self,
        clock: Clock,
        vad: Vad,
        turn_model: TurnModel | None = None,
        tuning: Tuning | None = None,
        classifier: SoundClassifier | None = None,
        second_look: SecondLook | None = None,
    ) -> None:
        self._clock = clock
        self._vad = vad
        self._batch = VadBatch(vad)
        self._turn_model = turn_model
        self._tuning = tuning or Tuning()
        self._classifier = classifier
        self._second_look = second_look
        self._lines: dict[int, Line] = {}
        self._free = list(range(vad.slots - 1, -1, -1))
        self.measured = SchedulerFigures(self._lines.values())
        """How punctual this worker is, and what it lost."""
        self._last_tick_s: float | None = None
        self._overdue_s = math.inf
        self._watch_at_s = 0.0
        self._audible_before = 0
        self._look_at_s = 0.0
        self.ladder = LoadLadder(vad.slots)
        """What is given up while the core is short; `free_slots` follows it."""
        self._busy = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []

    def add(self, link: CarrierLink, listener: LineListener, tape: LineTape | None = None) -> Line:
        """A line for a new call, which keeps a tape of itself if there is one for it.

        Raises:
            Unavailable: ``media.full`` when every slot is taken.
        """
        if not self._free:
            raise Unavailable("media.full", "all lines of this worker are taken")
        slot = self._free.pop()
        self._vad.reset(slot)
        make = Line if tape is None else partial(RecordedLine, tape=tape)
        line = make(
            link,
            listener,
            clock=self._clock,
            tuning=self._tuning,
            turn_model=self._turn_model,
            classifier=self._classifier,
            slot=slot,
            send_if_overdue=self.send_if_overdue,
            second_look=self._second_look,
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
            self.measured.ended(line)
            line.inbound.forget()  # what is left of a call waits for the collector, without this
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

    def figures(self) -> dict[str, float]:
        """What was measured, and how full it is, for metrics."""
        return self.measured.by_name() | {
            "media_lines": self.lines,
            "media_free_slots": self.free_slots,
            "media_load_shedding": self.ladder.shedding,
        }

    def media_figures(self) -> MediaFigures:
        """All that is counted here and on the lines, for metrics."""
        return self.measured.media_figures(
            slots=self._vad.slots, free_slots=self.free_slots, shedding=self.ladder.shedding
        )

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
                self.measured.began((now_s - due_s) * 1000.0)
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

    def tick(self, now_s: float) -> None:
        """One turn of the wheel; never raises.

        Args:
            now_s: the clock's monotonic reading.
        """
        try:
            self._turn(now_s)
        except Exception as error:  # noqa: BLE001 - one tick may fail, the wheel turns on
            tick_faults = self.measured.tick_failed()
            if tick_faults & (tick_faults - 1) == 0:  # 1, 2, 4, 8 ...: not 100 a second
                _log.error("media.tick_failed: %d times", tick_faults, exc_info=error)
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
                self.measured.sent(max(0.0, now_s - line.due_s), line.lead_s)
            line.guarded(line.pump, now_s)

    def _look(self, now_s: float) -> None:
        """See whether the core is short, and give up or take back accordingly."""
        self.measured.sort()
        lag_ms, audible = self.measured.recent_lag_ms(), self.measured.audible
        reading = Reading(lag_ms, audible - self._audible_before, len(self._lines))
        self._audible_before = audible
        before = self.ladder.shedding
        shedding = self.ladder.observe(reading, now_s)
        if shedding is before:
            return
        for line in self._lines.values():
            line.guarded(line.shed, shedding)
        _log.warning(
            "media.shedding: %s (lag p95 %.0f ms, %d calls)",
            shedding.name.lower(),
            lag_ms,
            reading.calls,
        )

    def _hear(self, stirred: Sequence[Line], now_s: float) -> None:
        """What came in since the last tick, and what follows from it."""
        for line in stirred:
            if line.inbound.out_of_order:
                line.guarded(line.listen, now_s)
        ready = stirred
        for _ in range(ROUNDS_MOST):
            if not (ready := self._batch.judge(ready)):
                break
        for line in stirred:
            line.guarded(line.settle, now_s)
