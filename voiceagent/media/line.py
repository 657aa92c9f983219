"""One call's sound: what the carrier tells, what the control plane wants, and who has the floor.

A `Line` joins the two halves (`InboundAudio`, `Pacer`) by the turn-taking table and performs its
acts. It has no thread and no task: the scheduler calls `pump` when the line is `due_s`, `listen`,
`judged` and `settle` when it is `stirred`, and `watch` now and then; the socket calls `on_*`, the
control plane everything else, all on one event loop. A line with nothing to do costs nothing. A
listener may call the line back from inside any of its callbacks; events are taken one after the
other.

The speaking side in short: number utterances upwards, `say` as often as sound comes, then
`end_utterance`. Sound for a number that was cut off is dropped. Sound that comes while the caller
speaks is held and played after the turn, unless `stop_speaking` is called.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final, TypeVarTuple

from voiceagent.core.audio.samples import RATE_8K, SAMPLES_PER_MS, Pcm, pcm_to_bytes
from voiceagent.core.audio.voice_gate import WINDOW_SAMPLES
from voiceagent.core.capacity.load_shedding import LoadShedding
from voiceagent.core.clock import Clock
from voiceagent.core.figures import LineTotals
from voiceagent.core.supervisor import Limit, Supervisor, Timer, TimerRemedy
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.turns.table import TurnAct, TurnEvent, TurnState, TurnTaking
from voiceagent.core.wire import (
    CarrierLink,
    LineEnd,
    LineListener,
    Played,
    TurnDecider,
    TurnEnd,
)
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.media.endpointing import EndpointDetector
from voiceagent.media.inbound_audio import InboundAudio
from voiceagent.media.pacer import Pacer
from voiceagent.media.smart_turn import TurnModel
from voiceagent.media.sound_classifier import SoundClassifier
from voiceagent.media.speech_judge import SpeechJudge

_log = logging.getLogger(__name__)

Args = TypeVarTuple("Args")

PIECE_MS: Final = 100
"""Sound for recognition goes out in pieces of this length while the caller speaks."""

PAUSE_PIECE_MS: Final = 20
"""And of this length in trailing silence, where the recogniser waits for the end."""

COARSER: Final = 2
"""How many times longer both are when the core is short."""

MORE_LEAD_MS: Final = 360
"""Sound kept at the carrier when the core is short."""

CLOSING_S: Final = 5.0
"""A goodbye may take this much longer than its sound before the line closes anyway."""

_OURS: Final = frozenset(
    {
        TurnState.SPEAKING,
        TurnState.TENTATIVE_BARGE_IN,
        TurnState.BACKCHANNEL_OVERLAP,
        TurnState.EARLY_ANSWER,
    }
)
_THEIRS: Final = frozenset({TurnState.CALLER, TurnState.PAUSE})
_SOUND: Final = frozenset(
    {TurnAct.SUSPEND, TurnAct.RESUME, TurnAct.CLEAR, TurnAct.HOLD, TurnAct.RELEASE}
)
_FREE: Final = frozenset({TurnState.LISTENING, TurnState.THINKING})


class LineFault(StrEnum):
    """Where the work for one line failed. It is that line's end, and no other's."""

    INBOUND = "inbound"
    """Taking a packet in."""
    WINDOW = "window"
    """Preparing its sound for the voice model."""
    MODEL = "model"
    """The voice model, asked about this line alone."""
    STEP = "step"
    """Everything else: sending, turn-taking, telling the control plane."""


class Line:
    """The media plane's end of one call (`CarrierEvents`). Made by `FrameScheduler.add`.

    Args:
        link: the carrier's socket.
        listener: the control plane.
        clock: for what happens between ticks.
        tuning: every number.
        turn_model: shared by the worker's lines; ``None`` leaves endings to words and patience.
        classifier: tells words from hums and noises; ``None`` leaves that to length and level.
        slot: its row in the batched voice model.
        send_if_overdue: told the time before a packet is looked at; other lines' sound may be due.
    """

    def __init__(
        self,
        link: CarrierLink,
        listener: LineListener,
        *,
        clock: Clock,
        tuning: Tuning,
        turn_model: TurnModel | None,
        classifier: SoundClassifier | None,
        slot: int,
        send_if_overdue: Callable[[float], None],
    ) -> None:
        self.slot = slot
        self._send_if_overdue = send_if_overdue
        self.end: LineEnd | None = None
        """Why it closed; ``None`` while it is open."""
        self.fault: LineFault | None = None
        """What failed, when that is why it closed."""
        self.barge_ins = self.resumptions = 0
        """Times the caller took the floor from us; times our sound went on after a false stop."""
        self.onset_to_clear_s: list[float] = []
        """From the caller's first voiced sample over our sound to `clear`; the wheel takes it."""
        self.due_s = 0.0
        """When outbound sound needs `pump` next; 0 is as soon as possible."""
        self.stirred = False
        """Sound came in, or an answer is waited for: `listen` and `settle` have something to do."""
        self._heard_s = clock.monotonic()
        self.inbound = InboundAudio(tuning.voice, preroll_ms=tuning.preroll_ms, now_s=self._heard_s)
        self.pacer = Pacer(link, tuning)
        self.turns = TurnTaking(tuning)
        self.judge = SpeechJudge(self.inbound, tuning.interruption, classifier)
        self.endpoint = EndpointDetector(self.inbound, self.turns, tuning, turn_model)
        self._noted_from = 0
        self._silence_due = False
        self._link = link
        self._listener = listener
        self._clock = clock
        self._tuning = tuning
        self._cut: Played | None = None
        self._events: deque[TurnEvent] = deque()
        self._dispatching = False
        self._closing_by_s: float | None = None
        self._last_words = 0
        self._shedding = LoadShedding.NONE
        self._timers = Supervisor(
            {
                Timer.MEDIA_GAP: Limit(tuning.media_gap_s, TimerRemedy.CLOSE),
                Timer.CALL: Limit(tuning.call_s, TimerRemedy.CLOSE),
            }
        )
        self._timers.start(Timer.CALL, self._heard_s)

    # The carrier speaks (CarrierEvents).

    def on_audio(self, mulaw: bytes, *, timestamp_ms: int | None, chunk: int | None) -> None:
        """Sound from the caller; kept until the next tick."""
        if self.end is not None:
            return
        inbound, state = self.inbound, self.turns.state
        try:
            self._heard_s = now_s = self._clock.monotonic()
            self._send_if_overdue(now_s)
            inbound.take(mulaw, timestamp_ms=timestamp_ms, chunk=chunk, now_s=now_s)
        except Exception as error:  # noqa: BLE001 - as in `guarded`, fifty times a second
            self.fail(error, LineFault.INBOUND)
            return
        theirs = (
            state is TurnState.CALLER
            or state is TurnState.PAUSE
            or state is TurnState.TENTATIVE_BARGE_IN
        )
        if theirs or inbound.unjudged >= WINDOW_SAMPLES or inbound.jitter.waiting:
            self.stirred = True

    def on_mark(self, name: str) -> None:
        """A mark came back: something was heard."""
        self.guarded(self._echo, name)

    def on_key(self, digit: str) -> None:
        """A DTMF key: ends the caller's turn, or cuts us off, at once."""
        self.guarded(self._key, digit)

    def on_closed(self, reason: LineEnd) -> None:
        """The carrier's connection is gone."""
        self._finish(reason, close_link=False)

    # The control plane speaks.

    def say(self, utterance: int, pcm_8k: bytes) -> None:
        """Sound for the caller: 16-bit PCM, any length; the first frames leave before it returns.

        Args:
            utterance: rises with every new one; a new number ends the one before.
            pcm_8k: little-endian samples at 8 kHz.
        """
        self.guarded(self.pacer.say, utterance, pcm_8k)
        if self._closing_by_s is not None:
            self._closing_by_s += len(pcm_8k) / (2 * RATE_8K)
        self.guarded(self.pump, self._clock.monotonic())

    def end_utterance(self, utterance: int) -> None:
        """That was all of it; `played` with ``done`` follows when it was heard."""
        self.guarded(self.pacer.end, utterance)
        self.guarded(self.pump, self._clock.monotonic())

    def withhold(self, utterance: int) -> None:
        """Take the sound of an utterance to come, and let none of it out before `grant`."""
        self.guarded(self.pacer.withhold, utterance)

    def grant(self, utterance: int) -> None:
        """Let a withheld utterance out."""
        self.guarded(self.pacer.grant, utterance)
        self.guarded(self.pump, self._clock.monotonic())

    def drop(self, utterance: int) -> None:
        """Forget a withheld utterance; nobody has heard any of it."""
        self.guarded(self.pacer.drop, utterance)

    def stop_speaking(self, through: int | None = None) -> Played | None:
        """Silence at once: clear the carrier, drop what waits; how far the caller had heard.

        The numbers up to `through` are stale afterwards (``None``: all that were used so far); a
        newer utterance is not touched. No `barge_in` is reported.
        """
        self._cut = None
        self.guarded(self._stop, through)
        return self._cut

    def expect(self, expecting: Expecting) -> None:
        """What the caller's next words probably are; sets the patience."""
        self.turns.expect(expecting)

    def hint(self, completeness: Completeness) -> None:
        """What the words so far say; may end the turn before it returns."""
        self.turns.hint(completeness)
        self.guarded(self._foresee)
        self.guarded(self._decide, self._clock.monotonic())

    def thinking(self) -> None:
        """The control plane works on a reply nobody spoke for (a key, a prompt after silence)."""
        self.guarded(self._post, TurnEvent.THINK)

    def close_when_heard(self, utterance: int) -> None:
        """Goodbye: close as soon as `utterance` and everything before it was heard in full.

        The caller can no longer cut in. Its sound may still be on the way.
        """
        now_s = self._clock.monotonic()
        self._last_words = utterance
        self._closing_by_s = now_s + self.pacer.remaining_s + CLOSING_S
        self.due_s = 0.0
        self.guarded(self._post, TurnEvent.NOISE)

    def close(self, reason: LineEnd = LineEnd.AGENT) -> None:
        """Close now, whatever is being said."""
        self._finish(reason, close_link=True)

    def totals(self) -> LineTotals:
        """What it has counted so far."""
        counts, jitter = self.inbound.counts, self.inbound.jitter.counts
        return LineTotals(
            refused_samples=counts.refused,
            dropped_samples=counts.dropped + jitter.dropped,
            late_samples=jitter.late,
            concealed_samples=jitter.concealed,
            late_packets=jitter.late_packets,
            reordered_packets=jitter.reordered_packets,
            resyncs=jitter.resyncs,
            underruns=self.pacer.underruns,
            stale_samples=self.pacer.dropped,
            stale_marks=self.pacer.playout.stale_marks,
            barge_ins=self.barge_ins,
            resumptions=self.resumptions,
        )

    @property
    def state(self) -> TurnState:
        """Who has the floor."""
        return self.turns.state

    # The scheduler speaks.

    def pump(self, now_s: float) -> None:
        """Outbound: send what is due, notice what was heard."""
        if self.end is not None:
            return
        if self.pacer.waiting and self.state in _FREE:
            self._post(TurnEvent.AGENT_AUDIO)
        for progress in self.pacer.pump(now_s):
            self._listener.played(progress)
        self.pacer.settle(now_s)
        self.due_s = self.pacer.due_s
        self._notice_heard()

    def listen(self, now_s: float) -> None:
        """Inbound: take over what arrived since the last tick."""
        self.inbound.drain(now_s)

    def judged(self, probability: float, levels: Sequence[float], hiss: bool = False) -> None:
        """The voice model's answer for this line's window, and whether it hisses."""
        speaking, theirs = self.state in _OURS, self.state in _THEIRS
        events = self.judge.window(probability, levels, speaking=speaking, theirs=theirs, hiss=hiss)
        for event in events:
            self._sounds(event)
        if events:
            self.pump(self._clock.monotonic())

    def settle(self, now_s: float) -> None:
        """After the windows: feed recognition, ask the turn model, decide."""
        if self.state in _THEIRS:
            self._feed()
            if self.endpoint.consult():
                self._foresee()
            self._decide(now_s)
        if self._silence_due and self.state is TurnState.TENTATIVE_BARGE_IN:
            self._proceed_when_silent(now_s)
        if (
            self.state is TurnState.EARLY_ANSWER
            and self._said_since_ms(now_s) > self._tuning.note_ms
        ):
            self._post(TurnEvent.EARLY_ANSWER_EXPIRED)
        behind = self.inbound.unjudged >= WINDOW_SAMPLES
        self.stirred = behind or self.endpoint.waiting or self.inbound.jitter.waiting

    def watch(self, now_s: float) -> None:
        """Look at the timers."""
        self._timers.start(Timer.MEDIA_GAP, self._heard_s)
        for expiry in self._timers.expired(now_s):
            gap = expiry.timer is Timer.MEDIA_GAP
            self._finish(LineEnd.MEDIA_GAP if gap else LineEnd.TOO_LONG, close_link=True)
        if self._closing_by_s is not None and now_s >= self._closing_by_s:
            self._finish(LineEnd.AGENT, close_link=True)

    def shed(self, shedding: LoadShedding) -> None:
        """Give up what the core is too short for (see `core.capacity.load_shedding`)."""
        self._shedding = shedding
        self.endpoint.asks_model = shedding < LoadShedding.NO_TURN_MODEL
        more = shedding >= LoadShedding.MORE_LEAD
        lead_ms = max(self._tuning.lead_ms, MORE_LEAD_MS) if more else self._tuning.lead_ms
        self.pacer.lead_s = min(lead_ms, self._tuning.ahead_ms) / 1000.0
        self.due_s = 0.0

    def stalled(self, now_s: float) -> None:
        """The worker itself stood still: packets wait in the socket, the caller is not gone."""
        self._heard_s = now_s

    def guarded(self, step: Callable[[*Args], None], *args: *Args) -> None:
        """Run a step; if it fails, this line fails, and no other."""
        if self.end is not None:
            return
        try:
            step(*args)
        except Exception as error:  # noqa: BLE001 - whatever it was, it must not hurt other calls
            self.fail(error)

    def fail(self, error: Exception, fault: LineFault = LineFault.STEP) -> None:
        """Give the line up; logged once, by code."""
        if self.end is None:
            self.fault = fault
            _log.error("line.failed: %s", fault, exc_info=error)
            self._finish(LineEnd.FAILED, close_link=True)

    # What happens inside.

    def _sounds(self, event: TurnEvent) -> None:
        """Tell what sounds. A goodbye is not disturbed; a short sound over ours may go on yet."""
        self._silence_due = (
            event is TurnEvent.SILENCE and self.state is TurnState.TENTATIVE_BARGE_IN
        )
        leaving = self._closing_by_s is not None and self.state not in _THEIRS
        passing = event in (TurnEvent.NOISE, TurnEvent.SILENCE)
        if not self._silence_due and (passing or not leaving):
            self._post(event)

    def _proceed_when_silent(self, now_s: float) -> None:
        """The sound over ours has ended: go on once it has not come back for a moment."""
        if self.inbound.silence_ms >= self._tuning.proceed_ms:
            self._silence_due = False
            self._post(TurnEvent.SILENCE)
            self.pump(now_s)

    def _said_since_ms(self, now_s: float) -> float:
        """How much of our sound was heard since the last sound over it began."""
        return (self.pacer.playout.heard(now_s) - self._noted_from) / SAMPLES_PER_MS

    def _echo(self, name: str) -> None:
        for progress in self.pacer.playout.echo(name, self._clock.monotonic()):
            self._listener.played(progress)
        self._notice_heard()

    def _key(self, digit: str) -> None:
        self.endpoint.decider = TurnDecider.KEY
        self._post(TurnEvent.KEY)
        self._listener.key(digit)

    def _stop(self, through: int | None) -> None:
        goes_on = through is not None and self.pacer.beyond(through)
        self._cut = self.pacer.clear(self._clock.monotonic(), through=through)
        if not goes_on:
            self._post(TurnEvent.STOP)

    def _notice_heard(self) -> None:
        """All of ours was played: the floor is free, and a goodbye is complete."""
        if not self.pacer.idle:
            return
        if self.state in _OURS:
            self._post(TurnEvent.PLAYED_OUT)
        if self._closing_by_s is not None and self.pacer.over(self._last_words):
            self._finish(LineEnd.AGENT, close_link=True)

    def _post(self, event: TurnEvent) -> None:
        """Feed the machine and perform its acts; events made meanwhile wait their turn."""
        self._events.append(event)
        if self._dispatching:
            return
        self._dispatching = True
        try:
            while self._events:
                for act in self.turns.feed(self._events.popleft()):
                    self._perform(act)
        finally:
            self._dispatching = False
            self._events.clear()
            self.due_s = 0.0
            self.stirred = True

    def _perform(self, act: TurnAct) -> None:
        now_s = self._clock.monotonic()
        if act in _SOUND:
            self._perform_on_sound(act, now_s)
        else:
            self._perform_on_turn(act, now_s)

    def _perform_on_sound(self, act: TurnAct, now_s: float) -> None:
        match act:
            case TurnAct.SUSPEND:
                if self.pacer.playout.outstanding:
                    onset_s = self.inbound.arrived_s(self.inbound.gate.onset)
                    self.onset_to_clear_s.append(max(0.0, now_s - onset_s))
                self.pacer.suspend(now_s)
                self._noted_from = self.pacer.playout.heard(now_s)
            case TurnAct.RESUME:
                self.resumptions += 1
                self.pacer.proceed(now_s)
            case TurnAct.CLEAR:
                self._cut = self.pacer.clear(now_s)
            case TurnAct.HOLD:
                self.pacer.hold()
            case _:
                self.pacer.release()

    def _perform_on_turn(self, act: TurnAct, now_s: float) -> None:
        match act:
            case TurnAct.REPORT_BARGE_IN:
                self.barge_ins += 1
                self._listener.barge_in(self._cut)
            case TurnAct.BEGIN_TURN:
                self.endpoint.withdraw()
                self.inbound.begin_turn()
                self._listener.caller_started(now_s)
                self._feed()
            case TurnAct.PAUSE_TURN:
                self.judge.turn_heard()
                self._flush()
                self._listener.caller_paused()
            case TurnAct.RESUME_TURN:
                self.endpoint.withdraw()
                self._listener.caller_resumed()
            case _:
                self.endpoint.withdraw()
                self._flush()
                self._listener.caller_finished(self._turn_end(now_s))

    def _turn_end(self, now_s: float) -> TurnEnd:
        gate = self.inbound.gate
        return TurnEnd(
            speech_start_s=self.inbound.arrived_s(self.inbound.speech_start),
            speech_end_s=self.inbound.arrived_s(gate.last_voiced - 1),
            decided_s=now_s,
            decided_by=self.endpoint.decider,
        )

    def _feed(self) -> None:
        """Sound of the turn to recognition, in whole pieces."""
        piece_ms = PIECE_MS if self.state is TurnState.CALLER else PAUSE_PIECE_MS
        if self._shedding >= LoadShedding.COARSE_FEED:
            piece_ms *= COARSER
        for piece in self.inbound.untold(piece_ms):
            self._listener.caller_audio(pcm_to_bytes(piece))

    def _flush(self) -> None:
        """All of the turn's sound to recognition, up to the last sample."""
        self._feed()
        rest: Pcm = self.inbound.rest()
        if rest.size:
            self._listener.caller_audio(pcm_to_bytes(rest))

    def _foresee(self) -> None:
        """Tell, once a pause, that the turn is probably over."""
        if self.turns.announce_end():
            self._listener.caller_nearly_finished()

    def _decide(self, now_s: float) -> None:
        """End the turn if it is over."""
        if self.endpoint.over():
            self._post(TurnEvent.END_OF_TURN)
            self.pump(now_s)

    def _heard(self) -> Played | None:
        """How far the caller had heard us, now that there is no more to hear."""
        try:
            return self.pacer.playout.clear(self._clock.monotonic())
        except Exception as error:  # noqa: BLE001 - the line must close whatever is broken
            _log.error("line.position_lost", exc_info=error)
            return None

    def _finish(self, reason: LineEnd, *, close_link: bool) -> None:
        """Close once: tell the carrier (unless it told us) and the control plane."""
        if self.end is not None:
            return
        self.end = reason
        heard = self._heard()
        try:
            self.endpoint.withdraw()
        except Exception as error:  # noqa: BLE001 - an answer nobody waits for
            _log.error("line.question_failed", exc_info=error)
        try:
            if close_link:
                self._link.close()
        except Exception as error:  # noqa: BLE001 - the control plane must hear of the end anyway
            _log.error("line.close_failed", exc_info=error)
        try:
            self._listener.closed(reason, heard)
        except Exception as error:  # noqa: BLE001 - there is nobody left to tell
            _log.error("line.listener_failed", exc_info=error)
