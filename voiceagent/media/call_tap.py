"""A call's sound for others than the call: a recording of it, and who listens in.

It sits on the wire, between the carrier's socket and the line, and sees what passes there: the
line, its turns and its timing know nothing of it. While nobody wants the sound it costs a
comparison a packet. When it fails, it is over, and the call goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Final, ParamSpec

from voiceagent.core.audio.call_sound import CallSound
from voiceagent.core.audio.card_hold import CardHold, Hushed
from voiceagent.core.audio.g711 import SILENCE
from voiceagent.core.audio.samples import SAMPLES_PER_MS
from voiceagent.core.clock import Clock
from voiceagent.core.wire import BothSides, CarrierEvents, CarrierLink, LineEnd, SoundSink
from voiceagent.domain.card_watch import Sign
from voiceagent.errors import CallerFixable

P = ParamSpec("P")

_log = logging.getLogger(__name__)

PIECE: Final = 1000 * SAMPLES_PER_MS
"""Sound is kept in pieces of about this length."""

LIVE_PIECE: Final = 100 * SAMPLES_PER_MS
"""Who listens gets pieces of this length."""

LIVE_BEHIND: Final = 200 * SAMPLES_PER_MS
"""And so late: until then packets come to their place, and a `clear` takes sound back."""


class Consent(StrEnum):
    """Whether the call's sound may be had.

    UNTOLD: the disclosure was not heard · TOLD: it was · REFUSED: the caller does not want it ·
    OVER: the line is gone.
    """

    UNTOLD = "untold"
    TOLD = "told"
    REFUSED = "refused"
    OVER = "over"


class CallTap:
    """Of one line. Implements `CallRecording`.

    Args:
        clock: the worker's.
        sink: where the recording goes; ``None`` when calls are not recorded.
        noted: told by name of what became of the recording.
    """

    def __init__(self, clock: Clock, sink: SoundSink | None, noted: Callable[[str], None]) -> None:
        self._clock = clock
        self._sink = sink
        self._noted = noted
        self._sound = None if sink is None else CallSound(clock.monotonic())
        self._hold = CardHold()
        self._listeners: list[BothSides] = []
        self._live_from = 0
        self._start = self._next_at = 0
        self.consent = Consent.UNTOLD

    # What passes on the wire.

    def caller_audio(self, mulaw: bytes, timestamp_ms: int | None) -> None:
        """A packet of the caller's."""
        if self._sound is not None:
            self._guarded(self._caller, self._sound, mulaw, timestamp_ms)

    def agent_audio(self, mulaw: bytes, mark: str) -> None:
        """Sound of ours."""
        if self._sound is not None:
            self._guarded(self._sound.agent, mulaw, mark, self._clock.monotonic())

    def mark(self, name: str) -> None:
        """An echo was asked for."""
        if self._sound is not None:
            self._guarded(self._sound.mark, name)

    def echo(self, name: str) -> None:
        """It came back."""
        if self._sound is not None:
            self._guarded(self._sound.echo, name, self._clock.monotonic())

    def clear(self) -> None:
        """What the carrier had still to play is not heard: it was told so, or the line is gone."""
        if self._sound is not None:
            self._guarded(self._sound.clear, self._clock.monotonic())

    def _guarded(self, act: Callable[P, None], *args: P.args, **more: P.kwargs) -> None:
        """Do it; when it fails the tap is over, and the call goes on."""
        try:
            act(*args, **more)
        except Exception as error:  # noqa: BLE001 - a recording that fails ends no call
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        _log.error("recording.failed", exc_info=error)
        self._sound = None
        self._end_listening()
        if self._sink is not None:
            self._sink.finish()
        self.consent = Consent.OVER

    # What the session tells (`CallRecording`).

    def disclosed(self) -> None:
        """See `CallRecording`."""
        if self.consent is not Consent.UNTOLD:
            return
        self.consent = Consent.TOLD
        if self._sound is not None and self._sink is not None:
            self._start = max(self._sound.newest, self._sound.start)
            self._sound.forget(self._start)
            self._sink.begin()
            self._noted("recording.began")

    def refused(self) -> None:
        """See `CallRecording`."""
        if self.consent in {Consent.REFUSED, Consent.OVER}:
            return
        self.consent = Consent.REFUSED
        self._sound = None
        self._end_listening()
        if self._sink is not None:
            self._sink.delete()
            self._noted("recording.refused")

    def turn_started(self) -> None:
        """See `CallRecording`."""
        if self._sound is not None:
            self._guarded(self._hold.started, self._sound.newest)

    def turn_finished(self) -> None:
        """See `CallRecording`."""
        if self._sound is not None:
            self._guarded(self._hold.finished, self._sound.newest)

    def turn_judged(self, sign: Sign) -> None:
        """See `CallRecording`."""
        if self._sound is not None:
            self._guarded(self._judged, sign, self._sound.newest)

    def turn_unheard(self) -> None:
        """See `CallRecording`."""
        if self._sound is not None:
            self._guarded(self._unheard, self._sound.newest)

    def key_judged(self, sign: Sign) -> None:
        """See `CallRecording`."""
        if self._sound is not None:
            self._guarded(self._key, sign, self._sound.newest)

    def finish(self) -> None:
        """The session is over too: keep what may be kept of the rest."""
        if self.consent is not Consent.OVER:
            self._guarded(self._finish)

    def _finish(self) -> None:
        sound, sink, told = self._sound, self._sink, self.consent is Consent.TOLD
        self.consent, self._sound = Consent.OVER, None
        self._end_listening()
        if sound is None or sink is None or not told:
            return
        end = max(sound.newest, sound.agent_end, sound.start)
        if (hushed := self._hold.over(end)) is not None:
            sound.hush(hushed.since, hushed.until)
        self._keep(sound, sink, end)
        sink.finish()

    # Who listens.

    def listen(self, listener: BothSides) -> None:
        """Give both sides to somebody from now on.

        Raises:
            CallerFixable: ``listen.not_yet``, ``listen.refused`` or ``listen.unknown``.
        """
        if self.consent is Consent.UNTOLD:
            problem = "The caller has not heard yet that others may listen."
            raise CallerFixable("listen.not_yet", problem)
        if self.consent is Consent.REFUSED:
            raise CallerFixable("listen.refused", "The caller does not want it.")
        if self.consent is Consent.OVER:
            raise CallerFixable("listen.unknown", "This call is not on a line now.")
        if self._sound is None:
            self._sound = CallSound(self._clock.monotonic())
            self._hold = CardHold()
        if not self._listeners:
            self._live_from = self._sound.newest
            self._next_at = 0
        self._listeners.append(listener)

    def leave(self, listener: BothSides) -> None:
        """Somebody listens no longer."""
        if listener in self._listeners:
            self._listeners.remove(listener)
        if not self._listeners and self._sink is None:
            self._sound = None

    # What happens inside.

    def _caller(self, sound: CallSound, mulaw: bytes, timestamp_ms: int | None) -> None:
        sound.caller(mulaw, timestamp_ms, self._clock.monotonic())
        if sound.newest >= self._next_at:
            self._pass_on(sound)

    def _judged(self, sign: Sign, now: int) -> None:
        self._hush(self._hold.judged(sign, now))

    def _unheard(self, now: int) -> None:
        self._hush(self._hold.unheard(now))

    def _key(self, sign: Sign, now: int) -> None:
        self._hush(self._hold.key(sign, now))

    def _pass_on(self, sound: CallSound) -> None:
        now = sound.newest
        self._next_at = now + (LIVE_PIECE if self._listeners else PIECE)
        if self._listeners:
            self._tell(sound, now - LIVE_BEHIND)
        for hushed in self._hold.give_up(now):
            sound.hush(hushed.since, hushed.until)
        until = self._hold.kept_until(now)
        if self._sink is None or self.consent is not Consent.TOLD:
            sound.forget(until)
        elif until - sound.start >= PIECE:
            self._keep(sound, self._sink, until)

    def _keep(self, sound: CallSound, sink: SoundSink, until: int) -> None:
        position = sound.start - self._start
        if until > sound.start:
            sink.put(position, sound.take(until))

    def _tell(self, sound: CallSound, until: int) -> None:
        if until <= self._live_from:
            return
        both = sound.look(self._live_from, until)
        if self._hold.doubts:
            both = _without_caller(both)
        self._live_from = until
        for listener in self._listeners:
            listener.put(both)

    def _hush(self, hushed: Hushed | None) -> None:
        if hushed is not None and self._sound is not None:
            self._sound.hush(hushed.since, hushed.until)

    def _end_listening(self) -> None:
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener.over()


