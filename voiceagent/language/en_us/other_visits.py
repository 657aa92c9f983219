"""A second visit that is wished for beside the one under way: "and my neighbor needs one too".

Whose it is decides what is known of it: of another house of the caller's own the name and number
are, of somebody else's nothing is.
"""

from __future__ import annotations

import re
from enum import StrEnum

from voiceagent.language.en_us.matching import words


class OtherVisit(StrEnum):
    """Where the second visit is: in a place of the caller's own, or with somebody else."""

    OURS = "ours"
    THEIRS = "theirs"


_PEOPLE = (
    r"(?:neighbors?|neighbours?|mother|mom|mum|mama|father|dad|papa|parents|folks|brother|sister|son"
    r"|daughter|in laws?|grand(?:ma|pa|mother|father|son|daughter|parents)|uncle|aunt|cousin"
    r"|nephew|niece|friend|buddy|roommate|coworker|boss|tenants?|landlord|landlady|girlfriend"
    r"|boyfriend|ex|fiance|pastor|church|lady next door|guy next door|people next door)"
)
_PLACES = (
    r"(?:(?:other|second|rental|lake|beach|guest|summer|next) (?:house|home|place|unit|property"
    r"|building|apartment|one)|rental|cabin|cottage|duplex|shop|office|store|warehouse|barn)"
)
_OWN = r"(?:my|our|his|her|the)"
_AT = r"(?: (?:next door|across the (?:street|road|hall)|down the (?:street|road|block)|upstairs|downstairs|(?:at|over at|in|over on|on) [\w ]{1,30}?))?"  # noqa: E501
_WHOSE = rf"{_OWN} (?:\w+ )?(?:(?P<theirs>{_PEOPLE})(?: (?!needs?\b|wants?\b|also\b|could\b|would\b|will\b|has\b|who\b)\w+)?|{_PLACES})(?: s)?(?: (?:house|place|home|unit|ac|furnace|heat|air))?{_AT}"  # noqa: E501
_NEEDS = (
    r"(?:also |really |will |would |is going to |probably |might )*"
    r"(?:needs?|wants?|could use|would like|like|needing|wanting|has to have)(?: also)? "
    r"(?:one|another|the same|it|this|that|somebody|someone|you|you guys|him|an? \w+|his|hers|theirs)\b"  # noqa: E501
)
_GO_ON = r"(?:do|look at|see|check|fix|service|come (?:by|to|over to)|go (?:to|over to)|stop (?:by|at)|swing by|visit|hit|take care of)"  # noqa: E501
_ANOTHER = r"(?:another|a second|one more|a separate) (?:one|visit|appointment|booking|technician)"
_WISHES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_WHOSE} {_NEEDS}",
        rf"\b(?:can|could|will|would) (?:you|he|they|the \w+|somebody|someone) (?:also |then |please )*{_GO_ON} {_WHOSE}\b",  # noqa: E501
        rf"\b(?:need|want|book|like|schedule|have|get|make|set up) (?:\w+ )?{_ANOTHER} (?:for|at|to|over at) {_WHOSE}\b",  # noqa: E501
        rf"\b(?:same (?:thing|visit|problem)|one) (?:for|at|over at) {_WHOSE} (?:too|also|as well)\b",  # noqa: E501
        rf"^(?:and |also |plus |oh )+(?:for |at )?{_WHOSE} (?:too|also|as well)\b",
    )
)


def other_visit(text: str) -> OtherVisit | None:
    """The second visit that a turn wishes for, by whose it is; ``None`` for none. Never raises."""
    said = " ".join(words(text))
    found = next((match for one in _WISHES if (match := one.search(said))), None)
    if found is None:
        return None
    return OtherVisit.THEIRS if found["theirs"] else OtherVisit.OURS


_CLAUSES = re.compile(
    r"(?:[,.;!?]+\s+(?:(?:and|but|also|plus|oh)\s+)*|\s+(?:and|but|plus)\s+(?:also\s+)?)",
    re.IGNORECASE,
)


def without_other_visit(text: str) -> str:
    """The clauses of a turn that wish for no second visit: what is said in it is of that one."""
    clauses = [one for one in _CLAUSES.split(text) if one.strip()]
    kept = [one for one in clauses if other_visit(one) is None]
    return text if len(kept) == len(clauses) else ", ".join(kept)
