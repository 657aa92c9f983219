"""SMS by a telephone carrier. Pictures (MMS) are refused politely, since nobody looks at them."""

from __future__ import annotations

from typing import Final

from channels.contract import KnownBy, TextChannel, words_of
from channels.segments import plainer, segments, without_costly_accents
from voiceagent.domain.business import Flags

MOST_SEGMENTS: Final = 6
"""Parts of one reply: more than that nobody reads, and each is paid for."""

LONGEST: Final = 1600
"""Characters that the carrier takes in one text; no reply that asks something is that long."""


def written(reply: str) -> str:
    """A reply in GSM-7 where that only costs typography, within `MOST_SEGMENTS` where that can be.

    One that would take more is written without the accents that GSM-7 lacks. What is still too long
    is cut behind a whole sentence, unless it asks something: an answer to a question that stood
    behind terms which were never sent would agree to them, so then all of it goes.
    """
    text = plainer(reply).strip()
    if segments(text).count > MOST_SEGMENTS:
        text = without_costly_accents(text)
    if "?" in text and len(text) <= LONGEST:
        return text
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
