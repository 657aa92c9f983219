"""The turns of one call over connections to Deepgram that come and go. Sans-I/O.

Positions are samples of the call's turns since its first; only turns are sent, so they follow one
another without the silence between. A connection counts seconds from what it was sent first, and
that is how a result finds its place: a result of an earlier turn is told from one of this turn by
its time, never by its order.

What was not told for good is kept: a new connection is sent the turn from there on, so a turn
survives the loss of its connection. Protocol:
https://developers.deepgram.com/reference/speech-to-text/listen-streaming and
https://developers.deepgram.com/docs/finalize.

=========  ==============  =====================================  ==========
state      event           what is done                           then
=========  ==============  =====================================  ==========
any        START           words so far forgotten                 HEARING
HEARING    SOUND           kept, and sent                         HEARING
HEARING    PAUSED          Finalize sent                          HEARING
HEARING    FINISH          the words told, if a Finalize was      RESTING
                           answered and only silence came since
HEARING    FINISH          Finalize sent, unless one is on its    FINISHING
                           way and only silence came since
FINISHING  FINALIZED       the words told, by the last one        RESTING
any        CONNECTED       what is owed sent, and Finalize when   the same
                           FINISHING
FINISHING  GIVEN_UP        the words so far told, or lost         RESTING
=========  ==============  =====================================  ==========
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from voiceagent.core.audio.g711 import mulaw_decode
from voiceagent.core.audio.ring import MulawRing
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.wire import TurnEnding

FINALIZE: Final = json.dumps({"type": "Finalize"})
KEEP_ALIVE: Final = json.dumps({"type": "KeepAlive"})

KEPT_8K: Final = 30 * RATE_8K
"""Sound kept for another connection; older sound that was never told is lost with its own."""

PIECE_8K: Final = RATE_8K
"""Longest piece that is sent again at once."""

NEAR_8K: Final = RATE_8K // 5
"""How exact their times are taken to be."""

STALLED_8K: Final = 5 * RATE_8K // 2
"""Sound without any result, after which a connection is taken for dead. Results come about once a
second of sound, empty ones too."""

FRAME_8K: Final = RATE_8K // 50
QUIET: Final = 0.2
"""Sound whose frames have less than this share of the turn's level is silence: what a hiss of that
strength (15 dB below the voice) is, is not told from it, and is asked about once more."""

SILENT_8K: Final = 3 * RATE_8K // 2
"""A turn of that length has words: voice detection let it through, and a cough is shorter."""


class RecognitionState(Enum):
    """Of the turn under way."""

    RESTING = auto()
    HEARING = auto()
    FINISHING = auto()


@dataclass(frozen=True, slots=True)
class WordsSoFar:
    """The turn's words as they stand, and what is said of the turn's end, if anything is."""

    text: str
    ending: TurnEnding | None = None


@dataclass(frozen=True, slots=True)
class TurnWords:
    """The turn's words for good.

    `lost`: there were some that nobody knows. `confidence`: of the part of them that is least sure,
    0..1; ``None`` where it was not told.
    """

    text: str
    lost: bool = False
    confidence: float | None = None


class _Word(BaseModel):
    word: str
    start: float
    end: float


class _Alternative(BaseModel):
    transcript: str
    confidence: float | None = None
    words: list[_Word] = []


class _Channel(BaseModel):
    alternatives: list[_Alternative] = []


class _Results(BaseModel):
    """What we read of a `Results` message; they may add to it."""

    start: float
    duration: float
    is_final: bool = False
    from_finalize: bool = False
    channel: _Channel


@dataclass(slots=True)
class TurnSound:
    """The sound of a call's turns and the words that were told of it, by whichever protocol.

    Its owner moves `outgoing` to the connection after each call of a method.
    """

    END_REQUEST: ClassVar[str]
    """Asks for the rest of the words at once."""

    NEAR_8K: ClassVar[int]
    """Sound at the end of a turn that may stay untold without a word being missed."""

    state: RecognitionState = RecognitionState.RESTING
    outgoing: list[bytes | str] = field(default_factory=list)
    connected: bool = False
    _ring: MulawRing = field(default_factory=lambda: MulawRing(KEPT_8K))
    _finals: list[str] = field(default_factory=list)
    _interim: str = ""
    _sure: list[float] = field(default_factory=list)
    _turn: int = 0
    _covered: int = 0
    _zero: int = 0
    _answered: int = 0

    def receive(self, message: str | bytes) -> WordsSoFar | TurnWords | None:
        """What a message says of the turn; ``None`` when nothing new."""
        raise NotImplementedError

    def keep_alive(self) -> bytes | str:
        """What to send when there is nothing to send, so that the connection stays open."""
        raise NotImplementedError

    @property
    def all_told(self) -> bool:
        """Whether all of the turn's sound was told for good; END_REQUEST may stay unanswered."""
        return self.connected and self._ring.end - self._covered <= self.NEAR_8K

    @property
    def stalled(self) -> bool:
        """Whether the connection takes sound and tells nothing."""
        return self.connected and self._ring.end - self._answered > STALLED_8K

    @property
    def _text(self) -> str:
        return " ".join(text for text in (*self._finals, self._interim) if text)

    def start(self) -> None:
        """The caller's turn begins."""
        self.state = RecognitionState.HEARING
        self._finals.clear()
        self._sure.clear()
        self._interim = ""
        self._turn = self._covered = self._answered = self._ring.end

    def sound(self, mulaw: bytes) -> None:
        """A piece of the turn."""
        if self.state is not RecognitionState.HEARING:
            return
        self._ring.append(mulaw)
        if self.connected:
            self.outgoing.append(mulaw)

    def paused(self) -> None:
        """The caller has paused, and may be done: the words so far are wanted early."""

    def finish(self) -> TurnWords | None:
        """The caller's turn is over; its words are owed, unless they are known already."""
        if self.state is not RecognitionState.HEARING:
            return None
        self.state = RecognitionState.FINISHING
        if self.connected:
            self.outgoing.append(self.END_REQUEST)
        return None

    def connect(self) -> None:
        """There is a new connection: it is sent what the old one did not tell for good."""
        self.connected = True
        self.outgoing.clear()
        self._zero = self._answered = max(self._covered, self._ring.start)
        for at in range(self._zero, self._ring.end, PIECE_8K):
            self.outgoing.append(self._ring.read(at, at + PIECE_8K))
        if self.state is RecognitionState.FINISHING:
            self.outgoing.append(self.END_REQUEST)

    def disconnect(self) -> None:
        """The connection is gone, and what was on its way."""
        self.connected = False
        self.outgoing.clear()

    def conclude(self) -> TurnWords:
        """The turn as it stands, for good: it was told to the end, or its time is up."""
        text, told = self._text, self.all_told
        silent = self._ring.end - self._turn >= SILENT_8K if told else self._ring.end > self._turn
        self.state = RecognitionState.RESTING
        self._covered = self._ring.end
        sure = min(self._sure, default=None) if told else None
        return TurnWords(text, lost=not text and silent, confidence=sure)


