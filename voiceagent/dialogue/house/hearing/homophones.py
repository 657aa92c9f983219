"""Words that a recogniser wrote as others that sound like them."""

from __future__ import annotations

import re

from voiceagent.dialogue.house.asks import Ask

_NUMBER = (
    r"(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
    r"|ninety|hundred)"
)
_SOUNDS_LIKE = {"won": "one", "ate": "eight", "fore": "four", "sicks": "six", "nein": "nine"}
_MISHEARD = re.compile(rf"\b({'|'.join(_SOUNDS_LIKE)})\b(?=\s+{_NUMBER}\b)", re.IGNORECASE)
_SPAN = re.compile(rf"\b({_NUMBER})\s+(?:two|too)\s+(?={_NUMBER}\b)")
_DAY_IS = re.compile(
    r"\b(tonight|today|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day)'s\b", re.IGNORECASE
)
_YES_SPELLED = frozenset({"u s", "y s", "u s please"})
"""What a short, clear "yes" comes out as when the recogniser takes it for letters."""

_TIMES = frozenset({Ask.TIME, Ask.DAY})


def mend(text: str, ask: Ask) -> str:
    """The turn with such words put right.

    "won twenty three oak street" becomes "one twenty three ..."; where a time was asked for,
    "nine two eleven" becomes "nine to eleven". "Tonight's good" becomes "tonight is good", and two
    letters alone that sound like "yes" become it.
    """
    if text.strip().lower() in _YES_SPELLED:
        return "yes"
    text = _DAY_IS.sub(r"\1 is", text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    mended = _MISHEARD.sub(lambda match: _SOUNDS_LIKE[match[1].lower()], text)
    return _SPAN.sub(r"\1 to ", mended) if ask in _TIMES else mended
