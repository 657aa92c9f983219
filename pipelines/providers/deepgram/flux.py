"""The turns of one call by Flux (``/v2/listen``), which listens for their ends. Sans-I/O.

Flux has turns of its own: one of ours may be several of theirs (a pause in a number that is being
dictated), so our words are those of their turns since ours began. Their `EndOfTurn` is an opinion
for our turn table; ours ends where the table says, by `ForceEndTurn` where theirs is still open.
"Flux ends the turn on the audio transcribed so far" then, and ignores the request without an open
turn: what was told to within `NEAR_8K` of the end is known, and what begins behind the request is
asked to end again. There is no KeepAlive; silence keeps the connection open, and has its place
among the samples. Protocol: https://developers.deepgram.com/reference/speech-to-text/listen-flux,
https://developers.deepgram.com/docs/flux/state,
https://developers.deepgram.com/docs/flux/force-end-turn.

=========  ==============  =======================================  ==========
state      event           what is done                             then
=========  ==============  =======================================  ==========
HEARING    EagerEndOfTurn  the end is probable                      HEARING
HEARING    TurnResumed,    the end is void                          HEARING
           StartOfTurn
HEARING    EndOfTurn       words kept, the end is certain           HEARING
HEARING    FINISH          told to the end: the words;              RESTING
                           else ForceEndTurn sent                   FINISHING
FINISHING  EndOfTurn       told to the end: the words               RESTING
FINISHING  StartOfTurn     ForceEndTurn sent once more              FINISHING
=========  ==============  =======================================  ==========
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError

from pipelines.providers.deepgram.recognition import (
    RecognitionState,
    TurnSound,
    TurnWords,
    WordsSoFar,
)
from pipelines.providers.deepgram.stt import DeepgramAccount
from voiceagent.core.audio.g711 import SILENCE
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.wire import TurnEnding

FORCE_END_TURN: Final = json.dumps({"type": "ForceEndTurn"})

TENTH_OF_SILENCE: Final = SILENCE * (RATE_8K // 10)
"""Sent when there is nothing to send."""

EAGER_THRESHOLD: Final = "0.5"
END_THRESHOLD: Final = "0.7"
"""Their default. Thresholds of the confidence that a turn is over."""


class FluxAccount(DeepgramAccount):
    """Where, with which key and which Flux model calls are recognised."""

    @property
    def address(self) -> str:
        """With what is asked for."""
        query = {
            "model": self.model,
            "encoding": "mulaw",
            "sample_rate": "8000",
            "eager_eot_threshold": EAGER_THRESHOLD,
            "eot_threshold": END_THRESHOLD,
        }
        return f"{self.url.rstrip('/')}/v2/listen?{urlencode(query)}"


class _Event(StrEnum):
    UPDATE = "Update"
    START_OF_TURN = "StartOfTurn"
    EAGER_END_OF_TURN = "EagerEndOfTurn"
    TURN_RESUMED = "TurnResumed"
    END_OF_TURN = "EndOfTurn"


_ENDINGS: Final = {
    _Event.START_OF_TURN: TurnEnding.VOID,
    _Event.EAGER_END_OF_TURN: TurnEnding.PROBABLE,
    _Event.TURN_RESUMED: TurnEnding.VOID,
    _Event.END_OF_TURN: TurnEnding.CERTAIN,
}


class _Word(BaseModel):
    word: str
    start: float | None = None
    end: float | None = None


class _TurnInfo(BaseModel):
    """What we read of a `TurnInfo` message; they may add to it."""

    event: _Event
    audio_window_end: float
    transcript: str = ""
    words: list[_Word] = []


@dataclass(slots=True)
class FluxRecognition(TurnSound):
    """The words of a call's turns by ``/v2/listen``."""

    END_REQUEST = FORCE_END_TURN
    NEAR_8K = RATE_8K * 35 // 100
    """They tell how far they are every quarter of a second."""

    _open: bool = False

    def connect(self) -> None:
        """See `TurnSound`; a new connection has no open turn."""
        self._open = False
        TurnSound.connect(self)

    def finish(self) -> TurnWords | None:
        """See `TurnSound`."""
        if self.state is RecognitionState.HEARING and self.all_told and not self._open:
            return self.conclude()
        return TurnSound.finish(self)

    def keep_alive(self) -> bytes:
        """See `TurnSound`."""
        self._ring.append(TENTH_OF_SILENCE)
        if self.state is RecognitionState.RESTING:
            self._covered = self._ring.end
        return TENTH_OF_SILENCE

    def receive(self, message: str | bytes) -> WordsSoFar | TurnWords | None:
        """See `TurnSound`."""
        info = _read(message)
        if info is None or not self.connected:
            return None
        end = min(self._zero + round(info.audio_window_end * RATE_8K), self._ring.end)
        self._answered = max(self._answered, end)
        match info.event:
            case _Event.START_OF_TURN:
                self._open = True
            case _Event.END_OF_TURN:
                self._open = False
            case _:
                pass
        if self.state is RecognitionState.RESTING or end <= self._turn:
            return None
        self._interim = self._of_this_turn(info)
        if info.event is _Event.END_OF_TURN:
            self._finals.append(self._interim)
            self._interim = ""
        if not self._open:
            self._covered = max(self._covered, end)
        if self.state is RecognitionState.FINISHING:
            if self.all_told and not self._open:
                return self.conclude()
            if info.event is _Event.START_OF_TURN:
                self.outgoing.append(FORCE_END_TURN)
        ending = _ENDINGS.get(info.event)
        return WordsSoFar(self._text, ending) if self._text or ending else None

    def _of_this_turn(self, info: _TurnInfo) -> str:
        """The words whose middle is in our turn; all of them where no times are told."""
        return " ".join(
            word.word
            for word in info.words
            if word.start is None
            or word.end is None
            or self._zero + (word.start + word.end) / 2 * RATE_8K >= self._turn
        ) or ("" if info.words else info.transcript.strip())


def _read(message: str | bytes) -> _TurnInfo | None:
    """A `TurnInfo` message, ``None`` for any other."""
    if b'"TurnInfo"' not in message if isinstance(message, bytes) else '"TurnInfo"' not in message:
        return None
    try:
        return _TurnInfo.model_validate_json(message)
    except ValidationError:
        return None
