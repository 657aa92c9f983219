"""SMS by a telephone carrier. Pictures (MMS) are refused politely, since nobody looks at them."""

from __future__ import annotations

from typing import Final

from channels.contract import KnownBy, TextChannel, words_of
from channels.segments import plainer, segments
from voiceagent.domain.business import Flags

MOST_SEGMENTS: Final = 6
"""Parts of one reply: more than that nobody reads, and each is paid for."""


def written(reply: str) -> str:
    """A reply in GSM-7 where that only costs typography, whole sentences within `MOST_SEGMENTS`."""
    text = plainer(reply).strip()
    while segments(text).count > MOST_SEGMENTS:
        shorter = text.rstrip().rpartition(" ")[0]
        sentence = max(shorter.rfind(end) for end in (". ", "? ", "! ", "\n"))
        text = shorter[: sentence + 1] if sentence > 0 else shorter
        if not text:
            return plainer(reply)[:60]
    return text


def _is_on(flags: Flags) -> bool:
    return flags.sms


SMS: Final = TextChannel("sms", _is_on, words_of, written, KnownBy.NUMBER)
