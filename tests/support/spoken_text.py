"""What a written line sounds like, as one line of words."""

from __future__ import annotations

from voiceagent.language.en_us.speak import speakable


def spoken_text(text: str) -> str:
    return " ".join(token.spoken for token in speakable(text) if token.spoken)
