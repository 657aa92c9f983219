"""SVOX Pico, from the `py-nanotts` wheel (Apache-2.0): a sentence's sound at a time.

Pico makes a sentence in a few hundredths of a second and gives nothing but its sound, 16 kHz. What
lies before the first and after the last word is cut to a breath, with the ends faded so that no
cut is heard, and the places of words are estimated (`word_places`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from py_nanotts import NanoTTS

from pipelines.offline.pico_text import parts, told
from pipelines.offline.speaking import SoundCallback, SpeechEngineError, WordMark
from pipelines.offline.voices import pico_voice
from pipelines.offline.word_places import Sounding, word_starts

NATURAL_WPM: Final = 184
"""Words a minute at Pico's own speed of 1, measured over what the agent says."""

VOLUME: Final = 0.5
"""At its own volume Pico clips what it says."""

BRIGHTNESS: Final = 0.7
"""How much of the sample before is taken from each: a telephone passes little treble, and Pico has
little. Of its words a recogniser mishears 6.5 % without, 5.5 % with this, no fewer with more."""

LOUDNESS: Final = 2.0
"""Makes it as loud as people are on a telephone, some -20 dBFS."""

CEILING: Final = 30_000.0
"""Nothing that Pico says comes near it; the telephone's code ends at 32,124."""

LEAD_S: Final = 0.01
TAIL_S: Final = 0.15
"""What is left of the silence before and after a sentence: enough for the next one to be one."""

FADE_S: Final = 0.005


class Pico:
    """The library, initialised."""

    rate_hz: Final = 16000
    gain: Final = 1.0

    def __init__(self) -> None:
        self._engine = NanoTTS()

    def speak(self, text: str, *, voice: str, words_per_minute: int, heard: SoundCallback) -> None:
        """See `SpeechEngine`."""
        name = pico_voice(voice)
        if name is None:
            raise SpeechEngineError(f"no voice {voice!r}")
        done = 0
        for part in parts(text):
            words = told(part)
            sound = self._sound(" ".join(words), name, words_per_minute / NATURAL_WPM)
            sounding = Sounding.of(sound, self.rate_hz)
            cut = _cut(_brightened(sound), sounding, self.rate_hz)
            first = max(0, sounding.start - int(LEAD_S * self.rate_hz))
            places = word_starts(words, sounding, self.rate_hz)
            marks = [
                WordMark(start, len(word), done + place - first)
                for word, start, place in zip(part.words, part.starts, places, strict=True)
            ]
            if not heard(cut, marks):
                return
            done += len(cut)

    def _sound(self, text: str, voice: str, speed: float) -> NDArray[np.int16]:
        try:
            pcm = self._engine.speak(text, voice=voice, speed=speed, volume=VOLUME)
        except (RuntimeError, ValueError) as error:
            raise SpeechEngineError(f"Pico failed: {error}") from error
        return np.frombuffer(pcm, dtype="<i2").astype(np.int16)


def _brightened(sound: NDArray[np.int16]) -> NDArray[np.float64]:
    """With more treble, and without what of it does not swing about zero."""
    plain = sound.astype(np.float64)
    plain[1:] -= BRIGHTNESS * plain[:-1]
    return np.clip(LOUDNESS * plain, -CEILING, CEILING)


def _cut(sound: NDArray[np.float64], sounding: Sounding, rate_hz: int) -> NDArray[np.int16]:
    """From a moment before the first word, faded in and out, and a breath of silence after it.

    Pico often ends with a faint tick long after the last word.
    """
    fade = int(FADE_S * rate_hz)
    first = max(0, sounding.start - int(LEAD_S * rate_hz))
    cut = sound[first : sounding.end + fade].copy()
    fade = min(fade, len(cut) // 2)
    ramp = np.linspace(0.0, 1.0, fade, endpoint=False)
    cut[:fade] *= ramp
    cut[len(cut) - fade :] *= ramp[::-1]
    silence = np.zeros(int(TAIL_S * rate_hz), dtype=np.int16)
    return np.concatenate((np.rint(cut).astype(np.int16), silence))
