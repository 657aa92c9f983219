"""The caller: follows a script by what is heard, one 20 ms frame at a time.

Sans-I/O and without a clock: `Caller.frame` is asked for each next frame of the line in turn and
says what the caller sends and does during it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from loadtest.simulator import g711
from loadtest.simulator.caller_acts import (
    CallerAct,
    Frame,
    GaveUp,
    HungUp,
    KeyPressed,
    RawMessage,
    SpeechEnded,
    SpeechStarted,
    StepTimedOut,
    TurnEnded,
    TurnStarted,
)
from loadtest.simulator.g711 import FRAME_8K, RATE_HZ
from loadtest.simulator.recording import Recording
from loadtest.simulator.script import (
    WHOLE_REPLY_MS,
    After,
    At,
    CallerScript,
    DuringAgent,
    EndCall,
    PlayWav,
    Press,
    Raw,
    Says,
    ScriptStep,
    Silence,
    When,
    describe,
)
from loadtest.simulator.sound_detector import SoundDetector

_SILENT_FRAME: Final = g711.SILENCE * FRAME_8K
_MIN_SPOKEN_8K: Final = 2 * FRAME_8K
_TALKATIVE_TIMES: Final = 4
"""A step waits at most this many time-outs, however much the agent talks meanwhile."""


class Caller:
    """One caller on one call.

    Args:
        script: what to do.
        noise_seed: comfort noise differs between callers with different seeds.

    Attributes:
        unlistened_8k: samples that whoever listens for phrases has not got to yet; a step that
            waits for a phrase does not run out of time for them.
    """

    def __init__(self, script: CallerScript, *, noise_seed: int = 0) -> None:
        self.unlistened_8k = 0
        self._script = script
        self._noise = _noise_frames(script.noise_dbfs, noise_seed)
        self._frames = 0
        self._next = 0
        self._turn = -1
        self._playing: Recording | None = None
        self._offset_8k = 0
        self._since_8k = 0
        self._ready_8k = 0
        self._heard_phrases: set[str] = set()
        self._gone = False

    @property
    def since_8k(self) -> int:
        """When the caller's last turn (speech or key) ended; 0 before the first."""
        return self._since_8k

    def spotted(self, phrase: str) -> None:
        """The agent was just heard to say one of the script's phrases."""
        self._heard_phrases.add(phrase)

    def frame(self, start_8k: int, ear: SoundDetector) -> Frame:
        """The frame that begins at `start_8k`; `ear` has heard everything before it."""
        spoken = self._spoken(start_8k, ear)
        background = self._script.background
        if background is None:
            return spoken
        return Frame(background.under(spoken.audio, self._frames), spoken.acts)

    def _spoken(self, start_8k: int, ear: SoundDetector) -> Frame:
        self._frames += 1
        acts: list[CallerAct] = []
        if self._playing is None and not self._gone:
            self._advance(start_8k, ear, acts)
        if self._playing is None:
            return Frame(self._quiet(FRAME_8K), tuple(acts))
        return Frame(self._speak(self._playing, start_8k, acts), tuple(acts))

    def _advance(self, now_8k: int, ear: SoundDetector, acts: list[CallerAct]) -> None:
        """Takes every step whose moment has come, up to one that speaks or hangs up."""
        while self._playing is None and not self._gone:
            waited_8k = now_8k - max(self._ready_8k, ear.last_sound_8k())
            if self._next == len(self._script.steps):
                if waited_8k >= self._script.end_wait_s * RATE_HZ:
                    self._leave(GaveUp(), acts)
                return
            step = self._script.steps[self._next]
            if not self._is_time(step.when, now_8k, ear):
                limit_8k = step.timeout_s * RATE_HZ
                if isinstance(step.when, Says):
                    limit_8k += self.unlistened_8k
                longest_8k = limit_8k * _TALKATIVE_TIMES
                if waited_8k >= limit_8k or now_8k - self._ready_8k >= longest_8k:
                    self._leave(StepTimedOut(self._why(step)), acts)
                return
            self._next += 1
            self._take(step, now_8k, acts)

    def _take(self, step: ScriptStep, now_8k: int, acts: list[CallerAct]) -> None:
        self._ready_8k = now_8k
        match step:
            case PlayWav(source=Recording() as recording):
                self._turn += 1
                self._playing, self._offset_8k = recording, 0
                acts.append(TurnStarted(self._turn, recording.name))
            case PlayWav():
                raise TypeError("a script reads its recordings when it is made")
            case Press(digit=digit):
                self._end_turn(now_8k)
                acts.append(KeyPressed(digit))
            case Raw(message=message):
                acts.append(RawMessage(message))
            case EndCall():
                self._leave(HungUp(), acts)

    def _speak(self, recording: Recording, start_8k: int, acts: list[CallerAct]) -> bytes:
        first, last = self._offset_8k, self._offset_8k + FRAME_8K
        speech = recording.speech
        if speech is not None and first <= speech.start_8k < last:
            acts.append(SpeechStarted(self._turn))
        if speech is not None and first < speech.end_8k <= last:
            acts.append(SpeechEnded(self._turn))
            self._end_turn(start_8k + speech.end_8k - first)
        audio = recording.audio[first:last]
        self._offset_8k = last
        if last >= len(recording.audio):
            acts.append(TurnEnded(self._turn))
            self._playing = None
            self._ready_8k = start_8k + len(audio)
            if speech is None:
                self._end_turn(self._ready_8k)
        return audio + self._quiet(FRAME_8K - len(audio))

    def _is_time(self, when: When, now_8k: int, ear: SoundDetector) -> bool:
        match when:
            case After(ms=ms):
                return now_8k - self._ready_8k >= ms * 8
            case At(s=s):
                return now_8k >= s * RATE_HZ
            case DuringAgent(ms=ms):
                began_8k = ear.first_sound_8k(self._since_8k)
                return began_8k is not None and ear.sounding and now_8k - began_8k >= ms * 8
            case Silence():
                a_word = ear.sound_8k(self._since_8k) < WHOLE_REPLY_MS * 8
                ms = max(when.ms, when.after_a_word_ms) if a_word else when.ms
                return self._agent_done(ms, now_8k, ear)
            case Says(phrase=phrase, ms=ms):
                return phrase in self._heard_phrases and self._agent_done(ms, now_8k, ear)

    def _agent_done(self, ms: int, now_8k: int, ear: SoundDetector) -> bool:
        spoken = ear.sound_8k(self._since_8k) >= _MIN_SPOKEN_8K
        return spoken and now_8k - ear.last_sound_8k() >= ms * 8

    def _why(self, step: ScriptStep) -> str:
        place = f"step {self._next + 1} of {len(self._script.steps)}"
        return f"{place} ({describe(step)}) waited longer than {step.timeout_s:g} s"

    def _end_turn(self, now_8k: int) -> None:
        self._since_8k = now_8k
        self._heard_phrases.clear()

    def _leave(self, act: HungUp | GaveUp | StepTimedOut, acts: list[CallerAct]) -> None:
        self._gone = True
        acts.append(act)

    def _quiet(self, length_8k: int) -> bytes:
        return self._noise[self._frames % len(self._noise)][:length_8k]


def _noise_frames(dbfs: float | None, seed: int) -> tuple[bytes, ...]:
    """A second of comfort noise, or one silent frame."""
    if dbfs is None:
        return (_SILENT_FRAME,)
    noise = np.random.default_rng(seed).normal(0, 32768 * 10 ** (dbfs / 20), (50, FRAME_8K))
    return tuple(g711.encode(row) for row in np.clip(noise, -32768, 32767).astype(np.int16))
