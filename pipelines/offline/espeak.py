"""espeak-ng's library, as far as speaking one utterance needs it.

Only `espeak_process` imports this. Source of names, numbers and layouts: ``speak_lib.h`` of
espeak-ng 1.52, https://github.com/espeak-ng/espeak-ng (GPL-3.0-or-later). The library keeps global
state: one utterance at a time.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import espeakng_loader
import numpy as np

from pipelines.offline.speaking import SoundCallback, SpeechEngineError, WordMark
from pipelines.offline.voices import espeak_voice

_SYNCHRONOUS: Final = 2
_BUFFER_MS: Final = 40
_CHARS_UTF8: Final = 1
_POSITION_CHARACTER: Final = 1
_EVENT_END: Final = 0
_EVENT_WORD: Final = 1
_RATE: Final = 1
_GO_ON: Final = 0
_STOP: Final = 1


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Espeak:
    """The library, initialised. `rate_hz` is the rate of its sound."""

    gain: Final = 0.8  # its full scale is louder than people are on a telephone

    def __init__(self) -> None:
        self._lib = ctypes.CDLL(espeakng_loader.get_library_path())
        self._lib.espeak_SetSynthCallback.argtypes = [_Callback]
        data = espeakng_loader.get_data_path().encode()
        rate = self._lib.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data, 0)
        if rate <= 0:
            raise SpeechEngineError(f"espeak_Initialize answered {rate}")
        self.rate_hz: int = rate
        self._voice = ""
        self._callback: object = None

    def speak(self, text: str, *, voice: str, words_per_minute: int, heard: SoundCallback) -> None:
        """Speak `text`; returns when all of it was made, or `heard` wanted no more.

        Raises:
            SpeechEngineError: there is no such voice, or synthesis failed.
        """
        if voice != self._voice:
            if self._lib.espeak_SetVoiceByName(espeak_voice(voice).encode()) != 0:
                raise SpeechEngineError(f"no voice {voice!r}")
            self._voice = voice
        self._lib.espeak_SetParameter(_RATE, words_per_minute, 0)
        with self._hearing(heard):
            data = text.encode()
            answer = self._lib.espeak_Synth(
                data, len(data) + 1, 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
            )
            self._lib.espeak_Synchronize()
        if answer != 0:
            raise SpeechEngineError(f"espeak_Synth answered {answer}")

    @contextmanager
    def _hearing(self, heard: SoundCallback) -> Iterator[None]:
        """Set the callback; a buffer of no sound at all is the end of the utterance."""

        def callback(wav: object, count: int, events: object) -> int:
            sound = np.zeros(0, dtype=np.int16)
            if wav and count > 0:
                sound = np.ctypeslib.as_array(wav, shape=(count,)).copy()
            return _GO_ON if heard(sound, _words(events)) else _STOP

        self._callback = _Callback(callback)
        self._lib.espeak_SetSynthCallback(self._callback)
        yield


def _words(events: object) -> list[WordMark]:
    words = []
    index = 0
    while (event := events[index]).type != _EVENT_END:  # type: ignore[index]
        if event.type == _EVENT_WORD:
            words.append(WordMark(event.text_position - 1, event.length, event.sample))
        index += 1
    return words