class CallRecognition(TurnSound):
    """The words of a call's turns by ``/v1/listen``."""

    END_REQUEST = FINALIZE
    NEAR_8K = NEAR_8K

    _asked: int = 0
    _open: int = 0

    def keep_alive(self) -> str:
        """See `TurnSound`."""
        return KEEP_ALIVE

    def connect(self) -> None:
        """See `TurnSound`; requests of the connection before were lost with it."""
        super().connect()
        self._open = self.outgoing.count(self.END_REQUEST)
        self._asked = self._ring.end if self._open else 0

    def start(self) -> None:
        """See `TurnSound`; answers that are still to come are told by their time."""
        super().start()
        self._open = 0

    def paused(self) -> None:
        """See `TurnSound`: an answer takes as long now as when the turn is known to be over."""
        hearing = self.state is RecognitionState.HEARING and self.connected
        if hearing and self._ring.end - max(self._asked, self._turn) > self.NEAR_8K:
            self._ask()

    def finish(self) -> TurnWords | None:
        """See `TurnSound`."""
        if self.state is not RecognitionState.HEARING or not self.connected:
            return super().finish()
        self.state = RecognitionState.FINISHING
        if self._asked > self._turn and self._is_quiet_since(self._asked):
            # They need not answer a Finalize behind which nothing was left to tell.
            told = not self._open or self._covered + self.NEAR_8K >= self._asked
            return self.conclude() if told else None
        self._ask()
        return None

    def _ask(self) -> None:
        self.outgoing.append(self.END_REQUEST)
        self._open += 1
        self._asked = self._ring.end

    def _is_quiet_since(self, position: int) -> bool:
        """Whether only silence came since, measured by the loudness of the turn."""
        begin = max(self._turn, self._ring.start)
        loud = _levels(self._ring.read(begin, position))
        rest = _levels(self._ring.read(max(position, begin), self._ring.end))
        return not rest.size or (loud.size > 0 and rest.max() < QUIET * np.quantile(loud, 0.9))

    def receive(self, message: str | bytes) -> WordsSoFar | TurnWords | None:
        """See `TurnSound`."""
        results = _read(message)
        if results is None or not self.connected:
            return None
        end = self._zero + round((results.start + results.duration) * RATE_8K)
        self._answered = max(self._answered, end)
        if self.state is RecognitionState.RESTING or end <= self._turn:
            return None
        text = self._of_this_turn(results)
        if not results.is_final:
            self._interim = text
            return WordsSoFar(self._text) if text else None
        self._finals.append(text)
        sure = results.channel.alternatives[0].confidence if text else None
        self._sure += [] if sure is None else [sure]
        self._interim = ""
        self._covered = max(self._covered, min(end, self._ring.end))
        self._open -= results.from_finalize and self._open > 0
        if results.from_finalize and not self._open and self.state is RecognitionState.FINISHING:
            return self.conclude()
        return WordsSoFar(self._text) if text else None

    def _of_this_turn(self, results: _Results) -> str:
        """The words whose middle is in this turn."""
        if not results.channel.alternatives:
            return ""
        best = results.channel.alternatives[0]
        if self._zero + results.start * RATE_8K >= self._turn or not best.words:
            return best.transcript.strip()
        return " ".join(
            word.word
            for word in best.words
            if self._zero + (word.start + word.end) / 2 * RATE_8K >= self._turn
        )


def _levels(mulaw: bytes) -> NDArray[np.float64]:
    """Root mean squares of frames of 20 ms; a rest that is shorter counts as one."""
    sound = mulaw_decode(mulaw).astype(np.float64)
    frames = range(0, len(sound), FRAME_8K)
    return np.array([np.sqrt(np.square(sound[at : at + FRAME_8K]).mean()) for at in frames])


def _read(message: str | bytes) -> _Results | None:
    """A `Results` message, ``None`` for any other."""
    if b'"Results"' not in message if isinstance(message, bytes) else '"Results"' not in message:
        return None
    try:
        return _Results.model_validate_json(message)
    except ValidationError:
        return None
