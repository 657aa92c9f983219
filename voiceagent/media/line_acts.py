"""What the turn table's acts do to a line: to our sound, and to the caller's turn.

`media/line.py` makes the events and `core/turns/table.py` decides; here it is done, on the two
halves of the line and towards the control plane, but for the end of the line. Nothing here chooses
between acts.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from voiceagent.core.audio.samples import SAMPLES_PER_MS, pcm_to_bytes
from voiceagent.core.clock import Clock
from voiceagent.core.supervisor import Supervisor, Timer
from voiceagent.core.turns.table import CALLER_SPEAKS, TurnAct, TurnEvent, TurnTaking
from voiceagent.core.wire import LineListener, Played, TurnEnd
from voiceagent.media.endpointing import EndpointDetector
from voiceagent.media.inbound_audio import InboundAudio
from voiceagent.media.pacer import Pacer
from voiceagent.media.speech_judge import SpeechJudge

PIECE_MS: Final = 100
"""Sound for recognition goes out in pieces of this length while the caller speaks."""

PAUSE_PIECE_MS: Final = 80
"""And of this length in trailing silence, where the recogniser waits for the end. What is left then
goes out with it; these serve one that listens for the end itself, and Flux wants them so long
(https://developers.deepgram.com/docs/flux/quickstart)."""

COARSER: Final = 2
"""How many times longer both are when the core is short."""

_SOUND: Final = frozenset(
    {TurnAct.SUSPEND, TurnAct.RESUME, TurnAct.CLEAR, TurnAct.HOLD, TurnAct.RELEASE}
)


class LineActs:
    """Performs acts on one line.

    Args:
        inbound: the caller's sound.
        pacer: ours.
        judge: learns how loud the caller is.
        endpoint: knows who ended the turn.
        turns: whose turn it is.
        timers: of the line.
        listener: the control plane.
        clock: when an act is performed.
    """

    def __init__(
        self,
        inbound: InboundAudio,
        pacer: Pacer,
        judge: SpeechJudge,
        endpoint: EndpointDetector,
        turns: TurnTaking,
        timers: Supervisor,
        listener: LineListener,
        clock: Clock,
    ) -> None:
        self._inbound = inbound
        self._pacer = pacer
        self._judge = judge
        self._endpoint = endpoint
        self._turns = turns
        self._timers = timers
        self._listener = listener
        self._clock = clock
        self._events: deque[TurnEvent] = deque()
        self._dispatching = False
        self._suspended_at = 0
        self.cut: Played | None = None
        """How far the caller had heard us when our sound was cleared last."""
        self.barge_ins = self.resumptions = 0
        """Times the caller took the floor from us; times our sound went on after a false stop."""
        self.onset_to_clear_s: list[float] = []
        """From the caller's first voiced sample over our sound to `clear`; the wheel takes it."""
        self.coarse = False
        """Whether recognition gets longer pieces, as the core is short."""

    def post(self, event: TurnEvent) -> bool:
        """Feed the table and perform its acts, one event after the other.

        A listener that is told may call the line back; events made meanwhile wait their turn.

        Returns:
            Whether the line must be closed: CLOSE is the one act that is not performed here.
        """
        self._events.append(event)
        if self._dispatching:
            return False
        self._dispatching = True
        closes = False
        try:
            while self._events:
                for act in self._turns.feed(self._events.popleft()):
                    closes |= act is TurnAct.CLOSE
                    self._perform(act, self._clock.monotonic())
        finally:
            self._dispatching = False
            self._events.clear()
        return closes

    def _perform(self, act: TurnAct, now_s: float) -> None:
        if act in _SOUND:
            self._on_sound(act, now_s)
        else:
            self._on_turn(act, now_s)

    def said_since_ms(self, now_s: float) -> float:
        """How much of our sound was heard since the last sound over it began."""
        return (self._pacer.playout.heard(now_s) - self._suspended_at) / SAMPLES_PER_MS

    def announce_end(self) -> None:
        """Tell, once a pause, that the turn is probably over."""
        if self._turns.announce_end():
            self._listener.caller_nearly_finished()

    def feed(self) -> None:
        """Sound of the turn to recognition, in whole pieces."""
        piece_ms = PIECE_MS if self._turns.state in CALLER_SPEAKS else PAUSE_PIECE_MS
        if self.coarse:
            piece_ms *= COARSER
        for piece in self._inbound.untold(piece_ms):
            self._listener.caller_audio(pcm_to_bytes(piece))

    def _flush(self) -> None:
        """All of the turn's sound to recognition, up to the last sample."""
        self.feed()
        rest = self._inbound.rest()
        if rest.size:
            self._listener.caller_audio(pcm_to_bytes(rest))

    def _on_sound(self, act: TurnAct, now_s: float) -> None:
        match act:
            case TurnAct.SUSPEND:
                if self._pacer.playout.outstanding:
                    self.onset_to_clear_s.append(max(0.0, now_s - self._inbound.onset_s))
                self._pacer.suspend(now_s)
                self._suspended_at = self._pacer.playout.heard(now_s)
            case TurnAct.RESUME:
                self.resumptions += 1
                self._pacer.resume(now_s)
            case TurnAct.CLEAR:
                self.cut = self._pacer.clear(now_s)
            case TurnAct.HOLD:
                self._pacer.hold()
            case _:
                self._pacer.release()

    def _on_turn(self, act: TurnAct, now_s: float) -> None:
        match act:
            case TurnAct.REPORT_BARGE_IN:
                self.barge_ins += 1
                self._listener.barge_in(self.cut)
            case TurnAct.BEGIN_TURN:
                self._endpoint.withdraw()
                self._inbound.begin_turn()
                self._listener.caller_started(now_s)
                self.feed()
            case TurnAct.PAUSE_TURN:
                self._judge.turn_heard()
                self._flush()
                self._listener.caller_paused()
                self.announce_end()  # by words that came while they were spoken
            case TurnAct.RESUME_TURN:
                self._endpoint.withdraw()
                self._listener.caller_resumed()
            case TurnAct.END_TURN:
                self._endpoint.withdraw()
                self._flush()
                self._listener.caller_finished(self._turn_end(now_s))
            case TurnAct.TIME_GOODBYE:
                self._timers.start(Timer.GOODBYE, now_s + self._pacer.remaining_s)
            case _:
                pass

    def _turn_end(self, now_s: float) -> TurnEnd:
        return TurnEnd(
            speech_start_s=self._inbound.speech_start_s,
            speech_end_s=self._inbound.speech_end_s,
            decided_s=now_s,
            decided_by=self._endpoint.decider,
        )
