"""Where the media plane meets its two neighbours: the carrier's socket and the control plane.

Three Protocols, and two for those who have a call's sound beside the call, all of them synchronous
and non-blocking: audio never waits for anybody. Sound is G.711 mu-law at 8 kHz towards the carrier,
16-bit linear PCM at 8 kHz (``_8k``) towards the control plane. Times named ``_s`` are readings of
the injected monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class TurnDecider(StrEnum):
    """Who decided that the caller's turn was over."""

    FIELD = "field"
    TURN_MODEL = "turn_model"
    RECOGNISER = "recogniser"
    TRANSCRIPT = "transcript"
    SILENCE = "silence"
    KEY = "key"


class TurnEnding(StrEnum):
    """What a recogniser that listens for the end of a turn says of it.

    PROBABLE: it may be over, time to prepare an answer · CERTAIN: it is over · VOID: neither, the
    caller speaks; whatever was said before of this pause does not hold.
    """

    PROBABLE = "probable"
    CERTAIN = "certain"
    VOID = "void"


class LineEnd(StrEnum):
    """Why a line closed."""

    CALLER = "caller"
    AGENT = "agent"
    MEDIA_GAP = "media_gap"
    TOO_LONG = "too_long"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """The caller's turn is over.

    `speech_end_s`: arrival of the last voiced sample; `decided_s`: when the turn was declared over.
    """

    speech_start_s: float
    speech_end_s: float
    decided_s: float
    decided_by: TurnDecider


@dataclass(frozen=True, slots=True)
class Played:
    """How much of an utterance has reached the caller's ear, in samples at 8 kHz.

    `first_sent_s` is when its first frame went to the carrier, ``None`` before that. `done` means
    all of a finished utterance was played.
    """

    utterance: int
    samples: int
    done: bool
    first_sent_s: float | None


class CarrierLink(Protocol):
    """The carrier's end of a call, as the media plane sees it. Implemented by telephony."""

    def send_audio(self, mulaw: bytes, mark: str = "") -> None:
        """Queue mu-law sound for the caller; any length, played in order.

        Args:
            mulaw: the sound.
            mark: its echo is asked for right behind it, as by `send_mark`; none when empty.
        """
        ...

    def send_mark(self, name: str) -> None:
        """Ask for an echo of `name` when everything sent so far has been played."""
        ...

    def send_clear(self) -> None:
        """Throw away what the carrier has buffered; pending marks come back at once."""
        ...

    def close(self) -> None:
        """Close the media connection."""
        ...


class CarrierEvents(Protocol):
    """What the carrier tells us. Implemented by the media plane's line."""

    def on_audio(self, mulaw: bytes, *, timestamp_ms: int | None, chunk: int | None) -> None:
        """Sound from the caller; `timestamp_ms` counts from the stream's start."""
        ...

    def on_mark(self, name: str) -> None:
        """A mark came back."""
        ...

    def on_key(self, digit: str) -> None:
        """A DTMF key: 0-9, *, #, A-D."""
        ...

    def on_closed(self, reason: LineEnd) -> None:
        """The carrier's connection is gone."""
        ...


class LineListener(Protocol):
    """What the media plane tells the control plane. Implemented by `LineEvents`."""

    def caller_started(self, at_s: float) -> None:
        """Voice was confirmed; a turn of the caller has begun (with or without barge-in)."""
        ...

    def caller_audio(self, pcm_8k: bytes) -> None:
        """Sound of the caller's turn for recognition, pre-roll included, in pieces up to 200 ms."""
        ...

    def caller_paused(self) -> None:
        """The caller fell silent; the turn may be over (time to look at a partial transcript)."""
        ...

    def caller_resumed(self) -> None:
        """The caller went on after a pause, within the same turn."""
        ...

    def caller_nearly_finished(self) -> None:
        """Words or voice say that the turn is over; what is missing is a moment of silence."""
        ...

    def caller_finished(self, end: TurnEnd) -> None:
        """The caller's turn is over."""
        ...

    def barge_in(self, heard: Played | None) -> None:
        """The agent was cut off and its sound cleared; `heard` tells how far it had come."""
        ...

    def played(self, progress: Played) -> None:
        """The played position moved; at least every 200 ms while speaking, and at the end."""
        ...

    def key(self, digit: str) -> None:
        """The caller pressed a key."""
        ...

    def time_is_up(self) -> None:
        """The call has lasted as long as a call may: say so, and close the line when it was heard.

        The line closes without it soon, unless `close_when_heard` is called.
        """
        ...

    def closed(self, reason: LineEnd, heard: Played | None) -> None:
        """The line is gone; nothing more will come. `heard` as in `barge_in`."""
        ...


class SoundSink(Protocol):
    """Where a recording goes. No method may wait: a slow disk loses sound, and no call."""

    def begin(self) -> None:
        """The recording begins now."""
        ...

    def put(self, position: int, both: bytes) -> None:
        """A piece: mu-law at 8 kHz, caller and agent by turns, from a sample of the recording."""
        ...

    def finish(self) -> None:
        """That was all."""
        ...

    def delete(self) -> None:
        """Nothing of it may be kept."""
        ...


class BothSides(Protocol):
    """Who listens to a call while it goes on."""

    def put(self, both: bytes) -> None:
        """The next piece, as in `SoundSink`."""
        ...

    def over(self) -> None:
        """Nothing more will come."""
        ...
