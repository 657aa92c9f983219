"""Wire times of one call as they happen, and the turns of the report worked out from them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from loadtest.simulator.report import TurnReport
from loadtest.simulator.sound_detector import SoundDetector

LATE_S: Final = 0.005


@dataclass(slots=True)
class TurnTimes:
    """One caller turn on the wire; times in seconds since the line was opened."""

    name: str
    speech_start_s: float | None = None
    speech_end_s: float | None = None
    speech_end_8k: int | None = None
    barged_in: bool = False
    agent_sounding_at_end: bool = False


@dataclass(slots=True)
class WireTimes:
    """Everything counted while a call runs."""

    turns: list[TurnTimes] = field(default_factory=list)
    media_s: list[float] = field(default_factory=list)
    clears_s: list[float] = field(default_factory=list)
    stream_start_s: float | None = None
    marks_played: int = 0
    marks_cleared: int = 0
    unheard_8k: int = 0
    frames_sent: int = 0
    frames_late: int = 0
    frames_lost: int = 0
    worst_late_s: float = 0.0
    protocol_errors: list[str] = field(default_factory=list)

    def frame_sent(self, late_s: float) -> None:
        """A caller frame went out so long after its deadline."""
        self.frames_sent += 1
        self.frames_late += late_s > LATE_S
        self.worst_late_s = max(self.worst_late_s, late_s)

    def first_audio_ms(self) -> float | None:
        """From the first stream's `start` to the agent's first media message."""
        if self.stream_start_s is None or not self.media_s:
            return None
        return _ms(self.media_s[0] - self.stream_start_s)

    def turn_reports(self, ear: SoundDetector, end_8k: int) -> tuple[TurnReport, ...]:
        """The caller's turns; `end_8k` is when the line was closed."""
        return tuple(self._turn_report(index, ear, end_8k) for index in range(len(self.turns)))

    def _turn_report(self, index: int, ear: SoundDetector, end_8k: int) -> TurnReport:
        turn = self.turns[index]
        next_s = self._next_start_s(index, end_8k)
        clear_s = _first_after(self.clears_s, turn.speech_start_s, next_s)
        answer_from_s = turn.speech_end_s
        if answer_from_s is not None and turn.barged_in and clear_s is not None:
            answer_from_s = max(answer_from_s, clear_s)
        reply_s = _first_after(self.media_s, answer_from_s, next_s)
        return TurnReport(
            turn=index,
            name=turn.name,
            speech_start_s=turn.speech_start_s,
            speech_end_s=turn.speech_end_s,
            reply_s=reply_s,
            v2v_ms=_difference_ms(turn.speech_end_s, reply_s),
            heard_ms=_heard_ms(turn, ear, next_s),
            reply_sound_ms=_reply_sound_ms(turn, ear, next_s),
            barged_in=turn.barged_in,
            clear_ms=_difference_ms(turn.speech_start_s, clear_s) if turn.barged_in else None,
            agent_sounding_at_end=turn.agent_sounding_at_end,
        )

    def _next_start_s(self, index: int, end_8k: int) -> float:
        for turn in self.turns[index + 1 :]:
            if turn.speech_start_s is not None:
                return turn.speech_start_s
        return end_8k / 8000


def _first_after(times_s: list[float], after_s: float | None, before_s: float) -> float | None:
    if after_s is None:
        return None
    at = bisect_right(times_s, after_s)
    return times_s[at] if at < len(times_s) and times_s[at] <= before_s else None


def _heard_ms(turn: TurnTimes, ear: SoundDetector, next_s: float) -> float | None:
    if turn.speech_end_8k is None:
        return None
    first_8k = ear.first_sound_8k(turn.speech_end_8k)
    if first_8k is None or first_8k / 8000 >= next_s:
        return None
    return (first_8k - turn.speech_end_8k) / 8


def _reply_sound_ms(turn: TurnTimes, ear: SoundDetector, next_s: float) -> float:
    if turn.speech_end_8k is None:
        return 0.0
    return ear.sound_8k(turn.speech_end_8k, int(next_s * 8000)) / 8


def _difference_ms(start_s: float | None, end_s: float | None) -> float | None:
    return None if start_s is None or end_s is None else _ms(end_s - start_s)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
