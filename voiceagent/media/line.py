"""One call's sound: what the carrier tells, what the control plane wants, and who has the floor.

A `Line` joins the two halves (`InboundAudio`, `Pacer`) by the turn-taking table: it makes the
table's events, and `LineActs` performs its acts. It has no thread and no task: the scheduler calls
`pump` when the line is `due_s`, `listen`, `judged` and `settle` when it is `stirred`, and `watch`
now and then; the socket calls `on_*`, the control plane everything else, all on one event loop. A
line with nothing to do costs nothing. A listener may call the line back from inside any of its
callbacks; events are taken one after the other.

The speaking side in short: number utterances upwards, `say` as often as sound comes, then
`end_utterance`. Sound for a number that was cut off is dropped. Sound that comes while the caller
speaks is held and played after the turn, unless `stop_speaking` is called.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Final

from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.capacity.load_shedding import LoadShedding
from voiceagent.core.clock import Clock
from voiceagent.core.figures import LineTotals
from voiceagent.core.supervisor import Supervisor, Timer
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.turns.table import (
    CALLERS_TURN,
    GOODBYE_SAID,
    NOBODY_SPEAKS,
    OUR_SOUND,
    TurnEvent,
    TurnState,
    TurnTaking,
)
from voiceagent.core.wire import (
    CarrierLink,
    LineEnd,
    LineListener,
    Played,
    TurnDecider,
    TurnEnding,
)
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.media.endpointing import EndpointDetector
from voiceagent.media.inbound_audio import InboundAudio
from voiceagent.media.line_acts import LineActs
from voiceagent.media.line_end import LineFault, LineGuard
from voiceagent.media.pacer import Pacer
from voiceagent.media.second_look import SecondLook, ShortSounds
from voiceagent.media.smart_turn import TurnModel
from voiceagent.media.sound_classifier import SoundScorer
from voiceagent.media.speech_judge import SpeechJudge

MORE_LEAD_MS: Final = 360
"""Sound kept at the carrier when the core is short."""

_NOT_SAID_YET: Final = sys.maxsize
"""A number that no utterance has."""

_EVERY_PACKET: Final = CALLERS_TURN | {TurnState.TENTATIVE_SILENCE}
"""Where each packet can move turn-taking, for its silence is counted to the newest sample."""


class Line(LineGuard):
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
        turns: whose turn it is; a fresh table by default.
        second_look: reads short sounds that were passed over; ``None`` leaves it at that.
    """

    def __init__(
        self,
        link: CarrierLink,
        listener: LineListener,
        *,
        clock: Clock,
        tuning: Tuning,
        turn_model: TurnModel | None,
        classifier: SoundScorer | None,
        slot: int,
        send_if_overdue: Callable[[float], None],
        turns: TurnTaking | None = None,
        second_look: SecondLook | None = None,
    ) -> None:
        super().__init__(link, listener, clock)
        self.slot = slot
        self._send_if_overdue = send_if_overdue
        self.due_s = 0.0
        """When outbound sound needs `pump` next; 0 is as soon as possible."""
        self.stirred = False
        """Sound came in, or an answer is waited for: `listen` and `settle` have something to do."""
        self._heard_s = clock.monotonic()
        self.inbound = InboundAudio(tuning.voice, preroll_ms=tuning.preroll_ms, now_s=self._heard_s)
        self.pacer = Pacer(link, tuning)
        self.turns = turns or TurnTaking(tuning)
        self.judge = SpeechJudge(
            self.inbound, tuning.interruption, classifier, reads_again=second_look is not None
        )
        self._short_sounds = ShortSounds(self.inbound, self.judge.interruption, second_look)
        self.endpoint = EndpointDetector(self.inbound, self.turns, tuning, turn_model)
        self._timers = Supervisor({Timer.MEDIA_GAP: tuning.media_gap_s, Timer.CALL: tuning.call_s})
        self._timers.start(Timer.CALL, self._heard_s)
        self._acts = LineActs(
            self.inbound,
            self.pacer,
            self.judge,
            self.endpoint,
            self.turns,
            self._timers,
            listener,
            clock,
        )
        self._tuning = tuning
        self._last_words = 0
        self._leaves_as = LineEnd.AGENT

    # The carrier speaks (CarrierEvents).

    def on_audio(self, mulaw: bytes, *, timestamp_ms: int | None, chunk: int | None) -> None:
        """Sound from the caller; kept until the next tick."""
        if self.end is not None:
            return
        try:
            now_s = self._clock.monotonic()
            self._send_if_overdue(now_s)
            self.take_in(mulaw, timestamp_ms, chunk, now_s)
        except Exception as error:  # noqa: BLE001 - as in `guarded`, fifty times a second
            self.fail(error, LineFault.INBOUND)

    def take_in(
        self, mulaw: bytes, timestamp_ms: int | None, chunk: int | None, now_s: float
    ) -> None:
        """The line's own part of `on_audio`: a packet that came at this time."""
        self._heard_s = now_s
        inbound = self.inbound
        inbound.take(mulaw, timestamp_ms=timestamp_ms, chunk=chunk, now_s=now_s)
        if self.turns.state in _EVERY_PACKET or inbound.has_window or inbound.out_of_order:
            self.stirred = True

    def on_mark(self, name: str) -> None:
        """A mark came back: something was heard."""
        self.guarded(self._echo, name)

    def on_key(self, digit: str) -> None:
        """A DTMF key: ends the caller's turn, or cuts us off, at once; a goodbye is still heard."""
        self.guarded(self._key, digit)

    # The control plane speaks.

    def say(self, utterance: int, pcm_8k: bytes) -> None:
        """Sound for the caller: 16-bit PCM, any length; the first frames leave before it returns.

        Args:
            utterance: rises with every new one; a new number ends the one before.
            pcm_8k: little-endian samples at 8 kHz.
        """
        self.guarded(self.pacer.say, utterance, pcm_8k)
        self._timers.extend(Timer.GOODBYE, len(pcm_8k) / (2 * RATE_8K))
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
        newer utterance is not touched, nor is a goodbye (`close_when_heard`). No `barge_in` is
        reported.
        """
        self._acts.cut = None
        self.guarded(self._stop, through)
        return self._acts.cut

    def expect(self, expecting: Expecting) -> None:
        """What the caller's next words probably are; sets how long a silence is waited for."""
        self.turns.expect(expecting)
        self._short_sounds.expect(expecting)

    def hint(self, completeness: Completeness) -> None:
        """What the words so far say; may end the turn before it returns."""
        self.turns.note_completeness(completeness)
        self.guarded(self._acts.announce_end)
        self.guarded(self._decide, self._clock.monotonic())

    def ending(self, ending: TurnEnding) -> None:
        """What the recogniser says of the turn's end; may end the turn before it returns."""
        self.turns.note_ending(ending)
        self.guarded(self._acts.announce_end)
        self.guarded(self._decide, self._clock.monotonic())

    def read_again(self, onset: int) -> None:
        """A second look has found words in a short sound; may cut us off before it returns.

        Args:
            onset: where the sound began, samples since the stream began.
        """
        if self._short_sounds.still_counts(onset):
            self.guarded(self._meant, onset)

    def thinking(self) -> None:
        """The control plane works on a reply nobody spoke for (a key, a prompt after silence)."""
        self.guarded(self._post, TurnEvent.THINK)

    def close_when_heard(self, utterance: int) -> None:
        """Goodbye: close as soon as `utterance` and everything before it was heard in full.

        The caller can no longer cut in, by voice or by key; a turn that is open ends first. Its
        sound may still be on the way: the line waits for `Timer.GOODBYE` beyond what there is.
        """
        self._last_words = utterance
        self.guarded(self._post, TurnEvent.GOODBYE)

    def stay(self) -> None:
        """The last words are not the last after all: others follow, and `close_when_heard` again.

        Nothing is cut off, and the goodbye's time-out starts over. Without a goodbye, nothing.
        """
        if self.state in GOODBYE_SAID:
            self._last_words = _NOT_SAID_YET
            self.guarded(self._post, TurnEvent.GOODBYE)

    @property
    def lead_s(self) -> float:
        """Sound that is kept at the carrier."""
        return self.pacer.lead_s

    @property
    def underruns(self) -> int:
        """Times the carrier's buffer ran dry in the middle of an utterance's sound."""
        return self.pacer.underruns

    @property
    def onset_to_clear_s(self) -> list[float]:
        """From first voiced sample over our sound to `clear`, each one not taken away yet."""
        return self._acts.onset_to_clear_s

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
            barge_ins=self._acts.barge_ins,
            resumptions=self._acts.resumptions,
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
        if self.pacer.waiting and self.state in NOBODY_SPEAKS:
            self._post(TurnEvent.AGENT_AUDIO)
        for progress in self.pacer.pump(now_s):
            self._listener.played(progress)
        self.pacer.settle(now_s)
        self.due_s = self.pacer.due_s
        self._notice_heard()

    def listen(self, now_s: float) -> None:
        """Inbound: take over what arrived since the last tick."""
        self.inbound.drain(now_s)

    def rests(self, levels: Sequence[float]) -> bool:
        """Whether the line's window is silence in silence: judged with that, and no event."""
        if not self.inbound.count_rest(levels):
            return False
        self.inbound.judged(0.0, levels, eager=False)
        return True

    def judged(self, probability: float, levels: Sequence[float], hiss: bool = False) -> None:
        """The voice model's answer for this line's window, and whether it hisses."""
        speaking, theirs = self.state in OUR_SOUND, self.state in CALLERS_TURN
        events = self.judge.window(probability, levels, speaking=speaking, theirs=theirs, hiss=hiss)
        for event in events:
            self._post(event)
        self._short_sounds.window(
            self.state, ended=TurnEvent.SILENCE in events, meant=self.read_again
        )
        if events:
            self.pump(self._clock.monotonic())

    def settle(self, now_s: float) -> None:
        """After the windows: feed recognition, ask the turn model, decide."""
        if self.state in CALLERS_TURN:
            self._acts.feed()
            if self.endpoint.consult():
                self._acts.announce_end()
            self._decide(now_s)
        elif self.state is TurnState.TENTATIVE_SILENCE:
            if self.turns.silence_lasted(self.inbound.silence_ms):
                self._post(TurnEvent.SILENCE_LASTED)
                self.pump(now_s)
        elif self.state is TurnState.EARLY_ANSWER and self.turns.early_answer_expired(
            self._acts.said_since_ms(now_s)
        ):
            self._post(TurnEvent.EARLY_ANSWER_EXPIRED)
        inbound = self.inbound
        self.stirred = inbound.has_window or self.endpoint.waiting or inbound.out_of_order

    def watch(self, now_s: float) -> None:
        """Look at the timers, and do what `core.supervisor.LIMITS` says."""
        self._timers.start(Timer.MEDIA_GAP, self._heard_s)
        for timer in self._timers.expired(now_s):
            self.guarded(self._expired, timer, now_s)

    def shed(self, shedding: LoadShedding) -> None:
        """Give up what the core is too short for (see `core.capacity.load_shedding`)."""
        self._acts.coarse = shedding >= LoadShedding.COARSE_FEED
        self.endpoint.asks_model = shedding < LoadShedding.NO_TURN_MODEL
        more = shedding >= LoadShedding.MORE_LEAD
        lead_ms = max(self._tuning.lead_ms, MORE_LEAD_MS) if more else self._tuning.lead_ms
        self.pacer.lead_s = min(lead_ms, self._tuning.ahead_ms) / 1000.0
        self.due_s = 0.0

    def stalled(self, now_s: float) -> None:
        """The worker itself stood still: packets wait in the socket, the caller is not gone."""
        self._heard_s = now_s

    # What happens inside.

    def _echo(self, name: str) -> None:
        for progress in self.pacer.playout.echo(name, self._clock.monotonic()):
            self._listener.played(progress)
        self._notice_heard()

    def _key(self, digit: str) -> None:
        self.endpoint.decider = TurnDecider.KEY
        self._post(TurnEvent.KEY)
        self._listener.key(digit)

    def _stop(self, through: int | None) -> None:
        if self.state in GOODBYE_SAID:
            before = self._last_words - 1
            through = before if through is None else min(through, before)
        goes_on = through is not None and self.pacer.beyond(through)
        self._acts.cut = self.pacer.clear(self._clock.monotonic(), through=through)
        if not goes_on:
            self._post(TurnEvent.STOP)

    def _notice_heard(self) -> None:
        """All of ours was played: the floor is free, or a goodbye is complete."""
        if not self.pacer.idle:
            return
        if self.state in OUR_SOUND:
            self._post(TurnEvent.PLAYED_OUT)
        elif self.state is TurnState.LEAVING and self.pacer.over(self._last_words):
            self._post(TurnEvent.GOODBYE_HEARD)

    def _post(self, event: TurnEvent) -> None:
        """Something happened; look at the line again soon."""
        try:
            if self._acts.post(event):
                self.close(self._leaves_as)
        finally:
            self.due_s = 0.0
            self.stirred = True

    def _meant(self, onset: int) -> None:
        """A sound that was passed over is a turn, and where it began the turn begins."""
        self.inbound.turn_from = onset
        try:
            self._post(TurnEvent.MEANT)
        finally:
            self.inbound.turn_from = None
        self.pump(self._clock.monotonic())

    def _decide(self, now_s: float) -> None:
        """End the turn if it is over."""
        if self.endpoint.over():
            self._post(TurnEvent.END_OF_TURN)
            self.pump(now_s)

    def _expired(self, timer: Timer, now_s: float) -> None:
        match timer:
            case Timer.MEDIA_GAP:
                self.close(LineEnd.MEDIA_GAP)
            case Timer.CALL:
                self._leaves_as = LineEnd.TOO_LONG
                if not self._timers.running(Timer.GOODBYE):
                    self._timers.start(Timer.GOODBYE, now_s)
                self._listener.time_is_up()
            case _:
                self._post(TurnEvent.GOODBYE_EXPIRED)