def _without_caller(both: bytes) -> bytes:
    hushed = bytearray(both)
    hushed[0::2] = SILENCE * (len(both) // 2)
    return bytes(hushed)


class TappedLink:
    """The carrier's socket, as the line sees it (`CarrierLink`)."""

    def __init__(self, link: CarrierLink, tap: CallTap) -> None:
        self._link = link
        self._tap = tap

    def send_audio(self, mulaw: bytes, mark: str = "") -> None:
        """See `CarrierLink`."""
        self._link.send_audio(mulaw, mark)
        self._tap.agent_audio(mulaw, mark)

    def send_mark(self, name: str) -> None:
        """See `CarrierLink`."""
        self._link.send_mark(name)
        self._tap.mark(name)

    def send_clear(self) -> None:
        """See `CarrierLink`."""
        self._link.send_clear()
        self._tap.clear()

    def close(self) -> None:
        """See `CarrierLink`."""
        self._tap.clear()
        self._link.close()


class TappedLine:
    """The line, as the carrier's socket sees it (`CarrierEvents`)."""

    def __init__(self, line: CarrierEvents, tap: CallTap) -> None:
        self._line = line
        self._tap = tap

    def on_audio(self, mulaw: bytes, *, timestamp_ms: int | None, chunk: int | None) -> None:
        """See `CarrierEvents`."""
        self._tap.caller_audio(mulaw, timestamp_ms)
        self._line.on_audio(mulaw, timestamp_ms=timestamp_ms, chunk=chunk)

    def on_mark(self, name: str) -> None:
        """See `CarrierEvents`."""
        self._tap.echo(name)
        self._line.on_mark(name)

    def on_key(self, digit: str) -> None:
        """See `CarrierEvents`."""
        self._line.on_key(digit)

    def on_closed(self, reason: LineEnd) -> None:
        """See `CarrierEvents`."""
        self._tap.clear()
        self._line.on_closed(reason)
