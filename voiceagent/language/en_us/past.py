"""What a caller tells of the past, apart from what they want now.

"My furnace quit on Saturday, can you come tomorrow" wants tomorrow; "yesterday at noon" wants no
time at all. A turn is read in clauses, and a clause is of the past when it has a word of the past
("yesterday", "two days ago"), or when something happened in it and nothing is wished for.
"""

from __future__ import annotations

import re

_BREAK = re.compile(
    r"\s*[,.;!?]+\s*|\s+(?:and|but|so|then|because|since(?= (?:i|we|it|my|the|he|she|they)\b))\s+"
    r"|\s+(?=(?:can|could|would|will) (?:you|we|i|he|she|they|somebody|someone|anybody|anyone)\b)"
    r"|\s+(?=i (?:need|want|would|'d)\b|i'd\b|please\b|let's\b|how about\b|what about\b)",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:yesterday|ago|earlier (?:today|this)|the other day"
    r"|(?:last|this past) (?:night|week|weekend|month|year|time|spring|summer|fall|winter"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day))\b",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"\b(?:quit|died|broke|stopped|started|went|came|noticed|happened|began|was|were|had|did"
    r"|has been|have been|been|waited|called|said|told|tripped|froze|failed|blew|fixed|replaced"
    r"|left|worked|lost|got|made|turned|tried|woke)\b",
    re.IGNORECASE,
)
_WISHES = re.compile(
    r"\b(?:can|could|would|will|want|need|like|come|book|schedule|move|make it|make that|change"
    r"|available|free|open|works?|prefer|rather|let's|please|until|before|after|home|there by"
    r"|appointment|reschedule|send|see|what(?:'ve|'s| else| have| do)?|got (?:any|some|an?)\w*)\b",
    re.IGNORECASE,
)


def of_now(text: str) -> str:
    """The clauses of a turn that are not of the past, joined by commas; never raises."""
    clauses = [clause for clause in _BREAK.split(text) if clause and clause.strip()]
    kept = [clause for clause in clauses if not _is_past(clause)]
    return text if len(kept) == len(clauses) else ", ".join(kept)


_FEELS = re.compile(
    r"^(?:sorry )?(?:i'm|i am|we're|we are|i feel|it's been) (?!home|here|free|off|in\b|around|available|open)"  # noqa: E501
    r"(?:\w+ ){1,4}(?:today|tonight|this morning|this week|right now)$",
    re.IGNORECASE,
)
"""How somebody is at the moment of speaking, which is no wish: "I'm a bit scattered today"."""


def _is_past(clause: str) -> bool:
    if _PAST.search(clause) or _FEELS.search(clause.strip()):
        return True
    return _HAPPENED.search(clause) is not None and _WISHES.search(clause) is None
