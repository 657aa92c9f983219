"""Keys of the phone: 0 is a person, and digits may be typed instead of spoken.

A 0 is a person whenever no entry is under way; after a first other digit it is a digit of the
number being typed. Speech, silence and ``*`` end an entry, and then 0 is a person again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.port import PERSON_KEY
from voiceagent.domain.identity import CODE_LENGTH

_PHONE_LENGTH = 10
_PHONE_ASKS = frozenset({Ask.PHONE, Ask.NAME_AND_PHONE, Ask.PHONE_AND_CODE})


class Pressed(StrEnum):
    """What a key meant."""

    HUMAN = "human"
    MORE = "more"
    ENTERED = "entered"
    CLEARED = "cleared"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Keypad:
    """Digits typed so far."""

    digits: str = ""

    def press(self, key: str, ask: Ask) -> tuple[Keypad, Pressed]:
        """The entry after one key (0-9, * or #; others are ignored), and what the key meant."""
        if key == PERSON_KEY and not self.digits:
            return Keypad(), Pressed.HUMAN
        length = _length(ask, self.digits)
        if length == 0:
            return Keypad(), Pressed.IGNORED
        if key == "*":
            return Keypad(), Pressed.CLEARED
        if key == "#":
            return self, Pressed.ENTERED if self.digits else Pressed.IGNORED
        if not (len(key) == 1 and key.isdecimal()):
            return self, Pressed.IGNORED
        typed = Keypad(self.digits + key)
        whole = len(typed.digits) >= _length(ask, typed.digits)
        return typed, Pressed.ENTERED if whole else Pressed.MORE


def _length(ask: Ask, digits: str) -> int:
    """How many digits make an entry; 0 when none is expected."""
    if ask is Ask.CODE:
        return CODE_LENGTH
    if ask in _PHONE_ASKS:
        return _PHONE_LENGTH + digits.startswith("1")
    return 0
