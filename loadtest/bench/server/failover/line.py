"""A telephone line that plays as it is given sound, and keeps all of it with its time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from loadtest.simulator.g711 import Samples
from pipelines.line_events import LineEvents
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.wire import LineEnd, Played, TurnDecider, TurnEnd, TurnEnding
from voiceagent.domain.expecting import Completeness, Expecting

PIECE_8K: Final = 480
"""60 ms: the pieces in which a call's sound arrives."""

END_OF_TURN_S: Final = 0.5
"""Silence after which the caller's turn is taken for over."""


@dataclass(slots=True)
class _Utterance:
    first_s: float | None = None
    samples: int = 0
    ended: bool = False


@dataclass(slots=True)
class PlayedLine:
    """Implements `ControlledLine`; plays a caller, too.

    Attributes:
        sound: all that the caller heard of us.
        gaps_s: silences of ours that the caller sat through: before each reply, and within one.
        closed: why the line closed, while it has, and `closed_s` when.
        last_word_s: when the caller's last turn was over.
    """

    events: LineEvents
    sound: list[Samples] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)
    closed: LineEnd | None = None
    closed_s: float = 0.0
    last_word_s: float = 0.0
    _utterances: dict[int, _Utterance] = field(default_factory=dict)
    _until_s: float = 0.0
    _last: int | None = None
    _waiting_s: float | None = None
    _quiet: asyncio.Event = field(default_factory=asyncio.Event)

    def picked_up(self) -> None:
        """The call is connected: the caller waits for the first word."""
        self._waiting_s = _now_s()

    async def caller_says(self, sound: Samples) -> None:
        """A turn of the caller, in real time; returns when the engine takes it for over."""
        began_s = _now_s()
        self.events.caller_started(began_s)
        for at in range(0, len(sound), PIECE_8K):
            piece = sound[at : at + PIECE_8K]
            await asyncio.sleep(len(piece) / RATE_8K)
            self.events.caller_audio(piece.tobytes())
        self._waiting_s = self.last_word_s = _now_s()
        await asyncio.sleep(END_OF_TURN_S)
        end = TurnEnd(began_s, self._waiting_s, _now_s(), TurnDecider.SILENCE)
        self.events.caller_finished(end)

    async def answered(self, within_s: float) -> bool:
        """Whether we have been heard to the end of something in time."""
        try:
            async with asyncio.timeout(within_s):
                await self._quiet.wait()
        except TimeoutError:
            return False
        self._quiet.clear()
        return self.closed is None

    def say(self, utterance: int, pcm_8k: bytes) -> None:
        """See `SpeechLine`."""
        now_s, one = _now_s(), self._utterances.setdefault(utterance, _Utterance())
        if one.first_s is None:
            one.first_s = now_s
            self.events.played(Played(utterance, 0, done=False, first_sent_s=now_s))
            if self._waiting_s is not None:
                self.gaps_s.append(now_s - self._waiting_s)
                self._waiting_s = None
        elif now_s > self._until_s:
            self.gaps_s.append(now_s - self._until_s)
        samples = np.frombuffer(pcm_8k, np.int16)
        self.sound.append(samples)
        one.samples += len(samples)
        self._until_s = max(now_s, self._until_s) + len(samples) / RATE_8K

    def end_utterance(self, utterance: int) -> None:
        """See `SpeechLine`."""
        one = self._utterances.setdefault(utterance, _Utterance())
        if one.ended:
            return
        one.ended = True
        wait_s = max(0.0, self._until_s - _now_s()) if one.samples else 0.0
        asyncio.get_running_loop().call_later(wait_s, self._heard, utterance)

    def _heard(self, utterance: int) -> None:
        one = self._utterances[utterance]
        self.events.played(Played(utterance, one.samples, done=True, first_sent_s=one.first_s))
        if one.samples:
            self._quiet.set()
        if self._last is not None and utterance >= self._last:
            self.close(LineEnd.AGENT)

    def close(self, reason: LineEnd) -> None:
        """See `ControlledLine`."""
        if self.closed is None:
            self.closed, self.closed_s = reason, _now_s()
            self.events.closed(reason, None)
        self._quiet.set()

    def ending(self, ending: TurnEnding) -> None:
        """See `ControlledLine`: turns end by the script here."""

    def close_when_heard(self, utterance: int) -> None:
        """See `ControlledLine`."""
        self._last = utterance
        if self._utterances.setdefault(utterance, _Utterance()).ended:
            wait_s = max(0.0, self._until_s - _now_s())
            asyncio.get_running_loop().call_later(wait_s, self.close, LineEnd.AGENT)

    def stop_speaking(self, through: int) -> Played | None:
        """See `ControlledLine`: what was not played yet is not. Nobody asks how far it was."""
        del through
        self._until_s = min(self._until_s, _now_s())
        return None

    def withhold(self, utterance: int) -> None:
        """See `SpeechLine`; nothing is made ahead here."""

    def grant(self, utterance: int) -> None:
        """See `SpeechLine`."""

    def drop(self, utterance: int) -> None:
        """See `SpeechLine`."""

    def thinking(self) -> None:
        """See `ControlledLine`."""

    def expect(self, expecting: Expecting) -> None:
        """See `ControlledLine`."""

    def hint(self, completeness: Completeness) -> None:
        """See `ControlledLine`."""

    def stay(self) -> None:
        """See `ControlledLine`."""


def _now_s() -> float:
    return asyncio.get_running_loop().time()
