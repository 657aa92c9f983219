"""Where the time of one reply goes: marks in, stages out. Sans-I/O.

A reply passes six doors in order. Each stage is the time from one door to the next, so the stages
sum to voice-to-voice latency by construction; nothing is measured twice and nothing is left out.

When a filler or an apology came first, the caller heard *that*: voice-to-voice ends with its first
frame, what was being waited for till then gets the time, and `answer_ms` tells how long the answer
itself took. So covering a delay never hides it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.wire import TurnEnd
from voiceagent.domain.records import TurnLatency


@dataclass(slots=True)
class TurnClock:
    """The doors one reply has passed, in seconds of one monotonic clock.

    The first mark of each kind counts; later ones (second sentence, second frame) change nothing.

    `acts` are the rungs of the latency ladder that were taken for it. `excused` when the reply
    ended with an apology instead of the answer; `late` when the reply before this one did: then
    only `answer_ms` is its own. `turn` is the index of the caller's turn, once that is committed.
    """

    end: TurnEnd | None = None
    transcript_s: float | None = None
    words_s: float | None = None
    tools_s: float = 0.0
    audio_s: float | None = None
    sent_s: float | None = None
    cover_s: float | None = None
    cover_samples: int = 0
    acts: list[str] = field(default_factory=list)
    excused: bool = False
    late: bool = False
    turn: int | None = None

    def transcribed(self, at_s: float) -> None:
        """The final transcript of the caller's turn is here."""
        if self.transcript_s is None:
            self.transcript_s = at_s

    def tool_ran(self, seconds: float) -> None:
        """A tool took `seconds`; counts only while the caller is still waiting for words."""
        if self.words_s is None:
            self.tools_s += seconds

    def worded(self, at_s: float) -> None:
        """The first words of the reply left the dialogue."""
        if self.words_s is None:
            self.words_s = at_s

    def voiced(self, at_s: float) -> None:
        """The first sound of the reply came back from speech synthesis."""
        if self.audio_s is None:
            self.audio_s = at_s

    def covered(self, at_s: float, samples: int) -> None:
        """Something ready was said while the answer was still to come: `samples` of sound."""
        if self.cover_s is None:
            self.cover_s = at_s
        self.cover_samples += samples

    def after_apology(self) -> TurnClock:
        """The clock of an answer that comes in a reply of its own, after all."""
        return TurnClock(end=self.end, late=True, turn=self.turn)

    def sent(self, at_s: float) -> None:
        """The first frame of the reply went out on the wire."""
        if self.sent_s is None:
            self.sent_s = at_s

    def latency(self) -> TurnLatency | None:
        """The stages in milliseconds; ``None`` when the reply answers no caller turn or never left.

        A greeting or a prompt after silence has no caller turn, so it has no voice-to-voice time.
        """
        if self.end is None or self.sent_s is None or self.late:
            return None
        marks = [self.end.decided_s, self.transcript_s, self.words_s, self.audio_s]
        if self.cover_s is not None:
            marks = [self.cover_s if mark is None else min(mark, self.cover_s) for mark in marks]
        doors = [self.end.speech_end_s]
        for mark in (*marks, self.sent_s):
            doors.append(doors[-1] if mark is None else max(mark, doors[-1]))
        endpoint, stt, thinking, tts, send = (
            (after - before) * 1000.0 for before, after in pairwise(doors)
        )
        tools = min(self.tools_s * 1000.0, thinking)
        return TurnLatency(
            endpoint_ms=endpoint,
            stt_ms=stt,
            think_ms=thinking - tools,
            tools_ms=tools,
            tts_ms=tts,
            send_ms=send,
        )

    def answer_ms(self) -> float | None:
        """From the caller's last voiced sample to the answer's own first sound.

        Known only where it differs from voice-to-voice time, because something else was said first.
        The sound that covered the delay has to be played to its end before the answer is heard.
        """
        if self.end is None or self.audio_s is None or self.sent_s is None:
            return None
        if self.excused or (self.cover_s is None and not self.late):
            return None
        heard_s = max(self.audio_s, self.sent_s + self.cover_samples / RATE_8K)
        return max(0.0, heard_s - self.end.speech_end_s) * 1000.0
