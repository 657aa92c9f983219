"""Callers for hours: a number of places, each with one call after the other, in bounded memory.

Every place speaks and listens as the callers of `loadtest.bench.swarm` do, phase-shifted against
the others. Its call ends in the quiet at the end of a cycle and a new one, with new ids, begins
before the next. Every second call ends as the carrier ends one (`stop`, then the socket closes);
the others break off. What was heard of a turn is judged once its time is up, and forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from picows import WSError, ws_connect

from loadtest.bench.measured import ANSWER_S, judged
from loadtest.bench.speech import CYCLE_S, SpeechCycle
from loadtest.bench.swarm import CONNECT_EVERY_S
from loadtest.bench.swarm_caller import SpokenTurn, SwarmCaller
from loadtest.simulator.clock import now_s
from loadtest.simulator.metronome import FRAME_S

PER_CYCLE: Final = round(CYCLE_S / FRAME_S)
LEAVE_AT: Final = PER_CYCLE - 25
"""Frame of a cycle at which a call ends: half a second for the next one to connect."""

JUDGE_AT: Final = PER_CYCLE - 30
_ANSWER_FRAMES: Final = round(ANSWER_S / FRAME_S) + 1


@dataclass(slots=True)
class Tally:
    """What happened since the last look.

    Attributes:
        v2v_ms: of answered turns.
        unanswered: turns without a reply.
        split: turns in which a reply began before the caller was done.
        begun: calls that connected.
        dropped: calls that the server ended, or did not take.
        frames: 20 ms frames received.
        late_frames: of these, those that came after the buffer had run dry in a reply.
        ticks: of the callers.
        late_ticks: of these, the late ones.
    """

    v2v_ms: list[float] = field(default_factory=list)
    unanswered: int = 0
    split: int = 0
    begun: int = 0
    dropped: int = 0
    frames: int = 0
    late_frames: int = 0
    ticks: int = 0
    late_ticks: int = 0


@dataclass(slots=True)
class Place:
    """One line: its phase, its call, and the cycle in which that call ends."""

    wait: int
    leaves: int
    caller: SwarmCaller | None = None
    ringing: bool = False
    turn: SpokenTurn | None = None
    calls: int = 0


def first_leave(index: int, places: int, cycles_a_call: int) -> int:
    """The cycle at whose end a place's first call ends: spread, so that later ends are too."""
    return index * cycles_a_call // places


class Places:
    """All places, on one timer.

    Args:
        calls: how many.
        lines: what they play.
        media: the server's socket.
        call_s: how long a call lasts; whole cycles.
    """

    def __init__(
        self, calls: int, lines: Sequence[SpeechCycle], *, media: str, call_s: float
    ) -> None:
        self._lines = lines
        self._media = media
        self._cycles = max(1, round(call_s / CYCLE_S))
        self._places = [
            Place(index * PER_CYCLE // calls, first_leave(index, calls, self._cycles))
            for index in range(calls)
        ]
        self._tally = Tally()
        self._serial = 0
        self._ringing: set[asyncio.Task[None]] = set()

    @property
    def live(self) -> int:
        """Calls that are connected."""
        return sum(place.caller is not None for place in self._places)

    def take(self) -> Tally:
        """The tally since the last look; a new one begins."""
        for place in self._places:
            self._count_frames(place)
        taken, self._tally = self._tally, Tally()
        return taken

    async def run(self, go_on: Callable[[], bool]) -> None:
        """Play until told to stop; then everybody hangs up."""
        for place in self._places:
            self._ring(place)
            await asyncio.sleep(CONNECT_EVERY_S)
        await asyncio.gather(*self._ringing)
        began_s, tick = now_s(), 0
        while go_on():
            for index, place in enumerate(self._places):
                self._step(index, place, tick)
            tick += 1
            self._tally.ticks += 1
            pause_s = began_s + tick * FRAME_S - now_s()
            self._tally.late_ticks += pause_s <= 0
            await asyncio.sleep(max(0.0, pause_s))
        await asyncio.gather(*self._ringing)
        for place in self._places:
            self._leave(place)
            await asyncio.sleep(CONNECT_EVERY_S)

    def _step(self, index: int, place: Place, tick: int) -> None:
        """One frame of one place."""
        cycle, at = divmod(tick - place.wait, PER_CYCLE)
        line = self._lines[(index + cycle) % len(self._lines)]
        if place.caller is not None and place.caller.gone:
            self._count_frames(place)
            place.caller = place.turn = None
            self._tally.dropped += 1
        if place.caller is None:
            if not place.ringing and at == LEAVE_AT:
                self._ring(place)
            return
        place.caller.media(line.frames[at] if cycle >= 0 else line.frames[-1])
        if cycle < 0:
            return
        if at == line.first:
            place.turn = SpokenTurn(now_s())
        elif at == line.last and place.turn is not None:
            place.turn.end_s = now_s()
        elif at == min(line.last + _ANSWER_FRAMES, JUDGE_AT):
            self._judge(place, place.caller)
        elif at == LEAVE_AT and cycle >= place.leaves:
            place.leaves = cycle + self._cycles
            self._leave(place)
            self._ring(place)

    def _judge(self, place: Place, caller: SwarmCaller) -> None:
        """Judge the turn whose time is up; forget what was heard until its end."""
        turn, place.turn = place.turn, None
        if turn is None or turn.end_s is None:
            return
        answer_ms, split = judged(caller.heard_s, turn.start_s, turn.end_s)
        self._tally.split += split
        if answer_ms is None:
            self._tally.unanswered += 1
        else:
            self._tally.v2v_ms.append(answer_ms)
        caller.heard_s = [at for at in caller.heard_s if at > turn.end_s]

    def _ring(self, place: Place) -> None:
        place.ringing = True
        ringing = asyncio.ensure_future(self._connect(place))
        self._ringing.add(ringing)
        ringing.add_done_callback(self._ringing.discard)

    async def _connect(self, place: Place) -> None:
        self._serial += 1
        caller = SwarmCaller(self._serial)
        try:
            await ws_connect(lambda: caller, self._media)
            caller.start()
            place.caller = caller
            place.calls += 1
            self._tally.begun += 1
        except (OSError, WSError):
            self._tally.dropped += 1
        finally:
            place.ringing = False

    def _leave(self, place: Place) -> None:
        caller, place.caller, place.turn = place.caller, None, None
        if caller is None:
            return
        self._count(caller)
        if place.calls % 2:
            caller.stop()
        caller.hang_up()

    def _count_frames(self, place: Place) -> None:
        if place.caller is not None:
            self._count(place.caller)

    def _count(self, caller: SwarmCaller) -> None:
        playout = caller.playout
        self._tally.frames += playout.frames
        self._tally.late_frames += playout.late_frames
        playout.frames = playout.late_frames = 0
