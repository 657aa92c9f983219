"""The offline voices by the names that a business file gives them.

A name is a language tag ("en-us", "es-ES", or just "es"). SVOX Pico speaks six; whatever else is
named is for espeak-ng, which knows a hundred, and variants of them ("en-us+f3").
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

PICO_VOICES: Final = ("en-US", "en-GB", "es-ES", "de-DE", "fr-FR", "it-IT")
"""As Pico calls them. Where only the language is named, its first one speaks."""

ESPEAK_NAMES: Final = {"es-es": "es", "de-de": "de", "it-it": "it", "fr": "fr-fr", "en": "en-us"}
"""What espeak-ng calls a voice where that is another name than Pico's, or than the language's."""


SPANISH_VOICE: Final = "es"
"""What is said in Spanish; the name that both engines have for it."""


class VoiceEngine(StrEnum):
    """What speaks, each in a process of its own."""

    PICO = "pico"
    ESPEAK_NG = "espeak-ng"

    @property
    def module(self) -> str:
        """The process."""
        return _MODULES[self]


_MODULES: Final = {
    VoiceEngine.PICO: "pipelines.offline.pico_process",
    VoiceEngine.ESPEAK_NG: "pipelines.offline.espeak_process",
}


def pico_voice(name: str) -> str | None:
    """Pico's voice of that name, ``None`` when it has none."""
    wanted = name.replace("_", "-").lower()
    for voice in PICO_VOICES:
        if wanted in (voice.lower(), voice[:2]):
            return voice
    return None


def espeak_voice(name: str) -> str:
    """What espeak-ng calls it; whether it has such a voice is found when it speaks."""
    return ESPEAK_NAMES.get(name.lower(), name)
