"""What Whisper is told came before: answers of the kind that was asked for, in our words.

A prompt makes words of its kind likelier and none impossible. It also shows how numbers are to be
written: digit by digit, since in "555-1230" one of three equal digits is easily lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting

_FIXED: Final[Mapping[Expecting, str]] = {
    Expecting.YES_NO: "Yes. No. Yes, please. No, thank you.",
    Expecting.PHONE: "My number is 6, 1, 4, 2, 9, 8, 3, 0, 7, 6. 3, 3, 0, 5, 2, 7, 9, 9, 8, 4.",
    Expecting.CODE: "The code is 8, 3, 0, 5, 7, 4.",
    Expecting.TIME: "Monday from 8 to 10 in the morning. Tuesday at 3 p.m.",
    Expecting.NOTES: "Please ring the bell.",
    Expecting.EMAIL: "My email is kevin at mail dot com.",
}
_STREETS: Final = 8
_NAMES: Final = 4


def prompts(business: Business) -> Mapping[Expecting, str]:
    """A prompt for each thing that may be asked; what is missing has none."""
    spoken = business.vocabulary
    names = [
        f"{first} {last}"
        for first, last in islice(zip(spoken.first_names, spoken.last_names, strict=False), _NAMES)
    ]
    name = f"My name is {_listed(names)}." if names else "My name is Kevin Brown."
    places = [*spoken.streets[:_STREETS], business.city]
    return {
        **_FIXED,
        Expecting.YES_NO: f"{_FIXED[Expecting.YES_NO]}{_danger(business)}",
        Expecting.NAME: name,
        Expecting.NAME_AND_PHONE: f"{name} {_FIXED[Expecting.PHONE]}",
        Expecting.ADDRESS: f"{_listed(places)}.",
    }


def _danger(business: Business) -> str:
    """The question for danger answered both ways, with its own words; neither is led to."""
    asked = business.emergency.asked
    if not asked:
        return ""
    named = [words[0] for words in asked]
    denied = _listed([f"no {name}" for name in named])
    return f" Yes, {named[0]}. {denied.capitalize()}."


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts)
