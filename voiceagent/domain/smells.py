"""A smell that is told of, and that nobody has explained: a plain "no" afterwards settles nothing.

What gas, burning and the like smell of is in `danger_signs`. A smell that is none of them may be
one of them all the same: "it clicks and won't light, and it smells".
"""

from __future__ import annotations

import re

from voiceagent.domain.safety_words import plain, sentences

_SMELL = r"\b(?:smell(?:s|ed|ing|y)?|odou?rs?|stinks?|stinking|stench|reeks?|fumes)\b"
_TOLD = re.compile(_SMELL)
_DENIED = re.compile(
    r"\b(?:no|not|never|without|nothing|nobody)\b(?: (?!but\b|because\b|and\b)\w+){0,4}? "
    rf"{_SMELL}"
)
_HARMLESS = re.compile(
    r"\b(?:must\w*|mold\w*|mould\w*|mildew\w*|socks?|damp|wet|stale|dust\w*|vinegar|pets?|dogs?|cats?|"
    r"urine|pee|feet|paint|perfume|cigarettes?|garbage|trash|good|great|nice|fine|fresh|normal|"
    r"delicious|mouse|mice|rodents?|coffee|bread|cake|flowers?|soap|bleach|chlorine)\b"
)
"""What explains it, for any trade."""


def tells_of_a_smell(text: str) -> bool:
    """Whether a turn tells of a smell and not what it is of.

    Args:
        text: one caller turn in which no danger was heard.
    """
    return any(
        _TOLD.search(one) is not None
        and _DENIED.search(one) is None
        and _HARMLESS.search(one) is None
        for one in sentences(plain(text))
    )


def speaks_of_smelling(text: str) -> bool:
    """Whether an answer says anything of smells: "no, I don't smell gas"."""
    return _TOLD.search(plain(text)) is not None
